"""Huffman coding: canonical, length-limited, encoded and decoded as NumPy vectors (paper, section 4).

The only table is one code length a symbol; canonical numbering gives the codes. A prefix code looks as if it could
only be decoded from the front, but with the bit length of every run of `lane` symbols known, all runs decode side
by side: each step takes one symbol from every lane (`coding.lanes`).
"""

import heapq

import numpy as np

from dc_lab.coding import bits, fast, lanes
from dc_lab.coding.lanes import SINGLE_LANE as SINGLE_LANE
from dc_lab.coding.lanes import lane_size as lane_size

MAX_LENGTH = 16
"""Longest code that the decoding table holds: it has 2**longest entries."""


# --- what a code costs ---


def entropy(counts: np.ndarray) -> float:
    """Bits a symbol that no code on single symbols can go below: -sum p log2 p. 0.0 for no symbols."""
    seen = counts[counts > 0].astype(np.float64)
    if len(seen) == 0:
        return 0.0
    share = seen / seen.sum()
    return float(abs((share * np.log2(share)).sum()))


def mean_length(counts: np.ndarray, lengths: np.ndarray) -> float:
    """Bits a symbol that the code with these `lengths` takes on these `counts`; 0.0 for no symbols."""
    total = int(counts.sum(dtype=object))  # of Python's integers, which do not overflow
    return int(np.dot(counts.astype(object), lengths.astype(object))) / total if total else 0.0


def redundancy(counts: np.ndarray, lengths: np.ndarray) -> float:
    """Bits a symbol that the code takes above the entropy: `mean_length` minus `entropy`.

    Of Huffman's code for two or more symbols it is from 0 up to, not including, 1. A lone symbol takes 1 bit, and its
    entropy is 0. Where a limit keeps codes short, and for lengths that are not Huffman's, it can be more.
    It is calculated in float64: where it should be 0, it may come out as -1e-16.
    """
    return mean_length(counts, lengths) - entropy(counts)


# --- the lengths of the codes ---


def code_lengths_by_merging(counts: np.ndarray) -> np.ndarray:
    """Huffman's own algorithm (1952): join the two rarest until one is left. No limit; else as `code_lengths`.

    The cost is that of `code_lengths` where its limit does not bite, and so are the lengths: of equals, symbols are
    joined first, in their order, and then what was joined earlier.
    """
    lengths = np.zeros(len(counts), np.uint8)
    present = np.flatnonzero(counts).tolist()
    lengths[present] = len(present) == 1  # a lone symbol has no one to be joined with
    # (how often, when it came, which symbols are in it): of equal counts, the heap gives what came first.
    heap = [(int(counts[symbol]), symbol, [symbol]) for symbol in present]
    heapq.heapify(heap)
    for turn in range(len(present) - 1):
        first, second = heapq.heappop(heap), heapq.heappop(heap)
        # Joined, the symbols of both are one level further from the root.
        joined = first[2] + second[2]
        lengths[joined] += 1
        heapq.heappush(heap, (first[0] + second[0], len(counts) + turn, joined))
    return lengths


