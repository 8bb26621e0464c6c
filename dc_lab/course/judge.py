"""The verdict on a function: not tried, correct, or wrong in this smallest case and for this likely reason."""

import inspect
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from dc_lab.course import sandbox
from dc_lab.course.compare import difference
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question
from dc_lab.course.outcomes import Outcome, attempt, same
from dc_lab.course.questions import judge_value
from dc_lab.course.values import Opaque, describe, elements, plain, type_name
from dc_lab.course.verdicts import (
    Verdict,
    case_blocks,
    mistake_lines,
    not_tried,
    outcome_block,
    parameters,
    printed_block,
    title,
    wrapped,
    wrong,
)

REPEATED = 5
"""How many cases a right answer is asked a second time."""

ASKED_AGAIN = 4
"""How often a wrong answer is asked for the case that it fails: one drawn at random may be the same once or twice."""

REFERENCE_LIMIT = 60.0
RECOGNITION_LIMIT = 2.0
"""Seconds that a misconception gets where the answer came to an end: one that has none is not what it is like."""

_NOTES = {
    "generator": "there is a `yield` in it; collect the values and `return` them",
    "coroutine": "it is an `async def`; write `def`",
    "function": "are there parentheses missing after the name of what it returns?",
    "builtin_function_or_method": "are there parentheses missing after the name of what it returns?",
    "method": "are there parentheses missing after the name of what it returns?",
    "map": "put `list(...)` around it",
    "filter": "put `list(...)` around it",
    "zip": "put `list(...)` around it",
}


def judge(exercise: AnyExercise, answer: Any) -> Verdict:
    """The verdict on an answer to an exercise or a question. Raises for nothing that the answer does."""
    if isinstance(exercise, Question):
        return judge_value(exercise, answer)
    return _judge_function(exercise, answer)


def _judge_function(exercise: Exercise, answer: Any) -> Verdict:
    # First what can be said without calling the answer.
    if answer is None or answer is ...:
        return not_tried(exercise)
    if answer is exercise.reference:
        note = "this is the course's own answer, which an earlier check handed back. Run the cell with yours first."
        return Verdict("not tried", f"{title(exercise)}: not tried yet: {note}")
    if not callable(answer):
        got = _describe(answer)
        call = f'check("{exercise.id}", {exercise.name})'
        return wrong(exercise, f"The check takes the function itself, as in {call}, but got {got}.")
    if replaced := sandbox.restore_modules():
        return wrong(exercise, _replaced_text(replaced))

    # What it does in every case, smallest first, and whether that is anything at all.
    cases, expected = _expected(exercise)
    if complaint := _signature_complaint(exercise, answer, cases):
        return wrong(exercise, complaint)
    run = sandbox.run((attempt(exercise, answer, case) for case in cases), exercise.time_limit)
    if run.replaced:
        return wrong(exercise, _replaced_text(run.replaced))
    if run.error is not None:
        name = type_name(type(run.error))
        return wrong(exercise, f"It changes something that the check itself needs ({name} in the next case).")
    outcomes = run.results

    if run.end == "done" and all(o.raised is NotImplementedError and o.own_error for o in outcomes):
        return not_tried(exercise)
    if run.end == "done" and all(o.raised is None and (o.value is None or o.value is ...) for o in outcomes):
        return not_tried(exercise, f"it returns {describe(outcomes[0].value)} in every case; is a `return` missing?")

    # The first case in which it does something else than the reference.
    problems = (_problem(exercise, e, o) for e, o in zip(expected, outcomes, strict=False))
    first = next(((i, problem) for i, problem in enumerate(problems) if problem is not None), None)
    if first is None and run.end != "done":
        return _endless(exercise, answer, cases, outcomes, run.end)
    if first is None:
        where = sorted({round(i * (len(cases) - 1) / max(1, REPEATED - 1)) for i in range(REPEATED)})
        changed = _changed_answer(exercise, answer, cases, outcomes, where)
        return changed or Verdict("correct", f"{title(exercise)}: correct ({len(cases)} cases).")
    index, problem = first
    changed = _changed_answer(exercise, answer, cases, outcomes, [index] * ASKED_AGAIN)
    if changed:
        return changed
    mistake = _recognise(exercise, cases, outcomes, endless=run.end != "done")
    body = [
        f"{title(exercise)}: not right yet. The smallest case that fails:",
        *case_blocks(exercise, cases[index]),
        outcome_block("expected", expected[index]),
        outcome_block("got", outcomes[index]),
        *wrapped(f"{problem[:1].upper()}{problem[1:]}."),
        *printed_block(outcomes[index].printed),
        *mistake_lines(mistake),
    ]
    return Verdict("wrong", "\n".join(filter(None, body)), mistake.name if mistake else None)


_answers: "weakref.WeakKeyDictionary[Exercise, tuple[list[Case], list[Outcome]]]" = weakref.WeakKeyDictionary()


def _expected(exercise: Exercise) -> tuple[list[Case], list[Outcome]]:
    """All cases, smallest first, and what the reference makes of each."""
    if exercise not in _answers:
        cases = all_cases(exercise)
        run = sandbox.run((attempt(exercise, exercise.reference, case) for case in cases), REFERENCE_LIMIT)
        if run.error is not None:
            raise run.error
        if run.end != "done":
            raise RuntimeError(f"the reference of {exercise.id} does not end within {REFERENCE_LIMIT:g} s")
        _answers[exercise] = cases, run.results
    return _answers[exercise]


