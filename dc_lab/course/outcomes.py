"""One call of a learner's function: what came of it."""

import copy
import functools
import linecache
import os
import re
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dc_lab.course import sandbox
from dc_lab.course.compare import difference
from dc_lab.course.exercises import Case, Exercise
from dc_lab.course.values import Opaque, TooLarge, plain, type_name

MAX_MESSAGE = 300

_LIBRARIES = tuple(
    str(path) + os.sep
    for path in (Path(os.__file__).parent, Path(np.__file__).parent.parent, Path(__file__).parents[1])
)


@dataclass(frozen=True)
class Outcome:
    """What one call did. `value` is plain; `complaint` says why it will not do, whatever it is compared with."""

    value: Any = None
    raised: type[BaseException] | None = None
    text: str = ""
    own_error: bool = False
    complaint: str | None = None
    mutated: int | None = None
    printed: str = ""


def attempt(exercise: Exercise, function: Callable[..., Any], case: Case) -> Outcome:
    """Call `function` on a copy of `case`; whatever it does is in the outcome. Runs in the worker thread."""
    arguments = copy.deepcopy(case)
    before = plain(arguments)
    call = functools.partial(exercise.use, function) if exercise.use else function
    sandbox.seed()
    sandbox.take_printed()
    try:
        with sandbox.judging(exercise.id):
            result = call(*arguments)
        try:
            value, complaint = plain(result), None
        except TooLarge as error:
            value, complaint = Opaque("very large"), f"it returns {error}, more than can be looked at"
        if exercise.accept is not None and complaint is None and function is not exercise.reference:
            complaint = _unaccepted(exercise, case, result, value)
        mutated = None if exercise.mutates else _first_changed(before, arguments)
    except BaseException as error:
        text, own_error = _error_text(error)
        return Outcome(raised=type(error), text=text, own_error=own_error, printed=sandbox.take_printed())
    return Outcome(value=value, complaint=complaint, mutated=mutated, printed=sandbox.take_printed())


_RAISED = object()
_given: "weakref.WeakKeyDictionary[Exercise, dict[int, tuple[Case, Any]]]" = weakref.WeakKeyDictionary()
"""What references gave, by the case's `id`. The case is kept beside it, so that no other can have its `id`."""

KEPT = 200
"""Results of a reference that are kept for an exercise: all cases of a seed and more."""


def _of_reference(exercise: Exercise, case: Case) -> Any:
    """What the reference gives for a case, asked once; `_RAISED` if it raises."""
    kept = _given.setdefault(exercise, {})
    if id(case) not in kept:
        call = functools.partial(exercise.use, exercise.reference) if exercise.use else exercise.reference
        try:
            expected = call(*copy.deepcopy(case))
        except Exception:
            expected = _RAISED
        if len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[id(case)] = case, expected
    return kept[id(case)][1]


def _unaccepted(exercise: Exercise, case: Case, result: Any, value: Any) -> str | None:
    assert exercise.accept is not None
    expected = _of_reference(exercise, case)
    if expected is _RAISED:  # the answer should have raised too; `judge` sees that without our help
        return None
    try:
        return exercise.accept(copy.deepcopy(case), expected, result)
    except Exception:  # it is no such thing; what is equal to the right answer is right all the same
        return difference(plain(expected), value, exercise.tolerance, exercise.dtype)


def _first_changed(before: tuple[Any, ...], arguments: Case) -> int | None:
    for i, (old, argument) in enumerate(zip(before, arguments, strict=True)):
        try:
            new = plain(argument)
        except TooLarge:
            return i
        if difference(old, new, 0.0, "exact", by_type=True) is not None:
            return i
    return None


def same(exercise: Exercise, a: Outcome, b: Outcome) -> bool:
    """Whether two outcomes are alike: same exception or equal value, accepted or not, same argument changed."""
    if not _same_error(a.raised, b.raised) or a.mutated != b.mutated:
        return False
    if (a.complaint is None) != (b.complaint is None):  # empty arrays of two dtypes, say
        return False
    return difference(a.value, b.value, exercise.tolerance, exercise.dtype, by_type=True) is None


def both_accepted(exercise: Exercise, a: Outcome, b: Outcome) -> bool:
    """Whether an exercise that says itself what it accepts has accepted both."""
    return exercise.accept is not None and all(
        o.raised is None and o.complaint is None and o.mutated is None for o in (a, b)
    )


def _same_error(a: type[BaseException] | None, b: type[BaseException] | None) -> bool:
    """Whether two exception classes are one, or of one name and with one set of parents: a class that is defined in a
    function is another one at each call."""
    if a is None or b is None or a is b:
        return a is b
    return [kind.__qualname__ for kind in a.__mro__] == [kind.__qualname__ for kind in b.__mro__]


def _error_text(error: BaseException) -> tuple[str, bool]:
    """The exception in a line, with the learner's line that led to it; and whether that line itself raised it."""
    try:
        message = str(error)
    except BaseException:
        message = ""
    message = scrubbed(message)[:MAX_MESSAGE].strip().replace("\n", "\n    ")
    text = f"{type_name(type(error))}{': ' if message else ''}{message}"
    traceback, line, own = error.__traceback__, "", False
    while traceback is not None:
        code = traceback.tb_frame.f_code
        own = not code.co_filename.startswith((*_LIBRARIES, "<frozen", "<__array_function__"))
        if own:
            source = linecache.getline(code.co_filename, traceback.tb_lineno, traceback.tb_frame.f_globals).strip()
            line = f"\n    in line {traceback.tb_lineno}{f': {source[:100]}' if source else ''}"
        traceback = traceback.tb_next
    return text + line, own


def scrubbed(text: str) -> str:
    """Without what changes from machine to machine: memory addresses and folders."""
    text = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", text)
    for folder in (*_LIBRARIES, str(Path.cwd()) + os.sep, str(Path.home()) + os.sep):
        if len(folder) > 2:
            text = text.replace(folder, "")
    return text
