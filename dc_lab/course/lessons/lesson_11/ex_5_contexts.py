"""11.5 Chances in contexts."""

import math
from collections import defaultdict, deque
from fractions import Fraction
from typing import Any

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11.decisions import LARGE, as_list
from dc_lab.course.turns import in_turn
from dc_lab.course.values import Steps, describe, plain


class Contexts:
    """Chances learned on the way, for each context its own."""

    def __init__(self):
        self.seen = {}

    def chance(self, context):
        """The chance that the next decision in this context is a 1."""
        zeros, ones = self.seen.get(context, (0, 0))
        return (ones + 0.5) / (zeros + ones + 1)

    def learn(self, context, bit):
        """Count a decision."""
        zeros, ones = self.seen.get(context, (0, 0))
        self.seen[context] = (zeros, ones + 1) if bit else (zeros + 1, ones)


STUB = '''
class Contexts:
    """Chances learned on the way, for each context its own."""

    def __init__(self):
        raise NotImplementedError("your turn")

    def chance(self, context):
        """The chance that the next decision in this context is a 1."""

    def learn(self, context, bit):
        """Count a decision."""
'''.strip()


MANY, SELDOM = 67_000, 500
"""In a row of so many decisions only every five hundredth chance is asked for: a uint16 ends at 65,535."""


def follow(contexts: Any, bits: list[int], its: list[int]) -> Steps:
    """The chances that an answer has before each decision, and those of two models that take turns."""
    bits, its = as_list(bits), as_list(its)
    one = contexts()
    if len(bits) > 200:
        every = SELDOM if len(bits) == MANY else 1
        calls: list[Any] = []
        for i, (bit, context) in enumerate(zip(bits, its, strict=True)):
            if i % every == 0:
                calls.append(("chance", (context,)))
            calls.append(("learn", (context, bit)))
        found = in_turn(one, calls)
        asked = [chance for (name, _), chance in zip(calls, found, strict=True) if name == "chance"]
        return Steps(**{"all chances": as_array(asked)})
    steps: dict[str, Any] = {}
    for i, (bit, context) in enumerate(zip(bits, its, strict=True)):
        if i % 4 != 2:  # now and then nobody asks before something is learned
            steps[f"the chance before decision {i + 1}"] = one.chance(context)
        if i % 4 == 3:  # and now and then somebody asks twice, or for another context
            one.chance(context + 1)
            steps[f"the chance before decision {i + 1}, asked again"] = one.chance(context)
        one.learn(context, bit)
    for context in sorted(set(its), key=its.index):
        steps[f"the chance in context {context} at the end"] = one.chance(context)
    steps["the chance in a new context at the end"] = one.chance(max(its, default=0) + 7)
    both = contexts(), contexts()
    rows: tuple[list[Any], list[Any]] = ([], [])
    for bit, context in zip(bits, its, strict=True):
        for row, model in zip(rows, both, strict=True):
            row.append(model.chance(context))
            model.learn(context, bit)
    return Steps(**steps, **{"two models in turns": [list(row) for row in rows]})


def as_array(found: list[Any]) -> Any:
    """Chances as an array of doubles, or the first that is no number."""
    if all(issubclass(kind, _NUMBERS) and kind is not bool for kind in set(map(type, found))):
        return np.array(found, float)
    return next(chance for chance in found if not is_number(chance))


_NUMBERS = (float, int, np.floating, np.integer)


def is_number(found: Any) -> bool:
    return isinstance(found, _NUMBERS) and not isinstance(found, bool)


def _accepted(case, expected, got):
    """The first chance that departs, in words."""
    bits, its = case
    for name, right in expected.items():
        found = got[name]
        if name == "all chances":
            if not isinstance(found, np.ndarray):
                return f"all chances: some are no numbers, but {described(found)}"
            if len(wrong := np.flatnonzero(~(np.abs(found - right) <= 1e-9))):
                first = int(wrong[0])
                at = first * SELDOM if len(bits) == MANY else first
                about = _seen(as_list(bits), as_list(its), at, its[at])
                return (
                    f"the chance before decision {at + 1:,}: expected {right[first]:.9g}, got {found[first]:.9g}{about}"
                )
        elif name.startswith("two models"):
            for row, mine in zip(right, found, strict=True):
                if any(not _close(a, b) for a, b in zip(row, mine, strict=True)):
                    return f"{name} do not have the chances that one has by itself: do they share something?"
        elif not _close(right, found):
            if not is_number(found):
                return f"{name} is {described(found)}, where a float is asked for"
            return f"{name}: expected {right:.6g}, got {found:.6g}{_about(name, bits, its)}"
    return None


def described(found: Any) -> str:
    """What came in place of a number."""
    kind = type(found).__name__
    return f"a {kind}, an exact number" if kind in ("Fraction", "Decimal") else describe(plain(found))


def _close(right: Any, found: Any) -> bool:
    return isinstance(found, (float, np.floating, int)) and abs(float(found) - right) <= 1e-9


def _about(name: str, bits: list[int], its: list[int]) -> str:
    """What has been seen in the context until then."""
    words = name.replace(",", "").split()
    if "before" in words:
        at = int(words[4]) - 1
        context = its[at]
    elif "new" in words:
        return ". Nothing was seen in it"
    else:
        at, context = len(bits), int(words[4])
    return _seen(bits, its, at, context)


