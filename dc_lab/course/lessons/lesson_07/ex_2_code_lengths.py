"""07.2 Lengths of Huffman's codewords."""

import heapq
from fractions import Fraction

import numpy as np

from dc_lab import huffman
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_07.common import FIVE, ints
from dc_lab.course.values import describe, plain


def code_lengths(counts):
    """How many bits the codeword of each symbol has in Huffman's code."""
    lengths = np.zeros(len(counts), int)
    present = np.flatnonzero(counts)
    if len(present) == 1:
        lengths[present] = 1
    groups = [(counts[i], [i]) for i in present]  # how often, and which symbols
    while len(groups) > 1:
        groups.sort()
        (a, first), (b, second) = groups[:2]
        lengths[first + second] += 1  # one step further from the root
        groups[:2] = [(a + b, first + second)]
    return lengths


def _code_lengths(counts):
    return huffman.code_lengths_by_merging(counts).astype(np.int64)


def _accept_lengths(case, expected, got):
    """Any lengths of an optimal prefix code will do; else what keeps these from being one."""
    counts = case[0]
    if not isinstance(got, np.ndarray):
        return f"expected an array of {len(counts)} whole numbers, got {describe(plain(got))}"
    lengths = got
    if lengths.size and lengths.dtype.kind == "U":
        return "asked for is how many bits each codeword has, as whole numbers; these are texts"
    if lengths.shape != counts.shape or (lengths.size and lengths.dtype.kind not in "iu"):
        what = describe(plain(got))
        if lengths.shape == counts.shape and lengths.dtype.kind == "f":
            return "a length is a whole number of bits, so that an array of integers is expected; these are floats"
        return f"expected an array of {len(counts)} whole numbers, one for each symbol, got {what}"
    lengths = lengths.astype(np.int64)
    if (lengths < 0).any() or (lengths > 64).any():
        return f"a length of {int(lengths[(lengths < 0) | (lengths > 64)][0])} bits cannot be"
    unused = np.flatnonzero((counts == 0) & (lengths != 0))
    if len(unused):
        return f"symbol {unused[0]} does not occur, so its length must be 0, got {lengths[unused[0]]}"
    bare = np.flatnonzero((counts > 0) & (lengths == 0))
    if len(bare) and np.count_nonzero(counts) == 1:
        return f"symbol {bare[0]} occurs alone, and is never merged: its length is to be 1 all the same, got 0"
    if len(bare):
        return f"symbol {bare[0]} occurs but has no codeword: its length is 0"
    kraft = sum((Fraction(1, 1 << int(length)) for length in lengths[lengths > 0]), Fraction(0))
    if kraft > 1:
        what = f"the sum of 2**-length is {kraft}, and more than 1 does not fit"
        return f"no prefix code has these lengths: {what}. Does every symbol get a bit in each merge above it?"
    best, total = (int(np.dot(counts, each.astype(np.int64))) for each in (expected, lengths))
    if total != best:
        room = ": the sum of 2**-length is 1, so this is a tree; were the two rarest merged each time?"
        if sorted(lengths.tolist()) == sorted(expected.tolist()):
            room = ": these lengths are right, but not in the order of the symbols"
        if kraft < 1:
            room = f" (the sum of 2**-length is {kraft}: there is room left)"
        return f"with these lengths the row takes {total} bits, and {best} are enough{room}"
    return None


def _draw_counts(rng):
    size = int(rng.integers(4, 12))
    if rng.random() < 0.2:  # with equals
        return (rng.integers(0, int(rng.choice([3, 10])), size) + (np.arange(size) == 0),)
    counts = (2.0 ** rng.uniform(2, rng.choice([5, 9, 14]), size)).astype(np.int64)
    return (np.where(rng.random(size) < 0.9, counts, 0) + (np.arange(size) == 0),)


def _large_counts():
    symbols = np.random.default_rng(0).geometric(0.015, 2_000_000).clip(max=512) - 1
    return (np.bincount(symbols, minlength=512),)


