"""Packing integers of any bit width into bytes, and reading them back; the ground under `huffman` and `archive`.

Bit order: the first value comes first, its highest bit first, and bytes fill from their highest bit. The last
byte is padded with zero bits.
"""

import sys

import numpy as np

CHUNK = 1 << 20


def pack(values: np.ndarray, widths: np.ndarray | int) -> bytes:
    """Concatenate values[i], each in widths[i] bits.

    Parameters
    ----------
    values : unsigned integers (n,), values[i] below 2**widths[i].
    widths : 0 to 32, one for all or one each.

    Returns
    -------
    ceil(sum(widths) / 8) bytes.
    """
    if isinstance(widths, int) and widths in (8, 16, 32):
        return values.astype(f">u{widths // 8}").tobytes()
    widths = np.broadcast_to(np.asarray(widths, np.uint8), values.shape)
    total = int(widths.sum(dtype=np.int64))
    words = np.zeros(total // 32 + 2, np.uint32)
    offset = 0
    for start in range(0, len(values), CHUNK):
        part = slice(start, start + CHUNK)
        offset = pack_into(words, offset, values[part], widths[part])
    return to_bytes(words, total)


def pack_by_loop(values: np.ndarray, widths: np.ndarray) -> bytes:
    """`pack` value by value: each as binary digits, all of them in a row, eight to a byte."""
    pairs = zip(values.tolist(), widths.tolist(), strict=True)
    digits = "".join(f"{value:0{width}b}" for value, width in pairs if width)
    digits += "0" * (-len(digits) % 8)
    return bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits), 8))


def to_bytes(words: np.ndarray, total: int) -> bytes:
    """The first `total` bits of words that `pack_into` filled, as bytes; the words are used up."""
    words = words.byteswap(inplace=True) if sys.byteorder == "little" else words
    return words.view(np.uint8)[: (total + 7) // 8].tobytes()


def pack_into(words: np.ndarray, offset: int, values: np.ndarray, widths: np.ndarray) -> int:
    """Write into 32-bit words from bit `offset` on, highest bit first; returns the offset after the last bit.

    Each value falls into at most two words. The parts that fall into one word are disjoint bits, so their sum is
    their OR, and `reduceat` takes it over each run of equal word index.
    """
    # Where each value begins, and the word in which that is.
    ends = np.cumsum(widths, dtype=np.int64)
    if len(ends) == 0 or ends[-1] == 0:
        return offset
    begins = ends - widths + offset
    word = begins >> 5
    # The value in its place within a 64-bit window: this word and the next one.
    window = values.astype(np.uint64) << (64 - widths - (begins & 31)).astype(np.uint64)
    # Values that begin in the same word stand next to each other. Sum up their windows, and add both halves in.
    runs = np.flatnonzero(np.diff(word, prepend=-1))
    summed = np.add.reduceat(window, runs)
    words[word[runs]] |= (summed >> np.uint64(32)).astype(np.uint32)
    words[word[runs] + 1] |= summed.astype(np.uint32)
    return offset + int(ends[-1])


def windows(data: bytes | memoryview) -> np.ndarray:
    """64-bit big-endian windows, one starting at each 4-byte word of `data`, zeros beyond the end; uint64.

    Bit p of the data is bit p % 32 (from the top) of window p // 32, so each window holds at least 33 bits from there.
    """
    words = np.zeros(len(data) // 4 + 2, np.uint32)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    words = words.byteswap() if sys.byteorder == "little" else words
    out = words[:-1].astype(np.uint64)
    out <<= np.uint64(32)
    out |= words[1:]
    return out


def is_padded(data: bytes | memoryview, total: int) -> bool:
    """True if `data` has the bytes that `total` bits take, and the bits after them are zero."""
    padding = 8 * len(data) - total
    return 0 <= padding < 8 and (padding == 0 or data[-1] & ((1 << padding) - 1) == 0)


def unpack(data: bytes | memoryview, count: int, width: int) -> np.ndarray:
    """`count` values of `width` bits (0 to 32) each; uint8, uint16 or uint32, the narrowest that fits.

    Raises
    ------
    ValueError : fewer bits in `data` than count x width.
    """
    dtype = np.uint8 if width <= 8 else np.uint16 if width <= 16 else np.uint32
    if count * width > 8 * len(data):
        raise ValueError(f"{count} values of {width} bits do not fit into {len(data)} bytes")
    if width == 0:
        return np.zeros(count, dtype)
    if width in (8, 16, 32):
        return np.frombuffer(data, f">u{width // 8}", count).astype(dtype)
    out = np.empty(count, dtype)
    window = windows(data)
    # Take the window of the word in which a value begins; push out what is before the value, then what is after it.
    for start in range(0, count, CHUNK):
        begins = np.arange(start, min(start + CHUNK, count), dtype=np.int64) * width
        bits = window[begins >> 5] << (begins & 31).astype(np.uint64)
        out[start : start + CHUNK] = bits >> np.uint64(64 - width)
    return out


def unpack_by_loop(data: bytes | memoryview, count: int, width: int) -> np.ndarray:
    """`unpack` value by value: all binary digits in a row, `width` of them for each value. uint32 (count,)."""
    digits = "".join(f"{byte:08b}" for byte in bytes(data))
    return np.array([int(digits[i * width : (i + 1) * width] or "0", 2) for i in range(count)], np.uint32)
