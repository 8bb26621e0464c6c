"""06.5 A layer that chooses its own ruler."""

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_06.ex_1_integer_product import integer_product


def dynamic_linear(x, w, w_scales, bias):
    """Output (n, out) of floats x and int8 weights w, multiplied in integers."""
    low, high = min(0.0, x.min()), max(0.0, x.max())
    if low == high:
        return np.tile(bias, (len(x), 1))
    scale = (high - low) / 255
    zero_point = round(-low / scale)
    marks = np.rint(x * (np.float32(1) / np.float32(scale))) + zero_point
    integers = np.clip(marks, 0, 255).astype(np.uint8)
    return integer_product(integers, zero_point, w, 0) * (scale * w_scales) + bias


def _ruler(x, levels=255, widen=True):
    low, high = float(x.min()), float(x.max())
    if widen:
        low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / levels or 1.0
    return scale, round(-low / scale)


def _rounded(x, scale):
    """x in units of the scale, to the nearest: multiplied by the inverse, as the page says."""
    return np.rint(x.astype(np.float64) * (np.float32(1) / np.float32(scale)))


def _from_integers(integers, w, w_scales, bias, scale, zero):
    kept = np.clip(integers, 0, 255).astype(np.int64)
    return (kept - zero) @ w.astype(np.int64).T * (scale * w_scales) + bias


def _forward(x, w, w_scales, bias, scale, zero):
    return _from_integers(_rounded(x, scale) + zero, w, w_scales, bias, scale, zero)


def _dynamic(x, w, w_scales, bias):
    return _forward(x, w, w_scales, bias, *_ruler(x))


def _from_marks(marks, step, dtype=np.float32):
    return np.array(marks, dtype) * dtype(step)


NEAR_HALF = np.array([[7.479166507720947, 13.103499412536621, 14.539499282836914, 30.514999389648438]], np.float32)
"""But for the last, each is near half-way between two marks: times the inverse it is above, divided below."""


def _draw_layer(rng):
    n, terms, out = int(rng.integers(1, 4)), int(rng.integers(2, 5)), int(rng.integers(1, 4))
    x = rng.normal(rng.choice([-2, 0, 0, 2]), 1.0, (n, terms)).astype(np.float32) * np.float32(rng.uniform(0.1, 9))
    w = rng.integers(-128, 128, (out, terms)).astype(np.int8)
    return x, w, rng.uniform(1e-3, 0.1, out), rng.normal(0, 1, out).astype(np.float32)


def _large():
    rng = np.random.default_rng(65)
    x = np.maximum(rng.normal(0, 1, (100, 784)), 0).astype(np.float32)
    w = rng.integers(-128, 128, (300, 784)).astype(np.int8)
    return x, w, rng.uniform(1e-3, 2e-3, 300), rng.normal(0, 1, 300).astype(np.float32)


NO_BIAS, ONE = np.zeros(1, np.float32), np.ones(1)

