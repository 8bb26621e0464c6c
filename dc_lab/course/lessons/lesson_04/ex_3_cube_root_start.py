"""04.3 A start between linear and quantiles."""

import itertools

import numpy as np

from dc_lab.course.exercises import Exercise


def cube_root_start(values, clusters):
    """Centroids spaced by the cube root of the density, float64 (clusters,)."""
    ordered = np.sort(values).astype(np.float64)
    steps = np.diff(ordered) ** (2 / 3)
    axis = np.concatenate([[0], np.cumsum(steps)])
    places = (np.arange(clusters) + 0.5) / clusters * axis[-1]
    return np.interp(places, axis, ordered)


SIX = np.array([-1.0, 0.0, 0.125, 0.25, 0.375, 1.375])
"""Gaps of 1 and 1/8, whose powers 2/3 are 1 and 1/4."""


def _draw(rng):
    count = int(rng.integers(3, 30))
    values = rng.normal(rng.choice([-1.0, 0.0, 1.0]), 0.3, count)
    if rng.random() < 0.4:
        values[1] = values[0]  # the same value twice
    return values, int(rng.integers(1, 9))


def _first_layer():
    return np.random.default_rng(0).normal(0, 0.08, 235_200).astype(np.float32), 64


CASES = [
    (np.array([0.0, 1.0]), 1),
    (np.array([0.0, 1.0]), 4),
    (np.array([3.0, 1.0]), 2),
    (np.array([0.0, 1.0, 9.0]), 3),
    (np.array([0.0, 0.125, 0.25, 8.25]), 2),
    (np.array([2.0, -1.0, -1.0, -1.0, 0.0]), 5),
    (np.array([-5.0, -4.0, -4.0]), 2),
    (np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), 3),
    (SIX, 1),
    (SIX, 5),
    (SIX, 16),
    (np.array([1e-9, 3e-9, -2e-9, 8e-9]), 3),
    (np.array([100.0001, 100.0002, 100.0004, 100.0]), 4),
    (np.array([0.5, -0.25, 0.125, 4.0], np.float32), 3),
    (np.array([-0.7, -0.3, 0.0, 0.31, 0.0, 0.75]), 256),
    (np.linspace(-1, 1, 50) ** 3, 8),
]

exercise = Exercise(
    id="04.3",
    title="A start between linear and quantiles",
    minutes=10,
    task="build",
    reference=cube_root_start,
    shown=(SIX, 3),
    cases=CASES,
    draw=_draw,
    draws=10,
    dtype="exact",
    tolerance=1e-10,
    dtypes=("float32",),
    large=_first_layer,
    large_is="as many float32 values as the first layer has weights, 235,200",
    hints=[
        "Four steps: sort, the gaps between neighbours (np.diff), the axis (np.cumsum of the gaps to the power 2/3, "
        "with a 0 in front), and the values at which the axis passes evenly spaced places.",
        "The places are the middles of k equal parts of the axis: (np.arange(k) + 0.5) / k, times its whole length.",
        "np.interp(places, axis, ordered) reads off the values. Make the sorted values float64 before you take gaps.",
    ],
    why="""Between two neighbours the density is about 1 / gap, up to a factor. Its cube root, times the width of the
    gap, is gap^(2/3): so much longer does the axis get there. Panter and Dite (1951) showed that with many values the
    squared error is least if these are evenly spaced on that axis.

    dc_lab's own version counts equal values, where this one lets them pass as gaps of 0.""",
)


@exercise.alternative
def _by_loops(values, clusters):
    ordered = sorted(float(value) for value in values)
    axis = [0.0]
    for low, high in itertools.pairwise(ordered):
        axis.append(axis[-1] + (high - low) ** (2 / 3))
    found, at = [], 0
    for i in range(clusters):
        place = (i + 0.5) / clusters * axis[-1]
        while axis[at + 1] < place:
            at += 1
        share = (place - axis[at]) / (axis[at + 1] - axis[at])
        found.append(ordered[at] + share * (ordered[at + 1] - ordered[at]))
    return np.array(found)


