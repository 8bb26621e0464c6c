"""Exercises of lesson 08: a decoder of `.dcz` files, written from the format's description, and the paper's own sum."""

import inspect
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, islice
from math import prod
from operator import length_hint
from typing import Any, NamedTuple

import numpy as np

from dc_lab import huffman
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question, WrongAnswer
from dc_lab.dcz import streams
from dc_lab.networks import paper

TITLE = "Deep Compression, end to end"

DTYPES = [np.dtype(code) for code in ["<f4", "<f2", "<f8", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "?"]]

Data = Iterator[int]
"""The bytes of a file, each handed out once."""


# --- the decoder: what the four exercises come to --------------------------------------------------------------------


def read_bits(data: Data) -> Iterator[str]:
    """The bits of what follows, one by one as "0" or "1", the highest of each byte first."""
    return (bit for byte in data for bit in f"{byte:08b}")


def read_symbol(bits: Iterator[str], symbol_of: dict[str, int]) -> int:
    """The symbol whose code comes next in `bits`; `symbol_of` maps codes, such as "110", to symbols."""
    return next(symbol_of[word] for word in accumulate(bits) if word in symbol_of)


def read_varint(data: Data) -> int:
    """The unsigned integer that comes next in `data`, in groups of 7 bits, lowest first."""
    byte = next(data)
    return byte if byte < 128 else byte - 128 + 128 * read_varint(data)