def _fibonacci(size):
    """Counts whose longest codeword has size - 1 bits."""
    counts = [1, 2]
    while len(counts) < size:
        counts.append(counts[-1] + counts[-2])
    return np.array(counts[::-1])


CASES = [
    (ints(5),), (ints(2, 1),), (ints(0, 4),), (ints(0, 0, 0),), (ints(1, 1, 1),), (ints(0, 3, 0, 3),),
    (ints(1, 1, 1, 1),), (ints(8, 1, 1, 1),), (ints(3, 3, 2, 2),), (ints(8, 4, 2, 1, 1),), (ints(1, 1, 1, 1, 1),),
    (ints(6, 2, 3, 5, 4),), (ints(0, 10, 4, 0, 3, 3, 5),), (ints(1, 1, 2, 3, 5, 8, 13, 21),),
    (ints(15, 7, 6, 6, 5, 0),), (ints(1000, 1, 1, 1, 1),), (ints(),), (ints(9, 5, 3),), (ints(10, 0, 3, 4),),
    (ints(17, 3, 29, 7, 11),), (ints(31, 37, 41, 43, 29, 47),), (ints(90, 20, 21, 23, 19),),
    (ints(2, 0, 9, 31, 0, 80),), (_fibonacci(9),), (_fibonacci(19),), (_fibonacci(30),),
    (ints(40, 13, 7, 29, 17, 3, 57),),
]  # fmt: skip

exercise = Exercise(
    id="07.2",
    title="Lengths of Huffman's codewords",
    minutes=20,
    task="build",
    large=_large_counts,
    large_is="a row of two million symbols, 512 of them different",
    reference=_code_lengths,
    solution=code_lengths,
    shown=(FIVE,),
    cases=CASES,
    draw=_draw_counts,
    accept=_accept_lengths,
    hints=[
        "You need no tree, only which symbols are below each node. Keep a list of groups: how often, and which "
        "symbols. In the beginning, each symbol that occurs is a group of its own.",
        "Merging two groups puts one bit in front of the codewords of all symbols in both: add 1 to their lengths. The "
        "merged group goes back into the list with the sum of the counts.",
        "Repeat until one group is left: sort by count, take the first two off, add 1 to the lengths of their symbols, "
        "append the merged group. Treat a single symbol apart: length 1.",
    ],
    why="""A length is the number of merges that a symbol took part in, so no tree is needed. Ties may be broken in any
        way: the lengths can differ, but never the bits of the whole row. Sorting anew each time is slow for large
        alphabets; a heap (heapq) does the same in less. dc_lab uses another method, package-merge, since it can also
        keep all codewords within a limit of 12 bits, which decoding tables need.""",
)


def _group_lengths(counts, pick):
    """Lengths by merging groups; `pick` takes two out of a list of (count, symbols) and puts back their union."""
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        merged = pick(groups)
        lengths[merged] += 1
    return lengths


def _two_smallest(groups):
    groups.sort(key=lambda group: group[0])
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((a + b, first + second))
    return first + second


@exercise.alternative
def _by_groups(counts):
    return _group_lengths(counts, _two_smallest)


@exercise.alternative
def _by_heap(counts):
    heap = []
    heap += [(int(counts[i]), -int(i), (int(i),)) for i in np.flatnonzero(counts)]
    heapq.heapify(heap)
    lengths = np.zeros(len(counts), np.int32)
    if len(heap) == 1:
        lengths[heap[0][2][0]] = 1
    while len(heap) > 1:
        (a, i, first), (b, _, second) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in first + second:
            lengths[symbol] += 1
        heapq.heappush(heap, (a + b, i, first + second))
    return lengths


@exercise.alternative
def _by_walking_down(counts):
    lengths = np.zeros(len(counts), np.uint8)
    nodes = [(int(counts[i]), int(i)) for i in reversed(np.flatnonzero(counts))]
    while len(nodes) > 1:
        nodes.sort(key=lambda node: -node[0])
        a, b = nodes.pop(), nodes.pop()
        nodes.insert(0, (a[0] + b[0], (a, b)))
    waiting = [(nodes[0], 0)] if nodes else []
    while waiting:
        (_, inside), depth = waiting.pop()
        if isinstance(inside, tuple):
            waiting += [(child, depth + 1) for child in inside]
        else:
            lengths[inside] = max(depth, 1)
    return lengths


