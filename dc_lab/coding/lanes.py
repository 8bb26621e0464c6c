"""Prefix codes in lanes: every so many symbols make a lane, and all lanes are decoded in lock step, as NumPy vectors.

This is the machinery behind `huffman.encode` and `huffman.decode`. It knows codes and tables, not how they are chosen.
A lane's bits follow those of the lane before without a gap; what makes it a lane is that its number of bits is known.
"""

import numpy as np

from dc_lab.coding import bits

SINGLE_LANE = 1 << 15
"""Streams shorter than this decode in one lane; the Python loop over them takes some 20 ms."""

AT_ONCE = 4096
"""Lanes that are decoded together."""


def lane_size(symbols: int, stream_bits: int) -> int:
    """Symbols in a lane, a power of two, so that the lanes' bit lengths cost under 0.5 % of the stream.

    Short streams have a single lane: the size returned is then `symbols`.
    """
    if symbols < SINGLE_LANE:
        return max(symbols, 1)
    size = 256
    while 200 * _lane_cost(size, stream_bits / symbols) > size * stream_bits / symbols:
        size *= 2
    return size


def _lane_cost(size: int, mean_bits: float) -> float:
    """Bits the length of one lane takes: log2 of its spread, some eight standard deviations of a sum."""
    return float(np.log2(8 * mean_bits * np.sqrt(size))) + 1


def encode(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray, lane: int) -> tuple[bytes, np.ndarray]:
    """(payload, lane_bits) of `huffman.encode`, from each symbol's code and length.

    Raises
    ------
    ValueError : a symbol whose length is 0.
    """
    lane_bits = bits_of_lanes(symbols, lengths, lane)
    total = int(lane_bits.sum())
    words = np.zeros(total // 32 + 2, np.uint32)
    offset = 0
    for start in range(0, len(symbols), bits.CHUNK):
        part = symbols[start : start + bits.CHUNK]
        offset = bits.pack_into(words, offset, codes[part], lengths[part])
    return bits.to_bytes(words, total), lane_bits


def bits_of_lanes(symbols: np.ndarray, lengths: np.ndarray, lane: int) -> np.ndarray:
    """How many bits each lane takes, int64 (ceil(n / lane),). Raises ValueError for a symbol whose length is 0."""
    lane_bits = np.zeros(-(-len(symbols) // lane), np.int64)
    # Whole lanes at a time, about a million symbols: NumPy would turn all of them into int64 to look them up.
    lanes = max(bits.CHUNK // lane, 1)
    for first in range(0, len(lane_bits), lanes):
        part = symbols[first * lane : (first + lanes) * lane]
        widths = lengths[part]
        if not widths.all():
            raise ValueError(f"symbol {part[np.argmin(widths)]} has no code: its length is 0")
        starts = np.arange(0, len(part), lane)
        lane_bits[first : first + lanes] = np.add.reduceat(widths, starts, dtype=np.int64)
    return lane_bits


def decode(
    payload: bytes | memoryview,
    lengths: np.ndarray,
    table: tuple[np.ndarray, np.ndarray, int],
    count: int,
    lane: int,
    lane_bits: np.ndarray,
) -> np.ndarray:
    """All lanes in lock step: gather the bits at each lane's position, look symbol and length up, advance.

    `table` is (symbol, length, longest) of `huffman.decoding_table(lengths)`. The rest is as in `huffman.decode`, whose
    plain form is `huffman.decode_front`.

    Raises
    ------
    ValueError : a lane does not end where the next one begins.
    """
    symbol, length, longest = table
    window = bits.windows(payload)
    ends = np.cumsum(lane_bits)
    shift = np.uint64(64 - longest)
    width_of = length.astype(np.uint64)
    per_gather = 33 // longest  # codes that one 64-bit window surely holds
    out = np.empty(len(lane_bits) * lane, symbol.dtype).reshape(-1, lane)
    for first in range(0, len(lane_bits), AT_ONCE):
        # Each lane of the block starts where the lane before it ends. Each row is the next symbol of all of them.
        block = slice(first, first + AT_ONCE)
        position = ends[block] - lane_bits[block]
        decoded = np.empty((lane, len(position)), symbol.dtype)
        index = np.empty(len(position), np.uint64)
        width = np.empty(len(position), np.uint64)
        for step in range(0, lane, per_gather):
            # Fetch the bits of every lane from its position on, so that the next bit is the highest.
            buffer = window.take(position >> 5, mode="clip")
            buffer <<= (position & 31).view(np.uint64)
            for row in decoded[step : step + per_gather]:
                # The highest bits are an index into the table: it says the symbol, and how many bits to go on.
                np.right_shift(buffer, shift, out=index)
                symbol.take(index.view(np.int64), out=row, mode="clip")
                width_of.take(index.view(np.int64), out=width, mode="clip")
                buffer <<= width
                position += width.view(np.int64)
        # Rows were symbols, and lanes columns; the output has the lanes one behind the other.
        out[block] = decoded.T
        reached = position
        short = count - (first + len(position) - 1) * lane
        if short < lane:  # the stream's last lane ran on beyond its end: count the codes that are its own
            tail = decoded[:short, -1].astype(np.int64)
            reached[-1] = ends[-1] - lane_bits[-1] + int(lengths[tail].sum())
        check_ends(reached, ends[block])
    return out.reshape(-1)[:count]


def check_ends(ends: np.ndarray | list[int], expected: np.ndarray) -> None:
    """Raises ValueError naming the first lane that does not end at the bit where it should."""
    wrong = np.flatnonzero(np.asarray(ends) != expected)
    if len(wrong):
        raise ValueError(f"lane {wrong[0]} ends at bit {ends[wrong[0]]} instead of {expected[wrong[0]]}")
