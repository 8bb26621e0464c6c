"""09.1 A product from compressed rows."""

import itertools

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_09.common import W, X, as_csr, first_layer, inputs, products, rows_of, summed


def csr_product(values, columns, row_start, x):
    """W x for compressed rows: (m,) for one input (n,), (m, batch) for (n, batch)."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for i in range(len(y)):
        row = slice(row_start[i], row_start[i + 1])
        y[i] = values[row] @ x[columns[row]]
    return y


def _sparse_matrix(rng):
    rows, columns = (int(size) for size in rng.integers(2, 6, 2))
    matrix = rng.normal(0, 1, (rows, columns))
    matrix[rng.random(matrix.shape) > 0.5] = 0
    matrix[rng.integers(0, rows)] = 0
    return matrix


def _draw_csr(rng):
    matrix = _sparse_matrix(rng)
    shape = (matrix.shape[1],) if rng.random() < 0.5 else (matrix.shape[1], int(rng.integers(1, 4)))
    return (*as_csr(matrix), rng.normal(0, 1, shape))


def _turned(matrix):
    """The same numbers, every second column of a larger array in Fortran order."""
    wide = np.zeros((matrix.shape[0], 2 * matrix.shape[1]), matrix.dtype, order="F")
    wide[:, ::2] = matrix
    return wide[:, ::2]


def _int32(values, columns, row_start):
    return values.astype(np.float32), columns.astype(np.int32), row_start.astype(np.int32)


TWO = np.array([[0.7, -1.3], [2.1, 0.4]])
HOLES = np.array([[0.0, 1.1], [0.0, 0.0], [0.0, 0.0], [3.2, 2.3], [0.0, 0.0]])
SQUARE = np.array([[0.0, 0.5, 0.0], [0.3, 0.0, 1.7], [0.0, 2.2, 0.0]])

exercise = Exercise(
    id="09.1",
    title="A product from compressed rows",
    minutes=10,
    task="build",
    reference=csr_product,
    equivalents={"line 3: np.zeros -> np.ones": "each row is written, empty ones too"},
    shown=(*as_csr(W), X),
    cases=[
        (*as_csr(np.array([[2.0]])), np.array([1.5])),
        (*as_csr(np.array([[0.5, 1.0]])), np.array([3.0, -1.5])),
        (*as_csr(np.array([[0.0, 0.5], [2.0, 4.0]])), np.array([3.0, 1.5])),
        (*as_csr(np.array([[0.0, 0.0], [2.0, 1.0]])), np.array([3.0, 0.5])),
        (*as_csr(np.array([[1.0, 2.0], [0.0, 0.0], [4.0, 0.0]])), np.array([3.0, 0.5])),
        (*as_csr(np.array([[1.0, 2.0], [4.0, 8.0], [0.0, 0.0]])), np.array([3.0, 0.5])),
        (*as_csr(HOLES), np.array([5.0, -0.5])),
        (*as_csr(np.array([[1.0, -2.0, 0.5], [2.0, 3.0, -1.0]])), np.array([1.0, 0.5, 4.0])),
        (*as_csr(np.array([[2.0]])), np.array([[1.5]])),
        (*as_csr(np.array([[2.0]])), np.array([[1.5, -0.3]])),
        (*as_csr(np.array([[0.5, 1.2]])), np.array([[3.0, 0.4, 1.0], [-1.5, 0.9, 0.2]])),
        (*as_csr(HOLES), TWO),
        (*as_csr(HOLES), TWO[:, :1]),
        (*as_csr(SQUARE), np.array([[0.1, 1.0, -2.0], [0.7, 0.0, 3.0], [1.9, -1.0, 0.6]])),
        (*as_csr(SQUARE), _turned(np.array([[0.1, 1.0], [0.7, 0.2], [1.9, -1.0]]))),
        (*_int32(*as_csr(SQUARE)), np.array([[0.1, 1.0], [0.7, 0.2], [1.9, -1.0]], np.float32)),
        (np.zeros(0), np.zeros(0, int), np.zeros(3, int), np.array([1.0, 2.0])),
        (np.zeros(0), np.zeros(0, int), np.zeros(3, int), TWO),
    ],
    draw=_draw_csr,
    tolerance=1e-5,
    dtypes=("float32",),
    large=lambda: (*_int32(*as_csr(first_layer())), inputs(128)),
    large_is="a float32 layer as large as the first, 300 x 784, of which 8 % are left, and 128 inputs",
    hints=[
        "Three steps: look up the input of each entry, multiply, sum each row. A batch has a row of inputs where one "
        "input has a number, and x[columns] looks up both.",
        "The entries of row i are those from row_start[i] up to, not including, row_start[i + 1]. Start from "
        "y = np.zeros((m, *x.shape[1:])) and fill in one row at a time.",
        "For one row, with row = slice(row_start[i], row_start[i + 1]): y[i] = values[row] @ x[columns[row]].",
    ],
    why="""values @ inputs multiplies and adds at once, for one input and for a batch, and gives 0 for an empty row.
        Without a loop, np.add.at(y, rows, products) adds all products of a row; y[rows] += products would keep one of
        them. dc_lab.measure.forms uses np.add.reduceat, with the empty rows left out: of an empty row it would
        return the product that stands at its start, which is the next row's.""",
)