exercise = Exercise(
    id="06.5",
    title="A layer that chooses its own ruler",
    minutes=15,
    task="build",
    reference=_dynamic,
    solution=dynamic_linear,
    shown=(
        _from_marks([[0.0, 128.25, 255.0]], 2.0**-7),
        np.array([[2, -1, 3]], np.int8),
        np.array([0.5]),
        np.array([1.0], np.float32),
    ),
    cases=[
        (_from_marks([[255.0]], 2.0**-4), np.array([[1]], np.int8), ONE, NO_BIAS),
        (_from_marks([[0.0, 255.0]], 2.0**-6), np.array([[3, 2]], np.int8), ONE, NO_BIAS),
        (_from_marks([[10.25, 255.0]], 2.0**-6), np.array([[3, 0]], np.int8), ONE, np.array([2.0], np.float32)),
        (_from_marks([[-55.0, 200.0, 7.75]], 2.0**-4), np.array([[1, 1, 1]], np.int8), ONE / 2, NO_BIAS),
        (_from_marks([[-255.0, -3.25]], 2.0**-4), np.array([[0, 4]], np.int8), ONE / 2, NO_BIAS),
        (_from_marks([[-200.0, -3.25]], 2.0**-4), np.array([[7, 4]], np.int8), ONE / 2, NO_BIAS),
        (_from_marks([[100.0, 200.25]], 2.0**-4), np.array([[7, 4]], np.int8), ONE / 2, NO_BIAS),
        (
            _from_marks([[100.25, 255.0], [1.25, 2.0]], 2.0**-6),
            np.array([[1, 2], [1, 0]], np.int8),
            np.array([1.0, 0.25]),
            np.zeros(2, np.float32),
        ),
        (_from_marks([[-11.5, 243.5]], 2.0**-4), np.array([[0, 1]], np.int8), ONE, NO_BIAS),
        (np.zeros((2, 3), np.float32), np.ones((2, 3), np.int8), np.full(2, 0.5), np.array([1.0, -2.0], np.float32)),
        (np.zeros((1, 1), np.float32), np.ones((1, 1), np.int8), ONE, NO_BIAS),
        (
            _from_marks([[-128.0, 127.0]] * 2, 2.0**-7),
            np.full((2, 2), 127, np.int8),
            np.ones(2),
            np.zeros(2, np.float32),
        ),
        (np.full((2, 2), 0.1, np.float32), np.array([[1, -128]], np.int8), ONE, NO_BIAS),
        (np.full((1, 3), -3e-7, np.float32), np.array([[1, 2, 3], [-1, 0, 0]], np.int8), np.ones(2), np.ones(2)),
        (np.full((1, 2), 3e8, np.float32), np.array([[100, 3]], np.int8), ONE, NO_BIAS),
        (np.tile(np.array([[0.6, 0.9]], np.float32), (1, 40)), np.full((1, 80), 127, np.int8), ONE, NO_BIAS),
        (_from_marks([[1.25, 255.0], [3.0, 9.25]], 0.0123, np.float64), np.array([[3, 1]], np.int8), ONE, np.ones(1)),
        # Half-way between two marks, with an odd and an even zero point.
        (_from_marks([[-11.0, 100.5, 244.0]], 2.0**-4), np.array([[0, 1, 0]], np.int8), ONE, NO_BIAS),
        (_from_marks([[-12.0, 100.5, 243.0]], 2.0**-4), np.array([[0, 1, 0]], np.int8), ONE, NO_BIAS),
        # Divided by the scale these are other marks, in float32 and in float64.
        (NEAR_HALF, np.array([[100, 100, 100, 0]], np.int8), ONE, NO_BIAS),
        (NEAR_HALF.astype(np.float64), np.array([[1, 2, 4, 0]], np.int8), ONE, NO_BIAS),
        # The zero point is half-way between 12 and 13, and the greatest value is 243 marks above 12.
        (np.array([[-12.5, 242.5]]) * 0.0011, np.array([[0, 1]], np.int8), ONE, NO_BIAS),
        # All of x is 0 in none of these, though its sum is, its greatest value, or nearly its scale.
        (_from_marks([[-120.0, 135.0, -15.0]], 2.0**-4), np.array([[3, 1, 2]], np.int8), ONE, NO_BIAS),
        (_from_marks([[-255.0, 0.0, -30.0]], 2.0**-4), np.array([[1, 5, 3]], np.int8), ONE, NO_BIAS),
        (_from_marks([[255.0, 100.25]], 2.0**-21), np.array([[1, 3]], np.int8), ONE * 2.0**19, NO_BIAS),
        (_from_marks([[255.0, 100.25]], 2.0**-40), np.array([[1, 3]], np.int8), ONE * 2.0**38, NO_BIAS),
    ],
    draw=_draw_layer,
    tolerance=1e-5,
    dtypes=("float64",),
    equivalents={
        "line 8: np.float32(1) -> 1": "1 over a float32 is a float32",
        "line 8: np.float32 -> np.float16 (1)": "float16 holds 1, and over a float32 it is a float32",
        "line 9: np.clip(marks, 0, 255).astype(np.uint8) -> np.clip(marks, 0, 255)": "integer_product converts them",
        "line 9: 0 -> -1": "the least value is rounded as the zero point is, and is never below 0",
    },
    large=_large,
    large_is="100 images and the weights of the first layer, 300 x 784",
    given="import numpy as np\nfrom dc_lab.course.lessons.lesson_06.ex_1_integer_product import integer_product",
    hints=[
        "First the ruler, from x alone: low and high widened to hold 0, scale = (high - low) / 255, zero_point = "
        "round(-low / scale). If low equals high, all of x is 0, and the output is the bias.",
        "Then the integers: np.clip(np.rint(x * inverse) + zero_point, 0, 255), where inverse is np.float32(1) / "
        "np.float32(scale). As uint8 they go into your integer_product of 06.1, with 0 for the weights' zero point.",
        "A unit of a sum is worth scale * w_scales, a number for each output. The bias comes last.",
    ],
    why="""This is all that dynamic quantization does. The ruler fits this input exactly, without calibration data, and
        costs one pass over x for its least and greatest value. The output is float32 again, so nobody needs to know
        a ruler for it. The one ruler also ties the rows of a batch together.""",
)


