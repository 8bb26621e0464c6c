"""10.2 What a position costs at the least."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.measure import imagenet


def position_bits(density):
    """Bits a weight that it takes at the least to say whether it is kept."""
    if density in (0, 1):
        return 0.0
    return -density * np.log2(density) - (1 - density) * np.log2(1 - density)


def _position_bits(density):
    return imagenet.position_bits(density)


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
