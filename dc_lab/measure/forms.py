"""Multiplying with a layer: dense, as compressed rows, in 8 bits, and straight from the compressed form.

y = W x for weights W (m, n) and inputs x (n,) or (n, batch), a column an input. Each function in the first half is
the idea in NumPy. `forms` then puts the same layer into every form that is installed here, each in the library
routine that runs it best, to be timed side by side by `dc_lab.measure.cost`.

Every form but 8 bits computes the same sums of the same float32 numbers in another order. An output is a sum of n
products, so that it is off by at most n + 300 roundings of the sum of |w x| (`rounding_bound`); what is seen is
about a thousandth of that.
"""

import functools
import importlib
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab import dynamic
from dc_lab.sparse import CSR, to_csr

BLOCK_COLUMNS = 4096
"""Columns of a block: 16 KB of inputs at batch 1, which the smallest cache of a processor (32 KB or more) holds."""
PIECE = 1 << 21
"""Products that the NumPy forms hold in memory at a time."""
MOST_CENTROIDS = 256
ROWS = 256
"""Rows whose entries are sorted at a time."""


class Clusters(NamedTuple):
    """A matrix of few distinct values, its entries sorted by row and, within a row, by centroid.

    `codebook` (k,) float32, the distinct non-zero values. `columns` (nnz,) int32. `start` (m * k + 1,) int32: the
    entries of row i that have value codebook[j] are at start[i * k + j] up to, not including, start[i * k + j + 1].
    The values themselves are not stored: where an entry stands says which one it has.
    """

    codebook: np.ndarray
    columns: np.ndarray
    start: np.ndarray
    shape: tuple[int, int]


def to_clusters(csr: CSR) -> Clusters:
    """The same matrix, its entries grouped by value.

    Raises
    ------
    ValueError : more than 256 distinct values.
    """
    codebook = np.unique(csr.values)
    if len(codebook) > MOST_CENTROIDS:
        raise ValueError(f"{len(codebook):,} distinct values: share the weights first, {MOST_CENTROIDS} at most")
    m, k = csr.shape[0], len(codebook)
    start, columns = np.zeros(m * k + 1, np.int32), np.empty_like(csr.columns)
    # Some rows at a time: cells and their order are eight bytes an entry each.
    for first in range(0, m, ROWS):
        row_start = csr.row_start[first : first + ROWS + 1]
        entries, count = slice(row_start[0], row_start[-1]), len(row_start) - 1
        rows = np.repeat(np.arange(count), np.diff(row_start))
        cells = rows * k + np.searchsorted(codebook, csr.values[entries])
        start[first * k + 1 : (first + count) * k + 1] = np.bincount(cells, minlength=count * k)
        columns[entries] = csr.columns[entries][np.argsort(cells, kind="stable")]
    np.cumsum(start, out=start)
    return Clusters(codebook, columns, start, csr.shape)


def _as_columns(x: np.ndarray, n: int) -> np.ndarray:
    """x as (n, batch)."""
    if x.ndim not in (1, 2) or x.shape[0] != n:
        raise ValueError(f"expected inputs ({n},) or ({n}, batch), a column an input; got shape {x.shape}")
    return x.reshape(n, -1)


