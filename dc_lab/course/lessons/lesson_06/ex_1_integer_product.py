"""06.1 A matrix product in integers."""

import numpy as np

from dc_lab.course.exercises import Exercise


def integer_product(x, x_zero_point, w, w_zero_point):
    """Sums int32 (n, out) of (x - x_zero_point) * (w - w_zero_point)."""
    return (x.astype(np.int32) - x_zero_point) @ (w.astype(np.int32) - w_zero_point).T


X = np.array([[8, 2, 5]], np.uint8)
W = np.array([[3, 0, 4], [-1, 5, 1]], np.int8)


def _draw_product(rng):
    n, terms, out = (int(size) for size in rng.integers(1, 4, 3))
    x = rng.integers(0, 256, (n, terms)).astype(np.uint8)
    w = rng.integers(-128, 128, (out, terms)).astype(np.int8)
    return x, int(rng.integers(0, 256)), w, int(rng.integers(-10, 11))


MANY = np.full((1, 600), 254, np.uint8)
MANY[0, -1] = 255
"""With weights of 127 the sum is odd and beyond 2**24: float32 does not hold it."""


def first_layer(rng=None):
    """100 images and the weights of a layer of 300 outputs."""
    rng = np.random.default_rng(61) if rng is None else rng
    x, w = rng.integers(0, 256, (100, 784)).astype(np.uint8), rng.integers(-128, 128, (300, 784)).astype(np.int8)
    return x, 131, w, -3


def _strided(array):
    """The same numbers, every second element of a larger array."""
    wide = np.zeros((array.shape[0], 2 * array.shape[1]), array.dtype)
    wide[:, ::2] = array
    return wide[:, ::2]


exercise = Exercise(
    id="06.1",
    title="A matrix product in integers",
    minutes=5,
    task="build",
    reference=integer_product,
    dtype="exact",
    tolerance=0.0,
    large=first_layer,
    large_is="100 images and the weights of the first layer, 300 x 784",
    shown=(X, 4, W, 1),
    cases=[
        (np.array([[5]], np.uint8), 3, np.array([[2]], np.int8), 0),
        (np.array([[1, 2]], np.uint8), 3, np.array([[5, 4]], np.int8), 2),
        (np.array([[9, 7], [8, 8]], np.uint8), 8, np.array([[1, 2], [3, -4]], np.int8), 0),
        (np.array([[6, 5], [4, 9]], np.uint8), 4, np.array([[1, 2], [3, -4]], np.int8), 1),
        (np.array([[6, 5, 4], [1, 9, 2]], np.uint8), 0, np.array([[1, 2, 0], [3, -4, 1]], np.int8), 1),
        (np.full((1, 3), 12, np.uint8), 12, np.full((2, 3), -5, np.int8), -5),
        (np.array([[12, 11]], np.uint8), 0, np.array([[10, 9]], np.int8), 0),
        (np.array([[255, 255]], np.uint8), 0, np.array([[127, 127]], np.int8), 0),
        (np.array([[255, 0]], np.uint8), 128, np.array([[-128, 127]], np.int8), 3),
        (np.array([[200, 1]], np.uint8), 0, np.array([[1, 0]], np.int8), 0),
        (MANY, 0, np.full((1, 600), 127, np.int8), 0),
        (np.zeros((2, 3), np.uint8), 7, np.ones((1, 3), np.int8), 0),
        (np.zeros((0, 3), np.uint8), 7, np.ones((2, 3), np.int8), 0),
        (np.array([[0, 255]], np.uint8), 255, np.array([[-128, -128]], np.int8), 127),
        (np.full((1, 2), 255, np.uint8), 0, np.array([[-128, -128], [127, 127]], np.int8), -128),
        (_strided(np.array([[1, 200], [40, 50]], np.uint8)), 3, _strided(np.array([[7, -8]], np.int8)), 2),
        (np.zeros((1, 70_000), np.uint8) + np.uint8(250), 3, np.full((1, 70_000), 101, np.int8), -9),
        (np.full((1, 40), 255, np.uint8), 0, np.full((2, 40), -128, np.int8), 0),
    ],
    draw=_draw_product,
    hints=[
        "By hand, the first output: (8 - 4)(3 - 1) + (2 - 4)(0 - 1) + (5 - 4)(4 - 1) = 8 + 2 + 3 = 13. What does "
        "np.uint8(2) - np.uint8(4) give?",
        "Convert first, then subtract: x.astype(np.int32) - x_zero_point. The same for w.",
        "The sum over the inputs is a matrix product: (n, in) @ (in, out). w is (out, in), so take w.T.",
    ],
    why="""A layer whose weights have zero_point 0 needs one correction only: x_zero_point times the sum of an output's
        weights, known before any input arrives. That is why weights are quantized symmetrically. Libraries multiply the
        stored bytes and correct afterwards, as in the four terms; the result is the same, to the last unit.""",
)


