"""One learner's folder: a verdict on each exercise, the scores of labs, and what a teacher should look at."""

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dc_lab.course import graduate, lab, lab_process, notebooks, work
from dc_lab.course.exercises import AnyExercise, Exercise, Lesson, Question, find_lesson
from dc_lab.course.grading import answers, beside, fence, remote
from dc_lab.course.grading.answers import Answer, Pool
from dc_lab.course.grading.likeness import print_of
from dc_lab.course.judge import forget, judge
from dc_lab.course.sources import solution_source
from dc_lab.course.verdicts import Verdict, not_tried, points_for, wrong
from dc_lab.course.work import Folder

MOST_PROGRESS = 4 << 20
"""Bytes of a progress file that are read."""

MOST_NOTEBOOK = 64 << 20
"""Bytes of a notebook; one with more is not read."""


@dataclass(frozen=True)
class Task:
    """What is to be graded, and how. `memory` is in bytes; questions are judged in a `variant` (0: as they are)."""

    folder: Path
    name: str
    lessons: tuple[str, ...]
    seed: int
    memory: int = 4 << 30
    labs: bool = True
    graduate: bool = False
    variant: int = 0


@dataclass
class Graded:
    """What became of an exercise. `exact` and `renamed` are fingerprints of the answer, "" where it is short."""

    exercise_id: str
    status: str
    text: str
    points: int = 0
    where: str = ""
    flags: list[str] = field(default_factory=list)
    exact: str = ""
    renamed: str = ""


@dataclass(frozen=True)
class Graduated:
    """What came of the whole way. Without a `size` it was not gone, for the reason in `problem`.

    Attributes
    ----------
    size : bytes of the file. ratio : how many times smaller than float32. error : percent of the test images wrong.
    own : parts that are the learner's. others : by name of those that are the course's, why.
    """

    size: int | None = None
    ratio: float = 0.0
    error: float = 0.0
    dense_error: float = 0.0
    own: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def parts(self) -> str:
        """How many of the parts are the learner's, in words."""
        return f"{len(self.own)} of {len(self.own) + len(self.others)}"


