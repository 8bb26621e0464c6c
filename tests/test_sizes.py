"""`dc_lab.checkpoints.sizes`: the rows of the paper's tables, worked out from the file a second time."""

import numpy as np
import pytest

from dc_lab import archive
from dc_lab.checkpoints import sizes
from dc_lab.networks import datasets, models

CHECKPOINTS = datasets.data_dir() / "checkpoints"


@pytest.mark.parametrize("net", list(models.NETS))
def test_rows_are_what_the_file_holds(net):
    contents = archive.read_file(CHECKPOINTS / f"{net}.dcz")
    names = [name.removesuffix(".weight") for name in contents.tensors if name.endswith(".weight")]
    rows = sizes.layer_sizes(contents, names)
    assert [row.layer for row in rows] == names
    for row in rows:
        array = contents.tensors[f"{row.layer}.weight"]
        parts = {item.part: item.size for item in contents.items if item.tensor == f"{row.layer}.weight"}
        assert row.weights == array.size
        assert row.kept_pct == pytest.approx(100 * np.mean(array != 0))
        assert row.bytes == sum(parts.values())
        assert row.rate_pct == pytest.approx(100 * row.bytes / array.nbytes)
        # Huffman codes are no longer than fixed ones, and all of a stream's bits are in its bytes.
        assert 0 < row.weight_bits_pqh <= row.weight_bits_pq
        assert 0 <= row.index_bits_pqh <= row.index_bits_pq
        entries = next(s.symbols for s in contents.streams if (s.tensor, s.part) == (f"{row.layer}.weight", "values"))
        assert entries >= np.count_nonzero(array)
        assert 0 <= parts["values"] - entries * row.weight_bits_pqh / 8 < 1


def test_a_layer_stored_as_it_is_has_no_codes_and_no_gaps(rng):
    dense = rng.standard_normal((20, 30), dtype=np.float32)
    contents = archive.read(archive.dumps({"fc.weight": dense}, coder="fixed"))
    [row] = sizes.layer_sizes(contents, ["fc"])
    assert row[:2] == ("fc", 600)
    assert row[3:7] == (0, 0.0, 0, 0.0)
    assert dense.nbytes <= row.bytes == contents.bytes_of("fc.weight") < dense.nbytes + 10
    assert row.rate_pct == pytest.approx(100 * row.bytes / dense.nbytes)
