"""A class of made learners in lesson 02, graded by nbgrader: what each should get, what it got, what `grade` says.

python tests/nbgrader_class.py FOLDER                makes the course and a class, runs nbgrader, prints the table
python tests/nbgrader_class.py FOLDER --exchange     hands out and collects through nbgrader's exchange; grades nobody

nbgrader has to be installed (`pip install nbgrader`); it is no dependency of the project. The first learner's
notebook is run as it is. From the others' all is taken that neither imports nor answers nor tests, since it trains for
a minute each; `--whole` runs it. `--only NAME …` at the end makes these learners alone, cut short, without `grade`.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from grade_class import CALLED, CHEATS, IDS, LESSON, MASK, mistake, right

from dc_lab.course import lay, nbgrader, notebooks
from dc_lab.course.sources import stub_source

NAME = lay.lesson_names()[int(LESSON)]
ASSIGNMENT = nbgrader.assignment(LESSON)
EVERYTHING = dict.fromkeys(IDS, 1)
REDEFINED = "def check(exercise_id, answer, strict=False):\n    return answer"
PATCHED = "import dc_lab.course.nbgrader\ndc_lab.course.nbgrader.graded = lambda exercise_id, answer: None"
PACKAGE = "from dc_lab import pruning\n    return pruning.magnitude_mask(weights, density)"
REFERENCE = "from dc_lab.course.exercises import find\nmagnitude_mask = find('02.2').reference"


def fill(notebook, answers, before="", tests=None, short=False):
    """Answers in the place of stubs; a cell at the top; other sources for test cells; without what else runs."""
    stubs = {stub_source(exercise_id).strip(): exercise_id for exercise_id in IDS}
    for cell in notebook["cells"]:
        exercise_id = stubs.get(cell["source"].strip())
        if exercise_id in answers:
            cell["source"] = answers[exercise_id]
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if tests is not None and grade_id.startswith("test-"):
            cell["source"] = tests
    if short:
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for cell in code[1:]:
            if "nbgrader" not in cell["metadata"]:
                cell["source"] = ""
    if tests == "":  # taken out altogether
        cells = notebook["cells"]
        notebook["cells"] = [cell for cell in cells if cell["cell_type"] != "code" or cell["source"]]
    if before:
        extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "id": "before"}
        notebook["cells"].insert(0, {**extra, "source": before})


def learners():
    """Name -> (how the notebook is filled, points by exercise that it should get by rights, points nbgrader gives)."""
    whole = right("a")
    wrong = {**right("rrr"), MASK: mistake(MASK, 0)}
    some = {each: whole[each] for each in ("02.1", MASK, "02.4")}
    known = {each: mistake(each, 1) for each in ("02.1", MASK, "02.4")}
    nothing: dict[str, int] = {}

    def only(source):
        return {"answers": {MASK: source}}

    return {
        "right": ({"answers": whole}, EVERYTHING, EVERYTHING),
        "partly": ({"answers": some}, dict.fromkeys(some, 1), dict.fromkeys(some, 1)),
        "one-wrong": ({"answers": wrong}, {**EVERYTHING, MASK: 0}, {**EVERYTHING, MASK: 0}),
        "mistakes": ({"answers": known}, nothing, nothing),
        "untouched": ({"answers": {}}, nothing, nothing),
        "no-python": (only("def magnitude_mask(weights, density)\n    return weights"), nothing, nothing),
        "loop": (only(CALLED.format("while True: pass")), nothing, nothing),
        "check-redefined": ({"answers": {}, "before": REDEFINED}, nothing, nothing),
        "tests-edited": ({"answers": {}, "tests": "pass"}, nothing, nothing),
        "tests-deleted": ({"answers": {}, "tests": ""}, nothing, nothing),
        "progress-written": ({"answers": {}}, nothing, nothing),
        "reference-itself": (only(REFERENCE), nothing, nothing),
        "check-itself": (only(CHEATS["check itself"]), nothing, nothing),
        "lambda-check": (only(CHEATS["lambda around check"]), nothing, nothing),
        "lambda-reference": (only(CHEATS["lambda around the reference"]), nothing, nothing),
        "package": (only(CALLED.format(PACKAGE)), nothing, nothing),
        "graded-replaced": ({"answers": {}, "before": PATCHED}, nothing, EVERYTHING),
    }  # fmt: skip


def command(place, *words):
    """One of nbgrader's commands, in the course's folder; its last lines where it fails."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=place, capture_output=True, text=True, check=False
    )
    print(f"nbgrader {' '.join(words)}: {time.perf_counter() - began:.0f} s, exit {done.returncode}", flush=True)
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[-15:]))


AS_STUDENT = """
import sys
from nbgrader import utils
utils.get_osusername = lambda: "jovyan"  # so that JUPYTERHUB_USER says who it is, as in the course's image
from nbgrader.apps import NbGraderApp
sys.argv[0] = "nbgrader"
NbGraderApp.launch_instance()
"""


def as_student(home, name, *words):
    """One of nbgrader's commands as a student on a hub gives it."""
    environment = {**os.environ, "JUPYTERHUB_USER": name, "JUPYTER_DATA_DIR": str(home / "data")}
    done = subprocess.run(
        [sys.executable, "-c", AS_STUDENT, *words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{name}: nbgrader {words[0]}: exit {done.returncode}", flush=True)
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[-15:]))


