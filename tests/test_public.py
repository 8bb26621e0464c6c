"""The table of published weight files, on a small folder that is made here."""

import contextlib
import io
import lzma
import re
import zlib
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
import torch

from dc_lab.checkpoints import weights
from dc_lab.checkpoints.rules import Asked
from dc_lab.cli import main as command
from dc_lab.measure import bench, public, published

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def p_net() -> dict[str, torch.Tensor]:
    shapes = {"conv1": (10, 3, 3, 3), "conv2": (16, 10, 3, 3), "conv3": (32, 16, 3, 3), "conv4_1": (2, 32, 1, 1)}
    shapes["conv4_2"] = (4, 32, 1, 1)
    state = {}
    for name, shape in shapes.items():
        state |= {f"{name}.weight": published._drawn(*shape) / 10, f"{name}.bias": published._drawn(shape[0]) / 10}
    return state | {f"prelu{place}.weight": published._drawn(size) for place, size in ((1, 10), (2, 16), (3, 32))}


@pytest.fixture
def folder(tmp_path, rng):
    """A package with one network that is known, two files of other tensors, and two that are refused."""
    folder = tmp_path / "files"
    (folder / "faces" / "data").mkdir(parents=True)
    torch.save(p_net(), folder / "faces" / "data" / "pnet.pt")
    (folder / "faces_net-1.2.dist-info").mkdir()
    (folder / "faces_net-1.2.dist-info" / "RECORD").write_text("faces/data/pnet.pt,sha256=x,1\n", encoding="utf-8")
    zeros = np.array([[0.0, -0.0, 1.0], [2.0, -0.0, 3.0]], np.float32)
    np.savez(folder / "other.npz", counts=np.arange(5), halves=rng.normal(size=30).astype(np.float16), zeros=zeros)
    tensors = {"w": rng.normal(size=(40, 60)).astype(np.float32), "-0": np.array([-0.0, 1], np.float32)}
    tensors["w"][0, :2] = 0, -0.0
    safetensors.numpy.save_file(tensors, folder / "net.safetensors", {"made": "here"})
    (folder / "model.onnx").write_bytes(b"\x08\x07\x12\x07pytorch" + bytes(600))
    torch.save(torch.nn.Linear(2, 2), folder / "pickled.pt")
    (folder / "notes.txt").write_text("no weights", encoding="utf-8")
    return folder


@pytest.fixture
def here(monkeypatch):
    """Commands in this process, which needs no second torch."""

    def in_this_process(arguments):
        with contextlib.redirect_stdout(io.StringIO()):
            assert command.main(arguments) == 0
        return {"seconds": 1.5, "peak": 10**8}

    monkeypatch.setattr(bench, "in_new_command", in_this_process)


def test_every_file_is_measured_or_refused(folder, here):
    table = public.measure(folder)
    assert [row.file for row in table.rows] == ["faces/data/pnet.pt", "net.safetensors", "other.npz"]
    assert list(table.refused) == ["model.onnx", "pickled.pt"]
    assert table.refused["model.onnx"].startswith("is an ONNX model")
    assert "nothing is unpickled" in table.refused["pickled.pt"]
    net, plain, other = table.rows
    assert (net.kind, net.package, net.dtypes) == ("faces, P-Net: convolutions", "faces_net 1.2", "float32")
    assert (plain.kind, plain.package, plain.moved) == ("unknown", "", None)
    assert other.dtypes == "float16, float32, int64"
    assert net.tensor_bytes == sum(4 * tensor.numel() for tensor in p_net().values())
    assert other.tensor_bytes == 8 * 5 + 2 * 30 + 4 * 6
    for row in table.rows:
        assert row.default.exact
        assert row.lossless.exact
        assert row.default.bytes <= row.lossless.bytes
        assert row.file_bytes == (folder / row.file).stat().st_size
    assert 0.9 < net.moved.cosine < 1
    assert 0 < net.moved.change < 0.1


def test_the_largest_as_bfloat16_beside_its_rivals(folder, here):
    narrow = public.measure(folder).narrow
    tensors = weights.load_weights(folder / "faces" / "data" / "pnet.pt")
    assert narrow.file == "faces/data/pnet.pt"
    assert narrow.values == sum(array.size for array in tensors.values())
    raw = b"".join(tensors[name].astype(BFLOAT16).tobytes() for name in sorted(tensors))
    assert len(raw) == 2 * narrow.values
    assert narrow.zlib == pytest.approx(len(zlib.compress(raw, 9)), rel=0.02)  # the order of the tensors may be another
    assert narrow.lzma == pytest.approx(len(lzma.compress(raw)), rel=0.02)
    assert narrow.lossless.exact


