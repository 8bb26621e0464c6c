"""The exercise engine on a small lesson of its own: right answers, wrong ones, and answers that misbehave."""

import dataclasses
import itertools
import random
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from exercise_rules import MANY, RULES, every_mistake_is_recognised, is_short, knows_many

from dc_lab.course import (
    Exercise,
    Misconception,
    Question,
    WrongAnswer,
    check,
    check_source,
    hint,
    mistakes_table,
    progress,
    sandbox,
    solution,
    solution_source,
    stub_source,
)
from dc_lab.course.cases import all_cases
from dc_lab.course.checks import forget_session
from dc_lab.course.compare import difference
from dc_lab.course.exercises import AnyExercise, find, find_lesson, lesson_numbers, register, unregister
from dc_lab.course.given import is_handed_back
from dc_lab.course.judge import judge
from dc_lab.course.values import MAX_ELEMENTS, Opaque, Steps, TooLarge, describe, plain, show


def not_taken(back: Any) -> bool:
    """Whether `check` handed back the course's own answer to 99.1."""
    return is_handed_back(find("99.1"), back)


# --- a lesson ------------------------------------------------------------------------------------------------------


def reference(weights: np.ndarray, density: float) -> np.ndarray:
    keep = round(density * weights.size)
    order = np.argsort(-np.abs(weights), axis=None, kind="stable")
    mask = np.zeros(weights.size, bool)
    mask[order[:keep]] = True
    return mask.reshape(weights.shape)


def by_loops(weights: np.ndarray, density: float) -> np.ndarray:
    mask = np.zeros(weights.shape, bool)
    for _ in range(round(density * weights.size)):
        left = np.where(mask, -1.0, np.abs(weights))
        mask[np.unravel_index(np.argmax(left), weights.shape)] = True
    return mask


def signed(weights: np.ndarray, density: float) -> np.ndarray:
    mask = np.zeros(weights.size, bool)
    mask[np.argsort(-weights, axis=None, kind="stable")[: round(density * weights.size)]] = True
    return mask.reshape(weights.shape)


def pruned(weights: np.ndarray, density: float) -> np.ndarray:
    return np.asarray(~reference(weights, density))


def in_place(weights: np.ndarray, density: float) -> np.ndarray:
    mask = reference(weights, density)
    weights[~mask] = 0
    return mask


def never_ends(weights: np.ndarray, density: float) -> np.ndarray:
    threshold = 0.0
    while np.count_nonzero(np.abs(weights) > threshold) != round(density * weights.size):
        threshold += 0.0
    return np.abs(weights) > threshold


STUB = '''
def magnitude_mask(weights, density):
    """True for the `density` share of entries that are largest in magnitude, False elsewhere."""
    raise NotImplementedError("your turn")
'''

MASK = Exercise(
    id="99.1",
    title="Keep the largest",
    minutes=10,
    stub=STUB,
    reference=reference,
    shown=(np.array([[0.5, -2.0], [1.0, 0.1]]), 0.5),
    cases=[
        (np.zeros((0,)), 0.5),
        (np.array([3.0, -1.0]), 0.5),
        (np.zeros((2, 2)), 0.25),
        (np.array([[1.0, 1.0, 1.0]]), 1.0),
    ],
    draw=lambda rng: (rng.normal(size=(3, 4)), float(rng.choice([0.0, 0.25, 0.5, 1.0]))),
    misconceptions=[
        Misconception("w > t instead of |w| > t", signed, "A weight of -3 does as much as one of 3."),
        Misconception("the mask upside down", pruned, "True is for the weights that stay."),
        Misconception("pruning in place", in_place, "The mask is asked for. The weights stay as they are."),
    ],
    alternatives=[by_loops],
    hints=["Sort.", "Sort by magnitude.", "np.argsort of -|w|, and keep the first ones."],
    why="Small weights change\nthe output least.",
)

STEP = Misconception("a step of nothing", never_ends, "The threshold never moves, so that the loop has no end.")
HASTY = dataclasses.replace(MASK, time_limit=0.5, misconceptions=(STEP, *MASK.misconceptions))
"""The same with little patience, and a mistake that has no end."""

PERCENT = Question(
    id="99.2",
    title="Percent kept",
    minutes=5,
    kind="number",
    prompt="22 of 266 weights stay. What percentage is that?",
    stub="percent = ...",
    answer=lambda: 100 * 22 / 266,
    tolerance=0.005,
    wrong=[
        WrongAnswer("a share, not a percentage", 22 / 266, "Multiply by 100."),
        WrongAnswer("the share removed", 100 * 244 / 266, "Asked for is what stays."),
        WrongAnswer("above 100", lambda value: value > 100, "More than all of them cannot stay.", example=1209.0),
    ],
    hints=["Divide.", "22 / 266.", "Times 100."],
    why="22 / 266 = 8.3 %.",
)

CHOICE = Question(
    id="99.3",
    title="What is smaller",
    minutes=5,
    kind="choice",
    prompt="After pruning, the file is",
    choices={"a": "smaller", "b": "larger", "c": "as large", "d": "empty"},
    stub="answer = ...",
    answer="c",
    wrong=[
        WrongAnswer("zeros are free", "a", "A zero takes as much room as any float."),
        WrongAnswer("masks are stored", "b", "The mask is not stored."),
        WrongAnswer("nothing is stored", "d", "The rest has to be stored."),
    ],
    hints=["Count bytes.", "A float32 has 4.", "Zero is a float32."],
    why="Nothing was left out of the file.",
)

LESSON: list[AnyExercise] = [MASK, PERCENT, CHOICE]


@pytest.fixture(autouse=True)
def lesson() -> Iterator[None]:
    register("99", LESSON, "A test")
    forget_session()
    yield
    unregister("99")
    forget_session()


@pytest.fixture
def said(capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    def read() -> str:
        out, err = capfd.readouterr()
        assert err == ""
        return str(out)

    return read


def one(function: Callable[..., Any], cases: list[tuple[Any, ...]], **more: Any) -> Exercise:
    """An exercise with nothing but a reference and cases."""
    stub = "def f(x): raise NotImplementedError"
    return Exercise(
        id="98.1", title="Tiny", minutes=1, stub=stub, reference=function, cases=cases, time_limit=0.5, **more
    )


# --- the rules for exercises, on this lesson -------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("exercise", LESSON, ids=lambda exercise: exercise.id)
def test_rules_hold_for_the_example(exercise: AnyExercise, rule: Callable[[AnyExercise], None]) -> None:
    rule(exercise)


def rule(name: str) -> Callable[[AnyExercise], None]:
    return next(rule for rule in RULES if rule.__name__ == name)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("is_complete", {"hints": ("a", "b")}),
        ("stub_is_neutral", {"stub": "def magnitude_mask(weights, density):\n    return weights"}),
        ("solution_passes", {"solution_text": "def magnitude_mask(weights, density):\n    return weights > 0"}),
        ("solution_passes", {"solution_text": "def another(weights, density):\n    return weights > 0"}),
        ("alternatives_pass", {"alternatives": ()}),
        ("alternatives_pass", {"alternatives": (signed,)}),
        ("mistakes_are_recognised", {"misconceptions": MASK.misconceptions[:2]}),
        ("mistakes_are_recognised", {"misconceptions": (*MASK.misconceptions, Misconception("none", by_loops, "?"))}),
        ("mistakes_are_recognised", {"misconceptions": (*MASK.misconceptions, Misconception("again", signed, "?"))}),
        ("shown_case_is_not_enough", {"cases": (), "draw": None}),
        ("trivial_answers_fail", {"cases": (), "draw": None}),
    ],
)
def test_rules_find_a_bad_exercise(name: str, change: dict[str, Any]) -> None:
    bad = dataclasses.replace(MASK, **change)
    register("99", [bad])
    with pytest.raises(AssertionError):
        rule(name)(bad)


