"""`dc_lab.measure.bench`: what it times is right; no test asserts a time."""

import math
import warnings

import numpy as np
import pytest

from dc_lab.checkpoints import weights
from dc_lab.coding import fast
from dc_lab.measure import bench, imagenet
from dc_lab.networks import paper


def test_medians_are_of_the_works_given():
    calls = []
    works = {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}
    taken = bench._medians(works, runs=3)
    assert calls == ["a", "b"] * 4  # one warm-up round, then three, in turn
    assert set(taken) == {"a", "b"}
    assert min(taken.values()) > 0


@pytest.mark.slow
def test_files_are_compressed_and_restored_in_processes_of_their_own(tmp_path):
    net, share = "vgg-16", 1 / 256
    measured = bench._in_new_process(bench._file_costs, str(tmp_path), net, share, 2)
    shapes = imagenet.sampled(net, share=share).shapes
    assert measured["bytes"] == (tmp_path / "net.dcz").stat().st_size
    assert measured["weights"] == sum(math.prod(shape) for shape in shapes.values())
    assert measured["compress_s"] > 0
    restored = weights.WeightFile(tmp_path / "out.safetensors")
    assert restored.shapes == shapes
    for layer, row in paper.layers(net).items():
        array = restored[f"{layer}.weight"]
        assert np.count_nonzero(array) == round(row["kept_pct"] / 100 * array.size)


@pytest.mark.slow
def test_a_command_that_fails_is_said(tmp_path):
    with pytest.raises(RuntimeError, match=r"missing\.npz"):
        bench.in_new_command(["compress", str(tmp_path / "missing.npz"), "-o", str(tmp_path / "out.dcz")])


def test_huffman_and_kmeans_tables(capsys, monkeypatch):
    """Small inputs through the whole of both parts: the peers agree with us, the tables are filled."""
    symbols = bench._code_stream(40_000)
    monkeypatch.setattr(
        bench, "_medians", lambda works, runs=1: {name: (work(), 1.0)[1] for name, work in works.items()}
    )
    bench._bench_huffman_of(symbols, "40,000 symbols of 32", all_peers=True)
    out = capsys.readouterr().out
    assert "dc_lab" in out
    assert "40,000 symbols of 32" in out
    rows = {line.split("  ")[0]: line.removeprefix(line.split("  ")[0]).split() for line in out.splitlines()[3:]}
    assert list(rows)[:3] == ["dc_lab, one thread", "dc_lab, two threads", bench.ZLIB]
    assert rows["dc_lab, one thread"][0] == rows["dc_lab, two threads"][0]
    ours, zlib = (int(rows[name][0].replace(",", "")) for name in ("dc_lab, one thread", bench.ZLIB))
    assert ours < zlib < 1.01 * ours  # zlib's with its tables


def test_streams_of_files_without_the_slow_peers(capsys, monkeypatch):
    monkeypatch.setattr(
        bench, "_medians", lambda works, runs=1: {name: (work(), 1.0)[1] for name, work in works.items()}
    )
    monkeypatch.setattr(
        bench.imagenet, "sampled", lambda net, layers: {"fc6.weight": np.eye(200, dtype=np.float32) + 0.5}
    )
    names = []
    for name, symbols in bench._streams_of_files():
        names.append(name)
        bench._bench_huffman_of(symbols, name, all_peers=False)
    assert names == [f"{layer}, {what}" for layer in ("LeNet-5 ip1", "VGG-16 fc6") for what in ("codes", "gaps")]
    assert capsys.readouterr().out.count(bench.ZLIB) == 4


def test_zlib_gives_the_symbols_back():
    symbols = bench._code_stream(10_000)
    encoders, decoders = {}, {}
    size = bench._add_zlib(encoders, decoders, symbols)
    assert len(encoders[bench.ZLIB]()) == size
    np.testing.assert_array_equal(np.frombuffer(decoders[bench.ZLIB](), np.uint8), symbols)


def test_huffman_streams_are_timed_in_as_many_threads_as_is_said():
    before = fast.THREADS
    assert bench._with_threads(before + 1, lambda: fast.THREADS - before) == 1
    with pytest.raises(ZeroDivisionError):
        bench._with_threads(before + 1, lambda: 1 / 0)
    assert before == fast.THREADS


@pytest.mark.slow
@pytest.mark.weekly
def test_quantized_networks_are_timed_and_right(capsys, monkeypatch):
    monkeypatch.setattr(
        bench, "_medians", lambda works, runs=1: {name: (work(), 1.0)[1] for name, work in works.items()}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # PyTorch's own warns of its end; that is kept from the reader
        bench.bench_quantized()
    captured = capsys.readouterr()
    rows = [line for line in captured.out.splitlines() if line.startswith("lenet-")]
    assert len(rows) in (8, 10)
    errors = {tuple(row.split("  ")[0:1]): [] for row in rows}
    for row in rows:
        errors[tuple(row.split("  ")[0:1])].append(float(row.split()[-5]))
    for found in errors.values():
        assert max(found) - min(found) <= 0.05


def test_ans_table_and_constriction(capsys, monkeypatch):
    monkeypatch.setattr(
        bench, "_medians", lambda works, runs=1: {name: (work(), 1.0)[1] for name, work in works.items()}
    )
    symbols = bench._code_stream(100_000)
    bench._bench_ans_of(symbols)
    out = capsys.readouterr().out
    assert "100,000 symbols of 32" in out
    row = next(line for line in out.splitlines() if line.startswith("dc_lab"))
    assert -0.1 < float(row.split()[2]) < 1
    assert -0.1 < float(out.splitlines()[-1].split(", ")[1].split()[0]) < 1
