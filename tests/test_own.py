"""Taking the learner's own functions from saved notebooks."""

import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest

from dc_lab.course import check_source, exercises, own, solution_source, stub_source

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LESSON = "02"


@pytest.fixture
def exercise() -> exercises.Exercise:
    return next(e for e in exercises.find_lesson(LESSON).exercises if isinstance(e, exercises.Exercise))


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copy(next(NOTEBOOKS.glob(f"{LESSON}_*.ipynb")), tmp_path)
    return tmp_path


def fill_in(folder: Path, exercise: exercises.Exercise, source: str, before: str = "") -> None:
    """Answer an exercise in the notebook; `before` goes into the notebook's first code cell."""
    path = next(folder.glob("*.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells[0].source += f"\n{before}"
    next(cell for cell in cells if cell.source == stub_source(exercise.id)).source = source
    nbformat.write(notebook, path)


def test_a_solved_notebook_gives_the_learners_function(folder, exercise, capsys):
    fill_in(folder, exercise, solution_source(exercise.id))
    found = own.yours(exercise.id, folder)
    assert capsys.readouterr().out == f"{exercise.id} {exercise.name}: yours\n"
    assert found is not exercise.reference
    assert found.__module__ == next(folder.glob("*.ipynb")).stem


def test_imports_and_answers_before_it_are_there(folder, exercise, capsys):
    solved = solution_source(exercise.id).replace(f"def {exercise.name}(", "def other(")
    fill_in(
        folder, exercise, f"{solved}\n\n{exercise.name} = other\nprint(mathematics.pi)", "import math as mathematics"
    )
    own.yours(exercise.id, folder)
    assert capsys.readouterr().out == f"{exercise.id} {exercise.name}: yours\n"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (None, "not solved yet"),
        ("def {name}(*args):\n    return 0", "yours does not pass its check"),
        ("def {name}(:", "its cell raises SyntaxError"),
        ("1 / 0", "its cell raises ZeroDivisionError"),
        ("", "not solved yet"),
    ],
)
def test_otherwise_it_is_the_courses(folder, exercise, capsys, source, problem):
    if source is not None:
        fill_in(folder, exercise, source.format(name=exercise.name))
    assert own.yours(exercise.id, folder) is exercise.reference
    assert capsys.readouterr().out == f"{exercise.id} {exercise.name}: the course's ({problem})\n"


def test_notebooks_that_are_not_there_or_damaged(tmp_path, exercise, capsys):
    assert own.yours(exercise.id, tmp_path) is exercise.reference
    assert "no notebook of lesson 02 here" in capsys.readouterr().out
    damaged = tmp_path / f"{LESSON}_pruning.ipynb"
    for content in ("{", "[]", '{"cells": [{"source": []}]}'):
        damaged.write_text(content, encoding="utf-8")
        assert own.yours(exercise.id, tmp_path) is exercise.reference
        assert "02_pruning.ipynb cannot be read" in capsys.readouterr().out
    damaged.write_text('{"cells": []}', encoding="utf-8")
    assert own.yours(exercise.id, tmp_path) is exercise.reference
    assert "has no check of it" in capsys.readouterr().out


def test_questions_have_no_function():
    question = next(e for e in exercises.find_lesson("00").exercises if isinstance(e, exercises.Question))
    with pytest.raises(ValueError, match="is a question"):
        own.yours(question.id)


def test_the_shipped_notebooks_are_found(capsys):
    for number in exercises.lesson_numbers():
        for each in exercises.find_lesson(number).exercises:
            if isinstance(each, exercises.Exercise):
                assert own.yours(each.id, NOTEBOOKS) is each.reference
                assert capsys.readouterr().out == f"{each.id} {each.name}: the course's (not solved yet)\n"
                assert check_source(each.id).startswith(each.name)


def test_a_function_found_can_be_called(folder, exercise):
    fill_in(folder, exercise, solution_source(exercise.id))
    found = own.yours(exercise.id, folder)
    case = exercise.shown or exercise.cases[0]
    np.testing.assert_equal(np.asarray(found(*case)), np.asarray(exercise.reference(*case)))
