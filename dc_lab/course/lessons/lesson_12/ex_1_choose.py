"""12.1 A price for bits."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise


def choose(weights, step, most, price):
    """The level of each weight: least squared error, in steps, plus price times bits."""
    levels = np.arange(-most, most + 1)
    counts = np.ones(len(levels))
    chosen = []
    for weight in weights:
        bits = np.log2(counts.sum() / counts)
        best = np.argmin((weight / step - levels) ** 2 + price * bits)
        counts[best] += 1
        chosen.append(levels[best])
    return np.array(chosen, int)


MARGIN = 1e-4


def decided(weights, step, most, price):
    """Whether at each weight the best score is below all others by a margin, so that rounding does not matter."""
    counts, levels = np.ones(2 * most + 1), np.arange(-most, most + 1)
    for weight in weights.astype(float):
        scores = (weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts)
        first, second = np.sort(scores)[:2]
        if second - first < MARGIN:
            return False
        counts[scores.argmin()] += 1
    return True


def _drawn(rng, n, step, most, price, dtype=np.float64):
    """Weights of a bell curve of 1.2 steps, each taken again until its choice is clear."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    while len(found) < n:
        weight = dtype(rng.normal(0, 1.2 * step))
        scores = (float(weight) / step - levels) ** 2 + price * np.log2(counts.sum() / counts)
        first, second = np.sort(scores)[:2]
        if second - first >= MARGIN:
            counts[scores.argmin()] += 1
            found.append(weight)
    return np.array(found, dtype), step, most, price


def _draw(rng):
    dtype = (np.float64, np.float32)[int(rng.integers(2))]
    most, price = int(rng.integers(1, 8)), float(rng.choice([0.02, 0.1, 0.3, 0.8]))
    return _drawn(rng, int(rng.integers(1, 30)), float(rng.uniform(0.05, 2)), most, price, dtype)


def _large():
    return _drawn(np.random.default_rng(7), 2_000, 0.125, 7, 0.1, np.float32)


SHOWN = (np.array([0.1, 0.2, 0.1, 0.9, 0.55]), 1.0, 1, 0.2)


def _cases():
    rng = np.random.default_rng(1)
    return [
        (np.array([]), 0.5, 2, 0.1),
        (np.array([0.3]), 0.5, 1, 0.0),
        (np.array([-0.3, 0.2]), 0.5, 1, 0.0),
        (np.array([0.9, -7.0, 7.0]), 0.25, 3, 0.0),
        (np.array([0.1, 0.1, 0.1, 0.6, 0.6, 0.6]), 1.0, 2, 0.2),
        (np.array([0.2, 0.1, -0.2, 0.56]), 1.0, 1, 0.15),
        (np.array([-0.1, 0.05, -0.56, -0.55, -0.9]), 1.0, 1, 0.2),
        (np.array([1.9, 2.1, 2.0, 1.45, 1.4]), 1.0, 3, 0.15),
        (np.array([0.05, 0.3, 0.02, 0.14]), 0.25, 2, 0.1),
        (np.array([3.0, 0.1, 3.1, 1.52, 1.55]), 1.0, 3, 1.0),
        _drawn(rng, 40, 0.5, 2, 0.3),
        _drawn(rng, 60, 2.0, 7, 0.1),
        _drawn(rng, 60, 0.0625, 3, 1.5),
        _drawn(rng, 40, 0.5, 1, 0.5),
        (np.full(30, 0.1)[::2], 0.5, 2, 0.1),
        # Counts that live on from the first of these make the second wrong, and right when it is asked again.
        (np.array([0.1, 0.1, 0.1]), 1.0, 9, 0.1),
        (np.array([0.55, 1.0, 1.0, 1.0]), 1.0, 9, 0.1),
        # Levels that 8 bits do not hold.
        (np.array([150.0, -200.0]), 1.0, 200, 0.0),
        (np.array([0.1, 260.1, -900.0, 1000.0]), 1.0, 1000, 0.1),
    ]


