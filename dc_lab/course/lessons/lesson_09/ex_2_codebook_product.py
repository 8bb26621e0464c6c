"""09.2 Straight from codes and codebook."""

import itertools

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_09.common import W, X, as_csr, first_layer, inputs, rows_of
from dc_lab.course.lessons.lesson_09.ex_1_csr_product import csr_product


def codebook_product(codes, columns, row_start, codebook, x):
    """(sums, y): sums (m, k) of the inputs by row and centroid, and y (m,)."""
    m, k = len(row_start) - 1, len(codebook)
    rows = np.repeat(np.arange(m), np.diff(row_start))
    sums = np.zeros((m, k))
    np.add.at(sums, (rows, codes), x[columns])
    return sums, sums @ codebook


CODEBOOK = np.array([-1.0, 2.0, 3.0])


def _shared(matrix, codebook, dtype=np.int64):
    values, columns, row_start = as_csr(matrix)
    codes = np.argmin(np.abs(values[:, None] - codebook), axis=1).astype(dtype)
    return codes, columns, row_start, codebook


def _draw_clusters(rng):
    rows, columns = (int(size) for size in (rng.integers(2, 5), rng.integers(3, 7)))
    codebook = np.sort(rng.normal(0, 2, int(rng.integers(2, 5))))
    matrix = codebook[rng.integers(0, len(codebook), (rows, columns))]
    matrix[rng.random(matrix.shape) > 0.6] = 0
    return (*_shared(matrix, codebook, rng.choice([np.uint8, np.int64])), rng.normal(0, 1, columns))


def _large():
    """Sixteen values, codes of one byte; 300 rows times 16 centroids are more than a byte counts."""
    values, columns, row_start = as_csr(first_layer())
    codebook = (np.arange(-8, 8) + 0.5).astype(np.float32) / 8
    codes = np.random.default_rng(11).integers(0, 16, len(values)).astype(np.uint8)
    return codes, columns.astype(np.int32), row_start.astype(np.int32), codebook, inputs(1)[:, 0]


PAIR = np.array([-1.0, 2.0])
SIX = np.array([1.5, 0.5, 7.0])
TALL = np.tile([[2.0, -1.0, 0.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 2.0]], (50, 1))
"""150 rows of two centroids: 300 sums, more than codes of one byte can number."""


def _accepted(case, expected, got):
    """Either array; None where both are right. Raises for what is no pair of arrays."""
    if not isinstance(got, (tuple, list)) or len(got) != 2 or not all(isinstance(part, np.ndarray) for part in got):
        raise TypeError("not two arrays")
    if [part.shape for part in got] != [part.shape for part in expected]:
        raise TypeError("not such arrays")
    if any(part.dtype.kind not in "fiu" for part in got):
        raise TypeError("not numbers")
    sums, y = (np.isclose(part, right, rtol=1e-5, atol=1e-5) for part, right in zip(got, expected, strict=True))
    if not sums.all():
        row, code = (int(i) for i in np.argwhere(~sums)[0])
        right, found = expected[0][row, code], got[0][row, code]
        return f"the inputs that meet centroid {code} in row {row} sum to {right:.7g}; yours to {found:.7g}"
    if not y.all():
        row = int(np.flatnonzero(~y)[0])
        return f"the sums are right, but y of row {row} is {expected[1][row]:.7g}; yours is {got[1][row]:.7g}"
    return None


