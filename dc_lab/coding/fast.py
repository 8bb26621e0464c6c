"""Prefix codes, fast: the same bytes and symbols as the plain forms in `coding.lanes` and `huffman.decode_front`.

An operation of NumPy takes about a nanosecond an element, so what is done for each symbol has to be little. In writing,
the codes of four symbols become one number before anything is added up. A look-up in reading gives up to four symbols,
since a window of 16 bits holds several short codes. Work goes in pieces that stay in the processor's cache.

Threads share the work on long streams. NumPy lets another thread run while it works on an array, but the two have to
meet after each operation, so only operations on large arrays are worth sharing. All pieces of a stream that is written
are; in reading, one thread looks up and others put what it finds in order, from some two million symbols on.

`huffman` asks here first. Nothing here explains an error: what cannot be read or written gives None, and the plain form
says what is wrong.
"""

import functools
import itertools
import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np

THREADS = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)
"""Threads that work on a long stream where the caller does not say how many; 1 for the caller's thread alone.

A call from another thread than the main one, or from a worker process, uses no other: whoever made that thread or
process shares out the work already."""

SHORT, LONG = 1 << 10, 1 << 19
"""Streams of fewer symbols than SHORT are left to the plain forms; from LONG on there may be more threads than one."""

PIECE = 1 << 18
"""Symbols that are written at once, about; and units that are cleared of holes at once."""

BLOCK_LANES, BLOCK_SYMBOLS = 4096, 1 << 21
"""Most lanes read in lock step, and most symbols in them, which bounds the memory that this takes."""

ENTRIES = 1 << 16
"""Look-ups in lock step, of all lanes together, before what they found is put in the order of the lanes."""

FEW = 32
"""With fewer lanes than these, every bit of the stream is looked up instead: see `_hop`."""

HOP_BYTES = 1 << 12
"""Bytes of which every bit's look-up is held at once."""

WINDOW = 16
"""Most bits of a look-up: the longest code there is."""

HIGH = 1 if sys.byteorder == "little" else 0
"""Which half of a number comes second in memory: the high one, or not."""

T = TypeVar("T")


def _number(value: int) -> np.ndarray:
    """As an operand that NumPy need not convert in each call."""
    return np.array(value, np.uint64)