@exercise.alternative
def _by_running_sum(values, columns, row_start, x):
    before = np.concatenate([np.zeros((1, *x.shape[1:])), np.cumsum(products(values, x[columns]), axis=0)])
    return before[row_start[1:]] - before[row_start[:-1]]


@exercise.alternative
def _by_filled_rows(values, columns, row_start, x):
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    filled = np.flatnonzero(np.diff(row_start))
    if len(filled):
        y[filled] = np.add.reduceat(products(values, x[columns]), row_start[filled], axis=0)
    return y


@exercise.alternative
def _by_add_at(values, columns, row_start, x):
    return summed(rows_of(row_start), products(values, x[columns]), len(row_start) - 1)


@exercise.alternative
def _row_by_row(values, columns, row_start, x):
    return np.array([values[a:b] @ x[columns[a:b]] for a, b in itertools.pairwise(row_start)])


@exercise.alternative
def _by_bincount(values, columns, row_start, x):
    rows, m = rows_of(row_start), len(row_start) - 1
    wide = x.reshape(len(x), -1)
    y = [np.bincount(rows, weights=values * one[columns], minlength=m) for one in wide.T]
    return np.stack(y, axis=1).astype(float).reshape(m, *x.shape[1:])


@exercise.alternative
def _by_unpacking(values, columns, row_start, x):
    whole = np.zeros((len(row_start) - 1, len(x)), values.dtype)
    whole[rows_of(row_start), columns] = values
    return whole @ x


@exercise.mistake("reduceat over empty rows")
def _(values, columns, row_start, x):
    """np.add.reduceat returns, for a row without entries, the one product that stands at its start, which belongs to a
    later row; and it raises where nothing stands there. Give it the starts of rows that have entries, and put its sums
    at their places in an array of zeros."""
    return np.asarray(np.add.reduceat(products(values, x[columns]), row_start[:-1], axis=0))


@exercise.mistake("reduceat with the starts pulled in")
def _(values, columns, row_start, x):
    """Pulling starts back to the last entry avoids the error, but takes that entry from the row it belongs to, and an
    empty row still gets a product that is not its own. Leave empty rows out of reduceat."""
    return np.asarray(
        np.add.reduceat(products(values, x[columns]), np.minimum(row_start[:-1], len(values) - 1), axis=0)
    )


@exercise.mistake("a zero appended for reduceat")
def _(values, columns, row_start, x):
    """The zero at the end helps empty rows at the end. An empty row in the middle still gets the product that stands at
    its start, which is the next row's. Leave empty rows out of reduceat."""
    return np.asarray(
        np.add.reduceat(
            np.concatenate([products(values, x[columns]), np.zeros((1, *x.shape[1:]))]), row_start[:-1], axis=0
        )
    )


@exercise.mistake("only rows with entries")
def _(values, columns, row_start, x):
    """Your sums are right, but the rows without entries have no place. The result has one number a row: start from
    np.zeros(m) and fill in those you have."""
    filled = row_start[:-1][np.diff(row_start) > 0]
    terms = products(values, x[columns])
    return np.add.reduceat(terms, filled, axis=0) if len(filled) else np.zeros((0, *x.shape[1:]))


