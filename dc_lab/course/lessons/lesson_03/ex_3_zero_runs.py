"""03.3 The zeros before each weight."""

import numpy as np

from dc_lab import sparse
from dc_lab.course.compare import difference
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_03.common import FIGURE_2, first_layer, mask_of
from dc_lab.course.values import plain


def zero_runs(mask):
    """How many zeros come right before each kept weight, in the long row."""
    return np.diff(np.flatnonzero(mask), prepend=-1) - 1


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


def _draw_mask(rng):
    shape = (int(rng.integers(1, 25)),) if rng.random() < 0.6 else tuple(rng.integers(1, 6, 2))
    return rng.random(shape) < rng.choice([0.1, 0.3, 0.7])


def _accepted(case, expected, got):
    """What is wrong, in words. An empty array has a dtype, too, which matters to whoever uses it as an index."""
    if isinstance(got, np.ndarray) and got.shape == expected.shape and got.size == 0 and got.dtype.kind not in "iu":
        return f"the empty array is {got.dtype}, and a run is a whole number: give it a dtype, such as np.int64"
    return difference(plain(expected), plain(got), 0.0)


CASES = [
    *((mask_of(text),) for text in MASKS), (np.arange(300) == 299,), (np.arange(32_900) > 32_896,),
    (np.arange(70_000) % 66_000 == 65_999,), (np.asfortranarray(mask_of("x.. ..x x..")),), (np.zeros(0, bool),),
    (np.zeros((3, 2), bool),), (np.arange(24).reshape(2, 3, 4) % 5 == 3,), ((np.arange(60) % 7 == 2)[::3],),
]  # fmt: skip

exercise = Exercise(
    id="03.3",
    title="The zeros before each weight",
    minutes=5,
    task="warm-up",
    reference=sparse.zero_runs,
    accept=_accepted,
    solution=zero_runs,
    shown=(FIGURE_2,),
    cases=CASES,
    draw=lambda rng: (_draw_mask(rng),),
    large=lambda: (first_layer(0.3) != 0,),
    large_is="a mask of the shape of the first layer, 300 x 784, that keeps 30 %",
    hints=[
        "Begin with the positions of the kept weights in the mask, read as one long row: np.flatnonzero(mask).",
        "From one position to the next, np.diff gives the distance; there is one zero fewer between them.",
        "The first weight has no weight before it. Let the row begin after position -1: np.diff(..., prepend=-1).",
    ],
    why="""Two kept weights at positions p and q have q - p - 1 zeros between them. With an imagined weight at -1 the
        first one is no exception. What is stored is one number a kept weight, small where weights stand close.""",
)


@exercise.alternative
def _runs_by_loops(mask):
    runs, zeros = [], 0
    for kept in mask.ravel():
        if kept:
            runs.append(zeros)
            zeros = 0
        else:
            zeros += 1
    return np.array(runs, np.int64)


@exercise.alternative
def _runs_from_one(mask):
    where = np.flatnonzero(mask) + 1
    return where - np.append([0], where)[:-1] - 1


@exercise.alternative
def _runs_by_counting(mask):
    zeros_before = np.cumsum(~mask.ravel())[mask.ravel()]
    return np.diff(zeros_before, prepend=0)


exercise.mistake("runs of one byte", lambda mask: sparse.zero_runs(mask).astype(np.uint8)).says("""
    A uint8 holds 0 to 255. A run of zeros can be longer than that and starts at 0 again. What does not fit into a gap
    is what fillers are for, in the next exercise; here every run is given whole.""")
exercise.mistake("runs of two bytes", lambda mask: sparse.zero_runs(mask).astype(np.uint16)).says("""
    A uint16 holds 0 to 65,535. A run of zeros can be longer than that and starts at 0 again: leave the dtype as NumPy
    makes it.""")
exercise.mistake("a list", lambda mask: sparse.zero_runs(mask).tolist()).says("""
    The numbers are right, but this is a list. Asked for is an array: np.array(runs, np.int64).""")
exercise.mistake("runs as floats", lambda mask: sparse.zero_runs(mask).astype(np.float64)).says("""
    The numbers are right, but they are floats, and a run is a whole number. np.zeros and np.array([]) make floats
    unless they are told the dtype, such as np.int64.""")
exercise.mistake("distances instead of zeros between", lambda mask: np.diff(np.flatnonzero(mask), prepend=-1)).says("""
    Each of your numbers is one too large: you took the distance to the weight before. Two weights side by side have
    distance 1 and no zero between them; asked for are the zeros.""")
exercise.mistake("distances counted from position 0", lambda mask: np.diff(np.flatnonzero(mask), prepend=0)).says("""
    These are distances, counted from position 0, as the paper's figure prints them. Asked for are the zeros in between:
    one less each, and for the first weight the number of zeros before it.""")
exercise.mistake("the first one too small", lambda mask: np.diff(np.flatnonzero(mask), prepend=0) - 1).says("""
    Only the first number is wrong, by one. The row begins at position 0, so the place before it is -1: that is what the
    first weight's position has to be compared with.""")
exercise.mistake("the first weight left out", lambda mask: np.diff(np.flatnonzero(mask)) - 1).says("""
    There is one number too few: np.diff of n positions gives n - 1. The first weight has zeros before it as well, those
    from the beginning on; np.diff has `prepend` for that.""")
exercise.mistake("distances, and the first weight left out", lambda mask: np.diff(np.flatnonzero(mask))).says("""
    np.diff alone gives distances, one fewer than there are weights. Two things to add: the first weight has zeros
    before it too, and between two positions there is one zero fewer than their distance.""")
