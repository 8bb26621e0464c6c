"""The `.dcz` file: every tensor of a network, exactly, in as few bytes as Huffman coding and sparsity give.

`save` looks at each tensor by itself. A tensor with few distinct values, as weight sharing leaves it, becomes a
codebook and a stream of codes; if it is sparse as well, only its non-zero entries are stored, with the gaps
between them. Anything else is stored as its bytes. Nothing is lost in any case: `load` gives back the same bits,
but for the sign of zero. (-0.0, which `weight * mask` leaves behind, equals 0.0 and is stored as such.)

Layout (integers are varints: 7 bits a byte, lowest first, top bit set on all but the last):

    "DCZ" 1 | number of tensors | a header for each | the data of each | CRC-32 of all that, little-endian
    header: length of the name, name (UTF-8) | kind << 4 | dtype | number of dimensions, dimensions
    kind:   2 x (0 dense, 1 sparse, 2 dense shared, 3 sparse shared) + 1 if float32 values are stored as float16
    data:   dense         stream(bytes of the values)
            sparse        number of entries n | stream(n gaps) | stream(bytes of n values); a filler is a zero
            dense shared  codebook | stream(codes)
            sparse shared number of entries n | codebook | stream(n gaps) | stream(n codes); code k is a filler
    codebook: its length k | k values
    (values: little-endian, C order)
    stream: 0 constant: value
            1 fixed:    width (1 byte) | values, `width` bits each
            2 huffman:  alphabet size | stream(code lengths) | lane size, 0 for a single lane
                        | shortest lane's bits | stream(bits of each lane above that) if lanes | codes

The streams that stand inside a Huffman stream give their lengths and lanes in the same three forms; their own code
lengths are never Huffman-coded again.
"""

import math
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dc_lab import bits, files, huffman, sparse

MAGIC = b"DCZ"
VERSION = 1
DTYPES = [
    np.dtype(code) for code in ("<f4", "<f2", "<f8", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "|b1")
]
DENSE, SPARSE, DENSE_SHARED, SPARSE_SHARED = range(4)
KINDS = tuple(
    kind + half for kind in ("dense", "sparse", "dense shared", "sparse shared") for half in ("", ", float16")
)
"""How a tensor is stored. "float16" are float32 values that float16 holds exactly."""

PARTS = ("values", "index", "codebook", "tables", "lanes", "plain", "header", "checksum")
"""What a byte of the file is for; every byte belongs to one of these."""

FORMS = ("constant", "fixed", "huffman")
MAX_CODEBOOK = 2**16 - 1
MAX_DIMENSIONS = 32
MIN_LANE, MAX_LANE = 256, 2**16
MAX_BYTES = 2**30
"""What `load` is ready to unpack from a small file; a larger file may hold up to 1,024 times its own size."""


class ArchiveError(Exception):
    """The file is not a valid archive: says in which tensor and field, and at which byte."""

    def __init__(self, problem: str, tensor: str | None = None, field: str = "file", offset: int | None = None):
        where = f"tensor {tensor!r}, {field}" if tensor is not None else field
        at = f" at byte {offset}" if offset is not None else ""
        super().__init__(f"{where}{at}: {problem}")
        self.tensor, self.field, self.offset = tensor, field, offset


class Item(NamedTuple):
    """`size` bytes of the file that serve one `part` (see PARTS) of one tensor ("" for the file as a whole)."""

    tensor: str
    part: str
    size: int


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


class Contents(NamedTuple):
    """What `read` finds: the tensors, where each byte went, how each tensor (see KINDS) and stream is stored."""

    tensors: dict[str, np.ndarray]
    items: list[Item]
    streams: list[Stream]
    kinds: dict[str, str]


# --- writing ---


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


class _Plan(NamedTuple):
    """The cheapest form for a stream with these symbol counts, decided before a byte is written."""

    form: int
    size: int  # bytes, lanes left out: they cost under 0.5 % of a long stream, and nothing in a short one
    lengths: np.ndarray | None  # Huffman code lengths
    table: bytes  # the stream of these lengths


