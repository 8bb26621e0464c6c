"""The headers, which say of each tensor what its data are: name, kind, dtype, shape; and texts for the whole file."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.limits import MAX_DIMENSIONS, MAX_METADATA, MAX_NAME
from dc_lab.dcz.values import DTYPES, FLOAT16
from dc_lab.dcz.varint import varint

TIED = 7
"""The kind of a tensor that is another name of an earlier one."""


class Header(NamedTuple):
    """Kind and shape of a tensor, the dtype of its values, and whether they are stored in half as many bytes.

    `same` : of a tied tensor, the name of the one that it is.
    """

    kind: int
    half: bool
    dtype: np.dtype
    shape: tuple[int, ...]
    same: str | None = None

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


def write_tied(name: bytes, place: int) -> bytes:
    """The header of another name of the tensor whose header stands at this place, counted from 0."""
    return varint(len(name)) + name + bytes([2 * TIED << 4]) + varint(place)


def write_metadata(metadata: Mapping[str, str]) -> bytes:
    """Texts for the whole file, each behind its length: how many pairs, then key and value of each."""
    texts = [text.encode() for pair in metadata.items() for text in pair]
    return varint(len(metadata)) + b"".join(varint(len(text)) + text for text in texts)


def read_metadata(reader: Reader) -> dict[str, str]:
    """The texts that `write_metadata` wrote.

    Raises
    ------
    ArchiveError : no such texts, or more than MAX_METADATA bytes of them.
    """
    number = reader.varint("header", (reader.end - reader.at) // 2, "the number of metadata")
    metadata: dict[str, str] = {}
    start = reader.at
    for _ in range(number):
        key, value = (reader.text(MAX_METADATA, f"a {what} of the metadata") for what in ("key", "value"))
        if key in metadata:
            raise reader.error(f"two metadata called {key[:50]!r}")
        if reader.at - start > MAX_METADATA:
            raise reader.error(f"more than {MAX_METADATA:,} bytes of metadata")
        metadata[key] = value
    return metadata


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
    shortest = 5 if reader.version < 4 else 3
    number = reader.varint("header", (reader.end - reader.at) // shortest, "the number of tensors")
    headers: dict[str, Header] = {}
    names: list[str] = []
    total = 0
    for _ in range(number):
        reader.tensor, reader.field = None, "header"
        name = reader.text(MAX_NAME, "a name")
        if name in headers:
            raise reader.error(f"two tensors named {name!r}")
        header = _read_kind(reader, name, exists)
        names.append(name)
        if header.kind == TIED:
            headers[name] = _read_tied(reader, headers, names)
            continue
        header = header._replace(shape=_read_shape(reader, header.dtype))
        # Memory for all of them must be there before any is read.
        total += header.size * header.dtype.itemsize
        if total > most:
            raise reader.error(f"{total:,} bytes of tensors are declared, expected at most {most:,}")
        headers[name] = header
    return headers


def _read_tied(reader: Reader, headers: dict[str, Header], names: list[str]) -> Header:
    """The header of the tensor that this is another name of."""
    if not headers:
        raise reader.error("tied to an earlier tensor, but there is none")
    other = names[reader.varint("header", len(headers) - 1, "the place of the tensor that it is tied to")]
    if headers[other].same is not None:
        raise reader.error(f"tied to {other!r}, which is tied itself")
    return headers[other]._replace(kind=TIED, same=other)


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