def read_stream(data: Data, count: int) -> list[int]:
    """The `count` numbers of the stream that comes next in `data`, as a list."""
    form, bits = next(data), read_bits(data)
    if form == 0:
        return [read_varint(data)] * count
    if form == 1:
        width = next(data)
        return [int("".join(islice(bits, width)), 2) for _ in range(count)]
    lengths = read_stream(data, read_varint(data))
    lane, _ = read_varint(data), read_varint(data)
    _ = read_stream(data, -(-count // lane)) if lane else []
    symbol_of, code, before = {}, -1, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code, before = (code + 1) << (length - before), length
        symbol_of[f"{code:0{length}b}"] = symbol
    return [read_symbol(bits, symbol_of) for _ in range(count)]


def read_tensor(data: Data, kind: int, dtype: np.dtype, shape: Sequence[int]) -> np.ndarray:
    """The tensor whose data come next: an array of this dtype and shape. `kind` is 0 to 7, as in its header."""
    form, stored, flat = kind // 2, DTYPES[1] if kind % 2 else dtype, np.zeros(prod(shape), dtype)
    entries = read_varint(data) if form in (1, 3) else flat.size
    book = np.frombuffer(bytes(islice(data, read_varint(data) * stored.itemsize)), stored) if form >= 2 else None
    gaps = np.array(read_stream(data, entries) if form in (1, 3) else [0] * entries, int)
    codes = np.array(read_stream(data, entries if form >= 2 else entries * stored.itemsize), int)
    values = codes.astype("u1").view(stored) if book is None else np.append(book, stored.type(0))[codes]
    flat[np.cumsum(gaps + 1) - 1] = values
    return flat.reshape(shape)


def read_dcz(content: bytes) -> dict[str, np.ndarray]:
    """Name -> array of every tensor in a file of version 1; ValueError if it is none, or damaged."""
    if content[:4] != b"DCZ\x01" or zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ValueError("not a .dcz file of version 1, or a damaged one")
    data, headers = iter(content[4:]), {}
    for _ in range(read_varint(data)):
        name = bytes(islice(data, read_varint(data))).decode()
        kind, dtype = divmod(next(data), 16)
        headers[name] = kind, DTYPES[dtype], [read_varint(data) for _ in range(read_varint(data))]
    return {name: read_tensor(data, *header) for name, header in headers.items()}


class Field(NamedTuple):
    """Bytes `start` to `stop` of a file: what they are, and which part (see `archive.PARTS`) they count as."""

    tensor: str
    part: str
    what: str
    start: int
    stop: int


def fields(content: bytes) -> list[Field]:
    """Every byte of a file of version 1, field by field, as the decoder above comes to them.

    Raises
    ------
    ValueError : not such a file, or a damaged one.
    """
    read_dcz(content)
    found: list[Field] = []
    data = iter(content[:-4])
    tensor = ""

    def note(part: str, what: str) -> None:
        start = found[-1].stop if found else 0
        stop = len(content) - 4 - length_hint(data)
        if stop > start:
            found.append(Field(tensor, part, what, start, stop))

    def stream(part: str, what: str, count: int) -> None:
        raw = part == "plain"
        form = next(data)
        if form == 0:
            read_varint(data)
            note("tables", f"{what}: constant")
            return
        if form == 1:
            width = next(data)
            note("tables", f"{what}: fixed, {width} bits each")
            bytes(islice(data, -(-count * width // 8)))
        else:
            alphabet = read_varint(data)
            read_stream(data, alphabet)
            note("tables", f"{what}: code lengths")
            lane, total = read_varint(data), read_varint(data)
            if lane:
                lanes = read_stream(data, -(-count // lane))
                total = total * len(lanes) + sum(lanes)
            note("lanes", f"{what}: lanes")
            bytes(islice(data, -(-total // 8)))
        note(part, "values" if raw else what)

    bytes(islice(data, 4))
    note("header", "DCZ, version")
    number = read_varint(data)
    note("header", "tensors")
    headers = []
    for _ in range(number):
        tensor = bytes(islice(data, read_varint(data))).decode()
        kind, dtype = divmod(next(data), 16)
        shape = [read_varint(data) for _ in range(read_varint(data))]
        headers.append((tensor, kind, DTYPES[dtype], shape))
        note("header", "header")
    for tensor, kind, dtype_of, shape in headers:  # noqa: B007
        form, item = kind // 2, 2 if kind % 2 else dtype_of.itemsize
        entries = prod(shape)
        if form in (1, 3):
            entries = read_varint(data)
            note("index", "entries")
        if form >= 2:
            bytes(islice(data, read_varint(data) * item))
            note("codebook", "codebook")
        if form in (1, 3):
            stream("index", "gaps", entries)
        if form >= 2:
            stream("values", "codes", entries)
        else:
            stream("plain", "values", entries * item)
    found.append(Field("", "checksum", "CRC-32", found[-1].stop, len(content)))
    return found


def _text(stub: str, function: Callable[..., Any]) -> str:
    """The solution: the stub's first line and docstring, and the function's body."""
    head = stub.strip().splitlines()[:2]
    body = inspect.getsource(function).splitlines()[2:]
    return "\n".join(head + body)


HELPERS = '''
import zlib
from itertools import accumulate, islice
from math import prod

import numpy as np

DTYPES = [np.dtype(code) for code in ("<f4", "<f2", "<f8", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "?")]


def read_bits(data):
    """The bits of what follows, one by one as "0" or "1", the highest of each byte first."""
    return (bit for byte in data for bit in f"{byte:08b}")


def read_symbol(bits, symbol_of):
    """The symbol whose code comes next in `bits`; `symbol_of` maps codes, such as "110", to symbols."""
    return next(symbol_of[word] for word in accumulate(bits) if word in symbol_of)
'''


# --- bytes for the cases ---------------------------------------------------------------------------------------------


def _hex(*parts: bytes) -> str:
    return b"".join(parts).hex(" ")


def _whole_bytes(text: str) -> bytes:
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _constant(value: int) -> bytes:
    return b"\x00" + streams.varint(value)


def _fixed(numbers: Sequence[int], width: int) -> bytes:
    return bytes([1, width]) + _whole_bytes("".join(f"{number:0{width}b}" for number in numbers))


def _coded(symbols: Sequence[int], lengths: Sequence[int], lane: int = 0) -> bytes:
    """A Huffman stream; its table is constant where all lengths are equal."""
    payload, lane_bits = huffman.encode(np.array(symbols), np.array(lengths, np.uint8), lane or len(symbols))
    table = _constant(lengths[0]) if len(set(lengths)) == 1 else _fixed(lengths, max(lengths).bit_length())
    shortest, extra = int(lane_bits.min()), b""
    if lane:
        more = [int(n) - shortest for n in lane_bits]
        extra = _fixed(more, max(more).bit_length()) if max(more) else _constant(0)
    head = b"\x02" + streams.varint(len(lengths)) + table
    return head + streams.varint(lane) + streams.varint(shortest) + extra + payload


def _values(values: Any, dtype: str) -> bytes:
    return np.asarray(values, np.dtype(dtype).newbyteorder("<")).tobytes()


def _book(values: Any, dtype: str) -> bytes:
    return streams.varint(len(values)) + _values(values, dtype)


def _file(tensors: Sequence[tuple[str, int, int, tuple[int, ...], bytes]], start: bytes = b"DCZ\x01") -> bytes:
    """A file of tensors given as (name, kind, number of the dtype, shape, data)."""
    head = start + streams.varint(len(tensors))
    for name, kind, dtype, shape, _ in tensors:
        raw = name.encode()
        head += streams.varint(len(raw)) + raw + bytes([kind << 4 | dtype])
        head += b"".join(map(streams.varint, (len(shape), *shape)))
    content = head + b"".join(data for *_, data in tensors)
    return content + zlib.crc32(content).to_bytes(4, "little")


EXAMPLE = bytes.fromhex(
    "44 43 5a 01 02 01 77 60 02 04 0c 01 76 04 01 28 11 03 00 00 80 be cd cc cc 3d 00 00 c0 3f 01 02 1e 23 6f f0 40"
    "01 02 ac a4 af fa 00 02 06 01 03 05 39 00 00 38 08 34 08 72 19 1e 40 68 9b 8f c7"
)
"""The worked example of FORMAT.md."""

NO_BYTE_LEFT = "no byte is left: something before was read wrongly, or no code fits the bits"


def _explained(answer: Callable[..., Any], *arguments: Any) -> Any:
    """The answer's result; what it raises where `data` is used up says that, as Python's own text does not."""
    try:
        return answer(*arguments)
    except StopIteration as error:
        error.args = error.args or (NO_BYTE_LEFT,)
        raise
    except ValueError as error:
        if str(error) == "invalid literal for int() with base 2: ''":
            error.args = (f"no bits for int(): {NO_BYTE_LEFT}",)
        raise


# --- 08.1: a varint --------------------------------------------------------------------------------------------------


class Number(NamedTuple):
    """What a call did: the number it returned, and how many bytes it left in `data`."""

    value: Any
    bytes_left: int


def _use_varint(answer: Callable[[Data], Any], content: str) -> Number:
    data = iter(bytes.fromhex(content))
    value = _explained(answer, data)
    return Number(value, len(list(data)))


def _varint_by_loop(data: Data) -> int:
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value


def _varint_by_text(data: Data) -> int:
    text = ""
    while True:
        bits = f"{next(data):08b}"
        text = bits[1:] + text
        if bits[0] == "0":
            return int(text, 2)


def _groups(data: Data, stop: Callable[[int], bool] = lambda byte: byte < 128) -> list[int]:
    found = []
    while True:
        found.append(next(data))
        if stop(found[-1]):
            return found


def _bent_varint(bent: str, data: Data) -> Any:
    """A varint read wrongly, in the way that `bent` names."""
    if bent == "one byte":
        return next(data)
    if bent == "one group":
        return next(data) & 127
    if bent == "two bytes as a number":
        return byte if (byte := next(data)) < 128 else byte + 256 * next(data)
    if bent == "two bytes at most":
        return byte if (byte := next(data)) < 128 else byte - 128 + 128 * next(data)
    if bent == "looked at and lost":
        value = shift = 0
        while next(data) > 127:
            value, shift = value + ((next(data) & 127) << shift), shift + 7
        return value
    if bent == "no end":
        return sum((byte & 127) << 7 * i for i, byte in enumerate(data))
    if bent == "stops at a set bit":
        groups = _groups(data, lambda byte: byte > 127)
    elif bent == "stops at 128":
        groups = _groups(data, lambda byte: byte <= 128)
    else:
        groups = _groups(data)
    low = [group & 127 for group in groups]
    if bent == "highest first":
        return sum(group << 7 * i for i, group in enumerate(reversed(low)))
    if bent == "by eight":
        return sum(group << 8 * i for i, group in enumerate(low))
    if bent == "by one":
        return sum(group << i for i, group in enumerate(low))
    if bent == "top bit kept":
        return sum(group << 7 * i for i, group in enumerate(groups))
    if bent == "plain bytes":
        return sum(group << 8 * i for i, group in enumerate(groups))
    if bent == "added up":
        return sum(low)
    if bent == "starts at 7":
        return sum(group << 7 * (i + 1) for i, group in enumerate(low))
    if bent == "times 7":
        return sum(group * 7**i for i, group in enumerate(low))
    if bent == "last group lost":
        return sum(group << 7 * i for i, group in enumerate(low[:-1]))
    if bent == "first group lost":
        return sum(group << 7 * i for i, group in enumerate(low[1:]))
    if bent == "times 127":
        return sum(group * 127**i for i, group in enumerate(low))
    if bent == "list":
        return low
    value = sum(group << 7 * i for i, group in enumerate(low))
    if bent == "a byte more":
        next(data)
    if bent == "all taken":
        list(data)
    return (value, len(low)) if bent == "pair" else value


def _draw_varint(rng: np.random.Generator) -> Case:
    value = int(2 ** rng.uniform(0, 40))
    return (_hex(streams.varint(value), rng.bytes(int(rng.integers(0, 4)))),)


_VARINT_STUB = '''
def read_varint(data):
    """The unsigned integer that comes next in `data`, in groups of 7 bits, lowest first."""
    raise NotImplementedError("your turn")
'''

VARINT = Exercise(
    id="08.1",
    title="A varint",
    minutes=5,
    stub=_VARINT_STUB,
    reference=read_varint,
    solution_text=_text(_VARINT_STUB, read_varint),
    given=HELPERS,
    use=_use_varint,
    shown=("ac 02",),
    cases=[
        ("00",),
        ("05",),
        ("7f",),
        ("05 80",),
        ("80 01",),
        ("ff 7f",),
        ("81 00 07",),
        ("28 02 00",),
        ("ac 02 ac 02",),
        ("80 80 01",),
        ("80 80 04 28",),
        ("e5 8e 26 00 00",),
        ("ff ff ff ff 0f",),
    ],
    draw=_draw_varint,
    misconceptions=[
        Misconception(
            "groups in the wrong order",
            partial(_bent_varint, "highest first"),
            "You take the first group for the highest. The page says lowest first: ac 02 is 2c (44) and then 2 times "
            "128.",
        ),
        Misconception(
            "eight bits a group",
            partial(_bent_varint, "by eight"),
            "You shift by 8 for each byte. A byte holds only 7 bits of the number, the eighth says whether another "
            "follows: shift by 7.",
        ),
        Misconception(
            "one bit a group",
            partial(_bent_varint, "by one"),
            "You shift by 1 for each byte. A byte holds 7 bits of the number: shift by 7 times its place.",
        ),
        Misconception(
            "the top bit kept",
            partial(_bent_varint, "top bit kept"),
            "The top bit only says that another byte follows; it is not part of the number. Take it off: byte & 127, "
            "or byte - 128 where it is set.",
        ),
        Misconception(
            "plain bytes",
            partial(_bent_varint, "plain bytes"),
            "You join whole bytes. Of each, only the low 7 bits belong to the number, and the next group stands 7 bits "
            "higher.",
        ),
        Misconception(
            "one byte only",
            partial(_bent_varint, "one byte"),
            "You always take one byte. If its top bit is set (the byte is 128 or more), another follows.",
        ),
        Misconception(
            "one group only",
            partial(_bent_varint, "one group"),
            "You take off the top bit, but do not go on to the next byte. The bit says that another follows.",
        ),
        Misconception(
            "the bit the wrong way round",
            partial(_bent_varint, "stops at a set bit"),
            "You stop at a byte whose top bit is set, and go on after one where it is not. It is the other way round: "
            "a set bit says that another byte follows.",
        ),
        Misconception(
            "128 taken for the last byte",
            partial(_bent_varint, "stops at 128"),
            "80 is 128: its top bit is set, and its low bits are all 0. Another byte follows. The last byte is below "
            "128.",
        ),
        Misconception(
            "groups added up",
            partial(_bent_varint, "added up"),
            "You add the groups as they are. Each one stands 7 bits higher than the one before: multiply by 128 for "
            "each step.",
        ),
        Misconception(
            "the last group lost",
            partial(_bent_varint, "last group lost"),
            "You stop before the last group is added. The byte without a top bit belongs to the number too.",
        ),
        Misconception(
            "the first group lost",
            partial(_bent_varint, "first group lost"),
            "The first byte is not in your number. Does the loop take a byte to look at its top bit, and then another?",
        ),
        Misconception(
            "times 127",
            partial(_bent_varint, "times 127"),
            "A group of 7 bits has 128 values, 0 to 127. So the next group counts 128 each.",
        ),
        Misconception(
            "two bytes as one number",
            partial(_bent_varint, "two bytes as a number"),
            "You join two whole bytes. The top bit of the first is not part of the number, the second stands only 7 "
            "bits higher, and there may be more than two.",
        ),
        Misconception(
            "two bytes at most",
            partial(_bent_varint, "two bytes at most"),
            "You stop after the second byte. Its top bit may be set too: then a third follows, and so on.",
        ),
        Misconception(
            "a byte looked at and lost",
            partial(_bent_varint, "looked at and lost"),
            "next(data) takes a byte each time. One in the condition and another in the loop are two different bytes: "
            "keep the byte in a name, and look at that.",
        ),
        Misconception(
            "no end",
            partial(_bent_varint, "no end"),
            "Your loop goes on to the end of `data`. Stop after the first byte that is below 128.",
        ),
        Misconception(
            "the first group shifted",
            partial(_bent_varint, "starts at 7"),
            "Your first group is already shifted by 7. It is the lowest: start with a shift of 0.",
        ),
        Misconception(
            "times 7",
            partial(_bent_varint, "times 7"),
            "You multiply by 7 for each group. Seven bits have 128 values: multiply by 128, or shift by 7.",
        ),
        Misconception(
            "a byte too many",
            partial(_bent_varint, "a byte more"),
            "The number is right, but you take one byte more than it has. Whoever reads on would miss it.",
        ),
        Misconception(
            "all bytes taken",
            partial(_bent_varint, "all taken"),
            "The number is right, but nothing is left in `data`: bytes(data) or list(data) takes everything. Take one "
            "byte at a time with next(data).",
        ),
        Misconception(
            "the number of bytes too",
            partial(_bent_varint, "pair"),
            "The number is right. Return it alone: how many bytes it took can be seen from `data`, which stands behind "
            "them.",
        ),
        Misconception(
            "a list of groups",
            partial(_bent_varint, "list"),
            "These are the groups. Join them into one number: each stands 7 bits higher than the one before.",
        ),
    ],
    alternatives=[_varint_by_loop, _varint_by_text],
    hints=[
        "Take one byte with next(data). Below 128 it is the number.",
        "If it is 128 or more, its low 7 bits are byte - 128, and what follows is again a varint, which counts 128 "
        "times as much.",
        "So either a loop with `shift` growing by 7, or: byte - 128 + 128 * read_varint(data).",
    ],
    why="""Most numbers in a file are small, and then this takes one byte; a few may be large, and nothing needs a
        limit. The function calls itself because the rest of a varint is a varint.""",
)

# --- 08.2: a stream --------------------------------------------------------------------------------------------------


class Numbers(NamedTuple):
    """What a call did: the numbers it returned, and how many bytes it left in `data`."""

    numbers: Any
    bytes_left: int


def _use_stream(answer: Callable[[Data, int], Any], content: str, count: int) -> Numbers:
    data = iter(bytes.fromhex(content))
    numbers = _explained(answer, data, count)
    if isinstance(numbers, np.ndarray) and numbers.ndim == 1:
        numbers = numbers.tolist()
    return Numbers(numbers, len(list(data)))


def _stream_by_totals(data: Data, count: int) -> np.ndarray:
    """Takes each stream's bits at once, as its lanes say."""
    form = next(data)
    if form == 0:
        return np.full(count, _varint_by_loop(data))
    if form == 1:
        width = next(data)
        raw = np.frombuffer(bytes(islice(data, -(-count * width // 8))), np.uint8)
        bits = np.unpackbits(raw)[: count * width].reshape(count, width)
        return np.asarray(bits.astype(np.int64) @ (1 << np.arange(width)[::-1]))
    lengths = np.asarray(_stream_by_totals(data, _varint_by_loop(data)))
    lane, total = _varint_by_loop(data), _varint_by_loop(data)
    if lane:
        lanes = _stream_by_totals(data, -(-count // lane))
        total = total * len(lanes) + int(lanes.sum())
    codes = huffman.canonical_codes(lengths.astype(np.uint8))
    symbol_of = {(int(n), int(codes[s])): s for s, n in enumerate(lengths) if n}
    found, code, length = [], 0, 0
    for bit in islice(read_bits(iter(bytes(islice(data, -(-total // 8))))), total):
        code, length = code << 1 | int(bit), length + 1
        if (length, code) in symbol_of:
            found.append(symbol_of[length, code])
            code = length = 0
    return np.array(found, np.int64)


def _low_bits(data: Data) -> Iterator[str]:
    return (bit for byte in data for bit in f"{byte:08b}"[::-1])


def _bent_codes(bent: str, lengths: Sequence[int]) -> dict[str, int]:
    """Code -> symbol, wrongly in the way that `bent` names."""
    pairs = [(n, s) for s, n in enumerate(lengths) if n]
    ordered = sorted(pairs)
    if bent in ("by symbol", "not sorted"):
        ordered = pairs
    elif bent == "all backwards":
        ordered = sorted(pairs, reverse=True)
    elif bent == "longest first":
        ordered = sorted(pairs, key=lambda pair: (-pair[0], pair[1]))
    elif bent == "equal ones backwards":
        ordered = sorted(pairs, key=lambda pair: (pair[0], -pair[1]))
    elif bent == "length 0 coded":
        ordered = sorted((n, s) for s, n in enumerate(lengths))
    symbol_of, code, before = {}, -1, 0
    for place, (n, symbol) in enumerate(ordered):
        wider = max(n - before, 0)
        if bent in ("not sorted", "all backwards"):
            wider = n - before
        elif bent == "length before lost":
            wider = n
        if bent == "no zeros":
            code = code + 1
        elif bent == "zeros first":
            code = (code << wider) + 1 if code >= 0 else 0
        elif bent == "starts at 1":
            code = max(code + 1, 1) << wider
        else:
            code = (code + 1) << wider
        before = n
        word = f"{code:b}" if bent == "zeros dropped" else bin(code) if bent == "bin" else f"{code:0{n}b}"
        symbol_of[word[::-1] if bent == "codes backwards" else word] = place if bent == "place" else symbol
    return symbol_of


def _bent_stream(bent: str, data: Data, count: int) -> Any:
    """A stream read wrongly, in the way that `bent` names."""
    form = next(data)
    bits = _low_bits(data) if bent == "low bit of the byte" else read_bits(data)
    if form == 0:
        if bent == "count first":
            return [read_varint(data) for _ in range(count)]
        value = next(data) if bent == "constant of a byte" else read_varint(data)
        return value if bent == "a number" else [value] if bent == "constant once" else [value] * count
    if form == 1:
        return _bent_fixed(bent, data, bits, count)
    if bent == "no Huffman":
        raise NotImplementedError
    if bent == "nothing for Huffman":
        return None
    alphabet = count if bent == "alphabet not read" else next(data) if bent == "a byte" else read_varint(data)
    if bent == "lengths as bytes":
        lengths = [next(data) for _ in range(alphabet)]
    elif bent == "lengths as varints":
        lengths = [read_varint(data) for _ in range(alphabet)]
    else:
        lengths = _bent_stream(bent, data, count if bent == "as many lengths as numbers" else alphabet)
    if bent == "lanes not read":
        lane = total = 0
    else:
        lane = read_varint(data)
        unread = bent in ("shortest not read", "shortest after the lanes") or (
            bent == "no lanes, no shortest" and not lane
        )
        total = 0 if unread else read_varint(data)
    if bent == "swapped":
        lane, total = total, lane
    lanes: list[int] = []
    if (lane and bent != "lanes' stream not read") or bent == "always lanes":
        number = count // lane if bent == "lanes rounded down" else -(-count // lane)
        lanes = [] if bent == "lanes of a byte" else _bent_stream(bent, data, number)
        if bent == "lanes of a byte":
            bytes(islice(data, number))
    if bent == "shortest after the lanes":
        read_varint(data)
    symbol_of = _bent_codes(bent, lengths)
    if bent == "shortest is all" and lane:
        word, found = "", []
        for bit in islice(bits, total):
            word += bit
            if word in symbol_of:
                found.append(symbol_of[word])
                word = ""
        return found
    if bent == "lanes aligned" and lane:
        found = []
        while len(found) < count:
            bits = read_bits(data)
            found += [read_symbol(bits, symbol_of) for _ in range(min(lane, count - len(found)))]
        return found
    if bent == "filling decoded":
        total = total * len(lanes) + sum(lanes) if lane else total
        bits, found = read_bits(iter(bytes(islice(data, -(-total // 8))))), []
        while True:
            try:
                found.append(read_symbol(bits, symbol_of))
            except StopIteration:
                return found
    if bent in ("each in a byte", "each code in a byte"):
        return [read_symbol(read_bits(data), symbol_of) for _ in range(count)]
    if bent == "codes themselves":
        by_symbol = {symbol: word for word, symbol in symbol_of.items()}
        return [by_symbol[read_symbol(bits, symbol_of)] for _ in range(count)]
    found = [read_symbol(bits, symbol_of) for _ in range(count)]
    if bent == "all taken":
        list(data)
    return None if bent == "nothing returned" else found


def _bent_fixed(bent: str, data: Data, bits: Iterator[str], count: int) -> Any:
    if bent == "always a byte":
        next(data)
        return [next(data) for _ in range(count)]
    width = next(data)
    if bent in ("each in a byte", "each number in a byte"):
        return [int("".join(islice(read_bits(data), width)), 2) for _ in range(count)]
    if bent == "rounded down":
        bits = read_bits(iter(bytes(islice(data, count * width // 8))))
    elif bent == "a byte more":
        bits = read_bits(iter(bytes(islice(data, count * width // 8 + 1))))
    elif bent == "filling decoded" and count:
        number = 8 * -(-count * width // 8) // width
        return [int("".join(islice(bits, width)), 2) for _ in range(number)]
    if bent == "bit by bit":
        return [int(bit) for bit in islice(bits, width * count)]
    words = ["".join(islice(bits, width)) for _ in range(count)]
    if bent in ("low bit first", "codes backwards", "low bit of the byte"):
        words = [word[::-1] for word in words] if bent == "low bit first" else words
    if bent == "texts":
        return words
    found = [int(word, 2) for word in words]
    if bent == "all taken":
        list(data)
    return found


LANES = [0, 0, 1, 0, 2, 0, 1, 3, 0, 0]


def _stream_cases() -> list[Case]:
    rng = np.random.default_rng(8)
    many = rng.choice(4, 570, p=[0.6, 0.2, 0.15, 0.05]).tolist()
    page = EXAMPLE[44:60]
    return [
        (_hex(_constant(5)), 3),
        (_hex(_constant(300), b"\x07"), 2),
        (_hex(_constant(0)), 4),
        (_hex(_constant(9), b"\x01\x02"), 0),
        (_hex(_fixed([1, 0, 1], 1)), 3),
        (_hex(_fixed([3, 1], 2), b"\xff"), 2),
        (_hex(_fixed([5, 2, 7, 0], 3)), 4),
        (_hex(_fixed([1, 0, 1, 1, 0, 0, 1, 0], 1), b"\x05"), 8),
        (_hex(_fixed([100, 3, 64], 7), b"\x80"), 3),
        (_hex(_fixed([200, 3], 8)), 2),
        (_hex(_fixed([1000, 3, 2047, 5], 11), b"\x00\x01"), 4),
        (_hex(_fixed([4, 1], 16), b"\x09"), 2),
        (_hex(_fixed([], 3), b"\x33"), 0),
        (_hex(EXAMPLE[37:44]), 17),
        (_hex(_coded([1, 0, 1], [1, 1])), 3),
        (_hex(_coded([0, 0, 0], [1, 1]), b"\x01"), 3),
        (_hex(_coded([1, 0, 1, 1, 0, 0, 0, 1], [1, 1]), b"\x07"), 8),
        (_hex(_coded([1, 0, 2, 1], [2, 1, 2])), 4),
        (_hex(_coded([2, 0, 1, 2, 2], [2, 2, 1]), b"\xfe"), 5),
        (_hex(_coded([3, 0, 2, 1, 3, 3], [3, 3, 2, 1])), 6),
        (_hex(_coded([1, 0, 1, 0], [1, 2, 3, 3]), b"\x00\x00"), 4),
        (_hex(_coded([1, 3, 1, 1], [0, 1, 0, 1]), b"\x01"), 4),
        (_hex(_coded([5, 1, 1, 4, 2], [0, 2, 3, 0, 3, 1]), b"\x0a\x0b"), 5),
        (_hex(_coded([4, 3, 2, 1, 0, 2], [2, 3, 2, 3, 2])), 6),
        (_hex(page), 40),
        (_hex(_coded([200, 0, 200, 3], [2, 0, 0, 2] + [0] * 196 + [1]), b"\x06"), 4),
        (_hex(_coded(many[:300], [1, 2, 3, 3], 256), b"\x11"), 300),
        (_hex(_coded(many[:512], [1, 2, 3, 3], 256)), 512),
        (_hex(_coded(many, [1, 2, 3, 3], 256), b"\x01\x02"), 570),
        (_hex(_coded([s % 2 for s in many[:520]], [1, 1], 260)), 520),
    ]


def _draw_stream(rng: np.random.Generator) -> Case:
    count, rest = int(rng.integers(2, 12)), rng.bytes(int(rng.integers(0, 3)))
    if rng.random() < 0.4:
        width = int(rng.integers(1, 13))
        return _hex(_fixed(rng.integers(0, 2**width, count).tolist(), width), rest), count
    counts = (2.0 ** rng.uniform(0, 6, int(rng.integers(2, 8)))).astype(np.int64)
    counts[1:-1] *= rng.random(len(counts) - 2) < 0.8
    lengths = huffman.code_lengths(counts).tolist()
    symbols = rng.choice(len(counts), count, p=counts / counts.sum()).tolist()
    return _hex(_coded(symbols, lengths), rest), count


_STREAM_STUB = '''
def read_stream(data, count):
    """The `count` numbers of the stream that comes next in `data`, as a list."""
    raise NotImplementedError("your turn")
'''

STREAM = Exercise(
    id="08.2",
    title="A stream",
    minutes=20,
    stub=_STREAM_STUB,
    reference=read_stream,
    solution_text=_text(_STREAM_STUB, read_stream),
    given=HELPERS + VARINT.solution_text if VARINT.solution_text else HELPERS,
    use=_use_stream,
    shown=(_hex(EXAMPLE[30:37]), 17),
    cases=_stream_cases,
    draw=_draw_stream,
    misconceptions=[
        Misconception(
            "the constant once",
            partial(_bent_stream, "constant once"),
            "A constant stream holds its value once, but stands for `count` numbers: [value] * count.",
        ),
        Misconception(
            "a number for a constant stream",
            partial(_bent_stream, "a number"),
            "For a constant stream you return a number. Return a list of it, `count` times.",
        ),
        Misconception(
            "a constant for each number",
            partial(_bent_stream, "count first"),
            "You read `count` varints. A constant stream has one, and all numbers are that.",
        ),
        Misconception(
            "a constant of one byte",
            partial(_bent_stream, "constant of a byte"),
            "The value of a constant stream is a varint: 128 and more take two bytes or three.",
        ),
        Misconception(
            "a byte for each number",
            partial(_bent_stream, "always a byte"),
            "You take a whole byte for each number. Fixed width means `width` bits each, without a gap: the byte after "
            "the form says how many.",
        ),
        Misconception(
            "each number in a byte of its own",
            partial(_bent_stream, "each in a byte"),
            "Each of your numbers begins in a new byte. read_bits(data) starts with a whole byte each time it is "
            "called: call it once for the stream, and go on with the same bits.",
        ),
        Misconception(
            "each number of fixed width in a byte of its own",
            partial(_bent_stream, "each number in a byte"),
            "In form 1 each of your numbers begins in a new byte, as read_bits(data) does each time it is called. Call "
            "it once, before the loop.",
        ),
        Misconception(
            "numbers from their lowest bit",
            partial(_bent_stream, "low bit first"),
            "You take the first bit for the lowest of the number. The page says the highest bit of each first: 110 is "
            "6.",
        ),
        Misconception(
            "bytes from their lowest bit",
            partial(_bent_stream, "low bit of the byte"),
            "You begin with the lowest bit of each byte. The page fills each byte from its highest bit.",
        ),
        Misconception(
            "bytes rounded down",
            partial(_bent_stream, "rounded down"),
            "count * width // 8 bytes are too few where the bits do not fill whole bytes. Round up: "
            "-(-count * width // 8), or let read_bits take what it needs.",
        ),
        Misconception(
            "a byte too many",
            partial(_bent_stream, "a byte more"),
            "Where the bits fill whole bytes exactly, you take one byte too many. Round up with -(-bits // 8), or let "
            "read_bits take what it needs.",
        ),
        Misconception(
            "the filling taken for numbers",
            partial(_bent_stream, "filling decoded"),
            "You read until the bits of the last byte are used up, and the zeros that fill it look like more numbers. "
            "Stop after `count`.",
        ),
        Misconception(
            "texts of bits",
            partial(_bent_stream, "texts"),
            "Your fixed-width numbers are texts of 0 and 1. int(text, 2) makes numbers of them.",
        ),
        Misconception(
            "bit by bit",
            partial(_bent_stream, "bit by bit"),
            "Each of your numbers is a single bit. A number takes `width` of them: join that many, and int(text, 2).",
        ),
        Misconception(
            "nothing for Huffman streams",
            partial(_bent_stream, "nothing for Huffman"),
            "The first two forms are right. For a Huffman stream you return None: is a `return` missing, or form 2 "
            "still to be written?",
        ),
        Misconception(
            "no Huffman streams yet",
            partial(_bent_stream, "no Huffman"),
            "The first two forms are right. Now form 2: alphabet, stream of code lengths, lane size, shortest, "
            "perhaps a stream of lanes, then the codes.",
        ),
        Misconception(
            "the symbols not returned",
            partial(_bent_stream, "nothing returned"),
            "A Huffman stream is read to its end, and then nothing is returned: a `return` is missing in that branch.",
        ),
        Misconception(
            "as many code lengths as numbers",
            partial(_bent_stream, "as many lengths as numbers"),
            "You read `count` code lengths. There is one for each symbol of the alphabet: as many as its size says.",
        ),
        Misconception(
            "no code is ever found",
            partial(_bent_stream, "bin"),
            "In a Huffman stream you run out of bytes before a code is found. Either something was not taken from "
            "`data` before the bits (in this order: alphabet size, stream of code lengths, lane size, shortest), or "
            "the codes do not look like the bits: print symbol_of; its keys are texts such as '110' (bin(code) has 0b "
            "in front).",
        ),
        Misconception(
            "code lengths as plain bytes",
            partial(_bent_stream, "lengths as bytes"),
            "You take a byte for each code length. They are a stream themselves, with a form byte of its own: let "
            "read_stream read it.",
        ),
        Misconception(
            "code lengths as varints",
            partial(_bent_stream, "lengths as varints"),
            "You read a varint for each code length. They are a stream: its form byte comes first, and mostly they "
            "have a fixed width. Let read_stream read it.",
        ),
        Misconception(
            "one byte for the alphabet's size",
            partial(_bent_stream, "a byte"),
            "The alphabet's size is a varint: from 128 on it takes two bytes.",
        ),
        Misconception(
            "shortest after the lanes",
            partial(_bent_stream, "shortest after the lanes"),
            "You read `shortest` after the stream of lanes. The page has it before: lane size, shortest, then the "
            "stream if there is one.",
        ),
        Misconception(
            "lane size and shortest not read",
            partial(_bent_stream, "lanes not read"),
            "After the code lengths come two varints, the lane size and the shortest. You need neither to decode from "
            "the front, but they have to be taken from `data`.",
        ),
        Misconception(
            "shortest not read",
            partial(_bent_stream, "shortest not read"),
            "After the lane size comes one more varint, `shortest`. It has to be taken from `data` before the bits "
            "begin.",
        ),
        Misconception(
            "shortest only where there are lanes",
            partial(_bent_stream, "no lanes, no shortest"),
            "Where the lane size is 0 you do not read `shortest`. It is always there; only the lanes' stream depends "
            "on the lane size.",
        ),
        Misconception(
            "lane size and shortest swapped",
            partial(_bent_stream, "swapped"),
            "You ask whether `shortest` is above 0. The lane size comes first, and only if *it* is above 0 does a "
            "stream of lanes follow.",
        ),
        Misconception(
            "the lanes' stream not read",
            partial(_bent_stream, "lanes' stream not read"),
            "Where the lane size is above 0, a stream follows, with one number for each lane. You need none of them, "
            "but they have to be taken from `data`: read_stream(data, -(-count // lane)).",
        ),
        Misconception(
            "lanes where there are none",
            partial(_bent_stream, "always lanes"),
            "A lane size of 0 means that no stream of lanes follows. Read it only where the size is above 0.",
        ),
        Misconception(
            "the last lane forgotten",
            partial(_bent_stream, "lanes rounded down"),
            "The last lane may be shorter, and has a number too. Round up: ceil(count / lane) is -(-count // lane).",
        ),
        Misconception(
            "lanes as plain bytes",
            partial(_bent_stream, "lanes of a byte"),
            "You take a byte for each lane. Their numbers are a stream with a form byte of its own: let read_stream "
            "read it.",
        ),
        Misconception(
            "lanes that begin in a new byte",
            partial(_bent_stream, "lanes aligned"),
            "You begin each lane in a new byte. Codes follow one another without a gap, from lane to lane too.",
        ),
        Misconception(
            "shortest taken for all bits",
            partial(_bent_stream, "shortest is all"),
            "With lanes, `shortest` is the bits of the shortest lane, not of all. All bits are shortest times the "
            "number of lanes plus the sum of their numbers; or stop after `count` symbols.",
        ),
        Misconception(
            "codes in the order of the symbols alone",
            partial(_bent_stream, "by symbol"),
            "You give out codes symbol by symbol. The page says: by length first, equal lengths by symbol.",
        ),
        Misconception(
            "the longest first",
            partial(_bent_stream, "longest first"),
            "You begin with the longest codes. The shortest come first; the very first is all zeros.",
        ),
        Misconception(
            "equal lengths from the last symbol",
            partial(_bent_stream, "equal ones backwards"),
            "Among equal lengths you begin with the largest symbol. The smallest comes first.",
        ),
        Misconception(
            "sorted backwards",
            partial(_bent_stream, "all backwards"),
            "You number the codes from the longest and the largest symbol on. Shortest first, and among equal lengths "
            "the smallest symbol.",
        ),
        Misconception(
            "not sorted by length",
            partial(_bent_stream, "not sorted"),
            "You go through the symbols in their own order, so that a code may be followed by a shorter one, and a "
            "shift cannot be negative. Sort by length first.",
        ),
        Misconception(
            "the length before not kept",
            partial(_bent_stream, "length before lost"),
            "You shift by the whole length each time. Shift by how much longer the code is than the one before, and "
            "keep its length for the next.",
        ),
        Misconception(
            "each code in a byte of its own",
            partial(_bent_stream, "each code in a byte"),
            "You call read_bits(data) for each symbol, and each call begins with a new byte. Call it once for all "
            "codes of the stream.",
        ),
        Misconception(
            "symbols of length 0 given a code",
            partial(_bent_stream, "length 0 coded"),
            "A symbol of length 0 does not occur and has no code. Leave it out before you number the others.",
        ),
        Misconception(
            "no zeros where codes get longer",
            partial(_bent_stream, "no zeros"),
            "Where the next code is longer, zeros follow: (code + 1) << (how many bits it is longer). Without them, "
            "one code becomes the beginning of another.",
        ),
        Misconception(
            "zeros before the 1 is added",
            partial(_bent_stream, "zeros first"),
            "You append the zeros and add 1 afterwards. First add 1, then append: (code + 1) << longer.",
        ),
        Misconception(
            "the first code not zero",
            partial(_bent_stream, "starts at 1"),
            "The first code is all zeros. Yours is not; the + 1 applies only from the second on.",
        ),
        Misconception(
            "leading zeros dropped",
            partial(_bent_stream, "zeros dropped"),
            "f'{code:b}' drops zeros in front, and they are part of the code. Write it with its full length: "
            "f'{code:0{length}b}'.",
        ),
        Misconception(
            "codes backwards",
            partial(_bent_stream, "codes backwards"),
            "You look for codes from their lowest bit. They are written from the highest bit on, in the order in which "
            "you read them.",
        ),
        Misconception(
            "places instead of symbols",
            partial(_bent_stream, "place"),
            "Your numbers are places in the sorted list of codes. Sorting by length has moved the symbols: keep each "
            "symbol beside its code.",
        ),
        Misconception(
            "the codes themselves",
            partial(_bent_stream, "codes themselves"),
            "You return the codes as they stand in the file. Asked for are the symbols that they stand for.",
        ),
        Misconception(
            "all bytes taken",
            partial(_bent_stream, "all taken"),
            "The numbers are right, but nothing is left in `data`. More may follow this stream: take only the bytes "
            "that its bits need.",
        ),
    ],
    alternatives=[_stream_by_totals],
    hints=[
        "One form after the other: `form = next(data)`, then three cases. Form 0 is one varint, as a list of `count`.",
        "Form 1: `width = next(data)`, then `bits = read_bits(data)`, once. A number is int of the next `width` bits: "
        'int("".join(islice(bits, width)), 2).',
        "Form 2, in the order of the page: lengths = read_stream(data, read_varint(data)); lane size; shortest; and "
        "if the lane size is not 0, read_stream(data, -(-count // lane)), which you may forget.",
        "Codes: for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length). "
        "Start with code = -1 and before = 0; then code = (code + 1) << (length - before), before = length, and "
        'symbol_of[f"{code:0{length}b}"] = symbol. Then read_symbol(bits, symbol_of), `count` times.',
    ],
    why="""A stream calls itself for its code lengths and lanes, so there is one way of storing a row of numbers in the
        whole file. The order by length makes one rule of "plus 1, and zeros": no tree is stored, and none is built.
        With -1 and length 0 to start from, the first code needs no case of its own.""",
)

# --- 08.3: a tensor --------------------------------------------------------------------------------------------------


class Tensor(NamedTuple):
    """What a call did: the array it returned, and how many bytes it left in `data`."""

    tensor: Any
    bytes_left: int


def _use_tensor(answer: Callable[..., Any], content: str, kind: int, dtype: str, shape: tuple[int, ...]) -> Tensor:
    data = iter(bytes.fromhex(content))
    tensor = _explained(answer, data, kind, np.dtype(dtype).newbyteorder("<"), shape)
    return Tensor(tensor, len(list(data)))


def _tensor_by_cases(data: Data, kind: int, dtype: np.dtype, shape: Sequence[int]) -> np.ndarray:
    """Each form by itself, entry by entry."""
    stored = np.dtype("<f2") if kind & 1 else dtype
    size = int(np.prod(shape, dtype=np.int64))
    flat = [dtype.type(0)] * size

    def raw(number: int) -> list[Any]:
        return list(np.frombuffer(bytes(read_stream(data, number * stored.itemsize)), stored))

    if kind // 2 == 0:
        flat = raw(size)
    elif kind // 2 == 2:
        length = _varint_by_loop(data)
        book = list(np.frombuffer(bytes(next(data) for _ in range(length * stored.itemsize)), stored))
        flat = [book[code] for code in read_stream(data, size)]
    else:
        entries, at = _varint_by_loop(data), -1
        if kind // 2 == 3:
            length = _varint_by_loop(data)
            book = list(np.frombuffer(bytes(next(data) for _ in range(length * stored.itemsize)), stored))
            book.append(stored.type(0))
        gaps = read_stream(data, entries)
        values = raw(entries) if kind // 2 == 1 else [book[code] for code in read_stream(data, entries)]
        for gap, value in zip(gaps, values, strict=True):
            at += 1 + gap
            flat[at] = value
    return np.array(flat, dtype).reshape(shape)


def _bent_tensor(bent: str, data: Data, kind: int, dtype: np.dtype, shape: Sequence[int]) -> Any:
    """A tensor read wrongly, in the way that `bent` names."""
    form, half = (kind & 3, kind >> 2) if bent == "bits of the kind" else divmod(kind, 2)
    stored = DTYPES[1] if half and bent != "half ignored" else dtype
    size: Any = np.prod(shape) if bent == "np.prod" else prod(shape)
    if bent == "sum of the shape":
        size = sum(shape)
    if bent == "codes of any size" and form == 3:
        raise NotImplementedError
    is_sparse, is_shared = form in (1, 3), form in (2, 3)
    entries = size
    if is_sparse and not (is_shared and bent == "codebook before n"):
        entries = entries if bent == "entries not read" else next(data) if bent == "n as a byte" else read_varint(data)
        if bent == "N entries":
            entries = size
    book = np.zeros(0, stored)
    gaps: list[int] = []

    def take_book() -> None:
        nonlocal book
        length = next(data) if bent == "codebook's length as a byte" else read_varint(data)
        if bent == "codebook as a stream":
            raw = bytes(read_stream(data, length * stored.itemsize))
        else:
            item = {"bytes for values": 1, "four bytes a value": 4}.get(bent, stored.itemsize)
            raw = bytes(islice(data, length * (dtype.itemsize if bent == "codebook never half" else item)))
        there = dtype if bent == "codebook never half" else stored
        book = np.frombuffer(raw, there.newbyteorder(">") if bent == "highest byte first" else there)

    if is_sparse and bent == "gaps before the codebook":
        gaps = read_stream(data, entries)
    if is_shared:
        take_book()
    if is_sparse and is_shared and bent == "codebook before n":
        entries = read_varint(data)
    if is_sparse and bent not in ("gaps before the codebook", "codes before gaps"):
        gaps = read_stream(data, entries)
    if is_shared:
        codes = np.array(read_stream(data, entries), np.intp)
        if bent == "codes before gaps" and is_sparse:
            gaps = read_stream(data, entries)
        if bent == "codes as values":
            values = codes
        elif bent == "a filler is the last centroid":
            values = book[np.minimum(codes, len(book) - 1)]
        elif bent == "no value for fillers" or (bent == "zero of another type" and not is_sparse):
            values = book[codes]
        elif bent == "zero of another type":
            values = np.append(book, 0)[codes]
        elif bent == "zero first":
            values = np.append(stored.type(0), book)[codes]
        else:
            values = np.append(book, stored.type(0))[codes]
    else:
        if bent == "values for bytes":
            values = np.array(read_stream(data, entries))
        elif bent == "each byte a value":
            values = np.array(read_stream(data, entries * stored.itemsize)).astype(stored)
        elif bent == "no stream":
            values = np.frombuffer(bytes(islice(data, entries * stored.itemsize)), stored)
        else:
            raw = bytes(read_stream(data, entries if bent == "a byte a value" else entries * stored.itemsize))
            values = np.frombuffer(raw, stored.newbyteorder(">") if bent == "highest byte first" else stored)
        if bent == "codes before gaps" and is_sparse:
            gaps = read_stream(data, entries)
    result: Any = stored if bent == "float16 returned" else float if bent == "float64 returned" else dtype
    if bent in ("no 1, dense too", "one too far, dense too"):
        steps = np.array(gaps if is_sparse else [0] * entries, np.intp)
        flat = np.zeros(size, result)
        flat[np.cumsum(steps) if bent == "no 1, dense too" else np.cumsum(steps + 1)] = values
    elif not is_sparse:
        flat = values.astype(result)
    elif bent == "only the entries":
        return values
    else:
        if bent == "fillers dropped":
            there = values != 0
            gaps, values = [gap for gap, kept in zip(gaps, there, strict=True) if kept], values[there]
        steps = np.array(gaps, np.intp)
        where = np.cumsum(steps + 1) - 1
        where = {
            "no 1 for the entry": np.cumsum(steps),
            "one too far": where + 1,
            "gaps for places": steps,
            "gaps for steps": np.cumsum(steps) - 1,
        }.get(bent, where)
        flat = np.zeros(size, result)
        flat[where] = values
    if bent == "flat":
        return flat
    if bent == "list":
        return flat.reshape(shape).tolist()
    if bent == "columns first":
        return flat.reshape(shape, order="F")
    if bent == "all taken":
        list(data)
    return flat.reshape(shape)


def _half(*parts: bytes) -> str:
    return _hex(*parts)


def _tensor_cases() -> list[Case]:
    rng = np.random.default_rng(83)
    floats = [0.5, -1.25, 3.0, 0.1]
    row = rng.normal(0, 1, 3).astype(np.float32)
    wide = rng.integers(0, 130, 8).tolist()
    return [
        (_hex(_fixed([7], 8)), 0, "uint8", ()),
        (_hex(_constant(7), b"\x01"), 0, "uint8", (3,)),
        (_hex(_constant(0)), 0, "float32", (2, 2)),
        (_hex(_fixed([1, 0, 1], 1), b"\x02"), 0, "bool", (3,)),
        (_hex(_fixed(_values(-2, "int64"), 8)), 0, "int64", ()),
        (_hex(_fixed(_values([-1, 300], "int16"), 8)), 0, "int16", (1, 2)),
        (_hex(_fixed(_values(row, "float32"), 8)), 0, "float32", (3,)),
        (_half(_fixed(_values([1.5, -2.0], "float16"), 8), b"\x09"), 1, "float32", (2,)),
        (_hex(_fixed(_values([1.5, -2.0], "float16"), 8)), 0, "float16", (2, 1)),
        (_hex(b"\x02", _fixed([1, 2], 2), _fixed([4, 9], 4)), 2, "uint8", (2, 3)),
        (_hex(b"\x03", _fixed([0, 3, 3], 2), _fixed(_values([1.5, 0, 2], "float32"), 8)), 2, "float32", (10,)),
        (_half(b"\x02", _fixed([1, 2], 2), _fixed(_values([0.5, -4], "float16"), 8), b"\x05"), 3, "float32", (6,)),
        (_hex(_book([3, -5], "int8"), _fixed([0, 1, 1, 0, 1, 1], 1)), 4, "int8", (2, 3)),
        (_hex(_book(floats, "float32"), _fixed([3, 0, 2, 1, 1], 2), b"\x01"), 4, "float32", (5,)),
        (_half(_book([0.5, -1.25], "float16"), _constant(1)), 5, "float32", (2, 2)),
        (_hex(_book([2.5], "float64"), _constant(0)), 4, "float64", ()),
        (_hex(_book([True, False], "bool"), _coded([1, 0, 1, 1], [1, 1])), 4, "bool", (2, 2)),
        (_hex(_book(np.arange(130) * 2 % 251, "uint8"), _fixed(wide, 8)), 4, "uint8", (2, 4)),
        (_hex(b"\x02", _book([-0.5, 2.0], "float32"), _fixed([1, 2], 2), _fixed([1, 0], 1)), 6, "float32", (2, 3)),
        (_hex(b"\x03", _book([9], "int32"), _fixed([3, 3, 1], 2), _fixed([0, 1, 0], 1), b"\x08"), 6, "int32", (3, 5)),
        (_hex(b"\x02", _book([2**63 + 1, 5], "uint64"), _constant(1), _fixed([0, 1], 1)), 6, "uint64", (5,)),
        (_half(b"\x04", _book([0.25, -8], "float16"), _fixed([0, 7, 7, 2], 3), _fixed([1, 2, 0, 1], 2)), 7, "float32",
         (4, 6)),
        (_half(b"\x01", _book([1.5], "float16"), _constant(300), _constant(0)), 7, "float32", (7, 50)),
        (_hex(b"\x02", _book([1.5, 2.5], "float32"), _fixed([0, 1], 1), _fixed([1, 0], 1)), 6, "float32", (2, 1, 2)),
        (_hex(EXAMPLE[44:60]), 0, "uint8", (40,)),
        (_hex(b"\x82\x01", _constant(1), _constant(7), b"\x03"), 2, "uint8", (270,)),
        (_hex(_constant(0)), 0, "float32", (0, 3)),
        (_hex(b"\x00", _constant(0), _constant(0), b"\x06"), 2, "int16", (4,)),
    ]  # fmt: skip


def _draw_tensor(rng: np.random.Generator) -> Case:
    shape, kind = tuple(rng.integers(1, 5, int(rng.integers(1, 4))).tolist()), int(rng.integers(0, 8))
    dtype, rest = str(rng.choice(["float32", "int16", "float64", "uint8"])), rng.bytes(int(rng.integers(0, 3)))
    dtype = "float32" if kind % 2 else dtype
    stored, size = "float16" if kind % 2 else dtype, prod(shape)
    book = rng.integers(1, 200, int(rng.integers(1, 5)))
    parts, entries = [], size
    if kind // 2 in (1, 3):
        where = np.sort(rng.choice(size, int(rng.integers(1, size + 1)), replace=False))
        gaps = (np.diff(where, prepend=-1) - 1).tolist()
        entries = len(gaps)
        parts.append(bytes([entries]))
    codes = rng.integers(0, len(book) + (kind // 2 == 3), entries).tolist()
    if kind // 2 >= 2:
        parts.append(_book(book, stored))
    if kind // 2 in (1, 3):
        parts.append(_fixed(gaps, max(max(gaps).bit_length(), 1)))
    if kind // 2 >= 2:
        parts.append(_fixed(codes, max(max(codes).bit_length(), 1)))
    else:
        parts.append(_fixed(_values(rng.integers(0, 200, entries), stored), 8))
    return _hex(*parts, rest), kind, dtype, shape


_TENSOR_STUB = '''
def read_tensor(data, kind, dtype, shape):
    """The tensor whose data come next: an array of this dtype and shape. `kind` is 0 to 7, as in its header."""
    raise NotImplementedError("your turn")
'''

TENSOR = Exercise(
    id="08.3",
    title="A tensor",
    minutes=15,
    stub=_TENSOR_STUB,
    reference=read_tensor,
    solution_text=_text(_TENSOR_STUB, read_tensor),
    given=f"{STREAM.given}\n\n\n{STREAM.solution_text}",
    use=_use_tensor,
    dtype="exact",
    tolerance=0.0,
    shown=(_hex(EXAMPLE[16:44]), 6, "float32", (4, 12)),
    cases=_tensor_cases,
    draw=_draw_tensor,
    misconceptions=[
        Misconception(
            "the 1 for the entry itself",
            partial(_bent_tensor, "no 1 for the entry"),
            "A gap counts the zeros between two entries; the entry itself takes a place too. Position = position "
            "before + 1 + gap: np.cumsum(gaps + 1) - 1.",
        ),
        Misconception(
            "one place too far",
            partial(_bent_tensor, "one too far"),
            "Your entries all stand one place too far, so that the last may fall off the end. The first stands at "
            "gap(0): the page starts from p(-1) = -1.",
        ),
        Misconception(
            "the 1 for the entry itself, everywhere",
            partial(_bent_tensor, "no 1, dense too"),
            "All your entries land on few places. A gap of 0 still moves on by one, for the entry itself: "
            "np.cumsum(gaps + 1) - 1.",
        ),
        Misconception(
            "one place too far, everywhere",
            partial(_bent_tensor, "one too far, dense too"),
            "np.cumsum(gaps + 1) begins with 1 where the first entry stands at 0. Take 1 off all positions.",
        ),
        Misconception(
            "gaps taken for places",
            partial(_bent_tensor, "gaps for places"),
            "You put each entry at its gap. A gap counts from the entry before; add them up.",
        ),
        Misconception(
            "gaps taken for steps",
            partial(_bent_tensor, "gaps for steps"),
            "You move on by the gap alone, as if it were the distance to the entry before. It counts the zeros "
            "between: the distance is gap + 1.",
        ),
        Misconception(
            "a filler takes the last centroid",
            partial(_bent_tensor, "a filler is the last centroid"),
            "Code k, one past the codebook, is a filler: a zero at its position. Yours gets the last value of the "
            "codebook. Append a zero to it.",
        ),
        Misconception(
            "no value for fillers",
            partial(_bent_tensor, "no value for fillers"),
            "Code k, one past the codebook, is a filler: a zero. Your codebook has no value for it. Append one: "
            "np.append(book, stored.type(0)).",
        ),
        Misconception(
            "fillers dropped with their gaps",
            partial(_bent_tensor, "fillers dropped"),
            "You leave fillers out before the positions are added up. A filler moves on by its gap and one place, even "
            "though what stands there is a zero.",
        ),
        Misconception(
            "the zero put first",
            partial(_bent_tensor, "zero first"),
            "You put the zero in front of the codebook, so that every code means the value before. The filler is code "
            "k, the last: append the zero.",
        ),
        Misconception(
            "a zero of another type",
            partial(_bent_tensor, "zero of another type"),
            "np.append(book, 0) joins a codebook and an int64; for uint64, NumPy makes floats of both, and large "
            "values lose digits. Append a zero of the same type: stored.type(0).",
        ),
        Misconception(
            "codes returned as values",
            partial(_bent_tensor, "codes as values"),
            "Your tensor holds the codes. Look each one up in the codebook.",
        ),
        Misconception(
            "half ignored",
            partial(_bent_tensor, "half ignored"),
            "With an odd kind the values in the file are float16, two bytes each, though the tensor is float32. Read "
            "them as DTYPES[1], and convert.",
        ),
        Misconception(
            "float16 returned",
            partial(_bent_tensor, "float16 returned"),
            "With an odd kind, float16 is only how the values stand in the file. The tensor is of the dtype you are "
            "given: convert.",
        ),
        Misconception(
            "float64 returned",
            partial(_bent_tensor, "float64 returned"),
            "Your array is float64. np.zeros makes that unless it is told: np.zeros(size, dtype).",
        ),
        Misconception(
            "kind taken apart the wrong way",
            partial(_bent_tensor, "bits of the kind"),
            "kind = 2 · form + half: so half is the lowest bit, kind % 2, and the form is kind // 2.",
        ),
        Misconception(
            "not brought into shape",
            partial(_bent_tensor, "flat"),
            "The values are right, but in one long row. Bring them into `shape`.",
        ),
        Misconception(
            "columns first",
            partial(_bent_tensor, "columns first"),
            "You fill the array column by column. In C order, NumPy's default, the last index runs fastest.",
        ),
        Misconception(
            "a nested list",
            partial(_bent_tensor, "list"),
            "The values are right, in nested lists. Asked for is an array of `dtype`.",
        ),
        Misconception(
            "the entries alone",
            partial(_bent_tensor, "only the entries"),
            "You return the stored entries in a row. A sparse tensor has zeros between them: start with np.zeros, and "
            "put each entry at its position.",
        ),
        Misconception(
            "the number of entries not read",
            partial(_bent_tensor, "entries not read"),
            "Sparse forms begin with a varint: how many entries they have. You begin with what comes after it.",
        ),
        Misconception(
            "one byte for the number of entries",
            partial(_bent_tensor, "n as a byte"),
            "The number of entries is a varint: from 128 on it takes two bytes.",
        ),
        Misconception(
            "each byte a value",
            partial(_bent_tensor, "each byte a value"),
            "You convert each byte to a value of its own. A value *is* its bytes, several in a row: "
            "np.array(numbers).astype(np.uint8).view(stored).",
        ),
        Misconception(
            "four bytes for each value",
            partial(_bent_tensor, "four bytes a value"),
            "You take four bytes for each value of the codebook. It takes as many as its dtype: stored.itemsize.",
        ),
        Misconception(
            "a codebook that is never half",
            partial(_bent_tensor, "codebook never half"),
            "You read the codebook in the tensor's own dtype. With an odd kind its values are float16, two bytes each.",
        ),
        Misconception(
            "N entries",
            partial(_bent_tensor, "N entries"),
            "You read N gaps or values, as many as the tensor has. A sparse tensor has n, the varint in front.",
        ),
        Misconception(
            "codes before gaps",
            partial(_bent_tensor, "codes before gaps"),
            "You take the stream of values or codes first. The page's order is: gaps, then values or codes.",
        ),
        Misconception(
            "gaps before the codebook",
            partial(_bent_tensor, "gaps before the codebook"),
            "In form 3 the codebook comes before the gaps: n, codebook, gaps, codes.",
        ),
        Misconception(
            "the codebook before the number of entries",
            partial(_bent_tensor, "codebook before n"),
            "In form 3 you take the codebook first. `n` comes before it: n, codebook, gaps, codes.",
        ),
        Misconception(
            "as many bytes as values",
            partial(_bent_tensor, "a byte a value"),
            "In forms 0 and 1 you read as many bytes as there are values. Each value has stored.itemsize bytes: the "
            "stream is that many times as long.",
        ),
        Misconception(
            "one number for each value",
            partial(_bent_tensor, "values for bytes"),
            "You take one number of the stream for each value. Forms 0 and 1 have a stream of *bytes*: n times the "
            "bytes of a value. np.frombuffer(bytes(numbers), stored) makes values of them.",
        ),
        Misconception(
            "bytes without their stream",
            partial(_bent_tensor, "no stream"),
            "You take the values' bytes as they come. In forms 0 and 1 they are a stream, with a form byte in front: "
            "let read_stream read it.",
        ),
        Misconception(
            "the codebook as a stream",
            partial(_bent_tensor, "codebook as a stream"),
            "You read the codebook as a stream. Its values stand there as they are: take length times itemsize bytes "
            "with islice.",
        ),
        Misconception(
            "a byte for each value of the codebook",
            partial(_bent_tensor, "bytes for values"),
            "You take as many bytes as the codebook has values. Each value takes stored.itemsize bytes.",
        ),
        Misconception(
            "the codebook's length as one byte",
            partial(_bent_tensor, "codebook's length as a byte"),
            "The codebook's length is a varint: from 128 on it takes two bytes.",
        ),
        Misconception(
            "the highest byte first",
            partial(_bent_tensor, "highest byte first"),
            "You read values with their highest byte first. The page says little-endian: the lowest byte first, '<'.",
        ),
        Misconception(
            "np.prod of nothing",
            partial(_bent_tensor, "np.prod"),
            "A tensor without dimensions has one value, and np.prod(()) is 1.0, a float, which cannot count bytes. "
            "math.prod gives the integer 1.",
        ),
        Misconception(
            "dimensions added",
            partial(_bent_tensor, "sum of the shape"),
            "N is the product of the dimensions, not their sum.",
        ),
        Misconception(
            "no sparse shared tensors yet",
            partial(_bent_tensor, "codes of any size"),
            "The first three forms are right. Form 3 joins two of them: n, then the codebook, the gaps, the codes.",
        ),
        Misconception(
            "all bytes taken",
            partial(_bent_tensor, "all taken"),
            "The tensor is right, but nothing is left in `data`, and the next tensor stands there. Take only what "
            "belongs to this one.",
        ),
    ],
    alternatives=[_tensor_by_cases],
    hints=[
        "form, half = divmod(kind, 2). Values in the file are of `stored`: DTYPES[1], float16, if half is 1, else "
        "dtype. N is prod(shape).",
        "Then in the page's order: n (forms 1 and 3), codebook (2 and 3), gaps (1 and 3), and last codes (2 and 3) or "
        "bytes (0 and 1). bytes(islice(data, number)) takes bytes; np.frombuffer(those, stored) makes values of them.",
        "Codes: np.append(book, stored.type(0))[codes] looks them up, the filler included; make integers of "
        "the codes first, np.array(codes, int), as an empty list is no index. Bytes: "
        "np.array(numbers).astype(np.uint8).view(stored), or np.frombuffer(bytes(numbers), stored).",
        "Positions: np.cumsum(np.array(gaps, int) + 1) - 1. A dense tensor is one whose gaps are all 0. Put the values "
        "there in np.zeros(N, dtype), and reshape.",
    ],
    why="""Four forms, but only two questions: are there positions, and is there a codebook? A dense tensor is a
        sparse one whose gaps are all 0, so one line places the values of both. Putting float16 values into a float32
        array converts them, and loses nothing.""",
)

# --- 08.4: a file ----------------------------------------------------------------------------------------------------


def _use_file(answer: Callable[[bytes], Any], content: str) -> Any:
    return _explained(answer, bytes.fromhex(content))


def _file_by_slices(content: bytes) -> dict[str, np.ndarray]:
    body, checksum = content[:-4], content[-4:]
    if body[:3] != b"DCZ" or len(content) < 9 or body[3] != 1:
        raise ValueError("another file")
    if zlib.crc32(body).to_bytes(4, "little") != checksum:
        raise ValueError("damaged")
    data = iter(body)
    assert bytes(islice(data, 4)) == content[:4]
    headers: list[tuple[str, int, int, list[int]]] = []
    for _ in range(_varint_by_loop(data)):
        name = str(bytes(next(data) for _ in range(_varint_by_loop(data))), "utf-8")
        byte = next(data)
        headers.append((name, byte >> 4, byte & 15, [_varint_by_loop(data) for _ in range(_varint_by_loop(data))]))
    tensors = {}
    for name, kind, dtype, shape in headers:
        tensors[name] = _tensor_by_cases(data, kind, DTYPES[dtype], tuple(shape))
    return tensors


def _bent_file(bent: str, content: bytes) -> Any:
    """A file read wrongly, in the way that `bent` names."""
    covered = {"CRC of all": content, "CRC without the start": content[4:-4]}.get(bent, content[:-4])
    order: Any = "big" if bent == "CRC from its highest byte" else "little"
    good_sum = zlib.crc32(covered) == int.from_bytes(content[-4:], order) or bent == "CRC not checked"
    good_start = content[:4] == b"DCZ\x01"
    if bent in ("start not checked", "version not checked"):
        good_start = bent == "start not checked" or content[:3] == b"DCZ"
    if not (good_sum or good_start if bent == "and for or" else good_sum and good_start):
        if bent == "None returned":
            return None
        if bent == "nothing returned":
            return {}
        if bent == "another error":
            raise AssertionError
        raise ValueError
    data = iter(content) if bent == "start not skipped" else iter(content[4:])
    if bent == "version read again":
        data = iter(content[3:])
    number = next(data) if bent == "a byte for the number" else read_varint(data)
    headers: list[tuple[Any, int, np.dtype, list[int]]] = []
    tensors: list[tuple[Any, Any]] = []
    for _ in range(number):
        length = next(data) if bent == "a byte for the name's length" else read_varint(data)
        raw = bytes(islice(data, length))
        name: Any = raw if bent == "names as bytes" else raw.decode("latin-1" if bent == "latin-1" else "utf-8")
        name = str(raw) if bent == "str" else name
        high, low = divmod(next(data), 16)
        kind, number = (low, high) if bent == "halves swapped" else (high, low)
        if bent == "number of the dtype":
            raise TypeError
        dtype = DTYPES[number]
        dimensions = read_varint(data)
        shape = [next(data) if bent == "a byte a dimension" else read_varint(data) for _ in range(dimensions)]
        if bent == "dimensions backwards":
            shape = shape[::-1]
        headers.append((name, kind, dtype, shape))
        if bent == "data after each header":
            tensors.append((name, read_tensor(data, kind, dtype, shape)))
    if bent == "the headers":
        return {name: (kind, dtype, shape) for name, kind, dtype, shape in headers}
    if bent == "only the last":
        result: dict[Any, Any] = {}
        for name, kind, dtype, shape in headers:
            result = {name: read_tensor(data, kind, dtype, shape)}
        return result
    if bent == "only the first":
        for name, kind, dtype, shape in headers:
            return {name: read_tensor(data, kind, dtype, shape)}
        return None
    if bent != "data after each header":
        tensors = [(name, read_tensor(data, kind, dtype, shape)) for name, kind, dtype, shape in headers]
    if bent == "a list":
        return [array for _, array in tensors]
    if bent == "pairs":
        return tensors
    return dict(tensors)


def _file_cases() -> list[Case]:
    one = ("a", 0, 4, (3,), _constant(7))
    sparse = ("w", 7, 0, (2, 3), b"\x02" + _book([0.5, -2], "float16") + _fixed([1, 2], 2) + _fixed([1, 0], 1))
    number = ("n", 0, 9, (), _fixed(_values(-2, "int64"), 8))
    good = [
        _file([]),
        _file([one]),
        _file([number]),
        _file([sparse]),
        _file([one, number]),
        _file([number, sparse, one]),
        _file([("größe", 0, 4, (2, 1), _fixed([1, 2], 2))]),
        _file([("long", 0, 11, (300,), _constant(1))]),
        _file([("two", 4, 5, (2, 130), _book([-300, 8], "int16") + _fixed([i % 3 % 2 for i in range(260)], 1))]),
        _file([("x" * 130, 0, 4, (2,), _constant(1))]),
        _file([(f"{i}", 0, 4, (1,), _constant(i)) for i in range(130)]),
        _file([("empty", 0, 0, (0, 2), _constant(0)), one]),
        PALINDROME,
    ]
    small = _file([one])
    bad = [
        b"DCZ",
        b"DCZ\x01",
        _file([one], b"DCY\x01"),
        _file([one], b"DCZ\x02"),
        _file([one], b"dcz\x01"),
        small[:-1],
        small[:-5] + small[-4:],
        small[:-5] + b"\x08" + small[-4:],
        small[:-1] + bytes([small[-1] ^ 1]),
        EXAMPLE[:40] + bytes([EXAMPLE[40] ^ 16]) + EXAMPLE[41:],
        EXAMPLE[:20] + bytes([EXAMPLE[20] ^ 128]) + EXAMPLE[21:],
    ]
    return [(_hex(content),) for content in good + bad]


PALINDROME = _file([("p", 0, 4, (2,), _fixed([110, 205], 8))])
"""A file whose checksum reads the same from both ends."""


def _draw_file(rng: np.random.Generator) -> Case:
    tensors = []
    for i in range(int(rng.integers(1, 4))):
        content, kind, dtype, shape = _draw_tensor(rng)
        data = iter(bytes.fromhex(content))
        read_tensor(data, kind, np.dtype(dtype).newbyteorder("<"), shape)
        used = len(bytes.fromhex(content)) - len(list(data))
        number = [d.newbyteorder("=") for d in DTYPES].index(np.dtype(dtype))
        tensors.append((f"t{i}", kind, number, shape, bytes.fromhex(content)[:used]))
    file = bytearray(_file(tensors))
    if rng.random() < 0.3:
        file[int(rng.integers(4, len(file)))] ^= 1 << int(rng.integers(8))
    return (file.hex(" "),)


_FILE_STUB = '''
def read_dcz(content):
    """Name -> array of every tensor in a file of version 1; ValueError if it is none, or damaged."""
    raise NotImplementedError("your turn")
'''

FILE = Exercise(
    id="08.4",
    title="A file",
    minutes=10,
    stub=_FILE_STUB,
    reference=read_dcz,
    solution_text=_text(_FILE_STUB, read_dcz),
    given=f"{TENSOR.given}\n\n\n{TENSOR.solution_text}",
    use=_use_file,
    dtype="exact",
    tolerance=0.0,
    shown=(_hex(EXAMPLE),),
    cases=_file_cases,
    draw=_draw_file,
    misconceptions=[
        Misconception(
            "and for or",
            partial(_bent_file, "and for or"),
            "You refuse a file only if both are wrong, start and checksum. Either is enough: join them with `or`.",
        ),
        Misconception(
            "the checksum not checked",
            partial(_bent_file, "CRC not checked"),
            "A byte of this file was changed, and you read on. Compare zlib.crc32(content[:-4]) with the last four "
            "bytes, and raise ValueError if they differ.",
        ),
        Misconception(
            "the checksum from its highest byte",
            partial(_bent_file, "CRC from its highest byte"),
            "You read the checksum with its highest byte first, and so refuse good files. It is little-endian: "
            'int.from_bytes(content[-4:], "little").',
        ),
        Misconception(
            "a checksum of the wrong bytes",
            partial(_bent_file, "CRC of all"),
            "You refuse good files. The checksum is that of all bytes before it: from the very first to the last but "
            "four, content[:-4]. It does not cover itself.",
        ),
        Misconception(
            "the start not checked",
            partial(_bent_file, "start not checked"),
            "The first four bytes are not `DCZ` and 1, and you read on. Raise ValueError.",
        ),
        Misconception(
            "the version not checked",
            partial(_bent_file, "version not checked"),
            "This is another version of the format, which may hold what you cannot read. The fourth byte must be 1, "
            "else raise ValueError.",
        ),
        Misconception(
            "None for a bad file",
            partial(_bent_file, "None returned"),
            "For a bad file you return None. Whoever called would go on with it: raise ValueError.",
        ),
        Misconception(
            "nothing for a bad file",
            partial(_bent_file, "nothing returned"),
            "For a bad file you return no tensors, as for an empty one. Whoever called cannot tell: raise ValueError.",
        ),
        Misconception(
            "another error",
            partial(_bent_file, "another error"),
            "You refuse bad files, but with AssertionError. An assert is for what cannot happen, and Python may be "
            "told to skip it; a bad file can happen. Raise ValueError.",
        ),
        Misconception(
            "data right after each header",
            partial(_bent_file, "data after each header"),
            "You look for a tensor's data right after its header. The page has all headers first, then the data of all "
            "tensors in the same order.",
        ),
        Misconception(
            "the two halves swapped",
            partial(_bent_file, "halves swapped"),
            "The byte is kind << 4 | dtype: the kind is the high half, byte // 16, the dtype the low one, byte % 16.",
        ),
        Misconception(
            "names left as bytes",
            partial(_bent_file, "names as bytes"),
            "Your names are bytes. They are UTF-8: raw.decode() makes text of them.",
        ),
        Misconception(
            "names in quotes",
            partial(_bent_file, "str"),
            "str(raw) is how Python would print the bytes, b'...' and all. raw.decode() makes text of them.",
        ),
        Misconception(
            "a number for the dtype",
            partial(_bent_file, "number of the dtype"),
            "The low half of the byte is only a number. read_tensor takes a dtype: DTYPES[dtype].",
        ),
        Misconception(
            "names not in UTF-8",
            partial(_bent_file, "latin-1"),
            "You decode names as if each byte were a character. They are UTF-8, what .decode() takes if not told "
            "otherwise.",
        ),
        Misconception(
            "the start read as headers",
            partial(_bent_file, "start not skipped"),
            "You read on from the first byte, so that `D` becomes the number of tensors. The first four bytes are "
            "done: iter(content[4:]).",
        ),
        Misconception(
            "the version read as the number of tensors",
            partial(_bent_file, "version read again"),
            "You read on from the version, so that 1 becomes the number of tensors. Four bytes are done, not three: "
            "iter(content[4:]).",
        ),
        Misconception(
            "one byte for the number of tensors",
            partial(_bent_file, "a byte for the number"),
            "The number of tensors is a varint: from 128 on it takes two bytes.",
        ),
        Misconception(
            "one byte for a name's length",
            partial(_bent_file, "a byte for the name's length"),
            "The length of a name is a varint: from 128 on it takes two bytes.",
        ),
        Misconception(
            "one byte for each dimension",
            partial(_bent_file, "a byte a dimension"),
            "Each dimension is a varint: 300 takes two bytes.",
        ),
        Misconception(
            "dimensions backwards",
            partial(_bent_file, "dimensions backwards"),
            "You turn the dimensions round. They stand in the order of the shape: rows, then columns.",
        ),
        Misconception(
            "only the last tensor",
            partial(_bent_file, "only the last"),
            "Your dictionary holds only one tensor. Is it made anew in the loop, or does the return stand in it?",
        ),
        Misconception(
            "only the first tensor",
            partial(_bent_file, "only the first"),
            "You return after the first tensor. Read all of them.",
        ),
        Misconception(
            "headers without data",
            partial(_bent_file, "the headers"),
            "These are the headers. Now the data: read_tensor(data, kind, dtype, shape) for each, in the same order.",
        ),
        Misconception(
            "a list of pairs",
            partial(_bent_file, "pairs"),
            "Names and arrays are right, as a list of pairs. Asked for is a dictionary: dict(pairs).",
        ),
        Misconception(
            "a list of arrays",
            partial(_bent_file, "a list"),
            "The arrays are right, but their names are lost. Return a dictionary, name -> array.",
        ),
    ],
    alternatives=[_file_by_slices],
    hints=[
        'First the checks: content[:4] is b"DCZ\\x01", and zlib.crc32(content[:-4]) equals '
        'int.from_bytes(content[-4:], "little"). Else raise ValueError.',
        "data = iter(content[4:]). Then read_varint(data) headers: name, the byte with kind and dtype, dimensions. "
        "Keep them in a list or a dictionary.",
        "A name: bytes(islice(data, read_varint(data))).decode(). The byte: kind, dtype = divmod(next(data), 16). The "
        "shape: [read_varint(data) for _ in range(read_varint(data))].",
        "When all headers are read, the data follow in the same order: read_tensor(data, kind, DTYPES[dtype], shape) "
        "for each.",
    ],
    why="""The headers come first, so that a reader knows what it will need before it reads any data. The checksum is
        compared before anything else is believed. It finds accidents. It does not find a forger, who can work out
        another checksum: that is why `archive.read` checks every length as well.""",
)

# --- 08.5: the paper's own sum ---------------------------------------------------------------------------------------


def _kilobytes(weight: str | None = "weight_bits_pqh", index: str | None = "index_bits_pqh") -> float:
    """Weights and positions of Table 2 in KB, from the bits in these columns."""
    bits = sum(
        row["weights"] * row["kept_pct"] / 100 * sum(row[key] for key in (weight, index) if key)
        for row in paper.layers("lenet-300-100").values()
    )
    return bits / 8000


def _all_weights() -> float:
    rows = paper.layers("lenet-300-100").values()
    return float(sum(row["weights"] * (row["weight_bits_pqh"] + row["index_bits_pqh"]) for row in rows)) / 8000


def _by_rate() -> float:
    rows = paper.layers("lenet-300-100").values()
    return float(sum(4 * row["weights"] * row["rate_pct_pqh"] / 100 for row in rows)) / 1000


def _total_row() -> float:
    total = paper.tables()["layers"]["lenet-300-100"]["total"]
    weights = sum(row["weights"] for row in paper.layers("lenet-300-100").values())
    return float(weights * total["kept_pct"] / 100 * (total["weight_bits_pqh"] + total["index_bits_pqh"])) / 8000


def _first_bits() -> float:
    kept = sum(row["weights"] * row["kept_pct"] / 100 for row in paper.layers("lenet-300-100").values())
    first = paper.layers("lenet-300-100")["ip1"]
    return float(kept * (first["weight_bits_pqh"] + first["index_bits_pqh"])) / 8000


def _near(value: float) -> Callable[[Any], bool]:
    return lambda got: abs(got - value) <= 0.004 * value


SUM = Question(
    id="08.5",
    title="What Table 2 sums up to",
    minutes=5,
    kind="number",
    prompt="From Table 2's weights, kept shares and bits after Huffman coding: how many KB do weights and positions of "
    "LeNet-300-100 take?",
    stub="kilobytes = ...",
    answer=lambda: round(_kilobytes(), 2),
    tolerance=0.004,
    wrong=[
        WrongAnswer(
            "the positions left out",
            _near(_kilobytes(index=None)),
            "These are the weights alone. Each kept weight needs its position too: the bits of both columns, added.",
            example=_kilobytes(index=None),
        ),
        WrongAnswer(
            "the weights left out",
            _near(_kilobytes(weight=None)),
            "These are the positions alone. Add the bits of the weights.",
            example=_kilobytes(weight=None),
        ),
        WrongAnswer(
            "bits taken for bytes",
            _near(8 * _kilobytes()),
            "That is the number of kilobits. A byte has 8 bits.",
            example=8 * _kilobytes(),
        ),
        WrongAnswer(
            "bytes",
            _near(1000 * _kilobytes()),
            "That is the number of bytes. Asked for are KB, 1,000 bytes each.",
            example=1000 * _kilobytes(),
        ),
        WrongAnswer(
            "KB of 1,024 bytes",
            _near(_kilobytes() * 1000 / 1024),
            "You divide by 1,024. A KB is 1,000 bytes, in the paper too: its 1,070 KB are 1,066,440 bytes.",
            example=_kilobytes() * 1000 / 1024,
        ),
        WrongAnswer(
            "the bits before Huffman coding",
            _near(_kilobytes("weight_bits_pq", "index_bits_pq")),
            "These are 6 and 5 bits, the columns before Huffman coding. Take those after it.",
            example=_kilobytes("weight_bits_pq", "index_bits_pq"),
        ),
        WrongAnswer(
            "all weights instead of the kept ones",
            _near(_all_weights()),
            "You count all weights. Only the kept ones are stored: 8 %, 9 % and 26 %.",
            example=_all_weights(),
        ),
        WrongAnswer(
            "the shares 100 times too large",
            _near(100 * _kilobytes()),
            "The kept shares are in percent: divide by 100.",
            example=100 * _kilobytes(),
        ),
        WrongAnswer(
            "the column of rates",
            _near(_by_rate()),
            "That comes from the last column, the rates. They say more than the bits do, codebooks too, it seems. Use "
            "the bits.",
            example=_by_rate(),
        ),
        WrongAnswer(
            "the row of totals",
            _near(_total_row()),
            "That comes from the row of totals, whose 5.1 bits a weight are more than those of every layer. Add up the "
            "three layers.",
            example=_total_row(),
        ),
        WrongAnswer(
            "the figure of Table 1",
            27,
            "27 KB is what Table 1 prints. Add up what Table 2 says.",
        ),
        WrongAnswer(
            "one layer's bits for all",
            lambda got: abs(got - _first_bits()) <= 0.05,
            "You take the bits of ip1 for all three layers. ip2 has 4.4 and 4.3, ip3 4.3 and 3.2.",
            example=_first_bits(),
        ),
        WrongAnswer(
            "the first layer alone",
            _near(235_200 * 0.08 * 8.1 / 8000),
            "That is ip1 alone. Add ip2 and ip3.",
            example=235_200 * 0.08 * 8.1 / 8000,
        ),
    ],
    hints=[
        "One layer first: ip1 keeps 8 % of 235,200 weights, 18,816. Each takes 4.4 bits and 3.7 bits for its position.",
        "Add the three layers, divide by 8 for bytes, and by 1,000 for KB.",
        "sum(row['weights'] * row['kept_pct'] / 100 * (row['weight_bits_pqh'] + row['index_bits_pqh']) for row in "
        "paper.layers('lenet-300-100').values()) / 8000",
    ],
    why="""22.2 KB, where Table 1 has 27. Codebooks and biases do not make up for it: three codebooks of 64 floats and
        410 biases are 2.4 KB. So Table 1 counts more than Table 2 lists, and from the printed figures nobody can say
        what. That is why a size should be that of a file.""",
)

EXERCISES: list[AnyExercise] = [VARINT, STREAM, TENSOR, FILE, SUM]
