"""Finding the learner's own functions again in the work folder's `mine`."""

import dataclasses
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from dc_lab.course import exercises, mine, own, solution_source, work
from dc_lab.course.exercises import Exercise
from dc_lab.course.given import handed_back, is_handed_back

ID = "02.1"


@pytest.fixture
def exercise() -> Exercise:
    return exercises.find(ID)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> work.Folder:
    monkeypatch.delenv(work.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / work.MARK).mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text(mine.INIT, encoding="utf-8")
    yield work.Folder(tmp_path.resolve())
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if path not in mine._on_path]


def write(folder: work.Folder, source: str) -> None:
    mine.write(folder.mine / "pruning.py", f"import numpy as np\n\n\n{source}\n")


def test_an_answer_in_mine_is_the_learners(folder, exercise):
    write(folder, solution_source(ID))
    for found in (own.yours(ID), own.yours(ID, folder.path), own.yours(ID, folder.path / "mine")):
        assert not is_handed_back(exercise, found)
        assert found.__module__ == "mine.pruning"
    case = exercise.shown or exercise.cases[0]
    np.testing.assert_equal(np.asarray(found(*case)), np.asarray(exercise.reference(*case)))


def test_what_is_said(folder, exercise, capsys):
    write(folder, solution_source(ID))
    own.yours(ID)
    assert capsys.readouterr().out == f"{ID} {exercise.name}: yours\n"


def test_a_later_answer_is_seen(folder, capsys):
    """Also one of the same length, written in the same second."""
    write(folder, "def loss_increase(weights, curvature):\n    return 0.5 * curvature * weights**2")
    first = own.yours(ID)
    write(folder, "def loss_increase(weights, curvature):\n    return weights**2 * curvature * 0.5")
    second = own.yours(ID)
    assert first.__code__.co_code != second.__code__.co_code
    write(folder, "def loss_increase(weights, curvature):\n    return weights**2 * curvature * 5.0")
    assert own.yours(ID) is handed_back(exercises.find(ID))
    assert "yours does not pass its check" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (None, "not solved yet"),
        ("", "not solved yet"),
        ("def {name}(*args):\n    raise NotImplementedError", "not solved yet"),
        ("def {name}(*args):\n    return 0", "yours does not pass its check"),
        ("1 / 0", "mine/pruning.py cannot be imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "mine/pruning.py cannot be imported: SystemExit: 3"),
    ],
)
def test_otherwise_it_is_the_courses(folder, exercise, capsys, source, problem):
    if source is not None:
        write(folder, source.format(name=exercise.name))
    assert own.yours(ID) is handed_back(exercise)
    assert capsys.readouterr().out == f"{ID} {exercise.name}: the course's ({problem})\n"


def test_a_syntax_error(folder, exercise, capsys):
    write(folder, "def (")
    assert own.yours(ID) is handed_back(exercise)
    assert "mine/pruning.py cannot be imported: SyntaxError" in capsys.readouterr().out


def test_without_a_work_folder(tmp_path, monkeypatch, exercise, capsys):
    monkeypatch.delenv(work.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert own.yours(ID) is handed_back(exercise)
    assert capsys.readouterr().out == f"{ID} {exercise.name}: the course's (no work folder here)\n"
    monkeypatch.setenv(work.VARIABLE, str(tmp_path))
    assert own.yours(ID) is handed_back(exercise)
    assert "which is no work folder" in capsys.readouterr().out


def test_questions_have_no_function():
    every = [e for number in exercises.lesson_numbers() for e in exercises.find_lesson(number).exercises]
    question = next(e for e in every if isinstance(e, exercises.Question))
    with pytest.raises(ValueError, match="is a question"):
        own.yours(question.id)


def test_a_lesson_that_has_no_module(folder, capsys):
    exercise = dataclasses.replace(exercises.find("10.1"), id="99.1")
    exercises.register("99", [exercise])
    assert own.yours("99.1") is handed_back(exercise)
    assert "lesson 99 has no part in mine" in capsys.readouterr().out
    exercises.unregister("99")


def run(folder: work.Folder, *cells: str) -> list[str]:
    """What the cells of a small notebook print, each in a real kernel."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    resources = {"metadata": {"path": str(folder.path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    return [
        "".join((output.get("text") or output.get("data", {}).get("text/plain", "")) for output in cell.outputs)
        for cell in notebook.cells
    ]


@pytest.mark.slow
def test_what_one_kernel_accepts_is_yours_in_another(folder):
    first = run(
        folder,
        "import numpy as np\nfrom dc_lab.course import check",
        "%time OFFSET = 0\n\n\ndef loss_increase(weights, curvature):\n"
        "    return 0.5 * curvature * weights**2 + EXACT\nEXACT = 0",
        f'loss_increase = check("{ID}", loss_increase)',
    )
    assert "\nIn mine/pruning.py now." in first[2]
    second = run(
        folder,
        f'from dc_lab.course import check, progress, yours\nmask = yours("{ID}")\nprogress("02")',
        "def magnitude_mask(weights, density):\n    import numpy\n"
        "    keep = round(density * weights.size)\n    order = numpy.argsort(-abs(weights), axis=None, kind='stable')\n"
        "    found = mask(numpy.zeros(weights.size), 1.0) > 0\n    found[order[:keep]] = True\n"
        "    return found.reshape(weights.shape)",
        'magnitude_mask = check("02.2", magnitude_mask)',
    )
    assert second[0].startswith(f"{ID} loss_increase: yours\n")
    assert "5 min  solved" in second[0]
    assert "\nIn mine/pruning.py now." in second[2]
    text = (folder.mine / "pruning.py").read_text(encoding="utf-8")
    assert "# 02.2 A mask of an exact density\nmask = loss_increase\n\n\ndef magnitude_mask" in text
    assert text.count("EXACT") == 2
    assert "OFFSET" not in text