def _not_whole(case, expected, got):
    """Whole numbers of any dtype are right; the first that departs is named."""
    if not isinstance(got, np.ndarray) or got.shape != expected.shape:
        raise TypeError("no such array")  # which is then said of it in the usual words
    if got.dtype.kind not in "iu":
        return (
            f"the levels are {got.dtype}, and an array of whole numbers is asked for, also where there are no weights"
        )
    wrong = np.flatnonzero(expected != got)
    if len(wrong) == 0:
        return None
    i, (weights, step, most, price) = int(wrong[0]), case
    before = np.bincount(expected[:i] + most, minlength=2 * most + 1) + 1
    right = int(expected[i])
    bits = math.log2(before.sum() / before[right + most])
    score = (float(weights[i]) / step - right) ** 2 + price * bits
    return (
        f"weight number {i} (counted from 0), {float(weights[i]) / step:.4g} steps: level {right} takes "
        f"{bits:.3f} bits there, and its cost {score:.4f} is the lowest; got level {got[i]}"
    )


exercise = Exercise(
    id="12.1",
    title="A price for bits",
    minutes=20,
    task="build",
    reference=choose,
    shown=SHOWN,
    cases=_cases,
    draw=_draw,
    accept=_not_whole,
    large=_large,
    large_is="2,000 weights, as many as the classifier has",
    equivalents={"line 7: counts.sum -> counts.max": "what is the same for all levels makes no difference"},
    hints=[
        "levels = np.arange(-most, most + 1), and a count of 1 for each. Then go through the weights one by one.",
        "At each weight: bits = np.log2(counts.sum() / counts), for all levels at once. Which level has the least "
        "(weight / step - levels) ** 2 + price * bits? np.argmin says where.",
        "Only after the choice, add 1 to the count of the level that was chosen. The next weight sees the new counts.",
    ],
    why="""The choice is one look ahead at each weight. It does not see that choosing a level now makes it cheaper for
        all that come later. Coders of video choose so, with a search over several decisions at once (a trellis).""",
)


@exercise.alternative
def _by_loops(weights, step, most, price):
    counts = dict.fromkeys(range(-most, most + 1), 1)
    found = []
    for weight in weights.tolist():
        total = sum(counts.values())

        def score(level, weight=weight, total=total):
            return (weight / step - level) ** 2 - price * math.log2(counts[level] / total)

        best = min(counts, key=score)
        counts[best] += 1
        found.append(best)
    return np.array(found, dtype=np.int32)


@exercise.alternative
def _without_the_sum(weights, step, most, price):
    counts, found = np.ones(2 * most + 1), np.zeros(len(weights), np.int16)
    for i, weight in enumerate(weights):
        cost = abs(weight / step - np.arange(-most, most + 1)) ** 2 - price * np.log2(counts)
        found[i] = cost.argmin() - most
        counts[found[i] + most] += 1
    return found


def _chosen(
    counts_of=lambda most: np.ones(2 * most + 1),
    bits_of=lambda counts: np.log2(counts.sum() / counts),
    error_of=lambda weight, levels, step: (weight / step - levels) ** 2,
    count=lambda counts, best: np.eye(len(counts))[best],
    levels_of=lambda most: np.arange(-most, most + 1),
):
    def wrong(weights, step, most, price):
        levels = levels_of(most)
        counts, found = counts_of(most)[: len(levels)], []
        for weight in weights:
            score = error_of(weight, levels, step) + price * bits_of(counts)
            best = int(np.argmin(score))
            counts = counts + count(counts, best)
            found.append(levels[best])
        return np.array(found, int)

    return wrong


@exercise.mistake("nearest level")
def _nearest(weights, step, most, price):
    """You take the nearest level, whatever it costs. Either price * bits is not added to each squared error before you
    choose, or all levels cost the same with you: add 1 to the count of the level that is chosen, and to no other."""
    return np.clip(np.rint(weights / step), -most, most).astype(int)


exercise.mistake("natural logarithm", _chosen(bits_of=lambda counts: np.log(counts.sum() / counts))).says("""
    np.log is the natural logarithm. Bits are np.log2.""")
exercise.mistake("bits without a minus", _chosen(bits_of=lambda counts: np.log2(counts / counts.sum()))).says("""
    Rare levels are cheapest for you: the share is upside down, or a sign is wrong. Bits are log2(total / count), and
    price * bits is added.""")
exercise.mistake("the share for bits", _chosen(bits_of=lambda counts: 1 - counts / counts.sum())).says("""
    You take one minus the share for the price of a level. Its bits are log2(sum of all counts / its count).""")
