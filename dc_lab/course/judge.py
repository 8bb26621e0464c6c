"""The verdict on a function: not tried, correct, or wrong in this smallest case and for this likely reason."""

import ast
import copy
import functools
import inspect
import sys
import textwrap
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dc_lab.course import cases as known_cases
from dc_lab.course import recognition, sandbox
from dc_lab.course.cases import expected, expected_large
from dc_lab.course.compare import difference
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question
from dc_lab.course.given import HandedBack, is_handed_back
from dc_lab.course.outcomes import Outcome, attempt, both_accepted, same
from dc_lab.course.questions import judge_value
from dc_lab.course.recognition import recognise
from dc_lab.course.values import STEPS, Opaque, Record, describe, plain, type_name
from dc_lab.course.verdicts import (
    Verdict,
    case_blocks,
    handed_back_verdict,
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

CHANGED = "an input is changed"
"""What a verdict is named where it says no more than that."""

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


def judge(exercise: AnyExercise, answer: Any, seed: int = 0, to_the_end: bool = True) -> Verdict:
    """The verdict on an answer to an exercise or a question. Raises for nothing that the answer does.

    Parameters
    ----------
    seed : of the cases that are sampled at random, and of a question's variant. Notebooks use 0; a grader has one of
        its own.
    to_the_end : with False, the first case that fails ends it, and no known mistake is looked for. That is enough to
        know whether an answer is right, and much sooner.
    """
    if isinstance(answer, Unfinished):
        return wrong(exercise, answer.why)
    if isinstance(exercise, Question):
        return judge_value(exercise.variant(seed), answer)
    return _judge_function(exercise, answer, seed, to_the_end)


def forget() -> None:
    """Let go of all cases that were drawn, of what the references made of them, and of what mistakes did."""
    known_cases.forget()
    recognition.forget()


def _judge_function(exercise: Exercise, answer: Any, seed: int, to_the_end: bool) -> Verdict:
    # First what can be said without calling the answer.
    if answer is None or answer is ...:
        return not_tried(exercise)
    if is_handed_back(exercise, answer):
        return handed_back_verdict(exercise)
    if not callable(answer):
        got = _describe(answer)
        call = f'check("{exercise.id}", {exercise.name})'
        return wrong(exercise, f"The check takes the function itself, as in {call}, but got {got}.")
    if replaced := sandbox.restore_modules():
        return wrong(exercise, _replaced_text(replaced))

    # What it does in every case, smallest first, and whether that is anything at all.
    cases, right_outcomes = expected(exercise, seed)
    if complaint := _signature_complaint(exercise, answer, cases):
        return wrong(exercise, complaint)

    def attempts() -> Iterator[Outcome]:
        for case, right in zip(cases, right_outcomes, strict=True):
            outcome = attempt(exercise, answer, case)
            yield outcome
            if not to_the_end and _problem(exercise, right, outcome) is not None:
                return

    run = sandbox.run(attempts(), exercise.time_limit)
    if run.replaced:
        return wrong(exercise, _replaced_text(run.replaced))
    if run.error is not None:
        name = type_name(type(run.error))
        return wrong(exercise, f"It changes something that the check itself needs ({name} in the next case).")
    outcomes = run.results

    if any(o.raised is HandedBack for o in outcomes):
        return handed_back_verdict(exercise)
    if run.end == "done" and all(o.raised is NotImplementedError and o.own_error for o in outcomes):
        if _is_the_stub(exercise, answer):
            return not_tried(exercise)
        if "raise" in outcomes[0].text:  # torch has such an error of its own
            return wrong(exercise, "A line `raise NotImplementedError` is still in it, and is reached. Take it out.")
    if run.end == "done" and all(o.raised is None and (o.value is None or o.value is ...) for o in outcomes):
        return not_tried(exercise, f"it returns {describe(outcomes[0].value)} in every case; is a `return` missing?")

    # The first case in which it does something else than the reference.
    problems = [_problem(exercise, e, o) for e, o in zip(right_outcomes, outcomes, strict=False)]
    failing = [i for i, problem in enumerate(problems) if problem is not None]
    if not failing and run.end != "done":
        return _endless(exercise, cases, outcomes, run.end)
    if not failing:
        return _right_so_far(exercise, answer, cases, outcomes)
    index = failing[0]
    changed = _changed_answer(exercise, answer, cases, outcomes, [index] * ASKED_AGAIN)
    if changed:
        return changed
    endless = run.end not in ("done", "late")
    mistake = recognise(exercise, cases, outcomes, failing, endless) if to_the_end else None
    return _failed(
        exercise, "The smallest case that fails:", cases[index], right_outcomes[index], outcomes[index], mistake
    )


def _failed(
    exercise: Exercise, head: str, case: Case, expected: Outcome, got: Outcome, mistake: Misconception | None = None
) -> Verdict:
    """A case, what was expected and what came, where the two part, and the mistake if it is a known one."""
    problem = _problem(exercise, expected, got) or ""
    if isinstance(expected.value, Record) and expected.value.type_name == STEPS:
        step, expected, got = _first_step_apart(exercise, expected, got, problem)
        if step is not None and exercise.case_of_step is not None:
            case = exercise.case_of_step(case, step)
    both = [outcome_block("expected", expected), outcome_block("got", got)]
    if isinstance(expected.value, Record) and expected.value.type_name == STEPS:
        # All steps of a right answer say nothing about an error, nor about a changed input where they all came out.
        both = both[1:] if got.raised is not None else [] if got.mutated is not None else both
    body = [
        f"{title(exercise)}: not right yet. {head}",
        *case_blocks(exercise, case),
        *([] if exercise.facts and got.complaint is not None else both),
        *wrapped(_sentence(problem)),
        *printed_block(got.printed),
        *mistake_lines(mistake),
    ]
    changed = CHANGED if got.mutated is not None and got.raised is None and expected.raised is None else None
    return Verdict("wrong", "\n".join(filter(None, body)), mistake.name if mistake else changed)


def _right_so_far(exercise: Exercise, answer: Any, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> Verdict:
    """An answer that is right in all cases: is it its own, does it do the same again, and does it bear a real size?"""
    where = sorted({round(i * (len(cases) - 1) / max(1, REPEATED - 1)) for i in range(REPEATED)})
    if changed := _changed_answer(exercise, answer, cases, outcomes, where):
        return changed
    if exercise.use is None and (changed := _changed_later(exercise, answer, cases, where)):
        return changed
    if _calls_the_reference(exercise, answer, cases[len(cases) // 2]):
        why = f"It gives what was asked for, but it calls the course's own `{exercise.reference.__name__}`."
        return wrong(exercise, f"{why} The exercise is to write it.")
    if exercise.large is not None and (refused := _too_slow(exercise, answer)):
        return refused
    return Verdict("correct", f"{title(exercise)}: correct ({len(cases) + (exercise.large is not None)} cases).")


def _too_slow(exercise: Exercise, answer: Any) -> Verdict | None:
    """The large case, asked once: does it come to an end in time, and is it right?"""
    assert exercise.large is not None
    case, expected = expected_large(exercise)
    run = sandbox.run((attempt(exercise, answer, case) for _ in range(1)), exercise.large_seconds)
    came = run.results[0] if run.results else None
    if run.end == "interrupted":
        return Verdict("wrong", f"{title(exercise)}: interrupted; no answer yet.")
    if came is None or came.raised in (RecursionError, MemoryError):
        lines = wrapped(
            f"{title(exercise)}: right, but too slow for what comes. It is right in all small cases. The lesson goes "
            f"on with {exercise.large_is}."
        )
        if came is None:
            lines += wrapped(f"Yours is not done with that after {exercise.large_seconds:g} s.")
            lines += wrapped("Is anything done again for each element that could be done once, or for all in one call?")
        else:
            lines += wrapped(f"Yours raises {type_name(came.raised or Exception)} there. Write it as a loop.")
        return Verdict("wrong", "\n".join(lines), "too slow")
    if problem := _problem(exercise, expected, came):
        lines = wrapped(f"{title(exercise)}: not right yet. It is right in all small cases, but not for")
        return Verdict("wrong", "\n".join([*lines, f"  {exercise.large_is}", *wrapped(_sentence(problem))]))
    return None


def _calls_the_reference(exercise: Exercise, answer: Any, case: Case) -> bool:
    """Whether an answer gets its result from the course's own function, found by looking on while it runs once."""
    functions = (exercise.reference, exercise.solution)
    codes = {inspect.unwrap(f).__code__ for f in functions if isinstance(f, types.FunctionType)}
    own = getattr(answer, "__code__", None)
    if not codes or (isinstance(own, types.CodeType) and own in codes):
        return False
    call = functools.partial(exercise.use, answer) if exercise.use else answer
    arguments = copy.deepcopy(case)

    def looked_on() -> Iterator[bool]:
        seen = []

        def look(frame: types.FrameType, event: str, argument: Any) -> None:
            if event == "call" and frame.f_code in codes:
                seen.append(event)

        sandbox.seed()
        before = sys.getprofile()
        sys.setprofile(look)
        try:
            call(*arguments)
        except Exception:
            pass  # an error that is asked for
        finally:
            sys.setprofile(before)
        yield bool(seen)

    return sandbox.run(looked_on(), exercise.time_limit).results == [True]


def _is_the_stub(exercise: Exercise, answer: Any) -> bool:
    """Whether a function has nothing in it but what the stub has: a docstring and the line that raises."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(answer))).body[0].body  # type: ignore[attr-defined]
        stub = ast.parse(textwrap.dedent(exercise.stub)).body[0].body  # type: ignore[attr-defined]
    except (OSError, TypeError, SyntaxError, AttributeError, IndexError):
        return True  # no source: nothing is known of it but that it raises
    code = [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    known = [ast.dump(node) for node in stub]
    return len(code) <= 1 or [ast.dump(node) for node in body] == known


class Unfinished:
    """Stands under a name whose cell could not be run: see `dc_lab.course.cells`."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __repr__(self) -> str:
        return f"<unfinished: {self.why}>"


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


def _sentence(problem: str) -> str:
    """What `_problem` says, with a capital letter and a full stop, unless it asks; the rest of it stays as it is."""
    return f"{problem[:1].upper()}{problem[1:]}{'' if problem.endswith('?') else '.'}"


def _changed_later(exercise: Exercise, answer: Any, cases: Sequence[Case], where: Sequence[int]) -> Verdict | None:
    """Whether a result that was handed out is changed by the next call: the same array handed out again, say."""

    def changed(case: Case, other: Case) -> bool:
        sandbox.seed()
        arguments = copy.deepcopy(case), copy.deepcopy(other)
        try:
            result = answer(*arguments[0])
            before = plain(result)
            answer(*arguments[1])
            return difference(before, plain(result), 0.0, "exact", by_type=True) is not None
        except Exception:
            return False  # an error that is asked for, or more than can be looked at

    forms = [_form(case) for case in cases]
    pairs = []
    for index in where:
        # The next case of the same shapes is the one for which something is most likely to be used again.
        order = [*range(index + 1, len(cases)), *range(index)]
        others = [i for i in order if forms[i] == forms[index]] or order
        pairs += [(index, other) for other in others[:1]]
    pairs += [(i, j) for i, j in zip(range(len(cases)), range(1, len(cases)), strict=False) if forms[i] == forms[j]]
    pairs = list(dict.fromkeys(pairs))[: 2 * REPEATED]
    run = sandbox.run((changed(cases[i], cases[j]) for i, j in pairs), exercise.time_limit)
    for (index, _), found in zip(pairs, run.results, strict=False):
        if found:
            lines = [
                f"{title(exercise)}: not right yet. A later call changes what an earlier one returned, here:",
                *case_blocks(exercise, cases[index]),
                *wrapped(
                    "Is one and the same array, list or dictionary filled again in each call? Whoever called the "
                    "function first still needs its result: make a new one each time."
                ),
            ]
            return Verdict("wrong", "\n".join(lines), "a result used again")
    return None


def _form(case: Case) -> tuple[Any, ...]:
    """What kind of arguments a case has, whatever their values: types and shapes."""
    return tuple((type(item), getattr(item, "shape", None)) for item in case)


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
            same(exercise, outcomes[index], again) or both_accepted(exercise, again, outcomes[index])
        ):
            continue
        lines = [
            f"{title(exercise)}: not right yet. Called twice with the same input, it does not do the same twice:",
            *case_blocks(exercise, cases[index]),
            *wrapped(
                "Does it keep something between calls (a global name, a list as default argument or in the class), "
                "leave places of an np.empty unfilled, or draw random numbers without a seed?"
            ),
        ]
        return Verdict("wrong", "\n".join(lines))
    return None


def _first_step_apart(
    exercise: Exercise, expected: Outcome, got: Outcome, problem: str
) -> tuple[str | None, Outcome, Outcome]:
    """Of outcomes in steps, the step that the problem begins with, or else the first in which they differ."""
    if not isinstance(got.value, Record) or got.value.type_name != STEPS:
        return None, expected, got
    both = [name for name in expected.value.fields if name in got.value.fields]
    named = [name for name in both if problem.startswith((f"{name}:", f"{name},", f"{name} "))]
    for name in named or both:
        value, mine = expected.value.fields[name], got.value.fields[name]
        if named or difference(value, mine, exercise.tolerance, exercise.dtype) is not None:
            value, mine = _first_entry_apart(exercise, value, mine)
            return name, replace(expected, value=value), replace(got, value=mine)
    return None, expected, got


def _first_entry_apart(exercise: Exercise, value: Any, mine: Any) -> tuple[Any, Any]:
    """Of two dicts with the same keys the first entry in which they differ, of all else the two as they are."""
    if isinstance(value, dict) and isinstance(mine, dict) and value.keys() == mine.keys():
        for key in value:
            if difference(value[key], mine[key], exercise.tolerance, exercise.dtype) is not None:
                return {key: value[key]}, {key: mine[key]}
    return value, mine


def _endless(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome], end: str) -> Verdict:
    limit = f"{exercise.time_limit:g} s"
    if end == "interrupted":
        return Verdict("wrong", f"{title(exercise)}: interrupted; no answer yet.")
    if end == "late":
        all_took = f"{sandbox.TOTAL * exercise.time_limit:g} s"
        done = f"{len(outcomes)} of {len(cases)} cases were right until then"
        return wrong(exercise, f"Stopped after {all_took}: {done}, but each takes too long.")
    mistake = recognise(exercise, cases, outcomes, (), endless=True)
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
