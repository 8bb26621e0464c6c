"""07.1 The floor, and what a code takes."""

import numpy as np

from dc_lab import huffman
from dc_lab.course.compare import difference
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_07.common import FIVE, FIVE_LENGTHS, ints, single_bytes
from dc_lab.course.values import plain


def entropy_and_mean(counts, lengths):
    """(entropy, mean length of a codeword), both in bits a symbol."""
    seen = counts > 0
    share = counts[seen] / counts.sum()
    return -(share * np.log2(share)).sum(), (share * lengths[seen]).sum()


def _entropy_and_mean(counts, lengths):
    return huffman.entropy(counts), huffman.mean_length(counts, lengths)


def _draw_counts_and_lengths(rng):
    counts = rng.integers(0, int(rng.choice([9, 300, 20_000])), int(rng.integers(2, 8)))
    counts[rng.integers(len(counts))] += 1
    return counts, huffman.code_lengths_by_merging(counts).astype(rng.choice(["uint8", "int64"]))


CASES = [
    (ints(5), ints(1)), (ints(1, 1), ints(1, 1)), (ints(3, 1), ints(1, 1)), (ints(0, 6), ints(0, 1)),
    (ints(4, 2, 2), ints(1, 2, 2)), (ints(2, 0, 2, 4), ints(2, 0, 2, 1)), (ints(1, 1, 1, 1), ints(2, 2, 2, 2)),
    (ints(1, 1, 1, 1), ints(1, 2, 3, 3)), (ints(0, 990, 10), ints(0, 1, 1)), (ints(100, 10, 1), ints(1, 2, 2)),
    (ints(7, 5, 0, 3, 1), ints(1, 2, 0, 3, 3)), (ints(300, 2), single_bytes(1, 1)), (ints(3, 1), single_bytes(3, 3)),
    (ints(90, 40, 31), single_bytes(1, 3, 3)), (ints(3000, 0, 40_000), single_bytes(7, 0, 9)),
    # The products add up to more than 32 bits hold.
    (ints(2**30, 2**29, 2**29), single_bytes(1, 2, 2)),
    # Each product alone is more than that.
    (ints(2**30, 2**30, 2**30), single_bytes(1, 2, 2)),
    # A symbol that does not occur may have a codeword, and thus a length.
    (ints(3, 0, 1), ints(1, 2, 2)), (ints(0, 2, 5, 0), single_bytes(3, 3, 1, 2)),
    # Shares below a thousandth.
    (ints(5_000, 3, 1), ints(1, 2, 2)), (np.ones(2_000, np.int64), np.full(2_000, 11)),
]  # fmt: skip


def _accepted(case, expected, got):
    """Which of the two numbers is wrong, and what is special about the case."""
    counts, lengths = case
    apart = difference(plain(expected), plain(got), exercise.tolerance, exercise.dtype)
    pair = isinstance(got, (tuple, list)) and len(got) == 2 and all(_is_number(each) for each in got)
    if apart is None or not pair:
        return apart
    of = ("the entropy", "the mean length")
    wrong = [i for i in (0, 1) if difference(float(expected[i]), plain(got[i]), exercise.tolerance) is not None]
    if not wrong:
        return apart
    said = " and ".join(f"{of[i]} is {expected[i]:.9g}, and yours is {got[i]:.9g}" for i in wrong)
    if len(wrong) == 1:
        said = f"{of[1 - wrong[0]]} is right; {said}"
    seen = np.flatnonzero(counts)
    if len(seen) == 1:
        symbol = int(seen[0])
        return f"{said} (only symbol {symbol} occurs here, and its codeword has {_bits(lengths[symbol])})"
    if len(seen) < len(counts):
        return f"{said} (symbol {int(np.flatnonzero(counts == 0)[0])} does not occur here)"
    if len(np.unique(counts)) < len(counts):
        return f"{said} (some symbols occur equally often here)"
    return said


def _is_number(found):
    return isinstance(found, (float, int, np.number)) and not isinstance(found, bool)