exercise.mistake("error in weights", _chosen(error_of=lambda w, levels, step: (w - levels * step) ** 2)).says(
    """Your error is in units of the weights. Here it counts in steps: weight / step - level, squared."""
)
exercise.mistake("level times step missing", _chosen(error_of=lambda w, levels, step: (w - levels) ** 2)).says(
    """You compare the weight itself with a level. A level counts steps: compare weight / step."""
)
exercise.mistake("absolute error", _chosen(error_of=lambda weight, levels, step: abs(weight / step - levels))).says("""
    You take the distance itself. The error is the distance in steps, squared.""")
exercise.mistake("weight times step", _chosen(error_of=lambda w, levels, step: (w * step - levels) ** 2)).says(
    """You multiply the weight by the step. Divide: weight / step is how many steps it is from 0."""
)
exercise.mistake("half the squared error", _chosen(error_of=lambda w, levels, step: (w / step - levels) ** 2 / 2)).says(
    """Your error has a factor of one half, so that bits are twice as dear. Take the squared error as it is."""
)
exercise.mistake("no top level", _chosen(levels_of=lambda most: np.arange(-most, most))).says("""
    np.arange(-most, most) ends before `most`. The levels are -most to most, so the end is most + 1.""")
exercise.mistake("counts from one half", _chosen(counts_of=lambda most: np.full(2 * most + 1, 0.5))).says("""
    Your counts begin at one half, as in lesson 11, or they begin at 1 and grow by 2, which is the same. Here they begin
    at 1 and grow by 1.""")


@exercise.mistake("the count at another place")
def _(weights, step, most, price):
    """After a choice another level's count grows: you take the level itself for its place in `counts`. Places begin at
    0 and levels at -most, so the count of level k is at place k + most."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        best = np.argmin((weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts))
        counts[levels[best]] += 1
        found.append(levels[best])
    return np.array(found, int)


@exercise.mistake("counts of the nearest levels")
def _of_nearest(weights, step, most, price):
    """You count the nearest levels of all weights first. A reader does not have these: each price comes from the levels
    chosen before."""
    counts = np.bincount(_nearest(weights, step, most, 0) + most, minlength=2 * most + 1) + 1
    levels = np.arange(-most, most + 1)
    bits = np.log2(counts.sum() / counts)
    return levels[((weights[:, None] / step - levels) ** 2 + price * bits).argmin(axis=1)].astype(int)


@exercise.mistake("the nearest level counted")
def _(weights, step, most, price):
    """You count the nearest level of each weight. Count the level that you chose: only that one is in the file."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight, near in zip(weights, _nearest(weights, step, most, 0), strict=True):
        best = np.argmin((weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts))
        counts[near + most] += 1
        found.append(levels[best])
    return np.array(found, int)


@exercise.mistake("one count too many")
def _(weights, step, most, price):
    """Each count is one too large when you choose. Either you count a level before it is chosen, or counts begin at 2.
    They begin at 1, and the level is counted after the choice."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        scores = [
            (weight / step - level) ** 2 + price * math.log2((counts.sum() + 1) / (counts[i] + 1))
            for i, level in enumerate(levels)
        ]
        best = int(np.argmin(scores))
        counts[best] += 1
        found.append(levels[best])
    return np.array(found, int)


exercise.mistake("places for levels", lambda *args: choose(*args) + args[2]).says("""
    You return places in the list of levels, from 0. Return the levels themselves, from -most to most.""")
exercise.mistake("weights for levels", lambda *args: choose(*args) * args[1]).says("""
    You return the weights on the grid. Return the levels, whole numbers; times the step comes later.""")
exercise.mistake("a list", lambda *args: choose(*args).tolist()).says("""
    This is a list. Return an array: np.array(chosen, int).""")
exercise.mistake("levels as floats", lambda *args: choose(*args).astype(float)).says("""
    Your levels are floats. Return an array of whole numbers, also for no weights: np.array(chosen, int).""")
exercise.mistake("a level too few", lambda w, step, most, price: choose(w, step, max(most - 1, 0), price)).says("""
    Your levels end at most - 1. They go from -most to most, both included: 2 * most + 1 of them.""")


@exercise.mistake("the dearest level")
def _(weights, step, most, price):
    """You take the level with the highest cost. The lowest is wanted: np.argmin."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        best = np.argmax((weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts))
        counts[best] += 1
        found.append(levels[best])
    return np.array(found, int)


