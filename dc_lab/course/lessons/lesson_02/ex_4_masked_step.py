"""02.4 A step that keeps zeros."""

import numpy as np

from dc_lab.course.exercises import Exercise


def masked_step(weights, gradient, mask, lr):
    """The weights after one step of gradient descent, with everything outside the mask at 0."""
    return np.where(mask, weights - lr * gradient, 0.0)


STEP = (
    np.array([[0.5, 0.0, -0.25], [0.0, 1.0, 0.0]]),
    np.array([[1.0, 2.0, -1.0], [-3.0, 0.5, 0.2]]),
    np.array([[True, False, True], [False, True, False]]),
    0.1,
)


def _draw_step(rng):
    shape = tuple(rng.integers(1, 5, 2))
    weights, gradient = (rng.integers(-8, 9, shape) / 4 for _ in range(2))
    mask = rng.random(shape) < 0.5
    weights = np.where(mask, weights, rng.choice([0.0, 1.0]) * weights)
    return weights, gradient, mask, float(rng.choice([0.25, 0.5, 0.125]))


exercise = Exercise(
    id="02.4",
    title="A step that keeps zeros",
    minutes=10,
    reference=masked_step,
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


@exercise.alternative
def _step_by_assignment(weights, gradient, mask, lr):
    after = np.zeros_like(weights)
    after[mask] = weights[mask] - lr * gradient[mask]
    return after


@exercise.alternative
def _step_by_product(weights, gradient, mask, lr):
    return (weights - lr * gradient) * mask


exercise.mistake("no mask at all", lambda weights, gradient, mask, lr: weights - lr * gradient).says("""
    The mask is not used: pruned weights take the step too, and grow back.""")


@exercise.mistake("the mask before the step only")
def _(weights, gradient, mask, lr):
    """The weights are masked before the step, and then every one of them takes it: pruned weights have moved away from
    0 again. Mask what comes out."""
    return weights * mask - lr * gradient


@exercise.mistake("only the gradient is masked")
def _(weights, gradient, mask, lr):
    """Pruned weights stay what they were, which is right only if they were 0 already. The first step after pruning
    finds them as they were trained: mask the result."""
    return weights - lr * gradient * mask


exercise.mistake("uphill", lambda weights, gradient, mask, lr: (weights + lr * gradient) * mask).says("""
    This goes up the gradient. The step that lowers the loss is weights - lr * gradient.""")
exercise.mistake("the mask upside down", lambda weights, gradient, mask, lr: (weights - lr * gradient) * ~mask).says("""
    This removes the weights to be kept, and keeps the others. True in the mask means kept.""")
exercise.mistake("no learning rate", lambda weights, gradient, mask, lr: (weights - gradient) * mask).says("""
    The whole gradient is taken off. Multiply it by lr first.""")


@exercise.mistake("0 taken for pruned")
def _(weights, gradient, mask, lr):
    """Whether a weight is pruned is read off its value here. A kept weight may pass through 0 and must be able to leave
    it; and a weight outside the mask may not be 0 yet. Only the mask knows."""
    return np.where(weights != 0, weights - lr * gradient, 0.0)


@exercise.mistake("the kept weights frozen")
def _(weights, gradient, mask, lr):
    """The two are swapped: here the kept weights stand still and the pruned ones move. In np.where(mask, a, b), a is
    for True."""
    return np.where(mask, weights, weights - lr * gradient)


exercise.mistake("no step", lambda weights, gradient, mask, lr: weights * mask).says("""
    The mask is applied, but the weights have not moved: take lr * gradient off.""")


@exercise.mistake("in place")
def _(weights, gradient, mask, lr):
    """The numbers are right, but -= and *= change the array that was passed in. Return a new one."""
    weights -= lr * gradient
    weights *= mask
    return weights


@exercise.mistake("only the kept weights are returned")
def _(weights, gradient, mask, lr):
    """weights[mask] is a flat list of the kept ones. Asked for is the whole array, of the same shape, with 0 at the
    pruned places."""
    return weights[mask] - lr * gradient[mask]