@exercise.alternative
def _multiplied_out(x, zx, w, zw):
    x, w = x.astype(np.int64), w.astype(np.int64)
    sums = x @ w.T - zx * w.sum(axis=1) - zw * x.sum(axis=1, keepdims=True) + x.shape[1] * zx * zw
    return sums.astype(np.int32)


@exercise.alternative
def _product_row_by_row(x, zx, w, zw):
    sums = np.zeros((len(x), len(w)), np.int32)
    weights = w.astype(np.int32) - zw
    for i, row in enumerate(x.astype(np.int32) - zx):
        for j, column in enumerate(weights):
            sums[i, j] = (row * column).sum()
    return sums


@exercise.alternative
def _product_in_float64(x, zx, w, zw):
    """float64 holds every whole number up to 2**53, so that it is exact here."""
    return np.rint((x.astype(float) - zx) @ (w.astype(float) - zw).T).astype(np.int32)


@exercise.alternative
def _product_einsum(x, zx, w, zw):
    return np.einsum("ni,oi->no", np.subtract(x, zx, dtype=np.int32), np.subtract(w, zw, dtype=np.int32))


exercise.mistake("both zero points left out", lambda x, zx, w, zw: integer_product(x, 0, w, 0)).says("""
    These are the sums of the stored integers as they are. A stored integer is zero_point too large: take each zero
    point off before you multiply, or correct the sums afterwards.""")
exercise.mistake("the input's zero point left out", lambda x, zx, w, zw: integer_product(x, 0, w, zw)).says("""
    You take off the weights' zero point but not the input's. A pixel of value 0 is stored as x_zero_point, and would
    now add something to every sum.""")
exercise.mistake("the weights' zero point left out", lambda x, zx, w, zw: integer_product(x, zx, w, 0)).says("""
    You take off the input's zero point but not that of the weights. It is often 0, but not here.""")


@exercise.mistake("the product of the zero points left out")
def _(x, zx, w, zw):
    """Multiplied out there are four terms. The last one, + in * x_zero_point * w_zero_point, is missing: both
    corrections before it have taken it off once, which is once too often."""
    return (_multiplied_out(x, zx, w, zw) - x.shape[1] * zx * zw).astype(np.int32)


@exercise.mistake("the product of the zero points once")
def _(x, zx, w, zw):
    """The term x_zero_point * w_zero_point stands in each product, so it is in a sum as often as the sum has terms:
    multiply it by x.shape[1]."""
    return (_multiplied_out(x, zx, w, zw) - (x.shape[1] - 1) * zx * zw).astype(np.int32)


@exercise.mistake("the product of the zero points once for each row")
def _(x, zx, w, zw):
    """The last of the four terms is there, but as often as x has rows. A sum has as many terms as x has columns:
    x.shape[1]."""
    return (_multiplied_out(x, zx, w, zw) + (len(x) - x.shape[1]) * zx * zw).astype(np.int32)


@exercise.mistake("the product of the zero points once for each output")
def _(x, zx, w, zw):
    """The last of the four terms is there, but as often as w has rows. A sum runs over the inputs: w.shape[1]."""
    return (_multiplied_out(x, zx, w, zw) + (len(w) - x.shape[1]) * zx * zw).astype(np.int32)


@exercise.mistake("the term with the sums of x left out")
def _(x, zx, w, zw):
    """Multiplied out there are four terms. The one with w_zero_point times the sum of each row of x is missing:
    x.sum(axis=1, keepdims=True)."""
    return (_multiplied_out(x, zx, w, zw) + zw * x.sum(axis=1, keepdims=True, dtype=np.int64)).astype(np.int32)