def _bits(length):
    return f"{int(length)} bit{'s' if length != 1 else ''}"


exercise = Exercise(
    id="07.1",
    title="The floor, and what a code takes",
    minutes=5,
    task="warm-up",
    reference=_entropy_and_mean,
    solution=entropy_and_mean,
    shown=(FIVE, FIVE_LENGTHS),
    cases=CASES,
    draw=_draw_counts_and_lengths,
    accept=_accepted,
    hints=[
        "Both are means over the row: each symbol counts with its share, counts / counts.sum(). One is the mean of "
        "-log2(share), the other that of the lengths.",
        "Symbols that do not occur have no logarithm. Keep those with counts > 0, in both arrays.",
        "share = counts[seen] / counts.sum(); entropy -(share * np.log2(share)).sum(); mean "
        "(share * lengths[seen]).sum().",
    ],
    why="""The two are the same sum with another length in it: -log2(share), which need not be whole, or the bits that
        the code really takes. Their difference is what the code wastes. Only symbols that occur count, in the limit
        too: p log2 p goes to 0 with p.""",
)


@exercise.alternative
def _by_loops(counts, lengths):
    total = int(counts.sum())
    entropy = mean = 0.0
    for count, length in zip(counts.tolist(), lengths.tolist(), strict=True):
        if count:
            entropy += count / total * float(np.log2(total / count))
            mean += count / total * length
    return entropy, mean


@exercise.alternative
def _by_where(counts, lengths):
    total = max(int(counts.sum()), 1)
    share = counts / total
    ideal = -np.log2(np.where(counts > 0, share, 1))
    return float(share @ ideal), float(share @ lengths)


@exercise.mistake("the logarithm of zero")
def _(counts, lengths):
    """A symbol that does not occur has the share 0, and 0 times log2(0) is NaN in NumPy. It adds nothing to the
    entropy: leave these symbols out, counts[counts > 0], before you take the logarithm."""
    with np.errstate(all="ignore"):
        share = counts / counts.sum()
        return float(-(share * np.log2(share)).sum()), float((share * lengths).sum())


def _mean(counts, lengths):
    return huffman.mean_length(counts, lengths)


@exercise.mistake("the natural logarithm, and that of zero")
def _(counts, lengths):
    """Two things. A symbol that does not occur has the share 0, and 0 times the logarithm of 0 is NaN: leave these
    symbols out. And np.log is the natural logarithm; bits want np.log2."""
    with np.errstate(all="ignore"):
        share = counts / counts.sum()
        return float(-(share * np.log(share)).sum()), _mean(counts, lengths)


@exercise.mistake("math.log2 of zero")
def _(counts, lengths):
    """math.log2(0) is an error. A symbol that does not occur adds nothing to the entropy: skip it before you take the
    logarithm."""
    if not counts.all():
        raise ValueError
    return _entropy_and_mean(counts, lengths)


@exercise.mistake("shares of the number of different symbols")
def _(counts, lengths):
    """You divide the counts by len(counts), how many different symbols there are. A share is a count over the sum of
    all counts."""
    share = counts[counts > 0] / len(counts)
    return float(-(share * np.log2(share)).sum()), _mean(counts, lengths)


def _share(counts):
    seen = counts[counts > 0]
    return np.asarray(seen / max(int(seen.sum()), 1))


@exercise.mistake("lengths of one byte overflow")
def _(counts, lengths):
    """A single length of dtype uint8 times a Python integer stays uint8, where 255 is the end. Multiply the arrays, or
    take int(length) first."""
    seen = counts > 0
    if lengths.dtype == np.uint8 and counts[seen].max() > 255:
        raise OverflowError
    with np.errstate(over="ignore"):
        mean = sum(int(c) * n for c, n in zip(counts, lengths, strict=True)) / int(counts.sum())
    return huffman.entropy(counts), float(mean)


