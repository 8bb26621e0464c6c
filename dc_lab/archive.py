"""The `.dcz` file: every tensor of a network, exactly, in as few bytes as sparsity and entropy coding give.

`save` looks at each tensor by itself. A tensor with few distinct values, as weight sharing leaves it, becomes a
codebook and a stream of codes; if it is sparse as well, only its non-zero entries are stored, with the gaps
between them or, by the smallest coder, a map of which are there. Anything else is stored as its bytes. A
QuantizedTensor is its integers, stored in whichever of these ways is smallest, and the ruler to read them by. Nothing
is lost in any case: `load` gives back the same bits, but for the sign of zero. (-0.0, which `weight * mask` leaves
behind, equals 0.0 and is stored as such.)

Every byte is specified in FORMAT.md, beside this module, which is enough to write another reader from.
"""

import math
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dc_lab import huffman, sparse
from dc_lab.coding import adaptive, bits
from dc_lab.dcz import streams
from dc_lab.dcz.streams import CODERS, ArchiveError, Coder, Stream
from dc_lab.quantized import RANGES, QuantizedTensor
from dc_lab.support import files

Tensor = np.ndarray | QuantizedTensor

MAGIC = b"DCZ"
VERSIONS = (1, 2, 3)
DTYPES = [
    np.dtype(code) for code in ("<f4", "<f2", "<f8", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "|b1")
]
DENSE, SPARSE, DENSE_SHARED, SPARSE_SHARED, QUANTIZED, MAPPED = range(6)
KINDS = {
    2 * kind + half: name + suffix
    for kind, name in (
        (DENSE, "dense"),
        (SPARSE, "sparse"),
        (DENSE_SHARED, "dense shared"),
        (SPARSE_SHARED, "sparse shared"),
        (MAPPED, "mapped"),
    )
    for half, suffix in enumerate(("", ", float16"))
}
"""How a tensor is stored. "float16" are float32 values that float16 holds exactly. Quantized tensors are "quantized, "
and how their integers are stored."""

PARTS = ("values", "index", "map", "codebook", "tables", "lanes", "plain", "header", "checksum")
"""What a byte of the file is for; every byte belongs to one of these. Scale and zero point count as "codebook"; a
"map" is index and values in one."""

MAX_CODEBOOK = 2**16 - 1
MAX_DIMENSIONS = 32
MAX_NAME = 1024
MAX_STRIDE = 64
MAX_BYTES = 2**30
"""What `load` is ready to unpack from a small file; a larger file may hold up to 1,024 times its own size."""


class Item(NamedTuple):
    """`size` bytes of the file that serve one `part` (see PARTS) of one tensor ("" for the file as a whole)."""

    tensor: str
    part: str
    size: int


class Contents(NamedTuple):
    """What `read` finds: the tensors, where each byte went, how each tensor (see KINDS) and stream is stored.

    Each of the tensors is an array, or a QuantizedTensor if that was saved.
    """

    tensors: dict[str, Any]
    items: list[Item]
    streams: list[Stream]
    kinds: dict[str, str]

    def bytes_of(self, tensor: str) -> int:
        """Everything that one tensor takes in the file, but for its header."""
        return sum(item.size for item in self.items if item.tensor == tensor)


def bytes_by_part(items: Iterable[Item]) -> dict[str, int]:
    """Bytes by what they are for, in the order of PARTS; for all items of a file they sum to its size.

    "map" is left out where there is none.
    """
    sizes = dict.fromkeys(PARTS, 0)
    for item in items:
        sizes[item.part] += item.size
    return {part: size for part, size in sizes.items() if size or part != "map"}


# --- writing ---


