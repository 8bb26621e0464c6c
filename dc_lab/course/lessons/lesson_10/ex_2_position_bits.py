"""10.2 What a position costs at the least."""

import math

import numpy as np

from dc_lab.course.compare import difference
from dc_lab.course.exercises import Exercise
from dc_lab.course.values import plain
from dc_lab.measure import imagenet


def position_bits(density):
    """The fewest bits that say whether a weight is kept."""
    if density in (0, 1):
        return 0.0
    return -density * np.log2(density) - (1 - density) * np.log2(1 - density)


def _position_bits(density):
    return imagenet.position_bits(density)


def _accepted(case, expected, got):
    """Right to a millionth of what it is, and 0.0 itself at the ends."""
    (density,) = case
    apart = difference(plain(expected), plain(got), 1e-8)
    found = float(got) if apart is None or isinstance(got, (float, np.floating)) else None
    if found is None:
        return apart
    if density in (0, 1) and not abs(found) <= 1e-12:
        return f"at density {density:g} nothing is open: 0.0 is asked for, and yours is {found:.6g}"
    if apart is None and (density in (0, 1) or abs(found - expected) <= 1e-6 * expected):
        return None
    return f"at density {density!r} it is {expected:.9g}, and yours is {found:.9g}"


exercise = Exercise(
    id="10.2",
    title="What a position costs at the least",
    minutes=5,
    task="warm-up",
    reference=_position_bits,
    solution=position_bits,
    shown=(0.25,),
    cases=[(0.0,), (1.0,), (0.5,), (0.04,), (0.09,), (0.96,), (1e-9,), (1 - 1e-7,)],
    draw=lambda rng: (float(rng.random() ** rng.choice([1, 3])),),
    accept=_accepted,
    tolerance=1e-8,  # float32 has 1 - 1e-7 wrong by a fifth, which is 4e-7 bits: a millionth would let it pass
    hints=[
        "It is the entropy of lesson 07 with two symbols, kept and not kept. What are their shares?",
        "Kept happens in a share d of all cases and then takes log2(1/d) bits; the same for 1 - d.",
        "-d log2(d) - (1 - d) log2(1 - d), and 0 where a share is 0.",
    ],
    why="""Weights that are sampled one by one, and kept if they are large, are kept independently. Then no coder,
        whatever it does with gaps, bitmaps or trees, can go below this on average. At density 0.04 it is 0.24 bits: a
        quarter of the bitmap.""",
)


@exercise.alternative
def by_logs(density):
    total = 0.0
    for share in (density, 1 - density):
        if share > 0:
            total += share * math.log2(1 / share)
    return total


exercise.mistake("only what is kept", lambda density: -density * math.log2(density) if density > 0 else 0.0).says("""
    That is d log2(1/d) alone. A weight that is not kept says something, too: little each time, but most of them are not
    kept. Add (1 - d) log2(1/(1 - d)).""")
exercise.mistake("the natural logarithm", lambda density: by_logs(density) * math.log(2)).says("""
    Your answer is in nats: the logarithm is to base e. For bits take np.log2.""")
exercise.mistake("base ten", lambda density: by_logs(density) * math.log10(2)).says("""
    The logarithm is to base 10. For bits take np.log2.""")
exercise.mistake("for each kept weight", lambda density: by_logs(density) / density if density > 0 else 0.0).says("""
    That is right for each kept weight. Asked for are the bits for each weight of the dense layer: do not divide by the
    density.""")
exercise.mistake("the sign", lambda density: -by_logs(density)).says("""
    log2 of a share is negative, so the sum needs a minus in front.""")
exercise.mistake("one logarithm", lambda density: -math.log2(density) if density > 0 else 0.0).says("""
    -log2(d) is what it takes to say once that a weight is kept. How often does that happen? Weigh it with d, and do the
    same for those that are not kept.""")