@exercise.mistake("the last product of each row")
def _(values, columns, row_start, x):
    """y[rows] += products looks like adding, but NumPy reads y[rows] once and writes once: where a row stands several
    times, only its last product is left. np.add.at or np.bincount(rows, weights=...) adds them all."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    y[rows_of(row_start)] += products(values, x[columns])
    return y


@exercise.mistake("too short")
def _(values, columns, row_start, x):
    """The last rows are missing where they are empty. np.bincount ends at the largest row that occurs, so give it
    minlength=m; with m taken from rows.max() + 1 it is the same: m is len(row_start) - 1."""
    rows = rows_of(row_start)
    return summed(rows, products(values, x[columns]), int(rows.max(initial=-1)) + 1)


@exercise.mistake("the first entry of each row left out")
def _(values, columns, row_start, x):
    """The first product of each row is missing. With a running sum, take what was there before the row: put a 0 in
    front of the cumsum."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for row in range(len(y)):
        part = slice(row_start[row] + 1, row_start[row + 1])
        y[row] = values[part] @ x[columns[part]]
    return y


@exercise.mistake("the last entry of each row left out")
def _(values, columns, row_start, x):
    """The last product of each row is missing. row_start[i + 1] is one past the last entry already, as a slice wants
    it."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
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


exercise.mistake("products not summed", lambda values, columns, row_start, x: products(values, x[columns])).says("""
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
    return summed(rows, products(values, x[rows]), len(row_start) - 1)


@exercise.mistake("inputs in their own order")
def _(values, columns, row_start, x):
    """The k-th entry of a row is multiplied by the k-th input. Entries were left out in between: which input an entry
    meets says its column, x[columns]."""
    rows = rows_of(row_start)
    within = np.arange(len(values)) - row_start[:-1][rows]
    return summed(rows, products(values, x[within]), len(row_start) - 1)


@exercise.mistake("inputs looked up by entry")
def _(values, columns, row_start, x):
    """The first entry is multiplied by the first input, the second by the second, through the whole layer. Which input
    an entry meets says its column: x[columns]."""
    return summed(rows_of(row_start), products(values, x[: len(values)]), len(row_start) - 1)


@exercise.mistake("summed by column")
def _(values, columns, row_start, x):
    """You sum the products of each column. An output belongs to a row: sum over the entries of a row."""
    return summed(columns, products(values, x[columns]), len(x))


@exercise.mistake("a running sum")
def _(values, columns, row_start, x):
    """Each of your sums holds all rows before it. Take off what the running sum was at the row's start."""
    return np.concatenate([np.zeros((1, *x.shape[1:])), np.cumsum(products(values, x[columns]), axis=0)])[row_start[1:]]


@exercise.mistake("whole numbers")
def _(values, columns, row_start, x):
    """Your sums are cut to whole numbers. Is y made by np.zeros(m, int), or like columns? It holds floats."""
    return csr_product(values, columns, row_start, x).astype(int)


