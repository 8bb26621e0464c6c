"""The cases of an exercise, smallest first, and what the reference makes of each."""

import weakref
from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np

from dc_lab.course import sandbox
from dc_lab.course.exercises import Case, Exercise
from dc_lab.course.outcomes import Outcome, attempt
from dc_lab.course.values import elements, plain

REFERENCE_LIMIT = 60.0
"""Seconds that a reference gets for all cases of an exercise."""

_answers: weakref.WeakKeyDictionary[Exercise, dict[int, tuple[list[Case], list[Outcome]]]] = weakref.WeakKeyDictionary()
_large_answers: weakref.WeakKeyDictionary[Exercise, tuple[Case, Outcome]] = weakref.WeakKeyDictionary()


def forget() -> None:
    """Let go of all cases that were drawn, and of what the references made of them."""
    _answers.clear()
    _large_answers.clear()


def expected(exercise: Exercise, seed: int) -> tuple[list[Case], list[Outcome]]:
    """All cases, smallest first, and what the reference makes of each."""
    known = _answers.setdefault(exercise, {})
    if seed not in known:
        cases = all_cases(exercise, seed)
        known[seed] = cases, _right_outcomes(exercise, cases)
    return known[seed]


def _right_outcomes(exercise: Exercise, cases: Sequence[Case]) -> list[Outcome]:
    """What the reference makes of each case; raises what keeps it from doing so."""
    run = sandbox.run((attempt(exercise, exercise.reference, case) for case in cases), REFERENCE_LIMIT)
    if run.error is not None:
        raise run.error
    if run.end != "done":
        raise RuntimeError(f"the reference of {exercise.id} does not end within {REFERENCE_LIMIT:g} s")
    return run.results


def all_cases(exercise: Exercise, seed: int = 0) -> list[Case]:
    """The cases of an exercise, smallest first; of equal size, in the order written, drawn ones last.

    The first drawn case comes again in Fortran order, and in each of the exercise's `dtypes`.

    Size is the number of elements in all arguments together. Cases with an empty argument come after all others:
    there is little to see in them, so that they are shown only where nothing else fails.

    Raises
    ------
    ValueError : there is none. TypeError : one is not a tuple of arguments.
    """
    cases = list(exercise.cases() if callable(exercise.cases) else exercise.cases)
    if exercise.shown is not None:
        cases.insert(0, exercise.shown)
    if exercise.draw is not None:
        start = (crc32(exercise.id.encode()),) if seed == 0 else (crc32(exercise.id.encode()), seed)
        drawn = [exercise.draw(np.random.default_rng((*start, i))) for i in range(exercise.draws)]
        cases += drawn + _in_other_forms(drawn, exercise.dtypes)
    if not cases:
        raise ValueError(f"exercise {exercise.id} has no cases")
    for case in cases:
        if not isinstance(case, tuple):
            raise TypeError(f"a case of {exercise.id} is a tuple of arguments, got {type(case).__name__}")
    sizes = [[elements(plain(argument)) for argument in case] for case in cases]
    order = sorted(range(len(cases)), key=lambda i: (0 in sizes[i], sum(sizes[i])))
    return [cases[i] for i in order]


def _in_other_forms(drawn: Sequence[Case], dtypes: Sequence[str]) -> list[Case]:
    """Cases with an array of some size, in Fortran order and with floats of other dtypes."""

    def changed(case: Case, change: Callable[[np.ndarray], np.ndarray]) -> Case:
        return tuple(change(item) if type(item) is np.ndarray else item for item in case)

    def cast(dtype: str) -> Callable[[np.ndarray], np.ndarray]:
        return lambda array: array.astype(dtype) if array.dtype.kind == "f" else array

    matrices = [c for c in drawn if any(isinstance(a, np.ndarray) and a.ndim > 1 and min(a.shape) > 1 for a in c)]
    others = [changed(case, lambda a: np.asfortranarray(a) if a.ndim > 1 else a) for case in matrices[:1]]
    others += [changed(drawn[i % len(drawn)], cast(dtype)) for i, dtype in enumerate(dtypes)]
    return others


def expected_large(exercise: Exercise) -> tuple[Case, Outcome]:
    """The large case of an exercise that has one, and what the reference makes of it; both made once."""
    assert exercise.large is not None
    if exercise not in _large_answers:
        case = exercise.large()
        _large_answers[exercise] = case, _right_outcomes(exercise, [case])[0]
    return _large_answers[exercise]
