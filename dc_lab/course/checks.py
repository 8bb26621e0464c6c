"""`check`, `hint`, `solution` and `progress`: what a notebook calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from dc_lab.course import lab, lab_scores, mine, work
from dc_lab.course.cells import watch
from dc_lab.course.display import Message, show, show_verdict
from dc_lab.course.exercises import AnyExercise, Lesson, Question, find, find_lesson, lesson_numbers
from dc_lab.course.given import handed_back, is_handed_back
from dc_lab.course.judge import judge
from dc_lab.course.predictions import find_prediction, take
from dc_lab.course.sources import solution_display
from dc_lab.course.values import show as text_of
from dc_lab.course.verdicts import title, wrapped
from dc_lab.course.work import State
from dc_lab.support.optimizers import spare_the_compiler

_status: dict[str, State] = {}
"""What was checked in this kernel, outside of a work folder."""

_hints_given: dict[tuple[str, str], int] = {}
"""By work folder ("" for none) and exercise; a new kernel begins with the first hint again."""

_STATES: dict[str, State] = {"not tried": "left", "wrong": "tried", "correct": "solved"}


def check(exercise_id: str, answer: Any, strict: bool = False) -> Any:
    """Say whether an answer is right, and hand back one that is, so that the notebook goes on.

    Prints one of three things: not tried yet; correct; or the smallest case that fails, with a word on the mistake
    where it is a known one.

    Parameters
    ----------
    exercise_id : such as "02.1".
    answer : the learner's function itself (no parentheses), or the value for a question.
    strict : raise where the answer is not right, as graders want it.

    Returns
    -------
    `answer` if it is right, else the reference.

    Raises
    ------
    ValueError : no exercise of this id. AssertionError : only if `strict`. Nothing else is raised for what the answer
        is or does.
    """
    exercise = find(exercise_id)
    variant = work.variant() if isinstance(exercise, Question) else 0
    verdict = judge(exercise, answer, variant)
    if strict and verdict.status != "correct":
        raise AssertionError(verdict.text)
    after = []
    if verdict.status == "wrong":
        after.append(f'The notebook goes on with the course\'s own answer. hint("{exercise.id}") helps.')
    if not is_handed_back(exercise, answer):  # checking what was handed back changes nothing
        after += _keep(exercise, answer, _STATES[verdict.status])
    show_verdict(verdict, *after)
    if isinstance(exercise, Question):
        exercise = exercise.variant(variant)
    return answer if verdict.status == "correct" else handed_back(exercise)


def _keep(exercise: AnyExercise, answer: Any, state: State) -> list[str]:
    """In a work folder, or in this kernel where there is none; lines on what became of the answer in `mine`."""
    lines = mine.after_check(exercise, answer, state)
    if lines is None:  # as in a work folder: what was solved stays solved
        _status[exercise.id] = max(_status.get(exercise.id, "left"), state, key=work.STATES.index)
    return lines or []


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        print(line)


def hint(exercise_id: str) -> None:
    """Print the next hint; each one gives away a little more. Of a lab it says that there are none.

    Raises
    ------
    ValueError : no exercise and no lab of this id.
    """
    if _is_lab(exercise_id):
        print(f"{exercise_id} is a lab: it has no hints, since no one answer is right. The page says what counts.")
        return
    exercise = find(exercise_id)
    folder = work.name_of_folder()
    given = _hints_given.get((folder, exercise.id), 0)
    if given == len(exercise.hints):
        print(f'{exercise.id}: that was the last hint. solution("{exercise.id}") shows one way, and says why.')
        return
    _hints_given[folder, exercise.id] = given + 1
    _print_lines(work.note(exercise.id, hints=given + 1))
    text = " ".join(exercise.hints[given].split())
    show(Message("hint", "\n".join(wrapped(f"{exercise.id} hint {given + 1} of {len(exercise.hints)}: {text}"))))


def _is_lab(task_id: str) -> bool:
    return any(known.id == task_id for known in lab.labs_of(str(task_id).partition(".")[0]))


def solution(exercise_id: str) -> None:
    """Print one right answer and why it is right. Of a lab it says that there is none.

    Raises
    ------
    ValueError : no exercise and no lab of this id.
    """
    if _is_lab(exercise_id):
        print(f"{exercise_id} is a lab: it has no solution, since no one answer is right.")
        return
    exercise = find(exercise_id)
    if work.solutions_are_off():
        print(f'{exercise.id}: solutions are switched off in this folder. hint("{exercise.id}") helps.')
        return
    _print_lines(work.note(exercise.id, solution_shown=True))
    print(f"{title(exercise)}: one way to do it")
    if isinstance(exercise, Question):
        exercise = exercise.variant(work.variant())
        text = exercise.choices.get(str(exercise.value), "")
        print(f"\n    {text_of(exercise.value)}{f': {text}' if text else ''}\n")
    else:
        print(f"\n{solution_display(exercise)}\n")
    for paragraph in exercise.why.split("\n\n"):
        print("\n".join(wrapped(" ".join(paragraph.split()))))


def predict(prediction_id: str, guess: Any) -> float | None:
    """Keep a guess, such as `predict("02.a", 40)`, for the next figure to show; returns it, or None without one.

    Nobody says whether it is right.

    Raises
    ------
    ValueError : no prediction of this id.
    """
    return take(find_prediction(prediction_id), guess)


def begin(lesson: str) -> None:
    """Open a lesson: say what is in it, and go on where the cell of an answer cannot run.

    Raises
    ------
    ValueError : no lesson of this number.
    """
    found = find_lesson(lesson)
    spare_the_compiler()
    watch(exercise.name for exercise in found.exercises)
    minutes = sum(exercise.minutes for exercise in found.exercises)
    count = len(found.exercises)
    exercises = "1 exercise" if count == 1 else f"{count} exercises"
    print(f"Lesson {found.number} {found.title}: {exercises}, about {minutes} minutes.")
    states, notes = work.known_states()
    _print_lines(notes)
    if states is None:
        print("No work folder here: what you write is not kept. `dc-lab start` makes one; lesson 00 says how.")
        return
    solved = sum(states.get(exercise.id) == "solved" for exercise in found.exercises)
    kept = f" What a check accepts goes into mine/{found.module}.py." if found.module else ""
    print(f"{solved} solved so far.{kept}")


def score(lab_id: str, *functions: Any) -> None:
    """Run an answer to a lab in a fresh process and measure what it returns; shows the score and a board.

    Parameters
    ----------
    lab_id : such as "02.lab".
    functions : the learner's function itself, or the two of them, such as `encode, decode`.

    Raises
    ------
    ValueError : no lab of this id. TypeError : not as many functions as it has. Nothing is raised for what they are or
        do.
    """
    lab_scores.score(lab.find_lab(lab_id), *functions)


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
    outside = states is None
    states = _status if states is None else states
    known = set(lesson_numbers())  # a file may have been edited by hand
    scores = lab_scores.scores(None if outside else work.find())
    numbers = (
        [lesson] if lesson is not None else sorted({name.partition(".")[0] for name in (*states, *scores)} & known)
    )
    if not numbers:
        print("Nothing checked so far.")
    for number in numbers:
        print("\n".join(progress_lines(find_lesson(number), states, scores)))


def progress_lines(lesson: Lesson, states: Mapping[str, State], scores: Mapping[str, Sequence[float]]) -> list[str]:
    """The exercises of a lesson, each with its minutes and its state, and their sum; then its labs and their scores."""
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
        *(f"  {line}" for line in lab_scores.progress_lines(lesson.number, scores)),
    ]


def forget_session() -> None:
    """Start afresh, as in a new kernel: nothing checked, no hint given."""
    _status.clear()
    _hints_given.clear()
