"""01.4 Compare two networks."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise


def compare(first_wrong, second_wrong):
    """Only the first wrong, only the second, difference in points, p."""
    only_first = np.count_nonzero(first_wrong & ~second_wrong)
    only_second = np.count_nonzero(second_wrong & ~first_wrong)
    points = 100 * (only_second - only_first) / len(first_wrong)
    coins, fewer = only_first + only_second, min(only_first, only_second)
    ways = sum(math.comb(coins, heads) for heads in range(fewer + 1))
    p = min(1.0, 2 * ways / 2**coins)
    return only_first, only_second, points, p


def _quickly(first_wrong, second_wrong):
    """The same with each binomial coefficient made from the one before."""
    only_first = np.count_nonzero(first_wrong & ~second_wrong)
    only_second = np.count_nonzero(second_wrong & ~first_wrong)
    coins, rows, ways = only_first + only_second, 0, 1
    for heads in range(min(only_first, only_second) + 1):
        rows += ways
        ways = ways * (coins - heads) // (heads + 1)
    points = 100 * (only_second - only_first) / len(first_wrong)
    return only_first, only_second, points, min(1.0, 2 * rows / 2**coins)


def flags(both, only_first, only_second, neither, seed=0):
    """Two boolean arrays with so many images of each kind, in any order."""
    kinds = np.repeat([0, 1, 2, 3], [both, only_first, only_second, neither])
    np.random.default_rng(seed).shuffle(kinds)
    return kinds < 2, kinds % 2 == 0


def _accepted(case, expected, got):
    """What is wrong with the four numbers, in words; raises for what is not four numbers."""
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        raise TypeError("not four values")
    names = ("images that only the first gets wrong", "images that only the second gets wrong")
    for name, right, found in zip(names, expected, got):
        if isinstance(found, (bool, np.bool_)) or not isinstance(found, (int, np.integer)):
            raise TypeError("a count is a whole number")
        if int(found) != right:
            return f"{name}: there are {right}, you count {int(found)}"
    for name, right, found in zip(("the difference in points", "p"), expected[2:], got[2:]):
        if not abs(float(found) - right) <= 1e-6:
            return f"the counts are right; {name} should be {right:.6g}, and is {float(found):.6g}"
    return None


def _draw(rng):
    both, only_first, only_second = (int(count) for count in rng.integers(0, 9, 3))
    return flags(both, only_first, only_second, int(rng.integers(1, 20)), int(rng.integers(1000)))


def _many():
    """10,000 images, 3,000 of which tell the networks apart."""
    return flags(120, 1_440, 1_560, 6_880)


exercise = Exercise(
    id="01.4",
    title="Compare two networks",
    minutes=15,
    task="build",
    reference=_quickly,
    solution=compare,
    shown=flags(1, 3, 1, 3),
    cases=[
        flags(0, 0, 0, 1),
        flags(1, 0, 0, 0),
        flags(0, 1, 0, 0),
        flags(0, 0, 1, 0),
        flags(0, 1, 1, 0),
        flags(2, 0, 0, 2),
        flags(0, 0, 2, 1),
        flags(0, 2, 0, 1),
        flags(1, 2, 2, 1),
        flags(0, 3, 2, 4),
        flags(0, 0, 5, 7),
        flags(3, 1, 6, 0),
        flags(4, 8, 3, 30),
        flags(2, 2, 9, 0),
        flags(0, 7, 7, 1),
        flags(20, 16, 39, 225),
        flags(5, 40, 25, 30),
        flags(3, 300, 260, 10),
        flags(0, 90, 100, 15),
        flags(30, 640, 580, 50),
    ],
    draw=_draw,
    accept=_accepted,
    large=_many,
    large_is="10,000 images, of which 3,000 are wrong for one network alone",
    large_seconds=10.0,
    given="import math\nimport numpy as np",
    hints=[
        "Start with the counts. `first_wrong & ~second_wrong` is True where the first network is wrong and the second "
        "is not; `np.count_nonzero` counts the True.",
        "The difference is 100 * (only_second - only_first) / number of images: what both get wrong falls out. For p, "
        "n is the sum of the two counts. There are math.comb(n, k) ways with k heads.",
        "ways = sum(math.comb(n, k) for k in range(fewer + 1)), where fewer is the smaller count. Then p is "
        "min(1.0, 2 * ways / 2**n). The counts must be Python's integers: int(...) makes one.",
    ],
    why="""Images that both networks read rightly, or both wrongly, do not tell them apart. If the networks were equally
    good, each of the others would be as likely to go against one as against the other: a fair coin. p is how often fair
    coins fall at least as unevenly. By symmetry both tails are equally large, hence the 2; where the split is even the
    tails overlap, and p is 1.

    This is McNemar's test (Psychometrika 12, 1947) in its exact form. Whole numbers keep all digits: 2**3000 is far
    beyond what a float holds, but Python divides two such integers without trouble.""",
)


@exercise.alternative
def _by_every_split(first_wrong, second_wrong):
    a = int((first_wrong > second_wrong).sum())
    b = int((second_wrong > first_wrong).sum())
    n = a + b
    as_uneven = [math.comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= abs(a - b)]
    return a, b, 100 * (second_wrong.mean() - first_wrong.mean()), sum(as_uneven) / 2**n


@exercise.alternative
def _by_loop(first_wrong, second_wrong):
    a = b = 0
    for one, two in zip(first_wrong.tolist(), second_wrong.tolist()):
        a += one and not two
        b += two and not one
    n, tail, ways = a + b, 0, 1
    for heads in range(min(a, b) + 1):
        tail += ways
        ways = ways * (n - heads) // (heads + 1)
    return [a, b, (b - a) / len(first_wrong) * 100.0, 1.0 if a == b else tail / 2 ** (n - 1)]


@exercise.alternative
def _by_logarithms(first_wrong, second_wrong):
    apart = np.flatnonzero(first_wrong != second_wrong)
    n, a = apart.size, int(first_wrong[apart].sum())
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
        for k in range(min(a, n - a) + 1)
    ]
    p = 2 * math.fsum(math.exp(each) for each in logs)
    return a, n - a, np.float64(100 * (n - 2 * a) / len(first_wrong)), min(p, 1)


def _counts(first_wrong, second_wrong):
    a = int(np.count_nonzero(first_wrong & ~second_wrong))
    return a, int(np.count_nonzero(second_wrong & ~first_wrong))


def _points(first_wrong, second_wrong):
    a, b = _counts(first_wrong, second_wrong)
    return 100 * (b - a) / len(first_wrong)


def _tail(n, most):
    return sum(math.comb(n, k) for k in range(most + 1))


def _with_p(first_wrong, second_wrong, p):
    """The right counts and points with another p, a function of the two counts."""
    a, b = _counts(first_wrong, second_wrong)
    return a, b, _points(first_wrong, second_wrong), p(a, b)


@exercise.mistake("p of one side")
def _(first_wrong, second_wrong):
    """Your p counts the ways that are uneven in this one direction. Asked is "at least as uneven, either way", so that
    the other direction counts as well: twice as many ways."""
    return _with_p(first_wrong, second_wrong, lambda a, b: _tail(a + b, min(a, b)) / 2 ** (a + b))


@exercise.mistake("p above 1")
def _(first_wrong, second_wrong):
    """Where both counts are equal, the two tails overlap, and twice the one is more than 1. No share is: take
    min(1.0, ...)."""
    return _with_p(first_wrong, second_wrong, lambda a, b: 2 * _tail(a + b, min(a, b)) / 2 ** (a + b))


@exercise.mistake("the last term left out")
def _(first_wrong, second_wrong):
    """Your sum stops before the split that was seen. "At least as uneven" includes it: range(fewer + 1)."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * _tail(a + b, min(a, b) - 1) / 2 ** (a + b)))