@exercise.mistake("a lone symbol without a bit")
def _lone_zero(counts):
    """A single symbol needs no bit to be told from others, but a codeword of no bits cannot be counted in a row. So
    we agree on length 1 where only one symbol occurs."""
    lengths = _by_groups(counts)
    return np.zeros_like(lengths) if np.count_nonzero(counts) == 1 else lengths


@exercise.mistake("symbols that do not occur")
def _unused_too(counts):
    """Symbols that do not occur took part in the merging. They never need a codeword, and each costs the others room.
    Begin with np.flatnonzero(counts)."""
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(count), [i]) for i, count in enumerate(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        lengths[_two_smallest(groups)] += 1
    return lengths


exercise.mistake("a bit for symbols that do not occur", lambda counts: np.maximum(_by_groups(counts), 1)).says("""
    Symbols that do not occur must have length 0, which says that there is no codeword. Only where one symbol alone
    occurs does that one get length 1.""")


def _two_largest(groups):
    groups.sort(key=lambda group: -group[0])
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((a + b, first + second))
    return first + second


@exercise.mistake("the two most frequent merged")
def _two_largest_merged(counts):
    """You merge the two largest. Whatever is merged gets a bit longer, so take the two smallest: they are needed least
    often."""
    return _group_lengths(counts, _two_largest)


@exercise.mistake("the frequent get the long codewords")
def _(counts):
    """The frequent symbols get the long codewords here, and the rare ones the short. Merge the two smallest counts each
    time, and write each length to the place of its own symbol."""
    lengths = np.zeros(len(counts), np.int64)
    used = np.flatnonzero(counts)
    ranked = used[np.argsort(counts[used], kind="stable")]
    lengths[ranked] = np.sort(_by_groups(counts)[used])
    return lengths


@exercise.mistake("not sorted again after a merge")
def _never_sorted_again(counts):
    """You sort once and put each sum at the end. A sum can be smaller than what is waiting: look for the two smallest
    anew after each merge."""
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    groups.sort(key=lambda group: group[0])
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        (a, first), (b, second) = groups.pop(0), groups.pop(0)
        lengths[first + second] += 1
        groups.append((a + b, first + second))
    return lengths


def _never_sorted(groups):
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((a + b, first + second))
    return first + second


exercise.mistake("never sorted", lambda counts: _group_lengths(counts, _never_sorted)).says("""
    You merge the first two, whatever their counts. Take the two with the smallest counts, each time.""")


@exercise.mistake("one long chain")
def _chain(counts):
    """Your code is a chain: 1, 2, 3, ... bits. That happens if the merged group is always merged again at once. Its
    count is the sum of both, and it goes back among the others: look for the two smallest anew."""
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    groups.sort(key=lambda group: group[0])
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        (a, first), (b, second) = groups[:2]
        lengths[first + second] += 1
        groups[:2] = [(a + b, first + second)]
    return lengths


@exercise.mistake("one long chain, from the most frequent down")
def _(counts):
    """You give 1, 2, 3, ... bits by frequency, and the last two the same. That is right only where each symbol is more
    frequent than all rarer ones together. The sum of a merge goes back among the others."""
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    for rank, symbol in enumerate(order):
        lengths[symbol] = max(min(rank + 1, len(order) - 1), 1)
    return lengths


@exercise.mistake("symbols that do not occur, and a lone one")
def _(counts):
    """Two things. Symbols that do not occur took part in the merging: begin with np.flatnonzero(counts). And a symbol
    that occurs alone is never merged, but gets length 1."""
    return _unused_too(counts) * (len(counts) > 1)


def _lone_zero_too(wrong):
    """The same mistake, by someone who did not think of a symbol that is alone either."""
    return lambda counts: wrong(counts) * (np.count_nonzero(counts) > 1)


exercise.mistake("the two most frequent merged, and a lone one", _lone_zero_too(_two_largest_merged)).says("""
    Two things. You merge the two largest: take the two smallest. And a symbol that occurs alone is never merged, but
    gets length 1.""")
exercise.mistake("not sorted again, and a lone one", _lone_zero_too(_never_sorted_again)).says("""
    Two things. After a merge, the two smallest have to be looked for anew: sort again. And a symbol that occurs alone
    is never merged, but gets length 1.""")
exercise.mistake("one long chain, and a lone one", _lone_zero_too(_chain)).says("""
    Two things. You always merge the sum with the next symbol: sort again, as the sum may be too large. And a symbol
    that occurs alone is never merged, but gets length 1.""")


def _only_one_gets_longer(counts):
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        groups.sort(key=lambda group: group[0])
        (a, first), (b, second) = groups.pop(0), groups.pop(0)
        lengths[first] += 1
        groups.append((a + b, first + second))
    return lengths


exercise.mistake("only one of the two gets longer, and a lone one", _lone_zero_too(_only_one_gets_longer)).says("""
    Two things. A merge puts a bit in front of the codewords of both groups. And a symbol that occurs alone is never
    merged, but gets length 1.""")


@exercise.mistake("nothing occurs")
def _(counts):
    """Where no symbol occurs, there is no group and no root to begin from. Return the zeros as they are."""
    if not counts.any():
        raise IndexError
    return _by_groups(counts)


@exercise.mistake("nothing occurs, and a lone one")
def _(counts):
    """Two cases to treat apart. Where no symbol occurs there is no root to begin from: all lengths are 0. And a symbol
    that occurs alone gets length 1, though its way from the root has no branch."""
    if not counts.any():
        raise IndexError
    return _lone_zero(counts)


@exercise.mistake("a heap that compares nodes")
def _(counts):
    """Where two counts are equal, heapq compares what stands behind them, and a symbol cannot be compared with a merged
    node. Put a running number between: (count, number, node)."""
    # Nodes are symbols or pairs of nodes, and a heap compares them where counts are equal.
    heap = [(int(counts[i]), int(i)) for i in np.flatnonzero(counts)]
    heapq.heapify(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], (a[1], b[1])))
    return _by_groups(counts)


