"""11.6 Mixing two predictions."""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11.decisions import LARGE, as_list
from dc_lab.course.lessons.lesson_11.ex_5_contexts import as_array, described, is_number
from dc_lab.course.turns import in_turn
from dc_lab.course.values import Steps


class Mixture:
    """Two chances made one, by weights that learn."""

    def __init__(self):
        self.weights = [0.5, 0.5]

    def chance(self, first, second):
        """The chance of a 1, from two chances of it."""
        self.logits = [math.log(p / (1 - p)) for p in (first, second)]
        self.mixed = 1 / (1 + math.exp(-np.dot(self.weights, self.logits)))
        return self.mixed

    def learn(self, bit):
        """Move the weights, once it is known what came."""
        step = 0.02 * (bit - self.mixed)
        self.weights = [w + step * x for w, x in zip(self.weights, self.logits)]


STUB = '''
class Mixture:
    """Two chances made one, by weights that learn."""

    def __init__(self):
        raise NotImplementedError("your turn")

    def chance(self, first, second):
        """The chance of a 1, from two chances of it."""

    def learn(self, bit):
        """Move the weights, once it is known what came."""
'''.strip()


def follow(mixture: Any, firsts: list[float], seconds: list[float], bits: list[int]) -> Steps:
    """The mixed chances before each decision, and those of two mixtures that take turns."""
    firsts, seconds, bits = as_list(firsts), as_list(seconds), as_list(bits)
    rows = zip(firsts, seconds, bits, strict=True)
    calls = [(("chance", (first, second)), ("learn", (bit,))) for first, second, bit in rows]
    found = in_turn(mixture(), [call for both in calls for call in both])[::2]
    if len(bits) > 200:
        return Steps(**{"all chances": as_array(found)})
    steps = {f"the chance of decision {i + 1}": chance for i, chance in enumerate(found)}
    both = mixture(), mixture()
    taken: tuple[list[Any], list[Any]] = ([], [])
    for first, second, bit in zip(firsts, seconds, bits, strict=True):
        for row, mixture_of in zip(taken, both, strict=True):
            row.append(mixture_of.chance(first, second))
        for mixture_of in both:
            mixture_of.learn(bit)
    return Steps(**steps, **{"two mixtures in turns": [list(row) for row in taken]})


def _accepted(case, expected, got):
    """The first chance that departs, in words."""
    for name, right in expected.items():
        found = got[name]
        if name == "all chances":
            if not isinstance(found, np.ndarray):
                return f"all chances: some are no numbers, but {described(found)}"
            if len(wrong := np.flatnonzero(~(np.abs(found - right) <= 1e-6))):
                at = int(wrong[0])
                return f"the chance of decision {at + 1:,}: expected {right[at]:.9g}, got {found[at]:.9g}"
        elif name.startswith("two mixtures"):
            for row, mine in zip(right, found, strict=True):
                if any(not _close(a, b) for a, b in zip(row, mine, strict=True)):
                    return f"{name} do not have the chances that one has by itself: do they share something?"
        elif not _close(right, found):
            if not is_number(found):
                return f"{name} is {described(found)}, where a float is asked for"
            return f"{name}: expected {right:.9g}, got {found:.9g}{_about(case, int(name.split()[-1]) - 1)}"
    return None


def _close(right: Any, found: Any) -> bool:
    return isinstance(found, (float, np.floating, int)) and (
        abs(float(found) - right) <= 1e-9 * min(right, 1 - right) + 1e-13
    )


def _about(case: Any, at: int) -> str:
    """Weights and logits of a decision."""
    one = Mixture()
    for first, second, bit in list(zip(*case, strict=True))[:at]:
        one.chance(first, second)
        one.learn(bit)
    one.chance(case[0][at], case[1][at])
    weights, logits = (" and ".join(f"{x:.6g}" for x in pair) for pair in (one.weights, one.logits))
    return f". There the weights are {weights}, the logits {logits}"


def _draw(rng):
    n = int(rng.integers(1, 12))
    firsts, seconds = (1 / (1 + np.exp(-rng.normal(-1, 2.5, n))) for _ in range(2))
    bits = (rng.random(n) < firsts).astype(int).tolist()
    return firsts.tolist(), seconds.tolist(), bits


def _large():
    rng = np.random.default_rng(6)
    firsts, seconds = (1 / (1 + np.exp(-rng.normal(-2.5, 1.5, LARGE))) for _ in range(2))
    return firsts, seconds, (rng.random(LARGE) < firsts).astype(np.uint8)


