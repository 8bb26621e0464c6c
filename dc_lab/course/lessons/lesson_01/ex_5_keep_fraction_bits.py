"""01.5 The highest bits of the fraction."""

import math

import numpy as np

from dc_lab.course.compare import difference
from dc_lab.course.exercises import Exercise
from dc_lab.course.values import plain


def keep_fraction_bits(values, bits):
    """The same numbers with all but the highest `bits` fraction bits set to 0."""
    pattern = values.view(np.uint32)
    mask = 2**32 - 2 ** (23 - bits)
    return (pattern & mask).view(np.float32)


def _f32(*values):
    return np.array(values, np.float32)


NEIGHBOURS = (np.float32(1.5 * 2.0**23) + np.arange(-3, 4)).astype(np.float32)
"""Neighbours around a value that one fraction bit holds, so large that every digit is printed."""


def _draw(rng):
    shape = tuple(int(size) for size in rng.integers(1, 5, 2))
    return rng.normal(0, 0.1, shape).astype(np.float32), int(rng.integers(0, 24))


def _first_layer():
    return np.random.default_rng(0).normal(0, 0.08, (300, 784)).astype(np.float32), 3


BELOW_POWERS = np.nextafter(_f32(2.0**20, -(2.0**20), 2.0**21), np.float32(0))
"""The last numbers before a power of two: in float32, their logarithm is that of the power. Their digits tell them
apart from it."""


def _accepted(case, expected, got):
    """What is wrong with the array, in words; the sign of a zero counts."""
    if found := difference(plain(expected), plain(got), 0.0, "exact"):
        return found
    if lost := np.count_nonzero(np.signbit(expected) != np.signbit(got)):
        return f"the sign of a zero is another in {lost} of {np.size(got)} entries: -0.0 has its own bit pattern"
    return None


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
        (BELOW_POWERS[:1], 0),
        (_f32(8_388_609.0), 23),
        (_f32(8_388_609.0), 22),
        (_f32(-8_388_611.0), 22),
        (_f32(8_388_611.0), 21),
        (_f32(-0.1), 10),
        (_f32(0.1), 3),
        (_f32(-0.0), 2),
        (_f32(2.5, -0.0, 0.0), 1),
        (_f32(0.0, 0.3), 4),
        (_f32(-0.3, 0.3), 3),
        (NEIGHBOURS, 1),
        (BELOW_POWERS, 0),
        (BELOW_POWERS, 12),
        (-NEIGHBOURS, 1),
        (NEIGHBOURS, 22),
        (NEIGHBOURS, 0),
        (np.nextafter(_f32(2.0**-10), np.float32(0)), 0),
        (_f32(1.2345e36), 10),
        (_f32(-3.1e38), 3),
        (_f32(1.5e-25), 10),
        (_f32(-2.3e-30), 4),
        (_f32(1e-20, 3e20, -7e-10), 5),
        (_f32(70000.0, -1234567.0), 7),
        (np.array([[0.75, -2.0], [1.4, -0.0013]], np.float32), 2),
        (np.array([[[0.3], [-0.7]], [[11.3], [0.05]]], np.float32), 6),
        (_f32(0.3, 0.6, -0.9, 1.2, 2.4)[::2], 3),
    ],
    draw=_draw,
    dtype="exact",
    tolerance=0.0,
    accept=_accepted,
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
            result[place] = values[place]
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
    All bits of the fraction stay, whatever `bits` is. Check that your mask has zeros at its lower end, and is used. (In
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


@exercise.mistake("by way of float16, and nothing more")
def _(values, bits):
    """You turn the numbers into float16 and back, which rounds them to 10 fraction bits, whatever `bits` is, and has a
    smaller range. Work on the 32 bits themselves."""
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32)


@exercise.mistake("by way of float16, for few bits")
def _(values, bits):
    """You turn the numbers into float16 and back, which rounds them to 10 fraction bits and cuts nothing to `bits`.
    Work on the 32 bits themselves."""
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32) if bits <= 10 else values.copy()


@exercise.mistake("the sign of zero lost")
def _(values, bits):
    """-0.0 comes back as 0.0: adding 0, np.where(values == 0, 0, ...) and multiplying by a sign do that. The sign of a
    zero is a bit like that of every number. Work on the bits alone."""
    return keep_fraction_bits(values, bits) + np.float32(0)


@exercise.mistake("the exponent cleared")
def _(values, bits):
    """The exponent is gone: your mask keeps the sign and bits of the fraction. The eight bits between have to stay
    too."""
    return _masked(values, 2**31 + 2**23 - 2 ** (23 - bits))


@exercise.mistake("the highest bits cleared")
def _(values, bits):
    """You clear the highest `bits` bits of the fraction and keep the others: 0x7FFFFF >> bits has its ones at the lower
    end. It is the other way round."""
    return _masked(values, 2**32 - 2**23 + (2**23 - 1 >> bits))


@exercise.mistake("the lowest bit never kept")
def _(values, bits):
    """Your result never has the lowest bit of the fraction. With bits = 23 all of them stay, and nothing is cut."""
    return _masked(values, 2**32 - 2 ** max(23 - bits, 1))


