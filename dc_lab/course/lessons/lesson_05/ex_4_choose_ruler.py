"""05.4 Where to lay the ruler."""

import numpy as np

from dc_lab.course.exercises import Exercise


def choose_ruler(low: float, high: float, qmin: int = 0, qmax: int = 255) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


def _draw_choose(rng):
    low, high = np.sort(np.round(rng.normal(rng.choice([-1.5, 0.0, 1.5]), 1, 2), 2))
    qmin, qmax = ((0, 255), (-128, 127), (0, 15))[int(rng.integers(3))]
    return float(low), float(high) + 0.01, qmin, qmax


CASES = [
    (-1.0, 1.55, 0, 255), (0.0, 2.55, 0, 255), (-2.55, 0.0, 0, 255), (0.5, 1.0, 0, 255), (-3.0, -1.0, 0, 255),
    (0.0, 0.0, 0, 255), (0.0, 0.0, -128, 127), (2.0, 2.0, 0, 255), (-1.0, 1.0, -128, 127), (-1.0, 3.0, -8, 7),
    (-0.48, 1.0, 0, 15),
]  # fmt: skip

exercise = Exercise(
    id="05.4",
    title="Where to lay the ruler",
    minutes=10,
    stub='''
def choose_ruler(low, high, qmin=0, qmax=255):
    """(scale, zero_point), a float and an int: the ruler that spans `low` to `high` and 0; (0.1, qmin) if all is 0."""
    raise NotImplementedError("your turn")
''',
    reference=choose_ruler,
    shown=(-0.5, 1.25, 0, 7),
    cases=CASES,
    draw=_draw_choose,
    hints=[
        "First the range: it has to hold 0. Then the scale: length of the range over the number of steps.",
        "low lands on qmin. From there to the value 0 it is -low / scale steps.",
        "scale = (high - low) / (qmax - qmin); zero_point = round(qmin - low / scale). First the case low == high.",
    ],
    why="Two conditions decide a ruler: its ends are the ends of the range, and 0 is a mark. The second one matters "
    "because zeros are everywhere in a network: padding, ReLU, pruned weights. They should stay exactly 0.",
)


@exercise.alternative
def _from_the_top(low, high, qmin=0, qmax=255):
    least, most = np.minimum(low, 0), np.maximum(high, 0)
    if most - least == 0:
        return 0.1, qmin
    scale = float(most - least) / (qmax - qmin)
    return scale, int(np.rint(qmax - most / scale))


@exercise.mistake("a range without 0")
def _range_as_it_is(low, high, qmin=0, qmax=255):
    """With a range that does not hold 0, the zero point falls off the ruler, and no mark stands for 0. Widen the range
    first: low = min(low, 0), high = max(high, 0)."""
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


@exercise.mistake("a range without 0, zero point clamped")
def _(low, high, qmin=0, qmax=255):
    """Clamping the zero point moves the whole ruler: it no longer reaches `high` or `low`. Widen the range to hold 0
    before you work out the scale."""
    scale, zero_point = _range_as_it_is(low, high, qmin, qmax)
    return scale, min(max(zero_point, qmin), qmax)


@exercise.mistake("a range without 0, except where all is 0")
def _range_as_it_is_but_0(low, high, qmin=0, qmax=255):
    """The case of all zeros is there, but other ranges that do not hold 0 are left as they are: then no mark stands for
    0, or the range is empty. Widen it first: low = min(low, 0), high = max(high, 0)."""
    if low == high == 0:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


@exercise.mistake("the lower end widened only")
def _(low, high, qmin=0, qmax=255):
    """min(low, 0) is there, but a range below 0, such as -3 to -1, needs the other end as well: max(high, 0)."""
    return _range_as_it_is_but_0(min(low, 0.0), high, qmin, qmax)


@exercise.mistake("the upper end widened only")
def _(low, high, qmin=0, qmax=255):
    """max(high, 0) is there, but a range above 0, such as 0.5 to 1, needs the other end as well: min(low, 0)."""
    return _range_as_it_is(low, max(high, 0.0), qmin, qmax)


@exercise.mistake("low == high asked before widening")
def _(low, high, qmin=0, qmax=255):
    """You ask for low == high before the range is widened. With 2 and 2 it becomes 0 to 2, and has a scale: widen
    first, then ask."""
    return (0.1, qmin) if low == high else choose_ruler(low, high, qmin, qmax)


@exercise.mistake("0 where all is 0")
def _(low, high, qmin=0, qmax=255):
    """Where the range is only 0, the zero point is qmin, not 0: they differ for int8."""
    return (0.1, 0) if low == high == 0 else choose_ruler(low, high, qmin, qmax)