def test_rules_find_a_long_text() -> None:
    bad = dataclasses.replace(MASK, cases=[(np.ones((60, 1)), 0.5)], shown=None, draw=None)
    register("99", [bad])
    with pytest.raises(AssertionError, match="lines"):
        is_short(bad, judge(bad, in_place).text)


# --- mistakes and alternatives, written after the exercise -----------------------------------------------------------


def with_mistakes() -> Exercise:
    """The exercise of this file with nothing known, and then all of it added."""
    exercise = dataclasses.replace(MASK, misconceptions=(), alternatives=())
    exercise.alternative(by_loops)
    exercise.mistake("w > t instead of |w| > t", signed).says("A weight of -3 does as much as one of 3.")

    @exercise.mistake("the mask upside down")
    def upside_down(weights: np.ndarray, density: float) -> np.ndarray:
        """True is for the weights
        that stay."""
        return pruned(weights, density)

    @exercise.mistake("pruning in place")
    def _(weights: np.ndarray, density: float) -> np.ndarray:
        """The mask is asked for. The weights stay as they are."""
        return in_place(weights, density)

    assert upside_down(np.ones(2), 1.0).tolist() == [False, False]  # a decorated function can still be called
    return exercise


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rules_hold_for_mistakes_that_are_added(rule: Callable[[AnyExercise], None]) -> None:
    exercise = with_mistakes()
    register("99", [exercise])
    rule(exercise)


def test_mistakes_that_are_added_are_those_of_a_list_in_the_same_order() -> None:
    exercise = with_mistakes()
    assert [(m.name, m.message) for m in exercise.misconceptions] == [(m.name, m.message) for m in MASK.misconceptions]
    assert exercise.misconceptions[0].wrong is signed
    assert list(exercise.alternatives) == [by_loops]
    assert judge(exercise, pruned).text == judge(MASK, pruned).text


def test_a_copy_of_an_exercise_has_mistakes_of_its_own() -> None:
    exercise = dataclasses.replace(MASK)
    exercise.mistake("one more", by_loops).says("words")
    exercise.alternative(signed)
    assert len(exercise.misconceptions) == len(MASK.misconceptions) + 1
    assert len(exercise.alternatives) == len(MASK.alternatives) + 1


def test_first_of_two_mistakes_that_are_added_is_named() -> None:
    exercise = dataclasses.replace(MASK, misconceptions=())
    exercise.mistake("first", pruned).says("1")
    exercise.mistake("second", pruned).says("2")
    assert judge(exercise, pruned).mistake == "first"


def test_wrong_answers_are_added_too() -> None:
    question = dataclasses.replace(PERCENT, wrong=())
    question.mistake("a share, not a percentage", 22 / 266).says("Multiply by 100.")
    question.mistake("the share removed", 100 * 244 / 266).says("Asked for is\nwhat stays.")

    @question.mistake("above 100", example=1209.0)
    def _(value: float) -> bool:
        """More than all of them cannot stay."""
        return value > 100

    register("99", [question])
    rule("mistakes_are_recognised")(question)
    assert [(w.name, w.message, w.example) for w in question.wrong] == [
        (w.name, w.message, w.example) for w in PERCENT.wrong
    ]
    choice = dataclasses.replace(CHOICE, wrong=())
    for wrong in CHOICE.wrong:
        choice.mistake(wrong.name, wrong.value).says(wrong.message)
    register("99", [choice])
    rule("mistakes_are_recognised")(choice)


def test_of_many_mistakes_some_are_judged_and_all_of_them_by_a_rule_of_its_own() -> None:
    exercise = dataclasses.replace(one(absolute, NEGATIVE), id="99.1")  # each test leaves without lesson 99
    for more in range(1, MANY + 1):
        exercise.mistake(f"{more} more", lambda x, more=more: np.abs(x) + more).says(f"It is {more} too much.")
    register("99", [exercise], "Tiny")
    assert not knows_many(exercise)
    exercise.misconceptions.insert(1, Misconception("none", lambda x: np.where(x < 0, -x, x), "Nothing is wrong."))
    assert knows_many(exercise)
    rule("mistakes_are_recognised")(exercise)  # the first, the third and so on
    with pytest.raises(AssertionError, match=r"99\.1: check hands back"):
        every_mistake_is_recognised(exercise)


@pytest.mark.parametrize("exercise", [MASK, PERCENT], ids=["exercise", "question"])
def test_a_mistake_says_what_it_lacks(exercise: Exercise | Question) -> None:
    exercise = dataclasses.replace(exercise)

    def silent(*arguments: Any) -> Any:
        return 0

    def loud(*arguments: Any) -> Any:
        """Words."""

    with pytest.raises(ValueError, match=r"the mistake 'silent' of 99\.[12] says nothing: .* docstring"):
        exercise.mistake("silent")(silent)
    with pytest.raises(ValueError, match=r"the mistake 'blank' of 99\.[12] says nothing"):
        exercise.mistake("blank", 1).says(" \n ")
    with pytest.raises(ValueError, match=r"the mistake 'no function' of 99\.[12] has no function"):
        exercise.mistake("no function").says("words")
    with pytest.raises(ValueError, match=r"the mistake 'both' of 99\.[12] is a value or a function already"):
        exercise.mistake("both", 1)(loud)
    with pytest.raises(TypeError, match="begins with its name"):
        exercise.mistake(loud)
    with pytest.raises(ValueError, match="the mistake 'silent' of"):
        register("99", [exercise])
    known = exercise.misconceptions if isinstance(exercise, Exercise) else exercise.wrong
    assert len(known) == 3


@pytest.mark.parametrize("exercise", [MASK, PERCENT], ids=["exercise", "question"])
def test_a_name_is_given_once(exercise: Exercise | Question) -> None:
    exercise = dataclasses.replace(exercise)
    exercise.mistake("again", 7).says("words")
    for name in ("again", "the share removed" if isinstance(exercise, Question) else "pruning in place"):
        with pytest.raises(ValueError, match=f"there are two mistakes '{name}' of 99"):
            exercise.mistake(name, 8)
    exercise.mistake("open")
    with pytest.raises(ValueError, match="there are two mistakes 'open' of 99"):
        exercise.mistake("open")


def test_a_test_for_wrong_answers_needs_an_example() -> None:
    with pytest.raises(ValueError, match=r"'above 100' of 99\.2 is a test: give an example"):
        dataclasses.replace(PERCENT, wrong=()).mistake("above 100", lambda value: value > 100).says("words")


# --- check -----------------------------------------------------------------------------------------------------------


def test_stub_is_not_tried(said: Callable[[], str]) -> None:
    def magnitude_mask(weights: np.ndarray, density: float) -> np.ndarray:
        raise NotImplementedError("your turn")

    assert not_taken(check("99.1", magnitude_mask))
    assert said() == '99.1 Keep the largest: not tried yet. 10 minutes; hint("99.1") helps.\n'


def test_returning_nothing_is_not_tried_but_says_so(said: Callable[[], str]) -> None:
    assert not_taken(check("99.1", lambda weights, density: None))
    assert "not tried yet (it returns None in every case; is a `return` missing?)" in said()


