"""The three answers of a check, as text: the same on every machine and in every run."""

import inspect
import textwrap
from dataclasses import dataclass
from typing import Literal

from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, WrongAnswer
from dc_lab.course.outcomes import Outcome, scrubbed
from dc_lab.course.values import Opaque, block, describe, plain


@dataclass(frozen=True)
class Verdict:
    """What `check` prints, and whether the answer will do. `mistake` names the misconception it behaves like."""

    status: Literal["not tried", "correct", "wrong"]
    text: str
    mistake: str | None = None


POINTS = 1
"""For each exercise."""


def points_for(verdict: Verdict) -> int:
    """Points of an answer, in `dc-lab grade` and in nbgrader."""
    return POINTS if verdict.status == "correct" else 0


def title(exercise: AnyExercise) -> str:
    """Id and title, with which every answer begins."""
    return f"{exercise.id} {exercise.title}"


def not_tried(exercise: AnyExercise, note: str = "") -> Verdict:
    """The answer to a stub."""
    note = f" ({note})" if note else ""
    text = f'{title(exercise)}: not tried yet{note}. {exercise.minutes} minutes; hint("{exercise.id}") helps.'
    return Verdict("not tried", text)


def handed_back_verdict(exercise: AnyExercise) -> Verdict:
    """The answer to what an earlier check handed back, in whatever wrapping."""
    note = "this is the course's own answer, which an earlier check handed back. Run the cell with yours first."
    return Verdict("not tried", f"{title(exercise)}: not tried yet: {note}")


def wrong(exercise: AnyExercise, why: str) -> Verdict:
    """The answer where there is no case to show."""
    return Verdict("wrong", "\n".join(wrapped(f"{title(exercise)}: not right yet. {why}")))


def wrapped(text: str) -> list[str]:
    """Lines of at most 100 characters."""
    return textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False) if len(text) > 100 else [text]


def mistake_lines(mistake: Misconception | WrongAnswer | None) -> list[str]:
    """The explanation of a recognised mistake, if there is one."""
    if mistake is None:
        return []
    return wrapped(f"This looks like a known mistake, {mistake.name}: {' '.join(mistake.message.split())}")


def parameters(exercise: Exercise) -> list[str]:
    """What the arguments are called."""
    function = exercise.use or exercise.reference
    names = list(inspect.signature(function).parameters)
    return names[1:] if exercise.use else names


def case_blocks(exercise: Exercise, case: Case) -> list[str]:
    """The arguments of a case, each as `name = value`."""
    names = parameters(exercise)
    return [block(names[i] if i < len(names) else f"argument {i + 1}", plain(case[i])) for i in range(len(case))]


def outcome_block(label: str, outcome: Outcome) -> str:
    """What a call returned or raised."""
    if outcome.raised is not None:
        return f"  {label}: {outcome.text}"
    if isinstance(outcome.value, Opaque):
        return f"  {label}: {describe(outcome.value)}"
    return block(label, outcome.value)


def printed_block(printed: str) -> list[str]:
    """The first lines of what a call printed."""
    lines = scrubbed(printed).rstrip().splitlines()
    if not lines:
        return []
    shown = [f"    {line[:100]}" for line in lines[:6]] + (["    ..."] if len(lines) > 6 else [])
    return ["  printed:", *shown]
