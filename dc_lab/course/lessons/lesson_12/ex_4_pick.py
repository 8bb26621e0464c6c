"""12.4 Which candidate to send."""

import numpy as np

from dc_lab.course.exercises import Exercise


def pick(candidates, mean, spread, number):
    """Which candidate to send: drawn with a chance in proportion to wanted over offered."""
    wanted = (candidates - mean) ** 2 / (2 * spread**2)
    offered = candidates**2 / 2
    score = (offered - wanted).sum(axis=1)
    chances = np.exp(score - score.max())
    running = np.cumsum(chances)
    return np.argmax(running > number * running[-1])


MARGIN = 1e-6


def is_clear(candidates, mean, spread, number):
    """Whether `number` is not at the very edge between two candidates' parts of the line."""
    score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
    chances = np.exp(score - score.max())
    running = np.cumsum(chances) / chances.sum()
    return float(np.abs(running - number).min()) > MARGIN


def _drawn(rng, count, size, near, spreads=(0.05, 1.0), dtype=np.float64):
    while True:
        candidates = rng.normal(0, 1, (count, size))
        mean, spread = rng.normal(0, near, size), rng.uniform(*spreads, size)
        case = (candidates.astype(dtype), mean, spread, float(rng.random()))
        if is_clear(*case):
            return case


def _draw(rng):
    return _drawn(rng, int(rng.integers(8, 25)), int(rng.integers(1, 9)), float(rng.uniform(0.1, 2)))


def _cases():
    rng = np.random.default_rng(4)
    # Enough candidates that two mistakes seldom return the same number by chance.
    one = np.array([[0.2], [1.1], [-0.7], [2.0], [0.6], [-0.2], [1.6], [-1.4], [0.8], [0.4], [-0.5], [1.3]])
    wide = np.array([1.0])
    return [
        (one, wide, np.array([0.5]), 0.0), (one, wide, np.array([0.5]), 0.02), (one, wide, np.array([0.5]), 0.5),
        (one, wide, np.array([0.5]), 0.9999), (one, wide, np.array([0.01]), 0.5), (one, np.array([0.0]), wide, 0.6),
        (one, np.array([-0.5]), np.array([0.3]), 0.7), (np.array([[0.4, 0.1]]), np.zeros(2), np.ones(2), 0.99),
        (np.array([[3.0, -3.0], [2.9, -3.1]]), np.array([3.0, -3.0]), np.array([0.01, 0.01]), 0.3),
        (np.array([[40.0], [43.0], [39.0], [-41.5], [38.5], [41.0], [-38.0]]), np.array([38.1]), np.array([0.02]), 0.5),
        (np.array([[0.0], [0.0], [0.0], [0.0]]), np.array([0.0]), np.array([1.0]), 0.6),
        (np.full((256, 3), 0.25), np.zeros(3), np.ones(3), 0.999),
        _drawn(rng, 256, 8, 1.0), _drawn(rng, 256, 8, 0.3, (0.5, 1.0)), _drawn(rng, 256, 8, 2.0, (0.01, 0.02)),
        _drawn(rng, 16, 1, 1.0, (1.0, 1.0)), _drawn(rng, 300, 2, 0.3, (0.8, 1.0)), _drawn(rng, 5, 5, 0.2, (1.0, 1.0)),
        _drawn(rng, 7, 7, 0.5, (0.6, 0.9)), _drawn(rng, 64, 40, 0.1, (0.9, 1.0)),
        _drawn(rng, 40, 3, 0.5, (1.0, 1.4)),
    ]  # fmt: skip