def test_right_answer_comes_back_itself(said: Callable[[], str]) -> None:
    assert check("99.1", by_loops) is by_loops
    assert said() == "99.1 Keep the largest: correct (26 cases).\n"


def test_wrong_answer_gets_the_smallest_case_and_its_mistake(said: Callable[[], str]) -> None:
    assert not_taken(check("99.1", pruned))
    assert said().splitlines() == [
        "99.1 Keep the largest: not right yet. The smallest case that fails:",
        "  weights = [ 3., -1.]  (float64)",
        "  density = 0.5",
        "  expected = [ True, False]  (bool)",
        "  got = [False,  True]  (bool)",
        "2 of 2 entries differ, the first at [0]: expected True, got False.",
        "This looks like a known mistake, the mask upside down: True is for the weights that stay.",
        'The notebook goes on with the course\'s own answer. hint("99.1") helps.',
    ]


def test_unknown_mistake_is_not_given_a_name() -> None:
    verdict = judge(MASK, lambda weights, density: np.abs(weights) > density)
    assert verdict.status == "wrong"
    assert verdict.mistake is None
    assert "known mistake" not in verdict.text


def test_first_of_two_fitting_mistakes_is_named() -> None:
    twins = [Misconception("first", pruned, "1"), Misconception("second", pruned, "2")]
    assert judge(dataclasses.replace(MASK, misconceptions=twins), pruned).mistake == "first"


def test_checking_what_was_handed_back_is_not_solving_it(said: Callable[[], str]) -> None:
    answer = check("99.1", pruned)
    assert not_taken(check("99.1", answer))
    assert "course's own answer, which an earlier check handed back" in said()
    number = check("99.2", 1)
    assert check("99.2", number) == number
    assert "handed back" in said()
    progress()
    assert said().count("tried") == 2


@pytest.mark.parametrize("wrong_id", ["99.9", "97.1", "magnitude", "", 99.1])
def test_unknown_id(wrong_id: Any) -> None:
    with pytest.raises(ValueError, match=r"no exercise|a text such as"):
        check(wrong_id, reference)


def test_unknown_id_names_close_ones() -> None:
    with pytest.raises(ValueError, match=r"close to it: 99\.1, 99\.3, 99\.2|close to it: .*99\.1"):
        find("99.11")


# --- answers that misbehave -----------------------------------------------------------------------------------------


def spinning(weights: np.ndarray, density: float) -> Any:
    while True:
        pass


released = threading.Event()
"""Ends the answers that nothing else ends."""


def catching(weights: np.ndarray, density: float) -> Any:
    while not released.is_set():
        try:
            while not released.is_set():
                print("still here")
        except BaseException:
            pass


def waiting(weights: np.ndarray, density: float) -> Any:
    released.wait(60)


def counting_forever(weights: np.ndarray, density: float) -> Any:
    return sum(1 for _ in itertools.count())


@pytest.mark.parametrize("answer", [spinning, counting_forever])
def test_endless_answer_is_stopped(answer: Callable[..., Any], said: Callable[[], str]) -> None:
    register("99", [HASTY])
    before = threading.active_count()
    assert not_taken(check("99.1", answer))
    text = said()
    assert "stopped after 0.5 s, in this case. Does a loop in it never end?\n  weights = [" in text
    assert "could not be stopped" not in text
    assert threading.active_count() == before


@pytest.mark.slow
@pytest.mark.parametrize("answer", [waiting, catching])
def test_answer_that_cannot_be_stopped_is_left_behind(answer: Callable[..., Any], said: Callable[[], str]) -> None:
    register("99", [HASTY])
    released.clear()
    try:
        for _ in range(2):
            assert not_taken(check("99.1", answer))
            assert "could not be stopped" in said()
        assert check("99.1", by_loops) is by_loops  # later checks are none the worse
        assert said() == "99.1 Keep the largest: correct (26 cases).\n"
    finally:
        released.set()
    while sandbox.left_behind():
        time.sleep(0.05)
    assert check("99.1", by_loops) is by_loops
    assert type(sys.stdout) is not sandbox._Router
    assert said() == "99.1 Keep the largest: correct (26 cases).\n"


def test_endless_after_a_wrong_case_shows_the_wrong_case() -> None:
    def answer(weights: np.ndarray, density: float) -> Any:
        return weights if weights.size < 3 else spinning(weights, density)

    assert "weights = [ 3., -1.]" in judge(HASTY, answer).text


def test_endless_mistake_is_recognised_and_costs_others_nothing() -> None:
    assert judge(HASTY, never_ends).mistake == STEP.name
    assert judge(HASTY, signed).mistake == MASK.misconceptions[0].name


def test_check_works_outside_the_main_thread() -> None:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.extend(judge(HASTY, f).status for f in (by_loops, spinning)))
    thread.start()
    thread.join()
    assert results == ["correct", "wrong"]


class _Interrupted:
    """A lock at whose first `acquire` the stop button is pressed."""

    def __init__(self, lock: threading.Lock) -> None:
        self.lock = lock
        self.pressed = False

    def acquire(self, timeout: float) -> bool:
        if not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt
        return self.lock.acquire(timeout=timeout)

    def release(self) -> None:
        self.lock.release()


def test_interrupt_while_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Job(sandbox._Job[Any]):
        def __init__(self, work: Iterator[Any]) -> None:
            super().__init__(work)
            self.running = _Interrupted(self.running)  # type: ignore[assignment]

    judge(MASK, by_loops)
    monkeypatch.setattr(sandbox, "_Job", Job)
    assert judge(MASK, spinning).text == "99.1 Keep the largest: interrupted; no answer yet."


class _Hostile:
    """Says it is an array, and fails whenever it is looked at."""

    __class__ = np.ndarray  # type: ignore[assignment]
    shape = (2,)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        raise RuntimeError("hash")

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("array")

    def __len__(self) -> int:
        raise RuntimeError("len")

    def __bool__(self) -> bool:
        raise RuntimeError("bool")


class _Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("str")


class _LyingList(list):
    def __iter__(self) -> Any:
        raise RuntimeError("iter")

    def __len__(self) -> int:
        return 10**12


def _raise(error: BaseException) -> Any:
    raise error


def _deep(weights: np.ndarray, density: float) -> Any:
    nest: list[Any] = []
    nest.append(nest)
    return nest


def _recursing(weights: np.ndarray, density: float) -> Any:
    return _recursing(weights, density)


def _generator(weights: np.ndarray, density: float) -> Any:
    yield from weights


async def _coroutine(weights: np.ndarray, density: float) -> Any:
    return weights


def _patching(weights: np.ndarray, density: float) -> Any:
    np.abs = lambda x: x  # type: ignore[assignment]
    np.random.seed = 42  # type: ignore[assignment]
    np.asarray = None  # type: ignore[assignment]
    return weights


