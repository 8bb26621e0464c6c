"""Exercises as data, and where they are found.

An exercise is written once, in a file of its own such as `dc_lab/course/lessons/lesson_04/ex_2_kmeans.py`. Everything
else comes from it: the check, the hints, the stub in the notebook, the tests of the check, the table of common
mistakes. A lesson is a package that has a `TITLE`, the list `EXERCISES` and, where answers are parts of the learner's
own package, the `MODULE` that they go into; it is imported when one of its exercises is first asked for.
"""

import ast
import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np

from dc_lab.course import lessons as _lessons
from dc_lab.course.compare import Dtype

Case = tuple[Any, ...]
Task = Literal["exercise", "warm-up", "build"]
"""What the page calls it: a warm-up is a formula or an idiom, a build is a part of `mine`."""

Function = TypeVar("Function", bound=Callable[..., Any])

_MISSING: Any = object()


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


class Unsaid:
    """A mistake of which the learner is not told yet. It becomes one of the exercise's as soon as the words are there.

    They are the docstring of the function that this decorates, or, where the wrong version was given already, what
    `says` is called with. Words are kept with single spaces.
    """

    def __init__(self, exercise: "AnyExercise", name: str, wrong: Any, add: Callable[[Any, str], None]) -> None:
        self.name = name
        self._exercise, self._wrong, self._add = exercise, wrong, add
        exercise._unsaid.append(self)

    def __call__(self, function: Function) -> Function:
        """Take the function as the wrong version, and its docstring as what the learner is told.

        Raises
        ------
        ValueError : it has no docstring, or there is a wrong version already.
        """
        if self._wrong is not _MISSING:
            raise ValueError(f"{self} is a value or a function already; what the learner is told goes into .says(...)")
        self._wrong = function
        self.says(function.__doc__ or "")
        return function

    def says(self, words: str) -> None:
        """Tell the learner this.

        Raises
        ------
        ValueError : there are no words, or nothing that they could belong to.
        """
        if self._wrong is _MISSING:
            raise ValueError(f"{self} has no function; decorate one, or give it after the name")
        if not words.split():
            raise ValueError(f"{self} says nothing: what the learner is told is the function's docstring")
        self._exercise._unsaid.remove(self)
        self._add(self._wrong, " ".join(words.split()))

    def __str__(self) -> str:
        return f"the mistake {self.name!r} of {self._exercise.id}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Exercise:
    """A function to write.

    Attributes
    ----------
    id : lesson and number, such as "02.1".
    reference : the right answer. All expected values come from running it.
    solution : a right answer whose source is shown as the solution, where the reference's own would not do: it uses
        what the notebook does not have, say.
    stub : source of the notebook's cell, a `def` (or class) that raises NotImplementedError. By default the head and
        the docstring of the solution.
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
    facts : what `use` returns are facts for `accept` to put into words: they are not shown themselves.
    case_of_step : of results in steps, makes the case that leads to one step by itself, from the whole case and the
        step's name. That is the one shown.
    mutates : True where the function is meant to change its arguments; otherwise that is a mistake. Only what is
        returned is compared, so that `use` should return the changed argument.
    misconceptions : wrong versions, three or more, as `mistake` adds them. The order matters: the first that fits is
        named.
    alternatives : right answers written differently, one or more, as `alternative` adds them. They test the check.
    hints : three or more, each giving away a little more.
    why : said after the solution.
    given : source of what the notebook has defined by then (imports, mostly). It tests the stub and the solution.
    solution_text : source of the solution, where it is no function's own.
    time_limit : seconds for a case.
    task : what the page calls it.
    dtypes : of floats, in which later cells pass arrays: a drawn case comes in each of them, and in Fortran order.
    large : makes a case as large as what later cells pass; asked last, where all else is right.
    large_is : what that case is, as in "the first layer, 300 x 784".
    large_seconds : what an answer may take for it.
    equivalents : changed versions of the solution that no check can refuse, because they do the same: what
        `dc_lab.course.mutants` calls them, with the reason of each.
    """

    id: str
    title: str
    minutes: int
    reference: Callable[..., Any]
    solution: Callable[..., Any] | None = None
    stub: str = ""
    cases: Sequence[Case] | Callable[[], Sequence[Case]]
    shown: Case | None = None
    draw: Callable[[np.random.Generator], Case] | None = None
    draws: int = 20
    tolerance: float = 1e-6
    dtype: Dtype = "kind"
    accept: Callable[[Case, Any, Any], str | None] | None = None
    use: Callable[..., Any] | None = None
    facts: bool = False
    case_of_step: Callable[[Case, str], Case] | None = None
    mutates: bool = False
    misconceptions: Sequence[Misconception] = ()
    alternatives: Sequence[Callable[..., Any]] = ()
    hints: Sequence[str] = ()
    why: str = ""
    given: str = "import numpy as np"
    solution_text: str | None = None
    time_limit: float = 5.0
    task: Task = "exercise"
    dtypes: Sequence[str] = ()
    large: Callable[[], Case] | None = None
    large_is: str = "a case as large as those to come"
    large_seconds: float = 2.0
    equivalents: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["function"] = "function"
    _unsaid: list[Unsaid] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        set_once = object.__setattr__  # a frozen dataclass lets nobody else
        set_once(self, "stub", self.stub or _stub(self.solution or self.reference, self.id))
        set_once(self, "misconceptions", list(self.misconceptions))
        set_once(self, "alternatives", list(self.alternatives))

    def mistake(self, name: str, wrong: Callable[..., Any] = _MISSING) -> Unsaid:
        """One more misconception: `@exercise.mistake("name")` above a function whose docstring the learner is told.

        Where the function is there already, or is a lambda: `exercise.mistake("name", wrong).says("words")`.

        Raises
        ------
        ValueError : there is a mistake of this name.
        """
        _new_name(self, name, self.misconceptions)
        known: Any = self.misconceptions
        return Unsaid(self, name, wrong, lambda wrong, words: known.append(Misconception(name, wrong, words)))

    def alternative(self, function: Function) -> Function:
        """One more right answer that is written differently, as a decorator."""
        known: Any = self.alternatives
        known.append(function)
        return function

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
    wrong : answers that are recognised, as `mistake` adds them. For a choice every letter but the right one should be
        there.
    vary : makes the same question with other numbers from a generator, for `variant`.
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
    vary: "Callable[[np.random.Generator], Question] | None" = None
    _unsaid: list[Unsaid] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wrong", list(self.wrong))

    def variant(self, seed: int) -> "Question":
        """The question as someone else is asked it: other numbers, or the choices in another order.

        Seed 0 is the notebook's own. A question about a number that has no `vary` is the same for all.
        """
        if seed == 0:
            return self
        rng = np.random.default_rng(seed)
        if self.vary is not None:
            return self.vary(rng)
        if self.kind == "number":
            return self
        # The texts move to other letters, and what is told about each goes with it.
        moved: dict[Any, str] = dict(zip(self.choices, rng.permutation(list(self.choices)).tolist(), strict=True))
        return replace(
            self,
            choices={letter: self.choices[old] for old, letter in sorted(moved.items(), key=lambda pair: pair[1])},
            answer=moved[str(self.value)],
            wrong=[replace(known, value=moved.get(known.value, known.value)) for known in self.wrong],
        )

    def mistake(self, name: str, value: Any = _MISSING, example: Any = None) -> Unsaid:
        """One more wrong answer: `question.mistake("name", value).says("words")`.

        A test for wrong answers takes the place of the value, or is the function that this decorates, with its
        docstring as the words; `example` is then an answer that it is true for.

        Raises
        ------
        ValueError : there is a mistake of this name; a test without an example.
        """
        _new_name(self, name, self.wrong)
        known: Any = self.wrong

        def add(value: Any, words: str) -> None:
            if callable(value) and example is None:
                raise ValueError(f"the mistake {name!r} of {self.id} is a test: give an example that it is true for")
            known.append(WrongAnswer(name, value, words, example))

        return Unsaid(self, name, value, add)

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
    """The exercises of one lesson, in the order of its notebook; `module` of `mine` takes their answers, if any."""

    number: str
    title: str
    exercises: Sequence[AnyExercise]
    module: str = ""


