"""03.2 Back to the matrix."""

import functools

import numpy as np

from dc_lab import sparse
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_03.common import first_layer
from dc_lab.course.lessons.lesson_03.ex_1_to_csr import FIVE_BY_FIVE, TINY, wide


def from_csr(values, columns, row_start, shape):
    """The matrix that `to_csr` was given."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], row_start[i + 1])
        matrix[i, columns[entries]] = values[entries]
    return matrix


def _from_csr(values, columns, row_start, shape):
    return sparse.from_csr(sparse.CSR(values, columns, row_start, shape))


def _case(matrix, index=np.int32):
    values, columns, row_start, shape = sparse.to_csr(matrix)
    return values, columns.astype(index), row_start.astype(index), shape


def _draw(rng):
    shape = tuple(rng.integers(2, 6, 2))
    kept = rng.random(shape) < rng.choice([0.1, 0.3, 0.6, 1.0])
    return _case(np.where(kept, rng.normal(0, 0.1, shape), 0.0), rng.choice([np.int32, np.uint16, np.int64]))


def _long(rows, columns, dtype=np.float32):
    """More positions than two bytes can count, and few entries."""
    matrix = np.zeros((rows, columns), dtype)
    matrix[[0, rows // 2, rows - 1], [columns - 1, 0, columns - 2]] = 1, -2, 3
    return matrix


CASES = [
    _case(np.array([[1.5, -2.0]])), _case(np.array([[0.0, -3.0, 2.0]])), _case(np.array([[0.0], [4.0], [-1.0], [0.0]])),
    _case(np.zeros((2, 3))), _case(np.zeros((2, 3), np.float32)), _case(np.array([[1.0, 2.0], [3.0, 4.0]])),
    _case(np.array([[0.0, 6.0, 5.0], [0.0, 0.0, 0.0]], np.float32)),
    _case(np.array([[0.0, 0.0, 0.0], [7.0, 0.0, 5.0]], np.float32)),
    _case(np.array([[4.0, 0.0, -2.0], [3.0, 1.0, 2.0]])), _case(np.array([[0, -128, 3], [0, 0, 127]], np.int8)),
    _case(np.array([[np.nan, 0.0, 2.0], [0.0, 1.0, np.inf]])),
    _case(np.array([[0.0, 0.0], [-1.0, 1.0], [2.0, 0.0]]), np.uint8),
    _case(np.array([[0, 7, 0], [0, 0, -7], [7, 0, 0]], np.int8)), _case(FIVE_BY_FIVE.T.copy()),
    _case(np.array([[3.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]], np.float32), np.uint8),
    _case(TINY), _case(TINY.astype(np.float32)), _case(np.array([[0, 2**53 + 1], [-(2**60) - 1, 0]], np.int64)),
    _case(np.ones((2, 130), np.float32), np.uint16), _case(wide(400, [0, 254, 256, 399])),
    _case(_long(20, 30), np.uint8), _case(np.zeros((0, 3))), _case(np.zeros((3, 0))),
    _case(wide(40_000, [1, 32_768, 39_999]), np.uint16), _case(_long(300, 784), np.uint16),
]  # fmt: skip

exercise = Exercise(
    id="03.2",
    title="Back to the matrix",
    minutes=10,
    task="build",
    reference=_from_csr,
    solution=from_csr,
    shown=_case(FIVE_BY_FIVE),
    cases=CASES,
    draw=_draw,
    dtype="exact",
    tolerance=0.0,
    dtypes=("float32", "float16"),
    large=lambda: _case(first_layer(0.3)),
    large_is="a float32 matrix of the shape of the first layer, 300 x 784, with 30 % of its weights",
    hints=[
        "Begin with a matrix of zeros: np.zeros(shape, values.dtype).",
        "The entries of row i are values[row_start[i]:row_start[i + 1]], and their columns are the same part of "
        "columns.",
        "One line in a loop over the rows: matrix[i, columns[a:b]] = values[a:b], where a is row_start[i] and b is "
        "row_start[i + 1].",
    ],
    why="""Two neighbours in row_start are the ends of a row, so that an empty row needs no care: its slice is empty.
        Whoever wants one row alone reads just that row. The relative index below cannot do that.

    dc_lab has no loop over the rows: np.repeat(np.arange(rows), np.diff(row_start)) is the row of each entry, and one
    assignment sets them all.""",
)


@exercise.alternative
def _all_at_once(values, columns, row_start, shape):
    matrix = np.zeros(shape, values.dtype)
    matrix[np.repeat(np.arange(shape[0]), np.diff(row_start)), columns] = values
    return matrix


@exercise.alternative
def _by_loops(values, columns, row_start, shape):
    rows = []
    for i in range(shape[0]):
        row = [0] * shape[1]
        for k in range(int(row_start[i]), int(row_start[i + 1])):
            row[columns[k]] = values[k]
        rows.append(row)
    return np.array(rows, values.dtype).reshape(shape)


@exercise.alternative
def _in_the_long_row(values, columns, row_start, shape):
    flat = np.zeros(shape[0] * shape[1], values.dtype)
    rows = np.searchsorted(row_start, np.arange(len(values)), side="right") - 1
    flat[rows * shape[1] + columns.astype(np.int64)] = values
    return flat.reshape(shape)


@exercise.alternative
def _while_entries_last(values, columns, row_start, shape):
    matrix, row = np.zeros(shape, dtype=values.dtype), 0
    for entry, (column, value) in enumerate(zip(columns.tolist(), values, strict=True)):
        while entry >= row_start[row + 1]:
            row += 1
        matrix[row, column] = value
    return matrix


def _rows(row_start):
    return np.repeat(np.arange(len(row_start) - 1), np.diff(row_start.astype(np.int64)))


@exercise.mistake("float64 whatever the values are")
def _(values, columns, row_start, shape):
    """The matrix is float64, because np.zeros makes that unless it is told the dtype. A float32 layer then takes twice
    the room: np.zeros(shape, values.dtype)."""
    return _from_csr(values, columns, row_start, shape).astype(np.float64)


@exercise.mistake("float32 whatever the values are")
def _(values, columns, row_start, shape):
    """The matrix is float32, whatever the values are. It has their dtype: np.zeros(shape, values.dtype)."""
    return _from_csr(values, columns, row_start, shape).astype(np.float32)


@exercise.mistake("places in bytes that run over")
def _(values, columns, row_start, shape):
    """Row times width plus column is worked out in the small dtype of `columns`, which cannot hold it. Convert first:
    columns.astype(np.int64)."""
    flat = np.zeros(shape[0] * shape[1], values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], row_start[i + 1])
        flat[i * shape[1] + columns[entries]] = values[entries]
    return flat.reshape(shape)


@exercise.mistake("the last row left out")
def _(values, columns, row_start, shape):
    """The last row stays empty: the loop ends one row too early. Go through range(shape[0])."""
    matrix = _from_csr(values, columns, row_start, shape)
    matrix[-1:] = 0
    return matrix


@exercise.mistake("the first row left out")
def _(values, columns, row_start, shape):
    """The first row stays empty: the loop begins one row too late. Row 0 has row_start[0] and row_start[1]."""
    matrix = _from_csr(values, columns, row_start, shape)
    matrix[:1] = 0
    return matrix


@exercise.mistake("the last entry of each row left out")
def _(values, columns, row_start, shape):
    """The last entry of each row is missing. A slice leaves out its end by itself: values[a:b] with b =
    row_start[i + 1], and nothing taken off."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], max(row_start[i], int(row_start[i + 1]) - 1))
        matrix[i, columns[entries]] = values[entries]
    return matrix