@exercise.mistake("-log2 of the share, rounded up, as floats")
def _(counts):
    """-log2(share) rounded up always gives lengths that fit, but rarely the best ones: Huffman's merges find them. A
    lone symbol gets 1. And np.ceil gives floats; lengths are whole numbers."""
    return _shannon_zero(counts).astype(np.float64)


@exercise.mistake("lengths by rank")
def _(counts):
    """You number the symbols by frequency, 1, 2, 3, ... The length follows from the merges: a symbol gets one bit
    longer each time that a group with it is merged."""
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    lengths[order] = np.arange(1, len(order) + 1)
    return lengths


@exercise.mistake("pairs, but no further")
def _(counts):
    """You merge symbols in pairs, but the pairs are not merged in turn. A merged group goes back into the list, with
    the sum of the counts, until one is left."""
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(counts, kind="stable") if counts[i]]
    if len(order) == 1:
        lengths[order] = 1
    for i in range(0, len(order) - 1, 2):
        lengths[order[i : i + 2]] += 1
    return lengths


def _larger_counts(groups):
    groups.sort(key=lambda group: group[0])
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((max(a, b), first + second))
    return first + second


exercise.mistake("the larger count instead of the sum", lambda counts: _group_lengths(counts, _larger_counts)).says("""
    A merged group occurs as often as both of its parts together. You keep the larger count: use the sum.""")
exercise.mistake("only one of the two gets longer", _only_one_gets_longer).says("""
    A merge puts a bit in front of the codewords of both groups: 0 for one and 1 for the other. Yours lengthens only one
    of them.""")


@exercise.mistake("only single symbols get longer")
def _(counts):
    """When a group of several symbols is merged, the codewords of all symbols in it get one bit longer, not only those
    of symbols that stood alone."""
    # Only symbols that are merged for the first time get longer, not those inside a merged node.
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        groups.sort(key=lambda group: group[0])
        (a, first), (b, second) = groups.pop(0), groups.pop(0)
        for group in (first, second):
            if len(group) == 1:
                lengths[group] += 1
        groups.append((a + b, first + second))
    return lengths


