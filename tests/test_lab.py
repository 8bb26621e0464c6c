"""Labs: a fresh process runs the learner's function, this one measures."""

import dataclasses
import linecache
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from IPython.core import interactiveshell

from dc_lab.course import lab_process, lab_scores, work
from dc_lab.course.lab import Codec, Coded, Lab, LabError, Score, find_lab
from dc_lab.course.lab_process import run
from dc_lab.course.lab_scores import score

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
    lab_scores._boards.clear()
    yield
    lab_scores._boards.clear()


def cell(source: str, name: str = "add", **more: Any) -> Any:
    """What a notebook's cell leaves under a name, with `more` defined beside it."""
    file = f"<cell {abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space: dict[str, Any] = {"__name__": "__main__", **more}
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
    place = str(lab_process.datasets.data_dir() / "README.md")
    assert score(LAB, cell(source.replace("PLACE", repr(place)))) is None
    text = capsys.readouterr().out
    assert "98.lab Add: no score." in text
    assert said in text
    assert lab_scores._boards == {}


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
    assert lab_scores.progress_lines("02", lab_scores.scores(None)) == [
        "02.lab 20 times fewer connections, 20 min: no score yet; the course's 1.40"
    ]
    lab_scores._boards["02.lab"] = [1.9, 1.35, 1.6]
    assert "best 1.35 % wrong" in lab_scores.progress_lines("02", lab_scores.scores(None))[0]
    assert lab_scores.progress_lines("10", {}) == []

    folder = work.Folder(tmp_path)
    folder.state.mkdir()
    monkeypatch.setenv("DC_LAB_WORK", str(tmp_path))
    assert lab_scores.scores(folder) == {}
    lab_scores._add_to_board(LAB, 3.0)
    lab_scores._add_to_board(LAB, 2.0)
    assert lab_scores.scores(folder) == {"98.lab": [3.0, 2.0]}
    (folder.state / "board.json").write_text("[1, 2", encoding="utf-8")
    assert lab_scores.scores(folder) == {}


def test_the_board_shows_other_answers_of_the_course() -> None:
    known = dataclasses.replace(LAB, reference_score=2.0, others={"by hand": 3.0})
    assert [line.split("off  ")[1] for line in lab_scores.board(known, [2.5])] == [
        "the course's", "yours", "the course's, by hand"
    ]  # fmt: skip


# --- two functions ---


def pack(mask: np.ndarray) -> bytes:
    return bytes(np.packbits(mask))


MASKS = (np.arange(24).reshape(4, 6) % 5 == 1, np.zeros((2, 3), bool))


def compare(found: Coded) -> Score:
    for mask, decoded in zip(found.inputs, found.decoded, strict=True):
        if not np.array_equal(np.asarray(mask), decoded):
            raise LabError("It does not come back.")
    return Score(found.bytes_each, f"{[len(payload) for payload in found.payloads]} and {found.code_bytes}.")


CODEC = Codec(
    id="98.lab", title="Pack", minutes=5, name="encode", stub="", inputs=lambda: MASKS, measure=compare, better="lower",
    unit="bytes", seconds=60, reference=pack, reference_score=0.0, decoder="decode", told=lambda mask: [mask.shape],
    reference_decoder=reference,
)  # fmt: skip

GOOD = """
import zlib
def shared(n):
    return n
def encode(mask):
    return zlib.compress(np.packbits(mask).tobytes()) + b"\\0"
def decode(data, shape):
    bits = np.frombuffer(zlib.decompress(data[:-1]), np.uint8)
    return np.unpackbits(bits, count=shared(shape[0] * shape[1])).reshape(shape).astype(bool)
"""


def both(source: str) -> tuple[Any, Any]:
    encode = cell(source, "encode")
    return encode, encode.__globals__["decode"]


def test_an_encoder_and_a_decoder() -> None:
    found = run(CODEC, *both(GOOD))
    assert [payload[-1] for payload in found.payloads] == [0, 0]  # bytes arrive whole, zeros at the end included
    np.testing.assert_array_equal(found.decoded[0], MASKS[0])
    source = lab_process._source(CODEC, "decode", both(GOOD)[1])
    assert "def shared" in source
    assert "def encode" not in source
    assert found.code_bytes == len(zlib.compress(source.encode(), 9))
    assert found.bytes_each == (sum(map(len, found.payloads)) + found.code_bytes) / 2


def test_the_score_of_two_functions(capsys: pytest.CaptureFixture[str]) -> None:
    assert score(CODEC, *both(GOOD)) == run(CODEC, *both(GOOD)).bytes_each
    assert "98.lab Pack: " in capsys.readouterr().out
    with pytest.raises(TypeError, match=r"98\.lab takes encode and decode, got 1 of 2"):
        score(CODEC, both(GOOD)[0])
    stub = cell("def decode(data, shape):\n    raise NotImplementedError('your turn')", "decode")
    assert score(CODEC, both(GOOD)[0], stub) is None
    assert "not tried yet" in capsys.readouterr().out