exercise = Exercise(
    id="09.2",
    title="Straight from codes and codebook",
    minutes=10,
    task="build",
    reference=codebook_product,
    shown=(*_shared(W, CODEBOOK), X),
    cases=[
        (*_shared(np.array([[2.0]]), np.array([2.0])), np.array([1.5])),
        (*_shared(np.array([[2.0, 2.0]]), np.array([2.0])), np.array([1.5, 1.0])),
        (*_shared(np.array([[2.0, -1.0]]), PAIR), np.array([1.5, 1.0])),
        (*_shared(np.array([[2.0, 2.0], [-1.0, 2.0]]), PAIR), np.array([1.5, 0.5])),
        (*_shared(np.array([[-1.0, -1.0, 0.0], [0.0, 0.0, 0.0]]), PAIR), SIX),
        (*_shared(np.array([[0.0, 0.0, 0.0], [2.0, -1.0, 2.0]]), PAIR), SIX),
        (*_shared(np.array([[2.0, -1.0, 2.0]]), np.array([-1.0, 2.0, 5.0])), SIX),
        (*_shared(np.array([[2.0, 5.0, 2.0]]), np.array([-1.0, 2.0, 5.0])), SIX),
        (*_shared(np.array([[2.0, 0.0], [0.0, -1.0], [2.0, 2.0]]), PAIR), np.array([0.5, 3.0])),
        (*_shared(np.array([[2.0, 0.0], [0.0, -1.0], [2.0, 2.0]]), PAIR, np.uint8), np.array([0.5, 3.0])),
        (*_shared(np.array([[0.0, -1.0, 2.0, 2.0]]), PAIR, np.uint8), np.array([0.1, 0.7, -0.3, 0.9])),
        (*_shared(TALL, PAIR, np.uint8), SIX),
        (np.zeros(0, int), np.zeros(0, int), np.zeros(3, int), np.array([1.0, 2.0]), np.array([1.0, 2.0])),
        # A codebook that is not sorted, and one whose last code is the last of a byte.
        (
            *_shared(np.array([[3.0, 0.0, -1.0], [2.0, 2.0, 0.0]]), np.array([3.0, -1.0, 2.0])),
            np.array([0.3, 1.1, 2.0]),
        ),
        (
            np.array([255, 130, 0, 255], np.uint8),
            np.array([0, 2, 1, 2]),
            np.array([0, 2, 3, 4]),
            np.arange(256) / 8 - 16,
            np.array([0.5, 1.5, -0.7]),
        ),
        # Codes beyond 127 that are not at the end of a byte: read as int8, 130 is -126, which is place 74 of 200.
        (
            np.array([199, 130, 0], np.uint8),
            np.array([0, 2, 1]),
            np.array([0, 2, 3]),
            np.arange(200) / 8 - 12,
            np.array([0.5, 1.5, -0.7]),
        ),
        # Two centroids of one value: the code says which of them an entry belongs to.
        (
            np.array([0, 2, 1]),
            np.array([0, 1, 1]),
            np.array([0, 2, 3]),
            np.array([2.0, -1.0, 2.0]),
            np.array([0.3, 1.1]),
        ),
    ],
    draw=_draw_clusters,
    accept=_accepted,
    tolerance=1e-5,
    dtypes=("float32",),
    large=_large,
    large_is="a float32 layer as large as the first, 300 x 784, with 16 centroids and codes of one byte",
    hints=[
        "For each entry there are three numbers: its row, its code, and the input that it meets, x[columns]. The input "
        "is added to the sum at [row, code].",
        "Start from sums = np.zeros((m, k)), with k = len(codebook). The row of each entry is np.repeat(np.arange(m), "
        "np.diff(row_start)). np.add.at adds where a place is named several times.",
        "np.add.at(sums, (rows, codes), x[columns]); then y = sums @ codebook.",
    ],
    why="""The codebook comes in once, at the end: a multiplication for each row and centroid in place of one for each
        weight. np.bincount with weights can sum too, over the places rows * k + codes; it needs minlength=m * k.""",
)