@exercise.mistake("no heads left out")
def _(first_wrong, second_wrong):
    """Your sum begins with one head. The way without any head is the most uneven of all, and counts too: begin with
    0."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * (_tail(a + b, min(a, b)) - 1) / 2 ** (a + b)))


@exercise.mistake("only the split that was seen")
def _(first_wrong, second_wrong):
    """This is the share of ways with just this split. Those that are more uneven belong to it as well: add up
    math.comb(n, k) for k = 0, 1, ... up to the smaller count."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * math.comb(a + b, a) / 2 ** (a + b)))


@exercise.mistake("only the split that was seen, once")
def _(first_wrong, second_wrong):
    """This is the share of ways with just this many heads. Add those that are more uneven, and those that are so in the
    other direction."""
    return _with_p(first_wrong, second_wrong, lambda a, b: math.comb(a + b, a) / 2 ** (a + b))


@exercise.mistake("up to the larger count")
def _(first_wrong, second_wrong):
    """Your sum goes up to the larger of the two counts, and then holds more than half of all ways. Go up to the
    smaller one: min(only_first, only_second)."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * _tail(a + b, max(a, b)) / 2 ** (a + b)))


@exercise.mistake("up to the larger count, without the limit at 1")
def _(first_wrong, second_wrong):
    """Your sum goes up to the larger of the two counts, which makes more than half of all ways and a p above 1. Go up
    to the smaller one, and stop at 1: min(1.0, ...)."""
    return _with_p(first_wrong, second_wrong, lambda a, b: 2 * _tail(a + b, max(a, b)) / 2 ** (a + b))


@exercise.mistake("up to the first count")
def _(first_wrong, second_wrong):
    """Your sum goes up to the first network's count. That is right only where it is the smaller one: take
    min(only_first, only_second)."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * _tail(a + b, a) / 2 ** (a + b)))


