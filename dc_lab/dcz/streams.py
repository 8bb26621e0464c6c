"""Streams: rows of small unsigned integers, each stored in whichever form is smallest.

Gaps, codes, and the bytes of plain values are all stored so; so are the tables and lanes within a stream, in one of
the first two forms, "constant" and "fixed". Which others there are is the writer's choice of a coder: "huffman", and
for files of format version 3 "rans" and "adaptive". The bytes of each are laid out in FORMAT.md.
"""

from typing import Literal, NamedTuple

import numpy as np

from dc_lab import huffman
from dc_lab.coding import adaptive, bits, rans

MIN_LANE, MAX_LANE = 2**8, 2**12
MAX_CODE = 12

Coder = Literal["fixed", "huffman", "rans", "smallest"]
"""What a writer may use: streams of fixed width only; Huffman codes too; rANS too; every form there is."""
CODERS: tuple[Coder, ...] = ("fixed", "huffman", "rans", "smallest")

FORMS = ("constant", "fixed", "huffman", "rans", "adaptive")
STEP_BYTES = 4
"""An rANS stream has at least so many bytes a step of its lanes: the Python loop over them is in proportion."""
MAX_SYMBOLS_A_BYTE = 1024
MAX_LANE_BITS = 16
PRECISIONS = (9, 10, 11, 12, 14)

MAX_DECISIONS = 2**20
"""Most decisions that the adaptive forms of a file may take together: some ten seconds in Python."""


class ArchiveError(Exception):
    """The file is not a valid archive: says in which tensor and field, and at which byte."""

    def __init__(self, problem: str, tensor: str | None = None, field: str = "file", offset: int | None = None):
        where = f"tensor {tensor!r}, {field}" if tensor is not None else field
        at = f" at byte {offset}" if offset is not None else ""
        super().__init__(f"{where}{at}: {problem}")
        self.tensor, self.field, self.offset = tensor, field, offset


class Stream(NamedTuple):
    """One stream of symbols: which part of which tensor, in what form, and how many bits the codes alone take.

    `table` and `lanes` are bytes. `width` is the bits a symbol would take in fixed-width form.
    """

    tensor: str
    part: str
    form: str
    symbols: int
    alphabet: int
    width: int
    payload_bits: int


# --- writing ---


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def counts_of(values: np.ndarray) -> np.ndarray:
    """How often each value occurs; a piece at a time, since bincount turns what it counts into int64."""
    counts = np.zeros(int(values.max()) + 1 if len(values) else 0, np.int64)
    for start in range(0, len(values), bits.CHUNK):
        counts += np.bincount(values[start : start + bits.CHUNK], minlength=len(counts))
    return counts


class Plan(NamedTuple):
    """The cheapest form for a stream with these symbol counts, decided before a byte is written.

    The adaptive form is left out: what it costs shows only in writing.
    """

    form: int
    size: int  # bytes; the lanes of a Huffman stream left out: under 0.5 % of a long stream, nothing in a short one
    code: np.ndarray  # Huffman code lengths, or rANS frequencies
    table: bytes  # how these are stored
    lanes: int = 0  # of an rANS stream


