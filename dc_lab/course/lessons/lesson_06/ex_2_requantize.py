"""06.2 A new ruler for the sums."""

import numpy as np

from dc_lab.course.exercises import Exercise


def requantize(sums, x_scale, w_scales, scale, zero_point):
    """Sums int32 (n, out) as integers of a new ruler, uint8 (n, out); w_scales (out,) has one for each output."""
    marks = np.rint(sums * (x_scale * w_scales / scale)) + zero_point
    return np.clip(marks, 0, 255).astype(np.uint8)


SUMS = np.array([[13, -16]], np.int32)


def _marks(sums, x_scale, w_scales, scale):
    marks = sums * (x_scale * np.asarray(w_scales) / scale)
    return marks


def _on_the_ruler(marks):
    return np.clip(marks, 0, 255).astype(np.uint8)


def _requantize(sums, x_scale, w_scales, scale, zero_point):
    return _on_the_ruler(np.rint(_marks(sums, x_scale, w_scales, scale)) + zero_point)


def _draw_sums(rng):
    n, out = (int(size) for size in rng.integers(1, 4, 2))
    x_scale, scale = (float(2.0 ** -int(power)) for power in rng.integers(2, 5, 2))
    w_scales = 2.0 ** -rng.integers(1, 4, out)
    sums = rng.integers(-400, 1500, (n, out)).astype(np.int32)
    return sums, x_scale, w_scales, scale, int(rng.integers(0, 100))


ONE = np.array([1.0])

exercise = Exercise(
    id="06.2",
    title="A new ruler for the sums",
    minutes=5,
    reference=_requantize,
    solution=requantize,
    shown=(SUMS, 0.25, np.array([0.5, 0.5]), 0.0625, 40),
    cases=[
        (np.array([[6]], np.int32), 0.5, ONE, 1.0, 0),
        (np.array([[7]], np.int32), 0.5, ONE, 0.25, 3),
        (np.array([[1, 3, 5, -1, -3]], np.int32), 0.5, np.ones(5), 1.0, 10),
        (np.array([[1, 3, 5, -1, -3]], np.int32), 0.5, np.ones(5), 1.0, 11),
        (np.array([[7, 5, -5, -7]], np.int32), 0.25, np.ones(4), 1.0, 20),
        (np.array([[10, 10]], np.int32), 1.0, np.array([0.5, 0.25]), 1.0, 0),
        (np.array([[8, 8], [16, 16]], np.int32), 1.0, np.array([0.25, 1.0]), 1.0, 5),
        (np.array([[300, -300]], np.int32), 1.0, np.ones(2), 1.0, 100),
        (np.array([[200, 90]], np.int32), 1.0, np.ones(2), 1.0, 60),
        (np.array([[25_489_800]], np.int32), 2.0**-10, np.array([2.0**-9]), 0.0625, 0),
        (np.zeros((2, 3), np.int32), 0.5, np.ones(3), 2.0, 17),
        (np.zeros((0, 2), np.int32), 0.5, np.ones(2), 1.0, 3),
    ],
    draw=_draw_sums,
    hints=[
        "By hand: one unit of a sum is worth 0.25 x 0.5 = 0.125. So 13 is 1.625. How many marks of 0.0625 is that? And "
        "then the zero point.",
        "marks = sums * (x_scale * w_scales / scale): (n, out) times (out,) meets the columns. Round with np.rint.",
        "Add zero_point after rounding, np.clip to 0 and 255, and only then .astype(np.uint8).",
    ],
    why="""x_scale * w_scales / scale is one number for each output, known before inference: a whole layer ends with one
        multiplication, one rounding and one clamp. Chips without floating point replace that number by an integer and a
        shift. The clamp can do the work of a ReLU for nothing: with zero_point 0, all that is negative becomes 0.""",
)


@exercise.alternative
def _requantize_in_steps(sums, x_scale, w_scales, scale, zero_point):
    values = sums * x_scale * np.reshape(w_scales, (1, -1))
    marks = zero_point + np.round(values / scale).astype(np.int64)
    return np.minimum(np.maximum(marks, 0), 255).astype(np.uint8)


@exercise.mistake("the scales added")
def _(s, x, w, scale, zero_point):
    """You add the two scales. A product of two values is scale times scale times the integers: multiply them."""
    return _on_the_ruler(np.rint(s * ((x + w) / scale)) + zero_point)


@exercise.mistake("the weights' scales left out")
def _(s, x, w, scale, zero_point):
    """Only the input's scale is in it. One unit of a sum is worth x_scale * w_scales."""
    return _on_the_ruler(np.rint(s * (x / scale)) + zero_point)


@exercise.mistake("the input's scale left out")
def _(s, x, w, scale, zero_point):
    """Only the weights' scales are in it. One unit of a sum is worth x_scale * w_scales."""
    return _requantize(s, 1.0, w, scale, zero_point)


