"""03.5 From gaps to weights."""

import numpy as np

from dc_lab import sparse
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_03.common import first_layer


def from_relative(values, gaps, shape):
    """The array that the stored entries came from; the way back from gaps."""
    dense = np.zeros(shape, values.dtype)
    where = np.cumsum(gaps.astype(np.int64) + 1) - 1
    if len(where) and where[-1] >= dense.size:
        raise ValueError("an entry beyond the end")
    dense.flat[where] = values
    return dense


FIGURE_2 = np.array([3.4, 0.9, 0.0, 1.7]), np.array([1, 2, 7, 2], np.uint8), (4, 4)
"""The example of the paper, its 16 positions as a matrix."""


def _entries(values, gaps, shape, dtype=np.float32, index=np.uint8):
    return np.array(values, dtype), np.array(gaps, index), shape


def _of(array, bits, index=np.uint16):
    values, gaps = sparse.to_relative(array, bits)
    return values, gaps.astype(index), array.shape


def _draw(rng):
    shape = tuple(rng.integers(1, 7, int(rng.integers(1, 4))))
    kept = rng.random(shape) < rng.choice([0.1, 0.3, 0.7])
    index = rng.choice([np.uint8, np.uint16, np.int64])
    return _of(np.where(kept, rng.normal(0, 0.1, shape), 0.0), int(rng.integers(1, 5)), index)


def _alone_at(size, *places, dtype=np.float32):
    array = np.zeros(size, dtype)
    array.flat[list(places)] = np.arange(1, len(places) + 1)
    return array


CASES = [
    _entries([5, -2], [0, 1], (3,)), _entries([4, 7], [1, 0], (3,)), _entries([3, 9], [2, 0], (4,)),
    _entries([5, 8], [1, 2], (6,)), _entries([6, 2], [3, 1], (6,)), _entries([5], [3], (6,)),
    _entries([5, 6], [0, 0], (2, 2)), _entries([1, 2], [2, 1], (4,)), _entries([1, 2, 3], [1, 1, 2], (6,)),
    _entries([1, 2], [0, 5], (4,)), _entries([1, 2], [1, 9], (4,)),
    _entries([1, 2], [4, 0], (4,)), _entries([3, -1, 2], [0, 2, 1], (4, 2)), _entries([1, -2, 3], [0, 0, 0], (3,)),
    _entries([1, 2], [1, 1], (2, 2), np.float64),
    _entries([0, 4], [3, 2], (7,)), _entries([1, 0, 0, 2], [0, 1, 1, 0], (2, 3)),
    _entries([4, 7, -1], [2, 0, 1], (6,), np.int8),
    _entries([1e-9, -1e-30], [1, 1], (2, 2), np.float64), _entries([2**53 + 1, -(2**60) - 1], [0, 2], (5,), np.int64),
    _entries([1, 1, 1], [0, 0, 0], (1, 3, 1)), _entries([1], [4], (4,)), _entries([1, 2], [1, 2], (2, 2)),
    _entries([1, 0], [3, 0], (4,)), _entries([1, 2], [0, 255], (2, 128)), _entries([0, 2], [255, 0], (2, 129)),
    _entries([0, 0, 3], [255, 255, 9], (3, 200)), _entries([1, 2], [200, 100], (400,)),
    _entries([1, 2], [100, 27], (200,), np.float32, np.int8), _entries([1], [255], (255,)),
    _entries([1, 2, 3], [255, 255, 255], (3, 200)), _entries([0, 2], [65_535, 1], (70_000,), np.float32, np.uint16),
    _entries([1, 2], [1, 65_535], (70_000,), np.float32, np.uint32),
    _entries([3, 2], [2, 1], (7,), np.float32, np.uint64),
    _of(_alone_at(70_000, 5, 40_000, 69_999), 16), _of(_alone_at(140_000, 139_999), 8),
    _of(_alone_at((40, 60), 3, 39), 7, np.uint8), _entries([], [], (3, 2)), _entries([], [], (0, 2), np.float64),
    _entries([1], [0], (0, 4)),
]  # fmt: skip