CASES = [
    ([], [], []), ([0.5], [0.5], [1]), ([0.25], [0.25], [0]), ([0.9], [0.5], [1]), ([0.2], [0.8], [0]),
    ([0.5, 0.75], [0.5, 0.9], [1, 0]), ([0.3, 0.3, 0.3], [0.6, 0.6, 0.6], [0, 0, 0]),
    ([0.1, 0.2, 0.3, 0.4], [0.9, 0.8, 0.7, 0.6], [1, 1, 1, 1]), ([0.99] * 5, [0.4] * 5, [0, 0, 0, 0, 1]),
    ([1e-6, 1 - 1e-6, 0.5], [1e-5, 0.999, 1e-6], [0, 1, 1]), ([0.001] * 30, [0.3] * 30, [0] * 30),
    ([0.2] * 30, [0.6] * 30, [1] * 30), ([0.9, 0.1] * 20, [0.1, 0.9] * 20, [1, 0] * 20),
    ([1e-4] * 40, [0.9999] * 40, [1] * 40), ([0.05] * 60, [0.5] * 60, [1] * 60), ([0.7] * 180, [0.95] * 180, [1] * 180),
    # Chances near the ends, and rows so long that weights grow beyond 4, or below -3.
    ([1e-12, 0.5], [1e-12, 0.4], [0, 1]), ([1 - 1e-9], [1 - 1e-7], [1]),
    ([0.6] * 4_000, [0.6] * 4_000, [1] * 4_000), ([0.6] * 4_000, [0.6] * 4_000, [0] * 4_000),
]  # fmt: skip

exercise = Exercise(
    id="11.6",
    title="Mixing two predictions",
    minutes=20,
    task="build",
    reference=Mixture,
    stub=STUB,
    given="import math\n\nimport numpy as np",
    use=follow,
    accept=_accepted,
    shown=([0.9, 0.9], [0.5, 0.6], [1, 0]),
    tolerance=1e-9,  # of mistakes that look alike: float32 is another one than a logit that is cut
    cases=CASES,
    draw=_draw,
    large=_large,
    large_is="235,200 decisions",
    large_seconds=20.0,
    hints=[
        "`chance`: two logits, math.log(p / (1 - p)). Each times its weight, added up, is the mixed logit. The chance "
        "of a logit x is 1 / (1 + math.exp(-x)).",
        "`learn` needs the logits and the mixed chance of before: keep them in self.",
        "Each weight grows by 0.02 * (bit - mixed) * its logit. Both weights move by the same error.",
    ],
    why="""Bits saved by a weight can be seen in the derivative: of the bits that a decision costs, by a weight, it is
        (mixed - bit) times the logit, up to the factor log2(e). So a weight grows where its prediction leaned to the
        side that came. An average of the two chances could never be surer than the surer of them. Logits add up: two
        that say 0.9 independently say more together, and the weights may sum to more than 1. (Mahoney 2005 mixes so
        in his compressors; `dc_lab.coding.adaptive` mixes three, in whole numbers, so that all machines agree.)""",
)


@exercise.alternative
class _ByArrays:
    def __init__(self):
        self.w, self.x, self.p = np.full(2, 0.5), np.zeros(2), 0.5

    def chance(self, first, second):
        both = np.array([first, second])
        self.x = np.log(both) - np.log(1 - both)
        self.p = 1 / (1 + np.exp(-(self.w @ self.x)))
        return self.p

    def learn(self, bit):
        self.w = self.w + 0.02 * (bit - self.p) * self.x


@exercise.alternative
class _ByOdds:
    """Odds to a power, multiplied: the same without a sum."""

    def __init__(self):
        self.a = self.b = 0.5
        self.kept = None

    def chance(self, first, second):
        odds = first / (1 - first), second / (1 - second)
        both = odds[0] ** self.a * odds[1] ** self.b
        self.kept = odds, both / (1 + both)
        return self.kept[1]

    def learn(self, bit):
        odds, mixed = self.kept
        self.a += (bit - mixed) / 50 * math.log(odds[0])
        self.b += (bit - mixed) / 50 * math.log(odds[1])


@exercise.alternative
class _WrittenOut:
    def __init__(self):
        self.weight_one, self.weight_two = 1 / 2, 1 / 2

    def chance(self, first, second):
        self.one = -math.log(1 / first - 1)
        self.two = -math.log(1 / second - 1)
        total = self.weight_one * self.one + self.weight_two * self.two
        power = math.exp(total)
        self.result = power / (power + 1)
        return self.result

    def learn(self, bit):
        missing = 1 - self.result if bit == 1 else -self.result
        self.weight_one += 0.02 * missing * self.one
        self.weight_two += 0.02 * missing * self.two


def _logit(p):
    return math.log(p / (1 - p))


def _summed(weights, logits):
    return sum(w * x for w, x in zip(weights, logits, strict=True))


def _squash(x):
    return 1 / (1 + math.exp(-x))


def _like(
    begin=(0.5, 0.5),
    logit=_logit,
    squash=_squash,
    mix=_summed,
    rate=0.02,
    error=lambda bit, mixed, chances: [bit - mixed] * 2,
    along=lambda logits, chances: logits,
    after=lambda weights: weights,
):
    """The solution with some of its parts done otherwise."""

    class Wrong:
        def __init__(self):
            self.weights = list(begin)

        def chance(self, first, second):
            self.chances = [first, second]
            self.logits = [logit(p) for p in self.chances]
            self.mixed = squash(mix(self.weights, self.logits))
            return self.mixed

        def learn(self, bit):
            errors = error(bit, self.mixed, self.chances)
            moved = along(self.logits, self.chances)
            self.weights = after([w + rate * e * x for w, e, x in zip(self.weights, errors, moved, strict=True)])

    return Wrong


exercise.mistake("chances averaged", _like(logit=lambda p: p, squash=lambda x: x)).says("""
    You add up the chances themselves. Asked for is to add up their logits, and to make a chance of the sum again.""")