@exercise.mistake("lengths of one byte overflow, and the sum too")
def _(counts, lengths):
    """The products are uint8, where 255 is the end and 256 is 0 again. Convert first: lengths.astype(int)."""
    product = counts.astype(lengths.dtype) * lengths
    return huffman.entropy(counts), float(product.sum(dtype=lengths.dtype)) / int(counts.sum())


@exercise.mistake("shares of the largest count")
def _(counts, lengths):
    """You divide the counts by the largest one. A share is a count over the sum of all counts, so that the shares sum
    to 1."""
    seen = counts > 0
    share = counts[seen] / counts.max()
    return float(-(share * np.log2(share)).sum()), float((share * lengths[seen]).sum())


@exercise.mistake("shares of the largest count in the entropy")
def _(counts, lengths):
    """For the entropy you divide the counts by the largest one. A share is a count over the sum of all counts, so that
    the shares sum to 1."""
    share = counts[counts > 0] / counts.max()
    return float(-(share * np.log2(share)).sum()), _mean(counts, lengths)


@exercise.mistake("a little added to every share")
def _(counts, lengths):
    """A small number in the logarithm keeps 0 out of it, but changes all other shares as well. Leave out the symbols
    that do not occur: counts[counts > 0]."""
    share = counts / counts.sum()
    return float(-(share * np.log2(share + 1e-6)).sum()), float((share * lengths).sum())


@exercise.mistake("half precision")
def _(counts, lengths):
    """The shares went through float16, which has three digits. Divide the counts as they are."""
    seen = counts > 0
    with np.errstate(all="ignore"):
        share = (counts[seen] / counts.sum()).astype(np.float16)
        return float(-(share * np.log2(share)).sum()), float((share * lengths[seen]).sum())


@exercise.mistake("nothing weighted")
def _(counts, lengths):
    """You add up -log2(share), and average the lengths, as if each symbol occurred once. In both sums each symbol
    counts with its share."""
    return float(-np.log2(_share(counts)).sum()), float(lengths.mean())


@exercise.mistake("the difference of the two")
def _(counts, lengths):
    """Your second number is how far the code is above the entropy. Asked for is the mean length itself."""
    return huffman.entropy(counts), huffman.redundancy(counts, lengths)


@exercise.mistake("symbols left out of one array only")
def _(counts, lengths):
    """You leave out the symbols that do not occur in the shares, but not in the lengths, so that the two arrays no
    longer match. Take the same ones out of both: seen = counts > 0; lengths[seen]."""
    share = _share(counts)
    return huffman.entropy(counts), float((share * lengths).sum())


@exercise.mistake("whole-number division")
def _(counts, lengths):
    """// divides whole numbers and drops the rest: nearly all shares are 0 then. Use /."""
    share = counts // counts.sum()
    return 0.0, float((share * lengths).sum())


@exercise.mistake("both means taken of the parts")
def _(counts, lengths):
    """The parts, share times length, have to be added up, not averaged: the shares already make the sum a mean. Use
    .sum() in both."""
    share = _share(counts)
    return float(-(share * np.log2(share)).mean()), float((share * lengths[counts > 0]).mean())


@exercise.mistake("the mean of the parts")
def _(counts, lengths):
    """The parts of the entropy, share times -log2(share), have to be added up, not averaged: the shares already make
    the sum a mean. Use .sum()."""
    share = _share(counts)
    return float(-(share * np.log2(share)).mean()), _mean(counts, lengths)


@exercise.mistake("divided after the logarithm")
def _(counts, lengths):
    """You take the logarithm of the counts and divide by their sum afterwards. The logarithm is that of the share:
    divide first."""
    seen = counts[counts > 0]
    return float(-(seen * np.log2(seen)).sum() / seen.sum()), _mean(counts, lengths)


@exercise.mistake("Kraft's sum for the mean length")
def _(counts, lengths):
    """Your second number is the sum of 2**-length, which says whether such codewords fit. Asked for is the mean of the
    lengths over the row."""
    return huffman.entropy(counts), float((2.0**-lengths).sum())


