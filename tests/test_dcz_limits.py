"""What reading takes is in proportion: counted work for each byte of file and tensors, memory as FORMAT.md says."""

import json
import struct
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import worst_files
from dcz_files import BOOK, constant, ruled, small_networks, tensor, varint
from fuzz_archive import repaired, same
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import archive
from dc_lab.archive import ArchiveError, dumps, loads
from dc_lab.checkpoints import running, saving
from dc_lab.cli import inspect, main
from dc_lab.coding import adaptive
from dc_lab.dcz import limits, reading
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.rans import RANS
from dc_lab.quantized import QuantizedTensor

DECISIONS_A_BYTE = 20
MEMORY, MEMORY_A_BYTE = 6, 128
"""What FORMAT.md says under "What reading takes"."""

PIECES = 40
"""Bytes for each entry of those that are worked on at a time, up to a million."""


@pytest.fixture
def traced() -> Iterator[None]:
    adaptive.logits()  # a table that is made once, and not for a file
    tracemalloc.start()
    yield
    tracemalloc.stop()


def work(content: bytes) -> tuple[archive.Contents, int, int]:
    """What is read, and how many decisions and entries of rANS tables that took."""
    readers: list[Reader] = []

    class Kept(Reader):
        def __init__(self, content: bytes) -> None:
            super().__init__(content)
            readers.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "Reader", Kept)
        found = archive.read(content)
    allowed = limits.TABLE_ENTRIES + limits.TABLE_ENTRIES_A_BYTE * len(content)
    return found, limits.MAX_DECISIONS - readers[0].decisions, allowed - readers[0].table_entries


def bytes_of(contents: archive.Contents) -> int:
    return sum(each.nbytes for name, each in contents.tensors.items() if name not in contents.tied)


WORST = worst_files.worst(3000, 60, 2**18)


@pytest.mark.parametrize("name", WORST)
def test_the_worst_files_are_read_with_counted_work_and_memory(name: str, traced: None) -> None:
    content = WORST[name]()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    contents, decisions, entries = work(content)
    peak = tracemalloc.get_traced_memory()[1] - before
    size = bytes_of(contents)
    assert decisions < DECISIONS_A_BYTE * (len(content) + size)
    assert entries <= limits.TABLE_ENTRIES + limits.TABLE_ENTRIES_A_BYTE * len(content)
    assert peak < (MEMORY + PIECES) * size + MEMORY_A_BYTE * len(content) + 2**20
    text = inspect.inspection_text(contents, len(content))
    assert len(text) < 100 * len(content) + 2000
    # Names of 1,024 bytes are the only thing that the machine-readable form repeats.
    assert len(json.dumps(inspect.inspection(contents, len(content)))) < 300 * len(content) + 2000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["map of zeros, a row", "map of zeros, a column", "gaps and codes, decided"])
def test_the_most_decisions_take_little_memory(name: str, traced: None) -> None:
    decisions = 2**12
    content = worst_files.worst(decisions, 0, 0)[name]()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    loads(content)
    assert tracemalloc.get_traced_memory()[1] - before < decisions * 2**26 // limits.MAX_DECISIONS + 50_000


@pytest.mark.parametrize("coder", ["fixed", "huffman", "rans"])
@pytest.mark.parametrize("sort", ["dense", "few", "sparse", "floats", "halves", "exact"])
def test_memory_for_what_a_writer_makes(sort: str, coder: archive.Coder, traced: None) -> None:
    rng = np.random.default_rng(0)
    size = 2**17
    array = {
        "dense": lambda: np.where(rng.random(size) < 0.9, rng.integers(1, 5, size), 0).astype(np.int8),
        "few": lambda: rng.choice(np.arange(3, dtype=np.int8), size, p=[0.999, 0.0005, 0.0005]),
        "sparse": lambda: np.where(rng.random(size) < 0.1, rng.integers(1, 60_000, size), 0).astype(np.float32),
        "floats": lambda: rng.normal(size=size).astype(np.float32),
        "halves": lambda: rng.normal(size=size).astype(np.float16).astype(np.float32),
        "exact": lambda: rng.normal(size=size).astype(np.float32),
    }[sort]()
    content = dumps({"w": array}, coder, exact=sort == "exact")
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    found = loads(content)["w"]
    assert tracemalloc.get_traced_memory()[1] - before < MEMORY * (found.nbytes + len(content)) + PIECES * size


# --- what our writers make ---


@settings(max_examples=40)
@given(small_networks(), st.sampled_from(archive.CODERS), st.sampled_from([0, 10, 60, 300, 2**20]))
def test_whatever_is_written_can_be_read(network: dict[str, Any], coder: archive.Coder, most: int) -> None:
    """Also where the decisions run out in the middle of a file, and without the entries that every file may have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_DECISIONS", most)
        patch.setattr(limits, "TABLE_ENTRIES", 0)
        content = dumps(network, coder)
        contents, decisions, entries = work(content)
        assert same(network, contents.tensors)
        assert decisions <= most
        assert decisions < DECISIONS_A_BYTE * (len(content) + bytes_of(contents))
        assert entries <= limits.TABLE_ENTRIES_A_BYTE * len(content)


@settings(max_examples=100)
@given(st.lists(st.integers(0, 3000), min_size=2, max_size=60), st.integers(0, 40))
def test_a_table_of_frequencies_is_worth_its_stream(counts: list[int], rare: int) -> None:
    """What is planned keeps to the limit by itself: a file of any number of such streams does."""
    spread = np.array([*counts, *[1] * rare])
    plan = RANS().cost(spread, int(np.count_nonzero(spread)), float("inf"))
    if plan is None:
        return
    values = np.repeat(np.arange(len(spread)), spread)
    content = RANS().write(values, plan).content
    assert int(plan.code.sum()) <= limits.TABLE_ENTRIES_A_BYTE * len(content)


def test_a_map_of_a_few_bytes_takes_all_decisions_and_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest file for so many decisions that our writer makes: why small files may not have fewer."""
    monkeypatch.setattr(limits, "MAX_DECISIONS", 3000)
    column = np.zeros((100, 30), np.int8)
    column[:, 7] = 1
    content = dumps({"w": column}, "smallest")
    contents, decisions, _ = work(content)
    assert contents.kinds["w"] == "mapped"
    assert len(content) < 30
    assert decisions == 3000