exercise.mistake("chances averaged, and moved by logits", _like(
    logit=lambda p: p, squash=lambda x: x, along=lambda logits, chances: [_logit(p) for p in chances]
)).says("""
    You mix the chances themselves and use logits only to move the weights. Add up logits.""")  # fmt: skip
exercise.mistake("no chance made of the sum", _like(squash=lambda x: x)).says("""
    You return the sum of the logits, which may be any number. The chance of a logit x is 1 / (1 + exp(-x)).""")
exercise.mistake("the sign in the exponent", _like(squash=lambda x: 1 / (1 + math.exp(x)))).says("""
    Your chance falls where the logits rise: the exponent wants a minus, 1 / (1 + exp(-x)).""")
exercise.mistake("the logit upside down", _like(logit=lambda p: math.log((1 - p) / p))).says("""
    Your logit is log((1 - p) / p), which has the other sign. The chance of a 1 stands above: log(p / (1 - p)).""")
exercise.mistake("the logarithm of the chance", _like(logit=math.log)).says("""
    You take the logarithm of p. The logit is that of the odds, p / (1 - p).""")
exercise.mistake("odds without a logarithm", _like(logit=lambda p: p / (1 - p))).says("""
    You add up odds. The logit is their natural logarithm.""")
exercise.mistake("logarithms to base 2", _like(logit=lambda p: math.log2(p / (1 - p)))).says("""
    Your logits are to base 2, and exp goes back by the natural one. Take math.log in both.""")
exercise.mistake("logarithms to base 10", _like(logit=lambda p: math.log10(p / (1 - p)))).says("""
    Your logits are to base 10, and exp goes back by the natural one. Take math.log in both.""")
exercise.mistake("weights of 1", _like(begin=(1.0, 1.0))).says("""
    Your weights begin at 1 each. Asked for is 0.5 each: an average of the two logits at first.""")
exercise.mistake("weights of 0", _like(begin=(0.0, 0.0))).says("""
    Your weights begin at 0 each, so that nothing counts at first. Asked for is 0.5 each.""")
exercise.mistake("away from what came", _like(error=lambda bit, mixed, chances: [mixed - bit] * 2)).says("""
    Your weights move the wrong way: they grow where the prediction leaned to the side that did not come. The error is
    bit - mixed.""")
exercise.mistake("each its own error", _like(error=lambda bit, mixed, chances: [bit - p for p in chances])).says("""
    Each of your weights moves by the error of its own chance. It is the error of the mixed one that counts, for
    both.""")
exercise.mistake("the error alone", _like(along=lambda logits, chances: [1.0, 1.0])).says("""
    You add the error alone, so that both weights move alike. Each error is to be multiplied by the weight's own
    logit.""")
exercise.mistake("moved along the chances", _like(along=lambda logits, chances: chances)).says("""
    You multiply the error by the chances. Multiply it by the logits, which say to which side a prediction leans.""")
exercise.mistake("moved along the other's logit", _like(along=lambda logits, chances: logits[::-1])).says("""
    Each weight moves along the other's logit, or stands before the other's in the sum. It belongs to its own logit in
    both.""")
exercise.mistake("the rate left out", _like(rate=1.0)).says("""
    Your weights move by the whole error times logit. A step is 0.02 of that.""")
exercise.mistake("a rate of 0.2", _like(rate=0.2)).says("""
    Your steps are 0.2 of error times logit, ten times too long. Asked for is 0.02.""")
exercise.mistake("a rate of 0.002", _like(rate=0.002)).says("""
    Your steps are 0.002 of error times logit, ten times too short. Asked for is 0.02.""")
exercise.mistake("nothing learned", _like(rate=0.0)).says("""
    Your chances do not change by what came: `learn` has to change the weights, and `chance` to multiply the logits by
    them.""")
exercise.mistake("weights made to sum to 1", _like(after=lambda weights: [w / sum(weights) for w in weights])).says("""
    You make the weights sum to 1 after each step. They may sum to less or more: two predictions together can be surer
    than each.""")
exercise.mistake(
    "weights kept above 0", _like(begin=(0.5, 0.5), after=lambda weights: [max(w, 0.0) for w in weights])
).says(
    """You keep the weights above 0. A weight may fall below: then the prediction is believed the other way round."""
)
exercise.mistake(
    "weights between 0 and 1", _like(after=lambda weights: [min(max(w, 0.0), 1.0) for w in weights])
).says("""
    You keep the weights between 0 and 1. They may leave that range on both sides.""")
exercise.mistake("divided by the sum of the weights", _like(
    mix=lambda weights, logits: sum(w * x for w, x in zip(weights, logits, strict=True)) / (sum(weights) or 1)
)).says("""
    You divide by the sum of the weights. The sum of weight times logit is the mixed logit as it is.""")  # fmt: skip
exercise.mistake("the mean of the two", _like(
    mix=lambda weights, logits: sum(w * x for w, x in zip(weights, logits, strict=True)) / 2
)).says("""
    You halve the sum. The weights begin at 0.5 and do that already.""")  # fmt: skip
exercise.mistake("a slope of the chance as well", _like(
    error=lambda bit, mixed, chances: [(bit - mixed) * mixed * (1 - mixed)] * 2
)).says("""
    You multiply by mixed * (1 - mixed) as well. That is the slope of the squared error; of the bits it falls out, and
    bit - mixed is all that is left.""")  # fmt: skip


