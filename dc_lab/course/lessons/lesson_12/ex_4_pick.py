"""12.4 Which candidate to send."""

import numpy as np

from dc_lab.course.exercises import Exercise


def pick(candidates, mean, spread):
    """The number of the candidate with the greatest quotient, wanted over offered."""
    offered = candidates**2 / 2
    wanted = (candidates - mean) ** 2 / (2 * spread**2)
    score = (offered - wanted).sum(axis=1)
    return np.argmax(score)


MARGIN = 1e-6


def is_clear(candidates, mean, spread):
    """Whether the two highest scores are apart by more than what rounding does."""
    score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
    best = np.sort(score)[::-1]
    return len(best) < 2 or float(best[0] - best[1]) > MARGIN * max(1.0, abs(float(best[0])))


def _drawn(rng, count, size, near, spreads=(0.05, 1.0)):
    while True:
        case = rng.normal(0, 1, (count, size)), rng.normal(0, near, size), rng.uniform(*spreads, size)
        if is_clear(*case):
            return case


def _close(rng, count, size, apart):
    """A case whose greatest score is ahead of another by `apart`, which comes before it."""
    candidates, mean, spread = _drawn(rng, count, size, 1.0)
    best = candidates[pick(candidates, mean, spread)]
    # The slope of the score by the first weight says how far the copy has to be.
    slope = best[0] - (best[0] - mean[0]) / spread[0] ** 2
    copy = best.copy()
    copy[0] -= apart / slope
    return np.concatenate([[copy], candidates]), mean, spread


def _draw(rng):
    return _drawn(rng, int(rng.integers(8, 25)), int(rng.integers(1, 9)), float(rng.uniform(0.1, 2)))


def _cases():
    rng = np.random.default_rng(4)
    # Enough candidates that two mistakes seldom return the same number by chance.
    one = np.array([[0.2], [1.1], [-0.7], [2.0], [0.6], [-0.2], [1.6], [-1.4], [0.8], [0.4], [-0.5], [1.3]])
    two = np.array([[0.9, -0.4], [1.2, 0.3], [0.1, -0.1], [1.5, 2.1], [-0.3, -0.6], [0.8, 1.4], [1.0, -1.7]])
    return [
        (one, np.array([1.0]), np.array([0.5])), (one, np.array([0.01]), np.array([0.4])),
        (one, np.array([-0.55]), np.array([0.3])), (one, np.array([1.0]), np.array([0.9])),
        (one, np.array([1.31]), np.array([0.01])), (one, np.array([0.05]), np.array([0.2])),
        # One weight has to be near its mean, the other need not.
        (two, np.array([1.0, 0.0]), np.array([0.05, 0.95])), (two, np.array([1.0, 0.0]), np.array([0.95, 0.05])),
        (two, np.array([1.1, -0.5]), np.array([0.4, 1.3])), (np.array([[0.4, 0.1]]), np.zeros(2), np.ones(2)),
        # Small spreads, and candidates about as near.
        (1 + two / 20, np.array([1.0, 1.0]), np.array([0.02, 0.09])),
        (1 - two[:, ::-1] / 30, np.array([1.01, 0.99]), np.array([0.01, 0.04])),
        (1 + one / 40 + one[::-1, :] ** 2 / 50 * [0, 1], np.array([1.01, 1.02]), np.array([0.03, 0.008])),
        # Spreads below and above 1.
        (two, np.array([0.3, 0.2]), np.array([3.0, 1.4])),
        (np.array([[2.0], [-3.0]]), np.array([1.0]), np.array([2.0])),
        _drawn(rng, 9, 3, 1.0, (0.3, 3.0)), _drawn(rng, 15, 5, 1.0, (0.3, 3.0)), _drawn(rng, 30, 8, 1.0, (0.3, 3.0)),
        _drawn(rng, 20, 4, 1.0, (1.0, 4.0)), _drawn(rng, 25, 6, 2.0, (0.2, 2.0)),
        # One that is nearly as good comes first.
        _close(rng, 12, 3, 1e-3), _close(rng, 20, 5, 1e-4), _close(rng, 9, 1, 1e-5),
        # Scores in the tens, hundreds and thousands, above 0 and below.
        (np.array([[37.45], [37.6], [37.5], [-37.55]]), np.array([0.0]), np.array([50.0])),
        (np.array([[9.5], [10.0], [11.0], [-10.2], [10.6]]), np.array([9.0]), np.array([3.0])),
        (np.array([[40.0], [43.0], [39.0], [-41.5], [38.5], [41.0], [-38.0]]), np.array([38.1]), np.array([2.0])),
        (np.array([[40.0], [43.0], [39.0], [-41.5], [38.5], [41.0], [-38.0]]), np.array([38.1]), np.array([0.02])),
        (np.array([[3.0, -3.0], [2.9, -3.1]]), np.array([2.93, -3.06]), np.array([0.01, 0.01])),
        _drawn(rng, 256, 8, 1.0), _drawn(rng, 256, 8, 0.3, (0.5, 1.0)), _drawn(rng, 256, 8, 2.0, (0.01, 0.02)),
        _at(290, *_drawn(rng, 300, 2, 0.3, (0.8, 1.0))), _at(299, *_drawn(rng, 300, 3, 1.0)),
        _drawn(rng, 7, 7, 0.5, (0.6, 0.9)), _drawn(rng, 64, 40, 0.1, (0.9, 1.0)),
        _drawn(rng, 40, 3, 0.5, (1.0, 1.4)), _drawn(rng, 12, 3, 30.0, (0.5, 1.5)),
    ]  # fmt: skip