MISBEHAVING: dict[str, tuple[Any, str]] = {
    "its input": (lambda w, d: w, "Expected a bool array of shape (2,), got a float64 array of shape (2,)."),
    "a list": (lambda w, d: reference(w, d).tolist(), "Expected a bool array of shape (2,), got a list of 2."),
    "integers": (lambda w, d: reference(w, d) + 0, "Expected a bool array of shape (2,), got an int64 array"),
    "another shape": (lambda w, d: reference(w, d).ravel()[None], "got a bool array of shape (1, 2)."),
    "a matrix": (lambda w, d: np.ma.masked_array(reference(w, d)), "a MaskedArray (a subclass of ndarray)"),
    "a number": (lambda w, d: 1.5, "Expected a bool array of shape (2,), got a float."),
    "NaN": (lambda w, d: np.full(w.shape, np.nan), "got a float64 array"),
    "None at times": (lambda w, d: None if w.size < 3 else reference(w, d), "got None."),
    "a tensor": (lambda w, d: torch.from_numpy(reference(w, d)), "got a bool tensor of shape (2,)."),
    "an object": (lambda w, d: _Hostile(), "got a _Hostile object."),
    "a list that lies": (lambda w, d: _LyingList([1]), "got a list of 1."),
    "a list in itself": (_deep, "nested too deeply"),
    "a terabyte": (lambda w, d: np.broadcast_to(True, (10**6, 10**6)), "an array of shape (1000000, 1000000)"),
    "a long text": (lambda w, d: "x" * 10**6, "got a text of 1000000 characters."),
    "a long number": (lambda w, d: 10**5000, "got an int."),
    "a generator": (_generator, "there is a `yield` in it"),
    "a coroutine": (_coroutine, "it is an `async def`"),
    "a function": (lambda w, d: reference, "are there parentheses missing"),
    "a map": (lambda w, d: map(bool, w), "put `list(...)` around it"),
    "ValueError": (lambda w, d: _raise(ValueError("no such thing")), "got: ValueError: no such thing"),
    "SystemExit": (lambda w, d: sys.exit(3), "It raises SystemExit."),
    "KeyboardInterrupt": (lambda w, d: _raise(KeyboardInterrupt()), "It raises KeyboardInterrupt."),
    "unprintable error": (lambda w, d: _raise(_Unprintable()), "got: _Unprintable"),
    "an address": (lambda w, d: _raise(ValueError(f"{object()}")), "<object object at 0x...>"),
    "recursion": (_recursing, "RecursionError: maximum recursion depth exceeded"),
    "library's NotImplementedError": (lambda w, d: np.ndarray.__iadd__(w, "x"), "It raises "),
    "its input changed": (in_place, "It changes its input `weights`"),
    "too few parameters": (lambda w: w, "It is called with (weights, density), but yours takes (w)."),
    "too many parameters": (lambda w, d, x: w, "but yours takes (w, d, x)."),
    "not a function": (3.5, 'takes the function itself, as in check("99.1", magnitude_mask), but got a float.'),
    "its result": (np.zeros(3, bool), "but got a bool array of shape (3,)."),
    "hostile, no function": (_Hostile(), "but got a _Hostile object."),
    "random changed": (lambda w, d: setattr(random, "seed", 3), "Something was assigned to random.seed,"),
    "NumPy changed": (_patching, "Something was assigned to np.abs, np.asarray, np.random.seed, which all code uses."),
}


@pytest.mark.parametrize("what", MISBEHAVING)
def test_misbehaving_answer_gets_one_clear_message(what: str, said: Callable[[], str]) -> None:
    answer, message = MISBEHAVING[what]
    functions = np.abs, np.asarray, np.random.seed
    assert not_taken(check("99.1", answer))
    text = said()
    assert message in " ".join(text.split()), text
    assert text.startswith("99.1 Keep the largest: not right yet. ")
    assert "Traceback" not in text
    assert "judge.py" not in text
    assert len(text) < 2500
    assert (np.abs, np.asarray, np.random.seed) == functions


def test_recursion_limit_of_an_answer_is_not_that_of_the_notebook() -> None:
    def deep(x: np.ndarray, n: int = 3000) -> np.ndarray:
        sys.setrecursionlimit(10_000)
        return x + 1 if n == 0 else deep(x, n - 1)

    before = sys.getrecursionlimit()
    assert judge(one(lambda x: x + 1, [(np.ones(2),)]), deep).status == "correct"
    assert sys.getrecursionlimit() == before


def test_learners_line_is_shown() -> None:
    def answer(weights: np.ndarray, density: float) -> Any:
        ordered = np.sort(weights, axis=7)
        return ordered > density

    text = judge(MASK, answer).text
    assert "got: AxisError: axis 7 is out of bounds for array of dimension 1\n    in line " in text
    assert ": ordered = np.sort(weights, axis=7)" in text


def test_answer_with_a_memory_is_found() -> None:
    calls: list[int] = []

    def wrong_later(weights: np.ndarray, density: float) -> Any:
        calls.append(1)
        return reference(weights, density if len(calls) <= 25 else 0)

    def right_later(weights: np.ndarray, density: float, seen: list[int] = []) -> Any:  # noqa: B006 - the mistake
        seen.append(1)
        return reference(weights, 0 if len(seen) == 2 else density)

    for answer in (wrong_later, right_later, lambda w, d: np.random.default_rng().random(w.shape)):
        verdict = judge(MASK, answer)
        assert "Called twice with the same input, it does not do the same twice" in verdict.text


def test_global_generators_are_seeded_for_the_answer_and_untouched_by_it() -> None:
    def answer(weights: np.ndarray, density: float) -> Any:
        random.random()
        torch.rand(1)
        return np.random.rand(*weights.shape) < density  # noqa: NPY002

    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    torch.manual_seed(1)
    expected = np.random.rand(), random.random(), torch.rand(1)  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    torch.manual_seed(1)
    verdict = judge(MASK, answer)
    assert verdict.status == "wrong"
    assert "twice" not in verdict.text
    assert verdict == judge(MASK, answer)
    assert (np.random.rand(), random.random(), torch.rand(1)) == expected  # noqa: NPY002


def test_what_an_answer_prints_is_kept_short_and_off_the_notebook(said: Callable[[], str]) -> None:
    def chatty(weights: np.ndarray, density: float) -> Any:
        for _ in range(1000):
            print("x" * 50)
            print("y" * 50, file=sys.stderr)
        return weights

    check("99.1", chatty)
    text = said()
    assert "  printed:\n    xxx" in text
    assert len(text) < 1500
    check("99.1", lambda w, d: print("hello") or by_loops(w, d))
    assert said() == "99.1 Keep the largest: correct (26 cases).\n"


def test_warnings_of_an_answer_do_not_reach_the_notebook(said: Callable[[], str]) -> None:
    def dividing(weights: np.ndarray, density: float) -> Any:
        np.zeros(1) / np.zeros(1)
        return by_loops(weights, density)

    assert check("99.1", dividing) is dividing
    assert "correct" in said()


def test_cases_are_not_changed_by_answers() -> None:
    before = plain(all_cases(MASK)[0])
    judge(MASK, in_place)
    assert difference(before, plain(all_cases(MASK)[0])) is None
    assert judge(MASK, by_loops).status == "correct"


def test_answer_may_return_views_and_read_only_arrays() -> None:
    exercise = one(lambda x: x[::2], [(np.arange(5.0),), (np.arange(8.0),)])

    def read_only(x: np.ndarray) -> np.ndarray:
        view = x[::2]
        view.flags.writeable = False
        return view

    assert judge(exercise, read_only).status == "correct"
    assert judge(exercise, lambda x: x[1::2]).status == "wrong"


def test_one_buffer_for_all_results_is_no_way_around() -> None:
    buffer = np.zeros(3)

    def answer(x: np.ndarray) -> np.ndarray:
        buffer[:] = x + 1
        return buffer

    exercise = one(lambda x: x + 1, [(np.arange(3.0),), (np.ones(3),)])
    verdict = judge(exercise, answer)
    assert (verdict.status, verdict.mistake) == ("wrong", "a result used again")
    assert "A later call changes what an earlier one returned" in verdict.text


