"""A class of made learners in lesson 02: right, partly right, wrong, and each way of cheating that is known.

python tests/grade_class.py FOLDER     makes the folders, grades them, and prints what each should get and what it got
"""

import ast
import inspect
import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from dc_lab.course import lay, notebooks, work
from dc_lab.course.exercises import Exercise, find, find_lesson
from dc_lab.course.sources import solution_source, stub_source

LESSON = "02"
IDS = [exercise.id for exercise in find_lesson(LESSON).exercises]


class Renamed(ast.NodeTransformer):
    """Other names for what a function itself gives a name to; its arguments keep theirs."""

    def __init__(self, names):
        self.names = names

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node


def renamed(source, ending):
    tree = ast.parse(source)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names -= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return ast.unparse(Renamed({name: f"{name}_{ending}" for name in names}).visit(tree))


def right(ending):
    """The solutions, with other names and a line that does nothing, different for each learner."""
    answers = {}
    for exercise_id in IDS:
        tree = ast.parse(renamed(solution_source(exercise_id), ending))
        tree.body[0].body.insert(1, ast.parse(f"{ending} = {len(ending)}").body[0])
        answers[exercise_id] = ast.unparse(tree)
    return answers


def mistake(exercise_id, number):
    """A known mistake that stands alone, under the name of the exercise."""
    exercise = find(exercise_id)
    assert isinstance(exercise, Exercise)
    found = []
    for each in exercise.misconceptions:
        if inspect.isfunction(each.wrong) and each.wrong.__name__ != "<lambda>" and not each.wrong.__closure__:
            source = textwrap.dedent(inspect.getsource(each.wrong))
            node = ast.parse(source).body[0]
            node.decorator_list = []
            node.name = exercise.name
            found.append(ast.unparse(node))
    return found[number % len(found)]


def of_one(exercise_id, source):
    return {exercise_id: source}


MASK = "02.2"
CALLED = "def magnitude_mask(weights, density):\n    {}"
CHEATS = {
    "lambda around the reference": "from dc_lab.course.exercises import find\n"
    'magnitude_mask = lambda w, d: find("02.2").reference(w, d)',
    "lambda around check": 'handed = check("02.2", None)\nmagnitude_mask = lambda w, d: handed(w, d)',
    "check itself": 'magnitude_mask = check("02.2", None)',
    "import by name": CALLED.format('import importlib; return importlib.import_module("dc_lab." + "pruning")'
    ".magnitude_mask(weights, density)"),
    "reads the course": CALLED.format(
        "import sys, pathlib\n    root = next(p for p in sys.path if (pathlib.Path(p) / 'dc_lab').is_dir())\n"
        "    space = {}\n    exec((pathlib.Path(root) / 'dc_lab/course/lessons/lesson_02/ex_2_magnitude_mask.py')"
        ".read_text(), space)\n    return space['magnitude_mask'](weights, density)"
    ),
    "network": CALLED.format(
        "import urllib.request\n    return urllib.request.urlopen('http://127.0.0.1:9').read()"
    ),
    "program": CALLED.format("import subprocess\n    return subprocess.run(['true'])"),
    "writes a file": CALLED.format("open('was_here', 'w').write('x')"),
    "infinite loop": CALLED.format("while True: pass"),
    "endless cell": "while True: pass\n" + CALLED.format("return weights"),
    "memory hog": CALLED.format("import numpy as np; return np.ones((1 << 36,)) > weights.sum()"),
    "ends the process": CALLED.format("import os; os._exit(0)"),
    "equal to all": "class Yes:\n    def __eq__(self, other): return True\n    def __call__(self, *a): return Yes()\n"
    "magnitude_mask = Yes()",
    "no Python": "def magnitude_mask(weights, density)\n    return weights > 0",
}  # fmt: skip
TRAINS = "def train_masked(model, masks, batches, lr=1e-3):\n    {}"
CHEATS_BESIDE = {
    "looks into frames": TRAINS.format("import sys\n    sys._getframe(1).f_locals.clear()"),
    "loop in training": TRAINS.format("while True: pass"),
    "the package's training": TRAINS.format("from dc_lab import pruning\n    return None"),
}