_registered: dict[str, Lesson] = {}


def register(number: str, exercises: Iterable[AnyExercise], title: str = "", module: str = "") -> Lesson:
    """Make the exercises of lesson `number` ("02") known, in place of what was known under it.

    Raises
    ------
    ValueError : an id that is not `number`, a dot and a number, or that stands twice; a mistake that says nothing.
    """
    lesson = Lesson(number, title, tuple(exercises), module)
    ids = [exercise.id for exercise in lesson.exercises]
    for name in ids:
        prefix, _, rest = name.partition(".")
        if prefix != number or not rest.isdecimal():
            raise ValueError(f"exercise ids of lesson {number} are {number}.1, {number}.2 and so on, got {name!r}")
    if len(set(ids)) < len(ids):
        raise ValueError(f"lesson {number} has two exercises with the same id: {', '.join(ids)}")
    if unsaid := [str(unsaid) for exercise in lesson.exercises for unsaid in exercise._unsaid]:
        raise ValueError(f"{unsaid[0]} says nothing: decorate a function that has a docstring, or call .says(...)")
    _registered[number] = lesson
    return lesson


def unregister(number: str) -> None:
    """Forget what `register` was given; a lesson that has a folder comes back from it."""
    _registered.pop(number, None)


def lesson_numbers() -> list[str]:
    """Numbers of all lessons that have exercises: those with a folder, and those registered."""
    found = {module.name for module in pkgutil.iter_modules(_lessons.__path__)}
    return sorted({name.removeprefix("lesson_") for name in found if name.startswith("lesson_")} | set(_registered))


