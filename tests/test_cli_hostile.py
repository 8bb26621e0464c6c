"""Every command with every value that nobody should give: one line that says what is wrong, and nothing written.

The commands and their options are read from the parser itself, so that a new one is walked over as well.
"""

import argparse
import functools
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import dc_lab
from dc_lab import archive, figures, pipeline
from dc_lab.checkpoints import weights
from dc_lab.cli import main as command
from dc_lab.cli import wheels
from dc_lab.course import lay
from dc_lab.course.grading import results
from dc_lab.measure import bench
from dc_lab.measure.curves.store import CurveFile
from dc_lab.networks import datasets, models, state, training
from dc_lab.networks.datasets import Images
from dc_lab.records import board, make, plan
from dc_lab.support import files

NUMBERS = [
    "", "x", "-1", "0", "-0", "1.5", "1e3", "0x10", "nan", "inf", "-inf", "1e400", "1e-400", " 7 ", "1_0", "½", "None",
    "\0", "\udcff", "a\nb", "9" * 5_000, *(str(sign * 2**power) for sign in (1, -1) for power in (31, 63, 64, 70)),
    "=", "*=", "=0.5", "*=nan", "*=-1", "*=9e999", "[=0.5", "nothing=0.5", "a\nb=0.5", "\0=1", f"*={2**70}",
]  # fmt: skip

TEXTS = ["", "x", "\0", "\udcff", "a\nb\x1b[31m", "x" * 5_000, "[", "-"]

PATHS = [
    "", ".", "..", "/", "missing", "missing/deeper/net.dcz", "folder", "folder.dcz", "text/net.dcz", "~", "\0",
    "a\0b.dcz",
    "a\0b/net.dcz", "\udcff", "new\nline.dcz", "x" * 300, "x" * 300 + ".dcz", "x/" * 3_000, "empty", "text", "latin",
    "empty.dcz", "empty.json", "empty.npz", "deep.json", "deep.toml", "deeper.toml", "twice.json", "twice.toml",
    "numbers.json", "x.xyz", "x.pt", "x.DCZ",
]  # fmt: skip

POSIX_PATHS = ["/dev/null", "/dev/zero", "pipe", "pipe.dcz", "circle", "circle.dcz", "dangling.dcz", "secret"]


posix = pytest.mark.skipif(os.name != "posix", reason="devices, and the system's own words")


class BegunError(Exception):
    """What takes long has begun: the arguments were accepted."""


def begun(*arguments, **keywords):
    raise BegunError


parser = functools.cache(command._parser)
"""Made once: most of what a command takes, where it refuses what is given."""