def segment_sums(values: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Sums of values[start[i] : start[i + 1]] along the first axis, float (len(start) - 1, ...); of none it is 0.

    `np.add.reduceat` does this, except that for an empty segment it returns the one value that stands there, and
    raises where there is none. So it is given only the segments that are not empty.
    """
    sums = np.zeros((len(start) - 1, *values.shape[1:]), values.dtype)
    filled = np.flatnonzero(np.diff(start))
    if len(filled):
        sums[filled] = np.add.reduceat(values, start[filled], axis=0)
    return sums


def csr_product(csr: CSR, x: np.ndarray) -> np.ndarray:
    """W x from compressed rows: gather an input for each entry, multiply, sum each row. Shape (m,) or (m, batch).

    Raises
    ------
    ValueError : x does not have the matrix's number of columns as its first dimension.
    """
    columns = _as_columns(x, csr.shape[1])
    y = np.zeros((csr.shape[0], columns.shape[1]), np.result_type(csr.values, x))
    for rows in _pieces(csr.row_start, columns.shape[1]):
        entries = slice(csr.row_start[rows.start], csr.row_start[rows.stop])
        products = np.take(columns, csr.columns[entries], axis=0) * csr.values[entries, None]
        y[rows] = segment_sums(products, csr.row_start[rows.start : rows.stop + 1] - entries.start)
    return y.reshape(csr.shape[0], *x.shape[1:])


def _pieces(row_start: np.ndarray, batch: int) -> list[slice]:
    """Ranges of rows with about PIECE products each, so that they fit into memory whatever the batch."""
    step = max(1, PIECE // max(1, batch))
    edges = np.searchsorted(row_start, np.arange(step, int(row_start[-1]), step), side="right") - 1
    bounds = np.unique(np.concatenate([[0], edges, [len(row_start) - 1]])).tolist()
    return [slice(low, high) for low, high in itertools.pairwise(bounds)]


def cluster_sums(clusters: Clusters, x: np.ndarray) -> np.ndarray:
    """Sum of the inputs that meet each centroid in each row: (m, k) or (m, k, batch).

    Only additions; the weights have not been looked at. `cluster_product` multiplies.
    """
    m, k = clusters.shape[0], len(clusters.codebook)
    columns = _as_columns(x, clusters.shape[1])
    sums = np.zeros((m * k, columns.shape[1]), np.result_type(x, np.float32))
    for cells in _pieces(clusters.start, columns.shape[1]):
        entries = slice(clusters.start[cells.start], clusters.start[cells.stop])
        gathered = np.take(columns, clusters.columns[entries], axis=0)
        sums[cells] = segment_sums(gathered, clusters.start[cells.start : cells.stop + 1] - entries.start)
    return sums.reshape(m, k, *x.shape[1:])


def cluster_product(clusters: Clusters, x: np.ndarray) -> np.ndarray:
    """W x straight from the compressed form: y = codebook . sums, one product a centroid. (m,) or (m, batch).

    Raises
    ------
    ValueError : x does not have the matrix's number of columns as its first dimension.
    """
    sums = cluster_sums(clusters, x)
    return np.tensordot(sums, clusters.codebook, axes=(1, 0))


def rounding_bound(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The most by which W x in float32 may be off, whatever the order of summation: (m,) or (m, batch), float64."""
    roundings = weights.shape[1] + MOST_CENTROIDS + 44
    return roundings * float(np.finfo(np.float32).eps) / 2 * (np.abs(weights) @ np.abs(x)).astype(np.float64)


# --- every form of one layer ---


@dataclass(frozen=True)
class Form:
    """A layer in one form, ready to multiply.

    Attributes
    ----------
    name : such as "CSR, torch".
    nbytes : bytes of the weights, their positions and codebooks: what a product reads of them.
    operations : additions and multiplications an input.
    lookups : inputs that are looked up by a stored position, an input of the batch; 0 if dense.
    pruned, exact : whether zeros are left out; whether the result is the dense one but for rounding.
    prepare : inputs float32 (n, batch) as this form wants them; not part of what is timed.
    product, finish : the product itself; what it returned as (m, batch).
    """

    name: str
    nbytes: int
    operations: int
    lookups: int
    pruned: bool
    exact: bool
    prepare: Callable[[np.ndarray], Any]
    product: Callable[[Any], Any]
    finish: Callable[[Any], np.ndarray]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """W x as float array (m, batch), for x float32 (n, batch)."""
        return self.finish(self.product(self.prepare(x)))


def _single(x: np.ndarray) -> np.ndarray:
    """(n, batch), or (n,) for a batch of one: libraries have another routine for a single input."""
    return np.ascontiguousarray(x[:, 0] if x.shape[1] == 1 else x)


def _columns(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(_single(x))


def _rows(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.T))


def _as_matrix(y: Any) -> np.ndarray:
    return np.asarray(y).reshape(len(y), -1)


def dense_numpy(weights: np.ndarray) -> Form:
    """All weights, zeros included, in NumPy."""
    size = weights.size
    return Form(
        "dense, NumPy", 4 * size, 2 * size, 0, False, True, np.ascontiguousarray, lambda x: weights @ x, _as_matrix
    )


def dense_torch(weights: np.ndarray) -> Form:
    """All weights, zeros included, in torch."""
    size, tensor = weights.size, torch.from_numpy(weights)
    return Form(
        "dense, torch", 4 * size, 2 * size, 0, False, True, _rows, lambda x: x @ tensor.T, lambda y: y.numpy().T
    )


def _csr_bytes(csr: CSR) -> int:
    return csr.values.nbytes + csr.columns.nbytes + csr.row_start.nbytes


def csr_numpy(csr: CSR) -> Form:
    """Compressed rows in NumPy: `csr_product`."""
    nnz = len(csr.values)
    return Form(
        "CSR, NumPy", _csr_bytes(csr), 2 * nnz, nnz, True, True, lambda x: x, lambda x: csr_product(csr, x), _as_matrix
    )


def csr_scipy(csr: CSR) -> Form | None:
    """Compressed rows in SciPy, None where it is not installed."""
    try:
        sparse = importlib.import_module("scipy.sparse")
    except ImportError:
        return None
    matrix, nnz = sparse.csr_array((csr.values, csr.columns, csr.row_start), shape=csr.shape), len(csr.values)
    return Form("CSR, scipy", _csr_bytes(csr), 2 * nnz, nnz, True, True, _single, lambda x: matrix @ x, _as_matrix)


def torch_csr(csr: CSR) -> torch.Tensor:
    """The matrix as torch's own CSR, with indices of 32 bits."""
    row_start, columns, values = map(torch.from_numpy, (csr.row_start, csr.columns, csr.values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that sparse CSR is in beta
        return torch.sparse_csr_tensor(row_start, columns, values, size=csr.shape)


@functools.cache
def _has_single_input_routine() -> bool:
    """Whether torch multiplies sparse rows with a vector here; builds without MKL know matrices only."""
    try:
        torch_csr(to_csr(np.ones((1, 1), np.float32))) @ torch.ones(1)
    except RuntimeError:
        return False
    return True


def _times(matrix: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Sparse matrix times x (n,) or (n, batch)."""
    if x.ndim == 2 or _has_single_input_routine():
        return matrix @ x
    return (matrix @ x[:, None])[:, 0]


def csr_torch(csr: CSR) -> Form:
    """Compressed rows in torch."""
    matrix, nnz = torch_csr(csr), len(csr.values)
    return Form(
        "CSR, torch", _csr_bytes(csr), 2 * nnz, nnz, True, True, _columns, lambda x: _times(matrix, x), _as_matrix
    )


def column_blocks(csr: CSR, width: int = BLOCK_COLUMNS) -> list[CSR]:
    """The matrix cut into blocks of about equally many columns, `width` at most; each block's columns begin at 0.

    Raises
    ------
    ValueError : width below 1.
    """
    if width < 1:
        raise ValueError(f"a block has 1 column or more, got width {width}")
    m, n = csr.shape
    count = max(1, -(-n // width))
    edges = [n * i // count for i in range(count + 1)]
    rows = np.repeat(np.arange(m), np.diff(csr.row_start))
    blocks = []
    for low, high in itertools.pairwise(edges):
        inside = (csr.columns >= low) & (csr.columns < high)
        row_start = np.zeros(m + 1, np.int32)
        np.cumsum(np.bincount(rows[inside], minlength=m), out=row_start[1:])
        blocks.append(CSR(csr.values[inside], csr.columns[inside] - np.int32(low), row_start, (m, high - low)))
    return blocks


def csr_torch_blocks(csr: CSR) -> Form | None:
    """Compressed rows in torch, one block of columns after the other: the inputs of a block stay in the nearest cache.

    None for a matrix that is a single block.
    """
    blocks = column_blocks(csr)
    if len(blocks) == 1:
        return None
    matrices, nnz = [torch_csr(block) for block in blocks], len(csr.values)
    widths = [block.shape[1] for block in blocks]

    def product(x: torch.Tensor) -> torch.Tensor:
        parts = x.split(widths)
        y = _times(matrices[0], parts[0])
        for matrix, part in zip(matrices[1:], parts[1:], strict=True):
            y += _times(matrix, part)
        return y

    nbytes = sum(map(_csr_bytes, blocks))
    return Form("CSR in column blocks, torch", nbytes, 2 * nnz, nnz, True, True, _columns, product, _as_matrix)


def csr_bags(csr: CSR) -> Form:
    """Compressed rows by torch's embedding_bag: for each row, the rows of x it needs, weighted and summed.

    At batch 1 such a row of x is a single number, at batch 64 it is 64 numbers side by side, which a processor
    multiplies 8 or 16 at a time.
    """
    columns, starts, values = map(torch.from_numpy, (csr.columns, csr.row_start[:-1], csr.values))
    nnz = len(csr.values)

    def product(x: torch.Tensor) -> torch.Tensor:
        return F.embedding_bag(columns, x, starts, mode="sum", per_sample_weights=values)

    def prepare(x: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(x))

    return Form("CSR, embedding_bag", _csr_bytes(csr), 2 * nnz, nnz, True, True, prepare, product, _as_matrix)


def _cluster_operations(clusters: Clusters) -> int:
    """One addition an entry; then, for each row and centroid, a multiplication and an addition."""
    return len(clusters.columns) + 2 * clusters.shape[0] * len(clusters.codebook)


def clusters_bincount(clusters: Clusters) -> Form:
    """Straight from the compressed form, as one would write it: `np.bincount` sums the inputs of each cluster."""
    m, k = clusters.shape[0], len(clusters.codebook)
    cells = np.repeat(np.arange(m * k), np.diff(clusters.start))  # which (row, centroid) each entry adds to
    columns = clusters.columns.astype(np.intp)

    def product(x: np.ndarray) -> np.ndarray:
        sums = [np.bincount(cells, weights=one[columns], minlength=m * k).reshape(m, k) for one in x]
        return np.stack([one @ clusters.codebook for one in sums], axis=1)

    return Form(
        "clusters, bincount",
        cells.nbytes + columns.nbytes + clusters.codebook.nbytes,
        _cluster_operations(clusters),
        len(columns),
        True,
        True,
        lambda x: np.ascontiguousarray(x.T),
        product,
        _as_matrix,
    )


def clusters_torch(clusters: Clusters) -> Form:
    """Straight from the compressed form, with the cluster sums by the library.

    "Sum the inputs of each cluster" is itself a product with a sparse matrix, of m * k rows and nothing but ones.
    """
    m, k = clusters.shape[0], len(clusters.codebook)
    ones = np.ones(len(clusters.columns), np.float32)
    cells = CSR(ones, clusters.columns, clusters.start, (m * k, clusters.shape[1]))
    matrix, codebook = torch_csr(cells), torch.from_numpy(clusters.codebook)

    def product(x: torch.Tensor) -> torch.Tensor:
        sums = _times(matrix, x)
        return sums.reshape(m, k) @ codebook if x.ndim == 1 else torch.matmul(codebook, sums.reshape(m, k, -1))

    return Form(
        "clusters, torch",
        _csr_bytes(cells) + clusters.codebook.nbytes,
        _cluster_operations(clusters),
        len(ones),
        True,
        True,
        _columns,
        product,
        _as_matrix,
    )


def dense_int8(weights: np.ndarray) -> Form:
    """All weights in 8 bits, zeros included, inputs rounded in each call: torch's dynamic Linear, else ours."""
    linear = nn.Linear(weights.shape[1], weights.shape[0], bias=False, device="meta")
    linear.weight = nn.Parameter(torch.from_numpy(weights), requires_grad=False)
    model, name = nn.Sequential(linear), "dense int8, torch"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is going to be removed
            quantized: nn.Module = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, torch.qint8, inplace=True)
    except (AttributeError, RuntimeError):
        quantized, name = dynamic.quantize_dynamic(model), "dense int8, dc_lab"

    def product(x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return quantized(x)

    size = weights.size
    return Form(name, size, 2 * size, 0, False, False, _rows, product, lambda y: y.numpy().T)


def forms(weights: np.ndarray, names: Sequence[str] | None = None) -> list[Form]:
    """The layer in every form that there is here, or in those whose name begins with one of `names`.

    Parameters
    ----------
    weights : float32 (m, n), zeros where pruned. The forms from clusters need at most 256 distinct non-zero values
        and are left out otherwise.

    Raises
    ------
    ValueError : not a float32 matrix, or one without entries that are not zero.
    """
    if weights.ndim != 2 or weights.dtype != np.float32 or not weights.any():
        raise ValueError(
            f"expected a float32 matrix that is not all zeros, got {weights.dtype} of shape {weights.shape}"
        )
    weights = np.ascontiguousarray(weights)
    csr = to_csr(weights)
    clusters = functools.cache(lambda: to_clusters(csr))  # once, and only where a form from them is wanted
    makers: dict[str, Callable[[], Form | None]] = {
        "dense, NumPy": lambda: dense_numpy(weights),
        "dense, torch": lambda: dense_torch(weights),
        "CSR, NumPy": lambda: csr_numpy(csr),
        "CSR, scipy": lambda: csr_scipy(csr),
        "CSR, torch": lambda: csr_torch(csr),
        "CSR in column blocks, torch": lambda: csr_torch_blocks(csr),
        "CSR, embedding_bag": lambda: csr_bags(csr),
        "clusters, bincount": lambda: clusters_bincount(clusters()),
        "clusters, torch": lambda: clusters_torch(clusters()),
        "dense int8": lambda: dense_int8(weights),
    }
    if len(np.unique(csr.values)) > MOST_CENTROIDS:
        makers = {name: make for name, make in makers.items() if not name.startswith("clusters")}
    wanted = [make for name, make in makers.items() if names is None or name.startswith(tuple(names))]
    return [form for form in (make() for make in wanted) if form is not None]
