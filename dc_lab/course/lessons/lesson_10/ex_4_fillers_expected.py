"""10.4 How many fillers to expect."""

import math

from dc_lab.course.exercises import Exercise


def fillers_expected(density, bits):
    """Fillers for each kept weight, positions independent and gaps of `bits` bits."""
    full = (1 - density) ** 2**bits
    return full / (1 - full)


exercise = Exercise(
    id="10.4",
    title="How many fillers to expect",
    minutes=5,
    task="warm-up",
    reference=fillers_expected,
    shown=(0.25, 2),
    cases=[(0.5, 1), (1.0, 3), (0.04, 5), (0.09, 4), (0.01, 3), (0.5, 8)],
    draw=lambda rng: (float(rng.uniform(0.02, 0.99)), int(rng.integers(1, 7))),
    hints=[
        "What is the chance that a run of zeros reaches length r? Each zero has the chance 1 - density.",
        "The first filler is due at 2**bits zeros, the second at twice as many. Add the chances of all of them.",
        "With q = (1 - density) ** 2**bits the sum is q + q**2 + q**3 + ... = q / (1 - q).",
    ],
    why="""At 4 % and 5 bits that is 0.37: for three kept weights about one filler, which has a code and a gap of its
        own. Our file takes wider gaps instead and lets Huffman coding make the frequent ones short.""",
)


@exercise.alternative
def _fillers_summed(density, bits):
    full = (1 - density) ** (2**bits)
    total, term = 0.0, full
    while term > 1e-15:
        total, term = total + term, term * full
    return total


exercise.mistake("the first filler only", lambda density, bits: (1 - density) ** (2**bits)).says("""
    That is the chance that a run needs a filler at all (and the share of fillers among all entries). Asked for are
    fillers for each kept weight: a long run needs a second one and a third. Add those chances, too.""")


@exercise.mistake("one zero less")
def _(density, bits):
    """A gap of b bits holds up to 2**b - 1 zeros, and that still fits. The filler is due with one zero more, at
    2**b."""
    full = (1 - density) ** (2**bits - 1)
    return full / (1 - full)


@exercise.mistake("one zero more")
def _(density, bits):
    """A gap of b bits holds up to 2**b - 1 zeros. 2**b zeros do not fit any more, and then the filler is due."""
    full = (1 - density) ** (2**bits + 1)
    return full / (1 - full)


@exercise.mistake("the kept weight counted as a zero")
def _(density, bits):
    """Your runs are one too long: a gap counts the zeros before a kept weight, and not the weight itself."""
    return (1 - density) ** (2**bits - 1) / (1 - (1 - density) ** (2**bits))


@exercise.mistake("two times the bits")
def _(density, bits):
    """You wrote 2 * bits. A gap of b bits has 2**b values, so that the filler is due at 2**b zeros."""
    full = (1 - density) ** (2 * bits)
    return full / (1 - full)


@exercise.mistake("bits for zeros")
def _(density, bits):
    """A gap of b bits counts up to 2**b - 1 zeros, not b. The filler is due at 2**b zeros."""
    full = (1 - density) ** bits
    return full / (1 - full)


@exercise.mistake("kept for not kept")
def _(density, bits):
    """A run is made of weights that are not kept, and each of them has the chance 1 - density."""
    full = density ** (2**bits)
    return full / (1 - full)


exercise.mistake("entries", lambda density, bits: 1 + fillers_expected(density, bits)).says("""
    That counts the kept weight as well. Asked for are the fillers alone: one less.""")


@exercise.mistake("for each weight of the dense layer")
def _(density, bits):
    """That is the number for each weight of the dense layer. For each kept weight, do not multiply by it."""
    return density * fillers_expected(density, bits)


exercise.mistake("the mean run", lambda density, bits: (1 - density) / density / 2**bits).says("""
    You divided the mean run by 2**b. But short runs have no filler at all, and what they leave over does not help the
    long ones: add the chances that a run reaches 2**b, 2 x 2**b, ... zeros.""")


@exercise.mistake("the mean run by the longest gap")
def _(density, bits):
    """You divided the mean run of zeros by the longest gap. Most runs are shorter than that and have no filler at all.
    Ask for the chance that a run gets as far as its first filler, its second, and so on."""
    return (1 - density) / density / (2**bits - 1)