def test_a_buffer_for_each_shape_is_found_too() -> None:
    buffers: dict[tuple[int, ...], np.ndarray] = {}

    def answer(x: np.ndarray) -> dict[str, np.ndarray]:
        buffer = buffers.setdefault(x.shape, np.zeros(x.shape))
        buffer[...] = x + 1
        return {"more": buffer}

    def remembering(x: np.ndarray, known: dict[bytes, Any] = {}) -> Any:  # noqa: B006 - what it is about
        return known.setdefault(x.tobytes(), {"more": x + 1})

    cases = [(np.arange(2.0),), (np.arange(3.0),), (np.zeros((2, 2)),), (np.ones(3),)]
    exercise = one(lambda x: {"more": x + 1}, cases)
    assert judge(exercise, answer).mistake == "a result used again"
    assert judge(exercise, remembering).status == "correct"


# --- kinds of exercises ---------------------------------------------------------------------------------------------


def test_smallest_case_first_and_empty_ones_last() -> None:
    sizes = [case[0].size for case in all_cases(MASK)]
    assert sizes == [2, 3, 4, 4] + [12] * 21 + [0]


def test_cases_are_the_same_every_time_and_may_be_made_late() -> None:
    late = dataclasses.replace(MASK, cases=lambda: list(MASK.cases))
    assert difference(plain(all_cases(late)), plain(all_cases(MASK)), 0.0) is None


@pytest.mark.parametrize(("cases", "error"), [([], ValueError), ([np.zeros(2)], TypeError)])
def test_author_hears_of_bad_cases(cases: list[Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"98\.1"):
        judge(one(lambda x: x, cases), lambda x: 2 * x)


def test_author_hears_of_a_reference_that_fails_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dc_lab.course.cases.REFERENCE_LIMIT", 0.1)
    with pytest.raises(RuntimeError, match="does not end"):
        judge(one(lambda x: spinning(x, 0), [(np.zeros(1),)]), lambda x: x)


def test_expected_exception() -> None:
    def halve(x: float) -> float:
        if x < 0:
            raise ValueError("negative")
        return x / 2

    def halve_too(x: float) -> float:
        if x < 0:
            raise ValueError("below zero")
        return x * 0.5

    exercise = one(halve, [(1.0,), (-1.0,), (5.0,)])
    assert judge(exercise, halve_too).status == "correct"
    assert "It should raise ValueError here." in judge(exercise, lambda x: x / 2).text
    assert "It raises ZeroDivisionError." in judge(exercise, lambda x: x / 2 if x > 0 else 1 / 0).text


def test_accept_takes_any_right_answer() -> None:
    def accept(arguments: tuple[Any, ...], expected: Any, got: Any) -> str | None:
        (x,) = arguments
        return None if got**2 == x else f"the square of {got} is not {x}"

    exercise = one(lambda x: x**0.5, [(4.0,), (9.0,)], accept=accept)
    assert judge(exercise, lambda x: -(x**0.5)).status == "correct"
    assert "The square of 4.0 is not 4.0." in judge(exercise, lambda x: x).text
    assert "got a list of 1" in judge(exercise, lambda x: [x]).text
    assert judge(exercise, lambda x: np.random.default_rng().choice([-1, 1]) * x**0.5).status == "correct"


def test_use_for_answers_that_are_more_than_called() -> None:
    class Doubler:
        def __call__(self, x: float) -> float:
            return 2 * x

    class Tripler(Doubler):
        def __call__(self, x: float) -> float:
            return 3 * x

    exercise = one(Doubler, [(1.0,), (2.0,)], use=lambda answer, x: answer()(x))
    assert judge(exercise, type("Mine", (Doubler,), {})).status == "correct"
    assert "  x = 1.0\n  expected = 2.0\n  got = 3.0\n" in judge(exercise, Tripler).text


def test_torch_modules_and_tensors() -> None:
    def scaled(layer: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
        return layer(x) * 2  # type: ignore[no-any-return]

    def cases() -> list[tuple[Any, ...]]:
        torch.manual_seed(0)
        return [(torch.nn.Linear(2, 1), torch.ones(1, 2)), (torch.nn.Linear(2, 2), torch.ones(3, 2))]

    def spoiling(layer: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
        result = 2 * layer(x)
        with torch.no_grad():
            layer.weight.zero_()
        return result

    exercise = one(scaled, cases)
    assert judge(exercise, lambda layer, x: 2 * layer(x)).status == "correct"
    assert "got a float32 array of shape (1, 1)" in judge(exercise, lambda m, x: scaled(m, x).detach().numpy()).text
    assert "It changes its input `layer`" in judge(exercise, spoiling).text
    assert judge(dataclasses.replace(exercise, mutates=True), spoiling).status == "correct"


def test_function_that_is_meant_to_change_its_argument() -> None:
    def clear(x: np.ndarray) -> np.ndarray:
        x[:] = 0
        return x

    def clear_by_loop(x: np.ndarray) -> np.ndarray:
        for i in range(len(x)):
            x[i] = 0
        return x

    exercise = one(clear, [(np.ones(2),), (np.ones(3),)], mutates=True)
    assert judge(exercise, clear_by_loop).status == "correct"


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [8.27, np.float32(8.27), np.array(8.27), np.array([8.27]), torch.tensor(8.27)])
def test_right_number_comes_back_itself(answer: Any, said: Callable[[], str]) -> None:
    assert check("99.2", answer) is answer
    assert said() == "99.2 Percent kept: correct.\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (0.0827, "0.0827 is too small.\nThis looks like a known mistake, a share, not a percentage: Multiply by 100."),
        (1e9, "1000000000.0 is too large.\nThis looks like a known mistake, above 100"),
        (7, "7 is too small."),
        (float("nan"), "nan is not a number."),
        (10**400, "is too large."),
        ("8.27", "The answer is a number, but got a text of 4 characters."),
        (True, "The answer is a number, but got a bool."),
        ([8.27], "The answer is a number, but got a list of 1."),
        (print, "The answer is a number, but got a builtin_function_or_method object."),
        (_Hostile(), "The answer is a number, but got a _Hostile object."),
        (np.broadcast_to(1.0, (MAX_ELEMENTS + 1,)), "The answer is a number, but got something else."),
    ],
)
def test_wrong_number(answer: Any, message: str, said: Callable[[], str]) -> None:
    assert check("99.2", answer) == 100 * 22 / 266
    assert " ".join(message.split()) in " ".join(said().split())


@pytest.mark.parametrize("answer", ["c", "C", " c ", "c)", "(C)."])
def test_right_choice(answer: str, said: Callable[[], str]) -> None:
    assert check("99.3", answer) is answer
    assert said() == "99.3 What is smaller: correct.\n"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("a", "a is not it.\nThis looks like a known mistake, zeros are free: A zero takes as much room"),
        ("e", "The answer is one of a, b, c, d, as text, but got 'e'."),
        (3, "The answer is one of a, b, c, d, as text, but got 3."),
        ("", "but got ''."),
        (_Hostile(), "but got <_Hostile>."),
    ],
)
def test_wrong_choice(answer: Any, message: str, said: Callable[[], str]) -> None:
    assert check("99.3", answer) == "c"
    assert message in said()


@pytest.mark.parametrize("answer", [None, ...])
def test_unanswered_question(answer: Any, said: Callable[[], str]) -> None:
    assert check("99.3", answer) == "c"
    assert said() == '99.3 What is smaller: not tried yet. 5 minutes; hint("99.3") helps.\n'


