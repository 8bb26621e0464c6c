"""Lessons as a course for nbgrader: answer cells, test cells with points, and the configuration.

A lesson is an assignment. An answer cell holds the course's solution between `### BEGIN SOLUTION` and
`### END SOLUTION`: with that taken out it is the stub. The cell of a check is the test. What students see of it is the
check as it always is; in the hidden part `graded` raises where there is no point. nbgrader itself is not needed here.
"""

import ast
import re
from pathlib import Path
from typing import Any

from dc_lab.course import lay, notebooks
from dc_lab.course.exercises import AnyExercise, Question, find, find_lesson
from dc_lab.course.given import is_handed_back
from dc_lab.course.judge import judge
from dc_lab.course.sources import solution_source, stub_source
from dc_lab.course.verdicts import POINTS, handed_back_verdict, points_for
from dc_lab.course.work import WorkError
from dc_lab.support import files

TRIED = "0.9.6"
"""The version of nbgrader that this was tried with."""

SCHEMA = 3
RAISE = 'raise NotImplementedError("your turn")'
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
HIDDEN, SHOWN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SECONDS = 600
"""A cell of an autograded notebook may take so long; nbgrader's own 30 are too few for training."""

CONFIG = f"""# A course for nbgrader, written by dc-lab handout. Tried with nbgrader {TRIED}.
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "dc_lab"
# An answer that is taken out leaves what the course's stubs have: a check calls that "not tried yet".
c.ClearSolutions.code_stub = {{"python": {RAISE!r}}}
# Lessons train networks. A loop without end is stopped after so many seconds, and the rest of the notebook is run.
c.Execute.timeout = {SECONDS}
c.Execute.interrupt_on_timeout = True
# A kernel starts slowly while many others do.
c.Execute.startup_timeout = {SECONDS}
# A test that somebody deleted comes back.
c.OverwriteCells.add_missing_cells = True
"""


def graded(exercise_id: str, answer: Any) -> None:
    """What a test cell calls: nothing happens where there is a point for the answer.

    Raises
    ------
    AssertionError : there is none; the message is what `check` says. ValueError : no exercise of this id.
    """
    exercise = find(exercise_id)
    if is_handed_back(exercise, answer):
        raise AssertionError(handed_back_verdict(exercise).text)
    verdict = judge(exercise, answer)
    if not points_for(verdict):
        raise AssertionError(verdict.text)


def answer_source(exercise: AnyExercise) -> str | None:
    """The stub with the solution's body in its place, between marks; None where the two have not that form."""
    stub, solution = stub_source(exercise.id), solution_source(exercise.id)
    if isinstance(exercise, Question) or stub.count(RAISE) != 1:
        return None
    head, _, rest = stub.partition(RAISE)
    indent = head.rpartition("\n")[2]
    [function] = ast.parse(solution).body
    if rest.strip() or indent.strip() or not isinstance(function, ast.FunctionDef):
        return None
    body = function.body[1:] if ast.get_docstring(function) is not None and len(function.body) > 1 else function.body
    lines = solution.splitlines()
    # A comment above the first statement belongs to it.
    first = function.body[0].end_lineno if body is not function.body else function.body[0].lineno - 1
    assert first is not None
    inside = lines[first:]
    return "\n".join([head + BEGIN, *inside, indent + END])


def test_source(exercise: AnyExercise) -> str:
    """The cell of a check with a hidden part: the answer is kept before `check` puts another in its place."""
    name = exercise.name
    return "\n".join(
        [
            HIDDEN,
            f"_answer = globals().get({name!r})",
            SHOWN,
            f'{name} = check("{exercise.id}", {name})',
            HIDDEN,
            "from dc_lab.course.nbgrader import graded as _graded",
            f'_graded("{exercise.id}", _answer)',
            SHOWN,
        ]
    )


def assignment(lesson: str) -> str:
    """What the assignment of a lesson is called."""
    return f"lesson_{lesson}"


def notebook(name: str) -> dict[str, Any]:
    """A lesson, file name `name`, with nbgrader's marks.

    Raises
    ------
    WorkError : it cannot be read, or has no cell for the answer or the check of an exercise.
    """
    found = lay.lesson(name)
    cells = found["cells"]
    slots = notebooks.slots(cells)
    for exercise in find_lesson(name[:2]).exercises:
        places = slots.get(f"answer {exercise.id}"), slots.get(f"check {exercise.id}")
        if places[0] is None or places[1] is None:
            raise WorkError(f"{name} has no cell for {exercise.id}, or none with its check")
        answer, test = cells[places[0]], cells[places[1]]
        number = exercise.id.replace(".", "-")
        source = answer_source(exercise)
        if source is not None:
            answer["source"] = source
        if source is not None or RAISE in answer["source"]:
            if source is None:  # a class: its stub is what is left where the solution is taken out
                answer["source"] = re.sub(
                    rf"^( *){re.escape(RAISE)}", rf"\1{BEGIN}\n\1{RAISE}\n\1{END}", answer["source"], flags=re.M
                )
            answer["metadata"] = _marked(answer, f"answer-{number}", solution=True)
        test["source"] = test_source(exercise)
        test["metadata"] = _marked(test, f"test-{number}", grade=True, points=POINTS)
    return found


def _marked(cell: dict[str, Any], grade_id: str, grade: bool = False, solution: bool = False, **more: int) -> Any:
    marks = {
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": SCHEMA,
        "cell_type": cell["cell_type"],
        **more,
    }
    return {**cell["metadata"], "nbgrader": marks}


def write(folder: Path, lessons: tuple[str, ...]) -> list[str]:
    """Write a course for nbgrader: `nbgrader_config.py`, and `source/lesson_NN/` for each lesson.

    Returns
    -------
    list : what was written, as paths within the folder.

    Raises
    ------
    WorkError : the folder is not a new or an empty one, or cannot be written.
    """
    lay.check_place(folder)
    made: list[str] = []

    def put(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, content)
        made.append(path.relative_to(folder).as_posix())

    try:
        put(folder / "nbgrader_config.py", CONFIG.encode())
        for name in lay.lesson_names():
            if name[:2] in lessons:
                place = folder / "source" / assignment(name[:2])
                put(place / name, notebooks.notebook_bytes(notebook(name)))
                for beside, content in lay.beside().items():
                    put(place / beside, content)
    except OSError as error:
        raise WorkError(f"{error.filename or folder}: {error.strerror or error}") from error
    return made