@exercise.mistake("added as whole numbers")
def _(values, columns, row_start, x):
    """Each product is cut to a whole number before it is added, since y is an array of integers. y holds floats."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]), int)
    np.add.at(y, rows_of(row_start), products(values, x[columns]).astype(int))
    return y


@exercise.mistake("a running sum without the 0 in front")
def _(values, columns, row_start, x):
    """cumsum holds each product already at its own place, so that taking off cumsum[start] takes off the row's first
    product too. Put a 0 in front of the cumsum: then before[row_start[1:]] - before[row_start[:-1]]."""
    sums = np.cumsum(products(values, x[columns]), axis=0)
    return sums[row_start[1:] - 1] - sums[row_start[:-1]]


@exercise.mistake("ends of the running sum")
def _(values, columns, row_start, x):
    """cumsum[row_start[1:] - 1] is right as long as something stands before. For empty rows at the start the place is
    -1, which is the end of the array. Put a 0 in front of the cumsum, and leave out the - 1."""
    sums = np.cumsum(products(values, x[columns]), axis=0)
    return np.diff(sums[row_start[1:] - 1], prepend=np.zeros((1, *x.shape[1:])), axis=0)


@exercise.mistake("empty rows set to 0 afterwards")
def _(values, columns, row_start, x):
    """Setting the empty rows to 0 after reduceat is right, but reduceat itself raises when empty rows stand at the end:
    their start is beyond the last entry. Give it the starts of rows with entries only."""
    y = np.add.reduceat(products(values, x[columns]), row_start[:-1], axis=0)
    y[np.diff(row_start) == 0] = 0
    return np.asarray(y)


exercise.mistake("one sum for all", lambda values, columns, row_start, x: np.asarray(values @ x[columns])[()]).says("""
    This is one sum over all entries. Each row has an output of its own.""")


@exercise.mistake("as long as x")
def _(values, columns, row_start, x):
    """Your y is as long as x. There is one output for each row, len(row_start) - 1 of them."""
    y = np.zeros_like(x)
    np.add.at(y, rows_of(row_start), products(values, x[columns]))
    return y


@exercise.mistake("one input only")
def _(values, columns, row_start, x):
    """It is right for one input, and not for a batch: values * x[columns] multiplies the last axis, which is that of
    the batch. Transpose there and back, (values * x[columns].T).T, or give the values a second axis where x has one."""
    return summed(rows_of(row_start), values * x[columns], len(row_start) - 1)


@exercise.mistake("np.bincount for a batch")
def _(values, columns, row_start, x):
    """It is right for one input. np.bincount sums numbers, and a batch has a row of them for each entry. Use np.add.at
    on zeros of shape (m, batch), or take the inputs one by one."""
    weights = values * x[columns] if x.ndim == 1 else products(values, x[columns])
    return np.bincount(rows_of(row_start), weights=weights, minlength=len(row_start) - 1)


@exercise.mistake("batches only")
def _(values, columns, row_start, x):
    """It is right for a batch, and fails for a single input: values[:, None] and (m, x.shape[1]) need two axes. One
    input has the shape (n,), and its product (m,)."""
    y = np.zeros((len(row_start) - 1, x.shape[1]))
    np.add.at(y, rows_of(row_start), values[:, None] * x[columns])
    return y


@exercise.mistake("always a batch")
def _(values, columns, row_start, x):
    """For one input (n,) the product has the shape (m,); yours has a second axis of length 1."""
    wide = x.reshape(len(x), -1)
    return summed(rows_of(row_start), products(values, wide[columns]), len(row_start) - 1)


@exercise.mistake("the second axis lost")
def _(values, columns, row_start, x):
    """A batch of one, (n, 1), is a batch: its product has the shape (m, 1). Is there a squeeze?"""
    return csr_product(values, columns, row_start, x).squeeze()


@exercise.mistake("the batch transposed")
def _(values, columns, row_start, x):
    """Your result is (batch, m). Asked for is (m, batch): a column for each input, as x has it."""
    return csr_product(values, columns, row_start, x).T


@exercise.mistake("the batch added up")
def _(values, columns, row_start, x):
    """All inputs of the batch are added up. Each has a product of its own, a column of the result."""
    y = csr_product(values, columns, row_start, x)
    return y if x.ndim == 1 else y.sum(axis=1)


@exercise.mistake("the first input of the batch")
def _(values, columns, row_start, x):
    """Only the first input of the batch is multiplied. Each has a product of its own, a column of the result."""
    return csr_product(values, columns, row_start, x if x.ndim == 1 else x[:, 0])


@exercise.mistake("row starts in place of rows")
def _(values, columns, row_start, x):
    """row_start says where a row begins, not in which row an entry is. The row of each entry is
    np.repeat(np.arange(m), np.diff(row_start))."""
    y = np.zeros((len(row_start), *x.shape[1:]))
    np.add.at(y, np.searchsorted(row_start, np.arange(len(values)), side="right"), products(values, x[columns]))
    return y[:-1]


@exercise.mistake("a list of rows")
def _(values, columns, row_start, x):
    """The numbers are right, but they are in a list. Return an array: np.array(...)."""
    return list(csr_product(values, columns, row_start, x))


@exercise.mistake("float16")
def _(values, columns, row_start, x):
    """Your sums have three digits: is y an array of float16? Leave it at float32 or float64."""
    return csr_product(values, columns, row_start, x).astype(np.float16)


@exercise.mistake("a number for each row")
def _(values, columns, row_start, x):
    """Your y has one number for each row. That is right for one input; a batch needs a row of numbers there: y =
    np.zeros((m, *x.shape[1:]))."""
    y = np.zeros(len(row_start) - 1)
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        for entry in range(low, high):
            y[row] += values[entry] * x[columns[entry]]
    return y


@exercise.mistake("one row too many")
def _(values, columns, row_start, x):
    """Your result has as many rows as row_start has numbers. Those are m + 1: the last one says where the last row
    ends."""
    y = csr_product(values, columns, row_start, x)
    return np.concatenate([y, np.zeros_like(y[:1]) if len(y) else np.zeros((1, *x.shape[1:]))])


@exercise.mistake("inputs taken as rows")
def _(values, columns, row_start, x):
    """A batch is (n, batch) here, a column for each input. You take its rows as inputs: x[:, columns]."""
    wide = np.atleast_2d(x)
    y = [values[low:high] @ wide[:, columns[low:high]].T for low, high in itertools.pairwise(row_start)]
    return np.array(y).squeeze()


@exercise.mistake("the first row alone")
def _(values, columns, row_start, x):
    """Only the first row is computed, the others stay 0: the `return` stands inside the loop. Put it behind."""
    y = csr_product(values, columns, row_start, x)
    y[1:] = 0
    return y


@exercise.mistake("the rows after an empty one left out")
def _(values, columns, row_start, x):
    """The loop ends at the first row without entries: `break` leaves it for good. Such a row gives 0, and the next one
    is computed as usual."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        if low == high:
            break
        y[row] = values[low:high] @ x[columns[low:high]]
    return y


