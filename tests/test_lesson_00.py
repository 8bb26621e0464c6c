"""Lesson 00: cells that go wrong on purpose, and its one exercise's way into `mine`."""

import nbformat
import pytest
from nbclient import NotebookClient

from dc_lab.course.exercises import find_lesson
from dc_lab.course.lessons.lesson_00 import run_as_cell
from dc_lab.course.lessons.lesson_00.contents import LESSONS, course_map


def test_outside_of_a_notebook_a_cell_is_printed(capsys):
    run_as_cell("raise SystemExit")
    assert capsys.readouterr().out == "raise SystemExit\n"


def _text(output):
    """What one output says; a kernel may cut a line that is printed in two pieces into two outputs."""
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return output.text if output.output_type == "stream" else output.data["text/plain"]


@pytest.fixture(scope="module")
def said():
    """What comes out of the cells of a small notebook."""
    sources = [
        "from dc_lab.course import begin, check, progress\nfrom dc_lab.course.lessons.lesson_00 import run_as_cell",
        'begin("00")',
        "def compression_ratio(parameters, file_bytes):\n    return 4 * parameters / file_bytes",
        'compression_ratio = check("00.1", compression_ratio)',
        'run_as_cell("def compression_ratio(a, b)\\n    return a\\nother = 3")',
        'print(compression_ratio(250, 100), "other" in globals())',
        'check("00.1", lambda parameters, file_bytes: 0.5);',
        "progress()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=120).execute()
    return ["".join(map(_text, cell.outputs)) for cell in notebook.cells]


def test_a_cell_that_cannot_run_says_so_and_leaves_no_trace(said):
    assert "This cell cannot run: SyntaxError in line 1" in said[4]
    assert "Traceback" not in "".join(said)
    assert "10.0 False" in said[5]


def test_what_was_solved_stays_solved_in_a_session(said):
    assert "1 exercise, about 5 minutes" in said[1]
    assert "not right yet" in said[6]
    assert "5 min  solved" in said[7]


def test_the_map_of_the_course(tmp_path):
    for number in ("00", "02"):
        (tmp_path / f"{number}_x.ipynb").touch()
    lines = course_map(tmp_path).splitlines()
    assert len(lines) == 2 + len(LESSONS)
    for number in ("00", "02"):
        exercises = find_lesson(number).exercises
        [row] = [line.split() for line in lines if line.startswith(f"{number} ")]
        assert row[-2:] == [str(len(exercises)), str(sum(exercise.minutes for exercise in exercises))]
    assert sum("to come" in line for line in lines) == len(LESSONS) - 2