exercise = Exercise(
    id="03.5",
    title="From gaps to weights",
    minutes=15,
    task="build",
    reference=sparse.from_relative,
    solution=from_relative,
    shown=FIGURE_2,
    cases=CASES,
    draw=_draw,
    dtype="exact",
    tolerance=0.0,
    dtypes=("float32", "float16"),
    large=lambda: _of(first_layer(0.1), 8),
    large_is="a float32 layer of the shape of the first one, 300 x 784, with 10 % of its weights and gaps of 8 bits",
    hints=[
        "By hand: gaps 1, 2, 7, 2. The first entry has one zero before it and stands at 1. The second comes after two "
        "more zeros, at 4. How far is each step?",
        "A step is gap + 1: the zeros and the entry's own place. np.cumsum adds steps up. Compare with 1, 4, 12, 15. "
        "And mind the dtype: gaps may be uint8, where 255 + 1 is 0.",
        "Begin with dense = np.zeros(shape, values.dtype). Then dense.flat[where] = values counts places through all "
        "rows. Before that, look whether the last position is still below dense.size.",
    ],
    why="""The steps add up, and a running sum takes them all in one call. The conversion comes first, since a gap of
        255 is what fillers of 8 bits have, and in uint8 it would become 0. A filler needs no care: it writes a 0 where
        a 0 is.

        A file may be damaged. Positions only grow, so that looking at the last one is enough. NumPy would complain by
        itself about a place that is too large, but only with an IndexError that says nothing of the file.""",
)


@exercise.alternative
def _by_loop(values, gaps, shape):
    size = 1
    for side in shape:
        size *= int(side)
    flat, place = [0] * size, -1
    for value, gap in zip(values.tolist(), gaps.tolist(), strict=True):
        place += gap + 1
        if place >= size:
            raise ValueError(f"position {place} of {size}")
        flat[place] = value
    return np.array(flat, values.dtype).reshape(shape)


@exercise.alternative
def _in_place(values, gaps, shape):
    dense = np.zeros(shape, values.dtype)
    where = np.cumsum(gaps, dtype=np.int64) + np.arange(len(gaps))
    if (where >= dense.size).any():
        raise ValueError("beyond the end")
    dense.flat[where] = values
    return dense


@exercise.alternative
def _by_error(values, gaps, shape):
    dense = np.zeros(shape, values.dtype)
    try:
        dense.reshape(-1)[np.cumsum(gaps.astype(np.int64) + 1) - 1] = values
    except IndexError as error:
        raise ValueError("the gaps go beyond the end") from error
    return dense


@exercise.alternative
def _without_fillers(values, gaps, shape):
    rows = np.zeros(shape, values.dtype)
    where = np.add.accumulate(gaps.astype(int) + 1) - 1
    if where.max(initial=-1) > rows.size - 1:
        raise ValueError
    np.put(rows, where[values != 0], values[values != 0])
    return rows


def _placed(values, where, shape, dtype=None):
    dense = np.zeros(int(np.prod(shape)), dtype or values.dtype)
    where = np.asarray(where)
    if len(where) and where.max() >= dense.size:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense.reshape(shape)


def _right(gaps):
    return sparse.positions(gaps)


@exercise.mistake("the entries' own places forgotten")
def _(values, gaps, shape):
    """The zeros are added up, and nothing else. Each entry stands on a place of its own as well, so every step is
    gap + 1."""
    return _placed(values, np.cumsum(gaps, dtype=np.int64), shape)


@exercise.mistake("one too far")
def _(values, gaps, shape):
    """Every entry stands one place too far. The first position is 0: an entry with gap 0 at the beginning stands there,
    so take 1 away in the end."""
    return _placed(values, _right(gaps) + 1, shape)


@exercise.mistake("gaps not summed up")
def _(values, gaps, shape):
    """Each position knows only its own gap. A position is the sum of all steps up to there: np.cumsum."""
    return _placed(values, gaps.astype(np.int64) + np.arange(len(gaps)), shape)


@exercise.mistake("gaps taken for positions")
def _(values, gaps, shape):
    """The gaps are taken for positions. A gap says how many zeros come after the entry before: add the steps up,
    np.cumsum(... + 1) - 1."""
    return _placed(values, gaps, shape)


@exercise.mistake("an overflow at 255")
def _(values, gaps, shape):
    """In uint8, 255 + 1 is 0, without a warning, and a gap of 255 is what fillers have. Convert the gaps to a wider
    dtype before you add 1: gaps.astype(np.int64)."""
    return _placed(values, np.cumsum(gaps + 1).astype(np.int64) - 1, shape)


