"""The headers, which say of each tensor what its data are: name, kind, dtype and shape."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.limits import MAX_DIMENSIONS, MAX_NAME
from dc_lab.dcz.values import DTYPES, FLOAT16
from dc_lab.dcz.varint import varint


class Header(NamedTuple):
    """Kind and shape of a tensor, the dtype of its values, and whether they are stored in half as many bytes."""

    kind: int
    half: bool
    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def stored(self) -> np.dtype:
        """The dtype that an array's values have in the file."""
        return FLOAT16 if self.half else self.dtype

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


def write(name: bytes, header: Header) -> bytes:
    """The header of the tensor with this name."""
    kind = 2 * header.kind + header.half
    start = varint(len(name)) + name + bytes([kind << 4 | DTYPES.index(header.dtype)])
    return start + b"".join(map(varint, (len(header.shape), *header.shape)))


def read(reader: Reader, exists: Callable[[Header], bool], most: int) -> dict[str, Header]:
    """The headers of all tensors, by name.

    Parameters
    ----------
    exists : whether this version of the format has such tensors; only kind, half and dtype are known yet.
    most : bytes that all tensors may take together.

    Raises
    ------
    ArchiveError : no such headers, or larger tensors.
    """
    number = reader.varint("header", (reader.end - reader.at) // 5, "the number of tensors")
    headers: dict[str, Header] = {}
    total = 0
    for _ in range(number):
        reader.tensor, reader.field = None, "header"
        name = _read_name(reader)
        if name in headers:
            raise reader.error(f"two tensors named {name!r}")
        header = _read_kind(reader, name, exists)
        header = header._replace(shape=_read_shape(reader, header.dtype))
        # Memory for all of them must be there before any is read.
        total += header.size * header.dtype.itemsize
        if total > most:
            raise reader.error(f"{total:,} bytes of tensors are declared, expected at most {most:,}")
        headers[name] = header
    return headers


def _read_name(reader: Reader) -> str:
    raw_name = bytes(reader.take(reader.varint("header", MAX_NAME, "a name's length"), "header"))
    try:
        return raw_name.decode()
    except UnicodeDecodeError:
        raise reader.error(f"a name is not UTF-8: {raw_name[:50]!r}") from None


def _read_kind(reader: Reader, name: str, exists: Callable[[Header], bool]) -> Header:
    """Kind and dtype, which share a byte."""
    byte = reader.byte("header")
    kind, dtype = byte >> 4, byte & 15
    reader.tensor, reader.field = name, "shape"
    if dtype < len(DTYPES):
        header = Header(kind // 2, kind % 2 == 1, DTYPES[dtype], ())
        if exists(header):
            return header
    raise reader.error(f"kind {kind} with dtype {dtype}: there is no such form")


def _read_shape(reader: Reader, dtype: np.dtype) -> tuple[int, ...]:
    ndim = reader.varint("header", MAX_DIMENSIONS, "the number of dimensions")
    shape = tuple(reader.varint("header", 2**63 - 1, "a dimension") for _ in range(ndim))
    if math.prod(d for d in shape if d) * dtype.itemsize >= 2**63:  # NumPy's limit, also where some are zero
        raise reader.error(f"dimensions {shape} are too large")
    return shape
