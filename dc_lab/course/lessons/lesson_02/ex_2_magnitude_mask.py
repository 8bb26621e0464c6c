"""02.2 A mask of an exact density."""

import numpy as np

from dc_lab import pruning
from dc_lab.course.exercises import Exercise


def magnitude_mask(weights, density):
    """True for the round(density * size) entries that are largest in magnitude."""
    keep = round(density * weights.size)
    largest_first = np.argsort(-np.abs(weights), axis=None, kind="stable")
    mask = np.zeros(weights.size, bool)
    mask[largest_first[:keep]] = True
    return mask.reshape(weights.shape)


TIES = np.array([[0.30, -0.05, 0.02, 0.80, -0.11], [-0.60, 0.10, 0.01, -0.04, 0.30]])
COLUMNS_FIRST = np.asfortranarray([[1.0, 3.0, 1.0, 2.0], [2.0, -3.0, 3.0, 1.0], [3.0, 1.0, 2.0, -3.0]])
CLOSE = np.array([[0.5, 0.5 + 1e-7, -0.5 - 2e-7], [0.5 - 1e-7, 0.5 + 3e-7, -0.5 + 2e-7]])
"""Magnitudes 1e-7 apart: rounded to six decimals they are equal."""
ULPS = (1 + 2.0**-23 * np.array([0, 3, 1, 2, 0, -2], np.float32)) * np.array([1, -1, 1, -1, -1, 1], np.float32)
"""Neighbours in float32: as float16 they are equal."""


ULPS_64 = (1 + 2.0**-52 * np.array([0, 3, 1, 2, 0, 4])) * np.array([1, -1, 1, -1, -1, 1])
"""Neighbours in float64: as float32, or with anything taken from them to settle ties, they are equal or reversed."""


def _density_accepted(case, expected, got):
    """What is wrong with a mask, in words; raises for what is no mask."""
    if not isinstance(got, np.ndarray) or got.dtype != np.bool_ or got.shape != expected.shape:
        raise TypeError("not a mask")
    weights = case[0]
    asked, found = np.count_nonzero(expected), np.count_nonzero(got)
    if np.array_equal(expected, got):
        return None
    if asked == 0 and found == weights.size:
        return "nothing is to be kept here, but all is (if places are counted from the end: [-0:] is everything)"
    if found != asked:
        return f"{found} {'is' if found == 1 else 'are'} kept, where round(density * weights.size) is {asked}"
    if np.array_equal(np.sort(np.abs(weights[got])), np.sort(np.abs(weights[expected]))):
        return "the right number, but among equal magnitudes it does not keep those first in reading order"
    return "the right number, but not those of the largest magnitude"


def _draw_density(rng):
    shape = tuple(rng.integers(2, 6, 2))
    weights = rng.normal(0, 0.3, shape)
    if rng.random() < 0.5:  # ties
        weights.flat[rng.integers(0, weights.size, 4)] = -weights.flat[0]
    return weights, float(rng.choice([0.0, 0.1, rng.random(), rng.random(), 0.5, 1.0]))


def _first_layer():
    """As large as ip1, float32, with many zeros and equal magnitudes at the cut."""
    weights = np.random.default_rng(0).normal(0, 0.08, (300, 784)).astype(np.float32).round(4)
    weights[np.abs(weights) < 0.04] = 0
    return weights, 0.8