@exercise.mistake("price on the error")
def _(weights, step, most, price):
    """You multiply the error by the price. The price belongs to the bits."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        best = np.argmin(price * (weight / step - levels) ** 2 + np.log2(counts.sum() / counts))
        counts[best] += 1
        found.append(levels[best])
    return np.array(found, int)


exercise.mistake("whole bits", _chosen(bits_of=lambda counts: np.ceil(np.log2(counts.sum() / counts)))).says("""
    You round bits up. An adaptive coder pays fractions of a bit, so leave the logarithm as it is.""")


def _shares_of_entropy(counts):
    return -(counts / counts.sum()) * np.log2(counts / counts.sum())


exercise.mistake("a term of the entropy", _chosen(bits_of=_shares_of_entropy)).says("""
    You multiply the bits of a level by its share, as in an entropy. This weight is sent once: it costs log2(total /
    count).""")


@exercise.mistake("from the last weight")
def _(weights, step, most, price):
    """You go through the weights from the last one. Begin with the first: the decoder counts in the same order."""
    return choose(weights[::-1], step, most, price)[::-1]


@exercise.mistake("no weights refused")
def _(weights, step, most, price):
    """Where there are no weights, return an empty array of whole numbers: np.array([], int)."""
    if len(weights) == 0:
        raise ValueError("no weights")
    return choose(weights, step, most, price)


def _only(allowed):
    """A version that looks at some levels only: `allowed(weight in steps, levels, most)`."""

    def wrong(weights, step, most, price):
        counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
        for weight in weights:
            score = (weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts)
            best = int(np.argmin(np.where(allowed(weight / step, levels, most), score, np.inf)))
            counts[best] += 1
            found.append(levels[best])
        return np.array(found, int)

    return wrong


def _neighbours(x, levels, most):
    return abs(np.clip(x, -most, most) - levels) <= 1


exercise.mistake("only the neighbours", _only(_neighbours)).says("""
    You choose among the two levels next to the weight. One further away may be so much cheaper that it is better: look
    at all of them.""")
exercise.mistake(
    "only the nearest and 0",
    _only(lambda x, levels, most: (levels == 0) | (levels == np.clip(np.rint(x), -most, most))),
).says("""
    You choose between the nearest level and 0. Any level may have the lowest cost: look at all of them.""")
exercise.mistake(
    "weight cut to the levels",
    _chosen(error_of=lambda w, levels, step: (np.clip(w / step, levels[0], levels[-1]) - levels) ** 2),
).says("""
    You bring a weight beyond the last level there before you take the error. Its error counts from where it is, so
    that a weight far outside costs more at every level but the last.""")
exercise.mistake(
    "the price over the step",
    _chosen(error_of=lambda weight, levels, step: step * (weight / step - levels) ** 2),
).says("""
    You divide the price by the step. The error is counted in steps already, so that the price stays as it is.""")

exercise.mistake("counts from 0", _chosen(counts_of=lambda most: np.full(2 * most + 1, 1e-9))).says("""
    Your counts begin at 0, or next to it, so that a level which was not chosen yet costs endlessly many bits. Begin
    with a count of 1 for each level.""")
exercise.mistake("no logarithm", _chosen(bits_of=lambda counts: counts.sum() / counts)).says("""
    You take total / count itself for the bits. Its logarithm is missing: np.log2(total / count).""")
exercise.mistake("no levels below 0", _chosen(levels_of=lambda most: np.arange(0, most + 1))).says("""
    You have no negative levels, so that every weight below 0 becomes 0. The levels go from -most to most.""")


@exercise.mistake("the nearest level counted first")
def _(weights, step, most, price):
    """You count the nearest level before the bits are worked out, so that it is cheaper than it should be. First choose
    with the counts as they are. Then add 1 to the count of the level that you chose."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        error = (weight / step - levels) ** 2
        counts[np.argmin(error)] += 1
        found.append(levels[np.argmin(error + price * np.log2(counts.sum() / counts))])
    return np.array(found, int)


@exercise.mistake("levels in 8 bits")
def _(weights, step, most, price):
    """You keep the levels in 8 bits, which end at 127, so that a larger one comes back negative. `most` may be up to
    1,000: take int, or np.int16 at least."""
    return choose(weights, step, most, price).astype(np.int8).astype(int)