@exercise.alternative
def _dynamic_multiplied_out(x, w, w_scales, bias):
    ends = [0.0, *x.astype(np.float64).ravel().tolist()]
    scale = (max(ends) - min(ends)) / 255
    if scale == 0:
        return np.tile(bias, (len(x), 1))
    zero_point = int(np.rint(-min(ends) / scale))
    inverse = float(np.float32(1) / np.float32(scale))
    integers = np.array([[min(max(round(v * inverse) + zero_point, 0), 255) for v in row] for row in x.tolist()])
    weights = w.astype(np.int64)
    sums = integers @ weights.T - zero_point * weights.sum(axis=1)
    return sums * scale * w_scales + bias


@exercise.mistake("a ruler for each row")
def _(x, w, w_scales, bias):
    """Each row has a ruler of its own. That would be finer, and is called per token; here one call has one ruler: the
    least and greatest value of all of x."""
    return np.concatenate([_dynamic(row[None], w, w_scales, bias) for row in x])


@exercise.mistake("a ruler for each column")
def _(x, w, w_scales, bias):
    """Each column has a ruler of its own. A sum runs over the columns, so that its integers must all have the same
    scale: take the least and greatest value of all of x."""
    nothing = np.zeros(len(w))
    parts = [_dynamic(x[:, [i]], w[:, [i]], w_scales, nothing) for i in range(x.shape[1])]
    total = np.sum(parts, axis=0) + bias
    return total


@exercise.mistake("divided by the scale")
def _(x, w, w_scales, bias):
    """You divide x by the scale. The rule multiplies by the inverse of a float32, np.float32(1) / np.float32(scale).
    Near half-way between two marks that is another integer."""
    scale, zero = _ruler(x)
    return _from_integers(np.rint(x.astype(np.float64) / scale) + zero, w, w_scales, bias, scale, zero)


@exercise.mistake("the inverse of a float64")
def _(x, w, w_scales, bias):
    """Your inverse is a float64 where x is. The rule has one of float32, np.float32(1) / np.float32(scale). Near
    half-way between two marks that is another integer."""
    scale, zero = _ruler(x)
    return _from_integers(np.rint(x * (1 / scale)) + zero, w, w_scales, bias, scale, zero)


@exercise.mistake("halves up")
def _(x, w, w_scales, bias):
    """Half-way between two marks you round up. Here ties go to the even one: np.rint."""
    scale, zero = _ruler(x)
    marks = np.floor(x * (np.float32(1) / np.float32(scale)) + 0.5)
    return _from_integers(marks + zero, w, w_scales, bias, scale, zero)