SMUGGLED = {
    "a global": ("KEPT = []", "KEPT.append(mask)", "KEPT[0]", "list index out of range|no score"),
    "a module": ("import math", "math.mask = mask", "math.mask", "no attribute 'mask'"),
    "a file": ("", "open('FILE', 'wb').write(mask)", "open('FILE', 'rb').read()", "no files"),
    "a file of NumPy": ("", "np.save('FILE', mask)", "np.load('FILE.npy')", "no files"),
    "a file of pathlib": (
        "from pathlib import Path", "Path('FILE').write_bytes(mask)", "Path('FILE').read_bytes()", "no files"
    ),
    "a file by its number": ("import os", "os.open('FILE', os.O_CREAT | os.O_WRONLY)", "0", "no files"),
    "the name of a folder": ("import os", "os.mkdir('FILE')", "os.listdir('PLACE')", "os.mkdir is out of reach"),
    "a link": ("import os", "os.symlink('kept', 'FILE')", "os.readlink('FILE')", "os.symlink is out of reach"),
    "a pipe": ("import os", "os.mkfifo('FILE')", "os.stat('FILE')", "no attribute 'mkfifo'"),
    "a library": ("import torch", "torch.save(mask, 'FILE')", "torch.load('FILE')", "torch is out of reach"),
    "shared memory": (
        "from multiprocessing import shared_memory as m", "m.SharedMemory('dc', True, 9)", "m.SharedMemory('dc')",
        "multiprocessing is out of reach",
    ),
    "another process": ("import subprocess", "subprocess.Popen(['true'])", "0", "out of reach"),
    "a child": ("import os", "os.fork()", "0", "os.fork is out of reach"),
}  # fmt: skip


@pytest.mark.parametrize("way", SMUGGLED)
def test_nothing_but_the_bytes_gets_from_one_to_the_other(way: str, tmp_path: Path) -> None:
    """What the encoder leaves behind is not there for the decoder, or cannot be left."""
    first, left, found, said = SMUGGLED[way]
    lines = ["def encode(mask):", f"    {first if first.startswith(('import', 'from')) else 'pass'}", f"    {left}"]
    lines += ["    return b''", "def decode(data, shape):", f"    {lines[1].strip()}", f"    return {found}"]
    source = "\n".join(["" if first.startswith(("import", "from")) else first, *lines])
    source = source.replace("FILE", str(tmp_path / "kept")).replace("PLACE", str(tmp_path))
    with pytest.raises(LabError) as error:
        run(CODEC, *both(source))
    assert re.search(said, str(error.value)), error.value
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_before_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"1")
    source = GOOD.replace("    bits =", f"    open({str(tmp_path / 'kept')!r}).read()\n    bits =")
    with pytest.raises(LabError, match="no files"):
        run(CODEC, *both(source))


def test_a_decoder_counts_as_it_is_and_may_have_another_name() -> None:
    plain = run(CODEC, *both(GOOD))
    encode, decode = (cell(GOOD.replace("encode", "pack").replace("decode", "unpack"), n) for n in ("pack", "unpack"))
    renamed = run(CODEC, encode, decode)
    assert renamed.payloads == plain.payloads
    for mask, decoded in zip(MASKS, renamed.decoded, strict=True):
        np.testing.assert_array_equal(decoded, mask)
    source = lab_process._source(CODEC, "decode", both(GOOD)[1])
    assert "encode" not in source
    assert plain.code_bytes == len(zlib.compress(source.encode(), 9))


def test_in_a_notebook_open_is_python_s_own(tmp_path: Path) -> None:
    """IPython puts a function of its own in its place, which stands in no cell."""
    source = GOOD.replace("    bits =", f"    open({str(tmp_path / 'kept')!r}).read()\n    bits =")
    functions = [cell(source, name, open=interactiveshell._modified_open) for name in ("encode", "decode")]
    with pytest.raises(LabError, match="no files"):
        run(CODEC, *functions)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("np.packbits(mask)", r"a uint8 array of shape \(\d+,\)"),
        ("'text'", "a text of 4 characters"),
        ("3", "an int"),
    ],
)
def test_an_encoder_that_returns_no_bytes(returned: str, said: str) -> None:
    encode, decode = both(f"def encode(mask):\n    return {returned}\ndef decode(data, shape):\n    return 0")
    with pytest.raises(LabError, match=f"encode has to return bytes, not {said}"):
        run(CODEC, encode, decode)


def test_what_a_decoder_imports_of_mine_is_there_and_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = SimpleNamespace(mine=tmp_path / "mine")
    folder.mine.mkdir()
    texts = {
        "sparse": "from mine.pruning import size\n",
        "pruning": "def size(n):\n    return n\n",
        "huffman": "x = 1\n",
    }
    for name, text in texts.items():
        (folder.mine / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(lab_process.work, "find", lambda: folder)
    source = "from mine.sparse import size\n\ndef decode(data, shape):\n    return np.zeros(size(shape), bool)\n"
    assert lab_process._mine_of(source) == {name: texts[name] for name in ("sparse", "pruning")}
    assert lab_process._code_bytes(source) > len(zlib.compress(source.encode(), 9))
    found = lab_process._call(CODEC, "decode", f"import numpy as np\n{source}", [b"", (2, 3)])
    assert found.shape == (2, 3)
    with pytest.raises(LabError, match=r"No module named 'mine'"):
        lab_process._call(
            CODEC, "decode", "import importlib\ndecode = lambda *a: importlib.import_module('mine.huffman')", [b""]
        )
