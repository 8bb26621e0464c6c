"""05.2 Value to mark."""

import numpy as np

from dc_lab.course.exercises import Exercise

TUTORIAL = np.array([[0.6839, 0.4741, 0.7451], [0.9301, 0.1742, 0.6835]], np.float32)
"""The example that many tutorials show, with scale 0.5 and zero point 8."""
SMALL = np.array([[-0.5, 0.1, 0.6, 1.25], [0.3, -0.2, 0.9, 0.0], [1.1, 0.45, -0.4, 0.7]], np.float32)


def quantize(x: np.ndarray, scale: float, zero_point: int, qmin: int = 0, qmax: int = 255) -> np.ndarray:
    inverse = np.float32(1) / np.float32(scale)
    marks = np.rint(x * inverse) + zero_point
    return np.clip(marks, qmin, qmax).astype(np.int64)


def _draw_quantize(rng):
    # Scales that are powers of 2: a tie is one to the last bit, and a division gives what the product does.
    scale = float(rng.choice([0.25, 0.5, 2.0]))
    qmin, qmax = ((0, 255), (-128, 127), (0, 15), (-8, 7))[int(rng.integers(4))]
    zero_point = int(rng.integers(qmin, qmax + 1))
    steps = rng.integers(-40, 41, ((4,), (2, 3))[int(rng.integers(2))]) / 2
    return (steps * scale).astype(np.float32), scale, zero_point, qmin, qmax


CASES = [
    (np.array([0.0], np.float32), 0.5, 8, 0, 255), (np.array([0.75, 1.75], np.float32), 1.0, 0, 0, 255),
    (np.array([-0.75, -1.75], np.float32), 1.0, 8, 0, 255),
    (np.array([0.5, 1.5, 2.5, -0.5, -1.5], np.float32), 1.0, 10, 0, 255),
    (np.array([0.5, 1.5, 2.5, -0.5], np.float32), 1.0, 7, 0, 255),
    (np.array([300.0, -300.0], np.float32), 1.0, 8, 0, 255), (np.array([10.0, -10.0], np.float32), 1.0, 0, -8, 7),
    (np.array([9.0, -9.0], np.float32), 1.0, 3, -8, 7), (np.array([-2.35, 1.55, 2.35], np.float32), 0.1, 100, 0, 255),
    (np.array([0.075], np.float32), 0.03, 0, 0, 255), (SMALL, 0.25, 2, 0, 7),
    (np.zeros((0, 2), np.float32), 0.5, 8, 0, 255),
]  # fmt: skip

exercise = Exercise(
    id="05.2",
    title="Value to mark",
    minutes=5,
    stub='''
def quantize(x, scale, zero_point, qmin=0, qmax=255):
    """Integers qmin to qmax, of the shape of float32 `x`: the nearest mark, half-way to the even number of steps."""
    raise NotImplementedError("your turn")
''',
    reference=quantize,
    shown=(TUTORIAL, 0.5, 8, 0, 255),
    cases=CASES,
    draw=_draw_quantize,
    hints=[
        "Four steps in this order: how many steps of the scale, round, add, clamp.",
        "np.rint rounds half-way values to the even number. np.clip moves what is beyond the ends.",
        "marks = np.rint(x * (np.float32(1) / np.float32(scale))) + zero_point; then np.clip and .astype(np.int64).",
    ],
    why="Multiplying by the reciprocal, rounding half to even, adding, clamping: in this order, these are the integers "
    "that PyTorch gives. Another order agrees almost always, and that makes it hard to find.",
)


@exercise.alternative
def _quantize_by_loops(x, scale, zero_point, qmin=0, qmax=255):
    marks = np.zeros(x.shape, np.int64)
    for place, value in np.ndenumerate(x):
        mark = zero_point + round(float(value * (np.float32(1) / np.float32(scale))))
        marks[place] = min(max(mark, qmin), qmax)
    return marks


@exercise.alternative
def _clamped_first(x, scale, zero_point, qmin=0, qmax=255):
    steps = np.round(x * (np.float32(1) / np.float32(scale)))
    return zero_point + np.minimum(np.maximum(steps, qmin - zero_point), qmax - zero_point).astype(np.int32)


@exercise.mistake("cut off, not rounded (towards 0)")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """astype(int) drops what stands after the point: 1.99 steps become 1, and -0.75 becomes 0. The largest error
    doubles, and every value moves towards 0. Round first, with np.rint."""
    marks = (x * (np.float32(1) / np.float32(scale))).astype(np.int64) + zero_point
    return np.clip(marks, qmin, qmax)