def _ideal(counts):
    used = np.flatnonzero(counts)
    return used, -np.log2(counts[used] / max(int(counts.sum()), 1))


@exercise.mistake("-log2 of the share, rounded up, 0 for a lone symbol")
def _shannon_zero(counts):
    """-log2(share) rounded up always gives lengths that fit, but rarely the best ones: much room stays unused.
    Huffman's merges find the best. And a lone symbol gets 1."""
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.ceil(ideal)
    return lengths


@exercise.mistake("-log2 of the share, rounded up")
def _(counts):
    """-log2(share) rounded up always gives lengths that fit (Shannon's code), but rarely the best ones: much room stays
    unused. Huffman's merges find the best."""
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.maximum(np.ceil(ideal), 1)
    return lengths


@exercise.mistake("-log2 of the share, rounded")
def _(counts):
    """-log2(share), rounded to the nearest, is a good guess, but nothing makes such lengths fit: 2**-length may sum to
    more than 1, or leave room. Merge instead."""
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.maximum(np.rint(ideal), 1)
    return lengths


@exercise.mistake("-log2 of the share, rounded down")
def _(counts):
    """-log2(share), rounded down, is shorter than any prefix code can be. Codewords with whole bits have to be longer
    somewhere; Huffman's merges say where."""
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.maximum(np.floor(ideal), 1)
    return lengths


@exercise.mistake("-log2 of the share itself")
def _(counts):
    """That is the ideal length, which need not be whole. A codeword has a whole number of bits: merge the two smallest
    until one group is left."""
    lengths = np.zeros(len(counts))
    used, ideal = _ideal(counts)
    lengths[used] = ideal
    return lengths


@exercise.mistake("the same for all")
def _(counts):
    """All your codewords are equally long: that is fixed width. Frequent symbols should get shorter ones."""
    used = int(np.count_nonzero(counts))
    return np.where(counts > 0, max((used - 1).bit_length(), 1), 0)


@exercise.mistake("cut from the top")
def _(counts):
    """You cut the sorted symbols into halves of about the same count, from the top down. That is Shannon and Fano's
    way; it is near the best, but not always there. Huffman merges from the bottom up."""
    # Shannon and Fano's way: sorted, cut where the halves are most alike, again in each half.
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    if len(order) == 1:
        lengths[order] = 1
    waiting = [order]
    while waiting:
        part = waiting.pop()
        if len(part) < 2:
            continue
        lengths[part] += 1
        sums = np.cumsum(counts[part])[:-1]
        cut = int(np.argmin(np.abs(2 * sums - int(counts[part].sum())))) + 1
        waiting += [part[:cut], part[cut:]]
    return lengths


@exercise.mistake("one bit too long, also where one symbol is alone")
def _(counts):
    """All your lengths are one too large. The root takes no bit: a length is the number of branches on the way, not of
    nodes."""
    lengths = _by_groups(counts)
    return np.where(counts > 0, lengths + 1, 0)


@exercise.mistake("one bit too long")
def _(counts):
    """Your lengths are one too large where there are two symbols or more. The root takes no bit: a length is the number
    of branches on the way, not of nodes."""
    lengths = _by_groups(counts)
    return np.where(counts > 0, lengths + (np.count_nonzero(counts) > 1), 0)


@exercise.mistake("one bit too short")
def _(counts):
    """All your lengths are one too small, as if the last merge did not count. It is the root, and its two branches are
    the first bit."""
    return np.maximum(_by_groups(counts) - (np.count_nonzero(counts) > 1), 0)


exercise.mistake("shortest first", lambda counts: np.sort(_by_groups(counts))).says("""
    These are the right lengths, sorted. Asked for is the length of symbol 0, of symbol 1 and so on, in the order of
    `counts`.""")
exercise.mistake("longest first", lambda counts: np.sort(_by_groups(counts))[::-1].copy()).says("""
    These are the right lengths, in the order of the merges. Asked for is the length of symbol 0, of symbol 1 and so on,
    in the order of `counts`.""")
