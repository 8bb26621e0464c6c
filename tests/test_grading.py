"""Handing out and grading: which source counts, what runs where, and that cheats earn nothing."""

import csv
import inspect
import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab import course
from dc_lab.cli.main import main
from dc_lab.course import lay, notebooks, turns, variants, work
from dc_lab.course.exercises import find
from dc_lab.course.grading import answers, beside, fence, learner, likeness, remote, results, wire
from dc_lab.course.sources import solution_source

RATIO = "def compression_ratio(parameters, file_bytes):\n    return {}"
MASK = find("02.2")


def pool(*sources):
    return answers.pool_of([{"cell_type": "code", "source": source} for source in sources])


def through(value):
    file = io.BytesIO()
    wire.write(file, {}, value)
    file.seek(0)
    return wire.read(file)["values"]


@given(arrays.arrays(st.sampled_from(["f4", "f8", "i8", "u1", "?"]), arrays.array_shapes(min_dims=0, min_side=0)))
def test_arrays_come_through_as_they_are(array):
    found = through([array, {"a": (1, 2.5, None)}, b"x", np.asfortranarray(array)])
    assert found[0].dtype == array.dtype
    assert found[0].tobytes() == array.tobytes()
    assert found[1:3] == [{"a": (1, 2.5, None)}, b"x"]
    assert found[3].flags.f_contiguous


def test_what_is_of_no_known_type_comes_as_its_name():
    assert type(through(iter([]))).__name__ == "list_iterator"
    with pytest.raises(wire.WireError):
        wire.read(io.BytesIO(bytes(8) + b"\x02" + bytes(7) + b"{]"))


LONG = """def f(a):
    total = 0
    for i in range(3):
        total += a[i] * a[i + 1] - a[i] // 2
    return total + 1"""


def test_likeness_leaves_out_comments_and_names():
    other = LONG.replace("total", "s").replace("def f(a):", "def f(a):  # mine\n    'words'")
    assert likeness.print_of(LONG)
    assert likeness.print_of(LONG) != likeness.print_of(other)
    assert likeness.print_of(LONG, renamed=True) == likeness.print_of(other, renamed=True)
    assert likeness.print_of(LONG, renamed=True) != likeness.print_of(LONG.replace("+ 1]", "+ 2]"), renamed=True)
    assert likeness.print_of("def f(a):\n    return a") == ""


def in_notebook(*sources):
    return answers.in_notebook(MASK, MASK.name, pool(*sources), {})


def test_the_answer_is_what_was_checked_last_and_what_it_needs():
    cells = (
        "%matplotlib inline\nimport numpy as np, os",
        "unused = 1\nhalf = 2",
        "def g(w, d):\n    return np.abs(w) > half",
    )
    found = in_notebook(*cells, 'magnitude_mask = check("02.2", g)', 'check("02.2", None)')
    space = {}
    exec(found.source, space)
    assert space["magnitude_mask"](np.array([1, 3]), 0).tolist() == [False, True]
    assert "unused" not in found.source
    assert "os" not in found.source
    assert in_notebook(MASK.stub, 'magnitude_mask = check("02.2", magnitude_mask)') is None
    assert "lambda" in in_notebook('check("02.2", lambda w, d: w)').source


def test_asking_the_course_is_seen():
    found = in_notebook("from dc_lab.course import check", 'magnitude_mask = check("02.2", None)')
    assert found.flags == ("asks the course",)
    assert answers.suspicious("from dc_lab import pruning") == ["uses dc_lab"]
    assert answers.suspicious("from dc_lab.networks import models") == []


def test_what_leads_into_python_is_refused():
    assert beside.refused("def f(x):\n    return x.__globals__") == "__globals__"
    assert beside.refused(solution_source("02.3")) is None


def test_a_call_in_the_room_changes_what_it_changes_there():
    source = "last = [0]\ndef f(a, b=1):\n    a[0] = 7\n    return last\n"
    with remote.answer("f", source, None, 5.0, 4 << 30, 30.0) as function:
        given_list = [1, 2]
        assert function(given_list) == [0]
        assert given_list == [7, 2]
        with pytest.raises(TypeError, match="item assignment"):
            function(3)
    with (
        pytest.raises(remote.CannotRun, match="out of reach"),
        remote.answer("f", "from dc_lab.course import check as f", None, 5.0, 4 << 30, 30.0),
    ):
        pass