exercise.mistake("the mean run, rounded", lambda density, bits: float((1 - density) / density // 2**bits)).says("""
    That is what the mean run needs. Runs differ: many are shorter than the mean, some much longer. Add the chances that
    a run reaches 2**b, 2 x 2**b, ... zeros.""")


def _terms(count):
    """The first fillers alone, added."""

    def some(density, bits):
        return sum((1 - density) ** (2**bits * number) for number in range(1, count + 1))

    return some


exercise.mistake("two fillers at most", _terms(2)).says("""
    You add the chances of a first and a second filler. A long run needs a third and more: add them all, which is
    q / (1 - q).""")
exercise.mistake("three fillers at most", _terms(3)).says("""
    Three terms of the sum are there. It goes on without end, and where kept weights are rare the rest is large. With
    q = (1 - density) ** 2**bits all of them are q / (1 - q).""")
exercise.mistake("ten fillers at most", _terms(10)).says("""
    You stop after ten terms. Where kept weights are rare, runs are longer than that: the whole sum is q / (1 - q).""")


@exercise.mistake("rounded")
def _(density, bits):
    """Your answer is rounded to three decimals. Return the number as it is."""
    return round(fillers_expected(density, bits), 3)


@exercise.mistake("upside down")
def _(density, bits):
    """Your fraction is upside down, (1 - q) / q. The sum q + q**2 + q**3 + ... is q / (1 - q)."""
    full = (1 - density) ** 2**bits
    return (1 - full) / full


@exercise.mistake("^ for a power")
def _(density, bits):
    """2^bits is not a power in Python: ^ compares bits, so that 2^2 is 0. Write 2**bits."""
    full = (1 - density) ** (2 ^ bits)
    return full / (1 - full)


@exercise.mistake("^ for a power, and 0 where it fails")
def _(density, bits):
    """You return 0 where the division fails. It fails because 2^bits is not a power: ^ compares bits. With 2**bits
    nothing fails."""
    full = (1 - density) ** (2 ^ bits)
    return full / (1 - full) if full < 1 else 0.0


@exercise.mistake("later fillers a zero early")
def _(density, bits):
    """Your first filler is due at 2**bits zeros, but the next ones after 2**bits - 1 more. A filler is one of the zeros
    itself: each of them is due after 2**bits."""
    return (1 - density) ** 2**bits / (1 - (1 - density) ** (2**bits - 1))


@exercise.mistake("the power taken last")
def _(density, bits):
    """(1 - density) ** 2 ** bits raises 2 to the power of bits first. With parentheses or a product in between you have
    ((1 - density) ** 2) * bits or the like: the exponent is 2**bits."""
    full = (1 - density) ** 2 * bits
    return full / (1 - full)


@exercise.mistake("per cent")
def _(density, bits):
    """The number is right in per cent. Asked for is how many for each kept weight, without the hundred."""
    return 100 * fillers_expected(density, bits)


@exercise.mistake("rounded up")
def _(density, bits):
    """You round up to whole fillers. It is a mean: leave the fraction."""
    return float(math.ceil(fillers_expected(density, bits)))


@exercise.mistake("runs without a filler")
def _(density, bits):
    """1 - q is the chance that a run needs no filler. Asked for is how many fillers come: q / (1 - q)."""
    return 1 - (1 - density) ** 2**bits


@exercise.mistake("divided by the density")
def _(density, bits):
    """You divide by the density. The sum over one run counts for one kept weight already."""
    return fillers_expected(density, bits) / density


@exercise.mistake("the first filler, divided by the density")
def _(density, bits):
    """q is the chance of a first filler. Dividing it by the density does not add the later ones: q / (1 - q)."""
    return (1 - density) ** 2**bits / density


@exercise.mistake("one more zero")
def _(density, bits):
    """You multiply by 1 - density once more. The filler is itself a zero of the run, so nothing else has to come."""
    return (1 - density) * fillers_expected(density, bits)


@exercise.mistake("density in per cent")
def _(density, bits):
    """You divide the density by 100. It is a share already, such as 0.04."""
    return fillers_expected(density / 100, bits)


@exercise.mistake("at most one filler, one zero early")
def _(density, bits):
    """That is the chance that a run has at least 2**b - 1 zeros. A gap still holds that many; and later fillers count,
    too."""
    return (1 - density) ** (2**bits - 1)


@exercise.mistake("a filler for a run that is not full")
def _(density, bits):
    """You round up: a run of one zero gets a filler already. A filler is due only when a gap is full, at 2**bits
    zeros, and the next one at twice as many."""
    step, total, chance, zeros = 2**bits, 0.0, density, 0
    while chance > 1e-12 * density and zeros < 200_000:
        total, chance, zeros = total + chance * -(-zeros // step), chance * (1 - density), zeros + 1
    return total


@exercise.mistake("the logarithm of 0 at density 1")
def _(density, bits):
    """At density 1 there are no zeros, and 1 - density has no logarithm. The power does without: (1 - density) **
    2**bits."""
    full = math.exp(2**bits * math.log(1 - density))
    return full / (1 - full)
