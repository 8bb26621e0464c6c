"""Exercises of lesson 02: thresholds, masks of an exact density, densities from a curve, masked steps, a schedule."""

import numpy as np

from dc_lab import pruning
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception

TITLE = "Pruning"

Point = tuple[str, float, float]
Points = list[Point]

# --- 02.1: a mask from a threshold -----------------------------------------------------------------------------------

FIVE_BY_FIVE = np.array(
    [
        [0.30, -0.05, 0.02, 0.80, -0.11],
        [-0.60, 0.10, 0.01, -0.04, 0.30],
        [0.07, -0.30, 0.90, 0.03, -0.02],
        [0.05, 0.40, -0.09, -0.70, 0.06],
        [-0.20, 0.08, 0.30, -0.01, 0.50],
    ]
)


def _threshold_by_comparing_both_sides(weights: np.ndarray, threshold: float) -> np.ndarray:
    return (weights >= threshold) | (weights <= -threshold)


def _threshold_by_loops(weights: np.ndarray, threshold: float) -> np.ndarray:
    mask = np.empty(weights.shape, bool)
    for place, weight in np.ndenumerate(weights):
        mask[place] = abs(weight) >= threshold
    return mask


def _threshold_strict(weights: np.ndarray, threshold: float) -> np.ndarray:
    return np.abs(weights) > threshold


def _threshold_signed(weights: np.ndarray, threshold: float) -> np.ndarray:
    return weights >= threshold


def _threshold_signed_strict(weights: np.ndarray, threshold: float) -> np.ndarray:
    return weights > threshold


def _threshold_removed(weights: np.ndarray, threshold: float) -> np.ndarray:
    return np.abs(weights) < threshold


def _threshold_removed_or_at(weights: np.ndarray, threshold: float) -> np.ndarray:
    return np.abs(weights) <= threshold


def _threshold_weights(weights: np.ndarray, threshold: float) -> np.ndarray:
    return np.where(np.abs(weights) >= threshold, weights, 0)


def _threshold_numbers(weights: np.ndarray, threshold: float) -> np.ndarray:
    return (np.abs(weights) >= threshold).astype(int)


def _threshold_floats(weights: np.ndarray, threshold: float) -> np.ndarray:
    return (np.abs(weights) >= threshold).astype(float)


def _threshold_of_largest(weights: np.ndarray, threshold: float) -> np.ndarray:
    return np.abs(weights) >= threshold * np.abs(weights).max(initial=0)


def _threshold_squared(weights: np.ndarray, threshold: float) -> np.ndarray:
    return weights**2 >= threshold


def _threshold_in_place(weights: np.ndarray, threshold: float) -> np.ndarray:
    mask = np.abs(weights) >= threshold
    weights[~mask] = 0
    return mask


def _threshold_list(weights: np.ndarray, threshold: float) -> np.ndarray:
    return weights[np.abs(weights) >= threshold]


def _threshold_pruned_in_place(weights: np.ndarray, threshold: float) -> np.ndarray:
    weights[np.abs(weights) < threshold] = 0
    return weights


def _threshold_places(weights: np.ndarray, threshold: float) -> tuple[np.ndarray, ...]:
    return np.where(np.abs(weights) >= threshold)


def _draw_threshold(rng: np.random.Generator) -> Case:
    shape = tuple(rng.integers(1, 6, 2))
    return rng.integers(-4, 5, shape) / 2, float(rng.choice([0.0, 0.5, 1.0, 1.5, 3.0]))