exercise.mistake("rows for positions", lambda mask: np.diff(np.nonzero(mask)[0], prepend=-1) - 1).says("""
    For a matrix, np.nonzero(mask)[0] or np.where(mask)[0] are the rows. Positions in the long row come from
    np.flatnonzero(mask), whatever the shape.""")
exercise.mistake("a tuple for an array", lambda mask: np.diff(np.nonzero(mask.ravel()), prepend=-1) - 1).says("""
    np.nonzero gives a tuple with one array for each dimension, so that your answer has a dimension too many.
    np.flatnonzero gives the array itself.""")


@exercise.mistake("rows for entries")
def _(mask):
    """The loop goes over `mask` as it is, which for a matrix gives whole rows. The mask can have any shape: go over
    mask.ravel(), the long row."""
    runs, zeros = [], 0
    for kept in mask:
        if kept:
            runs.append(zeros)
            zeros = 0
        else:
            zeros += 1
    return np.array(runs, np.int64)


exercise.mistake("weights and zeros exchanged", lambda mask: sparse.zero_runs(~mask)).says("""
    You counted the weights before each zero. In `mask`, True is a kept weight; ~mask are the zeros.""")
exercise.mistake("positions instead of gaps", np.flatnonzero).says("""
    These are the positions of the kept weights. A gap counts only the zeros since the weight before.""")
exercise.mistake("zeros before it from the beginning on", lambda mask: np.cumsum(sparse.zero_runs(mask))).says("""
    You counted all zeros from the beginning up to each weight. A gap counts those since the last kept weight only: take
    differences.""")


@exercise.mistake("the zeros at the end counted too")
def _(mask):
    """There is one number too many. After the last kept weight nothing is stored: the zeros at the end follow from the
    shape of the array."""
    return np.diff(np.flatnonzero(mask), prepend=-1, append=mask.size) - 1


@exercise.mistake("gaps of 0 dropped")
def _(mask):
    """Where two weights stand side by side, the gap is 0, and it is needed: each kept weight has one number."""
    runs = sparse.zero_runs(mask)
    return runs[runs > 0]


@exercise.mistake("each row by itself")
def _(mask):
    """You began again in each row of the matrix. The mask is read as one long row: zeros at the end of a row count
    towards the first weight of the next one."""
    return np.concatenate([np.zeros(0, np.int64), *(sparse.zero_runs(row) for row in np.atleast_2d(mask))])


exercise.mistake("column by column", lambda mask: sparse.zero_runs(mask.T)).says("""
    You went down the columns. Read the matrix row by row, as ravel() does.""")


exercise.mistake("runs of a signed byte", lambda mask: sparse.zero_runs(mask).astype(np.int8)).says("""
    An int8 holds -128 to 127. A run of zeros can be longer than that: leave the dtype as NumPy makes it.""")
exercise.mistake("runs of 16 bits with a sign", lambda mask: sparse.zero_runs(mask).astype(np.int16)).says("""
    An int16 ends at 32,767. A run of zeros can be longer than that: leave the dtype as NumPy makes it.""")


@exercise.mistake("in the order of memory")
def _(mask):
    """The mask is read in the order in which it lies in memory. In Fortran order that is column by column. ravel()
    without an order, or np.flatnonzero, reads row by row."""
    return sparse.zero_runs(mask.ravel(order="K"))


exercise.mistake("the last weight left out", lambda mask: sparse.zero_runs(mask)[:-1]).says("""
    The last weight has no number. There are as many numbers as weights, so nothing is cut off at the end.""")


@exercise.mistake("the last of several weights left out")
def _(mask):
    """Where several weights are kept, the last one has no number. There are as many numbers as weights, so nothing is
    cut off at the end."""
    runs = sparse.zero_runs(mask)
    return runs[:-1] if len(runs) > 1 else runs


@exercise.mistake("a 0 where nothing is kept")
def _(mask):
    """Where nothing is kept, you return one number. There is one for each kept weight, so the array is then empty:
    np.zeros(0, np.int64)."""
    runs = sparse.zero_runs(mask)
    return runs if len(runs) else np.array([0])


@exercise.mistake("an empty list has no dtype")
def _(mask):
    """Where nothing is kept, this gives an array of floats: np.array([]) cannot know better. Say the dtype:
    np.array(runs, np.int64)."""
    return np.array(sparse.zero_runs(mask).tolist())


exercise.mistake("numbers in a column", lambda mask: sparse.zero_runs(mask)[:, None]).says("""
    The numbers are right, but the array has two dimensions (np.argwhere makes that). Asked for is one row of numbers:
    np.flatnonzero(mask), or .ravel() at the end.""")
exercise.mistake("sorted", lambda mask: np.sort(sparse.zero_runs(mask))).says("""
    The numbers are sorted. They stand in the order of the weights, so that each says where its weight is.""")
exercise.mistake("zeros after each weight", lambda mask: sparse.zero_runs(mask.ravel()[::-1])[::-1]).says("""
    You counted the zeros after each weight. Asked for are those before it, since the weight before or since the
    beginning: np.diff(..., prepend=-1).""")
exercise.mistake("at least 1", lambda mask: np.maximum(sparse.zero_runs(mask), 1)).says("""
    A gap of 0 has become 1. Where two weights stand side by side, no zero is between them, and the number is 0.""")


@exercise.mistake("nothing where all are kept")
def _(mask):
    """Where all weights are kept, you return an empty array. Each weight has a number then, too: 0."""
    return np.zeros(0, np.int64) if mask.all() else sparse.zero_runs(mask)