@exercise.mistake("up to the second count")
def _(first_wrong, second_wrong):
    """Your sum goes up to the second network's count. That is right only where it is the smaller one: take
    min(only_first, only_second)."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * _tail(a + b, b) / 2 ** (a + b)))


@exercise.mistake("1 minus p")
def _(first_wrong, second_wrong):
    """You return 1 - p: near 1 for very uneven splits. p itself is the share of ways at least as uneven, and small
    where chance would seldom do that."""
    return _with_p(first_wrong, second_wrong, lambda a, b: 1 - min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b)))


@exercise.mistake("all images are coins")
def _(first_wrong, second_wrong):
    """Your n is the number of all images. Only those count on which one network alone is wrong:
    n = only_first + only_second."""
    a, b = _counts(first_wrong, second_wrong)
    n = len(first_wrong)
    return a, b, _points(first_wrong, second_wrong), min(1.0, 2 * _tail(n, min(a, b)) / 2**n)


def _chi(first_wrong, second_wrong, distance, guarded=True):
    def p(a, b):
        return 1.0 if guarded and a + b == 0 else math.erfc(distance(a, b) / math.sqrt(2 * (a + b)))

    return _with_p(first_wrong, second_wrong, p)


CHI = "This p comes from the chi square of McNemar's test, (a - b)² / (a + b), or from a normal distribution. "
COUNT = "Asked is the exact p: count ways with math.comb."

exercise.mistake("McNemar's chi square", lambda one, two: _chi(one, two, lambda a, b: abs(a - b))).says(f"""
    {CHI} With few images that is far off. {COUNT}""")
exercise.mistake(
    "McNemar's chi square, and no coin", lambda one, two: _chi(one, two, lambda a, b: abs(a - b), guarded=False)
).says(f"""
    {CHI} It divides by 0 where no image tells the two apart, and with few images it is far off. {COUNT}""")
exercise.mistake(
    "chi square with a correction", lambda one, two: _chi(one, two, lambda a, b: max(abs(a - b) - 1, 0))
).says(f"""
    {CHI} It has the continuity correction, which brings it close where there are many images, but still not to the
    exact p. {COUNT}""")
exercise.mistake(
    "chi square with a correction that goes below 0", lambda one, two: _chi(one, two, lambda a, b: abs(a - b) - 1)
).says(f"""
    {CHI} Its continuity correction goes below 0 where the split is even, and p above 1. {COUNT}""")


@exercise.mistake("the mid-p")
def _(first_wrong, second_wrong):
    """You count the split that was seen by half, which is called the mid-p. Asked is the exact p, where it counts in
    full."""
    return _with_p(
        first_wrong,
        second_wrong,
        lambda a, b: 1.0 if a == b else (2 * _tail(a + b, min(a, b)) - math.comb(a + b, a)) / 2 ** (a + b),
    )


@exercise.mistake("no coin, p = 0")
def _(first_wrong, second_wrong):
    """Where no image tells the two apart, nothing speaks against chance: p is 1, and yours is 0."""
    return _with_p(
        first_wrong,
        second_wrong,
        lambda a, b: min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b)) if a + b else 0.0,
    )


@exercise.mistake("no coin, no number")
def _(first_wrong, second_wrong):
    """Where no image tells the two apart, nothing speaks against chance: p is 1, and yours is NaN."""
    return _with_p(
        first_wrong,
        second_wrong,
        lambda a, b: min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b)) if a + b else math.nan,
    )


@exercise.mistake("no coin, an error")
def _(first_wrong, second_wrong):
    """You divide by the number of images that tell the two apart. There may be none. p is 1 then; and points are
    percent of all images anyway."""
    a, b = _counts(first_wrong, second_wrong)
    return a, b, _points(first_wrong, second_wrong) * (a + b) / (a + b), compare(first_wrong, second_wrong)[3]


@exercise.mistake("percent of the images that differ, and no coin")
def _(first_wrong, second_wrong):
    """Your difference is divided by the number of images on which one network alone is wrong, which may be 0. Divide by
    the number of all images: points are a difference of two errors."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, 100 * (b - a) / (a + b), p