def sub_parsers():
    table = next(a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return table.choices


def with_values():
    """(command, action) for every argument that takes a value."""
    for name, sub in sub_parsers().items():
        for action in sub._actions:
            if action.nargs != 0:
                yield pytest.param(name, action, id=f"{name} {action.option_strings[-1:] or action.metavar}")


USUAL = {
    "exercise": "02.1", "lessons": "02", "folder": "new", "folders": "folder", "out": "out.csv",
    "weights": "net.npz", "network": "net.npz", "file": "net.dcz", "net": "lenet-300-100", "output": "out.dcz",
}  # fmt: skip
"""What stands in the place of the arguments that are not tried."""


def arguments(name, tried, value):
    """The command with a value for one of its arguments, and what it must have besides."""
    given = []
    for action in sub_parsers()[name]._actions:
        if action.dest == tried.dest:
            given += [f"{action.option_strings[-1]}={value}"] if action.option_strings else [value]
        elif action.required and action.nargs not in ("*", "?"):
            usual = "out.npz" if (name, action.dest) == ("decompress", "output") else USUAL[action.dest]
            given += [action.option_strings[-1], usual] if action.option_strings else [usual]
    return [name, *given]


def values_for(action):
    if action.choices:
        return TEXTS
    if action.type is Path or action.dest == "network":
        # A settings file may be a pipe, as in `--recipe <(...)`; then it is read to its end, whenever that comes.
        return [path for path in ALL_PATHS if not (action.dest in ("recipe", "plan") and "pipe" in path)]
    return NUMBERS + TEXTS


ALL_PATHS = PATHS + (POSIX_PATHS if os.name == "posix" else [])


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of traps to work in, and no work that takes long."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    np.savez("net.npz", weight=rng.normal(size=(6, 5)).astype(np.float32))
    archive.save("net.dcz", {"weight": np.eye(4, dtype=np.float32)})
    for folder in ("folder", "folder.dcz"):
        Path(folder).mkdir()
    for suffix in ("", ".dcz", ".json", ".npz"):
        Path(f"empty{suffix}").write_bytes(b"")
    Path("text").write_bytes(b"some text")
    Path("latin").write_bytes(b"seed = '\xe9'")
    Path("deep.json").write_bytes(b"[" * 100_000)
    Path("deep.toml").write_bytes(b"[" * 100_000)
    Path("deeper.toml").write_bytes(b"seed = " + b"[" * 100_000)
    Path("twice.json").write_bytes(b'{"seed": 1, "seed": 2}')
    Path("twice.toml").write_bytes(b"seed = 1\nseed = 2\n")
    Path("numbers.json").write_bytes(b'{"seed": 1' + b"0" * 400 + b"}")
    if os.name == "posix":
        for name in ("pipe", "pipe.dcz"):
            os.mkfifo(name)
        for name in ("circle", "circle.dcz"):
            Path(name).symlink_to(name)
        Path("dangling.dcz").symlink_to("missing/net.dcz")
        Path("secret").write_bytes(b"seed = 1")
        Path("secret").chmod(0)
    few = Images(np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8))
    monkeypatch.setattr(datasets, "mnist", lambda split: few)
    monkeypatch.setattr(command, "_parser", parser)
    for module, name in (
        (training, "fit"), (pipeline, "run"), (make, "make"), (CurveFile, "measure"), (bench, "run"),
        (wheels, "requirements"), (results, "folders_of"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, begun)
    laid = lay.lay
    monkeypatch.setattr(lay, "lay", lambda *given, **named: (begun if named.get("handout") else laid)(*given, **named))
    return tmp_path


def there(folder):
    """Everything in a folder, with its size and time where it is a file."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (each.st_size, each.st_mtime_ns) if path.is_file() else None for path, each in found.items()}


def outcome(capsys, given):
    """The exit code of a command, and None where the work has begun; what it says is checked."""
    try:
        code = command.main(given)
    except BegunError:
        capsys.readouterr()
        return None
    except SystemExit as stopped:
        code = stopped.code
    out, err = capsys.readouterr()
    if code == 2:
        assert out == "", given
        assert err.startswith("dc-lab"), given
        assert err.endswith("\n"), given
        assert err.count("\n") == 1, (given, err)
        assert err.rstrip("\n").isprintable(), given
        assert len(err) < 7_000, given  # a path of 6,000 characters is said as it is
    else:
        assert "Traceback" not in err
    return code


@pytest.mark.parametrize(("name", "action"), list(with_values()))
def test_whatever_is_given(capsys, place, name, action):
    before = there(place)
    for value in values_for(action):
        code = outcome(capsys, arguments(name, action, value))
        assert code in (None, 0, 1, 2), value
        assert code != 1 or name == "leaderboard"
        if code == 2:
            assert there(place) == before, f"{name}: {value!r} was refused, and something was written"
        else:
            after = there(place)
            assert {path: after[path] for path in before} == before, f"{name}: {value!r} changed what was there"
            for path in sorted(after.keys() - before.keys(), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()


def whole_numbers():
    for name, sub in sub_parsers().items():
        for action in sub._actions:
            if getattr(action.type, "__qualname__", "").startswith("whole."):
                yield pytest.param(name, action, id=f"{name} {action.option_strings[-1]}")


@pytest.mark.parametrize(("name", "action"), list(whole_numbers()))
def test_whole_numbers_say_what_they_expect(capsys, place, name, action):
    for value in ("x", "-1", str(-(2**70)), "1.5", ""):
        with pytest.raises(SystemExit):
            command.main(arguments(name, action, value))
        assert "expected a whole number" in capsys.readouterr().err


def test_every_whole_number_is_tried():
    assert len(list(whole_numbers())) >= 9
    assert len(list(with_values())) >= 35


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["train", "lenet-5", "--seed", str(2**63)], "from 0 to 9223372036854775807"),
        (["record", "lenet-5", "--seed", str(2**70)], "from 0 to 9223372036854775807"),
        (["train", "lenet-5", "--epochs", "1000001"], "from 0 to 1000000"),
        (["figures", "--workers", "0"], "a whole number from 1 to"),
        (["compress", "net.npz", "-o", "out.dcz", "--workers", str(2**31)], "a whole number from 1 to"),
        (["inspect", "net.dcz", "--max-bytes", "-1"], "a whole number of 0 or more"),
    ],
)
def test_numbers_out_of_range(capsys, place, given, message):
    with pytest.raises(SystemExit) as stopped:
        command.main(given)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", [["demo", "--recipe"], ["record", "lenet-5", "--plan"]])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("deep.json", "nested too deeply"),
        ("deep.toml", "deep.toml: "),
        ("deeper.toml", "nested too deeply"),
        ("folder", "folder: Is a directory"),
        ("latin", "can't decode byte 0xe9"),
        ("empty", "there are no settings in it"),
        ("empty.json", "Expecting value"),
        ("twice.json", "'seed' is there twice"),
        ("twice.toml", "Cannot overwrite a value"),
        ("numbers.json", "numbers.json: "),
        ("a\0b.toml", "a path with a NUL character in it"),
        ("missing", "missing: No such file or directory"),
    ],
)
@posix
def test_settings_that_are_none(capsys, place, option, name, message):
    if option[0] == "record" and name == "empty":
        message = "no settings"
    assert outcome(capsys, [*option, name]) == 2
    with pytest.raises((ValueError, OSError)):
        (pipeline.Recipe.load if option[0] == "demo" else plan.load)(Path(name))
    command.main([*option, name])
    assert message in capsys.readouterr().err


@posix
def test_settings_without_an_end(capsys, place):
    assert outcome(capsys, ["demo", "--recipe", "/dev/zero"]) == 2
    command.main(["demo", "--recipe", "/dev/zero"])
    assert "more than 1,048,576 characters" in capsys.readouterr().err


# --- outputs are looked at before the work ---


def refused_before_the_work(capsys, *given):
    assert outcome(capsys, given) == 2, "the work had begun"
    command.main(given)
    return capsys.readouterr().err


@pytest.mark.parametrize("name", ["x.xyz", "x", "x.dcz", "x.pth", "x.NPZ"])
def test_train_knows_the_endings_that_it_can_write(capsys, place, name):
    assert "can write .safetensors, .npz and .pt" in refused_before_the_work(capsys, "train", "lenet-5", "-o", name)


def test_train_begins_with_an_ending_that_it_can_write(capsys, place):
    for name in ("x.safetensors", "x.npz", "x.pt"):
        assert outcome(capsys, ["train", "lenet-5", "-o", name]) is None


OUTPUTS = {
    "train": ["train", "lenet-5", "-o", "out/net.npz"],
    "record": ["record", "lenet-5", "--out", "out/net.dcz"],
    "compress": ["compress", "net.npz", "-o", "out/net.dcz"],
    "quantize": ["quantize", "net.npz", "-o", "out/net.dcz"],
    "decompress": ["decompress", "net.dcz", "-o", "out/net.npz"],
    "demo": ["demo", "--out", "out"],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_folder_that_is_read_only_is_seen_before_the_work(capsys, place, monkeypatch, name):
    """Root may write everywhere, so the system's answer is put in its place."""
    (place / "out").mkdir()
    before = there(place)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "out")
    for module, work in ((archive, "dumps"), (archive, "read"), (training, "error_percent")):
        monkeypatch.setattr(module, work, begun)
    assert "cannot write here" in refused_before_the_work(capsys, *OUTPUTS[name])
    assert there(place) == before


