"""04.1 The nearest centroid."""

import numpy as np

from dc_lab import sharing
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_04.common import CENTROIDS, WEIGHTS


def _draw_encode(rng):
    # Quarters: a tie is one to the last bit.
    codebook = np.sort(rng.choice(np.arange(-8, 9), int(rng.integers(1, 6)), replace=False)) / 4
    shape = ((4,), (3, 2), (2, 2, 2))[int(rng.integers(3))]
    return rng.integers(-12, 13, shape) / 4, codebook


CASES = [
    (np.array([0.5]), np.array([0.0, 1.0])), (np.array([-0.5, 0.5, 1.5]), np.array([-1.0, 0.0, 1.0, 2.0])),
    (np.array([-9.0, 9.0]), np.array([-1.0, 0.0, 2.0])), (np.array([3.0, -1.0]), np.array([0.25])),
    (np.array([0.75, -0.75], np.float32), np.array([-0.75, 0.75], np.float32)),
    (np.zeros((2, 2)), np.array([-1.0, 0.25])), (np.zeros((0, 3)), np.array([-1.0, 1.0])),
]  # fmt: skip

exercise = Exercise(
    id="04.1",
    title="The nearest centroid",
    minutes=10,
    stub='''
def encode(values, codebook):
    """Code of the centroid nearest to each value: integers, of the shape of `values`; the lower code on a tie."""
    raise NotImplementedError("your turn")
''',
    reference=sharing.encode,
    shown=(WEIGHTS, CENTROIDS),
    cases=CASES,
    draw=_draw_encode,
    hints=[
        "In one dimension the values of a cluster lie side by side. Where is the border between two neighbours?",
        "At the midpoint of the two centroids. A value's code is the number of midpoints below it.",
        "midpoints = (codebook[1:] + codebook[:-1]) / 2, then np.searchsorted(midpoints, values), which keeps the "
        "shape and puts a tie to the left.",
    ],
    why="The code of a value is the number of midpoints that lie below it. A binary search counts them in log2 k "
    "steps; no table of distances is made, which for 235,200 weights and 16 centroids would have 3.8 million entries.",
)


@exercise.alternative
def _first_least(values, codebook):
    return np.asarray(np.abs(values[..., None] - codebook).argmin(-1))


@exercise.alternative
def _encode_by_loops(values, codebook):
    codes = np.zeros(values.shape, np.int64)
    for place, value in np.ndenumerate(values):
        for code, centroid in enumerate(codebook):
            if abs(value - centroid) < abs(value - codebook[codes[place]]):
                codes[place] = code
    return codes


@exercise.mistake("ties go up")
def _(values, codebook):
    """A value half-way between two centroids takes the lower code here. In np.searchsorted that is side="left", which
    is also the default; argmin takes the first of equals."""
    return np.searchsorted((codebook[1:] + codebook[:-1]) / 2, values, side="right")


exercise.mistake("a search in the codebook itself", lambda values, codebook: np.searchsorted(codebook, values)).says("""
    np.searchsorted(codebook, values) gives the next centroid above, even where the one below is nearer, and one code
    too many beyond the last. Search among the midpoints between centroids.""")
exercise.mistake("np.digitize with the codebook", np.digitize).says("""
    The code is the number of centroids that are not above the value: too large by one wherever the value lies on or
    past its centroid. The borders are the midpoints between centroids, not the centroids.""")
exercise.mistake("no axis for the centroids", lambda values, codebook: np.argmin(np.abs(values - codebook))).says("""
    values - codebook pairs the first value with the first centroid, and so on, or does not fit at all. Every value
    meets every centroid in values[..., None] - codebook; argmin(-1) then chooses for each value.""")


@exercise.mistake("argmin over the values")
def _(values, codebook):
    """This finds the nearest value for each centroid. The centroids are the last axis of values[..., None] - codebook:
    argmin(-1)."""
    return np.asarray(np.abs(values[..., None] - codebook).argmin(0))


@exercise.mistake("made for one dimension")
def _(values, codebook):
    """It works on a row, but `values` may have any shape. values[..., None] - codebook has one more axis, the last one,
    for the centroids; argmin(-1) then gives back the shape of `values`."""
    return np.asarray(np.abs(values[:, None] - codebook).argmin(1))


@exercise.mistake("always the centroid above")
def _(values, codebook):
    """Each value gets the first centroid that is not below it, even where the one below is nearer. The border between
    two clusters is the midpoint of their centroids."""
    return np.minimum(np.searchsorted(codebook, values), len(codebook) - 1)


@exercise.mistake("always the centroid below")
def _(values, codebook):
    """Each value gets the last centroid that is not above it, as if it were cut off, not rounded. The border between
    two clusters is the midpoint of their centroids."""
    return np.maximum(np.searchsorted(codebook, values, side="right") - 1, 0)


@exercise.mistake("centroids in place of codes")
def _(values, codebook):
    """You return the shared values. Asked for are their codes, the places in the codebook: only these are small numbers
    that take few bits. codebook[codes] gives the values afterwards."""
    return codebook[_first_least(values, codebook)]


exercise.mistake("the shape is lost", lambda values, codebook: _first_least(values, codebook).ravel()).says("""
    The codes are right, but lie in one row. Return them in the shape of `values`.""")


@exercise.mistake("nearest in magnitude")
def _(values, codebook):
    """Pruning goes by magnitude; here -1 and 1 are far apart. Compare the values with their signs: |v - c|."""
    return np.asarray(np.abs(np.abs(values[..., None]) - np.abs(codebook)).argmin(-1))


@exercise.mistake("no magnitude around the difference")
def _(values, codebook):
    """The smallest v - c is the most negative one, so the largest centroid always wins. The distance is |v - c|."""
    return np.asarray((values[..., None] - codebook).argmin(-1))


@exercise.mistake("no magnitude around the difference, turned round")
def _(values, codebook):
    """The smallest c - v is the most negative one, so the smallest centroid always wins. The distance is |v - c|."""
    return np.asarray((codebook - values[..., None]).argmin(-1))


exercise.mistake("codes as floats", lambda values, codebook: _first_least(values, codebook).astype(np.float64)).says("""
    The numbers are right, but they are floats. A code is an index, so it must be an integer: a float takes as many
    bytes as the weight did, and codebook[codes] fails.""")
