"""The files that take most to read for their size: little is written and much declared, or decided, or tabulated.

    python tests/fuzz_archive.py --worst

prints what each takes. `test_dcz_limits.py` reads smaller ones of the same sorts and holds what is counted.
"""

import struct
import time
from collections.abc import Callable, Iterator

import numpy as np
from dcz_files import coded, constant, counted, fixed, of_version_3, tensor, varint
from fuzz_archive import repaired

from dc_lab import archive
from dc_lab.coding import adaptive, rans
from dc_lab.dcz.forms.rans import STEP_BYTES, _write_frequencies

ONE_COLUMN, INT8, UINT8, FLOAT32 = 1, 3, 4, 0
DEEP = fixed([*range(1, 13), 12], 4)
"""Code lengths whose table has 4,096 entries for 13 symbols."""


def many(number: int, header: bytes, data: bytes, version: int = 1) -> bytes:
    """A file of so many tensors, all alike but for their names."""
    headers = (varint(len(str(i))) + str(i).encode() + header for i in range(number))
    metadata = b"\0" if version == 4 else b""
    content = metadata + varint(number) + b"".join(headers) + data * number
    return repaired(b"DCZ" + bytes([version]) + content + bytes(4))


def decided(values: np.ndarray, width: int) -> bytes:
    """An adaptive stream."""
    payload, _ = adaptive.encode(values, width)
    return bytes([4, width - 1]) + counted(payload)


