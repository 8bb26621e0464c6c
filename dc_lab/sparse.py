"""Storing what is left: compressed sparse rows, and the paper's relative index (section 2, figure 2).

A pruned matrix saves nothing by itself, since a zero takes as much room as any other float. Both forms here
store the weights that are left and where they stand.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

MAX_INDEX_BITS = 16

CHUNK = 1 << 20
"""Entries whose positions are worked out at a time, since these take eight bytes each."""


# --- compressed sparse rows ---


class CSR(NamedTuple):
    """Compressed sparse rows of a matrix (m, n) with `nnz` non-zero entries.

    `values` (nnz,) in the matrix's dtype, `columns` (nnz,) int32, `row_start` (m + 1,) int32: the entries of
    row i are at row_start[i] up to, not including, row_start[i + 1]. 2 nnz + m + 1 numbers in all.
    """

    values: np.ndarray
    columns: np.ndarray
    row_start: np.ndarray
    shape: tuple[int, int]


def to_csr(matrix: np.ndarray) -> CSR:
    """The non-zero entries of a matrix, row by row.

    Raises
    ------
    ValueError : not a matrix.
    """
    if matrix.ndim != 2:
        raise ValueError(f"CSR is for matrices, got an array of shape {matrix.shape}; reshape it to two dimensions")
    # Entries come row by row, so a row starts where as many entries stand before it as all rows above it have.
    kept = matrix != 0
    row_start = np.zeros(matrix.shape[0] + 1, np.int32)
    np.cumsum(np.count_nonzero(kept, axis=1), out=row_start[1:])
    columns = np.empty(row_start[-1], np.int32)
    # Row by row: the places of a whole matrix at once would take 16 bytes each.
    for row, (first, last) in enumerate(itertools.pairwise(row_start.tolist())):
        columns[first:last] = np.flatnonzero(kept[row])
    return CSR(matrix[kept], columns, row_start, (matrix.shape[0], matrix.shape[1]))


def from_csr(csr: CSR) -> np.ndarray:
    """The dense matrix that `to_csr` was given."""
    matrix = np.zeros(csr.shape, csr.values.dtype)
    # Each row's number, as often as the row has entries.
    rows = np.repeat(np.arange(csr.shape[0]), np.diff(csr.row_start))
    matrix[rows, csr.columns] = csr.values
    return matrix


# --- the relative index ---


def _check_bits(bits: int) -> None:
    if not 1 <= bits <= MAX_INDEX_BITS:
        raise ValueError(f"index bits must be from 1 to {MAX_INDEX_BITS}, got {bits}")


def zero_runs(mask: np.ndarray) -> np.ndarray:
    """Number of zeros right before each kept weight, int64 (kept,); `mask` is read in C order."""
    if mask.dtype != np.bool_:
        raise ValueError(f"mask must be boolean, got {mask.dtype}")
    return runs_between(np.flatnonzero(mask))


def runs_between(kept: np.ndarray) -> np.ndarray:
    """`zero_runs` of a mask, int64 (kept,), from the positions that it keeps: rising whole numbers (kept,)."""
    return np.diff(kept.astype(np.int64, copy=False), prepend=-1) - 1


def relative_index(mask: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the kept weights as gaps of `bits` bits each (paper, section 2, figure 2).

    Parameters
    ----------
    mask : bool array, any shape; read in C order.
    bits : 1 to 16. A gap counts the zeros since the last stored entry, 0 to 2**bits - 1. Where more zeros
        follow one another, a filler (a stored zero) is put after 2**bits - 1 of them.

    Returns
    -------
    gaps : uint16 array, one a stored entry, fillers included.
    is_filler : bool array of the same length; True where a zero is stored because the gap field is full.

    Raises
    ------
    ValueError : `bits` out of range, or `mask` not boolean.
    """
    return gaps_of_runs(zero_runs(mask), bits)


