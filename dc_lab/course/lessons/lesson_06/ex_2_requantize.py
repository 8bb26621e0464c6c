"""06.2 Back to bytes, in integers alone."""

import numpy as np

from dc_lab.course.exercises import Exercise


def requantize(sums, multipliers, shifts, zero_point):
    """Bytes of the next ruler, uint8 (n, out), from sums int32 (n, out)."""
    products = sums * multipliers
    half = 1 << (shifts - 1)
    marks = ((products + half) >> shifts) + zero_point
    return np.clip(marks, 0, 255).astype(np.uint8)


SUMS = np.array([[13, -16]], np.int32)


def fixed_point(factors):
    """Factors above 0 as (multipliers, shifts), int64: multiplier / 2**shift, the multiplier from 2**30 to 2**31."""
    mantissas, exponents = np.frexp(factors)
    return np.rint(mantissas * 2**31).astype(np.int64), 31 - exponents.astype(np.int64)


def _shifted(products, shifts):
    return (products + (np.int64(1) << (shifts - 1))) >> shifts


def _case(sums, factors, zero_point, order="C"):
    return np.array(sums, np.int32, order=order), *fixed_point(np.array(factors, np.float64)), zero_point


def _draw_sums(rng):
    n, out = (int(size) for size in rng.integers(1, 4, 2))
    factors = 10.0 ** rng.uniform(-5, 0.3, out)
    marks = rng.uniform(-120, 320, (n, out))
    return _case(np.rint(marks / factors), factors, int(rng.integers(0, 130)))


