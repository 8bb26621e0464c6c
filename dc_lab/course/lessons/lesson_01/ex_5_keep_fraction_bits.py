"""01.5 The highest bits of the fraction."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise


def keep_fraction_bits(values, bits):
    """The same numbers with all but the highest `bits` fraction bits set to 0."""
    pattern = values.view(np.uint32)
    mask = 2**32 - 2 ** (23 - bits)
    return (pattern & mask).view(np.float32)


def _f32(*values):
    return np.array(values, np.float32)


NEAR_ONE = (np.float32(1.5) + np.float32(2.0**-23) * np.arange(-3, 4)).astype(np.float32)
"""Neighbours around a value that one fraction bit holds."""


def _draw(rng):
    shape = tuple(int(size) for size in rng.integers(1, 5, 2))
    return rng.normal(0, 0.1, shape).astype(np.float32), int(rng.integers(0, 24))


def _first_layer():
    return np.random.default_rng(0).normal(0, 0.08, (300, 784)).astype(np.float32), 3


BELOW_POWERS = np.nextafter(_f32(2.0**10, -(2.0**10), 2.0**-10, 2.0**40), np.float32(0))
"""The last numbers before a power of two: in float32, their logarithm is that of the power."""

exercise = Exercise(
    id="01.5",
    title="The highest bits of the fraction",
    minutes=10,
    task="build",
    reference=keep_fraction_bits,
    shown=(_f32(-6.5), 1),
    cases=[
        (_f32(1.0), 0),
        (_f32(1.75), 1),
        (_f32(1.75), 2),
        (_f32(-1.75), 0),
        (_f32(3.9999998), 0),
        (_f32(0.1), 23),
        (_f32(0.1), 22),
        (_f32(0.1), 21),
        (_f32(-0.1), 10),
        (_f32(0.0, 0.3), 4),
        (_f32(-0.3, 0.3), 3),
        (NEAR_ONE, 1),
        (BELOW_POWERS, 0),
        (BELOW_POWERS, 12),
        (-NEAR_ONE, 1),
        (NEAR_ONE, 22),
        (NEAR_ONE, 0),
        (_f32(1e-20, 3e20, -7e-10), 5),
        (_f32(70000.0, -1234567.0), 7),
        (np.array([[0.75, -2.0], [1.4, -0.0013]], np.float32), 2),
        (np.array([[[0.3], [-0.7]], [[11.3], [0.05]]], np.float32), 6),
        (_f32(0.3, 0.6, -0.9, 1.2, 2.4)[::2], 3),
    ],
    draw=_draw,
    dtype="exact",
    tolerance=0.0,
    large=_first_layer,
    large_is="a float32 array as large as the first layer, 300 x 784",
    given="import math\nimport numpy as np",
    hints=[
        "`values.view(np.uint32)` has the same 32 bits as a whole number. The fraction is the lowest 23 of them. "
        "`a & b` keeps the bits of a where b has a 1.",
        "You need a mask with a 1 where a bit stays: 32 ones, of which the lowest 23 - bits become 0. 2**k - 1 has k "
        "ones at the lower end.",
        "mask = 2**32 - 2 ** (23 - bits); then (values.view(np.uint32) & mask).view(np.float32).",
    ],
    why="""A view reads the same bytes as another type; nothing is converted. The mask leaves sign and exponent alone.
    So each number keeps its sign and its power of two, and loses less than one step of the fraction that is left.
    Cutting always goes towards 0. To round to the nearest number, add half of a step to the bits first, and cut
    then.""",
)


@exercise.alternative
def _by_shifts(values, bits):
    drop = 23 - bits
    return ((values.view(np.int32) >> drop) << drop).view(np.float32)


@exercise.alternative
def _by_mantissa(values, bits):
    mantissa, exponent = np.frexp(values.astype(np.float64))
    step = 2.0 ** (bits + 1)
    return np.ldexp(np.trunc(mantissa * step) / step, exponent).astype(np.float32)


@exercise.alternative
def _by_loop(values, bits):
    result = np.empty(values.shape, np.float32)
    for place in np.ndindex(values.shape):
        value = float(values[place])
        if value:
            mantissa, exponent = math.frexp(value)
            result[place] = math.ldexp(math.trunc(mantissa * 2 ** (bits + 1)), exponent - bits - 1)
        else:
            result[place] = 0
    return result


@exercise.alternative
def _by_remainder(values, bits):
    pattern = values.copy().view(np.uint32)
    pattern -= pattern % np.uint32(2 ** (23 - bits))
    return pattern.view(np.float32)


def _masked(values, mask):
    return (values.view(np.uint32) & np.uint32(mask)).view(np.float32)


def _rounding(values, bits, rule):
    mantissa, exponent = np.frexp(values.astype(np.float64))
    step = 2.0 ** (bits + 1)
    return np.ldexp(rule(mantissa * step) / step, exponent).astype(np.float32)


@exercise.mistake("rounded to the nearest")
def _(values, bits):
    """You round to the nearest number. Asked is to cut: bits that go become 0, whatever they were."""
    return _rounding(values, bits, np.rint)


@exercise.mistake("half a step added first")
def _(values, bits):
    """You add half a step before you cut, which rounds to the nearest. Asked is to cut: bits that go become 0, whatever
    they were."""
    return _rounding(values, bits, lambda scaled: np.sign(scaled) * np.floor(np.abs(scaled) + 0.5))


exercise.mistake("cut towards minus infinity", lambda values, bits: _rounding(values, bits, np.floor)).says("""
    np.floor goes down, so that negative numbers grow in magnitude. Setting bits of the fraction to 0 makes every
    magnitude smaller: use np.trunc, or work on the bits.""")


@exercise.mistake("cut away from 0")
def _(values, bits):
    """Your magnitudes grow. A fraction bit that becomes 0 makes the magnitude smaller, never larger."""
    return _rounding(values, bits, lambda scaled: np.sign(scaled) * np.ceil(np.abs(scaled)))


exercise.mistake("one bit too many", lambda values, bits: _masked(values, 2**32 - 2 ** max(22 - bits, 0))).says("""
    You keep one bit more than asked. The lowest 23 - bits become 0.""")
exercise.mistake("one bit too few", lambda values, bits: _masked(values, 2**32 - 2 ** (24 - bits))).says("""
    You clear one bit more than asked; with bits = 0 that is a bit of the exponent. The fraction has 23 bits, and the
    lowest 23 - bits of them become 0.""")
exercise.mistake("as many bits cleared as should stay", lambda values, bits: _masked(values, 2**32 - 2**bits)).says("""
    You clear as many bits as should stay. `bits` is the number that stays; the other 23 - bits become 0.""")
exercise.mistake("the lowest bits kept", lambda v, b: _masked(v, (2**9 - 1) * 2**23 + 2**b - 1)).says("""
    You keep the lowest bits of the fraction. Keep the highest: they say the most about the number.""")


@exercise.mistake("sign and exponent cleared")
def _(values, bits):
    """Your mask keeps bits of the fraction and nothing else. Sign and exponent, the highest nine bits, have to stay
    too."""
    return _masked(values, 2**23 - 2 ** (23 - bits))


@exercise.mistake("the sign cleared")
def _(values, bits):
    """The sign is gone: it is the highest of the 32 bits, and your mask has a 0 there."""
    return _masked(values, 2**31 - 2 ** (23 - bits))


@exercise.mistake("what was cut off")
def _(values, bits):
    """You return what is cut off. Asked is what stays."""
    return (values - keep_fraction_bits(values, bits)).astype(np.float32)


@exercise.mistake("whole numbers")
def _(values, bits):
    """You return the bits as whole numbers. Turn them back into floats with .view(np.float32)."""
    return keep_fraction_bits(values, bits).view(np.uint32)


@exercise.mistake("converted back instead of viewed")
def _(values, bits):
    """At the end, astype(np.float32) turns the bit pattern into a float of that size, such as 1,065,353,216 for 1.0.
    .view(np.float32) reads it as a float again."""
    return keep_fraction_bits(values, bits).view(np.uint32).astype(np.float32)


@exercise.mistake("converted instead of viewed")
def _(values, bits):
    """astype converts the number itself: 0.1 becomes the whole number 0. `values.view(np.uint32)` reads the same 32
    bits as a whole number."""
    pattern = values.astype(np.float64).astype(np.int64).astype(np.uint32)
    return (pattern & np.uint32(2**32 - 2 ** (23 - bits))).view(np.float32)


@exercise.mistake("converted both ways")
def _(values, bits):
    """astype converts the number itself, here and back: 0.1 becomes the whole number 0. Read its bits with
    `values.view(np.uint32)`, and at the end with `.view(np.float32)`."""
    pattern = values.astype(np.float64).astype(np.int64).astype(np.uint32)
    return (pattern & np.uint32(2**32 - 2 ** (23 - bits))).astype(np.float32)


@exercise.mistake("shifted, and not back")
def _(values, bits):
    """You shift the bits to the right and leave them there, where they mean something else. Shift back to the left by
    as many."""
    return (values.view(np.uint32) >> np.uint32(23 - bits)).view(np.float32)


@exercise.mistake("the lowest bits of all")
def _(values, bits):
    """You keep bits at the lower end of the 32, as a mask with its ones there does, or a shift to the left and back.
    Sign, exponent and the highest bits of the fraction are at the upper end: shift to the right first."""
    return ((values.view(np.uint32) << np.uint32(23 - bits)) >> np.uint32(23 - bits)).view(np.float32)


@exercise.mistake("bits set to 1")
def _(values, bits):
    """You set the lower bits to 1: that is what `|` does. `&` with a mask sets bits to 0."""
    return (values.view(np.uint32) | np.uint32(2 ** (23 - bits) - 1)).view(np.float32)


@exercise.mistake("bits turned round")
def _(values, bits):
    """You turn the lower bits round: that is what `^` does. `&` with a mask sets bits to 0."""
    return (values.view(np.uint32) ^ np.uint32(2 ** (23 - bits) - 1)).view(np.float32)


@exercise.mistake("a negative mask")
def _(values, bits):
    """Your mask is a negative Python integer, as ~(2**k - 1) is, and NumPy refuses that beside uint32. Write
    2**32 - 2**k, or make it np.uint32 before the ~."""
    return (values.view(np.uint32) & -(2 ** (23 - bits))).view(np.float32)


exercise.mistake("counted from 32 bits", lambda values, bits: _masked(values, 2**32 - 2 ** (32 - bits))).says("""
    You clear 32 - bits of the lowest bits, exponent and sign among them. The fraction is 23 bits: clear 23 - bits.""")
exercise.mistake("no fraction at all", lambda values, bits: _masked(values, 2**32 - 2**23)).says("""
    You clear the whole fraction, whatever `bits` is. The highest `bits` of it stay.""")
exercise.mistake("nothing cut", lambda values, bits: values.copy()).says("""
    The numbers come back as they were. Check that your mask has zeros at its lower end, and that it is used. (In
    float64 the lowest bits are 0 anyway: stay in float32.)""")


@exercise.mistake("the logarithm of 0")
def _(values, bits):
    """You work out each number's power of two with a logarithm, and 0 has none: it becomes NaN. Work on the bits: there
    0 needs no care."""
    with np.errstate(all="ignore"):
        step = 2.0 ** (np.floor(np.log2(np.abs(values.astype(np.float64)))) - bits)
        return (np.trunc(values / step) * step).astype(np.float32)


@exercise.mistake("a logarithm in float32")
def _(values, bits):
    """You work out each number's power of two with a logarithm in float32. Right below a power of two it rounds up to
    the next one. Work on the bits, or take np.frexp."""
    known = np.where(values == 0, np.float32(1), values)
    step = np.exp2(np.floor(np.log2(np.abs(known))) - np.float32(bits))
    return np.where(values == 0, np.float32(0), np.trunc(known / step) * step).astype(np.float32)


@exercise.mistake("decimals instead of bits")
def _(values, bits):
    """You round to decimals. The fraction of a float has binary places, and they count from its highest bit on, not
    from the point."""
    return np.round(values, bits).astype(np.float32)


@exercise.mistake("binary places from the point")
def _(values, bits):
    """You keep so many binary places behind the point, the same for all numbers: small ones become 0. The fraction's
    bits count from each number's own highest bit on."""
    return (np.trunc(values.astype(np.float64) * 2.0**bits) / 2.0**bits).astype(np.float32)