@exercise.mistake("half added and cut off")
def _(x, w, w_scales, bias):
    """You add 0.5 and cut off. Below 0 that goes the wrong way, and ties go up. np.rint rounds to the nearest."""
    scale, zero = _ruler(x)
    marks = np.trunc(x * (np.float32(1) / np.float32(scale)) + 0.5)
    return _from_integers(marks + zero, w, w_scales, bias, scale, zero)


@exercise.mistake("rounded with the zero point")
def _(x, w, w_scales, bias):
    """You add zero_point before you round. Half-way between two marks an odd zero point turns the even one into the
    other: round first, then add."""
    scale, zero = _ruler(x)
    return _from_integers(np.rint(x * (np.float32(1) / np.float32(scale)) + zero), w, w_scales, bias, scale, zero)


@exercise.mistake("the zero point's half up")
def _(x, w, w_scales, bias):
    """Your zero point is rounded with halves up. Python's round takes the even one: round(12.5) is 12."""
    scale, _ = _ruler(x)
    return _forward(x, w, w_scales, bias, scale, int(np.floor(-min(float(x.min()), 0.0) / scale + 0.5)))


@exercise.mistake("the zero point cut off")
def _(x, w, w_scales, bias):
    """Your zero point is cut to a whole number, with int() perhaps. Round it to the nearest: round(-low / scale)."""
    scale, _ = _ruler(x)
    return _forward(x, w, w_scales, bias, scale, int(-min(float(x.min()), 0.0) / scale))


@exercise.mistake("from low on, not from the zero point")
def _(x, w, w_scales, bias):
    """Your integers are (x - low) / scale rounded, and zero_point is rounded by itself. The two do not fit: round x *
    inverse, and add the rounded zero_point."""
    scale, zero = _ruler(x)
    return _from_integers(_rounded(x - min(float(x.min()), 0.0), scale), w, w_scales, bias, scale, zero)


@exercise.mistake("clamped at 254")
def _(x, w, w_scales, bias):
    """You clamp at 254. The last integer is 255, and np.clip is given the last one."""
    scale, zero = _ruler(x)
    return _from_integers(np.minimum(_rounded(x, scale) + zero, 254), w, w_scales, bias, scale, zero)


@exercise.mistake("integers of int8")
def _(x, w, w_scales, bias):
    """The integers are kept in int8, where 128 to 255 turn negative. They are uint8."""
    scale, zero = _ruler(x)
    integers = np.clip(_rounded(x, scale) + zero, 0, 255).astype(np.uint8).view(np.int8).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scales) + bias


def _ends(low, high):
    """A wrong version from the ends of its range, as functions of x; where they are equal the output is the bias."""

    def wrong(x, w, w_scales, bias):
        least, most = float(low(x)), float(high(x))
        scale = (most - least) / 255
        if scale == 0:
            return np.tile(bias, (len(x), 1))
        return _forward(x, w, w_scales, bias, scale, round(-least / scale))

    return wrong


exercise.mistake("high not widened", _ends(lambda x: min(x.min(), 0), lambda x: x.max())).says("""
    high is the greatest value, below 0 where all of x is negative. Then the ruler does not hold 0: high = max(high,
    0).""")
exercise.mistake("low not widened", _ends(lambda x: x.min(), lambda x: max(x.max(), 0))).says("""
    low is the least value, above 0 where all of x is positive. Then the ruler does not hold 0: low = min(low, 0).""")
exercise.mistake("low always 0", _ends(lambda x: 0, lambda x: max(x.max(), 0))).says("""
    Your ruler begins at 0, so that all negative values are cut off. low is the least value where that is below 0.""")
exercise.mistake("a range symmetric about 0", _ends(lambda x: -np.abs(x).max(), lambda x: np.abs(x).max())).says("""
    Your range is symmetric about 0, from the largest magnitude. A part of the ruler stays empty. It runs from the least
    to the greatest value.""")
