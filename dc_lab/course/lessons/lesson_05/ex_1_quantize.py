"""05.1 From values to integers."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_05.common import SMALL, TUTORIAL, first_layer


def quantize(x, scale, zero_point, qmin=0, qmax=255):
    """Whole numbers from qmin to qmax, of the shape of `x`."""
    steps = np.rint(x * (1 / np.float32(scale)))
    return np.clip(steps + zero_point, qmin, qmax).astype(np.int64)


def _draw_quantize(rng):
    qmin, qmax = ((0, 255), (-128, 127), (0, 15), (-8, 7), (-7, 7))[int(rng.integers(5))]
    shape = ((4,), (2, 3), (3, 2, 2))[int(rng.integers(3))]
    reach = 1.3 * (qmax - qmin)
    if rng.random() < 0.5:
        # Scales that are powers of 2: a tie is one to the last bit.
        scale = float(rng.choice([0.25, 0.5, 2.0]))
        steps = np.rint(2 * rng.uniform(-reach, reach, shape)) / 2
    else:
        # Steps that are close to half-way, and no ties.
        scale = float(rng.uniform(0.001, 0.1))
        steps = np.rint(rng.uniform(-reach, reach, shape)) + rng.choice([-0.4999, -0.4, 0.2, 0.4999], shape)
    zero_point = int(rng.integers(qmin, qmax + 1))
    if len(shape) == 2 and rng.random() < 0.5:
        scales = scale * rng.choice([0.5, 1.0, 4.0], (shape[0], 1))
        return (steps * scales).astype(np.float32), scales, rng.integers(qmin, qmax + 1, (shape[0], 1)), qmin, qmax
    return (steps * scale).astype(np.float32), scale, zero_point, qmin, qmax


def _row(*values):
    return np.array(values, np.float32)


def _last_bits(scale, seed):
    """Values for which the last bit of the reciprocal decides: a division, or a float64, gives another integer."""
    x = np.random.default_rng(seed).uniform(0, 200 * scale, 1_500_000).astype(np.float32)
    right = np.rint(x * (1 / np.float32(scale)))
    others = [np.rint(x / np.float32(scale)), np.rint(x * np.float32(1 / scale)), np.rint(x.astype(float) / scale)]
    others.append(np.rint(x * (1 / np.float64(scale))))
    chosen = [x[np.flatnonzero(right != other)[:2]] for other in others]
    return np.concatenate(chosen)


PER_ROW = np.array([[0.5], [0.1], [0.02]])
"""A scale for each row, float64 as `channel_scales` may give it."""


def _cases():
    return [
        (_row(0.0), 0.5, 8), (_row(-9.0, 127.5, 300.0), 0.5, 8), (_row(0.0), 0.5, 8, 0, 255),
        (_row(0.75, 1.75), 1.0, 0, 0, 255), (_row(-0.75, -1.75), 1.0, 8, 0, 255),
        (_row(0.5, 1.5, 2.5, -0.5, -1.5), 1.0, 10, 0, 255), (_row(0.5, 1.5, 2.5, -0.5), 1.0, 7, 0, 255),
        (_row(300.0, -300.0), 1.0, 8, 0, 255), (_row(10.0, -10.0), 1.0, 0, -8, 7), (_row(9.0, -9.0), 1.0, 3, -8, 7),
        (_row(-2.35, 1.55, 2.35), 0.1, 100, 0, 255), (_row(0.075), 0.03, 0, 0, 255), (SMALL, 0.25, 2, 0, 7),
        (_row(1e-6, -1e-6), 1.0, 0, -8, 7), (_row(-3.0), 1.0, -5, -8, 7), (_row(-128.0, 127.0), 1.0, 0, -128, 127),
        (_row(0.4999, -0.4999, 1.4999, 2.5001), 1.0, 1, 0, 15), (_row(3e20, -3e20), 0.001, 8, 0, 255),
        (_row(250.0, 260.0), 1.0, 255, 0, 255), (_row(-0.5, 0.5), 1.0, -1, -7, 7),
        (_last_bits(0.0049, 1), 0.0049, 0, 0, 255), (_last_bits(0.013, 2), 0.013, 5, 0, 255),
        (_last_bits(0.013, 3), np.array([0.013]), np.array([0]), 0, 255),
        (SMALL, PER_ROW, np.array([[2], [8], [100]]), 0, 127), (SMALL, PER_ROW, 0, -128, 127),
        (SMALL, 0.25, np.array([[2], [1], [0]]), 0, 7), (np.asfortranarray(SMALL), 0.25, 2, 0, 7),
        (np.ones((2, 2, 2), np.float32) * _row(0.5, 1.5), 1.0, 1, 0, 15),
        # More than 8 bits: what is chosen by the sign of qmin alone, uint8 or int8, is too small.
        (_row(300.0, 700.0, 2000.0), 1.0, 0, 0, 1023), (_row(-300.0, 200.0), 1.0, 0, -512, 511),
        # A scale for each column: it is spread over the rows, and is no scale of a row.
        (SMALL[:, :3], PER_ROW.T, np.array([[2, 8, 100]]), 0, 127),
        (np.zeros((0, 2), np.float32), 0.5, 8, 0, 255),
    ]  # fmt: skip


exercise = Exercise(
    id="05.1",
    title="From values to integers",
    minutes=10,
    task="build",
    reference=quantize,
    shown=(TUTORIAL, 0.5, 8, 0, 255),
    cases=_cases,
    draw=_draw_quantize,
    large=lambda: (first_layer(), np.linspace(0.0005, 0.002, 300)[:, None], 0, -128, 127),
    large_is="a layer of the shape of the first, 300 x 784, with a scale for each row",
    hints=[
        "Four steps in this order: how many steps of the scale fit into the value, round, add the zero point, clamp.",
        "np.rint rounds half-way values to the even number. np.clip moves what is beyond the ends.",
        "steps = np.rint(x * (1 / np.float32(scale))); then np.clip(steps + zero_point, qmin, qmax), and "
        ".astype(np.int64) at last.",
    ],
    why="""The order decides. Rounding comes before the zero point is added, so that a tie goes to the even number of
        steps, whatever the zero point is. Clamping comes before the conversion to whole numbers, because a float that
        does not fit into one becomes anything.""",
)


def _steps(x, scale):
    return x * (1 / np.float32(scale))


def _clamped(marks, qmin, qmax):
    return np.clip(marks, qmin, qmax).astype(np.int64)


@exercise.alternative
def _row_by_row(x, scale, zero_point, qmin=0, qmax=255):
    marks = np.zeros(x.shape, int)
    scales, zeros = np.broadcast_to(scale, x.shape), np.broadcast_to(zero_point, x.shape)
    for i, row in enumerate(x):
        steps = row * (np.float32(1.0) / scales[i].astype("f4"))
        marks[i] = np.maximum(qmin, np.minimum(qmax, zeros[i] + np.rint(steps)))
    return marks


@exercise.alternative
def _clamped_first(x, scale, zero_point, qmin=0, qmax=255):
    steps = np.round(_steps(x, scale))
    return zero_point + np.minimum(np.maximum(steps, qmin - zero_point), qmax - zero_point).astype(np.int32)


@exercise.alternative
def _in_int16(x, scale, zero_point, qmin=0, qmax=255):
    inverse = np.reciprocal(np.asarray(scale, np.float32))
    return (np.around(x * inverse) + zero_point).clip(qmin, qmax).astype(np.int16)


@exercise.mistake("cut off, not rounded (towards 0)")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """astype(int) drops what stands after the point: 1.99 steps become 1, and -0.75 becomes 0. The largest error
    doubles, and every value moves towards 0. Round first, with np.rint."""
    return _clamped(np.trunc(_steps(x, scale)) + zero_point, qmin, qmax)


@exercise.mistake("cut off after the zero point")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You add the zero point and drop what stands after the point. So the integer below is taken, even if the one above
    is nearer. Round the steps with np.rint, then add."""
    return _clamped(np.trunc(np.clip(_steps(x, scale) + zero_point, qmin, qmax)), qmin, qmax)


