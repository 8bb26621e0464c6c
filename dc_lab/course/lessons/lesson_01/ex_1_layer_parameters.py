"""01.1 The parameters of a layer."""

import numpy as np

from dc_lab.course.exercises import Exercise


def layer_parameters(inputs, outputs, kernel):
    """How many parameters a layer has; a dense layer has kernel 1."""
    weights = outputs * inputs * kernel * kernel
    biases = outputs
    return weights + biases


exercise = Exercise(
    id="01.1",
    title="The parameters of a layer",
    minutes=5,
    task="warm-up",
    reference=layer_parameters,
    shown=(5, 3, 1),
    cases=[
        (1, 1, 1),
        (1, 1, 2),
        (2, 1, 1),
        (1, 3, 1),
        (1, 2, 3),
        (2, 3, 2),
        (3, 64, 11),
        (784, 300, 1),
        (20, 50, 5),
        (25_088, 4_096, 1),
        (4_097, 4_099, 1),
        (70_001, 70_003, 1),
    ],
    draw=lambda rng: (int(rng.integers(1, 40)), int(rng.integers(1, 40)), int(rng.integers(1, 8))),
    hints=[
        "Start with a dense layer of 5 inputs and 3 outputs: how many lines join inputs to outputs? And what is added "
        "to each output?",
        "In a convolution, each line becomes a kernel of kernel × kernel weights. There is still one bias an output.",
        "outputs * inputs * kernel * kernel weights, and outputs biases.",
    ],
    why="The size of the image does not come in: a convolution uses the same kernel at every place. That is why "
    "convolutions are small in memory but large in work, and dense layers the other way round.",
)


@exercise.alternative
def _outputs_first(inputs, outputs, kernel):
    return outputs * (inputs * kernel**2 + 1)


@exercise.alternative
def _by_arrays(inputs, outputs, kernel):
    weight = np.broadcast_to(np.float32(0), (outputs, inputs, kernel, kernel))
    return weight.size + np.zeros(outputs).size


exercise.mistake("no biases", lambda inputs, outputs, kernel: outputs * inputs * kernel * kernel).says("""
    The weights are right, but the biases are missing: each output adds one number of its own.""")


@exercise.mistake("one bias for the whole layer")
def _(inputs, outputs, kernel):
    """You count a single bias. Each output adds its own, so there are as many biases as outputs."""
    return outputs * inputs * kernel * kernel + 1


@exercise.mistake("a bias for each input")
def _(inputs, outputs, kernel):
    """The bias is added to an output, after the sum over all inputs. There are as many as outputs."""
    return outputs * inputs * kernel * kernel + inputs


@exercise.mistake("a bias for each weight")
def _(inputs, outputs, kernel):
    """You count a bias for every weight. It is added once, after the sum over all weights of an output."""
    return 2 * outputs * inputs * kernel * kernel


@exercise.mistake("a bias for each pair of input and output")
def _(inputs, outputs, kernel):
    """An output channel first sums over all input channels and then adds one bias: one for each output, not one for
    each pair."""
    return outputs * inputs * kernel * kernel + outputs * inputs


@exercise.mistake("a bias for each place in the kernel")
def _(inputs, outputs, kernel):
    """You give the bias a kernel of its own. It is a single number for each output, whatever the kernel's size."""
    return outputs * (inputs + 1) * kernel * kernel


@exercise.mistake("biases for inputs and outputs")
def _(inputs, outputs, kernel):
    """You count a bias for each input as well. Only outputs have one."""
    return outputs * inputs * kernel * kernel + inputs + outputs


exercise.mistake("kernel not squared", lambda inputs, outputs, kernel: outputs * inputs * kernel + outputs).says("""
    A kernel of size 5 has 5 rows of 5 weights, which is 25. Multiply by `kernel` twice.""")
exercise.mistake("one input channel only", lambda inputs, outputs, kernel: outputs * kernel * kernel + outputs).says("""
    Each output channel looks at every input channel, with a kernel for each. The weights are outputs × inputs × kernel
    × kernel.""")


@exercise.mistake("one input channel in a convolution")
def _(inputs, outputs, kernel):
    """Dense layers are right. In a convolution, too, each output channel looks at every input channel, with a kernel of
    its own for each."""
    return layer_parameters(inputs if kernel == 1 else 1, outputs, kernel)


exercise.mistake("kernel left out", lambda inputs, outputs, kernel: outputs * inputs + outputs).says("""
    This is right for a dense layer. In a convolution, each pair of input and output channel has kernel × kernel weights
    instead of one.""")


@exercise.mistake("added instead of multiplied")
def _(inputs, outputs, kernel):
    """Each output is connected to each input, so the counts multiply: 3 outputs with 5 inputs each have 15 weights."""
    return inputs + outputs + kernel * kernel


@exercise.mistake("bytes instead of parameters")
def _(inputs, outputs, kernel):
    """You return bytes. Asked is the number of parameters, without the factor 4."""
    return 4 * layer_parameters(inputs, outputs, kernel)


@exercise.mistake("a count that overflows")
def _(inputs, outputs, kernel):
    """Your integers have 16 bits, and large layers overflow them. Multiply the plain integers you were given."""
    weights = np.array(outputs * inputs * kernel * kernel, np.int64).astype(np.int16)
    return int(weights) + outputs


@exercise.mistake("kernel times two")
def _(inputs, outputs, kernel):
    """You multiply the side by 2. A square of side 5 has 5 × 5 weights: kernel**2 or kernel * kernel."""
    return outputs * inputs * 2 * kernel + outputs


@exercise.mistake("a convolution without biases")
def _(inputs, outputs, kernel):
    """Dense layers are right. A convolution has a bias for each output channel, too."""
    return outputs * inputs * kernel * kernel + (outputs if kernel == 1 else 0)


@exercise.mistake("^ for a power")
def _(inputs, outputs, kernel):
    """In Python `^` is not a power but "either or" of bits. Write kernel**2."""
    return outputs * inputs * kernel ^ 2 + outputs


@exercise.mistake("the two counts apart")
def _(inputs, outputs, kernel):
    """You return weights and biases apart. Return their sum."""
    return outputs * inputs * kernel * kernel, outputs


@exercise.mistake("a count in 32 bits")
def _(inputs, outputs, kernel):
    """Your integers have 32 bits, and the largest layers overflow them. Multiply the plain integers you were given."""
    return int(np.array(outputs * inputs * kernel * kernel).astype(np.int32)) + outputs


@exercise.mistake("a count in float32")
def _(inputs, outputs, kernel):
    """Your product goes through float32, which holds whole numbers only up to 2**24: beyond it, some are 1 or more
    off. Multiply the plain integers you were given."""
    return int(np.float32(outputs * inputs * kernel * kernel)) + outputs


@exercise.mistake("^ for a power, in parentheses")
def _(inputs, outputs, kernel):
    """In Python `^` is not a power but "either or" of bits: 3 ^ 2 is 1. Write kernel**2."""
    return outputs * inputs * (kernel ^ 2) + outputs


@exercise.mistake("a list of one number")
def _(inputs, outputs, kernel):
    """The number is right, but it is in a list. Return it by itself."""
    return [layer_parameters(inputs, outputs, kernel)]


@exercise.mistake("a float")
def _(inputs, outputs, kernel):
    """The number is right, but it is a float. A count is a whole number: nothing needs to be divided here."""
    return float(layer_parameters(inputs, outputs, kernel))