exercise = Exercise(
    id="12.4",
    title="Which candidate to send",
    minutes=15,
    task="build",
    reference=pick,
    shown=(np.array([[0.2], [1.1], [-0.7], [2.0]]), np.array([1.0]), np.array([0.5]), 0.5),
    cases=_cases,
    draw=_draw,
    draws=40,
    large=lambda: _drawn(np.random.default_rng(5), 4_096, 16, 0.5, (0.3, 0.9)),
    large_is="4,096 candidates for 16 weights",
    equivalents={
        "line 8: running > number * running[-1] -> running >= number * running[-1]": "number is at no inner edge"
    },
    hints=[
        "(candidates - mean) ** 2 / (2 * spread ** 2) is how badly each number of each candidate suits what is wanted, "
        "and candidates ** 2 / 2 how far out it was offered. A candidate's score is the second minus the first, summed "
        "over its weights: .sum(axis=1).",
        "Chances are np.exp(score), divided by their sum. For scores in the thousands that is inf or 0; subtract the "
        "largest score before np.exp, which changes no share.",
        "running = np.cumsum(chances) is where each candidate's part of the line ends. The first that ends beyond "
        "`number` times the whole: np.argmax(running > number * running[-1]).",
    ],
    why="""Candidates near 0 are offered often, because the bell curve is highest there. If the best one were taken, or
        one in proportion to what is wanted alone, weights near 0 would be sent too often. Dividing by how often a value
        is offered makes up for that: with enough candidates, what is sent is spread just as it was wanted.""",
)


@exercise.alternative
def _by_loops(candidates, mean, spread, number):
    scores = []
    for row in candidates:
        total = 0.0
        for value, m, s in zip(row, mean, spread, strict=True):
            total += value * value / 2 - ((value - m) / s) ** 2 / 2
        scores.append(total)
    top = max(scores)
    chances = [float(np.exp(score - top)) for score in scores]
    left = number * sum(chances)
    for i, chance in enumerate(chances):
        left -= chance
        if left < 0:
            return i
    return len(chances) - 1


@exercise.alternative
def _by_logarithms(candidates, mean, spread, number):
    scores = -0.5 * np.sum(((candidates - mean) / spread) ** 2 - candidates**2, axis=-1)
    shares = np.exp(scores - np.logaddexp.reduce(scores))
    return np.searchsorted(np.cumsum(shares), number, side="right")


def _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1),
    chances_of=lambda score: np.exp(score - score.max()),
    choice=lambda chances, number: int(np.argmax(np.cumsum(chances) > number * np.cumsum(chances)[-1])),
):
    return lambda candidates, mean, spread, number: choice(chances_of(score_of(candidates, mean, spread)), number)


exercise.mistake("the best one", _picked(choice=lambda chances, number: int(np.argmax(chances)))).says("""
    You take the candidate with the highest score. Draw one: each has a part of the line from 0 to 1 as long as its
    chance, and `number` lies in the part of the one to send.""")
exercise.mistake("the nearest one", _picked(
    score_of=lambda c, m, s: -((c - m) ** 2).sum(axis=1), choice=lambda chances, number: int(np.argmax(chances)),
)).says("""
    You take the candidate nearest to the mean. Weights with a large spread may be far from it, and candidates near 0
    are offered often: use both densities, and `number`.""")  # fmt: skip
exercise.mistake("wanted alone", _picked(score_of=lambda c, m, s: -((c - m) ** 2 / (2 * s**2)).sum(axis=1))).says("""
    You go by what is wanted alone. Divide by how often a candidate is offered: candidates ** 2 / 2 is added to its
    score.""")
exercise.mistake("offered subtracted", _picked(
    score_of=lambda c, m, s: (-(c**2) / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1)
)).says("""
    You multiply by the offered density, where you should divide: its exponent is -candidates ** 2 / 2, so
    + candidates ** 2 / 2 belongs into the score.""")  # fmt: skip
exercise.mistake("spread not squared", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s)).sum(axis=1)
)).says("Your spread is not squared: the exponent is -(x - mean) ** 2 / (2 * spread ** 2).")  # fmt: skip
exercise.mistake("no 2 below the line", _picked(
    score_of=lambda c, m, s: (c**2 - (c - m) ** 2 / s**2).sum(axis=1)
)).says("Both exponents have a 2 below the line. Without it all chances are squared.")  # fmt: skip
exercise.mistake("no 2 with the wanted", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / s**2).sum(axis=1)
)).says("The wanted exponent lacks the 2: (candidates - mean) ** 2 / (2 * spread ** 2).")  # fmt: skip
exercise.mistake("no 2 with the offered", _picked(
    score_of=lambda c, m, s: (c**2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1)
)).says("The offered exponent lacks its 2: candidates ** 2 / 2.")  # fmt: skip
exercise.mistake("signs exchanged", _picked(
    score_of=lambda c, m, s: ((c - m) ** 2 / (2 * s**2) - c**2 / 2).sum(axis=1)
)).says("Your score has the wrong sign: candidates far from what is wanted are the likely ones.")  # fmt: skip
exercise.mistake("mean of the weights", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)).mean(axis=1)
)).says("""
    You take the mean over the weights of a candidate. Chances of independent weights multiply, so their exponents
    add.""")  # fmt: skip