def _near_half(multiplier, shift, mark, off):
    """A sum times the multiplier that is `off` units of 2**-shift from half-way above a mark; the sum is odd."""
    half = ((2 * mark + 1) << shift) >> 1
    return np.array([[(half + off) // multiplier]], np.int32), np.array([multiplier]), np.array([shift]), 0


def _large():
    rng = np.random.default_rng(62)
    return rng.integers(-20_000, 60_000, (500, 300)).astype(np.int32), *fixed_point(rng.uniform(1e-3, 8e-3, 300)), 7


ODD = 2**30 + 1
"""A multiplier whose products with small sums are just off the ties."""

CASES = [
    _case([[6]], [0.25], 0), _case([[7]], [0.25], 3), _case([[1, 3, 5, -1, -3]], [0.5] * 5, 10),
    _case([[1, 3, 5, -1, -3]], [0.5] * 5, 11), _case([[7, 5, -5, -7]], [0.25] * 4, 20),
    _case([[10, 10]], [0.5, 0.25], 0), _case([[8, 8], [16, 16]], [0.25, 1.0], 5), _case([[300, -300]], [1.0, 1.0], 100),
    _case([[200, 90]], [1.0, 1.0], 60), _case([[25_489_800]], [0.0000013], 0), _case(np.zeros((2, 3)), [0.3] * 3, 17),
    _case(np.zeros((0, 2)), [0.5, 0.5], 3), _case([[2**31 - 1, -(2**31)]], [5.9e-8, 5.9e-8], 128),
    _case([[2**31 - 1, -(2**31)]], [1.0, 1.0], 128), _case([[-5, -4, -3, -2]], [1 / 3, 1 / 3, 1 / 3, 1 / 3], 2),
    _case([[3, 4], [5, 6], [7, 8]], [0.37, 2.9], 0, "F"), _case([[254, 255, 256, 257]], [1.0] * 4, 0),
    _case([[-1, 0, 1, 2]], [1.0] * 4, 0), _case([[155, 156]], [1.0, 1.0], 100),
    _case([[1, 2, 3]], [40.0, 80.0, 100.0], 0),
    _case([[5]], [0.5], 0), _case([[-101, -100, -99]], [1.0] * 3, 100), _case([[255, 0, -255]], [1.0] * 3, 255),
    (np.array([[1, 3, -1, -3]], np.int32), np.full(4, ODD), np.full(4, 31), 8),
    (np.array([[1, 3, -1, -3]], np.int32), np.full(4, ODD - 2), np.full(4, 31), 8),
    (np.array([[101, 77]], np.int32), np.array([ODD - 2, ODD]), np.array([31, 31]), 1),
    (np.array([[40_001, 2**25 + 1]], np.int32), np.array([ODD - 2, ODD + 2]), np.array([40, 50]), 0),
    (np.array([[20_000, -20_000]], np.int32), np.full(2, 2**31), np.array([39, 39]), 90),
    (np.array([[2**31 - 1]], np.int32), np.array([2**31]), np.array([62]), 9),
    (np.array([[1, -1]], np.int32), np.array([2**30, 2**30]), np.array([1, 1]), 3),
    # (2**30 - 1) * (2**30 + 1) is one below 2**60, half a mark at this shift: a float64 has it half-way.
    (np.array([[2**30 - 1]], np.int32), np.array([ODD]), np.array([61]), 0),
    # The factors of 2**58 + 1: half a mark below 0 and a little more, which a float64 does not have either.
    (np.array([[-(2**29) + 2**15 - 1]], np.int32), np.array([2**29 + 2**15 + 1]), np.array([59]), 5),
    # The factors of 2**53 - 1, which a float64 holds: its half is lost only when 0.5 is added.
    (np.array([[6361 * 69431]], np.int32), np.array([20_394_401]), np.array([54]), 0),
]  # fmt: skip

exercise = Exercise(
    id="06.2",
    title="Back to bytes, in integers alone",
    minutes=10,
    task="build",
    reference=requantize,
    shown=(SUMS, *fixed_point(np.array([2.0, 2.0])), 40),
    cases=CASES,
    draw=_draw_sums,
    dtype="exact",
    tolerance=0.0,
    large=_large,
    large_is="500 images and the 300 outputs of the first layer",
    hints=[
        "By hand: 13 times 2**30, plus half of 2**29, is 13.5 times 2**30. Shifted right by 29 places that is 27, cut "
        "off downwards: 26. Then the zero point: 66.",
        "A product has up to 62 bits. With the int64 multipliers, sums * multipliers is int64 too. Half of 2**shift is "
        "2**(shift - 1), written 1 << (shifts - 1).",
        "products >> shifts divides by a power of two and rounds down, below 0 too. With half added before, that is to "
        "the nearest. Add zero_point, np.clip to 0 and 255, and only then .astype(np.uint8).",
    ],
    why="""A shift to the right rounds down. Half a unit added first makes that the nearest, with ties upwards. No float
        is left: this is how a microcontroller without floating point ends a layer. 31 bits of the factor are far more
        than a result of 8 bits can show. With zero_point 0 the clamp does the work of a ReLU for nothing.""",
)


@exercise.alternative
def _in_python(sums, multipliers, shifts, zero_point):
    found = np.zeros(sums.shape, np.uint8)
    pairs = list(zip(multipliers.tolist(), shifts.tolist(), strict=True))
    for i, row in enumerate(sums.tolist()):
        for j, total in enumerate(row):
            multiplier, shift = pairs[j]
            found[i, j] = min(max(((total * multiplier + 2 ** (shift - 1)) >> shift) + zero_point, 0), 255)
    return found


@exercise.alternative
def _by_floor_division(sums, multipliers, shifts, zero_point):
    units = np.left_shift(np.int64(1), shifts)
    marks = (multipliers[None, :] * sums + units // 2) // units
    return np.minimum(np.maximum(marks + zero_point, 0), 255).astype("uint8")


@exercise.alternative
def _two_shifts(sums, multipliers, shifts, zero_point):
    """The last bit that is shifted out decides."""
    almost = (sums * multipliers) >> (shifts - 1)
    marks = (almost >> 1) + (almost & 1) + zero_point
    marks[marks < 0] = 0
    marks[marks > 255] = 255
    return marks.astype(np.uint8)


@exercise.alternative
def _column_by_column(sums, multipliers, shifts, zero_point):
    columns = []
    for column, multiplier, shift in zip(sums.T, multipliers, shifts, strict=True):
        marks = (column.astype(object) * int(multiplier) + (1 << int(shift) >> 1)) // (1 << int(shift))
        columns.append(np.clip(marks + zero_point, 0, 255).astype(np.uint8))
    return np.stack(columns, axis=1)


def _on_the_ruler(marks):
    return np.clip(marks, 0, 255).astype(np.uint8)


def _values(sums, multipliers, shifts):
    return sums * (multipliers / 2.0**shifts)


exercise.mistake(
    "rounded down", lambda s, m, shift, zero: _on_the_ruler(((s.astype(np.int64) * m) >> shift) + zero)
).says("""
    A shift to the right rounds down, so that results are half a mark too small on average. Add half of 2**shift to the
    product first: 2**(shift - 1).""")


@exercise.mistake("half down")
def _(s, m, shift, zero):
    """Half-way between two marks yours goes down. Here ties go up: 2.5 becomes 3. What is added before the shift is
    2**(shift - 1), no less."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m - 1, shift) + zero)


@exercise.mistake("half subtracted")
def _(s, m, shift, zero):
    """You take half a mark off the product, so that results are one too small. Add it: a shift rounds down."""
    return _on_the_ruler(((s.astype(np.int64) * m - (np.int64(1) << (shift - 1))) >> shift) + zero)


@exercise.mistake("a float64 on the way")
def _(s, m, shift, zero):
    """The rounding is right, but there is a float64 on the way. It holds 53 bits, a product has 62, and just beside
    half-way it rounds to half-way. Stay in int64: add 2**(shift - 1), then >> shift."""
    return _on_the_ruler(np.floor(_values(s, m, shift) + 0.5) + zero)


@exercise.mistake("a float32 on the way")
def _(s, m, shift, zero):
    """The rounding is right, but there is a float32 on the way. It holds 24 bits, a product has 62. Stay in int64: add
    2**(shift - 1), then >> shift."""
    factors = (m / 2.0**shift).astype(np.float32)
    return _on_the_ruler(np.floor(s.astype(np.float32) * factors + np.float32(0.5)) + zero)


@exercise.mistake("ties to even")
def _(s, m, shift, zero):
    """Half-way between two marks yours takes the even one. Here ties go up: add 2**(shift - 1), then shift."""
    return _on_the_ruler(np.rint(_values(s, m, shift)) + zero)


@exercise.mistake("ties away from 0")
def _(s, m, shift, zero):
    """Below 0 your ties go down. Here all ties go up: -0.5 becomes 0. Adding 2**(shift - 1) to the product, whatever
    its sign, does that."""
    products = s.astype(np.int64) * m
    return _on_the_ruler(np.sign(products) * _shifted(np.abs(products), shift) + zero)


@exercise.mistake("cut off towards 0")
def _(s, m, shift, zero):
    """Your results are cut off towards 0. The nearest whole number is asked for: add 2**(shift - 1) to the product,
    then shift."""
    return _on_the_ruler(np.trunc(_values(s, m, shift)) + zero)


@exercise.mistake("half a mark and cut off towards 0")
def _(s, m, shift, zero):
    """Half is added, and the division then cuts off towards 0. Below 0 that is one too many. `>>` and `//` round down,
    as is needed here."""
    return _on_the_ruler(np.trunc((s.astype(np.int64) * m + 2.0 ** (shift - 1)) / 2.0**shift) + zero)


@exercise.mistake("products of 32 bits")
def _(s, m, shift, zero):
    """The products have 32 bits, and wrap around without a warning. They need 62: convert sums to np.int64 first."""
    products = (s.astype(np.int64) * m).astype(np.int32).astype(np.int64)
    return _on_the_ruler(_shifted(products, shift) + zero)


@exercise.mistake("multipliers of 32 bits")
def _(s, m, shift, zero):
    """You convert the multipliers to int32, where 2**31 turns negative. Leave them int64."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m.astype(np.int32), shift) + zero)


@exercise.mistake("sums clamped to 16 bits")
def _(s, m, shift, zero):
    """You clamp the sums to the range of int16. They are int32 and can be larger; only the result is clamped."""
    return _on_the_ruler(_shifted(np.clip(s, -(2**15), 2**15 - 1).astype(np.int64) * m, shift) + zero)


@exercise.mistake("half of 32 bits")
def _(s, m, shift, zero):
    """1 << (shift - 1) has 32 bits in yours, so that for larger shifts it is not what it should be. Write np.int64(1)
    << (shifts - 1)."""
    half = (np.int64(1) << (shift - 1)).astype(np.int32).astype(np.int64)
    return _on_the_ruler(((s.astype(np.int64) * m + half) >> shift) + zero)


@exercise.mistake("half of the wrong size")
def _(s, m, shift, zero):
    """You add a whole mark: 2**shift before the shift, or 1 after it. Half a mark is 2**(shift - 1), before it."""
    return _on_the_ruler(((s.astype(np.int64) * m + (np.int64(1) << shift)) >> shift) + zero)


@exercise.mistake("a quarter of a mark")
def _(s, m, shift, zero):
    """What you add before the shift is 2**(shift - 2), a quarter of a mark. Half of it is 2**(shift - 1)."""
    return _on_the_ruler(((s.astype(np.int64) * m + (np.int64(1) << shift) // 4) >> shift) + zero)


@exercise.mistake("shifted before it is multiplied")
def _(s, m, shift, zero):
    """You shift first and multiply afterwards, when the digits are gone. Multiply, add half, shift."""
    return _on_the_ruler((s.astype(np.int64) >> shift) * m + zero)


@exercise.mistake("the multiplier shifted")
def _(s, m, shift, zero):
    """You shift the multiplier and multiply what is left of it. Nearly nothing is: multiply the sums first, then
    shift the products."""
    return _on_the_ruler(s.astype(np.int64) * (m >> shift) + zero)


@exercise.mistake("the multiplier shifted in part")
def _(s, m, shift, zero):
    """You shift the multiplier by a part of the shift, and the product by the rest. The bits that the multiplier loses
    are missing in the product: multiply first, then shift once."""
    first = shift // 2
    return _on_the_ruler(_shifted(s.astype(np.int64) * (m >> first), shift - first) + zero)


@exercise.mistake("rounded twice")
def _(s, m, shift, zero):
    """You shift in two steps and round in both. What the first one rounds up to half, the second rounds up again. Add
    half once, and shift once."""
    products = s.astype(np.int64) * m
    twice = _shifted(_shifted(products, np.int64(31)), np.maximum(shift - 31, 1))
    return _on_the_ruler(np.where(shift > 31, twice, _shifted(products, shift)) + zero)


@exercise.mistake("divided by twice the shift")
def _(s, m, shift, zero):
    """You divide by 2 * shift. It is 2 to the power of the shift: >> shift."""
    return _on_the_ruler((s.astype(np.int64) * m + shift) // (2 * shift) + zero)


@exercise.mistake("one shift too many")
def _(s, m, shift, zero):
    """All results are half as far from the zero point as they should be. Is the shift one place too long?"""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m, shift + 1) + zero)


@exercise.mistake("one shift too few")
def _(s, m, shift, zero):
    """All results are twice as far from the zero point as they should be. Is the shift one place too short?"""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m, np.maximum(shift - 1, 1)) + zero)


@exercise.mistake("shifted to the left")
def _(s, m, shift, zero):
    """You shift to the left, which multiplies. To divide by 2**shift, shift to the right: >>."""
    return _on_the_ruler(((s.astype(np.int64) * m) << np.minimum(shift, 62)) + zero)


@exercise.mistake("zero point added to the sums")
def _(s, m, shift, zero):
    """You add the zero point to the sums. It is a mark of the new ruler: multiply and shift first, then add it."""
    return _on_the_ruler(_shifted((s.astype(np.int64) + zero) * m, shift))


@exercise.mistake("zero point before the shift")
def _(s, m, shift, zero):
    """The zero point is added to the products, before the shift, where it is worth nothing. Shift first, then add
    it."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m + zero, shift))


@exercise.mistake("bytes before the zero point")
def _(s, m, shift, zero):
    """You convert to uint8 before the zero point is added and the ends are clamped: -1 becomes 255 there. Convert last
    of all."""
    marks = _shifted(s.astype(np.int64) * m, shift).astype(np.uint8)
    return _on_the_ruler(marks.astype(int) + zero)


@exercise.mistake("rounded to 31 bits first, and again")
def _(s, m, shift, zero):
    """You round twice, once after the first 31 bits of the shift and again after the rest. What the first rounding
    moves to a half, the second moves again. Add half a mark once, and shift once."""
    high = (s.astype(np.int64) * m + (1 << 30)) >> 31
    right, left = np.maximum(shift - 31, 0), np.maximum(31 - shift, 0)
    half = np.where(right > 0, np.int64(1) << np.maximum(right - 1, 0), 0)
    return _on_the_ruler((((high << left) + half) >> right) + zero)


@exercise.mistake("zero point shifted with the product")
def _(s, m, shift, zero):
    """You shift the zero point to the left first, to add it to the products. With large shifts that does not fit into
    64 bits. Shift the products to the right, then add the zero point."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m + (np.int64(zero) << shift), shift))


@exercise.mistake("always rounded up")
def _(s, m, shift, zero):
    """You add nearly a whole 2**shift before the shift, which rounds up. For the nearest mark add half of it, 1 <<
    (shift - 1)."""
    return _on_the_ruler(((s.astype(np.int64) * m + (np.int64(1) << shift) - 1) >> shift) + zero)


@exercise.mistake("zero point left out")
def _(s, m, shift, zero):
    """The new ruler's zero point is missing: the value 0 becomes the integer zero_point."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m, shift))


@exercise.mistake("zero point subtracted")
def _(s, m, shift, zero):
    """You take the zero point off. That is the way from integers to values; here it goes the other way: add it."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m, shift) - zero)


@exercise.mistake("no clamp")
def _(s, m, shift, zero):
    """What lies off the ruler wraps around: 300 becomes 44. Clamp to 0 to 255 before you convert to uint8, not
    after."""
    return (_shifted(s.astype(np.int64) * m, shift) + zero).astype(np.uint8)


@exercise.mistake("no clamp, wider integers")
def _(s, m, shift, zero):
    """Some of your integers are below 0 or above 255, which no byte holds. Clamp to 0 to 255, then make them uint8."""
    return _shifted(s.astype(np.int64) * m, shift) + zero


@exercise.mistake("not converted to bytes")
def _(s, m, shift, zero):
    """The numbers are right, but they are not bytes yet: .astype(np.uint8) at the end."""
    return np.clip(_shifted(s.astype(np.int64) * m, shift) + zero, 0, 255)


@exercise.mistake("clamped at the zero point")
def _(s, m, shift, zero):
    """You clamp below at zero_point, as a ReLU would. The ruler begins at 0: values below 0 have marks from 0 to
    zero_point."""
    return np.clip(_shifted(s.astype(np.int64) * m, shift) + zero, zero, 255).astype(np.uint8)


@exercise.mistake("clamped at 254")
def _(s, m, shift, zero):
    """You clamp at 254. The ruler's last mark is 255; the end that np.clip is given counts."""
    return np.clip(_shifted(s.astype(np.int64) * m, shift) + zero, 0, 254).astype(np.uint8)


@exercise.mistake("clamped before the zero point")
def _(s, m, shift, zero):
    """You clamp before you add the zero point, so that values below 0 are lost and others wrap around. The ruler ends
    at 0 and 255 with the zero point in."""
    return (np.clip(_shifted(s.astype(np.int64) * m, shift), 0, 255) + zero).astype(np.uint8)


@exercise.mistake("only the upper end")
def _(s, m, shift, zero):
    """Below 0 your results wrap around. Clamp at both ends, np.clip(marks, 0, 255)."""
    return np.minimum(_shifted(s.astype(np.int64) * m, shift) + zero, 255).astype(np.uint8)


@exercise.mistake("only the lower end")
def _(s, m, shift, zero):
    """Above 255 your results wrap around. Clamp at both ends, np.clip(marks, 0, 255)."""
    return np.maximum(_shifted(s.astype(np.int64) * m, shift) + zero, 0).astype(np.uint8)


@exercise.mistake("clamped at 127")
def _(s, m, shift, zero):
    """You clamp at 127, the end of int8. uint8 reaches 255."""
    return np.clip(_shifted(s.astype(np.int64) * m, shift) + zero, 0, 127).astype(np.uint8)


@exercise.mistake("int8 at the end")
def _(s, m, shift, zero):
    """You convert to int8, where 128 and more turn negative. Bytes from 0 to 255 are uint8."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m, shift) + zero).astype(np.int8)


@exercise.mistake("signed bytes")
def _(s, m, shift, zero):
    """You clamp to -128 to 127, the ruler of int8. This one is uint8: 0 to 255."""
    return np.clip(_shifted(s.astype(np.int64) * m, shift) + zero, -128, 127).astype(np.int8)


@exercise.mistake("one factor for all outputs")
def _(s, m, shift, zero):
    """Every output gets the factor of the first. There is one for each, and they meet the columns of sums."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m[:1], shift[:1]) + zero)


@exercise.mistake("one half for all outputs")
def _(s, m, shift, zero):
    """The half that you add is that of the first output for all. Each has its own shift: 1 << (shifts - 1), an
    array."""
    return _on_the_ruler(((s.astype(np.int64) * m + (np.int64(1) << (shift[:1] - 1))) >> shift) + zero)


@exercise.mistake("one shift for all outputs")
def _(s, m, shift, zero):
    """Every output gets the shift of the first. Multiplier and shift belong together, a pair for each column."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m, shift[:1]) + zero)


@exercise.mistake("factors meet the rows")
def _(s, m, shift, zero):
    """Your multipliers meet the rows, the images. They belong to the columns: (n, out) times (out,)."""
    return _on_the_ruler(_shifted(s.astype(np.int64) * m[:, None], shift[:, None]) + zero)