CASES = [
    (np.array([[3.0]]), 0.0), (np.array([[3.0]]), 1.0), (np.array([0.5, -2.0]), 0.5),
    (np.array([[0.5, -2.0], [1.0, 0.25]]), 0.5), (np.array([1.0, -1.0, 1.0, 2.0]), 0.5), (np.zeros((2, 2)), 0.25),
    (np.zeros((2, 2)), 0.0), (np.zeros((2, 2)), 1.0), (np.full((1, 3), -1.0), 0.7),
    (np.array([4.0, 3.0, 2.0, 1.0, 5.0]), 0.5), (np.array([4.0, 3.0, 2.0]), 0.5),
    (np.array([[[2.0, -1.0], [0.5, -3.0]]]), 0.25), (np.arange(40).reshape(5, 8) * 7 % 3 - 1.0, 0.4),
    (CLOSE, 0.5), (CLOSE, 1 / 3), (ULPS, 0.5), (ULPS, 1 / 3), (np.array([0.0, -0.0, 1e-40, -1e-30]), 0.5),
    (np.array([0.5, -0.1, 0.1, -0.5000015]), 0.25), (ULPS_64, 0.5), (ULPS_64, 1 / 3),
    (np.array([0.0, 1e300, -0.5, 1e301, -1e300]), 0.2),
    (np.array([0.0, 1e-200, -1e-210, 2e-200, 0.0]), 0.2), (COLUMNS_FIRST, 1 / 6),
    (np.arange(200).reshape(10, 20) * 7 % 4 - 1.5, 0.3), (np.arange(100) * 37 % 11 - 5.0, 0.29),
    # 4e-12 apart, five places: a slope of 1e-12 turns them round, rounding to twelve digits does not.
    (np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.5 + 4e-12]), 1 / 6),
    (np.zeros((0, 4)), 0.5),
]  # fmt: skip

exercise = Exercise(
    id="02.2",
    title="A mask of an exact density",
    minutes=10,
    task="build",
    reference=pruning.magnitude_mask,
    solution=magnitude_mask,
    shown=(TIES, 0.4),
    cases=CASES,
    draw=_draw_density,
    accept=_density_accepted,
    dtypes=("float32",),
    large=_first_layer,
    large_is="a float32 array as large as the first layer, 300 x 784, of which 80 % stay",
    hints=[
        "A threshold cannot tell equal weights apart. Sort the places instead, and keep as many from the front as the "
        "density asks for.",
        "np.argsort sorts in rising order, so give it -np.abs(weights). With axis=None it sorts the whole array as one "
        'row; with kind="stable" equal ones stay in the order they had.',
        "Start with mask = np.zeros(weights.size, bool), set mask[order[:keep]] = True, and give it the shape of the "
        "weights at the end.",
    ],
    why="""Sorting places instead of comparing with a threshold makes the count exact. Equal magnitudes are common
    once weights are pruned (zeros), shared or rounded to float16. A stable sort keeps the first of equal ones, so that
    everybody gets the same mask.

    dc_lab's own version uses np.partition, which finds the magnitude at the cut without sorting all others, and then
    settles the ties. The masks are the same; at millions of weights it takes a fraction of the time.""",
)


def _order(weights):
    return np.argsort(-np.abs(weights), axis=None, kind="stable")


def _first_of(order, keep, weights):
    mask = np.zeros(weights.size, bool)
    mask[order[:keep]] = True
    return mask.reshape(weights.shape)


@exercise.alternative
def _density_by_sorting(weights, density):
    return _first_of(_order(weights), round(density * weights.size), weights)


@exercise.alternative
def _density_by_threshold_and_ties(weights, density):
    keep, flat = round(density * weights.size), np.abs(weights).ravel()
    if keep == 0:
        return np.zeros(weights.shape, bool)
    cut = np.partition(flat, flat.size - keep)[flat.size - keep]
    mask = flat > cut
    mask[np.flatnonzero(flat == cut)[: keep - np.count_nonzero(mask)]] = True
    return mask.reshape(weights.shape)


@exercise.alternative
def _density_by_python_sort(weights, density):
    flat = np.abs(weights).ravel().tolist()
    places = sorted(range(len(flat)), key=lambda place: -flat[place])
    mask = np.zeros(len(flat), bool)
    mask[places[: round(density * len(flat))]] = True
    return mask.reshape(weights.shape)


@exercise.alternative
def _density_by_lexsort(weights, density):
    flat = np.abs(weights).ravel()
    return _first_of(np.lexsort((np.arange(flat.size), -flat)), round(density * flat.size), weights)


def _kth(weights, density):
    keep = round(density * weights.size)
    return float(np.sort(np.abs(weights), axis=None)[::-1][keep - 1]) if keep else np.inf


exercise.mistake("all ties kept", lambda weights, density: np.abs(weights) >= _kth(weights, density)).says("""
    This finds the magnitude of the last weight to be kept, and keeps all that reach it: where several are equal, too
    many stay. Count instead of comparing: sort the places by magnitude and keep the first ones.""")
