"""Every exercise of every lesson, held against the rules of `exercise_rules`."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from exercise_rules import RULES, every_mistake_is_recognised, knows_many

from dc_lab.course import lessons, mistakes_table
from dc_lab.course.exercises import AnyExercise, Exercise, find_lesson, lesson_numbers

LESSONS = [find_lesson(number) for number in lesson_numbers()]
EXERCISES = [exercise for lesson in LESSONS for exercise in lesson.exercises]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_exercise(exercise: AnyExercise, rule: Callable[[AnyExercise], None]) -> None:
    rule(exercise)


@pytest.mark.slow
@pytest.mark.weekly
@pytest.mark.parametrize("exercise", [each for each in EXERCISES if knows_many(each)], ids=lambda exercise: exercise.id)
def test_all_mistakes(exercise: AnyExercise) -> None:
    every_mistake_is_recognised(exercise)


def test_lessons_have_titles_and_a_few_exercises() -> None:
    for lesson in LESSONS:
        assert lesson.title, f"lesson {lesson.number} has no TITLE"
        # Lesson 00 is the way in: one exercise to warm up. Lesson 08 has a reader and a writer of four parts each.
        few, many = {"00": (1, 1), "08": (3, 8)}.get(lesson.number, (3, 7))
        assert few <= len(lesson.exercises) <= many


def test_every_mistake_is_in_the_instructors_table() -> None:
    for lesson in LESSONS:
        known = sum(len(getattr(e, "misconceptions", getattr(e, "wrong", ()))) for e in lesson.exercises)
        assert len(mistakes_table(lesson.number).splitlines()) == 2 + known


def test_an_exercise_is_found_by_its_number() -> None:
    """`lesson_04/ex_2_kmeans.py` is exercise 04.2, whose function is `kmeans`, and nothing else stands in it."""
    for lesson in LESSONS:
        folder = Path(lessons.__path__[0]) / f"lesson_{lesson.number}"
        assert len(list(folder.glob("ex_*.py"))) == len(lesson.exercises)
        for exercise in lesson.exercises:
            number = exercise.id.partition(".")[2]
            [path] = folder.glob(f"ex_{number}_*.py")
            module = importlib.import_module(f"{lessons.__name__}.{folder.name}.{path.stem}")
            assert module.exercise is exercise
            assert (module.__doc__ or "").startswith(f"{exercise.id} {exercise.title}")
            assert not isinstance(exercise, Exercise) or path.stem == f"ex_{number}_{exercise.name.lower()}"