exercise.mistake(
    "the range of the first row", _ends(lambda x: min(x[0].min(), 0), lambda x: max(x[0].max(), 0))
).says("""
    Your ruler comes from the first row alone. Take the least and greatest value of all of x.""")


@exercise.mistake("the scale from high alone")
def _(x, w, w_scales, bias):
    """Your scale is high / 255. The ruler begins at low: (high - low) / 255."""
    scale = max(float(x.max()), 0.0) / 255 or 1.0
    return _forward(x, w, w_scales, bias, scale, round(-min(float(x.min()), 0.0) / scale))


@exercise.mistake("the range without 0, a value by itself")
def _(x, w, w_scales, bias):
    """Your range runs from the least to the greatest value, and is made wider only where they are equal. It has to hold
    0: min(low, 0), max(high, 0)."""
    if not x.any():
        return np.tile(bias, (len(x), 1))
    low, high = float(x.min()), float(x.max())
    scale = ((high - low) or 1.0) / 255
    return _forward(x, w, w_scales, bias, scale, round(-low / scale))


@exercise.mistake("a small number added to the scale")
def _(x, w, w_scales, bias):
    """A small number is added to your scale, 1e-8 say, to keep it away from 0. It changes every ruler a little, and
    those of small inputs much. Ask whether low equals high in place of it."""
    scale, zero = _ruler(x)
    return _forward(x, w, w_scales, bias, scale + 1e-8, zero)


@exercise.mistake("a least scale")
def _(x, w, w_scales, bias):
    """Your scale has a least value, 1e-6 say, to keep it away from 0. Inputs that are small everywhere are rounded to 0
    by that. Ask whether low equals high in place of it."""
    scale, zero = _ruler(x)
    return _forward(x, w, w_scales, bias, max(scale, 1e-6), zero)


def _bias_where(condition):
    """The bias in every row where `condition` is true of x."""
    return lambda x, w, w_scales, bias: np.tile(bias, (len(x), 1)) if condition(x) else _dynamic(x, w, w_scales, bias)


exercise.mistake("small values taken for 0", _bias_where(lambda x: np.abs(x).max() < 1e-6)).says("""
    Where all of x is small you return the bias, as if it were 0. Only a range of exactly 0 is that case.""")
exercise.mistake("a sum of 0 taken for all 0", _bias_where(lambda x: x.sum() == 0)).says("""
    Where x sums to 0 you return the bias. 1 and -1 sum to 0 too. Ask whether low equals high.""")
exercise.mistake("a greatest value of 0 taken for all 0", _bias_where(lambda x: x.max() == 0)).says("""
    Where the greatest value is 0 you return the bias, also where others are negative. Ask whether low equals high.""")
exercise.mistake("equal values taken for all 0", _bias_where(lambda x: x.min() == x.max())).says("""
    Where all values are equal you return the bias. 3, 3 is no 0, 0: widen low and high to hold 0, and compare them
    then.""")


@exercise.mistake("zeros where all is 0")
def _(x, w, w_scales, bias):
    """Where all of x is 0 you return zeros. The bias is added there too."""
    return _dynamic(x, w, w_scales, bias) if x.any() else np.zeros((len(x), len(w)))


@exercise.mistake("the weights not transposed")
def _(x, w, w_scales, bias):
    """w is (out, in), a row for each output. The sum runs over the inputs: integer_product takes w as it is, and with @
    it is w.T."""
    scale, zero = _ruler(x)
    return (np.clip(_rounded(x, scale) + zero, 0, 255) - zero) @ w.astype(np.int64) * (scale * w_scales) + bias


@exercise.mistake("the zero point taken off the sums")
def _(x, w, w_scales, bias):
    """The zero point is taken off the finished sums. It is part of each integer, before the integers are multiplied."""
    scale, zero = _ruler(x)
    return _dynamic(x, w, w_scales, bias) + zero * (w.sum(axis=1, dtype=np.int64) - 1) * scale * w_scales


