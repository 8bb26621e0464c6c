"""What `check` hands back in place of an answer that is missing or wrong, made so that it is not taken for one later.

A function that was handed back works as any other, but not as part of an answer to its own exercise: wrapped in a
lambda, in functools.partial or in a `def`, it raises `HandedBack` as soon as a check calls it.
"""

import functools
import inspect
import weakref
from typing import Any

from dc_lab.course import sandbox
from dc_lab.course.exercises import AnyExercise, Exercise


class HandedBack(BaseException):
    """An answer calls what an earlier check handed back. No Exception, so that `except Exception` does not hide it."""


class _GivenInt(int):
    """The right answer to a question, handed back by `check` in place of a wrong one."""


class _GivenFloat(float):
    """The same for a float."""


class _GivenText(str):
    """The same for the letter of a choice."""

    __slots__ = ()


_functions: "weakref.WeakKeyDictionary[Exercise, Any]" = weakref.WeakKeyDictionary()


def handed_back(exercise: AnyExercise) -> Any:
    """The course's own answer. Of one exercise it is always the same function; a class is handed back as it is."""
    if isinstance(exercise, Exercise):
        if exercise not in _functions:
            _functions[exercise] = _marked(exercise)
        return _functions[exercise]
    value = exercise.value
    if isinstance(value, str):
        return _GivenText(value)
    return _GivenInt(value) if isinstance(value, int) else _GivenFloat(value)


def is_handed_back(exercise: AnyExercise, answer: Any) -> bool:
    """Whether an answer is, as it stands, what `handed_back` returns, or one of the course's functions itself."""
    if isinstance(exercise, Exercise):
        return any(answer is own for own in (exercise.reference, exercise.solution, _functions.get(exercise)) if own)
    return type(answer) in (_GivenInt, _GivenFloat, _GivenText)


def whose(function: Any) -> str:
    """The id of the exercise to which a function was handed back, or nothing."""
    try:
        return str(vars(function).get("_handed_back_for", ""))
    except TypeError:  # it has no attributes of its own
        return ""


def _marked(exercise: Exercise) -> Any:
    reference, exercise_id = exercise.reference, exercise.id
    if inspect.isclass(reference):
        return reference

    def given(*arguments: Any, **named: Any) -> Any:
        if sandbox.judged() == exercise_id:
            raise HandedBack(exercise_id)
        return reference(*arguments, **named)

    functools.update_wrapper(given, reference)
    given.__name__ = given.__qualname__ = exercise.name
    vars(given)["_handed_back_for"] = exercise_id
    return given
