"""Labs: a fresh process runs the learner's function, this one measures."""

import linecache
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dc_lab.course import lab as labs
from dc_lab.course import work
from dc_lab.course.lab import Lab, LabError, Score, find_lab, run, score

ROWS = np.arange(12, dtype=np.float32).reshape(3, 4)


def reference(weights: dict[str, np.ndarray], row: np.ndarray) -> dict[str, np.ndarray]:
    return {"sum": weights["a"] + row}


def measure(result: Any) -> Score:
    if not isinstance(result, dict) or "sum" not in result:
        raise LabError("It has to return a dict with `sum`.")
    return Score(float(np.abs(result["sum"] - ROWS - 1).sum()), "Measured here.")


LAB = Lab(
    id="98.lab", title="Add", minutes=5, name="add", stub="def add(weights, row):\n    raise NotImplementedError",
    inputs=lambda: ({"a": ROWS}, np.ones(4, np.float32)), measure=measure, better="lower", unit="off", seconds=60,
    reference=reference, reference_score=0.0,
)  # fmt: skip


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("DC_LAB_WORK", "")
    labs._boards.clear()
    yield
    labs._boards.clear()


def cell(source: str, name: str = "add") -> Any:
    """What a notebook's cell leaves under a name."""
    file = f"<cell {abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("import numpy as np", "<first>", "exec"), space)
    exec(compile(source, file, "exec"), space)
    return space[name]


def test_a_right_answer_and_the_board(capsys: pytest.CaptureFixture[str]) -> None:
    good = cell(
        "STEP = 1\ndef more(x):\n    return x + STEP\ndef add(weights, row):\n    return {'sum': more(weights['a'])}"
    )
    worse = cell("def add(weights, row):\n    return {'sum': weights['a'] + 2 * row}")
    assert score(LAB, worse) == 12
    assert score(LAB, good) == 0
    text = capsys.readouterr().out
    assert "98.lab Add: 12.00 off" in text
    assert "98.lab Add: 0.00 off" in text
    assert text.rstrip().endswith("3     12.00 off  yours")
    assert "yours, now" in text
    assert "the course's" in text


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def add(weights, row):\n    return weights['b']", "KeyError: 'b'"),
        ("import dc_lab\ndef add(weights, row):\n    return dc_lab", "no score"),
        ("def add(weights, row):\n    import importlib as i\n    i.import_module('dc_lab.pruning')", "out of reach"),
        ("def add(weights, row):\n    return open(PLACE).read()", "out of reach"),
        ("def add(weights, row):\n    import socket\n    socket.create_connection(('127.0.0.1', 9))", "out of reach"),
        ("def add(weights, row):\n    return {'sum': object()}", "has to return"),
        ("def add(weights, row):\n    return {'total': row}", "a dict with `sum`"),
        ("def add(weights, row):\n    return unknown(row)", "`unknown` is not defined"),
    ],
)  # fmt: skip
def test_what_has_no_score(source: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(labs.datasets.data_dir() / "README.md")
    assert score(LAB, cell(source.replace("PLACE", repr(place)))) is None
    text = capsys.readouterr().out
    assert "98.lab Add: no score." in text
    assert said in text
    assert labs._boards == {}


def test_what_takes_too_long() -> None:
    from dataclasses import replace

    endless = cell("def add(weights, row):\n    while True:\n        pass")
    with pytest.raises(LabError, match="stopped after 3 s, which is the limit"):
        run(replace(LAB, seconds=3), endless)


def test_not_tried(capsys: pytest.CaptureFixture[str]) -> None:
    for function in (None, ..., cell(LAB.stub)):
        assert score(LAB, function) is None
    assert capsys.readouterr().out.count("98.lab Add: not tried yet. 5 minutes") == 3


def test_one_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"no lab '01\.lab'; lesson 01 has none"):
        find_lab("01.lab")


def test_progress_names_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a session by its own scores, in a work folder by those that are kept there; the best counts."""
    assert labs.progress_lines("02", labs.scores(None)) == [
        "02.lab 20 times fewer connections, 20 min: no score yet; the course's 1.40"
    ]
    labs._boards["02.lab"] = [1.9, 1.35, 1.6]
    assert "best 1.35 % wrong" in labs.progress_lines("02", labs.scores(None))[0]
    assert labs.progress_lines("06", {}) == []

    folder = work.Folder(tmp_path)
    folder.state.mkdir()
    monkeypatch.setenv("DC_LAB_WORK", str(tmp_path))
    assert labs.scores(folder) == {}
    labs._add_to_board(LAB, 3.0)
    labs._add_to_board(LAB, 2.0)
    assert labs.scores(folder) == {"98.lab": [3.0, 2.0]}
    (folder.state / "board.json").write_text("[1, 2", encoding="utf-8")
    assert labs.scores(folder) == {}