class _Flat:
    """An array as a row of bit patterns: those that are equal here are equal to the last bit, NaN or not."""

    def __init__(self, array: np.ndarray) -> None:
        self.dtype = array.dtype
        self.patterns = array.reshape(-1).view(f"u{array.itemsize}")
        self.negative_zero = 1 << (8 * array.itemsize - 1) if array.dtype.kind == "f" else 0

    def pieces(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(mask of what is not zero, the patterns there), about a million entries at a time to spare memory.

        Each piece ends with an entry that is kept, so the gaps of all pieces in a row are those of the array;
        zeros at the array's end are in no piece.
        """
        start, stop = 0, bits.CHUNK
        while start < len(self.patterns):
            piece = self.patterns[start:stop]
            mask = piece != 0
            if self.negative_zero:
                mask &= piece != self.negative_zero
            length = len(mask) - int(mask[::-1].argmax())
            if mask[length - 1]:
                yield mask[:length], piece[:length][mask[:length]]
                start += length
                stop = start + bits.CHUNK
            elif stop < len(self.patterns):
                stop += stop - start
            else:
                return

    def runs(self) -> tuple[np.ndarray, np.ndarray]:
        """Histogram of the runs of zeros before each kept entry: the lengths that occur, and how often."""
        short = np.zeros(2**16, np.int64)
        long: list[np.ndarray] = [short[:0]]
        for mask, _ in self.pieces():
            runs = sparse.zero_runs(mask)
            short += np.bincount(runs[runs < 2**16], minlength=2**16)
            long.append(runs[runs >= 2**16])
        length, often = np.unique(np.concatenate(long), return_counts=True)
        return np.append(np.flatnonzero(short), length), np.append(short[short > 0], often)

    def share(self) -> tuple[np.ndarray, np.ndarray] | None:
        """(codebook in the order of its values, codes) of the kept patterns; None if too many differ."""
        codebook, kept = self.patterns[:0], 0
        for _, missed in self.pieces():
            kept += len(missed)
            while len(missed):  # learn from the first ones only: no sort of the whole array
                codebook = np.union1d(codebook, missed[: MAX_CODEBOOK + 1])
                if len(codebook) > MAX_CODEBOOK:
                    return None
                missed = missed[codebook[_find(codebook, missed)] != missed]  # noqa: PLW2901
        order = np.argsort(codebook.view(self.dtype), kind="stable")
        rank: np.ndarray = np.argsort(order).astype(_code_dtype(len(order)))
        codes, at = np.empty(kept, rank.dtype), 0
        for _, values in self.pieces():
            codes[at : at + len(values)] = rank[_find(codebook, values)]
            at += len(values)
        return codebook[order], codes

    def lay_out(
        self, entries: int, index_bits: int, codes: np.ndarray | None = None, elsewhere: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """(symbols, gaps): codes or patterns, with `elsewhere` for fillers, or for zeros where index bits are 0."""
        symbols = np.full(entries, elsewhere, self.patterns.dtype if codes is None else codes.dtype)
        gaps = np.zeros(entries if index_bits else 0, np.uint16)
        at = done = 0
        for mask, values in self.pieces():
            where = mask
            if index_bits:
                piece_gaps, is_filler = sparse.relative_index(mask, index_bits)
                gaps[at : at + len(piece_gaps)] = piece_gaps
                where = ~is_filler
            symbols[at : at + len(where)][where] = values if codes is None else codes[done : done + len(values)]
            at += len(where)
            done += len(values)
        return symbols, gaps


def _find(codebook: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where each value stands in the sorted codebook, if it is there at all."""
    return np.minimum(np.searchsorted(codebook, values), len(codebook) - 1)


def _code_dtype(codebook_size: int) -> type:
    return np.uint8 if codebook_size < 256 else np.uint16  # below: one more code stands for zero


def _fits_half(values: np.ndarray) -> bool:
    """True if float32 `values` survive the way through float16 to the last bit. No NaN: machines differ there."""
    with np.errstate(over="ignore", invalid="ignore"):
        there_and_back = values.astype(np.float16).astype(np.float32)
    same = np.array_equal(there_and_back.view(np.uint32), values.view(np.uint32))
    return same and not bool(np.isnan(values).any())


def _stored(patterns: np.ndarray, half: bool) -> np.ndarray:
    """The bytes that stand for these patterns in the file; with `half` those of the same float32 as float16."""
    if half:
        patterns = patterns.view(np.float32).astype(np.float16).view(np.uint16)
    return patterns.astype(patterns.dtype.newbyteorder("<"), copy=False).view(np.uint8)


class _Data(NamedTuple):
    """What is stored of one tensor, which version has such forms, and how many adaptive decisions reading it takes."""

    kind: int  # with the half: see KINDS
    content: bytes
    version: int
    decisions: int


def _encode(array: np.ndarray, coder: Coder) -> _Data:
    """The smallest of the ways to store one tensor."""
    flat = _Flat(array)
    lengths, often = flat.runs()
    kept = int(often.sum())
    zeros = array.size - kept
    shared = flat.share() if kept else None

    def values() -> Iterator[np.ndarray]:  # at least one of each value that is kept
        return (piece for _, piece in flat.pieces()) if shared is None else iter(shared[:1])

    half = array.dtype == np.float32 and kept > 0 and all(_fits_half(piece.view(np.float32)) for piece in values())
    itemsize = 2 if half else array.itemsize

    # What each way costs follows from histograms: of the runs of zeros, the values' bytes and their codes.
    code_counts = None if shared is None else streams.counts_of(shared[1])
    weights = None if code_counts is None else np.repeat(code_counts, itemsize)
    byte_counts = np.zeros(256, np.int64)
    for piece in values():
        byte_counts += np.bincount(_stored(piece, half), weights, 256).astype(np.int64)

    def plain_size(extra: int) -> int:
        return streams.plan(byte_counts + (np.arange(256) == 0) * extra * itemsize, coder).size

    choices = [(plain_size(zeros), DENSE, 0)]
    size, index_bits = _best_index(lengths, often, plain_size, coder)
    choices.append((size, SPARSE, index_bits))
    if code_counts is not None:
        book = itemsize * len(code_counts)
        if book + huffman.entropy(code_counts) * kept / 8 < min(choices)[0]:  # else no code can make up for the book

            def codes_size(extra: int) -> int:
                return book + streams.plan(np.append(code_counts, extra), coder).size

            choices.append((codes_size(zeros) + (itemsize if zeros else 0), DENSE_SHARED, 0))
            size, index_bits = _best_index(lengths, often, codes_size, coder)
            choices.append((size, SPARSE_SHARED, index_bits))

    def laid_out(kind: int, index_bits: int) -> _Data:
        entries = int(np.dot(often, (lengths >> index_bits) + 1)) if index_bits else array.size
        parts = [streams.varint(entries)] if index_bits else []
        if kind in (DENSE, SPARSE):
            symbols, gaps = flat.lay_out(entries, index_bits)
            found = [streams.encode(_stored(symbols, half), coder, itemsize)]
        else:
            assert shared is not None
            codebook, codes = shared
            elsewhere = len(codebook)
            if kind == DENSE_SHARED and zeros:  # zero is one more value of the codebook, the last
                codebook = np.append(codebook, codebook.dtype.type(0))
            symbols, gaps = flat.lay_out(entries, index_bits, codes, elsewhere)
            parts += [streams.varint(len(codebook)), _stored(codebook, half).tobytes()]
            found = [streams.encode(symbols, coder)]
        if index_bits:
            found.insert(0, streams.encode(gaps, coder))
        content = b"".join([*parts, *(stream.content for stream in found)])
        version = max(stream.version for stream in found)
        return _Data(2 * kind + half, content, version, sum(stream.decisions for stream in found))

    least, kind, index_bits = min(choices)
    if coder != "smallest" or array.size > streams.MAX_DECISIONS:
        return laid_out(kind, index_bits)
    # What adaptive coding gives shows only in writing: all ways that come near are tried.
    tried = [laid_out(kind, index_bits) for size, kind, index_bits in choices if size <= 1.25 * least + 50]
    if shared is not None and len(choices) == 4:
        codebook, codes = shared
        head = streams.varint(len(codebook)) + _stored(codebook, half).tobytes()
        content, decisions = _encode_map(flat, array.shape, codebook, codes)
        tried.append(_Data(2 * MAPPED + half, head + content, 3, decisions))
    return min((data for data in tried if data.decisions <= streams.MAX_DECISIONS), key=lambda data: len(data.content))


def _encode_map(flat: _Flat, shape: tuple[int, ...], codebook: np.ndarray, codes: np.ndarray) -> tuple[bytes, int]:
    """(stride, payload's length and payload; decisions) of a sparse tensor whose non-zero entries have these codes."""
    negative = _negative(codebook.view(flat.dtype))
    columns = _columns(shape)
    symbols, _ = flat.lay_out(len(flat.patterns), 0, codes.astype(np.int32) + 1)
    signed = np.where(symbols > negative, symbols - negative, symbols - negative - 1)
    signed[symbols == 0] = 0
    there = symbols != 0
    # The neighbour above: the distance at which entries stand together most often, but not right beside each other.
    together = [int(np.count_nonzero(there[d:] & there[:-d])) for d in range(2, min(columns, MAX_STRIDE + 1))]
    stride = 2 + int(np.argmax(together)) if together else 1
    payload, decisions = adaptive.encode_map(signed, negative, len(codebook) - negative, columns, stride)
    return streams.varint(stride) + streams.varint(len(payload)) + payload, decisions


def _negative(codebook: np.ndarray) -> int:
    """How many values have their sign bit set; by the writer's order they are the first ones."""
    if codebook.dtype.kind not in "fi":
        return 0
    return int(np.count_nonzero(codebook.view(f"i{codebook.itemsize}") < 0))


def _columns(shape: tuple[int, ...]) -> int:
    """Entries in a row: all that belong to one index of the first dimension, as to one neuron or filter."""
    return math.prod(shape[1:]) if len(shape) > 1 else max(math.prod(shape), 1)


def _best_index(
    lengths: np.ndarray, often: np.ndarray, values_size: Callable[[int], int], coder: Coder
) -> tuple[int, int]:
    """(bytes, index bits) at which gaps, and values by `values_size(fillers)`, are smallest together."""
    choices = []
    for index_bits in range(1, sparse.MAX_INDEX_BITS + 1):
        full = 2**index_bits - 1
        fillers = int(np.dot(often, lengths >> index_bits))
        gap_counts = np.bincount(lengths & full, often, full + 1).astype(np.int64)
        gap_counts[full] += fillers
        choices.append((streams.plan(gap_counts, coder).size + values_size(fillers), index_bits))
        if fillers == 0:  # wider fields would hold the same gaps
            break
    return min(choices)


def _encode_quantized(tensor: QuantizedTensor, coder: Coder) -> _Data:
    scales, zero_points = (np.atleast_1d(values) for values in tensor.qparams)
    narrow = bool((scales.astype(np.float32) == scales).all())
    integers = _encode(np.ascontiguousarray(tensor.integers).reshape(tensor.shape), coder)
    zeros = streams.encode(zero_points.astype("<i4").view(np.uint8), coder, 4)
    parts = [
        bytes([tensor.bits]) + streams.varint(0 if tensor.axis is None else tensor.axis + 1),
        scales.astype("<f4" if narrow else "<f8").tobytes(),
        zeros.content,
        bytes([integers.kind // 2]) + integers.content,
    ]
    version = max(2, zeros.version, integers.version)
    return _Data(2 * QUANTIZED + narrow, b"".join(parts), version, zeros.decisions + integers.decisions)


class Encoded(NamedTuple):
    """One tensor as it will stand in a file, encoded by itself: wherever that was done, the file is the same.

    `header` and `data` are its bytes, `size` the bytes of the tensor, `version` the format's that it needs. `decisions`
    counts what its adaptive forms decide; `otherwise` is the tensor without them, for a file that has too many already.
    """

    header: bytes
    data: bytes
    size: int
    version: int
    decisions: int = 0
    otherwise: "Encoded | None" = None


def encoded(name: str, tensor: Tensor, coder: Coder = "huffman") -> Encoded:
    """What `dumps` does with one tensor; `dumps` and `save` take the result in its place.

    Raises
    ------
    ValueError : a name over 1,024 bytes, a dtype that the format does not have, more than 32 dimensions, or a coder
        that there is not.
    """
    if coder not in CODERS:
        raise ValueError(f"coder must be one of {', '.join(CODERS)}, got {coder!r}")
    values = tensor.integers if isinstance(tensor, QuantizedTensor) else tensor
    array = np.ascontiguousarray(values).reshape(np.shape(values))  # the former makes a row of a single number
    encoded_name = name.encode()
    if len(encoded_name) > MAX_NAME:
        raise ValueError(f"tensor {name[:50]!r}…: the name is longer than {MAX_NAME} bytes")
    dtype = array.dtype.newbyteorder("<")
    if dtype not in DTYPES:
        stored = ", ".join(map(str, DTYPES))
        raise ValueError(f"tensor {name!r} has dtype {array.dtype}; the format stores {stored}")
    if array.ndim > MAX_DIMENSIONS:
        raise ValueError(f"tensor {name!r} has {array.ndim} dimensions; the format stores up to {MAX_DIMENSIONS}")
    if isinstance(tensor, QuantizedTensor):
        data = _encode_quantized(tensor, coder)
    else:
        data = _encode(array.astype(array.dtype.newbyteorder("="), copy=False), coder)
    header = streams.varint(len(encoded_name)) + encoded_name + bytes([data.kind << 4 | DTYPES.index(dtype)])
    header += b"".join(map(streams.varint, (array.ndim, *array.shape)))
    otherwise = encoded(name, tensor, "rans") if data.decisions else None
    return Encoded(header, data.content, array.nbytes, data.version, data.decisions, otherwise)


def dumps(tensors: Mapping[str, Tensor | Encoded], coder: Coder = "huffman") -> bytes:
    """The content of a `.dcz` file with these tensors; the same bytes for the same tensors on every machine.

    `coder` : "huffman" or, to see what that adds, "fixed": every stream in fixed width. "rans" and "smallest" write
    format version 3 where that is smaller: "rans" has an entropy coder without the floor of one bit a symbol, for large
    networks; "smallest" also has adaptive coding, of up to a million decisions a file, some microseconds each.

    Raises
    ------
    ValueError : a tensor that the format cannot hold (see `encoded`), or tensors so repetitive that
        `load` would refuse the file as a decompression bomb (over 1 GiB out of less than a thousandth of it).
    """
    items, decisions = [], 0
    for name, given in tensors.items():
        item = given if isinstance(given, Encoded) else encoded(name, given, coder)
        if item.otherwise is not None and decisions + item.decisions > streams.MAX_DECISIONS:
            item = item.otherwise
        decisions += item.decisions
        items.append(item)
    total, version = sum(item.size for item in items), max((item.version for item in items), default=1)
    head = [MAGIC + bytes([version]), streams.varint(len(items))]
    parts, size, checksum = [*head, *(item.header for item in items), *(item.data for item in items)], 4, 0
    for part in parts:
        size += len(part)
        checksum = zlib.crc32(part, checksum)
    if total > _most_bytes(size, None):
        raise ValueError(f"{total:,} bytes of tensors shrink to {size:,}: too little for `load` to trust")
    return b"".join([*parts, checksum.to_bytes(4, "little")])


def save(path: str | os.PathLike[str], tensors: Mapping[str, Tensor | Encoded], coder: Coder = "huffman") -> int:
    """Write tensors to a `.dcz` file and return its size in bytes.

    Parameters
    ----------
    tensors : name -> array or QuantizedTensor, or what `encoded` made of one. Stored exactly, whatever the values
        (only -0.0 becomes 0.0); small where there are few distinct ones.

    The file appears under its name only once it is complete: a crash leaves an earlier one whole.

    Raises
    ------
    ValueError : a tensor that the format cannot hold (see `dumps`). OSError : the file cannot be written.
    """
    content = dumps(tensors, coder)
    files.write(Path(path), content)
    return len(content)


# --- reading ---


def _most_bytes(file_size: int, max_bytes: int | None) -> int:
    return max(MAX_BYTES, 1024 * file_size) if max_bytes is None else max_bytes


def _from_raw(reader: streams.Reader, raw: memoryview | np.ndarray, stored: np.dtype, dtype: np.dtype) -> np.ndarray:
    """The values of `dtype` whose bytes these are."""
    values = np.frombuffer(raw, stored)
    if dtype == np.bool_ and len(values) and int(values.view(np.uint8).max()) > 1:
        raise reader.error("a truth value other than 0 and 1")
    with np.errstate(invalid="ignore"):  # some machines mind that a float16 is a NaN of the signalling kind
        return values.astype(dtype.newbyteorder("="), copy=False)


def _lookup(codebook: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """codebook[codes]; a piece at a time, since NumPy turns what it looks up into int64."""
    values = np.empty(len(codes), codebook.dtype)
    for start in range(0, len(codes), bits.CHUNK):
        piece = slice(start, start + bits.CHUNK)
        values[piece] = codebook[codes[piece]]
    return values


def _read_quantized(
    reader: streams.Reader, narrow: bool, dtype: np.dtype, shape: tuple[int, ...]
) -> tuple[QuantizedTensor, list[Stream], str]:
    reader.field = "ruler"
    used_bits = reader.byte("codebook")
    axis = reader.varint("codebook", len(shape), "the axis + 1") - 1
    channels = 1 if axis < 0 else shape[axis]
    stored = np.dtype("<f4" if narrow else "<f8")
    scales = np.frombuffer(reader.take(channels * stored.itemsize, "codebook"), stored).astype(np.float64)
    with np.errstate(over="ignore"):  # a scale beyond float32 is refused below
        narrower = not narrow and (scales.astype(np.float32) == scales).all()
    if narrower:
        raise reader.error("scales of 8 bytes each, of which 4 would do")
    raw, zero_stream = streams.decode(reader, "codebook", 4 * channels, 255)
    zero_points = np.frombuffer(np.ascontiguousarray(raw, np.uint8), "<i4").astype(np.int64)
    kind = reader.byte("header")
    if kind == QUANTIZED or 2 * kind not in KINDS or (kind == MAPPED and reader.version < 3):
        raise reader.error(f"integers stored as kind {kind}: there is no such form")
    integers, found = _read_tensor(reader, 2 * kind, dtype, shape)
    reader.field = "ruler"
    try:
        if axis < 0:
            tensor = QuantizedTensor(integers, scales[0], zero_points[0], None, used_bits)
        else:
            tensor = QuantizedTensor(integers, scales, zero_points, axis, used_bits)
    except ValueError as error:
        raise reader.error(str(error)) from None
    return tensor, [zero_stream, *found], f"quantized, {KINDS[2 * kind]}"


def _read_tensor(
    reader: streams.Reader, kind: int, dtype: np.dtype, shape: tuple[int, ...]
) -> tuple[np.ndarray, list[Stream]]:
    kind, half = divmod(kind, 2)
    stored = DTYPES[1] if half else dtype
    entries = math.prod(shape)
    is_sparse, is_shared = kind in (SPARSE, SPARSE_SHARED), kind in (DENSE_SHARED, SPARSE_SHARED, MAPPED)
    found: list[Stream] = []
    if is_sparse:
        reader.field = "entries"
        entries = reader.varint("index", entries, "the number of entries")
    if is_shared:
        reader.field = "codebook"
        most = min(MAX_CODEBOOK + (kind == DENSE_SHARED), (reader.end - reader.at) // stored.itemsize)
        length = reader.varint("codebook", most, "the codebook's length")
        if length == 0:
            raise reader.error("the codebook is empty")
        codebook = _from_raw(reader, reader.take(length * stored.itemsize, "codebook"), stored, dtype)
    if kind == MAPPED:
        values, stream = _read_map(reader, codebook, shape)
        return values.reshape(shape), [stream]
    if is_sparse:
        reader.field = "gaps"
        gaps, stream = streams.decode(reader, "index", entries, 2**sparse.MAX_INDEX_BITS - 1)
        found.append(stream)
    if is_shared:
        reader.field = "codes"
        if is_sparse:
            codebook = np.append(codebook, np.zeros(1, codebook.dtype))  # what a filler stands for
        codes, stream = streams.decode(reader, "values", entries, len(codebook) - 1)
        values = _lookup(codebook, codes)
    else:
        reader.field = "values"
        content, stream = streams.decode(reader, "plain", entries * stored.itemsize, 255)
        content = content if content.flags.writeable else content.copy()  # a constant is only a view of one byte
        values = _from_raw(reader, content, stored, dtype)
    found.append(stream)
    if not is_sparse:
        return values.reshape(shape), found
    try:
        return sparse.from_relative(values, gaps, shape), found
    except ValueError as error:
        raise reader.error(str(error)) from None


def _read_map(reader: streams.Reader, codebook: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, Stream]:
    reader.field = "map"
    columns, size = _columns(shape), math.prod(shape)
    if size == 0:
        raise reader.error("a map of a tensor without entries")
    stride = reader.varint("map", MAX_STRIDE, "the stride")
    if not 1 <= stride <= max(columns - 1, 1):
        raise reader.error(f"the stride is {stride}, expected 1 to below the {columns} columns")
    negative = _negative(codebook)
    payload = streams.take_counted(reader, "map")
    try:
        codes, decisions = adaptive.decode_map(
            payload, size, negative, len(codebook) - negative, columns, stride, reader.decisions
        )
    except ValueError as error:
        raise reader.error(str(error)) from None
    reader.decisions -= decisions
    book = np.concatenate([codebook[:negative], np.zeros(1, codebook.dtype), codebook[negative:]])
    width = len(codebook).bit_length()
    stream = Stream(reader.tensor or "", "map", "adaptive", size, len(book), width, 8 * len(payload))
    return _lookup(book, codes + negative), stream


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
    if content[3] not in VERSIONS:
        known = ", ".join(map(str, VERSIONS))
        raise ArchiveError(f"format version {content[3]}, this reads versions {known}", offset=3)
    if zlib.crc32(memoryview(content)[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ArchiveError("the checksum does not fit the content: truncated or altered", offset=len(content) - 4)

    reader = streams.Reader(content)
    reader.field = "header"
    reader.take(4, "header")
    number = reader.varint("header", (reader.end - reader.at) // 5, "the number of tensors")
    headers: dict[str, tuple[int, np.dtype, tuple[int, ...]]] = {}
    total, most = 0, _most_bytes(len(content), max_bytes)
    for _ in range(number):
        reader.tensor, reader.field = None, "header"
        raw_name = bytes(reader.take(reader.varint("header", MAX_NAME, "a name's length"), "header"))
        try:
            name = raw_name.decode()
        except UnicodeDecodeError:
            raise reader.error(f"a name is not UTF-8: {raw_name[:50]!r}") from None
        if name in headers:
            raise reader.error(f"two tensors named {name!r}")
        kind_and_dtype = reader.byte("header")
        kind, dtype_code = kind_and_dtype >> 4, kind_and_dtype & 15
        reader.tensor, reader.field = name, "shape"
        exists = dtype_code < len(DTYPES) and (kind % 2 == 0 or dtype_code == 0) and kind in KINDS
        if kind // 2 == QUANTIZED:
            exists = content[3] >= 2 and dtype_code < len(DTYPES) and DTYPES[dtype_code] in RANGES
        elif kind // 2 == MAPPED:
            exists = exists and content[3] >= 3
        if not exists:
            raise reader.error(f"kind {kind} with dtype {dtype_code}: there is no such form")
        ndim = reader.varint("header", MAX_DIMENSIONS, "the number of dimensions")
        shape = tuple(reader.varint("header", 2**63 - 1, "a dimension") for _ in range(ndim))
        dtype = DTYPES[dtype_code]
        if math.prod(d for d in shape if d) * dtype.itemsize >= 2**63:  # NumPy's limit, also where some are zero
            raise reader.error(f"dimensions {shape} are too large")
        total += math.prod(shape) * dtype.itemsize
        if total > most:
            raise reader.error(f"{total:,} bytes of tensors are declared, expected at most {most:,}")
        headers[name] = (kind, dtype, shape)

    tensors: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    found: list[Stream] = []
    for name, (kind, dtype, shape) in headers.items():
        reader.tensor = name
        if kind // 2 == QUANTIZED:
            tensors[name], tensor_found, kinds[name] = _read_quantized(reader, kind % 2 == 1, dtype, shape)
        else:
            tensors[name], tensor_found = _read_tensor(reader, kind, dtype, shape)
            kinds[name] = KINDS[kind]
        found += tensor_found
    reader.tensor, reader.field = None, "end"
    if content[3] == 2 and not any(kind // 2 == QUANTIZED for kind, _, _ in headers.values()):
        raise reader.error("format version 2, but no tensor is quantized")
    if content[3] == 3 and not any(stream.form in streams.FORMS[3:] for stream in found):
        raise reader.error("format version 3, but no form that version 2 does not have")
    if reader.at != reader.end:
        raise reader.error(f"{reader.end - reader.at} bytes too many after the last tensor")
    header = sum(size for (_, part), size in reader.sizes.items() if part == "header")
    items = [Item("", "header", header)]
    items += [Item(*key, size) for key, size in reader.sizes.items() if key[1] != "header"]
    items.append(Item("", "checksum", 4))
    return Contents(tensors, items, found, kinds)


def read_file(path: str | os.PathLike[str], max_bytes: int | None = None) -> Contents:
    """`read` for a file; raises ArchiveError or OSError."""
    return read(Path(path).read_bytes(), max_bytes)


def load(path: str | os.PathLike[str], max_bytes: int | None = None) -> dict[str, Any]:
    """The tensors of a `.dcz` file, name -> array or QuantizedTensor, to the bit those that `save` was given.

    Raises
    ------
    ArchiveError : not a valid archive (see `read`). OSError : the file cannot be read.
    """
    return read_file(path, max_bytes).tensors


def loads(content: bytes, max_bytes: int | None = None) -> dict[str, Any]:
    """`load` from bytes in memory."""
    return read(content, max_bytes).tensors