def plan(counts: np.ndarray, coder: Coder = "huffman") -> Plan:
    seen = np.flatnonzero(counts)
    no_code = np.zeros(0, np.uint8)
    if len(seen) < 2:
        return Plan(0, 1 + len(varint(int(seen.sum()))), no_code, b"")
    alphabet = int(seen[-1]) + 1
    counts = counts[:alphabet]
    best = Plan(1, 2 + (int(counts.sum()) * (alphabet - 1).bit_length() + 7) // 8, no_code, b"")
    if coder == "fixed":
        return best
    lengths = huffman.code_lengths(counts)
    payload_bits = int(np.dot(counts, lengths.astype(np.int64)))
    table = varint(alphabet) + _encode_short(lengths)
    size = 2 + len(table) + len(varint(payload_bits)) + (payload_bits + 7) // 8
    if size < best.size:
        best = Plan(2, size, lengths, table)
    if coder == "huffman" or len(seen) > 2**rans.MAX_PRECISION:
        return best
    least = int(len(seen) - 1).bit_length()
    for precision in (least, *(k for k in PRECISIONS if k > least)):
        frequencies = rans.quantize(counts, precision)
        payload_bytes = rans.cost(counts, frequencies) / 8
        lanes = _lanes(int(counts.sum()), payload_bytes)
        size = 2 + 3 * lanes + int(payload_bytes)  # of a state's four bytes, about one is worth what it costs
        if size < best.size:
            table = _frequency_table(frequencies)
            size += len(table) + len(varint(size // 2))
            best = Plan(3, size, frequencies, table, lanes) if size < best.size else best
    return best


def _lanes(count: int, payload_bytes: float) -> int:
    """Lanes of an rANS stream, a power of two: as many as a reader insists on; more if under 0.5 % of the stream."""
    lanes = 1
    while 1000 * lanes <= payload_bytes or -(-count // lanes) * STEP_BYTES > 0.98 * payload_bytes + 3 * lanes:
        lanes *= 2
    return lanes


def _frequency_table(frequencies: np.ndarray) -> bytes:
    """The number of bits of each frequency as a stream, then the bits below the highest one, packed."""
    lengths = _bit_lengths(frequencies)
    below = frequencies[lengths > 0] - (1 << lengths[lengths > 0].astype(np.uint32) - 1)
    return varint(len(frequencies)) + _encode_short(lengths) + bits.pack(below, lengths[lengths > 0] - 1)


def _bit_lengths(values: np.ndarray) -> np.ndarray:
    return np.searchsorted(1 << np.arange(17), values, side="right").astype(np.uint8)


class Coded(NamedTuple):
    """A stream's bytes, and how many adaptive decisions reading it takes (see MAX_DECISIONS)."""

    content: bytes
    decisions: int = 0

    @property
    def version(self) -> int:
        """The format's version that has this form."""
        return 3 if self.content[0] > 2 else 1


def encode(values: np.ndarray, coder: Coder = "huffman", period: int = 1) -> Coded:
    """A stream of unsigned integers below 2**16 in its cheapest form.

    `period` : values at the same place modulo `period` may be alike, as the bytes of floats are.
    """
    counts = counts_of(values)
    chosen = plan(counts, coder)
    best = Coded(_encode_as(values, chosen))
    if chosen.form == 3:  # chosen by an estimate
        best = min(best, Coded(_encode_as(values, plan(counts, "huffman"))), key=lambda coded: len(coded.content))
    if coder != "smallest" or chosen.form == 0:
        return best
    width = (len(counts) - 1).bit_length()
    if 2 * width * len(values) <= MAX_DECISIONS:
        for each in sorted({1, period}):
            payload, decisions = adaptive.encode(values, width, each)
            content = bytes([4, (each - 1) << 4 | width - 1]) + varint(len(payload)) + payload
            if len(content) < len(best.content):
                best = Coded(content, decisions)
    return best


def _encode_short(values: np.ndarray) -> bytes:
    """The stream of a table or of lanes."""
    return _encode_as(values, plan(counts_of(values), "fixed"))


def _encode_as(values: np.ndarray, chosen: Plan) -> bytes:
    if chosen.form == 0:
        return bytes([0]) + varint(int(values[0]) if len(values) else 0)
    if chosen.form == 1:
        width = int(values.max()).bit_length()
        return bytes([1, width]) + bits.pack(values, width)
    if chosen.form == 3:
        return _encode_rans(values, chosen)
    lane = huffman.lane_size(len(values), int(np.dot(counts_of(values), chosen.code.astype(np.int64))))
    payload, lane_bits = huffman.encode(values, chosen.code, lane)
    shortest = int(lane_bits.min())
    lanes = varint(0 if len(lane_bits) == 1 else lane) + varint(shortest)
    if len(lane_bits) > 1:
        lanes += _encode_short(lane_bits - shortest)
    return b"".join([bytes([2]), chosen.table, lanes, payload])


def _encode_rans(values: np.ndarray, chosen: Plan) -> bytes:
    lanes = chosen.lanes
    while True:
        states, words = rans.encode(values, chosen.code, lanes)
        if STEP_BYTES * -(-len(values) // lanes) <= 4 * lanes + 2 * len(words):
            break
        lanes *= 2  # the estimate was a little too low
    head = bytes([lanes.bit_length() - 1]) + varint(len(words))
    payload = states.astype("<u4").tobytes() + words.astype("<u2").tobytes()
    return b"".join([bytes([3]), chosen.table, head, payload])


# --- reading ---


class Reader:
    """A cursor over the file that notes what each byte was for, and refuses to read past the end."""

    def __init__(self, content: bytes) -> None:
        self.content = memoryview(content)
        self.end = len(content) - 4
        self.at = 0
        self.tensor: str | None = None
        self.field = "file"
        self.sizes: dict[tuple[str, str], int] = {}
        self.version = content[3]
        self.decisions = MAX_DECISIONS  # that the adaptive forms may still take

    def error(self, problem: str) -> ArchiveError:
        return ArchiveError(problem, self.tensor, self.field, self.at)

    def take(self, size: int, part: str) -> memoryview:
        if size > self.end - self.at:
            raise self.error(f"needs {size} bytes, but {self.end - self.at} are left")
        self.at += size
        key = (self.tensor or "", part)
        self.sizes[key] = self.sizes.get(key, 0) + size
        return self.content[self.at - size : self.at]

    def byte(self, part: str) -> int:
        return self.take(1, part)[0]

    def varint(self, part: str, most: int, what: str) -> int:
        value = 0
        for shift in range(0, 63, 7):
            byte = self.byte(part)
            value |= (byte & 127) << shift
            if byte < 128:
                if byte == 0 and shift:
                    raise self.error(f"{what} ends with a zero byte that says nothing")
                if value > most:
                    raise self.error(f"{what} is {value}, expected at most {most}")
                return value
        raise self.error(f"{what} is longer than 9 bytes")


def decode(reader: Reader, part: str, count: int, most: int, nested: bool = False) -> tuple[np.ndarray, Stream]:
    """`count` values, each at most `most`, and how they were stored. Table bytes are "tables", lanes are "lanes"."""
    own = part if nested else "tables"  # a table or lane stream is all of its own part
    tensor = reader.tensor or ""
    form = reader.byte(own)
    if form == 0:
        value = reader.varint(own, most, "the value")
        values = np.broadcast_to(np.array(value, np.uint8 if value < 256 else np.uint16), count)  # takes no memory
        return values, Stream(tensor, part, "constant", count, 1, value.bit_length(), 0)
    if form == 1:
        width = reader.byte(own)
        if not 1 <= width <= most.bit_length():
            raise reader.error(f"values are {width} bits wide, expected 1 to {most.bit_length()}")
        payload = reader.take((count * width + 7) // 8, part)
        if not bits.is_padded(payload, count * width):
            raise reader.error("the padding after the last value is not zero")
        values = bits.unpack(payload, count, width)
        if count and int(values.max()) > most:
            raise reader.error(f"value {values.max()}, expected at most {most}")
        return values, Stream(tensor, part, "fixed", count, 2**width, width, count * width)
    most_form = 1 if nested else 2 if reader.version < 3 else 4
    if form > most_form:
        raise reader.error(f"stream of form {form}, expected {'0 or 1' if nested else f'0 to {most_form}'}")
    if form == 3:
        return _decode_rans(reader, part, count, most)
    if form == 4:
        return _decode_adaptive(reader, part, count, most)
    alphabet = reader.varint("tables", most + 1, "the alphabet's size")
    lengths, _ = decode(reader, "tables", alphabet, huffman.MAX_LENGTH, nested=True)
    symbols = np.count_nonzero(lengths)
    if not 2 <= symbols <= count or not huffman.is_complete(lengths):
        raise reader.error(f"the code lengths are not those of a complete prefix code for {count} values")
    if lengths.max() > max(MAX_CODE, int(symbols - 1).bit_length()):
        raise reader.error(f"a code of {lengths.max()} bits for {symbols} symbols")
    if count > 8 * (reader.end - reader.at):
        raise reader.error(f"{count} codes do not fit into the {reader.end - reader.at} bytes left")
    lane = reader.varint("lanes", MAX_LANE, "the lane size")
    if lane == 0 and count >= huffman.SINGLE_LANE:
        raise reader.error(f"{count} codes in a single lane, expected fewer than {huffman.SINGLE_LANE}")
    if lane and not MIN_LANE <= lane < count:
        raise reader.error(f"lane size is {lane}, expected {MIN_LANE} to below the {count} codes")
    shortest = reader.varint("lanes", huffman.MAX_LENGTH * (lane or count), "the shortest lane")
    lane_bits = np.array([shortest], np.int64)
    if lane:
        extra, _ = decode(reader, "lanes", -(-count // lane), huffman.MAX_LENGTH * lane, nested=True)
        lane_bits = extra.astype(np.int64) + shortest
    total = int(lane_bits.sum())
    payload = reader.take((total + 7) // 8, part)
    try:
        values = huffman.decode(payload, lengths, count, lane or count, lane_bits)
    except ValueError as error:
        raise reader.error(str(error)) from None
    return values, Stream(tensor, part, "huffman", count, alphabet, (alphabet - 1).bit_length(), total)


def _decode_rans(reader: Reader, part: str, count: int, most: int) -> tuple[np.ndarray, Stream]:
    alphabet = reader.varint("tables", most + 1, "the alphabet's size")
    lengths, _ = decode(reader, "tables", alphabet, rans.MAX_PRECISION + 1, nested=True)
    shown = lengths[lengths > 0].astype(np.int64) - 1
    if not 2 <= len(shown) <= count:
        raise reader.error(f"frequencies of {len(shown)} symbols for {count} values")
    starts = np.cumsum(shown) - shown
    below = reader.take((int(shown.sum()) + 7) // 8, "tables")
    # The bits from the start on, down to as many as the frequency has below its highest.
    window = bits.windows(below)[starts >> 5] << (starts & 31).astype(np.uint64) >> np.uint64(32)
    frequencies = np.zeros(alphabet, np.int64)
    frequencies[lengths > 0] = (1 << shown) + (window >> (32 - shown).astype(np.uint64)).astype(np.int64)
    total = int(frequencies.sum())
    if total & (total - 1) or total > 1 << rans.MAX_PRECISION:
        raise reader.error(f"frequencies sum to {total}, expected a power of 2 up to {1 << rans.MAX_PRECISION}")
    if not bits.is_padded(below, int(shown.sum())):
        raise reader.error("the padding after the last frequency is not zero")
    lane_bits = reader.byte("lanes")
    if lane_bits > MAX_LANE_BITS or 1 << lane_bits > count:
        raise reader.error(f"2**{lane_bits} lanes for {count} values, expected at most 2**{MAX_LANE_BITS}")
    lanes = 1 << lane_bits
    number = reader.varint("lanes", (reader.end - reader.at) // 2, "the number of words")
    size = 4 * lanes + 2 * number
    if STEP_BYTES * -(-count // lanes) > size or count > MAX_SYMBOLS_A_BYTE * size:
        raise reader.error(f"{count} values in {lanes} lanes of {size} bytes: too many for their size")
    states = np.frombuffer(reader.take(4 * lanes, "lanes"), "<u4")
    words = np.frombuffer(reader.take(2 * number, part), "<u2")
    try:
        values = rans.decode(states, words, frequencies, count)
    except ValueError as error:
        raise reader.error(str(error)) from None
    return values, Stream(reader.tensor or "", part, "rans", count, alphabet, (alphabet - 1).bit_length(), 16 * number)


def _decode_adaptive(reader: Reader, part: str, count: int, most: int) -> tuple[np.ndarray, Stream]:
    shape = reader.byte("tables")
    period, width = (shape >> 4) + 1, (shape & 15) + 1
    if width > most.bit_length():
        raise reader.error(f"values are {width} bits wide, expected 1 to {most.bit_length()}")
    payload = take_counted(reader, part)
    try:
        values, decisions = adaptive.decode(payload, count, width, period, reader.decisions)
    except ValueError as error:
        raise reader.error(str(error)) from None
    reader.decisions -= decisions
    highest = int(values.max()) if count else 0
    if highest > most:
        raise reader.error(f"value {highest}, expected at most {most}")
    if highest.bit_length() != width:
        raise reader.error(f"values up to {highest} said to be {width} bits wide")
    return values, Stream(reader.tensor or "", part, "adaptive", count, 2**width, width, 8 * len(payload))


def take_counted(reader: Reader, part: str) -> memoryview:
    """A payload that stands behind its length."""
    return reader.take(reader.varint("tables", reader.end - reader.at, "the payload's length"), part)
