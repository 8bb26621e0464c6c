"""02.1 A mask from a threshold."""

import numpy as np

from dc_lab import pruning
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_02.common import FIVE_BY_FIVE


def threshold_mask(weights, threshold):
    """True where a weight's magnitude is at least `threshold`."""
    return np.abs(weights) >= threshold


def _draw_threshold(rng):
    shape = tuple(rng.integers(1, 6, 2))
    return rng.integers(-4, 5, shape) / 2, float(rng.choice([0.0, 0.5, 1.0, 1.5, 3.0]))


CASES = [
    (np.array([[0.5]]), 0.5), (np.array([[-0.5]]), 0.5), (np.array([-2.0, 0.25, 1.0]), 1.0), (np.zeros((2, 2)), 0.0),
    (np.zeros((2, 2)), 0.5), (np.full((2, 3), -1.5), 1.0), (np.array([[[2.0, -1.0], [0.5, -3.0]]]), 2.0),
    (np.zeros((0, 4)), 0.5),
]  # fmt: skip

exercise = Exercise(
    id="02.1",
    title="A mask from a threshold",
    minutes=5,
    reference=pruning.threshold_mask,
    solution=threshold_mask,
    shown=(FIVE_BY_FIVE, 0.1),
    cases=CASES,
    draw=_draw_threshold,
    hints=[
        "NumPy compares a whole array with a number at once, and gives an array of True and False.",
        "Take the magnitude first: np.abs(weights).",
        "One line: np.abs(weights), compared with threshold by >=.",
    ],
    why="""The comparison is the whole method: np.abs(weights) >= threshold is a boolean array of the same shape. The
    magnitude counts because a weight of -0.8 moves the output as far as one of 0.8. The paper's words are "all
    connections with weights below a threshold are removed", so that a weight at the threshold stays.""",
)


@exercise.alternative
def _threshold_by_comparing_both_sides(weights, threshold):
    return (weights >= threshold) | (weights <= -threshold)


@exercise.alternative
def _threshold_by_loops(weights, threshold):
    mask = np.empty(weights.shape, bool)
    for place, weight in np.ndenumerate(weights):
        mask[place] = abs(weight) >= threshold
    return mask


exercise.mistake("> instead of >=", lambda weights, threshold: np.abs(weights) > threshold).says("""
    A weight exactly at the threshold is removed here. The text keeps it: only those below go. Write >= instead of
    >.""")
exercise.mistake("the sign decides", lambda weights, threshold: weights >= threshold).says("""
    This compares the weight itself, so every negative weight is removed, however large. A weight of -3 changes the
    output as much as one of 3: compare its magnitude, np.abs(weights).""")
exercise.mistake("the sign decides, and > instead of >=", lambda weights, threshold: weights > threshold).says("""
    This compares the weight itself, so every negative weight is removed, however large; and a weight exactly at the
    threshold goes as well, where the text keeps it. Take the magnitude, and >=.""")
exercise.mistake("the mask upside down", lambda weights, threshold: np.abs(weights) < threshold).says("""
    True stands here for what is removed. In this course a mask says what stays: True for kept.""")


@exercise.mistake("the mask upside down, with the threshold in it")
def _(weights, threshold):
    """True stands here for what is removed. A mask says what stays, and a weight exactly at the threshold stays too."""
    return np.abs(weights) <= threshold


@exercise.mistake("the pruned weights, not the mask")
def _(weights, threshold):
    """These are the weights with zeros put in. Asked for is the mask alone, an array of True and False: it will be
    needed again at every training step."""
    return np.where(np.abs(weights) >= threshold, weights, 0)


@exercise.mistake("the weights pruned in place, no mask")
def _(weights, threshold):
    """This prunes the weights that were passed in and returns them. Asked for is the mask, an array of True and False;
    the weights stay as they are."""
    weights[np.abs(weights) < threshold] = 0
    return weights


exercise.mistake("places instead of a mask", lambda weights, threshold: np.where(np.abs(weights) >= threshold)).says("""
    np.where with one argument gives the row and column numbers of the places. Asked for is the mask itself: the
    comparison inside is all you need.""")


@exercise.mistake("the weights that are left, as a list")
def _(weights, threshold):
    """weights[mask] gives the values that stay, but no longer where they stand. Return the mask itself, of the same
    shape as weights."""
    return weights[np.abs(weights) >= threshold]


@exercise.mistake("0 and 1 instead of False and True")
def _(weights, threshold):
    """The places are right, but the mask is made of integers. As an index, 0 and 1 mean the first two rows, not False
    and True. Leave the comparison as it is, without astype."""
    return (np.abs(weights) >= threshold).astype(int)


@exercise.mistake("0.0 and 1.0 instead of False and True")
def _(weights, threshold):
    """The places are right, but the mask is made of floats, which cannot be used as an index. Leave the comparison as
    it is: it is boolean already."""
    return (np.abs(weights) >= threshold).astype(float)


@exercise.mistake("a share of the largest weight")
def _(weights, threshold):
    """The threshold is taken here as a share of the largest magnitude. It is a magnitude itself: compare with it as it
    is."""
    return np.abs(weights) >= threshold * np.abs(weights).max(initial=0)


exercise.mistake("squares without squaring the threshold", lambda weights, threshold: weights**2 >= threshold).says("""
    Squaring does away with the sign, but then the threshold must be squared too. np.abs says it more plainly.""")


@exercise.mistake("pruning in place")
def _(weights, threshold):
    """The mask is right, but the weights were set to 0 on the way. Whoever calls this may want to try another
    threshold: leave the weights alone."""
    mask = np.abs(weights) >= threshold
    weights[~mask] = 0
    return mask
