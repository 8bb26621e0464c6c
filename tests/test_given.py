"""What `check` hands back is the right answer for everything but for the check that handed it back."""

import functools
from collections.abc import Iterator
from typing import Any

import pytest

from dc_lab.course import check
from dc_lab.course.checks import forget_session
from dc_lab.course.exercises import Exercise, Question, find, register, unregister
from dc_lab.course.given import handed_back, is_handed_back, whose
from dc_lab.course.judge import judge


def double(x: int) -> int:
    """Twice x."""
    return x + x


def twice(x: int) -> int:
    """Written by a learner."""
    return 2 * x


DOUBLE = Exercise(id="98.1", title="Twice", minutes=1, reference=double, cases=[(1,), (5,), (-3,)])
NEXT = Exercise(
    id="98.2", title="Four times", minutes=1, reference=lambda x: 4 * x, stub="def four(x):\n    ...", cases=[(2,)]
)
ASKED = Question(
    id="98.3", title="How many", minutes=1, kind="number", prompt="?", stub="answer = ...", answer=2.5
)  # fmt: skip


@pytest.fixture(autouse=True)
def lesson() -> Iterator[None]:
    register("98", [DOUBLE, NEXT, ASKED])
    yield
    unregister("98")
    forget_session()


def test_it_works_as_the_answer_does(capsys: pytest.CaptureFixture[str]) -> None:
    back = check("98.1", None)
    assert back(21) == 42
    assert back.__name__ == "double"
    assert back.__doc__ == "Twice x."
    assert back is handed_back(DOUBLE)
    assert whose(back) == "98.1"


def wrapped(back: Any) -> list[Any]:
    def calling(x: int) -> int:
        return back(x)  # type: ignore[no-any-return]

    class Caller:
        def __call__(self, x: int) -> int:
            try:
                return back(x)  # type: ignore[no-any-return]
            except Exception:
                return 0

    return [back, lambda x: back(x) + 0, functools.partial(back), calling, Caller(), lambda x: sum(map(back, [x]))]


@pytest.mark.parametrize("kind", range(6))
def test_no_wrapping_makes_an_answer_of_it(kind: int, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = judge(DOUBLE, wrapped(check("98.1", None))[kind])
    assert verdict.status == "not tried"
    assert "this is the course's own answer, which an earlier check handed back" in verdict.text


def test_the_courses_function_itself_is_no_answer_either() -> None:
    verdict = judge(DOUBLE, lambda x: find("98.1").reference(x))  # type: ignore[union-attr]
    assert verdict.status == "wrong"
    assert "calls the course's own `double`" in verdict.text
    assert judge(DOUBLE, twice).status == "correct"


def test_it_may_be_used_in_the_answer_to_another_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    back = check("98.1", None)
    assert judge(NEXT, lambda x: back(back(x))).status == "correct"


def test_numbers_and_texts(capsys: pytest.CaptureFixture[str]) -> None:
    back = check("98.3", 7)
    assert back == 2.5
    assert is_handed_back(ASKED, back)
    assert judge(ASKED, back).status == "not tried"
    assert judge(ASKED, 2.5).status == "correct"


def test_strict_raises(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("98.1", twice, strict=True) is twice
    for answer in (None, lambda x: x, check("98.1", None)):
        with pytest.raises(AssertionError, match=r"98\.1 Twice: not"):
            check("98.1", answer, strict=True)
