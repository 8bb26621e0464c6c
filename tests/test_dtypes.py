"""`dc_lab.support.dtypes`: the questions that every dtype has to answer."""

import numpy as np
import pytest

from dc_lab.support.dtypes import BFLOAT16, magnitudes

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
