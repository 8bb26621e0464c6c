"""05.2 From integers to values."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_05.common import first_layer


def dequantize(integers, scale, zero_point):
    """The values that the integers stand for, float32, of their shape."""
    steps = integers.astype(np.float32) - np.float32(zero_point)
    return np.float32(scale) * steps


def _draw_dequantize(rng):
    dtype = (np.uint8, np.int8, np.int64)[int(rng.integers(3))]
    low, high = (0, 256) if dtype == np.uint8 else (-128, 128)
    integers = rng.integers(low, high, (2, 3)).astype(dtype)
    if rng.random() < 0.3:
        return integers, rng.uniform(0.001, 2, (2, 1)), rng.integers(low, high, (2, 1))
    return integers, float(rng.uniform(0.001, 2)), int(rng.integers(low, high))


def _whole(values, dtype=np.uint8):
    return np.array(values, dtype)


PER_ROW = np.array([[0.5], [0.1]])
PER_COLUMN = np.array([0.5, 0.1, 0.02])

CASES = [
    (_whole([8]), 0.5, 8), (_whole([9, 8]), 0.5, 8), (_whole([0, 7]), 0.5, 8), (_whole([0, 255]), 0.1, 200),
    (_whole([-128, 127], np.int8), 0.25, 0), (_whole([-128, 127], np.int8), 0.25, 5),
    (_whole([127, -128], np.int8), 0.25, -100), (_whole([255]), 0.25, 0), (_whole([0, 15, 8]), 3.0, 8),
    (_whole([3, 200], np.int64), 0.004, 3), (_whole([2051, 70_001], np.int32), 0.004, 4099),
    (_whole([[0, 3], [200, 255]]), PER_ROW, np.array([[8], [100]])),
    (_whole([[-5, 3], [7, -8]], np.int8), PER_ROW, 0), (_whole([[0, 3], [200, 255]]), 0.5, np.array([[8], [100]])),
    (np.asfortranarray(_whole([[1, 2, 3], [4, 5, 6]])), 0.5, 4), (_whole([[[1, 2]], [[3, 4]]]), 0.5, 4),
    # A scale for each column: it is spread over the rows, and is no scale of a row.
    (_whole([[0, 3], [200, 255]]), PER_ROW.T, np.array([[8, 100]])), (_whole([[1, 2, 3], [4, 5, 6]]), PER_COLUMN, 4),
    (np.zeros((0, 2), np.uint8), 0.5, 8),
]  # fmt: skip


exercise = Exercise(
    id="05.2",
    title="From integers to values",
    minutes=5,
    task="warm-up",
    reference=dequantize,
    shown=(np.array([[9, 9, 9], [10, 8, 9]], np.uint8), 0.5, 8),
    cases=CASES,
    draw=_draw_dequantize,
    dtype="exact",
    large=lambda: (np.rint(500 * first_layer()).clip(-128, 127).astype(np.int8), np.full((300, 1), 0.002), 0),
    large_is="int8 integers of the shape of the first layer, 300 x 784, with a scale for each row",
    hints=[
        "Subtract the zero point first, then multiply by the scale.",
        "uint8 cannot hold 0 - 8: it gives 248. Convert the integers to float32 before you subtract.",
        "np.float32(scale) * (integers.astype(np.float32) - np.float32(zero_point))",
    ],
    why="""Every whole number up to 16,777,216 fits into float32 exactly, so that the subtraction is exact, and only the
        product is rounded. An array of scales in float64 would make the result float64: twice the bytes.""",
)


@exercise.alternative
def _in_int64(integers, scale, zero_point):
    steps = np.asarray(integers, np.int64) - zero_point
    return (steps * np.asarray(scale, np.float64)).astype(np.float32)


@exercise.alternative
def _with_the_end_cast(integers, scale, zero_point):
    return np.float32((integers.astype(float) - zero_point) * scale)


@exercise.alternative
def _dequantize_by_loops(integers, scale, zero_point):
    values = np.empty(integers.shape, np.float32)
    scales, zeros = np.broadcast_to(scale, integers.shape), np.broadcast_to(zero_point, integers.shape)
    for place in np.ndindex(integers.shape):
        values[place] = scales[place] * (int(integers[place]) - int(zeros[place]))
    return values


@exercise.mistake("subtracted in the integers' own type")
def _(integers, scale, zero_point):
    """The subtraction happens in uint8 or int8, which has no room for it: in uint8, 7 - 8 is 255. Convert the integers
    first: integers.astype(np.float32)."""
    narrow = (integers.astype(np.int64) - zero_point).astype(integers.dtype)
    return (narrow * np.asarray(scale)).astype(np.float32)


@exercise.mistake("subtracted as the integers are")
def _(integers, scale, zero_point):
    """NumPy subtracts in the dtype of the integers: in uint8, 7 - 8 is 255, and a zero point that does not fit into it
    is refused with an OverflowError. Convert first: integers.astype(np.float32)."""
    return ((integers - zero_point) * scale).astype(np.float32)


@exercise.mistake("scaled in float16")
def _(integers, scale, zero_point):
    """Half precision has three digits. Take np.float32."""
    return (np.float16(scale) * (integers.astype(np.float16) - np.float16(zero_point))).astype(np.float32)


@exercise.mistake("the zero point added")
def _(integers, scale, zero_point):
    """The integer zero_point stands for 0. On the way back it is subtracted."""
    return np.float32(scale) * (integers.astype(np.float32) + np.float32(zero_point))


@exercise.mistake("the zero point left out")
def _(integers, scale, zero_point):
    """These are scale times integer. But the value 0 is at the integer zero_point: subtract it first."""
    return np.float32(scale) * integers.astype(np.float32)


@exercise.mistake("the other way round")
def _(integers, scale, zero_point):
    """You subtract the integer from the zero point, so that every sign is wrong. It is integer - zero_point."""
    return np.float32(scale) * (np.float32(zero_point) - integers.astype(np.float32))


@exercise.mistake("the zero point subtracted from the value")
def _(integers, scale, zero_point):
    """The zero point is an integer, not a value. Subtract it before you multiply: put parentheses around integers -
    zero_point."""
    return np.float32(scale) * integers.astype(np.float32) - np.float32(zero_point)


@exercise.mistake("divided by the scale")
def _(integers, scale, zero_point):
    """Dividing by the scale goes from values to integers. Back, multiply."""
    return (integers.astype(np.float32) - np.float32(zero_point)) / np.float32(scale)


@exercise.mistake("no scale")
def _(integers, scale, zero_point):
    """These are steps from the zero point. Each step is worth `scale`: multiply."""
    return integers.astype(np.float32) - np.float32(zero_point)


@exercise.mistake("values of 64 bits")
def _(integers, scale, zero_point):
    """The numbers are right, but they are float64, twice the bytes. Put .astype(np.float32) behind it."""
    return (integers.astype(np.float64) - zero_point) * scale


@exercise.mistake("values of 64 bits where there are several scales")
def _(integers, scale, zero_point):
    """With one scale the result is float32. An array of scales or of zero points makes it float64: use
    np.float32(scale) and np.float32(zero_point)."""
    return (integers.astype(np.float32) - zero_point) * scale


@exercise.mistake("only one scale")
def _(integers, scale, zero_point):
    """float() and int() take a single number. The page allows an array of scales and of zero points, as in 05.1:
    np.float32(scale) takes both."""
    return np.float32(float(scale)) * (integers.astype(np.float32) - np.float32(int(zero_point)))


@exercise.mistake("the first scale for all")
def _(integers, scale, zero_point):
    """All rows get the first scale. Let NumPy spread the array of scales over the integers: leave out [0] and
    .item()."""
    first = np.float32(np.ravel(scale)[0])
    return first * (integers.astype(np.float32) - np.float32(np.ravel(zero_point)[0]))


@exercise.mistake("whole values")
def _(integers, scale, zero_point):
    """The values have been rounded to whole numbers. They are floats: scale times a whole number."""
    return np.rint(dequantize(integers, scale, zero_point)).astype(np.float32)


@exercise.mistake("integers returned")
def _(integers, scale, zero_point):
    """The result has the dtype of the integers, so that all behind the point is lost. Asked for is float32."""
    return dequantize(integers, scale, zero_point).astype(integers.dtype)


@exercise.mistake("a list")
def _(integers, scale, zero_point):
    """These are lists. Asked for is an array: np.array(..., np.float32)."""
    return dequantize(integers, scale, zero_point).tolist()


def _as_rows(array):
    return np.reshape(array, (-1, 1)) if np.ndim(array) else array


@exercise.mistake("scales always taken for those of rows")
def _(integers, scale, zero_point):
    """You give an array of scales the shape (rows, 1), whatever shape it had. Any shape that NumPy broadcasts against
    the integers is allowed, (1, columns) too: leave it as it is."""
    return dequantize(integers, _as_rows(scale), _as_rows(zero_point))


@exercise.mistake("scales made a column, zero points left")
def _(integers, scale, zero_point):
    """The scales are made a column here, a number for each row. They may be for each column of the integers: leave the
    shape of `scale` to NumPy, which broadcasts it."""
    scales = np.reshape(scale, (-1, 1))
    return (scales * (integers.astype(np.float64) - zero_point)).astype(np.float32).reshape(integers.shape)


@exercise.mistake("the integers through int8")
def _(integers, scale, zero_point):
    """The integers are turned into int8, which ends at 127: 255 becomes -1. They may be of any integer dtype. Convert
    them to a float."""
    return dequantize(integers.astype(np.int8), scale, zero_point)


@exercise.mistake("the integers through int16")
def _(integers, scale, zero_point):
    """The integers are turned into int16, which ends at 32,767. Larger ones wrap around: convert to a float, or to
    np.int64."""
    return dequantize(integers.astype(np.int16), scale, zero_point)


@exercise.mistake("the scale in float16")
def _(integers, scale, zero_point):
    """The scale is rounded to half precision, three digits, before the product. Take np.float32(scale)."""
    return (np.float16(scale) * (integers.astype(np.float32) - np.float32(zero_point))).astype(np.float32)


@exercise.mistake("the distance from the zero point")
def _(integers, scale, zero_point):
    """Values below 0 have lost their sign: np.abs has no place here. An integer below the zero point stands for a
    negative value."""
    return np.abs(dequantize(integers, scale, zero_point))


@exercise.mistake("the zero point scaled twice")
def _(integers, scale, zero_point):
    """The zero point is multiplied by the scale inside the parentheses, and then once more. It is an integer: subtract
    it as it is, then multiply the difference."""
    return (scale * (integers.astype(np.float64) - np.asarray(scale) * zero_point)).astype(np.float32)