@exercise.mistake("the second weight moved with the first one's new value")
class _OneAfterTheOther:
    """Your second weight moves by an error that is worked out anew once the first has moved. Both take the error of the
    chance that was given out."""

    def __init__(self):
        self.weights = [0.5, 0.5]

    def chance(self, first, second):
        self.logits = [_logit(first), _logit(second)]
        self.mixed = _squash(sum(w * x for w, x in zip(self.weights, self.logits, strict=True)))
        return self.mixed

    def learn(self, bit):
        for i in range(2):
            mixed = _squash(sum(w * x for w, x in zip(self.weights, self.logits, strict=True)))
            self.weights[i] += 0.02 * (bit - mixed) * self.logits[i]


@exercise.mistake("only the first weight moved")
class _OnlyTheFirst:
    """Only the first of your weights moves. Both learn."""

    def __new__(cls):
        return _like(along=lambda logits, chances: [logits[0], 0.0])()


@exercise.mistake("chance returns nothing")
class _Silent:
    """`chance` returns nothing. Asked for is the mixed chance."""

    def chance(self, first, second):
        """Nothing."""

    def learn(self, bit):
        """Nothing."""


exercise.mistake("a rate of 0.01", _like(rate=0.01)).says("""
    Your steps are 0.01 of error times logit. Asked for is 0.02.""")
exercise.mistake("a bit guessed", _like(error=lambda bit, mixed, chances: [bit - round(mixed)] * 2)).says("""
    You round the mixed chance before you compare it. The error is bit - mixed, a fraction.""")
exercise.mistake(
    "mixed chances kept from the ends", _like(squash=lambda x: min(max(_squash(x), 0.001), 0.999))
).says("""
    You keep the mixed chance away from 0 and 1. Leave it as it comes: the page's `whole` does that for the coder.""")
exercise.mistake("logits kept small", _like(logit=lambda p: max(-8.0, min(8.0, _logit(p))))).says("""
    You keep the logits between two ends. They may be of any size.""")
exercise.mistake("in 65,536ths", _like(squash=lambda x: int(65536 * _squash(x)))).says("""
    Your chance is a whole number of 65,536ths. Asked for is the chance itself, between 0 and 1.""")
exercise.mistake("single precision", _like(logit=lambda p: float(np.log(np.float32(p) / (1 - np.float32(p)))))).says("""
    Your logits went through float32, which has seven digits. Nine are compared.""")


def _within(least, most):
    return lambda x: min(max(x, least), most)


exercise.mistake("the logit cut at 8", _like(squash=lambda x: _squash(_within(-8, 8)(x)))).says("""
    You cut the mixed logit off at 8. It has no limit here: a chance may be nearer to 0 or 1 than that.""")
exercise.mistake("the logit cut at 20", _like(squash=lambda x: _squash(_within(-20, 20)(x)))).says("""
    You cut the mixed logit off at 20. It has no limit here.""")
exercise.mistake(
    "the chance cut to 65,536ths", _like(squash=lambda x: _within(1 / 65536, 65535 / 65536)(_squash(x)))
).says("""
    You keep the chance within 1/65,536 and 65,535/65,536. The coder needs that, and the page does it there; here the
    chance is as it comes.""")
exercise.mistake("along the mean of both", _like(along=lambda logits, chances: [sum(logits) / 2] * 2)).says("""
    Both weights move by the mean of the two logits. Each moves by its own.""")


@exercise.mistake("weights in single precision")
class _SingleWeights:
    """Your weights are float32, which has seven digits. Nine are compared: take Python's floats, or float64."""

    def __init__(self):
        self.weights = np.full(2, 0.5, np.float32)

    def chance(self, first, second):
        self.logits = [_logit(first), _logit(second)]
        self.mixed = float(_squash(_summed(self.weights, self.logits)))
        return self.mixed

    def learn(self, bit):
        for i in range(2):
            self.weights[i] += 0.02 * (bit - self.mixed) * self.logits[i]


exercise.mistake("no logarithm of the odds", _like(logit=lambda p: math.log(p / 1 - p))).says("""
    math.log is asked for the logarithm of 0, or of a number below it, and there is none. Look at the odds: p / (1 - p)
    wants its brackets, since p / 1 - p is 0.""")
exercise.mistake("the odds without brackets", _like(logit=lambda p: -math.inf)).says("""
    Your logit is minus infinity: p / 1 - p is p - p, which is 0. The odds want brackets, p / (1 - p).""")
exercise.mistake(
    "the odds without brackets, kept above 0", _like(logit=lambda p: math.log(max(p / 1 - p, 1e-12)))
).says("""
    Your odds are p / 1 - p, which is p - p and therefore 0 for each p; the least that you allow takes its place. The
    odds want brackets, p / (1 - p).""")
exercise.mistake("chances between 0.01 and 0.99", _like(logit=lambda p: _logit(_within(0.01, 0.99)(p)))).says("""
    You keep the two chances between 0.01 and 0.99 before you take their logits. They never are 0 or 1: take them as
    they come.""")


