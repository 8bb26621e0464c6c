"""dc_lab.measure.starts: which layers of other people's files are measured, and the table."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file
from scipy import stats

from dc_lab import sharing
from dc_lab.measure import starts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file with a large layer and one of heavy tails, a file whose layers are all too small, and one that is none."""
    rng = np.random.default_rng(0)
    large = rng.normal(0, 0.1, (200, 120)).astype(np.float32)
    large[:, :30] = 0
    layers = {
        "large": large,
        "heavy": rng.standard_t(3, (120, 100)).astype(np.float32),
        "whole": np.arange(20_000).reshape(100, 200),
        "row": rng.normal(0, 1, 20_000).astype(np.float32),
        "few values": np.resize(np.arange(9, dtype=np.float32), (120, 100)),
    }
    (tmp_path / "some").mkdir()
    save_file(layers, tmp_path / "some" / "net.safetensors")
    save_file({"small": large[:10]}, tmp_path / "small.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"none")
    return tmp_path


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 20))
def test_kurtosis_is_scipys(seed, shape):
    values = np.random.default_rng(seed).gamma(shape, 1, 500).astype(np.float32)
    assert starts.kurtosis(values) == pytest.approx(stats.kurtosis(values.astype(np.float64)), rel=1e-9, abs=1e-9)


def test_the_largest_layer_and_that_of_the_heaviest_tails(folder):
    found = list(starts.layers(folder))
    assert [(layer.file, layer.name) for layer in found] == [
        ("some/net.safetensors", "large"),
        ("some/net.safetensors", "heavy"),
    ]
    assert found[0].values.size == 200 * 90
    assert np.count_nonzero(found[0].values) == 200 * 90
    assert found[1].kurtosis > found[0].kurtosis


def test_of_a_large_layer_evenly_spaced_weights(folder, monkeypatch):
    monkeypatch.setattr(starts, "MOST", 5_000)
    first = next(iter(starts.layers(folder)))
    assert 3_000 < first.values.size <= 5_000


@pytest.mark.slow
def test_the_table(folder, monkeypatch, capsys, tmp_path):
    """What it prints for a layer is what k-means and the optimum give."""
    monkeypatch.setattr(starts, "BITS", (2,))
    assert starts.main([str(folder), "-o", str(tmp_path / "table.md")]) == 0
    out = capsys.readouterr().out
    assert out in (tmp_path / "table.md").read_text(encoding="utf-8")
    layer = next(iter(starts.layers(folder)))
    best = sharing.optimal(layer.values, 4).inertia
    over = 100 * (sharing.kmeans(layer.values, 4, "density").inertia / best - 1)
    row = next(line for line in out.splitlines() if " large " in line)
    assert f" {over:.2f} (" in row
    assert "2 layers" in out


def test_no_folder(tmp_path, capsys):
    with pytest.raises(SystemExit):
        starts.main([str(tmp_path / "none")])
    assert "is not a folder" in capsys.readouterr().err