exercise.mistake("only symbols that occur", lambda counts: _by_groups(counts)[counts > 0]).says("""
    Symbols that do not occur have a place too, with length 0. Otherwise nobody knows whose length is whose.""")
exercise.mistake("lengths as floats", lambda counts: _by_groups(counts).astype(np.float64)).says("""
    The lengths are right, but they are floats. np.zeros makes floats unless it is given a dtype, such as int.""")


@exercise.mistake("the codewords themselves")
def _(counts):
    """You return codewords. Asked for is only how many bits each has; the codewords follow from that in the next
    exercise."""
    lengths = huffman.code_lengths(counts)
    codes = huffman.canonical_codes(lengths)
    return [f"{code:0{length}b}" if length else "" for code, length in zip(codes, lengths, strict=True)]


exercise.mistake("the bits of the row", lambda counts: int(np.dot(counts, _by_groups(counts)))).says("""
    That is what the whole row takes. Asked for is the length of each symbol's codeword.""")


exercise.mistake("a list", lambda counts: _by_groups(counts).tolist()).says("""
    The lengths are right, but they are a list. Asked for is an array: np.array(lengths).""")


@exercise.mistake("symbols that do not occur merged, then cleared")
def _(counts):
    """The symbols that do not occur took part in the merging, and were set to 0 afterwards. By then they have made
    others longer. Leave them out from the beginning: np.flatnonzero(counts)."""
    return np.where(counts > 0, _unused_too(counts), 0)


