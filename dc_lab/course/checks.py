"""`check`, `hint`, `solution` and `progress`: what a notebook calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from dc_lab.course import mine, work
from dc_lab.course.exercises import AnyExercise, Exercise, Lesson, Question, find, find_lesson, lesson_numbers
from dc_lab.course.judge import judge
from dc_lab.course.sources import solution_display
from dc_lab.course.values import show
from dc_lab.course.verdicts import title, wrapped
from dc_lab.course.work import State

_status: dict[str, State] = {}
"""What was checked in this kernel, outside of a work folder."""

_hints_given: dict[tuple[str, str], int] = {}
"""By work folder ("" for none) and exercise; a new kernel begins with the first hint again."""

_STATES: dict[str, State] = {"not tried": "left", "wrong": "tried", "correct": "solved"}


class _GivenInt(int):
    """The right answer to a question, handed back by `check` in place of a wrong one."""


class _GivenFloat(float):
    """The same for a float."""


class _GivenText(str):
    """The same for the letter of a choice."""

    __slots__ = ()


def check(exercise_id: str, answer: Any) -> Any:
    """Say whether an answer is right, and hand back one that is, so that the notebook goes on.

    Prints one of three things: not tried yet; correct; or the smallest case that fails, with a word on the mistake
    where it is a known one.

    Parameters
    ----------
    exercise_id : such as "02.1".
    answer : the learner's function itself (no parentheses), or the value for a question.

    Returns
    -------
    `answer` if it is right, else the reference.

    Raises
    ------
    ValueError : no exercise of this id. Nothing is raised for what the answer is or does.
    """
    exercise = find(exercise_id)
    if type(answer) in (_GivenInt, _GivenFloat, _GivenText):
        print(
            f"{title(exercise)}: not tried yet: this is the course's own answer, which an earlier check handed back. "
            "Run the cell with yours first."
        )
        return answer
    verdict = judge(exercise, answer)
    print(verdict.text)
    if verdict.status == "wrong":
        print(f'The notebook goes on with the course\'s own answer. hint("{exercise.id}") helps.')
    if answer is not _handed_back(exercise):  # checking what was handed back changes nothing
        _keep(exercise, answer, _STATES[verdict.status])
    if verdict.status == "correct":
        return answer
    return _handed_back(exercise)


def _keep(exercise: AnyExercise, answer: Any, state: State) -> None:
    """In a work folder, or in this kernel where there is none; prints what became of the answer in `mine`."""
    lines = mine.after_check(exercise, answer, state)
    if lines is None:
        _status[exercise.id] = state
    _print_lines(lines or [])


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        print(line)


def _handed_back(exercise: AnyExercise) -> Any:
    if isinstance(exercise, Exercise):
        return exercise.reference
    value = exercise.value
    if isinstance(value, str):
        return _GivenText(value)
    return _GivenInt(value) if isinstance(value, int) else _GivenFloat(value)


def hint(exercise_id: str) -> None:
    """Print the next hint; each one gives away a little more.

    Raises
    ------
    ValueError : no exercise of this id.
    """
    exercise = find(exercise_id)
    folder = work.name_of_folder()
    given = _hints_given.get((folder, exercise.id), 0)
    if given == len(exercise.hints):
        print(f'{exercise.id}: that was the last hint. solution("{exercise.id}") shows one way, and says why.')
        return
    _hints_given[folder, exercise.id] = given + 1
    _print_lines(work.note(exercise.id, hints=given + 1))
    text = " ".join(exercise.hints[given].split())
    print("\n".join(wrapped(f"{exercise.id} hint {given + 1} of {len(exercise.hints)}: {text}")))


def solution(exercise_id: str) -> None:
    """Print one right answer and why it is right.

    Raises
    ------
    ValueError : no exercise of this id.
    """
    exercise = find(exercise_id)
    _print_lines(work.note(exercise.id, solution_shown=True))
    print(f"{title(exercise)}: one way to do it")
    if isinstance(exercise, Question):
        text = exercise.choices.get(str(exercise.value), "")
        print(f"\n    {show(exercise.value)}{f': {text}' if text else ''}\n")
    else:
        print(f"\n{solution_display(exercise)}\n")
    for paragraph in exercise.why.split("\n\n"):
        print("\n".join(wrapped(" ".join(paragraph.split()))))


def progress(lesson: str | None = None) -> None:
    """Print which exercises are solved, tried or left, and the minutes they take.

    Parameters
    ----------
    lesson : its number, such as "02"; by default all lessons of which something was checked, in this work folder, or
        in this session where there is none.

    Raises
    ------
    ValueError : no lesson of this number.
    """
    states, notes = work.known_states()
    _print_lines(notes)
    states = _status if states is None else states
    known = set(lesson_numbers())  # a file may have been edited by hand
    numbers = [lesson] if lesson is not None else sorted({name.partition(".")[0] for name in states} & known)
    if not numbers:
        print("Nothing checked so far.")
    for number in numbers:
        print("\n".join(progress_lines(find_lesson(number), states)))


def progress_lines(lesson: Lesson, states: Mapping[str, State]) -> list[str]:
    """The exercises of a lesson, each with its minutes and its state, and their sum."""
    found = [states.get(exercise.id, "left") for exercise in lesson.exercises]
    width = max((len(title(exercise)) for exercise in lesson.exercises), default=0)
    left = sum(e.minutes for e, state in zip(lesson.exercises, found, strict=True) if state != "solved")
    return [
        f"Lesson {lesson.number} {lesson.title}".rstrip(),
        *(
            f"  {title(exercise):{width}}  {exercise.minutes:3d} min  {state}"
            for exercise, state in zip(lesson.exercises, found, strict=True)
        ),
        f"  {found.count('solved')} of {len(found)} solved, {left} minutes left",
    ]


def forget_session() -> None:
    """Start afresh, as in a new kernel: nothing checked, no hint given."""
    _status.clear()
    _hints_given.clear()