def _at(place, candidates, mean, spread):
    """The same case, but the answer is `place`."""
    return np.roll(candidates, place - int(pick(candidates, mean, spread)), axis=0), mean, spread


def _large():
    """Its answer is a number that needs 16 bits, without a sign."""
    return _at(60_000, *_drawn(np.random.default_rng(5), 65_536, 16, 0.5, (0.3, 0.9)))


exercise = Exercise(
    id="12.4",
    title="Which candidate to send",
    minutes=10,
    task="build",
    reference=pick,
    shown=(np.array([[0.2], [1.1], [-0.7], [2.0]]), np.array([1.0]), np.array([0.5])),
    cases=_cases,
    draw=_draw,
    draws=40,
    large=_large,
    large_is="65,536 candidates for 16 weights",
    hints=[
        "Each row of `candidates` is a candidate, and each column a weight with its own entry of `mean` and `spread`. "
        "NumPy subtracts `mean` from every row by itself: candidates - mean.",
        "(candidates - mean) ** 2 / (2 * spread ** 2) says how badly each value suits what is wanted, and candidates "
        "** 2 / 2 how far out it was offered. The score is the second minus the first, summed over a candidate's "
        "weights: .sum(axis=1).",
        "The number of the greatest score: np.argmax(score).",
    ],
    why="""A weight with mean 0 and spread 1 may be any candidate. Both curves are the same, its quotient is always 1,
        and it has no influence on the choice. By the wanted curve alone it would have some: candidates in which it is
        near 0 would win against others that suit the other weights better.""",
)


@exercise.alternative
def _by_loops(candidates, mean, spread):
    best, number = -np.inf, 0
    for i, row in enumerate(candidates):
        total = 0.0
        for value, m, s in zip(row, mean, spread, strict=True):
            total += value * value / 2 - ((value - m) / s) ** 2 / 2
        if total > best:
            best, number = total, i
    return number


@exercise.alternative
def _without_halves(candidates, mean, spread):
    """Twice the score has its maximum at the same place."""
    return int((candidates**2 - ((candidates - mean) / spread) ** 2).sum(axis=1).argmax())


@exercise.alternative
def _by_chances(candidates, mean, spread):
    scores = -0.5 * np.sum(((candidates - mean) / spread) ** 2 - candidates**2, axis=-1)
    chances = np.exp(scores - scores.max())
    return int(np.argmax(chances / chances.sum()))


@exercise.alternative
def _multiplied_out(candidates, mean, spread):
    """Without what all candidates have in common."""
    return np.argmax(candidates**2 @ (0.5 - 0.5 / spread**2) + candidates @ (mean / spread**2))


def _best(score_of):
    """A version with other scores of the candidates: `score_of(candidates, mean, spread)`, (n,) numbers."""

    def wrong(candidates, mean, spread):
        with np.errstate(all="ignore"):
            return int(np.argmax(score_of(candidates, mean, spread)))

    return wrong


def _scored(score_of):
    """A version with another score of each weight: `score_of(candidates, mean, spread)`, summed over weights."""
    return _best(lambda c, m, s: score_of(c, m, s).sum(axis=1))


def _right(c, m, s):
    return c**2 / 2 - (c - m) ** 2 / (2 * s**2)


# --- the wrong question ---

exercise.mistake("the nearest one", _scored(lambda c, m, s: -((c - m) ** 2))).says("""
    You take the candidate nearest to the mean. Weights with a large spread may be far from it: divide the squared
    distance by 2 * spread ** 2, and add candidates ** 2 / 2 for what is offered.""")
exercise.mistake("the nearest by sizes", _scored(lambda c, m, s: -abs(c - m))).says("""
    You take the candidate with the smallest distances to the mean. Weights with a large spread may be far from it: use
    both curves, as the score says.""")