def test_a_variant_of_a_choice_has_its_texts_at_other_letters() -> None:
    """The right text is right, each wrong one is told the same as before, and a seed gives one variant."""
    orders = set()
    for seed in range(1, 40):
        other = CHOICE.variant(seed)
        assert other.choices == CHOICE.variant(seed).choices
        assert list(other.choices) == list("abcd")
        orders.add(tuple(other.choices.values()))
        assert other.choices[str(other.value)] == CHOICE.choices["c"]
        for letter, text in other.choices.items():
            verdict = judge(CHOICE, letter, seed)
            old = next(name for name, known in CHOICE.choices.items() if known == text)
            assert (verdict.status, verdict.mistake) == (judge(CHOICE, old).status, judge(CHOICE, old).mistake)
    assert len(orders) > 10
    assert CHOICE.variant(0) is CHOICE


def test_a_variant_of_a_number() -> None:
    """As `vary` makes it; without it, the same for all."""

    def vary(rng: np.random.Generator) -> Question:
        kept = int(rng.integers(1, 266))
        return dataclasses.replace(PERCENT, prompt=f"{kept} of 266 weights stay.", answer=100 * kept / 266, wrong=[])

    question = dataclasses.replace(PERCENT, vary=vary)
    assert question.variant(0) is question
    assert PERCENT.variant(5) is PERCENT
    right = question.variant(5).value
    assert judge(question, right, 5).status == "correct"
    assert judge(question, right).status == "wrong"
    assert len({question.variant(seed).prompt for seed in range(1, 20)}) > 10


# --- hints, solutions, progress, sources -----------------------------------------------------------------------------


def test_hints_come_one_by_one(said: Callable[[], str]) -> None:
    for _ in range(5):
        hint("99.1")
    assert said().splitlines() == [
        "99.1 hint 1 of 3: Sort.",
        "99.1 hint 2 of 3: Sort by magnitude.",
        "99.1 hint 3 of 3: np.argsort of -|w|, and keep the first ones.",
        '99.1: that was the last hint. solution("99.1") shows one way, and says why.',
        '99.1: that was the last hint. solution("99.1") shows one way, and says why.',
    ]


def test_solution_has_the_source_and_the_why(said: Callable[[], str]) -> None:
    solution("99.1")
    text = said()
    assert text.startswith("99.1 Keep the largest: one way to do it\n\ndef magnitude_mask(weights: np.ndarray")
    assert text.endswith("\n\nSmall weights change the output least.\n")
    solution("99.3")
    assert "    'c': as large\n" in said()


def test_solution_leaves_out_a_long_docstring(said: Callable[[], str]) -> None:
    text = 'def magnitude_mask(w, d):\n    """One.\n\n    Two.\n    Three.\n    """\n    return w\n'
    register("99", [dataclasses.replace(MASK, solution_text=text)])
    solution("99.1")
    assert "def magnitude_mask(w, d):\n    return w\n" in said()
    assert "Three." in solution_source("99.1")


def test_progress(said: Callable[[], str]) -> None:
    progress()
    assert said() == "Nothing checked so far.\n"
    check("99.1", by_loops)
    check("99.2", 7)
    check("99.3", ...)
    said()
    table = [
        "Lesson 99 A test",
        "  99.1 Keep the largest   10 min  solved",
        "  99.2 Percent kept        5 min  tried",
        "  99.3 What is smaller     5 min  left",
        "  1 of 3 solved, 10 minutes left",
    ]
    progress()
    assert said().splitlines() == table
    progress("99")
    assert said().splitlines() == table
    with pytest.raises(ValueError, match="no lesson '98'"):
        progress("98")


def test_sources() -> None:
    assert stub_source("99.1") == STUB.strip()
    assert check_source("99.1") == 'magnitude_mask = check("99.1", magnitude_mask)'
    assert check_source("99.2") == 'percent = check("99.2", percent)'
    assert solution_source("99.1").startswith("def magnitude_mask(")
    assert solution_source("99.3") == "answer = 'c'"


def doubled(x, y=2):
    """Twice x,
    or y times."""
    return x * y


def test_the_solution_can_be_a_function_and_makes_the_stub(said: Callable[[], str]) -> None:
    exercise = Exercise(id="99.1", title="T", minutes=1, reference=lambda x, y=2: y * x, solution=doubled, cases=[(1,)])
    register("99", [exercise])
    head = 'def doubled(x, y=2):\n    """Twice x,\n    or y times."""\n'
    assert stub_source("99.1") == f'{head}    raise NotImplementedError("your turn")'
    assert solution_source("99.1") == f"{head}    return x * y"
    assert exercise.name == "doubled"
    assert dataclasses.replace(exercise, reference=doubled, solution=None).stub == exercise.stub
    with pytest.raises(ValueError, match=r"exercise 99\.1 needs a stub"):
        Exercise(id="99.1", title="T", minutes=1, reference=reference, cases=[(1,)])


def test_mistakes_table() -> None:
    lines = mistakes_table("99").splitlines()
    assert lines[:2] == ["| exercise | mistake | what the learner is told |", "|---|---|---|"]
    assert lines[2] == (
        "| 99.1 Keep the largest | w > t instead of \\|w\\| > t | A weight of -3 does as much as one of 3. |"
    )
    assert len(lines) == 2 + 3 + 3 + 3


def test_registry() -> None:
    assert "99" in lesson_numbers()
    assert [exercise.id for exercise in find_lesson("99").exercises] == ["99.1", "99.2", "99.3"]
    with pytest.raises(ValueError, match=r"got '99\.1'"):
        register("97", [MASK])
    with pytest.raises(ValueError, match="same id"):
        register("99", [MASK, MASK])
    with pytest.raises(ValueError, match="defines no function"):
        _ = dataclasses.replace(MASK, stub="1 + 1").name


# --- comparing and showing -------------------------------------------------------------------------------------------

Point = namedtuple("Point", "x y")
NAN = float("nan")


@dataclasses.dataclass
class Pair:
    x: Any
    y: Any


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1), (1.0, 1 + 1e-9), (NAN, NAN), (NAN, np.float32(NAN)), (float("inf"), np.inf), (3, np.int8(3)),
        (True, np.True_), (3, np.array(3)), ("a", np.str_("a")), (b"a", bytearray(b"a")), (None, None),
        (10**400, 10**400), ((1, 2), [1, 2]), ((1, 2), Point(1, 2)), (Point(1, 2), Point(1, 2)),
        (Pair(1, NAN), Pair(1, NAN)), ({"a": 1.0}, {"a": 1}), ({1, 2}, {2, 1}), (range(2), [0, 1]),
        (np.array([1, 2], np.uint8), np.array([1, 2])), (np.array([], np.int64), np.array([])),
        (np.array([1.0, NAN]), np.array([1.0, NAN], np.float32)), (np.array(["a"]), np.array(["a"])),
        (np.array([[1, 2], None], object), np.array([[1, 2], None], object)),
        (torch.ones(2), torch.nn.Parameter(torch.ones(2))), (torch.ones(2, dtype=torch.bfloat16), torch.ones(2)),
        (1 + 2j, 1 + 2j),
    ],
)  # fmt: skip
def test_alike(expected: Any, got: Any) -> None:
    assert difference(plain(expected), plain(got)) is None