exercise.mistake("no ties kept", lambda weights, density: np.abs(weights) > _kth(weights, density)).says("""
    With > the weight at the cut goes, and everything equal to it: too few stay. Count instead of comparing: sort the
    places by magnitude and keep the first ones.""")


@exercise.mistake("all ties kept, and everything at density 0")
def _(weights, density):
    """This keeps all that reach the magnitude at the cut: where several are equal, too many stay. And at density 0, the
    place [-0] is the smallest of all, so that everything stays. Sort the places and take the first `keep` of them: that
    is right for 0, too."""
    return np.abs(weights) >= np.sort(np.abs(weights), axis=None)[-round(density * weights.size)]


@exercise.mistake("above the first one removed")
def _(weights, density):
    """This keeps what is larger than the first weight to go: everything equal to it goes too, and at density 1 there is
    no such weight. Sort the places and take the first `keep` of them."""
    return np.abs(weights) > np.sort(np.abs(weights), axis=None)[::-1][round(density * weights.size)]


@exercise.mistake("a quantile for a threshold")
def _(weights, density):
    """np.quantile gives a threshold between two weights, and >= keeps all that are equal to it: the count is right only
    where no magnitudes are equal. Sort the places and keep exactly as many as asked."""
    return np.abs(weights) >= np.quantile(np.abs(weights), 1 - density)


@exercise.mistake("a quantile for a threshold, with >")
def _(weights, density):
    """np.quantile gives a threshold, and > drops all that are equal to it; even at density 1 something is lost. Sort
    the places and keep exactly as many as asked."""
    return np.abs(weights) > np.quantile(np.abs(weights), 1 - density)


@exercise.mistake("an order that is not stable")
def _(weights, density):
    """Nearly. np.argsort and np.argpartition may put equal ones in any order. np.argsort with kind="stable" leaves them
    in the order they had, and so the first in reading order come first."""
    return _first_of(np.argsort(-np.abs(weights), axis=None), round(density * weights.size), weights)


@exercise.mistake("from the end of an order that is not stable")
def _(weights, density):
    """The count is right, but a turned order has equal ones turned as well. Sort -np.abs(weights) with kind="stable",
    and take them from the front."""
    return _first_of(np.argsort(np.abs(weights), axis=None)[::-1], round(density * weights.size), weights)


