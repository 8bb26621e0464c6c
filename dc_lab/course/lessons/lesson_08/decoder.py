"""The reader that four exercises come to, and with it every byte of a file, field by field."""

import inspect
import zlib
from itertools import islice
from math import prod
from operator import length_hint
from typing import NamedTuple

import numpy as np

from dc_lab.course.lessons.lesson_08.earlier import decode


def read_varint(data):
    """The number of the varint that comes next in `data`; no byte more is taken."""
    byte = next(data)
    return byte if byte < 128 else byte - 128 + 128 * read_varint(data)


def read_stream(data, count):
    """The `count` numbers of the stream that comes next in `data`, as a list."""
    form = next(data)
    if form == 0:
        return [read_varint(data)] * count
    if form == 1:
        width = next(data)
        bits = "".join(f"{byte:08b}" for byte in islice(data, -(-count * width // 8)))
        return [int(bits[i * width : (i + 1) * width], 2) for i in range(count)]
    lengths = np.array(read_stream(data, read_varint(data)))
    lane, size = read_varint(data), read_varint(data)
    if lane:
        more = read_stream(data, -(-count // lane))
        size = size * len(more) + sum(more)
    payload = bytes(islice(data, -(-size // 8)))
    return [int(number) for number in decode(payload, lengths, count)]


def read_tensor(data, kind, dtype, shape):
    """The array whose data come next, of this dtype and shape; `kind` is 0 to 7."""
    form, half = divmod(kind, 2)
    stored = np.dtype("<f2") if half else dtype
    size = prod(shape)
    entries = read_varint(data) if form in (1, 3) else size
    if form >= 2:
        book = np.frombuffer(bytes(islice(data, read_varint(data) * stored.itemsize)), stored)
    gaps = read_stream(data, entries) if form in (1, 3) else [0] * size
    if form >= 2:
        indices = np.array(read_stream(data, entries), int)
        values = np.append(book, stored.type(0))[indices]
    else:
        values = np.frombuffer(bytes(read_stream(data, entries * stored.itemsize)), stored)
    flat = np.zeros(size, dtype)
    flat[np.cumsum(np.array(gaps, int) + 1) - 1] = values
    return flat.reshape(shape)


def read_dcz(content):
    """Name -> array of each tensor in a file of version 1; ValueError if it is none."""
    codes = "<f4 <f2 <f8 i1 u1 <i2 <u2 <i4 <u4 <i8 <u8 ?"
    dtypes = [np.dtype(code) for code in codes.split()]
    is_ours = len(content) >= 9 and content[:4] == b"DCZ\x01"
    if not is_ours or zlib.crc32(content[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ValueError("not a .dcz file of version 1, or a damaged one")
    data, headers = iter(content[4:]), {}
    for _ in range(read_varint(data)):
        name = bytes(islice(data, read_varint(data))).decode()
        kind, number = divmod(next(data), 16)
        shape = [read_varint(data) for _ in range(read_varint(data))]
        headers[name] = kind, dtypes[number], shape
    return {name: read_tensor(data, *header) for name, header in headers.items()}


DTYPES = [np.dtype(code) for code in ["<f4", "<f2", "<f8", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "?"]]


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


IMPORTS = """
import zlib
from itertools import islice
from math import prod

import numpy as np

from dc_lab.course.lessons.lesson_08.earlier import (
    canonical_codes,
    code_lengths,
    decode,
    encode,
    relative_index,
)
"""


def given(*functions):
    """Source of what the notebook has defined when these functions are solved."""
    return IMPORTS + "\n\n" + "\n\n\n".join(inspect.getsource(function).rstrip() for function in functions) + "\n"