@exercise.mistake("the leading one counted")
def _(values, bits):
    """You count the leading 1 among the bits. It is not stored: bits = 0 leaves the power of two itself, and bits = 1
    one bit behind it."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    return np.ldexp(np.trunc(mantissa * 2.0**bits) / 2.0**bits, exponent).astype(np.float32)


@exercise.mistake("float64 returned")
def _(values, bits):
    """The numbers are right, but they are float64. Return float32: astype(np.float32)."""
    return keep_fraction_bits(values, bits).astype(np.float64)


@exercise.mistake("by way of float16")
def _(values, bits):
    """You go through float16, which has 10 fraction bits and a smaller range. Work on the 32 bits themselves."""
    with np.errstate(over="ignore"):
        return keep_fraction_bits(values.astype(np.float16).astype(np.float32), bits)


@exercise.mistake("the input changed")
def _(values, bits):
    """You change the array that you were given: a view shares its bytes with the original, and `&=` writes into them.
    Write `pattern & mask`, which makes a new array."""
    pattern = values.view(np.uint32)
    pattern &= np.uint32(2**32 - 2 ** (23 - bits))
    return pattern.view(np.float32)


@exercise.mistake("flat")
def _(values, bits):
    """The numbers are right, but in one row. Keep the shape of `values`."""
    return keep_fraction_bits(values, bits).ravel()


@exercise.mistake("a list")
def _(values, bits):
    """The numbers are right, but in a list. Return a NumPy array of float32."""
    return keep_fraction_bits(values, bits).tolist()
