"""A matrix made of kernels does what a convolution does, and only such a matrix is taken for one."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from dc_lab.coding.kernels import Places, gathered, spread


@st.composite
def placed(draw):
    """Places, and kernels of whole numbers for them, none of which is all zero."""
    number, stride, size = (draw(st.integers(1, 4)) for _ in range(3))
    places = Places(number, stride, size + (number - 1) * stride)
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 3)), size, size
    kernels = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).integers(-3, 4, shape)
    kernels[:, 0, 0, 0] = 1
    return places, kernels.astype(np.float32)


@given(placed())
def test_a_matrix_does_what_the_convolution_does(drawn):
    places, kernels = drawn
    assert places.size == kernels.shape[2]
    maps = np.random.default_rng(0).integers(-3, 4, (2, kernels.shape[1], places.side, places.side)).astype(np.float32)
    expected = F.conv2d(torch.tensor(maps), torch.tensor(kernels), stride=places.stride)
    assert expected.shape[2:] == (places.number, places.number)
    found = maps.reshape(2, -1) @ spread(kernels, places).T
    np.testing.assert_array_equal(found, expected.reshape(2, -1).numpy())


@given(placed(), st.integers(0, 3), st.integers(0, 3))
def test_kernels_come_back_from_the_matrix(drawn, rows, columns):
    places, kernels = drawn
    # What is over at the end of rows and columns is zero.
    rows, columns = min(rows, places.number**2 - 1), min(columns, places.side**2 - 1)
    matrix = np.pad(spread(kernels, places), ((0, rows), (0, columns)))
    found = gathered(matrix, places)
    assert found is not None
    np.testing.assert_array_equal(found, kernels)


@given(placed(), st.data())
def test_a_matrix_with_one_other_entry_is_none(drawn, data):
    places, kernels = drawn
    rows, columns = min(1, places.number**2 - 1), min(1, places.side**2 - 1)
    matrix = np.pad(spread(kernels, places), ((0, rows), (0, columns)))
    row, column = data.draw(st.integers(0, len(matrix) - 1)), data.draw(st.integers(0, matrix.shape[1] - 1))
    matrix[row, column] += 1
    alone = places.number == 1 and row < len(kernels) and column < kernels[0].size
    assert (gathered(matrix, places) is not None) == alone


@pytest.mark.parametrize(
    ("number", "stride", "side", "size"), [(5, 5, 28, 8), (3, 1, 5, 3), (1, 9, 7, 7), (9, 3, 9, -15)]
)
def test_how_large_a_kernel_is(number, stride, side, size):
    assert Places(number, stride, side).size == size