@exercise.mistake("the first entry of the next row too")
def _(values, columns, row_start, shape):
    """Each row gets one entry too many, the first one of the next row. The entries end before row_start[i + 1]."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], int(row_start[i + 1]) + 1)
        matrix[i, columns[entries]] = values[entries]
    return matrix


@exercise.mistake("one row too low")
def _(values, columns, row_start, shape):
    """Every entry stands one row too low, and the last row's are lost. Row i has row_start[i] to row_start[i + 1]."""
    matrix = np.zeros(shape, values.dtype)
    matrix[1:] = _from_csr(values, columns, row_start, shape)[:-1]
    return matrix


@exercise.mistake("values side by side")
def _(values, columns, row_start, shape):
    """The values of a row stand at its beginning, side by side. Where each belongs is in `columns`."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        part = values[row_start[i] : row_start[i + 1]]
        matrix[i, : len(part)] = part
    return matrix


@exercise.mistake("columns from the first entry on")
def _(values, columns, row_start, shape):
    """The values are those of the row, but the columns are taken from the beginning of `columns` for each row. Both
    need the same part: [row_start[i]:row_start[i + 1]]."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        part = values[row_start[i] : row_start[i + 1]]
        matrix[i, columns[: len(part)]] = part
    return matrix


@exercise.mistake("everything in the first row")
def _(values, columns, row_start, shape):
    """All entries stand in the first row. Which row an entry belongs to is what row_start says."""
    matrix = np.zeros(shape, values.dtype)
    if shape[0]:
        matrix[0, columns] = values
    return matrix