exercise.mistake("only one weight", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2))[:, 0]
)).says("You look at the first weight of each candidate. Sum over all of them: axis=1.")  # fmt: skip
exercise.mistake("scores as chances", _picked(chances_of=lambda score: score - score.min())).says("""
    A score is an exponent. Chances are in proportion to np.exp(score).""")
exercise.mistake("powers of 2", _picked(chances_of=lambda score: 2.0 ** (score - score.max()))).says("""
    The densities are powers of e: np.exp.""")


@exercise.mistake("exponents too large")
def _(candidates, mean, spread, number):
    """np.exp of your scores is inf, or 0 for all, where they are large. Subtract the largest score first: that changes
    no share."""
    score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
    with np.errstate(all="ignore"):
        chances = np.exp(score)
        running = np.cumsum(chances / chances.sum())
    return int(np.argmax(running > number))


exercise.mistake("before the edge", _picked(
    choice=lambda chances, number: max(int(np.argmax(np.cumsum(chances) > number * chances.sum())) - 1, 0)
)).says("You return the candidate before. The first one whose running sum exceeds `number` is sent.")  # fmt: skip
exercise.mistake("after the edge", _picked(
    choice=lambda chances, number: int(np.argmax(np.cumsum(chances) > number * chances.sum())) + 1
)).says("You return the number after the right one. Candidates are counted from 0.")  # fmt: skip
exercise.mistake("the first chance above", _picked(
    choice=lambda chances, number: int(np.argmax(chances / chances.sum() > number))
)).says("You compare each chance with `number`. Compare their running sum: np.cumsum.")  # fmt: skip
exercise.mistake("not divided by the sum", _picked(
    choice=lambda chances, number: int(np.argmax(np.cumsum(chances) > number))
)).says("Your chances do not sum to 1. Divide by their sum, or multiply `number` by it.")  # fmt: skip
exercise.mistake("sorted by chance", _picked(choice=lambda chances, number: int(
    np.argsort(-chances)[np.argmax(np.cumsum(np.sort(chances)[::-1]) > number * chances.sum())]
))).says("You sort the candidates by chance first. Let them lie along the line in their own order.")  # fmt: skip
exercise.mistake("from the other end", _picked(choice=lambda chances, number: len(chances) - 1 - int(
    np.argmax(np.cumsum(chances[::-1]) > number * chances.sum())
))).says("Your line begins with the last candidate. Begin with number 0.")  # fmt: skip


@exercise.mistake("drawn anew")
def _(candidates, mean, spread, number):
    """You draw a random number yourself. Use `number`: the same arguments have to give the same candidate."""
    score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
    chances = np.exp(score - score.max())
    return int(np.random.default_rng(0).choice(len(chances), p=chances / chances.sum()))


exercise.mistake("the candidate itself", lambda c, m, s, number: c[pick(c, m, s, number)]).says("""
    You return the candidate. Return its number, from 0: that is what the file holds.""")
exercise.mistake("an array", lambda *arguments: np.array([pick(*arguments)])).says("""
    You return an array. Return one whole number: int(...), or an entry of the array.""")
exercise.mistake("a float", lambda *arguments: float(pick(*arguments))).says("""
    Your number is a float. Return a whole number: int(...).""")
exercise.mistake("one factor of the spread", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2) - np.arange(len(c))[:, None] * 0.01).sum(axis=1)
)).says("Your chance depends on the number of the candidate. It depends only on its values.")  # fmt: skip


exercise.mistake("mean left out", lambda c, m, s, number: pick(c, 0 * m, s, number)).says("""
    What is wanted is around `mean`: (candidates - mean) ** 2.""")
