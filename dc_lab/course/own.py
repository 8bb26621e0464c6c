"""`yours`: the function that the learner wrote in an earlier lesson, taken from the work folder's `mine`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dc_lab.course import mine, work
from dc_lab.course.exercises import Exercise, find
from dc_lab.course.extract import Accepted
from dc_lab.course.given import handed_back
from dc_lab.course.judge import judge
from dc_lab.course.work import WorkError


def yours(exercise_id: str, folder: str | Path | None = None) -> Callable[..., Any]:
    """The learner's own answer to an exercise if it is right, else the course's; prints which of the two.

    The answer is read from the modules that `check` writes, as they stand now, and checked again: what does not pass
    is not used.

    Parameters
    ----------
    exercise_id : a function exercise, such as "02.1".
    folder : the work folder, or one in it; by default that in which the notebook runs.

    Raises
    ------
    ValueError : no function exercise of this id.
    """
    exercise = find(exercise_id)
    if not isinstance(exercise, Exercise):
        raise ValueError(f"{exercise_id} is a question; there is no function to take from it")
    answer, problem = answer_of(exercise, Path(folder) if folder is not None else None)
    print(f"{exercise.id} {exercise.name}: " + ("yours" if problem is None else f"the course's ({problem})"))
    return handed_back(exercise) if problem is not None else answer


def answer_of(exercise: Exercise, start: Path | None) -> tuple[Any, str | None]:
    """(the learner's answer to an exercise, None), or (None, why it is not used).

    `start` is the work folder, or one in it; None for that in which we are.
    """
    try:
        folder = work.find(start)
    except WorkError as error:
        return None, str(error)
    if folder is None:
        return None, "no work folder here"
    answer, problem = mine.answer_in(folder, exercise)
    if problem is not None:
        return None, problem
    status = judge(exercise, answer).status
    if status != "correct":
        return None, "not solved yet" if status == "not tried" else "yours does not pass its check"
    module = mine.lesson_of(exercise).module
    mine.remember(folder, answer, Accepted(exercise, module, frozenset({exercise.name})))
    return answer, None