@exercise.mistake("from the first weights again")
class _FromTheFirst(Mixture):
    """Each of your steps begins at 0.5 again, so that only the last one counts. Add it to the weight as it is."""

    def learn(self, bit):
        self.weights = [0.5, 0.5]
        super().learn(bit)


@exercise.mistake("along the mixed logit")
class _AlongTheMixed(Mixture):
    """Both of your weights move along the logit of the mixed chance. Each moves along the logit of its own chance."""

    def learn(self, bit):
        step = 0.02 * (bit - self.mixed) * _logit(self.mixed)
        self.weights = [w + step for w in self.weights]


def _stepped(step):
    class Wrong(Mixture):
        def learn(self, bit):
            self.weights = [step(w, bit, self.mixed, x) for w, x in zip(self.weights, self.logits, strict=True)]

    return Wrong


exercise.mistake("a step without brackets", _stepped(lambda w, bit, mixed, x: w + 0.02 * bit - mixed * x)).says("""
    0.02 * bit - mixed * logit takes 0.02 of the bit alone. Brackets belong around bit - mixed.""")
exercise.mistake("weights multiplied", _stepped(lambda w, bit, mixed, x: w * (1 + 0.02 * (bit - mixed) * x))).says("""
    You multiply each weight by 1 plus its step, so that none can change its sign. The step is added to the weight.""")
exercise.mistake("moved along the second logit", _like(along=lambda logits, chances: [logits[1]] * 2)).says("""
    Both of your weights move along the second logit. Each takes its own.""")


@exercise.mistake("the error of the sum")
class _OfTheSum(Mixture):
    """Your error is the bit less the sum of the logits. It is the bit less the mixed chance, which is made of that
    sum."""

    def learn(self, bit):
        step = 0.02 * (bit - np.dot(self.weights, self.logits))
        self.weights = [w + step * x for w, x in zip(self.weights, self.logits, strict=True)]


def _log_over(p):
    return math.log(p) / (1 - p)


exercise.mistake("the logarithm of the chance, divided", _like(logit=_log_over)).says("""
    Your logarithm covers p alone, and then you divide by 1 - p. The logit is the logarithm of the whole quotient: log(p
    / (1 - p)).""")
exercise.mistake("one plus p below", _like(logit=lambda p: math.log(p / (1 + p)))).says("""
    Your odds are p / (1 + p). Below the line is the chance of a 0, 1 - p.""")
exercise.mistake("the logarithm of 1 more", _like(logit=lambda p: math.log1p(p / (1 - p)))).says("""
    math.log1p takes the logarithm of 1 + p / (1 - p). Take math.log of the odds themselves.""")
exercise.mistake("both logarithms added", _like(logit=lambda p: math.log(p) + math.log(1 - p))).says("""
    You add the logarithms of p and 1 - p. The logarithm of a quotient is their difference: log(p) - log(1 - p).""")
exercise.mistake("odds kept above 0 by a little", _like(logit=lambda p: math.log((p + 1e-9) / (1 - p + 1e-9)))).says("""
    You add a little to the chances before you take the logarithm. They never are 0 or 1: take them as they come.""")
exercise.mistake("odds kept above 0 by less", _like(logit=lambda p: math.log((p + 1e-12) / (1 - p + 1e-12)))).says("""
    You add 1e-12 or so to the chances before you take the logarithm. They never are 0 or 1: take them as they come.""")
exercise.mistake("logits of 0 and of 1 only", _like(logit=lambda p: float(p > 0.5) - float(p < 0.5))).says("""
    You take only the side to which each chance leans. A logit says how far, too: log(p / (1 - p)).""")
exercise.mistake("the power alone", _like(squash=math.exp)).says("""
    You return exp(x), which are the odds, and may be above 1. The chance is 1 / (1 + exp(-x)).""")
exercise.mistake("the negative power alone, up to 1", _like(squash=lambda x: min(math.exp(-x), 1.0))).says("""
    You return exp(-x). The chance is 1 / (1 + exp(-x)).""")
exercise.mistake("the negative power alone", _like(squash=lambda x: math.exp(-x))).says("""
    You return exp(-x), which may be above 1 and falls where the logits rise. The chance is 1 / (1 + exp(-x)).""")
exercise.mistake("the chance without brackets", _like(squash=lambda x: 1 / 1 + math.exp(-x))).says("""
    1 / 1 + exp(-x) is 1 + exp(-x). Brackets belong around 1 + exp(-x).""")
exercise.mistake("minus in the denominator", _like(squash=lambda x: 1 / (1 - math.exp(-x)) if x else 0.0)).says("""
    Below the line you have 1 - exp(-x). It is 1 + exp(-x), which is never 0.""")
exercise.mistake("a tanh", _like(squash=math.tanh)).says("""
    Your function goes from -1 to 1. The chance of a logit x is 1 / (1 + exp(-x)), from 0 to 1.""")
exercise.mistake("a tanh twice as steep", _like(squash=lambda x: 0.5 * (1 + math.tanh(x)))).says("""
    (1 + tanh(x)) / 2 is the chance of twice the logit. Take tanh(x / 2), or 1 / (1 + exp(-x)).""")
exercise.mistake("a power of 2", _like(squash=lambda x: 1 / (1 + 2**-x))).says("""
    You take a power of 2, and the logits are natural logarithms: exp(-x).""")
