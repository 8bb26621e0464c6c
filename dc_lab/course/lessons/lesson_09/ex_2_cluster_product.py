"""09.2 Straight from the compressed form."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_09.common import W, X, as_csr, rows_of
from dc_lab.course.lessons.lesson_09.ex_1_csr_product import csr_product


def cluster_product(codes, columns, row_start, codebook, x):
    """(sums, y): sums (m, k) of the inputs that meet each centroid in each row, and y = W x (m,) from them."""
    m, k = len(row_start) - 1, len(codebook)
    rows = np.repeat(np.arange(m), np.diff(row_start))
    sums = np.bincount(rows * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


CODEBOOK = np.array([-1.0, 2.0, 3.0])


def _shared(matrix, codebook):
    values, columns, row_start = as_csr(matrix)
    return np.argmin(np.abs(values[:, None] - codebook), axis=1), columns, row_start, codebook


def _draw_clusters(rng):
    rows, columns = rng.integers(2, 4), rng.integers(3, 7)
    codebook = np.sort(rng.choice([-2.0, -1.5, -0.5, 0.25, 1.0, 3.0], rng.integers(2, 4), replace=False))
    matrix = codebook[rng.integers(0, len(codebook), (rows, columns))]
    matrix[rng.random(matrix.shape) > 0.6] = 0
    return (*_shared(matrix, codebook), rng.integers(-8, 9, columns) / 4)


exercise = Exercise(
    id="09.2",
    title="Straight from the compressed form",
    minutes=10,
    reference=cluster_product,
    shown=(*_shared(W, CODEBOOK), X),
    cases=[
        (*_shared(np.array([[2.0]]), np.array([2.0])), np.array([1.5])),
        (*_shared(np.array([[2.0, 2.0]]), np.array([2.0])), np.array([1.5, 1.0])),
        (*_shared(np.array([[2.0, -1.0]]), np.array([-1.0, 2.0])), np.array([1.5, 1.0])),
        (*_shared(np.array([[2.0, 2.0], [-1.0, 2.0]]), np.array([-1.0, 2.0])), np.array([1.5, 0.5])),
        (*_shared(np.array([[-1.0, -1.0, 0.0], [0.0, 0.0, 0.0]]), np.array([-1.0, 2.0])), np.array([1.5, 0.5, 7.0])),
        (*_shared(np.array([[0.0, 0.0, 0.0], [2.0, -1.0, 2.0]]), np.array([-1.0, 2.0])), np.array([1.5, 0.5, 7.0])),
        (*_shared(np.array([[2.0, -1.0, 2.0]]), np.array([-1.0, 2.0, 5.0])), np.array([1.5, 0.5, 7.0])),
        (*_shared(np.array([[2.0, 0.0], [0.0, -1.0], [2.0, 2.0]]), np.array([-1.0, 2.0])), np.array([0.5, 3.0])),
        (np.zeros(0, int), np.zeros(0, int), np.zeros(3, int), np.array([1.0, 2.0]), np.array([1.0, 2.0])),
    ],
    draw=_draw_clusters,
    tolerance=1e-5,
    dtype="any",
    hints=[
        "Row 2 of the example has three weights of value 2: 2 x1 + 2 x3 + 2 x5 = 2 (x1 + x3 + x5). Add first.",
        "Number the cells of `sums` row by row: entry e belongs to cell rows[e] * k + codes[e].",
        "np.bincount(rows * k + codes, weights=x[columns], minlength=m * k).reshape(m, k), then sums @ codebook.",
    ],
    why="""With 4 bits there are at most 16 multiplications an output, however many inputs it has; the rest is addition.
        The weights are never unpacked: codes and columns go in as the file has them. A circuit of one's own would save
        energy by it; a processor multiplies and adds in one instruction, and the lesson measures what is left.""",
)


@exercise.alternative
def _clusters_by_add_at(codes, columns, row_start, codebook, x):
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    np.add.at(sums, (rows_of(row_start), codes), x[columns])
    return sums, (sums * codebook).sum(axis=1)


@exercise.alternative
def _clusters_one_by_one(codes, columns, row_start, codebook, x):
    sums = np.stack(
        [csr_product((codes == code).astype(float), columns, row_start, x) for code in range(len(codebook))], axis=1
    )
    return sums, sums @ codebook


@exercise.mistake("repeats lost")
def _(codes, columns, row_start, codebook, x):
    """sums[rows, codes] += x[columns] keeps only the last input of each cluster: NumPy reads and writes each place
    once, however often it is named. Use np.add.at, or np.bincount with weights."""
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    sums[rows_of(row_start), codes] += x[columns]
    return sums, sums @ codebook


@exercise.mistake("multiplied before summing")
def _(codes, columns, row_start, codebook, x):
    """Your y is right, but your sums are already multiplied. Sum the inputs as they are; the codebook comes in once, at
    the end: sums @ codebook. That is what saves the multiplications."""
    sums = cluster_product(codes, columns, row_start, codebook, x)[0] * codebook
    return sums, sums.sum(axis=1)


@exercise.mistake("multiplied twice")
def _(codes, columns, row_start, codebook, x):
    """The centroids have been multiplied in before summing and once more at the end. The sums are sums of inputs
    only."""
    sums = cluster_product(codes, columns, row_start, codebook, x)[0] * codebook
    return sums, sums @ codebook


@exercise.mistake("counts instead of sums")
def _(codes, columns, row_start, codebook, x):
    """You count how many inputs meet each centroid. Add their values: np.bincount(cells, weights=x[columns])."""
    sums = cluster_product(codes, columns, row_start, codebook, np.ones_like(x))[0]
    return sums, sums @ codebook


@exercise.mistake("means instead of sums")
def _(codes, columns, row_start, codebook, x):
    """You divide by the number of inputs in the cluster. A row's output is a sum of weight times input over all
    entries, so that each cluster brings its sum."""
    sums = cluster_product(codes, columns, row_start, codebook, x)[0]
    counts = cluster_product(codes, columns, row_start, codebook, np.ones_like(x))[0]
    means = sums / np.maximum(counts, 1)
    return means, means @ codebook


@exercise.mistake("inputs looked up by code")
def _(codes, columns, row_start, codebook, x):
    """You take x at the code. The code says which centroid; which input an entry meets says its column."""
    return cluster_product(codes, codes, row_start, codebook, x)


@exercise.mistake("one sum for the whole layer")
def _(codes, columns, row_start, codebook, x):
    """You sum over all rows. Each output needs sums of its own: a row and a code together make the cell, rows * k +
    codes."""
    sums = np.bincount(codes, weights=x[columns], minlength=len(codebook))
    return sums, sums @ codebook


@exercise.mistake("the codebook left out")
def _(codes, columns, row_start, codebook, x):
    """You add the sums of a row as they are. Each is multiplied by its centroid first: sums @ codebook."""
    sums = cluster_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums.sum(axis=1)


@exercise.mistake("codes taken for values")
def _(codes, columns, row_start, codebook, x):
    """You multiply the sums by 0, 1, 2 ... A code is a place in the codebook; multiply by what stands there."""
    sums = cluster_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums @ np.arange(len(codebook), dtype=float)


@exercise.mistake("cells numbered by column")
def _(codes, columns, row_start, codebook, x):
    """codes * m + rows numbers the cells code by code, but reshape(m, k) reads them row by row. Number them rows * k +
    codes, or reshape to (k, m) and transpose."""
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(codes * m + rows_of(row_start), weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


@exercise.mistake("sums transposed")
def _(codes, columns, row_start, codebook, x):
    """Your sums have a row for each centroid. They should be (m, k): a row for each output."""
    sums, y = cluster_product(codes, columns, row_start, codebook, x)
    return sums.T, y


@exercise.mistake("cells at the end missing")
def _(codes, columns, row_start, codebook, x):
    """np.bincount ends at the last cell that occurs, so that it is too short wherever the last row does not use the
    last centroid. Give it minlength=m * k."""
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(rows_of(row_start) * k + codes, weights=x[columns]).reshape(m, k)
    return sums, sums @ codebook


@exercise.mistake("only the centroids that occur")
def _(codes, columns, row_start, codebook, x):
    """You take the largest code for the size of the codebook. A centroid may be unused in this layer: k is
    len(codebook)."""
    m, k = len(row_start) - 1, int(codes.max()) + 1
    sums = np.bincount(rows_of(row_start) * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook[:k]


@exercise.mistake("the centroids counted")
def _(codes, columns, row_start, codebook, x):
    """You count the codes that occur. A centroid may be unused in this layer, and its column is there all the same: k
    is len(codebook)."""
    m, k = len(row_start) - 1, len(np.unique(codes))
    sums = np.bincount(rows_of(row_start) * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook[:k]


@exercise.mistake("cells numbered by m")
def _(codes, columns, row_start, codebook, x):
    """rows * m + codes gives each row m cells. A row has one for each centroid, which are k: rows * k + codes."""
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(rows_of(row_start) * m + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


@exercise.mistake("only the outputs")
def _(codes, columns, row_start, codebook, x):
    """This is the product with the weights unpacked, codebook[codes]. Return the cluster sums as well, and y made from
    them: (sums, sums @ codebook)."""
    return csr_product(codebook[codes], columns, row_start, x)


@exercise.mistake("y first")
def _(codes, columns, row_start, codebook, x):
    """Both arrays are right, in the wrong order: return (sums, y)."""
    sums, y = cluster_product(codes, columns, row_start, codebook, x)
    return y, sums


@exercise.mistake("not added up")
def _(codes, columns, row_start, codebook, x):
    """Your y still has a number for each centroid. Add them for each row: sums @ codebook multiplies and adds."""
    sums = cluster_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums * codebook


@exercise.mistake("only the sums")
def _(codes, columns, row_start, codebook, x):
    """The sums are right. Return y as well: (sums, sums @ codebook)."""
    return cluster_product(codes, columns, row_start, codebook, x)[0]


@exercise.mistake("row plus code")
def _(codes, columns, row_start, codebook, x):
    """rows + codes gives the same cell to row 0, code 1 and to row 1, code 0. Each row has k cells: rows * k +
    codes."""
    m, k = len(row_start) - 1, len(codebook)
    cells = rows_of(row_start) + codes
    sums = np.bincount(cells, weights=x[columns], minlength=m * k)[: m * k].reshape(m, k)
    return sums, sums @ codebook
