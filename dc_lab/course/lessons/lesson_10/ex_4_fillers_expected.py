"""10.4 How many fillers to expect."""

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
