"""04.4 The gradient of a centroid."""

import numpy as np

from dc_lab import sharing
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_04.common import CODES, GRADIENT


def _draw_gradient(rng):
    clusters = int(rng.integers(2, 6))
    shape = ((4,), (3, 3))[int(rng.integers(2))]
    return np.round(rng.normal(0, 1, shape), 2), rng.integers(0, clusters, shape), clusters


exercise = Exercise(
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
    hints=[
        "Colour the gradient like the weights, then sum within each colour.",
        "A loop over all places: sums[code] += gradient at that place. np.bincount is that loop.",
        "np.bincount(codes.ravel(), gradient.ravel(), minlength=clusters).",
    ],
    why="Moving a centroid by d moves every one of its weights by d, so the loss changes by d times the sum of their "
    "gradients. This is the paper's equation 3, and it is the derivative of the look-up codebook[codes].",
)


@exercise.alternative
def _gradient_by_loops(gradient, codes, clusters):
    sums = np.zeros(clusters)
    for place, code in np.ndenumerate(codes):
        sums[code] += gradient[place]
    return sums


@exercise.alternative
def _add_at(gradient, codes, clusters):
    sums = np.zeros(clusters)
    np.add.at(sums, codes, gradient)
    return sums


@exercise.mistake("sums[codes] += gradient")
def _(gradient, codes, clusters):
    """With a repeated code, NumPy writes to that place several times and the last write wins: nothing adds up.
    np.bincount with weights, or np.add.at, adds."""
    sums = np.zeros(clusters)
    sums[codes] += gradient
    return sums


@exercise.mistake("the mean")
def _(gradient, codes, clusters):
    """The loss changes by the sum: moving a centroid moves all of its weights at once. A mean makes the step of a large
    cluster as small as that of a single weight."""
    counts = np.bincount(codes.ravel(), minlength=clusters)
    return np.asarray(_gradient_by_loops(gradient, codes, clusters) / np.maximum(counts, 1))


@exercise.mistake("the mean, NaN where a code has no weights")
def _(gradient, codes, clusters):
    """Two things. The loss changes by the sum, not the mean: moving a centroid moves all of its weights at once. And a
    code without weights has gradient 0; dividing 0 by 0 makes it NaN."""
    with np.errstate(all="ignore"):
        return np.asarray(
            _gradient_by_loops(gradient, codes, clusters) / np.bincount(codes.ravel(), minlength=clusters)
        )


@exercise.mistake("the sign of the step")
def _(gradient, codes, clusters):
    """This is the direction of the step. The gradient itself is the plain sum; the minus comes later, in codebook - lr
    * gradient."""
    return -_gradient_by_loops(gradient, codes, clusters)


@exercise.mistake("cut off at the largest code")
def _(gradient, codes, clusters):
    """The result ends at the largest code that occurs, as np.bincount without minlength does, and range(codes.max() +
    1). Where the last codes have no weights it is too short: go by `clusters`."""
    return np.bincount(codes.ravel(), gradient.ravel())


@exercise.mistake("np.bincount of a matrix")
def _(gradient, codes, clusters):
    """np.bincount takes one dimension, and the gradient of a layer has two or more. Flatten both arguments:
    codes.ravel(), gradient.ravel()."""
    return np.bincount(codes, gradient, minlength=clusters)


@exercise.mistake("only the codes that occur")
def _(gradient, codes, clusters):
    """A code without weights has gradient 0 and keeps its place; left out, all later ones move up and no longer fit the
    codebook. Go over range(clusters)."""
    return np.array([gradient[codes == code].sum() for code in np.unique(codes)])


@exercise.mistake("magnitudes summed")
def _(gradient, codes, clusters):
    """Gradients of opposite sign cancel: one weight wants the centroid higher, another lower. Sum them with their
    signs."""
    return _gradient_by_loops(np.abs(gradient), codes, clusters)


exercise.mistake("counts", lambda gradient, codes, clusters: np.bincount(codes.ravel(), minlength=clusters)).says("""
    This counts the weights of each code. np.bincount takes what is to be summed as its second argument.""")


@exercise.mistake("a gradient for each weight")
def _(gradient, codes, clusters):
    """You return the sum at each weight. Asked for is one number a centroid, shape (clusters,)."""
    return _gradient_by_loops(gradient, codes, clusters)[codes]
