"""`dc-lab graduate`: the whole way with the learner's parts, what is said of missing and failing ones, and that no part
of the package does the work."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dc_lab import archive
from dc_lab.cli.main import main
from dc_lab.course import graduate, graduate_steps, lay, work
from dc_lab.networks import datasets

SHORT = {"passes": {"prune": 1, "retrain": 1, "codebook": 1}}
FEW = 2_560
"""Images that are trained with in tests."""


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    return lay.lay(tmp_path_factory.mktemp("graduate") / "solved", with_solutions=True).folder


@pytest.fixture
def own(solved, tmp_path):
    """A copy of the solved folder, to be spoiled."""
    shutil.copytree(solved.path, tmp_path / "work")
    return work.Folder(tmp_path / "work")


def spoil(folder, module, name, body):
    """Put another function behind that of a module."""
    path = folder.mine / f"{module}.py"
    path.write_text(path.read_text(encoding="utf-8") + f"\n\ndef {name}{body}\n", encoding="utf-8")


def job_of(folder, room, **problems):
    """A job as `run` makes it, everything the learner's but for `problems`, with few images."""
    job = graduate._job(folder.path, "lenet-300-100", False) | SHORT
    for name, part in job["parts"].items():
        part["problem"] = problems.get(name)
    np.savez(room / "dense.npz", **graduate.weights.load_weights(datasets.checkpoint("lenet-300-100.safetensors")))
    return job


BLOCKER = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(tuple("dc_lab." + each for each in (
            "archive", "checkpoints", "coding", "dcz", "huffman", "measure", "pipeline", "pruning", "quantized",
            "sharing", "sparse", "course.lessons.lesson",
        ))):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
"""


def in_a_process(code, cwd):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, encoding="utf-8", check=False,
        env={**graduate.os.environ, "PYTHONPATH": graduate._path()},
    )  # fmt: skip


@pytest.mark.slow
def test_mine_alone_does_the_work(solved, tmp_path):
    """Pruning, sharing, coding, writing and reading with the package's own blocked: it is all in `mine`."""
    job = job_of(solved, tmp_path)
    (tmp_path / "job.json").write_text(json.dumps(job), encoding="utf-8")
    code = f"""{BLOCKER}
from dc_lab.course import graduate_steps as steps
from dc_lab.networks import datasets
whole = datasets.mnist
datasets.mnist = lambda split: datasets.Images(*(part[:{FEW}] for part in whole(split)))
for step in ("train", "write", "read"):
    steps.main([step, {str(tmp_path)!r}])
    print(step, open({str(tmp_path / "result.json")!r}).read())
try:
    import dc_lab.huffman
except ImportError:
    print("blocked")
"""
    done = in_a_process(code, tmp_path)
    assert done.stdout.splitlines()[-1] == "blocked", done.stderr
    assert '"problems": {}' in done.stdout
    assert "error" not in done.stdout
    arrays = dict(np.load(tmp_path / "arrays.npz"))
    written = archive.loads((tmp_path / "written.dcz").read_bytes())
    read = np.load(tmp_path / "read.npz")
    for name, array in arrays.items():
        np.testing.assert_array_equal(written[name], array)
        np.testing.assert_array_equal(read[name], array)
    for name, share in job["densities"].items():
        assert np.count_nonzero(arrays[name]) == pytest.approx(share * arrays[name].size, rel=0.05)
        assert len(np.unique(arrays[name][arrays[name] != 0])) <= 16