def gaps_of_runs(runs: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """`relative_index` of a mask from its `zero_runs`."""
    _check_bits(bits)
    # A filler and the zeros before it take up 2**bits positions of a run.
    fillers = runs >> bits
    # Each weight is stored behind its fillers: this is its place among the entries.
    last = np.cumsum(fillers + 1) - 1
    entries = int(last[-1]) + 1 if len(last) else 0
    # Begin with nothing but fillers, whose gaps are full. Then put the weights in, with what the fillers leave over.
    gaps = np.full(entries, 2**bits - 1, np.uint16)
    is_filler = np.ones(entries, bool)
    gaps[last] = runs & (2**bits - 1)
    is_filler[last] = False
    return gaps, is_filler


def relative_index_by_loop(mask: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """`relative_index` position by position: the same arguments, the same two arrays."""
    _check_bits(bits)
    gaps: list[int] = []
    is_filler: list[bool] = []
    entries = zeros = 0
    for kept in mask.ravel().tolist():
        # A weight, or the zero that comes when the field is full, is stored with the zeros before it.
        if kept or zeros == 2**bits - 1:
            gaps.append(zeros)
            is_filler.append(not kept)
            zeros = 0
        else:
            zeros += 1
        if kept:
            entries = len(gaps)
    # Fillers after the last weight lead to nothing and are not stored.
    return np.array(gaps[:entries], np.uint16), np.array(is_filler[:entries], bool)


def positions(gaps: np.ndarray) -> np.ndarray:
    """Where each stored entry stands in the flat array, int64; the inverse of `relative_index`'s gaps."""
    where = np.cumsum(gaps, dtype=np.int64)
    where += np.arange(len(where))
    return where


def to_relative(weights: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """(values, gaps) of the non-zero weights; a filler's value is 0. `values` has the dtype of `weights`."""
    gaps, is_filler = relative_index(weights != 0, bits)
    values = np.zeros(len(gaps), weights.dtype)
    values[~is_filler] = weights[weights != 0]
    return values, gaps


def from_relative(values: np.ndarray, gaps: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The dense array that `to_relative` was given.

    Raises
    ------
    ValueError : values and gaps of different length, or an entry beyond the end of the array.
    """
    if len(values) != len(gaps):
        raise ValueError(f"{len(values)} values but {len(gaps)} gaps; each stored entry has one of both")
    dense = np.zeros(int(np.prod(shape)), values.dtype)
    for piece, where in _positions_by_pieces(gaps):
        if where[-1] >= dense.size:
            raise ValueError(f"an entry stands at {where[-1]}, beyond an array of {dense.size}")
        dense[where] = values[piece]
    return dense.reshape(shape)


def _positions_by_pieces(gaps: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """(which entries, their `positions`), CHUNK entries at a time."""
    start = 0
    for first in range(0, len(gaps), CHUNK):
        piece = slice(first, first + CHUNK)
        where = positions(gaps[piece]) + start
        yield piece, where
        start = int(where[-1]) + 1


def stored_entries(mask: np.ndarray, bits: int) -> int:
    """Number of entries, fillers included, of the relative index of `mask`."""
    _check_bits(bits)
    runs = zero_runs(mask)
    return int((runs >> bits).sum()) + len(runs)


def best_index_bits(mask: np.ndarray, value_bits: int) -> int:
    """The gap width, 1 to 16, at which (value_bits + width) x entries is smallest; the narrower on a tie."""
    return min(range(1, MAX_INDEX_BITS + 1), key=lambda bits: (value_bits + bits) * stored_entries(mask, bits))


# --- what they take ---


def csr_bits(density: float, value_bits: float = 32, column_bits: float = 32) -> float:
    """Bits CSR takes a weight of the dense matrix, leaving out the m + 1 row starts."""
    return density * (value_bits + column_bits)


def relative_bits(density: float, index_bits: int, value_bits: float = 32) -> float:
    """Expected bits the relative index takes a weight, when each is kept independently with `density`.

    A run reaches length r with probability (1 - density)**r, and each 2**index_bits zeros cost a filler.
    """
    _check_bits(index_bits)
    if density == 0:
        return 0.0
    full = (1 - density) ** (2**index_bits)
    if full == 1:  # so few are left that only the fillers count
        return (value_bits + index_bits) / 2**index_bits
    return density * (1 + full / (1 - full)) * (value_bits + index_bits)


def break_even_density(bits_of: Callable[[float], float], dense_bits: float) -> float:
    """The density below which a form that takes `bits_of(density)` bits a weight beats `dense_bits`, within 1e-9.

    `bits_of` must not fall as density rises. 1.0 if it pays at every density, 0.0 if at none.
    """
    # Halve the interval again and again: at its lower end the form pays, at its upper end it does not.
    low, high = 0.0, 1.0
    if bits_of(high) <= dense_bits:
        return 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if bits_of(middle) <= dense_bits:
            low = middle
        else:
            high = middle
    return low
