"""The `.dcz` file: every tensor of a network, exactly, in as few bytes as sparsity and entropy coding give.

`save` looks at each tensor by itself. A tensor with few distinct values, as weight sharing leaves it, becomes a
codebook and a stream of codes; if it is sparse as well, only its non-zero entries are stored, with the gaps
between them or, by the smallest coder, a map of which are there. Anything else is stored as its bytes. A
QuantizedTensor is its integers, stored in whichever of these ways is smallest, and the ruler to read them by. Nothing
is lost in any case: `load` gives back the same bits, but for the sign of zero. (-0.0, which `weight * mask` leaves
behind, equals 0.0 and is stored as such.)

This module is the front door. The room behind it is `dc_lab/dcz/`: each way to store a tensor and each form of a
stream is a file of its own there, and FORMAT.md specifies every byte, which is enough to write another reader from.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dc_lab.dcz import known, reading, writing
from dc_lab.dcz.contents import PARTS, Contents, Item, bytes_by_part
from dc_lab.dcz.cursor import ArchiveError
from dc_lab.dcz.frame import MAGIC, VERSIONS
from dc_lab.dcz.kinds.mapped import MAX_STRIDE
from dc_lab.dcz.kinds.tied import Tied
from dc_lab.dcz.limits import MAX_CODEBOOK, MAX_DIMENSIONS, MAX_NAME
from dc_lab.dcz.streams import CODERS, Coder, Stream
from dc_lab.dcz.tensors import KINDS, TABLE
from dc_lab.dcz.values import DTYPES
from dc_lab.dcz.writing import Encoded, Tensor, encoded
from dc_lab.support import files

__all__ = [
    "CODERS",
    "DTYPES",
    "KINDS",
    "MAGIC",
    "MAX_BYTES",
    "MAX_CODEBOOK",
    "MAX_DIMENSIONS",
    "MAX_NAME",
    "MAX_STRIDE",
    "PARTS",
    "VERSIONS",
    "ArchiveError",
    "Coder",
    "Contents",
    "Encoded",
    "Item",
    "Stream",
    "Tensor",
    "Tied",
    "bytes_by_part",
    "check_bytes",
    "dumps",
    "encoded",
    "load",
    "loads",
    "most_bytes",
    "read",
    "read_file",
    "save",
]

DENSE, SPARSE, DENSE_SHARED, SPARSE_SHARED, QUANTIZED, MAPPED, PLANES = sorted(TABLE)
"""Numbers of the ways to store a tensor."""

MAX_BYTES = 2**30
"""What `load` is ready to unpack from a small file; a larger file may hold up to 1,024 times its own size."""


def most_bytes(file_size: int, max_bytes: int | None) -> int:
    """Bytes of tensors that may come out of a file of this size: `max_bytes`, or what is usual if that is None.

    What counts are the tensors as they come out: in `read` and `load` integers as integers, a tied tensor only once;
    where values are made of them, float32 for quantized ones, see `check_bytes`. On the way, reading takes memory for
    up to six times as much, 128 times the file, and 64 MiB for what is in work; FORMAT.md has what bounds its time.
    """
    return max(MAX_BYTES, 1024 * file_size) if max_bytes is None else max_bytes


def check_bytes(size: int, path: str | os.PathLike[str], max_bytes: int | None) -> None:
    """For what turns the tensors of a file into others: raises ArchiveError if those take more than `most_bytes`."""
    most = most_bytes(Path(path).stat().st_size, max_bytes)
    if size > most:
        problem = f"{size:,} bytes of tensors, quantized ones as float32, expected at most {most:,}"
        raise ArchiveError(f"{problem}; max_bytes allows more")


def dumps(
    tensors: Mapping[str, Tensor | Encoded | Tied],
    coder: Coder = "huffman",
    metadata: Mapping[str, str] | None = None,
    exact: bool = False,
) -> bytes:
    """The content of a `.dcz` file with these tensors; the same bytes for the same tensors on every machine.

    Parameters
    ----------
    tensors : as in `save`.
    coder : "huffman" or, to see what that adds, "fixed": every stream in fixed width. "rans" and "smallest" write
        format version 3 where that is smaller: "rans" has an entropy coder without the floor of one bit a symbol, for
        large networks; "smallest" also has adaptive coding: up to a million decisions a file, some microseconds each,
        and version 5 for a whole LeNet whose weights are a few levels times one step.
    metadata : texts to keep beside the tensors (format version 4).
    exact : keep the sign of zeros too, and code exponents apart from mantissas where that is smaller (version 4).

    Raises
    ------
    ValueError : a tensor that the format cannot hold (see `encoded`), or tensors so repetitive that
        `load` would refuse the file as a decompression bomb (over 1 GiB out of less than a thousandth of it).
    """
    items = writing.encode_all(tensors, coder, exact)
    parts = writing.write(items, metadata)
    if coder == "smallest" and not exact and not metadata:
        parts = min(parts, known.write(tensors) or parts, key=lambda pieces: sum(map(len, pieces)))
    # What `load` would not trust is not written in the first place.
    total, size = sum(item.size for item in items), sum(map(len, parts))
    if total > most_bytes(size, None):
        raise ValueError(f"{total:,} bytes of tensors shrink to {size:,}: too little for `load` to trust")
    return b"".join(parts)


def save(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Tensor | Encoded | Tied],
    coder: Coder = "huffman",
    metadata: Mapping[str, str] | None = None,
    exact: bool = False,
) -> int:
    """Write tensors to a `.dcz` file and return its size in bytes.

    Parameters
    ----------
    tensors : name -> array or QuantizedTensor, or what `encoded` made of one, or `Tied(NAME)` for one that is the same
        as an earlier one. Stored exactly, whatever the values (only -0.0 becomes 0.0); small where there are few
        distinct ones. bfloat16 arrays are those of the package ml_dtypes.
    coder, metadata, exact : as in `dumps`.

    The file appears under its name only once it is complete: a crash leaves an earlier one whole.

    Raises
    ------
    ValueError : a tensor that the format cannot hold (see `dumps`). OSError : the file cannot be written.
    """
    files.check_writable(Path(path))  # before the work
    content = dumps(tensors, coder, metadata, exact)
    files.write(Path(path), content)
    return len(content)


def read(content: bytes, max_bytes: int | None = None) -> Contents:
    """Read the content of a `.dcz` file: tensors, and what every byte of it is for.

    Trusts nothing: each length is held against what is left of the file, and each size against what the
    streams can hold, before memory is taken for it.

    Parameters
    ----------
    max_bytes : most that the tensors may take together, see `most_bytes`. The default is 1 GiB, or 1,024 times the
        file if that is more: room for every network that is not made up of one repeated value.

    Raises
    ------
    ArchiveError : not a valid archive, or more than `max_bytes`.
    """
    return reading.read(content, most_bytes(len(content), max_bytes))


def read_file(path: str | os.PathLike[str], max_bytes: int | None = None) -> Contents:
    """`read` for a file; raises ArchiveError or OSError."""
    files.check_readable(Path(path))
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
