"""09.1 A product from compressed rows."""

import itertools

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_09.common import W, X, as_csr, rows_of


def csr_product(values, columns, row_start, x):
    """W x, float (m,), for W as compressed rows and one input x (n,); no loop over rows or entries."""
    rows = np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))
    return np.bincount(rows, weights=values * x[columns], minlength=len(row_start) - 1)


def _sparse_matrix(rng):
    rows, columns = rng.integers(2, 6, 2)
    matrix = rng.integers(1, 5, (rows, columns)) * rng.choice([-0.5, 0.5], (rows, columns))
    matrix[rng.random(matrix.shape) > 0.5] = 0
    matrix[rng.integers(0, rows)] = 0
    return matrix, rng.integers(-8, 9, columns) / 4


def _draw_csr(rng):
    matrix, x = _sparse_matrix(rng)
    return (*as_csr(matrix), x)


exercise = Exercise(
    id="09.1",
    title="A product from compressed rows",
    minutes=5,
    reference=csr_product,
    shown=(*as_csr(W), X),
    cases=[
        (*as_csr(np.array([[2.0]])), np.array([1.5])),
        (*as_csr(np.array([[0.5, 1.0]])), np.array([3.0, -1.5])),
        (*as_csr(np.array([[0.0, 0.5], [2.0, 4.0]])), np.array([3.0, 1.5])),
        (*as_csr(np.array([[0.0, 0.0], [2.0, 1.0]])), np.array([3.0, 0.5])),
        (*as_csr(np.array([[1.0, 2.0], [0.0, 0.0], [4.0, 0.0]])), np.array([3.0, 0.5])),
        (*as_csr(np.array([[1.0, 2.0], [4.0, 8.0], [0.0, 0.0]])), np.array([3.0, 0.5])),
        (*as_csr(np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [3.0, 2.0], [0.0, 0.0]])), np.array([5.0, -0.5])),
        (*as_csr(np.array([[1.0, -2.0, 0.5], [2.0, 3.0, -1.0]])), np.array([1.0, 0.5, 4.0])),
        (np.zeros(0), np.zeros(0, int), np.zeros(3, int), np.array([1.0, 2.0])),
        (np.zeros(0), np.zeros(0, int), np.zeros(1, int), np.array([1.0])),
    ],
    draw=_draw_csr,
    tolerance=1e-5,
    dtype="any",  # of no entries at all np.bincount makes whole numbers
    hints=[
        "Three steps: look up the input of each entry, multiply, sum each row. The first two are one line, no loop.",
        "For the sums you want to know the row of each entry: np.repeat(np.arange(m), np.diff(row_start)).",
        "np.bincount(rows, weights=products, minlength=m) adds the products of each row, and gives 0 to an empty one.",
    ],
    why="""np.add.reduceat makes no list of row numbers; dc_lab.measure.forms uses it, with the empty rows left out.
        Without that care it is a bug that hides well: it does not raise, and is right as long as each row has
        an entry.""",
)


@exercise.alternative
def _by_running_sum(values, columns, row_start, x):
    before = np.concatenate([[0.0], np.cumsum(values * x[columns])])
    return before[row_start[1:]] - before[row_start[:-1]]


@exercise.alternative
def _by_filled_rows(values, columns, row_start, x):
    y = np.zeros(len(row_start) - 1)
    filled = np.flatnonzero(np.diff(row_start))
    if len(filled):
        y[filled] = np.add.reduceat(values * x[columns], row_start[filled])
    return y


@exercise.alternative
def _by_add_at(values, columns, row_start, x):
    y = np.zeros(len(row_start) - 1)
    np.add.at(y, rows_of(row_start), values * x[columns])
    return y


@exercise.mistake("reduceat over empty rows")
def _(values, columns, row_start, x):
    """np.add.reduceat returns, for a row without entries, the one product that stands at its start, which belongs to a
    later row; and it raises where nothing stands there. Give it the starts of rows that have entries, and put its sums
    at their places in an array of zeros."""
    return np.asarray(np.add.reduceat(values * x[columns], row_start[:-1]))


