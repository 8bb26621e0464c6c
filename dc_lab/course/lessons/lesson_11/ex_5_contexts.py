"""11.5 Chances in contexts."""

from collections import defaultdict
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


def follow(contexts: Any, bits: list[int], its: list[int]) -> Steps:
    """The chances that an answer has before each decision, and those of two models that take turns."""
    bits, its = as_list(bits), as_list(its)
    one = contexts()
    if len(bits) > 200:
        pairs = zip(bits, its, strict=True)
        calls = [(("chance", (context,)), ("learn", (context, bit))) for bit, context in pairs]
        found = in_turn(one, [call for both in calls for call in both])
        return Steps(**{"all chances": np.array(found[::2])})
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


def _accepted(case, expected, got):
    """The first chance that departs, in words."""
    bits, its = case
    for name, right in expected.items():
        found = got[name]
        if name == "all chances":
            if found.shape != right.shape or found.dtype.kind != "f":
                return "all chances: some are no numbers"
            if len(wrong := np.flatnonzero(~(np.abs(found - right) <= 1e-9))):
                at = int(wrong[0])
                return f"the chance before decision {at + 1:,}: expected {right[at]:.6g}, got {found[at]:.6g}"
        elif name.startswith("two models"):
            for row, mine in zip(right, found, strict=True):
                if any(not _close(a, b) for a, b in zip(row, mine, strict=True)):
                    return f"{name} do not have the chances that one has by itself: do they share something?"
        elif not _close(right, found):
            if isinstance(found, bool) or not isinstance(found, (int, float, np.floating, np.integer)):
                return f"{name} is {describe(plain(found))}, where a number is asked for"
            return f"{name}: expected {right:.6g}, got {found:.6g}{_about(name, bits, its)}"
    return None


def _close(right: Any, found: Any) -> bool:
    return isinstance(found, (float, np.floating, int)) and abs(found - right) <= 1e-9


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
    before = [bit for bit, other in zip(bits[:at], its[:at], strict=True) if other == context]
    return f". In context {context} there were {len(before) - sum(before)} zeros and {sum(before)} ones before"


def _draw(rng):
    n = int(rng.integers(1, 25))
    its = [int(c) for c in rng.choice([-3, 0, 1, 2, 5, 300, 70_000], n)]
    return [int(rng.random() < (0.2, 0.8, 0.5)[c % 3]) for c in its], its


def _large():
    rng = np.random.default_rng(5)
    its = np.tile(np.arange(784), LARGE // 784)
    return (rng.random(LARGE) < 0.002 * (its % 50)).astype(np.uint8), its


ROUND = [0, -1, *(10**i for i in range(2, 13)), *(2**i for i in range(7, 33)), 784, 300 * 784]

CASES = [
    ([], []), ([0], [0]), ([1], [3]), ([1, 0], [0, 0]), ([0, 0, 0], [0, 0, 0]), ([1, 1, 0], [0, 1, 0]),
    ([1, 0, 1, 0], [0, 1, 0, 1]), ([0, 1, 1, 1], [7, 7, 2, 7]), ([1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 0, 0]),
    ([0, 0, 1, 0, 0, 0, 0, 1], [0] * 8), ([0] * 40 + [1] * 40, [0, 1] * 40), ([0, 1] * 60, [0, 0] * 60),
    ([1, 1, 1], [256, 0, 256]), ([1, 0, 1, 1], [-1, 255, -1, 300]), ([0, 1, 1], [-256, 0, 256]),
    ([1] * 150, [4] * 150), ([0] * 150, [-4] * 150), ([1, 0, 0, 1] * 6, [2**40, 2**40 + 1, 1, -(2**40)] * 6),
    ([1] * 70 + [0] * 70, [9] * 140), ([0] * 260 + [1] * 60, [5] * 320),
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
    large_is="235,200 decisions in 784 contexts",
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
        self.counts = [[0.5, 0.5] for _ in range(256)]

    def chance(self, context):
        zeros, ones = self.counts[context]
        return ones / (zeros + ones)

    def learn(self, context, bit):
        self.counts[context][bit] += 1


@exercise.mistake("known only after learning")
class _OnlyKnown:
    """`chance` fails in a context that was not seen yet. There its chance is one half: .get(context, (0, 0))."""

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
    does: .get(context, (0, 0))."""

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
