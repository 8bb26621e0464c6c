"""03.1 A matrix as compressed rows."""

import numpy as np

from dc_lab import sparse
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_03.common import first_layer


def to_csr(matrix):
    """(values, columns, row_start) of the entries that are not 0, row by row."""
    rows, columns = np.nonzero(matrix)
    per_row = np.bincount(rows, minlength=len(matrix))
    row_start = np.append(0, np.cumsum(per_row))
    return matrix[rows, columns], columns.astype(np.int32), row_start.astype(np.int32)


FIVE_BY_FIVE = np.array(
    [
        [0.0, 0.0, 1.5, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-0.8, 0.0, 0.0, 0.6, 0.0],
        [0.0, 2.1, 0.0, 0.0, -1.2],
        [0.0, 0.0, 0.9, 0.0, 0.0],
    ]
)


def _to_csr(matrix):
    return tuple(sparse.to_csr(matrix)[:3])


def _draw_matrix(rng):
    shape = tuple(rng.integers(2, 6, 2))
    kept = rng.random(shape) < rng.choice([0.1, 0.3, 0.6, 1.0])
    return (np.where(kept, rng.normal(0, 0.1, shape), 0.0),)


def wide(columns, at, dtype=np.float32):
    """A matrix of two rows, with numbers at some columns of each."""
    matrix = np.zeros((2, columns), dtype)
    matrix[0, at], matrix[1, at[:1]] = np.arange(1, len(at) + 1), -1
    return matrix


TINY = np.array([[1e-9, 0.0, -1e-7], [0.0, 0.0, 1e-30], [3e-5, -0.4, 0.0]])
"""None of these is 0, however close."""

CASES = [
    (np.array([[1.5, -2.0]]),), (np.array([[0.0, -3.0, 2.0]]),), (np.array([[0.0], [4.0], [-1.0], [0.0]]),),
    (np.zeros((2, 3)),), (np.array([[1.0, 2.0], [3.0, 4.0]]),), (np.array([[0.0, 6.0, 5.0], [0.0, 0.0, 0.0]]),),
    (np.array([[0.5, 0.0, 0.5], [-0.5, 0.0, 0.0]]),), (np.array([[0, -128, 3], [0, 0, 127]], np.int8),),
    (np.array([[np.nan, 0.0, 2.0], [0.0, 1.0, np.nan]]),), (np.array([[-0.0, 0.0, 2.0], [1.0, -0.0, 0.0]]),),
    (np.array([[0.0, 0.0], [-1.0, 1.0], [2.0, 0.0]]),), (np.array([[0, 7, 0], [0, 0, -7], [7, 0, 0]], np.int8),),
    (np.array([[0.5, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, -0.5, 0.0, 0.0]], np.float32),),
    (TINY,), (TINY.astype(np.float32),), (np.array([[0.0, 1e-40], [-1e-41, 0.0]], np.float32),),
    (np.array([[0, 2**53 + 1], [-(2**60) - 1, 0]], np.int64),), (np.asfortranarray(FIVE_BY_FIVE.astype(np.float32)),),
    (np.array([[0.0, 1e-300, 1.0], [-1e-310, 0.0, 0.0], [0.5, 0.0, 2e-200]]),),
    (np.ones((1, 300)),), (np.zeros((0, 3)),),
    (wide(400, [0, 254, 256, 399]),), (wide(40_000, [1, 32_768, 39_999]),),
    (np.ones((3, 30_000), np.int8),),
]  # fmt: skip