@pytest.mark.parametrize(
    ("expected", "got", "text"),
    [
        (1.0, 1.1, "expected 1.0, got 1.1"),
        (1, 1.0, "expected an int (1), got a float"),
        (1, True, "expected an int (1), got a bool"),
        (True, 1, "expected a bool (True), got an int"),
        (1.0, "1.0", "expected a float (1.0), got a text of 3 characters"),
        (1.0, 10**400, "expected 1.0, got <an int of 1329 bits>"),
        (0, np.zeros(1), "expected an int (0), got a float64 array of shape (1,)"),
        (None, 0, "expected None, got an int"),
        ("01", "10", "expected '01', got '10'"),
        (b"a", "a", "expected 1 bytes, got a text of 1 characters"),
        ((1, 2), (1, 2, 3), "expected a tuple of 2, got a tuple of 3"),
        ((1, [2, 3]), (1, [2, 4]), "entry 1: entry 1: expected 3, got 4"),
        (Point(1, 2), (1, 2), "expected a Point with x, y, got a tuple of 2"),
        (Point(1, 2), Point(1, 3), "y: expected 2, got 3"),
        ({"a": 1}, {"b": 1}, "the key 'a' is missing"),
        ({"a": 1}, {"a": 1, "b": 1}, "there is a key 'b' too many"),
        ({"a": 1}, {"a": 2}, "['a']: expected 1, got 2"),
        ({"a": 1}, [("a", 1)], "expected a dict of 1, got a list of 1"),
        ({1}, {2}, "expected {1}, got {2}"),
        (np.zeros((2, 2)), np.zeros(4), "expected a float64 array of shape (2, 2), got a float64 array of shape (4,)"),
        (np.zeros(2, int), np.zeros(2), "expected an int64 array of shape (2,), got a float64 array of shape (2,)"),
        (np.zeros(2), np.array([0, NAN]), "1 of 2 entries differ, the first at [1]: expected 0.0, got nan"),
        (np.zeros((1, 2)), np.array([[0, 1.0]]), "1 of 2 entries differ, the first at [0, 1]: expected 0.0, got 1.0"),
        (np.array([7]), np.array([8]), "expected 7, got 8"),
        (np.array(["a"]), np.array([1]), "expected a <U1 array of shape (1,), got an int64 array of shape (1,)"),
        (torch.zeros(1), np.zeros(1), "expected a float32 tensor of shape (1,), got a float64 array of shape (1,)"),
        (print, print, "expected a builtin_function_or_method object, got a builtin_function_or_method object"),
    ],
)
def test_unlike(expected: Any, got: Any, text: str) -> None:
    assert difference(plain(expected), plain(got)) == text


def test_dtype_strictness() -> None:
    single, double = np.ones(2, np.float32), np.ones(2)
    assert difference(double, single, dtype="exact") is not None
    assert difference(double, np.ones(2, int), dtype="any") is None
    assert difference(np.float32(1), np.float64(1), dtype="exact") is not None
    assert difference(np.array(["a"]), np.ones(1), dtype="any") is not None
    assert difference(np.ones(2), np.ones(2) + 0.01, tolerance=0.1) is None
    assert difference(Opaque("A"), Opaque("A"), by_type=True) is None
    assert (
        difference(Opaque("A"), np.zeros(2), by_type=True) == "expected an A object, got a float64 array of shape (2,)"
    )


@pytest.mark.parametrize("expected", [True, 1, 2.5, np.float32(1), "a", b"a", [1], {"a": 1}, np.ones(2), Opaque("A")])
@pytest.mark.parametrize("dtype", ["any", "kind", "exact"])
@pytest.mark.parametrize("by_type", [False, True])
def test_whatever_comes_can_be_compared(expected: Any, dtype: Any, by_type: bool) -> None:
    """Lists of several lengths and arrays once raised an error where a number or an object was expected."""
    others = [None, "b", 3, [[1], [2, 3]], [None, [1]], {"a": [1, [2]]}, np.ones((2, 2)), np.array([1, "a"], object)]
    for got in [*others, Opaque("B"), {1}, np.array("a"), np.zeros(0)]:
        assert isinstance(difference(expected, got, dtype=dtype, by_type=by_type), str)
    assert difference(expected, expected, dtype=dtype, by_type=True) is None


def test_copies_are_taken_from_the_original() -> None:
    array = np.zeros(2)
    copy = plain({"a": [array]})
    array += 1
    assert copy["a"][0].tolist() == [0, 0]
    with pytest.raises(TooLarge):
        plain([np.zeros(MAX_ELEMENTS)] * 2)
    with pytest.raises(TooLarge):
        plain(range(10**12))


def test_shown_text_is_short() -> None:
    for value in (np.arange(1e6), list(range(10**5)), "x" * 10**5, 10**10**4, {i: i for i in range(999)}):
        assert len(show(plain(value))) < 1500
    assert show({"b", "a", "c"}) == "{'a', 'b', 'c'}"
    assert show((np.float64(1.5),)) == "(1.5,)"
    assert show(np.float32(0.1)) == "0.1"
    text = show(np.array([1.23456, NAN]))
    with np.printoptions(precision=1, formatter={"float": lambda _: "?"}, nanstr="none"):
        assert show(np.array([1.23456, NAN])) == text == "[1.23456,     nan]"
    assert describe(np.datetime64("2016-05-02")) == "a datetime64"


# --- what else a verdict says -----------------------------------------------------------------------------------------


def test_a_mistake_is_known_by_what_it_does_where_it_fails() -> None:
    """`signed` forgets the sign; an answer that does so only in larger arrays fails as it does, and nowhere else."""

    def signed_if_large(weights: np.ndarray, density: float) -> Any:
        return signed(weights, density) if weights.size > 3 else by_loops(weights, density)

    verdict = judge(MASK, signed_if_large)
    assert verdict.mistake == judge(MASK, signed).mistake == MASK.misconceptions[0].name


def test_an_answer_that_fails_otherwise_is_given_no_name() -> None:
    def nothing_kept(weights: np.ndarray, density: float) -> Any:
        return np.zeros_like(weights) + 7

    assert judge(MASK, nothing_kept).mistake is None


def absolute(x: np.ndarray) -> np.ndarray:
    return np.abs(x)


NEGATIVE = [(np.array([1.0]),), (np.array([2.0, 3.0]),), (np.array([1.0, -2.0, 3.0]),), (np.array([1.0, -1, 2, 5]),)]


def test_one_case_alike_is_not_enough_for_a_name() -> None:
    exercise = one(absolute, [*NEGATIVE[:3], (np.array([5.0, 5.0, 5.0, 5.0, 5.0]),)])
    exercise.mistake("as it is, and fives are sixes", lambda x: np.where(x == 5, 6, x)).says("Fives.")
    assert judge(exercise, lambda x: x + 0).mistake is None
    exercise.mistake("as it is", lambda x: x + 0).says("As it is.")
    assert judge(exercise, lambda x: x + 0).mistake == "as it is"


def test_a_mistake_that_fails_where_the_answer_is_right_is_not_its_name() -> None:
    exercise = one(absolute, NEGATIVE)
    exercise.mistake("as it is, and all but negative ones", lambda x: np.where((x < 0).any(), x, x + 1)).says("All.")
    assert judge(exercise, lambda x: x + 0).mistake is None