exercise.mistake(
    "base 2 in both", _like(logit=lambda p: math.log2(p / (1 - p)), squash=lambda x: 1 / (1 + 2**-x))
).says("""
    You count in base 2 both ways, and the first chance is right. But steps are along the natural logits, which are
    shorter: math.log and math.exp.""")
exercise.mistake("the logit cut at 10", _like(squash=lambda x: _squash(_within(-10, 10)(x)))).says("""
    You cut the mixed logit off at 10. A chance may be nearer to 0 or 1 than that: leave it as it is.""")
exercise.mistake("the logit cut at 5", _like(squash=lambda x: _squash(_within(-5, 5)(x)))).says("""
    You cut the mixed logit off at 5. A chance may be nearer to 0 or 1 than that: leave it as it is.""")
exercise.mistake("chances from 0.001", _like(logit=lambda p: _logit(_within(0.001, 0.999)(p)))).says("""
    You keep the two chances between 0.001 and 0.999 before you take their logits. They never are 0 or 1: take them as
    they come.""")
exercise.mistake("chances from 1e-6", _like(logit=lambda p: _logit(_within(1e-6, 1 - 1e-6)(p)))).says("""
    You keep the two chances a millionth away from 0 and 1. They never are 0 or 1: take them as they come.""")
exercise.mistake("chances from 1e-9", _like(logit=lambda p: _logit(_within(1e-9, 1 - 1e-9)(p)))).says("""
    You keep the two chances 1e-9 away from 0 and 1. They never are 0 or 1: take them as they come.""")
exercise.mistake("chances in 65,536ths", _like(logit=lambda p: _logit(_within(1 / 65536, 65535 / 65536)(p)))).says("""
    You keep the two chances within 1/65,536 and 65,535/65,536. That is done behind the mixture, for the coder: take
    them as they come.""")


def _of_mixed(of):
    return _like(squash=lambda x: of(_squash(x)))


exercise.mistake("cut to 65,536ths", _of_mixed(lambda mixed: int(65536 * mixed) / 65536)).says("""
    You round the mixed chance down to 65,536ths. The page does that later, for the coder: leave it as it is.""")
exercise.mistake("rounded to 65,536ths", _of_mixed(lambda mixed: round(65536 * mixed) / 65536)).says("""
    You round the mixed chance to 65,536ths. The page does that later, for the coder: leave it as it is.""")
exercise.mistake("the mixed chance from 1e-6", _of_mixed(_within(1e-6, 1 - 1e-6))).says("""
    You keep the mixed chance a millionth away from 0 and 1. Leave it as it is: the page's `whole` does that for the
    coder.""")
exercise.mistake("the mixed chance from 0.01", _of_mixed(_within(0.01, 0.99))).says("""
    You keep the mixed chance between 0.01 and 0.99. Leave it as it is: the page's `whole` does that for the coder.""")


def _given_out(of):
    """Another chance is returned than the one that is learned with."""

    class Wrong(Mixture):
        def chance(self, first, second):
            return of(super().chance(first, second))

    return Wrong


exercise.mistake("the chance of a 0", _given_out(lambda mixed: 1 - mixed)).says("""
    You return the chance of a 0, though you learn with that of a 1. Return the mixed chance itself.""")
exercise.mistake("a text", _given_out(str)).says("""
    You return the chance as a text. Asked for is the number.""")
exercise.mistake("an exact number", _given_out(Fraction)).says("""
    You return an exact number, a Fraction or a Decimal. Asked for is a float: put float() around it.""")
exercise.mistake("a pair of chances", _given_out(lambda mixed: (mixed, 1 - mixed))).says("""
    You return two chances. Asked for is that of a 1 alone.""")
exercise.mistake("six digits", _given_out(lambda mixed: round(mixed, 6))).says("""
    You round the chance to six digits. Nine are compared: leave it as it is.""")
exercise.mistake("three digits", _given_out(lambda mixed: round(mixed, 3))).says("""
    You round the chance to three digits. Leave it as it is.""")
exercise.mistake("a chance in single precision", _given_out(lambda mixed: float(np.float32(mixed)))).says("""
    The chance that you return went through float32, which has seven digits. Nine are compared: take Python's floats, or
    float64.""")
exercise.mistake("the likelier one", _given_out(lambda mixed: mixed > 0.5)).says("""
    You return whether a 1 is the likelier one. Asked for is its chance.""")


def _all_single(p):
    return np.float32(math.log(p / (1 - p)))


@exercise.mistake("all in single precision")
class _Single:
    """You compute in float32, which has seven digits. Nine are compared: take Python's floats, or float64."""

    def __init__(self):
        self.weights = [np.float32(0.5)] * 2

    def chance(self, first, second):
        self.logits = [_all_single(first), _all_single(second)]
        self.mixed = _squash(float(self.weights[0] * self.logits[0] + self.weights[1] * self.logits[1]))
        return self.mixed

    def learn(self, bit):
        step = np.float32(0.02 * (bit - self.mixed))
        self.weights = [np.float32(w + step * x) for w, x in zip(self.weights, self.logits, strict=True)]


exercise.mistake("the first prediction alone", _like(mix=lambda weights, logits: weights[0] * logits[0])).says("""
    Your sum has the first prediction only. Add the second weight times the second logit.""")