exercise = Exercise(
    id="03.1",
    title="A matrix as compressed rows",
    minutes=10,
    task="build",
    reference=_to_csr,
    solution=to_csr,
    shown=(FIVE_BY_FIVE,),
    cases=CASES,
    draw=_draw_matrix,
    dtype="exact",
    tolerance=0.0,
    dtypes=("float32", "float16"),
    large=lambda: (first_layer(0.3),),
    large_is="a float32 matrix of the shape of the first layer, 300 x 784, with 30 % of its weights",
    hints=[
        "np.nonzero(matrix) gives two arrays, the row and the column of each entry that is not 0, row by row. With "
        "loops, go through the rows, and in each through its entries.",
        "How many entries has each row? np.bincount(rows, minlength=number of rows) counts them, empty rows included.",
        "Row i begins where the rows before it end. So row_start is the running sum of the counts, np.cumsum, with a 0 "
        "put in front of it, np.append(0, ...). At last, .astype(np.int32).",
    ],
    why="""np.nonzero walks through a matrix row by row, which is the order CSR wants, and indexing with its two arrays
        collects the values. A row needs no list of its own: where it begins is the number of all entries before it, a
        running sum. With the 0 in front and the total at the end, row i is `values[row_start[i]:row_start[i + 1]]`
        for every i, also where a row is empty.""",
)


def _whole(columns, row_start):
    return np.array(columns, np.int32), np.array(row_start, np.int32)


@exercise.alternative
def _csr_by_loops(matrix):
    values, columns, row_start = [], [], [0]
    for row in matrix:
        for column, value in enumerate(row):
            if value != 0:
                values.append(value)
                columns.append(column)
        row_start.append(len(values))
    return np.array(values, matrix.dtype), *_whole(columns, row_start)


@exercise.alternative
def _csr_row_by_row(matrix):
    found = [np.flatnonzero(row) for row in matrix]
    values = [row[columns] for row, columns in zip(matrix, found, strict=True)]
    row_start = np.zeros(len(matrix) + 1, np.int32)
    for i, columns in enumerate(found):
        row_start[i + 1] = row_start[i] + len(columns)
    empty = [np.zeros(0, matrix.dtype)], [np.zeros(0, np.int32)]
    return np.concatenate(empty[0] + values), np.concatenate(empty[1] + found).astype(np.int32), row_start


@exercise.alternative
def _csr_by_searching(matrix):
    rows, columns = np.nonzero(matrix)
    return matrix[matrix != 0], *_whole(columns, np.searchsorted(rows, np.arange(len(matrix) + 1)))


@exercise.alternative
def _csr_by_counting(matrix):
    row_start = np.zeros(len(matrix) + 1, np.int32)
    row_start[1:] = (matrix != 0).sum(axis=1).cumsum()
    flat = np.flatnonzero(matrix)
    return matrix.ravel()[flat], (flat % matrix.shape[1]).astype(np.int32), row_start


@exercise.mistake("columns or row starts of one byte")
def _(matrix):
    """A uint8 holds 0 to 255. A layer has more columns and more entries than that: what is beyond starts at 0 again.
    Keep the whole numbers as NumPy makes them; a file may narrow them later."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.uint8), row_start.astype(np.uint8)


@exercise.mistake("rows instead of row starts")
def _(matrix):
    """You gave the row of each entry as the third array. That also says where everything stands, but it takes one
    number an entry. CSR needs only one number a row: where the row's entries begin."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.nonzero(matrix)[0].astype(np.int32)


def _from_0(counts):
    return np.append(0, np.cumsum(counts)).astype(np.int32)


def _per_row(matrix):
    return np.count_nonzero(matrix, axis=1).astype(np.int32)


@exercise.mistake("counts instead of starts")
def _(matrix):
    """Your third array says how many entries each row has. Asked for is where each row begins in `values`: the running
    sum of these counts, with a 0 in front."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, _per_row(matrix)


@exercise.mistake("counts after a 0")
def _(matrix):
    """The 0 in front is right, but the counts behind it must be summed up: row i begins where all rows before it end,
    which is what np.cumsum gives."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.append(np.int32(0), _per_row(matrix))


@exercise.mistake("the first row start left out")
def _(matrix):
    """row_start has one number more than the matrix has rows. Yours says where each row ends; the 0 where the first row
    begins is missing."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start[1:]


@exercise.mistake("the end of the last row left out")
def _(matrix):
    """row_start has one number more than the matrix has rows. Row i ends at row_start[i + 1], so the last row needs one
    more number: the number of all entries."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start[:-1]