exercise.mistake("spread left out", lambda c, m, s, number: pick(c, m, 0 * s + 1, number)).says("""
    You leave out `spread`: a weight that is wanted closely has to count more. Divide by 2 * spread ** 2.""")
exercise.mistake("the best weight counts", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)).max(axis=1)
)).says("You take the best weight of each candidate. All its weights are sent: sum them up.")  # fmt: skip
exercise.mistake("distances not squared", _picked(
    score_of=lambda c, m, s: (abs(c) / 2 - abs(c - m) / (2 * s)).sum(axis=1)
)).says("The exponents of a bell curve are squared: x ** 2 and (x - mean) ** 2.")  # fmt: skip
exercise.mistake("searched among the chances", _picked(
    choice=lambda chances, number: int(np.searchsorted(chances / chances.sum(), number))
)).says("np.searchsorted wants the running sum of the chances, np.cumsum, not the chances themselves.")  # fmt: skip
exercise.mistake("exponents cut off", _picked(
    score_of=lambda c, m, s: np.clip((c**2 / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1), -700, 700)
)).says("You cut scores off, and those beyond become alike. Subtract the largest score from all of them.")  # fmt: skip
exercise.mistake("all alike", lambda c, m, s, number: int(number * len(c))).says("""
    All candidates have the same chance with you. Each has its own, in proportion to np.exp(score).""")


exercise.mistake("summed over candidates", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=0)
)).says("""
    You add over the candidates and have a score for each weight. A row is a candidate: sum(axis=1).""")  # fmt: skip
exercise.mistake("times the spread squared", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / 2 * s**2).sum(axis=1)
)).says("""
    / 2 * spread**2 divides by 2 and multiplies by the square. Brackets: / (2 * spread**2).""")  # fmt: skip
exercise.mistake("offered with the spread, too", _picked(
    score_of=lambda c, m, s: ((c / s) ** 2 / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1)
)).says("""
    You divide what is offered by the spread, too. Candidates come from a bell curve with spread 1.""")  # fmt: skip
exercise.mistake("chances in float16", _picked(
    chances_of=lambda score: np.exp((score - score.max()).astype(np.float16))
)).says("""
    Your chances have 16 bits, and small differences between them are lost. Keep float64.""")  # fmt: skip

exercise.mistake("twice the spread squared", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s) ** 2).sum(axis=1)
)).says("""
    You square the 2 as well: (2 * spread) ** 2 is 4 * spread ** 2. Below the line stands 2 * spread ** 2, and only the
    spread is squared.""")  # fmt: skip
exercise.mistake("one too far", _picked(choice=lambda chances, number: min(
    int(np.searchsorted(np.cumsum(chances / chances.sum()), number, side="right")) + 1, len(chances) - 1
))).says("""
    You return the candidate after the right one. The first whose running sum exceeds `number` is sent, and candidates
    are counted from 0.""")  # fmt: skip


@exercise.mistake("the smallest subtracted")
def _(candidates, mean, spread, number):
    """You subtract the smallest score, so that the largest ones are still too large for np.exp, which gives inf.
    Subtract the largest. Then no exponent is above 0."""
    score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
    with np.errstate(all="ignore"):
        chances = np.exp(score - score.min())
        running = np.cumsum(chances / chances.sum())
    return int(np.searchsorted(running, number, side="right"))


exercise.mistake("the mean subtracted twice", _picked(
    score_of=lambda c, m, s: ((c - m) ** 2 / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1)
)).says("""
    You subtract the mean from what is offered, too. Candidates are offered around 0: candidates ** 2 / 2, without the
    mean.""")  # fmt: skip


def _scored(score_of):
    """A version with another score of each weight: `score_of(candidates, mean, spread)`, summed over weights."""
    return _picked(score_of=lambda c, m, s: score_of(c, m, s).sum(axis=1))


def _tempered(chances_of):
    """A version whose chances may be inf or nan on the way."""

    def wrong(candidates, mean, spread, number):
        score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
        with np.errstate(all="ignore"):
            chances = chances_of(score)
            running = np.cumsum(chances / chances.sum())
        return min(int(np.searchsorted(running, number, side="right")), len(running) - 1)

    return wrong