@exercise.mistake("the term with the sums of w left out")
def _(x, zx, w, zw):
    """Multiplied out there are four terms. The one with x_zero_point times the sum of each output's weights is missing:
    w.sum(axis=1)."""
    return (_multiplied_out(x, zx, w, zw) + zx * w.sum(axis=1, dtype=np.int64)).astype(np.int32)


@exercise.mistake("sums along the wrong axis")
def _(x, zx, w, zw):
    """The sums of your corrections run down the columns. Each runs over the inputs, which is the second axis of x and
    of w: axis=1."""
    x, w = x.astype(np.int32), w.astype(np.int32)
    corrections = zx * w.sum(axis=0) + zw * x.sum(axis=0)[:, None]
    return (x @ w.T - corrections + x.shape[1] * zx * zw).astype(np.int32)


@exercise.mistake("the product of the zero points with a minus")
def _(x, zx, w, zw):
    """The last of the four terms has a plus: minus times minus. (x - zx)(w - zw) = xw - zx w - zw x + zx zw."""
    return (_multiplied_out(x, zx, w, zw) - 2 * x.shape[1] * zx * zw).astype(np.int32)


exercise.mistake("zero points taken off the sum", lambda x, zx, w, zw: integer_product(x, 0, w, 0) - zx - zw).says("""
    You take the zero points off the finished sums. They belong to each integer, before it is multiplied: in the sum
    they have already been multiplied by the other factor.""")


@exercise.mistake("the product of the zero points taken off")
def _(x, zx, w, zw):
    """You take off x_zero_point * w_zero_point. Multiply (x - zx)(w - zw) out: there are terms with zx times w and zw
    times x as well."""
    return integer_product(x, 0, w, 0) - zx * zw


exercise.mistake("zero points added", lambda x, zx, w, zw: integer_product(x, -zx, w, -zw)).says("""
    You add the zero points. value = scale * (integer - zero_point): they are taken off.""")
exercise.mistake("zero points mixed up", lambda x, zx, w, zw: integer_product(x, zw, w, zx)).says("""
    Each matrix gets the other one's zero point. x_zero_point is taken off x.""")


@exercise.mistake("differences of 8 bits")
def _(x, zx, w, zw):
    """You subtract before you convert. In uint8, 2 - 4 is 254, without a warning. Convert first: x.astype(np.int32) -
    x_zero_point."""
    return (x - np.uint8(zx)).astype(np.int32) @ (w - np.int8(zw)).astype(np.int32).T


exercise.mistake("8 bits throughout", lambda x, zx, w, zw: (x - np.uint8(zx)) @ (w - np.int8(zw)).T).says("""
    Nothing is converted, so that NumPy subtracts in 8 bits and sums in 16: both wrap around without a warning. Convert
    both matrices to int32 first.""")


@exercise.mistake("the weights' differences of 8 bits")
def _(x, zx, w, zw):
    """x is converted, but w - w_zero_point stays int8, and wraps around: -128 - 5 is 123. Convert w too before you
    subtract: w.astype(np.int32) - w_zero_point."""
    return (x.astype(np.int32) - zx) @ (w - np.int8(zw)).astype(np.int32).T


@exercise.mistake("the input's differences of 8 bits")
def _(x, zx, w, zw):
    """w is converted, but x - x_zero_point stays uint8, and wraps around: 2 - 4 is 254. Convert x too before you
    subtract: x.astype(np.int32) - x_zero_point."""
    return (x - np.uint8(zx)).astype(np.int32) @ (w.astype(np.int32) - zw).T


@exercise.mistake("differences below 0 cut off")
def _(x, zx, w, zw):
    """Where x is below x_zero_point you put 0. Such an integer stands for a negative value and counts as one. Clamp
    nothing here."""
    return (np.maximum(x.astype(np.int32) - zx, 0) @ (w.astype(np.int32) - zw).T).astype(np.int32)