@exercise.mistake("rows that are empty left out")
def _(matrix):
    """A row without entries still has its place in row_start: it begins and ends at the same number. Yours has only the
    rows in which something is left (np.unique does that)."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, _from_0(np.unique(np.nonzero(matrix)[0], return_counts=True)[1])


@exercise.mistake("empty rows at the end left out")
def _(matrix):
    """Rows at the end without entries are missing from row_start. np.bincount stops at the largest row it sees; its
    `minlength` makes it count all rows."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, _from_0(np.bincount(np.nonzero(matrix)[0]))


@exercise.mistake("no first row start, no empty rows at the end")
def _(matrix):
    """Two things are missing in row_start: the 0 where the first row begins, and the empty rows at the end, for which
    np.bincount needs `minlength`."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, _from_0(np.bincount(np.nonzero(matrix)[0]))[1:]


@exercise.mistake("only starts of rows that are not empty")
def _(matrix):
    """Your third array has a start only for the rows in which something is left (np.unique does that), and no end of
    the last one. It needs one number for each row, empty or not, and the number of all entries at the end."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.unique(np.nonzero(matrix)[0], return_index=True)[1].astype(np.int32)


@exercise.mistake("entries counted down the columns")
def _(matrix):
    """You counted the entries of each column. row_start needs those of each row: with NumPy's sums that is axis=1."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, _from_0(np.count_nonzero(matrix, axis=0))


@exercise.mistake("row starts as floats")
def _(matrix):
    """The numbers are right, but row_start holds floats, which cannot be used as an index. np.zeros makes floats unless
    it is given a dtype, such as int."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start.astype(np.float64)


@exercise.mistake("the number of rows written in")
def _(matrix):
    """It works for five rows only. Take the number of rows from the matrix: len(matrix) or matrix.shape[0]."""
    rows, columns = np.nonzero(matrix)
    return matrix[rows, columns], columns.astype(np.int32), _from_0(np.bincount(rows, minlength=5))


@exercise.mistake("places in the flat array for columns")
def _(matrix):
    """Your second array counts through the whole matrix (np.flatnonzero). A column begins at 0 again in each row; which
    row it is follows from row_start."""
    values, _, row_start = _to_csr(matrix)
    return values, np.flatnonzero(matrix).astype(np.int32), row_start


@exercise.mistake("columns counted from 1")
def _(matrix):
    """Your columns are one too large. The first column is 0, as in NumPy."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns + np.int32(1), row_start


exercise.mistake("column by column", lambda matrix: _to_csr(matrix.T)).says("""
    You went down the columns. That is the sister form, CSC; here the entries stand row by row.""")
exercise.mistake("negative weights dropped", lambda matrix: _to_csr(np.where(matrix > 0, matrix, 0))).says("""
    The negative entries are gone. An entry is kept because it is not zero; its sign does not matter.""")


@exercise.mistake("another order of the three")
def _(matrix):
    """Right numbers, wrong order: asked for is (values, columns, row_start)."""
    values, columns, row_start = _to_csr(matrix)
    return values, row_start, columns


@exercise.mistake("lists")
def _(matrix):
    """These are lists. Asked for are three arrays: np.array(values, matrix.dtype), and np.array(..., np.int32) for the
    other two."""
    values, columns, row_start = _to_csr(matrix)
    return values.tolist(), columns.tolist(), row_start.tolist()


@exercise.mistake("whole numbers of 64 bits")
def _(matrix):
    """The numbers are right, but they are int64, which is what NumPy makes of whole numbers by itself. That is 8 bytes
    for each, where 4 would do: put .astype(np.int32) behind columns and row_start."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.int64), row_start.astype(np.int64)


@exercise.mistake("only the row starts of 64 bits")
def _(matrix):
    """row_start is int64, which is what NumPy makes of whole numbers by itself. Put .astype(np.int32) behind it."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start.astype(np.int64)


@exercise.mistake("only the columns of 64 bits")
def _(matrix):
    """columns is int64, as np.nonzero makes it. Put .astype(np.int32) behind it."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.int64), row_start


@exercise.mistake("values of 64 bits")
def _(matrix):
    """The values have become float64. In a float32 layer that doubles their bytes: np.array(values) of Python's numbers
    and np.zeros make float64 unless they are told the dtype. Use matrix.dtype."""
    values, columns, row_start = _to_csr(matrix)
    return values.astype(np.float64), columns, row_start