@exercise.mistake("the new scale left out")
def _(s, x, w, scale, zero_point):
    """You round the real values. On the new ruler the marks are `scale` apart, so that a value is value / scale marks
    from the zero point."""
    return _requantize(s, x, w, 1.0, zero_point)


@exercise.mistake("multiplied by the new scale")
def _(s, x, w, scale, zero_point):
    """You multiply by the new scale. Marks that lie closer together (a smaller scale) make larger integers: divide."""
    return _requantize(s, x, w, 1 / scale, zero_point)


@exercise.mistake("the old scales left out")
def _(s, x, w, scale, zero_point):
    """You divide the sums by the new scale, as if a sum were a real value. First a sum has to be one: times x_scale *
    w_scales."""
    return _on_the_ruler(np.rint(s / scale) + zero_point)


@exercise.mistake("zero point added to the sums")
def _(s, x, w, scale, zero_point):
    """You add the zero point to the sums, in units of x_scale * w_scales. It is a mark of the new ruler: scale and
    round first, then add it."""
    return _requantize(s + zero_point, x, w, scale, 0)


@exercise.mistake("truncated")
def _(s, x, w, scale, zero_point):
    """The fraction is cut off. The nearest mark is np.rint; cutting makes nearly every value too small."""
    return _on_the_ruler(np.trunc(_marks(s, x, w, scale)) + zero_point)


@exercise.mistake("not rounded at all")
def _(s, x, w, scale, zero_point):
    """You never round: the conversion to uint8 cuts the fraction off. Use np.rint before that."""
    return _on_the_ruler(_marks(s, x, w, scale) + zero_point)


@exercise.mistake("ties rounded up")
def _(s, x, w, scale, zero_point):
    """A value half-way between two marks goes up in yours. np.rint takes the even one, so that ties do not push all in
    one direction."""
    return _on_the_ruler(np.floor(_marks(s, x, w, scale) + 0.5) + zero_point)


exercise.mistake("zero point left out", lambda s, x, w, scale, zero_point: _requantize(s, x, w, scale, 0)).says("""
    The new ruler's zero point is missing: the value 0 must become the integer zero_point.""")


@exercise.mistake("zero point subtracted")
def _(s, x, w, scale, zero_point):
    """You take the zero point off. That is the way from integers to values; here it goes the other way: add it."""
    return _requantize(s, x, w, scale, -zero_point)


@exercise.mistake("zero point before rounding")
def _(s, x, w, scale, zero_point):
    """You add the zero point before you round. Half-way cases then go to another mark where the zero point is odd: 0.5
    + 11 rounds to 12, but rint(0.5) + 11 is 11."""
    return _on_the_ruler(np.rint(_marks(s, x, w, scale) + zero_point))


@exercise.mistake("no clamp")
def _(s, x, w, scale, zero_point):
    """What lies off the ruler wraps around: 300 becomes 44. Clamp to 0 to 255 before the conversion to uint8."""
    return (np.rint(_marks(s, x, w, scale)) + zero_point).astype(np.int64).astype(np.uint8)


@exercise.mistake("no clamp, wider integers")
def _(s, x, w, scale, zero_point):
    """Some of your integers are below 0 or above 255: no byte holds them. Clamp to 0 to 255 at the end."""
    return (np.rint(_marks(s, x, w, scale)) + zero_point).astype(np.int64)


@exercise.mistake("clamped before the zero point")
def _(s, x, w, scale, zero_point):
    """You clamp before you add the zero point: values below 0 are lost, and others wrap around. The ruler ends at 0 and
    255 with the zero point in."""
    return (np.clip(np.rint(_marks(s, x, w, scale)), 0, 255) + zero_point).astype(np.int64).astype(np.uint8)


@exercise.mistake("clamped at 127")
def _(s, x, w, scale, zero_point):
    """You clamp at 127, the end of int8. uint8 reaches 255."""
    return np.clip(np.rint(_marks(s, x, w, scale)) + zero_point, 0, 127).astype(np.uint8)


@exercise.mistake("signed bytes")
def _(s, x, w, scale, zero_point):
    """You clamp to -128 to 127, the ruler of int8. This one is uint8: 0 to 255."""
    return np.clip(np.rint(_marks(s, x, w, scale)) + zero_point, -128, 127).astype(np.int8)


@exercise.mistake("one scale for all outputs")
def _(s, x, w, scale, zero_point):
    """Every output gets the scale of the first. w_scales has one for each, and they meet the columns of sums."""
    return _requantize(s, x, w[:1], scale, zero_point)


@exercise.mistake("the largest scale for all outputs")
def _(s, x, w, scale, zero_point):
    """Every output gets the largest of the scales. Each column of sums has one of its own."""
    return _requantize(s, x, w.max(), scale, zero_point)


@exercise.mistake("scales down the rows")
def _(s, x, w, scale, zero_point):
    """Your scales run down the rows, which are the inputs of the batch. Output j is column j: w_scales as it is,
    (out,), meets the columns."""
    return _requantize(s, x, w[:, None], scale, zero_point)