def folder_with(place, source):
    laid = lay.lay(place, handout=work.Handout(("00",), solutions=False))
    path = place / lay.lesson_names()[0]
    notebook = notebooks.read_notebook(path)
    for cell in notebook["cells"]:
        if cell["source"].startswith("def compression_ratio"):
            cell["source"] = source
    notebooks.write_notebook(path, notebook)
    return laid.folder


def test_a_class_is_graded(tmp_path, capsys):
    folder_with(tmp_path / "class/right", RATIO.format("4 * parameters / file_bytes"))
    folder_with(tmp_path / "class/wrong", RATIO.format("parameters / file_bytes"))
    cheat = "from dc_lab.course.exercises import find\ncompression_ratio = lambda a, b: find('00.1').reference(a, b)"
    folder_with(tmp_path / "class/cheat", cheat)
    broken = folder_with(tmp_path / "class/broken", "")
    (broken.path / lay.lesson_names()[0]).write_text("no JSON", encoding="utf-8")
    (tmp_path / "class/empty").mkdir()
    out = tmp_path / "grades.csv"
    assert main(["grade", str(tmp_path / "class"), "-o", str(out), "--seed", "3", "--pages", str(tmp_path / "p")]) == 0
    rows = {row["folder"]: row for row in csv.DictReader(out.read_text(encoding="utf-8").splitlines())}
    assert {name: row["total"] for name, row in rows.items()} == {
        "broken": "0", "cheat": "0", "empty": "", "right": "1", "wrong": "0",
    }  # fmt: skip
    assert "asks the course" in rows["cheat"]["flags"]
    assert "no notebook" in rows["broken"]["flags"]
    assert rows["empty"]["status"] == "neither notebooks nor mine in it"
    assert "not right yet" in (tmp_path / "p" / "wrong.html").read_text(encoding="utf-8")
    assert "5 of 5" in capsys.readouterr().out


def test_alike_and_formulas():
    same = [learner.Graded("00.1", "correct", "", 1, renamed="x") for _ in range(2)]
    class_ = [learner.Result(name, exercises=[each]) for name, each in zip(("=a", "b"), same, strict=True)]
    learner.flag_alike(class_)
    assert [each.flags for each in same] == [["like b"], ["like =a"]]
    assert "\n'=a,ok,1,1,1," in results.table(class_, ["00"], False)


def test_a_handout_has_its_lessons_and_no_solutions(tmp_path, monkeypatch, capsys):
    assert main(["handout", "02", "04", str(tmp_path / "h"), "--no-solutions"]) == 0
    assert [path.name[:2] for path in sorted((tmp_path / "h").glob("*.ipynb"))] == ["02", "04"]
    assert len(lay.update(work.Folder(tmp_path / "h"))) == 2
    monkeypatch.setenv(work.VARIABLE, str(tmp_path / "h"))
    from dc_lab.course import solution

    capsys.readouterr()
    solution("02.2")
    assert "switched off" in capsys.readouterr().out
    assert main(["handout", "77", str(tmp_path / "x")]) == 2


