"""`dc_lab.support.dtypes`: the questions that every dtype has to answer."""

import numpy as np
import pytest

from dc_lab import archive, pruning, sharing
from dc_lab.checkpoints import change
from dc_lab.support.dtypes import BFLOAT16, magnitudes, sortable

INTEGERS = [np.dtype(f"{kind}{size}") for kind in "iu" for size in (1, 2, 4, 8)]


@pytest.mark.parametrize("dtype", [*INTEGERS, np.dtype(">i2")])
def test_magnitudes_of_the_ends_of_every_integer_dtype(dtype):
    ends = np.iinfo(dtype)
    values = [ends.min, ends.min + 1, 0, 1, ends.max]
    found = magnitudes(np.array(values, dtype))
    assert found.dtype.itemsize == dtype.itemsize
    assert found.tolist() == [abs(value) for value in values]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, BFLOAT16])
def test_magnitudes_of_floats(dtype):
    values = np.array([[-1.5, 0.0], [-0.0, 2.0]], np.float32).astype(dtype)
    found = magnitudes(values)
    assert found.tolist() == [[1.5, 0.0], [0.0, 2.0]]
    assert found.dtype == (np.float32 if dtype == BFLOAT16 else dtype)


def test_magnitudes_of_what_is_neither():
    assert magnitudes(np.array([True, False])).tolist() == [True, False]
    assert magnitudes(np.zeros((0, 3), np.int8)).shape == (0, 3)
    assert magnitudes(np.array(-128, np.int8)) == 128


# --- sorting ---


def of_sixteen_bits(dtype, count, kinds):
    """Few distinct values, as in a layer that is shared: both zeros among them, the smallest and the largest ones."""
    rng = np.random.default_rng(0)
    ends = np.array([0.0, -0.0, 1, -1, 2**-24, -(2**-24), 65504, -65504])
    return rng.choice(np.concatenate([ends, rng.standard_normal(kinds)]), count).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, BFLOAT16])
@pytest.mark.parametrize("count", [5_000, 100_000])
def test_sixteen_bits_are_sorted_as_python_sorts_them(dtype, count):
    """`np.sort` and `np.unique` of NumPy 2.2 are wrong for these float16 on processors with AVX512-FP16."""
    values = of_sixteen_bits(dtype, count, 16)
    expected = sorted(values.tolist())
    assert np.sort(sortable(values)).tolist() == expected
    assert np.unique(sortable(values)).tolist() == sorted(set(expected))
    with_nan = np.append(values, np.array([np.nan, np.inf, -np.inf], dtype))
    found = np.sort(sortable(with_nan))
    assert found[:-1].tolist() == [-np.inf, *expected, np.inf]
    assert np.isnan(found[-1])


@pytest.mark.parametrize("dtype", [np.float16, BFLOAT16])
def test_what_is_made_of_sixteen_bits_comes_from_the_right_order(dtype):
    values = of_sixteen_bits(dtype, 100_000, 16)
    distinct = sorted(set(values[values != 0].tolist()))
    assert sharing.kmeans(values[values != 0], 64).codebook.tolist() == pytest.approx(distinct, rel=1e-9)
    assert sharing.optimal(values[values != 0], 64).codebook.tolist() == pytest.approx(distinct, rel=1e-9)
    for bits in (5, 16):  # as many as there are, and more: nothing changes
        np.testing.assert_array_equal(change.shared(values, bits).astype("f4"), values.astype("f4"))
    for density in (0.1, 0.5, 0.9):
        mask = pruning.magnitude_mask(values, density)
        np.testing.assert_array_equal(mask, pruning.magnitude_mask_by_sorting(values, density))
        order = sorted(range(len(values)), key=lambda i: -abs(float(values[i])))
        assert set(np.flatnonzero(mask)) == set(order[: round(density * len(values))])
    again = archive.loads(archive.dumps({"w": values}))["w"]
    np.testing.assert_array_equal(again.astype("f4"), values.astype("f4"))