def test_a_folder_in_which_nothing_is_read(tmp_path, capsys, here):
    (tmp_path / "notes.txt").touch()
    assert public.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: no weight files here\n"
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert public.main([str(tmp_path)]) == 0
    assert "| `a.h5` | is an HDF5 file" in capsys.readouterr().out


def test_the_text_has_a_line_a_file(folder, here, capsys):
    assert public.main([str(folder)]) == 0
    out = capsys.readouterr().out
    table, refused, narrow = out.split("\n\n", 2)
    lines = table.splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == 2 + 3
    assert "| yes | not run | not run | 1.5; 1.5 | 100 |" in lines[-1]
    assert refused.startswith("Not read")
    assert "Every bit came back." in narrow
    assert re.search(r"\| as it is \| [\d,]+ \| 16\.00 \|", narrow)


def test_the_readme_sums_up_the_stored_page():
    root = Path(__file__).parent.parent
    lines = (root / "dc_lab" / "measure" / "PUBLIC.md").read_text(encoding="utf-8").splitlines()
    first = lines.index("| " + " | ".join(public.HEADER) + " |") + 2
    rows = [line.strip("| ").split(" | ") for line in lines[first : lines.index("", first)]]
    assert {row[9] for row in rows} == {"yes"}
    large = [row for row in rows if row[2] != "float16" and int(row[4].replace(",", "")) > 1e6]
    ratios, lossless = ([float(row[column].strip("×")) for row in large] for column in (6, 8))
    cosine = min(row[10] for row in large)
    bits = {line.split(" | ")[0].strip("| "): line.split(" | ")[2].strip(" |") for line in lines[-4:]}
    readme = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    assert f"has {len(rows)} of {len({row[0] for row in rows})} kinds of networks" in readme
    assert f"become {min(ratios):.2f} to {max(ratios):.2f} times smaller at the defaults" in readme
    assert f"keep a cosine of {cosine} or more) and {min(lossless):.2f} to {max(lossless):.2f} times with" in readme
    assert f"takes {bits['`compress --lossless`']} bits a weight in place of 16 (lzma: {bits['lzma']})" in readme


# --- what was promised ---


@pytest.fixture
def opened(folder):
    with weights.open_weights(folder / "net.safetensors") as opened:
        yield opened


def test_nothing_may_differ_without_loss(opened):
    lossless = Asked(lossless=True)
    for name in opened:
        array = opened[name].copy()
        assert public.as_promised(opened, name, array, lossless)
        assert not public.as_promised(opened, name, array.astype(np.float64), lossless)
        assert not public.as_promised(opened, name, array.reshape(-1, 1), lossless)
        array.flat[-1] = np.nextafter(array.flat[-1], np.float32(9))
        assert not public.as_promised(opened, name, array, lossless)
    assert not public.as_promised(opened, "-0", np.array([0, 1], np.float32), lossless)


def test_what_is_shared_has_the_values_of_the_codebook(opened):
    assert public.as_promised(opened, "-0", np.array([0, 1], np.float32), Asked())
    assert not public.as_promised(opened, "-0", np.array([0, 2], np.float32), Asked())
    assert not public.as_promised(opened, "w", opened["w"], Asked())  # more than 32 values
    row, shared = public.compress.one(opened, "w", Asked().settings("w", 2))
    assert row.bits == 5
    assert len(np.unique(shared)) == 32 + 1  # and zero
    assert public.as_promised(opened, "w", shared, Asked())
    shared = shared.copy()
    shared[0, 0] = shared.max() if shared[0, 0] != shared.max() else shared.min()
    assert not public.as_promised(opened, "w", shared, Asked())


def test_a_file_that_breaks_its_promise_is_said(folder, here, monkeypatch, capsys):
    monkeypatch.setattr(public, "as_promised", lambda opened, name, back, asked: name != "w")
    assert public.main([str(folder)]) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if "net.safetensors" in line]
    assert "| NO |" in line


@pytest.mark.slow
def test_the_page_is_written_by_commands_in_their_own_processes(folder, tmp_path):
    (folder / "faces" / "data" / "pnet.pt").unlink()
    (folder / "other.npz").unlink()
    page = tmp_path / "PUBLIC.md"
    assert public.main([str(folder), "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Weight files that others published\n")
    [line] = [line for line in text.splitlines() if line.startswith("| unknown ")]
    seconds, peak = re.fullmatch(r".* \| ([\d.]+); [\d.]+ \| (\d+) \|", line).groups()
    assert float(seconds) >= 0
    assert int(peak) > 50