@exercise.mistake("no error, and an overflow at 255")
def _(values, gaps, shape):
    """Two things. Where the gaps lead beyond the end, NumPy raises an IndexError; asked for is a ValueError, so look at
    the last position first. And in uint8, 255 + 1 is 0, so that positions are too small: convert the gaps before you
    add 1, gaps.astype(np.int64)."""
    dense = np.zeros(int(np.prod(shape)), values.dtype)
    dense[(np.cumsum(gaps + 1) - 1).astype(np.int64)] = values
    return dense.reshape(shape)


@exercise.mistake("an overflow at 255, the last position looked at")
def _(values, gaps, shape):
    """You look at the last position, but by then 255 + 1 has become 0, as it does in uint8: a position may be too
    small, or far too large. Convert the gaps to a wider dtype before you add 1: gaps.astype(np.int64)."""
    return _tried(values, gaps, shape, lambda where, size: where[-1] >= size, np.cumsum(gaps + 1) - 1)


@exercise.mistake("a sum as narrow as the gaps")
def _(values, gaps, shape):
    """The running sum has the dtype of the gaps and begins again at 0, without a warning. Positions are far larger than
    gaps: sum in int64."""
    return _placed(values, np.cumsum(gaps, dtype=gaps.dtype).astype(np.int64) + np.arange(len(gaps)), shape)


@exercise.mistake("single bytes in a loop")
def _(values, gaps, shape):
    """A loop over an array gives numbers of the array's dtype, here single bytes, which -1 or a position do not fit
    into. Go over gaps.tolist(), or over gaps.astype(np.int64)."""
    dense, place = np.zeros(int(np.prod(shape)), values.dtype), -1
    for value, gap in zip(values, gaps, strict=True):
        place += gap + 1
        if place >= dense.size:
            raise ValueError("beyond the end")
        dense[place] = value
    return dense.reshape(shape)


@exercise.mistake("positions of two bytes")
def _(values, gaps, shape):
    """Positions are kept in uint16, which ends at 65,535; the first layer has 235,200 of them. Use np.int64."""
    return _placed(values, _right(gaps).astype(np.uint16), shape)


@exercise.mistake("positions as floats")
def _(values, gaps, shape):
    """The positions are floats, which cannot be used as an index: NumPy has no integer type for uint64 plus int64. Sum
    with dtype=np.int64."""
    dense = np.zeros(int(np.prod(shape)), values.dtype)
    dense[np.cumsum(gaps) + np.arange(len(gaps))] = values
    return dense.reshape(shape)


@exercise.mistake("the first gap left out")
def _(values, gaps, shape):
    """The first entry stands at position 0 whatever its gap is. The first gap counts as well: those zeros stand at the
    beginning."""
    where = _right(gaps)
    return _placed(values, where - where[:1], shape)


@exercise.mistake("one too early")
def _(values, gaps, shape):
    """Every entry stands one place too early, the first one perhaps at the very end, at -1. Before it stand as many
    zeros as its gap says, so a gap of 2 means position 2."""
    return _placed(values, _right(gaps) - 1, shape)


@exercise.mistake("two places an entry")
def _(values, gaps, shape):
    """The steps are gap + 2. An entry takes one place: the step is gap + 1."""
    return _placed(values, np.cumsum(gaps.astype(np.int64) + 2) - 2, shape)


@exercise.mistake("fillers left out before the sum")
def _(values, gaps, shape):
    """The fillers are dropped before the gaps are added up. Their value is 0, but their gap counts: without it,
    everything after them comes too early."""
    return _placed(values[values != 0], _right(gaps[values != 0]), shape)


@exercise.mistake("no error")
def _(values, gaps, shape):
    """Where the gaps lead beyond the end, this stops with an IndexError, as NumPy raises it. Asked for is a ValueError:
    look at the last position before you use it."""
    dense = np.zeros(int(np.prod(shape)), values.dtype)
    dense[_right(gaps)] = values
    return dense.reshape(shape)


@exercise.mistake("what is beyond the end is dropped")
def _(values, gaps, shape):
    """An entry beyond the end is dropped without a word. Then a damaged file looks like a good one. Raise
    ValueError."""
    dense, where = np.zeros(int(np.prod(shape)), values.dtype), _right(gaps)
    inside = where < dense.size
    dense[where[inside]] = values[inside]
    return dense.reshape(shape)