exercise.mistake("wanted alone", _scored(lambda c, m, s: -((c - m) ** 2) / (2 * s**2))).says("""
    You go by the wanted curve alone. Divide by the offered curve: candidates ** 2 / 2 is added to the score.""")
exercise.mistake("offered alone", _scored(lambda c, m, s: c**2 / 2)).says("""
    You leave out what is wanted. Subtract (candidates - mean) ** 2 / (2 * spread ** 2) from your score.""")
exercise.mistake("as often as offered", _scored(lambda c, m, s: -(c**2) / 2)).says("""
    You take the candidate that is offered most often, the one nearest to 0. Use both curves, and `mean`.""")
exercise.mistake("the worst one", _scored(lambda c, m, s: -_right(c, m, s))).says("""
    You take the lowest score: np.argmin, or the signs are exchanged. Send the candidate with the greatest.""")


@exercise.mistake("drawn by chance")
def _(candidates, mean, spread):
    """You draw a candidate, with chances in proportion to np.exp(score). Send the one with the greatest score."""
    score = _right(candidates, mean, spread).sum(axis=1)
    chances = np.exp(score - score.max())
    return int(np.random.default_rng(0).choice(len(chances), p=chances / chances.sum()))


# --- the sum over weights ---

exercise.mistake("only one weight", _best(lambda c, m, s: _right(c, m, s)[:, 0])).says("""
    You look at the first weight of each candidate. Sum over all of them: axis=1.""")
exercise.mistake("the last weight only", _best(lambda c, m, s: _right(c, m, s)[:, -1])).says("""
    You look at the last weight of each candidate. Sum over all of them: axis=1.""")
exercise.mistake("summed over candidates", _best(lambda c, m, s: _right(c, m, s).sum(axis=0))).says("""
    You add over the candidates and have a score for each weight. A row is a candidate: sum(axis=1).""")
exercise.mistake("not summed", _best(_right)).says("""
    You do not sum over the weights, so that np.argmax counts all entries of the table. Sum each row first: axis=1.""")
exercise.mistake("the best weight counts", _best(lambda c, m, s: _right(c, m, s).max(axis=1))).says("""
    You take the best weight of each candidate. All its weights are sent: sum them up.""")
exercise.mistake("the worst weight counts", _best(lambda c, m, s: _right(c, m, s).min(axis=1))).says("""
    You take the worst weight of each candidate. All its weights are sent: sum(axis=1).""")
exercise.mistake("scores multiplied", _best(lambda c, m, s: _right(c, m, s).prod(axis=1))).says("""
    You multiply the scores of a candidate's weights. Quotients multiply, and so their exponents add: sum(axis=1).""")
exercise.mistake("the median weight", _best(lambda c, m, s: np.median(_right(c, m, s), axis=1))).says("""
    You take the median over the weights of a candidate. Sum over all of them: axis=1.""")
exercise.mistake("quotients added", _best(lambda c, m, s: np.exp(_right(c, m, s)).sum(axis=1))).says("""
    You add the quotients of a candidate's weights. They multiply, so that the exponents add: sum the score over its
    weights, without np.exp.""")
exercise.mistake("curves added", _best(
    lambda c, m, s: np.exp(-((c - m) ** 2) / (2 * s**2)).sum(axis=1) / np.exp(-(c**2) / 2).sum(axis=1)
)).says("""
    You add the curves over a candidate's weights, both of them. They multiply: sum their exponents.""")  # fmt: skip
exercise.mistake("summed before the square", _best(
    lambda c, m, s: c.sum(axis=1) ** 2 / 2 - ((c - m) / s).sum(axis=1) ** 2 / 2
)).says("""
    You add over the weights before you square. Square each distance, then sum.""")  # fmt: skip
exercise.mistake("each part summed by itself", _best(
    lambda c, m, s: (c**2).sum(axis=1) / 2 - ((c - m) ** 2).sum(axis=1) / (2 * (s**2).sum())
)).says("""
    You sum the distances and the spreads, and divide then. Each weight has its own spread: divide, then sum.
    """)  # fmt: skip
exercise.mistake("distances summed before the square", _best(
    lambda c, m, s: (c**2).sum(axis=1) / 2 - (c - m).sum(axis=1) ** 2 / (2 * (s**2).sum())
)).says("""
    You sum distances before you square them. Square and divide for each weight by itself, then sum.""")  # fmt: skip
exercise.mistake("the root of the sums", _best(
    lambda c, m, s: np.sqrt((c**2).sum(axis=1)) - np.sqrt((((c - m) / s) ** 2).sum(axis=1))
)).says("""
    You take roots of the sums, as lengths have them. The exponents have the squares: leave np.sqrt and np.linalg.norm
    away.""")  # fmt: skip
