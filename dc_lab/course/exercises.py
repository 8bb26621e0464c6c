"""Exercises as data, and where they are found.

An exercise is written once, in `dc_lab/course/lessons/lesson_NN.py`, which has a list `EXERCISES` and a `TITLE`.
Everything else comes from it: the check, the hints, the stub in the notebook, the tests of the check, the table
of common mistakes. Lesson files are imported when one of their exercises is first asked for.
"""

import ast
import difflib
import importlib
import pkgutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dc_lab.course import lessons as _lessons
from dc_lab.course.compare import Dtype

Case = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Misconception:
    """A wrong version of a function, and what to tell the learner whose answer behaves like it."""

    name: str
    wrong: Callable[..., Any]
    message: str


@dataclass(frozen=True, eq=False)
class WrongAnswer:
    """A wrong answer to a question: the value itself or a test for it, and what to tell whoever gives it."""

    name: str
    value: Any | Callable[[Any], bool]
    message: str
    example: Any = None
    """Where `value` is a test: an answer that it is true for."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Exercise:
    """A function to write.

    Attributes
    ----------
    id : lesson and number, such as "02.1".
    stub : source of the notebook's cell, a `def` (or class) that raises NotImplementedError.
    reference : the right answer. All expected values come from running it.
    cases : argument tuples picked by hand, ugly ones included; or a function that returns them, where making them
        takes an import or time. An answer sees copies.
    shown : the case that the notebook shows, if any; it is checked too.
    draw : makes one more case from a generator; called `draws` times, always with the same seeds.
    tolerance : of floats, relative and absolute.
    dtype : "kind": bool, integer and float are told apart; "exact": float32 and float64 too; "any": nothing is.
    accept : where more than one answer is right: gets (args, expected, got) and returns None if `got` will do,
        else what is wrong with it. `expected` and `got` are as the functions returned them. It may raise for an
        answer of the wrong form, which is then compared with `expected` to say what is wrong.
    use : where an answer is more than called: gets (answer, *args) and returns what is compared.
    mutates : True where the function is meant to change its arguments; otherwise that is a mistake. Only what is
        returned is compared, so that `use` should return the changed argument.
    misconceptions : wrong versions, three or more. The order matters: the first that fits is named.
    alternatives : right answers written differently, one or more. They test the check.
    hints : three or more, each giving away a little more.
    why : said after the solution.
    given : source of what the notebook has defined by then (imports, mostly). It tests the stub and the solution.
    solution_text : source of the solution, where the reference's own would not run in the notebook.
    time_limit : seconds for all cases together.
    """

    id: str
    title: str
    minutes: int
    stub: str
    reference: Callable[..., Any]
    cases: Sequence[Case] | Callable[[], Sequence[Case]]
    shown: Case | None = None
    draw: Callable[[np.random.Generator], Case] | None = None
    draws: int = 20
    tolerance: float = 1e-6
    dtype: Dtype = "kind"
    accept: Callable[[Case, Any, Any], str | None] | None = None
    use: Callable[..., Any] | None = None
    mutates: bool = False
    misconceptions: Sequence[Misconception] = ()
    alternatives: Sequence[Callable[..., Any]] = ()
    hints: Sequence[str] = ()
    why: str = ""
    given: str = "import numpy as np"
    solution_text: str | None = None
    time_limit: float = 5.0
    kind: Literal["function"] = "function"

    @property
    def name(self) -> str:
        """What the stub defines."""
        return _defined(self.stub, self.id)


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """A question with a number or one of several choices as its answer.

    Attributes
    ----------
    stub : source of the notebook's cell, such as "answer = ...". The prompt stands in the notebook's text.
    answer : the right one: a number, the letter of a choice, or a function that works it out.
    choices : letter to text, for kind "choice".
    wrong : answers that are recognised. For a choice every letter but the right one should be there.
    The others are those of Exercise.
    """

    id: str
    title: str
    minutes: int
    kind: Literal["number", "choice"]
    prompt: str
    stub: str
    answer: float | str | Callable[[], float | str]
    choices: Mapping[str, str] = field(default_factory=dict)
    tolerance: float = 1e-6
    wrong: Sequence[WrongAnswer] = ()
    hints: Sequence[str] = ()
    why: str = ""
    given: str = "import numpy as np"

    @property
    def name(self) -> str:
        """What the stub assigns to."""
        return _defined(self.stub, self.id)

    @property
    def value(self) -> float | str:
        """The right answer."""
        return self.answer() if callable(self.answer) else self.answer


AnyExercise = Exercise | Question


@dataclass(frozen=True, eq=False)
class Lesson:
    """The exercises of one lesson, in the order of its notebook."""

    number: str
    title: str
    exercises: Sequence[AnyExercise]


_registered: dict[str, Lesson] = {}


def register(number: str, exercises: Iterable[AnyExercise], title: str = "") -> Lesson:
    """Make the exercises of lesson `number` ("02") known, in place of what was known under it.

    Raises
    ------
    ValueError : an id that is not `number`, a dot and a number, or that stands twice.
    """
    lesson = Lesson(number, title, tuple(exercises))
    ids = [exercise.id for exercise in lesson.exercises]
    for name in ids:
        prefix, _, rest = name.partition(".")
        if prefix != number or not rest.isdecimal():
            raise ValueError(f"exercise ids of lesson {number} are {number}.1, {number}.2 and so on, got {name!r}")
    if len(set(ids)) < len(ids):
        raise ValueError(f"lesson {number} has two exercises with the same id: {', '.join(ids)}")
    _registered[number] = lesson
    return lesson


def unregister(number: str) -> None:
    """Forget what `register` was given; a lesson that has a file comes back from it."""
    _registered.pop(number, None)


def lesson_numbers() -> list[str]:
    """Numbers of all lessons that have exercises: those with a file, and those registered."""
    files = {module.name for module in pkgutil.iter_modules(_lessons.__path__)}
    return sorted({name.removeprefix("lesson_") for name in files if name.startswith("lesson_")} | set(_registered))


def find_lesson(number: str) -> Lesson:
    """The lesson of this number.

    Raises
    ------
    ValueError : there is none.
    """
    if number not in lesson_numbers():
        raise ValueError(f"no lesson {number!r} with exercises; there are {', '.join(lesson_numbers()) or 'none'}")
    if number not in _registered:
        module = importlib.import_module(f"{_lessons.__name__}.lesson_{number}")
        register(number, module.EXERCISES, getattr(module, "TITLE", ""))
    return _registered[number]


def find(exercise_id: str) -> AnyExercise:
    """The exercise of this id.

    Raises
    ------
    ValueError : there is none; the message names close ones.
    """
    if not isinstance(exercise_id, str):
        raise ValueError(f'the id of an exercise is a text such as "02.1", got {type(exercise_id).__name__}')
    number = exercise_id.partition(".")[0]
    known = find_lesson(number).exercises if number in lesson_numbers() else ()
    for exercise in known:
        if exercise.id == exercise_id:
            return exercise
    ids = [exercise.id for exercise in known] or [e.id for n in lesson_numbers() for e in find_lesson(n).exercises]
    near = difflib.get_close_matches(exercise_id, ids, n=5, cutoff=0.3) or ids[:5]
    raise ValueError(f"no exercise {exercise_id!r}; close to it: {', '.join(near) or 'none'}")


def _defined(stub: str, exercise_id: str) -> str:
    for node in ast.parse(textwrap.dedent(stub)).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            return node.name
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    raise ValueError(f"the stub of {exercise_id} defines no function, class or name")