@exercise.mistake("beyond the end goes on at the beginning")
def _(values, gaps, shape):
    """An entry beyond the end is put at the beginning again. Then a damaged file looks like a good one. Raise
    ValueError."""
    dense, where = np.zeros(int(np.prod(shape)), values.dtype), _right(gaps)
    dense[where % max(1, dense.size)] = values
    return dense.reshape(shape)


@exercise.mistake("one place beyond the end allowed")
def _(values, gaps, shape):
    """A position equal to the size is beyond the end, too: positions run from 0 to size - 1. Compare with >=."""
    dense, where = np.zeros(int(np.prod(shape)) + 1, values.dtype), _right(gaps)
    if len(where) and where[-1] > dense.size - 1:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense[:-1].reshape(shape)


@exercise.mistake("one place beyond the end gets another error")
def _(values, gaps, shape):
    """A position equal to the size is let through, and NumPy raises an IndexError. Positions run from 0 to size - 1:
    compare with >=."""
    dense, where = np.zeros(int(np.prod(shape)), values.dtype), _right(gaps)
    if len(where) and where[-1] > dense.size:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense.reshape(shape)


@exercise.mistake("the last place refused")
def _(values, gaps, shape):
    """An entry at the very last place is refused. Positions run up to size - 1, which is still inside."""
    dense, where = np.zeros(int(np.prod(shape)), values.dtype), _right(gaps)
    if len(where) and where[-1] >= dense.size - 1:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense.reshape(shape)


@exercise.mistake("the error is returned")
def _(values, gaps, shape):
    """The error is returned instead of raised, so that nothing stops. Write `raise ValueError(...)`."""
    try:
        return sparse.from_relative(values, gaps, shape)
    except ValueError as error:
        return error


@exercise.mistake("no entry at all")
def _(values, gaps, shape):
    """With no entries at all this stops with an IndexError: an empty array has no last position. Look at its length
    first, or use (where >= size).any()."""
    dense, where = np.zeros(int(np.prod(shape)), values.dtype), _right(gaps)
    if where[-1] >= dense.size:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense.reshape(shape)


@exercise.mistake("float64 whatever the values are")
def _(values, gaps, shape):
    """The array is float64, because np.zeros makes that unless it is told the dtype: np.zeros(..., values.dtype)."""
    return _placed(values, _right(gaps), shape, np.float64)


@exercise.mistake("float32 whatever the values are")
def _(values, gaps, shape):
    """The array is float32, whatever the values are. It has their dtype: np.zeros(..., values.dtype)."""
    return _placed(values, _right(gaps), shape, np.float32)


@exercise.mistake("the long row")
def _(values, gaps, shape):
    """The numbers are right, but stand in one long row. Give it the shape: .reshape(shape)."""
    return _placed(values, _right(gaps), shape).ravel()


@exercise.mistake("only as long as the entries reach")
def _(values, gaps, shape):
    """The array ends at the last entry. The zeros after it belong to the array as well: its size is the product of
    `shape`."""
    where = _right(gaps)
    dense = np.zeros(int(where[-1]) + 1 if len(where) else 0, values.dtype)
    dense[where] = values
    return dense


@exercise.mistake("column by column")
def _(values, gaps, shape):
    """The entries go down the columns. A row is filled before the next one begins, as reshape(shape) does it."""
    return _placed(values, _right(gaps), shape).ravel().reshape(shape, order="F")


@exercise.mistake("a list")
def _(values, gaps, shape):
    """This is a list. Asked for is an array: np.array(..., values.dtype).reshape(shape)."""
    return _placed(values, _right(gaps), shape).tolist()


@exercise.mistake("positions")
def _(values, gaps, shape):
    """These are the positions. Put the values there, into an array of zeros, and return that."""
    return _right(gaps)


@exercise.mistake("beyond the end put on the last place")
def _(values, gaps, shape):
    """An entry beyond the end is put on the last place. Then a damaged file looks like a good one. Raise ValueError."""
    dense, where = np.zeros(int(np.prod(shape)), values.dtype), _right(gaps)
    dense[np.minimum(where, dense.size - 1)] = values
    return dense.reshape(shape)


@exercise.mistake("another exception")
def _(values, gaps, shape):
    """Where the gaps lead beyond the end, this raises Exception. Asked for is ValueError, so that whoever reads a file
    can tell it from other errors."""
    try:
        return sparse.from_relative(values, gaps, shape)
    except ValueError as error:
        raise Exception(str(error)) from None