@exercise.mistake("no entries, no rows")
def _(values, columns, row_start, x):
    """Without any entries your result is empty. The rows are there all the same, and each gives 0: np.zeros((m,
    *x.shape[1:]))."""
    return csr_product(values, columns, row_start, x) if len(values) else np.zeros(0)


@exercise.mistake("columns taken for gaps")
def _(values, columns, row_start, x):
    """You add the columns up, as the gaps of lesson 03. `columns` holds the columns themselves: x[columns]."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        y[row] = values[low:high] @ x[np.cumsum(columns[low:high]) % len(x)]
    return y


@exercise.mistake("as wide as the largest column")
def _(values, columns, row_start, x):
    """Your matrix ends at the largest column that occurs. Where the last columns are empty, it has too few for x: there
    are len(x)."""
    rows, m = rows_of(row_start), len(row_start) - 1
    whole = np.zeros((m, columns.max(initial=0) + 1))
    whole[rows, columns] = values
    return whole @ x


@exercise.mistake("the running sum at place -1")
def _(values, columns, row_start, x):
    """sums[row_start - 1] looks up place -1 where row_start is 0, and that is the last sum of all. Put a 0 in front of
    the cumsum, and leave out the - 1 at both ends."""
    terms = products(values, x[columns])
    sums = np.cumsum(terms, axis=0) if len(terms) else np.zeros((1, *x.shape[1:]))
    return sums[row_start[1:] - 1] - sums[row_start[:-1] - 1]


@exercise.mistake("the matrix transposed")
def _(values, columns, row_start, x):
    """You multiply by the matrix transposed: the entry in row i and column j takes x[i] to y[j]. It takes x[j] to
    y[i]."""
    y = np.zeros_like(x, dtype=float)
    np.add.at(y, columns, products(values, x[rows_of(row_start) % len(x)]))
    return y


@exercise.mistake("all inputs in every column")
def _(values, columns, row_start, x):
    """Each column of your result has the sum over all inputs of the batch. Do not add over the batch: every input has a
    column of its own."""
    y = csr_product(values, columns, row_start, x)
    return y if x.ndim == 1 else y.sum(axis=1, keepdims=True) * np.ones(x.shape[1])


@exercise.mistake("starts taken for lengths")
def _(values, columns, row_start, x):
    """You take row_start[i + 1] for the length of row i. It says where the row ends: its entries are row_start[i] to
    row_start[i + 1]."""
    y, at = np.zeros((len(row_start) - 1, *x.shape[1:])), 0
    for row, length in enumerate(row_start[1:]):
        y[row] = values[at : at + length] @ x[columns[at : at + length]]
        at += length
    return y


@exercise.mistake("an empty row takes the one before")
def _(values, columns, row_start, x):
    """A row without entries gets the sum of the row before: that variable still holds it. Set it to 0 for each row."""
    y = csr_product(values, columns, row_start, x)
    for row in range(1, len(y)):
        if row_start[row] == row_start[row + 1]:
            y[row] = y[row - 1]
    if len(y) and row_start[0] == row_start[1]:
        raise UnboundLocalError
    return y


@exercise.mistake("a list of numbers")
def _(values, columns, row_start, x):
    """The numbers are right, but `tolist` made a list of them. Return the array."""
    return csr_product(values, columns, row_start, x).tolist()


@exercise.mistake("multiplied as float16")
def _(values, columns, row_start, x):
    """Values and inputs are made float16 before they are multiplied, which leaves three digits. Take them as they
    are."""
    half = values.astype(np.float16), x.astype(np.float16)
    return csr_product(half[0], columns, row_start, half[1]).astype(float)


@exercise.mistake("sums multiplied")
def _(values, columns, row_start, x):
    """You sum the values of a row, and its inputs, and multiply the sums. Multiply first, entry by entry, and then
    sum."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        y[row] = values[low:high].sum() * x[columns[low:high]].sum(axis=0)
    return y


