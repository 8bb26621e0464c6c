"""What the exercises share: a sparse matrix, an input, compressed rows, layers as large as the real ones."""

import numpy as np

W = np.array([[0, 2, 0, 0, -1], [0, 0, 0, 0, 0], [2, 0, 2, 0, 2], [0, -1, 0, 3, 0]], float)
X = np.array([1.0, 4, 2, 3, 5])


def rows_of(row_start):
    """The row of each entry."""
    return np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))


def as_csr(matrix):
    """(values, columns, row_start) of a matrix."""
    rows, columns = np.nonzero(matrix)
    row_start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))])
    return matrix[rows, columns], columns, row_start


def products(values, inputs):
    """Each value times its input or, of a batch, its row of inputs."""
    return (values * inputs.T).T


def summed(rows, terms, m):
    """The sum of the terms of each row, (m,) or (m, batch)."""
    y = np.zeros((m, *terms.shape[1:]))
    np.add.at(y, rows, terms)
    return y


def first_layer(kept=0.08):
    """A float32 matrix (300, 784) with a share of its weights left, all of few bits, so that sums are exact."""
    rng = np.random.default_rng(9)
    matrix = (rng.integers(1, 64, (300, 784)) * rng.choice([-1, 1], (300, 784)) / 64).astype(np.float32)
    matrix[rng.random(matrix.shape) >= kept] = 0
    matrix[[0, 7, 8, 299]] = 0
    return matrix


def inputs(batch):
    """Float32 inputs (784, batch) of few bits."""
    return (np.random.default_rng(10).integers(0, 17, (784, batch)) / 16).astype(np.float32)