exercise.mistake("the second prediction alone", _like(mix=lambda weights, logits: weights[1] * logits[1])).says("""
    Your sum has the second prediction only. Add the first weight times the first logit.""")
exercise.mistake(
    "a product of both", _like(mix=lambda weights, logits: weights[0] * logits[0] * weights[1] * logits[1])
).says("""
    You multiply the two predictions. Weight times logit of the one is added to that of the other.""")
exercise.mistake(
    "a difference", _like(mix=lambda weights, logits: weights[0] * logits[0] - weights[1] * logits[1])
).says("""
    You take the second prediction off the first. They are added: the weights take care of the sign.""")
exercise.mistake("logits without weights", _like(mix=lambda weights, logits: sum(logits))).says("""
    You add up the logits without their weights. Each is multiplied by its weight, which is 0.5 at first.""")


def _geometric(first, second, weights):
    return math.exp(weights[0] * math.log(first) + weights[1] * math.log(second))


class _Geometric(Mixture):
    def chance(self, first, second):
        super().chance(first, second)
        self.mixed = _geometric(first, second, self.weights)
        return self.mixed


exercise.mistake("a geometric mean", _Geometric).says("""
    You mix the logarithms of the chances, which is a geometric mean: the chances of a 1 and of a 0 made so do not sum
    to 1. Mix the logits, log(p / (1 - p)).""")
exercise.mistake("weights of 1 and 0", _like(begin=(1.0, 0.0))).says("""
    Your weights begin at 1 and 0, so that the second prediction does not count at first. Asked for is 0.5 each.""")
exercise.mistake("weights of a quarter", _like(begin=(0.25, 0.25))).says("""
    Your weights begin at 0.25 each. Asked for is 0.5 each.""")
exercise.mistake("weights of 0.3", _like(begin=(0.3, 0.3))).says("""
    Your weights begin at 0.3 each. Asked for is 0.5 each.""")
exercise.mistake("a rate of 0.05", _like(rate=0.05)).says("""
    Your steps are 0.05 of error times logit. Asked for is 0.02.""")
exercise.mistake("a rate of 0.1", _like(rate=0.1)).says("""
    Your steps are 0.1 of error times logit, five times too long. Asked for is 0.02.""")
exercise.mistake("a rate of 0.04", _like(rate=0.04)).says("""
    Your steps are twice as long as they should be. Is each taken twice, or with a factor of 2 from a square? Asked for
    is 0.02 of error times logit.""")
exercise.mistake("a rate of 2", _like(rate=2.0)).says("""
    Your steps are 2 times error times logit, a hundred times too long. Asked for is 0.02.""")


def _counted_rate(rate):
    """A step that depends on how many there were."""

    class Wrong(Mixture):
        times = 0

        def learn(self, bit):
            self.times += 1
            step = rate(self.times) * (bit - self.mixed)
            self.weights = [w + step * x for w, x in zip(self.weights, self.logits, strict=True)]

    return Wrong


exercise.mistake("steps divided by their number", _counted_rate(lambda times: 0.02 / times)).says("""
    You divide each step by how many there were. All steps have the same 0.02.""")
exercise.mistake("steps divided by a root", _counted_rate(lambda times: 0.02 / math.sqrt(times))).says("""
    Your steps get shorter with the root of their number. All steps have the same 0.02.""")
exercise.mistake("steps that fade", _counted_rate(lambda times: 0.02 * 0.999**times)).says("""
    Your steps get a little shorter each time. All steps have the same 0.02.""")
exercise.mistake("along the first logit", _like(along=lambda logits, chances: [logits[0]] * 2)).says("""
    Both of your weights move along the first logit. Each takes its own.""")
exercise.mistake("only the second weight moved", _like(along=lambda logits, chances: [0.0, logits[1]])).says("""
    Only the second of your weights moves. Both learn.""")
exercise.mistake("along the size of the logit", _like(along=lambda logits, chances: [abs(x) for x in logits])).says("""
    You multiply the error by the size of the logit, without its sign. The sign says to which side a prediction
    leaned.""")
exercise.mistake(
    "along the sign of the logit", _like(along=lambda logits, chances: [(x > 0) - (x < 0) for x in logits])
).says("""
    You multiply the error by the sign of the logit. Its size counts, too: a prediction that was surer moves more.""")
exercise.mistake("along logits above 0", _like(along=lambda logits, chances: [float(x > 0) for x in logits])).says("""
    You add the error only where the logit is above 0, and without it. The error is multiplied by the logit.""")
exercise.mistake("divided by the logit", _like(along=lambda logits, chances: [1 / (x or 1) for x in logits])).says("""
    You divide the error by the logit. Multiply it.""")


def _error(of):
    return _like(error=lambda bit, mixed, chances: [of(bit, mixed)] * 2)


exercise.mistake("learned only after a 1", _error(lambda bit, mixed: bit and bit - mixed)).says("""
    You move the weights after a 1 only. After a 0 they move as well, by 0.02 * (0 - mixed) * logit.""")
exercise.mistake("learned only after a 0", _error(lambda bit, mixed: 0.0 if bit else bit - mixed)).says("""
    You move the weights after a 0 only. After a 1 they move as well, by 0.02 * (1 - mixed) * logit.""")