@exercise.mistake("columns counted from 1")
def _(values, columns, row_start, x):
    """You look up x[columns - 1]. Columns are counted from 0: x[columns]."""
    return csr_product(values, columns - 1, row_start, x)


@exercise.mistake("each row one too early")
def _(values, columns, row_start, x):
    """Each sum stands one row too early, and the first one at the end. The entries from row_start[i] on belong to
    y[i]."""
    return np.roll(csr_product(values, columns, row_start, x), -1, axis=0)


@exercise.mistake("signs of the values left out")
def _(values, columns, row_start, x):
    """You multiply by magnitudes. A weight of -2 takes twice its input off."""
    return csr_product(np.abs(values), columns, row_start, x)


@exercise.mistake("the first row left out")
def _(values, columns, row_start, x):
    """The first row stays 0. Row 0 runs from row_start[0] to row_start[1]."""
    y = csr_product(values, columns, row_start, x)
    y[:1] = 0
    return y


@exercise.mistake("means in place of sums")
def _(values, columns, row_start, x):
    """You divide each row by how many entries it has. A product adds up, and does not take the mean."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        y[row] = values[low:high] @ x[columns[low:high]] / max(high - low, 1)
    return y


@exercise.mistake("an error for an empty row")
def _(values, columns, row_start, x):
    """You raise an error where a row has no entries. That is allowed: the row gives 0."""
    if (np.diff(row_start) == 0).any():
        raise ValueError
    return csr_product(values, columns, row_start, x)


@exercise.mistake("the values of a row backwards")
def _(values, columns, row_start, x):
    """The values of a row meet its inputs in the opposite order. Value k of a row meets the input of column k of that
    row."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    for row, (low, high) in enumerate(itertools.pairwise(row_start)):
        y[row] = values[low:high][::-1] @ x[columns[low:high]]
    return y


@exercise.mistake("the last entry lost before empty rows")
def _(values, columns, row_start, x):
    """np.add.reduceat takes no start behind the last entry, and empty rows at the end begin there. Moved to the last
    entry, they cut it off from its row. Leave empty rows out, or go row by row."""
    y = np.zeros((len(row_start) - 1, *x.shape[1:]))
    if len(values):
        starts = np.minimum(row_start[:-1], len(values) - 1).astype(int)
        filled = np.diff(row_start) > 0
        y[filled] = np.add.reduceat((values * x[columns].T).T, starts, axis=0)[filled]
    return y