@exercise.mistake("a float for the zero point")
def _(low, high, qmin=0, qmax=255):
    """The number is right, but it is a float, as np.round gives it. A mark is an int: int(...) around it, or Python's
    round()."""
    if low == high == 0:
        return 0.1, qmin
    scale, zero_point = choose_ruler(low, high, qmin, qmax)
    return scale, float(zero_point)


@exercise.mistake("the zero point rounded up")
def _(low, high, qmin=0, qmax=255):
    """np.ceil takes the mark above, even if the one below is nearer. Use round()."""
    scale, _ = choose_ruler(low, high, qmin, qmax)
    return (0.1, qmin) if low == high == 0 else (scale, int(np.ceil(qmin - min(low, 0.0) / scale)))


@exercise.mistake("marks in place of steps")
def _(low, high, qmin=0, qmax=255):
    """256 marks have 255 steps between them. Divide by qmax - qmin, or the last value falls off the end."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin + 1)
    return scale, round(qmin - low / scale)


@exercise.mistake("divided by qmax")
def _(low, high, qmin=0, qmax=255):
    """The ruler has qmax - qmin steps. That is qmax only where qmin is 0; for -128 to 127 you get half of them."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / qmax
    return scale, round(qmin - low / scale)


@exercise.mistake("always 255 steps")
def _(low, high, qmin=0, qmax=255):
    """The ruler has 255 steps only in 8 bits. The number of steps is qmax - qmin."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / 255
    return scale, round(qmin - low / scale)


@exercise.mistake("always the marks 0 to 255")
def _(low, high, qmin=0, qmax=255):
    """The ends of the ruler are arguments. There are qmax - qmin steps, and low lands on qmin."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / 255
    return scale, round(-low / scale)


@exercise.mistake("qmin left out")
def _(low, high, qmin=0, qmax=255):
    """low has to land on the mark qmin, which is -128 for int8, not 0. The zero point is qmin - low / scale."""
    if low == high == 0:
        return 0.1, qmin
    scale, zero_point = choose_ruler(low, high, qmin, qmax)
    return scale, zero_point - qmin


@exercise.mistake("the wrong side")
def _(low, high, qmin=0, qmax=255):
    """A negative low lies below 0, so that the zero point lies above qmin: subtract low / scale."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin + low / scale)


@exercise.mistake("the zero point cut off")
def _(low, high, qmin=0, qmax=255):
    """int() drops what stands after the point. Use round(), so that the ruler moves by half a mark at most."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, qmin
    scale = (high - low) / (qmax - qmin)
    return scale, int(qmin - low / scale)


@exercise.mistake("a fraction for the zero point")
def _(low, high, qmin=0, qmax=255):
    """The zero point has to be a mark itself, a whole number. Otherwise no integer stands for 0. Use round()."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return 0.1, float(qmin)
    scale = (high - low) / (qmax - qmin)
    return scale, qmin - low / scale


@exercise.mistake("the same to both sides")
def _(low, high, qmin=0, qmax=255):
    """This is a symmetric ruler: it reaches as far below 0 as above. Where the range is lopsided, marks are spent where
    there are no values. Span low to high."""
    reach = max(abs(low), abs(high))
    return (2 * reach / (qmax - qmin), (qmin + qmax + 1) // 2) if reach else (0.1, qmin)


@exercise.mistake("from 0 to high")
def _(low, high, qmin=0, qmax=255):
    """Your ruler starts at 0, and all negative values fall off its lower end. It has to reach down to low."""
    return (high / (qmax - qmin) if high > 0 else 0.1), qmin


@exercise.mistake("a scale of 0")
def _(low, high, qmin=0, qmax=255):
    """If low and high are 0, any scale will do, but not 0: it cannot be inverted. Return (0.1, qmin) there."""
    return (0.0, qmin) if max(high, 0) == min(low, 0) else choose_ruler(low, high, qmin, qmax)


@exercise.mistake("no way out where all is 0")
def _(low, high, qmin=0, qmax=255):
    """Right, except where low and high are both 0: there the scale becomes 0, and you divide by it. Return (0.1, qmin)
    in that case."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / (qmax - qmin)
    return scale, round(qmin - low / scale)


@exercise.mistake("swapped")
def _(low, high, qmin=0, qmax=255):
    """Right numbers, other order: the scale first, then the zero point."""
    scale, zero_point = choose_ruler(low, high, qmin, qmax)
    return zero_point, scale
