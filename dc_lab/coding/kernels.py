"""Matrices that are a few kernels, each at many places: the weights of a convolution as those of a Linear layer.

The columns of such a matrix are maps of `side` x `side` entries. A kernel of k x k entries in each map stands at
`places` x `places` places, `stride` apart, so that the last place ends where the map ends: k + (places - 1) * stride is
`side`. Each place is a row; the rows of a kernel follow one another.
"""

from typing import NamedTuple

import numpy as np

MOST_PLACES = 15
"""Places of a kernel each way, at most, and the most that they may be apart: what a file can say in half a byte."""


class Places(NamedTuple):
    """Where kernels stand in maps of `side` x `side`; each way there are `number` places, `stride` apart."""

    number: int
    stride: int
    side: int

    @property
    def size(self) -> int:
        """How wide and high a kernel is; below 1 there is none."""
        return self.side - (self.number - 1) * self.stride


def spread(kernels: np.ndarray, places: Places) -> np.ndarray:
    """The matrix: kernels (rows, maps, k, k) become (rows * number**2, maps * side**2), same dtype."""
    rows, maps = kernels.shape[:2]
    number, stride, side = places
    matrix = np.zeros((rows, number, number, maps, side, side), kernels.dtype)
    for down in range(number):
        for right in range(number):
            top, left = down * stride, right * stride
            matrix[:, down, right, :, top : top + places.size, left : left + places.size] = kernels
    return matrix.reshape(rows * number**2, maps * side**2)


def gathered(matrix: np.ndarray, places: Places) -> np.ndarray | None:
    """The kernels that `spread` makes this matrix of, or None if there are none.

    Parameters
    ----------
    matrix : (rows, columns). What is beyond a multiple of number**2 rows and side**2 columns has to be zero.
    """
    number, _, side = places
    rows, maps = len(matrix) // number**2, matrix.shape[1] // side**2
    whole = matrix[: rows * number**2, : maps * side**2]
    # Each kernel is what its first place says. If that is so, spreading them gives the matrix again.
    first = whole.reshape(rows, number**2, maps, side, side)[:, 0, :, : places.size, : places.size]
    beyond = matrix[len(whole) :].any() or matrix[:, maps * side**2 :].any()
    return first if not beyond and np.array_equal(spread(first, places), whole) else None
