"""dc_lab.measure.exponents: counts of exponents against NumPy's frexp, the stored ones, and the command."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save_file

from dc_lab.measure import exponents
from dc_lab.support.dtypes import BFLOAT16

FLOATS = st.floats(-(2.0**100), 2.0**100, width=32)


@given(hnp.arrays(np.float32, st.integers(0, 40), elements=FLOATS))
def test_counts_are_those_of_frexp(values):
    """frexp gives a fraction from 0.5 to 1, bfloat16 stores one from 1 to 2 and adds 127; below 2**-126 it has none."""
    rounded = values.astype(BFLOAT16).astype(np.float32)
    stored = np.frexp(rounded)[1] - 1 + 127
    stored[np.abs(rounded) < 2.0**-126] = 0
    expected = np.bincount(stored, minlength=256)
    np.testing.assert_array_equal(exponents.counts_of({"a": values}), expected)
    np.testing.assert_array_equal(exponents.counts_of({"a": values.astype(BFLOAT16), "b": np.arange(9)}), expected)


def test_what_comes_with_the_course():
    found = exponents.stored()
    assert found["weights"] == found["counts"].sum() == 22_713_216
    assert "all-MiniLM-L6-v2" in found["source"]


def test_a_file_with_something_else_in_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path))
    (tmp_path / "exponents").mkdir()
    text = json.dumps({"source": "", "weights": 3, "counts": [1, 2]})
    (tmp_path / "exponents" / "net.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="256 counts of 3 weights"):
        exponents.stored("net")


def test_the_command(tmp_path, capsys):
    save_file({"a": np.array([1.0, 2.0, -1.5], np.float32)}, tmp_path / "net.safetensors")
    assert exponents.main([str(tmp_path / "net.safetensors"), "--source", "mine"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["source"], printed["weights"]) == ("mine", 3)
    assert (printed["counts"][127], printed["counts"][128]) == (2, 1)
    assert exponents.main([str(tmp_path / "net.safetensors"), "-o", str(tmp_path / "found.json")]) == 0
    assert json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["counts"] == printed["counts"]


def test_a_file_that_is_none(tmp_path, capsys):
    (tmp_path / "net.safetensors").write_bytes(b"none")
    assert exponents.main([str(tmp_path / "net.safetensors")]) == 2
    assert "net.safetensors" in capsys.readouterr().err