@exercise.mistake("the natural logarithm")
def _(counts, lengths):
    """np.log is the natural logarithm; that gives the entropy in nats. Bits want np.log2."""
    share = _share(counts)
    return float(-(share * np.log(share)).sum()), _mean(counts, lengths)


@exercise.mistake("the logarithm to base ten")
def _(counts, lengths):
    """np.log10 counts decimal digits. Bits want np.log2."""
    share = _share(counts)
    return float(-(share * np.log10(share)).sum()), _mean(counts, lengths)


@exercise.mistake("the minus sign")
def _(counts, lengths):
    """Your entropy is negative. The logarithm of a share is below 0, so the sum needs a minus in front."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return -entropy, mean


@exercise.mistake("bits in all")
def _(counts, lengths):
    """Both are right for the whole row. Asked for are bits a symbol: divide by the sum of the counts."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return entropy * int(counts.sum()), mean * int(counts.sum())


@exercise.mistake("the mean not divided")
def _(counts, lengths):
    """The entropy is right. Your second number is the bits of the whole row; divide it by the sum of the counts."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return entropy, mean * int(counts.sum())


@exercise.mistake("bits over the number of different symbols")
def _(counts, lengths):
    """You divide the bits of the row by how many different symbols there are. Divide by how many symbols the row
    has: the sum of the counts."""
    return huffman.entropy(counts), int(np.dot(counts, lengths)) / max(len(counts), 1)


@exercise.mistake("lengths over the number of symbols")
def _(counts, lengths):
    """You add up the lengths without asking how often each is used. Multiply each length by its count first."""
    return huffman.entropy(counts), int(lengths.sum()) / max(int(counts.sum()), 1)


@exercise.mistake("each length counted once, over those in use")
def _(counts, lengths):
    """That is the mean over the codewords. Asked for is the mean over the row: a codeword that is used more often
    counts more. Weigh each length by its share."""
    used = lengths[lengths > 0]
    return huffman.entropy(counts), float(used.mean()) if len(used) else 0.0


@exercise.mistake("each length counted once")
def _(counts, lengths):
    """That is lengths.mean(): each codeword counts the same. In the row, a codeword that is used more often counts
    more. Weigh each length by its share."""
    return huffman.entropy(counts), float(lengths.mean()) if len(lengths) else 0.0


@exercise.mistake("ideal lengths added up")
def _(counts, lengths):
    """You add up -log2(share) of all symbols. The entropy is their mean over the row: each has to be multiplied by
    its share."""
    return float(-np.log2(_share(counts)).sum()), _mean(counts, lengths)


@exercise.mistake("ideal lengths averaged over the symbols")
def _(counts, lengths):
    """You take the plain mean of -log2(share) over the different symbols. A frequent symbol counts more: multiply each
    by its share and add up."""
    share = _share(counts)
    return float(-np.log2(share).mean()) if len(share) else 0.0, _mean(counts, lengths)


@exercise.mistake("as if all were equally frequent")
def _(counts, lengths):
    """log2 of how many different symbols there are is the entropy only if all are equally frequent. The shares have to
    come in."""
    return float(np.log2(max(len(_share(counts)), 1))), _mean(counts, lengths)


@exercise.mistake("ideal lengths rounded up")
def _(counts, lengths):
    """You round -log2(share) up to whole bits. The entropy is the floor for any code, and does not know that codewords
    have whole bits: do not round."""
    share = _share(counts)
    return float((share * np.ceil(-np.log2(share))).sum()), _mean(counts, lengths)


@exercise.mistake("counts for shares")
def _(counts, lengths):
    """You put the counts themselves into the formula. p is a share, from 0 to 1: divide by the sum first."""
    seen = counts[counts > 0]
    return float(-(seen * np.log2(seen)).sum()), _mean(counts, lengths)


@exercise.mistake("one number for each symbol")
def _(counts, lengths):
    """These are the parts of the two sums, one for each symbol. Add them up with .sum()."""
    total = max(int(counts.sum()), 1)
    share = counts / total
    return -share * np.log2(np.where(counts > 0, share, 1)), share * lengths


@exercise.mistake("the mean length twice")
def _(counts, lengths):
    """Your entropy comes from the lengths. It depends on the counts alone: -log2 of each share takes the place of the
    length."""
    return _mean(counts, lengths), _mean(counts, lengths)


@exercise.mistake("another order of the two")
def _(counts, lengths):
    """Right numbers, wrong order: asked for is (entropy, mean length)."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return mean, entropy