def _plan(counts: np.ndarray, use_huffman: bool = True) -> _Plan:
    seen = np.flatnonzero(counts)
    if len(seen) < 2:
        return _Plan(0, 1 + len(_varint(int(seen[0]) if len(seen) else 0)), None, b"")
    alphabet = int(seen[-1]) + 1
    total = int(counts.sum())
    fixed = _Plan(1, 2 + (total * int(seen[-1]).bit_length() + 7) // 8, None, b"")
    if not use_huffman or alphabet > 2**16:
        return fixed
    counts = counts[:alphabet].astype(np.int64)
    lengths = huffman.code_lengths(counts)
    payload_bits = int(np.dot(counts, lengths.astype(np.int64)))
    table = _varint(alphabet) + _stream(lengths, use_huffman=False)
    lanes = 1 + len(_varint(payload_bits))
    size = 1 + len(table) + lanes + (payload_bits + 7) // 8
    return _Plan(2, size, lengths, table) if size < fixed.size else fixed


def _stream(values: np.ndarray, use_huffman: bool = True) -> bytes:
    """Bytes of a stream of unsigned integers in its cheapest form."""
    wide = len(values) and int(values.max()) >= 2**16
    plan = _Plan(1, 0, None, b"") if wide else _plan(np.bincount(values), use_huffman)
    if plan.form == 0:
        return bytes([0]) + _varint(int(values[0]) if len(values) else 0)
    if plan.form == 1:
        width = int(values.max()).bit_length()
        return bytes([1, width]) + bits.pack(values, width)
    assert plan.lengths is not None
    counts = np.bincount(values, minlength=len(plan.lengths))
    lane = huffman.lane_size(len(values), int(np.dot(counts, plan.lengths.astype(np.int64))))
    payload, lane_bits = huffman.encode(values, plan.lengths, lane)
    shortest = int(lane_bits.min())
    if len(lane_bits) == 1:
        lanes = _varint(0) + _varint(shortest)
    else:
        lanes = _varint(lane) + _varint(shortest) + _stream(lane_bits - shortest, use_huffman=False)
    return bytes([2]) + plan.table + lanes + payload


def _unsigned(array: np.ndarray) -> np.ndarray:
    """The bit patterns of an array, flat, as unsigned integers: what is equal here is equal to the last bit."""
    return array.reshape(-1).view(f"u{array.itemsize}")


def _distinct(patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """(codebook, codes) of bit patterns, the codebook sorted; None where there are too many distinct ones to share.

    Starts from the patterns of a sample and adds those that are missed: no sort of the whole array is needed.
    """
    codebook = np.unique(patterns[:MAX_CODEBOOK])
    while len(codebook) <= min(MAX_CODEBOOK, len(patterns) // 2 + 1):
        codes = np.searchsorted(codebook, patterns)
        codes = np.minimum(codes, len(codebook) - 1).astype(np.uint8 if len(codebook) < 256 else np.uint16)
        missed = patterns[codebook[codes] != patterns]
        if len(missed) == 0:
            return codebook, codes
        codebook = np.union1d(codebook, missed[:MAX_CODEBOOK])
    return None


def _fits_half(values: np.ndarray) -> bool:
    """True if float32 `values` survive the way through float16, to the last bit."""
    if values.dtype != np.float32 or values.size == 0:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        there_and_back = values.astype(np.float16).astype(np.float32)
    return bool(np.array_equal(_unsigned(there_and_back), _unsigned(values)))


def _without_negative_zero(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind != "f" or not (_unsigned(array) == 1 << (8 * array.itemsize - 1)).any():
        return array
    return array + np.zeros((), array.dtype)


def _bytes_of(values: np.ndarray, half: bool) -> np.ndarray:
    values = values.astype(np.float16) if half else values
    return np.frombuffer(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes(), np.uint8)


def _encode(array: np.ndarray, use_huffman: bool) -> tuple[int, bytes]:
    """(kind, data) of one tensor: the smallest of the ways to store it."""
    array = _without_negative_zero(array)
    patterns = _unsigned(array)
    kept = np.flatnonzero(patterns)
    half = _fits_half(array)
    itemsize = 2 if half else array.itemsize
    length, often = np.unique(np.diff(kept, prepend=-1) - 1, return_counts=True)
    runs = _Runs(length, often, use_huffman)

    # What each way costs. The bytes of plain values are taken at full size: coding them rarely saves anything.
    sparse_size, sparse_bits = runs.best(lambda fillers: itemsize * (len(kept) + fillers))
    choices = [(itemsize * array.size, DENSE), (sparse_size, SPARSE)]
    shared = _distinct(patterns[kept]) if len(kept) else None
    if shared is not None:
        values, codes = _by_value(*shared, array.dtype)
        book = itemsize * len(values)
        counts = np.bincount(codes, minlength=len(values))
        zeros = array.size - len(kept)
        dense_counts = np.append(counts, zeros)
        shared_size, shared_bits = runs.best(lambda fillers: _plan(np.append(counts, fillers), use_huffman).size)
        choices += [(book + _plan(dense_counts, use_huffman).size, DENSE_SHARED), (book + shared_size, SPARSE_SHARED)]
    kind = min(choices)[1]

    if kind == DENSE:
        data = _stream(_bytes_of(array.reshape(-1), half), use_huffman)
    elif kind == SPARSE:
        gaps, is_filler = _gaps(array.size, kept, sparse_bits)
        entries = np.zeros(len(gaps), array.dtype)
        entries[~is_filler] = array.reshape(-1)[kept]
        data = _varint(len(gaps)) + _stream(gaps, use_huffman) + _stream(_bytes_of(entries, half), use_huffman)
    elif kind == DENSE_SHARED:
        if zeros:  # zero is one more value of the codebook, the last
            values = np.append(values, np.zeros(1, values.dtype))
            codes = _scatter(array.size, kept, codes, len(values) - 1)
        data = _varint(len(values)) + _bytes_of(values, half).tobytes() + _stream(codes, use_huffman)
    else:
        gaps, is_filler = _gaps(array.size, kept, shared_bits)
        codes = _scatter(len(gaps), ~is_filler, codes, len(values))
        data = _varint(len(gaps)) + _varint(len(values)) + _bytes_of(values, half).tobytes()
        data += _stream(gaps, use_huffman) + _stream(codes, use_huffman)
    return 2 * kind + half, data


def _by_value(codebook: np.ndarray, codes: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """A codebook of bit patterns, and codes into it, with the codebook in the order of its values."""
    order = np.argsort(codebook.view(dtype), kind="stable")
    rank = np.empty(len(order), codes.dtype)
    rank[order] = np.arange(len(order))
    return codebook.view(dtype)[order], rank[codes]


def _scatter(size: int, where: np.ndarray, codes: np.ndarray, elsewhere: int) -> np.ndarray:
    out = np.full(size, elsewhere, np.uint8 if elsewhere < 256 else np.uint16)
    out[where] = codes
    return out


def _gaps(size: int, kept: np.ndarray, index_bits: int) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros(size, bool)
    mask[kept] = True
    return sparse.relative_index(mask, index_bits)


class _Runs(NamedTuple):
    """Histogram of the runs of zeros before each kept weight: the cost of every index width follows from it."""

    length: np.ndarray
    often: np.ndarray
    use_huffman: bool

    def best(self, values_size: Callable[[int], int]) -> tuple[int, int]:
        """(bytes, index bits) at which gaps, and values by `values_size(fillers)`, are smallest together."""
        return min((self._size(bits, values_size), bits) for bits in range(1, sparse.MAX_INDEX_BITS + 1))

    def _size(self, index_bits: int, values_size: Callable[[int], int]) -> int:
        full = 2**index_bits - 1
        fillers = int(np.dot(self.often, self.length >> index_bits))
        gap_counts = np.bincount(self.length & full, self.often, minlength=full + 1).astype(np.int64)
        gap_counts[full] += fillers
        return _plan(gap_counts, self.use_huffman).size + values_size(fillers)


def dumps(tensors: Mapping[str, np.ndarray], use_huffman: bool = True) -> bytes:
    """The content of a `.dcz` file with these tensors; the same bytes for the same tensors on every machine.

    `use_huffman=False` keeps every stream in fixed-width form, to see what Huffman coding adds.

    Raises
    ------
    ValueError : a dtype that the format does not have, more than 32 dimensions, or tensors so repetitive that
        `load` would refuse the file as a decompression bomb (over 1 GiB out of less than a thousandth of it).
    """
    headers, data = [MAGIC + bytes([VERSION]), _varint(len(tensors))], []
    total = 0
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor).reshape(np.shape(tensor))
        dtype = array.dtype.newbyteorder("<")
        if dtype not in DTYPES:
            raise ValueError(
                f"tensor {name!r} has dtype {array.dtype}; the format stores {', '.join(map(str, DTYPES))}"
            )
        if array.ndim > MAX_DIMENSIONS:
            raise ValueError(f"tensor {name!r} has {array.ndim} dimensions; the format stores up to {MAX_DIMENSIONS}")
        kind, content = _encode(array.astype(array.dtype.newbyteorder("="), copy=False), use_huffman)
        encoded_name = name.encode()
        headers.append(_varint(len(encoded_name)) + encoded_name + bytes([kind << 4 | DTYPES.index(dtype)]))
        headers.append(b"".join(map(_varint, (array.ndim, *array.shape))))
        data.append(content)
        total += array.nbytes
    content = b"".join(headers + data)
    if total > _most_bytes(len(content) + 4, None):
        raise ValueError(f"{total:,} bytes of tensors shrink to {len(content):,}: too little for `load` to trust")
    return content + zlib.crc32(content).to_bytes(4, "little")


def save(path: str | os.PathLike[str], tensors: Mapping[str, np.ndarray], use_huffman: bool = True) -> int:
    """Write tensors to a `.dcz` file and return its size in bytes.

    Parameters
    ----------
    tensors : name -> array. Stored exactly, whatever the values (only -0.0 becomes 0.0); small where there are
        few distinct ones.

    The file appears under its name only once it is complete: a crash leaves an earlier one whole.

    Raises
    ------
    ValueError : a tensor that the format cannot hold (see `dumps`). OSError : the file cannot be written.
    """
    content = dumps(tensors, use_huffman)
    files.write(Path(path), content)
    return len(content)


# --- reading ---


def _most_bytes(file_size: int, max_bytes: int | None) -> int:
    return max(MAX_BYTES, 1024 * file_size) if max_bytes is None else max_bytes


class _Reader:
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
                if value > most:
                    raise self.error(f"{what} is {value}, expected at most {most}")
                return value
        raise self.error(f"{what} is longer than 9 bytes")


def _read_stream(reader: _Reader, part: str, count: int, most: int, nested: bool = False) -> tuple[np.ndarray, Stream]:
    """`count` values, each at most `most`, and how they were stored. Table bytes are "tables", lanes are "lanes"."""
    own = part if nested else "tables"  # a table or lane stream is all of its own part
    tensor = reader.tensor or ""
    form = reader.byte(own)
    if form == 0:
        value = reader.varint(own, most, "the value")
        dtype = np.uint8 if value < 256 else np.uint16 if value < 2**16 else np.uint32
        return np.full(count, value, dtype), Stream(tensor, part, "constant", count, 1, value.bit_length(), 0)
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
    lengths, _ = _read_stream(reader, "tables", alphabet, huffman.MAX_LENGTH, nested=True)
    if np.count_nonzero(lengths) < 2 or not huffman.is_complete(lengths):
        raise reader.error("the code lengths are not those of a complete prefix code")
    if count > 8 * (reader.end - reader.at):
        raise reader.error(f"{count} codes do not fit into the {reader.end - reader.at} bytes left")
    lane = reader.varint("lanes", MAX_LANE, "the lane size")
    longest = 8 * (reader.end - reader.at)
    shortest = reader.varint("lanes", longest, "the shortest lane")
    if lane == 0:
        if count >= MAX_LANE:
            raise reader.error(f"{count} codes in a single lane, expected fewer than {MAX_LANE}")
        lane, lane_bits = max(count, 1), np.full(min(count, 1), shortest, np.int64)
    else:
        if not MIN_LANE <= lane < count:
            raise reader.error(f"lane size is {lane}, expected {MIN_LANE} to below the {count} codes")
        extra, _ = _read_stream(reader, "lanes", -(-count // lane), MAX_LANE * huffman.MAX_LENGTH, nested=True)
        lane_bits = extra.astype(np.int64) + shortest
    total = int(lane_bits.sum())
    payload = reader.take((total + 7) // 8, part)
    try:
        values = huffman.decode(payload, lengths, count, lane, lane_bits)
    except ValueError as error:
        raise reader.error(str(error)) from None
    return values, Stream(tensor, part, "huffman", count, alphabet, (alphabet - 1).bit_length(), total)


def _read_codebook(reader: _Reader, stored: np.dtype) -> np.ndarray:
    reader.field = "codebook"
    left = (reader.end - reader.at) // stored.itemsize
    length = reader.varint("codebook", min(MAX_CODEBOOK + 1, left), "the codebook's length")
    return _from_raw(reader, reader.take(length * stored.itemsize, "codebook"), stored)


def _from_raw(reader: _Reader, raw: memoryview | np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype == np.bool_ and len(raw) and int(np.frombuffer(raw, np.uint8).max()) > 1:
        raise reader.error("a truth value other than 0 and 1")
    return np.frombuffer(raw, dtype)


def _read_values(reader: _Reader, count: int, dtype: np.dtype) -> tuple[np.ndarray, Stream]:
    """`count` values stored as their bytes."""
    reader.field = "values"
    content, stream = _read_stream(reader, "plain", count * dtype.itemsize, 255)
    return _from_raw(reader, content, dtype), stream


def _read_tensor(
    reader: _Reader, kind: int, dtype: np.dtype, shape: tuple[int, ...]
) -> tuple[np.ndarray, list[Stream]]:
    kind, half = divmod(kind, 2)
    stored = DTYPES[1] if half else dtype
    native = dtype.newbyteorder("=")
    size = math.prod(shape)
    streams = []
    entries = size
    codebook = np.zeros(0, native)
    if kind in (SPARSE, SPARSE_SHARED):
        reader.field = "entries"
        entries = reader.varint("index", size, "the number of entries")
    if kind in (DENSE_SHARED, SPARSE_SHARED):
        codebook = _read_codebook(reader, stored).astype(native)
    if kind == SPARSE_SHARED:
        codebook = np.append(codebook, np.zeros(1, native))  # what a filler stands for
    if kind in (SPARSE, SPARSE_SHARED):
        reader.field = "gaps"
        gaps, stream = _read_stream(reader, "index", entries, 2**sparse.MAX_INDEX_BITS - 1)
        streams.append(stream)
    if kind in (DENSE_SHARED, SPARSE_SHARED):
        reader.field = "codes"
        if len(codebook) == 0:
            raise reader.error("the codebook is empty")
        codes, stream = _read_stream(reader, "values", entries, len(codebook) - 1)
        values = codebook[codes]
    else:
        values, stream = _read_values(reader, entries, stored)
        values = values.astype(native)
    streams.append(stream)
    if kind in (DENSE, DENSE_SHARED):
        return values.reshape(shape), streams
    try:
        return sparse.from_relative(values, gaps, shape), streams
    except ValueError as error:
        raise reader.error(str(error)) from None


def read(content: bytes, max_bytes: int | None = None) -> Contents:
    """Read the content of a `.dcz` file: tensors, and what every byte of it is for.

    Trusts nothing: each length is held against what is left of the file, and each size against what the
    streams can hold, before memory is taken for it.

    Parameters
    ----------
    max_bytes : most that the tensors may take together. The default is 1 GiB, or 1,024 times the file if
        that is more: room for every network that is not made up of one repeated value.

    Raises
    ------
    ArchiveError : not a valid archive, or more than `max_bytes`.
    """
    if content[:3] != MAGIC:
        raise ArchiveError(f"not a .dcz file: starts with {content[:4].hex(' ') or 'nothing'}", offset=0)
    if len(content) < 9:
        raise ArchiveError(f"truncated: {len(content)} bytes, the shortest archive has 9", offset=len(content))
    if content[3] != VERSION:
        raise ArchiveError(f"format version {content[3]}, this reads version {VERSION}", offset=3)
    if zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ArchiveError("the checksum does not fit the content: truncated or altered", offset=len(content) - 4)

    reader = _Reader(content)
    reader.field = "header"
    reader.take(4, "header")
    number = reader.varint("header", (reader.end - reader.at) // 3, "the number of tensors")
    headers: dict[str, tuple[int, np.dtype, tuple[int, ...]]] = {}
    total, most = 0, _most_bytes(len(content), max_bytes)
    for _ in range(number):
        reader.tensor, reader.field = None, "header"
        raw_name = bytes(reader.take(reader.varint("header", reader.end - reader.at, "a name's length"), "header"))
        try:
            name = raw_name.decode()
        except UnicodeDecodeError:
            raise reader.error(f"a name is not UTF-8: {raw_name!r}") from None
        if name in headers:
            raise reader.error(f"two tensors named {name!r}")
        kind_and_dtype = reader.byte("header")
        kind, dtype_code = kind_and_dtype >> 4, kind_and_dtype & 15
        reader.tensor, reader.field = name, "shape"
        if kind >= len(KINDS) or dtype_code >= len(DTYPES) or (kind % 2 and dtype_code != 0):
            raise reader.error(f"kind {kind} with dtype {dtype_code}: there is no such form")
        ndim = reader.varint("header", MAX_DIMENSIONS, "the number of dimensions")
        shape = tuple(reader.varint("header", 2**48, "a dimension") for _ in range(ndim))
        dtype = DTYPES[dtype_code]
        total += math.prod(shape) * dtype.itemsize
        if total > most:
            raise reader.error(f"{total:,} bytes of tensors are declared, expected at most {most:,}")
        headers[name] = (kind, dtype, shape)

    tensors, streams = {}, []
    for name, (kind, dtype, shape) in headers.items():
        reader.tensor = name
        tensors[name], tensor_streams = _read_tensor(reader, kind, dtype, shape)
        streams += tensor_streams
    reader.tensor, reader.field = None, "end"
    if reader.at != reader.end:
        raise reader.error(f"{reader.end - reader.at} bytes too many after the last tensor")
    header = sum(size for (_, part), size in reader.sizes.items() if part == "header")
    items = [Item("", "header", header)]
    items += [Item(*key, size) for key, size in reader.sizes.items() if key[1] != "header"]
    items.append(Item("", "checksum", 4))
    return Contents(tensors, items, streams, {name: KINDS[kind] for name, (kind, _, _) in headers.items()})


def read_file(path: str | os.PathLike[str], max_bytes: int | None = None) -> Contents:
    """`read` for a file; raises ArchiveError or OSError."""
    return read(Path(path).read_bytes(), max_bytes)


def load(path: str | os.PathLike[str], max_bytes: int | None = None) -> dict[str, np.ndarray]:
    """The tensors of a `.dcz` file, name -> array, to the bit those that `save` was given.

    Raises
    ------
    ArchiveError : not a valid archive (see `read`). OSError : the file cannot be read.
    """
    return read_file(path, max_bytes).tensors


def loads(content: bytes, max_bytes: int | None = None) -> dict[str, np.ndarray]:
    """`load` from bytes in memory."""
    return read(content, max_bytes).tensors