def code_lengths(counts: np.ndarray, limit: int = 12) -> np.ndarray:
    """Lengths of an optimal prefix code in which no code is longer than `limit` bits (package-merge).

    Without the limit biting this is Huffman's code. Larmore and Hirschberg's algorithm (1990) in the form of
    the coin collector: each level offers every symbol at its count, and pairs of the level below at their sum.

    Parameters
    ----------
    counts : non-negative integers (alphabet,) of any integer dtype, how often each symbol occurs.
    limit : longest code allowed, 1 to 16; raised to ceil(log2(symbols present)) where it is below that.

    Returns
    -------
    uint8 (alphabet,), 0 for a symbol that does not occur. A single symbol gets length 1.

    Raises
    ------
    ValueError : negative counts, a limit out of range, or more than 2**16 symbols present.
    """
    if not 1 <= limit <= MAX_LENGTH:
        raise ValueError(f"limit must be from 1 to {MAX_LENGTH}, got {limit}")
    if len(counts) and counts.min() < 0:
        raise ValueError(f"counts must not be negative, got {counts.min()}")
    lengths = np.zeros(len(counts), np.uint8)
    present = np.flatnonzero(counts)
    if len(present) > 2**MAX_LENGTH:
        raise ValueError(f"at most {2**MAX_LENGTH} symbols, got {len(present)}")
    if len(present) < 2:
        lengths[present] = 1
        return lengths
    # The limit must leave room for all symbols. From here on they are sorted, the rarest first.
    limit = max(limit, int(len(present) - 1).bit_length())
    order = present[np.argsort(counts[present], kind="stable")]
    # Each level adds the counts to the sums so far. What int64 could not hold is left to Python's own integers.
    largest = limit * len(order) * int(counts.max())
    leaves = counts[order].astype(np.int64 if largest < 2**63 else object)

    # From the longest codes up: neighbours of one level make pairs, and these join the symbols of the next level.
    # All that is kept of a level is which of its sorted items are symbols.
    items = leaves
    levels: list[np.ndarray] = [np.ones(len(leaves), bool)]
    for _ in range(limit - 1):
        pairs = items[: len(items) // 2 * 2].reshape(-1, 2).sum(axis=1)
        merged = np.concatenate([leaves, pairs])
        rank = np.argsort(merged, kind="stable")
        items = merged[rank]
        levels.append(rank < len(leaves))

    # Back down: take the 2n - 2 cheapest items of the last level. A symbol among them adds a bit to its code; each pair
    # takes two items of the level below.
    take = 2 * len(leaves) - 2
    for level in reversed(levels):
        symbols = int(np.count_nonzero(level[:take]))
        lengths[order[:symbols]] += 1  # the symbols taken are the rarest: items are sorted
        take = 2 * (take - symbols)
    return lengths


def is_complete(lengths: np.ndarray) -> bool:
    """True if the code fills the tree: Kraft's sum of 2**-length is exactly 1, or there is one symbol of 1 bit."""
    used = lengths[lengths > 0].astype(np.int64)
    if len(used) == 0 or used.max() > MAX_LENGTH:
        return False
    if len(used) == 1:
        return bool(used[0] == 1)
    return int((1 << (MAX_LENGTH - used)).sum()) == 1 << MAX_LENGTH


# --- the codes ---


def canonical_codes(lengths: np.ndarray) -> np.ndarray:
    """The code of each symbol as an integer of `lengths[i]` bits, uint32; 0 where the length is 0.

    Codes are numbered by length, then by symbol: the first is all zeros, and each next one adds 1 and is
    extended with zeros to its length. So the lengths alone tell the codes.
    """
    codes = np.zeros(len(lengths), np.uint32)
    code = 0
    counts = np.bincount(lengths, minlength=1)
    for length in range(1, len(counts)):
        # One bit longer: the next free code, extended by a zero. Symbols of this length take consecutive numbers.
        code <<= 1
        codes[lengths == length] = code + np.arange(counts[length])
        code += int(counts[length])
    return codes


# --- symbols to bits ---


def encode(symbols: np.ndarray, lengths: np.ndarray, lane: int) -> tuple[bytes, np.ndarray]:
    """Concatenate the codes of the symbols.

    Parameters
    ----------
    symbols : unsigned integers (n,), each with a code.
    lengths : code lengths (alphabet,), as from `code_lengths`.
    lane : symbols in a lane, 1 or more.

    Returns
    -------
    payload : the codes without gaps, also between lanes, padded with zero bits to whole bytes.
    lane_bits : int64 (ceil(n / lane),), the number of bits that each lane takes.

    Raises
    ------
    ValueError : a symbol without a code, or lane below 1.
    """
    if lane < 1:
        raise ValueError(f"lane must be 1 or more symbols, got {lane}")
    if len(symbols) == 0:
        return b"", np.zeros(0, np.int64)
    if int(symbols.max()) >= len(lengths):
        raise ValueError(f"symbol {symbols.max()} has no code: the table has {len(lengths)}")
    codes = canonical_codes(lengths)
    # The same twice: `fast` in less time, but not for short streams, and it says nothing about what cannot be encoded.
    return fast.encode(symbols, codes, lengths, lane) or lanes.encode(symbols, codes, lengths, lane)


def encode_by_loop(symbols: np.ndarray, lengths: np.ndarray) -> bytes:
    """The payload of `encode`, symbol by symbol; it is the same whatever the lanes."""
    codes = canonical_codes(lengths).tolist()
    digits = "".join(f"{codes[symbol]:0{lengths[symbol]}b}" for symbol in symbols.tolist())
    digits += "0" * (-len(digits) % 8)
    return bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits), 8))


