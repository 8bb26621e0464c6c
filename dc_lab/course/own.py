"""`yours`: the function that the learner wrote in an earlier lesson, taken from the notebook as it was saved."""

import ast
import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dc_lab.course.exercises import Exercise, find
from dc_lab.course.judge import judge
from dc_lab.course.sources import check_source


def yours(exercise_id: str, folder: str | Path = ".") -> Callable[..., Any]:
    """The learner's own answer to an exercise if it is right, else the course's; prints which of the two.

    The answer is read from the saved notebook of that lesson: the cell above its check, with the imports and the
    answers that stand before it. It is checked as there.

    Parameters
    ----------
    exercise_id : a function exercise, such as "02.1".
    folder : where the notebooks are.

    Raises
    ------
    ValueError : no function exercise of this id.
    """
    exercise = find(exercise_id)
    if not isinstance(exercise, Exercise):
        raise ValueError(f"{exercise_id} is a question; there is no function to take from it")
    answer, problem = _answer(exercise, Path(folder))
    if problem is None:
        verdict = judge(exercise, answer)
        if verdict.status == "correct":
            print(f"{exercise.id} {exercise.name}: yours")
            return answer
        problem = "not solved yet" if verdict.status == "not tried" else "yours does not pass its check"
    print(f"{exercise.id} {exercise.name}: the course's ({problem})")
    return exercise.reference


def _answer(exercise: Exercise, folder: Path) -> tuple[Any, str | None]:
    """(what the notebook's cells leave under the exercise's name, None), or (None, why there is nothing)."""
    number = exercise.id.partition(".")[0]
    path = next(iter(sorted(folder.glob(f"{number}_*.ipynb"))), None)
    if path is None:
        return None, f"no notebook of lesson {number} here"
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, f"{path.name} cannot be read"
    check = check_source(exercise.id)
    at = next((at for at, source in enumerate(cells) if check in source), None)
    if not at:
        return None, f"{path.name} has no check of it"
    namespace: dict[str, Any] = {"__name__": path.stem}
    exec(exercise.given, namespace)
    problem = None
    with contextlib.redirect_stdout(io.StringIO()):
        for source in _needed(cells[: at + 1], cells):
            problem = _execute(source, namespace)
    return (namespace.get(exercise.name), None) if problem is None else (None, problem)


def _needed(before: list[str], cells: list[str]) -> Iterator[str]:
    """What an answer may lean on: the imports of the cells before it, the answers before it, and then the answer."""
    for at, source in enumerate(before[:-1]):
        if "= check(" in cells[at + 1]:
            yield source
        else:
            with contextlib.suppress(SyntaxError):
                imports = [node for node in ast.parse(source).body if isinstance(node, (ast.Import, ast.ImportFrom))]
                yield from (ast.unparse(node) for node in imports)


def _execute(source: str, namespace: dict[str, Any]) -> str | None:
    """Run a cell; what went wrong, or None. A cell of the learner's may do anything, so any error is caught."""
    try:
        exec(compile(source, "<answer>", "exec"), namespace)
    except Exception as error:
        return f"its cell raises {type(error).__name__}"
    return None