@exercise.mistake("cut off after the zero point")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You add the zero point and drop what stands after the point. So the mark below is taken, even if the one above is
    nearer. Round the steps with np.rint, then add."""
    marks = (x * (np.float32(1) / np.float32(scale)) + zero_point).astype(np.int64)
    return np.clip(marks, qmin, qmax)


@exercise.mistake("cut off, not rounded (downwards)")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """np.floor takes the mark below, even if the one above is nearer. The largest error doubles and all values become
    smaller. Use np.rint."""
    marks = np.floor(x * (np.float32(1) / np.float32(scale))) + zero_point
    return np.clip(marks, qmin, qmax).astype(np.int64)


@exercise.mistake("half-way always up")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """Adding 0.5 and cutting off moves every half-way value up; over many values that adds up. np.rint sends half of
    them down and half up: to the even number."""
    marks = np.floor(x * (np.float32(1) / np.float32(scale)) + np.float32(0.5)) + zero_point
    return np.clip(marks, qmin, qmax).astype(np.int64)


@exercise.mistake("divided by the scale")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """x / scale and x * (1 / scale) are the same on paper. In float32 they differ in the last bit, and close to
    half-way that is another mark. Multiply by np.float32(1) / np.float32(scale), as PyTorch does."""
    return np.clip(np.rint(x / np.float32(scale)) + zero_point, qmin, qmax).astype(np.int64)


@exercise.mistake("the reciprocal of a float64")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """1 / scale is worked out with 64 bits here and rounded to float32 afterwards. That is another number in the last
    bit, and close to half-way another mark: np.float32(1) / np.float32(scale)."""
    return np.clip(np.rint(x * np.float32(1 / scale)) + zero_point, qmin, qmax).astype(np.int64)


@exercise.mistake("multiplied by the scale")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """Multiplying by the scale goes from marks to values. From values to marks, multiply by 1 / scale: how many steps
    fit into the value."""
    return np.clip(np.rint(x * np.float32(scale)) + zero_point, qmin, qmax).astype(np.int64)


@exercise.mistake("the zero point left out")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """These are steps from the value 0. The marks are counted from elsewhere: the value 0 has mark zero_point, so add
    that."""
    return quantize(x, scale, 0, qmin, qmax)


@exercise.mistake("the zero point subtracted")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The value 0 must become the mark zero_point: from value to mark it is added, on the way back subtracted."""
    return quantize(x, scale, -zero_point, qmin, qmax)


@exercise.mistake("the zero point added before rounding")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """With an odd zero point, half-way values now go the other way: 0.5 steps round to 0, then 7 makes 7; but 7.5
    rounds to 8. Round first, then add. (Older versions of PyTorch did it your way.)"""
    marks = np.rint(x * (np.float32(1) / np.float32(scale)) + np.float32(zero_point))
    return np.clip(marks, qmin, qmax).astype(np.int64)


@exercise.mistake("the zero point added to the value")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The zero point is a number of marks, not a value. Multiply by 1 / scale first, then round, then add it."""
    return quantize(x + np.float32(zero_point), scale, 0, qmin, qmax)


@exercise.mistake("no clamp")
def _no_clamp(x, scale, zero_point, qmin=0, qmax=255):
    """Values beyond the ends of the ruler got marks that do not exist. They take the mark at that end: np.clip(marks,
    qmin, qmax)."""
    return (np.rint(x * (np.float32(1) / np.float32(scale))) + zero_point).astype(np.int64)


@exercise.mistake("wrapped around")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """uint8 goes on at 0 after 255: 308 becomes 52. A very large value turns into a small one without an error. Clamp
    with np.clip before you convert."""
    return _no_clamp(x, scale, zero_point).astype(np.int64).astype(np.uint8)


@exercise.mistake("a type without negative numbers")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """uint8 holds 0 to 255. With qmin -128 or -8, marks below 0 turn into large ones: -8 becomes 248. Use one with a
    sign, such as np.int64."""
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.uint8)


@exercise.mistake("one end only")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The ruler has two ends. Values below the first mark have to move up to qmin."""
    return np.minimum(_no_clamp(x, scale, zero_point), qmax)


@exercise.mistake("clamped before the zero point")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You clamp the steps and then add the zero point, which can leave the ruler again. And steps below 0 are fine as
    long as the mark is not. Add first, clamp last."""
    marks = np.clip(np.rint(x * (np.float32(1) / np.float32(scale))), qmin, qmax)
    return marks.astype(np.int64) + zero_point


@exercise.mistake("always 0 to 255")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The ends are arguments: with 4 bits they are 0 to 15 or -8 to 7. Clamp to qmin and qmax."""
    return quantize(x, scale, zero_point, 0, 255)


@exercise.mistake("values in place of marks")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You return the values that the marks stand for. Asked for are the marks themselves, integers."""
    return (quantize(x, scale, zero_point, qmin, qmax) - zero_point) * np.float32(scale)


@exercise.mistake("marks as floats")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The numbers are right, but they are floats, which take four bytes each. Convert: .astype(np.int64)."""
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.float32)