def find_lesson(number: str) -> Lesson:
    """The lesson of this number.

    Raises
    ------
    ValueError : there is none.
    """
    if number not in lesson_numbers():
        raise ValueError(f"no lesson {number!r} with exercises; there are {', '.join(lesson_numbers()) or 'none'}")
    if number not in _registered:
        found = importlib.import_module(f"{_lessons.__name__}.lesson_{number}")
        register(number, found.EXERCISES, getattr(found, "TITLE", ""), getattr(found, "MODULE", ""))
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


def listed(number: str, name: str) -> Sequence[Any]:
    """What else a lesson's package lists under a name, such as LABS; nothing where there is no such lesson or list."""
    if number not in lesson_numbers():
        return ()
    package = f"{_lessons.__name__}.lesson_{number}"
    found: Sequence[Any] = ()
    if importlib.util.find_spec(package) is not None:  # a registered lesson may have no folder
        found = getattr(importlib.import_module(package), name, ())
    return found


def _new_name(exercise: AnyExercise, name: str, known: Sequence[Misconception | WrongAnswer]) -> None:
    if not isinstance(name, str):
        raise TypeError(f'a mistake of {exercise.id} begins with its name, as in @exercise.mistake("name")')
    if name in {mistake.name for mistake in (*known, *exercise._unsaid)}:
        raise ValueError(f"there are two mistakes {name!r} of {exercise.id}")


def _stub(solution: Callable[..., Any], exercise_id: str) -> str:
    """The head and the docstring of a solution, and a body that is still to be written."""
    source = textwrap.dedent(inspect.getsource(solution))
    node = ast.parse(source).body[0]
    if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
        raise ValueError(f"exercise {exercise_id} needs a stub, or a solution that is a function with a docstring")
    return "\n".join([*source.splitlines()[: node.body[0].end_lineno], '    raise NotImplementedError("your turn")'])


def _defined(stub: str, exercise_id: str) -> str:
    for node in ast.parse(textwrap.dedent(stub)).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            return node.name
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    raise ValueError(f"the stub of {exercise_id} defines no function, class or name")