def test_a_mistake_that_cannot_be_the_one_is_asked_no_further() -> None:
    """Of the eight smallest failing cases two may come out otherwise; with the third it is over."""
    asked = set()

    def only_of_one(x: np.ndarray) -> np.ndarray:
        asked.add(len(x))
        return x if len(x) == 1 else x + 1

    exercise = one(absolute, [(np.full(size, -2.0),) for size in range(1, 12)])
    exercise.mistake("as it is, of one number alone", only_of_one).says("One.")
    assert judge(exercise, lambda x: x + 0).mistake is None
    assert asked == {1, 2, 3, 4}


@pytest.mark.parametrize(("words", "named"), [("Two.", False), ("One.", True)])
def test_of_mistakes_that_are_as_like_none_is_named(words: str, named: bool) -> None:
    """Both do what the answer does but in one case, where they are right; with one message it does not matter which."""
    exercise = one(absolute, [*NEGATIVE, *((np.array([-float(i)] * i),) for i in range(5, 12))])
    exercise.mistake("one", lambda x: x if len(x) != 5 else np.abs(x)).says("One.")
    exercise.mistake("two", lambda x: x if len(x) != 6 else np.abs(x)).says(words)
    assert (judge(exercise, lambda x: x + 0).mistake == "one") == named


def total(values: np.ndarray) -> int:
    """The sum of all values."""
    return int(values.sum())


SLOW = Exercise(
    id="99.1", title="Total", minutes=1, reference=total, cases=[(np.arange(5),), (np.arange(3),)],
    large=lambda: (np.arange(3_000),), large_is="a row of 3,000 numbers", large_seconds=0.5,
)  # fmt: skip


def test_right_but_too_slow() -> None:
    def quadratic(values: np.ndarray) -> int:
        found = 0
        for i in range(len(values)):
            if len(values) > 1000:
                time.sleep(0.01)
            found += int(values[i])
        return found

    def recursive(values: np.ndarray) -> int:
        return int(values[0]) + recursive(values[1:]) if len(values) else 0

    for answer, said in ((quadratic, "not done with that after 0.5 s"), (recursive, "raises RecursionError there")):
        verdict = judge(SLOW, answer)
        assert verdict.status == "wrong"
        assert "right, but too slow for what comes" in verdict.text
        assert "a row of 3,000 numbers" in verdict.text
        assert said in " ".join(verdict.text.split())
    assert judge(SLOW, lambda values: sum(map(int, values))).text == "99.1 Total: correct (3 cases)."
    wrong = judge(SLOW, lambda values: sum(map(int, values[:1000])))
    assert "right in all small cases, but not for" in " ".join(wrong.text.split())


def test_the_time_limit_is_a_cases_own() -> None:
    exercise = dataclasses.replace(one(lambda x: x, [(i,) for i in range(6)]), time_limit=0.4)

    def slow(x: int) -> int:
        time.sleep(0.25)
        return x

    assert judge(exercise, slow).status == "correct"  # six times 0.25 s
    late = dataclasses.replace(exercise, cases=[(i,) for i in range(20)])
    assert "Stopped after 3.2 s: " in judge(late, slow).text


def test_an_exception_class_of_its_own_is_the_same_twice() -> None:
    def halve(x: float) -> float:
        if x < 0:
            raise ValueError("negative")
        return x / 2

    def halved(x: float) -> float:
        class Negative(ValueError):
            pass

        if x < 0:
            raise Negative
        return 0.5 * x

    assert judge(one(halve, [(1.0,), (-1.0,), (5.0,)]), halved).status == "correct"


def test_a_line_left_over_from_the_stub_is_named() -> None:
    def finished(weights: np.ndarray, density: float) -> Any:
        kept = np.abs(weights) >= density
        raise NotImplementedError("your turn")
        return np.where(kept, weights, 0)

    def stub(weights: np.ndarray, density: float) -> Any:
        """A docstring."""
        raise NotImplementedError("your turn")

    def counted(weights: np.ndarray, density: float) -> Any:
        found = torch.bincount(torch.ones(3))  # torch's own NotImplementedError: it counts no floats
        return found.numpy()

    assert "A line `raise NotImplementedError` is still in it" in judge(MASK, finished).text
    assert judge(MASK, stub).status == "not tried"
    assert "It raises NotImplementedError." in judge(MASK, counted).text


def test_numbers_that_print_alike_are_told_apart() -> None:
    text = difference(np.float64(0.4), np.float16(0.4), 1e-6, "any") or ""
    assert text == "expected 0.4 as float64, got 0.4 as float16, which is 9.77e-05 away"
    text = difference(np.array([0.1]), np.array([0.1], np.float16), 1e-6) or ""
    assert text == "expected 0.1 as float64, got 0.1 as float16, which is 2.44e-05 away"


def test_the_first_step_that_departs_is_named() -> None:
    def steps(change: int) -> Any:
        return lambda n: Steps({f"step {i}": [i, i + (change if i == 2 else 0)] for i in range(n)})

    verdict = judge(one(steps(0), [(4,), (5,)]), steps(1))
    assert verdict.text.split("\n")[1:] == [
        "  x = 4" if "  x = 4" in verdict.text else "  n = 4", "  expected = [2, 2]", "  got = [2, 3]",
        "It departs at step 2: entry 1: expected 2, got 3.",
    ]  # fmt: skip
    assert "It ends before step 3." in judge(one(steps(0), [(4,)]), lambda n: steps(0)(n - 1)).text
    assert "It goes on to step 4" in judge(one(steps(0), [(4,)]), lambda n: steps(0)(n + 1)).text


def test_cases_come_in_fortran_order_and_other_dtypes() -> None:
    exercise = dataclasses.replace(
        one(lambda x: x.sum(), []), draw=lambda rng: (rng.normal(size=(3, 4)),), draws=3, dtypes=("float32", "float16")
    )
    cases = [case[0] for case in all_cases(exercise)]
    assert [str(a.dtype) for a in cases] == ["float64"] * 4 + ["float32", "float16"]
    assert sum(not a.flags.c_contiguous for a in cases) == 1
    assert (
        "(float64 of shape (3, 4), in Fortran order)"
        in judge(exercise, lambda x: x.sum() if x.flags.c_contiguous else 0.0).text
    )


def test_a_secret_seed_makes_other_cases() -> None:
    exercise = dataclasses.replace(one(lambda x: x, [(1.0,)]), draw=lambda rng: (rng.normal(),), draws=5)
    one_seed, other = all_cases(exercise, 1), all_cases(exercise, 2)
    assert one_seed == all_cases(exercise, 1)
    assert not set(one_seed[1:]) & set(other)
    assert judge(exercise, lambda x: x, seed=5).status == "correct"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (np.nextafter(np.float32([4]), np.float32(0)), "[3.9999998]"),
        (np.float32([0.1, 0.5, np.pi]), "[0.1     , 0.5     , 3.141593]"),
        (np.array([0.1 + 0.2]), "[0.3]"),
        (np.array([1, 1 + 2**-52]), "[1.                , 1.0000000000000002]"),
        (np.array([1, 1 + 1e-7, np.nan, np.inf]), "[1.       , 1.0000001,       nan,       inf]"),
        (np.float32([1024.0001]), "[1024.0001]"),
        (np.array([1 / 3, 1 / 7]), "[0.333333, 0.142857]"),
        (np.array([0.0, -0.0]), "[ 0., -0.]"),
        (np.array([1e300, -1e301]), "[ 1.e+300, -1.e+301]"),
    ],
)  # fmt: skip
def test_floats_have_the_digits_that_tell_them_apart(values: np.ndarray, shown: str) -> None:
    """None looks rounder than it is, and what is different looks different; otherwise six decimals."""
    assert show(values) == shown
