"""Exercises of lesson 09: products from compressed rows and from clusters, the roofline, energy."""

import itertools

import numpy as np

from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question, WrongAnswer

TITLE = "Speed and energy"

# --- 09.1: a product from compressed rows ----------------------------------------------------------------------------

W = np.array([[0, 2, 0, 0, -1], [0, 0, 0, 0, 0], [2, 0, 2, 0, 2], [0, -1, 0, 3, 0]], float)
X = np.array([1.0, 4, 2, 3, 5])


def _rows_of(row_start: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))


def _csr(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(matrix)
    row_start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(matrix)))])
    return matrix[rows, columns], columns, row_start


def _csr_product(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    rows = np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))
    return np.bincount(rows, weights=values * x[columns], minlength=len(row_start) - 1)


def _by_running_sum(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    before = np.concatenate([[0.0], np.cumsum(values * x[columns])])
    return before[row_start[1:]] - before[row_start[:-1]]


def _by_filled_rows(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.zeros(len(row_start) - 1)
    filled = np.flatnonzero(np.diff(row_start))
    if len(filled):
        y[filled] = np.add.reduceat(values * x[columns], row_start[filled])
    return y


def _by_add_at(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.zeros(len(row_start) - 1)
    np.add.at(y, _rows_of(row_start), values * x[columns])
    return y


def _every_row_reduced(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(np.add.reduceat(values * x[columns], row_start[:-1]))


def _ends_pulled_in(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(np.add.reduceat(values * x[columns], np.minimum(row_start[:-1], len(values) - 1)))


def _zero_put_at_the_end(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(np.add.reduceat(np.append(values * x[columns], 0.0), row_start[:-1]))


def _filled_rows_only(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    filled = row_start[:-1][np.diff(row_start) > 0]
    products = values * x[columns]
    return np.add.reduceat(products, filled) if len(filled) else np.zeros(0)


def _last_of_each_row(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.zeros(len(row_start) - 1)
    y[_rows_of(row_start)] += values * x[columns]
    return y


def _no_minlength(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.bincount(_rows_of(row_start), weights=values * x[columns])


def _first_left_out(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.zeros(len(row_start) - 1)
    for row in range(len(y)):
        part = slice(row_start[row] + 1, row_start[row + 1])
        y[row] = values[part] @ x[columns[part]]
    return y


def _last_left_out(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.zeros(len(row_start) - 1)
    for row in range(len(y)):
        part = slice(row_start[row], max(row_start[row], row_start[row + 1] - 1))
        y[row] = values[part] @ x[columns[part]]
    return y


def _last_row_left_out(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = _csr_product(values, columns, row_start, x)
    if len(y):
        y[-1] = 0
    return y


def _not_summed(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return values * x[columns]


def _no_inputs(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return _csr_product(values, columns, row_start, np.ones_like(x))


def _no_values(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return _csr_product(np.ones_like(values), columns, row_start, x)


def _looked_up_by_row(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    rows = _rows_of(row_start)
    return np.bincount(rows, weights=values * x[rows], minlength=len(row_start) - 1)


def _looked_up_in_order(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    rows = _rows_of(row_start)
    within = np.arange(len(values)) - row_start[:-1][rows]
    return np.bincount(rows, weights=values * x[within], minlength=len(row_start) - 1)


def _looked_up_by_entry(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.bincount(_rows_of(row_start), weights=values * x[: len(values)], minlength=len(row_start) - 1)


def _summed_by_column(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.bincount(columns, weights=values * x[columns], minlength=len(x))


def _running_sum_kept(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(values * x[columns])])[row_start[1:]]


def _whole_numbers(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return _csr_product(values, columns, row_start, x).astype(int)


def _added_as_whole_numbers(
    values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray
) -> np.ndarray:
    y = np.zeros(len(row_start) - 1, int)
    np.add.at(y, _rows_of(row_start), values * x[columns])
    return y


def _running_sum_without_zero(
    values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray
) -> np.ndarray:
    sums = np.cumsum(values * x[columns])
    return sums[row_start[1:] - 1] - sums[row_start[:-1]]


def _ends_of_running_sum(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    sums = np.cumsum(values * x[columns])
    return np.diff(sums[row_start[1:] - 1], prepend=0)


def _emptied_afterwards(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.add.reduceat(values * x[columns], row_start[:-1])
    y[np.diff(row_start) == 0] = 0
    return np.asarray(y)


def _sliced_inputs(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    bounds = itertools.pairwise(row_start)
    return np.array([(values[low:high] * x[low:high]).sum() for low, high in bounds])


def _one_sum(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(values @ x[columns])[()]


def _as_long_as_x(values: np.ndarray, columns: np.ndarray, row_start: np.ndarray, x: np.ndarray) -> np.ndarray:
    y = np.zeros_like(x)
    np.add.at(y, _rows_of(row_start), values * x[columns])
    return y


def _sparse_matrix(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = rng.integers(2, 6, 2)
    matrix = rng.integers(1, 5, (rows, columns)) * rng.choice([-0.5, 0.5], (rows, columns))
    matrix[rng.random(matrix.shape) > 0.5] = 0
    matrix[rng.integers(0, rows)] = 0
    return matrix, rng.integers(-8, 9, columns) / 4


def _draw_csr(rng: np.random.Generator) -> Case:
    matrix, x = _sparse_matrix(rng)
    return (*_csr(matrix), x)


CSR_PRODUCT = Exercise(
    id="09.1",
    title="A product from compressed rows",
    minutes=15,
    stub='''
def csr_product(values, columns, row_start, x):
    """W x, float (m,), for W as compressed rows and one input x (n,); no loop over rows or entries."""
    raise NotImplementedError("your turn")
''',
    reference=_csr_product,
    solution_text='''
def csr_product(values, columns, row_start, x):
    """W x, float (m,), for W as compressed rows and one input x (n,); no loop over rows or entries."""
    rows = np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))
    return np.bincount(rows, weights=values * x[columns], minlength=len(row_start) - 1)
''',
    shown=(*_csr(W), X),
    cases=[
        (*_csr(np.array([[2.0]])), np.array([1.5])),
        (*_csr(np.array([[0.5, 1.0]])), np.array([3.0, -1.5])),
        (*_csr(np.array([[0.0, 0.5], [2.0, 4.0]])), np.array([3.0, 1.5])),
        (*_csr(np.array([[0.0, 0.0], [2.0, 1.0]])), np.array([3.0, 0.5])),
        (*_csr(np.array([[1.0, 2.0], [0.0, 0.0], [4.0, 0.0]])), np.array([3.0, 0.5])),
        (*_csr(np.array([[1.0, 2.0], [4.0, 8.0], [0.0, 0.0]])), np.array([3.0, 0.5])),
        (*_csr(np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [3.0, 2.0], [0.0, 0.0]])), np.array([5.0, -0.5])),
        (*_csr(np.array([[1.0, -2.0, 0.5], [2.0, 3.0, -1.0]])), np.array([1.0, 0.5, 4.0])),
        (np.zeros(0), np.zeros(0, int), np.zeros(3, int), np.array([1.0, 2.0])),
        (np.zeros(0), np.zeros(0, int), np.zeros(1, int), np.array([1.0])),
    ],
    draw=_draw_csr,
    tolerance=1e-5,
    dtype="any",  # of no entries at all np.bincount makes whole numbers
    misconceptions=[
        Misconception(
            "reduceat over empty rows",
            _every_row_reduced,
            "np.add.reduceat returns, for a row without entries, the one product that stands at its start, which "
            "belongs to a later row; and it raises where nothing stands there. Give it the starts of rows that have "
            "entries, and put its sums at their places in an array of zeros.",
        ),
        Misconception(
            "reduceat with the starts pulled in",
            _ends_pulled_in,
            "Pulling starts back to the last entry avoids the error, but takes that entry from the row it belongs to, "
            "and an empty row still gets a product that is not its own. Leave empty rows out of reduceat.",
        ),
        Misconception(
            "a zero appended for reduceat",
            _zero_put_at_the_end,
            "The zero at the end helps empty rows at the end. An empty row in the middle still gets the product that "
            "stands at its start, which is the next row's. Leave empty rows out of reduceat.",
        ),
        Misconception(
            "only rows with entries",
            _filled_rows_only,
            "Your sums are right, but the rows without entries have no place. The result has one number a row: start "
            "from np.zeros(m) and fill in those you have.",
        ),
        Misconception(
            "the last product of each row",
            _last_of_each_row,
            "y[rows] += products looks like adding, but NumPy reads y[rows] once and writes once: where a row stands "
            "several times, only its last product is left. np.add.at or np.bincount(rows, weights=...) adds them all.",
        ),
        Misconception(
            "too short",
            _no_minlength,
            "np.bincount ends at the largest row that occurs. If the last rows are empty, they are missing: give it "
            "minlength=m.",
        ),
        Misconception(
            "the first entry of each row left out",
            _first_left_out,
            "The first product of each row is missing. With a running sum, take what was there before the row: put a 0 "
            "in front of the cumsum.",
        ),
        Misconception(
            "the last entry of each row left out",
            _last_left_out,
            "The last product of each row is missing. row_start[i + 1] is one past the last entry already, as a slice "
            "wants it.",
        ),
        Misconception(
            "the last row left out",
            _last_row_left_out,
            "The last row stays 0. row_start has m + 1 numbers: row i runs from row_start[i] to row_start[i + 1], the "
            "last row too.",
        ),
        Misconception(
            "products not summed",
            _not_summed,
            "These are the products, one an entry. They still have to be summed, row by row.",
        ),
        Misconception(
            "the inputs left out",
            _no_inputs,
            "You sum the values of each row. Each value is first multiplied by the input of its column: x[columns].",
        ),
        Misconception(
            "the values left out",
            _no_values,
            "You sum the inputs of each row. Each is first multiplied by its weight: values * x[columns].",
        ),
        Misconception(
            "inputs looked up by row",
            _looked_up_by_row,
            "You take x at the entry's row. A weight in column j meets input j: x[columns].",
        ),
        Misconception(
            "inputs in their own order",
            _looked_up_in_order,
            "The k-th entry of a row is multiplied by the k-th input. Entries were left out in between: which input an "
            "entry meets says its column, x[columns].",
        ),
        Misconception(
            "inputs looked up by entry",
            _looked_up_by_entry,
            "The first entry is multiplied by the first input, the second by the second, through the whole layer. "
            "Which input an entry meets says its column: x[columns].",
        ),
        Misconception(
            "summed by column",
            _summed_by_column,
            "You sum the products of each column. An output belongs to a row: sum over the entries of a row.",
        ),
        Misconception(
            "a running sum",
            _running_sum_kept,
            "Each of your sums holds all rows before it. Take off what the running sum was at the row's start.",
        ),
        Misconception(
            "whole numbers",
            _whole_numbers,
            "Your sums are cut to whole numbers. Is y made by np.zeros(m, int), or like columns? It holds floats.",
        ),
        Misconception(
            "added as whole numbers",
            _added_as_whole_numbers,
            "Each addition is cut to a whole number, since y is an array of integers. Make it with np.zeros(m).",
        ),
        Misconception(
            "a running sum without the 0 in front",
            _running_sum_without_zero,
            "cumsum holds each product already at its own place, so that taking off cumsum[start] takes off the row's "
            "first product too. Put a 0 in front of the cumsum: then before[row_start[1:]] - before[row_start[:-1]].",
        ),
        Misconception(
            "ends of the running sum",
            _ends_of_running_sum,
            "cumsum[row_start[1:] - 1] is right as long as something stands before. For empty rows at the start the "
            "place is -1, which is the end of the array. Put a 0 in front of the cumsum, and leave out the - 1.",
        ),
        Misconception(
            "empty rows set to 0 afterwards",
            _emptied_afterwards,
            "Setting the empty rows to 0 after reduceat is right, but reduceat itself raises when empty rows stand at "
            "the end: their start is beyond the last entry. Give it the starts of rows with entries only.",
        ),
        Misconception(
            "inputs sliced like entries",
            _sliced_inputs,
            "You slice x by the row's entries. row_start says where entries stand, not which inputs they meet: those "
            "are x[columns[low:high]].",
        ),
        Misconception(
            "one sum for all",
            _one_sum,
            "This is one sum over all entries. Each row has an output of its own.",
        ),
        Misconception(
            "as long as x",
            _as_long_as_x,
            "Your y is as long as x. There is one output for each row, len(row_start) - 1 of them.",
        ),
    ],
    alternatives=[_by_running_sum, _by_filled_rows, _by_add_at],
    hints=[
        "Three steps: look up the input of each entry, multiply, sum each row. The first two are one line, no loop.",
        "For the sums you want to know the row of each entry: np.repeat(np.arange(m), np.diff(row_start)).",
        "np.bincount(rows, weights=products, minlength=m) adds the products of each row, and gives 0 to an empty one.",
    ],
    why="""np.add.reduceat makes no list of row numbers; dc_lab.measure.forms uses it, with the empty rows left out.
        Without that care it is a bug that hides well: it does not raise, and is right as long as each row has
        an entry.""",
)

# --- 09.2: from the compressed form ----------------------------------------------------------------------------------

CODEBOOK = np.array([-1.0, 2.0, 3.0])


def _shared(matrix: np.ndarray, codebook: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    values, columns, row_start = _csr(matrix)
    return np.argmin(np.abs(values[:, None] - codebook), axis=1), columns, row_start, codebook


def _cluster_product(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, len(codebook)
    rows = np.repeat(np.arange(m), np.diff(row_start))
    sums = np.bincount(rows * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


def _clusters_by_add_at(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    np.add.at(sums, (_rows_of(row_start), codes), x[columns])
    return sums, (sums * codebook).sum(axis=1)


def _clusters_one_by_one(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = np.stack(
        [_csr_product((codes == code).astype(float), columns, row_start, x) for code in range(len(codebook))], axis=1
    )
    return sums, sums @ codebook


def _repeats_lost(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = np.zeros((len(row_start) - 1, len(codebook)))
    sums[_rows_of(row_start), codes] += x[columns]
    return sums, sums @ codebook


def _multiplied_first(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, x)[0] * codebook
    return sums, sums.sum(axis=1)


def _multiplied_twice(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, x)[0] * codebook
    return sums, sums @ codebook


def _counted(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, np.ones_like(x))[0]
    return sums, sums @ codebook


def _averaged(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, x)[0]
    counts = _cluster_product(codes, columns, row_start, codebook, np.ones_like(x))[0]
    means = sums / np.maximum(counts, 1)
    return means, means @ codebook


def _looked_up_by_code(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return _cluster_product(codes, codes, row_start, codebook, x)


def _whole_layer(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = np.bincount(codes, weights=x[columns], minlength=len(codebook))
    return sums, sums @ codebook


def _no_codebook(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums.sum(axis=1)


def _wrong_stride(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(codes * m + _rows_of(row_start), weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


def _transposed(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums, y = _cluster_product(codes, columns, row_start, codebook, x)
    return sums.T, y


def _cells_too_few(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(_rows_of(row_start) * k + codes, weights=x[columns]).reshape(m, k)
    return sums, sums @ codebook


def _clusters_that_occur(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, int(codes.max()) + 1
    sums = np.bincount(_rows_of(row_start) * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook[:k]


def _clusters_counted(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, len(np.unique(codes))
    sums = np.bincount(_rows_of(row_start) * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook[:k]


def _cells_of_m(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, len(codebook)
    sums = np.bincount(_rows_of(row_start) * m + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook


def _only_outputs(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> np.ndarray:
    return _csr_product(codebook[codes], columns, row_start, x)


def _codes_as_values(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums @ np.arange(len(codebook), dtype=float)


def _swapped(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums, y = _cluster_product(codes, columns, row_start, codebook, x)
    return y, sums


def _not_added_up(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    sums = _cluster_product(codes, columns, row_start, codebook, x)[0]
    return sums, sums * codebook


def _only_sums(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> np.ndarray:
    return _cluster_product(codes, columns, row_start, codebook, x)[0]


def _row_plus_code(
    codes: np.ndarray, columns: np.ndarray, row_start: np.ndarray, codebook: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    m, k = len(row_start) - 1, len(codebook)
    cells = _rows_of(row_start) + codes
    sums = np.bincount(cells, weights=x[columns], minlength=m * k)[: m * k].reshape(m, k)
    return sums, sums @ codebook


def _draw_clusters(rng: np.random.Generator) -> Case:
    rows, columns = rng.integers(2, 4), rng.integers(3, 7)
    codebook = np.sort(rng.choice([-2.0, -1.5, -0.5, 0.25, 1.0, 3.0], rng.integers(2, 4), replace=False))
    matrix = codebook[rng.integers(0, len(codebook), (rows, columns))]
    matrix[rng.random(matrix.shape) > 0.6] = 0
    return (*_shared(matrix, codebook), rng.integers(-8, 9, columns) / 4)


CLUSTER_PRODUCT = Exercise(
    id="09.2",
    title="Straight from the compressed form",
    minutes=10,
    stub='''
def cluster_product(codes, columns, row_start, codebook, x):
    """(sums, y): sums (m, k) of the inputs that meet each centroid in each row, and y = W x (m,) from them."""
    raise NotImplementedError("your turn")
''',
    reference=_cluster_product,
    solution_text='''
def cluster_product(codes, columns, row_start, codebook, x):
    """(sums, y): sums (m, k) of the inputs that meet each centroid in each row, and y = W x (m,) from them."""
    m, k = len(row_start) - 1, len(codebook)
    rows = np.repeat(np.arange(m), np.diff(row_start))
    sums = np.bincount(rows * k + codes, weights=x[columns], minlength=m * k).reshape(m, k)
    return sums, sums @ codebook
''',
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
    misconceptions=[
        Misconception(
            "repeats lost",
            _repeats_lost,
            "sums[rows, codes] += x[columns] keeps only the last input of each cluster: NumPy reads and writes each "
            "place once, however often it is named. Use np.add.at, or np.bincount with weights.",
        ),
        Misconception(
            "multiplied before summing",
            _multiplied_first,
            "Your y is right, but your sums are already multiplied. Sum the inputs as they are; the codebook comes in "
            "once, at the end: sums @ codebook. That is what saves the multiplications.",
        ),
        Misconception(
            "multiplied twice",
            _multiplied_twice,
            "The centroids have been multiplied in before summing and once more at the end. The sums are sums of "
            "inputs only.",
        ),
        Misconception(
            "counts instead of sums",
            _counted,
            "You count how many inputs meet each centroid. Add their values: np.bincount(cells, weights=x[columns]).",
        ),
        Misconception(
            "means instead of sums",
            _averaged,
            "You divide by the number of inputs in the cluster. A row's output is a sum of weight times input over all "
            "entries, so that each cluster brings its sum.",
        ),
        Misconception(
            "inputs looked up by code",
            _looked_up_by_code,
            "You take x at the code. The code says which centroid; which input an entry meets says its column.",
        ),
        Misconception(
            "one sum for the whole layer",
            _whole_layer,
            "You sum over all rows. Each output needs sums of its own: a row and a code together make the cell, "
            "rows * k + codes.",
        ),
        Misconception(
            "the codebook left out",
            _no_codebook,
            "You add the sums of a row as they are. Each is multiplied by its centroid first: sums @ codebook.",
        ),
        Misconception(
            "codes taken for values",
            _codes_as_values,
            "You multiply the sums by 0, 1, 2 ... A code is a place in the codebook; multiply by what stands there.",
        ),
        Misconception(
            "cells numbered by column",
            _wrong_stride,
            "codes * m + rows numbers the cells code by code, but reshape(m, k) reads them row by row. Number them "
            "rows * k + codes, or reshape to (k, m) and transpose.",
        ),
        Misconception(
            "sums transposed",
            _transposed,
            "Your sums have a row for each centroid. They should be (m, k): a row for each output.",
        ),
        Misconception(
            "cells at the end missing",
            _cells_too_few,
            "np.bincount ends at the last cell that occurs, so that it is too short wherever the last row does not use "
            "the last centroid. Give it minlength=m * k.",
        ),
        Misconception(
            "only the centroids that occur",
            _clusters_that_occur,
            "You take the largest code for the size of the codebook. A centroid may be unused in this layer: k is "
            "len(codebook).",
        ),
        Misconception(
            "the centroids counted",
            _clusters_counted,
            "You count the codes that occur. A centroid may be unused in this layer, and its column is there all the "
            "same: k is len(codebook).",
        ),
        Misconception(
            "cells numbered by m",
            _cells_of_m,
            "rows * m + codes gives each row m cells. A row has one for each centroid, which are k: rows * k + codes.",
        ),
        Misconception(
            "only the outputs",
            _only_outputs,
            "This is the product with the weights unpacked, codebook[codes]. Return the cluster sums as well, and y "
            "made from them: (sums, sums @ codebook).",
        ),
        Misconception(
            "y first",
            _swapped,
            "Both arrays are right, in the wrong order: return (sums, y).",
        ),
        Misconception(
            "not added up",
            _not_added_up,
            "Your y still has a number for each centroid. Add them for each row: sums @ codebook multiplies and adds.",
        ),
        Misconception(
            "only the sums",
            _only_sums,
            "The sums are right. Return y as well: (sums, sums @ codebook).",
        ),
        Misconception(
            "row plus code",
            _row_plus_code,
            "rows + codes gives the same cell to row 0, code 1 and to row 1, code 0. Each row has k cells: "
            "rows * k + codes.",
        ),
    ],
    alternatives=[_clusters_by_add_at, _clusters_one_by_one],
    hints=[
        "Row 2 of the example has three weights of value 2: 2 x1 + 2 x3 + 2 x5 = 2 (x1 + x3 + x5). Add first.",
        "Number the cells of `sums` row by row: entry e belongs to cell rows[e] * k + codes[e].",
        "np.bincount(rows * k + codes, weights=x[columns], minlength=m * k).reshape(m, k), then sums @ codebook.",
    ],
    why="""With 4 bits there are at most 16 multiplications an output, however many inputs it has; the rest is addition.
        The weights are never unpacked: codes and columns go in as the file has them. A circuit of one's own would save
        energy by it; a processor multiplies and adds in one instruction, and the lesson measures what is left.""",
)

# --- 09.3: the roofline ----------------------------------------------------------------------------------------------


def _times(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    csr = max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)
    return dense, csr


def _predicted_times(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, bandwidth, peak)


def _in_steps(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> list[float]:
    found = []
    for weights, multiplied in ((m * n, m * n), (2 * nnz + m + 1, nnz)):
        moving = 4 * (weights + batch * n + batch * m) / bandwidth
        computing = batch * multiplied * 2 / peak
        found.append(moving if moving > computing else computing)
    return found


def _added_up(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense = (4 * m * n + ends) / bandwidth + 2 * m * n * batch / peak
    return dense, (8 * nnz + 4 * (m + 1) + ends) / bandwidth + 2 * nnz * batch / peak


def _the_lesser(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense = min((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, min((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _only_moving(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, bandwidth, float("inf"))


def _only_computing(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, float("inf"), peak)


def _weights_each_time(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = m + n
    dense = max(4 * batch * (m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max(4 * batch * (2 * nnz + m + 1 + ends) / bandwidth, 2 * nnz * batch / peak)


def _one_operation(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, bandwidth, 2 * peak)


def _no_ends(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    dense = max(4 * m * n / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1)) / bandwidth, 2 * nnz * batch / peak)


def _no_outputs(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * n
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _ends_once(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _no_columns(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense, _ = _times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((4 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _no_row_starts(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense, _ = _times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + ends) / bandwidth, 2 * nnz * batch / peak)


def _a_row_start_too_few(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense, _ = _times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * m + ends) / bandwidth, 2 * nnz * batch / peak)


def _zeros_multiplied(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense, _ = _times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * m * n * batch / peak)


def _operations_once(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, bandwidth, batch * peak)


def _batch_added(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, (2 * m * n + batch) / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, (2 * nnz + batch) / peak)


def _whole_seconds(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    dense, csr = _times(m, n, nnz, batch, bandwidth, peak)
    return dense // 1, csr // 1


def _in_bits(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, bandwidth / 8, peak)


def _numbers_for_bytes(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, 4 * bandwidth, peak)


def _csr_first(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    dense, csr = _times(m, n, nnz, batch, bandwidth, peak)
    return csr, dense


def _limits_swapped(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    return _times(m, n, nnz, batch, peak, bandwidth)


def _in_milliseconds(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    dense, csr = _times(m, n, nnz, batch, bandwidth, peak)
    return 1e3 * dense, 1e3 * csr


def _ends_multiplied(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * m * n
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _an_input(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    dense, csr = _times(m, n, nnz, batch, bandwidth, peak)
    return dense / batch, csr / batch


def _ends_of_one_byte(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _column_starts(m: int, n: int, nnz: int, batch: int, bandwidth: float, peak: float) -> tuple[float, float]:
    ends = 4 * batch * (m + n)
    dense, _ = _times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * (n + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _draw_times(rng: np.random.Generator) -> Case:
    m, n = (int(size) for size in rng.integers(2, 40, 2))
    nnz = int(rng.integers(1, m * n))
    return m, n, nnz, int(rng.integers(1, 33)), float(rng.choice([10, 50, 200])), float(rng.choice([10, 100, 1000]))


ROOFLINE = Exercise(
    id="09.3",
    title="Predict a product's time",
    minutes=10,
    stub='''
def predicted_times(m, n, nnz, batch, bandwidth, peak):
    """(dense, csr): least seconds of a product with an (m, n) layer, of which nnz weights are left, for a batch."""
    raise NotImplementedError("your turn")
''',
    reference=_predicted_times,
    solution_text='''
def predicted_times(m, n, nnz, batch, bandwidth, peak):
    """(dense, csr): least seconds of a product with an (m, n) layer, of which nnz weights are left, for a batch."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    csr = max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)
    return dense, csr
''',
    shown=(4, 5, 7, 1, 10.0, 100.0),
    cases=[
        (1, 1, 1, 1, 4.0, 100.0),
        (1, 1, 1, 1, 1000.0, 2.0),
        (3, 2, 1, 2, 4.0, 1000.0),
        (3, 2, 2, 4, 4.0, 2.0),
        (4, 5, 7, 64, 10.0, 100.0),
        (10, 20, 20, 1, 100.0, 100.0),
        (10, 20, 20, 8, 100.0, 100.0),
        (10, 20, 20, 8, 100.0, 50.0),
        (6, 6, 36, 1, 20.0, 500.0),
        (6, 6, 0, 3, 20.0, 500.0),
        (2, 50, 10, 16, 100.0, 20.0),
    ],
    draw=_draw_times,
    dtype="any",
    misconceptions=[
        Misconception(
            "both times added",
            _added_up,
            "You add the time of moving and that of computing. A processor fetches the next weights while it uses "
            "these, so that the slower of the two decides: max, not +.",
        ),
        Misconception(
            "the faster of the two",
            _the_lesser,
            "You take the faster one. Both have to be finished, so that the slower one decides: max.",
        ),
        Misconception(
            "computing left out",
            _only_moving,
            "You count bytes only. At a large batch the operations take longer: the time is the larger of the two.",
        ),
        Misconception(
            "moving left out",
            _only_computing,
            "You count operations only. At batch 1 the weights take longer to arrive: take the larger of the two.",
        ),
        Misconception(
            "weights fetched for each input",
            _weights_each_time,
            "You fetch the weights once for each input. They are fetched once and serve the whole batch; only inputs "
            "and outputs come batch times.",
        ),
        Misconception(
            "one operation a weight",
            _one_operation,
            "Each weight costs two operations an input: a multiplication and an addition.",
        ),
        Misconception(
            "inputs and outputs left out",
            _no_ends,
            "The weights are right. n inputs are read and m outputs written as well, four bytes each, for every input "
            "of the batch.",
        ),
        Misconception(
            "outputs left out",
            _no_outputs,
            "The inputs are in, but the m outputs are written too, four bytes each.",
        ),
        Misconception(
            "inputs and outputs of a single input",
            _ends_once,
            "Inputs and outputs are moved once for each input of the batch: 4 * batch * (m + n).",
        ),
        Misconception(
            "columns left out",
            _no_columns,
            "Your compressed rows have values only. Each entry has a column as well: 4 + 4 bytes.",
        ),
        Misconception(
            "row starts left out",
            _no_row_starts,
            "Values and columns are in; the m + 1 row starts of 4 bytes are not.",
        ),
        Misconception(
            "one row start too few",
            _a_row_start_too_few,
            "There are m + 1 row starts: the last one says where the last row ends.",
        ),
        Misconception(
            "zeros multiplied",
            _zeros_multiplied,
            "Your compressed rows still do 2 m n operations. Only the nnz weights that are left are multiplied.",
        ),
        Misconception(
            "operations of a single input",
            _operations_once,
            "Each input of the batch needs its own operations: 2 * m * n * batch.",
        ),
        Misconception(
            "the batch added",
            _batch_added,
            "You add the batch to the operations. Each input of the batch meets every weight: two operations a weight, "
            "times the batch.",
        ),
        Misconception(
            "whole seconds",
            _whole_seconds,
            "Your seconds are rounded down: // drops the fraction. Divide by /.",
        ),
        Misconception(
            "bits",
            _in_bits,
            "You count bits. The bandwidth is in bytes a second, and a float32 has four bytes.",
        ),
        Misconception(
            "numbers instead of bytes",
            _numbers_for_bytes,
            "You count numbers. Each has four bytes, and the bandwidth is in bytes a second.",
        ),
        Misconception(
            "the two forms in the wrong order",
            _csr_first,
            "The times are right, in the wrong order: return (dense, csr).",
        ),
        Misconception(
            "the limits mixed up",
            _limits_swapped,
            "Bytes are divided by the bandwidth, operations by the peak; you have them crossed.",
        ),
        Misconception(
            "milliseconds",
            _in_milliseconds,
            "The numbers are right in milliseconds. Bandwidth and peak are a second, and seconds are asked for.",
        ),
        Misconception(
            "inputs times outputs",
            _ends_multiplied,
            "An input has n numbers and its output m: m + n are moved for each input of the batch, not m * n.",
        ),
        Misconception(
            "the time of one input",
            _an_input,
            "You divide by the batch. The time of the whole product is asked for, all inputs of the batch together.",
        ),
        Misconception(
            "inputs of one byte",
            _ends_of_one_byte,
            "Inputs and outputs are float32 too: four bytes each.",
        ),
        Misconception(
            "starts of columns",
            _column_starts,
            "You count n + 1 starts. Compressed rows have one for each of the m rows, and one more.",
        ),
    ],
    alternatives=[_in_steps],
    hints=[
        "By hand for the 4 x 5 layer: 4 * 20 + 4 * 9 = 116 bytes at 10 bytes a second are 11.6 s; 40 operations at 100 "
        "a second 0.4 s. The slower one decides.",
        "Bytes: the weights once (dense 4 m n; rows 8 nnz + 4 (m + 1)), and 4 batch (m + n) for inputs and outputs.",
        "Operations: 2 m n batch dense, 2 nnz batch as rows. The time is max(bytes / bandwidth, operations / peak).",
    ],
    why="""This is the roofline model (Williams, Waterman and Patterson, 2009). It gives the least possible time, not
        the time it takes: what it leaves out, such as finding an input by its column, comes on top. How far a
        measurement lies above the prediction says how much was left out.""",
)

# --- 09.4: batch 64 --------------------------------------------------------------------------------------------------

TURNING = Question(
    id="09.4",
    title="From which batch on?",
    minutes=5,
    kind="number",
    prompt="20 GB/s, 80 billion operations a second, inputs and outputs left out: the batch at which operations take "
    "as long as moving the weights of a dense layer.",
    stub="batch = ...",
    answer=8,
    tolerance=1e-3,
    wrong=[
        WrongAnswer(
            "one operation a weight",
            16,
            "That counts one operation a weight and input. It is two, a multiplication and an addition.",
        ),
        WrongAnswer(
            "one byte a weight",
            2,
            "That is right for weights of one byte. A float32 has four.",
        ),
        WrongAnswer(
            "operations for each byte",
            4,
            "4 is the number of operations that the machine can do while a byte arrives. A weight has 4 bytes and "
            "needs 2 operations an input: 4 * 4 / 2.",
        ),
        WrongAnswer(
            "bits",
            64,
            "64 is the batch of the paper, and also what comes out if a weight is counted as 32 bytes. It has 32 bits, "
            "4 bytes.",
        ),
        WrongAnswer(
            "the fraction upside down",
            0.125,
            "That is 1/8, the fraction upside down. Solve 2 * batch / 80 = 4 / 20 for the batch.",
        ),
        WrongAnswer(
            "four bytes and four operations",
            32,
            "Solve 2 * batch / 80 = 4 / 20: a weight takes 4 / 20 = 0.2 ns to arrive, and 2 / 80 = 0.025 ns to be "
            "multiplied and added for one input.",
        ),
        WrongAnswer(
            "at once",
            1,
            "At batch 1 a weight takes 0.2 ns to arrive and 0.025 ns to be used: moving is eight times slower.",
        ),
        WrongAnswer(
            "with the size of the layer",
            lambda value: value > 1000,
            "The size of the layer is in both times, and drops out: look at a single weight.",
            example=4096,
        ),
    ],
    hints=[
        "Look at a single weight. How many nanoseconds does it take to arrive?",
        "4 bytes at 20 bytes a nanosecond: 0.2 ns. One input needs 2 operations, at 80 a nanosecond: 0.025 ns.",
        "0.2 / 0.025.",
    ],
    why="""From batch 8 on, the dense layer of this machine is bound by arithmetic, and each further input costs as much
        as the one before. Up to there, further inputs are free. The paper's batch of 64 lies well above.""",
)

# --- 09.5: energy ----------------------------------------------------------------------------------------------------


def _layer_energy(weight_bytes: float, entries: int, on_chip: bool) -> float:
    access = 5 if on_chip else 640
    return weight_bytes / 4 * access + entries * (5 + 3.7 + 0.9)


def _energy_in_parts(weight_bytes: float, entries: int, on_chip: bool) -> float:
    picojoules = {"sram": 5.0, "dram": 640.0, "multiply": 3.7, "add": 0.9}
    weights = picojoules["sram" if on_chip else "dram"] * weight_bytes * 8 / 32
    inputs = entries * picojoules["sram"]
    return weights + inputs + entries * picojoules["multiply"] + entries * picojoules["add"]


def _each_byte(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(4 * weight_bytes, entries, on_chip)


def _each_bit(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(32 * weight_bytes, entries, on_chip)


def _an_eighth(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes / 8, entries, on_chip)


def _crossed_places(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, not on_chip)


def _always_dram(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, False)


def _always_sram(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, True)


def _inputs_from_far(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, on_chip) + (0 if on_chip else entries * 635)


def _entries_as_words(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(4 * entries, entries, on_chip)


def _no_lookups(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, on_chip) - 5 * entries


def _no_multiplication(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, on_chip) - 3.7 * entries


def _no_addition(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, on_chip) - 0.9 * entries


def _no_arithmetic(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, on_chip) - 4.6 * entries


def _no_weights(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(0, entries, on_chip)


def _weights_only(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, 0, on_chip)


def _whole_words(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(4 * (weight_bytes // 4), entries, on_chip)


def _in_joules(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return 1e-12 * _layer_energy(weight_bytes, entries, on_chip)


def _in_microjoules(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return 1e-6 * _layer_energy(weight_bytes, entries, on_chip)


def _rounded_up(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(4 * -(-weight_bytes // 4), entries, on_chip)


def _sums_from_sram(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return _layer_energy(weight_bytes, entries, on_chip) + 5 * entries


def _in_nanojoules(weight_bytes: float, entries: int, on_chip: bool) -> float:
    return 1e-3 * _layer_energy(weight_bytes, entries, on_chip)


def _in_two_parts(weight_bytes: float, entries: int, on_chip: bool) -> tuple[float, float]:
    return _layer_energy(weight_bytes, 0, on_chip), _layer_energy(0, entries, on_chip)


def _draw_energy(rng: np.random.Generator) -> Case:
    return float(rng.integers(1, 4000)), int(rng.integers(1, 1000)), bool(rng.integers(0, 2))


ENERGY = Exercise(
    id="09.5",
    title="The energy of a layer, estimated",
    minutes=10,
    stub='''
def layer_energy(weight_bytes, entries, on_chip):
    """Estimated picojoules of a layer for one input: `entries` weights, read from `weight_bytes` bytes, multiplied."""
    raise NotImplementedError("your turn")
''',
    reference=_layer_energy,
    solution_text='''
def layer_energy(weight_bytes, entries, on_chip):
    """Estimated picojoules of a layer for one input: `entries` weights, read from `weight_bytes` bytes, multiplied."""
    access = 5 if on_chip else 640
    return weight_bytes / 4 * access + entries * (5 + 3.7 + 0.9)
''',
    shown=(80, 20, False),
    cases=[
        (4, 1, False),
        (4, 1, True),
        (8, 1, False),
        (8, 1, True),
        (76, 7, False),
        (76, 7, True),
        (6, 3, False),
        (6, 3, True),
        (10, 0, True),
        (0, 0, False),
    ],
    draw=_draw_energy,
    dtype="any",
    misconceptions=[
        Misconception(
            "an access for each byte",
            _each_byte,
            "You pay an access for each byte. The table's access fetches 32 bits, 4 bytes: weight_bytes / 4 accesses.",
        ),
        Misconception(
            "an access for each bit",
            _each_bit,
            "You pay an access for each bit. The table's access fetches 32 bits, 4 bytes: weight_bytes / 4 accesses.",
        ),
        Misconception(
            "32 bytes an access",
            _an_eighth,
            "You divide the bytes by 32. An access fetches 32 bits, which are 4 bytes.",
        ),
        Misconception(
            "SRAM and DRAM mixed up",
            _crossed_places,
            "On the chip is SRAM, 5 pJ; off it is DRAM, 640 pJ. You have them crossed.",
        ),
        Misconception(
            "always off the chip",
            _always_dram,
            "Your weights come from DRAM in any case. Where on_chip is true, an access costs 5 pJ.",
        ),
        Misconception(
            "always on the chip",
            _always_sram,
            "Your weights come from SRAM in any case. Where on_chip is false, an access costs 640 pJ.",
        ),
        Misconception(
            "inputs from far away",
            _inputs_from_far,
            "You fetch the inputs from where the weights are. There are few inputs, and they are on the chip: 5 pJ "
            "each time.",
        ),
        Misconception(
            "an access for each entry",
            _entries_as_words,
            "You count one access an entry. How much is fetched says weight_bytes: with columns it is more, compressed "
            "less.",
        ),
        Misconception(
            "inputs left out",
            _no_lookups,
            "Weights and arithmetic are right. Each entry also reads an input, 5 pJ from SRAM.",
        ),
        Misconception(
            "multiplications left out",
            _no_multiplication,
            "The multiplications are missing: 3.7 pJ for each entry.",
        ),
        Misconception(
            "additions left out",
            _no_addition,
            "The additions are missing: 0.9 pJ for each entry.",
        ),
        Misconception(
            "arithmetic left out",
            _no_arithmetic,
            "The arithmetic is missing: each entry costs a multiplication, 3.7 pJ, and an addition, 0.9 pJ.",
        ),
        Misconception(
            "the weights left out",
            _no_weights,
            "Inputs and arithmetic are right, but the weights have to be fetched as well, weight_bytes / 4 accesses.",
        ),
        Misconception(
            "only the weights",
            _weights_only,
            "You count fetching the weights only. Each entry costs an input from SRAM and two operations.",
        ),
        Misconception(
            "whole accesses",
            _whole_words,
            "You round the accesses down to a whole number. Compressed weights lie back to back: weight_bytes / 4, "
            "fractions included.",
        ),
        Misconception(
            "accesses rounded up",
            _rounded_up,
            "You round the accesses up. Compressed weights lie back to back, so that the rest of an access holds the "
            "next ones: count weight_bytes / 4, fractions included.",
        ),
        Misconception(
            "sums kept in SRAM",
            _sums_from_sram,
            "You pay two accesses of SRAM an entry. Only the input is read; the sum stays in a register, which costs "
            "next to nothing.",
        ),
        Misconception(
            "two numbers",
            _in_two_parts,
            "You return fetching and the rest apart. Add them: one number is asked for.",
        ),
        Misconception(
            "nanojoules",
            _in_nanojoules,
            "The number is right in nanojoules. The text asks for picojoules, the unit of the table.",
        ),
        Misconception(
            "joules",
            _in_joules,
            "The number is right in joules. The text asks for picojoules, the unit of the table.",
        ),
        Misconception(
            "microjoules",
            _in_microjoules,
            "The number is right in microjoules. The text asks for picojoules, the unit of the table.",
        ),
    ],
    alternatives=[_energy_in_parts],
    hints=[
        "Two parts: fetching the weights, and what each entry costs once its weight is there.",
        "Fetching: weight_bytes / 4 accesses of 32 bits, at 5 pJ (on the chip) or 640 pJ (off it).",
        "Each entry: an input from SRAM (5 pJ), a multiplication (3.7 pJ), an addition (0.9 pJ).",
    ],
    why="""Off the chip, fetching a weight costs 67 times as much as all that is done with it. So what counts is the
        bytes, and above all whether they fit on the chip. The estimate is a floor: instructions, decoding and
        idle circuits are not in the table.""",
)

EXERCISES: list[AnyExercise] = [CSR_PRODUCT, CLUSTER_PRODUCT, ROOFLINE, TURNING, ENERGY]
