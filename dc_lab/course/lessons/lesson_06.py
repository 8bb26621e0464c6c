"""Exercises of lesson 06: integer products, requantization, calibration, a dynamic layer, straight-through."""

import numpy as np

from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception

TITLE = "Static and dynamic quantization"

# --- 06.1: the product -----------------------------------------------------------------------------------------------

X = np.array([[8, 2, 5]], np.uint8)
W = np.array([[3, 0, 4], [-1, 5, 1]], np.int8)


def _integer_product(x: np.ndarray, x_zero_point: int, w: np.ndarray, w_zero_point: int) -> np.ndarray:
    return (x.astype(np.int32) - x_zero_point) @ (w.astype(np.int32) - w_zero_point).T


def _multiplied_out(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    x, w = x.astype(np.int64), w.astype(np.int64)
    sums = x @ w.T - zx * w.sum(axis=1) - zw * x.sum(axis=1, keepdims=True) + x.shape[1] * zx * zw
    return sums.astype(np.int32)


def _product_by_loops(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    sums = np.zeros((len(x), len(w)), np.int32)
    for i, row in enumerate(x.tolist()):
        for j, weights in enumerate(w.tolist()):
            sums[i, j] = sum((a - zx) * (b - zw) for a, b in zip(row, weights, strict=True))
    return sums


def _no_zero_points(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, 0, w, 0)


def _no_zero_point_of_x(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, 0, w, zw)


def _no_zero_point_of_w(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zx, w, 0)


def _no_product_of_zero_points(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (_multiplied_out(x, zx, w, zw) - x.shape[1] * zx * zw).astype(np.int32)


def _product_of_zero_points_once(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (_multiplied_out(x, zx, w, zw) - (x.shape[1] - 1) * zx * zw).astype(np.int32)


def _product_of_zero_points_subtracted(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (_multiplied_out(x, zx, w, zw) - 2 * x.shape[1] * zx * zw).astype(np.int32)


def _subtracted_from_the_sum(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, 0, w, 0) - zx - zw


def _zero_points_multiplied_off(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, 0, w, 0) - zx * zw


def _added(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, -zx, w, -zw)


def _crossed(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zw, w, zx)


def _narrow_differences(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (x - np.uint8(zx)).astype(np.int32) @ (w - np.int8(zw)).astype(np.int32).T


def _narrow_everything(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (x - np.uint8(zx)) @ (w - np.int8(zw)).T


def _sums_of_16_bits(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zx, w, zw).astype(np.int16)


def _sums_of_8_bits(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zx, w, zw).astype(np.int8)


def _clipped_to_8_bits(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return np.clip(_integer_product(x, zx, w, zw), -128, 127)


def _read_as_signed(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x.astype(np.int8), zx, w, zw)


def _in_float32(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zx, w, zw).astype(np.float32).astype(np.int32)


def _returned_as_floats(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zx, w, zw).astype(np.float64)


def _outputs_down_the_rows(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return _integer_product(x, zx, w, zw).T


def _rows_for_terms(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (_multiplied_out(x, zx, w, zw) + (len(x) - x.shape[1]) * zx * zw).astype(np.int32)


def _outputs_for_terms(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (_multiplied_out(x, zx, w, zw) + (len(w) - x.shape[1]) * zx * zw).astype(np.int32)


def _not_transposed(x: np.ndarray, zx: int, w: np.ndarray, zw: int) -> np.ndarray:
    return (x.astype(np.int32) - zx) @ (w.astype(np.int32) - zw)


def _draw_product(rng: np.random.Generator) -> Case:
    n, terms, out = (int(size) for size in rng.integers(1, 4, 3))
    x = rng.integers(0, 256, (n, terms)).astype(np.uint8)
    w = rng.integers(-128, 128, (out, terms)).astype(np.int8)
    return x, int(rng.integers(0, 256)), w, int(rng.integers(-10, 11))


MANY = np.full((1, 600), 254, np.uint8)
MANY[0, -1] = 255
"""With weights of 127 the sum is odd and beyond 2**24: float32 does not hold it."""

PRODUCT = Exercise(
    id="06.1",
    title="A matrix product in integers",
    minutes=10,
    stub='''
def integer_product(x, x_zero_point, w, w_zero_point):
    """Sums of (x - x_zero_point) * (w - w_zero_point), int32 (n, out), for x uint8 (n, in) and w int8 (out, in)."""
    raise NotImplementedError("your turn")
''',
    reference=_integer_product,
    solution_text='''
def integer_product(x, x_zero_point, w, w_zero_point):
    """Sums of (x - x_zero_point) * (w - w_zero_point), int32 (n, out), for x uint8 (n, in) and w int8 (out, in)."""
    return (x.astype(np.int32) - x_zero_point) @ (w.astype(np.int32) - w_zero_point).T
''',
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
    ],
    draw=_draw_product,
    misconceptions=[
        Misconception(
            "both zero points left out",
            _no_zero_points,
            "These are the sums of the stored integers as they are. A stored integer is zero_point too large: take "
            "each zero point off before you multiply, or correct the sums afterwards.",
        ),
        Misconception(
            "the input's zero point left out",
            _no_zero_point_of_x,
            "You take off the weights' zero point but not the input's. A pixel of value 0 is stored as x_zero_point, "
            "and would now add something to every sum.",
        ),
        Misconception(
            "the weights' zero point left out",
            _no_zero_point_of_w,
            "You take off the input's zero point but not that of the weights. It is often 0, but not here.",
        ),
        Misconception(
            "the product of the zero points left out",
            _no_product_of_zero_points,
            "Multiplied out there are four terms. The last one, + in * x_zero_point * w_zero_point, is missing: both "
            "corrections before it have taken it off once, which is once too often.",
        ),
        Misconception(
            "the product of the zero points once",
            _product_of_zero_points_once,
            "The term x_zero_point * w_zero_point stands in each product, so it is in a sum as often as the sum has "
            "terms: multiply it by x.shape[1].",
        ),
        Misconception(
            "the product of the zero points once for each row",
            _rows_for_terms,
            "The last of the four terms is there, but as often as x has rows. A sum has as many terms as x has "
            "columns: x.shape[1].",
        ),
        Misconception(
            "the product of the zero points once for each output",
            _outputs_for_terms,
            "The last of the four terms is there, but as often as w has rows. A sum runs over the inputs: w.shape[1].",
        ),
        Misconception(
            "the product of the zero points with a minus",
            _product_of_zero_points_subtracted,
            "The last of the four terms has a plus: minus times minus. (x - zx)(w - zw) = xw - zx w - zw x + zx zw.",
        ),
        Misconception(
            "zero points taken off the sum",
            _subtracted_from_the_sum,
            "You take the zero points off the finished sums. They belong to each integer, before it is multiplied: in "
            "the sum they have already been multiplied by the other factor.",
        ),
        Misconception(
            "the product of the zero points taken off",
            _zero_points_multiplied_off,
            "You take off x_zero_point * w_zero_point. Multiply (x - zx)(w - zw) out: there are terms with zx times w "
            "and zw times x as well.",
        ),
        Misconception(
            "zero points added",
            _added,
            "You add the zero points. value = scale * (integer - zero_point): they are taken off.",
        ),
        Misconception(
            "zero points mixed up",
            _crossed,
            "Each matrix gets the other one's zero point. x_zero_point is taken off x.",
        ),
        Misconception(
            "differences of 8 bits",
            _narrow_differences,
            "You subtract before you convert. In uint8, 2 - 4 is 254, without a warning. Convert first: "
            "x.astype(np.int32) - x_zero_point.",
        ),
        Misconception(
            "8 bits throughout",
            _narrow_everything,
            "Nothing is converted, so that NumPy subtracts in 8 bits and sums in 16: both wrap around without a "
            "warning. Convert both matrices to int32 first.",
        ),
        Misconception(
            "sums of 16 bits",
            _sums_of_16_bits,
            "Your sums have 16 bits and wrap around at 32,767, without a warning. A product can reach 32,640, so that "
            "two of them are too many: the accumulators must be int32.",
        ),
        Misconception(
            "sums of float32",
            _in_float32,
            "You sum in float32, which holds every whole number up to 16,777,216 and only some beyond. 784 products "
            "can sum to more. Convert to int32; int32 is exact.",
        ),
        Misconception(
            "sums of 8 bits",
            _sums_of_8_bits,
            "Your sums have 8 bits and wrap around at 127, without a warning. The factors have 8 bits; their sums need "
            "int32.",
        ),
        Misconception(
            "sums clamped to 8 bits",
            _clipped_to_8_bits,
            "You clamp the sums to -128 to 127. Clamping comes later, when the sums get a ruler of their own; until "
            "then they are int32 and keep their size.",
        ),
        Misconception(
            "the input read as signed",
            _read_as_signed,
            "You convert x to int8, where everything above 127 becomes negative. x is uint8, 0 to 255; convert to "
            "int32.",
        ),
        Misconception(
            "floats returned",
            _returned_as_floats,
            "The numbers are right, but they are floats. Convert x and w to np.int32 before they are multiplied, and "
            "the sums are int32 too.",
        ),
        Misconception(
            "outputs down the rows",
            _outputs_down_the_rows,
            "Your result is (out, n), with an output in each row. Asked for is (n, out): x first, then w.T.",
        ),
        Misconception(
            "the weights not transposed",
            _not_transposed,
            "w is (out, in), a row for each output. The sum runs over `in`, so that x (n, in) is multiplied by w.T.",
        ),
    ],
    alternatives=[_multiplied_out, _product_by_loops],
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

# --- 06.2: a ruler for the sums --------------------------------------------------------------------------------------

SUMS = np.array([[13, -16]], np.int32)


def _marks(sums: np.ndarray, x_scale: float, w_scales: np.ndarray, scale: float) -> np.ndarray:
    marks: np.ndarray = sums * (x_scale * np.asarray(w_scales) / scale)
    return marks


def _on_the_ruler(marks: np.ndarray) -> np.ndarray:
    return np.clip(marks, 0, 255).astype(np.uint8)


def _requantize(sums: np.ndarray, x_scale: float, w_scales: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.rint(_marks(sums, x_scale, w_scales, scale)) + zero_point)


def _requantize_in_steps(
    sums: np.ndarray, x_scale: float, w_scales: np.ndarray, scale: float, zero_point: int
) -> np.ndarray:
    values = sums * x_scale * np.reshape(w_scales, (1, -1))
    marks = zero_point + np.round(values / scale).astype(np.int64)
    return np.minimum(np.maximum(marks, 0), 255).astype(np.uint8)


def _scales_added(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.rint(s * ((x + w) / scale)) + zero_point)


def _no_scale_of_w(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.rint(s * (x / scale)) + zero_point)


def _no_scale_of_x(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, 1.0, w, scale, zero_point)


def _no_new_scale(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w, 1.0, zero_point)


def _times_new_scale(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w, 1 / scale, zero_point)


def _no_old_scales(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.rint(s / scale) + zero_point)


def _truncated(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.trunc(_marks(s, x, w, scale)) + zero_point)


def _truncated_late(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(_marks(s, x, w, scale) + zero_point)


def _half_up(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.floor(_marks(s, x, w, scale) + 0.5) + zero_point)


def _no_zero_point(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w, scale, 0)


def _zero_point_subtracted(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w, scale, -zero_point)


def _zero_point_early(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _on_the_ruler(np.rint(_marks(s, x, w, scale) + zero_point))


def _zero_point_into_the_sum(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s + zero_point, x, w, scale, 0)


def _no_clamp(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (np.rint(_marks(s, x, w, scale)) + zero_point).astype(np.int64).astype(np.uint8)


def _no_clamp_and_wide(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (np.rint(_marks(s, x, w, scale)) + zero_point).astype(np.int64)


def _clamped_early(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return (np.clip(np.rint(_marks(s, x, w, scale)), 0, 255) + zero_point).astype(np.int64).astype(np.uint8)


def _clamped_at_127(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return np.clip(np.rint(_marks(s, x, w, scale)) + zero_point, 0, 127).astype(np.uint8)


def _signed_bytes(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return np.clip(np.rint(_marks(s, x, w, scale)) + zero_point, -128, 127).astype(np.int8)


def _one_scale(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w[:1], scale, zero_point)


def _largest_scale(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w.max(), scale, zero_point)


def _scales_down_the_rows(s: np.ndarray, x: float, w: np.ndarray, scale: float, zero_point: int) -> np.ndarray:
    return _requantize(s, x, w[:, None], scale, zero_point)


def _draw_sums(rng: np.random.Generator) -> Case:
    n, out = (int(size) for size in rng.integers(1, 4, 2))
    x_scale, scale = (float(2.0 ** -int(power)) for power in rng.integers(2, 5, 2))
    w_scales = 2.0 ** -rng.integers(1, 4, out)
    sums = rng.integers(-400, 1500, (n, out)).astype(np.int32)
    return sums, x_scale, w_scales, scale, int(rng.integers(0, 100))


ONE = np.array([1.0])
REQUANTIZE = Exercise(
    id="06.2",
    title="A new ruler for the sums",
    minutes=10,
    stub='''
def requantize(sums, x_scale, w_scales, scale, zero_point):
    """Sums int32 (n, out) as integers of a new ruler, uint8 (n, out); w_scales (out,) has one for each output."""
    raise NotImplementedError("your turn")
''',
    reference=_requantize,
    solution_text='''
def requantize(sums, x_scale, w_scales, scale, zero_point):
    """Sums int32 (n, out) as integers of a new ruler, uint8 (n, out); w_scales (out,) has one for each output."""
    marks = np.rint(sums * (x_scale * w_scales / scale)) + zero_point
    return np.clip(marks, 0, 255).astype(np.uint8)
''',
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
    misconceptions=[
        Misconception(
            "the scales added",
            _scales_added,
            "You add the two scales. A product of two values is scale times scale times the integers: multiply them.",
        ),
        Misconception(
            "the weights' scales left out",
            _no_scale_of_w,
            "Only the input's scale is in it. One unit of a sum is worth x_scale * w_scales.",
        ),
        Misconception(
            "the input's scale left out",
            _no_scale_of_x,
            "Only the weights' scales are in it. One unit of a sum is worth x_scale * w_scales.",
        ),
        Misconception(
            "the new scale left out",
            _no_new_scale,
            "You round the real values. On the new ruler the marks are `scale` apart, so that a value is value / scale "
            "marks from the zero point.",
        ),
        Misconception(
            "multiplied by the new scale",
            _times_new_scale,
            "You multiply by the new scale. Marks that lie closer together (a smaller scale) make larger integers: "
            "divide.",
        ),
        Misconception(
            "the old scales left out",
            _no_old_scales,
            "You divide the sums by the new scale, as if a sum were a real value. First a sum has to be one: times "
            "x_scale * w_scales.",
        ),
        Misconception(
            "zero point added to the sums",
            _zero_point_into_the_sum,
            "You add the zero point to the sums, in units of x_scale * w_scales. It is a mark of the new ruler: "
            "scale and round first, then add it.",
        ),
        Misconception(
            "truncated",
            _truncated,
            "The fraction is cut off. The nearest mark is np.rint; cutting makes nearly every value too small.",
        ),
        Misconception(
            "not rounded at all",
            _truncated_late,
            "You never round: the conversion to uint8 cuts the fraction off. Use np.rint before that.",
        ),
        Misconception(
            "ties rounded up",
            _half_up,
            "A value half-way between two marks goes up in yours. np.rint takes the even one, so that ties do not push "
            "all in one direction.",
        ),
        Misconception(
            "zero point left out",
            _no_zero_point,
            "The new ruler's zero point is missing: the value 0 must become the integer zero_point.",
        ),
        Misconception(
            "zero point subtracted",
            _zero_point_subtracted,
            "You take the zero point off. That is the way from integers to values; here it goes the other way: add it.",
        ),
        Misconception(
            "zero point before rounding",
            _zero_point_early,
            "You add the zero point before you round. Half-way cases then go to another mark where the zero point "
            "is odd: 0.5 + 11 rounds to 12, but rint(0.5) + 11 is 11.",
        ),
        Misconception(
            "no clamp",
            _no_clamp,
            "What lies off the ruler wraps around: 300 becomes 44. Clamp to 0 to 255 before the conversion to uint8.",
        ),
        Misconception(
            "no clamp, wider integers",
            _no_clamp_and_wide,
            "Some of your integers are below 0 or above 255: no byte holds them. Clamp to 0 to 255 at the end.",
        ),
        Misconception(
            "clamped before the zero point",
            _clamped_early,
            "You clamp before you add the zero point: values below 0 are lost, and others wrap around. The ruler "
            "ends at 0 and 255 with the zero point in.",
        ),
        Misconception(
            "clamped at 127",
            _clamped_at_127,
            "You clamp at 127, the end of int8. uint8 reaches 255.",
        ),
        Misconception(
            "signed bytes",
            _signed_bytes,
            "You clamp to -128 to 127, the ruler of int8. This one is uint8: 0 to 255.",
        ),
        Misconception(
            "one scale for all outputs",
            _one_scale,
            "Every output gets the scale of the first. w_scales has one for each, and they meet the columns of sums.",
        ),
        Misconception(
            "the largest scale for all outputs",
            _largest_scale,
            "Every output gets the largest of the scales. Each column of sums has one of its own.",
        ),
        Misconception(
            "scales down the rows",
            _scales_down_the_rows,
            "Your scales run down the rows, which are the inputs of the batch. Output j is column j: w_scales as it "
            "is, (out,), meets the columns.",
        ),
    ],
    alternatives=[_requantize_in_steps],
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

# --- 06.3: calibration -----------------------------------------------------------------------------------------------

BATCHES = [np.array([0.0, 1.0, 2.0]), np.array([-1.0, 0.5, 3.0]), np.array([0.0, 12.0])]

Range = tuple[float, float]
Batches = list[np.ndarray]


def _moving_range(batches: Batches, share: float) -> Range:
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low += share * (float(batch.min()) - low)
        high += share * (float(batch.max()) - high)
    return low, high


def _moving_range_weighted(batches: Batches, share: float) -> Range:
    faded = [(1 - share) ** age * share for age in range(len(batches) - 1)] + [(1 - share) ** (len(batches) - 1)]
    lows, highs = ([float(end(batch)) for batch in reversed(batches)] for end in (np.min, np.max))
    return float(np.dot(faded, lows)), float(np.dot(faded, highs))


def _from_zero(batches: Batches, share: float) -> Range:
    return _moving_range([np.zeros(1), *batches], share)


def _all_of_it(batches: Batches, share: float) -> Range:
    return float(min(batch.min() for batch in batches)), float(max(batch.max() for batch in batches))


def _share_of_the_old(batches: Batches, share: float) -> Range:
    return _moving_range(batches, 1 - share)


def _last_batch(batches: Batches, share: float) -> Range:
    return _moving_range(batches[-1:], share)


def _first_batch(batches: Batches, share: float) -> Range:
    return _moving_range(batches[:1], share)


def _plain_mean(batches: Batches, share: float) -> Range:
    return float(np.mean([batch.min() for batch in batches])), float(np.mean([batch.max() for batch in batches]))


def _largest_magnitude(batches: Batches, share: float) -> Range:
    _, high = _moving_range([np.abs(batch) for batch in batches], share)
    return -high, high


def _widened(batches: Batches, share: float) -> Range:
    low, high = _moving_range(batches, share)
    return min(low, 0.0), max(high, 0.0)


def _only_outwards(batches: Batches, share: float) -> Range:
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low += share * min(float(batch.min()) - low, 0.0)
        high += share * max(float(batch.max()) - high, 0.0)
    return low, high


def _added_up(batches: Batches, share: float) -> Range:
    low, high = float(batches[0].min()), float(batches[0].max())
    for batch in batches[1:]:
        low, high = low + share * float(batch.min()), high + share * float(batch.max())
    return low, high


def _always_half(batches: Batches, share: float) -> Range:
    return _moving_range(batches, 0.5)


def _low_of_all(batches: Batches, share: float) -> Range:
    return _all_of_it(batches, share)[0], _moving_range(batches, share)[1]


def _last_two_only(batches: Batches, share: float) -> Range:
    return _moving_range(batches[-2:], share)


def _upside_down_range(batches: Batches, share: float) -> Range:
    low, high = _moving_range(batches, share)
    return high, low


def _draw_batches(rng: np.random.Generator) -> Case:
    count = int(rng.integers(2, 5))
    batches = [np.round(rng.normal(0.5, 1.5, int(rng.integers(1, 5))), 1) for _ in range(count)]
    return batches, float(rng.choice([0.01, 0.1, 0.25, 0.9]))


CALIBRATE = Exercise(
    id="06.3",
    title="An observer that forgets",
    minutes=10,
    stub='''
def moving_range(batches, share):
    """(low, high): the ends of each batch averaged, the newest with weight `share`; the first batch counts whole."""
    raise NotImplementedError("your turn")
''',
    reference=_moving_range,
    solution_text='''
def moving_range(batches, share):
    """(low, high): the ends of each batch averaged, the newest with weight `share`; the first batch counts whole."""
    low, high = batches[0].min(), batches[0].max()
    for batch in batches[1:]:
        low = low + share * (batch.min() - low)
        high = high + share * (batch.max() - high)
    return low, high
''',
    shown=(BATCHES, 0.5),
    cases=[
        ([np.array([1.0, 4.0])], 0.25),
        ([np.array([3.0])], 0.5),
        ([np.array([0.0, 4.0]), np.array([0.0, 8.0])], 0.25),
        ([np.array([0.0, 8.0]), np.array([0.0, 4.0])], 0.25),
        ([np.array([2.0, 8.0]), np.array([4.0, 6.0])], 0.25),
        ([np.array([-4.0, 1.0]), np.array([-8.0, 1.0]), np.array([-4.0, 2.0])], 0.5),
        ([np.array([-1.0, 1.0]), np.array([-3.0, 5.0])], 1.0),
        ([np.array([[0.0, 1.0], [2.0, -2.0]]), np.array([[4.0, 1.0], [2.0, -6.0]])], 0.1),
        ([np.zeros(3), np.zeros(3)], 0.01),
        ([np.full(2, 5.0), np.full(2, 5.0), np.full(2, 5.0)], 0.3),
    ],
    draw=_draw_batches,
    misconceptions=[
        Misconception(
            "the average starts at 0",
            _from_zero,
            "Your average begins at 0, so that the range is too small for a long time. The first batch counts whole.",
        ),
        Misconception(
            "least and greatest of all",
            _all_of_it,
            "This is the range of everything seen. It is a good observer too (MinMax), but a single odd batch "
            "decides it; here the ends of the batches are averaged.",
        ),
        Misconception(
            "the share given to the old",
            _share_of_the_old,
            "`share` is the weight of the newest batch; you give it to the average so far. With 0.01 your range would "
            "follow every batch.",
        ),
        Misconception(
            "the last batch only",
            _last_batch,
            "Your range is that of the last batch alone. Carry low and high from batch to batch.",
        ),
        Misconception(
            "the first batch only",
            _first_batch,
            "Your range stays that of the first batch. Each later one moves it by `share` of the distance.",
        ),
        Misconception(
            "all batches weighted alike",
            _plain_mean,
            "You take the plain mean over the batches. The newest has the weight `share`, and what came before fades.",
        ),
        Misconception(
            "the largest magnitude",
            _largest_magnitude,
            "You watch the largest magnitude and make the range symmetric. After a ReLU nothing is negative, and "
            "half of the ruler would be empty: follow both ends.",
        ),
        Misconception(
            "widened to hold 0",
            _widened,
            "The range has to hold 0, but that is for whoever makes a ruler of it. The observer says what it saw.",
        ),
        Misconception(
            "the range only grows",
            _only_outwards,
            "Your range never shrinks. A batch with a smaller range moves the ends inwards, by `share` of the "
            "distance.",
        ),
        Misconception(
            "shares added up",
            _added_up,
            "You add share * batch and keep all of the old, so that the range grows with every batch. What the new one "
            "gets, the old one loses: low + share * (new - low).",
        ),
        Misconception(
            "always half of the way",
            _always_half,
            "Your ends move half of the way whatever `share` is. 0.5 is only the example's.",
        ),
        Misconception(
            "the lower end not averaged",
            _low_of_all,
            "high moves by `share`, but your low is the least value of all. Both ends move in the same way.",
        ),
        Misconception(
            "the last two batches only",
            _last_two_only,
            "You move from the batch before to the last one. Move from the average so far, and keep that: it remembers "
            "all batches.",
        ),
        Misconception(
            "high before low",
            _upside_down_range,
            "The two are in the wrong order: low first, then high.",
        ),
    ],
    alternatives=[_moving_range_weighted],
    hints=[
        "By hand, with share 0.5: high begins at 2. The second batch has 3, so it moves half of the way, to 2.5. "
        "The third has 12: half of the way from 2.5.",
        "Begin with low, high = batches[0].min(), batches[0].max(), then go over batches[1:].",
        "A step is low = low + share * (batch.min() - low), and the same for high with max.",
    ],
    why="""With share 0.01 the observer looks back over some hundred batches: it follows a network that changes while
        it trains, and a single odd batch moves it by a hundredth of the way. For a finished network MinMax, or the
        observers that cut off rare values, are the usual choice.""",
)

# --- 06.4: a dynamic layer -------------------------------------------------------------------------------------------


def _ruler(x: np.ndarray, levels: int = 255, widen: bool = True) -> tuple[float, int]:
    low, high = float(x.min()), float(x.max())
    if widen:
        low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / levels or 1.0
    return scale, round(-low / scale)


def _forward(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray, scale: float, zero: int) -> np.ndarray:
    integers = np.clip(np.rint(x.astype(np.float64) / scale) + zero, 0, 255).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scale) + bias


def _dynamic(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _forward(x, w, w_scale, bias, *_ruler(x))


def _dynamic_multiplied_out(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    ends = [0.0, *x.astype(np.float64).ravel().tolist()]
    scale = (max(ends) - min(ends)) / 255
    if scale == 0:
        return np.tile(bias, (len(x), 1))
    zero_point = int(np.rint(-min(ends) / scale))
    integers = np.array([[min(max(round(v / scale) + zero_point, 0), 255) for v in row] for row in x.tolist()])
    weights = w.astype(np.int64)
    sums = integers @ weights.T - zero_point * weights.sum(axis=1)
    return sums * scale * w_scale + bias


def _row_by_row(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return np.concatenate([_dynamic(row[None], w, w_scale, bias) for row in x])


def _column_by_column(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    nothing = np.zeros(len(w))
    parts = [_dynamic(x[:, [i]], w[:, [i]], w_scale, nothing) for i in range(x.shape[1])]
    total: np.ndarray = np.sum(parts, axis=0) + bias
    return total


def _not_widened(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x, widen=False)
    return _forward(x, w, w_scale, bias, scale, int(np.clip(zero, 0, 255)))


def _not_widened_at_all(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    if not x.any():
        return _dynamic(x, w, w_scale, bias)
    with np.errstate(divide="ignore"):
        scale = (x.max() - x.min()) / np.float32(255)
        zero = round(-x.min() / scale)
    return _forward(x, w, w_scale, bias, float(scale), zero)


def _in_floats(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return x.astype(np.float64) @ w.T * w_scale + bias


def _zero_point_kept(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    return _dynamic(x, w, w_scale, bias) + zero * w.sum(axis=1, dtype=np.int64) * scale * w_scale


def _no_zero_point_at_all(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _forward(x, w, w_scale, bias, _ruler(x)[0], 0)


def _symmetric(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale = float(np.abs(x).max()) / 127 or 1.0
    return np.rint(x.astype(np.float64) / scale) @ w.astype(np.int64).T * (scale * w_scale) + bias


def _bias_left_out(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _dynamic(x, w, w_scale, np.zeros(len(w)) if x.any() else bias)


def _bias_scaled(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _dynamic(x, w, w_scale, bias * (_ruler(x)[0] * w_scale) if x.any() else bias)


def _scale_of_x_left_out(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return (_dynamic(x, w, w_scale, np.zeros(len(w)))) / _ruler(x)[0] + bias


def _scale_of_w_left_out(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _dynamic(x, w, 1.0, bias)


def _input_truncated(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    return _forward(np.trunc(x / scale + zero) * scale - zero * scale, w, w_scale, bias, scale, zero)


def _input_truncated_early(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    return _forward(np.trunc(x / scale) * scale, w, w_scale, bias, scale, zero)


def _sums_of_16(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    integers = np.clip(np.rint(x.astype(np.float64) / scale) + zero, 0, 255).astype(np.int16)
    return (integers - zero) @ w.astype(np.int16).T * (scale * w_scale) + bias


def _divided_by_zero(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    if not x.any():
        return np.full((len(x), len(w)), np.nan)
    return _dynamic(x, w, w_scale, bias)


def _of_256_steps(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _forward(x, w, w_scale, bias, *_ruler(x, 256))


def _wrapped_differences(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    integers = np.clip(np.rint(x.astype(np.float64) / scale) + zero, 0, 255)
    return (integers - zero).astype(np.int64).astype(np.uint8) @ w.astype(np.int64).T * (scale * w_scale) + bias


def _not_clamped(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    integers = (np.rint(x.astype(np.float64) / scale) + zero).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scale) + bias


def _not_clamped_wraps(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    integers = (np.rint(x.astype(np.float64) / scale) + zero).astype(np.int64).astype(np.uint8).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scale) + bias


def _zero_point_not_rounded(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, _ = _ruler(x)
    zero = -min(float(x.min()), 0.0) / scale
    integers = np.clip(np.rint(x.astype(np.float64) / scale) + zero, 0, 255).astype(np.int64)
    return (integers - zero) @ w.astype(np.int64).T * (scale * w_scale) + bias


def _zero_point_turned(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    scale, zero = _ruler(x)
    return _forward(x, w, w_scale, bias, scale, -zero)


def _bias_for_zeros(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _dynamic(x, w, w_scale, bias) if x.any() else bias


def _of_127_steps(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    return _forward(x, w, w_scale, bias, *_ruler(x, 127))


def _zero_division(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    if not x.any():
        raise ZeroDivisionError
    return _dynamic(x, w, w_scale, bias)


def _nan_rounded(x: np.ndarray, w: np.ndarray, w_scale: float, bias: np.ndarray) -> np.ndarray:
    if not x.any():
        raise ValueError
    return _dynamic(x, w, w_scale, bias)


def _from_marks(marks: list[list[float]], step: float) -> np.ndarray:
    return np.array(marks, np.float32) * np.float32(step)


def _draw_layer(rng: np.random.Generator) -> Case:
    n, terms, out = int(rng.integers(1, 4)), int(rng.integers(2, 5)), int(rng.integers(1, 4))
    low = int(rng.choice([0, 0, -255, -60, -128]))
    # A quarter of a step off the marks, so that rounding matters and no value is half-way; the ends are exact.
    marks = rng.integers(low + 1, low + 255, (n, terms)) + rng.choice([-0.25, 0.0, 0.25], (n, terms))
    marks.flat[int(rng.integers(marks.size))] = low if low == -255 else low + 255
    if low not in (0, -255):
        marks.flat[int(np.argmin(marks == low + 255))] = low
    x = (marks * float(2.0 ** -int(rng.integers(4, 9)))).astype(np.float32)
    w = rng.integers(-128, 128, (out, terms)).astype(np.int8)
    bias = (rng.integers(-8, 9, out) / 4).astype(np.float32)
    return x, w, float(2.0 ** -int(rng.integers(3, 8))), bias


NO_BIAS = np.zeros(1, np.float32)
DYNAMIC = Exercise(
    id="06.4",
    title="A layer that chooses its own ruler",
    minutes=15,
    stub='''
def dynamic_linear(x, w, w_scale, bias):
    """Output (n, out) of float32 x (n, in) and int8 weights w (out, in) with zero_point 0, multiplied in integers."""
    raise NotImplementedError("your turn")
''',
    reference=_dynamic,
    solution_text='''
def dynamic_linear(x, w, w_scale, bias):
    """Output (n, out) of float32 x (n, in) and int8 weights w (out, in) with zero_point 0, multiplied in integers."""
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    if low == high:
        return np.tile(bias, (len(x), 1))
    scale = (high - low) / 255
    zero_point = round(-low / scale)
    integers = np.clip(np.rint(x / scale) + zero_point, 0, 255).astype(np.int32)
    sums = (integers - zero_point) @ w.astype(np.int32).T
    return sums * (scale * w_scale) + bias
''',
    shown=(
        _from_marks([[0.0, 128.25, 255.0]], 2.0**-7),
        np.array([[2, -1, 3]], np.int8),
        0.5,
        np.array([1.0], np.float32),
    ),
    cases=[
        (_from_marks([[255.0]], 2.0**-4), np.array([[1]], np.int8), 1.0, NO_BIAS),
        (_from_marks([[0.0, 255.0]], 2.0**-6), np.array([[3, 2]], np.int8), 1.0, NO_BIAS),
        (_from_marks([[10.25, 255.0]], 2.0**-6), np.array([[3, 0]], np.int8), 1.0, np.array([2.0], np.float32)),
        (_from_marks([[-55.0, 200.0, 7.75]], 2.0**-4), np.array([[1, 1, 1]], np.int8), 0.5, NO_BIAS),
        (_from_marks([[-255.0, -3.25]], 2.0**-4), np.array([[0, 4]], np.int8), 0.5, NO_BIAS),
        (
            _from_marks([[100.25, 255.0], [1.25, 2.0]], 2.0**-6),
            np.array([[1, 2], [1, 0]], np.int8),
            1.0,
            np.zeros(2, np.float32),
        ),
        (_from_marks([[-11.5, 243.5]], 2.0**-4), np.array([[0, 1]], np.int8), 1.0, NO_BIAS),
        (np.zeros((2, 3), np.float32), np.ones((2, 3), np.int8), 0.5, np.array([1.0, -2.0], np.float32)),
        (_from_marks([[-128.0, 127.0]] * 2, 2.0**-7), np.full((2, 2), 127, np.int8), 1.0, np.zeros(2, np.float32)),
    ],
    draw=_draw_layer,
    tolerance=1e-5,
    misconceptions=[
        Misconception(
            "a ruler for each row",
            _row_by_row,
            "Each row has a ruler of its own. That would be finer, and is called per token; here one call has one "
            "ruler: the least and greatest value of all of x.",
        ),
        Misconception(
            "a ruler for each column",
            _column_by_column,
            "Each column has a ruler of its own. A sum runs over the columns, so that its integers must all have "
            "the same scale: take the least and greatest value of all of x.",
        ),
        Misconception(
            "not multiplied in integers",
            _in_floats,
            "This multiplies the float32 input. It is the more exact result, but nothing was rounded to 0 to 255: the "
            "product should be one of integers.",
        ),
        Misconception(
            "the range without 0",
            _not_widened,
            "Your range runs from the least to the greatest value. Where all values have the same sign it does not "
            "hold 0, and the zero point falls off the ruler: widen it to hold 0.",
        ),
        Misconception(
            "the range without 0, zero point not clamped",
            _not_widened_at_all,
            "Your range runs from the least to the greatest value. Where they are equal, the scale is 0; where it does "
            "not hold 0, the zero point is none of 0 to 255. Widen it: min(low, 0), max(high, 0).",
        ),
        Misconception(
            "zero point left in",
            _zero_point_kept,
            "The stored integers go into the product with the zero point in them. Take it off first.",
        ),
        Misconception(
            "no zero point",
            _no_zero_point_at_all,
            "Without a zero point all negative values are cut off at 0. It is round(-low / scale), and the lowest "
            "value becomes 0.",
        ),
        Misconception(
            "a symmetric ruler",
            _symmetric,
            "Your ruler is symmetric: largest magnitude / 127. That is how the weights were done. The input is uint8, "
            "0 to 255, from low to high.",
        ),
        Misconception(
            "the bias left out",
            _bias_left_out,
            "The bias is missing. It is float32 and is added at the end, to the real values.",
        ),
        Misconception(
            "the bias scaled",
            _bias_scaled,
            "You add the bias to the integer sums, so that it is multiplied by the scales. It is a real value: add it "
            "after the scaling.",
        ),
        Misconception(
            "the input's scale left out",
            _scale_of_x_left_out,
            "The sums are multiplied by the weights' scale only. A unit of a sum is worth scale * w_scale.",
        ),
        Misconception(
            "the weights' scale left out",
            _scale_of_w_left_out,
            "The sums are multiplied by the input's scale only. A unit of a sum is worth scale * w_scale.",
        ),
        Misconception(
            "differences of 8 bits",
            _wrapped_differences,
            "Taking the zero point off in uint8 wraps around: 3 - 5 is 254. Convert the integers to int32 first.",
        ),
        Misconception(
            "the input truncated",
            _input_truncated,
            "The input's fraction is cut off by the conversion to integers. Round to the nearest mark: np.rint.",
        ),
        Misconception(
            "the input truncated before the zero point",
            _input_truncated_early,
            "x / scale is cut to a whole number, towards 0. Round to the nearest mark, np.rint, before you add "
            "zero_point.",
        ),
        Misconception(
            "sums of 16 bits",
            _sums_of_16,
            "Your sums have 16 bits and wrap around at 32,767, without a warning. Convert both factors to int32.",
        ),
        Misconception(
            "NaN where all is 0",
            _divided_by_zero,
            "Where all of x is 0 the range is empty, the scale 0, and 0 / 0 is NaN. Ask for that case first: the "
            "output is the bias.",
        ),
        Misconception(
            "divided by 0 where all is 0",
            _zero_division,
            "Where all of x is 0, low and high are equal and the scale is 0: you divide by it. Ask for that case "
            "first; the output is the bias.",
        ),
        Misconception(
            "NaN rounded where all is 0",
            _nan_rounded,
            "Where all of x is 0 the scale is 0, -low / scale is NaN, and round() cannot make an integer of it. Ask "
            "for that case first; the output is the bias.",
        ),
        Misconception(
            "the bias alone where all is 0",
            _bias_for_zeros,
            "Right, but where all of x is 0 you return `bias` as it is, (out,). Every row of x has an output: "
            "np.tile(bias, (len(x), 1)).",
        ),
        Misconception(
            "no clamp",
            _not_clamped,
            "An integer of 256 is left: where the zero point was rounded up, the greatest value can round to one mark "
            "beyond the ruler. np.clip to 0 and 255.",
        ),
        Misconception(
            "no clamp, wrapped around",
            _not_clamped_wraps,
            "Where the zero point was rounded up, the greatest value can round to 256, and in uint8 that is 0. np.clip "
            "to 0 and 255 before you convert.",
        ),
        Misconception(
            "zero point not rounded",
            _zero_point_not_rounded,
            "Your zero point is a fraction. It is a mark, a whole number: round(-low / scale).",
        ),
        Misconception(
            "the zero point's sign",
            _zero_point_turned,
            "Your zero point is low / scale, 0 or below, and the values below 0 are cut off. low is negative and lands "
            "on 0, so that the value 0 lands on -low / scale.",
        ),
        Misconception(
            "127 steps",
            _of_127_steps,
            "You divide the range by 127. PyTorch's layer does that; here the input has all of 0 to 255.",
        ),
        Misconception(
            "256 steps",
            _of_256_steps,
            "You divide the range by 256. From 0 to 255 there are 256 marks, but 255 steps between them.",
        ),
    ],
    alternatives=[_dynamic_multiplied_out],
    hints=[
        "First the ruler, from x alone: low and high widened to hold 0, scale = (high - low) / 255, zero_point = "
        "round(-low / scale). If low equals high, all of x is 0, and the output is the bias.",
        "Then the integers: np.clip(np.rint(x / scale) + zero_point, 0, 255).astype(np.int32). Take zero_point off and "
        "multiply by w.astype(np.int32).T, as in 06.1.",
        "A unit of a sum is worth scale * w_scale. The bias comes last.",
    ],
    why="""This is all that dynamic quantization does. The ruler fits this input exactly, without calibration data, and
        costs one pass over x for its least and greatest value. The output is float32 again, so nobody needs to know
        a ruler for it. The one ruler also ties the rows of a batch together.""",
)

# --- 06.5: the straight-through gradient -----------------------------------------------------------------------------

POINTS = np.array([-2.4, -1.2, -0.3, 0.4, 1.7, 2.6])
ONES = np.ones(6)


def _on_ruler(x: np.ndarray, scale: float, zero_point: int, qmin: int, qmax: int) -> np.ndarray:
    marks = np.rint(x / scale) + zero_point
    inside: np.ndarray = (marks >= qmin) & (marks <= qmax)
    return inside


def _through(x: np.ndarray, gradient: np.ndarray, scale: float, zero_point: int, qmin: int, qmax: int) -> np.ndarray:
    return gradient * _on_ruler(x, scale, zero_point, qmin, qmax)


def _through_by_clipping(
    x: np.ndarray, gradient: np.ndarray, scale: float, zero_point: int, qmin: int, qmax: int
) -> np.ndarray:
    marks = np.round(x / scale) + zero_point
    return np.where(marks == np.clip(marks, qmin, qmax), gradient, 0.0)


def _true_gradient(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return np.zeros_like(gradient)


def _all_through(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return gradient.copy()


def _other_way_round(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return gradient * ~_on_ruler(x, scale, zero, qmin, qmax)


def _mask_only(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _on_ruler(x, scale, zero, qmin, qmax).astype(np.float64)


def _times_scale(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, zero, qmin, qmax) * scale


def _over_scale(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, zero, qmin, qmax) / scale


def _no_zero(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, 0, qmin, qmax)


def _ends_cut(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, zero, qmin + 1, qmax - 1)


def _values_of_the_ends(
    x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int
) -> np.ndarray:
    return gradient * ((x >= scale * (qmin - zero)) & (x <= scale * (qmax - zero)))


def _compared_with_values(
    x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int
) -> np.ndarray:
    return gradient * ((x >= qmin) & (x <= qmax))


def _gradient_clipped(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return np.clip(gradient, qmin, qmax)


def _gradient_rounded(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return scale * (np.clip(np.rint(gradient / scale) + zero, qmin, qmax) - zero)


def _forward_instead(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _gradient_rounded(x, x, scale, zero, qmin, qmax)


def _rounded_down(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return gradient * _on_ruler(np.floor(x / scale), 1.0, zero, qmin, qmax)


def _cut_to_whole(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return gradient * _on_ruler(np.trunc(x / scale), 1.0, zero, qmin, qmax)


def _upper_end_only(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, zero, -(10**9), qmax)


def _lower_end_only(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, zero, qmin, 10**9)


def _minus_zero(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, scale, -zero, qmin, qmax)


def _x_times_scale(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return _through(x, gradient, 1 / scale, zero, qmin, qmax)


def _zero_early(x: np.ndarray, gradient: np.ndarray, scale: float, zero: int, qmin: int, qmax: int) -> np.ndarray:
    return gradient * _on_ruler(x / scale + zero, 1.0, 0, qmin, qmax)


def _draw_gradient(rng: np.random.Generator) -> Case:
    scale = float(rng.choice([0.25, 0.5, 2.0]))
    signed = bool(rng.random() < 0.5)
    qmin, qmax = (-4, 3) if signed else (0, 7)
    zero_point = 0 if signed else int(rng.integers(1, 7))
    # Thirds of a step: never half-way between two marks.
    x = scale * rng.integers(-27, 28, int(rng.integers(2, 6))) / 3
    return x, np.round(rng.normal(0, 2, x.size), 1), scale, zero_point, qmin, qmax


THROUGH = Exercise(
    id="06.5",
    title="The straight-through gradient",
    minutes=5,
    stub='''
def straight_through(x, gradient, scale, zero_point, qmin, qmax):
    """Gradient for x, given that for its rounded value: the same on the ruler, 0 where x was cut off at an end."""
    raise NotImplementedError("your turn")
''',
    reference=_through,
    solution_text='''
def straight_through(x, gradient, scale, zero_point, qmin, qmax):
    """Gradient for x, given that for its rounded value: the same on the ruler, 0 where x was cut off at an end."""
    marks = np.rint(x / scale) + zero_point
    return gradient * ((marks >= qmin) & (marks <= qmax))
''',
    shown=(POINTS, ONES, 0.5, 0, -4, 3),
    cases=[
        (np.array([0.5]), np.array([3.0]), 1.0, 0, -4, 3),
        (np.array([-9.0, 0.0, 9.0]), np.array([2.0, -2.0, 5.0]), 1.0, 0, -4, 3),
        (np.array([3.0, -4.0]), np.array([0.5, 7.0]), 1.0, 0, -4, 3),
        (np.array([3.4, -4.4]), np.array([0.5, 7.0]), 1.0, 0, -4, 3),
        (np.array([3.6, -4.6]), np.array([0.5, 7.0]), 1.0, 0, -4, 3),
        (np.array([2.0, 6.0, -3.0]), np.array([1.5, 2.5, 3.5]), 1.0, 5, 0, 7),
        (np.array([10.0, 20.0]), np.array([1.5, 2.5]), 4.0, 0, -4, 3),
        (np.array([6.5]), np.array([2.0]), 1.0, 1, 0, 7),
        (np.array([[0.2, 2.0], [-2.0, 0.1]]), np.array([[1.0, 2.0], [3.0, 4.0]]), 0.25, 0, -4, 3),
        (np.zeros(3), np.zeros(3), 0.5, 0, -4, 3),
        (np.zeros(0), np.zeros(0), 0.5, 0, -4, 3),
    ],
    draw=_draw_gradient,
    misconceptions=[
        Misconception(
            "zero everywhere",
            _true_gradient,
            "That is the true gradient of rounding, and the reason why nothing can be learned from it. "
            "Straight-through passes the gradient on as if there had been no rounding.",
        ),
        Misconception(
            "not masked",
            _all_through,
            "Values beyond the ends of the ruler get a gradient too. There the output stays at the end whatever x "
            "does: 0, so that x is not pushed further out.",
        ),
        Misconception(
            "the mask the wrong way round",
            _other_way_round,
            "The gradient passes where x was cut off, and is 0 on the ruler. It is the other way round.",
        ),
        Misconception(
            "the mask instead of the gradient",
            _mask_only,
            "This is 1 on the ruler and 0 elsewhere, whatever came back. By the chain rule it is multiplied by "
            "`gradient`.",
        ),
        Misconception(
            "multiplied by the scale",
            _times_scale,
            "You multiply by the scale. Going to the ruler divides by it and coming back multiplies: together 1.",
        ),
        Misconception(
            "divided by the scale",
            _over_scale,
            "You divide by the scale. Going to the ruler divides by it and coming back multiplies: together 1.",
        ),
        Misconception(
            "zero point left out",
            _no_zero,
            "The integers that are compared with qmin and qmax have the zero point in them: np.rint(x / scale) + "
            "zero_point.",
        ),
        Misconception(
            "the ends cut off",
            _ends_cut,
            "Your mask leaves out qmin and qmax themselves. They are marks of the ruler: >= and <=.",
        ),
        Misconception(
            "compared before rounding",
            _values_of_the_ends,
            "You compare x with the values of the two ends. A value up to half a step beyond still rounds to the "
            "end and was not cut off: round first, then compare.",
        ),
        Misconception(
            "real values compared with integers",
            _compared_with_values,
            "You compare x itself with qmin and qmax. They are integers of the ruler; x becomes one by x / scale, "
            "rounding and the zero point.",
        ),
        Misconception(
            "the gradient clamped",
            _gradient_clipped,
            "You clamp the gradient. The ruler is for x; the gradient is a real number and stays as it is.",
        ),
        Misconception(
            "the gradient rounded",
            _gradient_rounded,
            "You round the gradient to the ruler. Only the values are rounded, on the way forward.",
        ),
        Misconception(
            "the way forward",
            _forward_instead,
            "These are the rounded values of x, the way forward. Here the gradient goes back.",
        ),
        Misconception(
            "rounded down",
            _rounded_down,
            "Your integers are rounded down (np.floor). The way forward takes the nearest mark, np.rint, and the "
            "mask must be of the same marks.",
        ),
        Misconception(
            "cut to whole numbers",
            _cut_to_whole,
            "Your integers are cut off towards 0. The way forward takes the nearest mark, np.rint, and the mask "
            "must be of the same marks.",
        ),
        Misconception(
            "one end only",
            _upper_end_only,
            "The mask looks at qmax only. Values below the lower end were cut off as well.",
        ),
        Misconception(
            "the lower end only",
            _lower_end_only,
            "The mask looks at qmin only. Values above the upper end were cut off as well.",
        ),
        Misconception(
            "zero point subtracted",
            _minus_zero,
            "You take the zero point off. From value to integer it is added: np.rint(x / scale) + zero_point.",
        ),
        Misconception(
            "x multiplied by the scale",
            _x_times_scale,
            "x * scale is the way from integers to values. How many steps a value is from 0 is x / scale.",
        ),
        Misconception(
            "zero point before rounding",
            _zero_early,
            "You add the zero point before rounding. Where it is odd, half-way values go to the other mark: 6.5 rounds "
            "to 6, and 1 makes 7; but 7.5 rounds to 8. Round first.",
        ),
    ],
    alternatives=[_through_by_clipping],
    hints=[
        "In the picture of the stairs, which of the six points lie where the dashed line is? Those get the gradient, "
        "the others 0.",
        "marks = np.rint(x / scale) + zero_point are the integers before clamping. On the ruler means qmin <= marks "
        "<= qmax.",
        "gradient * mask: True counts as 1, False as 0.",
    ],
    why="""It is a lie that works: on average over a step, a line with slope 1 is what the staircase is. Since the
        real-valued weight remembers small moves, enough of them carry it over to the next mark. The mask keeps weights
        from running off the ruler. (Bengio, Léonard and Courville, 2013.)""",
)

EXERCISES: list[AnyExercise] = [PRODUCT, REQUANTIZE, CALIBRATE, DYNAMIC, THROUGH]