exercise.mistake("sums of 16 bits", lambda x, zx, w, zw: integer_product(x, zx, w, zw).astype(np.int16)).says("""
    Your sums have 16 bits and wrap around at 32,767, without a warning. A product can reach 32,640, so that two of them
    are too many: the accumulators must be int32.""")


@exercise.mistake("sums of 16 bits, as int32")
def _(x, zx, w, zw):
    """Your sums wrap around at 32,767: they are made in 16 bits, and become int32 too late. Convert x and w to int32
    before they are multiplied."""
    return integer_product(x, zx, w, zw).astype(np.int16).astype(np.int32)


@exercise.mistake("sums clamped to 16 bits")
def _(x, zx, w, zw):
    """You clamp the sums to -32,768 to 32,767. They are int32 and keep their size; clamp nothing here."""
    return np.clip(integer_product(x, zx, w, zw), -(2**15), 2**15 - 1)


@exercise.mistake("sums of float32")
def _(x, zx, w, zw):
    """You sum in float32, which holds every whole number up to 16,777,216 and only some beyond. 784 products can sum to
    more. Convert to int32; int32 is exact."""
    return integer_product(x, zx, w, zw).astype(np.float32).astype(np.int32)


exercise.mistake("sums of 8 bits", lambda x, zx, w, zw: integer_product(x, zx, w, zw).astype(np.int8)).says("""
    Your sums have 8 bits and wrap around at 127, without a warning. The factors have 8 bits; their sums need int32.""")


@exercise.mistake("sums clamped to 8 bits")
def _(x, zx, w, zw):
    """You clamp the sums to -128 to 127. Clamping comes later, when the sums get a ruler of their own; until then they
    are int32 and keep their size."""
    return np.clip(integer_product(x, zx, w, zw), -128, 127)


@exercise.mistake("the input read as signed")
def _(x, zx, w, zw):
    """You convert x to int8, where everything above 127 becomes negative. x is uint8, 0 to 255; convert to int32."""
    return integer_product(x.astype(np.int8), zx, w, zw)


exercise.mistake("floats returned", lambda x, zx, w, zw: integer_product(x, zx, w, zw).astype(np.float64)).says("""
    The numbers are right, but they are floats. Convert x and w to np.int32 before they are multiplied, and the sums are
    int32 too.""")
exercise.mistake("outputs down the rows", lambda x, zx, w, zw: integer_product(x, zx, w, zw).T).says("""
    Your result is (out, n), with an output in each row. Asked for is (n, out): x first, then w.T.""")


@exercise.mistake("the weights not transposed")
def _(x, zx, w, zw):
    """w is (out, in), a row for each output. The sum runs over `in`, so that x (n, in) is multiplied by w.T."""
    return (x.astype(np.int32) - zx) @ (w.astype(np.int32) - zw)


@exercise.mistake("an input left out")
def _(x, zx, w, zw):
    """The last input is left out of the sums. Does a loop or a slice end one too early?"""
    return integer_product(x[:, :-1], zx, w[:, :-1], zw)


@exercise.mistake("the first input left out")
def _(x, zx, w, zw):
    """The first input is left out of the sums. Does a loop begin at 1?"""
    return integer_product(x[:, 1:], zx, w[:, 1:], zw)


@exercise.mistake("the first row only")
def _(x, zx, w, zw):
    """Only the first row of x is used. Each row is an input of its own, with a row in the result."""
    return integer_product(x[:1], zx, w, zw)


@exercise.mistake("element by element")
def _(x, zx, w, zw):
    """x and w are multiplied element by element, a row with a row. Each row of x meets each row of w: that is the
    matrix product, x @ w.T."""
    return ((x.astype(np.int32) - zx) * (w.astype(np.int32) - zw)).sum(axis=1)


@exercise.mistake("the bytes themselves multiplied")
def _(x, zx, w, zw):
    """x @ w.T of uint8 and int8 is summed in int16, which ends at 32,767. Make both int32 before you multiply; the four
    terms are right."""
    product = (x @ w.T).astype(np.int32)
    sums_w, sums_x = w.sum(axis=1, dtype=np.int32), x.sum(axis=1, dtype=np.int32)[:, None]
    return (product - zx * sums_w - zw * sums_x + x.shape[1] * zx * zw).astype(np.int32)