@exercise.mistake("from the first entry on")
def _(values, columns, row_start, shape):
    """Each row gets the entries of all rows before it as well. They begin at row_start[i]."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        matrix[i, columns[: row_start[i + 1]]] = values[: row_start[i + 1]]
    return matrix


@exercise.mistake("to the end of all entries")
def _(values, columns, row_start, shape):
    """Each row gets the entries of all rows after it as well. They end at row_start[i + 1]."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        matrix[i, columns[row_start[i] :]] = values[row_start[i] :]
    return matrix


@exercise.mistake("row_start taken for counts")
def _(values, columns, row_start, shape):
    """row_start is used as the number of entries of each row. It says where a row begins; the number is the difference
    of two neighbours, np.diff(row_start)."""
    matrix, begin = np.zeros(shape, values.dtype), 0
    for i in range(shape[0]):
        entries = slice(begin, begin + int(row_start[i + 1]))
        matrix[i, columns[entries]] = values[entries]
        begin += int(row_start[i + 1])
    return matrix


@exercise.mistake("row_start[i] taken for the count of row i")
def _(values, columns, row_start, shape):
    """row_start[i] is used as the number of entries of row i, so that the first row has none. It says where the row
    begins; it ends where the next one begins, at row_start[i + 1]."""
    matrix, begin = np.zeros(shape, values.dtype), 0
    for i in range(shape[0]):
        entries = slice(begin, begin + int(row_start[i]))
        matrix[i, columns[entries]] = values[entries]
        begin += int(row_start[i])
    return matrix


@exercise.mistake("columns counted from 1")
def _(values, columns, row_start, shape):
    """Everything stands one column too far left. The first column is 0, as in NumPy: nothing has to be taken off."""
    return _from_csr(values, (columns.astype(np.int64) - 1) % max(1, shape[1]), row_start, shape)


@exercise.mistake("the matrix on its side")
def _(values, columns, row_start, shape):
    """Rows and columns are exchanged. In matrix[i, j], i is the row."""
    return _from_csr(values, columns, row_start, shape).T


@exercise.mistake("a list of rows")
def _(values, columns, row_start, shape):
    """This is a list. Asked for is an array of the given shape: np.array(rows, values.dtype)."""
    return _from_csr(values, columns, row_start, shape).tolist()


@exercise.mistake("the long row")
def _(values, columns, row_start, shape):
    """The numbers are right, but stand in one long row. Give it the shape: .reshape(shape)."""
    return _from_csr(values, columns, row_start, shape).ravel()


@exercise.mistake("only the rows that are not empty")
def _(values, columns, row_start, shape):
    """Empty rows are missing. Begin with np.zeros(shape, values.dtype), which has all rows, and put the entries in."""
    matrix = _from_csr(values, columns, row_start, shape)
    return matrix[np.diff(row_start.astype(np.int64)) > 0]


@exercise.mistake("room that is not cleared")
def _(values, columns, row_start, shape):
    """Where no entry stands is something else than 0. np.empty gives room with whatever was there before; np.zeros
    clears it."""
    matrix = np.full(shape, 1, values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], row_start[i + 1])
        matrix[i, columns[entries]] = values[entries]
    return matrix


@exercise.mistake("a list of arrays")
def _(values, columns, row_start, shape):
    """This is a list of rows. Asked for is one array of the given shape: np.array(rows), or the matrix itself."""
    return list(_from_csr(values, columns, row_start, shape))


@exercise.mistake("[column, row]")
def _(values, columns, row_start, shape):
    """Row and column are exchanged where the entries are put in. In matrix[i, j], i is the row."""
    matrix = np.zeros(shape, values.dtype)
    matrix[columns, _rows(row_start)] = values
    return matrix