@exercise.mistake("cut off, not rounded (downwards)")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """np.floor and // take the integer below, even if the one above is nearer. The largest error doubles and all values
    become smaller. Use np.rint."""
    return _clamped(np.floor(_steps(x, scale)) + zero_point, qmin, qmax)


@exercise.mistake("rounded up")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """np.ceil takes the integer above, even if the one below is nearer. Use np.rint."""
    return _clamped(np.ceil(_steps(x, scale)) + zero_point, qmin, qmax)


@exercise.mistake("half-way always up")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """Adding 0.5 and taking np.floor moves every half-way value up; over many values that adds up. np.rint sends them
    to the even number, half of them down."""
    return _clamped(np.floor(_steps(x, scale) + np.float32(0.5)) + zero_point, qmin, qmax)


@exercise.mistake("half-way always down")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """Every half-way value moves down: -0.5 and np.ceil do that. They go to the even number, as np.rint does it."""
    return _clamped(np.ceil(_steps(x, scale) - np.float32(0.5)) + zero_point, qmin, qmax)


@exercise.mistake("half-way away from zero")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You round half-way values away from 0: 0.5 to 1 and -0.5 to -1. That is what schools and C's round() do. Here
    they go to the even number, as np.rint does it."""
    steps = _steps(x, scale)
    return _clamped(np.sign(steps) * np.floor(np.abs(steps) + np.float32(0.5)) + zero_point, qmin, qmax)


@exercise.mistake("divided by the scale")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """x / scale and x * (1 / scale) are the same on paper. In float32 they differ in the last bit, and close to
    half-way that makes another integer. Multiply by 1 / np.float32(scale), as the page says."""
    return _clamped(np.rint(x / np.float32(scale)) + zero_point, qmin, qmax)


@exercise.mistake("calculated in float64")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You calculate with 64 bits; an array of scales is float64. That is more exact, and close to half-way it makes
    another integer than the rule on the page: multiply by 1 / np.float32(scale)."""
    return _clamped(np.rint(np.asarray(x, np.float64) / scale) + zero_point, qmin, qmax)