@dataclass
class Result:
    """A learner's row. `problem` is why there is nothing else."""

    name: str
    problem: str = ""
    exercises: list[Graded] = field(default_factory=list)
    labs: dict[str, tuple[float | None, str]] = field(default_factory=dict)
    graduate: Graduated | None = None
    flags: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Points in all."""
        return sum(each.points for each in self.exercises)


def grade(task: Task) -> Result:
    """Grade a folder. Raises for nothing that is in it."""
    try:
        return _grade(task)
    except Exception as error:  # one folder must not keep the others from being graded
        return Result(task.name, f"{type(error).__name__}: {error}")
    finally:
        forget()  # nobody else gets these cases


def _grade(task: Task) -> Result:
    if task.folder.is_symlink():
        return Result(task.name, "a link; name the folder itself")
    if not task.folder.is_dir():
        return Result(task.name, "no such folder" if not task.folder.exists() else "no folder")
    result, folder = Result(task.name), Folder(task.folder.resolve())
    if folder.mine.is_symlink():
        result.flags.append("mine is a link, and is not read")
    if not any(task.folder.glob("*.ipynb")) and not folder.mine.is_dir():
        return Result(task.name, "neither notebooks nor mine in it")
    states = _states(folder, result)
    for number in task.lessons:
        lesson, pool = find_lesson(number), pool_of(folder, number, result)
        solved: dict[str, Answer] = {}
        for exercise in lesson.exercises:
            answer = _answer(exercise, lesson, folder, pool, solved)
            graded = _graded(exercise, answer, task, folder)
            if graded.status == "correct" and answer is not None and not answer.flags:
                solved[exercise.id] = answer
            if exercise.id in pool.shown or exercise.id in states[1]:
                graded.flags.append("solution shown")
            if exercise.id in states[0] and graded.status != "correct":
                graded.flags.append("progress file says solved")
            result.exercises.append(graded)
        if pool.redefined:
            result.flags.append(f"{number}: check is redefined")
        if task.labs:
            confined = lab_process.Confined(fence.command(remote.secrets()), task.memory)
            score_labs(lesson, pool, solved, folder, result, confined)
    if task.graduate:
        result.graduate = _graduate(task, folder, result)
    return result


def _states(folder: Folder, result: Result) -> tuple[set[str], set[str]]:
    """What the progress file calls solved, and where it says that a solution was shown. It earns nothing."""
    try:
        if not folder.progress_file.is_file():
            return set(), set()
        if folder.progress_file.stat().st_size > MOST_PROGRESS:
            raise work.WorkError("the progress file is too large")
        standings = work.from_json(json.loads(folder.progress_file.read_bytes())).standings
    except Exception:
        result.flags.append("progress file is none")
        return set(), set()
    return (
        {name for name, each in standings.items() if each.state == "solved"},
        {name for name, each in standings.items() if each.solution_shown},
    )


def pool_of(folder: Folder, number: str, result: Result) -> Pool:
    """What stands in the notebook of a lesson; nothing, with a flag, where it cannot be read."""
    paths = sorted(path for path in folder.path.glob(f"{number}_*.ipynb") if ".old-" not in path.name)
    if not paths:
        return Pool()
    if paths[0].is_symlink():
        result.flags.append(f"{number}: {paths[0].name} is a link, and is not read")
        return Pool()
    try:
        if paths[0].stat().st_size > MOST_NOTEBOOK:
            raise work.WorkError(f"{paths[0].name} is larger than {MOST_NOTEBOOK >> 20} MB")
        return answers.pool_of(notebooks.read_notebook(paths[0])["cells"])
    except (work.WorkError, OSError, RecursionError) as error:
        result.flags.append(f"{number}: {str(error).replace(str(folder.path) + os.sep, '')[:150]}")
        return Pool()


def _answer(
    exercise: AnyExercise, lesson: Lesson, folder: Folder, pool: Pool, solved: dict[str, Answer]
) -> Answer | None:
    answer = answers.in_notebook(exercise, exercise.name, pool, solved)
    if answer is None and isinstance(exercise, Exercise):
        answer = answers.in_mine(exercise, lesson, folder)
    return answer


# --- an exercise ---


def _graded(exercise: AnyExercise, answer: Answer | None, task: Task, folder: Folder) -> Graded:
    if answer is None:
        return Graded(exercise.id, "not tried", not_tried(exercise).text)
    if answer.problem is not None:
        return Graded(
            exercise.id,
            "wrong",
            wrong(exercise, f"{answer.problem[:1].upper()}{answer.problem[1:]}.").text,
            where=answer.where,
        )
    found = verdict(exercise, answer, task, folder)
    graded = Graded(exercise.id, found.status, found.text, where=answer.where, flags=list(answer.flags))
    graded.points = points_for(found)
    graded.exact, graded.renamed = print_of(answer.own), print_of(answer.own, renamed=True)
    if isinstance(exercise, Exercise) and graded.exact:
        solution = solution_source(exercise.id)
        if graded.exact == print_of(solution):
            graded.flags.append("copied solution")
            graded.points = 0
        elif graded.renamed == print_of(solution, renamed=True):
            graded.flags.append("the solution with other names")
    return graded


def verdict(exercise: AnyExercise, answer: Answer, task: Task, folder: Folder) -> Verdict:
    if isinstance(exercise, Exercise) and beside.is_needed(exercise):
        return beside.judge(exercise.id, answer.name, answer.source, folder.mine, task.seed, task.memory)
    limit = exercise.time_limit if isinstance(exercise, Exercise) else 5.0
    limit = max(limit, exercise.large_seconds) if isinstance(exercise, Exercise) else limit
    try:
        with remote.answer(answer.name, answer.source, folder.mine, limit, task.memory, 20 * limit) as function:
            # A question was asked in the variant that was handed out, whatever the seed of the cases.
            return judge(exercise, function, task.variant if isinstance(exercise, Question) else task.seed)
    except remote.CannotRun as error:
        return wrong(exercise, f"It cannot run: {error}.")


# --- labs and the whole way ---


@contextlib.contextmanager
def _in(folder: Folder) -> Iterator[None]:
    """Have labs take `mine` from this folder, and draw no bars."""
    before = os.environ.get(work.VARIABLE)
    (copy := Path(tempfile.mkdtemp(prefix="lab-mine-"))).joinpath(work.MARK).mkdir()
    try:
        if folder.mine.is_dir():
            remote.copy_modules(folder.mine, copy / "mine")
        os.environ[work.VARIABLE] = str(copy)
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        os.environ.pop(work.VARIABLE, None)
        if before is not None:
            os.environ[work.VARIABLE] = before
        shutil.rmtree(copy, ignore_errors=True)


def score_labs(
    lesson: Lesson,
    pool: Pool,
    solved: dict[str, Answer],
    folder: Folder,
    result: Result,
    confined: lab_process.Confined,
) -> None:
    """Score what the notebook of a lesson has for its labs, into `result`."""
    for known in lab.labs_of(lesson.number):
        found = [answers.in_notebook(known, name, pool, solved) for name in answers.lab_names(known)]
        if any(each is None for each in found):
            continue
        written = [each for each in found if each is not None]
        flags = dict.fromkeys(f"{known.id}: {flag}" for each in written for flag in each.flags)
        result.flags += flags
        if problem := next((each.problem for each in written if each.problem), None):
            result.labs[known.id] = None, problem
            continue
        try:
            with _in(folder):
                sources = [each.source for each in written]
                score = known.measure(lab_process.run_sources(known, sources, confined))
            result.labs[known.id] = score.value, f"{score.value:.2f} {known.unit}. {score.text}"
        except lab.LabError as error:
            result.labs[known.id] = None, f"no score. {error}"
        except Exception as error:  # what came out is nothing that can be measured
            result.labs[known.id] = None, f"no score. {type(error).__name__}: {error}"


def _graduate(task: Task, folder: Folder, result: Result) -> Graduated:
    """The whole way with the learner's parts, as far as these are right, in `mine` as it stands now."""
    judged, copied = {}, []
    for name, exercise in graduate.parts().items():
        answer = answers.in_mine(exercise, find_lesson(exercise.id.partition(".")[0]), folder)
        judged[name] = _problem_in_mine(exercise, answer, task, folder)
        if judged[name] is None and answer is not None and _is_copied(exercise, answer):
            copied.append(name)
    if copied:
        result.flags.append(f"graduate: copied solution: {', '.join(copied)}")
    others = {name: problem for name, problem in judged.items() if problem is not None}
    if len(others) == len(judged):
        return Graduated(others=others, problem="no part in mine is right")
    confined = graduate.Confined(judged, fence.command(), remote.environment(), task.memory)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        copy = Folder(Path(name) / "work")
        copy.state.mkdir(parents=True)
        remote.copy_modules(folder.mine, copy.mine)
        try:
            report = graduate.run(copy, "lenet-300-100", Path(name) / "out", confined=confined)
        except (graduate.GraduateError, OSError, ValueError) as error:
            return Graduated(others=others, problem=str(error))
    own = tuple(part.name for part in report.parts if part.problem is None)
    others = {part.name: part.problem for part in report.parts if part.problem is not None}
    return Graduated(report.size, report.ratio, report.error, report.dense_error, own, others)