@exercise.mistake("[column, row] in a loop")
def _(values, columns, row_start, shape):
    """The entries of row i are put into column i. In matrix[i, j], i is the row."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], row_start[i + 1])
        matrix[columns[entries], i] = values[entries]
    return matrix


@exercise.mistake("values of half precision")
def _(values, columns, row_start, shape):
    """The values went through float16, which keeps three or four digits: np.zeros(shape, values.dtype)."""
    return _from_csr(values.astype(np.float16), columns, row_start, shape).astype(values.dtype)


@exercise.mistake("rounded values")
def _(values, columns, row_start, shape):
    """The values are rounded. They have to come back to the last bit: put them in as they are."""
    return _from_csr(np.round(values, 6), columns, row_start, shape)


@exercise.mistake("magnitudes")
def _(values, columns, row_start, shape):
    """The values have lost their signs. Put them in as they are."""
    return _from_csr(np.abs(values), columns, row_start, shape)


@exercise.mistake("columns cut to a byte")
def _(values, columns, row_start, shape):
    """The columns are cut to one byte, where 256 becomes 0. Use them as they are, or as np.int64."""
    return _from_csr(values, columns.astype(np.uint8), row_start, shape)


@exercise.mistake("columns cut to 16 bits")
def _(values, columns, row_start, shape):
    """The columns are cut to int16, where 32,768 becomes -32,768. Use them as they are, or as np.int64."""
    return _from_csr(values, columns.astype(np.int16), row_start, shape)


@exercise.mistake("rows searched from the wrong side")
def _(values, columns, row_start, shape):
    """The first entry of each row is put into the row before. np.searchsorted needs side="right", and 1 taken away."""
    matrix = np.zeros(shape, values.dtype)
    matrix[np.minimum(np.searchsorted(row_start, np.arange(len(values))), shape[0] - 1), columns] = values
    return matrix


@exercise.mistake("rows searched from the left, and 1 taken away")
def _(values, columns, row_start, shape):
    """The first entry of each row is put into the row before: np.searchsorted needs side="right"."""
    matrix = np.zeros(shape, values.dtype)
    matrix[np.searchsorted(row_start, np.arange(len(values))) - 1, columns] = values
    return matrix


@exercise.mistake("as wide as the entries reach")
def _(values, columns, row_start, shape):
    """The matrix ends at the last column that has an entry. Its size is `shape`."""
    return _from_csr(values, columns, row_start, (shape[0], int(columns.max()) + 1))


@exercise.mistake("room filled with NaN")
def _(values, columns, row_start, shape):
    """Where no entry stands is NaN, and has to be 0: begin with np.zeros."""
    matrix = np.full(shape, np.nan, values.dtype)
    matrix[_rows(row_start), columns] = values
    return matrix


def _by_slices(values, columns, row_start, shape, first=0, last=None, entries_of=None):
    """The solution with other rows or another part of the entries."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(first, shape[0] if last is None else last):
        entries = entries_of(i)
        matrix[i, columns[entries]] = values[entries]
    return matrix


@exercise.mistake("the first entry of each row left out")
def _(values, columns, row_start, shape):
    """The first entry of each row is missing. The entries of row i begin at row_start[i] itself, with nothing added."""
    part = functools.partial(_by_slices, values, columns, row_start, shape)
    return part(entries_of=lambda i: slice(int(row_start[i]) + 1, row_start[i + 1]))


@exercise.mistake("a row that begins at 0 skipped")
def _(values, columns, row_start, shape):
    """A row whose row_start is 0 stays empty, as if 0 said that it has no entries. Row i is empty where row_start[i]
    and row_start[i + 1] are equal; its slice is then empty by itself."""
    part = functools.partial(_by_slices, values, columns, row_start, shape)
    return part(entries_of=lambda i: slice(row_start[i], row_start[i + 1] if row_start[i] else 0))


@exercise.mistake("the last entry of all left out")
def _(values, columns, row_start, shape):
    """The very last entry is missing: the last row's slice ends at -1, or at len(values) - 1. row_start[i + 1] is the
    right end there, too."""
    part = functools.partial(_by_slices, values, columns, row_start, shape)
    return part(entries_of=lambda i: slice(row_start[i], row_start[i + 1] if i < shape[0] - 1 else -1))


