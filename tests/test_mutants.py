"""The mutation tester, and what the checks of the lessons make of the mutants of their solutions."""

import ast

import pytest

from dc_lab.course import mutants, solution_source
from dc_lab.course.exercises import Exercise, find_lesson, register, unregister

LESSONS = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
"""Lessons whose checks refuse every mutant of their solutions but those on their lists."""

MOST_EQUIVALENT = 0.03
"""Share of the mutants of a lesson that may stand on the lists."""


def names(source: str) -> list[str]:
    return [mutant.name.partition(": ")[2] for mutant in mutants.mutants(source)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a < b", ["a < b -> a <= b", "a < b -> a > b"]),
        ("return a + b", ["a + b -> a - b"]),
        ("return a // b", ["a // b -> a / b"]),
        ("return a and b", ["a and b -> a or b"]),
        ("return not a", ["not a -> a"]),
        ("return a[b:]", ["b: -> b + 1:", "b: -> b + -1:"]),
        ("return a.copy()", ["a.copy() -> a"]),
        (
            "return np.zeros(a, dtype=b)",
            ["np.zeros(a, dtype=b) -> np.zeros(a)", "np.zeros(a, dtype=b) -> a", "np.zeros -> np.ones"],
        ),
        ("return f(a, b)", ["f(a, b) -> f(a)", "f(a, b) -> f(b, a)"]),
        ("return max(a, b)", ["max(a, b) -> max(a)", "max -> min"]),
        ("return 3", ["3 -> 4", "3 -> 2"]),
        ("return True", ["True -> False"]),
        ("return 0.5", ["0.5 -> 0.505"]),
        ("return a if b else c", ["a if b else c -> c if b else a"]),
    ],
)
def test_operators(line, expected):
    """What one line becomes; that the line itself is left out comes on top."""
    found = names(f"def f(a, b):\n    {line}")
    assert set(expected) <= set(found)
    assert len(found) == len(expected) + 1
    assert found[-1].endswith("-> nothing")


def test_a_loop_that_ends_early():
    found = names("def f(a):\n    while a:\n        break")
    assert "while a -> while not a" in found
    assert "break -> continue" in found


def test_a_mutant_is_another_program_and_made_once():
    source = "def f(a, b):\n    '''Words 3.'''\n    c = a + b + a + b\n    return c - 0\n"
    texts = [mutant.source for mutant in mutants.mutants(source)]
    original = ast.unparse(ast.parse(source.replace("    '''Words 3.'''\n", "")))
    assert len(set(texts)) == len(texts)
    assert original not in texts
    for text in texts:
        compile(text, "<mutant>", "exec")


def test_two_changes_that_read_alike_are_numbered():
    found = names("def f(a):\n    return g(a + 1) * h(a + 1)")
    assert [name for name in found if name.startswith("a + 1 -> a - 1")] == ["a + 1 -> a - 1 (1)", "a + 1 -> a - 1 (2)"]


@pytest.fixture
def small():
    """An exercise with a case too few: it does not see whether 0 is counted."""

    def positive(numbers):
        """How many are above 0."""
        return sum(number > 0 for number in numbers)

    exercise = Exercise(
        id="98.1", title="Positive", minutes=1, reference=positive, cases=[([1, 2],), ([0.5, 3],), ([-0.5],)], given="",
        solution_text="def positive(numbers):\n    return sum(number > 0 for number in numbers)",
    )  # fmt: skip
    register("98", [exercise], "Small")
    yield exercise
    unregister("98")


def test_a_case_too_few_shows(small):
    result = mutants.judge_mutants(small)
    assert [mutant.name for mutant in result.survived] == ["line 2: number > 0 -> number >= 0"]
    assert result.made == len(result.refused) + 1
    assert not result.equivalent


def test_what_stands_on_the_list_is_equivalent_and_a_stale_entry_shows(small):
    small.equivalents["line 2: number > 0 -> number >= 0"] = "no case has a 0"
    small.equivalents["line 9: a -> b"] = "there is no such line"
    result = mutants.judge_mutants(small)
    assert not result.survived
    assert len(result.equivalent) == 1
    assert mutants.stale(result) == ["line 9: a -> b"]
    assert "98.1 positive" in mutants.table([result])


EXERCISES = [e for number in LESSONS for e in find_lesson(number).exercises if isinstance(e, Exercise)]


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_no_mutant_survives(exercise):
    result = mutants.judge_mutants(exercise)
    assert not [mutant.name for mutant in result.survived]
    assert not mutants.stale(result)
    assert all(exercise.equivalents.values()), "an equivalent without its reason"


@pytest.mark.parametrize("number", LESSONS)
def test_few_mutants_are_equivalent(number):
    """Each on the list stands for one that is made: `stale` sees to that."""
    mine = [e for e in EXERCISES if e.id.startswith(f"{number}.")]
    made = sum(len(mutants.mutants(solution_source(e.id))) for e in mine)
    assert sum(len(e.equivalents) for e in mine) <= MOST_EQUIVALENT * made


@pytest.mark.parametrize("number", LESSONS)
def test_every_solution_has_mutants(number):
    for exercise in (each for each in find_lesson(number).exercises if isinstance(each, Exercise)):
        assert len(mutants.mutants(solution_source(exercise.id))) >= 5