exercise.mistake("always the first", lambda c, m, s, number: 0).says("""
    You return candidate 0 each time. np.argmax finds the first True: ask it for running > number, where running is a
    sum, np.cumsum.""")
exercise.mistake("always the last", lambda c, m, s, number: len(c) - 1).says("""
    You return the last candidate each time. Return the first whose running sum exceeds `number`.""")
exercise.mistake("the mean added", _scored(lambda c, m, s: c**2 / 2 - (c + m) ** 2 / (2 * s**2))).says("""
    You add the mean to the candidates. Subtract it: (candidates - mean) ** 2.""")
exercise.mistake(
    "the mean times the spread", _scored(lambda c, m, s: c**2 / 2 - (c - m * s) ** 2 / (2 * s**2))
).says("""
    You compare candidates with mean * spread, or divide them by the spread before the mean is subtracted. Divide the
    difference: ((candidates - mean) / spread) ** 2 / 2.""")
exercise.mistake("only the mean divided", _scored(lambda c, m, s: c**2 / 2 - (c - m / s) ** 2 / 2)).says("""
    You divide the mean by the spread, and not the whole distance: ((candidates - mean) / spread) ** 2 / 2.""")
exercise.mistake("the distance not squared", _scored(lambda c, m, s: c**2 / 2 - (c - m) / (2 * s**2))).says("""
    You forget the square of the distance: (candidates - mean) ** 2.""")
exercise.mistake("the distance over the spread not squared", _scored(lambda c, m, s: c**2 / 2 - (c - m) / s / 2)).says(
    """You do not square the distance over the spread: ((candidates - mean) / spread) ** 2 / 2."""
)
exercise.mistake("the distance without its sign", _scored(lambda c, m, s: c**2 / 2 - abs(c - m) / (2 * s**2))).says("""
    You take the distance from the mean with abs. It is squared: (candidates - mean) ** 2.""")
exercise.mistake("the offered one not squared", _scored(lambda c, m, s: c / 2 - (c - m) ** 2 / (2 * s**2))).says("""
    You do not square the candidates in the offered exponent: candidates ** 2 / 2.""")
exercise.mistake("the spread for its logarithm", _scored(
    lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * np.exp(s) ** 2)
)).says("""
    You take np.exp of the spread. `spread` is the spread itself, no logarithm.""")  # fmt: skip
