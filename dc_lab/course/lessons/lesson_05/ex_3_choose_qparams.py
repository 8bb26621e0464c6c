"""05.3 Scale and zero_point from a range."""

import numpy as np

from dc_lab.course.exercises import Exercise


def choose_qparams(low, high, qmin=0, qmax=255):
    """(scale, zero_point), a float and an int, for values from `low` to `high`."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 1.0, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - round(low / scale)


def _draw_qparams(rng):
    qmin, qmax = ((0, 255), (-128, 127), (0, 15), (-8, 7), (-7, 7), (0, 7))[int(rng.integers(6))]
    low, high = np.sort(rng.uniform(-2, 2, 2)).tolist()
    scale = (max(high, 0.0) - min(low, 0.0)) / (qmax - qmin)
    steps = min(low, 0.0) / scale
    if abs(steps % 1 - 0.5) < 1e-6:  # a tie but for the last bit
        low -= scale / 10
    return low, high, qmin, qmax


CASES = [
    (-1.0, 1.0), (0.0, 0.0), (0.0, 0.0, 0, 255), (0.0, 0.0, -128, 127), (0.0, 255.0, 0, 255), (0.0, 1.0, 0, 255),
    (-1.0, 0.0, 0, 255),
    (-128.0, 127.0, -128, 127), (-1.0, 1.0, -8, 7), (0.5, 2.0, 0, 15), (-2.0, -0.5, 0, 15), (2.0, 2.0, 0, 15),
    (-3.0, -3.0, -8, 7), (-0.5, 1.25, 0, 7), (-3.0, 1.0, -128, 127), (1.0, 4.0, -7, 7),
    # Half a step below 0: to the even number of steps.
    (-0.5, 14.5, 0, 15), (-1.5, 13.5, 0, 15), (-2.5, 11.5, -7, 7), (-3.5, 10.5, -7, 7), (-2.5, 12.5, -8, 7),
    # Close to it.
    (-0.50001, 14.49999, 0, 15), (-0.49999, 14.50001, 0, 15), (-1.50001, 13.49999, 0, 15), (-1.49999, 13.50001, 0, 15),
    (-1e-8, 3e-8, 0, 255), (-5e6, 1e6, -128, 127), (-1e-7, 2.0, 0, 255), (-0.3, 1e-7, 0, 255), (-0.74, 0.448, 0, 255),
]  # fmt: skip

exercise = Exercise(
    id="05.3",
    title="Scale and zero_point from a range",
    minutes=10,
    task="build",
    reference=choose_qparams,
    shown=(-0.5, 1.25, 0, 7),
    cases=CASES,
    draw=_draw_qparams,
    tolerance=1e-7,
    hints=[
        "First widen: low = min(low, 0.0), high = max(high, 0.0). If both are 0 now, return at once.",
        "How many steps lie between qmin and qmax? The scale is the range over that number.",
        "low lies round(low / scale) steps from 0, a number that is not above 0. zero_point is qmin minus that.",
    ],
    why="""There is one step fewer than there are integers, as with fence posts. Rounding the zero point shifts the
        whole range by up to half a step. In return the value 0 has an integer exactly. Python's round() takes half-way
        values to the even number, as np.rint does.""",
)


@exercise.alternative
def _with_numpy(low, high, qmin=0, qmax=255):
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    scale = (high - low) / (qmax - qmin)
    if scale == 0:
        return 1.0, qmin
    return float(scale), int(qmin - np.rint(low / scale))


@exercise.alternative
def _by_magnitudes(low, high, qmin=0, qmax=255):
    below, above = max(-low, 0.0), max(high, 0.0)
    if below + above == 0:
        return 1.0, qmin
    scale = (below + above) / (qmax - qmin)
    return np.float64(scale), np.int64(qmin + round(below / scale))


def _widened(low, high):
    return min(low, 0.0), max(high, 0.0)


def _scale(low, high, steps):
    low, high = _widened(low, high)
    return (high - low) / steps if high > low else 1.0


@exercise.mistake("not widened to hold 0")
def _(low, high, qmin=0, qmax=255):
    """Your range does not reach 0 where all values are on one side of it. 0 has to have an integer of its own: widen
    first, with min(low, 0) and max(high, 0)."""
    if low == high:
        return 1.0, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - round(low / scale)


@exercise.mistake("widened below only")
def _(low, high, qmin=0, qmax=255):
    """You widen the lower end only. Where all values are negative, the upper end has to move up to 0: max(high, 0)."""
    low = min(low, 0.0)
    if low == high:
        return 1.0, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - round(low / scale)


@exercise.mistake("widened above only")
def _(low, high, qmin=0, qmax=255):
    """You widen the upper end only. Where all values are positive, the lower end has to move down to 0: min(low, 0)."""
    high = max(high, 0.0)
    if low == high:
        return 1.0, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - round(low / scale)


@exercise.mistake("integers in place of steps")
def _(low, high, qmin=0, qmax=255):
    """256 integers have 255 steps between them. Divide by qmax - qmin, or the last value falls off the end."""
    scale = _scale(low, high, qmax - qmin + 1)
    return scale, qmin - round(min(low, 0.0) / scale)


@exercise.mistake("divided by qmax")
def _(low, high, qmin=0, qmax=255):
    """There are qmax - qmin steps. That is qmax only where qmin is 0; for -128 to 127 you get half of them."""
    scale = _scale(low, high, qmax)
    return scale, qmin - round(min(low, 0.0) / scale)


@exercise.mistake("always 255 steps")
def _(low, high, qmin=0, qmax=255):
    """There are 255 steps only in 8 bits. The number of steps is qmax - qmin."""
    scale = _scale(low, high, 255)
    return scale, qmin - round(min(low, 0.0) / scale)


@exercise.mistake("always 0 to 255")
def _(low, high, qmin=0, qmax=255):
    """The ends are arguments. There are qmax - qmin steps, and low becomes qmin."""
    scale = _scale(low, high, 255)
    return scale, -round(min(low, 0.0) / scale)


@exercise.mistake("qmin left out")
def _(low, high, qmin=0, qmax=255):
    """low has to become qmin, which is -128 for int8, not 0. The zero point is qmin - round(low / scale)."""
    scale = _scale(low, high, qmax - qmin)
    return (1.0, qmin) if max(high, 0) == min(low, 0) else (scale, -round(min(low, 0.0) / scale))


@exercise.mistake("qmin left out, also where all is 0")
def _(low, high, qmin=0, qmax=255):
    """low has to become qmin, which is -128 for int8, not 0. That holds for a range of 0 too."""
    scale = _scale(low, high, qmax - qmin)
    return scale, -round(min(low, 0.0) / scale)


@exercise.mistake("the wrong side")
def _(low, high, qmin=0, qmax=255):
    """A negative low lies below 0, so that the zero point lies above qmin: subtract round(low / scale)."""
    scale = _scale(low, high, qmax - qmin)
    return scale, qmin + round(min(low, 0.0) / scale)


@exercise.mistake("from the upper end")
def _(low, high, qmin=0, qmax=255):
    """You count from the upper end, qmax - round(high / scale). On a tie the two ends disagree; the page begins at
    low."""
    scale = _scale(low, high, qmax - qmin)
    return (1.0, qmin) if max(high, 0) == min(low, 0) else (scale, qmax - round(max(high, 0.0) / scale))


@exercise.mistake("rounded after qmin")
def _(low, high, qmin=0, qmax=255):
    """You round qmin - low / scale. With an odd qmin, half-way values then go the other way. The page rounds the steps,
    low / scale, and subtracts the whole number."""
    scale = _scale(low, high, qmax - qmin)
    return scale, round(qmin - min(low, 0.0) / scale)


@exercise.mistake("half-way up")
def _(low, high, qmin=0, qmax=255):
    """Half a step is always rounded to the larger zero point here. It goes to the even number of steps: use round() or
    np.rint."""
    scale = _scale(low, high, qmax - qmin)
    return scale, qmin + int(np.floor(-min(low, 0.0) / scale + 0.5))


@exercise.mistake("the zero point cut off")
def _(low, high, qmin=0, qmax=255):
    """int() drops what stands after the point. Use round(), so that nothing moves by more than half a step."""
    scale = _scale(low, high, qmax - qmin)
    return scale, qmin - int(min(low, 0.0) / scale)


@exercise.mistake("the zero point rounded up")
def _(low, high, qmin=0, qmax=255):
    """np.ceil, or np.floor and // of low / scale, take the next zero point, even if the one before is nearer. Use
    round()."""
    scale = _scale(low, high, qmax - qmin)
    return scale, int(np.ceil(qmin - min(low, 0.0) / scale))


@exercise.mistake("a fraction for the zero point")
def _(low, high, qmin=0, qmax=255):
    """The zero point has to be a whole number itself. Otherwise no integer stands for 0. Use round()."""
    scale = _scale(low, high, qmax - qmin)
    return scale, qmin - min(low, 0.0) / scale


@exercise.mistake("a whole number as a float")
def _(low, high, qmin=0, qmax=255):
    """The number is right, but it is a float, as np.rint gives it. A zero point is an int: int(...) around it, or
    Python's round()."""
    scale, zero_point = choose_qparams(low, high, qmin, qmax)
    return (scale, zero_point) if max(high, 0) == min(low, 0) else (scale, float(zero_point))