@exercise.mistake("values of 64 bits, and whole numbers too")
def _(matrix):
    """All three are of 64 bits: np.array makes float64 and int64 of Python's numbers unless it is told the dtype. Use
    matrix.dtype for the values and np.int32 for the other two."""
    values, columns, row_start = _to_csr(matrix)
    return values.astype(np.float64), columns.astype(np.int64), row_start.astype(np.int64)


@exercise.mistake("values of 32 bits")
def _(matrix):
    """The values have become float32, whatever the matrix was. They keep its dtype: matrix.dtype."""
    values, columns, row_start = _to_csr(matrix)
    return values.astype(np.float32), columns, row_start


@exercise.mistake("what is close to 0 dropped")
def _(matrix):
    """Entries that are small, but not 0, are gone: np.isclose and rounding take them for 0. Compare with != 0."""
    return _to_csr(np.where(np.isclose(matrix, 0), 0, matrix).astype(matrix.dtype))


@exercise.mistake("rows for columns")
def _(matrix):
    """np.nonzero gives the rows first and the columns second. Here the second array holds rows."""
    values, _, row_start = _to_csr(matrix)
    return values, np.nonzero(matrix)[0].astype(np.int32), row_start


@exercise.mistake("rows and columns exchanged throughout")
def _(matrix):
    """np.nonzero gives the rows first and the columns second. Here they are exchanged, so that the columns are counted,
    and row_start is about columns."""
    columns, rows = np.nonzero(matrix)
    return matrix[columns, rows], columns.astype(np.int32), _from_0(np.bincount(rows, minlength=len(matrix)))


@exercise.mistake("the last number of row_start one too small")
def _(matrix):
    """The last number of row_start is the number of all entries. Yours is the place of the last one, which is one
    less."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, np.append(row_start[:-1], row_start[-1] - 1).astype(np.int32)


@exercise.mistake("magnitudes")
def _(matrix):
    """The values have lost their signs. Take the entries as they stand in the matrix."""
    values, columns, row_start = _to_csr(matrix)
    return np.abs(values), columns, row_start


@exercise.mistake("what rounds to 0 dropped")
def _(matrix):
    """Entries that are small, but not 0, are gone: rounded to some decimals they are 0. Compare with != 0."""
    return _to_csr(np.where(np.round(matrix, 6) == 0, 0, matrix).astype(matrix.dtype))


@exercise.mistake("every row start one too small")
def _(matrix):
    """After the 0, every number of row_start is one too small. It is the number of entries before the row, not the
    place of the last one of them: len(values), with nothing taken off."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, np.append(row_start[:1], row_start[1:] - 1).astype(np.int32)


@exercise.mistake("whole numbers of 16 bits")
def _(matrix):
    """columns and row_start are of 16 bits, and int32 is asked for. A layer may have more than 32,767 entries."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.int16), row_start.astype(np.int16)


@exercise.mistake("columns that went through 16 bits")
def _(matrix):
    """The columns end as int32, but on the way they were of 16 bits, where 32,768 becomes -32,768."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.int16).astype(np.int32), row_start


@exercise.mistake("columns that went through a byte")
def _(matrix):
    """The columns end as int32, but on the way they were of one byte, where 256 becomes 0."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.uint8).astype(np.int32), row_start


@exercise.mistake("row starts that went through a byte")
def _(matrix):
    """row_start ends as int32, but on the way it was of one byte, where 256 becomes 0. Sum in int32 or wider."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start.astype(np.uint8).astype(np.int32)


@exercise.mistake("values of half precision")
def _(matrix):
    """The values went through float16, which keeps three or four digits. Take them as they stand in the matrix."""
    values, columns, row_start = _to_csr(matrix)
    return values.astype(np.float16).astype(matrix.dtype), columns, row_start


@exercise.mistake("values looked up at [column, row]")
def _(matrix):
    """The values are looked up with row and column exchanged. In matrix[i, j], i is the row: matrix[rows, columns]."""
    _, columns, row_start = _to_csr(matrix)
    return matrix[columns, np.nonzero(matrix)[0]], columns, row_start