@exercise.mistake("all images that differ")
def _(first_wrong, second_wrong):
    """Your first count has all images on which the networks differ. Count those that only the first gets wrong:
    first_wrong & ~second_wrong."""
    a, b = int(np.count_nonzero(first_wrong ^ second_wrong)), _counts(first_wrong, second_wrong)[1]
    return a, b, 100 * (b - a) / len(first_wrong), min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b))


@exercise.mistake("the second error for the difference")
def _(first_wrong, second_wrong):
    """Your difference is the second network's error alone. Take the first one's off it."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, 100 * float(np.mean(second_wrong)), p


@exercise.mistake("counts as floats")
def _(first_wrong, second_wrong):
    """The numbers are right, but the counts are floats. They are counts: return whole numbers."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return float(a), float(b), points, p


@exercise.mistake("three of four")
def _(first_wrong, second_wrong):
    """You return three numbers; the difference in points is missing. Asked are four: two counts, the difference, p."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, p


@exercise.mistake("division without remainder")
def _(first_wrong, second_wrong):
    """Your p is 0 or 1: `//` cuts off everything behind the point. Divide with `/`."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1, 2 * _tail(a + b, min(a, b)) // 2 ** (a + b)))


@exercise.mistake("the first less the second")
def _(first_wrong, second_wrong):
    """Your difference is the first error less the second. Asked is the second less the first: above 0 where the second
    network is worse."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, -points, p


@exercise.mistake("the difference without its sign")
def _(first_wrong, second_wrong):
    """Your difference is never below 0. Its sign says which network is worse: leave out the abs."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, abs(points), p


@exercise.mistake("a share, not points")
def _(first_wrong, second_wrong):
    """Your difference is a share. Points are percent: multiply by 100."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, points / 100, p


@exercise.mistake("a number of images, not points")
def _(first_wrong, second_wrong):
    """Your difference is a number of images. Points are percent of all images: times 100, divided by how many there
    are."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, float(b - a), p


@exercise.mistake("percent of the images that differ")
def _(first_wrong, second_wrong):
    """Your difference is divided by the number of images on which one network alone is wrong. Divide by the number of
    all images: points are a difference of two errors."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, 100 * (b - a) / max(a + b, 1), p


@exercise.mistake("the counts exchanged")
def _(first_wrong, second_wrong):
    """The two counts are exchanged: first comes the number of images that only the first network gets wrong."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return b, a, points, p


@exercise.mistake("counts exchanged, and the difference with them")
def _(first_wrong, second_wrong):
    """Everything stands the other way round: `first_wrong` is True where the first network is WRONG. Count where it is
    True and the second is not."""
    return compare(second_wrong, first_wrong)


@exercise.mistake("all that each gets wrong")
def _(first_wrong, second_wrong):
    """These are all images that each network gets wrong. Those that both get wrong do not tell them apart: count where
    one is wrong and the other is not."""
    a, b = int(first_wrong.sum()), int(second_wrong.sum())
    return a, b, _points(first_wrong, second_wrong), min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b))