exercise.mistake("the entropy alone", lambda counts, lengths: huffman.entropy(counts)).says("""
    The entropy is right. Return two numbers: the entropy and the mean length of a codeword.""")


@exercise.mistake("rounded")
def _(counts, lengths):
    """Right, but rounded. Return both as they are; the three digits are for reading only."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return round(entropy, 3), round(mean, 3)


exercise.mistake("one array", lambda counts, lengths: np.array(_entropy_and_mean(counts, lengths))).says("""
    The numbers are right, but they are one array. Return the two of them, with a comma between: return entropy,
    mean.""")


@exercise.mistake("rounded to two digits")
def _(counts, lengths):
    """Right, but rounded to two digits. Return both as they are."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return round(entropy, 2), round(mean, 2)


@exercise.mistake("both of the number of different symbols")
def _(counts, lengths):
    """In both sums you divide by how many different symbols there are. A share is a count over the sum of all
    counts."""
    seen = counts > 0
    share = counts[seen] / len(counts)
    return float(-(share * np.log2(share)).sum()), float((share * lengths[seen]).sum())


@exercise.mistake("a little added to every share, the mean too")
def _(counts, lengths):
    """A small number added to the shares keeps 0 out of the logarithm, but the shares then sum to more than 1. Leave
    out the symbols that do not occur: counts[counts > 0]."""
    share = counts / counts.sum() + 1e-3
    return float(-(share * np.log2(share)).sum()), float((share * lengths).sum())


@exercise.mistake("symbols that occur once left out")
def _(counts, lengths):
    """Symbols that occur once are gone. A symbol occurs if its count is above 0."""
    seen = counts > 1
    share = counts[seen] / max(1, counts[seen].sum())
    total = counts.sum()
    share = counts[seen] / total
    return float(-(share * np.log2(share)).sum()), float((share * lengths[seen]).sum())


@exercise.mistake("symbols with codewords of one bit left out")
def _(counts, lengths):
    """Symbols whose codeword has one bit are gone. A symbol occurs if its count is above 0."""
    seen = lengths > 1
    share = counts[seen] / counts.sum()
    with np.errstate(all="ignore"):
        return float(-(share * np.log2(share)).sum()), float((share * lengths[seen]).sum())


@exercise.mistake("a lone symbol apart")
def _(counts, lengths):
    """A lone symbol has the entropy 0: its share is 1, and log2(1) is 0. It needs no case of its own."""
    return (1.0, 1.0) if len(counts) == 1 else _entropy_and_mean(counts, lengths)


@exercise.mistake("counts of one byte")
def _(counts, lengths):
    """The counts have become uint8, which ends at 255. Multiply them as they are, or as int."""
    with np.errstate(over="ignore"):
        return huffman.entropy(counts), float((counts.astype(np.uint8) * lengths).sum()) / int(counts.sum())


@exercise.mistake("shares into the counts")
def _(counts, lengths):
    """The counts are whole numbers, and an array of those cannot hold shares. Make a new array: share = counts /
    counts.sum()."""
    counts /= counts.sum()
    return _entropy_and_mean(counts, lengths)


@exercise.mistake("products of 32 bits")
def _(counts, lengths):
    """Counts times lengths add up to more than 32 bits hold, and begin again below 0. Work with int64 or floats."""
    product = counts.astype(np.int32) * lengths.astype(np.int32)
    return huffman.entropy(counts), float(product.sum(dtype=np.int32)) / int(counts.sum())


