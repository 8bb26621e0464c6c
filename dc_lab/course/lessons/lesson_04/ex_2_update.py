"""04.2 Move the centroids."""

import numpy as np

from dc_lab import sharing
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_04.common import CODES, WEIGHTS


def update(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    counts = np.bincount(codes.ravel(), minlength=len(codebook))
    sums = np.bincount(codes.ravel(), values.ravel(), minlength=len(codebook))
    return np.where(counts > 0, sums / np.maximum(counts, 1), codebook)


def _draw_update(rng):
    codebook = np.sort(rng.choice(np.arange(-12, 13), int(rng.integers(2, 6)), replace=False)) / 4
    values = rng.integers(-16, 17, ((5,), (3, 3))[int(rng.integers(2))]) / 4
    return values, sharing.encode(values, codebook), codebook


CASES = [
    (np.array([4.0]), np.array([0]), np.array([1.0])),
    (np.array([1.0, 2.0, 6.0]), np.array([0, 0, 0]), np.array([3.0])),
    (np.array([1.0, 2.0]), np.array([0, 0]), np.array([1.0, 9.0])),
    (np.array([8.0, 10.0]), np.array([1, 1]), np.array([-2.0, 7.0])),
    (np.array([1.0, 2.0, 9.0, 9.5]), np.array([0, 0, 2, 2]), np.array([1.0, 5.0, 9.0])),
    (np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[1, 1], [1, 1]]), np.array([-1.0, 0.0, 1.0])),
    (np.array([-1.0, -0.5, 0.5, 1.0, 3.0]), np.array([0, 0, 1, 1, 2]), np.array([-1.0, 1.0, 2.0])),
    (np.array([[2.0, 4.0, 9.0]], np.float32), np.array([[0, 0, 1]], np.uint8), np.array([1.0, 2.0, 3.0], np.float32)),
]  # fmt: skip

exercise = Exercise(
    id="04.2",
    title="Move the centroids",
    minutes=10,
    stub='''
def update(values, codes, codebook):
    """New codebook, floats (k,): the mean of the values of each code; a centroid without values stays where it is."""
    raise NotImplementedError("your turn")
''',
    reference=update,
    shown=(WEIGHTS, CODES, np.linspace(-1.08, 2.12, 4)),
    cases=CASES,
    draw=_draw_update,
    hints=[
        "For each code you need two numbers: the sum of its values, and how many there are.",
        "np.bincount(codes.ravel(), minlength=k) counts; with a second argument, values.ravel(), it sums.",
        "np.where(counts > 0, sums / np.maximum(counts, 1), codebook) divides without 0 / 0 and keeps what is empty.",
    ],
    why="np.bincount walks over the codes once, whatever their number. A centroid without values stays in this "
    "version; dc_lab.sharing.kmeans puts it onto the value that lies farthest from its centroid, so that no code is "
    "wasted.",
)


@exercise.alternative
def _update_by_loops(values, codes, codebook):
    moved = codebook.astype(np.float64)
    for code in range(len(codebook)):
        if (codes == code).any():
            moved[code] = values[codes == code].mean()
    return moved


def _sums_and_counts(values, codes, codebook):
    flat = codes.ravel()
    return np.bincount(flat, values.ravel(), len(codebook)), np.bincount(flat, minlength=len(codebook))


@exercise.mistake("an empty cluster becomes NaN")
def _(values, codes, codebook):
    """A cluster without values gives 0 / 0, and NaN spreads into everything that is computed from it. Such a centroid
    stays where it was."""
    sums, counts = _sums_and_counts(values, codes, codebook)
    with np.errstate(all="ignore"):
        return np.asarray(sums / counts)


@exercise.mistake("an empty cluster jumps to 0")
def _(values, codes, codebook):
    """Dividing by max(count, 1) avoids 0 / 0 but leaves the sum, 0, as the centroid. Zero is no neutral value among
    weights. A centroid without values stays where it was: np.where(counts > 0, ...)."""
    sums, counts = _sums_and_counts(values, codes, codebook)
    return np.asarray(sums / np.maximum(counts, 1))


@exercise.mistake("cut off at the largest code")
def _(values, codes, codebook):
    """The result ends at the largest code that occurs, as np.bincount without minlength does, and range(codes.max() +
    1). Where the last clusters are empty it is too short: go by len(codebook). (What is empty in between is NaN
    besides.)"""
    with np.errstate(all="ignore"):
        return np.asarray(np.bincount(codes.ravel(), values.ravel()) / np.bincount(codes.ravel()))


@exercise.mistake("sums[codes] += values")
def _(values, codes, codebook):
    """With a repeated code, NumPy writes to that place several times and the last write wins: nothing adds up.
    np.bincount with the values as its second argument adds."""
    sums, counts = np.zeros(len(codebook)), np.zeros(len(codebook))
    sums[codes] += values
    counts[codes] += 1
    return np.where(counts > 0, sums / np.maximum(counts, 1), codebook)


@exercise.mistake("np.bincount of a matrix")
def _(values, codes, codebook):
    """np.bincount takes one dimension, and the weights of a layer have two or more. Flatten both arguments:
    codes.ravel(), values.ravel()."""
    counts = np.bincount(codes, minlength=len(codebook))
    sums = np.bincount(codes, values, minlength=len(codebook))
    return np.where(counts > 0, sums / np.maximum(counts, 1), codebook)


@exercise.mistake("empty clusters left out")
def _(values, codes, codebook):
    """The codebook has become shorter, so that the codes point to other entries than before. Keep one centroid a code;
    one without values stays where it was."""
    sums, counts = _sums_and_counts(values, codes, codebook)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def _each(function, values, codes, codebook):
    groups = [values[codes == code] for code in range(len(codebook))]
    return np.array([function(g) if g.size else c for g, c in zip(groups, codebook, strict=True)], np.float64)


exercise.mistake("the median", lambda values, codes, codebook: _each(np.median, values, codes, codebook)).says("""
    The sum of squared distances is smallest at the mean. The median makes the sum of |v - c| smallest, which is another
    algorithm (k-medians).""")


@exercise.mistake("the middle between smallest and largest")
def _(values, codes, codebook):
    """Half-way between the ends of the cluster, one far value pulls as much as all others together. The centroid moves
    to the mean of the values."""
    return _each(lambda group: (group.min() + group.max()) / 2, values, codes, codebook)


exercise.mistake("sums, not means", lambda values, codes, codebook: _each(np.sum, values, codes, codebook)).says("""
    The values of each cluster are summed, but not divided by how many they are.""")


@exercise.mistake("divided by the number of all values")
def _(values, codes, codebook):
    """Each sum is divided by the number of all values, so that the means come out too small. Divide by the number of
    values with that code."""
    return _each(lambda group: group.sum() / values.size, values, codes, codebook)


@exercise.mistake("a centroid for each value")
def _(values, codes, codebook):
    """You return the new centroid of each value. Asked for is the codebook: one number a code, shape (k,)."""
    return update(values, codes, codebook)[codes]


@exercise.mistake("the old codebook is overwritten")
def _(values, codes, codebook):
    """The numbers are right, but the codebook that was passed in changes too. Begin with a copy: codebook.copy()."""
    for code in range(len(codebook)):
        if (codes == code).any():
            codebook[code] = values[codes == code].mean()
    return codebook