@exercise.mistake("one row too high")
def _(values, columns, row_start, shape):
    """Every entry stands one row too high, and the first row's are lost: row_start is read one row late. Row i has
    row_start[i] to row_start[i + 1]."""
    part = functools.partial(_by_slices, values, columns, row_start, shape, last=shape[0] - 1)
    return part(entries_of=lambda i: slice(row_start[i + 1], row_start[i + 2]))


@exercise.mistake("upside down")
def _(values, columns, row_start, shape):
    """The rows stand upside down: the first one is at the bottom. Row i goes into matrix[i]."""
    return _from_csr(values, columns, row_start, shape)[::-1]


@exercise.mistake("one entry for each row")
def _(values, columns, row_start, shape):
    """Each row has got its first entry, and no other. A row has all entries from row_start[i] up to row_start[i + 1]:
    take the slice."""
    part = functools.partial(_by_slices, values, columns, row_start, shape)
    return part(entries_of=lambda i: slice(row_start[i], min(int(row_start[i]) + 1, int(row_start[i + 1]))))


@exercise.mistake("return inside the loop")
def _(values, columns, row_start, shape):
    """Only the first row is filled. The `return` stands inside the loop over the rows: move it behind the loop."""
    part = functools.partial(_by_slices, values, columns, row_start, shape, last=min(1, shape[0]))
    return part(entries_of=lambda i: slice(row_start[i], row_start[i + 1]))


@exercise.mistake("empty rows forgotten")
def _(values, columns, row_start, shape):
    """Empty rows are skipped, so that what follows them stands too high (np.unique drops equal row starts). An empty
    row has two equal numbers, and keeps its place."""
    matrix, starts = np.zeros(shape, values.dtype), np.unique(row_start)
    for i in range(len(starts) - 1):
        entries = slice(starts[i], starts[i + 1])
        matrix[i, columns[entries]] = values[entries]
    return matrix


@exercise.mistake("values sorted in each row")
def _(values, columns, row_start, shape):
    """The values of a row are sorted, and their columns are not. values[k] belongs to columns[k]: leave the order."""
    matrix = np.zeros(shape, values.dtype)
    for i in range(shape[0]):
        entries = slice(row_start[i], row_start[i + 1])
        matrix[i, columns[entries]] = np.sort(values[entries])
    return matrix


@exercise.mistake("places in bytes that wrap")
def _(values, columns, row_start, shape):
    """Row times width plus column is worked out in the small dtype of `columns`. In uint8 it begins at 0 again after
    255, without a warning, so that entries land in the wrong place. Convert first: columns.astype(np.int64)."""
    matrix, rows = np.zeros(shape, values.dtype), np.repeat(np.arange(shape[0]), np.diff(row_start))
    width = np.array(shape[1]).astype(columns.dtype)
    matrix.reshape(-1)[rows.astype(columns.dtype) * width + columns] = values
    return matrix


@exercise.mistake("values that went through float64")
def _(values, columns, row_start, shape):
    """Large whole numbers have lost digits, because the values went through float64, as np.zeros makes it. Begin with
    np.zeros(shape, values.dtype)."""
    return _from_csr(values.astype(np.float64), columns, row_start, shape).astype(values.dtype)


@exercise.mistake("places of 16 bits")
def _(values, columns, row_start, shape):
    """The place in the long row is kept in 16 bits, where 32,768 becomes -32,768. Use np.int64."""
    matrix, rows = np.zeros(shape, values.dtype), np.repeat(np.arange(shape[0]), np.diff(row_start))
    matrix.reshape(-1)[(rows * shape[1] + columns).astype(np.int16)] = values
    return matrix


@exercise.mistake("no shape where nothing is kept")
def _(values, columns, row_start, shape):
    """Without entries this returns an empty array. The matrix then has the given shape as well, and is 0 everywhere:
    np.zeros(shape, values.dtype)."""
    return _from_csr(values, columns, row_start, shape) if len(values) else np.zeros(0, values.dtype)


@exercise.mistake("filled on its side, then reshaped")
def _(values, columns, row_start, shape):
    """You fill a matrix that stands on its side, [column, row], and reshape it. A reshape keeps the order of the
    numbers and does not turn anything: make zeros of `shape`, and write to [row, column]."""
    return _from_csr(values, columns, row_start, shape).T.reshape(shape)
