"""11.3 Chances learned on the way."""

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np

from dc_lab.course.exercises import Exercise


def adaptive_bits(bits, contexts):
    """Bits that a row of 0 and 1 takes, coded with chances learned on the way in each context."""
    seen, total = {}, 0.0
    for bit, context in zip(bits, contexts):
        counts = seen.setdefault(context, [0.5, 0.5])
        total += np.log2((counts[0] + counts[1]) / counts[bit])
        counts[bit] += 1
    return float(total)


def _adaptive(bits, contexts):
    seen = {}
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        counts = seen.setdefault(context, [0.5, 0.5])
        total -= math.log2(counts[bit] / (counts[0] + counts[1]))
        counts[bit] += 1
    return total


def _draw_bits(rng):
    n = int(rng.integers(1, 13))
    contexts = [int(c) for c in rng.choice([0, 1, 2, 5], n)]
    return [int(rng.random() < (0.2, 0.8, 0.5)[c % 3]) for c in contexts], contexts


CASES = [
    ([], []), ([0], [0]), ([1], [3]), ([1, 0], [0, 0]), ([0, 0, 0], [0, 0, 0]), ([1, 1, 0], [0, 1, 0]),
    ([1, 0, 1, 0], [0, 1, 0, 1]), ([0, 1, 1, 1], [7, 7, 2, 7]), ([1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 0, 0]),
    ([0, 0, 1, 0, 0, 0, 0, 1], [0] * 8), ([0] * 40 + [1] * 40, [0, 1] * 40), ([0, 1] * 700, [0, 0] * 700),
]  # fmt: skip

exercise = Exercise(
    id="11.3",
    title="Chances learned on the way",
    minutes=10,
    reference=_adaptive,
    solution=adaptive_bits,
    shown=([1, 1, 0], [0, 0, 0]),
    cases=CASES,
    draw=_draw_bits,
    hints=[
        "A dictionary from context to a pair of counts, which begins as [0.5, 0.5]: seen.setdefault(context, "
        "[0.5, 0.5]) makes it where it is missing.",
        "The chance of a bit is counts[bit] / (counts[0] + counts[1]), and it costs log2(1 / chance). Add that up.",
        "Only then counts[bit] += 1, so that the reader, who learns the bit after that, can do the same.",
    ],
    why="""Counts that begin at one half are the rule of Krichevsky and Trofimov (1981): for n bits it costs about
        log2(n) / 2 bits more than the entropy of the row's own counts, whatever the row. No table is stored; that is
        what the reader pays for learning. dc_lab.coding.adaptive begins with a quarter, which learns a little faster
        where one of the two is rare.""",
)


@exercise.alternative
def _adaptive_by_gamma(bits, contexts):
    """In closed form: what a context costs depends on how many ones and zeros it saw, not on their order."""
    total = 0.0
    pairs = list(zip(bits, contexts, strict=True))
    for context in set(contexts):
        ones, zeros = pairs.count((1, context)), pairs.count((0, context))
        gain = math.lgamma(ones + 0.5) + math.lgamma(zeros + 0.5) - math.lgamma(ones + zeros + 1) - math.log(math.pi)
        total -= gain / math.log(2)
    return total


@exercise.alternative
def _adaptive_by_chance_of_one(bits, contexts):
    chance = defaultdict(lambda: 0.5)
    seen = defaultdict(int)
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        total += math.log2(1 / (chance[context] if bit else 1 - chance[context]))
        chance[context] += (bit - chance[context]) / (seen[context] + 2)
        seen[context] += 1
    return total


def _learned(
    first=(0.5, 0.5),
    context_of=lambda contexts, i: contexts[i],
    cost=lambda counts, bit: -math.log2(counts[bit] / sum(counts)),
    learn_first=False,
    step=1.0,
):
    """A version that differs in how counts begin, whose they are, what a bit costs, or when they are updated."""

    def wrong(bits, contexts):
        seen = {}
        total = 0.0
        for i, bit in enumerate(bits):
            counts = seen.setdefault(context_of(list(contexts), i), list(first))
            if learn_first:
                counts[bit] += step
            total += cost(counts, bit)
            if not learn_first:
                counts[bit] += step
        return total

    return wrong


exercise.mistake("learned before it is coded", _learned(learn_first=True)).says("""
    You count the bit first and then ask what it costs. The reader does not know it yet, and could not compute the same
    chance. First the cost, with the counts as they are; then count.""")
exercise.mistake("counts from 1", _learned((1, 1))).says("""
    Your counts begin at 1, which is Laplace's rule and learns more slowly; or they begin at one half and grow by one
    half, which is the same. Here they begin at one half and grow by 1.""")
exercise.mistake("one half for both together", _learned((0.25, 0.25))).says("""
    Your counts begin at a quarter each. (dc_lab.coding.adaptive does the same.) Asked for is one half each.""")


def _log2_or_inf(share):
    return -math.log2(share) if share else math.inf


