"""Streams: rows of small unsigned integers, each stored in whichever of three forms is smallest.

Gaps, codes, and the bytes of plain values are all stored so; so are the code lengths and lanes within a Huffman
stream, in one of the first two forms, "constant" and "fixed". The bytes of each are laid out in FORMAT.md.
"""

from typing import Literal, NamedTuple

import numpy as np

from dc_lab import bits, huffman

MIN_LANE, MAX_LANE = 2**8, 2**12
MAX_CODE = 12

Coder = Literal["fixed", "huffman"]
"""What a writer may use: every stream in fixed width, or Huffman-coded where that is smaller."""
CODERS: tuple[Coder, ...] = ("fixed", "huffman")


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
    """The cheapest form for a stream with these symbol counts, decided before a byte is written."""

    form: int
    size: int  # bytes, lanes left out: they cost under 0.5 % of a long stream, and nothing in a short one
    lengths: np.ndarray  # Huffman code lengths
    table: bytes  # the stream of these lengths


def plan(counts: np.ndarray, coder: Coder = "huffman") -> Plan:
    seen = np.flatnonzero(counts)
    no_code = np.zeros(0, np.uint8)
    if len(seen) < 2:
        return Plan(0, 1 + len(varint(int(seen.sum()))), no_code, b"")
    alphabet = int(seen[-1]) + 1
    fixed = Plan(1, 2 + (int(counts.sum()) * (alphabet - 1).bit_length() + 7) // 8, no_code, b"")
    if coder == "fixed":
        return fixed
    lengths = huffman.code_lengths(counts[:alphabet])
    payload_bits = int(np.dot(counts[:alphabet], lengths.astype(np.int64)))
    table = varint(alphabet) + encode(lengths, "fixed")
    size = 2 + len(table) + len(varint(payload_bits)) + (payload_bits + 7) // 8
    return Plan(2, size, lengths, table) if size < fixed.size else fixed


def encode(values: np.ndarray, coder: Coder = "huffman") -> bytes:
    """Bytes of a stream of unsigned integers below 2**16 in its cheapest form."""
    counts = counts_of(values)
    chosen = plan(counts, coder)
    if chosen.form == 0:
        return bytes([0]) + varint(max(len(counts) - 1, 0))
    if chosen.form == 1:
        width = (len(counts) - 1).bit_length()
        return bytes([1, width]) + bits.pack(values, width)
    lane = huffman.lane_size(len(values), int(np.dot(counts, chosen.lengths.astype(np.int64))))
    payload, lane_bits = huffman.encode(values, chosen.lengths, lane)
    shortest = int(lane_bits.min())
    lanes = varint(0 if len(lane_bits) == 1 else lane) + varint(shortest)
    if len(lane_bits) > 1:
        lanes += encode(lane_bits - shortest, "fixed")
    return b"".join([bytes([2]), chosen.table, lanes, payload])


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
        values = bits.unpack(reader.take((count * width + 7) // 8, part), count, width)
        if count and int(values.max()) > most:
            raise reader.error(f"value {values.max()}, expected at most {most}")
        return values, Stream(tensor, part, "fixed", count, 2**width, width, count * width)
    if form != 2 or nested:
        raise reader.error(f"stream of form {form}, expected {'0 or 1' if nested else '0 to 2'}")
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