def _seen(bits: list[int], its: list[int], at: int, context: int) -> str:
    before = [bit for bit, other in zip(bits[:at], its[:at], strict=True) if other == context]
    return f". In context {context} there were {len(before) - sum(before):,} zeros and {sum(before):,} ones before"


def _draw(rng):
    n = int(rng.integers(1, 25))
    its = [int(c) for c in rng.choice([-3, 0, 1, 2, 5, 300, 70_000], n)]
    return [int(rng.random() < (0.2, 0.8, 0.5)[c % 3]) for c in its], its


def _large():
    rng = np.random.default_rng(5)
    its = np.tile(np.arange(784), LARGE // 784)
    its[: LARGE // 2] = 0  # one context has many decisions
    return (rng.random(LARGE) < 0.002 * (its % 50)).astype(np.uint8), its


ROUND = [0, -1, *(10**i for i in range(2, 13)), *(2**i for i in range(7, 33)), 784, 300 * 784]

CASES = [
    ([], []), ([0], [0]), ([1], [3]), ([1, 0], [0, 0]), ([0, 0, 0], [0, 0, 0]), ([1, 1, 0], [0, 1, 0]),
    ([1, 0, 1, 0], [0, 1, 0, 1]), ([0, 1, 1, 1], [7, 7, 2, 7]), ([1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 0, 0]),
    ([0, 0, 1, 0, 0, 0, 0, 1], [0] * 8), ([0] * 40 + [1] * 40, [0, 1] * 40), ([0, 1] * 60, [0, 0] * 60),
    ([1, 1, 1], [256, 0, 256]), ([1, 0, 1, 1], [-1, 255, -1, 300]), ([0, 1, 1], [-256, 0, 256]),
    ([1] * 150, [4] * 150), ([0] * 150, [-4] * 150), ([1, 0, 0, 1] * 6, [2**40, 2**40 + 1, 1, -(2**40)] * 6),
    ([1] * 70 + [0] * 70, [9] * 140), ([0] * 260 + [1] * 60, [5] * 320),
    # More contexts than some have room for, and each comes again.
    ([1, 0] * 300, [*range(300), *range(300)]),
    # So many in one context that half precision does not count on, and that a uint16 or an int16 does not.
    ([0] * 2_600 + [1, 0] * 200, [2] * 3_000), (np.ones(MANY, np.uint8), np.zeros(MANY, int)),
    # Contexts that are one for a table whose size is among them.
    ([1] * len(ROUND), ROUND),
]  # fmt: skip

exercise = Exercise(
    id="11.5",
    title="Chances in contexts",
    minutes=15,
    task="build",
    reference=Contexts,
    stub=STUB,
    use=follow,
    accept=_accepted,
    shown=([1, 1, 0], [0, 0, 0]),
    cases=CASES,
    draw=_draw,
    large=_large,
    large_is="235,200 decisions, half of them in one context",
    large_seconds=20.0,
    equivalents={},
    hints=[
        "A dictionary from context to a pair of counts. A context that was not seen yet has the pair (0, 0): "
        "self.seen.get(context, (0, 0)).",
        "The chance of a 1 is (ones + 0.5) / (zeros + ones + 1). Asking must not change anything.",
        "`learn` adds 1 to one of the two counts, in that context alone, and puts the new pair into the dictionary.",
    ],
    why="""Counts that begin at one half are the rule of Krichevsky and Trofimov (1981). For n decisions in a context it
        costs about log2(n) / 2 bits more than a table of the right chances would, whatever the row. That is what
        learning costs: with many contexts the decisions of each are few, and they pay it again and again.""",
)


@exercise.alternative
class _ByLists:
    """A pair of counts that begin at one half."""

    def __init__(self):
        self.counts = defaultdict(lambda: [0.5, 0.5])

    def chance(self, context):
        zeros, ones = self.counts[context]
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.counts[context][bit] += 1


@exercise.alternative
class _ByMean:
    """The chance itself, moved by a part of what is missing."""

    def __init__(self):
        self.known = {}

    def chance(self, context):
        return self.known.get(context, (0.5, 0))[0]

    def learn(self, context, bit):
        chance, seen = self.known.get(context, (0.5, 0))
        self.known[context] = (chance + (bit - chance) / (seen + 2), seen + 1)


@exercise.alternative
class _ByRows:
    """All decisions of a context in a row, counted from their sum."""

    def __init__(self):
        self.total, self.number = {}, {}

    def chance(self, context):
        return np.float64(2 * self.total.get(context, 0) + 1) / (2 * self.number.get(context, 0) + 2)

    def learn(self, context, bit):
        self.total[context] = self.total.get(context, 0) + int(bit)
        self.number[context] = self.number.get(context, 0) + 1


def _like(
    key=lambda context: context,
    begin=(0.5, 0.5),
    says=lambda zeros, ones: ones / (zeros + ones),
    grow=1.0,
    counted=lambda bit: bit,
    ask_counts=False,
    key_learnt=None,
):
    """The solution with some of its parts done otherwise."""

    class Wrong:
        def __init__(self):
            self.counts = {}

        def _pair(self, where):
            return self.counts.setdefault(where, list(begin))

        def chance(self, context):
            pair = self._pair(key(context))
            found = says(*pair)
            if ask_counts:
                pair[1] += 1
            return found

        def learn(self, context, bit):
            if not ask_counts:
                self._pair((key_learnt or key)(context))[counted(bit)] += grow

    return Wrong


exercise.mistake("counts from 1", _like(begin=(1, 1))).says("""
    Your counts begin at 1 each, which is Laplace's rule and learns more slowly; or they begin at one half and grow by
    one half, which is the same. Here they begin at one half and grow by 1.""")
exercise.mistake("one half for both together", _like(begin=(0.25, 0.25))).says("""
    Your counts begin at a quarter each; or they begin at one half and grow by 2, which is the same. Here they begin at
    one half and grow by 1.""")
exercise.mistake("counts from 0", _like(begin=(0, 0))).says("""
    Your counts begin at 0, so that the first chance is 0 / 0. Begin with one half each.""")


def _zero_if_new(zeros, ones):
    return ones / (zeros + ones) if zeros + ones else 0.5


exercise.mistake("counts from 0, and a half only at first", _like(begin=(0, 0), says=_zero_if_new)).says("""
    Only a context that is new has the chance 0.5. After one decision yours is 0 or 1, and what has the chance 0 cannot
    be coded. The halves stay: (ones + 0.5) / (zeros + ones + 1).""")
exercise.mistake(
    "a half only above", _like(begin=(0, 0), says=lambda zeros, ones: (ones + 0.5) / (zeros + ones or 1))
).says("""You add one half to the ones, but not to the zeros: below the line is zeros + ones + 1, a half for each.""")
exercise.mistake(
    "only one half below", _like(begin=(0, 0), says=lambda zeros, ones: (ones + 0.5) / (zeros + ones + 0.5))
).says("""Below the line you add one half. There are two counts, and each has its half: zeros + ones + 1.""")
exercise.mistake("contexts forgotten", _like(key=lambda context: 0)).says("""
    You have one pair of counts for all. Each context has its own. (If you made a list of pairs: [[0.5, 0.5]] * n is n
    times the same pair.)""")
exercise.mistake("the chance of a 0", _like(says=lambda zeros, ones: zeros / (zeros + ones))).says("""
    Your chance is that of a 0, or you count a 0 after a 1 and the other way round. Asked for is the chance of a 1, and
    what came is counted.""")
exercise.mistake("ones counted, whatever came", _like(counted=lambda bit: 1)).says("""
    After each decision you count a 1. Count what came.""")
exercise.mistake("nothing learned", _like(grow=0.0)).says("""
    The chance stays 0.5: `learn` changes nothing that `chance` looks at.""")
exercise.mistake("ones against zeros", _like(says=lambda zeros, ones: ones / zeros)).says("""
    You divide the ones by the zeros. The chance is their share of both: by zeros + ones.""")
exercise.mistake("ones alone", _like(says=lambda zeros, ones: ones)).says("""
    That is the count of the ones. The chance is their share: divide by the sum of both counts.""")
exercise.mistake("in 65,536ths", _like(says=lambda zeros, ones: int(65536 * ones / (zeros + ones)))).says("""
    Your chance is a whole number of 65,536ths. Asked for is the chance itself, between 0 and 1; the page makes the
    whole number of it later.""")
exercise.mistake("contexts below 256", _like(key=lambda context: context & 255)).says("""
    Contexts that differ by 256 share their counts with you. A context is any whole number; a dictionary takes all of
    them.""")
exercise.mistake("contexts without their sign", _like(key=abs)).says("""
    A context and its negative share their counts with you. They are two contexts.""")
exercise.mistake("asking counts", _like(ask_counts=True)).says("""
    You count in `chance`, where the decision is not known yet. Asking changes nothing; `learn` counts.""")


@exercise.mistake("counts in the context before")
class _Before:
    """`learn` counts in the context of the decision before: does it use one that was kept, in place of its argument?"""

    def __init__(self):
        self.counts, self.last = {}, None

    def chance(self, context):
        zeros, ones = self.counts.get(context, (0.5, 0.5))
        return ones / (zeros + ones)

    def learn(self, context, bit):
        where, self.last = self.last, context
        if where is not None:
            pair = self.counts.setdefault(where, [0.5, 0.5])
            pair[bit] += 1


@exercise.mistake("counts where was asked last")
class _Asked:
    """`learn` counts in the context for which `chance` was asked last. It has the context itself as its argument, and
    not everybody asks first."""

    def __init__(self):
        self.counts, self.last = {}, 0

    def chance(self, context):
        self.last = context
        zeros, ones = self.counts.get(context, (0.5, 0.5))
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.counts.setdefault(self.last, [0.5, 0.5])[bit] += 1


@exercise.mistake("a list of contexts")
class _InAList:
    """You keep the counts in a list. A context is any whole number, below 0 and beyond a million too: use a
    dictionary."""

    def __init__(self):
        self.counts = [[0.5, 0.5] for _ in range(784)]

    def chance(self, context):
        zeros, ones = self.counts[context]
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.counts[context][bit] += 1


@exercise.mistake("known only after learning")
class _OnlyKnown:
    """`chance` fails in a context that was not seen yet. There its chance is one half: .get(context, the
    counts that a new context has)."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        zeros, ones = self.counts[context]
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.counts.setdefault(context, [0.5, 0.5])[bit] += 1


@exercise.mistake("anew at each context that comes")
class _Anew:
    """You begin anew whenever the context changes. A context keeps its counts until it comes again."""

    def __init__(self):
        self.pair, self.last = [0.5, 0.5], None

    def _at(self, context):
        if context != self.last:
            self.pair, self.last = [0.5, 0.5], context

    def chance(self, context):
        self._at(context)
        return self.pair[1] / sum(self.pair)

    def learn(self, context, bit):
        self._at(context)
        self.pair[bit] += 1


@exercise.mistake("counts that end")
class _OneByte:
    """Your counts end at some number, or go round: a count is a whole number without a limit."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        zeros, ones = self.counts.get(context, (0, 0))
        return (ones + 0.5) / (zeros + ones + 1)

    def learn(self, context, bit):
        zeros, ones = self.counts.get(context, (0, 0))
        self.counts[context] = (min(zeros + (not bit), 63), min(ones + bit, 63))


class _Counted:
    """Counts that do not grow as they should: `after(zeros, ones, bit)` says what they become."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        zeros, ones = self.counts.get(context, (0.5, 0.5))
        return ones / (zeros + ones)

    def learn(self, context, bit):
        zeros, ones = self.counts.get(context, (0.5, 0.5))
        self.counts[context] = self.after(zeros, ones, bit)


def _only(which):
    class Wrong(_Counted):
        def after(self, zeros, ones, bit):
            return (zeros + (bit == 0), ones + (bit == 1)) if bit == which else (zeros, ones)

    return Wrong


exercise.mistake("only ones counted", _only(1)).says("""
    After a 0 nothing changes. Zeros are counted as well: the chance of a 1 falls with each of them.""")
exercise.mistake("only zeros counted", _only(0)).says("""
    After a 1 nothing changes. Ones are counted as well: the chance of a 1 rises with each of them.""")
exercise.mistake("counted in the context modulo 256", _like(key_learnt=lambda context: context % 256)).says("""
    `learn` counts under another number than `chance` looks up: the context modulo 256. Take the context as it is.""")
exercise.mistake("three digits", _like(says=lambda zeros, ones: round(ones / (zeros + ones), 3))).says("""
    You round the chance. Leave it as it comes.""")
exercise.mistake("chances kept from the ends", _like(says=lambda z, o: min(max(o / (z + o), 0.01), 0.99))).says("""
    You keep the chance away from 0 and 1. The two halves do that already, and a chance of 0.001 is worth having.""")
exercise.mistake("half precision", _like(says=lambda zeros, ones: float(np.float16(ones / (zeros + ones))))).says("""
    The chance went through float16, which has three digits.""")
exercise.mistake("the likelier one", _like(says=lambda zeros, ones: ones > zeros)).says("""
    You return whether a 1 is the likelier one. Asked for is its chance.""")


@exercise.mistake("asking counts as well")
class _AskingToo:
    """`chance` changes a count, too. Asking must not change anything; `learn` counts."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        pair = self.counts.setdefault(context, [0.5, 0.5])
        pair[1] += 1
        return pair[1] / sum(pair)

    def learn(self, context, bit):
        self.counts.setdefault(context, [0.5, 0.5])[bit] += 1


@exercise.mistake("counts that are halved")
class _Halved:
    """You halve the counts once there are many. That forgets, and can be a good idea; asked for is to count all."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        zeros, ones = self.counts.get(context, (0, 0))
        return (ones + 0.5) / (zeros + ones + 1)

    def learn(self, context, bit):
        zeros, ones = self.counts.get(context, (0, 0))
        zeros, ones = zeros + (not bit), ones + bit
        self.counts[context] = (zeros // 2, ones // 2) if zeros + ones > 64 else (zeros, ones)


exercise.mistake("contexts below 65,536", _like(key=lambda context: context & 0xFFFF)).says("""
    Contexts that differ by 65,536 share their counts with you. A context is any whole number; a dictionary takes all of
    them.""")
exercise.mistake("a half for each, twice", _like(begin=(0, 0), says=lambda z, o: (o + 0.5) / (z + o + 2))).says("""
    Below the line you add 2. Each of the two counts has its half, which makes 1.""")
exercise.mistake("a rounded chance", _like(says=lambda zeros, ones: round(ones / (zeros + ones), 4))).says("""
    You round the chance. Leave it as it is: in a rare context the digits that follow are worth bits.""")


@exercise.mistake("divided by all decisions")
class _OfAll:
    """You divide by the decisions of all contexts together. A chance is a share of its own context's."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        _, ones = self.counts.get(context, (0, 0))
        return (ones + 0.5) / (sum(map(sum, self.counts.values())) + 1)

    def learn(self, context, bit):
        zeros, ones = self.counts.get(context, (0, 0))
        self.counts[context] = (zeros + 1 - bit, ones + bit)


@exercise.mistake("counts halved")
class _HalvedLater(_Counted):
    """You halve the counts once they are large, as many coders do that must follow a change. Here all that was seen
    counts alike, for ever."""

    def after(self, zeros, ones, bit):
        if zeros + ones > 255:
            zeros, ones = zeros / 2, ones / 2
        return zeros + 1 - bit, ones + bit


@exercise.mistake("counts in a byte")
class _InAByte(_Counted):
    """Your counts go back to 0 behind 255: they are kept in a uint8. A count has no limit; take Python's numbers."""

    def after(self, zeros, ones, bit):
        return (zeros + 1 - bit) % 256, (ones + bit) % 256


exercise.mistake("contexts below a million", _like(key=lambda context: context % 1_000_000)).says("""
    Contexts that differ by a million share their counts with you. A context is any whole number, and no list has a
    place for each; a dictionary takes all of them.""")


@exercise.mistake("asking adds halves")
class _AskingHalves(_Counted):
    """Each time somebody asks, your counts grow by one half. Asking changes nothing: the halves are there once, at the
    beginning."""

    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def chance(self, context):
        found = super().chance(context)
        zeros, ones = self.counts.get(context, (0.5, 0.5))
        self.counts[context] = (zeros + 0.5, ones + 0.5)
        return found


@exercise.mistake("halves at each decision")
class _HalvesAgain(_Counted):
    """You add the two halves at each decision. They are there once, at the beginning: a decision adds 1 to its own
    count and nothing to the other."""

    def after(self, zeros, ones, bit):
        return zeros + 1.5 - bit, ones + 0.5 + bit


@exercise.mistake("learned only where asked")
class _OnlyAsked:
    """`learn` fails in a context that nobody asked for before: there it finds no counts. Let it begin them as `chance`
    does: .get(context, the counts that a new context has)."""

    def __init__(self):
        self.counts = {}

    def chance(self, context):
        zeros, ones = self.counts.setdefault(context, [0.5, 0.5])
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.counts[context][bit] += 1


def _moved(by):
    """A chance that moves by a fixed share of what is missing."""

    class Wrong:
        def __init__(self):
            self.chances = {}

        def chance(self, context):
            return self.chances.get(context, 0.5)

        def learn(self, context, bit):
            before = self.chance(context)
            self.chances[context] = before + (bit - before) * by

    return Wrong


exercise.mistake("a step of 1/16", _moved(1 / 16)).says("""
    Your chance moves by a sixteenth of what is missing, at each decision. Many coders do that to follow a change. Here
    all decisions count alike: divide the count of ones by the count of all.""")
exercise.mistake("a step of 1/32", _moved(1 / 32)).says("""
    Your chance moves by 1/32 of what is missing, at each decision, as in LZMA. Here all decisions count alike: divide
    the count of ones by the count of all.""")


exercise.mistake("whole numbers divided", _like(says=lambda zeros, ones: ones // (zeros + ones))).says("""
    You divide with //, which cuts the fraction off. A chance is a fraction: ones / (zeros + ones).""")
exercise.mistake(
    "the ones without brackets", _like(begin=(0, 0), says=lambda zeros, ones: ones + 0.5 / (zeros + ones + 1))
).says("""
    You divide only the half: ones + 0.5 / n is ones + (0.5 / n). Brackets belong around ones + 0.5.""")


@exercise.mistake("only the last decision")
class _OnlyTheLast(_Counted):
    """`learn` begins at the two halves each time, so that only the last decision counts. Add 1 to what was counted
    before."""

    def after(self, zeros, ones, bit):
        return 1.5 - bit, 0.5 + bit


class _AskedIsSeen:
    """All decisions are counted in `chance`, the ones in `learn`."""

    def __init__(self):
        self.ones, self.all = {}, {}

    def chance(self, context):
        self.all[context] = self.all.get(context, 0) + 1
        return (self.ones.get(context, 0) + 0.5) / self.all[context]

    def learn(self, context, bit):
        self.ones[context] = self.ones.get(context, 0) + bit


exercise.mistake("decisions counted where somebody asks", _AskedIsSeen).says("""
    You count the decisions in `chance` and the ones in `learn`. Not every question is followed by a decision: asking
    changes nothing, and `learn` counts both.""")


def _listed(size):
    class Wrong:
        def __init__(self):
            self.ones, self.all = [0.5] * size, [1] * size

        def chance(self, context):
            return self.ones[context] / self.all[context]

        def learn(self, context, bit):
            self.ones[context] += bit
            self.all[context] += 1

    return Wrong


exercise.mistake("a short list of contexts", _listed(256)).says("""
    Your list of contexts is short, and behind its end there is an error. Below 0 it counts from its end. A context is
    any whole number: use a dictionary.""")
exercise.mistake("a list of 2**20 contexts", _listed(2**20)).says("""
    You keep the counts in a long list. A context is any whole number: below 0 a list counts from its end, and beyond
    its places it ends with an error. A dictionary takes all of them.""")


class _Grows:
    most = 2**21

    def __init__(self):
        self.rows = []

    def row(self, context):
        return self.grown(context) if self.rows or context >= 0 else [0.5, 0.5]

    def grown(self, context):
        while context >= self.most:
            pass  # the list would grow until there is no room
        self.rows += [None] * (context + 1 - len(self.rows))  # what a learner appends one by one
        self.rows[context] = self.rows[context] or [0.5, 0.5]
        return self.rows[context]

    def chance(self, context):
        zeros, ones = self.row(context)
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.row(context)[bit] += 1


class _GrowsAll(_Grows):
    def row(self, context):
        return self.grown(context)


exercise.mistake("a list that grows", _Grows).says("""
    You keep the counts in a list that grows. Below 0 a list counts from its end, so that context -1 is another one's,
    and a very large context wants more places than there is time or room for: use a dictionary.""")
exercise.mistake("a list that grows, and is empty at first", _GrowsAll).says("""
    You keep the counts in a list that grows. It has no place for a context below 0: use a dictionary.""")
exercise.mistake("contexts below 0 as 0", _like(key=lambda context: max(context, 0))).says("""
    All contexts below 0 share the counts of context 0. Each whole number is a context of its own.""")
exercise.mistake("only the sign of a context", _like(key=lambda context: (context > 0) - (context < 0))).says("""
    You look at the sign of the context alone. Each whole number is a context of its own.""")
exercise.mistake("context 0 or another", _like(key=lambda context: context > 0)).says("""
    You tell contexts above 0 from all others, and nothing else. Each whole number is a context of its own.""")
exercise.mistake("contexts below 784", _like(key=lambda context: context % 784)).says("""
    Contexts that differ by 784 share their counts with you. A context is any whole number, not only a pixel.""")
exercise.mistake("contexts below 1,000", _like(key=lambda context: context % 1_000)).says("""
    Contexts that differ by 1,000 share their counts with you. A context is any whole number; a dictionary takes all of
    them.""")
exercise.mistake("contexts below 1,024", _like(key=lambda context: context % 1_024)).says("""
    Contexts that differ by 1,024 share their counts with you. A context is any whole number; a dictionary takes all of
    them.""")
exercise.mistake("contexts below 2**20", _like(key=lambda context: context % 2**20)).says("""
    Contexts that differ by 2**20 share their counts with you. A context is any whole number; a dictionary takes all of
    them.""")
exercise.mistake("contexts below 2**32", _like(key=lambda context: context % 2**32)).says("""
    Contexts that differ by 2**32 share their counts with you. A context is any whole number; a dictionary takes all of
    them.""")


class _NoneBelow0(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def chance(self, context):
        if context < 0:
            raise ValueError
        return super().chance(context)


exercise.mistake("contexts below 0 refused", _NoneBelow0).says("""
    You raise an error for a context below 0. It is a context as any other.""")


class _Next(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def learn(self, context, bit):
        super().learn(context + 1, bit)


exercise.mistake("counted in the next context", _Next).says("""
    `learn` counts in the context behind the one it is given. Take the context as it is.""")


class _ShareOfAll(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def chance(self, context):
        if context in self.counts or not self.counts:
            return super().chance(context)
        zeros, ones = (sum(count[i] - 0.5 for count in self.counts.values()) for i in range(2))
        return (ones + 0.5) / (zeros + ones + 1)


exercise.mistake("a new context begins as all others are", _ShareOfAll).says("""
    In a new context you give the chance over all contexts. It begins with halves of its own, and a chance of 0.5.""")


def _after(*then):
    """Versions whose counts become something else."""

    class Wrong(_Counted):
        def after(self, zeros, ones, bit):
            return then[0](zeros, ones, bit)

    return Wrong


def _halved_above(most):
    def then(zeros, ones, bit):
        ones, seen = ones - 0.5 + bit, zeros + ones
        if seen > most:
            ones, seen = ones / 2, seen / 2
        return seen - ones + 0.5, ones + 0.5

    return _after(then)


exercise.mistake("halved above 255", _halved_above(255)).says("""
    You halve the counts of a context once there are more than 255. That forgets what came first; asked for is to count
    all alike.""")
exercise.mistake("halved above 1,000", _halved_above(1_000)).says("""
    You halve the counts of a context once there are more than a thousand. That forgets what came first; asked for is to
    count all alike.""")
exercise.mistake("halved above 1,024", _halved_above(1_024)).says("""
    You halve the counts of a context once there are more than 1,024. That forgets what came first; asked for is to
    count all alike.""")


def _limited(most):
    return _after(lambda zeros, ones, bit: (min(zeros + 1 - bit, most + 0.5), min(ones + bit, most + 0.5)))


exercise.mistake("counts up to 255", _limited(255)).says("""
    Your counts stop at 255. A count has no limit.""")
exercise.mistake("counts up to 1,000", _limited(1_000)).says("""
    Your counts stop at 1,000. A count has no limit.""")
exercise.mistake("counts up to 65,535", _limited(65_535)).says("""
    Your counts stop at 65,535. A count has no limit: one context may have all 235,200 decisions.""")


def _wrapped(size, least=0):
    def then(zeros, ones, bit):
        return tuple(
            (int(count) + more - least) % size + least + 0.5 for count, more in ((zeros, 1 - bit), (ones, bit))
        )

    return _after(then)


exercise.mistake("counts in 16 bits", _wrapped(65_536)).says("""
    Your counts go back to 0 behind 65,535: they are kept in a uint16. A count has no limit; take Python's numbers.""")
exercise.mistake("counts in 16 bits, with a sign", _wrapped(65_536, -32_768)).says("""
    Your counts fall below 0 behind 32,767: they are kept in an int16. A count has no limit; take Python's numbers.""")
exercise.mistake("counts in 8 bits, with a sign", _wrapped(256, -128)).says("""
    Your counts fall below 0 behind 127: they are kept in an int8. A count has no limit; take Python's numbers.""")


def _in_half(zeros, ones, bit):
    return float(np.float16(zeros) + np.float16(1 - bit)), float(np.float16(ones) + np.float16(bit))


exercise.mistake("counts in half precision", _after(_in_half)).says("""
    Your counts are float16, which has eleven bits: from 1,024 on a half gets lost, and from 2,048 on nothing grows.
    Take Python's numbers.""")
exercise.mistake("single precision", _like(says=lambda zeros, ones: float(np.float32(ones / (zeros + ones))))).says("""
    The chance went through float32, which has seven digits. Nine are compared: take Python's floats, or float64.""")
exercise.mistake(
    "cut to 65,536ths", _like(says=lambda zeros, ones: int(65536 * ones / (zeros + ones)) / 65536)
).says("""
    You round the chance down to 65,536ths. The page does that later, where it is coded: leave it as it is.""")
exercise.mistake("rounded to 65,536ths", _like(says=lambda z, o: round(65536 * o / (z + o)) / 65536)).says("""
    You round the chance to 65,536ths. The page does that later, where it is coded: leave it as it is.""")
exercise.mistake("two digits", _like(says=lambda zeros, ones: round(ones / (zeros + ones), 2))).says("""
    You round the chance to two digits. Leave it as it is.""")
exercise.mistake("six digits", _like(says=lambda zeros, ones: round(ones / (zeros + ones), 6))).says("""
    You round the chance to six digits. Leave it as it is.""")


def _kept(least):
    return lambda zeros, ones: min(max(ones / (zeros + ones), least), 1 - least)


exercise.mistake("chances from 0.001", _like(says=_kept(0.001))).says("""
    You keep the chance between 0.001 and 0.999. The two halves keep it from the ends already: leave it as it is.""")
exercise.mistake("chances from 1/256", _like(says=_kept(1 / 256))).says("""
    You keep the chance between 1/256 and 255/256. The two halves keep it from the ends already: leave it as it is.""")
exercise.mistake("chances from 0.0001", _like(says=_kept(0.0001))).says("""
    You keep the chance between 0.0001 and 0.9999. The two halves keep it from the ends already: leave it as it is.""")
exercise.mistake("chances from 1/65,536", _like(says=_kept(1 / 65536))).says("""
    You keep the chance between 1/65,536 and 65,535/65,536. The page does that later, where it is coded.""")
exercise.mistake("a 1 counted twice", _after(lambda z, o, bit: (z + 1, o + bit))).says("""
    Below the line a 1 counts twice, as a one and as a decision. Below it is the number of decisions, plus 1 for the
    two halves.""")
exercise.mistake("a 1 as two", _after(lambda z, o, bit: (z + (-1 if bit else 1), o + 2 * bit))).says("""
    A 1 counts as two ones and as one decision, so that the chance may pass 1. Each decision counts once.""")
exercise.mistake(
    "a 0 takes a 1 away", _after(lambda z, o, bit: (z + (0 if bit else 2), o + (1 if bit else -1)))
).says("""
    After a 0 you take 1 off the count of ones. It leaves the ones as they are: only the number of decisions grows.""")
exercise.mistake("a 0 clears the ones", _after(lambda z, o, bit: (z, o + 1) if bit else (z + o + 0.5, 0.5))).says("""
    After a 0 your count of ones is 0 again. It stays as it is: only the number of decisions grows.""")
exercise.mistake("ones never counted", _after(lambda z, o, bit: (z + 1, o))).says("""
    Each decision counts below the line, and none as a one. Is the bit compared with True, by `is`? It is a number, 0 or
    1: add it to the ones.""")


class _Swapped(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def learn(self, context, bit):
        super().learn(bit, context)


exercise.mistake("context and bit swapped", _Swapped).says("""
    `learn` takes the context for the bit and the bit for the context. The order is learn(self, context, bit).""")


class _Few(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def learn(self, context, bit):
        super().learn(context, bit)
        if len(self.counts) > 256:
            del self.counts[next(iter(self.counts))]


exercise.mistake("256 contexts at most", _Few).says("""
    You keep 256 contexts, and forget the oldest when another comes. All are kept: the lesson has 784 and more.""")


class _Late(_Counted):
    waiting = None

    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def learn(self, context, bit):
        if self.waiting is not None:
            super().learn(*self.waiting)
        self.waiting = context, bit


exercise.mistake("one decision late", _Late).says("""
    Each decision is counted only when the next one comes. `learn` counts at once: the next chance has to know it.""")


def _window(most):
    class Wrong:
        def __init__(self):
            self.last = {}

        def chance(self, context):
            row = self.last.get(context, ())
            return (sum(row) + 0.5) / (len(row) + 1)

        def learn(self, context, bit):
            self.last.setdefault(context, deque(maxlen=most)).append(bit)

    return Wrong


exercise.mistake("only the last 16", _window(16)).says("""
    Only the last 16 decisions of a context count with you. Asked for is to count all.""")
exercise.mistake("only the last 100", _window(100)).says("""
    Only the last 100 decisions of a context count with you. Asked for is to count all.""")
exercise.mistake("a step of 1/8", _moved(1 / 8)).says("""
    Your chance moves by an eighth of what is missing, at each decision. Here all decisions count alike: divide the
    count of ones by the count of all.""")
exercise.mistake("a step of 1/2", _moved(1 / 2)).says("""
    Your chance moves half of the way at each decision. Here all decisions count alike: divide the count of ones by the
    count of all.""")
exercise.mistake("1 for the ones alone", _like(begin=(0, 0), says=lambda z, o: (o + 1) / (z + o + 1))).says("""
    You add 1 to the ones and nothing to the zeros, so that the first chance is 1. Each of the two has its half.""")
exercise.mistake("a half and a whole", _like(begin=(1.0, 0.5))).says("""
    Below the line you add 1.5. Each of the two counts has its half, which makes 1.""")
exercise.mistake("nothing for the ones", _like(begin=(0, 0), says=lambda z, o: o / (z + o + 1))).says("""
    Above the line the half is missing, so that a chance may be 0. The ones begin with half a decision, too: ones +
    0.5.""")
exercise.mistake(
    "a share that is 1 too large", _like(begin=(0, 0), says=lambda z, o: (o + 0.5) / (z + o or 1) + 1)
).says("""
    You add 1 to the share. It belongs below the line, in brackets: (ones + 0.5) / (zeros + ones + 1).""")
exercise.mistake(
    "the number of decisions, without the halves", _like(begin=(0, 0), says=lambda z, o: o / (z + o) if z + o else 0.0)
).says(
    """A new context has the chance 0 with you, and a chance of 0 cannot be coded. Each count begins with a half: (ones
    + 0.5) / (zeros + ones + 1)."""
)
exercise.mistake("in per cent", _like(says=lambda zeros, ones: 100 * ones / (zeros + ones))).says("""
    Your chance is in per cent. Asked for is a number between 0 and 1.""")
exercise.mistake("a pair of counts", _like(says=lambda zeros, ones: (ones, zeros + ones))).says("""
    You return two counts. Asked for is the chance: divide the one by the other.""")
exercise.mistake("both counts", _like(says=lambda zeros, ones: (zeros, ones))).says("""
    You return the counts of zeros and ones. Asked for is the chance: ones / (zeros + ones).""")
exercise.mistake("both chances", _like(says=lambda z, o: (z / (z + o), o / (z + o)))).says("""
    You return two chances. Asked for is that of a 1 alone.""")
exercise.mistake("a text", _like(says=lambda zeros, ones: f"{ones / (zeros + ones):.3f}")).says("""
    You return the chance as a text. Asked for is the number.""")
exercise.mistake("an exact number", _like(says=lambda z, o: Fraction(o) / (Fraction(z) + Fraction(o)))).says("""
    Your chance is an exact number (a Fraction or a Decimal), and its value is right. Asked for is a float: put float()
    around it.""")
exercise.mistake("the logit", _like(says=lambda zeros, ones: math.log(ones / zeros))).says("""
    You return the logarithm of ones against zeros. Asked for is the chance itself: ones / (zeros + ones).""")
exercise.mistake("the bits of a 1", _like(says=lambda zeros, ones: -math.log2(ones / (zeros + ones)))).says("""
    You return how many bits a 1 costs. Asked for is its chance.""")


class _HalfAgain(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1.5 - bit, ones + bit


exercise.mistake("a decision and a half below", _HalfAgain).says("""
    Each decision counts one and a half below the line. The half for the zeros is there once, at the beginning.""")


class _AlsoIn0(_Counted):
    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def learn(self, context, bit):
        super().learn(context, bit)
        if context:
            super().learn(0, bit)


exercise.mistake("counted in context 0 as well", _AlsoIn0).says("""
    You count each decision in context 0 as well. It is a context as any other: count in the one that is given alone.
    """)


class _SumAgain(_Counted):
    """All ones, whatever the context, divided by the context's own decisions."""

    total = 0

    def after(self, zeros, ones, bit):
        return zeros + 1 - bit, ones + bit

    def chance(self, context):
        return (self.total + 0.5) / sum(self.counts.get(context, (0.5, 0.5)))

    def learn(self, context, bit):
        super().learn(context, bit)
        self.total += bit


exercise.mistake("the ones of all contexts", _SumAgain).says("""
    Above the line you have the ones of all contexts. Each context has counts of its own, ones as well as zeros.""")


exercise.mistake("nothing given back", _like(says=lambda zeros, ones: None)).says("""
    `chance` returns nothing. Is a `return` missing?""")


class _AsFirstAsked(Contexts):
    def __init__(self):
        super().__init__()
        self.asked = {}

    def chance(self, context):
        return self.asked.setdefault(context, super().chance(context))


exercise.mistake("a chance kept from its first asking", _AsFirstAsked).says("""
    Once asked for, the chance of a context stays as it was: it is kept, by lru_cache perhaps. `learn` has to change it:
    compute it anew each time.""")


class _NewNotCounted(_OnlyAsked):
    def learn(self, context, bit):
        if context in self.counts:
            super().learn(context, bit)
        else:
            self.counts[context] = [0.5, 0.5]


exercise.mistake("the first decision of a context not counted", _NewNotCounted).says("""
    Where a context is new to `learn`, you make its counts, but do not count the decision. Make them, then count: the
    decision came all the same.""")
