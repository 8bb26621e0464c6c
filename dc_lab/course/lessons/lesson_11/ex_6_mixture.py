"""11.6 Mixing two predictions."""

import math
from typing import Any

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11.decisions import LARGE, as_list
from dc_lab.course.turns import in_turn
from dc_lab.course.values import Steps, describe, plain


class Mixture:
    """One chance out of two, by weights that learn."""

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
    """One chance out of two, by weights that learn."""

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
        return Steps(**{"all chances": np.array(found)})
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
            if found.shape != right.shape or found.dtype.kind != "f":
                return "all chances: some are no numbers"
            if len(wrong := np.flatnonzero(~(np.abs(found - right) <= 1e-6))):
                at = int(wrong[0])
                return f"the chance of decision {at + 1:,}: expected {right[at]:.9g}, got {found[at]:.9g}"
        elif name.startswith("two mixtures"):
            for row, mine in zip(right, found, strict=True):
                if any(not _close(a, b) for a, b in zip(row, mine, strict=True)):
                    return f"{name} do not have the chances that one has by itself: do they share something?"
        elif not _close(right, found):
            if isinstance(found, bool) or not isinstance(found, (int, float, np.floating, np.integer)):
                return f"{name} is {describe(plain(found))}, where a number is asked for"
            return f"{name}: expected {right:.9g}, got {found:.9g}{_about(case, int(name.split()[-1]) - 1)}"
    return None


def _close(right: Any, found: Any) -> bool:
    return isinstance(found, (float, np.floating, int)) and abs(found - right) <= 1e-9 * min(right, 1 - right) + 1e-13


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
    Each weight moves along the other's logit. It takes its own.""")
exercise.mistake("the rate left out", _like(rate=1.0)).says("""
    Your weights move by the whole error times logit. A step is 0.02 of that.""")
exercise.mistake("a rate of 0.2", _like(rate=0.2)).says("""
    Your steps are 0.2 of error times logit, ten times too long. Asked for is 0.02.""")
exercise.mistake("a rate of 0.002", _like(rate=0.002)).says("""
    Your steps are 0.002 of error times logit, ten times too short. Asked for is 0.02.""")
exercise.mistake("nothing learned", _like(rate=0.0)).says("""
    The weights stay as they are: does `learn` change what `chance` uses?""")
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