@exercise.mistake("the matrix for the values")
def _(matrix):
    """`values` is the whole matrix. Asked for are the entries that are not 0, as one row: matrix[rows, columns]."""
    _, columns, row_start = _to_csr(matrix)
    return matrix, columns, row_start


@exercise.mistake("values with two dimensions")
def _(matrix):
    """`values` has two dimensions. It is one row of numbers, as long as `columns`."""
    values, columns, row_start = _to_csr(matrix)
    return values.reshape(1, -1), columns, row_start


@exercise.mistake("values in the order of memory")
def _(matrix):
    """The values come in the order in which they lie in memory. A matrix in Fortran order lies there column by column.
    Read it row by row: matrix[rows, columns], or ravel() without an order."""
    _, columns, row_start = _to_csr(matrix)
    flat = matrix.ravel(order="K")
    return flat[flat != 0], columns, row_start


@exercise.mistake("no row starts")
def _(matrix):
    """There are two arrays. The third one is row_start: where each row begins."""
    return _to_csr(matrix)[:2]


def _kept(matrix, mask):
    """The right form of the entries that a mask says."""
    rows, columns = np.nonzero(mask)
    return matrix[rows, columns], columns.astype(np.int32), _from_0(np.bincount(rows, minlength=len(matrix)))


@exercise.mistake("columns first")
def _(matrix):
    """Right numbers, wrong order: `values` come first. Asked for is (values, columns, row_start)."""
    values, columns, row_start = _to_csr(matrix)
    return columns, values, row_start


@exercise.mistake("fractions lost")
def _(matrix):
    """Entries between -1 and 1 are gone, because the matrix was made whole numbers before it was compared. Compare the
    matrix itself with != 0."""
    with np.errstate(invalid="ignore"):
        return _kept(matrix, matrix.astype(int))


@exercise.mistake("NaN dropped")
def _(matrix):
    """NaN is gone: it is neither above nor below 0. An entry is kept if it is != 0, and NaN is."""
    return _kept(matrix, (matrix > 0) | (matrix < 0))


@exercise.mistake("magnitudes compared")
def _(matrix):
    """Entries are gone that are not 0. In int8 the magnitude of -128 is -128 again, and NaN is not above 0. Compare the
    matrix itself with != 0, without np.abs."""
    return _kept(matrix, np.abs(matrix) > 0)


@exercise.mistake("what is tiny dropped")
def _(matrix):
    """Entries that are tiny, but not 0, are gone: they are compared with a bound. Compare with != 0."""
    return _kept(matrix, np.abs(matrix) > np.finfo(np.float32).tiny)


@exercise.mistake("-0.0 kept")
def _(matrix):
    """-0.0 is stored as an entry. It is equal to 0, so it is left out: compare with != 0."""
    return _kept(matrix, (matrix != 0) | (np.signbit(matrix) if matrix.dtype.kind == "f" else False))


@exercise.mistake("row starts that went through 16 bits")
def _(matrix):
    """row_start ends as int32, but on the way it was of 16 bits, where 65,536 becomes 0. Sum in int32 or wider."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start.astype(np.uint16).astype(np.int32)


@exercise.mistake("row starts of 16 bits")
def _(matrix):
    """row_start is uint16, and int32 is asked for. In 16 bits 65,536 entries become 0."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start.astype(np.uint16)