@exercise.mistake("the same to both sides")
def _(low, high, qmin=0, qmax=255):
    """This is symmetric: it reaches as far below 0 as above. Where the range is lopsided, integers are spent where
    there are no values. Span low to high."""
    reach = max(abs(low), abs(high))
    return (2 * reach / (qmax - qmin), (qmin + qmax + 1) // 2) if reach else (1.0, qmin)


@exercise.mistake("from 0 to high")
def _(low, high, qmin=0, qmax=255):
    """You begin at 0, and all negative values fall off the lower end. The range has to reach down to low."""
    return (high / (qmax - qmin) if high > 0 else 1.0), qmin


@exercise.mistake("high alone")
def _(low, high, qmin=0, qmax=255):
    """The scale is high over the steps here. The steps have to span the whole range: high - low."""
    if max(high, 0) == min(low, 0):
        return 1.0, qmin
    scale = max(high, 0.0) / (qmax - qmin) or 1.0
    return scale, qmin - round(min(low, 0.0) / scale)


@exercise.mistake("a scale of 0")
def _(low, high, qmin=0, qmax=255):
    """If low and high are 0, any scale will do, but not 0: it cannot be inverted. Return (1.0, qmin) there."""
    return (0.0, qmin) if max(high, 0) == min(low, 0) else choose_qparams(low, high, qmin, qmax)


@exercise.mistake("another pair where all is 0")
def _(low, high, qmin=0, qmax=255):
    """Right, except where the range is only 0: there the page asks for (1.0, qmin)."""
    return (1.0, 0) if max(high, 0) == min(low, 0) else choose_qparams(low, high, qmin, qmax)


@exercise.mistake("another scale where all is 0")
def _(low, high, qmin=0, qmax=255):
    """Right, except where the range is only 0: there the page asks for a scale of 1.0."""
    return (0.1, qmin) if max(high, 0) == min(low, 0) else choose_qparams(low, high, qmin, qmax)


@exercise.mistake("qmin as the zero point")
def _(low, high, qmin=0, qmax=255):
    """Your zero_point is always qmin. That would be right if the value 0 lay at the lower end. It lies round(low /
    scale) steps from low: subtract that, a number that is not above 0."""
    return choose_qparams(low, high, qmin, qmax)[0], qmin


@exercise.mistake("no way out where all is 0")
def _(low, high, qmin=0, qmax=255):
    """Right, except where low and high are both 0: there the scale becomes 0, and you divide by it. Return (1.0, qmin)
    in that case."""
    low, high = _widened(low, high)
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - round(low / scale)


@exercise.mistake("not widened, and no way out where low is high")
def _(low, high, qmin=0, qmax=255):
    """Your range is not widened, so that the scale is 0 where low equals high, and you divide by it. Widen first, with
    min(low, 0) and max(high, 0). If the range is 0 even then, return (1.0, qmin)."""
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - round(low / scale)


@exercise.mistake("out where low is high")
def _(low, high, qmin=0, qmax=255):
    """You return (1.0, qmin) where low equals high, before you widen. If both are 2, the range is 0 to 2: widen first,
    then compare."""
    return (1.0, qmin) if low == high else choose_qparams(low, high, qmin, qmax)


@exercise.mistake("a tiny range taken for 0")
def _(low, high, qmin=0, qmax=255):
    """A range may be small without being 0. np.isclose and rounding take it for 0: compare with ==."""
    return (1.0, qmin) if max(high, 0) - min(low, 0) < 1e-6 else choose_qparams(low, high, qmin, qmax)


@exercise.mistake("the scale rounded")
def _(low, high, qmin=0, qmax=255):
    """The scale has been rounded to a few digits. Only the zero point is rounded."""
    scale, zero_point = choose_qparams(low, high, qmin, qmax)
    return round(scale, 5), zero_point


@exercise.mistake("swapped")
def _(low, high, qmin=0, qmax=255):
    """Right numbers, other order: the scale first, then the zero point."""
    scale, zero_point = choose_qparams(low, high, qmin, qmax)
    return zero_point, scale


@exercise.mistake("the reciprocal")
def _(low, high, qmin=0, qmax=255):
    """You return 1 / scale, steps for each unit of the value. Asked for is the distance between two steps: range over
    steps."""
    scale, zero_point = choose_qparams(low, high, qmin, qmax)
    return 1 / scale, zero_point


@exercise.mistake("half-way down")
def _(low, high, qmin=0, qmax=255):
    """floor(low / scale + 0.5) moves every half-way number of steps up, and so the zero point down. It goes to the even
    number of steps: use round() or np.rint."""
    scale = _scale(low, high, qmax - qmin)
    return scale, qmin - int(np.floor(min(low, 0.0) / scale + 0.5))


@exercise.mistake("the same to both sides, counted from low")
def _(low, high, qmin=0, qmax=255):
    """The scale is that of a range as wide below 0 as above. Where low and high differ in size, half of the integers
    have no values. The scale is (high - low) over the steps."""
    reach = max(-low, high, 0.0)
    if not reach:
        return 1.0, qmin
    scale = 2 * reach / (qmax - qmin)
    return scale, qmin - round(min(low, 0.0) / scale)


@exercise.mistake("calculated in float32")
def _(low, high, qmin=0, qmax=255):
    """The scale is worked out in float32. Its last digits are other ones, and half-way that makes another zero point.
    low and high are Python's floats: calculate with them as they are."""
    scale = float(np.float32(max(high, 0.0) - min(low, 0.0)) / np.float32(qmax - qmin)) or 1.0
    return scale, qmin - round(min(low, 0.0) / scale)
