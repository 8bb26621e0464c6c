"""Which known mistake a wrong answer looks like, by what both do in the cases of an exercise."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dc_lab.course import sandbox
from dc_lab.course.exercises import Case, Exercise, Misconception
from dc_lab.course.outcomes import Outcome, attempt, both_accepted, same

LIMIT = 2.0
"""Seconds that a misconception gets where the answer came to an end: one that has none is not what it is like."""

LOOKED_AT = 8
"""Failing cases, the smallest first, in which an answer is held against a known mistake."""

ALIKE = 0.75
"""Share of them in which both must do the same, the smallest in any case."""

ALIKE_IN_ALL = 0.5
"""Share of all failing cases in which both must do the same: the small ones are alike for many mistakes."""


@dataclass
class Known:
    """What is known by now of the mistakes of an exercise, in one list of cases.

    made : what a mistake does, by the `id` of its function and the number of the case. It does the same each time.
    endless : cases in which one does not end within so many seconds: it takes as long to find that out.
    """

    cases: Sequence[Case]
    made: dict[tuple[int, int], Outcome] = field(default_factory=dict)
    endless: set[tuple[int, int, float]] = field(default_factory=set)


_known: weakref.WeakKeyDictionary[Exercise, dict[int, Known]] = weakref.WeakKeyDictionary()


def known(exercise: Exercise, cases: Sequence[Case]) -> Known:
    """What is known in these cases; the list is kept, so that no other can have its `id`."""
    return _known.setdefault(exercise, {}).setdefault(id(cases), Known(cases))


def forget() -> None:
    """Let go of all that is known."""
    _known.clear()


def recognise(
    exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome], failing: Sequence[int], endless: bool
) -> Misconception | None:
    """The known mistake that an answer looks like, if there is one and no other looks as much like it.

    The first that does the same in every case is it. Otherwise it has to do the same in the smallest failing case and
    in most of the next ones, at least two in all, in half of all, and to be right in most of the cases in which the
    answer is right.

    Parameters
    ----------
    outcomes : what the answer did in each case, or in those before it stopped ending.
    failing : numbers of the cases in which it is wrong, the smallest first.
    endless : whether it does not end in the case after `outcomes`.
    """
    held = _Held(exercise, cases, outcomes, failing, endless)
    found: list[tuple[float, Misconception]] = []
    for misconception in exercise.misconceptions:
        alike, ends_alike = held.against(misconception.wrong)
        if ends_alike and alike == [True] * len(outcomes):
            return misconception
        if not endless and (likeness := held.likeness(alike)):
            found.append((likeness, misconception))
    if not found:
        return None
    best = max(likeness for likeness, _ in found)
    named = [misconception for likeness, misconception in found if likeness == best]
    return named[0] if len({misconception.message for misconception in named}) == 1 else None


class _NotAskedYet(Exception):
    """What a known mistake does in a case has to be found out first."""


class _Held:
    """An answer that is held against known mistakes, case by case: first the failing ones that are looked at."""

    def __init__(
        self,
        exercise: Exercise,
        cases: Sequence[Case],
        outcomes: Sequence[Outcome],
        failing: Sequence[int],
        endless: bool,
    ) -> None:
        self.exercise, self.cases, self.outcomes, self.endless = exercise, cases, outcomes, endless
        self.failing = set(failing)
        self.looked_at = list(failing[:LOOKED_AT])
        self.order = [*self.looked_at, *(i for i in range(len(outcomes)) if i not in self.looked_at)]
        self.known = known(exercise, cases)
        self.limit = exercise.time_limit if endless else min(exercise.time_limit, LIMIT)
        self.asked = 0

    def against(self, wrong: Callable[..., Any]) -> tuple[list[bool], bool]:
        """In which cases a mistake does the same, in `order`, and whether both end, or neither does.

        The list is shorter where it is no longer worth going on.
        """
        if not self.endless and any(of == id(wrong) for of, _, _ in self.known.endless):
            return [], False  # the answer came to an end in all cases
        self.asked = 0
        try:  # where all is known of a mistake, nothing of it runs, and no thread is needed
            run = sandbox.Run(list(self._alike(wrong, ask=False)), "done", [])
        except _NotAskedYet:
            run = sandbox.run(self._alike(wrong, ask=True), self.limit, self.limit if self.endless else None)
        place = id(wrong), self.asked, self.limit
        if run.end in ("stopped", "stuck"):
            self.known.endless.add(place)
            if not self.endless:
                return [], False
        without_end = run.end != "done" or place in self.known.endless
        return run.results, without_end == self.endless

    def _alike(self, wrong: Callable[..., Any], ask: bool) -> Iterator[bool]:
        found: list[bool] = []
        for i in self.order:
            key = id(wrong), i
            if key not in self.known.made:
                if not ask:
                    raise _NotAskedYet
                self.asked = i
                self.known.made[key] = attempt(self.exercise, wrong, self.cases[i])
            done, mine = self.known.made[key], self.outcomes[i]
            found.append(same(self.exercise, done, mine) or both_accepted(self.exercise, done, mine))
            yield found[-1]
            if not found[-1] and (self.endless or not self._at_best(found)):
                return  # whatever comes, it is not this one
        self.asked = len(self.outcomes)
        if self.endless and (id(wrong), self.asked, self.limit) not in self.known.endless:
            if not ask:
                raise _NotAskedYet
            attempt(self.exercise, wrong, self.cases[self.asked])
            yield False  # it got to an end, the answer did not

    def _at_best(self, alike: Sequence[bool]) -> float:
        """How alike both are if they do the same in all cases that were not compared; 0 if not enough."""
        if len(self.looked_at) < 2 or not alike[0]:
            return 0.0
        apart = [i for i, alike_here in zip(self.order, alike, strict=False) if not alike_here]
        share = 1 - sum(i in self.looked_at for i in apart) / len(self.looked_at)
        if 1 - sum(i in self.failing for i in apart) / len(self.failing) < ALIKE_IN_ALL:
            return 0.0
        # Where the answer is right and the mistake is not, the answer does not make that mistake.
        wrong_too = len(self.failing) / (len(self.failing) + sum(i not in self.failing for i in apart))
        return share * wrong_too if min(share, wrong_too) >= ALIKE else 0.0

    def likeness(self, alike: Sequence[bool]) -> float:
        """How alike both are, by all cases in which they were compared; 0 if not enough, or too few."""
        return self._at_best(alike) if alike and len(alike) >= len(self.looked_at) else 0.0