exercise.mistake("the root of the wanted sum", _best(
    lambda c, m, s: (c**2).sum(axis=1) / 2 - np.sqrt((((c - m) / s) ** 2).sum(axis=1))
)).says("""
    You take the root of the distance, as np.linalg.norm does. The exponent has its square, halved.""")  # fmt: skip

# --- numbers that are too large ---

exercise.mistake("exponents too large", _best(lambda c, m, s: np.exp(_right(c, m, s).sum(axis=1)))).says("""
    np.exp of your scores is inf for more than one candidate, or 0 for all, where they are large. The greatest score has
    the greatest quotient, so you do not need np.exp.""")
exercise.mistake("curves multiplied", _best(
    lambda c, m, s: np.exp(-((c - m) ** 2) / (2 * s**2)).prod(axis=1) / np.exp(-(c**2) / 2).prod(axis=1)
)).says("""
    You multiply and divide the curves, which are 0 where a candidate is far out: 0 / 0 is nan. Add and subtract their
    exponents, without np.exp.""")  # fmt: skip
exercise.mistake("exponents cut off", _best(lambda c, m, s: np.clip(_right(c, m, s).sum(axis=1), -100, 100))).says("""
    You cut scores off, and those beyond become alike. Compare the scores as they are.""")
exercise.mistake(
    "large scores cut off", _best(lambda c, m, s: np.clip(_right(c, m, s).sum(axis=1), -700, 700))
).says("""
    You cut scores off, and those beyond become alike. Scores may be in the thousands: compare them as they are.""")
exercise.mistake("scores above 0 cut off", _best(lambda c, m, s: np.minimum(_right(c, m, s).sum(axis=1), 0))).says("""
    You cut scores off at 0, and those above become alike. Compare the scores as they are.""")
exercise.mistake("a sigmoid", _best(lambda c, m, s: 1 / (1 + np.exp(-_right(c, m, s).sum(axis=1))))).says("""
    You take 1 / (1 + np.exp(-score)), which makes all high scores alike. Compare the scores themselves.""")
exercise.mistake("scores in float16", _best(
    lambda c, m, s: _right(c.astype(np.float16), m.astype(np.float16), s.astype(np.float16)).sum(axis=1)
)).says("""
    Your scores have 16 bits, and small differences between them are lost. Keep float64.""")  # fmt: skip
exercise.mistake("scores rounded", _best(lambda c, m, s: np.round(_right(c, m, s).sum(axis=1), 1))).says("""
    You round the scores, so that two may become alike. Compare them as they are.""")
exercise.mistake("scores without sign", _best(lambda c, m, s: abs(_right(c, m, s).sum(axis=1)))).says("""
    You take scores without their sign. Most are negative, and the greatest is what is asked for.""")
exercise.mistake("the score nearest to 0", _best(lambda c, m, s: -abs(_right(c, m, s).sum(axis=1)))).says("""
    You take the score nearest to 0. Scores may be above 0 as well: take the greatest.""")

# --- the score of a weight ---

exercise.mistake("offered subtracted", _scored(lambda c, m, s: -(c**2) / 2 - (c - m) ** 2 / (2 * s**2))).says("""
    You multiply by the offered curve, where you should divide: its exponent is -candidates ** 2 / 2, so
    + candidates ** 2 / 2 belongs into the score.""")
exercise.mistake("wanted added", _scored(lambda c, m, s: c**2 / 2 + (c - m) ** 2 / (2 * s**2))).says("""
    You add both exponents. What is far from the mean is wanted less: subtract (candidates - mean) ** 2 / (2 * spread **
    2).""")
exercise.mistake("spread not squared", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * s))).says("""
    Your spread is not squared: the exponent is -(x - mean) ** 2 / (2 * spread ** 2).""")
exercise.mistake("no 2 with the wanted", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / s**2)).says("""
    The wanted exponent lacks the 2: (candidates - mean) ** 2 / (2 * spread ** 2).""")
exercise.mistake("no 2 with the offered", _scored(lambda c, m, s: c**2 - (c - m) ** 2 / (2 * s**2))).says("""
    The offered exponent lacks its 2, candidates ** 2 / 2; or the 2 below the wanted one is squared, too: (2 * spread)
    ** 2 is 4 * spread ** 2.""")
exercise.mistake("times the spread squared", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / 2 * s**2)).says("""
    / 2 * spread**2 divides by 2 and multiplies by the square. Brackets: / (2 * spread**2).""")