@exercise.mistake("the highest bits of all cleared")
def _(values, bits):
    """You shift to the left first, so that sign and exponent fall out at the upper end. Shift to the right first, by
    23 - bits, and then back."""
    return ((values.view(np.uint32) << np.uint32(bits)) >> np.uint32(bits)).view(np.float32)


@exercise.mistake("zeros for 0 bits")
def _(values, bits):
    """For bits = 0 you return zeros. Sign and exponent stay then too: each number becomes a power of two."""
    return np.zeros_like(values) if bits == 0 else keep_fraction_bits(values, bits)


@exercise.mistake("an error for 0 bits")
def _(values, bits):
    """You raise an error for bits = 0. The page allows it: sign and exponent stay, and all of the fraction goes."""
    if bits == 0:
        raise ValueError(bits)
    return keep_fraction_bits(values, bits)


@exercise.mistake("the logarithm of 0, in float32")
def _(values, bits):
    """You work out each number's power of two with a logarithm. 0 has none and becomes NaN; right below a power of two
    it is rounded up. Work on the bits: there neither needs care."""
    with np.errstate(all="ignore"):
        step = 2.0 ** (np.floor(np.log2(np.abs(values))) - bits)
        return (np.trunc(values / step) * step).astype(np.float32)


@exercise.mistake("binary places from the point, downwards")
def _(values, bits):
    """You keep so many binary places behind the point, the same for all numbers, and np.floor makes negative ones
    larger in magnitude. The fraction's bits count from each number's own highest bit on."""
    return (np.floor(values.astype(np.float64) * 2.0**bits) / 2.0**bits).astype(np.float32)


@exercise.mistake("binary places from the point, in float32")
def _(values, bits):
    """You keep so many binary places behind the point, the same for all numbers; large ones become infinite on the way.
    The fraction's bits count from each number's own highest bit on."""
    with np.errstate(all="ignore"):
        return (np.trunc(values * np.float32(2.0**bits)) / np.float32(2.0**bits)).astype(np.float32)


@exercise.mistake("binary places from the point, downwards, in float32")
def _(values, bits):
    """You keep so many binary places behind the point, the same for all numbers. np.floor makes negative ones larger in
    magnitude, and large ones become infinite on the way. The fraction's bits count from each number's own highest bit
    on."""
    with np.errstate(all="ignore"):
        return (np.floor(values * np.float32(2.0**bits)) / np.float32(2.0**bits)).astype(np.float32)


@exercise.mistake("entries in the order of memory")
def _(values, bits):
    """The numbers are right, but an array in Fortran order comes back with its entries in other places: you read them
    in the order of memory. view() keeps places; so does ravel() without order="K"."""
    return keep_fraction_bits(values.ravel(order="K"), bits).reshape(values.shape)


@exercise.mistake("two dimensions only")
def _(values, bits):
    """Your two loops need two dimensions. An array may have one, or three: work on all entries at once."""
    rows, columns = values.shape[0], values.shape[1]
    return keep_fraction_bits(values, bits).reshape(rows, columns)


@exercise.mistake("two dimensions only, by the loops")
def _(values, bits):
    """Your two loops, over rows and over columns, need two dimensions. An array may have one, or three: work on all
    entries at once, as values.view(np.uint32) does."""
    result = np.empty_like(values)
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            pattern = int(values[row, column].view(np.uint32))
            result[row, column] = np.uint32(pattern >> (23 - bits) << (23 - bits)).view(np.float32)
    return result


@exercise.mistake("two dimensions made of three")
def _(values, bits):
    """The numbers are right, but three dimensions come back as two. Keep the shape of `values`."""
    cut = keep_fraction_bits(values, bits)
    return cut.reshape(len(cut), -1) if cut.ndim > 2 else cut


@exercise.mistake("bytes the other way round")
def _(values, bits):
    """You read the four bytes of each number in the other order, as ">u4" says. `values.view(np.uint32)` takes them as
    they lie in memory."""
    pattern = values.view(">u4") & np.uint32(2**32 - 2 ** (23 - bits))
    return pattern.astype(">u4").view(np.float32)


@exercise.mistake("bits divided as floats")
def _(values, bits):
    """You turn the bit pattern into float32 to divide it. A float32 holds 24 bits exactly, and the pattern has 32. Use
    whole numbers: shifts, `//` or a mask."""
    step = np.float32(2.0 ** (23 - bits))
    with np.errstate(all="ignore"):
        return (np.floor(values.view(np.uint32).astype(np.float32) / step) * step).astype(np.uint32).view(np.float32)


@exercise.mistake("scaled in float32")
def _(values, bits):
    """You multiply by 2**bits in float32, where large numbers become infinite, and leave those as they are. Work on the
    bits: there no number is too large."""
    with np.errstate(all="ignore"):
        fits = np.isfinite(values * np.float32(2.0**bits))
    return np.where(fits, keep_fraction_bits(values, bits), values)


@exercise.mistake("small numbers taken for 0")
def _(values, bits):
    """You return 0 for very small numbers. They keep sign and exponent like all others."""
    return np.where(np.abs(values) < 1e-20, np.float32(0), keep_fraction_bits(values, bits))