@exercise.mistake("NaN at the ends")
def _nan_at_the_ends(density):
    """At density 0 or 1 there is a share of 0, and 0 x log2(0) is NaN in NumPy. Nothing is open there: it takes 0 bits.
    Leave out a share of 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.float64(density)
        return float(-d * np.log2(d) - (1 - d) * np.log2(1 - d))


exercise.mistake("NaN at density 1", lambda density: _nan_at_the_ends(density) if density > 0 else 0.0).says("""
    Density 0 is taken care of, density 1 is not: there the other share, 1 - density, is 0, and 0 x log2(0) is NaN in
    NumPy. Leave out a share of 0, whichever it is.""")
exercise.mistake("one bit each", lambda density: 1.0).says("""
    One bit each is the bitmap. Its zeros and ones are far from equally frequent, so that less will do.""")
exercise.mistake(
    "only what is not kept", lambda density: -(1 - density) * math.log2(1 - density) if density < 1 else 0.0
).says("""
    That is the part of the weights that are not kept. Those that are kept say something too: add d log2(1/d).""")
exercise.mistake(
    "the shares exchanged",
    lambda density: -density * math.log2(1 - density) - (1 - density) * math.log2(density) if 0 < density < 1 else 0.0,
).says("""
    Each logarithm is weighed with the other share: d stands before log2(1 - d). What happens in a share d of all cases
    takes log2(1/d) bits, so d belongs to log2(d).""")
exercise.mistake("one bit at density 0", lambda density: by_logs(density) if density > 0 else 1.0).says("""
    At density 0 your answer is 1. There nothing is kept, and everybody knows it beforehand: it takes 0 bits.""")
exercise.mistake("one bit at both ends", lambda density: by_logs(density) if 0 < density < 1 else 1.0).says("""
    At density 0 and at density 1 your answer is 1. There all weights do the same, and everybody knows it beforehand: it
    takes 0 bits.""")
exercise.mistake("nothing at the ends", lambda density: by_logs(density) if 0 < density < 1 else None).says("""
    At density 0 and 1 nothing comes back: that way through the function has no `return`. The answer there is 0.0.""")
exercise.mistake("rounded", lambda density: round(by_logs(density), 3)).says("""
    Your answer is rounded to three decimals. Return the number as it is.""")
exercise.mistake(
    "math.log2 of 0",
    lambda density: -density * math.log2(density) - (1 - density) * math.log2(1 - density),
).says("""
    math.log2(0) raises an error, and at density 0 or 1 one of the shares is 0. Nothing is open there: return 0.0 before
    a logarithm is taken.""")
exercise.mistake(
    "math.log2 of 0 at density 1",
    lambda density: -density * math.log2(density) - (1 - density) * math.log2(1 - density) if density else 0.0,
).says("""
    Density 0 is taken care of. At density 1 the other share, 1 - density, is 0, and math.log2(0) raises an error.
    Return 0.0 there, too.""")
exercise.mistake(
    "something added inside the logarithm",
    lambda density: -density * math.log2(density + 1e-6) - (1 - density) * math.log2(1 - density + 1e-6),
).says("""
    You add a small number inside the logarithm, so that it is never taken of 0. But that makes all other answers a
    little wrong, and near 0 and 1 very much so. Leave out a share of 0 instead.""")
exercise.mistake(
    "something more added inside the logarithm",
    lambda density: -density * math.log2(density + 1e-5) - (1 - density) * math.log2(1 - density + 1e-5),
).says("""
    A hundred thousandth or so is added inside the logarithm. It keeps the logarithm from 0, and shifts every answer.
    Treat a share of 0 apart, and add nothing.""")
exercise.mistake("the density clipped", lambda density: by_logs(min(max(density, 1e-3), 1 - 1e-3))).says("""
    You move the density away from 0 and 1 first. Then sparse layers get the answer of a denser one, and at 0 it is not
    0. Take the density as it is, and leave out a share of 0.""")
exercise.mistake("the density clipped at a millionth", lambda density: by_logs(min(max(density, 1e-6), 1 - 1e-6))).says(
    """You keep the density a millionth away from 0 and 1, so that at the ends it takes some bits, and near them too
    many or too few. Take the density as it is, and return 0.0 at the ends."""
)
exercise.mistake("nothing near the ends", lambda density: by_logs(density) if 0.01 <= density <= 0.99 else 0.0).says("""
    You return 0 for densities near 0 or 1 as well. Only at 0 and 1 themselves nothing is open; a density of 0.004 takes
    0.04 bits.""")


def _in_float32(density):
    kept = np.float32(density)
    other = np.float32(1) - kept
    return float(sum(-share * np.log2(share) for share in (kept, other) if share > 0))


exercise.mistake("in float32", _in_float32).says("""
    Your answer is computed in float32. With 7 digits, 1 - density is far off where the density is nearly 1. Leave the
    density a Python float.""")


exercise.mistake("the parabola", lambda density: 4 * density * (1 - density)).says("""
    4 d (1 - d) looks like the entropy, and it is another curve. Each share is weighed by its own logarithm.""")
exercise.mistake("an array", lambda density: np.array([by_logs(density)])).says("""
    The number is right, but it lies in an array. Return the float itself.""")
exercise.mistake("infinity at the ends", lambda density: by_logs(density) if 0 < density < 1 else math.inf).says("""
    At density 0 and 1 you return infinity. A logarithm of 0 is infinite, but it comes with the weight 0: the answer is
    0.0.""")


def _surprises(density):
    return -math.log2(density) - math.log2(1 - density) if 0 < density < 1 else 0.0


exercise.mistake("logarithms not weighed", _surprises).says("""
    You add the two logarithms as they are. Each of the two cases happens with its share: d log2(1/d) and
    (1 - d) log2(1/(1 - d)).""")
exercise.mistake("the mean of the logarithms", lambda density: _surprises(density) / 2).says("""
    You take the mean of both logarithms, as if kept and not kept were equally frequent. Weigh each with its share.""")
exercise.mistake(
    "one minus missing",
    lambda density: -density * math.log2(density) + (1 - density) * math.log2(1 - density) if 0 < density < 1 else 0.0,
).says("""
    One of the two terms has no minus, so that it is taken off. Both logarithms are negative: both need it.""")
exercise.mistake("bytes", lambda density: by_logs(density) / 8).says("""
    You divide by 8. Asked for are bits.""")


exercise.mistake("0 near the ends", lambda density: by_logs(density) if 1e-3 <= density <= 1 - 1e-3 else 0.0).says("""
    You return 0 below some small density, and above one near 1. Only at 0 and 1 themselves is it 0.""")


@exercise.mistake("shares of float32")
def _(density):
    """You compute in float32, which has seven digits. Near 1 the share of what is not kept has hardly any of them left.
    Stay with Python's float, or float64."""
    shares = np.array([density, 1 - density], np.float32)
    shares = shares[(shares > 0) & (shares < 1)]
    return float(-(shares * np.log2(shares)).sum())


def _with_a_little(density):
    little = 1e-9
    return -density * math.log2(density + little) - (1 - density) * math.log2(1 - density + little)


exercise.mistake("a little added in the logarithms", _with_a_little).says("""
    A small number in the logarithms keeps 0 out of them, and changes the result where the density is small itself.
    Return 0.0 at the ends, or leave out a share of 0.""")
exercise.mistake(
    "near the ends taken for them",
    lambda density: 0.0 if np.isclose(density, 0) or np.isclose(density, 1) else by_logs(density),
).says("""
    np.isclose takes a small density for 0. Only at 0 and 1 themselves is the answer 0.0: compare with ==.""")