# --- bits to symbols ---


def decoding_table(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """(symbol, length, longest): for each window of `longest` bits, which symbol its front is, and how many bits.

    Canonical codes stand in numerical order, so the table is each symbol repeated 2**(longest - length) times.

    Raises
    ------
    ValueError : the lengths are not those of a complete prefix code.
    """
    longest = int(lengths.max())
    order = np.argsort(lengths, kind="stable")[np.count_nonzero(lengths == 0) :]
    repeat = 1 << (longest - lengths[order].astype(np.int64))
    if int(repeat.sum()) != 1 << longest:
        raise ValueError("the code lengths are not those of a complete prefix code (Kraft's sum is not 1)")
    symbol = np.repeat(order.astype(np.uint8 if len(lengths) <= 256 else np.uint16), repeat)
    return symbol, np.repeat(lengths[order], repeat), longest


def decode(
    payload: bytes | memoryview, lengths: np.ndarray, count: int, lane: int, lane_bits: np.ndarray
) -> np.ndarray:
    """The `count` symbols that `encode` was given; uint8 for up to 256 symbols, else uint16.

    Every lane's end is checked against the next lane's beginning, so lanes give what reading from the front gives.

    Raises
    ------
    ValueError : the payload, lengths and lanes do not belong together; nothing is returned then.
    """
    dtype = np.uint8 if len(lengths) <= 256 else np.uint16
    if count == len(payload) == len(lane_bits) == 0:
        return np.zeros(0, dtype)  # no symbols: there is no code either
    if not is_complete(lengths):
        raise ValueError("the code lengths are not those of a complete prefix code (Kraft's sum is not 1)")
    if lane < 1 or len(lane_bits) != -(-count // lane):
        raise ValueError(f"{count} symbols in lanes of {lane} do not make {len(lane_bits)} lanes")
    total = int(lane_bits.sum())
    if len(payload) != (total + 7) // 8:
        raise ValueError(f"lanes of {total} bits in all do not fill {len(payload)} bytes")
    if count > total:
        raise ValueError(f"{count} symbols do not fit into {total} bits")
    if not bits.is_padded(payload, total):
        raise ValueError("the padding after the last code is not zero")
    if np.count_nonzero(lengths) == 1:  # a lone symbol has the code 0; 1 is no code
        if total != count or any(payload):
            raise ValueError("a stream of a single symbol must be one zero bit each")
        return np.full(count, np.argmax(lengths), dtype)
    found = fast.decode(payload, lengths, count, lane, lane_bits)
    if found is not None:
        return found
    if len(lane_bits) < 8:
        return decode_front(payload, lengths, count, lane, lane_bits)
    return lanes.decode(payload, lengths, decoding_table(lengths), count, lane, lane_bits)


def decode_front(
    payload: bytes | memoryview, lengths: np.ndarray, count: int, lane: int, lane_bits: np.ndarray
) -> np.ndarray:
    """`decode` as a plain loop, one symbol after the other; quicker than vectors while there are only a few lanes.

    The arguments are those of `decode`. Only the ends of the lanes are checked.
    """
    symbol, length, longest = decoding_table(lengths)
    out = np.empty(count, symbol.dtype)
    symbols, widths = symbol.tolist(), length.tolist()
    mask = (1 << longest) - 1
    ends, position = [], 0
    held, buffer = 0, 0  # how many bits are read but not used yet, and these bits
    data = iter(bytes(payload) + bytes(4))
    for start in range(0, count, lane):
        for i in range(start, min(start + lane, count)):
            # Read bytes until the window is full.
            while held < longest:
                buffer = (buffer << 8 | next(data, 0)) & 0xFFFFFFFF
                held += 8
            # The window begins with a code: the table says whose it is, and how many bits are used up.
            window = buffer >> (held - longest) & mask
            out[i] = symbols[window]
            held -= widths[window]
            position += widths[window]
        ends.append(position)
    lanes.check_ends(ends, np.cumsum(lane_bits))
    return out
