"""dc_lab.course.minutes: one rule, and what all pages say is what it gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.course import minutes
from dc_lab.course.exercises import find, find_lesson, lesson_numbers

EVERY = [exercise.id for number in lesson_numbers() for exercise in find_lesson(number).exercises]
counts = st.integers(0, 500)


@given(counts, st.integers(0, 60), st.integers(1, 4))
def test_the_rule(words, lines, tries):
    """Never below what it adds up to, less than a step above it, and a multiple of the step."""
    found = minutes.estimate(words, lines, tries)
    exact = words / 150 + tries * lines / 2
    assert found % 5 == 0
    assert max(5, exact) <= found < max(exact, 0.1) + 5 or found == 5


@given(counts, st.integers(0, 60), st.integers(1, 4))
def test_more_of_anything_takes_no_less(words, lines, tries):
    found = minutes.estimate(words, lines, tries)
    assert minutes.estimate(words + 40, lines, tries) >= found
    assert minutes.estimate(words, lines + 3, tries) >= found
    assert minutes.estimate(words, lines, tries + 1) >= found


@pytest.mark.parametrize("exercise_id", EVERY)
def test_every_page_says_what_the_rule_gives(exercise_id):
    exercise = find(exercise_id)
    assert exercise.minutes == minutes.of(exercise)
    assert f"{exercise.minutes} minutes" in minutes.heading(exercise)


def test_the_table(capsys):
    minutes.main()
    out = capsys.readouterr().out
    assert all(exercise_id in out for exercise_id in EVERY)


def test_lines_of_a_solution():
    assert minutes.lines(find("02.1")) == 2
    assert minutes.lines(find("11.7")) == 1