def laned(values: np.ndarray, frequencies: np.ndarray) -> bytes:
    """An rANS stream in as few lanes as a reader allows."""
    lanes = 1
    while True:
        states, words = rans.encode(values, frequencies, lanes)
        if STEP_BYTES * -(-len(values) // lanes) <= 4 * lanes + 2 * len(words):
            head = b"\3" + _write_frequencies(frequencies) + bytes([lanes.bit_length() - 1]) + varint(len(words))
            return head + states.astype("<u4").tobytes() + words.astype("<u2").tobytes()
        lanes *= 2


def mapped(codes: np.ndarray, negative: int, positive: int, shape: tuple[int, ...]) -> bytes:
    columns = shape[1] if len(shape) > 1 else shape[0]
    stride = 2 if columns > 2 else 1
    payload, _ = adaptive.encode_map(codes, negative, positive, columns, stride)
    book = b"\xff" * negative + b"\1" * positive
    data = varint(negative + positive) + book + varint(stride) + counted(payload)
    return of_version_3(data, kind=10, dtype=INT8, shape=shape)


def far(number: int) -> np.ndarray:
    """Gaps of 0 but for one of 8 bits."""
    gaps = np.zeros(number, int)
    gaps[0] = 128
    return gaps


def signed(size: int, most: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(1, most + 1, size) * rng.choice([-1, 1], size)


def sparse_shared(number: int, book: int) -> bytes:
    width = book.bit_length()
    head = varint(number) + varint(book) + bytes(i % 256 for i in range(book))
    data = head + decided(far(number), 8) + decided(np.full(number, book), width)
    return of_version_3(data, kind=6, shape=(number + 128,))


def ties(number: int, size: int, name: bytes) -> bytes:
    headers = b"".join(varint(len(str(i))) + str(i).encode() + bytes([14 << 4, 0]) for i in range(number))
    first = varint(len(name)) + name + b"\4\1" + varint(size)
    return repaired(b"DCZ\4\0" + varint(number + 1) + first + headers + constant(1) + bytes(4))


def worst(decisions: int, number: int, size: int) -> dict[str, Callable[[], bytes]]:
    """What each file is about -> what makes it.

    Parameters
    ----------
    decisions : of the adaptive files. number : tensors, in files of many. size : bytes declared by a constant.
    """
    coin = np.full(2, 2**15, np.uint32)
    ruler = b"\x08" + varint(1) + constant(0)
    side = int(decisions**0.5)
    few, deep, row = number // 4, coded(DEEP, 13, 13, payload=b"\0\0"), decisions // 9
    return {
        "numbers, decided one by one": lambda: of_version_3(
            decided(np.full(decisions // 11, 255), 8), shape=(decisions // 11,)
        ),
        "gaps and numbers, decided": lambda: of_version_3(
            varint(decisions // 16) + decided(far(decisions // 16), 8) + decided(np.full(decisions // 16, 255), 8),
            kind=2,
            shape=(decisions // 16 + 128,),
        ),
        "gaps and codes, decided": lambda: sparse_shared(decisions // 21, min(4096, decisions // 64)),
        "map of zeros, a row": lambda: mapped(np.zeros(decisions, int), 0, 1, (decisions,)),
        "map of zeros, a column": lambda: mapped(np.zeros(decisions, int), 0, 1, (decisions, ONE_COLUMN)),
        "map of zeros, a square": lambda: mapped(np.zeros(side * side, int), 0, 1, (side, side)),
        "map of 256 values": lambda: mapped(signed(row, 128), 128, 128, (row,)),
        "sixteen tables of 65,536": lambda: many(16, bytes([UINT8, 1, 2]), laned(np.array([0, 1]), coin), 3),
        "tables of 256": lambda: many(few, bytes([UINT8, 1, 2]), laned(np.array([0, 1]), coin >> 8), 3),
        "rANS in few lanes": lambda: of_version_3(
            laned(np.arange(size // 1024) % 256, np.full(256, 256, np.uint32)), shape=(size // 1024,)
        ),
        "codes of 12 bits": lambda: many(few, bytes([UINT8, 1, 13]), deep),
        "codes of 12 bits, twice": lambda: many(few, bytes([2 << 4 | UINT8, 1, 13]), varint(13) + deep * 2),
        "empty tensors": lambda: many(number, bytes([UINT8, 1, 0]), constant(0)),
        "numbers": lambda: many(number, bytes([FLOAT32, 0]), constant(0)),
        "sparse tensors": lambda: many(number, bytes([2 << 4 | UINT8, 1, 0]), varint(0) + constant(0) * 2),
        "sparse shared tensors": lambda: many(number, bytes([6 << 4 | UINT8, 0]), b"\1\1\1" + constant(0) * 2),
        "planes": lambda: many(number, bytes([12 << 4 | 2, 0]), constant(0) * 8, 4),
        "quantized tensors": lambda: many(
            number, bytes([9 << 4 | UINT8, 1, 0]), ruler + b"\1" + varint(0) + constant(0) * 2, 2
        ),
        "rulers of nothing": lambda: of_quantized(struct.pack("<f", 0.5) * number, number),
        "tied tensors": lambda: ties(number, size, b"w"),
        "tied tensors of a long name": lambda: ties(number, 1, b"w" * 1024),
        "many dimensions": lambda: many(number, bytes([UINT8, 32]) + b"\1" * 32, constant(1)),
        "a constant": lambda: tensor(constant(1), shape=(size,)),
        "a constant, as float16": lambda: tensor(constant(1), 1, FLOAT32, (size // 4,)),
        "a constant, quantized": lambda: of_quantized(struct.pack("<f", 0.5), None, size),
        "a constant, sparse": lambda: tensor(varint(size) + constant(0) + constant(1), 2, shape=(size,)),
    }


def of_quantized(scales: bytes, channels: int | None, size: int = 0) -> bytes:
    """A quantized tensor of one value, or of so many channels of nothing."""
    shape = (size,) if channels is None else (channels, 0)
    data = b"\x08" + varint(channels is not None) + scales + constant(0) + b"\0" + constant(1 if size else 0)
    return repaired(b"DCZ\2" + tensor(data, 9, INT8, shape)[4:])


def measured() -> Iterator[str]:
    """The lines of a table: bytes of file and tensors, seconds of the processor, and seconds for each of the bytes."""
    adaptive.logits()
    yield f"{'':30} {'file bytes':>10} {'tensors':>12} {'seconds':>8} {'µs a byte of both':>18}"
    for name, make in worst(2**20 - 2**12, 4000, 2**26).items():
        content = make()
        begin = time.process_time()
        contents = archive.read(content)
        seconds = time.process_time() - begin
        size = sum(each.nbytes for name, each in contents.tensors.items() if name not in contents.tied)
        each = 1e6 * seconds / (len(content) + size)
        yield f"{name:30} {len(content):10,} {size:12,} {seconds:8.2f} {each:18.2f}"
