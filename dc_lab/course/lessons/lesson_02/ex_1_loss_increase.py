"""02.1 What a weight is worth."""

import numpy as np

from dc_lab.course.exercises import Exercise


def loss_increase(weights, curvature):
    """About how much the loss rises if a weight alone is set to 0, for each weight."""
    return 0.5 * curvature * weights**2


TWO_BY_TWO = np.array([[0.4, -0.1], [0.3, 0.2]])
CURVATURE = np.array([[1.0, 25.0], [1.0, 25.0]])


def _draw(rng):
    shape = tuple(rng.integers(2, 5, 2))
    return rng.normal(0, 0.7, shape), rng.exponential(3.0, shape)


exercise = Exercise(
    id="02.1",
    title="What a weight is worth",
    minutes=5,
    task="warm-up",
    reference=loss_increase,
    shown=(TWO_BY_TWO, CURVATURE),
    cases=[
        (np.array([2.0]), np.array([1.0])),
        (np.array([2.0]), np.array([3.0])),
        (np.array([-2.0]), np.array([3.0])),
        (np.array([0.0, 1.7]), np.array([5.3, 0.0])),
        (np.array([[[0.3, -1.2], [0.8, 0.1]]]), np.array([[[1.1, 0.2], [2.3, 40.0]]])),
        (TWO_BY_TWO.astype(np.float32), CURVATURE.astype(np.float32)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
    draw=_draw,
    dtype="exact",
    dtypes=("float32",),
    hints=[
        "For one weight it is 0.5 * h * w**2, where h is its curvature. NumPy does that for all entries at once.",
        "Square the weights, not the curvature: weights**2.",
        "One line: return 0.5 * curvature * weights**2",
    ],
    why="""The loss is expanded around the trained weights. At a minimum the slope is 0, so that the first term left is
    the square: half the curvature times the square of the step, and the step that removes a weight is as long as the
    weight. "Optimal Brain Damage" (LeCun, Denker and Solla, 1990) calls it the saliency of the weight.""",
)


@exercise.alternative
def _by_loops(weights, curvature):
    increase = np.empty_like(weights)
    for place, weight in np.ndenumerate(weights):
        increase[place] = curvature[place] * weight * weight / 2
    return increase


@exercise.alternative
def _by_products(weights, curvature):
    return np.multiply(curvature, np.square(np.abs(weights))) / 2


exercise.mistake("the half forgotten", lambda weights, curvature: curvature * weights**2).says("""
    This is twice as much. In the expansion the square comes with a factor of one half.""")
exercise.mistake("the weight not squared", lambda weights, curvature: 0.5 * curvature * weights).says("""
    This is 0.5 * h * w. The first term of the expansion, which has w itself, vanishes at a minimum; the next one has
    its square.""")
exercise.mistake("the magnitude not squared", lambda weights, curvature: 0.5 * curvature * np.abs(weights)).says("""
    This is 0.5 * h * |w|. The loss near a minimum is a bowl, not a funnel: it rises with the square of the weight.""")
exercise.mistake("everything squared", lambda weights, curvature: 0.5 * (curvature * weights) ** 2).says("""
    The curvature is squared too. Take the square of the weight alone, then multiply: curvature * weights**2.""")
exercise.mistake("the half squared too", lambda weights, curvature: curvature * (0.5 * weights) ** 2).says("""
    The half is inside the square, where it becomes a quarter.""")
exercise.mistake("the curvature left out", lambda weights, curvature: 0.5 * weights**2).says("""
    The curvature is not used. This is what magnitude pruning assumes: that it is the same for all weights.""")
exercise.mistake(
    "divided by the curvature", lambda weights, curvature: 0.5 * weights**2 / (curvature + 1e-300)
).says("""
    This divides by the curvature. The steeper the bowl, the more a step costs: multiply.""")
exercise.mistake("weight and curvature exchanged", lambda weights, curvature: 0.5 * weights * curvature**2).says("""
    The arguments are exchanged: the first are the weights, and theirs is the square.""")
exercise.mistake("one number", lambda weights, curvature: np.sum(0.5 * curvature * weights**2)).says("""
    This adds all of them up. Asked for is an array: the increase for each weight removed alone.""")


exercise.mistake("the first row's curvature", lambda weights, curvature: 0.5 * curvature[0] * weights**2).says("""
    curvature[0] is the first row alone, and all rows get it. Each weight has a curvature of its own, at the same place
    in the other array: curvature * weights**2.""")


@exercise.mistake("the loss without the weight's sign")
def _(weights, curvature):
    """The sign of the weight is kept. Removing a weight costs something whatever its sign: w * w is never below 0."""
    return 0.5 * curvature * weights * np.abs(weights)


@exercise.mistake("float64 whatever came")
def _(weights, curvature):
    """The numbers are right, but float64. The result has the dtype of the two arrays: leave np.float64 and
    astype(float) out."""
    return (0.5 * curvature.astype(np.float64) * weights.astype(np.float64) ** 2).astype(np.float64)


@exercise.mistake("float32 whatever came")
def _(weights, curvature):
    """The result is float32 always, with seven digits. It has the dtype of the two arrays: leave np.float32 out."""
    return (0.5 * curvature * weights**2).astype(np.float32)


@exercise.mistake("float16 on the way")
def _(weights, curvature):
    """The weights are rounded to float16 on the way, which keeps three digits. Calculate in the dtype they have."""
    return (0.5 * curvature * weights.astype(np.float16).astype(weights.dtype) ** 2).astype(weights.dtype)


@exercise.mistake("rounded")
def _(weights, curvature):
    """The result is rounded to a few digits. Nothing is to be rounded here."""
    return np.round(0.5 * curvature * weights**2, 4)


@exercise.mistake("a matrix product")
def _(weights, curvature):
    """@ and np.dot multiply matrices, and add up over a whole row. Here each weight meets the curvature at its own
    place: *."""
    return 0.5 * curvature @ weights**2


@exercise.mistake("matrices alone")
def _(weights, curvature):
    """The shape may be any, of one dimension or of three: `rows, columns = weights.shape` takes two. NumPy multiplies
    arrays of any shape place by place, without a loop."""
    rows, columns = weights.shape
    return (0.5 * curvature * weights**2).reshape(rows, columns)


@exercise.mistake("one long row")
def _(weights, curvature):
    """The numbers are right, but they stand in one long row. Keep the shape of the weights: without ravel()."""
    return (0.5 * curvature * weights**2).ravel()


@exercise.mistake("a list")
def _(weights, curvature):
    """The numbers are right, but this is a list. Asked for is an array: leave out tolist()."""
    return (0.5 * curvature * weights**2).tolist()