exercise.mistake(
    "learned only where the guess was wrong",
    _error(lambda bit, mixed: 0.0 if (mixed >= 0.5) == bool(bit) else bit - mixed),
).says("""
    You move the weights only where the likelier bit did not come. They move after each decision: a guess may be right
    and not sure enough.""")
exercise.mistake(
    "small errors left out", _error(lambda bit, mixed: 0.0 if abs(bit - mixed) < 0.01 else bit - mixed)
).says("""
    You do not move the weights where the error is small. They move after each decision, however little.""")
exercise.mistake("the error squared", _error(lambda bit, mixed: (bit - mixed) * abs(bit - mixed))).says("""
    You multiply the error by its size once more. The step has the error itself, bit - mixed.""")
exercise.mistake("the error squared, without its sign", _error(lambda bit, mixed: (bit - mixed) ** 2)).says("""
    You square the error, and its sign is lost. The step has the error itself, bit - mixed.""")
exercise.mistake("the size of the error", _error(lambda bit, mixed: abs(bit - mixed))).says("""
    You take the error without its sign. The sign says which way to go: bit - mixed.""")
exercise.mistake("the sign of the error", _error(lambda bit, mixed: (bit > mixed) - (bit < mixed))).says("""
    Your error is -1 or 1, whatever was expected. A surprise moves the weights more: bit - mixed, as it is.""")
exercise.mistake("the bit as -1 or 1", _error(lambda bit, mixed: 2 * bit - 1 - mixed)).says("""
    You make -1 or 1 of the bit before you take the chance off. The error is bit - mixed, with a bit of 0 or 1.""")
exercise.mistake("the bit alone", _error(lambda bit, mixed: bit)).says("""
    You take the bit for the error. It is bit - mixed: what was expected moves nothing.""")
exercise.mistake("the mixed chance alone", _error(lambda bit, mixed: mixed)).says("""
    You take the mixed chance for the error. It is bit - mixed.""")


def _afterwards(of):
    return _like(after=of)


exercise.mistake("the second weight as the rest", _afterwards(lambda weights: [weights[0], 1 - weights[0]])).says("""
    Your second weight is 1 less the first. Both move by themselves, and may sum to less or more than 1.""")
exercise.mistake("weights from -1 to 1", _afterwards(lambda weights: [_within(-1.0, 1.0)(w) for w in weights])).says("""
    You keep the weights between -1 and 1. They may leave that range on both sides.""")
exercise.mistake("weights from -2 to 2", _afterwards(lambda weights: [_within(-2.0, 2.0)(w) for w in weights])).says("""
    You keep the weights between -2 and 2. They may leave that range on both sides.""")
exercise.mistake("weights up to 1", _afterwards(lambda weights: [min(w, 1.0) for w in weights])).says("""
    You keep the weights at 1 or below. They may grow beyond: two predictions together can be surer than each.""")
exercise.mistake("weights that fade", _afterwards(lambda weights: [0.999 * w for w in weights])).says("""
    You make the weights a little smaller after each step. A step is all that changes them.""")


class _Momentum(Mixture):
    steps = (0.0, 0.0)

    def learn(self, bit):
        step = 0.02 * (bit - self.mixed)
        self.steps = [0.9 * old + step * x for old, x in zip(self.steps, self.logits, strict=True)]
        self.weights = [w + s for w, s in zip(self.weights, self.steps, strict=True)]


exercise.mistake("steps that go on", _Momentum).says("""
    Part of the step before is added to each of your steps, as with momentum. Here a step is 0.02 * (bit - mixed) *
    logit and nothing else.""")


class _Twice(Mixture):
    def chance(self, first, second):
        mixed = super().chance(first, second)
        step = 0.02 * (round(mixed) - mixed)
        self.weights = [w + step * x for w, x in zip(self.weights, self.logits, strict=True)]
        return mixed


exercise.mistake("a step before it is known what came", _Twice).says("""
    Your weights already move in `chance`, towards the likelier bit. There it is not known yet what comes: only `learn`
    moves them.""")


class _Late(Mixture):
    waiting = None

    def learn(self, bit):
        new, self.waiting = self.waiting, (bit - self.mixed, self.logits)
        if new is not None:
            self.weights = [w + 0.02 * new[0] * x for w, x in zip(self.weights, new[1], strict=True)]


exercise.mistake("one step late", _Late).says("""
    Each step is taken only when the next one comes. `learn` moves the weights at once.""")


class _FirstLogits(Mixture):
    first = None

    def learn(self, bit):
        self.first = self.first or self.logits
        step = 0.02 * (bit - self.mixed)
        self.weights = [w + step * x for w, x in zip(self.weights, self.first, strict=True)]


exercise.mistake("the first logits kept", _FirstLogits).says("""
    You learn with the logits of the first decision all the time. Keep those of the last `chance`.""")


class _LastMixed(Mixture):
    last = 0.5

    def learn(self, bit):
        step = 0.02 * (bit - self.last)
        self.weights = [w + step * x for w, x in zip(self.weights, self.logits, strict=True)]
        self.last = self.mixed


exercise.mistake("the mixed chance of before", _LastMixed).says("""
    Your error takes the mixed chance of the decision before. Take that of the last `chance`: keep it in self.""")