@exercise.mistake("the zero point taken off twice")
def _(x, w, w_scales, bias):
    """The zero point is taken off the integers, and off the sums once more. The integers are enough."""
    scale, zero = _ruler(x)
    return _dynamic(x, w, w_scales, bias) - zero * scale * w_scales


exercise.mistake("one weight scale for all", lambda x, w, w_scales, bias: _dynamic(x, w, w_scales[:1], bias)).says("""
    Every output gets the first of w_scales. Each has its own, and they meet the columns of the sums.""")
exercise.mistake("the mean weight scale", lambda x, w, w_scales, bias: _dynamic(x, w, np.mean(w_scales), bias)).says("""
    Every output gets the mean of w_scales. Each has its own, and they meet the columns of the sums.""")
exercise.mistake("the weight scales meet the rows", lambda x, w, w_scales, bias: (
    _dynamic(x, w, 1.0, 0 * bias) * w_scales[:, None] + bias
)).says("""
    Your w_scales meet the rows, the inputs. They belong to the columns: (n, out) times (out,).""")  # fmt: skip
exercise.mistake(
    "divided by the weight scales", lambda x, w, w_scales, bias: _dynamic(x, w, 1 / w_scales, bias)
).says("""
    You divide by w_scales. A weight is its integer times its scale: multiply.""")
exercise.mistake("one bias for all", lambda x, w, w_scales, bias: _dynamic(x, w, w_scales, bias[0] + 0 * bias)).says("""
    Every output gets the first bias. Each has its own.""")
exercise.mistake("the bias twice", lambda x, w, w_scales, bias: _dynamic(x, w, w_scales, 2 * bias)).says("""
    The bias is added twice.""")
exercise.mistake("the bias taken off", lambda x, w, w_scales, bias: _dynamic(x, w, w_scales, -bias)).says("""
    The bias is taken off. It is added.""")


@exercise.mistake("the bias rounded")
def _(x, w, w_scales, bias):
    """The bias is rounded to units of the sums, as in the static network. Here the output is floats: add the bias as it
    is, after the scales."""
    units = _ruler(x)[0] * w_scales
    return _dynamic(x, w, w_scales, np.rint(bias / units) * units if x.any() else bias)


@exercise.mistake("a ReLU at the end")
def _(x, w, w_scales, bias):
    """Outputs below 0 become 0. The ReLU is not part of this layer; the network puts it behind."""
    return np.maximum(_dynamic(x, w, w_scales, bias), 0)


@exercise.mistake("not multiplied in integers")
def _(x, w, w_scales, bias):
    """This multiplies the float32 input. It is the more exact result, but nothing was rounded to 0 to 255: the product
    should be one of integers."""
    return x.astype(np.float64) @ w.T * w_scales + bias


@exercise.mistake("the range without 0")
def _(x, w, w_scales, bias):
    """Your range runs from the least to the greatest value. Where all values have the same sign it does not hold 0, and
    the zero point falls off the ruler: widen it to hold 0."""
    scale, zero = _ruler(x, widen=False)
    return _forward(x, w, w_scales, bias, scale, int(np.clip(zero, 0, 255)))


@exercise.mistake("the range without 0, zero point not clamped")
def _(x, w, w_scales, bias):
    """Your range runs from the least to the greatest value. Where they are equal, the scale is 0; where it does not
    hold 0, the zero point is none of 0 to 255. Widen it: min(low, 0), max(high, 0)."""
    if not x.any():
        return _dynamic(x, w, w_scales, bias)
    with np.errstate(divide="ignore"):
        scale = (x.max() - x.min()) / np.float32(255)
        zero = round(-x.min() / scale)
    return _forward(x, w, w_scales, bias, float(scale), zero)