@pytest.mark.parametrize("what", ["report.json", "bytes.png", "lenet-300-100.dcz"])
def test_demo_looks_at_every_file_that_it_will_write(capsys, place, what):
    (place / "out" / what).mkdir(parents=True)
    assert f"{what} is a folder" in refused_before_the_work(capsys, "demo", "--out", "out", "--force")
    assert "no folder" in refused_before_the_work(capsys, "demo", "--out", "text")


@pytest.fixture
def no_work(monkeypatch):
    for name in ("prune", "share", "train_centroids"):
        monkeypatch.setattr(pipeline, name, begun)
    for module, name in ((archive, "dumps"), (training, "error_percent"), (make, "prepare")):
        monkeypatch.setattr(module, name, begun)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    "path",
    ["missing/net.dcz", "folder", "a\0b.dcz", pytest.param("/dev/null", marks=posix)],
)
def test_functions_look_at_their_outputs_before_the_work(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    few = Images(np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8))
    model, path = models.build("lenet-300-100"), Path(path)
    for call in (
        lambda: archive.save(path, state.state_arrays(model)),
        lambda: dc_lab.compress(model, path),
        lambda: pipeline.run(model, pipeline.Recipe(), path, few, few, few),
        lambda: make.make(plan.shipped("lenet-5"), path, few, few, few),
    ):
        with pytest.raises(OSError, match=r"no such folder|folder, expected|NUL|is a device"):
            call()
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


