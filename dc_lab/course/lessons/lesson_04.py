"""Lesson 04, Weight sharing: k-means in one dimension, the gradient of a centroid, and the rate formula."""

from collections.abc import Callable
from typing import Any

import numpy as np

from dc_lab import sharing
from dc_lab.course.exercises import AnyExercise, Exercise, Misconception

TITLE = "Weight sharing"

WEIGHTS = np.array(
    [[2.09, -0.98, 1.48, 0.09], [0.05, -0.14, -1.08, 2.12], [-0.91, 1.92, 0, -1.03], [1.87, 0, 1.53, 1.49]]
)
CENTROIDS = np.array([-1.0, 0.0, 1.5, 2.0])
GRADIENT = np.array(
    [[-0.03, -0.01, 0.03, 0.02], [-0.01, 0.01, -0.02, 0.12], [-0.01, 0.02, 0.04, 0.01], [-0.07, -0.02, 0.01, -0.02]]
)
"""The example of the paper's figure 3."""

CODES = sharing.encode(WEIGHTS, CENTROIDS)


# --- 04.1 ----------------------------------------------------------------------------------------------------------


def _first_least(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values[..., None] - codebook).argmin(-1))


def _encode_by_loops(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    codes = np.zeros(values.shape, np.int64)
    for place, value in np.ndenumerate(values):
        for code, centroid in enumerate(codebook):
            if abs(value - centroid) < abs(value - codebook[codes[place]]):
                codes[place] = code
    return codes


def _upper_on_ties(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.searchsorted((codebook[1:] + codebook[:-1]) / 2, values, side="right")


def _next_above(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.searchsorted(codebook, values)


def _digitized(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.digitize(values, codebook)


def _wrong_axis(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values[..., None] - codebook).argmin(0))


def _rows_only(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values[:, None] - codebook).argmin(1))


def _next_above_cut(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.minimum(np.searchsorted(codebook, values), len(codebook) - 1)


def _next_below(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.maximum(np.searchsorted(codebook, values, side="right") - 1, 0)


def _centroids(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return codebook[_first_least(values, codebook)]


def _flat_codes(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return _first_least(values, codebook).ravel()


def _magnitudes(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(np.abs(values[..., None]) - np.abs(codebook)).argmin(-1))


def _signed_difference(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.asarray((values[..., None] - codebook).argmin(-1))


def _signed_the_other_way(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return np.asarray((codebook - values[..., None]).argmin(-1))


def _float_codes(values: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return _first_least(values, codebook).astype(np.float64)


def _draw_encode(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    # Quarters: a tie is one to the last bit.
    codebook = np.sort(rng.choice(np.arange(-8, 9), int(rng.integers(1, 6)), replace=False)) / 4
    shape = ((4,), (3, 2), (2, 2, 2))[int(rng.integers(3))]
    return rng.integers(-12, 13, shape) / 4, codebook


ENCODE = Exercise(
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
    cases=[
        (np.array([0.5]), np.array([0.0, 1.0])),
        (np.array([-0.5, 0.5, 1.5]), np.array([-1.0, 0.0, 1.0, 2.0])),
        (np.array([-9.0, 9.0]), np.array([-1.0, 0.0, 2.0])),
        (np.array([3.0, -1.0]), np.array([0.25])),
        (np.array([0.75, -0.75], np.float32), np.array([-0.75, 0.75], np.float32)),
        (np.zeros((2, 2)), np.array([-1.0, 0.25])),
        (np.zeros((0, 3)), np.array([-1.0, 1.0])),
    ],
    draw=_draw_encode,
    misconceptions=[
        Misconception(
            "ties go up",
            _upper_on_ties,
            "A value half-way between two centroids takes the lower code here. In np.searchsorted that is "
            'side="left", which is also the default; argmin takes the first of equals.',
        ),
        Misconception(
            "a search in the codebook itself",
            _next_above,
            "np.searchsorted(codebook, values) gives the next centroid above, even where the one below is nearer, and "
            "one code too many beyond the last. Search among the midpoints between centroids.",
        ),
        Misconception(
            "np.digitize with the codebook",
            _digitized,
            "The code is the number of centroids that are not above the value: too large by one wherever the value "
            "lies on or past its centroid. The borders are the midpoints between centroids, not the centroids.",
        ),
        Misconception(
            "no axis for the centroids",
            lambda values, codebook: np.argmin(np.abs(values - codebook)),
            "values - codebook pairs the first value with the first centroid, and so on, or does not fit at all. Every "
            "value meets every centroid in values[..., None] - codebook; argmin(-1) then chooses for each value.",
        ),
        Misconception(
            "argmin over the values",
            _wrong_axis,
            "This finds the nearest value for each centroid. The centroids are the last axis of "
            "values[..., None] - codebook: argmin(-1).",
        ),
        Misconception(
            "made for one dimension",
            _rows_only,
            "It works on a row, but `values` may have any shape. values[..., None] - codebook has one more axis, the "
            "last one, for the centroids; argmin(-1) then gives back the shape of `values`.",
        ),
        Misconception(
            "always the centroid above",
            _next_above_cut,
            "Each value gets the first centroid that is not below it, even where the one below is nearer. The border "
            "between two clusters is the midpoint of their centroids.",
        ),
        Misconception(
            "always the centroid below",
            _next_below,
            "Each value gets the last centroid that is not above it, as if it were cut off, not rounded. The border "
            "between two clusters is the midpoint of their centroids.",
        ),
        Misconception(
            "centroids in place of codes",
            _centroids,
            "You return the shared values. Asked for are their codes, the places in the codebook: only these are "
            "small numbers that take few bits. codebook[codes] gives the values afterwards.",
        ),
        Misconception(
            "the shape is lost",
            _flat_codes,
            "The codes are right, but lie in one row. Return them in the shape of `values`.",
        ),
        Misconception(
            "nearest in magnitude",
            _magnitudes,
            "Pruning goes by magnitude; here -1 and 1 are far apart. Compare the values with their signs: |v - c|.",
        ),
        Misconception(
            "no magnitude around the difference",
            _signed_difference,
            "The smallest v - c is the most negative one, so the largest centroid always wins. The distance is "
            "|v - c|.",
        ),
        Misconception(
            "no magnitude around the difference, turned round",
            _signed_the_other_way,
            "The smallest c - v is the most negative one, so the smallest centroid always wins. The distance is "
            "|v - c|.",
        ),
        Misconception(
            "codes as floats",
            _float_codes,
            "The numbers are right, but they are floats. A code is an index, so it must be an integer: a float takes "
            "as many bytes as the weight did, and codebook[codes] fails.",
        ),
    ],
    alternatives=[_first_least, _encode_by_loops],
    hints=[
        "In one dimension the values of a cluster lie side by side. Where is the border between two neighbours?",
        "At the midpoint of the two centroids. A value's code is the number of midpoints below it.",
        "midpoints = (codebook[1:] + codebook[:-1]) / 2, then np.searchsorted(midpoints, values), which keeps the "
        "shape and puts a tie to the left.",
    ],
    why="The code of a value is the number of midpoints that lie below it. A binary search counts them in log2 k "
    "steps; no table of distances is made, which for 235,200 weights and 16 centroids would have 3.8 million entries.",
)


# --- 04.2 ----------------------------------------------------------------------------------------------------------


def update(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    counts = np.bincount(codes.ravel(), minlength=len(codebook))
    sums = np.bincount(codes.ravel(), values.ravel(), minlength=len(codebook))
    return np.where(counts > 0, sums / np.maximum(counts, 1), codebook)


def _update_by_loops(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    moved = codebook.astype(np.float64)
    for code in range(len(codebook)):
        if (codes == code).any():
            moved[code] = values[codes == code].mean()
    return moved


def _sums_and_counts(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = codes.ravel()
    return np.bincount(flat, values.ravel(), len(codebook)), np.bincount(flat, minlength=len(codebook))


def _empty_is_nan(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    sums, counts = _sums_and_counts(values, codes, codebook)
    with np.errstate(all="ignore"):
        return np.asarray(sums / counts)


def _empty_is_zero(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    sums, counts = _sums_and_counts(values, codes, codebook)
    return np.asarray(sums / np.maximum(counts, 1))


def _no_minlength(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(np.bincount(codes.ravel(), values.ravel()) / np.bincount(codes.ravel()))


def _last_value_wins(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    sums, counts = np.zeros(len(codebook)), np.zeros(len(codebook))
    sums[codes] += values
    counts[codes] += 1
    return np.where(counts > 0, sums / np.maximum(counts, 1), codebook)


def _not_flat(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    counts = np.bincount(codes, minlength=len(codebook))
    sums = np.bincount(codes, values, minlength=len(codebook))
    return np.where(counts > 0, sums / np.maximum(counts, 1), codebook)


def _empty_left_out(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    sums, counts = _sums_and_counts(values, codes, codebook)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def _each(
    function: Callable[[np.ndarray], Any], values: np.ndarray, codes: np.ndarray, codebook: np.ndarray
) -> np.ndarray:
    groups = [values[codes == code] for code in range(len(codebook))]
    return np.array([function(g) if g.size else c for g, c in zip(groups, codebook, strict=True)], np.float64)


def _median(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return _each(np.median, values, codes, codebook)


def _middle(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return _each(lambda group: (group.min() + group.max()) / 2, values, codes, codebook)


def _sums_only(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return _each(np.sum, values, codes, codebook)


def _over_all(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return _each(lambda group: group.sum() / values.size, values, codes, codebook)


def _per_value(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    return update(values, codes, codebook)[codes]


def _in_place(values: np.ndarray, codes: np.ndarray, codebook: np.ndarray) -> np.ndarray:
    for code in range(len(codebook)):
        if (codes == code).any():
            codebook[code] = values[codes == code].mean()
    return codebook


def _draw_update(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    codebook = np.sort(rng.choice(np.arange(-12, 13), int(rng.integers(2, 6)), replace=False)) / 4
    values = rng.integers(-16, 17, ((5,), (3, 3))[int(rng.integers(2))]) / 4
    return values, sharing.encode(values, codebook), codebook


UPDATE = Exercise(
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
    cases=[
        (np.array([4.0]), np.array([0]), np.array([1.0])),
        (np.array([1.0, 2.0, 6.0]), np.array([0, 0, 0]), np.array([3.0])),
        (np.array([1.0, 2.0]), np.array([0, 0]), np.array([1.0, 9.0])),
        (np.array([8.0, 10.0]), np.array([1, 1]), np.array([-2.0, 7.0])),
        (np.array([1.0, 2.0, 9.0, 9.5]), np.array([0, 0, 2, 2]), np.array([1.0, 5.0, 9.0])),
        (np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[1, 1], [1, 1]]), np.array([-1.0, 0.0, 1.0])),
        (np.array([-1.0, -0.5, 0.5, 1.0, 3.0]), np.array([0, 0, 1, 1, 2]), np.array([-1.0, 1.0, 2.0])),
        (
            np.array([[2.0, 4.0, 9.0]], np.float32),
            np.array([[0, 0, 1]], np.uint8),
            np.array([1.0, 2.0, 3.0], np.float32),
        ),
    ],
    draw=_draw_update,
    misconceptions=[
        Misconception(
            "an empty cluster becomes NaN",
            _empty_is_nan,
            "A cluster without values gives 0 / 0, and NaN spreads into everything that is computed from it. Such a "
            "centroid stays where it was.",
        ),
        Misconception(
            "an empty cluster jumps to 0",
            _empty_is_zero,
            "Dividing by max(count, 1) avoids 0 / 0 but leaves the sum, 0, as the centroid. Zero is no neutral value "
            "among weights. A centroid without values stays where it was: np.where(counts > 0, ...).",
        ),
        Misconception(
            "cut off at the largest code",
            _no_minlength,
            "The result ends at the largest code that occurs, as np.bincount without minlength does, and "
            "range(codes.max() + 1). Where the last clusters are empty it is too short: go by len(codebook). (What is "
            "empty in between is NaN besides.)",
        ),
        Misconception(
            "sums[codes] += values",
            _last_value_wins,
            "With a repeated code, NumPy writes to that place several times and the last write wins: nothing adds up. "
            "np.bincount with the values as its second argument adds.",
        ),
        Misconception(
            "np.bincount of a matrix",
            _not_flat,
            "np.bincount takes one dimension, and the weights of a layer have two or more. Flatten both arguments: "
            "codes.ravel(), values.ravel().",
        ),
        Misconception(
            "empty clusters left out",
            _empty_left_out,
            "The codebook has become shorter, so that the codes point to other entries than before. Keep one centroid "
            "a code; one without values stays where it was.",
        ),
        Misconception(
            "the median",
            _median,
            "The sum of squared distances is smallest at the mean. The median makes the sum of |v - c| smallest, which "
            "is another algorithm (k-medians).",
        ),
        Misconception(
            "the middle between smallest and largest",
            _middle,
            "Half-way between the ends of the cluster, one far value pulls as much as all others together. The "
            "centroid moves to the mean of the values.",
        ),
        Misconception(
            "sums, not means",
            _sums_only,
            "The values of each cluster are summed, but not divided by how many they are.",
        ),
        Misconception(
            "divided by the number of all values",
            _over_all,
            "Each sum is divided by the number of all values, so that the means come out too small. Divide by the "
            "number of values with that code.",
        ),
        Misconception(
            "a centroid for each value",
            _per_value,
            "You return the new centroid of each value. Asked for is the codebook: one number a code, shape (k,).",
        ),
        Misconception(
            "the old codebook is overwritten",
            _in_place,
            "The numbers are right, but the codebook that was passed in changes too. Begin with a copy: "
            "codebook.copy().",
        ),
    ],
    alternatives=[_update_by_loops],
    hints=[
        "For each code you need two numbers: the sum of its values, and how many there are.",
        "np.bincount(codes.ravel(), minlength=k) counts; with a second argument, values.ravel(), it sums.",
        "np.where(counts > 0, sums / np.maximum(counts, 1), codebook) divides without 0 / 0 and keeps what is empty.",
    ],
    why="np.bincount walks over the codes once, whatever their number. A centroid without values stays in this "
    "version; dc_lab.sharing.kmeans puts it onto the value that lies farthest from its centroid, so that no code is "
    "wasted.",
)


# --- 04.3 ----------------------------------------------------------------------------------------------------------


def linear_start(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters)


def _start_by_steps(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = sorted(float(w) for w in weights.ravel() if w != 0)
    step = (kept[-1] - kept[0]) / max(clusters - 1, 1)
    return np.array([kept[0] + i * step for i in range(clusters)])


def _zeros_too(weights: np.ndarray, clusters: int) -> np.ndarray:
    return np.linspace(weights.min(), weights.max(), clusters)


def _steps_of_nothing(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return kept.min() + np.arange(clusters) * (kept.max() - kept.min()) / np.float64(clusters - 1)


def _symmetric(weights: np.ndarray, clusters: int) -> np.ndarray:
    return np.linspace(-np.abs(weights).max(), np.abs(weights).max(), clusters)


def _magnitude_range(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = np.abs(weights[weights != 0])
    return np.linspace(kept.min(), kept.max(), clusters)


def _without_the_end(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters, endpoint=False)


def _bin_middles(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return kept.min() + (np.arange(clusters) + 0.5) / clusters * (kept.max() - kept.min())


def _quantiles(weights: np.ndarray, clusters: int) -> np.ndarray:
    return np.quantile(weights[weights != 0], np.linspace(0, 1, clusters))


def _from_bits(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), 2**clusters)


def _edges_of_bins(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters + 1)


def _inner(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters + 2)[1:-1]


def _draw_start(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    weights = np.round(rng.normal(rng.choice([-2.0, 0.0, 2.0]), 1, (3, 4)), 2)
    weights[rng.random((3, 4)) < 0.4] = 0
    weights[0, :2] = 1.5, 2.25
    return weights, int(rng.integers(1, 7))


LINEAR_START = Exercise(
    id="04.3",
    title="The linear start",
    minutes=5,
    stub='''
def linear_start(weights, clusters):
    """Floats (clusters,), evenly spaced from the smallest to the largest weight that is not 0; of one, the smallest."""
    raise NotImplementedError("your turn")
''',
    reference=linear_start,
    shown=(WEIGHTS, 4),
    cases=[
        (np.array([0.0, 0.5, 1.0]), 2),
        (np.array([-3.0, 0.0, -1.0]), 3),
        (np.array([-1.0, 0.25, 0.5, 2.0]), 4),
        (np.array([[0.0, 2.0], [0.0, 0.0]]), 3),
        (np.array([5.0]), 1),
        (np.array([-2.0, 0.0, 6.0]), 1),
        (np.array([1.5, 1.5, 1.5]), 2),
    ],
    draw=_draw_start,
    misconceptions=[
        Misconception(
            "steps of (max - min) / (k - 1), also for one cluster",
            _steps_of_nothing,
            "With a single cluster there is no step, and (max - min) / 0 is no number. Its centroid is the smallest "
            "weight. np.linspace knows that.",
        ),
        Misconception(
            "zeros counted among the weights",
            _zeros_too,
            "Where all kept weights have one sign, the zeros stretch the range to 0 and centroids are spent where no "
            "weight is. Pruned weights are not shared: leave them out first, weights[weights != 0].",
        ),
        Misconception(
            "symmetric around 0",
            _symmetric,
            "The range goes from the smallest to the largest weight, with their signs. From -max|w| to max|w|, "
            "centroids lie where there are no weights.",
        ),
        Misconception(
            "the range of the magnitudes",
            _magnitude_range,
            "Of magnitudes, all centroids come out positive, and negative weights have none near them. Take minimum "
            "and maximum of the weights with their signs.",
        ),
        Misconception(
            "the largest weight left out",
            _without_the_end,
            "The last centroid stops short of the largest weight: endpoint=False, or a step of (max - min) / k in "
            "place of / (k - 1). The large weights are those that the linear start is there for.",
        ),
        Misconception(
            "the middles of k equal parts",
            _bin_middles,
            "These are the middles of k equal intervals. The first centroid stands on the smallest weight itself and "
            "the last one on the largest.",
        ),
        Misconception(
            "quantiles",
            _quantiles,
            "Evenly spaced in rank is the density start. The linear one is evenly spaced in value, however many "
            "weights lie there.",
        ),
        Misconception(
            "bits taken for clusters",
            _from_bits,
            "The argument is the number of clusters itself. With b bits, the caller passes 2**b.",
        ),
        Misconception(
            "one too many",
            _edges_of_bins,
            "k equal parts have k + 1 ends. Asked for are k centroids, the first on the smallest weight and the last "
            "on the largest, with k - 1 steps between them.",
        ),
        Misconception(
            "inner points only",
            _inner,
            "The first centroid stands on the smallest weight and the last one on the largest; yours all lie "
            "between them.",
        ),
    ],
    alternatives=[_start_by_steps],
    hints=[
        "Two numbers decide it: the smallest and the largest weight that is not 0.",
        "weights[weights != 0] is a row with the kept weights, whatever the shape was.",
        "np.linspace(kept.min(), kept.max(), clusters).",
    ],
    why="The start looks at two weights only. That is its point: the few large weights get centroids of their own, "
    "however few they are.",
)


# --- 04.4 ----------------------------------------------------------------------------------------------------------


def _gradient_by_loops(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    sums = np.zeros(clusters)
    for place, code in np.ndenumerate(codes):
        sums[code] += gradient[place]
    return sums


def _add_at(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    sums = np.zeros(clusters)
    np.add.at(sums, codes, gradient)
    return sums


def _last_one_wins(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    sums = np.zeros(clusters)
    sums[codes] += gradient
    return sums


def _mean_gradient(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    counts = np.bincount(codes.ravel(), minlength=clusters)
    return np.asarray(_gradient_by_loops(gradient, codes, clusters) / np.maximum(counts, 1))


def _mean_or_nan(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(
            _gradient_by_loops(gradient, codes, clusters) / np.bincount(codes.ravel(), minlength=clusters)
        )


def _minus(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return -_gradient_by_loops(gradient, codes, clusters)


def _too_short(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return np.bincount(codes.ravel(), gradient.ravel())


def _gradient_not_flat(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return np.bincount(codes, gradient, minlength=clusters)


def _codes_present(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return np.array([gradient[codes == code].sum() for code in np.unique(codes)])


def _magnitudes_summed(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return _gradient_by_loops(np.abs(gradient), codes, clusters)


def _counted(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return np.bincount(codes.ravel(), minlength=clusters)


def _spread_back(gradient: np.ndarray, codes: np.ndarray, clusters: int) -> np.ndarray:
    return _gradient_by_loops(gradient, codes, clusters)[codes]


def _draw_gradient(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    clusters = int(rng.integers(2, 6))
    shape = ((4,), (3, 3))[int(rng.integers(2))]
    return np.round(rng.normal(0, 1, shape), 2), rng.integers(0, clusters, shape), clusters


CENTROID_GRADIENT = Exercise(
    id="04.4",
    title="The gradient of a centroid",
    minutes=10,
    stub='''
def centroid_gradient(gradient, codes, clusters):
    """Gradient of the loss by each centroid, floats (clusters,): the sum over the weights that have its code."""
    raise NotImplementedError("your turn")
''',
    reference=sharing.centroid_gradient,
    shown=(GRADIENT, CODES, 4),
    cases=[
        (np.array([0.5]), np.array([0]), 1),
        (np.array([0.5, -0.25]), np.array([0, 0]), 1),
        (np.array([1.0, 2.0]), np.array([0, 0]), 3),
        (np.array([1.0, 2.0]), np.array([2, 2]), 3),
        (np.array([-1.0, 1.0, 4.0]), np.array([1, 1, 0]), 2),
        (np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([[0, 1], [1, 0]]), 2),
        (np.array([0.25, 0.5, 0.75], np.float32), np.array([1, 0, 1], np.uint8), 2),
    ],
    draw=_draw_gradient,
    misconceptions=[
        Misconception(
            "sums[codes] += gradient",
            _last_one_wins,
            "With a repeated code, NumPy writes to that place several times and the last write wins: nothing adds up. "
            "np.bincount with weights, or np.add.at, adds.",
        ),
        Misconception(
            "the mean",
            _mean_gradient,
            "The loss changes by the sum: moving a centroid moves all of its weights at once. A mean makes the step of "
            "a large cluster as small as that of a single weight.",
        ),
        Misconception(
            "the mean, NaN where a code has no weights",
            _mean_or_nan,
            "Two things. The loss changes by the sum, not the mean: moving a centroid moves all of its weights at "
            "once. And a code without weights has gradient 0; dividing 0 by 0 makes it NaN.",
        ),
        Misconception(
            "the sign of the step",
            _minus,
            "This is the direction of the step. The gradient itself is the plain sum; the minus comes later, in "
            "codebook - lr * gradient.",
        ),
        Misconception(
            "cut off at the largest code",
            _too_short,
            "The result ends at the largest code that occurs, as np.bincount without minlength does, and "
            "range(codes.max() + 1). Where the last codes have no weights it is too short: go by `clusters`.",
        ),
        Misconception(
            "np.bincount of a matrix",
            _gradient_not_flat,
            "np.bincount takes one dimension, and the gradient of a layer has two or more. Flatten both arguments: "
            "codes.ravel(), gradient.ravel().",
        ),
        Misconception(
            "only the codes that occur",
            _codes_present,
            "A code without weights has gradient 0 and keeps its place; left out, all later ones move up and no longer "
            "fit the codebook. Go over range(clusters).",
        ),
        Misconception(
            "magnitudes summed",
            _magnitudes_summed,
            "Gradients of opposite sign cancel: one weight wants the centroid higher, another lower. Sum them with "
            "their signs.",
        ),
        Misconception(
            "counts",
            _counted,
            "This counts the weights of each code. np.bincount takes what is to be summed as its second argument.",
        ),
        Misconception(
            "a gradient for each weight",
            _spread_back,
            "You return the sum at each weight. Asked for is one number a centroid, shape (clusters,).",
        ),
    ],
    alternatives=[_gradient_by_loops, _add_at],
    hints=[
        "Colour the gradient like the weights, then sum within each colour.",
        "A loop over all places: sums[code] += gradient at that place. np.bincount is that loop.",
        "np.bincount(codes.ravel(), gradient.ravel(), minlength=clusters).",
    ],
    why="Moving a centroid by d moves every one of its weights by d, so the loss changes by d times the sum of their "
    "gradients. This is the paper's equation 3, and it is the derivative of the look-up codebook[codes].",
)


# --- 04.5 ----------------------------------------------------------------------------------------------------------


def _rate_by_bytes(weights: int, clusters: int, float_bits: int = 32) -> float:
    before = weights * float_bits / 8
    after = weights * np.log2(clusters) / 8 + clusters * float_bits / 8
    return float(before / after)


def _no_codebook(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(float_bits / np.log2(clusters)) if clusters > 1 else float("inf")


def _clusters_as_bits(weights: int, clusters: int, float_bits: int = 32) -> float:
    return weights * float_bits / (weights * clusters + clusters * float_bits)


def _natural(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(weights * float_bits / (weights * np.log(clusters) + clusters * float_bits))


def _upside_down(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float((weights * np.log2(clusters) + clusters * float_bits) / (weights * float_bits))


def _whole_bits(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(weights * float_bits / (weights * np.ceil(np.log2(clusters)) + clusters * float_bits))


def _coded_codebook(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(weights * float_bits / ((weights + clusters) * np.log2(clusters))) if clusters > 1 else float("inf")


def _one_entry(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(weights * float_bits / (weights * np.log2(clusters) + float_bits))


def _share_saved(weights: int, clusters: int, float_bits: int = 32) -> float:
    return 1 - _upside_down(weights, clusters, float_bits)


def _length_of_k(weights: int, clusters: int, float_bits: int = 32) -> float:
    return weights * float_bits / (weights * clusters.bit_length() + clusters * float_bits)


def _no_parentheses(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(weights * float_bits / weights * np.log2(clusters) + clusters * float_bits)


def _always_32(weights: int, clusters: int, float_bits: int = 32) -> float:
    return float(weights * 32 / (weights * np.log2(clusters) + clusters * 32))


def _draw_rate(rng: np.random.Generator) -> tuple[int, int, int]:
    return int(rng.integers(1, 500)), int(rng.choice([2, 3, 4, 8, 16, 20, 256])), int(rng.choice([16, 32]))


RATE = Exercise(
    id="04.5",
    title="The compression rate",
    minutes=5,
    stub='''
def compression_rate(weights, clusters, float_bits=32):
    """How many times fewer bits: `weights` floats against as many codes of log2(clusters) bits and a codebook."""
    raise NotImplementedError("your turn")
''',
    reference=sharing.compression_rate,
    solution_text='''
def compression_rate(weights, clusters, float_bits=32):
    """How many times fewer bits: `weights` floats against as many codes of log2(clusters) bits and a codebook."""
    return weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits)
''',
    shown=(16, 4, 32),
    cases=[
        (1, 1, 32),
        (10, 1, 32),
        (4, 16, 32),
        (10, 16, 32),
        (7056, 16, 32),
        (100, 5, 32),
        (400, 256, 32),
        (1000, 16, 16),
    ],
    draw=_draw_rate,
    misconceptions=[
        Misconception(
            "the codebook left out",
            _no_codebook,
            "Codes alone mean nothing: the file needs the codebook as well, clusters * float_bits. For a small layer "
            "that is most of what it takes.",
        ),
        Misconception(
            "k bits for a code",
            _clusters_as_bits,
            "A code that tells k centroids apart takes log2(k) bits, not k: with 4 bits there are 16 codes.",
        ),
        Misconception(
            "the natural logarithm",
            _natural,
            "np.log is the natural logarithm. Bits are counted by np.log2.",
        ),
        Misconception(
            "upside down",
            _upside_down,
            "This is the share of bits that is left. The rate is the other way round: before over after, so that 3.2 "
            "means 3.2 times smaller.",
        ),
        Misconception(
            "whole bits",
            _whole_bits,
            "A file with codes of fixed width does need whole bits, so your number is closer to it. The paper's "
            "formula, asked for here, takes log2(k) as it is.",
        ),
        Misconception(
            "the share saved",
            _share_saved,
            "This is the share of bits that is saved. The rate is before over after, so that 3.2 means 3.2 times "
            "smaller.",
        ),
        Misconception(
            "the bits of k itself",
            _length_of_k,
            "k.bit_length() is enough for the number k. The codes run from 0 to k - 1 only: 4 centroids take 2 bits. "
            "The formula has np.log2(k).",
        ),
        Misconception(
            "parentheses missing",
            _no_parentheses,
            "Python divides by the first factor only and adds the rest. Put all that comes after the fraction bar into "
            "parentheses.",
        ),
        Misconception(
            "a codebook of codes",
            _coded_codebook,
            "The entries of the codebook are the shared weights themselves: each takes float_bits, not log2(k) bits.",
        ),
        Misconception(
            "a codebook of one entry",
            _one_entry,
            "The codebook has k entries of float_bits each.",
        ),
        Misconception(
            "always 32 bits",
            _always_32,
            "float_bits may be 16; it stands in both places, the floats before and the codebook after.",
        ),
    ],
    alternatives=[_rate_by_bytes],
    hints=[
        "Two counts of bits: before, and after. Before: n floats of b bits.",
        "After: n codes of log2(k) bits, and k floats of b bits.",
        "weights * float_bits / (weights * np.log2(clusters) + clusters * float_bits).",
    ],
    why="Equation 1 of the paper. For many weights it comes near float_bits / log2(k); for few, the codebook weighs "
    "more and the rate can fall below 1.",
)

EXERCISES: list[AnyExercise] = [ENCODE, UPDATE, LINEAR_START, CENTROID_GRADIENT, RATE]