@exercise.mistake("right and wrong exchanged in one array")
def _(first_wrong, second_wrong):
    """You count images that both get wrong, and images that both get right. Where `&` joins two networks, one of the
    arrays needs a `~`: wrong for one and not for the other."""
    a, b = int((first_wrong & second_wrong).sum()), int((~first_wrong & ~second_wrong).sum())
    return a, b, 100 * (b - a) / len(first_wrong), min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b))


@exercise.mistake("a power of NumPy's integers")
def _(first_wrong, second_wrong):
    """2**n is NumPy's here, with 64 bits, because a sum over an array gives NumPy's integers. From n = 63 on it is no
    longer right, and p with it. Make the counts Python's own with int(...): those have no limit."""
    a = np.sum(first_wrong & ~second_wrong)
    b = np.sum(second_wrong & ~first_wrong)
    points = 100 * (b - a) / len(first_wrong)
    with np.errstate(all="ignore"):
        return (
            int(a),
            int(b),
            float(points),
            float(min(1.0, 2 * float(_tail(int(a + b), int(min(a, b)))) / 2 ** (a + b))),
        )


@exercise.mistake("powers in floats")
def _(first_wrong, second_wrong):
    """A large power or math.comb becomes a float here, and no float holds more than 2**1023: that is what 0.5**n or
    2.0**n lead to. Keep whole numbers until the end, and divide once: 2 * ways / 2**n."""
    return _with_p(
        first_wrong,
        second_wrong,
        lambda a, b: min(1.0, 2 * sum(math.comb(a + b, k) * 0.5 ** (a + b) for k in range(min(a, b) + 1))),
    )


@exercise.mistake("factorials in floats")
def _(first_wrong, second_wrong):
    """Your binomial coefficients are made of floats, which overflow or lose digits: beyond 170 a factorial fits into
    none. math.comb gives whole numbers."""

    def p(a, b):
        n = a + b
        ways = [math.gamma(n + 1) / math.gamma(k + 1) / math.gamma(n - k + 1) for k in range(min(a, b) + 1)]
        return min(1.0, 2 * sum(ways) / 2**n)

    return _with_p(first_wrong, second_wrong, p)


def _rounded(first_wrong, second_wrong, points_to=None, p_to=None):
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, points if points_to is None else round(points, points_to), p if p_to is None else round(p, p_to)


exercise.mistake("p rounded", lambda one, two: _rounded(one, two, p_to=3)).says("""
    p is right but rounded to three decimals. Return it as it is; round only where you print it.""")
exercise.mistake("p rounded to two decimals", lambda one, two: _rounded(one, two, p_to=2)).says("""
    p is right but rounded to two decimals. Return it as it is; round only where you print it.""")
exercise.mistake("p rounded to four decimals", lambda one, two: _rounded(one, two, p_to=4)).says("""
    p is right but rounded to four decimals. Return it as it is; round only where you print it.""")
exercise.mistake("the difference rounded", lambda one, two: _rounded(one, two, points_to=2)).says("""
    The difference is right but rounded to two decimals. Return it as it is; round only where you print it.""")
exercise.mistake("the difference rounded to one decimal", lambda one, two: _rounded(one, two, points_to=1)).says("""
    The difference is right but rounded to one decimal. Return it as it is; round only where you print it.""")