THRESHOLD = Exercise(
    id="02.1",
    title="A mask from a threshold",
    minutes=5,
    stub='''
def threshold_mask(weights, threshold):
    """True where a weight's magnitude is at least `threshold`."""
    raise NotImplementedError("your turn")
''',
    reference=pruning.threshold_mask,
    solution_text='''
def threshold_mask(weights, threshold):
    """True where a weight's magnitude is at least `threshold`."""
    return np.abs(weights) >= threshold
''',
    shown=(FIVE_BY_FIVE, 0.1),
    cases=[
        (np.array([[0.5]]), 0.5),
        (np.array([[-0.5]]), 0.5),
        (np.array([-2.0, 0.25, 1.0]), 1.0),
        (np.zeros((2, 2)), 0.0),
        (np.zeros((2, 2)), 0.5),
        (np.full((2, 3), -1.5), 1.0),
        (np.array([[[2.0, -1.0], [0.5, -3.0]]]), 2.0),
        (np.zeros((0, 4)), 0.5),
    ],
    draw=_draw_threshold,
    misconceptions=[
        Misconception(
            "> instead of >=",
            _threshold_strict,
            "A weight exactly at the threshold is removed here. The text keeps it: only those below go. "
            "Write >= instead of >.",
        ),
        Misconception(
            "the sign decides",
            _threshold_signed,
            "This compares the weight itself, so every negative weight is removed, however large. A weight of -3 "
            "changes the output as much as one of 3: compare its magnitude, np.abs(weights).",
        ),
        Misconception(
            "the sign decides, and > instead of >=",
            _threshold_signed_strict,
            "This compares the weight itself, so every negative weight is removed, however large; and a weight "
            "exactly at the threshold goes as well, where the text keeps it. Take the magnitude, and >=.",
        ),
        Misconception(
            "the mask upside down",
            _threshold_removed,
            "True stands here for what is removed. In this course a mask says what stays: True for kept.",
        ),
        Misconception(
            "the mask upside down, with the threshold in it",
            _threshold_removed_or_at,
            "True stands here for what is removed. A mask says what stays, and a weight exactly at the threshold stays "
            "too.",
        ),
        Misconception(
            "the pruned weights, not the mask",
            _threshold_weights,
            "These are the weights with zeros put in. Asked for is the mask alone, an array of True and False: "
            "it will be needed again at every training step.",
        ),
        Misconception(
            "the weights pruned in place, no mask",
            _threshold_pruned_in_place,
            "This prunes the weights that were passed in and returns them. Asked for is the mask, an array of True and "
            "False; the weights stay as they are.",
        ),
        Misconception(
            "places instead of a mask",
            _threshold_places,
            "np.where with one argument gives the row and column numbers of the places. Asked for is the mask itself: "
            "the comparison inside is all you need.",
        ),
        Misconception(
            "the weights that are left, as a list",
            _threshold_list,
            "weights[mask] gives the values that stay, but no longer where they stand. Return the mask itself, "
            "of the same shape as weights.",
        ),
        Misconception(
            "0 and 1 instead of False and True",
            _threshold_numbers,
            "The places are right, but the mask is made of integers. As an index, 0 and 1 mean the first two "
            "rows, not False and True. Leave the comparison as it is, without astype.",
        ),
        Misconception(
            "0.0 and 1.0 instead of False and True",
            _threshold_floats,
            "The places are right, but the mask is made of floats, which cannot be used as an index. Leave the "
            "comparison as it is: it is boolean already.",
        ),
        Misconception(
            "a share of the largest weight",
            _threshold_of_largest,
            "The threshold is taken here as a share of the largest magnitude. It is a magnitude itself: compare "
            "with it as it is.",
        ),
        Misconception(
            "squares without squaring the threshold",
            _threshold_squared,
            "Squaring does away with the sign, but then the threshold must be squared too. np.abs says it more "
            "plainly.",
        ),
        Misconception(
            "pruning in place",
            _threshold_in_place,
            "The mask is right, but the weights were set to 0 on the way. Whoever calls this may want to try "
            "another threshold: leave the weights alone.",
        ),
    ],
    alternatives=[_threshold_by_comparing_both_sides, _threshold_by_loops],
    hints=[
        "NumPy compares a whole array with a number at once, and gives an array of True and False.",
        "Take the magnitude first: np.abs(weights).",
        "One line: np.abs(weights), compared with threshold by >=.",
    ],
    why="""The comparison is the whole method: np.abs(weights) >= threshold is a boolean array of the same shape. The
    magnitude counts because a weight of -0.8 moves the output as far as one of 0.8. The paper's words are "all
    connections with weights below a threshold are removed", so that a weight at the threshold stays.""",
)

# --- 02.2: a mask of an exact density --------------------------------------------------------------------------------

TIES = FIVE_BY_FIVE[:2]


def _order(weights: np.ndarray) -> np.ndarray:
    return np.argsort(-np.abs(weights), axis=None, kind="stable")


def _first_of(order: np.ndarray, keep: int, weights: np.ndarray) -> np.ndarray:
    mask = np.zeros(weights.size, bool)
    mask[order[:keep]] = True
    return mask.reshape(weights.shape)


def _density_by_sorting(weights: np.ndarray, density: float) -> np.ndarray:
    return _first_of(_order(weights), round(density * weights.size), weights)


def _density_by_taking(weights: np.ndarray, density: float) -> np.ndarray:
    mask = np.zeros(weights.shape, bool)
    for _ in range(round(density * weights.size)):
        left = np.where(mask, -1.0, np.abs(weights))
        mask[np.unravel_index(np.argmax(left), weights.shape)] = True
    return mask


def _kth(weights: np.ndarray, density: float) -> float:
    keep = round(density * weights.size)
    return float(np.sort(np.abs(weights), axis=None)[::-1][keep - 1]) if keep else np.inf


def _density_all_ties(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) >= _kth(weights, density)


def _density_no_ties(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) > _kth(weights, density)


def _density_last_index(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) >= np.sort(np.abs(weights), axis=None)[-round(density * weights.size)]


def _density_next_index(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) > np.sort(np.abs(weights), axis=None)[::-1][round(density * weights.size)]


def _density_quantile(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) >= np.quantile(np.abs(weights), 1 - density)


def _density_quantile_strict(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) > np.quantile(np.abs(weights), 1 - density)


def _density_unstable(weights: np.ndarray, density: float) -> np.ndarray:
    return _first_of(np.argsort(-np.abs(weights), axis=None), round(density * weights.size), weights)


def _density_unstable_from_the_end(weights: np.ndarray, density: float) -> np.ndarray:
    return _first_of(np.argsort(np.abs(weights), axis=None)[::-1], round(density * weights.size), weights)