@exercise.mistake("reduceat with the starts pulled in")
def _(values, columns, row_start, x):
    """Pulling starts back to the last entry avoids the error, but takes that entry from the row it belongs to, and an
    empty row still gets a product that is not its own. Leave empty rows out of reduceat."""
    return np.asarray(np.add.reduceat(values * x[columns], np.minimum(row_start[:-1], len(values) - 1)))


@exercise.mistake("a zero appended for reduceat")
def _(values, columns, row_start, x):
    """The zero at the end helps empty rows at the end. An empty row in the middle still gets the product that stands at
    its start, which is the next row's. Leave empty rows out of reduceat."""
    return np.asarray(np.add.reduceat(np.append(values * x[columns], 0.0), row_start[:-1]))


@exercise.mistake("only rows with entries")
def _(values, columns, row_start, x):
    """Your sums are right, but the rows without entries have no place. The result has one number a row: start from
    np.zeros(m) and fill in those you have."""
    filled = row_start[:-1][np.diff(row_start) > 0]
    products = values * x[columns]
    return np.add.reduceat(products, filled) if len(filled) else np.zeros(0)


@exercise.mistake("the last product of each row")
def _(values, columns, row_start, x):
    """y[rows] += products looks like adding, but NumPy reads y[rows] once and writes once: where a row stands several
    times, only its last product is left. np.add.at or np.bincount(rows, weights=...) adds them all."""
    y = np.zeros(len(row_start) - 1)
    y[rows_of(row_start)] += values * x[columns]
    return y


@exercise.mistake("too short")
def _(values, columns, row_start, x):
    """np.bincount ends at the largest row that occurs. If the last rows are empty, they are missing: give it
    minlength=m."""
    return np.bincount(rows_of(row_start), weights=values * x[columns])


@exercise.mistake("the first entry of each row left out")
def _(values, columns, row_start, x):
    """The first product of each row is missing. With a running sum, take what was there before the row: put a 0 in
    front of the cumsum."""
    y = np.zeros(len(row_start) - 1)
    for row in range(len(y)):
        part = slice(row_start[row] + 1, row_start[row + 1])
        y[row] = values[part] @ x[columns[part]]
    return y


@exercise.mistake("the last entry of each row left out")
def _(values, columns, row_start, x):
    """The last product of each row is missing. row_start[i + 1] is one past the last entry already, as a slice wants
    it."""
    y = np.zeros(len(row_start) - 1)
    for row in range(len(y)):
        part = slice(row_start[row], max(row_start[row], row_start[row + 1] - 1))
        y[row] = values[part] @ x[columns[part]]
    return y


@exercise.mistake("the last row left out")
def _(values, columns, row_start, x):
    """The last row stays 0. row_start has m + 1 numbers: row i runs from row_start[i] to row_start[i + 1], the last row
    too."""
    y = csr_product(values, columns, row_start, x)
    if len(y):
        y[-1] = 0
    return y


exercise.mistake("products not summed", lambda values, columns, row_start, x: values * x[columns]).says("""
    These are the products, one an entry. They still have to be summed, row by row.""")


@exercise.mistake("the inputs left out")
def _(values, columns, row_start, x):
    """You sum the values of each row. Each value is first multiplied by the input of its column: x[columns]."""
    return csr_product(values, columns, row_start, np.ones_like(x))


@exercise.mistake("the values left out")
def _(values, columns, row_start, x):
    """You sum the inputs of each row. Each is first multiplied by its weight: values * x[columns]."""
    return csr_product(np.ones_like(values), columns, row_start, x)


@exercise.mistake("inputs looked up by row")
def _(values, columns, row_start, x):
    """You take x at the entry's row. A weight in column j meets input j: x[columns]."""
    rows = rows_of(row_start)
    return np.bincount(rows, weights=values * x[rows], minlength=len(row_start) - 1)