exercise.mistake("more spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * (s + 0.01) ** 2))).says("""
    You add something to the spread. No spread is 0, and a small one decides: leave it as it is.""")
exercise.mistake("the root of the spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * np.sqrt(s)))).says("""
    You take the root of the spread. It is squared: 2 * spread ** 2.""")
exercise.mistake("the spread to the fourth", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * s**4))).says("""
    You square the spread twice. Below the line stands 2 * spread ** 2.""")
exercise.mistake("times the spread", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / 2 * s)).says("""
    You multiply by the spread. Divide by its square, in brackets: / (2 * spread ** 2).""")
exercise.mistake("divided by 2, not multiplied", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (s**2 / 2))).says("""
    Below the line you halve the square of the spread. It is doubled: 2 * spread ** 2.""")
exercise.mistake("offered alone", _scored(lambda c, m, s: c**2 / 2)).says("""
    You leave out what is wanted. Subtract (candidates - mean) ** 2 / (2 * spread ** 2) from your score.""")
exercise.mistake("as often as offered", _scored(lambda c, m, s: -(c**2) / 2)).says("""
    Your chances are those of what is offered. They are wanted over offered: with both densities, and `mean`.""")
exercise.mistake("wanted added", _scored(lambda c, m, s: c**2 / 2 + (c - m) ** 2 / (2 * s**2))).says("""
    You add both exponents. What is far from the mean is wanted less: subtract (candidates - mean) ** 2 / (2 * spread **
    2).""")
exercise.mistake("the score halved", _scored(lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)) / 2)).says("""
    Your score is half of what it should be, so that you have the roots of all chances. Each exponent has one 2 below
    the line.""")
exercise.mistake("the last weight only", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2))[:, -1]
)).says("""
    You look at the last weight of each candidate. Sum over all of them: sum(axis=1).""")  # fmt: skip
exercise.mistake("the worst weight counts", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)).min(axis=1)
)).says("""
    You take the worst weight of each candidate. All its weights are sent: sum(axis=1).""")  # fmt: skip
exercise.mistake("scores multiplied", _picked(
    score_of=lambda c, m, s: (c**2 / 2 - (c - m) ** 2 / (2 * s**2)).prod(axis=1)
)).says("""
    You multiply the scores of a candidate's weights. Densities multiply, and so their exponents add: sum(axis=1).
    """)  # fmt: skip


@exercise.mistake("ratios added")
def _(candidates, mean, spread, number):
    """You add the ratios of a candidate's weights. They multiply, so that the exponents add: sum the score over its
    weights before np.exp."""
    score = candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)
    running = np.cumsum(np.exp(score - score.max()).sum(axis=1))
    return int(np.argmax(running > number * running[-1]))


@exercise.mistake("densities added")
def _(candidates, mean, spread, number):
    """You add the densities of a candidate's weights, wanted and offered. They multiply: sum their exponents."""
    with np.errstate(all="ignore"):
        wanted = np.exp(-((candidates - mean) ** 2) / (2 * spread**2)).sum(axis=1)
        running = np.cumsum(wanted / np.exp(-(candidates**2) / 2).sum(axis=1))
        return min(int(np.searchsorted(running / running[-1], number, side="right")), len(running) - 1)


@exercise.mistake("densities multiplied")
def _(candidates, mean, spread, number):
    """You multiply and divide densities, which are 0 where a candidate is far out: 0 / 0 is nan. Add exponents, and
    subtract the largest score before np.exp."""
    with np.errstate(all="ignore"):
        wanted = np.exp(-((candidates - mean) ** 2) / (2 * spread**2)).prod(axis=1)
        chances = wanted / np.exp(-(candidates**2) / 2).prod(axis=1)
        running = np.cumsum(chances / chances.sum())
    return min(int(np.searchsorted(running, number, side="right")), len(running) - 1)


@exercise.mistake("a line for each weight")
def _(candidates, mean, spread, number):
    """You divide by the sum for each weight by itself, and add these chances. The weights of a candidate are sent
    together: sum their scores, then one np.exp."""
    score = candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)
    chances = np.exp(score - score.max(axis=0))
    running = np.cumsum((chances / chances.sum(axis=0)).mean(axis=1))
    return min(int(np.searchsorted(running, number, side="right")), len(running) - 1)


exercise.mistake("the mean score subtracted", _tempered(lambda score: np.exp(score - score.mean()))).says("""
    You subtract the mean of the scores, so that large ones may still be too large for np.exp, which gives inf. Subtract
    the largest: then no exponent is above 0.""")
exercise.mistake("the largest size subtracted", _tempered(lambda score: np.exp(score - abs(score).max()))).says("""
    You subtract the largest score without its sign. Where all scores are far below 0, each np.exp is 0 then. Subtract
    score.max().""")
exercise.mistake("the sum subtracted", _tempered(lambda score: np.exp(score - score.sum()))).says("""
    You subtract the sum of the scores, so that np.exp may give inf, or 0 for all. Subtract the largest.""")
exercise.mistake("divided by the largest score", _tempered(lambda score: np.exp(score / score.max()))).says("""
    You divide scores by the largest, which changes all chances. Subtract it: that changes no share.""")
exercise.mistake("scores standardised", _tempered(lambda score: np.exp((score - score.mean()) / score.std()))).says("""
    You bring the scores to a spread of 1, which changes all chances, and divides by 0 where they are alike. Only
    subtract the largest.""")
exercise.mistake("powers of 10", _tempered(lambda score: 10.0 ** (score - score.max()))).says("""
    You take powers of 10. The densities are powers of e: np.exp.""")
exercise.mistake("scores above 0 cut off", _tempered(lambda score: np.exp(np.minimum(score, 0)))).says("""
    You cut scores off at 0, and those above become alike. Subtract the largest score from all of them.""")
