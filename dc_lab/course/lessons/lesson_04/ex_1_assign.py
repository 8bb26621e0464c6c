"""04.1 The nearest centroid."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_04.common import CENTROIDS, WEIGHTS


def assign(values, codebook):
    """For each value the index of the nearest centroid; on a tie the lower one."""
    borders = (codebook[1:] + codebook[:-1]) / 2
    return np.searchsorted(borders, values).astype(np.uint8)


def _draw(rng):
    clusters = int(rng.integers(2, 9))
    codebook = np.sort(rng.normal(0, 0.3, clusters))
    values = rng.normal(0, 0.4, (int(rng.integers(2, 5)), int(rng.integers(2, 5))))
    # Some lie right beside a border, and some beside a centroid.
    borders = (codebook[1:] + codebook[:-1]) / 2
    values.flat[0] = borders[0] + rng.choice([-1e-7, 1e-7])
    values.flat[1] = borders[-1] + rng.choice([-1e-7, 1e-7])
    values.flat[2] = codebook[-1] + 1e-7
    return values, codebook


def _quarters(rng):
    """A tie is one to the last bit."""
    codebook = np.sort(rng.choice(np.arange(-8, 9), 4, replace=False)) / 4
    return rng.integers(-12, 13, (3, 4)) / 4, codebook


def _many(clusters):
    """A codebook so large that an index needs all eight bits, and every one of its values a little off."""
    codebook = np.linspace(-1, 1, clusters) ** 3
    return codebook[::-1] + 1e-6, codebook


def _first_layer():
    rng = np.random.default_rng(0)
    return rng.normal(0, 0.08, (300, 784)).astype(np.float32), np.linspace(-0.4, 0.4, 16)


def _accepted(case, expected, got):
    """What is wrong with the indices, in words; raises for what is no array of indices."""
    values, codebook = case
    if not isinstance(got, np.ndarray) or got.shape != expected.shape or got.dtype != np.uint8:
        raise TypeError("no indices")
    if np.array_equal(expected, got):
        return None
    place = tuple(int(i) for i in np.argwhere(expected != got)[0])
    value, right, found = values[place], int(expected[place]), int(got[place])
    if found >= len(codebook):
        return f"the value {value!s} at {list(place)} has index {found}, but the last one is {len(codebook) - 1}"
    shown, near, far = _told_apart(value, codebook[right], codebook[found])
    of = f"the value {shown} at {list(place)} has index {found}"
    if _turned_over(expected, got):
        return f"{of}, not {right}: the indices are right, but stand where `values.T` would have them"
    if abs(value - codebook[right]) == abs(value - codebook[found]):
        return f"{of}: {far} is as near as {near}, and then the lower index is asked for"
    if (got < len(codebook)).all():
        nearest, taken = np.abs(values - codebook[expected]), np.abs(values - codebook[got])
        if (taken - nearest <= 1e-5 * nearest).all():  # wherever it is wrong, it is so by a little
            closer = abs(abs(value - codebook[found]) - abs(value - codebook[right]))
            return f"{of}; index {right} is nearer, by {closer:.2g}: are distances rounded, or not float64?"
    return f"{of}, which is {far}; index {right} is nearer, {near}"


def _told_apart(*numbers):
    """Numbers as texts with as few digits as tell them apart; of float32, those of their type."""
    for digits in (6, 9, 12, 17):
        texts = [str(n) if isinstance(n, np.float32) else f"{n:.{digits}g}" for n in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts


def _turned_over(expected, got):
    """Whether the indices are right but were read, or written, column by column."""
    if expected.ndim < 2:
        return False
    columns = expected.T.reshape(expected.shape), expected.ravel().reshape(expected.shape[::-1]).T
    return any(np.array_equal(got, each) for each in columns)


CASES = [
    (np.array([0.25]), np.array([0.0, 1.0])),
    (np.array([0.5]), np.array([0.0, 1.0])),
    (np.array([-0.5, 0.5, 1.5]), np.array([-1.0, 0.0, 1.0, 2.0])),
    (np.array([-9.0, 9.0]), np.array([-1.0, 0.0, 2.0])),
    (np.array([3.0, -1.0]), np.array([0.25])),
    (np.array([0.0, 0.3, -0.2]), np.array([-0.25, 0.0, 0.5])),
    (np.array([0.75, -0.75], np.float32), np.array([-0.75, 0.75])),
    (np.zeros((2, 2)), np.array([-1.0, 0.25])),
    (np.array([1e-9, 4e-9, -3e-9, 2.4e-9]), np.array([-2e-9, 1e-9, 4e-9])),
    (np.array([1000.001, 1000.0024, 999.9999]), np.array([1000.0, 1000.002, 1000.003])),
    (1e4 + 1e-5 * np.arange(8), np.array([1e4, 1e4 + 3e-5, 1e4 + 6e-5])),
    (np.array([0.3, -0.3], np.float32), np.array([-0.1 - 2e-9, -0.1, 0.1, 0.1 + 2e-9])),
    (np.array([0.5, 0.25, -0.5], np.float32), np.array([2.0**-30 - 1, 0.0, 1 - 2.0**-30])),
    (np.array([0.3, -0.3]), np.array([-0.1 - 1e-13, -0.1, 0.1, 0.1 + 1e-13])),
    _quarters(np.random.default_rng(1)),
    _quarters(np.random.default_rng(2)),
    _many(200),
    _many(256),
    (np.zeros((0, 3)), np.array([-1.0, 1.0])),
]

exercise = Exercise(
    id="04.1",
    title="The nearest centroid",
    minutes=10,
    task="build",
    reference=assign,
    shown=(WEIGHTS, CENTROIDS),
    cases=CASES,
    draw=_draw,
    dtypes=("float32",),
    accept=_accepted,
    dtype="exact",
    large=_first_layer,
    large_is="a float32 array as large as the first layer, 300 x 784, and 16 centroids",
    hints=[
        "Two ways lead there. Work out the distance of each value to each centroid, and take the smallest. Or find the "
        "borders at which one cluster ends and the next one begins.",
        "For the first way, values[..., None] - codebook has one more axis, the last one, for the centroids. For the "
        "second, the border of two neighbours is their midpoint, and an index is the number of borders below a value.",
        "borders = (codebook[1:] + codebook[:-1]) / 2, and np.searchsorted(borders, values) keeps the shape and puts a "
        "tie to the left. The indices still have to become uint8.",
    ],
    why="""The index of a value is the number of borders that lie below it. A binary search counts them in log2 k steps.
    A table of all distances is right as well. For 235,200 weights and 16 centroids it has 3.8 million entries.""",
)


@exercise.alternative
def _table_of_distances(values, codebook):
    return np.abs(values[..., None] - codebook).argmin(-1).astype(np.uint8)


@exercise.alternative
def _squares(values, codebook):
    return np.asarray(np.argmin((np.expand_dims(values, -1) - codebook) ** 2, axis=-1), dtype="uint8")


@exercise.alternative
def _centroid_by_centroid(values, codebook):
    best, found = np.abs(values - codebook[0]), np.zeros(values.shape, np.uint8)
    for index in range(1, len(codebook)):
        distance = np.abs(values - codebook[index])
        nearer = distance < best
        found[nearer] = index
        best[nearer] = distance[nearer]
    return found


@exercise.alternative
def _digitize(values, codebook):
    return np.digitize(values, (codebook[:-1] + codebook[1:]) / 2, right=True).astype(np.uint8)


def _nearest(values, codebook):
    return np.abs(values[..., None] - codebook).argmin(-1)


@exercise.mistake("ties go up")
def _(values, codebook):
    """A value half-way between two centroids takes the lower index here. In np.searchsorted that is side="left", which
    is also the default; argmin takes the first of equals."""
    return np.searchsorted((codebook[1:] + codebook[:-1]) / 2, values, side="right").astype(np.uint8)


@exercise.mistake("a search in the codebook itself")
def _(values, codebook):
    """np.searchsorted(codebook, values) gives the next centroid above, even where the one below is nearer, and an index
    too many beyond the last. Search among the midpoints between centroids."""
    return np.searchsorted(codebook, values).astype(np.uint8)


@exercise.mistake("np.digitize with the codebook")
def _(values, codebook):
    """This is the number of centroids that are not above the value: too large by one wherever the value lies on or past
    its centroid. The borders are the midpoints between centroids, not the centroids."""
    return np.digitize(values, codebook).astype(np.uint8)


@exercise.mistake("no axis for the centroids")
def _(values, codebook):
    """values - codebook pairs the first value with the first centroid, and so on, or does not fit at all. Every value
    meets every centroid in values[..., None] - codebook; argmin(-1) then chooses for each value."""
    return np.argmin(np.abs(values - codebook)).astype(np.uint8)


@exercise.mistake("argmin over the values")
def _(values, codebook):
    """This finds the nearest value for each centroid. The centroids are the last axis of values[..., None] - codebook:
    argmin(-1)."""
    return np.abs(values[..., None] - codebook).argmin(0).astype(np.uint8)


@exercise.mistake("made for one dimension")
def _(values, codebook):
    """It works on a row, but `values` may have any shape. values[..., None] - codebook has one more axis, the last one,
    for the centroids; argmin(-1) then gives back the shape of `values`."""
    return np.abs(values[:, None] - codebook).argmin(1).astype(np.uint8)


@exercise.mistake("always the centroid above")
def _(values, codebook):
    """Each value gets the first centroid that is not below it, even where the one below is nearer. The border between
    two clusters is the midpoint of their centroids."""
    return np.minimum(np.searchsorted(codebook, values), len(codebook) - 1).astype(np.uint8)


@exercise.mistake("always the centroid below")
def _(values, codebook):
    """Each value gets the last centroid that is not above it, as if it were cut off, not rounded. The border between
    two clusters is the midpoint of their centroids."""
    return np.maximum(np.searchsorted(codebook, values, side="right") - 1, 0).astype(np.uint8)


@exercise.mistake("centroids in place of indices")
def _(values, codebook):
    """You return the shared values. Asked for are their indices, the places in the codebook: only these are small
    numbers that take few bits. codebook[indices] gives the values afterwards."""
    return codebook[_nearest(values, codebook)]


@exercise.mistake("the shape is lost")
def _(values, codebook):
    """The indices are right, but lie in one row. Return them in the shape of `values`."""
    return _nearest(values, codebook).ravel().astype(np.uint8)


@exercise.mistake("nearest in magnitude")
def _(values, codebook):
    """Pruning goes by magnitude; here -1 and 1 are far apart. Compare the values with their signs: |v - c|."""
    return np.abs(np.abs(values[..., None]) - np.abs(codebook)).argmin(-1).astype(np.uint8)


@exercise.mistake("no magnitude around the difference")
def _(values, codebook):
    """The smallest v - c is the most negative one, so the largest centroid always wins. The distance is |v - c|."""
    return (values[..., None] - codebook).argmin(-1).astype(np.uint8)


@exercise.mistake("no magnitude around the difference, turned round")
def _(values, codebook):
    """The smallest c - v is the most negative one, so the smallest centroid always wins. The distance is |v - c|."""
    return (codebook - values[..., None]).argmin(-1).astype(np.uint8)


@exercise.mistake("the farthest centroid")
def _(values, codebook):
    """This chooses the farthest centroid: argmin, not argmax, or < in place of >."""
    return np.abs(values[..., None] - codebook).argmax(-1).astype(np.uint8)


exercise.mistake("indices as int64", _nearest).says("""
    The indices are right, but they are int64, eight bytes each, more than the float32 weights that they stand for.
    Return them as uint8: .astype(np.uint8).""")


@exercise.mistake("indices as int8")
def _(values, codebook):
    """int8 ends at 127, and a codebook may have 256 entries: index 200 becomes -56, which is another centroid. uint8
    goes from 0 to 255."""
    return _nearest(values, codebook).astype(np.int8)


@exercise.mistake("indices as floats")
def _(values, codebook):
    """The numbers are right, but they are floats. An index must be an integer: codebook[indices] fails with floats. Use
    .astype(np.uint8)."""
    return _nearest(values, codebook).astype(np.float64)


exercise.mistake("a list", lambda values, codebook: _nearest(values, codebook).tolist()).says("""
    This is a list. Asked for is an array of dtype uint8 in the shape of `values`.""")


@exercise.mistake("counted from 1")
def _(values, codebook):
    """The indices are too large by one: those of a codebook of k entries go from 0 to k - 1."""
    return (_nearest(values, codebook) + 1).astype(np.uint8)


@exercise.mistake("distances in float32")
def _(values, codebook):
    """Distances that differ a little count as equal, and then the lower index wins though the other centroid is nearer.
    The codebook is float64, and so are the distances unless you round them, or make them float32 or float16."""
    return np.abs(values[..., None] - codebook).astype(np.float32).argmin(-1).astype(np.uint8)


@exercise.mistake("row by row")
def _(values, codebook):
    """A loop over `values` takes its rows, not its values, as soon as there are two dimensions. Go over values.ravel()
    and reshape at the end, or take values[..., None] - codebook."""
    return np.array([np.abs(value - codebook).argmin() for value in values]).astype(np.uint8)


@exercise.mistake("zeros left out")
def _(values, codebook):
    """The values that are 0 get another index than their nearest centroid's, or none at all. Zeros are pruned weights
    only where a layer is pruned, and whoever calls this function leaves them out. Here 0 is a value like any other."""
    return np.where(values == 0, 0, _nearest(values, codebook)).astype(np.uint8)


@exercise.mistake("by rank")
def _(values, codebook):
    """This cuts the sorted values into parts of equal size. How many values an index gets does not matter; each takes
    the centroid that is nearest."""
    ranks = np.argsort(np.argsort(values, axis=None, kind="stable"), kind="stable")
    return (ranks * len(codebook) // max(values.size, 1)).reshape(values.shape).astype(np.uint8)


@exercise.mistake("evenly spaced steps")
def _(values, codebook):
    """This takes the centroids for evenly spaced and divides by their step. They may stand anywhere: compare each value
    with the centroids themselves."""
    step = (codebook[-1] - codebook[0]) / max(len(codebook) - 1, 1) or 1.0
    return np.clip(np.rint((values - codebook[0]) / step), 0, len(codebook) - 1).astype(np.uint8)


def _first_step(values, codebook):
    """The first distance between centroids is taken for all of them. They may stand anywhere: compare each value with
    the centroids themselves."""
    step = codebook[1] - codebook[0] if len(codebook) > 1 else 1.0
    return np.clip(np.ceil((values - codebook[0]) / step - 0.5), 0, len(codebook) - 1).astype(np.uint8)


exercise.mistake("the first step for all", _first_step).says(_first_step.__doc__ or "")


@exercise.mistake("borders in float32")
def _(values, codebook):
    """The borders are rounded to float32, and a value right beside one falls on the wrong side. The codebook is
    float64: leave the midpoints as they are."""
    return np.searchsorted(((codebook[1:] + codebook[:-1]) / 2).astype(np.float32), values).astype(np.uint8)


@exercise.mistake("the square multiplied out")
def _(values, codebook):
    """(v - c)² is multiplied out, as c² - 2vc. Then large numbers are subtracted that nearly agree, and rounding
    swallows a small distance. Take v - c first."""
    return (codebook**2 - 2 * values.astype(np.float64)[..., None] * codebook).argmin(-1).astype(np.uint8)


@exercise.mistake("values rounded")
def _(values, codebook):
    """The values are rounded before they are compared. Weights may be far smaller than the last place that is kept:
    take them as they are."""
    borders = (codebook[1:] + codebook[:-1]) / 2
    return np.searchsorted(borders, np.round(values.astype(np.float64), 6)).astype(np.uint8)


@exercise.mistake("read column by column")
def _(values, codebook):
    """The values are read in the order in which memory holds them, and the indices are written row by row. Of an array
    in Fortran order these are two orders: values.ravel() reads row by row."""
    return _nearest(values.ravel("K"), codebook).reshape(values.shape).astype(np.uint8)


@exercise.mistake("the transpose")
def _(values, codebook):
    """The indices are those of values.T, put into the shape of `values`. Leave the order as it is."""
    return _nearest(values.T, codebook).reshape(values.shape).astype(np.uint8)


@exercise.mistake("a loop over the first axis")
def _(values, codebook):
    """The loop takes rows of `values`, not its values, as soon as there are two dimensions. Go over values.ravel() and
    reshape at the end, or take values[..., None] - codebook."""
    found = np.zeros(values.shape, np.uint8)
    for place in range(len(values)):
        found[place] = np.abs(codebook - values[place]).argmin()
    return found


@exercise.mistake("geometric middles as borders")
def _(values, codebook):
    """The border is the square root of the product of two centroids here. Half-way between them is half their sum."""
    below, above = codebook[:-1], codebook[1:]
    alike = below * above > 0
    middles = np.where(alike, np.sign(above) * np.sqrt(np.abs(below * above)), (below + above) / 2)
    return np.searchsorted(middles, values).astype(np.uint8)