@pytest.mark.usefixtures("no_work")
def test_the_files_of_all_stages_are_looked_at_before_the_work(tmp_path):
    (tmp_path / "stages" / "3-shared.dcz").mkdir(parents=True)
    few = Images(np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8))
    with pytest.raises(IsADirectoryError):
        pipeline.run(models.build("lenet-300-100"), pipeline.Recipe(), tmp_path / "net.dcz", few, few, few)


def test_curves_look_at_their_file_before_the_work(tmp_path, monkeypatch):
    from dc_lab.measure.curves.store import Point

    monkeypatch.setattr(datasets, "data_dir", lambda: tmp_path)
    (tmp_path / "figures" / "mine.json").mkdir(parents=True)
    file = CurveFile("mine", "nothing", (Point(begun, {}),))
    with pytest.raises(IsADirectoryError):
        file.measure()


# --- a NUL, wherever a path can be given ---

NUL = Path("a\0b.dcz")
PATH_CALLS = {
    "archive.load": lambda: archive.load(NUL),
    "archive.load, text": lambda: archive.load("a\0b"),
    "archive.read_file": lambda: archive.read_file(NUL),
    "archive.save": lambda: archive.save(NUL, {"w": np.ones(3)}),
    "compress": lambda: dc_lab.compress(torch.nn.Linear(2, 2), NUL),
    "load_into": lambda: dc_lab.load_into(torch.nn.Linear(2, 2), NUL),
    "load_weights": lambda: weights.load_weights(NUL),
    "WeightFile": lambda: weights.WeightFile(Path("a\0b.safetensors")),
    "save_weights": lambda: weights.save_weights(Path("a\0b.npz"), {"w": np.ones(3)}),
    "Recipe.load": lambda: pipeline.Recipe.load(Path("a\0b.toml")),
    "Recipe.save": lambda: pipeline.Recipe().save(Path("a\0b.toml")),
    "Plan.load": lambda: plan.load(Path("a\0b.toml")),
    "Plan.save": lambda: plan.save(plan.shipped("lenet-5"), Path("a\0b.toml")),
    "statement": lambda: board.statement(Path("a\0b.json")),
    "Picture.save": lambda: figures.ledger([("a", 2), ("b", 1)]).save("a\0b.png"),
    "files.write": lambda: files.write(NUL, b""),
    "pipeline.save_checked": lambda: pipeline.save_checked(NUL, {"w": np.ones(3)}),
}


@pytest.mark.parametrize("name", PATH_CALLS)
def test_a_nul_in_a_path_is_one_of_the_errors_that_are_documented(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((OSError, weights.WeightsError)) as caught:
        PATH_CALLS[name]()
    assert "embedded null" not in str(caught.value)
    assert "\0" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# --- a board of traps ---


def test_a_folder_of_records_that_are_none(capsys, place):
    for name in ("deep.json", "twice.json", "numbers.json", "empty.json"):
        Path("folder", name).write_bytes(Path(name).read_bytes())
    if sys.platform != "win32":
        Path("folder", "zero.json").symlink_to("/dev/zero")
    assert outcome(capsys, ["leaderboard", "folder"]) == 1
    command.main(["leaderboard", "folder"])
    said = capsys.readouterr().out
    assert "deep.json: not JSON (nested too deeply)" in said
    assert "twice.json: not JSON ('seed' is there twice)" in said


def test_memory_that_is_not_there_is_one_line(capsys, place, monkeypatch):
    for error in (
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ):

        def without(*arguments, error=error):
            raise error

        monkeypatch.setattr(archive, "read_file", without)
        assert outcome(capsys, ["inspect", "net.dcz"]) == 2