exercise.mistake("a sigmoid", _tempered(lambda score: 1 / (1 + np.exp(-score)))).says("""
    You take 1 / (1 + np.exp(-score)), which makes all high scores alike. Chances are in proportion to np.exp(score).
    """)


exercise.mistake("the largest chance as 1", _picked(
    choice=lambda chances, number: int(np.argmax(chances > number * chances.max()))
)).says("""
    You compare each chance with a share of the largest one. Candidates lie side by side on the line: compare their
    running sum, np.cumsum, with `number` times the sum.""")  # fmt: skip
exercise.mistake("the nearest edge", _picked(
    choice=lambda chances, number: int(np.abs(np.cumsum(chances) / chances.sum() - number).argmin())
)).says("""
    You take the candidate whose part ends nearest to `number`. Take the one on whose part it lies: the first whose
    running sum exceeds it.""")  # fmt: skip
exercise.mistake("the nearest chance", _picked(
    choice=lambda chances, number: int(np.abs(chances / chances.sum() - number).argmin())
)).says("""
    You take the candidate whose chance is nearest to `number`. Take the first whose running sum, np.cumsum, exceeds it.
    """)  # fmt: skip
exercise.mistake("the sum twice", _picked(choice=lambda chances, number: min(
    int(np.searchsorted(np.cumsum(chances / chances.sum()), number * chances.sum(), side="right")), len(chances) - 1
))).says("""
    You divide chances by their sum, and multiply `number` by it as well. Do one of both.""")  # fmt: skip
exercise.mistake("the smallest first", _picked(choice=lambda chances, number: int(
    np.argsort(chances)[np.argmax(np.cumsum(np.sort(chances)) > number * chances.sum())]
))).says("""
    You sort the candidates, the smallest chance first. Let them lie along the line in their own order.
    """)  # fmt: skip
exercise.mistake("a place among sorted ones", _picked(
    choice=lambda chances, number: int(np.argmax(np.cumsum(np.sort(chances)) > number * chances.sum()))
)).says("""
    You sort the chances, and return a place among the sorted ones. Leave them in their order: the place is the
    candidate's number then.""")  # fmt: skip
exercise.mistake("a place from the largest on", _picked(
    choice=lambda chances, number: int(np.argmax(np.cumsum(np.sort(chances)[::-1]) > number * chances.sum()))
)).says("""
    You sort the chances from the largest on, and return a place in that order. Leave them in their own order.
    """)  # fmt: skip
exercise.mistake("one less than the right one", _picked(
    choice=lambda chances, number: int(np.argmax(np.cumsum(chances) > number * chances.sum())) - 1
)).says("""
    You return one less than the right number, and -1 for the first. As many parts end below `number` as there are
    candidates before the right one: subtract nothing.""")  # fmt: skip


def _of_the_right_one(what):
    """A version that returns something else of the right candidate: `what(chances, score)`."""

    def wrong(candidates, mean, spread, number):
        score = (candidates**2 / 2 - (candidates - mean) ** 2 / (2 * spread**2)).sum(axis=1)
        chances = np.exp(score - score.max())
        return float(what(chances / chances.sum(), score)[pick(candidates, mean, spread, number)])

    return wrong


exercise.mistake("the chance returned", _of_the_right_one(lambda chances, score: chances)).says("""
    You return the candidate's chance. Return its number, from 0.""")
exercise.mistake("the score returned", _of_the_right_one(lambda chances, score: score)).says("""
    You return the candidate's score. Return its number, from 0.""")
exercise.mistake("the edge returned", _of_the_right_one(lambda chances, score: np.cumsum(chances))).says("""
    You return where the candidate's part ends. Return its number, from 0.""")


exercise.mistake("the nearest in spreads", _picked(
    score_of=lambda c, m, s: -(((c - m) / s) ** 2).sum(axis=1), choice=lambda chances, number: int(np.argmax(chances))
)).says("""
    You take the candidate with the highest density wanted. Divide by what is offered, and draw: `number` says which.
    """)  # fmt: skip