def _changed(
    counts, *, total=lambda a, b: a + b, longer="both", key=lambda group: group, sort=True, start=None, add=None
):
    """Merging with one thing done otherwise; what is merged stands in front."""
    lengths = np.zeros(len(counts), np.int64)
    groups = [((start or int)(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        if sort:
            groups.sort(key=key)
        (a, first), (b, second) = groups[:2]
        if add is not None:
            lengths[first + second] = add(first + second)
        else:
            lengths[{"both": first + second, "second": second}[longer]] += 1
        groups[:2] = [(total(a, b), first + second)]
    return lengths


exercise.mistake("never sorted, the sum in front", lambda counts: _changed(counts, sort=False)).says("""
    You merge the first two groups, whatever their counts. Sort by count each time, and take the two smallest.""")
exercise.mistake("only the second gets longer", lambda counts: _changed(counts, longer="second")).says("""
    Only one of the two merged groups gets longer. The merge puts a 0 in front of one and a 1 in front of the other:
    both get a bit.""")
exercise.mistake("as long as the group is large", lambda counts: _changed(counts, add=len)).says("""
    The length of a symbol is not how many symbols its group has. Add 1 to the lengths of all symbols in a merged
    group, += 1, each time.""")
exercise.mistake("the product of the counts", lambda counts: _changed(counts, total=lambda a, b: a * b)).says("""
    A merged group gets the product of the counts. It occurs as often as both together: use the sum.""")
exercise.mistake("counts sorted as texts", lambda counts: _changed(counts, key=lambda group: str(group[0]))).says("""
    The counts are sorted as texts, where "10" comes before "9". Sort them as numbers.""")


def _wrapped(counts, dtype):
    with np.errstate(over="ignore"):
        return _changed(counts, start=lambda count: count.astype(dtype))


exercise.mistake("counts of one byte", lambda counts: _wrapped(counts, np.uint8)).says("""
    The counts are kept in uint8, which ends at 255, and so are their sums. Use int(counts[i]).""")


@exercise.mistake("equal counts as keys")
def _(counts):
    """Where two symbols have the same count, one of them is lost: a dictionary has each key once. Keep a list of
    (count, symbols), in which equal counts may stand side by side."""
    lengths = np.zeros(len(counts), np.int64)
    groups = list({int(counts[i]): [int(i)] for i in np.flatnonzero(counts)}.items())
    if np.count_nonzero(counts) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        lengths[_two_smallest(groups)] += 1
    return lengths


exercise.mistake("cut at 12 bits", lambda counts: np.minimum(_by_groups(counts), 12)).says("""
    Lengths above 12 are cut to 12. Then no prefix code has these lengths. There is no limit here; a limit comes later
    in the lesson, and takes another way.""")
exercise.mistake("cut at 8 bits", lambda counts: np.minimum(_by_groups(counts), 8)).says("""
    Lengths above 8 are cut to 8. Then no prefix code has these lengths. A codeword may have more than 8 bits.""")
exercise.mistake("sums of one byte", lambda counts: _changed(counts, total=lambda a, b: (a + b) % 256)).says("""
    The sum of a merge is kept in one byte, which ends at 255. Add as int: int(a) + int(b).""")


@exercise.mistake("parents by count")
def _(counts):
    """Your dictionary has the counts as keys, so that nodes with equal counts have one parent between them. Give each
    node a number of its own, or keep the list of symbols that it has."""
    heap = [int(count) for count in counts if count]
    heapq.heapify(heap)
    if len(heap) == 1:
        return (counts > 0).astype(np.int64)
    parent, lengths = {}, np.zeros(len(counts), np.int64)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        parent[a] = parent[b] = a + b
        heapq.heappush(heap, a + b)
    for symbol in np.flatnonzero(counts).tolist():
        node = int(counts[symbol])
        while node in parent:
            node, lengths[symbol] = parent[node], lengths[symbol] + 1
    return lengths


@exercise.mistake("two of the same queue")
def _(counts):
    """You merge two single symbols or two merged groups, but one of each only if there is nothing else. The two rarest
    may be one of each: compare the two fronts before each of the two is taken."""
    lengths = np.zeros(len(counts), np.int64)
    queues = [[(int(counts[i]), [int(i)]) for i in np.argsort(counts, kind="stable") if counts[i]], []]
    if len(queues[0]) == 1:
        lengths[queues[0][0][1]] = 1
        return lengths
    while len(queues[0]) + len(queues[1]) > 1:
        pairs = [queue[0][0] + queue[1][0] if len(queue) > 1 else np.inf for queue in queues]
        if pairs == [np.inf, np.inf]:
            (a, first), (b, second) = queues[0].pop(0), queues[1].pop(0)
        else:
            queue = queues[int(pairs[1] < pairs[0])]
            (a, first), (b, second) = queue.pop(0), queue.pop(0)
        lengths[first + second] += 1
        queues[1].append((a + b, first + second))
    return lengths


def _by_one_symbol(counts, keep):
    lengths = np.zeros(len(counts), np.int64)
    heap = [(int(counts[i]), int(i)) for i in np.flatnonzero(counts)]
    if len(heap) == 1:
        lengths[heap[0][1]] = 1
    heapq.heapify(heap)
    while len(heap) > 1:
        two = heapq.heappop(heap), heapq.heappop(heap)
        lengths[[symbol for _, symbol in two]] += 1
        heapq.heappush(heap, (two[0][0] + two[1][0], two[keep][1]))
    return lengths


exercise.mistake("the last symbol for the whole group", lambda counts: _by_one_symbol(counts, 1)).says("""
    A merged group goes on as one of its symbols, so that only this one gets longer in later merges. All of its symbols
    do: keep the list of those that a group has.""")


@exercise.mistake("one symbol for the whole group")
def _(counts):
    """Each group is known by one of its symbols, and only that one gets a bit longer in a merge. All symbols of both
    groups do: keep the list of those that a group has."""
    return _by_one_symbol(counts, 0)


@exercise.mistake("nodes in a dictionary by count")
def _(counts):
    """Your dictionary has the counts as keys, of symbols and of merged groups: of two with one count only the last is
    left. Keep a list of (count, symbols)."""
    lengths = np.zeros(len(counts), np.int64)
    groups = {int(counts[i]): [int(i)] for i in np.flatnonzero(counts)}
    if len(groups) == 1:
        lengths[next(iter(groups.values()))] = 1
    while len(groups) > 1:
        a, b = sorted(groups)[:2]
        both = groups.pop(a) + groups.pop(b)
        lengths[both] += 1
        groups[a + b] = both
    return lengths
