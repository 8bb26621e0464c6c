"""Exercises of lesson 03: compressed sparse rows, gaps, fillers, and back to positions."""

import numpy as np

from dc_lab import sparse
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question, WrongAnswer

TITLE = "Storing what is left"

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
Gaps = tuple[np.ndarray, np.ndarray]

# --- 03.1: CSR -------------------------------------------------------------------------------------------------------

FIVE_BY_FIVE = np.array(
    [
        [0.0, 0.0, 1.5, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-0.8, 0.0, 0.0, 0.6, 0.0],
        [0.0, 2.1, 0.0, 0.0, -1.2],
        [0.0, 0.0, 0.9, 0.0, 0.0],
    ]
)


def _to_csr(matrix: np.ndarray) -> Rows:
    values, columns, row_start, _ = sparse.to_csr(matrix)
    return values, columns.astype(np.int64), row_start.astype(np.int64)


def _csr_in_bytes(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _to_csr(matrix)
    return values, columns.astype(np.uint8), row_start.astype(np.uint8)


def _csr_by_loops(matrix: np.ndarray) -> tuple[np.ndarray, list[int], list[int]]:
    values, columns, row_start = [], [], [0]
    for row in matrix:
        for column, value in enumerate(row):
            if value != 0:
                values.append(value)
                columns.append(column)
        row_start.append(len(values))
    return np.array(values, matrix.dtype), columns, row_start


def _csr_loops_as_arrays(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _csr_by_loops(matrix)
    return values, np.array(columns, np.int64), np.array(row_start)


def _csr_by_searching(matrix: np.ndarray) -> Rows:
    rows, columns = np.nonzero(matrix)
    return matrix[matrix != 0], columns, np.searchsorted(rows, np.arange(len(matrix) + 1))


def _csr_by_counting(matrix: np.ndarray) -> Rows:
    row_start = np.zeros(len(matrix) + 1, np.int64)
    row_start[1:] = (matrix != 0).sum(axis=1).cumsum()
    flat = np.flatnonzero(matrix)
    return matrix.ravel()[flat], flat % matrix.shape[1], row_start


def _per_row(matrix: np.ndarray) -> np.ndarray:
    return np.count_nonzero(matrix, axis=1)


def _counts_for_starts(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, _per_row(matrix)


def _counts_after_zero(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.append([0], _per_row(matrix))


def _no_first(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start[1:]


def _no_last(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start[:-1]


def _flat_columns(matrix: np.ndarray) -> Rows:
    values, _, row_start = _to_csr(matrix)
    return values, np.flatnonzero(matrix), row_start


def _from_one(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _to_csr(matrix)
    return values, columns + 1, row_start


def _rows_for_starts(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.nonzero(matrix)[0]


def _by_columns(matrix: np.ndarray) -> Rows:
    return _to_csr(matrix.T)


def _positive_only(matrix: np.ndarray) -> Rows:
    return _to_csr(np.where(matrix > 0, matrix, 0))


def _no_empty_rows(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.append(0, np.unique(np.nonzero(matrix)[0], return_counts=True)[1].cumsum())


def _rows_up_to_the_last(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.append(0, np.bincount(np.nonzero(matrix)[0]).cumsum())


def _no_first_nor_empty_at_the_end(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.bincount(np.nonzero(matrix)[0]).cumsum()


def _counted_by_column(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.append(0, np.count_nonzero(matrix, axis=0).cumsum())


def _starts_that_occur(matrix: np.ndarray) -> Rows:
    values, columns, _ = _to_csr(matrix)
    return values, columns, np.unique(np.nonzero(matrix)[0], return_index=True)[1]


def _float_starts(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _to_csr(matrix)
    return values, columns, row_start.astype(np.float64)


def _five_rows(matrix: np.ndarray) -> Rows:
    rows, columns = np.nonzero(matrix)
    return matrix[rows, columns], columns, np.append(0, np.bincount(rows, minlength=5).cumsum())


def _starts_second(matrix: np.ndarray) -> Rows:
    values, columns, row_start = _to_csr(matrix)
    return values, row_start, columns


def _draw_matrix(rng: np.random.Generator) -> Case:
    shape = tuple(rng.integers(2, 6, 2))
    kept = rng.random(shape) < rng.choice([0.1, 0.3, 0.6, 1.0])
    return (np.where(kept, rng.integers(-9, 10, shape) / 2, 0.0),)


TO_CSR = Exercise(
    id="03.1",
    title="A matrix as compressed rows",
    minutes=10,
    stub='''
def to_csr(matrix):
    """(values, columns, row_start) of the non-zero entries of a matrix, row by row."""
    raise NotImplementedError("your turn")
''',
    reference=_to_csr,
    solution_text='''
def to_csr(matrix):
    """(values, columns, row_start) of the non-zero entries of a matrix, row by row."""
    rows, columns = np.nonzero(matrix)
    per_row = np.bincount(rows, minlength=len(matrix))
    row_start = np.append(0, np.cumsum(per_row))
    return matrix[rows, columns], columns, row_start
''',
    shown=(FIVE_BY_FIVE,),
    cases=[
        (np.array([[-2.0]]),),
        (np.array([[0.0, -3.0]]),),
        (np.array([[0.0], [4.0], [0.0]]),),
        (np.zeros((2, 3)),),
        (np.array([[1.0, 2.0], [3.0, 4.0]]),),
        (np.array([[0.0, 0.0, 5.0], [0.0, 0.0, 0.0]]),),
        (np.array([[0.0, 0.0], [-1.0, 1.0], [2.0, 0.0]]),),
        (np.array([[0, 7, 0], [0, 0, -7], [7, 0, 0]], np.int8),),
        (np.array([[0.5, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, -0.5, 0.0, 0.0]], np.float32),),
        (np.ones((1, 300)),),
        (np.zeros((0, 3)),),
    ],
    draw=_draw_matrix,
    misconceptions=[
        Misconception(
            "columns or row starts of one byte",
            _csr_in_bytes,
            "A uint8 holds 0 to 255. A layer has more columns and more entries than that: what is beyond starts at 0 "
            "again. Keep the whole numbers as NumPy makes them; a file may narrow them later.",
        ),
        Misconception(
            "rows instead of row starts",
            _rows_for_starts,
            "You gave the row of each entry as the third array. That also says where everything stands, but it takes "
            "one number an entry. CSR needs only one number a row: where the row's entries begin.",
        ),
        Misconception(
            "counts instead of starts",
            _counts_for_starts,
            "Your third array says how many entries each row has. Asked for is where each row begins in `values`: the "
            "running sum of these counts, with a 0 in front.",
        ),
        Misconception(
            "counts after a 0",
            _counts_after_zero,
            "The 0 in front is right, but the counts behind it must be summed up: row i begins where all rows before "
            "it end, which is what np.cumsum gives.",
        ),
        Misconception(
            "the first row start left out",
            _no_first,
            "row_start has one number more than the matrix has rows. Yours says where each row ends; the 0 where the "
            "first row begins is missing.",
        ),
        Misconception(
            "the end of the last row left out",
            _no_last,
            "row_start has one number more than the matrix has rows. Row i ends at row_start[i + 1], so the last row "
            "needs one more number: the number of all entries.",
        ),
        Misconception(
            "rows that are empty left out",
            _no_empty_rows,
            "A row without entries still has its place in row_start: it begins and ends at the same number. Yours has "
            "only the rows in which something is left (np.unique does that).",
        ),
        Misconception(
            "empty rows at the end left out",
            _rows_up_to_the_last,
            "Rows at the end without entries are missing from row_start. np.bincount stops at the largest row it sees; "
            "its `minlength` makes it count all rows.",
        ),
        Misconception(
            "no first row start, no empty rows at the end",
            _no_first_nor_empty_at_the_end,
            "Two things are missing in row_start: the 0 where the first row begins, and the empty rows at the end, for "
            "which np.bincount needs `minlength`.",
        ),
        Misconception(
            "only starts of rows that are not empty",
            _starts_that_occur,
            "Your third array has a start only for the rows in which something is left (np.unique does that), and no "
            "end of the last one. It needs one number for each row, empty or not, and the number of all entries at the "
            "end.",
        ),
        Misconception(
            "entries counted down the columns",
            _counted_by_column,
            "You counted the entries of each column. row_start needs those of each row: with NumPy's sums that is "
            "axis=1.",
        ),
        Misconception(
            "row starts as floats",
            _float_starts,
            "The numbers are right, but row_start holds floats, which cannot be used as an index. np.zeros makes "
            "floats unless it is given a dtype, such as int.",
        ),
        Misconception(
            "the number of rows written in",
            _five_rows,
            "It works for five rows only. Take the number of rows from the matrix: len(matrix) or matrix.shape[0].",
        ),
        Misconception(
            "places in the flat array for columns",
            _flat_columns,
            "Your second array counts through the whole matrix (np.flatnonzero). A column begins at 0 again in each "
            "row; which row it is follows from row_start.",
        ),
        Misconception(
            "columns counted from 1",
            _from_one,
            "Your columns are one too large. The first column is 0, as in NumPy.",
        ),
        Misconception(
            "column by column",
            _by_columns,
            "You went down the columns. That is the sister form, CSC; here the entries stand row by row.",
        ),
        Misconception(
            "negative weights dropped",
            _positive_only,
            "The negative entries are gone. An entry is kept because it is not zero; its sign does not matter.",
        ),
        Misconception(
            "another order of the three",
            _starts_second,
            "Right numbers, wrong order: asked for is (values, columns, row_start).",
        ),
    ],
    alternatives=[_csr_loops_as_arrays, _csr_by_searching, _csr_by_counting],
    hints=[
        "np.nonzero(matrix) gives two arrays, the row and the column of each non-zero entry, row by row. Two of the "
        "three arrays you need are nearly there.",
        "How many entries has each row? np.bincount(rows, minlength=number of rows) counts them, empty rows included.",
        "Row i begins where the rows before it end. So row_start is the running sum of the counts, np.cumsum, with a 0 "
        "put in front of it, np.append(0, ...).",
    ],
    why="""np.nonzero walks through a matrix row by row, which is the order CSR wants, and indexing with its two arrays
        collects the values. A row needs no list of its own: where it begins is the number of all entries before it, a
        running sum. With the 0 in front and the total at the end, row i is `values[row_start[i]:row_start[i + 1]]`
        for every i, also where a row is empty.""",
)

# --- 03.2: when does it pay? -----------------------------------------------------------------------------------------

BREAK_EVEN = Question(
    id="03.2",
    title="CSR with short values",
    minutes=5,
    kind="number",
    prompt="Values of 4 bits, columns of 16 bits: below which density does CSR take fewer bits than the dense matrix?",
    stub="density = ...",
    answer=0.2,
    tolerance=0.002,
    wrong=[
        WrongAnswer(
            "a percentage",
            20,
            "The number is right as a percentage. A density is a share from 0 to 1: divide by 100.",
        ),
        WrongAnswer(
            "values still of 32 bits",
            lambda value: abs(value - 32 / 48) < 0.003,
            "That is the answer for values of 32 bits, 32 / (32 + 16). Here a value takes 4 bits, in the dense matrix "
            "and in CSR.",
            example=2 / 3,
        ),
        WrongAnswer(
            "the value left out",
            0.25,
            "That is 4 / 16: an entry's column alone. An entry in CSR is a value and a column, 4 + 16 bits.",
        ),
        WrongAnswer(
            "dense values of 32 bits",
            lambda value: abs(value - 1.6) < 0.003,
            "That compares with a dense matrix of 32-bit values: 32 / 20. With 4-bit values, the dense matrix takes 4 "
            "bits a weight. A density above 1 is a sign that something is off.",
            example=1.6,
        ),
        WrongAnswer(
            "the fraction upside down",
            5,
            "That is 20 / 4. Solve density x (4 + 16) = 4 for the density.",
        ),
        WrongAnswer(
            "the share of the column",
            0.8,
            "16 / 20 is the share of an entry that its column takes. Asked for is the density at which entries of 20 "
            "bits, for those that are kept, come to 4 bits for all.",
        ),
        WrongAnswer(
            "the break-even of the cell above",
            0.5,
            "0.5 is for values and columns of 32 bits each. Here they have 4 and 16.",
        ),
        WrongAnswer(
            "a short value against a long one",
            0.125,
            "That is 4 / 32, a short value against a long one. Compare the two matrices of short values: 4 bits for "
            "each weight, or 4 + 16 bits for each kept one.",
        ),
        WrongAnswer(
            "columns of 32 bits",
            lambda value: abs(value - 4 / 36) < 0.002,
            "That is 4 / (4 + 32). The columns have 16 bits here.",
            example=4 / 36,
        ),
    ],
    hints=[
        "Count the bits of one weight of the matrix on average. Dense: each takes 4. CSR: only the kept ones take any.",
        "A kept weight takes 4 + 16 bits. If the share `density` is kept, that is density x 20 bits a weight.",
        "At the break-even both are equal: density x 20 = 4.",
    ],
    why="""Dense takes 4 bits a weight, CSR density x (4 + 16). They are equal at 4 / 20 = 0.2. The shorter the values
        are, the more the index weighs: with 32-bit values and the same columns the break-even was 2/3.""",
)

# --- 03.3: gaps ------------------------------------------------------------------------------------------------------

FIGURE_2 = np.zeros(16, bool)
FIGURE_2[[1, 4, 15]] = True


def _mask(text: str) -> np.ndarray:
    """A mask from a text such as "..x" (kept: x); rows are separated by blanks."""
    rows = np.array([[letter == "x" for letter in row] for row in text.split()])
    return rows[0] if len(rows) == 1 else rows


MASKS = [
    "x",
    ".",
    ".x",
    "x.",
    "xx",
    "...",
    "xxx",
    "..x.x",
    "x...x..",
    "...xx...x",
    ".x. ..x",
    "x.. ..x ...",
    ".. xx .x",
]


def _runs_by_loops(mask: np.ndarray) -> np.ndarray:
    runs, zeros = [], 0
    for kept in mask.ravel():
        if kept:
            runs.append(zeros)
            zeros = 0
        else:
            zeros += 1
    return np.array(runs, np.int64)


def _runs_from_one(mask: np.ndarray) -> np.ndarray:
    where = np.flatnonzero(mask) + 1
    return where - np.append([0], where)[:-1] - 1


def _runs_by_counting(mask: np.ndarray) -> np.ndarray:
    zeros_before = np.cumsum(~mask.ravel())[mask.ravel()]
    return np.diff(zeros_before, prepend=0)


def _distances(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask), prepend=-1)


def _distances_from_zero(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask), prepend=0)


def _first_too_small(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask), prepend=0) - 1


def _first_left_out(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask)) - 1


def _places(mask: np.ndarray) -> np.ndarray:
    return np.flatnonzero(mask)


def _trailing_too(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask), prepend=-1, append=mask.size) - 1


def _only_true_gaps(mask: np.ndarray) -> np.ndarray:
    runs = sparse.zero_runs(mask)
    return runs[runs > 0]


def _row_by_row(mask: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *(sparse.zero_runs(row) for row in np.atleast_2d(mask))])


def _down_the_columns(mask: np.ndarray) -> np.ndarray:
    return sparse.zero_runs(mask.T)


def _all_zeros_before(mask: np.ndarray) -> np.ndarray:
    return np.cumsum(sparse.zero_runs(mask))


def _only_differences(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.flatnonzero(mask))


def _row_numbers(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.nonzero(mask)[0], prepend=-1) - 1


def _of_a_tuple(mask: np.ndarray) -> np.ndarray:
    return np.diff(np.nonzero(mask.ravel()), prepend=-1) - 1


def _kept_for_zeros(mask: np.ndarray) -> np.ndarray:
    return sparse.zero_runs(~mask)


def _rows_as_entries(mask: np.ndarray) -> np.ndarray:
    runs, zeros = [], 0
    for kept in mask:
        if kept:
            runs.append(zeros)
            zeros = 0
        else:
            zeros += 1
    return np.array(runs, np.int64)


def _draw_mask(rng: np.random.Generator) -> np.ndarray:
    shape = (int(rng.integers(1, 25)),) if rng.random() < 0.6 else tuple(rng.integers(1, 6, 2))
    return rng.random(shape) < rng.choice([0.1, 0.3, 0.7])


ZERO_RUNS = Exercise(
    id="03.3",
    title="The zeros before each weight",
    minutes=5,
    stub='''
def zero_runs(mask):
    """Number of zeros right before each kept weight; `mask` is read row by row as one long row."""
    raise NotImplementedError("your turn")
''',
    reference=sparse.zero_runs,
    solution_text='''
def zero_runs(mask):
    """Number of zeros right before each kept weight; `mask` is read row by row as one long row."""
    return np.diff(np.flatnonzero(mask), prepend=-1) - 1
''',
    shown=(FIGURE_2,),
    cases=[
        *((_mask(text),) for text in MASKS),
        (np.arange(300) == 299,),
        (np.zeros(0, bool),),
        (np.zeros((3, 2), bool),),
    ],
    draw=lambda rng: (_draw_mask(rng),),
    misconceptions=[
        Misconception(
            "runs of one byte",
            lambda mask: sparse.zero_runs(mask).astype(np.uint8),
            "A uint8 holds 0 to 255. A run of zeros can be longer than that and starts at 0 again. What does not fit "
            "into a gap is what fillers are for, in the next exercise; here every run is given whole.",
        ),
        Misconception(
            "distances instead of zeros between",
            _distances,
            "Each of your numbers is one too large: you took the distance to the weight before. Two weights side by "
            "side have distance 1 and no zero between them; asked for are the zeros.",
        ),
        Misconception(
            "distances counted from position 0",
            _distances_from_zero,
            "These are distances, counted from position 0, as the paper's figure prints them. Asked for are the zeros "
            "in between: one less each, and for the first weight the number of zeros before it.",
        ),
        Misconception(
            "the first one too small",
            _first_too_small,
            "Only the first number is wrong, by one. The row begins at position 0, so the place before it is -1: that "
            "is what the first weight's position has to be compared with.",
        ),
        Misconception(
            "the first weight left out",
            _first_left_out,
            "There is one number too few: np.diff of n positions gives n - 1. The first weight has zeros before it "
            "as well, those from the beginning on; np.diff has `prepend` for that.",
        ),
        Misconception(
            "distances, and the first weight left out",
            _only_differences,
            "np.diff alone gives distances, one fewer than there are weights. Two things to add: the first weight has "
            "zeros before it too, and between two positions there is one zero fewer than their distance.",
        ),
        Misconception(
            "rows for positions",
            _row_numbers,
            "For a matrix, np.nonzero(mask)[0] or np.where(mask)[0] are the rows. Positions in the long row come from "
            "np.flatnonzero(mask), whatever the shape.",
        ),
        Misconception(
            "a tuple for an array",
            _of_a_tuple,
            "np.nonzero gives a tuple with one array for each dimension, so that your answer has a dimension too many. "
            "np.flatnonzero gives the array itself.",
        ),
        Misconception(
            "rows for entries",
            _rows_as_entries,
            "The loop goes over `mask` as it is, which for a matrix gives whole rows. The mask can have any shape: go "
            "over mask.ravel(), the long row.",
        ),
        Misconception(
            "weights and zeros exchanged",
            _kept_for_zeros,
            "You counted the weights before each zero. In `mask`, True is a kept weight; ~mask are the zeros.",
        ),
        Misconception(
            "positions instead of gaps",
            _places,
            "These are the positions of the kept weights. A gap counts only the zeros since the weight before.",
        ),
        Misconception(
            "zeros before it from the beginning on",
            _all_zeros_before,
            "You counted all zeros from the beginning up to each weight. A gap counts those since the last kept "
            "weight only: take differences.",
        ),
        Misconception(
            "the zeros at the end counted too",
            _trailing_too,
            "There is one number too many. After the last kept weight nothing is stored: the zeros at the end follow "
            "from the shape of the array.",
        ),
        Misconception(
            "gaps of 0 dropped",
            _only_true_gaps,
            "Where two weights stand side by side, the gap is 0, and it is needed: each kept weight has one number.",
        ),
        Misconception(
            "each row by itself",
            _row_by_row,
            "You began again in each row of the matrix. The mask is read as one long row: zeros at the end of a row "
            "count towards the first weight of the next one.",
        ),
        Misconception(
            "column by column",
            _down_the_columns,
            "You went down the columns. Read the matrix row by row, as ravel() does.",
        ),
    ],
    alternatives=[_runs_by_loops, _runs_from_one, _runs_by_counting],
    hints=[
        "Begin with the positions of the kept weights in the mask, read as one long row: np.flatnonzero(mask).",
        "From one position to the next, np.diff gives the distance; there is one zero fewer between them.",
        "The first weight has no weight before it. Let the row begin after position -1: np.diff(..., prepend=-1).",
    ],
    why="""Two kept weights at positions p and q have q - p - 1 zeros between them. With an imagined weight at -1 the
        first one is no exception. What is stored is one number a kept weight, small where weights stand close.""",
)

# --- 03.4: fillers ---------------------------------------------------------------------------------------------------


def _relative_index(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.int64), is_filler


def _relative_by_loops(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler, zeros = [], [], 0
    for kept in mask.ravel():
        if kept or zeros == 2**bits - 1:
            gaps.append(zeros)
            is_filler.append(not kept)
            zeros = 0
        else:
            zeros += 1
    # A filler is only needed on the way to a weight: those behind the last one are taken back.
    while is_filler and is_filler[-1]:
        gaps.pop()
        is_filler.pop()
    return np.array(gaps, np.int64), np.array(is_filler, bool)


def _relative_by_weight(mask: np.ndarray, bits: int) -> Gaps:
    gaps: list[int] = []
    is_filler: list[bool] = []
    for run in sparse.zero_runs(mask).tolist():
        fillers, rest = divmod(run, 2**bits)
        gaps += [2**bits - 1] * fillers + [rest]
        is_filler += [True] * fillers + [False]
    return np.array(gaps, np.uint16), np.array(is_filler, bool)


def _relative_by_repeat(mask: np.ndarray, bits: int) -> Gaps:
    runs = sparse.zero_runs(mask)
    entries = runs // 2**bits + 1
    gaps = np.repeat(runs % 2**bits, entries)
    is_filler = np.ones(len(gaps), bool)
    is_filler[np.cumsum(entries) - 1] = False
    gaps[is_filler] = 2**bits - 1
    return gaps, is_filler


def _filled(mask: np.ndarray, step: int, full: int, at_once: int = 1 << 30, over: int = 0) -> Gaps:
    """Entries where a filler with gap `full` takes up `step` zeros; not while no more than `over` are left."""
    gaps: list[int] = []
    is_filler: list[bool] = []
    for run in sparse.zero_runs(mask).tolist():
        left, fillers = run, 0
        while left >= step + over and fillers < at_once:
            gaps.append(full)
            is_filler.append(True)
            left -= step
            fillers += 1
        gaps.append(left)
        is_filler.append(False)
    return np.array(gaps, np.int64), np.array(is_filler, bool)


def _no_filler_wrapped(mask: np.ndarray, bits: int) -> Gaps:
    runs = sparse.zero_runs(mask)
    return runs % 2**bits, np.zeros(len(runs), bool)


def _no_filler_clipped(mask: np.ndarray, bits: int) -> Gaps:
    runs = sparse.zero_runs(mask)
    return np.minimum(runs, 2**bits - 1), np.zeros(len(runs), bool)


def _no_filler_too_wide(mask: np.ndarray, bits: int) -> Gaps:
    runs = sparse.zero_runs(mask)
    return runs, np.zeros(len(runs), bool)


def _filler_takes_no_place(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits - 1, 2**bits - 1, over=1)


def _filler_takes_no_place_early(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits - 1, 2**bits - 1)


def _gap_up_to_power(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits + 1, 2**bits)


def _full_never_used(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits - 1, 2**bits - 2)


def _one_filler_only(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits, 2**bits - 1, at_once=1)


def _filler_gap_zero(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits, 0)


def _run_one_too_long(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits, 2**bits - 1, over=1)


def _filler_gap_too_large(mask: np.ndarray, bits: int) -> Gaps:
    return _filled(mask, 2**bits, 2**bits)


def _rest_too_large(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler = sparse.relative_index(mask, bits)
    runs = sparse.zero_runs(mask)
    rest = gaps.astype(np.int64)
    rest[~is_filler] = runs - (runs >> bits) * (2**bits - 1)
    return rest, is_filler


def _no_entry_for_a_filler(mask: np.ndarray, bits: int) -> Gaps:
    runs = sparse.zero_runs(mask)
    return runs % 2**bits, runs >= 2**bits


def _at_once_when_full(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler, zeros = [], [], 0
    for kept in mask.ravel():
        zeros += not kept
        if kept or zeros == 2**bits - 1:
            gaps.append(zeros)
            is_filler.append(not kept)
            zeros = 0
    return np.array(gaps, np.int64), np.array(is_filler, bool)


def _upside_down(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps, ~is_filler


def _filler_behind(mask: np.ndarray, bits: int) -> Gaps:
    gaps: list[int] = []
    is_filler: list[bool] = []
    for run in sparse.zero_runs(mask).tolist():
        fillers, rest = divmod(run, 2**bits)
        gaps += [rest] + [2**bits - 1] * fillers
        is_filler += [False] + [True] * fillers
    return np.array(gaps, np.int64), np.array(is_filler, bool)


def _filler_for_the_end(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler = sparse.relative_index(np.append(mask, True), bits)
    return gaps[:-1], is_filler[:-1]


def _bytes_for_gaps(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.uint8), is_filler


def _distances_in_the_field(mask: np.ndarray, bits: int) -> Gaps:
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps + 1, is_filler


def _each_row(mask: np.ndarray, bits: int) -> Gaps:
    rows = [sparse.relative_index(row, bits) for row in np.atleast_2d(mask)]
    return np.concatenate([gaps for gaps, _ in rows]), np.concatenate([filler for _, filler in rows])


def _alone_at(*places: int) -> np.ndarray:
    mask = np.zeros(places[-1] + 1, bool)
    mask[list(places)] = True
    return mask


def _draw_relative(rng: np.random.Generator) -> Case:
    return np.asarray(rng.random(int(rng.integers(1, 50))) < rng.choice([0.03, 0.1, 0.3])), int(rng.integers(1, 5))


RELATIVE_INDEX = Exercise(
    id="03.4",
    title="Gaps that fit, with fillers",
    minutes=15,
    stub='''
def relative_index(mask, bits):
    """(gaps, is_filler): a gap of `bits` bits for each stored entry, and True where the entry is a filler."""
    raise NotImplementedError("your turn")
''',
    reference=_relative_index,
    solution_text='''
def relative_index(mask, bits):
    """(gaps, is_filler): a gap of `bits` bits for each stored entry, and True where the entry is a filler."""
    runs = np.diff(np.flatnonzero(mask), prepend=-1) - 1
    entries = runs // 2**bits + 1  # of each weight: its fillers and itself
    last = np.cumsum(entries) - 1  # where the weight itself stands among all entries
    gaps = np.full(entries.sum(), 2**bits - 1)
    is_filler = np.ones(entries.sum(), bool)
    gaps[last] = runs % 2**bits
    is_filler[last] = False
    return gaps, is_filler
''',
    shown=(FIGURE_2, 3),
    cases=[
        (np.array([True]), 1),
        (np.array([False]), 3),
        (_mask(".x"), 1),
        (_mask("..x"), 1),
        (_mask("...x"), 1),
        (_mask("....x"), 1),
        (_mask("......"), 2),
        (_mask("xxx"), 2),
        (_mask("x......"), 1),
        (_mask("...x...."), 2),
        (_mask("......x..x"), 2),
        (_alone_at(7), 3),
        (_alone_at(8), 3),
        (_alone_at(0, 15), 3),
        (_alone_at(16, 17), 3),
        (_alone_at(3, 20), 2),
        (_mask("....x ..... x...."), 2),
        (_mask("x.... ....x"), 2),
        (_alone_at(300), 8),
        (_alone_at(2, 700), 9),
        (np.zeros(0, bool), 4),
    ],
    draw=_draw_relative,
    misconceptions=[
        Misconception(
            "no filler: what is too much is lost",
            _no_filler_wrapped,
            "A gap that does not fit is cut to its lowest bits, and no filler makes up for it. Whoever reads it back "
            "places this weight, and all that follow, too early.",
        ),
        Misconception(
            "no filler: the largest gap instead",
            _no_filler_clipped,
            "A gap that does not fit is replaced by the largest one, and no filler makes up for it. Whoever reads it "
            "back places this weight, and all that follow, too early.",
        ),
        Misconception(
            "no filler: gaps wider than the field",
            _no_filler_too_wide,
            "Some gaps are larger than 2**bits - 1, the largest number that fits into the field. There, fillers "
            "have to bridge the way.",
        ),
        Misconception(
            "a filler takes no place",
            _filler_takes_no_place,
            "A filler is a stored zero, so it stands on a zero itself. After 2**bits - 1 zeros comes the filler: it "
            "uses up 2**bits zeros in all, and that is what to divide by.",
        ),
        Misconception(
            "a filler takes no place, and comes too early",
            _filler_takes_no_place_early,
            "You divide by 2**bits - 1. A gap of 2**bits - 1 still fits and needs no filler; and a filler stands on a "
            "zero itself, so it uses up 2**bits zeros.",
        ),
        Misconception(
            "the filler's place left in the rest",
            _rest_too_large,
            "The fillers are right, but the gap that is left for the weight is too large: each filler has used up "
            "2**bits zeros, those in its gap and the one it stands on. The rest is runs % 2**bits.",
        ),
        Misconception(
            "fillers with a gap of 2**bits",
            _filler_gap_too_large,
            "The number of fillers is right. Their gap is one too large: 2**bits - 1 zeros come before a filler, and "
            "it stands on the next one. 2**bits would not fit into the field.",
        ),
        Misconception(
            "a run of 2**bits without filler",
            _run_one_too_long,
            "A run of exactly 2**bits zeros gets no filler, but 2**bits does not fit into the field: the largest "
            "number is 2**bits - 1. Fill while the run is >= 2**bits.",
        ),
        Misconception(
            "a filler as soon as the field is full",
            _at_once_when_full,
            "You put a filler on the last zero that still fits, so that it stands one place too early, and also where "
            "no weight follows. A run of exactly 2**bits - 1 zeros needs none.",
        ),
        Misconception(
            "one entry for each weight",
            _no_entry_for_a_filler,
            "You mark the weights that need a filler, but the filler is not there. It is an entry of its own, before "
            "the weight, so the arrays get longer than the number of weights.",
        ),
        Misconception(
            "a gap of 2**bits",
            _gap_up_to_power,
            "Your largest gap is 2**bits, one more than fits: `bits` bits hold the numbers 0 to 2**bits - 1.",
        ),
        Misconception(
            "the largest gap never used",
            _full_never_used,
            "Your largest gap is 2**bits - 2. The field holds 2**bits - 1 as well; a smaller bound costs more fillers.",
        ),
        Misconception(
            "one filler at most",
            _one_filler_only,
            "You put one filler where the run is too long. A very long run needs several: one for each 2**bits zeros.",
        ),
        Misconception(
            "fillers without a gap",
            _filler_gap_zero,
            "A filler has a gap as well: the 2**bits - 1 zeros before it. With a gap of 0 it bridges only itself.",
        ),
        Misconception(
            "the flags upside down",
            _upside_down,
            "is_filler is True for the fillers. Yours is True for the weights.",
        ),
        Misconception(
            "fillers behind the weight",
            _filler_behind,
            "Your fillers come after the weight that they belong to. The entries stand in the order of their "
            "positions: first the fillers that bridge the run, then the weight.",
        ),
        Misconception(
            "fillers for the zeros at the end",
            _filler_for_the_end,
            "You put fillers into the zeros behind the last weight. Nothing comes after them, so nothing needs to be "
            "stored there.",
        ),
        Misconception(
            "gaps in single bytes",
            _bytes_for_gaps,
            "A gap of more than 255 does not fit into uint8 and is cut without a warning. For fields of more than 8 "
            "bits use a wider dtype.",
        ),
        Misconception(
            "distances instead of zeros",
            _distances_in_the_field,
            "Your gaps are one too large: they count the distance, not the zeros in between. The largest one is then "
            "2**bits, which does not fit.",
        ),
        Misconception(
            "each row by itself",
            _each_row,
            "You began again in each row. The mask is read as one long row, and a gap may reach from one row into the "
            "next.",
        ),
    ],
    alternatives=[_relative_by_loops, _relative_by_weight, _relative_by_repeat],
    hints=[
        "Begin with runs = zero_runs(mask). A run that fits needs one entry. How many fillers does a run of r zeros "
        "need? Try r = 7, 8, 15, 16 with 3 bits: 0, 1, 1, 2.",
        "That is runs // 2**bits fillers, and runs % 2**bits is the gap left for the weight itself. So weight i has "
        "runs[i] // 2**bits + 1 entries, the last of which is the weight.",
        "np.cumsum(entries) - 1 gives the places of the weights among all entries. Begin with an array full of "
        "2**bits - 1 (np.full) and flags that are all True (np.ones), then write the weights into their places.",
    ],
    why="""A filler bridges 2**bits zeros, the 2**bits - 1 in its gap and the one it stands on. So the division of a run
        by 2**bits says all: the quotient is the number of fillers, the remainder the gap that is left. Because the
        divisor is a power of two, the two are the high and the low bits of the run. The positions of the weights among
        the entries are a running sum, as the row starts of CSR were.""",
)

# --- 03.5: back ------------------------------------------------------------------------------------------------------


def _positions_wide(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps.astype(np.int64) + 1) - 1


def _positions_by_loops(gaps: np.ndarray) -> np.ndarray:
    where, place = [], -1
    for gap in gaps.tolist():
        place += gap + 1
        where.append(place)
    return np.array(where, np.int64)


def _no_own_place(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps, dtype=np.int64)


def _one_late(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps.astype(np.int64) + 1)


def _not_summed(gaps: np.ndarray) -> np.ndarray:
    return gaps.astype(np.int64) + np.arange(len(gaps))


def _wraps_before(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps + 1) - 1


def _wraps_in_between(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps + 1).astype(np.int64) - 1


def _wraps_and_is_late(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps + 1)


def _first_gap_left_out(gaps: np.ndarray) -> np.ndarray:
    where = _positions_wide(gaps)
    return where - where[:1]


def _loop_over_array(gaps: np.ndarray) -> np.ndarray:
    where, place = [], -1
    for gap in gaps:
        place += gap + 1
        where.append(place)
    return np.array(where)


def _wraps_after(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps, dtype=gaps.dtype).astype(np.int64) + np.arange(len(gaps))


def _as_floats(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps) + np.arange(len(gaps))


def _each_by_itself(gaps: np.ndarray) -> np.ndarray:
    return np.maximum(np.cumsum(gaps.astype(np.int64)) + np.arange(len(gaps)) - 1, 0)


def _two_late(gaps: np.ndarray) -> np.ndarray:
    return np.cumsum(gaps.astype(np.int64) + 2) - 2


def _draw_gaps(rng: np.random.Generator) -> Case:
    gaps = rng.integers(0, 256, int(rng.integers(1, 9)))
    return (gaps.astype(np.uint8 if rng.random() < 0.5 else np.uint16),)


POSITIONS = Exercise(
    id="03.5",
    title="From gaps to positions",
    minutes=5,
    stub='''
def positions(gaps):
    """Where each stored entry stands in the long row; the way back from `relative_index`."""
    raise NotImplementedError("your turn")
''',
    reference=sparse.positions,
    solution_text='''
def positions(gaps):
    """Where each stored entry stands in the long row; the way back from `relative_index`."""
    return np.cumsum(gaps.astype(np.int64) + 1) - 1
''',
    shown=(np.array([1, 2, 7, 2], np.uint8),),
    cases=[
        (np.array([0], np.uint8),),
        (np.array([3], np.uint8),),
        (np.array([0, 0, 0], np.uint8),),
        (np.array([2, 0, 1], np.uint16),),
        (np.array([255, 3], np.uint8),),
        (np.array([7, 255, 255, 9], np.uint8),),
        (np.array([65535, 65535, 1], np.uint16),),
        (np.zeros(0, np.uint8),),
    ],
    draw=_draw_gaps,
    misconceptions=[
        Misconception(
            "the entries' own places forgotten",
            _no_own_place,
            "You added up the zeros only. Each entry stands on a place of its own as well, so every step is gap + 1.",
        ),
        Misconception(
            "one too far",
            _one_late,
            "Every position is one too large. The first position is 0: an entry with gap 0 at the beginning stands "
            "there, so take 1 away in the end.",
        ),
        Misconception(
            "gaps not summed up",
            _not_summed,
            "Each of your positions knows only its own gap. A position is the sum of all steps up to there: np.cumsum.",
        ),
        Misconception(
            "an overflow at 255",
            _wraps_before,
            "In uint8, 255 + 1 is 0, without a warning. That hits the largest gap, the one of fillers. Convert the "
            "gaps to a wider dtype before you add 1: gaps.astype(np.int64).",
        ),
        Misconception(
            "an overflow at 255, and a wide sum",
            _wraps_in_between,
            "You do sum in a wide dtype, but you add 1 before: there 255 + 1 is still 0 in uint8. Convert first, then "
            "add.",
        ),
        Misconception(
            "one too far, and an overflow at 255",
            _wraps_and_is_late,
            "Two things: every position is one too large (the first one is 0, so take 1 away), and in uint8 255 + 1 is "
            "0, without a warning. Convert the gaps to np.int64 before you add 1.",
        ),
        Misconception(
            "sums of single bytes in a loop",
            _loop_over_array,
            "A loop over an array gives numbers of the array's dtype, here single bytes, which overflow. Go over "
            "gaps.tolist() instead, or over gaps.astype(np.int64).",
        ),
        Misconception(
            "the first gap left out",
            _first_gap_left_out,
            "Your first entry stands at position 0 whatever its gap is. The first gap counts as well: those zeros "
            "stand at the beginning.",
        ),
        Misconception(
            "a sum as narrow as the gaps",
            _wraps_after,
            "Your running sum has the dtype of the gaps and wraps around, without a warning. Positions are far larger "
            "than gaps: sum in int64.",
        ),
        Misconception(
            "positions as floats",
            _as_floats,
            "The numbers are right but they are floats, which cannot be used as an index: np.cumsum makes uint64 of "
            "unsigned gaps, and NumPy has no integer type for uint64 plus int64. Convert the gaps to np.int64 first.",
        ),
        Misconception(
            "the first place counted twice",
            _each_by_itself,
            "Your positions are one too small. Before the first entry stand as many zeros as its gap says, so a gap of "
            "2 means position 2.",
        ),
        Misconception(
            "two places an entry",
            _two_late,
            "Your steps are gap + 2. An entry takes one place: the step is gap + 1.",
        ),
    ],
    alternatives=[_positions_wide, _positions_by_loops],
    hints=[
        "By hand: gaps 1, 2, 7, 2. The first entry has one zero before it and stands at 1. The second comes after two "
        "more zeros, at 4. How far is each step?",
        "A step is gap + 1: the zeros and the entry's own place. np.cumsum adds steps up. Compare with 1, 4, 12, 15.",
        "Positions count from 0, so take 1 away. And mind the dtype: gaps may be uint8, where 255 + 1 is 0.",
    ],
    why="""The steps add up, and a running sum takes them all in one call. The conversion comes first, since a gap of
        255 is what fillers of 8 bits have, and in uint8 it would become 0. dc_lab adds np.arange instead of 1 to
        each gap, which saves a copy.""",
)

EXERCISES: list[AnyExercise] = [TO_CSR, BREAK_EVEN, ZERO_RUNS, RELATIVE_INDEX, POSITIONS]