def _from_zero(counts, bit):
    return _log2_or_inf(counts[bit] / sum(counts)) if sum(counts) else 1.0


exercise.mistake("counts from 0, a chance of 0", _learned((0, 0), cost=_from_zero)).says("""
    Your counts begin at 0, and so a bit that did not come yet has chance 0 and would take infinitely many bits. Begin
    with one half each.""")
exercise.mistake("counts from 0, division by 0", _learned((0, 0))).says("""
    Your counts begin at 0: the first chance is 0 / 0. Begin with one half each.""")
exercise.mistake("contexts forgotten", _learned(context_of=lambda contexts, i: 0)).says("""
    You have one pair of counts for all. Each context has its own. (If you made a list of pairs: [[0.5, 0.5]] * n is n
    times the same pair.)""")
exercise.mistake(
    "the context of the bit before", _learned(context_of=lambda contexts, i: contexts[i - 1] if i else None)
).says("You use the context of the bit before. Bit i belongs to contexts[i].")
exercise.mistake(
    "the bit before as the context",
    lambda bits, contexts: _learned(context_of=lambda c, i: bits[i - 1] if i else None)(bits, contexts),
).says("You take the bit before as the context. Which one it is says `contexts`.")
exercise.mistake(
    "the bit in its own context",
    lambda bits, contexts: _learned(context_of=lambda c, i: (c[i], bits[i]))(bits, contexts),
).says("""You look up the counts by context and bit together. The reader does not know the bit: a context has a pair of
    counts, and the bit chooses from it only for its cost.""")


@exercise.mistake("counts begin anew where the context changes")
def _(bits, contexts):
    """You begin anew whenever the context changes. A context keeps its counts until it comes again: a dictionary from
    context to counts."""
    total, counts, before = 0.0, [0.5, 0.5], None
    for bit, context in zip(bits, contexts, strict=True):
        if context != before:
            counts, before = [0.5, 0.5], context
        total -= math.log2(counts[bit] / sum(counts))
        counts[bit] += 1
    return total


@exercise.mistake("contexts as places in a list")
def _(bits, contexts):
    """Contexts are any whole numbers, and may have gaps: 7 and 2, for instance. Use a dictionary."""
    # Contexts as indices of a list as long as there are different ones.
    counts = [[0.5, 0.5] for _ in range(len(set(contexts)))]
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        total -= math.log2(counts[context][bit] / sum(counts[context]))
        counts[context][bit] += 1
    return total


exercise.mistake("nothing learned", lambda bits, contexts: float(len(bits))).says("""
    Every bit takes one bit: the counts never change. After each bit, add 1 to its count.""")


@exercise.mistake("counts of the whole row")
def _(bits, contexts):
    """You count the whole row first. That is the entropy, and the reader would need the counts: a table. Here both
    begin with nothing and count as they go."""
    # Entropy with the counts of the whole row, context by context.
    counts = {}
    for bit, context in zip(bits, contexts, strict=True):
        counts.setdefault(context, [0, 0])[bit] += 1
    return 0.0 + sum(
        math.log2(sum(counts[context]) / counts[context][bit]) for bit, context in zip(bits, contexts, strict=True)
    )


@exercise.mistake("counts of the whole row and one half")
def _(bits, contexts):
    """You count the whole row first, then sum. The chance of a bit comes from the bits before it only: cost and count
    in the same loop."""
    counts = {}
    for bit, context in zip(bits, contexts, strict=True):
        counts.setdefault(context, [0.5, 0.5])[bit] += 1
    return 0.0 + sum(
        math.log2(sum(counts[context]) / counts[context][bit]) for bit, context in zip(bits, contexts, strict=True)
    )


exercise.mistake(
    "the chance of a 1, whatever came", _learned(cost=lambda counts, bit: -math.log2(counts[1] / sum(counts)))
).says("You always take the chance of a 1. A bit costs by the chance of what came: of a 0 it is the 0's count.")
exercise.mistake(
    "the chance of a 0, whatever came", _learned(cost=lambda counts, bit: -math.log2(counts[0] / sum(counts)))
).says("You always take the chance of a 0. A bit costs by the chance of what came: counts[bit].")
exercise.mistake(
    "the other one's chance", _learned(cost=lambda counts, bit: -math.log2(counts[1 - bit] / sum(counts)))
).says("""You take the chance of the bit that did not come, or count that one. What came often must become cheap:
    counts[bit], for both.""")


@exercise.mistake("entropy of each chance")
def _(bits, contexts):
    """You add the entropy of each chance: what a bit would cost on average. Asked for is what these bits cost: log2(1 /
    chance of the bit that came)."""

    def cost(counts, bit):
        share = counts[1] / sum(counts)
        return -share * math.log2(share) - (1 - share) * math.log2(1 - share)

    return _learned(cost=cost)(bits, contexts)


exercise.mistake("counts not divided", _learned(cost=lambda counts, bit: -math.log2(counts[bit]))).says("""
    A chance is the bit's count divided by the sum of both.""")
