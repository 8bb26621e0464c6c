"""How far values moved, by plain loops; and the fewest bits that keep every slice within a bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab.checkpoints import change
from dc_lab.quantized import QuantizedTensor
from dc_lab.support.dtypes import BFLOAT16

VALUES = st.floats(-100, 100, width=32)


def by_loops(before, after):
    """(percent of all, percent of the worst slice), in Python's own floats."""
    slices = before if before.ndim > 1 else before[None]
    news = after if before.ndim > 1 else after[None]
    worst = total = power = 0.0
    for old, new in zip(slices, news, strict=True):
        moved = sum((float(b) - float(a)) ** 2 for a, b in zip(old.flat, new.flat, strict=True))
        there = sum(float(a) ** 2 for a in old.flat)
        total, power = total + moved, power + there
        if moved:
            worst = max(worst, 100 * (moved / there) ** 0.5 if there else float("inf"))
    return 100 * (total / power) ** 0.5 if power else 0.0, worst


@given(
    arrays.arrays(np.float32, arrays.array_shapes(min_dims=1, max_dims=3, max_side=6), elements=VALUES),
    st.integers(0, 99),
    st.sampled_from([1, 3, 1 << 20]),
)
def test_it_is_what_plain_loops_find(before, seed, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(change, "CHUNK", chunk)
        rng = np.random.default_rng(seed)
        after = np.where(rng.random(before.shape) < 0.5, before, rng.normal(size=before.shape).astype(np.float32))
        found = change.change(before, after)
    whole, worst = by_loops(before, after)
    assert found.whole == pytest.approx(whole, rel=1e-5)
    assert found.worst == pytest.approx(worst, rel=1e-5)


def test_nothing_moved():
    array = np.ones((3, 4), np.float32)
    assert change.change(array, array) == change.change(array, array.copy()) == (0.0, 0.0)
    assert change.change(array[:0], array[:0].copy()) == (0.0, 0.0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, BFLOAT16])
@pytest.mark.parametrize("most", [1.5, 5.0, 40.0])
def test_no_slice_moves_further_and_one_bit_less_would_not_do(dtype, most, rng):
    array = rng.normal(size=(8, 60)).astype(np.float32).astype(dtype)
    array[3] = 0
    tensors, bits = change.fewest_bits("w", array, most)
    for tensor, number in zip(tensors, bits, strict=True):
        values = tensor.dequantize() if isinstance(tensor, QuantizedTensor) else tensor
        assert change.change(array, values).worst <= most
        assert not values[3].any()
        if not isinstance(tensor, QuantizedTensor):
            assert tensor.dtype == array.dtype
            if number > 1:
                assert change.change(array, change.shared(array, number - 1)).worst > most


def test_where_channels_differ_widely_each_gets_a_scale(rng):
    """One codebook has no values for the small channels: 116 of 256 used to vanish behind a good average."""
    array = (rng.normal(size=(256, 90)) * np.geomspace(1e-4, 1, 256)[:, None]).astype(np.float32)
    one_codebook = change.change(array, change.shared(array, 8))
    assert one_codebook.whole < 2
    assert one_codebook.worst > 50
    tensors, _ = change.fewest_bits("w", array, 2.0)
    [tensor] = tensors
    assert isinstance(tensor, QuantizedTensor)
    assert change.change(array, tensor.dequantize()).worst <= 2


def test_a_bound_that_8_bits_do_not_reach(rng):
    with pytest.raises(
        ValueError, match=r"^w: with 8 bits a slice of the first axis still changes by 0\.\d+ %, over 0.01 %"
    ):
        change.fewest_bits("w", rng.normal(size=(4, 3000)).astype(np.float32), 0.01)


def test_16_bits_fit_the_files_codebook(rng):
    """65,536 values and one for zero are one too many: the file with 16 bits was larger than with 15."""
    array = rng.normal(size=(300, 400)).astype(np.float32)
    shared = change.shared(array, 16)
    assert len(np.unique(shared)) == 2**16 - 1
    assert change.change(array, shared).whole < change.change(array, change.shared(array, 15)).whole