@exercise.alternative
def _by_bincount(codes, columns, row_start, codebook, x):
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(rows_of(row_start) * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


@exercise.alternative
def _row_by_row(codes, columns, row_start, codebook, x):
    sums = np.zeros((len(row_start) - 1, len(codebook)), np.float32)
    for i, (low, high) in enumerate(itertools.pairwise(row_start)):
        for code in range(len(codebook)):
            sums[i, code] = x[columns[low:high][codes[low:high] == code]].sum()
    return [sums, (sums * codebook).sum(axis=1)]


@exercise.alternative
def _by_one_hot(codes, columns, row_start, codebook, x):
    one_hot = np.zeros((len(codes), len(codebook)))
    one_hot[np.arange(len(codes)), codes] = x[columns]
    before = np.concatenate([np.zeros((1, len(codebook))), np.cumsum(one_hot, axis=0)])
    sums = before[row_start[1:]] - before[row_start[:-1]]
    return sums, sums.dot(codebook)


@exercise.alternative
def _by_products_of_ones(codes, columns, row_start, codebook, x):
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
    sums = codebook_product(codes, columns, row_start, codebook, x)[0] * codebook
    return sums, sums.sum(axis=1)


@exercise.mistake("multiplied twice")
def _(codes, columns, row_start, codebook, x):
    """The centroids have been multiplied in before summing and once more at the end. The sums are sums of inputs
    only."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0] * codebook
    return sums, sums @ codebook


@exercise.mistake("counts instead of sums")
def _(codes, columns, row_start, codebook, x):
    """You count how many inputs meet each centroid. Add their values: np.bincount(cells, weights=x[columns])."""
    sums = codebook_product(codes, columns, row_start, codebook, np.ones_like(x))[0]
    return sums, sums @ codebook


@exercise.mistake("means instead of sums")
def _(codes, columns, row_start, codebook, x):
    """You divide by the number of inputs in the cluster. A row's output is a sum of weight times input over all
    entries, so that each cluster brings its sum."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    counts = codebook_product(codes, columns, row_start, codebook, np.ones_like(x))[0]
    means = sums / np.maximum(counts, 1)
    return means, means @ codebook


@exercise.mistake("inputs looked up by code")
def _(codes, columns, row_start, codebook, x):
    """You take x at the code. The code says which centroid; which input an entry meets says its column."""
    return codebook_product(codes, codes, row_start, codebook, x)


@exercise.mistake("one sum for the whole layer")
def _(codes, columns, row_start, codebook, x):
    """You sum over all rows. Each output needs sums of its own: a row and a code together make the cell, rows * k +
    codes."""
    sums = np.bincount(codes, weights=x[columns], minlength=len(codebook))
    return sums, sums @ codebook


@exercise.mistake("the codebook left out")
def _(codes, columns, row_start, codebook, x):
    """You add the sums of a row as they are. Each is multiplied by its centroid first: sums @ codebook."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums.sum(axis=1)


@exercise.mistake("codes taken for values")
def _(codes, columns, row_start, codebook, x):
    """You multiply the sums by 0, 1, 2 ... A code is a place in the codebook; multiply by what stands there."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
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
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
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
    m, k = len(row_start) - 1, max(codes.tolist(), default=-1) + 1
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
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    return y, sums


@exercise.mistake("not added up")
def _(codes, columns, row_start, codebook, x):
    """Your y still has a number for each centroid. Add them for each row: sums @ codebook multiplies and adds."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums * codebook


@exercise.mistake("only the sums")
def _(codes, columns, row_start, codebook, x):
    """The sums are right. Return y as well: (sums, sums @ codebook)."""
    return codebook_product(codes, columns, row_start, codebook, x)[0]


@exercise.mistake("row plus code")
def _(codes, columns, row_start, codebook, x):
    """rows + codes gives the same cell to row 0, code 1 and to row 1, code 0. Each row has k cells: rows * k +
    codes."""
    m, k = len(row_start) - 1, len(codebook)
    cells = rows_of(row_start) + codes
    sums = np.bincount(cells, weights=x[columns], minlength=m * k)[: m * k].reshape(m, k)
    return sums, sums @ codebook


@exercise.mistake("cells numbered in the dtype of the codes")
def _(codes, columns, row_start, codebook, x):
    """codes * m or codes + ... is computed in the dtype of the codes. Where it is uint8, numbers beyond 255 wrap
    around. Convert first, codes.astype(int), or index with (rows, codes)."""
    m, k = len(row_start) - 1, len(codebook)
    cells = (rows_of(row_start).astype(codes.dtype) * np.array(k, codes.dtype) + codes).astype(int)
    sums = np.bincount(cells, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


@exercise.mistake("inputs in the order of the entries")
def _(codes, columns, row_start, codebook, x):
    """The first entry takes the first input, the second the second, through the whole layer. Which input an entry
    meets says its column: x[columns]."""
    return codebook_product(codes, np.arange(len(codes)), row_start, codebook, x)


@exercise.mistake("sums as whole numbers")
def _(codes, columns, row_start, codebook, x):
    """Your sums are whole numbers: is the array made with an integer dtype? Inputs are floats."""
    sums = np.zeros((len(row_start) - 1, len(codebook)), int)
    np.add.at(sums, (rows_of(row_start), codes), x[columns].astype(int))
    return sums, sums @ codebook


@exercise.mistake("the running sum of all rows")
def _(codes, columns, row_start, codebook, x):
    """The sums are not set to 0 for a new row: each row still has those of all rows before it. Make new sums for each
    row, or add into an array (m, k)."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0].cumsum(axis=0)
    return sums, sums @ codebook


@exercise.mistake("cells numbered by column in the dtype of the codes")
def _(codes, columns, row_start, codebook, x):
    """codes * m is computed in the dtype of the codes. Where it is uint8, numbers beyond 255 wrap around, or NumPy
    refuses a larger m. Convert first, codes.astype(int), or index with (rows, codes)."""
    m, k = len(row_start) - 1, len(codebook)
    cells = (codes * np.array(m).astype(codes.dtype) + rows_of(row_start).astype(codes.dtype)).astype(int)
    sums = np.bincount(cells, weights=x[columns], minlength=m * k)[: m * k].reshape(k, m).T
    return sums, sums @ codebook


@exercise.mistake("one row of sums for all")
def _(codes, columns, row_start, codebook, x):
    """All rows have the sums of the last one: the same array was put into the list again and again. Make a new one for
    each row, or add into an array (m, k)."""
    right = codebook_product(codes, columns, row_start, codebook, x)[0]
    sums = np.array([right[-1]] * len(right))
    return sums, sums @ codebook


@exercise.mistake("inputs counted from the start of the row")
def _(codes, columns, row_start, codebook, x):
    """The k-th entry of a row takes the k-th input. Entries were left out in between: which input an entry meets says
    its column, x[columns]."""
    within = np.arange(len(codes)) - row_start[:-1][rows_of(row_start)]
    return codebook_product(codes, within, row_start, codebook, x)


@exercise.mistake("cells numbered in one byte, with an error")
def _(codes, columns, row_start, codebook, x):
    """code + i * k is computed in the dtype of the code. NumPy refuses to add 256 to a uint8. Convert first, int(code),
    or index with sums[i, code]."""
    m, k = len(row_start) - 1, len(codebook)
    sums = np.zeros((m, k))
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        for entry in range(low, high):
            sums.flat[codes[entry] + row * k] += x[columns[entry]]
    return sums, sums @ codebook


@exercise.mistake("rows of different lengths")
def _(codes, columns, row_start, codebook, x):
    """np.bincount ends at the largest code of a row, so that rows come out with different lengths. Give it minlength=k,
    for each row."""
    rows = [np.bincount(codes[low:high], weights=x[columns[low:high]]) for low, high in itertools.pairwise(row_start)]
    sums = np.array(rows)
    return sums, sums @ codebook


@exercise.mistake("code 0 left out")
def _(codes, columns, row_start, codebook, x):
    """The sums of centroid 0 are 0. Code 0 is a place of the codebook like the others; it is no removed weight."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    sums[:, 0] = 0
    return sums, sums @ codebook


@exercise.mistake("centroids that do not occur dropped")
def _(codes, columns, row_start, codebook, x):
    """Your sums lack the columns of centroids that no entry has. Each centroid has a column, with sums of 0 where it is
    not used."""
    sums, used = codebook_product(codes, columns, row_start, codebook, x)[0][:, np.unique(codes)], np.unique(codes)
    return sums, sums @ codebook[used]


@exercise.mistake("codes renumbered")
def _(codes, columns, row_start, codebook, x):
    """np.unique renumbers the codes, so that 3 becomes 1 where 1 and 2 do not occur. A code is a place of the codebook;
    take it as it is."""
    return codebook_product(np.unique(codes, return_inverse=True)[1], columns, row_start, codebook, x)


@exercise.mistake("the codebook sorted")
def _(codes, columns, row_start, codebook, x):
    """The sums are right. For y you sorted the codebook, and centroid 0 is another one then. Leave it in its order."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums @ np.sort(codebook)


@exercise.mistake("y a row too late")
def _(codes, columns, row_start, codebook, x):
    """Your sums are right, but each y stands one row too late. y[i] is made from sums[i]."""
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    return sums, np.roll(y, 1)


@exercise.mistake("y as a column")
def _(codes, columns, row_start, codebook, x):
    """The numbers are right, but y has the shape (m, 1). Asked for is (m,): sums @ codebook."""
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    return sums, y[:, None]


@exercise.mistake("all inputs in the first row")
def _(codes, columns, row_start, codebook, x):
    """All inputs are added to the first row of `sums`. Each entry belongs to its own row: sums[i]."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    wrong = np.zeros_like(sums)
    wrong[:1] = sums.sum(axis=0)
    return wrong, wrong @ codebook


@exercise.mistake("the last entry of each row left out")
def _(codes, columns, row_start, codebook, x):
    """The last entry of each row is missing. row_start[i + 1] is one past it already, as a slice wants it."""
    stay = np.ones(len(codes), bool)
    stay[row_start[1:][np.diff(row_start) > 0] - 1] = False
    starts = np.concatenate([[0], np.cumsum(stay)])[row_start]
    return codebook_product(codes[stay], columns[stay], starts, codebook, x)


@exercise.mistake("the first entry of each row left out")
def _(codes, columns, row_start, codebook, x):
    """The first entry of each row is missing. A row begins at row_start[i] itself."""
    stay = np.ones(len(codes), bool)
    stay[row_start[:-1][np.diff(row_start) > 0]] = False
    starts = np.concatenate([[0], np.cumsum(stay)])[row_start]
    return codebook_product(codes[stay], columns[stay], starts, codebook, x)


@exercise.mistake("the rows after an empty one left out")
def _(codes, columns, row_start, codebook, x):
    """The loop ends at the first row without entries: `break` leaves it for good. Such a row has sums of 0, and the
    next one is summed as usual."""
    sums = codebook_product(codes, columns, row_start, codebook, x)[0]
    empty = np.flatnonzero(np.diff(row_start) == 0)
    sums[empty[0] if len(empty) else len(sums) :] = 0
    return sums, sums @ codebook


@exercise.mistake("signs of the inputs left out")
def _(codes, columns, row_start, codebook, x):
    """You add magnitudes of the inputs. A negative input takes something off."""
    return codebook_product(codes, columns, row_start, codebook, np.abs(x))


@exercise.mistake("codes from the start again")
def _(codes, columns, row_start, codebook, x):
    """Each row takes the codes from the start of the array. Those of row i begin at row_start[i], as its columns do."""
    within = np.arange(len(codes)) - row_start[:-1][rows_of(row_start)]
    return codebook_product(codes[within], columns, row_start, codebook, x)


@exercise.mistake("y as one number")
def _(codes, columns, row_start, codebook, x):
    """Your y is one number, the sum over all rows. There is an output for each row: sums @ codebook."""
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    return sums, float(y.sum())


@exercise.mistake("y as whole numbers")
def _(codes, columns, row_start, codebook, x):
    """The sums are right, but y is cut to whole numbers. Leave it a float."""
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    return sums, y.astype(int)


@exercise.mistake("codes read as int8")
def _(codes, columns, row_start, codebook, x):
    """You read the codes as int8, where 128 and more are negative, and a negative place counts from the end. Use
    codes.astype(int)."""
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    np.add.at(sums, (rows_of(row_start), codes.astype(np.int8)), x[columns])
    return sums, sums @ codebook


@exercise.mistake("centroids found by value")
def _(codes, columns, row_start, codebook, x):
    """You look for the centroid by its value. Two centroids may have the same, and then all goes to the first. The code
    says which one it is."""
    first = [int(np.flatnonzero(codebook == value)[0]) for value in codebook]
    return codebook_product(np.array(first, int)[codes], columns, row_start, codebook, x)


@exercise.mistake("code and column exchanged")
def _(codes, columns, row_start, codebook, x):
    """You add x[codes] at the column. The input is x[columns], and it is added at the code."""
    k = len(codebook)
    return codebook_product(columns % k, codes.astype(int) % len(x), row_start, codebook, x)


@exercise.mistake("the codebook sorted for y")
def _(codes, columns, row_start, codebook, x):
    """The sums are by code, and you multiply them with the values of np.unique, which are sorted, and each there once.
    Value c of the codebook belongs to code c: sums @ codebook."""
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    y = np.zeros(len(y))
    for code, value in enumerate(np.unique(codebook)):
        y += value * sums[:, code]
    return sums, y


@exercise.mistake("grouped by value, not by code")
def _(codes, columns, row_start, codebook, x):
    """You look for entries whose value is that of a centroid. Two centroids may have one value, and then an entry
    counts twice. An entry belongs to the centroid of its code."""
    values, picked = codebook[codes], x[columns]
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    for i, (low, high) in enumerate(itertools.pairwise(row_start)):
        for code, value in enumerate(codebook):
            sums[i, code] = picked[low:high][values[low:high] == value].sum()
    return sums, sums @ codebook


@exercise.mistake("rows searched from the left")
def _(codes, columns, row_start, codebook, x):
    """np.searchsorted looks from the left unless it is told otherwise, so that the first entry of a row goes to the row
    before. Use side="right", or np.repeat(np.arange(m), np.diff(row_start))."""
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    rows = np.searchsorted(row_start, np.arange(len(codes)), side="left") - 1
    np.add.at(sums, (rows, codes), x[columns])
    return sums, sums @ codebook


@exercise.mistake("columns in the order of the sorted codebook")
def _(codes, columns, row_start, codebook, x):
    """The columns of your sums follow the sorted codebook. Column c belongs to codebook[c], in the order that it
    has."""
    order = np.argsort(codebook, kind="stable")
    sums, y = codebook_product(codes, columns, row_start, codebook, x)
    return sums[:, order], y


@exercise.mistake("columns by the different values")
def _(codes, columns, row_start, codebook, x):
    """Your sums have a column for each different value, in the order of np.unique. They have one for each entry of the
    codebook, in the order that it has."""
    book, place = np.unique(codebook, return_inverse=True)
    return codebook_product(place.reshape(-1)[codes], columns, row_start, book, x)


@exercise.mistake("one list for all rows")
def _(codes, columns, row_start, codebook, x):
    """[[0] * k] * m is one list m times, so that all rows get all sums. Make a new one for each row, or np.zeros((m,
    k))."""
    row = np.zeros(len(codebook))
    np.add.at(row, codes, x[columns])
    sums = np.tile(row, (len(row_start) - 1, 1))
    return sums, sums @ codebook