@exercise.mistake("the reciprocal of a float64")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """1 / scale is worked out with 64 bits here and rounded to float32 afterwards. That is another number in the last
    bit, and close to half-way another integer: 1 / np.float32(scale)."""
    return _clamped(np.rint(x * np.float32(1 / np.asarray(scale))) + zero_point, qmin, qmax)


@exercise.mistake("only one scale")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """float() and int() take a single number. The page allows an array of scales and of zero points, such as one for
    each row: np.float32(scale) takes both, and zero_point can be added as it is."""
    return _clamped(np.rint(_steps(x, float(scale))) + int(zero_point), qmin, qmax)


@exercise.mistake("the first scale for all")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """All rows get the first scale. Where scale and zero_point are arrays, let NumPy spread them over x: leave out
    [0], .item() and .flat."""
    return _clamped(np.rint(_steps(x, np.ravel(scale)[0])) + np.ravel(zero_point)[0], qmin, qmax)


@exercise.mistake("multiplied by the scale")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """Multiplying by the scale goes from integers to values. From values to integers, multiply by 1 / scale: how many
    steps fit into the value."""
    return _clamped(np.rint(x * np.float32(scale)) + zero_point, qmin, qmax)


@exercise.mistake("the zero point left out")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """These are steps from the value 0. The integers are counted from elsewhere: the value 0 becomes zero_point, so add
    that before you clamp."""
    return quantize(x, scale, 0, qmin, qmax)


@exercise.mistake("the zero point subtracted")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The value 0 must become zero_point: from value to integer it is added, on the way back subtracted."""
    return quantize(x, scale, np.negative(zero_point), qmin, qmax)


@exercise.mistake("the zero point added before rounding")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """With an odd zero point, half-way values now go the other way: 0.5 steps round to 0, then 7 makes 7; but 7.5
    rounds to 8. Round first, then add. (PyTorch 2.13 does it your way, see the page.)"""
    return _clamped(np.rint(_steps(x, scale) + zero_point), qmin, qmax)


@exercise.mistake("the zero point added before cutting off with 0.5")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """Adding 0.5 and dropping what stands after the point moves every half-way value up. np.rint sends them to the even
    number of steps; use it before the zero point is added."""
    return _clamped(np.trunc(np.clip(_steps(x, scale) + zero_point, qmin, qmax) + 0.5), qmin, qmax)


@exercise.mistake("the zero point added to the value")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The zero point is a number of steps, not a value. Multiply by 1 / scale first, then round, then add it."""
    return quantize(x + np.float32(zero_point), scale, 0, qmin, qmax)


@exercise.mistake("no clamp")
def _no_clamp(x, scale, zero_point, qmin=0, qmax=255):
    """Values beyond the ends got integers that do not exist. They take the one at that end: np.clip(..., qmin,
    qmax)."""
    return (np.rint(np.clip(_steps(x, scale), -1e15, 1e15)) + zero_point).astype(np.int64)