@exercise.mistake("the range without 0, a scale of 0")
def _(x, w, w_scales, bias):
    """Your range runs from the least to the greatest value. Where they are equal, the scale is 0 and nothing is left of
    the sums; where it does not hold 0, values fall off the ruler. Widen it: min(low, 0), max(high, 0)."""
    low, high = float(x.min()), float(x.max())
    scale = (high - low) / 255
    zero = round(-low / scale) if scale else 0
    with np.errstate(divide="ignore", invalid="ignore"):
        integers = np.clip(np.rint(x.astype(np.float64) / scale) + zero, 0, 255)
    return (integers - zero) @ w.astype(np.float64).T * (scale * w_scales) + bias


@exercise.mistake("zero point left in")
def _(x, w, w_scales, bias):
    """The stored integers go into the product with the zero point in them. Take it off first."""
    scale, zero = _ruler(x)
    return _dynamic(x, w, w_scales, bias) + zero * w.sum(axis=1, dtype=np.int64) * scale * w_scales


exercise.mistake("no zero point", lambda x, w, w_scales, bias: _forward(x, w, w_scales, bias, _ruler(x)[0], 0)).says("""
    Without a zero point all negative values are cut off at 0. It is round(-low / scale), and the lowest value becomes
    0.""")


@exercise.mistake("a symmetric ruler")
def _(x, w, w_scales, bias):
    """Your ruler is symmetric: largest magnitude / 127. That is how the weights were done. The input is uint8, 0 to
    255, from low to high."""
    scale = float(np.abs(x).max()) / 127 or 1.0
    return _rounded(x, scale) @ w.astype(np.int64).T * (scale * w_scales) + bias


@exercise.mistake("the bias left out")
def _(x, w, w_scales, bias):
    """The bias is missing. It is float32 and is added at the end, to the real values."""
    return _dynamic(x, w, w_scales, np.zeros(len(w)) if x.any() else bias)


@exercise.mistake("the bias scaled")
def _(x, w, w_scales, bias):
    """You add the bias to the integer sums, so that it is multiplied by the scales. It is a real value: add it after
    the scaling."""
    return _dynamic(x, w, w_scales, bias * (_ruler(x)[0] * w_scales) if x.any() else bias)


@exercise.mistake("the input's scale left out")
def _(x, w, w_scales, bias):
    """The sums are multiplied by the weights' scale only. A unit of a sum is worth scale * w_scales."""
    return (_dynamic(x, w, w_scales, np.zeros(len(w)))) / _ruler(x)[0] + bias


exercise.mistake("the weights' scale left out", lambda x, w, w_scales, bias: _dynamic(x, w, 1.0, bias)).says("""
    The sums are multiplied by the input's scale only. A unit of a sum is worth scale * w_scales.""")


@exercise.mistake("differences of 8 bits")
def _(x, w, w_scales, bias):
    """Taking the zero point off in uint8 wraps around: 3 - 5 is 254. Convert the integers to int32 first."""
    scale, zero = _ruler(x)
    integers = np.clip(_rounded(x, scale) + zero, 0, 255)
    return (integers - zero).astype(np.int64).astype(np.uint8) @ w.astype(np.int64).T * (scale * w_scales) + bias


@exercise.mistake("the input truncated")
def _(x, w, w_scales, bias):
    """The input's fraction is cut off by the conversion to integers. Round to the nearest mark: np.rint."""
    scale, zero = _ruler(x)
    return _forward(np.trunc(x / scale + zero) * scale - zero * scale, w, w_scales, bias, scale, zero)


@exercise.mistake("the input truncated before the zero point")
def _(x, w, w_scales, bias):
    """x / scale is cut to a whole number, towards 0. Round to the nearest mark, np.rint, before you add zero_point."""
    scale, zero = _ruler(x)
    return _forward(np.trunc(x / scale) * scale, w, w_scales, bias, scale, zero)


@exercise.mistake("sums of 16 bits")
def _(x, w, w_scales, bias):
    """Your sums have 16 bits and wrap around at 32,767, without a warning. Convert both factors to int32."""
    scale, zero = _ruler(x)
    integers = np.clip(_rounded(x, scale) + zero, 0, 255).astype(np.int16)
    return (integers - zero) @ w.astype(np.int16).T * (scale * w_scales) + bias