@exercise.mistake("the sign decides")
def _(weights, density):
    """This sorts the weights themselves, so that large negative ones go first. Sort by magnitude: np.abs(weights)."""
    order = np.argsort(-weights, axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("density taken for sparsity")
def _(weights, density):
    """As many are kept as should be removed. Density is the share that stays."""
    return _density_by_sorting(weights, 1 - density)


@exercise.mistake("the smallest kept")
def _(weights, density):
    """The count is right, but these are the smallest weights: argsort puts the smallest first. Sort -np.abs(weights),
    or take the places from the end."""
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("the mask upside down")
def _(weights, density):
    """True stands here for what is removed. A mask says what stays: True for kept."""
    return np.asarray(~_density_by_sorting(weights, density))


@exercise.mistake("the count cut off")
def _(weights, density):
    """int() cuts off what is behind the point: 0.7 x 3 is 2.1 and gives 2, but 0.3 x 9 is 2.7 and gives 2 as well.
    Asked for is round(density * weights.size)."""
    return _first_of(_order(weights), int(density * weights.size), weights)


@exercise.mistake("the count rounded up")
def _(weights, density):
    """The count is rounded up here. Asked for is round(density * weights.size), to the nearest."""
    return _first_of(_order(weights), int(np.ceil(density * weights.size)), weights)


@exercise.mistake("halves rounded up")
def _(weights, density):
    """Adding 0.5 and cutting off rounds 2.5 up to 3; Python's round goes to the even neighbour, 2. The text asks for
    round, so that two programs agree on the count."""
    return _first_of(_order(weights), int(density * weights.size + 0.5), weights)


@exercise.mistake("the slice [-0:]")
def _(weights, density):
    """At density 0 this keeps everything: order[-0:] is order[0:], the whole list. And among equal magnitudes the last
    ones stay, where the first are asked for. Sort -np.abs(weights), with kind="stable", and take [:keep]."""
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    mask = np.zeros(weights.size, bool)
    mask[order[-round(density * weights.size) :]] = True
    return mask.reshape(weights.shape)


@exercise.mistake("the slice [-0:], ties as asked")
def _(weights, density):
    """At density 0 this keeps everything: order[-0:] is order[0:], the whole list. Take the first places of an order
    that begins with the largest, [:keep]."""
    mask = np.zeros(weights.size, bool)
    mask[_order(weights)[::-1][-round(density * weights.size) :]] = True
    return mask.reshape(weights.shape)


@exercise.mistake("the last of equal ones")
def _(weights, density):
    """The count is right. Among equal magnitudes the last ones are kept here, and the text asks for the first in
    reading order. Sort -np.abs(weights) with kind="stable", and take them from the front."""
    order = np.argsort(np.abs(weights), axis=None, kind="stable")[::-1]
    return _first_of(order, round(density * weights.size), weights)


exercise.mistake("a flat mask", lambda weights, density: _density_by_sorting(weights, density).ravel()).says("""
    The mask is right but flat. Give it the shape of the weights: mask.reshape(weights.shape).""")


@exercise.mistake("row by row")
def _(weights, density):
    """Each row keeps its share here. Asked for are the largest of the whole array: sort all of them together, with
    axis=None."""
    if weights.ndim < 2:
        return _density_by_sorting(weights, density)
    return np.array([_density_by_sorting(row, density) for row in weights]).reshape(weights.shape)


@exercise.mistake("0 and 1 instead of False and True")
def _(weights, density):
    """The places are right, but the mask is made of integers. Start from np.zeros(weights.size, bool)."""
    return _density_by_sorting(weights, density).astype(int)


@exercise.mistake("0.0 and 1.0 instead of False and True")
def _(weights, density):
    """The places are right, but the mask is made of floats. Start from np.zeros(weights.size, bool): without the bool,
    np.zeros makes floats."""
    return _density_by_sorting(weights, density).astype(float)


@exercise.mistake("the pruned weights, not the mask")
def _(weights, density):
    """These are the weights with zeros put in. Asked for is the mask alone, an array of True and False."""
    return np.where(_density_by_sorting(weights, density), weights, 0)


@exercise.mistake("a share of the largest magnitude")
def _(weights, density):
    """This makes the density a threshold, a share of the largest magnitude. Density is a share of the *number* of
    weights: count how many stay."""
    return np.abs(weights) >= (1 - density) * np.abs(weights).max(initial=0)


@exercise.mistake("rounded magnitudes")
def _(weights, density):
    """The magnitudes are rounded before they are compared, so that weights which differ a little count as equal. Sort
    them as they are."""
    order = np.argsort(-np.abs(weights).round(6), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("magnitudes in float16")
def _(weights, density):
    """The magnitudes are turned into float16 on the way. Many weights that differ are equal then. Leave it alone."""
    with np.errstate(over="ignore"):
        order = np.argsort(-np.abs(weights).astype(np.float16), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("reading order of the memory")
def _(weights, density):
    """The order of ties is taken from memory, where an array in Fortran order has its columns first. ravel() and
    axis=None read row by row whatever the memory looks like."""
    flat = weights.ravel(order="K")
    mask = _first_of(np.argsort(-np.abs(flat), kind="stable"), round(density * flat.size), flat)
    return mask.reshape(weights.shape, order="F" if np.isfortran(weights) else "C")


@exercise.mistake("reading order of the memory, put back row by row")
def _(weights, density):
    """ravel(order="K") reads an array as it lies in memory, where one in Fortran order has its columns first, and
    reshape() puts the mask back row by row: True then stands in other places. Plain ravel() reads row by row whatever
    the memory looks like."""
    flat = weights.ravel(order="K")
    return _first_of(np.argsort(-np.abs(flat), kind="stable"), round(density * flat.size), flat).reshape(weights.shape)


@exercise.mistake("magnitudes in float32")
def _(weights, density):
    """The magnitudes are turned into float32 on the way, and float64 weights that differ a little are equal then. Sort
    them in the dtype they have."""
    with np.errstate(over="ignore"):
        order = np.argsort(-np.abs(weights.astype(np.float32)), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("squares instead of magnitudes")
def _(weights, density):
    """Squares are compared here. That is the same order on paper, but the square of a very small number is 0 and that
    of a very large one infinite: weights that differ are equal then. Compare np.abs(weights)."""
    with np.errstate(over="ignore"):
        order = np.argsort(-(weights**2), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("a slope against ties")
def _(weights, density):
    """Something small that grows with the place is taken from each magnitude, so that the first of equal ones is the
    largest. It also turns round weights that are nearly equal. Leave the magnitudes alone: kind="stable" settles
    ties."""
    size = np.abs(weights).ravel().astype(np.float64) - 1e-6 * np.arange(weights.size)
    return _first_of(np.argsort(-size, kind="stable"), round(density * weights.size), weights)


@exercise.mistake("a smaller slope against ties")
def _(weights, density):
    """Something tiny that grows with the place is taken from each magnitude, so that the first of equal ones is the
    largest. It also turns round neighbours in float64. Leave the magnitudes alone: kind="stable" settles ties."""
    size = np.abs(weights).ravel().astype(np.float64) - 1e-12 * np.arange(weights.size)
    return _first_of(np.argsort(-size, kind="stable"), round(density * weights.size), weights)


@exercise.mistake("zeros are never kept")
def _(weights, density):
    """Weights that are 0 are left out of the mask, so that too few stay where there are many zeros. The count comes
    first: round(density * weights.size) entries are True, zeros among them if it takes that."""
    return _density_by_sorting(weights, density) & (weights != 0)


@exercise.mistake("a list")
def _(weights, density):
    """The places are right, but this is a list. A mask is a NumPy array of True and False: leave out tolist()."""
    return _density_by_sorting(weights, density).tolist()


@exercise.mistake("one weight too many")
def _(weights, density):
    """One more is kept than asked for, as with [: keep + 1]. The slice [:keep] has exactly `keep` places."""
    return _first_of(_order(weights), round(density * weights.size) + 1, weights)


@exercise.mistake("magnitudes rounded to twelve digits")
def _(weights, density):
    """The magnitudes are rounded to twelve digits before they are compared. Neighbours in float64 are closer than that,
    and count as equal then. Sort them as they are."""
    order = np.argsort(-np.abs(weights).round(12), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


@exercise.mistake("above the first one removed, and all at density 1")
def _(weights, density):
    """Only what is larger than the first weight to go is kept. Everything equal to it goes as well, and too few stay:
    sort the places and take the first `keep` of them."""
    keep = round(density * weights.size)
    if keep == weights.size:
        return np.ones(weights.shape, bool)
    return np.abs(weights) > np.sort(np.abs(weights), axis=None)[::-1][keep]


@exercise.mistake("columns first")
def _(weights, density):
    """Among equal magnitudes the first *down the columns* are kept: order="F" reads so. Reading order is row by row,
    what ravel() gives by itself."""
    flat = weights.ravel(order="F")
    mask = _first_of(np.argsort(-np.abs(flat), kind="stable"), round(density * flat.size), flat)
    return mask.reshape(weights.shape, order="F")


@exercise.mistake("the mask put back in columns")
def _(weights, density):
    """The right places of the row are marked, but the row is put back column by column: reshape(weights.shape[::-1]).T
    does that. mask.reshape(weights.shape) goes row by row, as ravel() did."""
    return _density_by_sorting(weights, density).reshape(weights.shape[::-1]).T


@exercise.mistake("one weight at least")
def _(weights, density):
    """One weight stays even where round(density * weights.size) is 0. Then nothing is to stay: leave out
    max(1, ...)."""
    return _first_of(_order(weights), max(1, round(density * weights.size)), weights)


@exercise.mistake("over the largest magnitude")
def _(weights, density):
    """Everything is divided by the largest magnitude first. An empty array has no largest one, and the order is the
    same without the division: leave it out."""
    with np.errstate(all="ignore"):
        return _first_of(_order(weights / np.abs(weights).max()), round(density * weights.size), weights)