@exercise.alternative
def _distinct_first(values, clusters):
    ordered = np.unique(values.astype(float))
    axis = np.r_[0.0, np.cbrt(np.diff(ordered)) ** 2].cumsum()
    return np.interp(np.linspace(0, axis[-1], 2 * clusters + 1)[1::2], axis, ordered)


@exercise.alternative
def _cubes(values, clusters):
    wide = np.sort(np.float64(values))
    gaps = wide[1:] - wide[:-1]
    density = 1 / np.where(gaps > 0, gaps, 1)
    axis = np.append(0, np.cumsum(np.where(gaps > 0, density ** (1 / 3) * gaps, 0)))
    return np.interp(axis[-1] * (2 * np.arange(clusters) + 1) / (2 * clusters), axis, wide)


def _start(values, clusters, power=2 / 3, places=None, prepare=lambda values: values):
    ordered = np.sort(prepare(values.astype(np.float64)))
    axis = np.concatenate([[0], np.cumsum(np.diff(ordered) ** power)])
    shares = (np.arange(clusters) + 0.5) / clusters if places is None else places(clusters)
    return np.interp(shares * axis[-1], axis, ordered)


exercise.mistake("the power 1/3", lambda values, clusters: _start(values, clusters, 1 / 3)).says("""
    The gaps are taken to the power 1/3. The cube root is that of the density, 1 / gap, and it goes over the whole width
    of the gap: gap^(-1/3) times gap is gap^(2/3).""")


def _without_the_gap(values, clusters):
    with np.errstate(all="ignore"):
        return _start(values, clusters, -1 / 3)


exercise.mistake("the power -1/3", _without_the_gap).says("""
    You add up gap^(-1/3), the cube root of the density alone. The axis grows by it for the whole width of the gap:
    times the gap, which makes gap^(2/3).""")
exercise.mistake("the power 3/2", lambda values, clusters: _start(values, clusters, 3 / 2)).says("""
    The power is upside down: 2/3, not 3/2. Wide gaps become even wider so.""")
exercise.mistake("the linear start", lambda values, clusters: _start(values, clusters, 1)).says("""
    Without the power the axis is that of the values themselves: these are the middles of k equal parts of the range, as
    in a linear start. Take the gaps to the power 2/3.""")
exercise.mistake("quantiles", lambda values, clusters: _start(values, clusters, 0)).says("""
    These are quantiles, as np.quantile gives them: every gap counts the same, however wide it is. Take the gaps to the
    power 2/3. (2 // 3 is 0.)""")
exercise.mistake(
    "from end to end", lambda values, clusters: _start(values, clusters, places=lambda k: np.linspace(0, 1, k))
).says("""
    The first and the last centroid stand on the smallest and the largest value. Asked for are the middles of k equal
    parts of the axis: (i + 0.5) / k of its length.""")
exercise.mistake(
    "the beginnings of the parts", lambda values, clusters: _start(values, clusters, places=lambda k: np.arange(k) / k)
).says("""
    These are the beginnings of k equal parts of the axis, the first on the smallest value. Asked for are their middles:
    (i + 0.5) / k of its length.""")
exercise.mistake(
    "the ends of the parts",
    lambda values, clusters: _start(values, clusters, places=lambda k: (np.arange(k) + 1) / k),
).says("""
    These are the ends of k equal parts of the axis, the last on the largest value. Asked for are their middles, (i +
    0.5) / k of its length.""")
exercise.mistake(
    "inner points", lambda values, clusters: _start(values, clusters, places=lambda k: np.linspace(0, 1, k + 2)[1:-1])
).says("""
    This cuts the axis into k + 1 parts and takes the points between them. Cut it into k parts and take the middle of
    each, (i + 0.5) / k of its length.""")