@exercise.mistake("a little added to shares, outside the logarithm too")
def _(counts, lengths):
    """A small number added to the shares keeps 0 out of the logarithm, but then they are no shares any more. Leave out
    the symbols that do not occur: counts[counts > 0]."""
    share = counts / counts.sum() + 1e-6
    return float(-(share * np.log2(share)).sum()), _mean(counts, lengths)


@exercise.mistake("ideal lengths in place of those given")
def _(counts, lengths):
    """You work out lengths of your own, -log2(share) rounded up, and never use `lengths`. The mean is that of the
    lengths given: each times its share."""
    ideal = np.ceil(-np.log2(np.maximum(counts / counts.sum(), 1e-300)))
    return huffman.entropy(counts), float((counts / counts.sum() * ideal).sum())


@exercise.mistake("products of 32 bits, summed in 64")
def _(counts, lengths):
    """count * length is computed with 32 bits, and wraps round above 2,147,483,647. Let the counts stay int64, or make
    floats of them."""
    products = counts.astype(np.int32) * lengths.astype(np.int32)
    return huffman.entropy(counts), float(products.sum(dtype=np.int64) / counts.sum())


@exercise.mistake("one added to every count")
def _(counts, lengths):
    """You add 1 to every count, so that no logarithm is that of 0. That changes all shares. Leave out the symbols that
    do not occur: counts[counts > 0]."""
    share = (counts + 1) / (counts + 1).sum()
    return float(-(share * np.log2(share)).sum()), _mean(counts, lengths)


@exercise.mistake("lengths that do not belong to the counts")
def _(counts, lengths):
    """You leave out the counts that are 0, and then take as many lengths from the first on. They belong to other
    symbols. Leave the same ones out of both: seen = counts > 0; lengths[seen]."""
    share = _share(counts)
    return huffman.entropy(counts), float((share * lengths[: len(share)]).sum())


@exercise.mistake("a dictionary by counts")
def _(counts, lengths):
    """Your dictionary has the counts as keys, so that symbols that occur equally often are one. Go through both arrays
    side by side: zip(counts, lengths)."""
    length_of = {int(count): int(length) for count, length in zip(counts, lengths, strict=True) if count}
    share = np.array(list(length_of)) / sum(length_of)
    return float(-(share * np.log2(share)).sum()), float((share * list(length_of.values())).sum())


@exercise.mistake("0 for the length of a lone symbol")
def _(counts, lengths):
    """Where only one symbol occurs you return 0 for both. Its entropy is 0, but its codeword has a length: the mean is
    that length."""
    entropy, mean = _entropy_and_mean(counts, lengths)
    return entropy, mean if np.count_nonzero(counts) > 1 else 0.0


@exercise.mistake("no share below a thousandth")
def _(counts, lengths):
    """You keep the shares in the logarithm above some small number. Symbols may be rarer than that. Leave out those
    alone that do not occur: counts[counts > 0]."""
    share = counts / counts.sum()
    return float(-(share * np.log2(np.clip(share, 1e-3, 1))).sum()), _mean(counts, lengths)


@exercise.mistake("counts of 0 raised to 1")
def _(counts, lengths):
    """You raise counts of 0 to 1, so that no logarithm is that of 0. Symbols that do not occur then count as if they
    did. Leave them out: counts[counts > 0]."""
    raised = np.maximum(counts, 1)
    share = raised / raised.sum()
    return float(-(share * np.log2(share)).sum()), float((share * lengths).sum())


@exercise.mistake("bits kept in the dtype of the lengths")
def _(counts, lengths):
    """You keep count times length in an array like `lengths`. In uint8 it begins again at 0 after 255. Give the array
    a wider dtype, int or float."""
    bits = (counts * lengths).astype(lengths.dtype)
    return huffman.entropy(counts), float(bits.sum() / counts.sum())


@exercise.mistake("lengths of 0 left out, not those of counts of 0")
def _(counts, lengths):
    """You leave out lengths that are 0. A symbol that does not occur may have a length all the same: leave out the same
    symbols in both arrays, seen = counts > 0."""
    share = _share(counts)
    return huffman.entropy(counts), float((share * lengths[lengths > 0]).sum())