def test_batches_are_a_list_that_is_made_as_it_is_asked_for():
    images = datasets.mnist("held_out")
    batches = graduate_steps.Batches(images, 2, 7, None)
    assert len(batches) == 2 * -(-len(images.labels) // graduate_steps.BATCH)
    assert isinstance(batches, list)
    first = next(iter(batches))
    np.testing.assert_array_equal(first[0], batches[0][0])
    np.testing.assert_array_equal(batches[-1][1], batches[len(batches) - 1][1])
    assert [len(labels) for _, labels in batches[:2]] == [128, 128]
    with pytest.raises(IndexError):
        batches[len(batches)]


# --- parts that are missing or fail ---


def test_missing_parts_are_the_courses(tmp_path):
    """In an empty folder all is the course's, and what calls what is put together."""
    folder = lay.lay(tmp_path / "work").folder
    problems = dict.fromkeys(graduate.parts(), "not solved yet")
    parts = graduate_steps.Parts(job_of(folder, tmp_path, **problems), tmp_path)
    content = parts.get("write_dcz")({"a": np.arange(12, dtype=np.float32).reshape(3, 4)})
    np.testing.assert_array_equal(parts.get("read_dcz")(content)["a"], archive.loads(content)["a"])


def test_the_courses_writer_calls_the_learners_coder(own, tmp_path):
    """A part of the course uses those of the learner's that there are."""
    spoil(own, "huffman", "encode", "(symbols, codes, lengths):\n    raise RuntimeError('this one')")
    parts = graduate_steps.Parts(job_of(own, tmp_path, write_stream="not solved yet"), tmp_path)
    with pytest.raises(RuntimeError, match="this one"):
        parts.get("write_stream")(np.array([1, 2, 3, 1]))


@pytest.mark.slow
def test_parts_are_judged(own, tmp_path):
    spoil(own, "huffman", "canonical_codes", "(lengths):\n    return lengths")
    (own.mine / "sharing.py").write_text("def kmeans(:\n", encoding="utf-8")
    job = job_of(own, tmp_path)
    found = graduate._step("judge", job, tmp_path)["found"]
    assert found["canonical_codes"] == "yours does not pass its check"
    assert "SyntaxError" in found["kmeans"]
    assert found["magnitude_mask"] is None
    assert found["read_varint"] is None


@pytest.mark.parametrize(
    ("name", "module", "body", "words"),
    [
        ("cube_root_start", "sharing",
         "(values, clusters):\n    raise KeyError('oh')", r"KeyError: 'oh' \(mine/sharing.py"),
        ("kmeans", "sharing", "(values, start, rounds=9):\n    return start[:3], None", "codebook of shape \\(3,\\)"),
        ("train_masked", "pruning",
         "(model, masks, batches, lr=1):\n    model.ip1.weight.data += 1", "are not 0 after it"),
        ("prune_gradually", "pruning",
         "(model, targets, batches, ramp=1, lr=1):\n    return {}", "it leaves 100 % of ip1"),
        ("train_codebook", "sharing", "(model, names, batches, lr=1):\n    model.ip1.bias.data *= float('nan')", "NaN"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_part_that_fails_is_named(own, tmp_path, monkeypatch, name, module, body, words):
    """With its error in a line; the course's goes on from where it was."""
    spoil(own, module, name, body)
    whole = datasets.mnist
    monkeypatch.setattr(datasets, "mnist", lambda split: datasets.Images(*(part[:FEW] for part in whole(split))))
    monkeypatch.syspath_prepend(str(own.path))
    for each in [each for each in sys.modules if each.partition(".")[0] == "mine"]:
        monkeypatch.delitem(sys.modules, each)
    found = graduate_steps.train(job_of(own, tmp_path), tmp_path)
    assert list(found["problems"]) == [name]
    assert graduate.evidence.np is np
    assert re.search(words, found["problems"][name]), found["problems"]
    assert "\n" not in found["problems"][name]
    assert (tmp_path / "arrays.npz").exists()


def test_what_the_learners_code_prints_is_thrown_away(capsys):
    """It may print without end: nothing of it is kept."""
    unread = graduate_steps.Unread()
    with contextlib.redirect_stdout(unread):
        print("x" * 1000)
    assert capsys.readouterr().out == ""
    assert not vars(unread)


def in_this_process(name, job, room, confined=None):
    """A step as `graduate._step` gives it, sooner: for a part that leaves the process whole."""
    for each in [each for each in sys.modules if each.partition(".")[0] == "mine"]:
        del sys.modules[each]
    try:
        return graduate_steps.STEPS[name](job, room)
    except Exception as error:
        return {"error": graduate_steps.explained(error)}


@pytest.mark.parametrize(
    ("body", "words", "step"),
    [
        ("(tensors):\n    return b'nothing'", "not a .dcz file|magic|DCZ|bytes", in_this_process),
        pytest.param(
            "(tensors):\n    import os\n    os._exit(3)", "ended with 3", graduate._step, marks=pytest.mark.slow
        ),
        ("(tensors):\n    return None", "returns NoneType", in_this_process),
    ],
)
def test_a_writer_of_nonsense_is_named(own, tmp_path, monkeypatch, body, words, step):
    """A file that the package refuses, or other arrays than were given: the course's writer takes its place."""
    np.savez(tmp_path / "arrays.npz", a=np.ones((3, 4), np.float32))
    arrays = dict(np.load(tmp_path / "arrays.npz"))
    monkeypatch.setattr(graduate, "_step", step)
    monkeypatch.syspath_prepend(str(own.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def check():
        try:
            return graduate._difference(arrays, archive.loads((tmp_path / "written.dcz").read_bytes()))
        except archive.ArchiveError as error:
            return str(error)

    spoil(own, "dcz", "write_dcz", body)
    job = job_of(own, tmp_path)
    graduate._retrying("write", job, tmp_path, "write_dcz", check)
    assert re.search(words, job["parts"]["write_dcz"]["problem"])
    assert check() is None


# --- the report ---


def a_report(**changes):
    report = graduate.Report(
        net="lenet-300-100",
        parts=(
            graduate.Part("encode", "07.4", "huffman", None),
            graduate.Part("write_dcz", "08.8", "dcz", "KeyError: <a> (mine/dcz.py, line 3)"),
        ),
        size=23_310, dense_size=1_066_440, sha256="ab" * 32, left=21_776, of=266_200, dense_error=1.12, error=1.22,
        only_dense=48, only_file=58, p=0.38, items={"values": 11_118, "index": 10_868, "lanes": 0}, read_by_both=True,
        compared="dense 1.12 % wrong",
    )  # fmt: skip
    return graduate.replace(report, **changes)


def test_the_report_says_whose_parts():
    text = graduate.text(a_report())
    assert "23,310 bytes, 45.8 times smaller" in text
    assert "08.8 write_dcz: KeyError: <a> (mine/dcz.py, line 3)" in text
    assert "the course's: write_dcz" in text
    everything = a_report(parts=(graduate.Part("encode", "07.4", "huffman", None),))
    assert "All of it is yours.\n" in graduate.text(everything)
    nothing = a_report(parts=(graduate.Part("encode", "07.4", "huffman", "not solved yet"),))
    assert "None of it is yours yet." in graduate.text(nothing)


def test_the_page_and_the_file_for_programs():
    page = graduate.page(a_report())
    assert "&lt;a&gt;" in page
    assert "<a> (mine" not in page
    assert "http" not in page
    assert 'lang="en"' in page
    found = json.loads(graduate.as_json(a_report()))
    assert found["ratio"] == pytest.approx(45.75, abs=0.01)
    assert found["parts"][1]["problem"].startswith("KeyError")


# --- the command ---


def test_no_work_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DC_LAB_WORK", raising=False)
    assert main(["graduate"]) == 2
    assert "no work folder" in capsys.readouterr().err


def test_where_nothing_can_be_written(tmp_path, capsys):
    lay.lay(tmp_path / "work")
    (tmp_path / "there").write_text("mine", encoding="utf-8")
    assert main(["graduate", str(tmp_path / "work"), "-o", str(tmp_path / "there")]) == 2
    assert "is there and no folder" in capsys.readouterr().err
    assert (tmp_path / "there").read_text(encoding="utf-8") == "mine"


SHORT = {"prune": 1, "retrain": 1, "codebook": 1}
"""Passes over the training images in place of the plan's eight."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("passes", "most"),
    [(SHORT, 2), pytest.param(graduate.PLANS["lenet-300-100"]["passes"], 1.64, marks=pytest.mark.weekly)],
    ids=["short", "as the plan has it"],
)
def test_the_whole_way(solved, tmp_path, capsys, monkeypatch, passes, most):
    """A solved folder: all of it by `mine`, 40 times smaller, few images wrong, read by both readers."""
    monkeypatch.setitem(graduate.PLANS["lenet-300-100"], "passes", passes)
    out = tmp_path / "out"
    assert main(["graduate", str(solved.path), "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "All of it is yours." in said
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["ratio"] >= 40
    assert report["error"] <= most
    assert all(part["problem"] is None for part in report["parts"])
    content = (out / "lenet-300-100.dcz").read_bytes()
    assert len(content) == report["size"] == sum(report["items"].values())
    assert content[3] == 1
    assert archive.loads(content).keys() == {f"ip{i}.{what}" for i in (1, 2, 3) for what in ("weight", "bias")}
    assert sorted(path.name for path in out.iterdir()) == [
        "index.html", "lenet-300-100.dcz", "report.json", "report.txt"
    ]  # fmt: skip
    assert Path(out / "report.txt").read_text(encoding="utf-8") in said


HOSTILE = """(tensors):
    import os
    done = []
    def tried(name, work):
        try:
            work()
            done.append(name)
        except (PermissionError, ImportError, OSError, AttributeError):
            pass
    tried("data", lambda: open({data!r}, "rb").read(1))
    tried("course", lambda: open({course!r}).read(1))
    tried("outside", lambda: open({outside!r}, "w").write("x"))
    tried("package", lambda: __import__("dc_lab." + "archive"))
    tried("network", lambda: __import__("socket").create_connection(("127.0.0.1", 9), 1))
    tried("program", lambda: os.system("true"))
    raise ValueError("reached: " + ", ".join(done))"""


@pytest.mark.slow
def test_a_confined_part_reaches_nothing(own, tmp_path):
    """What a grader runs: no data, no course, no package, no network, no program, no file but its own."""
    np.savez(tmp_path / "arrays.npz", a=np.ones((3, 4), np.float32))
    outside = tmp_path.parent / "outside"
    paths = {
        "data": str(datasets.checkpoint("lenet-5.safetensors")),
        "course": graduate.__file__,
        "outside": str(outside),
    }
    (room := tmp_path / "room").mkdir()
    (tmp_path / "arrays.npz").rename(room / "arrays.npz")
    spoil(own, "dcz", "write_dcz", HOSTILE.format(**paths))
    job = job_of(own, room)
    confined = graduate.Confined({}, environment={"PATH": graduate.os.environ["PATH"]})
    assert "ValueError: reached: (mine/dcz.py" in graduate._step("write", job, room, confined)["error"]
    assert not outside.exists()
    # The course's part in its place works in there, too.
    job["parts"]["write_dcz"]["problem"] = "not used"
    assert graduate._step("write", job, room, confined) == {}
    assert (
        graduate._difference(dict(np.load(room / "arrays.npz")), archive.loads((room / "written.dcz").read_bytes()))
        is None
    )