@exercise.mistake("an assertion")
def _(values, gaps, shape):
    """Where the gaps lead beyond the end, an assertion fails. Python can be told to skip those. Raise ValueError."""
    where = _right(gaps)
    assert not len(where) or where[-1] < np.prod(shape)
    return _placed(values, where, shape)


@exercise.mistake("nothing returned beyond the end")
def _(values, gaps, shape):
    """Where the gaps lead beyond the end, this returns None, and whoever called it goes on. Raise ValueError."""
    try:
        return sparse.from_relative(values, gaps, shape)
    except ValueError:
        return None


@exercise.mistake("positions of 16 bits with a sign")
def _(values, gaps, shape):
    """Positions are kept in int16, which ends at 32,767; the first layer has 235,200 of them. Use np.int64."""
    dense = np.zeros(int(np.prod(shape)), values.dtype)
    where = _right(gaps).astype(np.int16)
    if len(where) and where[-1] >= dense.size:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense.reshape(shape)


@exercise.mistake("steps of 16 bits")
def _(values, gaps, shape):
    """The gaps are converted to uint16 before 1 is added, where 65,535 + 1 is 0. Convert to np.int64."""
    return _placed(values, (np.cumsum(gaps.astype(np.uint16) + np.uint16(1)) - 1).astype(np.int64), shape)


@exercise.mistake("positions of half precision")
def _(values, gaps, shape):
    """The sum goes through float16, which cannot tell 2,049 from 2,048. Sum whole numbers, in np.int64."""
    return _placed(values, np.cumsum(gaps.astype(np.float16) + 1).astype(np.int64) - 1, shape)


@exercise.mistake("room that is not cleared")
def _(values, gaps, shape):
    """Where no entry stands is something else than 0. Begin with np.zeros."""
    where = _right(gaps)
    dense = np.ones(int(np.prod(shape)), values.dtype)
    if len(where) and where[-1] >= dense.size:
        raise ValueError("beyond the end")
    dense[where] = values
    return dense.reshape(shape)


@exercise.mistake("magnitudes")
def _(values, gaps, shape):
    """The values have lost their signs. Put them in as they are."""
    return _placed(np.abs(values), _right(gaps), shape)


@exercise.mistake("rounded values")
def _(values, gaps, shape):
    """The values are rounded. They have to come back to the last bit: put them in as they are."""
    return _placed(np.round(values, 6), _right(gaps), shape)


@exercise.mistake("values that went through float32")
def _(values, gaps, shape):
    """The values went through float32, which has fewer digits than they have. Put them in as they are."""
    return _placed(values.astype(np.float32), _right(gaps), shape, values.dtype)


@exercise.mistake("one row alone")
def _(values, gaps, shape):
    """Only the first number of `shape` is used. The array has all of them: np.zeros(shape, values.dtype)."""
    return _placed(values, _right(gaps), shape[:1])


@exercise.mistake("a dimension too many")
def _(values, gaps, shape):
    """The array has a dimension too many. Its shape is `shape`."""
    return _placed(values, _right(gaps), shape)[:, None]


def _tried(values, gaps, shape, beyond, where=None):
    """The solution with another test of what lies beyond the end, or with other positions."""
    where = _right(gaps) if where is None else where
    dense = np.zeros(shape, values.dtype)
    if len(where) and beyond(where, dense.size):
        raise ValueError("beyond the end")
    dense.flat[where] = values
    return dense


@exercise.mistake("one too far, in a longer array")
def _(values, gaps, shape):
    """Every entry stands one place too far, and the last place may fall off. The first position is 0: an entry with gap
    0 at the beginning stands there, so take 1 away in the end."""
    where, size = _right(gaps) + 1, int(np.prod(shape))
    if len(where) and where[-1] > size:
        raise ValueError("beyond the end")
    return _placed(values, where, (size + 1,))[:size].reshape(shape)


@exercise.mistake("the last entry left out")
def _(values, gaps, shape):
    """The last entry is missing. Nothing is cut off at the end: all of `values` go to all of the positions."""
    where = _right(gaps)
    if len(where) and where[-1] >= np.prod(shape):
        raise ValueError("beyond the end")
    return _placed(values[:-1], where[:-1], shape)