# --- what values take that are made of integers ---

SIZE = 2**21
CONSTANT = ruled(shape=(SIZE,), dtype=3)
BY_CHANNEL = ruled(axis=1, scales=struct.pack("<f", 0.5) * 8, shape=(8, SIZE // 8), dtype=3)


@pytest.mark.parametrize("content", [CONSTANT, BY_CHANNEL], ids=["one scale", "a scale a channel"])
@pytest.mark.parametrize("suffix", saving.WRITABLE)
def test_decompress_counts_float32_and_takes_little_more(suffix, content, tmp_path, traced, capsys):
    source, target = tmp_path / "net.dcz", tmp_path / f"net{suffix}"
    source.write_bytes(content)
    command = ["decompress", str(source), "-o", str(target), "--force"]
    assert main.main([*command, "--max-bytes", str(4 * SIZE)]) == 0
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    assert main.main([*command, "--max-bytes", str(4 * SIZE)]) == 0
    # Integers and values; safetensors before 0.6 had a copy of the values.
    assert tracemalloc.get_traced_memory()[1] - before < 2.3 * 4 * SIZE + 2**22
    target.unlink()
    tracemalloc.reset_peak()
    capsys.readouterr()
    assert main.main([*command, "--max-bytes", str(4 * SIZE - 1)]) == 2
    said = capsys.readouterr().err
    assert "8,388,608 bytes of tensors, quantized ones as float32, expected at most 8,388,607" in said
    assert tracemalloc.get_traced_memory()[1] - before < 1.1 * SIZE + 2**20
    assert not target.exists()


def test_inspect_takes_the_integers_alone(tmp_path, traced, capsys):
    (tmp_path / "net.dcz").write_bytes(BY_CHANNEL)
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    assert main.main(["inspect", str(tmp_path / "net.dcz"), "--json", "--max-bytes", str(SIZE)]) == 0
    assert tracemalloc.get_traced_memory()[1] - before < 1.1 * SIZE + 2**21
    assert json.loads(capsys.readouterr().out)["tensors"][0]["nonzero"] == SIZE


def test_tied_tensors_count_as_often_as_they_are_written(tmp_path, capsys):
    tied = {name: archive.Tied("w") for name in "abc"}
    archive.save(tmp_path / "net.dcz", {"w": np.ones(1000, np.float32), **tied})
    command = ["decompress", str(tmp_path / "net.dcz"), "--force", "--max-bytes", "15999", "-o"]
    for suffix, code in ((".pt", 0), (".npz", 2), (".safetensors", 2)):
        assert main.main([*command, str(tmp_path / f"net{suffix}")]) == code
    assert "16,000 bytes of tensors" in capsys.readouterr().err


def test_a_model_is_loaded_within_the_limit(tmp_path):
    import torch

    q = QuantizedTensor(np.ones((10, 10), np.int8), 0.5, 0)
    archive.save(tmp_path / "net.dcz", {"weight": q, "bias": np.zeros(10, np.float32)})
    model = torch.nn.Linear(10, 10)
    running.load_into(model, tmp_path / "net.dcz", max_bytes=440)
    assert (model.weight == 0.5).all()
    with pytest.raises(ArchiveError, match="440 bytes of tensors, quantized ones as float32, expected at most 439"):
        running.load_into(model, tmp_path / "net.dcz", max_bytes=439)


def test_the_default_limit_is_one_rule(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 2000)
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x")
    large.write_bytes(b"x" * 100)
    archive.check_bytes(2000, small, None)
    archive.check_bytes(102_400, large, None)
    archive.check_bytes(5000, small, 5000)
    for size, path, most in ((2001, small, None), (102_401, large, None), (5001, small, 5000)):
        with pytest.raises(ArchiveError, match=f"{size:,} bytes of tensors"):
            archive.check_bytes(size, path, most)


def test_names_of_one_tensor_share_their_text():
    content = worst_files.ties(3, 1, b"w" * 1024)
    how = archive.read(content).kinds
    assert how["0"] is how["2"]


def test_a_long_name_does_not_make_every_line_long():
    headers = varint(1000) + b"w" * 1000 + b"\4\1\1" + b"\1v\4\1\1"
    content = repaired(b"DCZ\1\2" + headers + constant(1) * 2 + bytes(4))
    lines = inspect.inspection_text(archive.read(content), len(content)).splitlines()
    assert max(map(len, lines)) < 300
    assert any(line.startswith("w" * 119 + "…") for line in lines)


@pytest.mark.parametrize("kind", [2, 6])
def test_sparse_constants_take_the_memory_that_is_said(kind, traced):
    size = 2**23
    data = varint(size) + (BOOK if kind == 6 else b"") + constant(0) + constant(1)
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    assert loads(tensor(data, kind, shape=(size,)), size)["w"].all()
    assert tracemalloc.get_traced_memory()[1] - before < MEMORY * size + PIECES * 2**20