def _is_copied(exercise: Exercise, answer: Answer) -> bool:
    return bool(found := print_of(answer.own)) and found == print_of(solution_source(exercise.id))


def _problem_in_mine(exercise: Exercise, answer: Answer | None, task: Task, folder: Folder) -> str | None:
    """Why the learner's part in `mine` is not used; None where it is right."""
    if answer is None:
        return "not solved yet"
    if answer.problem is not None:
        return answer.problem
    if answer.flags:
        return answer.flags[0]
    status = verdict(exercise, answer, task, folder).status
    return None if status == "correct" else "not solved yet" if status == "not tried" else "does not pass its check"


# --- alike between learners ---


def flag_alike(results: Sequence[Result]) -> None:
    """Flag answers of different learners that are one, names and comments aside."""
    by_print: dict[tuple[str, str], list[tuple[Result, Graded]]] = {}
    for result in results:
        for graded in result.exercises:
            solution = {"copied solution", "the solution with other names"} & set(graded.flags)
            if graded.renamed and not solution:
                by_print.setdefault((graded.exercise_id, graded.renamed), []).append((result, graded))
    for group in by_print.values():
        for result, graded in group:
            others = sorted({other.name for other, _ in group} - {result.name})
            if others:
                graded.flags.append(f"like {', '.join(others[:5])}{' and others' if len(others) > 5 else ''}")
