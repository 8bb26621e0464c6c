"""Quantized tensors in a file: exact, in few bytes, and no change for files without them."""

from pathlib import Path

import numpy as np
import pytest
from dcz_files import ruled_network
from fuzz_archive import same

from dc_lab import archive, huffman, quantized
from dc_lab.archive import CODERS, dumps, load, read, save
from dc_lab.quantized import QuantizedTensor, quantize_per_tensor


@pytest.mark.parametrize("coder", CODERS)
def test_quantized_tensors_come_back_exactly(coder: archive.Coder, tmp_path: Path) -> None:
    network = ruled_network()
    content = dumps(network, coder)
    contents = read(content)
    assert content[3] == (3 if coder == "smallest" else 2)
    assert list(contents.tensors) == list(network)
    for name, expected in network.items():
        found = contents.tensors[name]
        assert type(found) is type(expected)
        if isinstance(expected, QuantizedTensor):
            assert found == expected
            assert contents.kinds[name].startswith("quantized, ")
            assert found.bits == expected.bits
            np.testing.assert_array_equal(found.dequantize(), expected.dequantize())
    assert sum(item.size for item in contents.items) == len(content)
    assert dumps(contents.tensors, coder) == content
    assert save(tmp_path / "net.dcz", network) == (tmp_path / "net.dcz").stat().st_size
    assert same(network, load(tmp_path / "net.dcz"))


def test_without_a_quantized_tensor_files_are_as_they_were() -> None:
    assert dumps({"bias": np.ones(3, np.float32)})[3] == 1


def test_integers_are_huffman_coded_where_that_is_smaller() -> None:
    weights = np.random.default_rng(0).normal(size=(100, 800)).astype(np.float32)
    for number, most in ((8, 7.3), (4, 3.1)):
        ruler = quantized.minmax_qparams(weights.min(), weights.max(), np.int8, number, symmetric=True)
        q = quantize_per_tensor(weights, *ruler, np.int8, number)
        content = dumps({"w": q})
        entropy = huffman.entropy(np.bincount(q.integers.ravel().astype(int) + 128)) * q.size / 8
        assert entropy < len(content) < 1.03 * entropy + 150
        assert len(content) < len(dumps({"w": q}, coder="fixed")) <= number * q.size / 8 + 150
        assert 8 * len(content) / q.size < most