@exercise.mistake("read in the order of memory")
def _(matrix):
    """The matrix is read in the order in which it lies in memory. In Fortran order that is column by column. Read it
    row by row: np.nonzero(matrix), or ravel() without an order."""
    flat = matrix.ravel(order="K")
    places, width = np.flatnonzero(flat), max(1, matrix.shape[1])
    row_start = _from_0(np.bincount(places // width, minlength=len(matrix)))
    return flat[places], (places % width).astype(np.int32), row_start


@exercise.mistake("the last row left out")
def _(matrix):
    """The last row is missing, its entries and its end: the loop stops one row too early. Go through all rows, as in
    `for row in matrix`."""
    return _to_csr(matrix[:-1])


@exercise.mistake("the first row left out")
def _(matrix):
    """The first row is missing: the loop begins one row too late. Go through all rows, as in `for row in matrix`."""
    return _to_csr(matrix[1:])


@exercise.mistake("return inside the loop")
def _(matrix):
    """Only the first row is there. The `return` stands inside the loop over the rows: move it behind the loop."""
    return _to_csr(matrix[:1])


@exercise.mistake("row_start one row late")
def _(matrix):
    """row_start is one row late: it begins with the end of the first row. Row i begins where the rows before it end, so
    that the first number is 0. (np.searchsorted needs side="left" here.)"""
    values, columns, _ = _to_csr(matrix)
    rows = np.nonzero(matrix)[0]
    return values, columns, np.searchsorted(rows, np.arange(len(matrix) + 1), side="right").astype(np.int32)


@exercise.mistake("values summed up for row_start")
def _(matrix):
    """row_start is a running sum of the values themselves. Sum up how many entries a row has: (matrix != 0), then sum
    and cumsum."""
    values, columns, _ = _to_csr(matrix)
    with np.errstate(all="ignore"):
        return values, columns, _from_0(matrix.sum(axis=1))


@exercise.mistake("only positive entries counted")
def _(matrix):
    """`values` has the negative entries, but row_start does not count them. Count those that are != 0."""
    values, columns, _ = _to_csr(matrix)
    return values, columns, _from_0((matrix > 0).sum(axis=1))


def _row_by_row(matrix, columns_of):
    values, columns, row_start = [], [], [0]
    for row in matrix.tolist():
        found = columns_of(row)
        values += [value for value, _ in found]
        columns += [column for _, column in found]
        row_start.append(len(values))
    return np.array(values, matrix.dtype), *_whole(columns, row_start)


@exercise.mistake("equal values of a row stored once")
def _(matrix):
    """Where a value comes twice in a row, it is stored once: a dictionary or a set keeps one of each. Every entry has
    its own place, so keep a list."""

    def once(row):
        first = {}
        for column, value in enumerate(row):
            if value != 0:
                first.setdefault(value, column)
        return list(first.items())

    return _row_by_row(matrix, once)


@exercise.mistake("columns looked up by value")
def _(matrix):
    """Where a value comes twice in a row, both entries get the column of the first one: list.index finds the first
    equal value. Take the column from enumerate(row)."""

    def by_value(row):
        first = {}
        for column, value in enumerate(row):
            first.setdefault(value, column)
        return [(value, first[value]) for value in row if value != 0]

    return _row_by_row(matrix, by_value)


@exercise.mistake("values that went through float64")
def _(matrix):
    """Large whole numbers have lost digits, because the values went through float64, as np.zeros makes it. Take them as
    they stand in the matrix: matrix[rows, columns]."""
    values, columns, row_start = _to_csr(matrix)
    return values.astype(np.float64).astype(matrix.dtype), columns, row_start


@exercise.mistake("every row start one too large")
def _(matrix):
    """Every number of row_start is one too large. The first row begins at 0, and the last number is the number of all
    entries."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start + np.int32(1)


@exercise.mistake("values as a column")
def _(matrix):
    """`values` has two dimensions, with one number in each row. It is one row of numbers, as long as `columns`."""
    values, columns, row_start = _to_csr(matrix)
    return values[:, None], columns, row_start


@exercise.mistake("one row start where nothing is kept")
def _(matrix):
    """Where no entry is left, row_start has a single 0. It has one number more than the matrix has rows in that case,
    too, all of them 0."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start if len(values) else row_start[:1]


@exercise.mistake("a bound in place of 0")
def _(matrix):
    """Entries that are small, but not 0, are gone: their magnitudes are compared with a bound. Compare with != 0."""
    return _kept(matrix, np.abs(matrix) > 1e-6)


@exercise.mistake("whole numbers without a sign")
def _(matrix):
    """columns and row_start are uint32. That is as many bytes, but int32 is asked for: .astype(np.int32)."""
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.uint32), row_start.astype(np.uint32)
