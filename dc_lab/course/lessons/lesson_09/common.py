"""A sparse matrix, an input, and compressed rows."""

import numpy as np

W = np.array([[0, 2, 0, 0, -1], [0, 0, 0, 0, 0], [2, 0, 2, 0, 2], [0, -1, 0, 3, 0]], float)
X = np.array([1.0, 4, 2, 3, 5])


def rows_of(row_start):
    return np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))


def as_csr(matrix):
    rows, columns = np.nonzero(matrix)
    row_start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))])
    return matrix[rows, columns], columns, row_start