exercise.mistake("times the spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / 2 * s)).says("""
    You multiply by the spread. Divide by its square, in brackets: / (2 * spread ** 2).""")
exercise.mistake("divided by 2, not multiplied", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (s**2 / 2))).says("""
    Below the line you halve the square of the spread. It is doubled: 2 * spread ** 2.""")
exercise.mistake("the root of the spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * np.sqrt(s)))).says("""
    You take the root of the spread. It is squared: 2 * spread ** 2.""")
exercise.mistake("the spread to the fourth", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * s**4))).says("""
    You square the spread twice. Below the line stands 2 * spread ** 2.""")
exercise.mistake("the spread for its logarithm", _scored(
    lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * np.exp(s) ** 2)
)).says("""
    You take np.exp of the spread. `spread` is the spread itself, no logarithm.""")  # fmt: skip
exercise.mistake("more spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * (s + 0.01) ** 2))).says("""
    You add something to the spread. No spread is 0, and a small one decides: leave it as it is.""")
exercise.mistake(
    "a least spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * np.maximum(s, 0.1) ** 2))
).says("""You keep the spread from being small. No spread is 0, and a small one decides: leave it as it is.""")
exercise.mistake("more squared spread", _scored(
    lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * s**2 + 1e-3)
)).says("""
    You add something below the line, or keep the spread from being small. No spread is 0, and a small one decides:
    leave it as it is.""")  # fmt: skip
exercise.mistake("wide weights left out", _scored(lambda c, m, s: np.where(s < 1, _right(c, m, s), 0))).says("""
    You leave out weights with a large spread. They have a score, too: add it.""")
exercise.mistake("a largest spread", _scored(lambda c, m, s: _right(c, m, np.minimum(s, 1)))).says("""
    You keep the spread from being above 1. It may be: a weight that may lie anywhere has a large one.""")
exercise.mistake("all divided by the spread", _scored(lambda c, m, s: (c**2 / 2 - (c - m) ** 2) / (2 * s**2))).says("""
    A bracket is elsewhere: you divide both parts by 2 * spread ** 2. Divide (candidates - mean) ** 2 alone by it.""")
exercise.mistake("offered with the spread, too", _scored(
    lambda c, m, s: (c / s) ** 2 / 2 - (c - m) ** 2 / (2 * s**2)
)).says("""
    You divide what is offered by the spread, too. Candidates come from a bell curve with spread 1.""")  # fmt: skip
exercise.mistake("the mean subtracted twice", _scored(
    lambda c, m, s: (c - m) ** 2 / 2 - (c - m) ** 2 / (2 * s**2)
)).says("""
    You subtract the mean from what is offered, too. Candidates are offered around 0: candidates ** 2 / 2, without the
    mean.""")  # fmt: skip
exercise.mistake("mean left out", _scored(lambda c, m, s: _right(c, 0 * m, s))).says("""
    What is wanted is around `mean`: (candidates - mean) ** 2. (The difference of the squares does not do: mean ** 2 is
    the same for all candidates.)""")
exercise.mistake("spread left out", _scored(lambda c, m, s: _right(c, m, 0 * s + 1))).says("""
    You leave out `spread`: a weight that is wanted closely has to count more. Divide by 2 * spread ** 2.""")
exercise.mistake("the mean added", _scored(lambda c, m, s: _right(c, -m, s))).says("""
    You add the mean to the candidates. Subtract it: (candidates - mean) ** 2.""")
exercise.mistake("the mean times the spread", _scored(lambda c, m, s: _right(c, m * s, s))).says("""
    You compare candidates with mean * spread, or divide them by the spread before the mean is subtracted. Divide the
    difference: ((candidates - mean) / spread) ** 2 / 2.""")
exercise.mistake("only the mean divided", _scored(lambda c, m, s: c**2 / 2 - (c - m / s) ** 2 / 2)).says("""
    You divide the mean by the spread, and not the whole distance: ((candidates - mean) / spread) ** 2 / 2.""")
exercise.mistake("distances not squared", _scored(lambda c, m, s: abs(c) / 2 - abs(c - m) / (2 * s))).says("""
    The exponents of a bell curve are squared: x ** 2 and (x - mean) ** 2.""")
exercise.mistake("the distance not squared", _scored(lambda c, m, s: c**2 / 2 - (c - m) / (2 * s**2))).says("""
    You forget the square of the distance: (candidates - mean) ** 2.""")
exercise.mistake("distance over spread not squared", _scored(lambda c, m, s: c**2 / 2 - (c - m) / s / 2)).says("""
    You do not square the distance over the spread: ((candidates - mean) / spread) ** 2 / 2.""")  # fmt: skip
exercise.mistake("the distance without its sign", _scored(lambda c, m, s: c**2 / 2 - abs(c - m) / (2 * s**2))).says("""
    You take the distance from the mean with abs. It is squared: (candidates - mean) ** 2.""")
exercise.mistake(
    "the distance in spreads without its sign", _scored(lambda c, m, s: c**2 / 2 - abs(c - m) / s)
).says("""
    You take abs of the distance over the spread. It is squared and halved: ((candidates - mean) / spread) ** 2 / 2.""")
exercise.mistake("the offered one not squared", _scored(lambda c, m, s: c / 2 - (c - m) ** 2 / (2 * s**2))).says("""
    You do not square the candidates in the offered exponent: candidates ** 2 / 2.""")
exercise.mistake("the offered one without its sign", _scored(
    lambda c, m, s: abs(c) / 2 - (c - m) ** 2 / (2 * s**2)
)).says("""
    You take abs of the candidates in the offered exponent. They are squared: candidates ** 2 / 2.""")  # fmt: skip
exercise.mistake("exponents divided", _scored(lambda c, m, s: (c - m) ** 2 / s**2 / np.maximum(c**2, 1e-12))).says("""
    You divide the exponents. Dividing curves subtracts their exponents: candidates ** 2 / 2 minus (candidates - mean)
    ** 2 / (2 * spread ** 2).""")
exercise.mistake("minus the exponents divided", _scored(
    lambda c, m, s: -((c - m) ** 2) / s**2 / np.maximum(c**2, 1e-12)
)).says("""
    You divide one exponent by the other, with a minus. Dividing curves subtracts their exponents: candidates ** 2 / 2
    minus (candidates - mean) ** 2 / (2 * spread ** 2).""")  # fmt: skip
exercise.mistake("the exponents of offered over wanted", _scored(
    lambda c, m, s: c**2 * s**2 / np.maximum((c - m) ** 2, 1e-12)
)).says("""
    You divide one exponent by the other. Dividing curves subtracts their exponents: candidates ** 2 / 2 minus
    (candidates - mean) ** 2 / (2 * spread ** 2).""")  # fmt: skip
exercise.mistake("mean and spread exchanged", _scored(
    lambda c, m, s: c**2 / 2 - (c - s) ** 2 / np.maximum(2 * m**2, 1e-12)
)).says("""
    You have exchanged `mean` and `spread`: (candidates - mean) ** 2 / (2 * spread ** 2).""")  # fmt: skip
exercise.mistake("the first mean for all", _scored(lambda c, m, s: _right(c, m[0], s))).says("""
    You take the mean of the first weight for all of them. Each column of `candidates` has its own.""")
exercise.mistake("one mean for all", _scored(lambda c, m, s: _right(c, m.mean(), s))).says("""
    You take the mean of all means. Each weight has its own.""")
exercise.mistake("the first spread for all", _scored(lambda c, m, s: _right(c, m, s[0]))).says("""
    You take the spread of the first weight for all of them. Each column of `candidates` has its own.""")
exercise.mistake("one spread for all", _scored(lambda c, m, s: _right(c, m, s.mean()))).says("""
    You take the mean of all spreads. Each weight has its own.""")
exercise.mistake("the mean of the candidates subtracted", _scored(
    lambda c, m, s: _right(c - c.mean(axis=0), m - c.mean(axis=0), s)
)).says("""
    You subtract what candidates have on average. They are offered around 0, not around their own mean.""")  # fmt: skip

exercise.mistake("the mean subtracted from the wrong one", _scored(
    lambda c, m, s: (c - m) ** 2 / 2 - c**2 / (2 * s**2)
)).says("""
    You subtract the mean from what is offered. Candidates are offered around 0; what is wanted is around `mean`.
    """)  # fmt: skip
exercise.mistake("half of the mixed product", _scored(
    lambda c, m, s: c**2 / 2 - (c**2 - c * m + m**2) / (2 * s**2)
)).says("""
    You multiply the square out, and lose a 2: (x - mean) ** 2 is x ** 2 - 2 * x * mean + mean ** 2.""")  # fmt: skip
exercise.mistake("distances in spreads", _scored(lambda c, m, s: -abs(c - m) / s)).says("""
    You add distances in units of the spread. They are squared and halved, and candidates ** 2 / 2 belongs into the
    score for what is offered.""")
exercise.mistake("candidates moved to the mean", _scored(lambda c, m, s: _right(m + s * c, m, s))).says("""
    You multiply candidates by the spread and add the mean before you score them. A candidate is sent as it is: score
    its own values.""")
exercise.mistake("mean and spread as columns", _best(
    lambda c, m, s: _right(c, m[:, None], s[:, None]).sum(axis=1)
)).says("""
    You make columns of `mean` and `spread`, as if each candidate had its own. Each column of `candidates` is a weight:
    leave them as they are, NumPy takes them for every row.""")  # fmt: skip
exercise.mistake("only what is above 0", _scored(lambda c, m, s: np.maximum(_right(c, m, s), 0))).says("""
    You leave out what a weight has below 0. Add all terms, whatever their sign.""")
exercise.mistake("only what is below 0", _scored(lambda c, m, s: np.minimum(_right(c, m, s), 0))).says("""
    You leave out what a weight has above 0. Add all terms, whatever their sign.""")
exercise.mistake("scores as whole numbers", _best(lambda c, m, s: _right(c, m, s).sum(axis=1).astype(int))).says("""
    You make whole numbers of the scores, so that several become alike. Compare them as they are.""")
exercise.mistake("candidates as whole numbers", _scored(lambda c, m, s: _right(c.astype(int), m, s))).says("""
    You make whole numbers of the candidates. They are floats: leave them as they are.""")
exercise.mistake("whole division of the offered", _scored(lambda c, m, s: c**2 // 2 - (c - m) ** 2 / (2 * s**2))).says(
    """candidates ** 2 // 2 cuts fractions off. Divide with /."""
)
exercise.mistake("whole division", _scored(lambda c, m, s: c**2 // 2 - (c - m) ** 2 // (2 * s**2))).says("""
    // cuts fractions off. Divide with /.""")
exercise.mistake("a logarithm with a least value", _scored(
    lambda c, m, s: np.log(np.exp(-((c - m) ** 2) / (2 * s**2)) + 1e-12) - np.log(np.exp(-(c**2) / 2) + 1e-12)
)).says("""
    You add a small number before you take the logarithm, and what is far out becomes alike. Take the exponents
    themselves, without np.exp and np.log.""")  # fmt: skip
exercise.mistake("a logarithm of hardly more than 0", _scored(
    lambda c, m, s: np.log(np.exp(-((c - m) ** 2) / (2 * s**2)) + 1e-300) - np.log(np.exp(-(c**2) / 2) + 1e-300)
)).says("""
    You add a tiny number before you take the logarithm, and what is very far out becomes alike. Take the exponents
    themselves, without np.exp and np.log.""")  # fmt: skip
exercise.mistake("terms cut off", _scored(lambda c, m, s: np.clip(_right(c, m, s), -20, 20))).says("""
    You cut the terms of single weights off, and those beyond become alike. Add them as they are.""")
exercise.mistake("a vote of the weights", _best(
    lambda c, m, s: np.bincount(_right(c, m, s).argmax(axis=0), minlength=len(c))
)).says("""
    You let each weight vote for the candidate that it likes best. Add the scores of a candidate's weights, and compare
    these sums.""")  # fmt: skip
exercise.mistake("offered as the candidates are", _scored(
    lambda c, m, s: (c - c.mean(axis=0)) ** 2 / (2 * np.maximum(c.var(axis=0), 1e-12)) - (c - m) ** 2 / (2 * s**2)
)).says("""
    You take mean and spread of these very candidates for the offered curve. It is that of all: mean 0 and spread 1.
    """)  # fmt: skip

# --- a loop over candidates ---


def _looped(best=-np.inf, keep=True, reset=True, rows=slice(None), columns=slice(None)):
    """The loop by hand, with one thing otherwise."""

    def wrong(candidates, mean, spread):
        terms = _right(candidates, mean, spread)[:, columns]
        greatest, number, total = best, 0, 0.0
        for i in range(len(terms))[rows]:
            total = terms[i].sum() + (0.0 if reset else total)
            if total > greatest:
                greatest, number = (total if keep else greatest), i
        return number

    return wrong


exercise.mistake("the best begins at 0", _looped(best=0.0)).says("""
    Your best score begins at 0, and most scores are below it. Begin with -inf, or with the first candidate's.""")
exercise.mistake("the best begins at -1000", _looped(best=-1000.0)).says("""
    Your best score begins with a number, and all scores may be below it. Begin with -inf, or with the first
    candidate's.""")
exercise.mistake("all are compared with the first", _best(
    lambda c, m, s: np.arange(len(c)) * (_right(c, m, s).sum(axis=1) > _right(c, m, s).sum(axis=1)[0])
)).says("""
    You do not replace the best score by a better one, so that the last candidate that is better than the first wins.
    """)  # fmt: skip
exercise.mistake("the best begins at 0, with no number", lambda c, m, s: _looped(best=0.0)(c, m, s)
    if (_right(c, m, s).sum(axis=1) > 0).any() else None).says("""
    Your best score begins at 0, and where all scores are below it you return None. Begin with -inf.""")  # fmt: skip
exercise.mistake("the sum goes on", _looped(reset=False)).says("""
    Your sum goes on from one candidate to the next. Begin with 0 for each.""")
exercise.mistake("the last candidate left out", _looped(rows=slice(0, -1))).says("""
    You leave out the last candidate. Look at all of them.""")
exercise.mistake("the first candidate left out", _looped(rows=slice(1, None))).says("""
    You leave out the first candidate. Look at all of them.""")
exercise.mistake("the last weight left out", _looped(columns=slice(0, -1))).says("""
    You leave out the last weight of each candidate. Sum over all of them.""")
exercise.mistake("the first weight left out", _looped(columns=slice(1, None))).says("""
    You leave out the first weight of each candidate. Sum over all of them.""")
exercise.mistake("the first above 0", _best(lambda c, m, s: _right(c, m, s).sum(axis=1) > 0)).says("""
    You return the first candidate whose score is above 0. Return that with the greatest score.""")
exercise.mistake("256 candidates only", lambda c, m, s: int(pick(c[:256], m, s))).says("""
    You look at the first 256 candidates. There may be more.""")
exercise.mistake("a byte", lambda c, m, s: int(pick(c, m, s)) % 256).says("""
    Your number is cut to a byte. There may be more than 256 candidates.""")

# --- what is returned ---


def _of_the_right_one(what):
    """A version that returns something else of the right candidate: `what(candidates, scores, number)`."""

    def wrong(candidates, mean, spread):
        return what(candidates, _right(candidates, mean, spread).sum(axis=1), int(pick(candidates, mean, spread)))

    return wrong


exercise.mistake("the candidate itself", _of_the_right_one(lambda c, score, number: c[number])).says("""
    You return the candidate. Return its number, from 0: that is what the file holds.""")
exercise.mistake("the score returned", _of_the_right_one(lambda c, score, number: float(score.max()))).says("""
    You return the candidate's score. Return its number, from 0.""")
exercise.mistake("the quotient returned", _of_the_right_one(lambda c, score, number: np.exp(score.max()))).says("""
    You return the candidate's quotient. Return its number, from 0.""")  # fmt: skip
exercise.mistake("all scores returned", _of_the_right_one(lambda c, score, number: score)).says("""
    You return all scores. Return the number of the greatest: np.argmax.""")
exercise.mistake("all numbers by score", _of_the_right_one(lambda c, score, number: np.argsort(-score))).says("""
    You return the numbers of all candidates, sorted by score. Return the first of them.""")
exercise.mistake("an array", _of_the_right_one(lambda c, score, number: np.array([number]))).says("""
    You return an array. Return one whole number: int(...), or an entry of the array.""")
exercise.mistake("a list", _of_the_right_one(lambda c, score, number: [number])).says("""
    You return a list. Return the number in it.""")
exercise.mistake("a float", _of_the_right_one(lambda c, score, number: float(number))).says("""
    Your number is a float. Return a whole number: int(...).""")
exercise.mistake("number and score", _of_the_right_one(lambda c, score, number: (number, float(score.max())))).says("""
    You return the number and the score. Return the number alone.""")
exercise.mistake("counted from 1", _of_the_right_one(lambda c, score, number: number + 1)).says("""
    You return the number after the right one. Candidates are counted from 0.""")
exercise.mistake("one less", _of_the_right_one(lambda c, score, number: number - 1)).says("""
    You return one less than the right number. Candidates are counted from 0.""")
exercise.mistake("counted from the end", _of_the_right_one(lambda c, score, number: number - len(c))).says("""
    Your number counts from the end. Count from the first candidate, which is 0.""")
exercise.mistake("the list reversed", _of_the_right_one(lambda c, score, number: len(c) - 1 - number)).says("""
    You count from the last candidate. Begin with the first, which is 0.""")
exercise.mistake("the second best", _of_the_right_one(
    lambda c, score, number: int(np.argsort(score)[-2]) if len(score) > 1 else number
)).says("""
    You return the candidate with the second greatest score. Return that with the greatest.""")  # fmt: skip
exercise.mistake("always the first", lambda c, m, s: 0).says("""
    You return candidate 0 each time. A sum without axis is one number, and a return inside a loop ends it: sum(axis=1),
    then np.argmax.""")
exercise.mistake("always the last", lambda c, m, s: len(c) - 1).says("""
    You return the last candidate each time. Compare the scores of all. In a loop, keep the best score so far.""")
exercise.mistake("candidates changed", _of_the_right_one(
    lambda c, score, number: [c.__imul__(0), number][1]
)).says("""
    Your answer changes `candidates`. Work on a copy, or without in-place operations such as -= and *=.""")  # fmt: skip