@exercise.mistake("NaN where all is 0")
def _(x, w, w_scales, bias):
    """Where all of x is 0 the range is empty, the scale 0, and 0 / 0 is NaN. Ask for that case first: the output is the
    bias."""
    if not x.any():
        return np.full((len(x), len(w)), np.nan)
    return _dynamic(x, w, w_scales, bias)


@exercise.mistake("divided by the scale, NaN where all is 0")
def _(x, w, w_scales, bias):
    """Two things. Where all of x is 0 the scale is 0, and 0 / 0 is NaN: ask for that case first, its output is the
    bias. And you divide x by the scale. The rule multiplies by np.float32(1) / np.float32(scale)."""
    if not x.any():
        return np.full((len(x), len(w)), np.nan)
    scale, zero = _ruler(x)
    return _from_integers(np.rint(x.astype(np.float64) / scale) + zero, w, w_scales, bias, scale, zero)


@exercise.mistake("divided by 0 where all is 0")
def _(x, w, w_scales, bias):
    """Where all of x is 0, low and high are equal and the scale is 0: you divide by it. Ask for that case first; the
    output is the bias."""
    if not x.any():
        raise ZeroDivisionError
    return _dynamic(x, w, w_scales, bias)


@exercise.mistake("NaN rounded where all is 0")
def _(x, w, w_scales, bias):
    """Where all of x is 0 the scale is 0, -low / scale is NaN, and round() cannot make an integer of it. Ask for that
    case first; the output is the bias."""
    if not x.any():
        raise ValueError
    return _dynamic(x, w, w_scales, bias)


@exercise.mistake("the bias alone where all is 0")
def _(x, w, w_scales, bias):
    """Right, but where all of x is 0 you return `bias` as it is, (out,). Every row of x has an output: np.tile(bias,
    (len(x), 1))."""
    return _dynamic(x, w, w_scales, bias) if x.any() else bias


@exercise.mistake("no clamp")
def _(x, w, w_scales, bias):
    """An integer of 256 is left: where the zero point was rounded up, the greatest value can round to one mark beyond
    the ruler. np.clip to 0 and 255."""
    scale, zero = _ruler(x)
    integers = (_rounded(x, scale) + zero).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scales) + bias


@exercise.mistake("no clamp, wrapped around")
def _(x, w, w_scales, bias):
    """Where the zero point was rounded up, the greatest value can round to 256, and in uint8 that is 0. np.clip to 0
    and 255 before you convert."""
    scale, zero = _ruler(x)
    integers = (_rounded(x, scale) + zero).astype(np.int64).astype(np.uint8).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scales) + bias


@exercise.mistake("zero point not rounded")
def _(x, w, w_scales, bias):
    """Your zero point is a fraction. It is a mark, a whole number: round(-low / scale)."""
    scale, _ = _ruler(x)
    zero = -min(float(x.min()), 0.0) / scale
    integers = np.clip(_rounded(x, scale) + zero, 0, 255).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scales) + bias


@exercise.mistake("the zero point's sign")
def _(x, w, w_scales, bias):
    """Your zero point is low / scale, 0 or below, and the values below 0 are cut off. low is negative and lands on 0,
    so that the value 0 lands on -low / scale."""
    scale, zero = _ruler(x)
    return _forward(x, w, w_scales, bias, scale, -zero)


exercise.mistake("127 steps", lambda x, w, w_scales, bias: _forward(x, w, w_scales, bias, *_ruler(x, 127))).says("""
    You divide the range by 127. PyTorch's layer does that; here the input has all of 0 to 255.""")
exercise.mistake("256 steps", lambda x, w, w_scales, bias: _forward(x, w, w_scales, bias, *_ruler(x, 256))).says("""
    You divide the range by 256. From 0 to 255 there are 256 marks, but 255 steps between them.""")