exercise.mistake("sum of the shares", _learned(cost=lambda counts, bit: counts[bit] / sum(counts))).says("""
    You add the chances themselves. A chance p costs log2(1 / p) bits.""")
exercise.mistake("natural logarithm", lambda bits, contexts: _adaptive(bits, contexts) * math.log(2)).says("""
    math.log and np.log are natural logarithms. Bits are log2.""")
exercise.mistake("bits below 0", lambda bits, contexts: -_adaptive(bits, contexts)).says("""
    log2 of a chance is negative. What it costs is its negative.""")
exercise.mistake("bytes", lambda bits, contexts: _adaptive(bits, contexts) / 8).says("""
    This is in bytes. Asked for are bits; the division by 8 comes later.""")


@exercise.mistake("bits a bit")
def _(bits, contexts):
    """You divide by how many there are. Asked for is the sum over the whole row."""
    return _adaptive(bits, contexts) / len(bits) if len(bits) else 0.0


exercise.mistake("whole bits", lambda bits, contexts: float(math.ceil(_adaptive(bits, contexts) - 1e-9))).says("""
    You round up. The sum may stay a fraction: a coder without the one-bit floor comes that near.""")
exercise.mistake("the chance itself", lambda bits, contexts: float(2 ** -_adaptive(bits, contexts))).says("""
    You return the product of all chances. Bits are log2(1 / product); better, sum the logarithms, since the product
    soon is too small for a float.""")


@exercise.mistake("a product too small for a float")
def _product_too_small(bits, contexts):
    """The product of many chances becomes 0 in floats, and its logarithm infinite. Sum the logarithms instead."""
    chance = 1.0
    seen = {}
    for bit, context in zip(bits, contexts, strict=True):
        counts = seen.setdefault(context, [0.5, 0.5])
        chance *= counts[bit] / sum(counts)
        counts[bit] += 1
    return _log2_or_inf(chance)


@exercise.mistake("the logarithm of 0")
def _(bits, contexts):
    """The product of many chances becomes 0 in floats, and log2(0) fails. Sum the logarithms instead."""
    if math.isinf(_product_too_small(bits, contexts)):
        raise ValueError("math domain error")
    return _adaptive(bits, contexts)


def _weighted(counts, bit):
    share = counts[bit] / sum(counts)
    return -share * math.log2(share)


exercise.mistake("each cost times its chance", _learned(cost=_weighted)).says("""
    -p log2(p) is a term of the entropy: what a symbol costs, times how often it comes. This bit came, once: log2(1 /
    p).""")


def _each_rounded_up(counts, bit):
    return float(math.ceil(-math.log2(counts[bit] / sum(counts))))


exercise.mistake("each bit rounded up", _learned(cost=_each_rounded_up)).says("""
    You round each bit's cost up. Without the one-bit floor, a bit may cost a fraction: that is the point.""")


@exercise.mistake("entropy of smoothed counts")
def _(bits, contexts):
    """You count the whole row, add one half, and take the entropy. The reader does not have these counts yet: the
    chance of a bit comes from the bits before it."""
    # n times the entropy of (ones + 1/2) / (n + 1), context by context.
    total = 0.0
    for context in set(contexts):
        here = [bit for bit, other in zip(bits, contexts, strict=True) if other == context]
        share = (sum(here) + 0.5) / (len(here) + 1)
        total -= len(here) * (share * math.log2(share) + (1 - share) * math.log2(1 - share))
    return total


@exercise.mistake("an empty row refused")
def _(bits, contexts):
    """An empty row costs nothing: 0.0. max([]) and a mean of nothing fail. A dictionary needs no largest context."""
    if not len(bits):
        raise ValueError
    return _adaptive(bits, contexts)


@exercise.mistake("two contexts")
def _(bits, contexts):
    """You have room for the contexts 0 and 1 only. A context is any whole number: use a dictionary."""
    if max(contexts, default=0) > 1:
        raise IndexError
    return _adaptive(bits, contexts)


@exercise.mistake("a list of costs")
def _(bits, contexts):
    """These are the costs of the single bits. Return their sum."""
    ends = [_adaptive(bits[:i], contexts[:i]) for i in range(len(bits) + 1)]
    return [after - before for before, after in pairwise(ends)]


@exercise.mistake("ones counted, whatever came")
def _(bits, contexts):
    """After each bit you count a 1. Count what came: counts[bit] += 1."""
    seen = {}
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        counts = seen.setdefault(context, [0.5, 0.5])
        total -= math.log2(counts[bit] / sum(counts))
        counts[1] += 1
    return total


exercise.mistake("only the first bit", lambda bits, contexts: 1.0 if len(bits) else None).says("""
    You return after the first bit: is the `return` within the loop?""")
exercise.mistake("1 minus the chance", _learned(cost=lambda counts, bit: 1 - counts[bit] / sum(counts))).says("""
    1 - p is the chance that it would not come. What it costs is log2(1 / p) bits.""")