class _Team:
    """Helpers for one call: none for a short stream, or where the caller's thread is to work alone."""

    def __init__(self, threads: int | None, symbols: int) -> None:
        if threads is None:
            alone = threading.current_thread() is threading.main_thread() and multiprocessing.parent_process() is None
            threads = THREADS if alone else 1
        self.threads = threads if symbols >= LONG else 1
        self.pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def __enter__(self) -> "_Team":
        return self

    def __exit__(self, *exception: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def start(self, works: Sequence[Callable[[], T]]) -> Callable[[], list[T]]:
        """Let helpers begin with the first of the works. What is returned does the others and gives all results.

        Without helpers all is done at once.
        """
        if self.pool is None:
            results = [work() for work in works]
            return lambda: results
        futures = [self.pool.submit(work) for work in works]

        def finish() -> list[T]:
            both = zip(reversed(futures), reversed(works), strict=True)  # from the last on: so the two sides meet
            return [work() if future.cancel() else future.result() for future, work in both][::-1]

        return finish


# --- writing ---


class _Piece(NamedTuple):
    """Codes as 64-bit words from bit 0 on, highest bit first, zeros behind; and the bits of each lane."""

    words: np.ndarray
    lane_bits: np.ndarray


def encode(
    symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray, lane: int, threads: int | None = None
) -> tuple[bytes, np.ndarray] | None:
    """`lanes.encode`, for symbols below len(lengths).

    None for a short stream, if a symbol has no code, for lanes that are not made up of fours, and for codes of more
    than 16 bits.
    """
    count = len(symbols)
    if count < max(SHORT, 1) or symbols.dtype.kind not in "iu" or int(symbols.min()) < 0:
        return None
    if (lane < count and (lane % 4 or lane > PIECE)) or int(lengths.max()) > WINDOW:
        return None
    size = PIECE // lane * lane if lane < count else PIECE
    # A table of pairs has 256 x alphabet entries; it is to be shorter than the stream.
    pairs = len(lengths) <= 256 and 256 * len(lengths) <= count
    table = _pair_table(codes, lengths) if pairs else _symbol_table(codes, lengths)
    parts = [symbols[first : first + size] for first in range(0, count, size)]
    with _Team(threads, count) as team:
        made = team.start([functools.partial(_pack, part, table, pairs, lengths, lane) for part in parts])()
    pieces = [piece for piece in made if piece is not None]
    if len(pieces) < len(parts):
        return None

    # Each piece began at a bit 0 of its own: it is shifted to where it belongs.
    lane_bits = np.concatenate([piece.lane_bits for piece in pieces])
    total = int(lane_bits.sum())
    words = np.zeros(total // 64 + 3, np.uint64)
    offset = 0
    for piece in pieces:
        at, shift = divmod(offset, 64)
        words[at : at + len(piece.words)] |= piece.words >> _number(shift)
        words[at + 1 : at + 1 + len(piece.words)] |= piece.words << _number(64 - shift)
        offset += int(piece.lane_bits.sum())
    words = words.byteswap(inplace=True) if sys.byteorder == "little" else words
    payload = words.view(np.uint8)[: (total + 7) // 8].tobytes()
    return payload, lane_bits if lane < count else np.array([total])


def _symbol_table(codes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """code x 256 + length of each symbol; the highest bit is set where there is no code."""
    table = codes.astype(np.uint64) << _number(8) | lengths.astype(np.uint64)
    table[lengths == 0] = 1 << 63
    return table


def _pair_table(codes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The same of two symbols one after the other, for each first symbol + 256 x second symbol."""
    first = np.full(256, 1 << 63, np.uint64)
    first[: len(lengths)] = _symbol_table(codes, lengths)
    second = first[: len(lengths), None]
    behind = second & _number(255)
    table = (first >> _number(8) << behind | second >> _number(8)) << _number(8)
    table |= (first & _number(255)) + behind
    table[(first | second) >> _number(63) > 0] = 1 << 63
    return table.reshape(-1)


def _pack(part: np.ndarray, table: np.ndarray, pairs: bool, lengths: np.ndarray, lane: int) -> _Piece | None:
    """Concatenate the codes of symbols of which the first begins a lane; None if one has no code."""
    missing = -len(part) % 4
    if missing:  # made up to fours by repeating the last symbol
        part = np.append(part, np.repeat(part[-1:], missing))
    index = np.ascontiguousarray(part, np.uint8).view("<u2") if pairs else part
    entry = table.take(index.astype(np.intp), mode="clip")
    if int(entry.max()) >> 63:
        return None
    size = entry & _number(255)
    entry >>= _number(8)
    code = entry
    # Two become one, until each number is the code of four symbols, which takes 64 bits at most.
    for _ in range(1 if pairs else 2):
        behind = size[1::2]
        joined = code[0::2] << behind
        joined |= code[1::2]
        code, size = joined, size[0::2] + behind

    # Each begins somewhere in a word, and so does one in every word. The parts that fall into one word are disjoint
    # bits, so their sum is their OR. What the last of them has too much begins the next word.
    ends = np.cumsum(size)
    begins = ends - size
    code <<= _number(64) - size
    place = begins & _number(63)
    word = begins
    word >>= _number(6)
    first = np.flatnonzero(word[1:] != word[:-1])
    first += 1
    last = np.append(first - 1, len(word) - 1)
    spill = code[last] << (_number(64) - place[last])
    code >>= place
    words = np.zeros(len(last) + 1, np.uint64)
    np.add.reduceat(code, np.append(0, first), out=words[:-1])
    words[1:] |= spill

    ends = ends.view(np.int64)
    if missing:
        ends[-1] -= missing * int(lengths[part[-1]])
        at, bit = divmod(int(ends[-1]), 64)
        words[at] &= _number((1 << 64) - (1 << 64 - bit))
        words[at + 1 :] = 0
    lane_ends = ends[lane // 4 - 1 : -1 : lane // 4] if lane < len(part) - missing else ends[:0]
    return _Piece(words, np.diff(np.append(lane_ends, ends[-1]), prepend=0))


# --- reading ---


class Table(NamedTuple):
    """What a window of `bits` bits begins with: up to `per` whole codes.

    `entries` are 2**bits numbers of 64 bits. The lowest 6 say how many bits the codes take together. The highest hold
    the symbols, each in a `unit`, the first one first in memory. Units that are left over hold `hole`, which is no
    symbol.
    """

    entries: np.ndarray
    bits: int
    per: int
    unit: np.dtype
    hole: int

    @property
    def slot(self) -> np.dtype:
        """The type that holds all symbols of an entry."""
        return np.dtype(f"u{self.per * self.unit.itemsize}")

    @property
    def empty(self) -> np.ndarray:
        """A slot of holes."""
        return np.full(self.per, self.hole, self.unit).view(self.slot)

    def slots(self, entries: np.ndarray) -> np.ndarray:
        """The slots of entries (m, n), without a copy."""
        step = 8 // self.slot.itemsize
        return entries.view(self.slot)[:, HIGH * (step - 1) :: step]


def decode(
    payload: bytes | memoryview,
    lengths: np.ndarray,
    count: int,
    lane: int,
    lane_bits: np.ndarray,
    threads: int | None = None,
) -> np.ndarray | None:
    """`huffman.decode`, for the lengths of a complete code of two or more symbols and a payload of the lanes' size.

    None for a short stream, if payload, lengths and lanes do not belong together, and if all of 65,536 symbols have a
    code: then no number is left for a hole.
    """
    if count < SHORT or np.count_nonzero(lengths) == 2**16:
        return None
    ends = np.cumsum(lane_bits)
    symbols = np.full(len(lane_bits), lane)
    symbols[-1] = count - lane * (len(lane_bits) - 1)
    if (lane_bits < symbols).any() or (lane_bits > int(lengths.max()) * symbols).any():
        return None
    out = np.empty(count, np.uint8 if len(lengths) <= 256 else np.uint16)
    whole = count // lane if count // lane >= FEW else 0  # lanes in lock step; the others are a work of their own
    start = int(ends[whole - 1]) if whole else 0
    others = functools.partial(_hop, payload, lengths, start, lane, ends[whole:], out[whole * lane :])
    blocks = -(-whole // min(BLOCK_LANES, -(-BLOCK_SYMBOLS // lane)))
    # Helpers put a block in order while the next one is looked up. For a single one they are not worth their start.
    with _Team(threads if blocks > 1 else 1, count) as team:
        waiting = deque([team.start([others] if whole * lane < count else [])])
        if blocks:
            edges = [whole * i // blocks for i in range(blocks + 1)]
            table = _choose(lengths, count, edges[1])
            for first, last in itertools.pairwise(edges):
                found = _look_up(payload, table, lengths, lane, ends[first:last], lane_bits[first:last])
                if found is None:
                    return None
                works = []
                for i in range(team.threads):
                    a, b = ((last - first) * j // team.threads for j in (i, i + 1))
                    rows = out[(first + a) * lane : (first + b) * lane].reshape(-1, lane)
                    works.append(functools.partial(_join, [part[:, a:b] for part in found], table, rows))
                waiting.append(team.start(works))
                del found, works  # memory
                if len(waiting) > 1 and not all(waiting.popleft()()):
                    return None
        return out if all(all(finish()) for finish in waiting) else None


def _canonical(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The symbols that have a code, in the order of their codes, and how long these are; int64."""
    order = np.argsort(lengths, kind="stable")[np.count_nonzero(lengths == 0) :]
    return order, lengths[order].astype(np.int64)


def _choose(lengths: np.ndarray, count: int, lanes: int) -> Table:
    """The table with which `count` symbols, so many lanes in lock step, take least time.

    A larger window holds more codes, but a large table takes time to make. With more symbols an entry there are fewer
    look-ups, but each entry with a hole costs in the end. How many have one follows from the lengths: symbols of a good
    code are as frequent as 2**-length. The weights are nanoseconds, measured on one machine.
    """
    unit = np.dtype(np.uint8 if len(lengths) <= 256 else np.uint16)
    if np.count_nonzero(lengths) == 256:  # all numbers of a byte are symbols
        unit = np.dtype(np.uint16)
    hole = len(lengths) if len(lengths) < 256**unit.itemsize else int(np.flatnonzero(lengths == 0)[-1])
    longest = int(lengths.max())
    share = np.bincount(lengths) * 0.5 ** np.arange(longest + 1)
    share[0] = 0
    fits: list[list[float]] = []
    sums: np.ndarray = np.ones(1)
    for _ in range(4):
        sums = np.convolve(sums, share)
        fits.append(np.cumsum(np.append(sums, np.zeros(WINDOW)))[: WINDOW + 1].tolist())

    def cost(bits: int, per: int) -> float:
        entry = 6.6 + 3200 / lanes + 1.2 * per + 22 * (1 - fits[per - 1][bits])
        return entry / sum(fits[i][bits] for i in range(per)) + 3 * per * 2**bits / count

    pers = (1, 2, 4) if unit == np.uint8 else (1, 2)
    _, bits, per = min((cost(bits, per), bits, per) for bits in range(longest, WINDOW + 1) for per in pers)
    return Table(_entries(lengths, bits, per, unit, hole), bits, per, unit, hole)


def _entries(lengths: np.ndarray, bits: int, per: int, unit: np.dtype, hole: int) -> np.ndarray:
    """The entries of a `Table`."""
    order, used = _canonical(lengths)
    begins = np.searchsorted(used, np.arange(bits + 2)).tolist()
    runs = [(length, *begins[length : length + 2]) for length in np.unique(used).tolist()]
    size = 8 * unit.itemsize
    shifts = [64 - (size * (per - i) if HIGH else size * (i + 1)) for i in range(per)]
    entry_of = [order.astype(np.uint64) << _number(shift) | used.astype(np.uint64) for shift in shifts]
    lone = np.repeat(entry_of[-1], 1 << bits - used)

    # Canonical codes stand in numerical order. Behind a code there is a smaller window, the same for all codes of one
    # length; at the end there are windows without a whole code.
    @functools.cache
    def from_unit(i: int, size: int) -> np.ndarray:
        """What windows of `size` bits hold, from unit i on."""
        entries = lone[:: 1 << bits - size].copy() if i == per - 1 else np.empty(1 << size, np.uint64)
        done = 0
        for length, first, last in runs:
            if length > size:
                break
            stop = done + (last - first << size - length)
            if i < per - 1:
                block = entries[done:stop].reshape(last - first, -1)
                np.add(entry_of[i][first:last, None], from_unit(i + 1, size - length), out=block)
            done = stop
        entries[done:] = sum(hole << shift for shift in shifts[i:])
        return entries

    return from_unit(0, bits)


def _look_up(
    payload: bytes | memoryview, table: Table, lengths: np.ndarray, lane: int, ends: np.ndarray, lane_bits: np.ndarray
) -> list[np.ndarray] | None:
    """Read lanes side by side, in lock step: parts (m, lanes) of the slots they hold, trimmed to their ends.

    None if one has no code that ends there, or more symbols than a lane has.
    """
    lanes, first = len(ends), int(ends[0] - lane_bits[0]) >> 3
    words = _big_words(payload, first, (int(ends[-1]) + 7) >> 3)
    ends = ends - 8 * first
    at = ends - lane_bits
    position = at.view(np.uint64)
    per_gather = 64 // table.bits
    fill = _filler(words, table, position, per_gather)

    # As long as no lane can reach its end, whatever its codes, nothing needs to be looked after.
    parts: list[np.ndarray] = []
    rows = max(ENTRIES // lanes // per_gather, 4) * per_gather
    entries = np.empty((rows, lanes), np.uint64)
    steps = 0
    while (safe := int((ends - at).min()) // (table.bits * per_gather) * per_gather) > 0:
        steps += safe
        if steps > lane:  # each look-up gives a symbol or more
            return None
        while safe:
            some = entries[: min(safe, rows)]
            fill(some)
            parts.append(table.slots(some).copy())
            safe -= len(some)

    # Then all go on until the last one is through.
    left = ends - at
    tail: list[np.ndarray] = []
    while (at < ends).any():
        if steps > lane:
            return None
        tail.append(np.empty((per_gather, lanes), np.uint64))
        fill(tail[-1])
        steps += per_gather
    if tail:
        trimmed = _trimmed(np.concatenate(tail), table, lengths, left)
        if trimmed is None:
            return None
        parts.append(trimmed)
    return parts


def _big_words(payload: bytes | memoryview, first: int, stop: int) -> np.ndarray:
    """Bytes first to stop of the payload as 64-bit words, highest bit first, and some zeros behind."""
    words = np.zeros((stop - first + 7) // 8 + 2, np.uint64)
    words.view(np.uint8)[: stop - first] = np.frombuffer(payload, np.uint8)[first:stop]
    return words.byteswap(inplace=True) if sys.byteorder == "little" else words


def _filler(words: np.ndarray, table: Table, position: np.ndarray, per_gather: int) -> Callable[[np.ndarray], None]:
    """What fills rows of entries: a row is one look-up at each lane's position, which moves on behind its codes."""
    index, window, width, behind = (np.empty(len(position), np.uint64) for _ in range(4))
    place = index.view(np.int64)
    word_of, next_of, entry_of = words[:-1].take, words[1:].take, table.entries.take
    low, whole, six, drop = _number(63), _number(64), _number(6), _number(64 - table.bits)
    right, left, both, add = np.right_shift, np.left_shift, np.bitwise_and, np.add

    def fill(rows: np.ndarray) -> None:
        for step in range(0, len(rows), per_gather):
            # The 64 bits from the position on: the end of one word, the beginning of the next. (A shift by 64 gives 0.)
            right(position, six, index)
            word_of(place, 0, window, "wrap")
            next_of(place, 0, behind, "wrap")
            both(position, low, width)
            left(window, width, window)
            np.subtract(whole, width, width)
            right(behind, width, behind)
            np.bitwise_or(window, behind, window)
            for row in rows[step : step + per_gather]:
                right(window, drop, index)
                entry_of(place, 0, row, "wrap")
                both(row, low, width)
                left(window, width, window)
                add(position, width, position)

    return fill


def _trimmed(entries: np.ndarray, table: Table, lengths: np.ndarray, left: np.ndarray) -> np.ndarray | None:
    """The slots of entries (m, lanes), with holes for all symbols that come after the `left` bits of each lane.

    None if a lane has no code that ends just there.
    """
    lanes = np.arange(len(left))
    slots = np.ascontiguousarray(table.slots(entries))
    entries &= _number(63)
    width = entries.view(np.int64)
    reached = np.cumsum(width, axis=0)
    last = np.count_nonzero(reached < left, axis=0)  # the entry in which a lane ends
    slots[np.arange(len(slots))[:, None] > last] = table.empty
    beyond = np.flatnonzero(reached[last, lanes] > left)
    rows = last[beyond]
    own = slots[rows, beyond][:, None].view(table.unit)
    length_of = np.append(lengths, np.zeros(max(table.hole + 1 - len(lengths), 0), np.int64))
    ends = np.cumsum(length_of[own], axis=1) + (reached - width)[rows, beyond][:, None]
    over = ends > left[beyond][:, None]
    ends[over] = 0
    if (ends.max(axis=1, initial=0) != left[beyond]).any():
        return None
    own[over] = table.hole
    slots[rows, beyond] = own.view(table.slot)[:, 0]
    return slots


def _join(parts: list[np.ndarray], table: Table, out: np.ndarray) -> bool:
    """Put the symbols of lanes, whose slots are in parts (m, lanes), into `out` (lanes, lane), without the holes.

    False if a lane has more or fewer symbols than that.
    """
    lanes, lane = out.shape
    columns = -(-sum(len(part) for part in parts) * table.per // 8) * 8 // table.per  # counted in eights, below
    at_once = max(PIECE // (columns * table.per), 1)
    slots = np.full((min(at_once, lanes), columns), table.empty)
    for first in range(0, lanes, at_once):
        some = slots[: min(at_once, lanes - first)]
        column = 0
        for part in parts:
            some[:, column : column + len(part)] = part[:, first : first + at_once].T
            column += len(part)
        symbols = some.view(table.unit)
        there = symbols != table.hole
        if (np.bitwise_count(there.view(np.uint64)).sum(axis=1, dtype=np.int64) != lane).any():
            return False
        out[first : first + len(some)].reshape(-1)[:] = symbols[there]
    return True


def _hop(
    payload: bytes | memoryview, lengths: np.ndarray, start: int, lane: int, ends: np.ndarray, out: np.ndarray
) -> bool:
    """Read few lanes, from bit `start` on: for every bit, find where a code that begins there ends.

    With that it is found where 2, 4 and 8 codes end, for every bit at once. Then only each eighth symbol takes a step
    of its own, and those between follow. False if a lane does not end where it should.
    """
    longest = int(lengths.max())
    order, used = _canonical(lengths)
    repeat = 1 << (longest - used)
    symbol, length = np.repeat(order, repeat), np.repeat(used, repeat)
    data = np.frombuffer(payload, np.uint8)
    done, position = 0, start
    while done < len(out):
        base = position >> 3
        piece = data[base : base + HOP_BYTES + 16]
        if len(piece) == 0:
            return False
        padded = np.zeros(min(HOP_BYTES, len(piece)) + 18, np.int64)
        padded[: len(piece)] = piece
        three = padded[:-2] << 16 | padded[1:-1] << 8 | padded[2:]
        window = np.empty((len(three), 8), np.int64)
        for bit in range(8):
            np.right_shift(three, 24 - longest - bit, out=window[:, bit])
        index = window.reshape(-1)
        index &= (1 << longest) - 1
        hop = length.take(index, mode="wrap")
        hop += np.arange(len(hop))
        hop2 = hop.take(hop, mode="wrap")
        hop4 = hop2.take(hop2, mode="wrap")
        hop8 = hop4.take(hop4, mode="wrap")

        eights = []
        place, limit, hop_of = position - 8 * base, len(index) - 8 * longest, memoryview(hop8.data)
        for _ in range(-(-(len(out) - done) // 8)):
            if place > limit:
                break
            eights.append(place)
            place = hop_of[place]
        places = np.empty((len(eights), 8), np.int64)
        places[:, 0] = eights
        places[:, 4] = hop4.take(places[:, 0])
        places[:, 2::4] = hop2.take(places[:, 0::4])
        places[:, 1::2] = hop.take(places[:, 0::2])
        found = np.append(places.reshape(-1), place)[: len(out) - done + 1]
        out[done : done + len(found) - 1] = symbol.take(index.take(found[:-1]))
        found += 8 * base
        # Each lane that ends here must end where the next one begins.
        ended = np.arange(done // lane + 1, (done + len(found) - 1) // lane + 1)
        if (found[ended * lane - done] != ends[ended - 1]).any():
            return False
        done += len(found) - 1
        position = int(found[-1])
    return position == int(ends[-1])
