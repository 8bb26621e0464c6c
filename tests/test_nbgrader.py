"""A course for nbgrader: its marks, answers that can be taken out, points as `dc-lab grade` gives them."""

import ast
import json

import pytest

from dc_lab.cli.main import main
from dc_lab.course import lay, nbgrader, notebooks
from dc_lab.course.checks import check
from dc_lab.course.exercises import Question, find, find_lesson, lesson_numbers
from dc_lab.course.grading import learner
from dc_lab.course.sources import solution_source, stub_source

EXERCISES = [exercise for number in lesson_numbers() for exercise in find_lesson(number).exercises]


def without_solution(source):
    """What nbgrader's ClearSolutions leaves, by its documentation."""
    lines, inside = [], False
    for line in source.split("\n"):
        if nbgrader.BEGIN in line:
            lines.append(line.replace(nbgrader.BEGIN, nbgrader.RAISE))
        inside = (inside or nbgrader.BEGIN in line) and nbgrader.END not in line
        if not inside and nbgrader.END not in line:
            lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("name", lay.lesson_names())
def test_every_lesson_has_its_marks(name):
    cells, exercises = nbgrader.notebook(name)["cells"], find_lesson(name[:2]).exercises
    marks = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells if "nbgrader" in cell["metadata"]}
    assert sum(key.startswith("test-") for key in marks) == len(exercises)
    for exercise in exercises:
        number = exercise.id.replace(".", "-")
        test = marks[f"test-{number}"]
        assert test["metadata"]["nbgrader"] == {
            "grade_id": f"test-{number}", "grade": True, "solution": False, "locked": True, "task": False,
            "schema_version": 3, "cell_type": "code", "points": 1,
        }  # fmt: skip
        assert nbgrader.HIDDEN in test["source"]
        ast.parse(test["source"])
        if isinstance(exercise, Question):
            continue
        answer = marks[f"answer-{number}"]
        assert answer["metadata"]["nbgrader"]["solution"]
        assert without_solution(answer["source"]).rstrip() == stub_source(exercise.id)


def test_solutions_between_marks_are_the_course_s():
    """All but the classes of lesson 11 and its question: there the stub stands between the marks, or alone."""
    other = [exercise.id for exercise in EXERCISES if nbgrader.answer_source(exercise) is None]
    assert other == ["11.3", "11.4", "11.5", "11.6", "11.7"]
    source = nbgrader.answer_source(find("02.2"))
    solution = ast.parse(solution_source("02.2")).body[0].body
    written = ast.parse(source).body[0].body
    assert [ast.dump(node) for node in written[-len(solution) :]] == [ast.dump(node) for node in solution]


def test_nbgrader_s_own_validator():
    nbgraderformat = pytest.importorskip("nbgrader.nbgraderformat", reason="nbgrader is not installed")
    nbformat = pytest.importorskip("nbformat")
    for name in lay.lesson_names():
        notebook = nbformat.reads(notebooks.notebook_bytes(nbgrader.notebook(name)).decode(), as_version=4)
        nbformat.validate(notebook)
        nbgraderformat.MetadataValidator().validate_nb(notebook)


def outcome_of(source):
    """Run an answer and its test cell, hidden parts included; whether there is a point, and what has the name then."""
    space = {"check": check}
    exec(source, space)
    try:
        exec(nbgrader.test_source(find("02.2")), space)
    except AssertionError:
        return False, space["magnitude_mask"]
    return True, space["magnitude_mask"]


def test_a_right_answer_has_its_point_and_no_other(capsys):
    import numpy as np

    given = f"import numpy as np\n{solution_source('02.2')}"
    right, kept = outcome_of(given)
    assert right
    assert np.array_equal(kept(np.array([[3.0, -1.0]]), 0.5), [[True, False]])
    wrong = "def magnitude_mask(weights, density):\n    return weights > 0"
    found, handed = outcome_of(wrong)
    assert not found
    assert np.array_equal(handed(np.array([[3.0, -1.0]]), 0.5), [[True, False]])  # the notebook goes on
    assert not outcome_of(stub_source("02.2"))[0]
    assert not outcome_of(f"{wrong}\ndef check(exercise_id, answer):\n    return answer")[0]
    for cheat in ("check('02.2', None)", "find('02.2').reference"):
        assert not outcome_of(f"from dc_lab.course.exercises import find\nmagnitude_mask = {cheat}")[0]
    assert not outcome_of("handed = check('02.2', None)\nmagnitude_mask = lambda w, d: handed(w, d)")[0]


def test_points_are_those_of_grade():
    """One function says so in both."""
    from dc_lab.course.verdicts import Verdict, points_for

    assert [points_for(Verdict(status, "")) for status in ("not tried", "wrong", "correct")] == [0, 0, 1]
    assert learner.points_for is points_for
    assert nbgrader.points_for is points_for


def test_the_command(tmp_path, capsys):
    place = tmp_path / "course"
    assert main(["handout", "00", "02", str(place), "--nbgrader"]) == 0
    assert sorted(path.name for path in (place / "source").iterdir()) == ["lesson_00", "lesson_02"]
    assert sorted(path.name for path in (place / "source" / "lesson_02").iterdir()) == [
        "02_pruning.ipynb",
        "FORMAT.md",
        "GLOSSARY.md",
    ]
    config = (place / "nbgrader_config.py").read_text(encoding="utf-8")
    compile(config, "nbgrader_config.py", "exec")
    assert nbgrader.RAISE in config
    assert f"c.Execute.startup_timeout = {nbgrader.SECONDS}\n" in config
    cells = json.loads((place / "source" / "lesson_02" / "02_pruning.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs")]
    assert main(["handout", "02", str(place), "--nbgrader"]) == 2
    assert "is not empty" in capsys.readouterr().err


def test_the_course_s_own_solution_is_no_answer():
    exercise = find("02.2")
    assert exercise.solution is not None
    with pytest.raises(AssertionError):
        nbgrader.graded("02.2", exercise.solution)
