"""rANS: an entropy coder without Huffman's floor of one bit a symbol, many lanes in lock step (Duda 2013).

A state is one large integer. To encode a symbol of frequency f out of 2**k multiplies it by about 2**k / f, which is
log2(2**k / f) bits, a fraction of a bit where that is what the symbol is worth. Symbol i goes to lane i % lanes, and
each step moves all lanes by one symbol, as NumPy vectors. States stay below 2**32: before it would grow beyond, a lane
gives its low 16 bits to the output that all lanes share, and in decoding takes them back (Giesen 2014).

Only integers of 32 bits, so every machine writes the same bytes. Encoding runs from the last symbol to the first.
"""

import bisect

import numpy as np

from dc_lab.coding import bits

MAX_PRECISION = 16
"""Frequencies sum to 2**precision; a state has 16 bits or more, so that is the most there can be."""

FLOOR = 1 << 16
"""States are at least this, and below 2**32; each lane of an encoder starts with it."""


def quantize(counts: np.ndarray, precision: int) -> np.ndarray:
    """Frequencies that sum to 2**precision, close to proportional to the counts, at least 1 where there is a count.

    Rounds down, then gives what is left where it saves most: symbol s costs counts[s] x log2(2**precision / frequency).

    Parameters
    ----------
    counts : non-negative integers (alphabet,), two or more of them positive.
    precision : 1 to 16.

    Returns
    -------
    uint32 (alphabet,), 0 for a symbol that does not occur.

    Raises
    ------
    ValueError : precision out of range, fewer than two symbols, or more than 2**precision.
    """
    if not 1 <= precision <= MAX_PRECISION:
        raise ValueError(f"precision must be from 1 to {MAX_PRECISION}, got {precision}")
    seen = np.flatnonzero(counts)
    if not 2 <= len(seen) <= 1 << precision:
        raise ValueError(f"from 2 to {1 << precision} symbols fit a precision of {precision}, got {len(seen)}")
    weights = counts[seen].astype(np.int64)
    # A count times 2**precision must fit 64 bits; a shift of all counts alike is far below the rounding.
    weights >>= max(int(weights.sum()).bit_length() - 46, 0)
    # Who is worth less than 1 gets 1. That leaves less for the others, and some of them may now be worth less than 1.
    frequencies = np.ones(len(seen), np.int64)
    share = np.ones(len(seen), bool)
    while True:
        room, total = (1 << precision) - np.count_nonzero(~share), int(weights[share].sum())
        enough = weights * room >= total
        if enough[share].all():
            break
        share &= enough
    # The others share the rest in proportion, rounded down.
    frequencies[share] = weights[share] * room // total
    left = (1 << precision) - int(frequencies.sum())
    # What rounding left over goes where it saves most: one more for s saves about counts[s] / frequency bits. These are
    # compared as integers, so that every machine agrees.
    worth = np.where(share, (weights << 16) // (2 * frequencies + 1), -1)
    frequencies[np.argsort(-worth, kind="stable")[:left]] += 1
    out = np.zeros(len(counts), np.uint32)
    out[seen] = frequencies
    return out


def cost(counts: np.ndarray, frequencies: np.ndarray) -> float:
    """Bits that symbols of these counts take, coded with these frequencies; without the lanes' states."""
    seen = counts > 0
    total = np.log2(float(frequencies.sum()))
    return float((counts[seen] * (total - np.log2(frequencies[seen].astype(np.float64)))).sum())


def _check(frequencies: np.ndarray, lanes: int) -> int:
    """The precision of a table of frequencies."""
    total = int(frequencies.sum(dtype=np.int64))
    precision = total.bit_length() - 1
    if not 1 <= precision <= MAX_PRECISION or total != 1 << precision or np.count_nonzero(frequencies) < 2:
        raise ValueError(f"frequencies of two or more symbols must sum to a power of 2 up to 65536, got {total}")
    if lanes < 1:
        raise ValueError(f"lanes must be 1 or more, got {lanes}")
    return precision


def encode(symbols: np.ndarray, frequencies: np.ndarray, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """(states, words): what `decode` starts from, and what it reads.

    Parameters
    ----------
    symbols : unsigned integers (n,), each with a frequency.
    frequencies : uint32 (alphabet,), as from `quantize`.
    lanes : 1 or more.

    Returns
    -------
    states : uint32 (lanes,). words : uint16 (about n x entropy / 16,), in the order in which they are read.

    Raises
    ------
    ValueError : a symbol without a frequency, or frequencies that do not sum to a power of 2.
    """
    precision = _check(frequencies, lanes)
    frequencies = frequencies.astype(np.uint32)
    starts = np.cumsum(frequencies, dtype=np.uint32) - frequencies
    if len(symbols) and int(symbols.max()) >= len(frequencies):
        raise ValueError(f"symbol {symbols.max()} has no frequency: the table has {len(frequencies)}")
    used = np.zeros(len(frequencies), bool)
    for first in range(0, len(symbols), bits.CHUNK):
        used[symbols[first : first + bits.CHUNK]] = True
    if (missing := np.flatnonzero(used & (frequencies == 0))).size:
        raise ValueError(f"symbol {missing[0]} has frequency 0")
    # From here on a state of a lane whose symbol has frequency f must give away 16 bits first.
    limits = frequencies << np.uint32(32 - precision)
    states = np.full(lanes, FLOOR, np.uint32)
    given: list[np.ndarray] = []
    for first in range((len(symbols) - 1) // lanes * lanes, -1, -lanes):
        # One symbol for each lane; for the first ones only, where the symbols end within a row.
        part = symbols[first : first + lanes]
        state = states[: len(part)]
        # Lanes whose state would grow beyond 32 bits give away their low 16 bits.
        full = state >= limits[part]
        given.append(state[full].astype(np.uint16))
        state[full] >>= np.uint32(16)
        # state -> (state // f) * 2**k + start + state % f, written so that nothing overflows on the way.
        frequency = frequencies[part]
        quotient = state // frequency
        state += quotient * (np.uint32(1 << precision) - frequency) + starts[part]
    # What was given away last is read first.
    given.reverse()
    return states, np.concatenate(given) if given else np.zeros(0, np.uint16)


def decode(states: np.ndarray, words: np.ndarray, frequencies: np.ndarray, count: int) -> np.ndarray:
    """The `count` symbols that `encode` was given; uint8 for up to 256 symbols, else uint16.

    Raises
    ------
    ValueError : states, words and frequencies are not from one `encode` of `count` symbols. (Every lane must come back
        to the state that encoding starts with, and every word be used: there is one encoding only.)
    """
    lanes = len(states)
    precision = _check(frequencies, lanes)
    if lanes and int(states.min()) < FLOOR:
        raise ValueError(f"a state of {states.min()}, expected {FLOOR} or more")
    dtype = np.uint8 if len(frequencies) <= 256 else np.uint16
    # Every slot of 2**precision belongs to a symbol; what a state becomes is its slot's, so no search is needed.
    frequencies = frequencies.astype(np.uint32)
    symbol = np.repeat(np.arange(len(frequencies), dtype=dtype), frequencies)
    factor = frequencies[symbol]
    starts = np.cumsum(frequencies, dtype=np.uint32) - frequencies
    offset = np.arange(1 << precision, dtype=np.uint32) - starts[symbol]
    states, words = states.astype(np.uint32), words.astype(np.uint32)
    mask, shift = np.uint32((1 << precision) - 1), np.uint32(precision)
    out = np.empty(count, dtype)
    at = 0
    for first in range(0, count, lanes):
        part = out[first : first + lanes]
        state = states[: len(part)]  # in place: a part of the lanes only in the last step
        # The low bits are a slot, and the slot says the symbol. Undo what encoding it did to the state.
        slot = state & mask
        symbol.take(slot, out=part, mode="clip")
        state >>= shift
        state *= factor.take(slot)
        state += offset.take(slot)
        # Lanes that gave 16 bits away before this symbol take them back, in order.
        short = np.flatnonzero(state < FLOOR)
        if len(short):
            if at + len(short) > len(words):
                raise ValueError(f"the words end within symbols {first} to {first + len(part)} of {count}")
            state[short] = state[short] << np.uint32(16) | words[at : at + len(short)]
            at += len(short)
    if at != len(words) or (states != FLOOR).any():
        raise ValueError(f"{count} symbols use {at} of {len(words)} words, or the lanes do not end as they began")
    return out


# --- the same, symbol by symbol ---


def encode_by_loop(symbols: np.ndarray, frequencies: np.ndarray, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """`encode` symbol by symbol, from the last to the first; the same arguments, the same states and words."""
    precision = _check(frequencies, lanes)
    frequency_of = frequencies.tolist()
    start_of = np.cumsum([0, *frequency_of]).tolist()
    states, words = [FLOOR] * lanes, []
    for i, symbol in reversed(list(enumerate(symbols.tolist()))):
        state, frequency = states[i % lanes], frequency_of[symbol]
        if state >= frequency << 32 - precision:
            words.append(state & 0xFFFF)
            state >>= 16
        states[i % lanes] = (state // frequency << precision) + start_of[symbol] + state % frequency
    return np.array(states, np.uint32), np.array(words[::-1], np.uint16)


def decode_by_loop(states: np.ndarray, words: np.ndarray, frequencies: np.ndarray, count: int) -> np.ndarray:
    """`decode` symbol by symbol, of what `encode` gave: the same arguments, the same symbols."""
    precision = _check(frequencies, len(states))
    frequency_of = frequencies.tolist()
    start_of = np.cumsum([0, *frequency_of]).tolist()
    lanes, unread, out = states.tolist(), iter(words.tolist()), []
    for i in range(count):
        state = lanes[i % len(lanes)]
        slot = state % (1 << precision)
        symbol = bisect.bisect_right(start_of, slot) - 1  # the one whose slots these are
        state = frequency_of[symbol] * (state >> precision) + slot - start_of[symbol]
        if state < FLOOR:
            state = state << 16 | next(unread)
        lanes[i % len(lanes)] = state
        out.append(symbol)
    return np.array(out, np.uint8 if len(frequencies) <= 256 else np.uint16)