exercise.mistake("counts of magnitudes", _chosen(
    count=lambda counts, best: np.eye(len(counts))[[best, -1 - best]].max(axis=0)
)).says("""
    You count a level and its negative together. Each level from -most to most has its own count.""")  # fmt: skip
exercise.mistake("level 0 not counted", _chosen(
    count=lambda counts, best: np.eye(len(counts))[best] * (best != len(counts) // 2)
)).says("""
    You do not count level 0. Zeros are sent like all other levels, so their count grows, too.""")  # fmt: skip
exercise.mistake("rounded before the error", _chosen(
    error_of=lambda weight, levels, step: (np.rint(weight / step) - levels) ** 2
)).says("""
    You round the weight to whole steps before you take the error. The error is that of the weight itself:
    (weight / step - level) ** 2.""")  # fmt: skip
exercise.mistake("cut down to whole steps", _chosen(
    error_of=lambda weight, levels, step: (weight // step - levels) ** 2
)).says("""
    You bring the weight down to whole steps, as // and np.floor do. Divide with /, and leave the fraction in the
    error.""")  # fmt: skip
exercise.mistake("int() of the steps", _chosen(
    error_of=lambda weight, levels, step: (np.trunc(weight / step) - levels) ** 2
)).says("""
    int() cuts the fraction of weight / step off before you take the error. Leave it there.""")  # fmt: skip
exercise.mistake("divided by the step twice", _chosen(
    error_of=lambda weight, levels, step: (weight / step / step - levels) ** 2
)).says("""
    You divide by the step twice. weight / step is the weight in steps already.""")  # fmt: skip
exercise.mistake("levels times the step as well", _chosen(
    error_of=lambda weight, levels, step: (weight / step - levels * step) ** 2
)).says("""
    You divide the weight by the step and multiply the level by it as well. One of both is enough, and here it is the
    weight: weight / step - level.""")  # fmt: skip
exercise.mistake("the weight cut to `most`", _chosen(
    error_of=lambda w, levels, step: (np.clip(w, levels[0], levels[-1]) / step - levels) ** 2
)).says("""
    You cut the weight itself to -most and most, which are numbers of steps. Nothing has to be cut: every weight has an
    error at every level.""")  # fmt: skip
exercise.mistake("no sign", _chosen(error_of=lambda weight, levels, step: (abs(weight) / step - levels) ** 2)).says("""
    You take the weight without its sign, so that no level below 0 is near. Leave abs away.""")
exercise.mistake("no level 0", _chosen(
    levels_of=lambda most: np.array([k for k in range(-most, most + 1) if k])
)).says("""
    Level 0 is missing. The levels are all whole numbers from -most to most.""")  # fmt: skip
exercise.mistake("a level too many", _chosen(
    counts_of=lambda most: np.ones(2 * most + 3), levels_of=lambda most: np.arange(-most - 1, most + 2)
)).says("""
    Your levels go from -most - 1 to most + 1. They end at -most and most.""")  # fmt: skip
exercise.mistake("no lowest level", _chosen(levels_of=lambda most: np.arange(-most + 1, most + 1))).says("""
    Your levels begin at -most + 1. The lowest is -most.""")
exercise.mistake(
    "counts that sum to 1", _chosen(counts_of=lambda most: np.full(2 * most + 1, 1 / (2 * most + 1)))
).says("""Your counts begin at one share of 1 each, so that a single weight outweighs them. Each begins at 1.""")
exercise.mistake("a count doubled", _chosen(count=lambda counts, best: np.eye(len(counts))[best] * counts[best])).says(
    """You double the count of the level that is chosen. Add 1 to it."""
)
exercise.mistake("whole division in the logarithm", _chosen(
    bits_of=lambda counts: np.log2(counts.sum() // counts)
)).says("""
    You divide with // within the logarithm, which drops the fraction. Take total / count.""")  # fmt: skip
exercise.mistake("bits rounded", _chosen(bits_of=lambda counts: np.rint(np.log2(counts.sum() / counts)))).says("""
    You round the bits to whole ones. They count with their fraction: leave the logarithm as it is.""")
exercise.mistake("bits cut down", _chosen(bits_of=lambda counts: np.floor(np.log2(counts.sum() / counts)))).says("""
    You cut the bits down to whole ones, as int() or floor does. They count with their fraction.""")
exercise.mistake("logarithm to base 10", _chosen(bits_of=lambda counts: np.log10(counts.sum() / counts))).says("""
    np.log10 is the logarithm to base 10. Bits are np.log2.""")
exercise.mistake("1 within the logarithm", _chosen(bits_of=lambda counts: np.log2(1 + counts.sum() / counts))).says("""
    You add 1 within the logarithm. Bits are log2(total / count).""")
exercise.mistake("the share itself", _chosen(bits_of=lambda counts: counts / counts.sum())).says("""
    You add the share of a level, so that frequent levels are the dear ones. Its bits are log2(total / count).""")
exercise.mistake("the first total", _chosen(
    bits_of=lambda counts: np.maximum(np.log2(len(counts) / counts), 0)
)).says("""
    Your total stays where it began while counts grow, and you cut bits off at 0. The total is the sum of all counts as
    they are now; then no bits are below 0.""")  # fmt: skip
exercise.mistake("bits at other places", _chosen(
    bits_of=lambda counts: np.log2(counts.sum() / counts[np.arange(len(counts)) - len(counts) // 2])
)).says("""
    You look up the count of a level at the place of its own number. Places begin at 0 and levels at -most, so the count
    of level k is at place k + most.""")  # fmt: skip


def _by_score(score_of):
    """A version with another score: `score_of(squared error, bits, price, step, n)`."""

    def wrong(weights, step, most, price):
        counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
        for weight in weights:
            bits = np.log2(counts.sum() / counts)
            best = int(np.argmin(score_of((weight / step - levels) ** 2, bits, price, step, len(weights))))
            counts[best] += 1
            found.append(levels[best])
        return np.array(found, int)

    return wrong


exercise.mistake("no price", _by_score(lambda error, bits, price, step, n: error + bits)).says("""
    You add the bits themselves, as if the price were 1. Add price * bits.""")
exercise.mistake("a price for bytes", _by_score(lambda error, bits, price, step, n: error + price * bits / 8)).says("""
    You divide the bits by 8. The price is that of a bit, not of a byte.""")
exercise.mistake("bits times 8", _by_score(lambda error, bits, price, step, n: error + price * bits * 8)).says("""
    You multiply the bits by 8. The price is that of one bit.""")
exercise.mistake("the price times the step", _by_score(
    lambda error, bits, price, step, n: error + price * step * bits
)).says("""
    You multiply the price by the step. The error is counted in steps already, so that the price stays as it is.
    """)  # fmt: skip
exercise.mistake("the price times the step squared", _by_score(
    lambda error, bits, price, step, n: error + price * step**2 * bits
)).says("""
    You multiply the price by the square of the step. The error is counted in steps already, so that the price stays as
    it is.""")  # fmt: skip
exercise.mistake("the price shared", _by_score(lambda error, bits, price, step, n: error + price * bits / n)).says("""
    You divide the price by the number of weights. Each weight pays for its own bits in full.""")
exercise.mistake("only the bits", _by_score(lambda error, bits, price, step, n: bits)).says("""
    You choose the level with the fewest bits, whatever its error. Add both: the squared error, and price * bits.""")


def _in_order(order_of, back=True):
    """A version that goes through the weights in another order."""

    def wrong(weights, step, most, price):
        order = order_of(weights)
        found = choose(weights[order], step, most, price)
        return found[np.argsort(order)] if back else found

    return wrong


exercise.mistake("the largest first", _in_order(lambda weights: np.argsort(-np.abs(weights), kind="stable"))).says("""
    You begin with the weights that are farthest from 0. Go through them in the order in which they come.""")
exercise.mistake("the nearest to 0 first", _in_order(lambda weights: np.argsort(np.abs(weights), kind="stable"))).says(
    """You begin with the weights that are nearest to 0. Go through them in the order in which they come."""
)
exercise.mistake("from the highest down", _in_order(lambda weights: np.argsort(-weights, kind="stable"))).says("""
    You go from the highest weight down to the lowest. Go through them in the order in which they come.""")
exercise.mistake("from the lowest up", _in_order(lambda weights: np.argsort(weights, kind="stable"))).says("""
    You go from the lowest weight up to the highest. Go through them in the order in which they come.""")
exercise.mistake("weights sorted", _in_order(lambda weights: np.argsort(weights, kind="stable"), back=False)).says("""
    You sort the weights, and return the levels in that order. Level number i belongs to weight number i.""")


@exercise.mistake("a total from 0")
def _(weights, step, most, price):
    """Your total begins at 0, and has no logarithm there. It is the sum of all counts, which begin at 1 each, so that
    the first total is 2 * most + 1."""
    if len(weights) == 0:
        return np.array([], int)
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), [-most]
    counts[0] += 1
    for weight in weights[1:]:
        best = np.argmin((weight / step - levels) ** 2 - price * np.log2(counts))
        counts[best] += 1
        found.append(levels[best])
    return np.array(found, int)


@exercise.mistake("counted one weight late")
def _(weights, step, most, price):
    """You count each level only after the next choice. Count it at once: the next weight sees it already."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        best = np.argmin((weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts))
        if found:
            counts[found[-1] + most] += 1
        found.append(levels[best])
    return np.array(found, int)


@exercise.mistake("only the nearest and the next towards 0")
def _(weights, step, most, price):
    """You choose between the nearest level and the one next to it towards 0. Any level may have the lowest cost: look
    at all of them."""

    def allowed(x, levels, most):
        near = np.clip(np.rint(x), -most, most)
        return (levels == near) | (levels == near - np.sign(near))

    return _only(allowed)(weights, step, most, price)


@exercise.mistake("only the nearest and the cheapest")
def _(weights, step, most, price):
    """You choose between the nearest level and the one with the largest count. Any level may have the lowest cost:
    look at all of them."""
    counts, levels, found = np.ones(2 * most + 1), np.arange(-most, most + 1), []
    for weight in weights:
        score = (weight / step - levels) ** 2 + price * np.log2(counts.sum() / counts)
        near = np.clip(np.rint(weight / step), -most, most)
        score[(levels != near) & (np.arange(len(levels)) != counts.argmax())] = np.inf
        counts[score.argmin()] += 1
        found.append(levels[score.argmin()])
    return np.array(found, int)


exercise.mistake("the last weight left out", lambda *args: choose(args[0][:-1], *args[1:])).says("""
    You stop before the last weight. There is a level for each of them.""")
exercise.mistake("levels without a sign", lambda *args: choose(*args).astype(np.uint8)).says("""
    You keep the levels in 8 bits without a sign, where -1 becomes 255. Take int.""")


@exercise.mistake("the counts returned")
def _(weights, step, most, price):
    """You return how often each level was chosen. Return the level of each weight."""
    return np.bincount(choose(weights, step, most, price) + most, minlength=2 * most + 1) + 1


@exercise.mistake("floats where there are no weights")
def _(weights, step, most, price):
    """Where there are no weights, np.array([]) is an array of floats. Say that you want whole numbers:
    np.array(chosen, int)."""
    return choose(weights, step, most, price) if len(weights) else np.array([])


exercise.mistake("zeros for nothing", _chosen(
    bits_of=lambda counts: np.log2(counts.sum() / counts) * (np.arange(len(counts)) != len(counts) // 2)
)).says("""
    Level 0 costs no bits with you. It is sent like all others: its bits are log2(total / count), too.""")  # fmt: skip
exercise.mistake("a bit for the sign", _chosen(
    bits_of=lambda counts: np.log2(counts.sum() / counts) + (np.arange(len(counts)) != len(counts) // 2)
)).says("""
    You add a bit for the sign. A level and its negative are two levels with two counts, so that nothing is added.
    """)  # fmt: skip
exercise.mistake(
    "twice the squared error", _by_score(lambda error, bits, price, step, n: 2 * error + price * bits)
).says("""Your error has a factor of 2, so that bits are half as dear. Take the squared error as it is.""")
exercise.mistake("error times bits", _by_score(lambda error, bits, price, step, n: error * price * bits)).says("""
    You multiply the error by the price of the bits. Add both.""")
exercise.mistake("the first weight left out", lambda *args: choose(args[0][1:], *args[1:])).says("""
    You begin with the second weight. There is a level for each of them.""")
exercise.mistake("one level only", lambda *args: choose(args[0][:1], *args[1:])).says("""
    You return after the first weight. Is the `return` within the loop? It belongs behind it.""")


@exercise.mistake("weights over their rms")
def _(weights, step, most, price):
    """You divide the weights by their root mean square as well. `step` is in units of the weights: weight / step."""
    rms = np.sqrt(np.mean(weights**2)) if len(weights) else 1.0
    return choose(weights / rms, step, most, price)