exercise.mistake("the worst one", _picked(
    score_of=lambda c, m, s: -(c**2 / 2 - (c - m) ** 2 / (2 * s**2)).sum(axis=1),
    choice=lambda chances, number: int(np.argmax(chances)),
)).says("""
    You take the candidate with the lowest score. Draw one: each has a part of the line as long as its chance, and
    `number` lies in the part of the one to send.""")  # fmt: skip
exercise.mistake("exponents divided", _scored(lambda c, m, s: (c - m) ** 2 / s**2 / np.maximum(c**2, 1e-12))).says("""
    You divide the exponents. Dividing densities subtracts their exponents: candidates ** 2 / 2 minus (candidates -
    mean) ** 2 / (2 * spread ** 2).""")
exercise.mistake("minus the exponents divided", _scored(
    lambda c, m, s: -((c - m) ** 2) / s**2 / np.maximum(c**2, 1e-12)
)).says("""
    You divide one exponent by the other, with a minus. Dividing densities subtracts their exponents: candidates ** 2 /
    2 minus (candidates - mean) ** 2 / (2 * spread ** 2).""")  # fmt: skip
exercise.mistake("summed before the square", _picked(
    score_of=lambda c, m, s: c.sum(axis=1) ** 2 / 2 - ((c - m) / s).sum(axis=1) ** 2 / 2
)).says("""
    You add over the weights before you square. Square each distance, then sum.""")  # fmt: skip
exercise.mistake("mean and spread exchanged", _scored(
    lambda c, m, s: c**2 / 2 - (c - s) ** 2 / np.maximum(2 * m**2, 1e-12)
)).says("""
    You have exchanged `mean` and `spread`: (candidates - mean) ** 2 / (2 * spread ** 2).""")  # fmt: skip
exercise.mistake("the first mean for all", _scored(lambda c, m, s: c**2 / 2 - (c - m[0]) ** 2 / (2 * s**2))).says("""
    You take the mean of the first weight for all of them. Each column of `candidates` has its own.""")
exercise.mistake(
    "the first spread for all", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * s[0] ** 2))
).says("""
    You take the spread of the first weight for all of them. Each column of `candidates` has its own.""")
exercise.mistake("one spread for all", _scored(lambda c, m, s: c**2 / 2 - (c - m) ** 2 / (2 * s.mean() ** 2))).says("""
    You take the mean of all spreads. Each weight has its own.""")
exercise.mistake("counted from above", _picked(
    choice=lambda chances, number: int((np.cumsum(chances) > number * chances.sum()).sum())
)).says("""
    You count the parts that end beyond `number`. Count those that end below it: so many candidates come before the
    right one.""")  # fmt: skip
exercise.mistake("one less, going round", _picked(
    choice=lambda chances, number: (int(np.argmax(np.cumsum(chances) > number * chances.sum())) - 1) % len(chances)
)).says("""
    You return the candidate before, and the last one in place of the first. Subtract nothing.""")  # fmt: skip
exercise.mistake("a list", lambda *arguments: [int(pick(*arguments))]).says("""
    You return a list. Return the number in it.""")
exercise.mistake(
    "the distance in spreads without its sign", _scored(lambda c, m, s: c**2 / 2 - abs(c - m) / s)
).says("""
    You take abs of the distance over the spread. It is squared and halved: ((candidates - mean) / spread) ** 2 / 2.""")
exercise.mistake("the nearest by sizes", _picked(
    score_of=lambda c, m, s: -np.abs(c - m).sum(axis=1), choice=lambda chances, number: int(np.argmax(chances))
)).says("""
    You take the candidate with the smallest distances to the mean. Each has a chance: use both densities, and `number`.
    """)  # fmt: skip


@exercise.mistake("scores divided by the largest")
def _(candidates, mean, spread, number):
    """You divide the scores so that np.exp does not overflow. That changes all chances. Subtract the largest score from
    all instead: the chances keep their proportions."""
    scores = (candidates**2 / 2 - (candidates - mean) ** 2 / 2 / spread**2).sum(axis=1)
    with np.errstate(all="ignore"):
        chances = np.exp(scores / np.abs(scores).max())
        return int(np.sum(np.cumsum(chances / chances.sum()) <= number))
