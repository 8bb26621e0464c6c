"""Source text of stubs, solutions and check cells, and the instructor's table of common mistakes."""

import ast
import inspect
import re
import textwrap
from collections.abc import Sequence

from dc_lab.course.exercises import AnyExercise, Exercise, Misconception, Question, WrongAnswer, find, find_lesson

SHOWN_DOCSTRING = 3
"""`solution` leaves out docstrings of more lines; the stub above it in the notebook has the same one."""


def stub_source(exercise_id: str) -> str:
    """The source of the notebook's cell in which the learner answers."""
    return _tidy(find(exercise_id).stub)


def solution_source(exercise_id: str) -> str:
    """A source that can stand in place of the stub: it defines the same name, rightly."""
    exercise = find(exercise_id)
    if isinstance(exercise, Question):
        return f"{exercise.name} = {exercise.value!r}"
    return _solution(exercise)


def check_source(exercise_id: str) -> str:
    """The source of the cell after the stub."""
    name = find(exercise_id).name
    return f'{name} = check("{exercise_id}", {name})'


def solution_display(exercise: Exercise) -> str:
    """The solution as `solution` prints it, without a long docstring."""
    source = _solution(exercise)
    lines: list[str | None] = list(source.splitlines())
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or ast.get_docstring(node) is None:
            continue
        docstring = node.body[0]
        end = docstring.end_lineno or docstring.lineno
        if end - docstring.lineno >= SHOWN_DOCSTRING and len(node.body) > 1:
            lines[docstring.lineno - 1 : end] = [None] * (end - docstring.lineno + 1)
    return "\n".join(line for line in lines if line is not None)


def mistakes_table(lesson: str) -> str:
    """The common mistakes of a lesson's exercises and what the learner is told, as a Markdown table.

    Raises
    ------
    ValueError : no lesson of this number.
    """
    rows = ["| exercise | mistake | what the learner is told |", "|---|---|---|"]
    for exercise in find_lesson(lesson).exercises:
        for mistake in _mistakes(exercise):
            cells = (f"{exercise.id} {exercise.title}", mistake.name, mistake.message)
            rows.append("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def _mistakes(exercise: AnyExercise) -> Sequence[Misconception | WrongAnswer]:
    return exercise.wrong if isinstance(exercise, Question) else exercise.misconceptions


def _solution(exercise: Exercise) -> str:
    if exercise.solution_text is not None:
        return _tidy(exercise.solution_text)
    function = exercise.solution or exercise.reference
    source = _tidy(inspect.getsource(function))
    own_name = function.__name__
    if own_name != exercise.name:
        source = re.sub(rf"\b{re.escape(own_name)}\b", exercise.name, source)
    return source


def _tidy(source: str) -> str:
    return textwrap.dedent(source).strip()