@exercise.mistake("return inside the loop")
def _(values, gaps, shape):
    """Only the first entry is put in. The `return` stands inside the loop: move it behind the loop."""
    return _placed(values[:1], _right(gaps[:1]), shape)


@exercise.mistake("written into a copy")
def _(values, gaps, shape):
    """All of it is 0. The values were written into a copy: flatten() always makes one, and the array itself stays as it
    was. Use dense.flat[where] = values, or fill the long row and reshape it at the end."""
    _tried(values, gaps, shape, lambda where, size: where[-1] >= size)
    return np.zeros(shape, values.dtype)


@exercise.mistake("an error unless the entries reach the end")
def _(values, gaps, shape):
    """It raises ValueError where nothing is wrong. Zeros may come after the last entry; only a position of `size` or
    more is beyond the end."""
    return _tried(values, gaps, shape, lambda where, size: where[-1] != size - 1)


@exercise.mistake("fillers beyond the end allowed")
def _(values, gaps, shape):
    """A filler beyond the end is let through: only entries whose value is not 0 are looked at. A filler is an entry,
    and such a file is damaged. Look at the position of the last entry, whatever its value."""
    where, real = _right(gaps), values != 0
    if (where[real] >= np.prod(shape)).any():
        raise ValueError("beyond the end")
    return _placed(values[real], where[real], shape)


@exercise.mistake("compared with the number of rows")
def _(values, gaps, shape):
    """It raises ValueError where nothing is wrong: the position is compared with shape[0], the number of rows.
    Positions count through all rows. Compare with the number of all elements, dense.size."""
    return _tried(values, gaps, shape, lambda where, size: where[-1] >= shape[0])


@exercise.mistake("the test summed in the dtype of the gaps")
def _(values, gaps, shape):
    """The sum that is compared with the size is worked out in the dtype of the gaps, or forgets a place: entries beyond
    the end are let through. The last position is the sum of all gaps plus their number minus 1, in np.int64."""
    with np.errstate(over="ignore"):
        total = gaps.sum(dtype=gaps.dtype) + len(gaps)
    return _tried(values, gaps, shape, lambda where, size: total > size)


@exercise.mistake("only the first position tested")
def _(values, gaps, shape):
    """Only the first position is compared with the size. Positions grow, so that the last one is the farthest:
    where[-1]."""
    return _tried(values, gaps, shape, lambda where, size: where[0] >= size)


@exercise.mistake("the sum of the gaps tested")
def _(values, gaps, shape):
    """The sum of the gaps is compared with the size. The entries take a place each as well, so that the last one stands
    farther than that: compare where[-1]."""
    return _tried(values, gaps, shape, lambda where, size: int(gaps.sum()) > size)


@exercise.mistake("the sum of the gaps tested with >=")
def _(values, gaps, shape):
    """The sum of the gaps alone is compared with the size, with >=. The entries take a place each as well, so that the
    last one stands farther than that: compare where[-1]."""
    return _tried(values, gaps, shape, lambda where, size: int(gaps.sum()) >= size)


@exercise.mistake("single gaps tested")
def _(values, gaps, shape):
    """Each gap by itself is compared with the size. What can lie beyond the end is a position, the sum of all steps up
    to it: compare where[-1]."""
    return _tried(values, gaps, shape, lambda where, size: gaps.max() >= size)


@exercise.mistake("values sorted")
def _(values, gaps, shape):
    """The values are sorted. values[k] belongs to gaps[k]: leave their order."""
    return _placed(np.sort(values), _right(gaps), shape)


@exercise.mistake("the paper's distances")
def _(values, gaps, shape):
    """The gaps are summed up as distances, as the paper counts them. Here a gap counts the zeros in between, so that
    every step is gap + 1: np.cumsum(gaps.astype(np.int64) + 1) - 1."""
    return _tried(values, gaps, shape, lambda where, size: where[-1] >= size, np.cumsum(gaps.astype(np.int64)) - 1)


@exercise.mistake("a whole number added to uint64")
def _(values, gaps, shape):
    """Gaps of uint64 plus an int64 give floats, which cannot be used as an index, and the error is taken for a damaged
    file. Convert first: gaps.astype(np.int64)."""
    dense = np.zeros(shape, values.dtype)
    try:
        dense.reshape(-1)[np.cumsum(np.int64(1) + gaps) - 1] = values
    except IndexError as error:
        raise ValueError("beyond the end") from error
    return dense