def exchange(place):
    """Release, fetch, submit and collect through a plain folder; 1 where a notebook did not arrive as it was."""
    nbgrader.write(place, (LESSON,))
    root = place / "exchange"
    root.mkdir()
    where, whole = f"--Exchange.root={root}", right("a")
    command(place, "generate_assignment", ASSIGNMENT)
    command(place, "release_assignment", ASSIGNMENT, where)
    sent = {}
    for name, answers in {"anna": whole, "ben": {MASK: whole[MASK]}, "cleo": {}}.items():
        home = place / "students" / name
        home.mkdir(parents=True)
        as_student(home, name, "fetch_assignment", ASSIGNMENT, "--course", "dc_lab", where)
        path = home / ASSIGNMENT / NAME
        notebook = notebooks.read_notebook(path)
        fill(notebook, answers)
        notebooks.write_notebook(path, notebook)
        as_student(home, name, "submit", ASSIGNMENT, "--course", "dc_lab", where)
        sent[name] = path.read_bytes()
    command(place, "collect", ASSIGNMENT, where)
    good = True
    for name, content in sent.items():
        path = place / "submitted" / name / ASSIGNMENT / NAME
        arrived = path.is_file() and path.read_bytes() == content
        good &= arrived
        print(f"{name}: {'arrived as it was sent' if arrived else 'DID NOT ARRIVE'}")
    return 0 if good else 1


def points(place):
    """Learner -> exercise -> points, from nbgrader's gradebook."""
    from nbgrader.api import Gradebook  # type: ignore[import-not-found]

    found = {}
    with Gradebook(f"sqlite:///{place / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(ASSIGNMENT):
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            found[submission.student.id] = {
                grade.name.removeprefix("test-").replace("-", "."): int(grade.score) for grade in grades
            }
    return found


def main(place, whole=False, only=()):
    """Everything; 1 where somebody got something else than is written here. `only` these, and without `grade`."""
    nbgrader.write(place, (LESSON,))
    command(place, "generate_assignment", ASSIGNMENT)
    released = place / "release" / ASSIGNMENT
    class_ = {name: each for name, each in learners().items() if not only or name in only}
    for name, (how, _, _) in class_.items():
        folder = place / "submitted" / name / ASSIGNMENT
        shutil.copytree(released, folder)
        notebook = notebooks.read_notebook(folder / NAME)
        fill(notebook, **how, short=bool(only or name != "right") and not whole)
        notebooks.write_notebook(folder / NAME, notebook)
        if name == "progress-written":
            (folder / ".dc_lab").mkdir()
            states = {exercise_id: {"state": "solved"} for exercise_id in IDS}
            (folder / ".dc_lab" / "progress.json").write_text(json.dumps({"exercises": states}), encoding="utf-8")
    began = time.perf_counter()
    command(place, "autograde", ASSIGNMENT)
    print(f"{(time.perf_counter() - began) / len(class_):.0f} s a learner")
    command(place, "export", "--to", str(place / "nbgrader.csv"))
    with (place / "nbgrader.csv").open(encoding="utf-8", newline="") as file:
        exported = {row["student_id"]: float(row["raw_score"] or 0) for row in csv.DictReader(file)}
    beside = by_grade(place) if not only else {name: {} for name in class_}
    found = points(place)
    good = True
    print("\n| learner | should get | nbgrader gave | `dc-lab grade` gave |\n|---|---|---|---|")
    for name, (_, by_rights, expected) in class_.items():
        row = found.get(name, {})
        fine = row == {each: expected.get(each, 0) for each in IDS} and exported.get(name) == sum(row.values())
        good &= fine
        cells = [" ".join(str(which.get(each, 0)) for each in IDS) for which in (by_rights, row, beside[name])]
        cells[2] = cells[2] if beside[name] else "-"
        print(f"| {name} | {' | '.join(cells)} |{'' if fine else ' NOT AS EXPECTED'}")
    return 0 if good else 1


def by_grade(place):
    """The same notebooks in work folders, judged by `dc-lab grade`."""
    for name in learners():
        submitted = place / "submitted" / name / ASSIGNMENT
        folder = place / "class" / name
        shutil.copytree(submitted, folder)
        (folder / ".dc_lab").mkdir(exist_ok=True)
    out = place / "grade.csv"
    words = [sys.executable, "-m", "dc_lab", "grade", str(place / "class"), "-o", str(out), "--no-labs"]
    subprocess.run([*words, "--lessons", LESSON], check=True, capture_output=True)
    with out.open(encoding="utf-8", newline="") as file:
        return {row["folder"]: {each: int(row[each] or 0) for each in IDS} for row in csv.DictReader(file)}


if __name__ == "__main__":
    folder, chosen = (
        Path(sys.argv[1]).resolve(),
        sys.argv[sys.argv.index("--only") + 1 :] if "--only" in sys.argv else (),
    )
    sys.exit(exchange(folder) if "--exchange" in sys.argv else main(folder, "--whole" in sys.argv, chosen))