@exercise.mistake("inputs in their own order")
def _(values, columns, row_start, x):
    """The k-th entry of a row is multiplied by the k-th input. Entries were left out in between: which input an entry
    meets says its column, x[columns]."""
    rows = rows_of(row_start)
    within = np.arange(len(values)) - row_start[:-1][rows]
    return np.bincount(rows, weights=values * x[within], minlength=len(row_start) - 1)


@exercise.mistake("inputs looked up by entry")
def _(values, columns, row_start, x):
    """The first entry is multiplied by the first input, the second by the second, through the whole layer. Which input
    an entry meets says its column: x[columns]."""
    return np.bincount(rows_of(row_start), weights=values * x[: len(values)], minlength=len(row_start) - 1)


@exercise.mistake("summed by column")
def _(values, columns, row_start, x):
    """You sum the products of each column. An output belongs to a row: sum over the entries of a row."""
    return np.bincount(columns, weights=values * x[columns], minlength=len(x))


@exercise.mistake("a running sum")
def _(values, columns, row_start, x):
    """Each of your sums holds all rows before it. Take off what the running sum was at the row's start."""
    return np.concatenate([[0.0], np.cumsum(values * x[columns])])[row_start[1:]]


@exercise.mistake("whole numbers")
def _(values, columns, row_start, x):
    """Your sums are cut to whole numbers. Is y made by np.zeros(m, int), or like columns? It holds floats."""
    return csr_product(values, columns, row_start, x).astype(int)


@exercise.mistake("added as whole numbers")
def _(values, columns, row_start, x):
    """Each addition is cut to a whole number, since y is an array of integers. Make it with np.zeros(m)."""
    y = np.zeros(len(row_start) - 1, int)
    np.add.at(y, rows_of(row_start), values * x[columns])
    return y


@exercise.mistake("a running sum without the 0 in front")
def _(values, columns, row_start, x):
    """cumsum holds each product already at its own place, so that taking off cumsum[start] takes off the row's first
    product too. Put a 0 in front of the cumsum: then before[row_start[1:]] - before[row_start[:-1]]."""
    sums = np.cumsum(values * x[columns])
    return sums[row_start[1:] - 1] - sums[row_start[:-1]]


@exercise.mistake("ends of the running sum")
def _(values, columns, row_start, x):
    """cumsum[row_start[1:] - 1] is right as long as something stands before. For empty rows at the start the place is
    -1, which is the end of the array. Put a 0 in front of the cumsum, and leave out the - 1."""
    sums = np.cumsum(values * x[columns])
    return np.diff(sums[row_start[1:] - 1], prepend=0)


@exercise.mistake("empty rows set to 0 afterwards")
def _(values, columns, row_start, x):
    """Setting the empty rows to 0 after reduceat is right, but reduceat itself raises when empty rows stand at the end:
    their start is beyond the last entry. Give it the starts of rows with entries only."""
    y = np.add.reduceat(values * x[columns], row_start[:-1])
    y[np.diff(row_start) == 0] = 0
    return np.asarray(y)


@exercise.mistake("inputs sliced like entries")
def _(values, columns, row_start, x):
    """You slice x by the row's entries. row_start says where entries stand, not which inputs they meet: those are
    x[columns[low:high]]."""
    bounds = itertools.pairwise(row_start)
    return np.array([(values[low:high] * x[low:high]).sum() for low, high in bounds])


exercise.mistake("one sum for all", lambda values, columns, row_start, x: np.asarray(values @ x[columns])[()]).says("""
    This is one sum over all entries. Each row has an output of its own.""")


@exercise.mistake("as long as x")
def _(values, columns, row_start, x):
    """Your y is as long as x. There is one output for each row, len(row_start) - 1 of them."""
    y = np.zeros_like(x)
    np.add.at(y, rows_of(row_start), values * x[columns])
    return y