def _density_signed(weights: np.ndarray, density: float) -> np.ndarray:
    order = np.argsort(-weights, axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


def _density_as_sparsity(weights: np.ndarray, density: float) -> np.ndarray:
    return _density_by_sorting(weights, 1 - density)


def _density_smallest(weights: np.ndarray, density: float) -> np.ndarray:
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    return _first_of(order, round(density * weights.size), weights)


def _density_removed(weights: np.ndarray, density: float) -> np.ndarray:
    return np.asarray(~_density_by_sorting(weights, density))


def _density_cut(weights: np.ndarray, density: float) -> np.ndarray:
    return _first_of(_order(weights), int(density * weights.size), weights)


def _density_up(weights: np.ndarray, density: float) -> np.ndarray:
    return _first_of(_order(weights), int(np.ceil(density * weights.size)), weights)


def _density_half_up(weights: np.ndarray, density: float) -> np.ndarray:
    return _first_of(_order(weights), int(density * weights.size + 0.5), weights)


def _density_last_ties(weights: np.ndarray, density: float) -> np.ndarray:
    order = np.argsort(np.abs(weights), axis=None, kind="stable")[::-1]
    return _first_of(order, round(density * weights.size), weights)


def _density_minus_zero(weights: np.ndarray, density: float) -> np.ndarray:
    order = np.argsort(np.abs(weights), axis=None, kind="stable")
    mask = np.zeros(weights.size, bool)
    mask[order[-round(density * weights.size) :]] = True
    return mask.reshape(weights.shape)


def _density_minus_zero_first_ties(weights: np.ndarray, density: float) -> np.ndarray:
    mask = np.zeros(weights.size, bool)
    mask[_order(weights)[::-1][-round(density * weights.size) :]] = True
    return mask.reshape(weights.shape)


def _density_flat(weights: np.ndarray, density: float) -> np.ndarray:
    return _density_by_sorting(weights, density).ravel()


def _density_by_rows(weights: np.ndarray, density: float) -> np.ndarray:
    if weights.ndim < 2:
        return _density_by_sorting(weights, density)
    return np.array([_density_by_sorting(row, density) for row in weights]).reshape(weights.shape)


def _density_numbers(weights: np.ndarray, density: float) -> np.ndarray:
    return _density_by_sorting(weights, density).astype(int)


def _density_floats(weights: np.ndarray, density: float) -> np.ndarray:
    return _density_by_sorting(weights, density).astype(float)


def _density_weights(weights: np.ndarray, density: float) -> np.ndarray:
    return np.where(_density_by_sorting(weights, density), weights, 0)


def _density_of_range(weights: np.ndarray, density: float) -> np.ndarray:
    return np.abs(weights) >= (1 - density) * np.abs(weights).max(initial=0)


def _density_accepted(case: Case, expected: np.ndarray, got: np.ndarray) -> str | None:
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


def _draw_density(rng: np.random.Generator) -> Case:
    shape = tuple(rng.integers(1, 6, 2))
    return rng.integers(-5, 6, shape) / 2, float(rng.choice([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]))


DENSITY = Exercise(
    id="02.2",
    title="A mask of an exact density",
    minutes=15,
    stub='''
def magnitude_mask(weights, density):
    """True for the round(density * weights.size) entries that are largest in magnitude."""
    raise NotImplementedError("your turn")
''',
    reference=pruning.magnitude_mask,
    solution_text='''
def magnitude_mask(weights, density):
    """True for the round(density * weights.size) entries that are largest in magnitude."""
    keep = round(density * weights.size)
    largest_first = np.argsort(-np.abs(weights), axis=None, kind="stable")
    mask = np.zeros(weights.size, bool)
    mask[largest_first[:keep]] = True
    return mask.reshape(weights.shape)
''',
    shown=(TIES, 0.4),
    cases=[
        (np.array([[3.0]]), 0.0),
        (np.array([[3.0]]), 1.0),
        (np.array([0.5, -2.0]), 0.5),
        (np.array([[0.5, -2.0], [1.0, 0.25]]), 0.5),
        (np.array([1.0, -1.0, 1.0, 2.0]), 0.5),
        (np.zeros((2, 2)), 0.25),
        (np.zeros((2, 2)), 0.0),
        (np.zeros((2, 2)), 1.0),
        (np.full((1, 3), -1.0), 0.7),
        (np.array([4.0, 3.0, 2.0, 1.0, 5.0]), 0.5),
        (np.array([4.0, 3.0, 2.0]), 0.5),
        (np.array([[[2.0, -1.0], [0.5, -3.0]]]), 0.25),
        (np.arange(40).reshape(5, 8) * 7 % 3 - 1.0, 0.4),
        (np.zeros((0, 4)), 0.5),
    ],
    draw=_draw_density,
    accept=_density_accepted,
    misconceptions=[
        Misconception(
            "all ties kept",
            _density_all_ties,
            "This finds the magnitude of the last weight to be kept, and keeps all that reach it: where several are "
            "equal, too many stay. Count instead of comparing: sort the places by magnitude and keep the first ones.",
        ),
        Misconception(
            "no ties kept",
            _density_no_ties,
            "With > the weight at the cut goes, and everything equal to it: too few stay. Count instead of "
            "comparing: sort the places by magnitude and keep the first ones.",
        ),
        Misconception(
            "all ties kept, and everything at density 0",
            _density_last_index,
            "This keeps all that reach the magnitude at the cut: where several are equal, too many stay. And at "
            "density 0, the place [-0] is the smallest of all, so that everything stays. Sort the places and take the "
            "first `keep` of them: that is right for 0, too.",
        ),
        Misconception(
            "above the first one removed",
            _density_next_index,
            "This keeps what is larger than the first weight to go: everything equal to it goes too, and at density 1 "
            "there is no such weight. Sort the places and take the first `keep` of them.",
        ),
        Misconception(
            "a quantile for a threshold",
            _density_quantile,
            "np.quantile gives a threshold between two weights, and >= keeps all that are equal to it: the count is "
            "right only where no magnitudes are equal. Sort the places and keep exactly as many as asked.",
        ),
        Misconception(
            "a quantile for a threshold, with >",
            _density_quantile_strict,
            "np.quantile gives a threshold, and > drops all that are equal to it; even at density 1 something is "
            "lost. Sort the places and keep exactly as many as asked.",
        ),
        Misconception(
            "an order that is not stable",
            _density_unstable,
            "Nearly. np.argsort may put equal ones in any order, unless told otherwise: with "
            'kind="stable" they stay in the order they had, and the first in reading order come first.',
        ),
        Misconception(
            "from the end of an order that is not stable",
            _density_unstable_from_the_end,
            "The count is right, but a turned order has equal ones turned as well. Sort -np.abs(weights) with "
            'kind="stable", and take them from the front.',
        ),
        Misconception(
            "the sign decides",
            _density_signed,
            "This sorts the weights themselves, so that large negative ones go first. Sort by magnitude: "
            "np.abs(weights).",
        ),
        Misconception(
            "density taken for sparsity",
            _density_as_sparsity,
            "As many are kept as should be removed. Density is the share that stays.",
        ),
        Misconception(
            "the smallest kept",
            _density_smallest,
            "The count is right, but these are the smallest weights: argsort puts the smallest first. Sort "
            "-np.abs(weights), or take the places from the end.",
        ),
        Misconception(
            "the mask upside down",
            _density_removed,
            "True stands here for what is removed. A mask says what stays: True for kept.",
        ),
        Misconception(
            "the count cut off",
            _density_cut,
            "int() cuts off what is behind the point: 0.7 x 3 is 2.1 and gives 2, but 0.3 x 9 is 2.7 and gives 2 as "
            "well. Asked for is round(density * weights.size).",
        ),
        Misconception(
            "the count rounded up",
            _density_up,
            "The count is rounded up here. Asked for is round(density * weights.size), to the nearest.",
        ),
        Misconception(
            "halves rounded up",
            _density_half_up,
            "Adding 0.5 and cutting off rounds 2.5 up to 3; Python's round goes to the even neighbour, 2. The text "
            "asks for round, so that two programs agree on the count.",
        ),
        Misconception(
            "the slice [-0:]",
            _density_minus_zero,
            "At density 0 this keeps everything: order[-0:] is order[0:], the whole list. And among equal "
            "magnitudes the last ones stay, where the first are asked for. Sort -np.abs(weights), with "
            'kind="stable", and take [:keep].',
        ),
        Misconception(
            "the slice [-0:], ties as asked",
            _density_minus_zero_first_ties,
            "At density 0 this keeps everything: order[-0:] is order[0:], the whole list. Take the first places of "
            "an order that begins with the largest, [:keep].",
        ),
        Misconception(
            "the last of equal ones",
            _density_last_ties,
            "The count is right. Among equal magnitudes the last ones are kept here, and the text asks for the "
            'first in reading order. Sort -np.abs(weights) with kind="stable", and take them from the front.',
        ),
        Misconception(
            "a flat mask",
            _density_flat,
            "The mask is right but flat. Give it the shape of the weights: mask.reshape(weights.shape).",
        ),
        Misconception(
            "row by row",
            _density_by_rows,
            "Each row keeps its share here. Asked for are the largest of the whole array: sort all of them "
            "together, with axis=None.",
        ),
        Misconception(
            "0 and 1 instead of False and True",
            _density_numbers,
            "The places are right, but the mask is made of integers. Start from np.zeros(weights.size, bool).",
        ),
        Misconception(
            "0.0 and 1.0 instead of False and True",
            _density_floats,
            "The places are right, but the mask is made of floats. Start from np.zeros(weights.size, bool): without "
            "the bool, np.zeros makes floats.",
        ),
        Misconception(
            "the pruned weights, not the mask",
            _density_weights,
            "These are the weights with zeros put in. Asked for is the mask alone, an array of True and False.",
        ),
        Misconception(
            "a share of the largest magnitude",
            _density_of_range,
            "This makes the density a threshold, a share of the largest magnitude. Density is a share of the "
            "*number* of weights: count how many stay.",
        ),
    ],
    alternatives=[_density_by_sorting, _density_by_taking],
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

# --- 02.3: densities from the curve ----------------------------------------------------------------------------------

CURVES: Points = [
    ("a", 1.0, 2.0),
    ("a", 0.5, 2.1),
    ("a", 0.2, 2.9),
    ("a", 0.1, 8.0),
    ("b", 1.0, 2.0),
    ("b", 0.5, 3.0),
    ("b", 0.2, 9.5),
    ("b", 0.1, 30.0),
]


def _choose(points: Points, most: float) -> dict[str, float]:
    chosen = {layer: 1.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = min(chosen[layer], density)
    return chosen


def _choose_by_layer(points: Points, most: float) -> dict[str, float]:
    layers = {layer for layer, _, _ in points}
    fits = {layer: [d for name, d, error in points if name == layer and error <= most] for layer in layers}
    return {layer: min(densities, default=1.0) for layer, densities in fits.items()}


def _choose_strict(points: Points, most: float) -> dict[str, float]:
    chosen = {layer: 1.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error < most:
            chosen[layer] = min(chosen[layer], density)
    return chosen


def _choose_highest(points: Points, most: float) -> dict[str, float]:
    chosen = {layer: 0.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = max(chosen[layer], density)
    return {layer: density or 1.0 for layer, density in chosen.items()}


def _choose_last(points: Points, most: float) -> dict[str, float]:
    chosen = {layer: 1.0 for layer, _, _ in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = density
    return chosen


def _choose_first(points: Points, most: float) -> dict[str, float]:
    chosen: dict[str, float] = {}
    for layer, density, error in points:
        if error <= most:
            chosen.setdefault(layer, density)
    return {layer: chosen.get(layer, 1.0) for layer, _, _ in points}


def _choose_missing(points: Points, most: float) -> dict[str, float]:
    return _choose([point for point in points if point[2] <= most], most)


def _choose_zero(points: Points, most: float) -> dict[str, float]:
    found = _choose_missing(points, most)
    return {layer: found.get(layer, 0.0) for layer, _, _ in points}


def _choose_least_bad(points: Points, most: float) -> dict[str, float]:
    found = _choose_missing(points, most)
    return {layer: found.get(layer, min((e, d) for name, d, e in points if name == layer)[1]) for layer, _, _ in points}


def _choose_one_for_all(points: Points, most: float) -> dict[str, float]:
    chosen = _choose(points, most)
    return dict.fromkeys(chosen, max(chosen.values(), default=1.0))


def _choose_lowest_error(points: Points, most: float) -> dict[str, float]:
    return {
        layer: min(((e, d) for name, d, e in points if name == layer and e <= most), default=(0.0, 1.0))[1]
        for layer, _, _ in points
    }


def _choose_errors(points: Points, most: float) -> dict[str, float]:
    chosen = _choose(points, most)
    return {layer: next((e for n, d, e in points if (n, d) == (layer, chosen[layer])), 1.0) for layer in chosen}


def _choose_lowest(points: Points, most: float) -> dict[str, float]:
    return {layer: min(d for name, d, _ in points if name == layer) for layer, _, _ in points}


def _choose_min_of_nothing(points: Points, most: float) -> dict[str, float]:
    return {layer: min(d for name, d, e in points if name == layer and e <= most) for layer, _, _ in points}


def _choose_until_too_many(points: Points, most: float) -> dict[str, float]:
    chosen = {layer: 1.0 for layer, _, _ in points}
    stopped = set()
    for layer, density, error in sorted(points, key=lambda point: -point[1]):
        if error > most:
            stopped.add(layer)
        elif layer not in stopped:
            chosen[layer] = density
    return chosen


def _choose_reset(points: Points, most: float) -> dict[str, float]:
    return {layer: density if error <= most else 1.0 for layer, density, error in points}


def _draw_points(rng: np.random.Generator) -> Case:
    points: Points = []
    for layer in ["a", "b", "c"][: int(rng.integers(1, 4))]:
        densities = rng.choice([1.0, 0.8, 0.5, 0.3, 0.2, 0.1, 0.05], int(rng.integers(1, 5)), replace=False)
        points += [(layer, float(d), float(np.round(1 + rng.choice([0.2, 0.5, 1.0]) / d))) for d in densities]
    return points, float(rng.choice([1.0, 2.0, 3.0, 5.0, 10.0]))


CHOOSE = Exercise(
    id="02.3",
    title="Densities from the curve",
    minutes=10,
    stub='''
def choose_densities(points, most):
    """For each layer the lowest density whose error is at most `most`; 1.0 where there is none."""
    raise NotImplementedError("your turn")
''',
    reference=_choose,
    solution_text='''
def choose_densities(points, most):
    """For each layer the lowest density whose error is at most `most`; 1.0 where there is none."""
    chosen = {layer: 1.0 for layer, density, error in points}
    for layer, density, error in points:
        if error <= most:
            chosen[layer] = min(chosen[layer], density)
    return chosen
''',
    shown=(CURVES, 3.0),
    cases=[
        ([("a", 0.5, 2.0)], 2.0),
        ([("a", 0.5, 2.5)], 2.0),
        ([("a", 0.1, 2.0), ("a", 0.5, 1.0)], 2.0),
        ([("a", 0.5, 1.0), ("a", 0.1, 2.0), ("a", 0.3, 1.5)], 2.0),
        ([("a", 0.5, 3.0), ("b", 0.5, 1.0)], 2.0),
        ([("a", 0.5, 3.0), ("a", 0.2, 4.0), ("b", 0.1, 2.0)], 2.0),
        ([("a", 0.3, 5.0), ("a", 0.2, 1.0), ("a", 0.1, 6.0)], 2.0),
        ([("a", 0.5, 1.0), ("b", 0.2, 1.0), ("a", 0.2, 1.0), ("b", 0.5, 9.0)], 2.0),
        ([], 2.0),
    ],
    draw=_draw_points,
    misconceptions=[
        Misconception(
            "< instead of <=",
            _choose_strict,
            "An error of exactly `most` is still allowed: at most means <=.",
        ),
        Misconception(
            "the highest density that fits",
            _choose_highest,
            "The highest density fits the limit, but it prunes the least. Asked for is the lowest density that still "
            "fits: min instead of max.",
        ),
        Misconception(
            "the first one that fits",
            _choose_first,
            "This takes the first density that fits, in the order of the points. They may come in any order: compare "
            "all of a layer and take the lowest.",
        ),
        Misconception(
            "the last one that fits",
            _choose_last,
            "Each density that fits replaces the one before, so the last in the list wins. They may come in any "
            "order: keep the smaller, min(chosen[layer], density).",
        ),
        Misconception(
            "a layer is missing",
            _choose_missing,
            "A layer of which no density fits is missing from the result. Such a layer is not pruned: its density "
            "is 1.0. Put 1.0 for every layer first, then lower it.",
        ),
        Misconception(
            "the least of nothing",
            _choose_min_of_nothing,
            "Where no density of a layer fits, min has nothing to choose from and raises ValueError. Such a layer gets "
            "1.0: min(..., default=1.0).",
        ),
        Misconception(
            "stopping at the first point above the limit",
            _choose_until_too_many,
            "This goes down from density 1 and stops at the first error above the limit: cautious, and often wise. "
            "But curves have bumps, and asked for is the lowest density that fits, also beyond one.",
        ),
        Misconception(
            "each point overwrites the one before",
            _choose_reset,
            "Each point replaces what was found before, and one above the limit puts the layer back to 1.0. Leave "
            "points above the limit out, and keep the smaller density.",
        ),
        Misconception(
            "0.0 for a layer that cannot be pruned",
            _choose_zero,
            "Where no density fits, this gives 0.0, which removes the whole layer. Leaving it alone is density 1.0.",
        ),
        Misconception(
            "the least bad where none fits",
            _choose_least_bad,
            "Where no density fits, this takes the one with the smallest error, which is over the limit. Asked for "
            "is 1.0: do not prune this layer.",
        ),
        Misconception(
            "one density for all layers",
            _choose_one_for_all,
            "This gives every layer the same density. The curves differ, so each layer gets its own.",
        ),
        Misconception(
            "the smallest error",
            _choose_lowest_error,
            "This takes the density with the smallest error, which is mostly the one that prunes least. Any error up "
            "to `most` is allowed; among those take the lowest density.",
        ),
        Misconception(
            "errors instead of densities",
            _choose_errors,
            "The right points are found, but what is returned are their errors. Asked for are their densities.",
        ),
        Misconception(
            "the lowest of all densities",
            _choose_lowest,
            "This takes each layer's lowest density whatever its error. Leave out points whose error is above `most` "
            "first.",
        ),
    ],
    alternatives=[_choose_by_layer],
    hints=[
        "Go through the points once: for layer, density, error in points. Which of them are allowed at all?",
        "Begin with a dictionary that has 1.0 for every layer. Then look at the allowed points only.",
        "For an allowed point: chosen[layer] = min(chosen[layer], density).",
    ],
    why="""Each layer has its own curve, so each gets its own density. Starting from 1.0 covers the layer that cannot be
    pruned within the limit, and min makes the order of the points irrelevant. The limit is for one layer alone: pruned
    together, their errors add up, which is why the result has to be measured once more.""",
)

# --- 02.4: a step that keeps zeros -----------------------------------------------------------------------------------

STEP = (
    np.array([[0.5, 0.0, -0.25], [0.0, 1.0, 0.0]]),
    np.array([[1.0, 2.0, -1.0], [-3.0, 0.5, 0.2]]),
    np.array([[True, False, True], [False, True, False]]),
    0.1,
)

Step = tuple[np.ndarray, np.ndarray, np.ndarray, float]


def _step(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return np.where(mask, weights - lr * gradient, 0.0)


def _step_by_assignment(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    after = np.zeros_like(weights)
    after[mask] = weights[mask] - lr * gradient[mask]
    return after


def _step_by_product(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return (weights - lr * gradient) * mask


def _step_unmasked(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return weights - lr * gradient


def _step_masked_before(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return weights * mask - lr * gradient


def _step_gradient_only(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return weights - lr * gradient * mask


def _step_uphill(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return (weights + lr * gradient) * mask


def _step_other_mask(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return (weights - lr * gradient) * ~mask


def _step_no_lr(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return (weights - gradient) * mask


def _step_zero_weights(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return np.where(weights != 0, weights - lr * gradient, 0.0)


def _step_frozen(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return np.where(mask, weights, weights - lr * gradient)


def _step_only_mask(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return weights * mask


def _step_in_place(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    weights -= lr * gradient
    weights *= mask
    return weights


def _step_listed(weights: np.ndarray, gradient: np.ndarray, mask: np.ndarray, lr: float) -> np.ndarray:
    return weights[mask] - lr * gradient[mask]


def _draw_step(rng: np.random.Generator) -> Case:
    shape = tuple(rng.integers(1, 5, 2))
    weights, gradient = (rng.integers(-8, 9, shape) / 4 for _ in range(2))
    mask = rng.random(shape) < 0.5
    weights = np.where(mask, weights, rng.choice([0.0, 1.0]) * weights)
    return weights, gradient, mask, float(rng.choice([0.25, 0.5, 0.125]))


MASKED_STEP = Exercise(
    id="02.4",
    title="A step that keeps zeros",
    minutes=10,
    stub='''
def masked_step(weights, gradient, mask, lr):
    """The weights after one step of gradient descent, with everything outside the mask at 0."""
    raise NotImplementedError("your turn")
''',
    reference=_step,
    solution_text='''
def masked_step(weights, gradient, mask, lr):
    """The weights after one step of gradient descent, with everything outside the mask at 0."""
    return np.where(mask, weights - lr * gradient, 0.0)
''',
    shown=STEP,
    cases=[
        (np.array([[2.0]]), np.array([[1.0]]), np.array([[True]]), 0.5),
        (np.array([[2.0]]), np.array([[1.0]]), np.array([[False]]), 0.5),
        (np.array([[0.0]]), np.array([[1.0]]), np.array([[False]]), 0.5),
        (np.array([[0.0]]), np.array([[1.0]]), np.array([[True]]), 0.5),
        (np.array([1.0, 0.0]), np.array([-1.0, -1.0]), np.array([True, False]), 0.5),
        (np.array([1.0, -1.0]), np.array([0.0, 0.0]), np.array([False, True]), 0.5),
        (np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2), bool), 0.25),
        (np.ones((2, 2)), np.ones((2, 2)), np.zeros((2, 2), bool), 0.25),
        (np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), bool), 0.1),
    ],
    draw=_draw_step,
    misconceptions=[
        Misconception(
            "no mask at all",
            _step_unmasked,
            "The mask is not used: pruned weights take the step too, and grow back.",
        ),
        Misconception(
            "the mask before the step only",
            _step_masked_before,
            "The weights are masked before the step, and then every one of them takes it: pruned weights have moved "
            "away from 0 again. Mask what comes out.",
        ),
        Misconception(
            "only the gradient is masked",
            _step_gradient_only,
            "Pruned weights stay what they were, which is right only if they were 0 already. The first step after "
            "pruning finds them as they were trained: mask the result.",
        ),
        Misconception(
            "uphill",
            _step_uphill,
            "This goes up the gradient. The step that lowers the loss is weights - lr * gradient.",
        ),
        Misconception(
            "the mask upside down",
            _step_other_mask,
            "This removes the weights to be kept, and keeps the others. True in the mask means kept.",
        ),
        Misconception(
            "no learning rate",
            _step_no_lr,
            "The whole gradient is taken off. Multiply it by lr first.",
        ),
        Misconception(
            "0 taken for pruned",
            _step_zero_weights,
            "Whether a weight is pruned is read off its value here. A kept weight may pass through 0 and must be able "
            "to leave it; and a weight outside the mask may not be 0 yet. Only the mask knows.",
        ),
        Misconception(
            "the kept weights frozen",
            _step_frozen,
            "The two are swapped: here the kept weights stand still and the pruned ones move. In np.where(mask, a, b), "
            "a is for True.",
        ),
        Misconception(
            "no step",
            _step_only_mask,
            "The mask is applied, but the weights have not moved: take lr * gradient off.",
        ),
        Misconception(
            "in place",
            _step_in_place,
            "The numbers are right, but -= and *= change the array that was passed in. Return a new one.",
        ),
        Misconception(
            "only the kept weights are returned",
            _step_listed,
            "weights[mask] is a flat list of the kept ones. Asked for is the whole array, of the same shape, with 0 "
            "at the pruned places.",
        ),
    ],
    alternatives=[_step_by_assignment, _step_by_product],
    hints=[
        "First the ordinary step, weights - lr * gradient. Then think about the places where the mask is False.",
        "Whatever the step did there, the result must be 0 there.",
        "np.where(mask, a, b) takes a where the mask is True and b elsewhere.",
    ],
    why="""The mask is applied to the result. Masking only the weights before the step lets them grow back in it;
    masking only the gradient leaves what was never zero. Multiplying by the mask is as right in value; it turns a
    negative weight into -0.0, which the last section looks at.

    With an optimizer that remembers, such as Adam, the memory has to be masked too. dc_lab does it once and for all:
    the network uses weight * mask, so that autograd itself gives pruned weights a gradient of 0.""",
)

# --- 02.5: a schedule ------------------------------------------------------------------------------------------------


def _cubic_by_steps(progress: float, final: float, start: float = 1.0) -> float:
    if progress <= 0:
        return start
    if progress >= 1:
        return final
    left = 1 - progress
    return start * left**3 + final * (1 - left**3)


def _cubic_linear(progress: float, final: float, start: float = 1.0) -> float:
    done = min(max(progress, 0.0), 1.0)
    return final + (start - final) * (1 - done)


def _cubic_unclamped(progress: float, final: float, start: float = 1.0) -> float:
    return final + (start - final) * (1 - progress) ** 3


def _cubic_of_progress(progress: float, final: float, start: float = 1.0) -> float:
    done = min(max(progress, 0.0), 1.0)
    return start + (final - start) * done**3


def _cubic_from_final(progress: float, final: float, start: float = 1.0) -> float:
    done = min(max(progress, 0.0), 1.0)
    return final + (start - final) * done**3


def _cubic_no_start(progress: float, final: float, start: float = 1.0) -> float:
    return pruning.cubic_density(progress, final)


def _cubic_to_zero(progress: float, final: float, start: float = 1.0) -> float:
    done = min(max(progress, 0.0), 1.0)
    return start * (1 - done) ** 3


def _cubic_square(progress: float, final: float, start: float = 1.0) -> float:
    done = min(max(progress, 0.0), 1.0)
    return final + (start - final) * (1 - done) ** 2


def _cubic_sparsity(progress: float, final: float, start: float = 1.0) -> float:
    return 1 - pruning.cubic_density(progress, final, start)


def _cubic_all_cubed(progress: float, final: float, start: float = 1.0) -> float:
    done = min(max(progress, 0.0), 1.0)
    return (final + (start - final) * (1 - done)) ** 3


def _cubic_not_below(progress: float, final: float, start: float = 1.0) -> float:
    return final + (start - final) * (1 - min(progress, 1.0)) ** 3


def _cubic_not_above(progress: float, final: float, start: float = 1.0) -> float:
    return final + (start - final) * (1 - max(progress, 0.0)) ** 3


def _cubic_linear_unclamped(progress: float, final: float, start: float = 1.0) -> float:
    return final + (start - final) * (1 - progress)


def _cubic_of_progress_unclamped(progress: float, final: float, start: float = 1.0) -> float:
    return start + (final - start) * progress**3


def _cubic_no_difference(progress: float, final: float, start: float = 1.0) -> float:
    return final + (1 - min(max(progress, 0.0), 1.0)) ** 3


def _cubic_no_difference_unclamped(progress: float, final: float, start: float = 1.0) -> float:
    return final + (1 - progress) ** 3


def _draw_progress(rng: np.random.Generator) -> Case:
    final = float(rng.choice([0.02, 0.1, 0.25, 0.4]))
    return float(rng.choice([-0.5, 0.0, 0.1, 0.3, 0.5, 0.9, 1.0, 1.5])), final, float(rng.choice([1.0, 0.8, 0.5]))


CUBIC = Exercise(
    id="02.5",
    title="A cubic schedule",
    minutes=5,
    stub='''
def cubic_density(progress, final, start=1.0):
    """The density to prune to when `progress` of the ramp is done: from `start` at 0 to `final` at 1."""
    raise NotImplementedError("your turn")
''',
    reference=pruning.cubic_density,
    solution_text='''
def cubic_density(progress, final, start=1.0):
    """The density to prune to when `progress` of the ramp is done: from `start` at 0 to `final` at 1."""
    progress = min(max(progress, 0.0), 1.0)
    return final + (start - final) * (1 - progress) ** 3
''',
    shown=(0.5, 0.2, 1.0),
    cases=[
        (0.0, 0.1, 1.0),
        (1.0, 0.1, 1.0),
        (0.25, 0.0, 1.0),
        (0.5, 0.1, 0.5),
        (0.5, 0.3, 0.3),
        (0.5, 1.0, 1.0),
        (-1.0, 0.1, 1.0),
        (2.0, 0.1, 1.0),
        (1.25, 0.1, 0.6),
        (0.5, 0.08),
        (0.9, 0.26),
    ],
    draw=_draw_progress,
    misconceptions=[
        Misconception(
            "not clamped",
            _cubic_unclamped,
            "Before 0 and after 1 the curve runs on: the density leaves the range from final to start. Limit progress "
            "first, min(max(progress, 0.0), 1.0).",
        ),
        Misconception(
            "clamped on one side: below 0 it runs on",
            _cubic_not_below,
            "A progress below 0 gives a density above `start`. Limit progress from below as well, max(progress, 0.0).",
        ),
        Misconception(
            "clamped on one side: beyond 1 it runs on",
            _cubic_not_above,
            "A progress beyond 1 gives a density below `final`. Limit progress from above as well, min(progress, 1.0).",
        ),
        Misconception(
            "a straight line",
            _cubic_linear,
            "The ends are right, but between them this is a straight line. What is left of the way, 1 - progress, "
            "goes to the power of 3.",
        ),
        Misconception(
            "progress cubed, not what is left",
            _cubic_of_progress,
            "The ends are right, but the curve is bent the other way: slow first, and most of the pruning at the "
            "end. Cube what is left, (1 - progress) ** 3.",
        ),
        Misconception(
            "a straight line, not clamped",
            _cubic_linear_unclamped,
            "This is a straight line that runs on before 0 and after 1. Limit progress to that range first; then what "
            "is left of the way, 1 - progress, goes to the power of 3.",
        ),
        Misconception(
            "progress cubed, not what is left, and not clamped",
            _cubic_of_progress_unclamped,
            "The curve is bent the other way, slow first, and runs on before 0 and after 1. Limit progress first, then "
            "cube what is left, (1 - progress) ** 3.",
        ),
        Misconception(
            "the whole way added to final",
            _cubic_no_difference,
            "At progress 0 this is final + 1: more than everything. Only the difference start - final is added, times "
            "the factor.",
        ),
        Misconception(
            "the whole way added to final, not clamped",
            _cubic_no_difference_unclamped,
            "At progress 0 this is final + 1: more than everything. Only the difference start - final is added, times "
            "the factor; and progress must be limited to the range from 0 to 1.",
        ),
        Misconception(
            "backwards",
            _cubic_from_final,
            "It runs from final to start. At progress 0 the factor must be 1: cube 1 - progress instead of progress.",
        ),
        Misconception(
            "start forgotten",
            _cubic_no_start,
            "The curve begins at 1 whatever `start` is.",
        ),
        Misconception(
            "down to 0",
            _cubic_to_zero,
            "It ends at 0, not at `final`: nothing of the network is left. Only the difference start - final shrinks.",
        ),
        Misconception(
            "a square",
            _cubic_square,
            "This is a parabola: the power asked for is 3.",
        ),
        Misconception(
            "sparsity instead of density",
            _cubic_sparsity,
            "This is the share removed. Asked for is the share that stays.",
        ),
        Misconception(
            "the whole of it cubed",
            _cubic_all_cubed,
            "The power is on everything, so that the ends are cubed as well. Only (1 - progress) gets it.",
        ),
    ],
    alternatives=[_cubic_by_steps],
    hints=[
        "At progress 0 the result is start, at 1 it is final. Write it as final + (start - final) times a factor that "
        "runs from 1 to 0.",
        "The factor is (1 - progress) ** 3.",
        "Limit progress to the range from 0 to 1 first: min(max(progress, 0.0), 1.0).",
    ],
    why="""The factor runs from 1 to 0, so that the density runs from start to final. Cubed, it falls steeply first:
    while most weights are redundant, many go at once; when few are left, each matters and the steps become small.
    This is equation 1 of Zhu and Gupta (2017), written there for the sparsity.""",
)

EXERCISES: list[AnyExercise] = [THRESHOLD, DENSITY, CHOOSE, MASKED_STEP, CUBIC]