def write(folder, answers, before="", after=""):
    """A work folder of lesson 02 with answers in the place of stubs, and cells at the top and the end."""
    laid = lay.lay(folder, handout=work.Handout((LESSON,)))
    path = laid.folder.path / lay.lesson_names()[int(LESSON)]
    notebook = notebooks.read_notebook(path)
    stubs = {stub_source(exercise_id).strip(): exercise_id for exercise_id in IDS}
    for cell in notebook["cells"]:
        exercise_id = stubs.get(cell["source"].strip())
        if exercise_id in answers:
            cell["source"] = answers[exercise_id]
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    if before:
        notebook["cells"].insert(0, {**extra, "id": "before", "source": before})
    if after:
        notebook["cells"].append({**extra, "id": "after", "source": after})
    notebooks.write_notebook(path, notebook)
    return path


def make(place):
    """Write the class; what each should get: points by exercise, and a word of a flag or "" for none."""
    expected = {}

    def learner(name, answers, points, flag="", **more):
        expected[name] = {exercise_id: points.get(exercise_id, 0) for exercise_id in IDS}, flag
        return write(place / name, answers, **more)

    everything = dict.fromkeys(IDS, 1)
    for ending in ("a", "bb", "ccc"):
        learner(f"right {ending}", right(ending), everything)
    learner("partly 1", of_one("02.1", right("p")["02.1"]), {"02.1": 1})
    some = right("qq")
    learner("partly 2", {each: some[each] for each in ("02.1", "02.2", "02.4")}, {"02.1": 1, "02.2": 1, "02.4": 1})
    wrong_mask = {**right("rrr"), MASK: mistake(MASK, 0)}
    learner("one wrong", wrong_mask, {**everything, MASK: 0})
    for number in range(3):
        learner(f"mistakes {number}", {each: mistake(each, number) for each in ("02.1", MASK, "02.4")}, {})
    learner("untouched", {}, {})
    learner("pasted", {each: solution_source(each) for each in (MASK, "02.3")}, {}, "copied solution")
    learner(
        "pasted, other names", of_one("02.5", renamed(solution_source("02.5"), "x")), {"02.5": 1}, "with other names"
    )
    for name, source in CHEATS.items():
        learner(name, of_one(MASK, source), {}, "asks the course" if "check(" in source or "find(" in source else "")
    for name, source in CHEATS_BESIDE.items():
        learner(name, of_one("02.3", source), {})
    redefined = "def check(exercise_id, answer, strict=False):\n    return answer"
    learner("check redefined", of_one(MASK, CALLED.format("return weights")), {}, "redefined", before=redefined)
    states = {exercise_id: {"state": "solved"} for exercise_id in IDS}
    path = learner("progress written", {}, {}, "progress file says solved")
    (path.parent / ".dc_lab" / "progress.json").write_text(json.dumps({"exercises": states}), encoding="utf-8")
    path = learner("no JSON", {}, {}, "no notebook")
    path.write_text("not JSON", encoding="utf-8")
    for name in ("alike 1", "alike 2"):
        text = "# mine\n" + renamed(right("s")["02.5"], name[-1])
        learner(name, of_one("02.5", text), {"02.5": 1}, "like alike")
    path = learner("only mine", {}, {"02.1": 1})
    (path.parent / "mine" / "pruning.py").write_text(
        f"import numpy as np\n\n\n# 02.1 mine\n{right('m')['02.1']}\n", encoding="utf-8"
    )
    return expected


def main(place):
    """Make, grade, compare; 1 where somebody got something else."""
    place.mkdir(parents=True)
    expected = make(place / "class")
    began = time.perf_counter()
    command = [sys.executable, "-m", "dc_lab", "grade", str(place / "class"), "-o", str(place / "grades.csv")]
    subprocess.run([*command, "--workers", "2", "--pages", str(place / "pages"), "--no-labs"], check=True)
    print(f"{len(expected)} folders in {time.perf_counter() - began:.0f} s\n")
    return 0 if compare(expected, place / "grades.csv") else 1


def compare(expected, path):
    """Print a row each learner; whether all got what they should."""
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["folder"]: row for row in csv.DictReader(file)}
    good = True
    print("| learner | should get | got | flags |\n|---|---|---|---|")
    for name, (points, flag) in expected.items():
        row = rows[name]
        got = {each: int(row[each] or 0) for each in IDS}
        fine = got == points and flag in row["flags"] and row["status"] == "ok"
        good &= fine
        words = " ".join(str(points[each]) for each in IDS), " ".join(str(got[each]) for each in IDS)
        print(f"| {name} | {words[0]} | {words[1]} | {row['flags'][:150]}{'' if fine else ' | NOT AS EXPECTED'} |")
    return good


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