@exercise.mistake("p in percent")
def _(first_wrong, second_wrong):
    """Your p is in percent. It is a share from 0 to 1."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, points, 100 * p


@exercise.mistake("p alone")
def _(first_wrong, second_wrong):
    """You return p alone. Asked are four numbers: the two counts, the difference, and p."""
    return compare(first_wrong, second_wrong)[3]


@exercise.mistake("two counts in one byte")
def _(first_wrong, second_wrong):
    """Your counts are in one byte and start again at 256: leave out dtype=np.uint8, or use np.count_nonzero."""
    a, b = (int(np.uint8(count % 256)) for count in _counts(first_wrong, second_wrong))
    return a, b, 100 * (b - a) / len(first_wrong), min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b))


@exercise.mistake("one term too many")
def _(first_wrong, second_wrong):
    """Your sum goes one term past the split that was seen. range(fewer + 1) ends with `fewer` itself: its end is not in
    it."""
    return _with_p(first_wrong, second_wrong, lambda a, b: min(1.0, 2 * _tail(a + b, min(a, b) + 1) / 2 ** (a + b)))


@exercise.mistake("half of p, and half again")
def _(first_wrong, second_wrong):
    """You divide by 2**(n + 1) and count one side alone, so that your p is a quarter of it. Twice the sum, over
    2**n."""
    return _with_p(first_wrong, second_wrong, lambda a, b: _tail(a + b, min(a, b)) / 2 ** (a + b + 1))


@exercise.mistake("n squared for a power of 2")
def _(first_wrong, second_wrong):
    """You divide by n**2. n coins fall in 2**n ways."""
    return _with_p(
        first_wrong,
        second_wrong,
        lambda a, b: min(1.0, 2 * _tail(a + b, min(a, b)) / (a + b) ** 2) if a + b else 1.0,
    )


@exercise.mistake("one half for an even split")
def _(first_wrong, second_wrong):
    """Where both counts are equal, your p is 0.5. Every split is at least as uneven as an even one: p is 1."""
    return _with_p(
        first_wrong,
        second_wrong,
        lambda a, b: 0.5 if a == b else min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b)),
    )


@exercise.mistake("binomial coefficients of NumPy's integers")
def _(first_wrong, second_wrong):
    """Your coefficients are in a NumPy array of 64 bits, and large ones do not fit. Add Python's whole numbers, which
    have no limit: sum(math.comb(n, k) for k in ...)."""

    def p(a, b):
        ways = [math.comb(a + b, k) % 2**63 for k in range(min(a, b) + 1)]
        with np.errstate(all="ignore"):
            return min(1.0, float(2 * np.array(ways, np.int64).sum() / 2 ** (a + b)))

    return _with_p(first_wrong, second_wrong, p)


@exercise.mistake("binomial coefficients of NumPy's floats")
def _(first_wrong, second_wrong):
    """Your coefficients, or 2**n, are NumPy's floats, and beyond 2**1023 those are infinite: p is NaN or 0 then. Keep
    Python's whole numbers until the end, and divide once."""

    def p(a, b):
        n, fewer = a + b, min(a, b)
        with np.errstate(all="ignore"):
            ratios = (n - np.arange(fewer)) / (1.0 + np.arange(fewer))
            return min(1.0, 2 * np.cumprod(np.concatenate([[1.0], ratios])).sum() / np.float64(2) ** n)

    return _with_p(first_wrong, second_wrong, p)


@exercise.mistake("a normal distribution for many coins")
def _(first_wrong, second_wrong):
    """Where there are many coins, you take a normal distribution. It comes close, but not to a millionth. Python's
    whole numbers bear the sum."""

    def p(a, b):
        n = a + b
        if n > 1000:
            return math.erfc(max(abs(a - b) - 1, 0) / math.sqrt(2 * n))
        return min(1.0, 2 * _tail(n, min(a, b)) / 2**n)

    return _with_p(first_wrong, second_wrong, p)


@exercise.mistake("a function that calls itself too often")
def _(first_wrong, second_wrong):
    """Your function calls itself once for each coin, and Python stops at about 1,000 calls within one another. Use
    math.comb, or a loop."""
    if sum(_counts(first_wrong, second_wrong)) > 1000:
        raise RecursionError("maximum recursion depth exceeded")
    return compare(first_wrong, second_wrong)


@exercise.mistake("percent of the first's error")
def _(first_wrong, second_wrong):
    """Your difference is divided by how many images the first network gets wrong. Points are a difference of two
    errors: divide by the number of all images."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, 100 * (b - a) / max(first_wrong.sum(), 1), p


@exercise.mistake("the difference in float16")
def _(first_wrong, second_wrong):
    """Your difference goes through float16, which has three digits. Leave out the dtype."""
    a, b, _, p = compare(first_wrong, second_wrong)
    means = [wrong.mean(dtype=np.float16) for wrong in (first_wrong, second_wrong)]
    return a, b, float(100 * (means[1] - means[0])), p


@exercise.mistake("the difference as a whole number")
def _(first_wrong, second_wrong):
    """Your difference is a whole number: `//` cuts off everything behind the point. Divide with `/`."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, 100 * (b - a) // len(first_wrong), p


