"""Exercises of lesson 07: entropy, Huffman's code lengths, canonical codes, packing bits, and when it does not pay."""

import heapq
from fractions import Fraction
from typing import Any

import numpy as np

from dc_lab import huffman
from dc_lab.coding import bits
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question, WrongAnswer
from dc_lab.course.values import describe, plain

TITLE = "Huffman coding"

FIVE = np.array([7, 3, 8, 1, 6])
FIVE_LENGTHS = np.array([2, 3, 2, 3, 2])


def _counts(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


# --- 07.1: entropy and mean length -----------------------------------------------------------------------------------

Pair = tuple[float, float]


def _entropy_and_mean(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return huffman.entropy(counts), huffman.mean_length(counts, lengths)


def _by_loops(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    total = int(counts.sum())
    entropy = mean = 0.0
    for count, length in zip(counts.tolist(), lengths.tolist(), strict=True):
        if count:
            entropy += count / total * float(np.log2(total / count))
            mean += count / total * length
    return entropy, mean


def _by_where(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    total = max(int(counts.sum()), 1)
    share = counts / total
    ideal = -np.log2(np.where(counts > 0, share, 1))
    return float(share @ ideal), float(share @ lengths)


def _share(counts: np.ndarray) -> np.ndarray:
    seen = counts[counts > 0]
    return np.asarray(seen / max(int(seen.sum()), 1))


def _mean(counts: np.ndarray, lengths: np.ndarray) -> float:
    return huffman.mean_length(counts, lengths)


def _log_of_zero(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    with np.errstate(all="ignore"):
        share = counts / counts.sum()
        return float(-(share * np.log2(share)).sum()), float((share * lengths).sum())


def _natural_log_of_zero(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    with np.errstate(all="ignore"):
        share = counts / counts.sum()
        return float(-(share * np.log(share)).sum()), _mean(counts, lengths)


def _math_log_of_zero(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    if not counts.all():
        raise ValueError
    return _entropy_and_mean(counts, lengths)


def _over_how_many_differ(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = counts[counts > 0] / len(counts)
    return float(-(share * np.log2(share)).sum()), _mean(counts, lengths)


def _nothing_weighted(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return float(-np.log2(_share(counts)).sum()), float(lengths.mean())


def _what_is_wasted(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return huffman.entropy(counts), huffman.redundancy(counts, lengths)


def _lengths_not_left_out(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return huffman.entropy(counts), float((share * lengths).sum())


def _whole_division(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = counts // counts.sum()
    return 0.0, float((share * lengths).sum())


def _parts_averaged(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return float(-(share * np.log2(share)).mean()), _mean(counts, lengths)


def _both_parts_averaged(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return float(-(share * np.log2(share)).mean()), float((share * lengths[counts > 0]).mean())


def _divided_too_late(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    seen = counts[counts > 0]
    return float(-(seen * np.log2(seen)).sum() / seen.sum()), _mean(counts, lengths)


def _kraft_sum(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return huffman.entropy(counts), float((2.0**-lengths).sum())


def _natural_log(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return float(-(share * np.log(share)).sum()), _mean(counts, lengths)


def _log_of_ten(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return float(-(share * np.log10(share)).sum()), _mean(counts, lengths)


def _negative(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    entropy, mean = _entropy_and_mean(counts, lengths)
    return -entropy, mean


def _in_all(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    entropy, mean = _entropy_and_mean(counts, lengths)
    return entropy * int(counts.sum()), mean * int(counts.sum())


def _mean_in_all(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    entropy, mean = _entropy_and_mean(counts, lengths)
    return entropy, mean * int(counts.sum())


def _not_weighted(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return huffman.entropy(counts), float(lengths.mean()) if len(lengths) else 0.0


def _not_weighted_over_used(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    used = lengths[lengths > 0]
    return huffman.entropy(counts), float(used.mean()) if len(used) else 0.0


def _lengths_over_total(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return huffman.entropy(counts), int(lengths.sum()) / max(int(counts.sum()), 1)


def _over_symbols(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return huffman.entropy(counts), int(np.dot(counts, lengths)) / max(len(counts), 1)


def _ideal_not_weighted(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return float(-np.log2(_share(counts)).sum()), _mean(counts, lengths)


def _ideal_averaged(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return float(-np.log2(share).mean()) if len(share) else 0.0, _mean(counts, lengths)


def _log_of_how_many(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return float(np.log2(max(len(_share(counts)), 1))), _mean(counts, lengths)


def _ideal_rounded_up(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    share = _share(counts)
    return float((share * np.ceil(-np.log2(share))).sum()), _mean(counts, lengths)


def _from_lengths(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    return _mean(counts, lengths), _mean(counts, lengths)


def _swapped(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    entropy, mean = _entropy_and_mean(counts, lengths)
    return mean, entropy


def _entropy_only(counts: np.ndarray, lengths: np.ndarray) -> float:
    return huffman.entropy(counts)


def _no_probability(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    seen = counts[counts > 0]
    return float(-(seen * np.log2(seen)).sum()), _mean(counts, lengths)


def _each_symbol(counts: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = max(int(counts.sum()), 1)
    share = counts / total
    return -share * np.log2(np.where(counts > 0, share, 1)), share * lengths


def _rounded(counts: np.ndarray, lengths: np.ndarray) -> Pair:
    entropy, mean = _entropy_and_mean(counts, lengths)
    return round(entropy, 3), round(mean, 3)


def _as_one_array(counts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.array(_entropy_and_mean(counts, lengths))


def _draw_counts_and_lengths(rng: np.random.Generator) -> Case:
    counts = rng.integers(0, 9, int(rng.integers(2, 8)))
    counts[rng.integers(len(counts))] += 1
    return counts, huffman.code_lengths(counts).astype(np.int64)


ENTROPY_AND_MEAN = Exercise(
    id="07.1",
    title="The floor, and how far above it",
    minutes=10,
    stub='''
def entropy_and_mean(counts, lengths):
    """(entropy, mean code length), both in bits a symbol; a symbol whose count is 0 adds nothing to either."""
    raise NotImplementedError("your turn")
''',
    reference=_entropy_and_mean,
    solution_text='''
def entropy_and_mean(counts, lengths):
    """(entropy, mean code length), both in bits a symbol; a symbol whose count is 0 adds nothing to either."""
    seen = counts > 0
    share = counts[seen] / counts.sum()
    return -(share * np.log2(share)).sum(), (share * lengths[seen]).sum()
''',
    shown=(FIVE, FIVE_LENGTHS),
    cases=[
        (_counts(5), _counts(1)),
        (_counts(1, 1), _counts(1, 1)),
        (_counts(3, 1), _counts(1, 1)),
        (_counts(0, 6), _counts(0, 1)),
        (_counts(4, 2, 2), _counts(1, 2, 2)),
        (_counts(2, 0, 2, 4), _counts(2, 0, 2, 1)),
        (_counts(1, 1, 1, 1), _counts(2, 2, 2, 2)),
        (_counts(1, 1, 1, 1), _counts(1, 2, 3, 3)),
        (_counts(0, 990, 10), _counts(0, 1, 1)),
        (_counts(100, 10, 1), _counts(1, 2, 2)),
        (_counts(7, 5, 0, 3, 1), _counts(1, 2, 0, 3, 3)),
    ],
    draw=_draw_counts_and_lengths,
    misconceptions=[
        Misconception(
            "the logarithm of zero",
            _log_of_zero,
            "A symbol that does not occur has the share 0, and 0 times log2(0) is NaN in NumPy. It adds nothing to "
            "the entropy: leave these symbols out, counts[counts > 0], before you take the logarithm.",
        ),
        Misconception(
            "the natural logarithm, and that of zero",
            _natural_log_of_zero,
            "Two things. A symbol that does not occur has the share 0, and 0 times the logarithm of 0 is NaN: leave "
            "these symbols out. And np.log is the natural logarithm; bits want np.log2.",
        ),
        Misconception(
            "math.log2 of zero",
            _math_log_of_zero,
            "math.log2(0) is an error. A symbol that does not occur adds nothing to the entropy: skip it before you "
            "take the logarithm.",
        ),
        Misconception(
            "shares of the number of different symbols",
            _over_how_many_differ,
            "You divide the counts by len(counts), how many different symbols there are. A share is a count over the "
            "sum of all counts.",
        ),
        Misconception(
            "nothing weighted",
            _nothing_weighted,
            "You add up -log2(share), and average the lengths, as if each symbol occurred once. In both sums each "
            "symbol counts with its share.",
        ),
        Misconception(
            "the difference of the two",
            _what_is_wasted,
            "Your second number is how far the code is above the entropy. Asked for is the mean length itself.",
        ),
        Misconception(
            "symbols left out of one array only",
            _lengths_not_left_out,
            "You leave out the symbols that do not occur in the shares, but not in the lengths, so that the two arrays "
            "no longer match. Take the same ones out of both: seen = counts > 0; lengths[seen].",
        ),
        Misconception(
            "whole-number division",
            _whole_division,
            "// divides whole numbers and drops the rest: nearly all shares are 0 then. Use /.",
        ),
        Misconception(
            "both means taken of the parts",
            _both_parts_averaged,
            "The parts, share times length, have to be added up, not averaged: the shares already make the sum a mean. "
            "Use .sum() in both.",
        ),
        Misconception(
            "the mean of the parts",
            _parts_averaged,
            "The parts of the entropy, share times -log2(share), have to be added up, not averaged: the shares already "
            "make the sum a mean. Use .sum().",
        ),
        Misconception(
            "divided after the logarithm",
            _divided_too_late,
            "You take the logarithm of the counts and divide by their sum afterwards. The logarithm is that of the "
            "share: divide first.",
        ),
        Misconception(
            "Kraft's sum for the mean length",
            _kraft_sum,
            "Your second number is the sum of 2**-length, which says whether such codes fit. Asked for is the mean of "
            "the lengths over the stream.",
        ),
        Misconception(
            "the natural logarithm",
            _natural_log,
            "np.log is the natural logarithm; that gives the entropy in nats. Bits want np.log2.",
        ),
        Misconception(
            "the logarithm to base ten",
            _log_of_ten,
            "np.log10 counts decimal digits. Bits want np.log2.",
        ),
        Misconception(
            "the minus sign",
            _negative,
            "Your entropy is negative. The logarithm of a share is below 0, so the sum needs a minus in front.",
        ),
        Misconception(
            "bits in all",
            _in_all,
            "Both are right for the whole stream. Asked for are bits a symbol: divide by the sum of the counts.",
        ),
        Misconception(
            "the mean not divided",
            _mean_in_all,
            "The entropy is right. Your second number is the bits of the whole stream; divide it by the sum of the "
            "counts.",
        ),
        Misconception(
            "bits over the number of different symbols",
            _over_symbols,
            "You divide the bits of the stream by how many different symbols there are. Divide by how many symbols "
            "the stream has: the sum of the counts.",
        ),
        Misconception(
            "lengths over the number of symbols",
            _lengths_over_total,
            "You add up the lengths without asking how often each is used. Multiply each length by its count first.",
        ),
        Misconception(
            "each length counted once, over those in use",
            _not_weighted_over_used,
            "That is the mean over the codes. Asked for is the mean over the stream: a code that is used more often "
            "counts more. Weigh each length by its share.",
        ),
        Misconception(
            "each length counted once",
            _not_weighted,
            "That is lengths.mean(): each code counts the same. In the stream, a code that is used more often counts "
            "more. Weigh each length by its share.",
        ),
        Misconception(
            "ideal lengths added up",
            _ideal_not_weighted,
            "You add up -log2(share) of all symbols. The entropy is their mean over the stream: each has to be "
            "multiplied by its share.",
        ),
        Misconception(
            "ideal lengths averaged over the symbols",
            _ideal_averaged,
            "You take the plain mean of -log2(share) over the different symbols. A frequent symbol counts more: "
            "multiply each by its share and add up.",
        ),
        Misconception(
            "as if all were equally frequent",
            _log_of_how_many,
            "log2 of how many different symbols there are is the entropy only if all are equally frequent. The "
            "shares have to come in.",
        ),
        Misconception(
            "ideal lengths rounded up",
            _ideal_rounded_up,
            "You round -log2(share) up to whole bits. The entropy is the floor for any code, and does not know that "
            "codes have whole bits: do not round.",
        ),
        Misconception(
            "counts for shares",
            _no_probability,
            "You put the counts themselves into the formula. p is a share, from 0 to 1: divide by the sum first.",
        ),
        Misconception(
            "one number for each symbol",
            _each_symbol,
            "These are the parts of the two sums, one for each symbol. Add them up with .sum().",
        ),
        Misconception(
            "the mean length twice",
            _from_lengths,
            "Your entropy comes from the lengths. It depends on the counts alone: -log2 of each share takes the place "
            "of the length.",
        ),
        Misconception(
            "another order of the two",
            _swapped,
            "Right numbers, wrong order: asked for is (entropy, mean length).",
        ),
        Misconception(
            "the entropy alone",
            _entropy_only,
            "The entropy is right. Return two numbers: the entropy and the mean length of a code.",
        ),
        Misconception(
            "rounded",
            _rounded,
            "Right, but rounded. Return both as they are; the three digits are for reading only.",
        ),
        Misconception(
            "one array",
            _as_one_array,
            "The numbers are right, but they are one array. Return the two of them, with a comma between: "
            "return entropy, mean.",
        ),
    ],
    alternatives=[_by_loops, _by_where],
    hints=[
        "Both are means over the stream: each symbol counts with its share, counts / counts.sum(). One is the mean of "
        "-log2(share), the other that of the lengths.",
        "Symbols that do not occur have no logarithm. Keep those with counts > 0, in both arrays.",
        "share = counts[seen] / counts.sum(); entropy -(share * np.log2(share)).sum(); mean "
        "(share * lengths[seen]).sum().",
    ],
    why="""The two are the same sum with another length in it: -log2(share), which need not be whole, or the bits that
        the code really takes. Their difference is what the code wastes. Only symbols that occur count, in
        the limit too: p log2 p goes to 0 with p.""",
)

# --- 07.2: Huffman's code lengths ------------------------------------------------------------------------------------


def _code_lengths(counts: np.ndarray) -> np.ndarray:
    return huffman.code_lengths(counts, huffman.MAX_LENGTH).astype(np.int64)


def _group_lengths(counts: np.ndarray, pick: Any) -> np.ndarray:
    """Lengths by merging groups; `pick` takes two out of a list of (count, symbols) and puts back their union."""
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(counts[i]), [int(i)]) for i in np.flatnonzero(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        merged = pick(groups)
        lengths[merged] += 1
    return lengths


def _two_smallest(groups: list[tuple[int, list[int]]]) -> list[int]:
    groups.sort(key=lambda group: group[0])
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((a + b, first + second))
    return first + second


def _by_groups(counts: np.ndarray) -> np.ndarray:
    return _group_lengths(counts, _two_smallest)


def _by_heap(counts: np.ndarray) -> list[int]:
    heap: list[tuple[int, int, tuple[int, ...]]] = []
    heap += [(int(counts[i]), -int(i), (int(i),)) for i in np.flatnonzero(counts)]
    heapq.heapify(heap)
    lengths = [0] * len(counts)
    if len(heap) == 1:
        lengths[heap[0][2][0]] = 1
    while len(heap) > 1:
        (a, i, first), (b, _, second) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in first + second:
            lengths[symbol] += 1
        heapq.heappush(heap, (a + b, i, first + second))
    return lengths


def _by_walking_down(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.uint8)
    nodes: list[Any] = [(int(counts[i]), int(i)) for i in reversed(np.flatnonzero(counts))]
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


def _two_largest(groups: list[tuple[int, list[int]]]) -> list[int]:
    groups.sort(key=lambda group: -group[0])
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((a + b, first + second))
    return first + second


def _never_sorted_again(counts: np.ndarray) -> np.ndarray:
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


def _never_sorted(groups: list[tuple[int, list[int]]]) -> list[int]:
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((a + b, first + second))
    return first + second


def _larger_counts(groups: list[tuple[int, list[int]]]) -> list[int]:
    groups.sort(key=lambda group: group[0])
    (a, first), (b, second) = groups.pop(0), groups.pop(0)
    groups.append((max(a, b), first + second))
    return first + second


def _two_largest_merged(counts: np.ndarray) -> np.ndarray:
    return _group_lengths(counts, _two_largest)


def _never_sorted_at_all(counts: np.ndarray) -> np.ndarray:
    return _group_lengths(counts, _never_sorted)


def _larger_count_kept(counts: np.ndarray) -> np.ndarray:
    return _group_lengths(counts, _larger_counts)


def _merge_not_put_back(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(counts, kind="stable") if counts[i]]
    if len(order) == 1:
        lengths[order] = 1
    for i in range(0, len(order) - 1, 2):
        lengths[order[i : i + 2]] += 1
    return lengths


def _chain(counts: np.ndarray) -> np.ndarray:
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


def _chain_by_rank(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    for rank, symbol in enumerate(order):
        lengths[symbol] = max(min(rank + 1, len(order) - 1), 1)
    return lengths


def _rank(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    lengths[order] = np.arange(1, len(order) + 1)
    return lengths


def _only_one_gets_longer(counts: np.ndarray) -> np.ndarray:
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


def _longer_once(counts: np.ndarray) -> np.ndarray:
    """Only symbols that are merged for the first time get longer, not those inside a merged node."""
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


def _ideal(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used = np.flatnonzero(counts)
    return used, -np.log2(counts[used] / max(int(counts.sum()), 1))


def _shannon(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.maximum(np.ceil(ideal), 1)
    return lengths


def _shannon_floats(counts: np.ndarray) -> np.ndarray:
    return _shannon_zero(counts).astype(np.float64)


def _shannon_zero(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.ceil(ideal)
    return lengths


def _ideal_rounded(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.maximum(np.rint(ideal), 1)
    return lengths


def _ideal_rounded_down(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    used, ideal = _ideal(counts)
    lengths[used] = np.maximum(np.floor(ideal), 1)
    return lengths


def _ideal_itself(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts))
    used, ideal = _ideal(counts)
    lengths[used] = ideal
    return lengths


def _all_the_same(counts: np.ndarray) -> np.ndarray:
    used = int(np.count_nonzero(counts))
    return np.where(counts > 0, max((used - 1).bit_length(), 1), 0)


def _split_in_half(counts: np.ndarray) -> np.ndarray:
    """Shannon and Fano's way: sorted, cut where the halves are most alike, again in each half."""
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


def _unused_too(counts: np.ndarray) -> np.ndarray:
    lengths = np.zeros(len(counts), np.int64)
    groups = [(int(count), [i]) for i, count in enumerate(counts)]
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        lengths[_two_smallest(groups)] += 1
    return lengths


def _unused_too_no_lone(counts: np.ndarray) -> np.ndarray:
    return _unused_too(counts) * (len(counts) > 1)


def _unused_one_bit(counts: np.ndarray) -> np.ndarray:
    return np.maximum(_by_groups(counts), 1)


def _lone_zero(counts: np.ndarray) -> np.ndarray:
    lengths = _by_groups(counts)
    return np.zeros_like(lengths) if np.count_nonzero(counts) == 1 else lengths


def _root_counted(counts: np.ndarray) -> np.ndarray:
    lengths = _by_groups(counts)
    return np.where(counts > 0, lengths + 1, 0)


def _root_counted_lone(counts: np.ndarray) -> np.ndarray:
    lengths = _by_groups(counts)
    return np.where(counts > 0, lengths + (np.count_nonzero(counts) > 1), 0)


def _one_short(counts: np.ndarray) -> np.ndarray:
    return np.maximum(_by_groups(counts) - (np.count_nonzero(counts) > 1), 0)


def _by_frequency(counts: np.ndarray) -> np.ndarray:
    return np.sort(_by_groups(counts))


def _rarest_first(counts: np.ndarray) -> np.ndarray:
    return np.sort(_by_groups(counts))[::-1].copy()


def _only_used(counts: np.ndarray) -> np.ndarray:
    return _by_groups(counts)[counts > 0]


def _float_lengths(counts: np.ndarray) -> np.ndarray:
    return _by_groups(counts).astype(np.float64)


def _upside_down(counts: np.ndarray) -> np.ndarray:
    """The frequent ones get the long codes."""
    lengths = np.zeros(len(counts), np.int64)
    used = np.flatnonzero(counts)
    ranked = used[np.argsort(counts[used], kind="stable")]
    lengths[ranked] = np.sort(_by_groups(counts)[used])
    return lengths


def _code_texts(counts: np.ndarray) -> list[str]:
    lengths = huffman.code_lengths(counts)
    codes = huffman.canonical_codes(lengths)
    return [f"{code:0{length}b}" if length else "" for code, length in zip(codes, lengths, strict=True)]


def _bits_in_all(counts: np.ndarray) -> int:
    return int(np.dot(counts, _by_groups(counts)))


def _lone_zero_too(wrong: Any) -> Any:
    """The same mistake, by someone who did not think of a symbol that is alone either."""
    return lambda counts: wrong(counts) * (np.count_nonzero(counts) > 1)


def _no_root(counts: np.ndarray) -> np.ndarray:
    if not counts.any():
        raise IndexError
    return _by_groups(counts)


def _no_root_lone(counts: np.ndarray) -> np.ndarray:
    if not counts.any():
        raise IndexError
    return _lone_zero(counts)


def _heap_of_nodes(counts: np.ndarray) -> np.ndarray:
    """Nodes are symbols or pairs of nodes, and a heap compares them where counts are equal."""
    heap: list[Any] = [(int(counts[i]), int(i)) for i in np.flatnonzero(counts)]
    heapq.heapify(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], (a[1], b[1])))
    return _by_groups(counts)


def _as_array(value: Any) -> Any:
    """A list of whole numbers as the array it stands for; anything else as it is."""
    if isinstance(value, (list, tuple)) and all(isinstance(each, (int, np.integer)) for each in value):
        return np.array(value, np.int64)
    return value


def _lengths_of(answer: Any, counts: np.ndarray) -> Any:
    return _as_array(answer(counts))


def _codes_of(answer: Any, lengths: np.ndarray) -> Any:
    return _as_array(answer(lengths))


def _accept_lengths(case: Case, expected: np.ndarray, got: Any) -> str | None:
    """Any lengths of an optimal prefix code will do; else what keeps these from being one."""
    counts = case[0]
    lengths = np.asarray(got)
    if lengths.size and lengths.dtype.kind == "U":
        return "asked for is how many bits each code has, as whole numbers; these are texts"
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
        return f"symbol {bare[0]} occurs but has no code: its length is 0"
    kraft = sum((Fraction(1, 1 << int(length)) for length in lengths[lengths > 0]), Fraction(0))
    if kraft > 1:
        return f"no prefix code has these lengths: the sum of 2**-length is {kraft}, and more than 1 does not fit"
    best, total = (int(np.dot(counts, each.astype(np.int64))) for each in (expected, lengths))
    if total != best:
        room = f" (the sum of 2**-length is {kraft}: there is room left)" if kraft < 1 else ""
        return f"with these lengths the stream takes {total} bits, and {best} are enough{room}"
    return None


def _draw_counts(rng: np.random.Generator) -> Case:
    size = int(rng.integers(3, 10))
    if rng.random() < 0.4:
        return ((2.0 ** rng.uniform(0, 9, size)).astype(np.int64) * (rng.random(size) < 0.9),)
    return (rng.integers(0, int(rng.choice([3, 10, 40])), size) + (np.arange(size) == 0),)


CODE_LENGTHS = Exercise(
    id="07.2",
    title="Huffman's code lengths",
    minutes=15,
    stub='''
def code_lengths(counts):
    """Bits of each symbol's code in Huffman's code, whole numbers (k,); 0 for a symbol whose count is 0."""
    raise NotImplementedError("your turn")
''',
    reference=_code_lengths,
    solution_text='''
def code_lengths(counts):
    """Bits of each symbol's code in Huffman's code, whole numbers (k,); 0 for a symbol whose count is 0."""
    lengths = np.zeros(len(counts), int)
    groups = [(counts[i], [i]) for i in np.flatnonzero(counts)]  # (how often, which symbols)
    if len(groups) == 1:
        lengths[groups[0][1]] = 1
    while len(groups) > 1:
        groups.sort(key=lambda group: group[0])
        (a, first), (b, second) = groups[:2]
        lengths[first + second] += 1  # one step further from the root
        groups[:2] = [(a + b, first + second)]
    return lengths
''',
    shown=(FIVE,),
    cases=[
        (_counts(5),),
        (_counts(2, 1),),
        (_counts(0, 4),),
        (_counts(0, 0, 0),),
        (_counts(1, 1, 1),),
        (_counts(0, 3, 0, 3),),
        (_counts(1, 1, 1, 1),),
        (_counts(8, 1, 1, 1),),
        (_counts(3, 3, 2, 2),),
        (_counts(8, 4, 2, 1, 1),),
        (_counts(1, 1, 1, 1, 1),),
        (_counts(6, 2, 3, 5, 4),),
        (_counts(0, 10, 4, 0, 3, 3, 5),),
        (_counts(1, 1, 2, 3, 5, 8, 13, 21),),
        (_counts(15, 7, 6, 6, 5, 0),),
        (_counts(1000, 1, 1, 1, 1),),
        (_counts(),),
    ],
    draw=_draw_counts,
    accept=_accept_lengths,
    use=_lengths_of,
    misconceptions=[
        Misconception(
            "a lone symbol without a bit",
            _lone_zero,
            "A single symbol needs no bit to be told from others, but a code of no bits cannot be counted in a stream. "
            "So we agree on length 1 where only one symbol occurs.",
        ),
        Misconception(
            "symbols that do not occur",
            _unused_too,
            "Symbols that do not occur took part in the merging. They never need a code, and each costs the others "
            "room. Begin with np.flatnonzero(counts).",
        ),
        Misconception(
            "a bit for symbols that do not occur",
            _unused_one_bit,
            "Symbols that do not occur must have length 0, which says that there is no code. Only where one symbol "
            "alone occurs does that one get length 1.",
        ),
        Misconception(
            "the two most frequent merged",
            _two_largest_merged,
            "You merge the two largest. Whatever is merged gets a bit longer, so take the two smallest: they are "
            "needed least often.",
        ),
        Misconception(
            "the frequent get the long codes",
            _upside_down,
            "The lengths are right, but the other way round: a frequent symbol needs the short code.",
        ),
        Misconception(
            "not sorted again after a merge",
            _never_sorted_again,
            "You sort once and put each sum at the end. A sum can be smaller than what is waiting: look for the two "
            "smallest anew after each merge.",
        ),
        Misconception(
            "never sorted",
            _never_sorted_at_all,
            "You merge the first two, whatever their counts. Take the two with the smallest counts, each time.",
        ),
        Misconception(
            "one long chain",
            _chain,
            "Your code is a chain: 1, 2, 3, ... bits. That happens if the sum is always merged with the next symbol. "
            "The sum goes back among the others, and may be merged late if it is large.",
        ),
        Misconception(
            "one long chain, from the most frequent down",
            _chain_by_rank,
            "You give 1, 2, 3, ... bits by frequency, and the last two the same. That is right only where each symbol "
            "is more frequent than all rarer ones together. The sum of a merge goes back among the others.",
        ),
        Misconception(
            "symbols that do not occur, and a lone one",
            _unused_too_no_lone,
            "Two things. Symbols that do not occur took part in the merging: begin with np.flatnonzero(counts). And a "
            "symbol that occurs alone is never merged, but gets length 1.",
        ),
        Misconception(
            "the two most frequent merged, and a lone one",
            _lone_zero_too(_two_largest_merged),
            "Two things. You merge the two largest: take the two smallest. And a symbol that occurs alone is never "
            "merged, but gets length 1.",
        ),
        Misconception(
            "not sorted again, and a lone one",
            _lone_zero_too(_never_sorted_again),
            "Two things. After a merge, the two smallest have to be looked for anew: sort again. And a symbol that "
            "occurs alone is never merged, but gets length 1.",
        ),
        Misconception(
            "one long chain, and a lone one",
            _lone_zero_too(_chain),
            "Two things. You always merge the sum with the next symbol: sort again, as the sum may be too large. And a "
            "symbol that occurs alone is never merged, but gets length 1.",
        ),
        Misconception(
            "only one of the two gets longer, and a lone one",
            _lone_zero_too(_only_one_gets_longer),
            "Two things. A merge puts a bit in front of the codes of both groups. And a symbol that occurs alone is "
            "never merged, but gets length 1.",
        ),
        Misconception(
            "nothing occurs",
            _no_root,
            "Where no symbol occurs, there is no group and no root to begin from. Return the zeros as they are.",
        ),
        Misconception(
            "nothing occurs, and a lone one",
            _no_root_lone,
            "Two cases to treat apart. Where no symbol occurs there is no root to begin from: all lengths are 0. And a "
            "symbol that occurs alone gets length 1, though its way from the root has no branch.",
        ),
        Misconception(
            "a heap that compares nodes",
            _heap_of_nodes,
            "Where two counts are equal, heapq compares what stands behind them, and a symbol cannot be compared with "
            "a merged node. Put a running number between: (count, number, node).",
        ),
        Misconception(
            "-log2 of the share, rounded up, as floats",
            _shannon_floats,
            "-log2(share) rounded up always gives lengths that fit, but rarely the best ones: Huffman's merges find "
            "them. A lone symbol gets 1. And np.ceil gives floats; lengths are whole numbers.",
        ),
        Misconception(
            "lengths by rank",
            _rank,
            "You number the symbols by frequency, 1, 2, 3, ... The length follows from the merges: a symbol gets one "
            "bit longer each time that a group with it is merged.",
        ),
        Misconception(
            "pairs, but no further",
            _merge_not_put_back,
            "You merge symbols in pairs, but the pairs are not merged in turn. A merged group goes back into the list, "
            "with the sum of the counts, until one is left.",
        ),
        Misconception(
            "the larger count instead of the sum",
            _larger_count_kept,
            "A merged group occurs as often as both of its parts together. You keep the larger count: use the sum.",
        ),
        Misconception(
            "only one of the two gets longer",
            _only_one_gets_longer,
            "A merge puts a bit in front of the codes of both groups: 0 for one and 1 for the other. Yours lengthens "
            "only one of them.",
        ),
        Misconception(
            "only single symbols get longer",
            _longer_once,
            "When a group of several symbols is merged, the codes of all symbols in it get one bit longer, not only "
            "those of symbols that stood alone.",
        ),
        Misconception(
            "-log2 of the share, rounded up, 0 for a lone symbol",
            _shannon_zero,
            "-log2(share) rounded up always gives lengths that fit, but rarely the best ones: much room stays "
            "unused. Huffman's merges find the best. And a lone symbol gets 1.",
        ),
        Misconception(
            "-log2 of the share, rounded up",
            _shannon,
            "-log2(share) rounded up always gives lengths that fit (Shannon's code), but rarely the best ones: much "
            "room stays unused. Huffman's merges find the best.",
        ),
        Misconception(
            "-log2 of the share, rounded",
            _ideal_rounded,
            "-log2(share), rounded to the nearest, is a good guess, but nothing makes such lengths fit: 2**-length may "
            "sum to more than 1, or leave room. Merge instead.",
        ),
        Misconception(
            "-log2 of the share, rounded down",
            _ideal_rounded_down,
            "-log2(share), rounded down, is shorter than any prefix code can be. Codes with whole bits have to be "
            "longer somewhere; Huffman's merges say where.",
        ),
        Misconception(
            "-log2 of the share itself",
            _ideal_itself,
            "That is the ideal length, which need not be whole. A code has a whole number of bits: merge the two "
            "smallest until one group is left.",
        ),
        Misconception(
            "the same for all",
            _all_the_same,
            "All your codes are equally long: that is fixed width. Frequent symbols should get shorter ones.",
        ),
        Misconception(
            "cut from the top",
            _split_in_half,
            "You cut the sorted symbols into halves of about the same count, from the top down. That is Shannon and "
            "Fano's way; it is near the best, but not always there. Huffman merges from the bottom up.",
        ),
        Misconception(
            "one bit too long, also where one symbol is alone",
            _root_counted,
            "All your lengths are one too large. The root takes no bit: a length is the number of branches on the way, "
            "not of nodes.",
        ),
        Misconception(
            "one bit too long",
            _root_counted_lone,
            "Your lengths are one too large where there are two symbols or more. The root takes no bit: a length is "
            "the number of branches on the way, not of nodes.",
        ),
        Misconception(
            "one bit too short",
            _one_short,
            "All your lengths are one too small, as if the last merge did not count. It is the root, and its two "
            "branches are the first bit.",
        ),
        Misconception(
            "shortest first",
            _by_frequency,
            "These are the right lengths, sorted. Asked for is the length of symbol 0, of symbol 1 and so on, in the "
            "order of `counts`.",
        ),
        Misconception(
            "longest first",
            _rarest_first,
            "These are the right lengths, in the order of the merges. Asked for is the length of symbol 0, of symbol 1 "
            "and so on, in the order of `counts`.",
        ),
        Misconception(
            "only symbols that occur",
            _only_used,
            "Symbols that do not occur have a place too, with length 0. Otherwise nobody knows whose length is whose.",
        ),
        Misconception(
            "lengths as floats",
            _float_lengths,
            "The lengths are right, but they are floats. np.zeros makes floats unless it is given a dtype, such as "
            "int.",
        ),
        Misconception(
            "the codes themselves",
            _code_texts,
            "You return codes. Asked for is only how many bits each has; the codes follow from that in the next "
            "exercise.",
        ),
        Misconception(
            "the bits of the stream",
            _bits_in_all,
            "That is what the whole stream takes. Asked for is the length of each symbol's code.",
        ),
    ],
    alternatives=[_by_groups, _by_heap, _by_walking_down],
    hints=[
        "You need no tree, only which symbols are below each node. Keep a list of groups: how often, and which "
        "symbols. In the beginning, each symbol that occurs is a group of its own.",
        "Merging two groups puts one bit in front of the codes of all symbols in both: add 1 to their lengths. The "
        "merged group goes back into the list with the sum of the counts.",
        "Repeat until one group is left: sort by count, take the first two off, add 1 to the lengths of their symbols, "
        "append the merged group. Treat a single symbol apart: length 1.",
    ],
    why="""A length is the number of merges that a symbol took part in, so no tree is needed. Ties may be broken in any
        way: the lengths can differ, but never the bits of the whole stream. Sorting anew each time is slow for large
        alphabets; a heap (heapq) does the same in less. dc_lab uses another method, package-merge, since it can
        also keep all codes within a limit of 12 bits, which decoding tables need.""",
)

# --- 07.3: canonical codes -------------------------------------------------------------------------------------------


def _canonical(lengths: np.ndarray) -> np.ndarray:
    return huffman.canonical_codes(lengths).astype(np.int64)


def _canonical_by_sorting(lengths: np.ndarray) -> np.ndarray:
    codes = np.zeros(len(lengths), np.int64)
    code = before = 0
    for symbol in np.argsort(lengths, kind="stable").tolist():
        length = int(lengths[symbol])
        if length == 0:
            continue
        code <<= length - before
        codes[symbol] = code
        code, before = code + 1, length
    return codes


def _canonical_by_room(lengths: np.ndarray) -> np.ndarray:
    wide = lengths.astype(np.int64)
    longest = int(wide.max(initial=0))
    codes, at = np.zeros(len(wide), np.int64), 0
    for symbol in sorted(np.flatnonzero(wide).tolist(), key=lambda i: (wide[i], i)):
        length = int(wide[symbol])
        codes[symbol] = at >> (longest - length)
        at += 1 << (longest - length)
    return codes


def _in_order(lengths: np.ndarray) -> list[int]:
    return [int(i) for i in np.argsort(lengths, kind="stable") if lengths[i]]


def _assign(lengths: np.ndarray, order: list[int], step: Any) -> np.ndarray:
    """Codes in this order; `step` makes the next from (code, length before, length)."""
    codes = np.zeros(len(lengths), np.int64)
    code, before = 0, 0
    for i, symbol in enumerate(order):
        length = int(lengths[symbol])
        code = step(code, before, length) if i else 0
        codes[symbol] = code
        before = length
    return codes


def _next(code: int, before: int, length: int) -> int:
    change = length - before
    return (code + 1) << change if change >= 0 else (code + 1) >> -change


def _by_symbol(lengths: np.ndarray) -> np.ndarray:
    return _assign(lengths, [int(i) for i in np.flatnonzero(lengths)], _next)


def _not_extended(lengths: np.ndarray) -> np.ndarray:
    return _assign(lengths, _in_order(lengths), lambda code, before, length: code + 1)


def _counted_by_symbol(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths > 0, np.cumsum(lengths > 0) - 1, 0)


def _extended_before(lengths: np.ndarray) -> np.ndarray:
    return _assign(lengths, _in_order(lengths), lambda code, before, length: (code << (length - before)) + 1)


def _extended_by_one(lengths: np.ndarray) -> np.ndarray:
    return _assign(lengths, _in_order(lengths), lambda code, before, length: (code + 1) << int(length > before))


def _always_extended(lengths: np.ndarray) -> np.ndarray:
    return _assign(lengths, _in_order(lengths), lambda code, before, length: (code + 1) << 1)


def _zeros_take_part(lengths: np.ndarray) -> np.ndarray:
    order = [int(i) for i in np.argsort(lengths, kind="stable")]
    return _assign(lengths, order, _next)


def _nothing_added(lengths: np.ndarray) -> np.ndarray:
    return _assign(lengths, _in_order(lengths), lambda code, before, length: code << (length - before))


def _extended_by_all(lengths: np.ndarray) -> np.ndarray:
    codes, code = np.zeros(len(lengths), np.int64), 0
    for symbol in _in_order(lengths):
        code <<= int(lengths[symbol])
        codes[symbol] = code  # of many codes it grows beyond 64 bits, and NumPy refuses
        code += 1
    return codes


def _shifted_afterwards(lengths: np.ndarray) -> np.ndarray:
    codes = np.zeros(len(lengths), np.int64)
    for rank, symbol in enumerate(_in_order(lengths)):
        codes[symbol] = rank << int(lengths[symbol])
    return codes


def _longest_left_out(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths < lengths.max(initial=0), _canonical(lengths), 0)


def _only_coded_sorted(lengths: np.ndarray) -> np.ndarray:
    return _canonical(lengths)[_in_order(lengths)]


def _texts_or_none(lengths: np.ndarray) -> list[str | None]:
    return [text or None for text in _texts(lengths)]


def _texts_of_bin(lengths: np.ndarray) -> list[str]:
    return [bin(code) for code in _canonical(lengths)]


def _from_zero_each(lengths: np.ndarray) -> np.ndarray:
    codes = np.zeros(len(lengths), np.int64)
    for length in np.unique(lengths[lengths > 0]):
        codes[lengths == length] = np.arange(np.count_nonzero(lengths == length))
    return codes


def _from_one(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths > 0, _canonical(lengths) + 1, 0)


def _longest_first(lengths: np.ndarray) -> np.ndarray:
    order = [int(i) for i in np.argsort(-lengths.astype(np.int64), kind="stable") if lengths[i]]
    return _assign(lengths, order, _next)


def _last_symbol_first(lengths: np.ndarray) -> np.ndarray:
    order = sorted(np.flatnonzero(lengths).tolist(), key=lambda i: (lengths[i], -i))
    return _assign(lengths, order, _next)


def _sorted_codes(lengths: np.ndarray) -> np.ndarray:
    return _canonical(lengths)[_in_order(lengths) + np.flatnonzero(lengths == 0).tolist()]


def _sorted_with_zeros(lengths: np.ndarray) -> np.ndarray:
    return _canonical(lengths)[np.argsort(lengths, kind="stable")]


def _zeros_counted(lengths: np.ndarray) -> np.ndarray:
    """The well-known slip: symbols without a code count when the first length begins."""
    codes = np.zeros(len(lengths), np.int64)
    counts = np.bincount(lengths.astype(np.int64), minlength=1)
    code = 0
    for length in range(1, len(counts)):
        code = (code + int(counts[length - 1])) << 1
        codes[lengths == length] = code + np.arange(counts[length])
    return codes


def _reversed_bits(lengths: np.ndarray) -> np.ndarray:
    texts = _texts(lengths)
    return np.array([int(text[::-1], 2) if text else 0 for text in texts], np.int64)


def _ones_first(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths > 0, (1 << lengths.astype(np.int64)) - 1 - _canonical(lengths), 0)


def _texts(lengths: np.ndarray) -> list[str]:
    return [f"{code:0{length}b}" if length else "" for code, length in zip(_canonical(lengths), lengths, strict=True)]


def _at_the_left(lengths: np.ndarray) -> np.ndarray:
    """Codes as they stand in a window of the longest code."""
    wide = lengths.astype(np.int64)
    return _canonical(lengths) << np.where(wide > 0, wide.max(initial=0) - wide, 0)


def _digits(lengths: np.ndarray) -> np.ndarray:
    return np.array([int(text) if text else 0 for text in _texts(lengths)], np.int64)


def _only_coded(lengths: np.ndarray) -> np.ndarray:
    return _canonical(lengths)[lengths > 0]


def _minus_one_for_none(lengths: np.ndarray) -> np.ndarray:
    return np.where(lengths > 0, _canonical(lengths), -1)


def _float_codes(lengths: np.ndarray) -> np.ndarray:
    return _canonical(lengths).astype(np.float64)


def _in_the_lengths_dtype(lengths: np.ndarray) -> np.ndarray:
    codes = np.zeros_like(lengths)
    code = before = 0
    for symbol in _in_order(lengths):
        code <<= int(lengths[symbol]) - before
        codes[symbol] = code
        code, before = code + 1, int(lengths[symbol])
    return codes


def _cut_to_bytes(lengths: np.ndarray) -> np.ndarray:
    return _canonical(lengths) & 255


def _draw_lengths(rng: np.random.Generator) -> Case:
    counts = (2.0 ** rng.uniform(0, 9, int(rng.integers(3, 9)))).astype(np.int64)
    counts[1:] *= rng.random(len(counts) - 1) < 0.85
    return (huffman.code_lengths(counts),)


def _lengths(*values: int) -> np.ndarray:
    return np.array(values, np.uint8)


CANONICAL_CODES = Exercise(
    id="07.3",
    title="Codes from lengths alone",
    minutes=10,
    stub='''
def canonical_codes(lengths):
    """The canonical code of each symbol as a whole number (k,); 0 where the length is 0."""
    raise NotImplementedError("your turn")
''',
    reference=_canonical,
    solution_text='''
def canonical_codes(lengths):
    """The canonical code of each symbol as a whole number (k,); 0 where the length is 0."""
    codes = np.zeros(len(lengths), int)
    code, before = 0, 0
    for symbol in np.argsort(lengths, kind="stable"):  # by length, then by symbol
        length = int(lengths[symbol])
        if length > 0:
            code <<= length - before
            codes[symbol] = code
            code, before = code + 1, length
    return codes
''',
    shown=(FIVE_LENGTHS,),
    cases=[
        (_lengths(1),),
        (_lengths(0, 1),),
        (_lengths(1, 1),),
        (_lengths(0, 0),),
        (_lengths(2, 1, 2),),
        (_lengths(2, 2, 1),),
        (_lengths(1, 0, 0, 1),),
        (_lengths(2, 2, 2, 2),),
        (_lengths(1, 3, 3, 3, 3),),
        (_lengths(3, 1, 3, 2),),
        (_lengths(3, 3, 2, 0, 2, 2),),
        (_lengths(0, 4, 1, 4, 4, 4, 0, 2),),
        (_lengths(3, 3, 3, 3, 2, 2),),
        (_lengths(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10),),
        (_lengths(10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 10),),
    ],
    draw=_draw_lengths,
    use=_codes_of,
    misconceptions=[
        Misconception(
            "symbols without a code counted",
            _zeros_counted,
            "Symbols with length 0 push the first code away from 0. They have no code: start counting with length 1, "
            "and set the number of codes of length 0 to zero.",
        ),
        Misconception(
            "in the order of symbols",
            _by_symbol,
            "You number the codes in the order of the symbols. Then a long code may come first, and the next short one "
            "can be its beginning. Number the short ones first: by length, then by symbol.",
        ),
        Misconception(
            "the symbols numbered",
            _counted_by_symbol,
            "You number the symbols 0, 1, 2, ... With different lengths such codes are not prefix-free. Number by "
            "length first, and append zeros where the length grows.",
        ),
        Misconception(
            "not extended",
            _not_extended,
            "You add 1 each time, but do not append zeros when the length grows: the next code must begin where the "
            "room of the one before ends. Shift left by the difference of the lengths.",
        ),
        Misconception(
            "extended before 1 is added",
            _extended_before,
            "You append the zeros first and add 1 then. So the next code begins inside the room of the one before: "
            "its beginning is that code. First add 1, then shift left.",
        ),
        Misconception(
            "extended by one bit only",
            _extended_by_one,
            "Where the length grows by 2 or more, you append a single zero. Shift left by the difference of the "
            "lengths.",
        ),
        Misconception(
            "extended each time",
            _always_extended,
            "You shift left for each code. Only where the length grows are zeros appended: shift by the difference of "
            "the lengths, which is often 0.",
        ),
        Misconception(
            "symbols without a code numbered too",
            _zeros_take_part,
            "Symbols with length 0 take part in the numbering, and push the first code away from 0. They have no code: "
            "leave them out, and put 0 in their places.",
        ),
        Misconception(
            "nothing added",
            _nothing_added,
            "You append zeros, but never add 1: all codes are zeros. The next code is the one before plus 1, then "
            "extended.",
        ),
        Misconception(
            "shifted by the whole length",
            _extended_by_all,
            "You shift by the whole length each time. The code already has as many bits as the one before: shift by "
            "the difference of the two lengths, and remember the length for the next.",
        ),
        Misconception(
            "ranks shifted",
            _shifted_afterwards,
            "You number the symbols and shift each number by its length. The shift has to happen on the way: the next "
            "code goes on from the one before, already extended.",
        ),
        Misconception(
            "the longest codes left out",
            _longest_left_out,
            "The longest codes are never numbered. range(1, n) ends before n: go to lengths.max() + 1.",
        ),
        Misconception(
            "only symbols with a code, by length",
            _only_coded_sorted,
            "Your codes stand in the order in which they were numbered, and symbols without a code have no place. "
            "Begin with zeros for all symbols, and write each code to the place of its symbol.",
        ),
        Misconception(
            "codes as text, None where there is none",
            _texts_or_none,
            "The codes are right, but they are texts, and None where there is no code. Asked for are whole numbers: "
            "int(text, 2), and 0 where there is none.",
        ),
        Misconception(
            "codes as text, by bin()",
            _texts_of_bin,
            "You return texts, made by bin(). Asked for are whole numbers: the code itself, without bin().",
        ),
        Misconception(
            "from 0 for each length",
            _from_zero_each,
            "You begin again at 0 for each length. Then the short code of zeros is the beginning of the longer ones. "
            "Go on from the last code: add 1, shift left.",
        ),
        Misconception(
            "numbered from 1",
            _from_one,
            "All your codes are one too large. The first code is all zeros; the last one is then all ones, and nothing "
            "is left over.",
        ),
        Misconception(
            "longest first",
            _longest_first,
            "You begin with the longest codes. That gives a prefix code too, but a reader who has only the lengths "
            "numbers the shortest first, as agreed, and would read something else.",
        ),
        Misconception(
            "the last symbol first",
            _last_symbol_first,
            "Among codes of the same length, you number the last symbol first. Agreed is the order of the symbols. "
            "With np.argsort, kind='stable' keeps it.",
        ),
        Misconception(
            "sorted by length",
            _sorted_with_zeros,
            "Right codes, but sorted by length. Asked for is the code of symbol 0, of symbol 1 and so on: write "
            "each to the place of its symbol.",
        ),
        Misconception(
            "codes in the order of their lengths",
            _sorted_codes,
            "These are the codes in the order in which they were numbered. Asked for is the code of symbol 0, of "
            "symbol 1 and so on: write each to the place of its symbol.",
        ),
        Misconception(
            "bits back to front",
            _reversed_bits,
            "The bits of your codes stand in reverse. A code's first bit is its highest: 110 is the number 6.",
        ),
        Misconception(
            "ones first",
            _ones_first,
            "Your first code is all ones, and you count down. That works as well as counting up, but agreed is that "
            "the first code is all zeros.",
        ),
        Misconception(
            "codes as text",
            _texts,
            "The codes are right, but they are texts. Asked for are whole numbers, such as 6 for 110: int(text, 2).",
        ),
        Misconception(
            "binary digits read as decimal",
            _digits,
            "You read the digits as a decimal number: 110 is the number 6, not one hundred and ten. int(text, 2) does "
            "it.",
        ),
        Misconception(
            "padded to the longest",
            _at_the_left,
            "Your codes have zeros behind them up to the longest length. A code of n bits is a number below 2**n.",
        ),
        Misconception(
            "only symbols with a code",
            _only_coded,
            "Symbols without a code have a place too; put 0 there. Otherwise the codes that follow belong to the wrong "
            "symbols.",
        ),
        Misconception(
            "-1 where there is none",
            _minus_one_for_none,
            "Where there is no code, 0 is asked for. That the length is 0 says enough.",
        ),
        Misconception(
            "codes as floats",
            _float_codes,
            "The numbers are right, but they are floats, which cannot be shifted. np.zeros makes floats unless it is "
            "given a dtype, such as int.",
        ),
        Misconception(
            "codes as narrow as the lengths",
            _in_the_lengths_dtype,
            "`lengths` are single bytes, and you keep the codes in an array of the same dtype. A code of 9 bits or "
            "more does not fit into a byte. Make the array with dtype int.",
        ),
        Misconception(
            "codes of one byte",
            _cut_to_bytes,
            "Codes longer than 8 bits are cut to their last 8. Keep them in a wider dtype, such as int.",
        ),
    ],
    alternatives=[_canonical_by_sorting, _canonical_by_room],
    hints=[
        "Go through the symbols by length, and among equal lengths by symbol: np.argsort(lengths, kind='stable'). "
        "Leave out those with length 0. The first code is 0.",
        "The next code is the one before plus 1. If the next length is larger, append zeros: shift left by the "
        "difference of the two lengths.",
        "For each symbol in that order: code <<= length - before; codes[symbol] = code; code += 1; before = length.",
    ],
    why="""In the picture the codes lie side by side from the left, and the next one always begins where the last one
        ended. `code + 1` is that end, counted in steps of the last code's length; shifting it counts the same place in
        shorter steps. So codes of lengths with Kraft's sum at most 1 never overlap, and two programs
        that agree on this order need to exchange only the lengths.""",
)

# --- 07.4: bits into bytes -------------------------------------------------------------------------------------------

CODES = np.array([0, 6, 1, 7, 2])


def _encode(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return bits.pack(codes[symbols], lengths[symbols])


def _bit_text(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> str:
    return "".join(f"{codes[s]:0{lengths[s]}b}" if lengths[s] else "" for s in symbols)


def _to_bytes(text: str) -> bytes:
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _encode_by_text(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes(_bit_text(symbols, codes, lengths))


def _encode_by_number(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    number = total = 0
    for symbol in symbols.tolist():
        number = number << int(lengths[symbol]) | int(codes[symbol])
        total += int(lengths[symbol])
    size = (total + 7) // 8
    return (number << (8 * size - total)).to_bytes(size, "big")


def _encode_by_packbits(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    stream = [int(codes[s]) >> i & 1 for s in symbols for i in reversed(range(int(lengths[s])))]
    return np.packbits(np.array(stream, np.uint8))


def _low_bit_of_byte_first(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in _encode(symbols, codes, lengths))


def _low_bit_of_code_first(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes("".join(f"{codes[s]:0{lengths[s]}b}"[::-1] if lengths[s] else "" for s in symbols))


def _both_low_first(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in _low_bit_of_code_first(symbols, codes, lengths))


def _padded_in_front(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes("0" * (-len(text) % 8) + text)


def _last_byte_short(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    text = _bit_text(symbols, codes, lengths)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def _last_byte_lost(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text[: len(text) // 8 * 8])


def _padded_with_ones(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text + "1" * (-len(text) % 8))


def _a_byte_too_many(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    text = _bit_text(symbols, codes, lengths)
    return _to_bytes(text + "0" * (8 - len(text) % 8))


def _zeros_dropped(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes("".join(f"{codes[s]:b}" for s in symbols))


def _a_byte_each(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return bytes(int(codes[s]) & 255 for s in symbols)


def _all_the_longest(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    longest = int(lengths.max(initial=1))
    return _to_bytes("".join(f"{codes[s]:0{longest}b}" for s in symbols))


def _text_itself(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> str:
    return _bit_text(symbols, codes, lengths)


def _text_as_bytes(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _bit_text(symbols, codes, lengths).encode()


def _symbols_packed(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes("".join(f"{s:0{lengths[s]}b}" if lengths[s] else "" for s in symbols))


def _in_turn(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    used = np.arange(len(symbols)) % max(len(codes), 1)
    return _encode(used, codes, lengths)


def _from_the_end(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _encode(symbols[::-1], codes, lengths)


def _sorted_symbols(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _encode(np.sort(symbols), codes, lengths)


def _byte_list(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> list[int]:
    return list(_encode(symbols, codes, lengths))


def _text_and_size(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> tuple[bytes, int]:
    return _encode(symbols, codes, lengths), int(lengths[symbols].sum())


def _each_padded(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    """Each code in whole bytes of its own, from the highest bit."""
    return b"".join(_encode(symbols[i : i + 1], codes, lengths) for i in range(len(symbols)))


def _bytes_back_to_front(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _encode(symbols, codes, lengths)[::-1]


def _padded_in_front_by_int(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    int(_bit_text(symbols, codes, lengths), 2)  # refuses a text of no digits
    return _padded_in_front(symbols, codes, lengths)


def _empty_refused(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    int(_bit_text(symbols, codes, lengths), 2)
    return _encode(symbols, codes, lengths)


def _empty_packbits(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    if len(symbols) == 0:
        raise TypeError
    return _encode(symbols, codes, lengths)


def _numbers_as_they_are(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return codes[symbols].tobytes()


def _zipped(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes("".join(f"{code:0{length}b}" for _, code, length in zip(symbols, codes, lengths, strict=False)))


def _a_number(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> int:
    return int("0" + _bit_text(symbols, codes, lengths), 2)


def _in_64_bits(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    text = _bit_text(symbols, codes, lengths)
    number = np.int64(0)
    for symbol in symbols:
        number = number << lengths[symbol] | codes[symbol]
    size = (len(text) + 7) // 8
    return (int(number) << (8 * size - len(text))).to_bytes(size, "big")


def _padded_with_spaces(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes("".join(f"{codes[s]:{lengths[s]}b}" for s in symbols))


def _last_bits_not_moved(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    """The last byte holds the stream's last 8 bits, some of which an earlier byte holds already."""
    text = _bit_text(symbols, codes, lengths)
    whole = _to_bytes(text[: len(text) // 8 * 8])
    return whole + bytes([int("0" + text[-8:], 2)]) * (len(text) % 8 > 0)


def _cut_to_eight(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return _to_bytes("".join(f"{codes[s] % 256:08b}"[-lengths[s] :] if lengths[s] else "" for s in symbols))


def _one_bit_each(symbols: np.ndarray, codes: np.ndarray, lengths: np.ndarray) -> bytes:
    return np.packbits(codes[symbols] != 0).tobytes()


def _accept_bytes(case: Case, expected: bytes, got: Any) -> str | None:
    """bytes, a bytearray and a uint8 array hold the same; else where they part, as bits."""
    if isinstance(got, np.ndarray) and got.dtype == np.uint8 and got.ndim == 1:
        got = got.tobytes()
    if not isinstance(got, (bytes, bytearray)):
        row = ": bytes(...) makes them of a row of whole numbers" if isinstance(got, (list, np.ndarray)) else ""
        return f"expected {len(expected)} bytes, got {describe(plain(got))}{row}"
    if len(got) != len(expected):
        return f"expected {len(expected)} bytes, got {len(got)}"
    for i, (a, b) in enumerate(zip(expected, got, strict=True)):
        if a != b:
            return f"byte {i} should be {a:08b}, got {b:08b}"
    return None


def _draw_stream(rng: np.random.Generator) -> Case:
    counts = (2.0 ** rng.uniform(0, 8, int(rng.integers(2, 8)))).astype(np.int64)
    counts[1:-1] *= rng.random(len(counts) - 2) < 0.8
    lengths = huffman.code_lengths(counts).astype(np.int64)
    symbols = rng.choice(len(counts), int(rng.integers(1, 13)), p=counts / counts.sum())
    return symbols, huffman.canonical_codes(lengths).astype(np.int64), lengths


def _case(symbols: list[int], lengths: list[int]) -> Case:
    each = np.array(lengths, np.int64)
    return np.array(symbols, np.int64), huffman.canonical_codes(each).astype(np.int64), each


ENCODE = Exercise(
    id="07.4",
    title="Bits into bytes",
    minutes=10,
    stub='''
def encode(symbols, codes, lengths):
    """The codes of all symbols, one after the other without a gap, as bytes; zero bits fill the last byte."""
    raise NotImplementedError("your turn")
''',
    reference=_encode,
    solution_text='''
def encode(symbols, codes, lengths):
    """The codes of all symbols, one after the other without a gap, as bytes; zero bits fill the last byte."""
    text = "".join(f"{codes[symbol]:0{lengths[symbol]}b}" for symbol in symbols)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))
''',
    shown=(np.array([2, 0, 4, 1]), CODES, FIVE_LENGTHS),
    cases=[
        _case([0], [1, 1]),
        _case([1], [1, 1]),
        _case([0, 0, 0], [1]),
        _case([1, 0, 1], [2, 1, 2]),
        _case([1, 0, 1, 1, 0, 0, 1, 0], [1, 1]),
        _case([2, 1, 2, 1], [1, 2, 2]),
        _case([0] * 9, [1, 1]),
        _case([3, 3, 1, 0, 3], [3, 3, 2, 1]),
        _case([4, 3, 2, 1, 0], [2, 3, 2, 3, 2]),
        _case([1, 3, 1], [0, 1, 0, 1]),
        _case([10, 0, 9, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]),
        _case([3, 4, 3, 4, 3, 4, 3, 4], [1, 2, 3, 4, 4]),
        _case([10, 9, 10, 9, 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]),
        _case([4, 3, 2, 1, 0] * 7, [2, 3, 2, 3, 2]),
        _case([], [1, 1]),
    ],
    draw=_draw_stream,
    accept=_accept_bytes,
    misconceptions=[
        Misconception(
            "the last byte not filled up",
            _last_byte_short,
            "Your last byte holds the remaining bits as a number, so they stand at its low end. Fill up with zeros "
            "behind them: the stream goes on from the highest bit of each byte.",
        ),
        Misconception(
            "zeros in front",
            _padded_in_front,
            "You fill up with zeros in front of the stream. A reader begins with the highest bit of the first byte and "
            "would take them for codes. The zeros belong at the end.",
        ),
        Misconception(
            "zeros in front, and no symbols",
            _padded_in_front_by_int,
            "Two things. As a number, the stream gets its zeros in front when it becomes bytes; they belong at the "
            "end, so append them to the text first. And int('', 2) fails where there are no symbols: return b'' there.",
        ),
        Misconception(
            "filled with spaces",
            _padded_with_spaces,
            "A width alone fills with spaces in front: '{6:4b}' is ' 110'. Write a 0 before the width to fill with "
            "zeros: f'{code:0{length}b}'.",
        ),
        Misconception(
            "the last bits not moved up",
            _last_bits_not_moved,
            "Your last byte ends with the last bits of the stream, behind bits that an earlier byte has already. Move "
            "what is left to the top of the byte: shift left by 8 minus their number.",
        ),
        Misconception(
            "codes cut to 8 bits",
            _cut_to_eight,
            "Each code goes through a uint8, such as np.unpackbits takes: of a code longer than 8 bits the first ones "
            "are lost. Take the bits from the number itself.",
        ),
        Misconception(
            "one bit for each symbol",
            _one_bit_each,
            "np.packbits makes one bit of each element: 0 where it is 0, else 1. Give it the single bits of all codes.",
        ),
        Misconception(
            "no symbols refused",
            _empty_refused,
            "Where there are no symbols there are no bits: int('', 2) and np.concatenate([]) fail. Return b'' there.",
        ),
        Misconception(
            "no symbols refused by np.packbits",
            _empty_packbits,
            "np.packbits does not take an empty list, which has no type of whole numbers. Return b'' where there are "
            "no symbols, or give it an array of dtype uint8.",
        ),
        Misconception(
            "the numbers as they are",
            _numbers_as_they_are,
            "tobytes() gives each code the bytes of its dtype, eight for int64. A code takes lengths[symbol] bits.",
        ),
        Misconception(
            "one number",
            _a_number,
            "All bits in one whole number: a good way, but the zeros at its beginning are lost. Shift it left until "
            "the last byte is full, and use .to_bytes(size, 'big').",
        ),
        Misconception(
            "a number of 64 bits",
            _in_64_bits,
            "Your number is one of NumPy's, with 64 bits: of a longer stream the beginning drops out, without a "
            "warning. Convert to Python's int first, int(codes[symbol]), which has no limit.",
        ),
        Misconception(
            "zip over all three",
            _zipped,
            "zip(symbols, codes, lengths) pairs the first symbol with the first code, and ends with the shortest. "
            "`symbols` says which code comes next: codes[symbol].",
        ),
        Misconception(
            "a byte too many",
            _a_byte_too_many,
            "Where the bits fill whole bytes exactly, you add a byte of zeros: 8 - n % 8 is 8 there. -n % 8 is 0.",
        ),
        Misconception(
            "the last byte lost",
            _last_byte_lost,
            "Bits that do not fill a byte are lost. Fill up with zeros to the next whole byte.",
        ),
        Misconception(
            "filled up with ones",
            _padded_with_ones,
            "You fill the last byte up with ones. Zeros are agreed on, so that the same stream is always the same "
            "bytes.",
        ),
        Misconception(
            "bytes filled from the lowest bit",
            _low_bit_of_byte_first,
            "The first bit of the stream goes to the lowest bit of your first byte. Here it is the highest. With "
            "np.packbits that is the default, bitorder='big'.",
        ),
        Misconception(
            "codes from their lowest bit",
            _low_bit_of_code_first,
            "You write each code from its lowest bit on. A prefix code must be read from its first bit, the highest: "
            "110 is written 1, 1, 0.",
        ),
        Misconception(
            "everything from the lowest bit",
            _both_low_first,
            "You write each code from its lowest bit on, into each byte from its lowest bit. That is the order of some "
            "formats; here, the highest bit comes first in both.",
        ),
        Misconception(
            "leading zeros dropped",
            _zeros_dropped,
            "bin() and format b drop the zeros in front, and these are part of the code: 01 is not 1. Write each code "
            "with its full length, such as f'{code:0{length}b}'.",
        ),
        Misconception(
            "a byte for each symbol",
            _a_byte_each,
            "Each of your codes takes a byte of its own. Nothing is gained then: write the codes one after the other "
            "without a gap, and cut the stream into bytes at the end.",
        ),
        Misconception(
            "whole bytes for each symbol",
            _each_padded,
            "You fill up to whole bytes after each symbol. Fill up once, at the end of the stream.",
        ),
        Misconception(
            "all codes as long as the longest",
            _all_the_longest,
            "Every code takes as many bits as the longest one. A code takes lengths[symbol] bits: that is the gain.",
        ),
        Misconception(
            "the digits as characters",
            _text_as_bytes,
            "Each bit of yours is a character, a whole byte. Eight bits make one byte: int(text[i : i + 8], 2).",
        ),
        Misconception(
            "a text of digits",
            _text_itself,
            "The bits are right, but they are a text. Make bytes of them, eight digits each: int(text[i : i + 8], 2).",
        ),
        Misconception(
            "symbols instead of codes",
            _symbols_packed,
            "You write the symbols' own numbers. Write codes[symbol], in lengths[symbol] bits.",
        ),
        Misconception(
            "codes in turn",
            _in_turn,
            "You go through `codes` from its beginning. `symbols` says which code comes next: codes[symbol].",
        ),
        Misconception(
            "the last symbol first",
            _from_the_end,
            "Your stream begins with the last symbol. Write them in the order of `symbols`.",
        ),
        Misconception(
            "symbols sorted",
            _sorted_symbols,
            "You sort the symbols. Their order is the content: it has to stay.",
        ),
        Misconception(
            "bytes back to front",
            _bytes_back_to_front,
            "Your bytes stand in reverse order: with int.to_bytes, the byte order is 'big' here.",
        ),
        Misconception(
            "a list of numbers",
            _byte_list,
            "The numbers are right. Asked for are bytes: bytes(numbers) makes them.",
        ),
        Misconception(
            "bytes and a number",
            _text_and_size,
            "The bytes are right. Return only them; how many bits there are can be seen from elsewhere.",
        ),
    ],
    alternatives=[_encode_by_text, _encode_by_number, _encode_by_packbits],
    hints=[
        "Make one long text of 0 and 1 first. f'{codes[s]:0{lengths[s]}b}' is the code of symbol s with its zeros in "
        "front.",
        "Fill up with zeros behind it until the length is a multiple of 8. How many are missing? -len(text) % 8.",
        "Cut it into pieces of 8: bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8)).",
    ],
    why="""A text of digits is slow and takes a byte for each bit on the way, but it is easy to check.
        dc_lab.coding.bits.pack gives the same bytes: it finds where each code begins by a running sum of the lengths,
        and adds all codes into 32-bit words at once, since codes never share a bit.""",
)

# --- 07.5: when it does not pay --------------------------------------------------------------------------------------

NO_GAIN = Question(
    id="07.5",
    title="When Huffman coding saves nothing",
    minutes=5,
    kind="choice",
    prompt="For which stream does Huffman coding save nothing against fixed width, though the entropy says that much "
    "could be saved?",
    stub="stream = ...",
    answer="b",
    choices={
        "a": "four values, each 25 %",
        "b": "two values, 99 % and 1 %",
        "c": "sixteen values, one of them 50 %, the others equally rare",
        "d": "thirteen values, each half as frequent as the one before",
    },
    wrong=[
        WrongAnswer(
            "a",
            "a",
            "It does save nothing there, but the entropy says so too: four equally frequent values have an entropy of "
            "2 bits, which is the fixed width. Asked for is a stream where more could be saved.",
        ),
        WrongAnswer(
            "c",
            "c",
            "The frequent value gets 1 bit and the others 5 at most, where fixed width takes 4 for all: about 3 bits "
            "a symbol. That is a gain.",
        ),
        WrongAnswer(
            "d",
            "d",
            "With shares of 1/2, 1/4, 1/8 and so on, codes of 1, 2, 3, ... bits meet the entropy of about 2 bits, and "
            "fixed width takes 4. That is where Huffman coding is at its best.",
        ),
    ],
    hints=[
        "Work out the fixed width of each, and guess its entropy. In three of them the two are far apart.",
        "No code is shorter than one bit. Which stream has an entropy far below that?",
        "How many bits does fixed width take for two values?",
    ],
    why="""Two values take one bit each in fixed width, and no prefix code can give less than one bit to a symbol. The
        entropy of 99 % and 1 % is 0.08 bits, but that floor is out of reach for any code that writes one symbol after
        the other. Coding runs of the frequent value, as the gaps of lesson 03 do, or several symbols at once, gets
        there.""",
)

EXERCISES: list[AnyExercise] = [ENTROPY_AND_MEAN, CODE_LENGTHS, CANONICAL_CODES, ENCODE, NO_GAIN]