def test_questions_stand_in_the_order_of_each_learner(tmp_path, monkeypatch, capsys):
    names = [f"learner {i}" for i in range(4)]
    assert main(["handout", "11", str(tmp_path / "c"), "--learners", *names, "--variants", "9"]) == 0
    right, question = set(), find("11.7")
    for name in names:
        folder = work.Folder(tmp_path / "c" / name)
        mine_is = question.variant(variants.seed_of(9, name))
        [text] = [
            cell["source"]
            for cell in notebooks.read_notebook(next(folder.path.glob("11_*.ipynb")))["cells"]
            if "Question 11.7" in cell["source"]
        ]
        # What stands behind each letter is what that letter is judged as.
        for letter, said in mine_is.choices.items():
            assert f"- **{letter}**: {said}" in " ".join(text.split())
        assert set(lay.update(folder)) == {f"{next(folder.path.glob('11_*.ipynb')).name}: as it was"}
        monkeypatch.setenv(work.VARIABLE, str(folder.path))
        capsys.readouterr()
        for letter in question.choices:
            course.check("11.7", letter)
            assert ("11.7 An honest choice: correct" in capsys.readouterr().out) == (letter == mine_is.value)
        assert course.check("11.7", None) == mine_is.value
        capsys.readouterr()
        course.solution("11.7")
        assert f"    '{mine_is.value}': Take the smallest" in capsys.readouterr().out
        task = learner.Task(folder.path, name, ("11",), 1, variant=variants.seed_of(9, name))
        answer = answers.Answer("way", f'way = "{mine_is.value}"')
        assert learner.verdict(question, answer, task, folder).status == "correct"
        right.add(mine_is.value)
    assert len(right) > 1
    capsys.readouterr()
    assert main(["handout", "11", str(tmp_path / "d"), "--learners", "a/b"]) == 2
    assert main(["handout", "11", str(tmp_path / "d"), "--learners", "ab", "AB"]) == 2
    assert main(["handout", "11", str(tmp_path / "d"), "--variants", "3"]) == 2
    said = capsys.readouterr().err
    assert "'a/b' is no name of a folder" in said
    assert "'ab' is there twice" in said
    assert not (tmp_path / "d").exists()


def test_a_question_whose_text_is_another_has_no_variant():
    cells = [{"cell_type": "markdown", "source": "### Question 11.7: x\n\n- **a**: one\n- **b**: two\n"}]
    with pytest.raises(ValueError, match="choice a of question"):
        variants.ask(cells, [find("11.7")], 5)


def test_each_learner_gets_cases_of_their_own():
    seeds = {variants.seed_of(seed, name) for seed in (1, 2) for name in ("anna", "ben")}
    assert len(seeds) == 4
    assert variants.seed_of(1, "Zoe\u0308") == variants.seed_of(1, "Zo\u00eb")


CLASS = """
class Total:
    def __init__(self, start=5):
        self.sum = start

    def add(self, a, b=0):
        self.sum += a + b
        return self.sum

    def rest(self, numbers):
        first = next(numbers)
        self.sum += first
        return [first, self.sum]
"""


def test_objects_and_iterators_of_an_answer_are_called_where_they_are():
    with remote.answer("Total", CLASS, None, 5.0, 4 << 30, 30.0) as total:
        assert inspect.signature(total).parameters["start"].default == 5
        one, other = total(), total(100)
        assert type(one).__name__ == "Total"
        assert (one.add(1), other.add(1, 2), one.add(1)) == (6, 103, 7)
        calls = [("add", (i,) if i % 3 else (i, 0.5)) for i in range(200)]
        here = {}
        exec(CLASS, here)
        assert turns.in_turn(total(), calls) == turns.in_turn(here["Total"](), calls)
        for numbers in (iter([3, 4, 5]), iter(b"\3\4\5")):
            assert one.rest(numbers)[0] == 3
            assert list(numbers) == [4, 5]
        assert one.rest(each for each in [3, 4])[0] == 3
        with pytest.raises(AttributeError, match="subtract"):
            one.subtract(1)
        with pytest.raises(StopIteration):
            one.rest(iter([]))


def test_what_an_answer_changes_behind_an_iterator_is_changed_here():
    source = "def f(batches):\n    for batch in batches:\n        batch.sort()\n    return 1"
    batches = [np.array([2, 1]), np.array([4, 3])]
    with remote.answer("f", source, None, 5.0, 4 << 30, 30.0) as function:
        function(each for each in batches)
    assert [each.tolist() for each in batches] == [[1, 2], [3, 4]]


@pytest.mark.parametrize("exercise_id", ["04.2", "06.3", "08.1", "11.4"])
def test_answers_that_are_used_are_judged_elsewhere_all_the_same(exercise_id, tmp_path):
    exercise, folder = find(exercise_id), work.Folder(tmp_path)
    task = learner.Task(tmp_path, "x", (exercise_id[:2],), 7)
    assert not beside.is_needed(exercise)
    needed = solution_source("04.1") if exercise_id == "04.2" else ""
    source = f"import numpy as np\n\n{needed}\n\n{solution_source(exercise_id)}"
    found = learner.verdict(exercise, answers.Answer(exercise.name, source), task, folder)
    assert found.status == "correct", found.text
    stub = f"import numpy as np\n\n{exercise.stub}"
    assert learner.verdict(exercise, answers.Answer(exercise.name, stub), task, folder).status != "correct"


