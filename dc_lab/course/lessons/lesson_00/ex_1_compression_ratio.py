"""00.1 The compression ratio of a file."""

import numpy as np

from dc_lab.course.exercises import Exercise


def compression_ratio(parameters, file_bytes):
    """How many times smaller the file is than `parameters` float32 numbers."""
    return 4 * parameters / file_bytes


def _draw_file(rng):
    return int(rng.integers(1, 500_000)), int(rng.integers(20, 2_000_000))


exercise = Exercise(
    id="00.1",
    title="The compression ratio of a file",
    minutes=5,
    task="warm-up",
    reference=compression_ratio,
    shown=(250, 100),
    cases=[
        (1, 4),
        (1, 40),
        (3, 5),
        (25, 21),
        (266_610, 27_000),
        (266_610, 1_066_440),
        (431_080, 44_000),
        (60_965_224, 6_900_000),
        (138_357_544, 11_300_001),
        (1_500_000_007, 70_000_001),
    ],
    draw=_draw_file,
    hints=[
        "How many bytes do the parameters take before anything is compressed? A float32 has 32 bits.",
        "32 bits are 4 bytes. The network takes 4 * parameters bytes.",
        "Network's bytes divided by file's bytes: 4 * parameters / file_bytes.",
    ],
    why="Both sizes are in bytes, so the units cancel. A ratio below 1 means that the file is larger than the network, "
    "which does happen with small networks: a header and a codebook cost bytes too.",
)


@exercise.alternative
def _by_bits(parameters, file_bytes):
    dense_bits = 32 * parameters
    return dense_bits / (8 * file_bytes)


exercise.alternative(lambda parameters, file_bytes: np.float64(parameters) * 32 / 8 / file_bytes)
exercise.mistake("numbers taken for bytes", lambda parameters, file_bytes: parameters / file_bytes).says("""
    You divide the number of parameters by the bytes of the file. Each float32 takes 4 bytes: multiply by 4 first, so
    that bytes stand above and below.""")
exercise.mistake("the ratio upside down", lambda parameters, file_bytes: file_bytes / (4 * parameters)).says("""
    Your fraction is file over network, which gets smaller as the file does. The ratio says how many times smaller the
    file is: network above, file below.""")


@exercise.mistake("upside down, and numbers taken for bytes")
def _(parameters, file_bytes):
    """Two things: the network belongs above the line and the file below, and the network takes 4 bytes a parameter."""
    return file_bytes / parameters


exercise.mistake("percent left", lambda parameters, file_bytes: 100 * file_bytes / (4 * parameters)).says("""
    You say what percentage of the bytes is left. Asked is how many times smaller the file is: 10 % left is a ratio of
    10, 1 % left is a ratio of 100.""")
exercise.mistake("percent saved", lambda parameters, file_bytes: 100 * (1 - file_bytes / (4 * parameters))).says("""
    You say what percentage of the bytes is saved. That number hides the difference: 90 % saved is a ratio of 10, 99 %
    saved is a ratio of 100. Divide the network's bytes by the file's.""")
exercise.mistake("share saved", lambda parameters, file_bytes: 1 - file_bytes / (4 * parameters)).says("""
    You say what share of the bytes is saved, between 0 and 1. The ratio is the network's bytes divided by the
    file's.""")
exercise.mistake("bytes saved", lambda parameters, file_bytes: 4 * parameters - file_bytes).says("""
    You say how many bytes are saved. A ratio is a division, not a difference.""")
exercise.mistake("bits over bytes", lambda parameters, file_bytes: 32 * parameters / file_bytes).says("""
    32 is the number of bits of a float32, but the file is counted in bytes, so your ratio is 8 times too large. Use 4
    bytes, or turn the file into bits as well.""")
exercise.mistake("8 bytes a number", lambda parameters, file_bytes: 8 * parameters / file_bytes).says("""
    8 bytes is a float64, what NumPy makes by default. The network's numbers are float32: 4 bytes each.""")
exercise.mistake("divided by 4", lambda parameters, file_bytes: parameters / 4 / file_bytes).says("""
    Each parameter takes 4 bytes, so that there are 4 times as many bytes as parameters: multiply by 4.""")
exercise.mistake("KB over bytes", lambda parameters, file_bytes: 4 * parameters / 1000 / file_bytes).says("""
    The network is in KB and the file in bytes, so the ratio is 1,000 times too small. Take bytes for both.""")