@exercise.mistake("the difference rounded to three decimals")
def _(first_wrong, second_wrong):
    """The difference is right but rounded to three decimals. Return it as it is; round only where you print it."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, round(points, 3), p


@exercise.mistake("always 10,000 images")
def _(first_wrong, second_wrong):
    """Your difference is divided by 10,000. Divide by the number of images that came: len(first_wrong)."""
    a, b, _, p = compare(first_wrong, second_wrong)
    return a, b, 100 * (b - a) / 10_000, p


@exercise.mistake("half of the difference")
def _(first_wrong, second_wrong):
    """Your difference is half of what it should be. Both networks have the same images: divide by len(first_wrong),
    once."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, points / 2, p


@exercise.mistake("p before the difference")
def _(first_wrong, second_wrong):
    """The four numbers are right, but p stands before the difference. The order is: two counts, the difference, p."""
    a, b, points, p = compare(first_wrong, second_wrong)
    return a, b, p, points


@exercise.mistake("both wrong for the first alone")
def _(first_wrong, second_wrong):
    """Your first count has the images that both get wrong. Count where the first is wrong and the second is not:
    first_wrong & ~second_wrong."""
    a, b = int((first_wrong & second_wrong).sum()), _counts(first_wrong, second_wrong)[1]
    return a, b, 100 * (b - a) / len(first_wrong), min(1.0, 2 * _tail(a + b, min(a, b)) / 2 ** (a + b))


def _from_counts(first_wrong, a, b):
    """The four numbers from counts that are wrong."""
    n, fewer = a + b, min(a, b)
    p = min(1.0, 2 * sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n)
    return a, b, 100 * (b - a) / len(first_wrong), p


@exercise.mistake("counts in int8")
def _(first_wrong, second_wrong):
    """Your counts are in one byte with a sign, and after 127 comes -128: leave out dtype=np.int8, or use
    np.count_nonzero."""
    a, b = (int(np.array(count).astype(np.int8)) for count in _counts(first_wrong, second_wrong))
    return _from_counts(first_wrong, a, b)


@exercise.mistake("a difference without -1")
def _(first_wrong, second_wrong):
    """You take one array off the other as whole numbers without a sign: 0 - 1 is 255 there, never -1, and your second
    count stays 0. Use astype(int), or first_wrong & ~second_wrong."""
    return _from_counts(first_wrong, _counts(first_wrong, second_wrong)[0], 0)


@exercise.mistake("`is True` for NumPy's values")
def _(first_wrong, second_wrong):
    """Both of your counts stay 0. An entry of a NumPy array is np.True_, which `is True` does not hold for: leave out
    the `is`, or write ==."""
    return _from_counts(first_wrong, 0, 0)


@exercise.mistake("one boolean array less another")
def _(first_wrong, second_wrong):
    """NumPy has no `-` for boolean arrays. Where one is wrong and the other is not: first_wrong & ~second_wrong."""
    both = first_wrong - second_wrong
    return compare(both, second_wrong)


@exercise.mistake("`and`, `or`, `not` for arrays")
def _(first_wrong, second_wrong):
    """`and`, `or` and `not` ask whether a whole array is true, which has no answer. Entry by entry they are written
    `&`, `|` and `~`: first_wrong & ~second_wrong."""
    a = int(np.sum(first_wrong and not second_wrong))
    b = int(np.sum(second_wrong and not first_wrong))
    return _from_counts(first_wrong, a, b)


@exercise.mistake("the last image left out")
def _(first_wrong, second_wrong):
    """Your loop leaves the last image out. range(n) ends at n - 1 already: range(len(first_wrong))."""
    return _from_counts(first_wrong, *_counts(first_wrong[:-1], second_wrong[:-1]))


@exercise.mistake("a dictionary")
def _(first_wrong, second_wrong):
    """You return a dictionary. Return the four numbers by themselves, in the order of the page."""
    return dict(zip(("only_first", "only_second", "points", "p"), compare(first_wrong, second_wrong), strict=True))