@exercise.mistake("not sorted")
def _(values, clusters):
    """The values are not sorted, so that a gap may be negative, and a negative number to the power 2/3 is NaN. Sort
    first: np.sort(values)."""
    with np.errstate(invalid="ignore"):
        axis = np.concatenate([[0], np.cumsum(np.diff(values.astype(np.float64)) ** (2 / 3))])
    return np.interp((np.arange(clusters) + 0.5) / clusters * axis[-1], axis, values)


@exercise.mistake("magnitudes")
def _(values, clusters):
    """The values have lost their signs. Negative weights need centroids of their own: sort the values as they are."""
    return _start(values, clusters, prepare=np.abs)


@exercise.mistake("zeros left out")
def _(values, clusters):
    """Values that are 0 are left out here. Whoever calls this function has left pruned weights out already; a value of
    0 counts like any other."""
    return _start(values, clusters, prepare=lambda values: values[values != 0])


@exercise.mistake("no 0 in front of the axis")
def _(values, clusters):
    """The axis begins with the first gap. Put a 0 in front of it, for the smallest value; then it has as many entries
    as there are values."""
    ordered = np.sort(values.astype(np.float64))
    axis = np.cumsum(np.diff(ordered) ** (2 / 3))
    return np.interp((np.arange(clusters) + 0.5) / clusters * axis[-1], axis, ordered[:-1])


@exercise.mistake("no 0 in front of the axis, and one value too many")
def _(values, clusters):
    """np.interp needs a value for each place, and the axis has one too few: put a 0 in front of it, for the smallest
    value."""
    ordered = np.sort(values.astype(np.float64))
    axis = np.cumsum(np.diff(ordered) ** (2 / 3))
    return np.interp((np.arange(clusters) + 0.5) / clusters * axis[-1], axis, ordered)


@exercise.mistake("no 0 in front of the axis, read at the upper ends")
def _(values, clusters):
    """The axis begins with the first gap, so that no centroid comes before the second value. Put a 0 in front of it,
    for the smallest value; then it has as many entries as there are values."""
    ordered = np.sort(values.astype(np.float64))
    axis = np.cumsum(np.diff(ordered) ** (2 / 3))
    return np.interp((np.arange(clusters) + 0.5) / clusters * axis[-1], axis, ordered[1:])


@exercise.mistake("no sum")
def _(values, clusters):
    """The gaps are not added up. The axis is their running sum, np.cumsum, beginning with 0."""
    ordered = np.sort(values.astype(np.float64))
    axis = np.concatenate([[0], np.diff(ordered) ** (2 / 3)])
    return np.interp((np.arange(clusters) + 0.5) / clusters * axis[-1], axis, ordered)


@exercise.mistake("a value, not between two")
def _(values, clusters):
    """Each centroid stands on one of the values. The place on the axis lies between two of them as a rule: np.interp
    reads off the value in between."""
    ordered = np.sort(values.astype(np.float64))
    axis = np.concatenate([[0], np.cumsum(np.diff(ordered) ** (2 / 3))])
    places = (np.arange(clusters) + 0.5) / clusters * axis[-1]
    return ordered[np.minimum(np.searchsorted(axis, places), len(ordered) - 1)]


@exercise.mistake("places on the axis in place of values")
def _(values, clusters):
    """You return places on the axis. np.interp(places, axis, ordered) reads off which values stand there."""
    ordered = np.sort(values.astype(np.float64))
    return (np.arange(clusters) + 0.5) / clusters * float((np.diff(ordered) ** (2 / 3)).sum())


@exercise.mistake("clusters taken for bits")
def _(values, clusters):
    """`clusters` is the number of centroids itself, not a number of bits."""
    return _start(values, 2 ** min(clusters, 10))