@exercise.mistake("whole numbers before the clamp")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You convert to whole numbers before you clamp. A float beyond their range becomes anything, here the smallest
    one, so that a large value ends at qmin. Clamp first, convert at last."""
    with np.errstate(invalid="ignore"):
        steps = np.rint(_steps(x, scale))
        far = np.abs(steps) > 1e18
        whole = np.where(far, -(2.0**62), steps).astype(np.int64)
    return np.clip(whole + zero_point, qmin, qmax)


@exercise.mistake("wrapped around")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """uint8 goes on at 0 after 255: 308 becomes 52. A very large value turns into a small one without an error. Clamp
    with np.clip before you convert."""
    return _no_clamp(x, scale, zero_point).astype(np.uint8)


@exercise.mistake("a type without negative numbers")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """uint8 holds 0 to 255. With qmin -128 or -8, integers below 0 turn into large ones: -8 becomes 248. Use one with a
    sign, such as np.int64."""
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.uint8)


@exercise.mistake("a type up to 127")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """int8 holds -128 to 127. With qmax 255, integers above 127 turn negative. Use a wider one, such as np.int64."""
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.int8)


@exercise.mistake("no lower end")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """There are two ends. What is below the first integer has to move up to qmin."""
    return np.minimum(_no_clamp(x, scale, zero_point), qmax)


@exercise.mistake("no upper end")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """There are two ends. What is above the last integer has to move down to qmax."""
    return np.maximum(_no_clamp(x, scale, zero_point), qmin)


@exercise.mistake("clamped before the zero point")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You clamp the steps and then add the zero point, which can leave the range again. And steps below 0 are fine as
    long as the integer is not. Add first, clamp last."""
    return _clamped(np.rint(_steps(x, scale)), qmin, qmax) + zero_point


@exercise.mistake("always 0 to 255")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The ends are arguments: with 4 bits they are 0 to 15 or -8 to 7. Clamp to qmin and qmax."""
    return quantize(x, scale, zero_point, 0, 255)


@exercise.mistake("an end that is never reached")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The largest integer is qmax itself. Yours stops one before it."""
    return quantize(x, scale, zero_point, qmin, qmax - 1)


@exercise.mistake("values in place of integers")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You return the values that the integers stand for. Asked for are the integers themselves."""
    return (quantize(x, scale, zero_point, qmin, qmax) - zero_point) * np.float32(scale)


@exercise.mistake("integers as floats")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The numbers are right, but they are floats, which take four bytes each. Convert: .astype(np.int64)."""
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.float32)


@exercise.mistake("a list")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """These are lists. Asked for is an array: np.array(...) around it, with the shape of x."""
    return quantize(x, scale, zero_point, qmin, qmax).tolist()


@exercise.mistake("one long row")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The numbers are right, but they stand in one long row. Give them the shape of x: .reshape(x.shape)."""
    return quantize(x, scale, zero_point, qmin, qmax).ravel()


@exercise.mistake("the product in float64")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The reciprocal is float32, as the page says, but x was made float64 before the product. That keeps digits which
    float32 rounds away, and close to half-way it makes another integer. Leave x as it is."""
    return _clamped(np.rint(x.astype(np.float64) * (1 / np.float32(scale))) + zero_point, qmin, qmax)


@exercise.mistake("float64 where there are several scales")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """With one scale you calculate in float32. An array of scales is float64 and stays so, and close to half-way that
    makes another integer: np.float32(scale) turns both kinds into float32."""
    inverse = 1 / np.float32(scale) if np.isscalar(scale) else 1 / scale
    return _clamped(np.rint(x * inverse) + zero_point, qmin, qmax)


def _as_rows(array):
    return np.reshape(array, (-1, 1)) if np.ndim(array) else array


@exercise.mistake("scales always taken for those of rows")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You give an array of scales the shape (rows, 1), whatever shape it had. The page has any shape that NumPy
    broadcasts against x, (1, columns) too: leave it as it is."""
    steps = np.rint(x * (1 / np.float32(_as_rows(scale))))
    return _clamped(steps + _as_rows(zero_point), qmin, qmax)


@exercise.mistake("wrapped around between the ends")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """What lies beyond one end comes in again at the other, as % does it. It is to stay at the end that it has passed:
    np.clip(..., qmin, qmax)."""
    steps = np.rint(_steps(x, scale)).astype(np.float64) + zero_point
    return (qmin + (steps - qmin) % (qmax - qmin + 1)).astype(np.int64)


@exercise.mistake("from -qmax to qmax")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """The lower end is -qmax here. It is qmin, which may be 0 or -128: np.clip(..., qmin, qmax)."""
    return _clamped(np.rint(_steps(x, scale)) + zero_point, -qmax, qmax)


@exercise.mistake("a type by the sign of qmin")
def _(x, scale, zero_point, qmin=0, qmax=255):
    """You choose uint8 or int8 by the sign of qmin. That is right in 8 bits. qmax may be 1023, and then large integers
    wrap around: use np.int64, or look at both ends."""
    return quantize(x, scale, zero_point, qmin, qmax).astype(np.uint8 if qmin >= 0 else np.int8)