def all_cases(exercise: Exercise) -> list[Case]:
    """The cases of an exercise, smallest first; of equal size, in the order written, drawn ones last.

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
        start = crc32(exercise.id.encode())
        cases += [exercise.draw(np.random.default_rng((start, i))) for i in range(exercise.draws)]
    if not cases:
        raise ValueError(f"exercise {exercise.id} has no cases")
    for case in cases:
        if not isinstance(case, tuple):
            raise TypeError(f"a case of {exercise.id} is a tuple of arguments, got {type(case).__name__}")
    sizes = [[elements(plain(argument)) for argument in case] for case in cases]
    order = sorted(range(len(cases)), key=lambda i: (0 in sizes[i], sum(sizes[i])))
    return [cases[i] for i in order]


def _problem(exercise: Exercise, expected: Outcome, got: Outcome) -> str | None:
    """What is wrong with an outcome, as a sentence without its full stop; None if nothing is."""
    if got.raised is not None:
        if expected.raised is not None and issubclass(got.raised, expected.raised):
            return None
        return f"it raises {type_name(got.raised)}"
    if expected.raised is not None:
        return f"it should raise {type_name(expected.raised)} here"
    if got.mutated is not None:
        name = parameters(exercise)[got.mutated : got.mutated + 1]
        return (
            f"it changes its input{f' `{name[0]}`' if name else ''}; whoever calls it still needs that: work on a copy"
        )
    if got.complaint is not None or exercise.accept is not None:
        return got.complaint.rstrip(".") if got.complaint is not None else None
    found = difference(expected.value, got.value, exercise.tolerance, exercise.dtype)
    note = _NOTES.get(got.value.type_name) if isinstance(got.value, Opaque) else None
    return f"{found}: {note}" if found and note else found


def _recognise(
    exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome], endless: bool
) -> Misconception | None:
    """The first misconception that does the same as the answer in every case it got through, and hangs where it did."""

    def matching(wrong: Callable[..., Any]) -> Iterator[bool]:
        for case, outcome in zip(cases, outcomes, strict=False):
            alike = same(exercise, attempt(exercise, wrong, case), outcome)
            yield alike
            if not alike:
                return
        if endless:
            attempt(exercise, wrong, cases[len(outcomes)])
            yield False  # it got to an end, the answer did not

    for misconception in exercise.misconceptions:
        limit = exercise.time_limit if endless else min(exercise.time_limit, RECOGNITION_LIMIT)
        run = sandbox.run(matching(misconception.wrong), limit)
        if run.results == [True] * len(outcomes) and (run.end != "done") == endless:
            return misconception
    return None


def _changed_answer(
    exercise: Exercise, answer: Any, cases: Sequence[Case], outcomes: Sequence[Outcome], where: Sequence[int]
) -> Verdict | None:
    """Ask some cases again: an answer that keeps something between calls, or draws without a seed, gives itself away.

    The two answers are not shown: those that draw without a seed would make a different text each time.
    """
    run = sandbox.run((attempt(exercise, answer, cases[i]) for i in where), exercise.time_limit)
    for place, index in enumerate(where):
        again = run.results[place] if place < len(run.results) else None
        if again is not None and (
            same(exercise, outcomes[index], again) or _both_accepted(exercise, again, outcomes[index])
        ):
            continue
        lines = [
            f"{title(exercise)}: not right yet. Called twice with the same input, it does not do the same twice:",
            *case_blocks(exercise, cases[index]),
            *wrapped(
                "Does it keep something between calls (a global name, a list as default argument), "
                "or draw random numbers without a seed?"
            ),
        ]
        return Verdict("wrong", "\n".join(lines))
    return None


def _both_accepted(exercise: Exercise, a: Outcome, b: Outcome) -> bool:
    return exercise.accept is not None and all(
        o.raised is None and o.complaint is None and o.mutated is None for o in (a, b)
    )


def _endless(exercise: Exercise, answer: Any, cases: Sequence[Case], outcomes: Sequence[Outcome], end: str) -> Verdict:
    limit = f"{exercise.time_limit:g} s"
    if end == "interrupted":
        return Verdict("wrong", f"{title(exercise)}: interrupted; no answer yet.")
    mistake = _recognise(exercise, cases, outcomes, endless=True)
    lines = [
        f"{title(exercise)}: stopped after {limit}, in this case. Does a loop in it never end?",
        *case_blocks(exercise, cases[len(outcomes)]),
    ]
    if end == "stuck":
        lines += wrapped(
            "It could not be stopped (it waits inside a call, or catches every exception) and still runs in the "
            "background. Restart the kernel if the notebook has become slow."
        )
    return Verdict("wrong", "\n".join(lines + mistake_lines(mistake)), mistake.name if mistake else None)


def _signature_complaint(exercise: Exercise, answer: Any, cases: Sequence[Case]) -> str | None:
    if exercise.use is not None:
        return None
    try:
        signature = inspect.signature(answer)
        takes = ", ".join(signature.parameters)
    except Exception:  # some built-in functions have none
        return None
    for count in {len(case) for case in cases}:
        try:
            signature.bind(*range(count))
        except TypeError:
            return f"It is called with ({', '.join(parameters(exercise)[:count])}), but yours takes ({takes})."
    return None


def _replaced_text(names: list[str]) -> str:
    return (
        f"Something was assigned to {', '.join(names[:3])}, which all code uses. The original is back; use another "
        "name, then run your cell and this one again."
    )


def _describe(answer: Any) -> str:
    try:
        return describe(plain(answer))
    except Exception:
        return "something else"