ATTACKS = {
    "the package, put together": "def magnitude_mask(w, d):\n    import sys\n"
    "    sys.meta_path[:] = [each for each in sys.meta_path if type(each).__name__ != 'Closed']\n"
    "    from importlib import import_module\n"
    "    return import_module('dc_lab.prun' + 'ing').magnitude_mask(w, d)",
    "a program without an event": "def magnitude_mask(w, d):\n    import _posixsubprocess\n"
    "    return _posixsubprocess.fork_exec()",
    "equal to all": "class Yes:\n    def __eq__(self, other): return True\n\ndef magnitude_mask(w, d): return Yes()",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_that_get_nothing(tmp_path, monkeypatch, attack):
    """Some of tests/grade_attacks.py, and without the system's fence: what Python itself refuses."""
    monkeypatch.setattr(fence, "kind", lambda: "none")
    task, answer = learner.Task(tmp_path, "x", ("02",), 7), answers.Answer("magnitude_mask", ATTACKS[attack])
    found = learner.verdict(MASK, answer, task, work.Folder(tmp_path))
    assert found.status == "wrong"
    assert "correct" not in found.text


@pytest.mark.parametrize(
    "source",
    [
        "import operator\ndef f(model): return operator.attrgetter('forward.__fun' + 'c__')(model)",
        "import dataclasses\ndef f(model): return dataclasses.inspect.getmembers(model)",
        "from dataclasses import inspect as i",
        "import torch\ntorch.equal = lambda *a: True",
        "import torch\ntorch.Tensor.any = lambda *a: True",
        "def f(model):\n    match model.forward:\n        case object(__func__=g): return g",
        "def f(model): return model.forward._hidden",
        "import functools\nfunctools.update_wrapper(1, 2)",
        "import numpy as np\nnp.testing.runstring('x', {})",
        "import torch\ntorch.UntypedStorage.from_file('x')",
    ],
)
def test_what_is_not_run_beside_the_judge(source):
    assert beside.refused(source) is not None


def test_what_is_the_learners_own_is_run_beside_the_judge():
    source = (
        "class A:\n    def __init__(self):\n        self._x = 1\n    def _y(self):\n        return self._x\nA()._y()"
    )
    assert beside.refused(source) is None
    for exercise_id in ("02.3", "02.5", "04.4", "06.6", "12.2"):
        assert beside.is_needed(find(exercise_id))
        assert beside.refused(solution_source(exercise_id)) is None


def test_what_was_assigned_to_torch_is_found():
    before = beside._shared()
    assert beside._replaced(before) is None
    for name in ("any", "backward"):  # one that it inherits, and one of its own
        original = vars(torch.Tensor).get(name)
        setattr(torch.Tensor, name, lambda *given: False)
        try:
            assert beside._replaced(before) == f"Tensor.{name}"
        finally:
            delattr(torch.Tensor, name)
            if original is not None:
                setattr(torch.Tensor, name, original)
    assert beside._replaced(before) is None


def a_links_target(tmp_path):
    """A folder with a right answer, and where its notebook is."""
    folder = folder_with(tmp_path / "right", RATIO.format("4 * parameters / file_bytes"))
    return folder, next(folder.path.glob("00_*.ipynb"))


def test_links_to_the_answers_of_others_are_not_read(tmp_path):
    folder, notebook = a_links_target(tmp_path)
    (folder.mine / "compare.py").write_text(RATIO.format("4 * parameters / file_bytes"), encoding="utf-8")
    cheat = tmp_path / "class" / "cheat"
    (cheat / "own").mkdir(parents=True)
    (cheat / notebook.name).symlink_to(notebook)
    (cheat / "mine").symlink_to(folder.mine)
    (tmp_path / "class" / "link").symlink_to(folder.path)
    (tmp_path / "class" / "module" / "mine").mkdir(parents=True)
    (tmp_path / "class" / "module" / "mine" / "compare.py").symlink_to(folder.mine / "compare.py")

    def graded(name):
        return learner.grade(learner.Task(tmp_path / "class" / name, name, ("00",), 3))

    assert graded("cheat").total == 0
    assert graded("cheat").flags == [
        "mine is a link, and is not read",
        f"00: {notebook.name} is a link, and is not read",
    ]
    assert graded("link").problem == "a link; name the folder itself"
    assert graded("module").total == 0
    assert learner.grade(learner.Task(folder.path, "right", ("00",), 3)).total == 1


def test_a_folder_with_strange_names_and_words_acts_on_nothing(tmp_path, capsys):
    name = "=1+1;@x\x1b[2J\u202e<script>alert(1)"
    words = "<script>alert(2)</script>\x1b[2J"
    folder_with(tmp_path / "class" / name, f"def compression_ratio(a, b):\n    raise ValueError({words!r})")
    out, pages = tmp_path / "g.csv", tmp_path / "p"
    command = ["grade", str(tmp_path / "class"), "-o", str(out), "--pages", str(pages), "--seed", "3"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    [row] = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert row["folder"].startswith("'=1+1;'@x\\x1b")
    [page] = pages.iterdir()
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;alert(2)" in text
    assert "default-src &#x27;none" in text or "default-src 'none'" in text
    # What is there is not written over without being asked.
    before = page.read_bytes()
    out.unlink()
    page.write_text("mine", encoding="utf-8")
    assert main(command) == 2
    assert page.read_text(encoding="utf-8") == "mine"
    assert "--force replaces them" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0
    assert page.read_bytes() == before


def test_pages_of_names_that_are_alike_are_different_files():
    names = results.page_names(["a b", "a_b", "A B", "..", "/", "é" * 300])
    assert names[:3] == ["a_b.html", "a_b-2.html", "A_B-3.html"]
    assert len({name.casefold() for name in names}) == 6
    assert max(map(len, names)) <= 110


def test_a_long_notebook_takes_no_longer_than_it_is():
    """Each name from the one before: looking through all statements for each would take hours."""
    count = 5_000
    lines = ["x0 = 1", *(f"x{i} = x{i - 1}" for i in range(1, count))]
    found = pool("\n".join(lines), f"def magnitude_mask(w, d):\n    return x{count - 1}")
    answer = answers.in_notebook(MASK, MASK.name, found, {})
    assert answer.source.count("\n") > count


def test_brackets_without_end_are_no_python():
    found = pool("(" * 5000, "magnitude_mask = " + "-" * 100_000 + "1", "good = 1")
    assert len(found.broken) == 2
    assert [statement.text for statement in found.found] == ["good = 1"]


def test_the_whole_way_in_the_table_and_on_the_page():
    found = learner.Graduated(23_241, 45.886, 1.22, 1.12, ("assign", "encode"), {"kmeans": "does not pass <its> check"})
    result = learner.Result("a", graduate=found)
    [row] = csv.DictReader(results.table([result], ["00"], True).splitlines())
    assert [row[name] for name in results.GRADUATE] == [
        "23241", "45.89", "1.22", "2 of 3", "kmeans: does not pass <its> check",
    ]  # fmt: skip
    text = results.page(result, 1)
    assert "23,241 bytes, 45.9 times smaller" in text
    assert "1.22 % of the test images are wrong, 1.12 % before" in text
    assert "<code>assign</code>, <code>encode</code>" in text
    assert "<code>kmeans</code>: does not pass &lt;its&gt; check" in text
    none = learner.Result("a", graduate=learner.Graduated(others={"assign": "not solved yet"}, problem="nothing"))
    assert "Not gone: nothing." in results.page(none, 1)


def test_nothing_of_mine_is_not_the_whole_way(tmp_path):
    (tmp_path / "mine").mkdir()
    found = learner.grade(learner.Task(tmp_path, "x", ("00",), 3, graduate=True)).graduate
    assert found.size is None
    assert found.parts == "0 of 21"
    assert found.problem == "no part in mine is right"