@exercise.mistake("gaps in float32")
def _(values, clusters):
    """The gaps of float32 values are float32, and so are their powers: the last digits are lost. Make the values
    float64 first."""
    ordered = np.sort(values)
    axis = np.concatenate([[0], np.cumsum(np.diff(ordered) ** (2 / 3))])
    return np.interp((np.arange(clusters) + 0.5) / clusters * axis[-1], axis, ordered)


@exercise.mistake("the dtype of the values")
def _(values, clusters):
    """The centroids have the dtype of the values. Asked for is float64, also where the values are float32."""
    return _start(values, clusters).astype(values.dtype)


exercise.mistake("rounded", lambda values, clusters: _start(values, clusters).round(3)).says("""
    The centroids are rounded. Return them as they are.""")
exercise.mistake("float32", lambda values, clusters: _start(values, clusters).astype(np.float32)).says("""
    The centroids are float32. Asked for is float64.""")
exercise.mistake("a list", lambda values, clusters: _start(values, clusters).tolist()).says("""
    This is a list. Asked for is an array, float64 (clusters,).""")


@exercise.mistake("sorted in place")
def _(values, clusters):
    """values.sort() sorts the caller's own array. Use np.sort(values), which makes a new one."""
    values.sort()
    return _start(values, clusters)


def _axis(ordered):
    return np.concatenate([[0], np.cumsum(np.diff(ordered) ** (2 / 3))])


def _middles(axis, clusters):
    return (np.arange(clusters) + 0.5) / clusters * axis[-1]


@exercise.mistake("gaps without their sign, not sorted")
def _(values, clusters):
    """The values are not sorted. The gaps are made positive with np.abs, but they are not those between neighbours:
    sort first, np.sort(values)."""
    wide = values.astype(np.float64)
    axis = np.concatenate([[0], np.cumsum(np.abs(np.diff(wide)) ** (2 / 3))])
    return np.interp(_middles(axis, clusters), axis, wide)


@exercise.mistake("values in float32")
def _(values, clusters):
    """The values are made float32, and the last digits are lost. Calculate in float64: values.astype(np.float64)."""
    ordered = np.sort(values.astype(np.float32))
    axis = _axis(ordered)
    return np.interp(_middles(axis, clusters), axis, ordered)


@exercise.mistake("the values in float32, the gaps in float64")
def _(values, clusters):
    """The values are made float32 at first, and the last digits are lost. Calculate in float64 from the beginning."""
    return _start(values.astype(np.float32), clusters)


@exercise.mistake("the nearest value, not between two")
def _(values, clusters):
    """Each centroid stands on the nearest of the values. The place on the axis lies between two of them as a rule:
    np.interp reads off the value in between."""
    ordered = np.sort(values.astype(np.float64))
    axis = _axis(ordered)
    middles = _middles(axis, clusters)
    above = np.clip(np.searchsorted(axis, middles), 1, len(axis) - 1)
    return ordered[np.where(middles - axis[above - 1] <= axis[above] - middles, above - 1, above)]


@exercise.mistake("an axis that begins at the smallest value")
def _(values, clusters):
    """The axis begins at the smallest value, and its middles are worked out as if it began at 0. Let it begin at 0."""
    ordered = np.sort(values.astype(np.float64))
    axis = ordered[0] + _axis(ordered)
    return np.interp(_middles(axis, clusters), axis, ordered)


@exercise.mistake("the power of the sum")
def _(values, clusters):
    """The power is taken of the sum of the gaps, np.cumsum(gaps) ** (2/3). Each gap is taken to the power 2/3 first;
    then they are added up."""
    ordered = np.sort(values.astype(np.float64))
    axis = np.concatenate([[0], np.cumsum(np.diff(ordered)) ** (2 / 3)])
    return np.interp(_middles(axis, clusters), axis, ordered)


@exercise.mistake("largest first")
def _(values, clusters):
    """The centroids are right, but fall from the largest to the smallest. Begin with the smallest."""
    return _start(values, clusters)[::-1].copy()
