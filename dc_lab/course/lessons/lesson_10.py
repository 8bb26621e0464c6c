"""Exercises of lesson 10: grouped convolutions, the entropy of positions, the floor of a layer, fillers."""

import math

import numpy as np

from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question, WrongAnswer
from dc_lab.measure import imagenet

TITLE = "ImageNet scale: AlexNet and VGG-16"

# --- 10.1: grouped convolutions --------------------------------------------------------------------------------------


def _parameters(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * kernel * kernel + outputs


def _parameters_by_group(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    total = 0
    for _ in range(groups):
        ours, theirs = outputs // groups, inputs // groups
        total += ours * theirs * kernel**2 + ours
    return total


def _no_groups(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * inputs * kernel * kernel + outputs


def _both_halved(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return (outputs // groups) * (inputs // groups) * kernel * kernel + outputs


def _one_group(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return (outputs // groups) * (inputs // groups) * kernel * kernel + outputs // groups


def _no_biases(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * kernel * kernel


def _biases_of_inputs(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * kernel * kernel + inputs


def _biases_each_group(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * kernel * kernel + groups * outputs


def _biases_of_kernels(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * (kernel * kernel + 1)


def _one_output(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return (inputs // groups) * kernel * kernel + outputs


def _biases_of_one_group(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * kernel * kernel + outputs // groups


def _kernel_once(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return outputs * (inputs // groups) * kernel + outputs


def _times_groups(inputs: int, outputs: int, kernel: int, groups: int) -> int:
    return groups * outputs * inputs * kernel * kernel + outputs


def _float_parameters(inputs: int, outputs: int, kernel: int, groups: int) -> float:
    return outputs * (inputs / groups) * kernel * kernel + outputs


def _draw_convolution(rng: np.random.Generator) -> Case:
    groups = int(rng.integers(1, 5))
    inputs, outputs = (groups * int(size) for size in rng.integers(1, 9, 2))
    return inputs, outputs, int(rng.choice([1, 3, 5])), groups


PARAMETERS = Exercise(
    id="10.1",
    title="Parameters of a grouped convolution",
    minutes=5,
    stub='''
def parameters(inputs, outputs, kernel, groups):
    """Weights and biases of a convolution with kernels of `kernel` x `kernel`, its channels in `groups`."""
    raise NotImplementedError("your turn")
''',
    reference=_parameters,
    solution_text='''
def parameters(inputs, outputs, kernel, groups):
    """Weights and biases of a convolution with kernels of `kernel` x `kernel`, its channels in `groups`."""
    return outputs * (inputs // groups) * kernel**2 + outputs
''',
    shown=(4, 6, 1, 2),
    cases=[(1, 1, 1, 1), (3, 96, 11, 1), (96, 256, 5, 2), (384, 384, 3, 2), (8, 8, 3, 8), (6, 3, 2, 3), (2, 10, 1, 2)],
    draw=_draw_convolution,
    misconceptions=[
        Misconception(
            "the groups left out",
            _no_groups,
            "That is the convolution without groups. In a group, an output sees only its own group's inputs: each "
            "kernel has inputs / groups channels.",
        ),
        Misconception(
            "outputs divided too",
            _both_halved,
            "You divided inputs and outputs by the groups. That counts one group's weights. There are `groups` of "
            "them, so that all the outputs are there; only the inputs that each of them sees are fewer.",
        ),
        Misconception(
            "one group alone",
            _one_group,
            "That is one group by itself, weights and biases. The layer has `groups` of them.",
        ),
        Misconception(
            "no biases",
            _no_biases,
            "The weights are right. Each output also has a bias: add `outputs` numbers.",
        ),
        Misconception(
            "a bias for each input",
            _biases_of_inputs,
            "The weights are right, but there is a bias for each output, not for each input.",
        ),
        Misconception(
            "a bias for each group",
            _biases_each_group,
            "An output belongs to one group, and it has one bias: `outputs` of them in all, however many groups.",
        ),
        Misconception(
            "a bias for each kernel",
            _biases_of_kernels,
            "You gave a bias to each kernel, one for each pair of output and input. An output has one, added once.",
        ),
        Misconception(
            "the weights of one output",
            _one_output,
            "That has the weights of one output and the biases of all. Each output has kernels of its own.",
        ),
        Misconception(
            "the biases of one group",
            _biases_of_one_group,
            "The weights are right, but you counted the biases of one group. All `outputs` have one.",
        ),
        Misconception(
            "the kernel counted along one side",
            _kernel_once,
            "A kernel of size 3 has 3 x 3 weights for each channel: square the kernel's size.",
        ),
        Misconception(
            "groups that multiply",
            _times_groups,
            "Groups take connections away: each output sees fewer inputs. More groups, fewer weights.",
        ),
        Misconception(
            "a float",
            _float_parameters,
            "The number is right, but it is a float, and parameters are counted: divide whole numbers with //.",
        ),
    ],
    alternatives=[_parameters_by_group],
    hints=[
        "How many input channels does one output see? Look at one row of the picture.",
        "One output has kernel x kernel weights for each input channel that it sees, and one bias.",
        "outputs x (inputs // groups) x kernel x kernel, and then the biases.",
    ],
    why="""Two groups halve the weights of a layer: conv2 of AlexNet has 256 x 48 x 5 x 5, where 96 inputs come in. The
        paper's table 4 counts so, and so must we; the AlexNet that torchvision ships is another one.""",
    given="",
)

# --- 10.2: the entropy of positions ----------------------------------------------------------------------------------


def _position_bits(density: float) -> float:
    return imagenet.position_bits(density)


def _by_logs(density: float) -> float:
    total = 0.0
    for share in (density, 1 - density):
        if share > 0:
            total += share * math.log2(1 / share)
    return total


def _kept_only(density: float) -> float:
    return -density * math.log2(density) if density > 0 else 0.0


def _with_nats(density: float) -> float:
    return _by_logs(density) * math.log(2)


def _per_kept(density: float) -> float:
    return _by_logs(density) / density if density > 0 else 0.0


def _negative(density: float) -> float:
    return -_by_logs(density)


def _one_log(density: float) -> float:
    return -math.log2(density) if density > 0 else 0.0


def _nan_at_the_ends(density: float) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.float64(density)
        return float(-d * np.log2(d) - (1 - d) * np.log2(1 - d))


def _nan_at_one(density: float) -> float:
    return _nan_at_the_ends(density) if density > 0 else 0.0


def _a_bit_each(density: float) -> float:
    return 1.0


def _ten(density: float) -> float:
    return _by_logs(density) * math.log10(2)


POSITION_BITS = Exercise(
    id="10.2",
    title="What a position costs at the least",
    minutes=10,
    stub='''
def position_bits(density):
    """Bits a weight of the dense layer that it takes at the least to say whether it is kept."""
    raise NotImplementedError("your turn")
''',
    reference=_position_bits,
    solution_text='''
def position_bits(density):
    """Bits a weight of the dense layer that it takes at the least to say whether it is kept."""
    bits = 0.0
    for share in (density, 1 - density):
        if share > 0:
            bits -= share * np.log2(share)
    return float(bits)
''',
    shown=(0.25,),
    cases=[(0.0,), (1.0,), (0.5,), (0.04,), (0.09,), (0.96,), (1e-9,)],
    draw=lambda rng: (float(rng.integers(1, 100)) / 100,),
    misconceptions=[
        Misconception(
            "only what is kept",
            _kept_only,
            "That is d log2(1/d) alone. A weight that is not kept says something, too: little each time, but most of "
            "them are not kept. Add (1 - d) log2(1/(1 - d)).",
        ),
        Misconception(
            "the natural logarithm",
            _with_nats,
            "Your answer is in nats: the logarithm is to base e. For bits take np.log2.",
        ),
        Misconception(
            "base ten",
            _ten,
            "The logarithm is to base 10. For bits take np.log2.",
        ),
        Misconception(
            "for each kept weight",
            _per_kept,
            "That is right for each kept weight. Asked for are the bits for each weight of the dense layer: do not "
            "divide by the density.",
        ),
        Misconception(
            "the sign",
            _negative,
            "log2 of a share is negative, so the sum needs a minus in front.",
        ),
        Misconception(
            "one logarithm",
            _one_log,
            "-log2(d) is what it takes to say once that a weight is kept. How often does that happen? Weigh it with d, "
            "and do the same for those that are not kept.",
        ),
        Misconception(
            "NaN at the ends",
            _nan_at_the_ends,
            "At density 0 or 1 there is a share of 0, and 0 x log2(0) is NaN in NumPy. Nothing is open there: it takes "
            "0 bits. Leave out a share of 0.",
        ),
        Misconception(
            "NaN at density 1",
            _nan_at_one,
            "Density 0 is taken care of, density 1 is not: there the other share, 1 - density, is 0, and 0 x log2(0) "
            "is NaN in NumPy. Leave out a share of 0, whichever it is.",
        ),
        Misconception(
            "one bit each",
            _a_bit_each,
            "One bit each is the bitmap. Its zeros and ones are far from equally frequent, so that less will do.",
        ),
    ],
    alternatives=[_by_logs],
    hints=[
        "It is the entropy of lesson 07 with two symbols, kept and not kept. What are their shares?",
        "Kept happens in a share d of all cases and then takes log2(1/d) bits; the same for 1 - d.",
        "-d log2(d) - (1 - d) log2(1 - d), and 0 where a share is 0.",
    ],
    why="""Weights that are drawn one by one, and kept if they are large, are kept independently. Then no coder,
        whatever it does with gaps, bitmaps or trees, can go below this on average. At density 0.04 it is 0.24 bits: a
        quarter of the bitmap.""",
)

# --- 10.3: the floor of a layer --------------------------------------------------------------------------------------


def _floor_bytes(weights: np.ndarray) -> float:
    return imagenet.floor(weights).bytes


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _floor_by_counts(weights: np.ndarray) -> float:
    flat = weights.ravel()
    kept = int(np.count_nonzero(flat))
    if kept == 0:
        return 0.0
    bits = flat.size * _entropy(np.array([kept, flat.size - kept]))
    _, codes = np.unique(flat[flat != 0], return_inverse=True)
    return (bits + kept * _entropy(np.bincount(codes.ravel()))) / 8


def _floor_all_values(weights: np.ndarray) -> float:
    """Zero as one more value: the same number of bits by another way."""
    if not weights.any():
        return 0.0
    return weights.size * _entropy(np.unique(weights, return_counts=True)[1]) / 8


def _floor_bits(weights: np.ndarray) -> float:
    return 8 * _floor_bytes(weights)


def _codes_of_all(weights: np.ndarray) -> float:
    if not weights.any():
        return 0.0
    d = np.count_nonzero(weights) / weights.size
    counts = np.unique(weights, return_counts=True)[1]
    return weights.size * (_by_logs(d) + _entropy(counts)) / 8


def _zeros_among_codes(weights: np.ndarray) -> float:
    if not weights.any():
        return 0.0
    counts = np.unique(weights, return_counts=True)[1]
    return imagenet.floor(weights).positions + np.count_nonzero(weights) * _entropy(counts) / 8


def _entropy_once(weights: np.ndarray) -> float:
    return imagenet.floor(weights).positions + _no_positions(weights) / max(np.count_nonzero(weights), 1)


def _all_equally_frequent(weights: np.ndarray) -> float:
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    return imagenet.floor(weights).positions + len(kept) * math.log2(len(np.unique(kept))) / 8


def _by_magnitude(weights: np.ndarray) -> float:
    return _floor_bytes(np.abs(weights))


def _no_positions(weights: np.ndarray) -> float:
    return imagenet.floor(weights).codes


def _positions_alone(weights: np.ndarray) -> float:
    return imagenet.floor(weights).positions


def _codes_for_every_weight(weights: np.ndarray) -> float:
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    entropy = _entropy(np.unique(kept, return_counts=True)[1])
    return imagenet.floor(weights).positions + weights.size * entropy / 8


def _positions_of_kept(weights: np.ndarray) -> float:
    kept = np.count_nonzero(weights)
    return kept * _by_logs(kept / weights.size) / 8 + _no_positions(weights) if kept else 0.0


def _fixed_codes(weights: np.ndarray) -> float:
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    return imagenet.floor(weights).positions + len(kept) * math.ceil(math.log2(len(np.unique(kept)))) / 8


def _codes_in_bits(weights: np.ndarray) -> float:
    return imagenet.floor(weights).positions + 8 * imagenet.floor(weights).codes


def _positions_in_bits(weights: np.ndarray) -> float:
    return 8 * imagenet.floor(weights).positions + imagenet.floor(weights).codes


def _first_row(weights: np.ndarray) -> float:
    """Sizes by len: that of the first dimension."""
    if not weights.any():
        return 0.0
    density = min(np.count_nonzero(weights) / len(weights), 1)
    return len(weights) * _by_logs(density) / 8 + _no_positions(weights)


def _whole_bytes(weights: np.ndarray) -> int:
    return math.ceil(_floor_bytes(weights))


FOUR_BY_FOUR = np.array(
    [[0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5], [-1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]], np.float32
)


def _draw_layer(rng: np.random.Generator) -> Case:
    shape = tuple(rng.integers(2, 7, 2))
    values = rng.choice([-1.5, -0.5, 0.5, 1.0, 2.5], shape, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    return (np.where(rng.random(shape) < rng.choice([0.2, 0.5, 0.8]), values, 0).astype(np.float32),)


FLOOR = Exercise(
    id="10.3",
    title="The floor of a layer",
    minutes=10,
    stub='''
def floor_bytes(weights):
    """Bytes that positions and codes of a shared layer take at the least, if all are independent."""
    raise NotImplementedError("your turn")
''',
    reference=_floor_bytes,
    solution_text='''
def floor_bytes(weights):
    """Bytes that positions and codes of a shared layer take at the least, if all are independent."""
    kept = weights[weights != 0]
    if len(kept) == 0:
        return 0.0
    counts = np.unique(kept, return_counts=True)[1]
    positions = weights.size * imagenet.position_bits(len(kept) / weights.size)
    codes = len(kept) * huffman.entropy(counts)
    return (positions + codes) / 8
''',
    shown=(FOUR_BY_FOUR,),
    cases=[
        (np.zeros((3, 4), np.float32),),
        (np.zeros((0, 4), np.float32),),
        (np.ones((3, 3), np.float32),),
        (np.array([[0.5]], np.float32),),
        (np.array([[0.5, -0.5, 0.0, 0.0, 0.0, 0.0]], np.float32),),
        (np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),),
    ],
    draw=_draw_layer,
    misconceptions=[
        Misconception("bits", _floor_bits, "The number is right in bits. Asked for are bytes: divide by 8."),
        Misconception(
            "codes in bits",
            _codes_in_bits,
            "The positions are in bytes, but the codes still in bits: divide both by 8.",
        ),
        Misconception(
            "positions in bits",
            _positions_in_bits,
            "The codes are in bytes, but the positions still in bits: divide both by 8.",
        ),
        Misconception(
            "zero counted twice",
            _codes_of_all,
            "You counted zero among the codes as well. The positions say already where nothing is kept: take the "
            "entropy of the values that are kept, and only for those.",
        ),
        Misconception(
            "zero among the values",
            _zeros_among_codes,
            "You counted zero when you took the entropy of the values. Only what is kept has a code: leave the zeros "
            "out before counting.",
        ),
        Misconception(
            "the codes of one weight",
            _entropy_once,
            "The entropy is the bits of one code. There is a code for each kept weight: multiply by how many are kept.",
        ),
        Misconception(
            "all values equally frequent",
            _all_equally_frequent,
            "log2 of the number of values is right if all are equally frequent. Count them, and take "
            "huffman.entropy(counts).",
        ),
        Misconception(
            "signs left out",
            _by_magnitude,
            "You counted magnitudes. 0.5 and -0.5 are two values, with a code each.",
        ),
        Misconception(
            "no positions",
            _no_positions,
            "That is the codes alone. Whoever reads the file must also know where they belong: add the positions.",
        ),
        Misconception(
            "positions alone",
            _positions_alone,
            "That is the positions alone. Add the codes: each kept weight takes the entropy of the kept values.",
        ),
        Misconception(
            "a code for every weight",
            _codes_for_every_weight,
            "Only what is kept has a code: the entropy of the codes counts once for each kept weight, not for each "
            "weight of the dense layer.",
        ),
        Misconception(
            "positions of kept weights only",
            _positions_of_kept,
            "Whether a weight is kept has to be said for every weight of the dense layer: weights.size times the bits "
            "of a position.",
        ),
        Misconception(
            "fixed width",
            _fixed_codes,
            "You counted codes of fixed width. Frequent values can have short codes: take their entropy.",
        ),
        Misconception(
            "len for size",
            _first_row,
            "len(weights) is the number of rows. The number of weights is weights.size.",
        ),
        Misconception(
            "rounded up",
            _whole_bytes,
            "A file has whole bytes, but the floor is a mean: give it as it is, without rounding.",
        ),
    ],
    alternatives=[_floor_by_counts, _floor_all_values],
    hints=[
        "Two parts: where the kept weights are, and which of the shared values each of them has.",
        "`np.unique(kept, return_counts=True)` counts the values; `huffman.entropy(counts)` gives bits for each.",
        "(weights.size x position_bits(density) + number kept x entropy) / 8, and 0.0 if nothing is kept.",
    ],
    why="""Both parts together are the entropy of a layer whose values, zero among them, are drawn independently: count
        zero as one more value, and weights.size times that entropy is the same number.""",
    given="import numpy as np\nfrom dc_lab import huffman\nfrom dc_lab.measure import imagenet",
)

# --- 10.4: fillers ---------------------------------------------------------------------------------------------------


def _fillers(density: float, bits: int) -> float:
    full = (1 - density) ** (2**bits)
    return full / (1 - full)


def _fillers_summed(density: float, bits: int) -> float:
    full = (1 - density) ** (2**bits)
    total, term = 0.0, full
    while term > 1e-15:
        total, term = total + term, term * full
    return total


def _first_only(density: float, bits: int) -> float:
    return (1 - density) ** (2**bits)


def _one_zero_less(density: float, bits: int) -> float:
    full = (1 - density) ** (2**bits - 1)
    return full / (1 - full)


def _one_zero_more(density: float, bits: int) -> float:
    full = (1 - density) ** (2**bits + 1)
    return full / (1 - full)


def _kept_counted(density: float, bits: int) -> float:
    return (1 - density) ** (2**bits - 1) / (1 - (1 - density) ** (2**bits))


def _bits_as_length(density: float, bits: int) -> float:
    full = (1 - density) ** bits
    return full / (1 - full)


def _kept_for_zero(density: float, bits: int) -> float:
    full = density ** (2**bits)
    return full / (1 - full)


def _entries(density: float, bits: int) -> float:
    return 1 + _fillers(density, bits)


def _for_each_weight(density: float, bits: int) -> float:
    return density * _fillers(density, bits)


def _mean_run(density: float, bits: int) -> float:
    return (1 - density) / density / 2**bits


def _mean_run_by_longest(density: float, bits: int) -> float:
    return (1 - density) / density / (2**bits - 1)


def _mean_run_rounded(density: float, bits: int) -> float:
    return float((1 - density) / density // 2**bits)


FILLERS = Exercise(
    id="10.4",
    title="How many fillers to expect",
    minutes=10,
    stub='''
def fillers_expected(density, bits):
    """Fillers for each kept weight, when weights are kept independently and gaps have `bits` bits."""
    raise NotImplementedError("your turn")
''',
    reference=_fillers,
    solution_text='''
def fillers_expected(density, bits):
    """Fillers for each kept weight, when weights are kept independently and gaps have `bits` bits."""
    full = (1 - density) ** 2**bits
    return full / (1 - full)
''',
    shown=(0.25, 2),
    cases=[(0.5, 1), (1.0, 3), (0.04, 5), (0.09, 4), (0.01, 3), (0.5, 8)],
    draw=lambda rng: (float(rng.integers(2, 99)) / 100, int(rng.integers(1, 7))),
    misconceptions=[
        Misconception(
            "the first filler only",
            _first_only,
            "That is the chance that a run needs a filler at all (and the share of fillers among all entries). Asked "
            "for are fillers for each kept weight: a long run needs a second one and a third. Add those chances, too.",
        ),
        Misconception(
            "one zero less",
            _one_zero_less,
            "A gap of b bits holds up to 2**b - 1 zeros, and that still fits. The filler is due with one zero more, at "
            "2**b.",
        ),
        Misconception(
            "one zero more",
            _one_zero_more,
            "A gap of b bits holds up to 2**b - 1 zeros. 2**b zeros do not fit any more, and then the filler is due.",
        ),
        Misconception(
            "the kept weight counted as a zero",
            _kept_counted,
            "Your runs are one too long: a gap counts the zeros before a kept weight, and not the weight itself.",
        ),
        Misconception(
            "bits for zeros",
            _bits_as_length,
            "A gap of b bits counts up to 2**b - 1 zeros, not b. The filler is due at 2**b zeros.",
        ),
        Misconception(
            "kept for not kept",
            _kept_for_zero,
            "A run is made of weights that are not kept, and each of them has the chance 1 - density.",
        ),
        Misconception(
            "entries",
            _entries,
            "That counts the kept weight as well. Asked for are the fillers alone: one less.",
        ),
        Misconception(
            "for each weight of the dense layer",
            _for_each_weight,
            "That is the number for each weight of the dense layer. For each kept weight, do not multiply by it.",
        ),
        Misconception(
            "the mean run",
            _mean_run,
            "You divided the mean run by 2**b. But short runs have no filler at all, and what they leave "
            "over does not help the long ones: add the chances that a run reaches 2**b, 2 x 2**b, ... zeros.",
        ),
        Misconception(
            "the mean run by the longest gap",
            _mean_run_by_longest,
            "You divided the mean run of zeros by the longest gap. Most runs are shorter than that and have no filler "
            "at all. Ask for the chance that a run gets as far as its first filler, its second, and so on.",
        ),
        Misconception(
            "the mean run, rounded",
            _mean_run_rounded,
            "That is what the mean run needs. Runs differ: many are shorter than the mean, some much longer. Add the "
            "chances that a run reaches 2**b, 2 x 2**b, ... zeros.",
        ),
    ],
    alternatives=[_fillers_summed],
    hints=[
        "What is the chance that a run of zeros reaches length r? Each zero has the chance 1 - density.",
        "The first filler is due at 2**bits zeros, the second at twice as many. Add the chances of all of them.",
        "With q = (1 - density) ** 2**bits the sum is q + q**2 + q**3 + ... = q / (1 - q).",
    ],
    why="""At 4 % and 5 bits that is 0.37: for three kept weights about one filler, which has a code and a gap of its
        own. Our file takes wider gaps instead and lets Huffman coding make the frequent ones short.""",
)

# --- 10.5: below the floor -------------------------------------------------------------------------------------------

BELOW = Question(
    id="10.5",
    title="Below the floor",
    minutes=5,
    kind="choice",
    prompt="conv5_2 of VGG-16 takes fewer bytes in the paper than the floor for its density and its bits a code, "
    "however these were rounded. Why can that be?",
    stub="reason = ...",
    answer="c",
    choices={
        "a": "Huffman coding goes below the entropy where a stream is long enough.",
        "b": "The paper's codes are shared by all layers, so that each layer takes less.",
        "c": "The positions that training keeps are not independent of one another.",
        "d": "The paper keeps the large weights, ours are kept by chance.",
    },
    wrong=[
        WrongAnswer(
            "a",
            "a",
            "No code of single symbols goes below the entropy of their counts, however long the stream is; Huffman "
            "coding comes near it from above. The floor itself must be another one.",
        ),
        WrongAnswer(
            "b",
            "b",
            "Each layer has its own codebook in the paper (section 3), and the table gives its bits a code. What is "
            "open are the positions.",
        ),
        WrongAnswer(
            "d",
            "d",
            "Ours are the largest, too: drawn, and pruned by magnitude. But large weights that are drawn stand "
            "anywhere, independently. What is different in a trained layer?",
        ),
    ],
    hints=[
        "What did the floor assume? Go back to exercise 10.2.",
        "Lesson 03 shuffled the positions of a trained layer. What happened to its long runs of zeros?",
        "If some kernels or channels keep much more than others, knowing one position says something of the next.",
    ],
    why="""The floor is the entropy of independent positions. In a trained network whole channels matter less than
        others, so that positions come in clusters, and a coder of gaps gains from that. Drawn weights have no channels
        that matter: their files cannot be as small, and to say so is the point of printing the floor.""",
)

EXERCISES: list[AnyExercise] = [PARAMETERS, POSITION_BITS, FLOOR, FILLERS, BELOW]
