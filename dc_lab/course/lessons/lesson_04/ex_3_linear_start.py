"""04.3 The linear start."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_04.common import WEIGHTS


def linear_start(weights: np.ndarray, clusters: int) -> np.ndarray:
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters)


def _draw_start(rng):
    weights = np.round(rng.normal(rng.choice([-2.0, 0.0, 2.0]), 1, (3, 4)), 2)
    weights[rng.random((3, 4)) < 0.4] = 0
    weights[0, :2] = 1.5, 2.25
    return weights, int(rng.integers(1, 7))


CASES = [
    (np.array([0.0, 0.5, 1.0]), 2), (np.array([-3.0, 0.0, -1.0]), 3), (np.array([-1.0, 0.25, 0.5, 2.0]), 4),
    (np.array([[0.0, 2.0], [0.0, 0.0]]), 3), (np.array([5.0]), 1), (np.array([-2.0, 0.0, 6.0]), 1),
    (np.array([1.5, 1.5, 1.5]), 2),
]  # fmt: skip

exercise = Exercise(
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
    cases=CASES,
    draw=_draw_start,
    hints=[
        "Two numbers decide it: the smallest and the largest weight that is not 0.",
        "weights[weights != 0] is a row with the kept weights, whatever the shape was.",
        "np.linspace(kept.min(), kept.max(), clusters).",
    ],
    why="The start looks at two weights only. That is its point: the few large weights get centroids of their own, "
    "however few they are.",
)


@exercise.alternative
def _start_by_steps(weights, clusters):
    kept = sorted(float(w) for w in weights.ravel() if w != 0)
    step = (kept[-1] - kept[0]) / max(clusters - 1, 1)
    return np.array([kept[0] + i * step for i in range(clusters)])


@exercise.mistake("steps of (max - min) / (k - 1), also for one cluster")
def _(weights, clusters):
    """With a single cluster there is no step, and (max - min) / 0 is no number. Its centroid is the smallest weight.
    np.linspace knows that."""
    kept = weights[weights != 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return kept.min() + np.arange(clusters) * (kept.max() - kept.min()) / np.float64(clusters - 1)


@exercise.mistake("zeros counted among the weights")
def _(weights, clusters):
    """Where all kept weights have one sign, the zeros stretch the range to 0 and centroids are spent where no weight
    is. Pruned weights are not shared: leave them out first, weights[weights != 0]."""
    return np.linspace(weights.min(), weights.max(), clusters)


@exercise.mistake("symmetric around 0")
def _(weights, clusters):
    """The range goes from the smallest to the largest weight, with their signs. From -max|w| to max|w|, centroids lie
    where there are no weights."""
    return np.linspace(-np.abs(weights).max(), np.abs(weights).max(), clusters)


@exercise.mistake("the range of the magnitudes")
def _(weights, clusters):
    """Of magnitudes, all centroids come out positive, and negative weights have none near them. Take minimum and
    maximum of the weights with their signs."""
    kept = np.abs(weights[weights != 0])
    return np.linspace(kept.min(), kept.max(), clusters)


@exercise.mistake("the largest weight left out")
def _(weights, clusters):
    """The last centroid stops short of the largest weight: endpoint=False, or a step of (max - min) / k in place of /
    (k - 1). The large weights are those that the linear start is there for."""
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters, endpoint=False)


@exercise.mistake("the middles of k equal parts")
def _(weights, clusters):
    """These are the middles of k equal intervals. The first centroid stands on the smallest weight itself and the last
    one on the largest."""
    kept = weights[weights != 0]
    return kept.min() + (np.arange(clusters) + 0.5) / clusters * (kept.max() - kept.min())


@exercise.mistake("quantiles")
def _(weights, clusters):
    """Evenly spaced in rank is the density start. The linear one is evenly spaced in value, however many weights lie
    there."""
    return np.quantile(weights[weights != 0], np.linspace(0, 1, clusters))


@exercise.mistake("bits taken for clusters")
def _(weights, clusters):
    """The argument is the number of clusters itself. With b bits, the caller passes 2**b."""
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), 2**clusters)


@exercise.mistake("one too many")
def _(weights, clusters):
    """k equal parts have k + 1 ends. Asked for are k centroids, the first on the smallest weight and the last on the
    largest, with k - 1 steps between them."""
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters + 1)


@exercise.mistake("inner points only")
def _(weights, clusters):
    """The first centroid stands on the smallest weight and the last one on the largest; yours all lie between them."""
    kept = weights[weights != 0]
    return np.linspace(kept.min(), kept.max(), clusters + 2)[1:-1]