@exercise.mistake("1,024 for one, 1,000 for the other")
def _(parameters, file_bytes):
    """You divide one size by 1,024 and the other by 1,000. Take bytes for both; then no factor is needed."""
    return (4 * parameters / 1024) / (file_bytes / 1000)


exercise.mistake("never below 1", lambda parameters, file_bytes: max(1.0, 4 * parameters / file_bytes)).says("""
    You stop at 1. A file may be larger than the numbers in it, since it has a header; then the ratio is below 1, and
    should say so.""")
exercise.mistake("division without remainder", lambda parameters, file_bytes: 4 * parameters // file_bytes).says("""
    Everything after the decimal point is gone, as `//` and int() do. Divide with `/`, and return that.""")


@exercise.mistake("rounded to a whole number")
def _(parameters, file_bytes):
    """The value is right, but you round it. Return the float as it is; round only where you print it."""
    return float(round(4 * parameters / file_bytes))


@exercise.mistake("rounded to one decimal")
def _(parameters, file_bytes):
    """The value is right, but you round it to one decimal. Return it as it is; round only where you print it."""
    return round(4 * parameters / file_bytes, 1)


@exercise.mistake("rounded to two decimals")
def _(parameters, file_bytes):
    """The value is right, but you round it to two decimals. Return it as it is; round only where you print it."""
    return round(4 * parameters / file_bytes, 2)


@exercise.mistake("the sum below the line")
def _(parameters, file_bytes):
    """You divide by the sum of both sizes. A ratio compares the two: the network's bytes divided by the file's."""
    return 4 * parameters / (4 * parameters + file_bytes)


@exercise.mistake("a text")
def _(parameters, file_bytes):
    """You return a text. Return the number itself; a text such as f"{ratio:.1f}×" is for printing."""
    return str(4 * parameters / file_bytes)


@exercise.mistake("2 bytes a number")
def _(parameters, file_bytes):
    """2 bytes is a float16. The network's numbers are float32: 4 bytes each."""
    return 2 * parameters / file_bytes


@exercise.mistake("KiB over bytes")
def _(parameters, file_bytes):
    """The network is divided by 1,024 and the file is not. Take bytes for both."""
    return 4 * parameters / 1024 / file_bytes


@exercise.mistake("percent")
def _(parameters, file_bytes):
    """You multiply by 100. The ratio is no percentage: 10 times smaller is 10.0."""
    return 400 * parameters / file_bytes


@exercise.mistake("the file left out")
def _(parameters, file_bytes):
    """These are the network's bytes. The file's size is not used: divide by it."""
    return 4 * parameters


@exercise.mistake("a count in 32 bits")
def _(parameters, file_bytes):
    """Large networks overflow: 4 times 1,500,000,007 does not fit into an int32. Multiply the plain integers that you
    were given."""
    dense = np.array(4 * parameters).astype(np.int64).astype(np.int32)
    return float(dense) / file_bytes


@exercise.mistake("how much larger")
def _(parameters, file_bytes):
    """You divide what is saved by the file's size, which is the ratio less 1. Divide the network's bytes, all of
    them."""
    return (4 * parameters - file_bytes) / file_bytes


@exercise.mistake("divided without remainder, then multiplied")
def _(parameters, file_bytes):
    """You divide with `//` before you multiply by 4, and what `//` cuts off is lost. Divide with `/`."""
    return 4.0 * (parameters // file_bytes)


@exercise.mistake("below 1 turned round")
def _(parameters, file_bytes):
    """Where the file is the larger one, you turn the fraction round. It stays network over file, and is below 1
    then."""
    ratio = 4 * parameters / file_bytes
    return ratio if ratio >= 1 else 1 / ratio


@exercise.mistake("in float16")
def _(parameters, file_bytes):
    """The value is right, but it went through float16, which has three digits. Return the float as it is."""
    with np.errstate(over="ignore"):
        return float(np.float16(4 * parameters / file_bytes))


@exercise.mistake("an error for a file that is larger")
def _(parameters, file_bytes):
    """You raise an error where the file is larger than the numbers in it. That does happen, and the ratio is below 1
    then."""
    if file_bytes > 4 * parameters:
        raise ValueError("larger")
    return 4 * parameters / file_bytes


@exercise.mistake("a list of one number")
def _(parameters, file_bytes):
    """The number is right, but it is in a list. Return it by itself."""
    return [4 * parameters / file_bytes]
