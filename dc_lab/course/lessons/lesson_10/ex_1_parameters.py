"""10.1 Parameters of a grouped convolution."""

from dc_lab.course.exercises import Exercise


def parameters(inputs, outputs, kernel, groups):
    """Weights and biases of a convolution with channels in `groups`."""
    return outputs * (inputs // groups) * kernel**2 + outputs


def _draw_convolution(rng):
    groups = int(rng.integers(1, 5))
    inputs, outputs = (groups * int(size) for size in rng.integers(1, 9, 2))
    return inputs, outputs, int(rng.choice([1, 3, 5])), groups


exercise = Exercise(
    id="10.1",
    title="Parameters of a grouped convolution",
    minutes=5,
    task="warm-up",
    reference=parameters,
    shown=(4, 6, 1, 2),
    cases=[(1, 1, 1, 1), (3, 96, 11, 1), (96, 256, 5, 2), (384, 384, 3, 2), (8, 8, 3, 8), (6, 3, 2, 3), (2, 10, 1, 2)],
    draw=_draw_convolution,
    hints=[
        "How many input channels does one output see? Look at one row of the picture.",
        "One output has kernel x kernel weights for each input channel that it sees, and one bias.",
        "outputs x (inputs // groups) x kernel x kernel, and then the biases.",
    ],
    why="""Two groups halve the weights of a layer: conv2 of AlexNet has 256 x 48 x 5 x 5, where 96 inputs come in. The
        paper's table 4 counts so, and so must we; the AlexNet that torchvision ships is another one.""",
    given="",
)


@exercise.alternative
def _parameters_by_group(inputs, outputs, kernel, groups):
    total = 0
    for _ in range(groups):
        ours, theirs = outputs // groups, inputs // groups
        total += ours * theirs * kernel**2 + ours
    return total


@exercise.mistake("the groups left out")
def _(inputs, outputs, kernel, groups):
    """That is the convolution without groups. In a group, an output sees only its own group's inputs: each kernel has
    inputs / groups channels."""
    return outputs * inputs * kernel * kernel + outputs


@exercise.mistake("outputs divided too")
def _(inputs, outputs, kernel, groups):
    """You divided inputs and outputs by the groups. That counts one group's weights. There are `groups` of them, so
    that all the outputs are there; only the inputs that each of them sees are fewer."""
    return (outputs // groups) * (inputs // groups) * kernel * kernel + outputs


@exercise.mistake("one group alone")
def _(inputs, outputs, kernel, groups):
    """That is one group by itself, weights and biases. The layer has `groups` of them."""
    return (outputs // groups) * (inputs // groups) * kernel * kernel + outputs // groups


@exercise.mistake("no biases")
def _(inputs, outputs, kernel, groups):
    """The weights are right. Each output also has a bias: add `outputs` numbers."""
    return outputs * (inputs // groups) * kernel * kernel


@exercise.mistake("a bias for each input")
def _(inputs, outputs, kernel, groups):
    """The weights are right, but there is a bias for each output, not for each input."""
    return outputs * (inputs // groups) * kernel * kernel + inputs


@exercise.mistake("a bias for each group")
def _(inputs, outputs, kernel, groups):
    """An output belongs to one group, and it has one bias: `outputs` of them in all, however many groups."""
    return outputs * (inputs // groups) * kernel * kernel + groups * outputs


@exercise.mistake("a bias for each kernel")
def _(inputs, outputs, kernel, groups):
    """You gave a bias to each kernel, one for each pair of output and input. An output has one, added once."""
    return outputs * (inputs // groups) * (kernel * kernel + 1)


@exercise.mistake("the weights of one output")
def _(inputs, outputs, kernel, groups):
    """That has the weights of one output and the biases of all. Each output has kernels of its own."""
    return (inputs // groups) * kernel * kernel + outputs


@exercise.mistake("the biases of one group")
def _(inputs, outputs, kernel, groups):
    """The weights are right, but you counted the biases of one group. All `outputs` have one."""
    return outputs * (inputs // groups) * kernel * kernel + outputs // groups


@exercise.mistake("the kernel counted along one side")
def _(inputs, outputs, kernel, groups):
    """A kernel of size 3 has 3 x 3 weights for each channel: square the kernel's size."""
    return outputs * (inputs // groups) * kernel + outputs


@exercise.mistake("groups that multiply")
def _(inputs, outputs, kernel, groups):
    """Groups take connections away: each output sees fewer inputs. More groups, fewer weights."""
    return groups * outputs * inputs * kernel * kernel + outputs


@exercise.mistake("a float")
def _(inputs, outputs, kernel, groups):
    """The number is right, but it is a float, and parameters are counted: divide whole numbers with //."""
    return outputs * (inputs / groups) * kernel * kernel + outputs


@exercise.mistake("as many biases as groups")
def _(inputs, outputs, kernel, groups):
    """The weights are right. You added one bias for each group, and each output has one of its own: add `outputs`."""
    return outputs * (inputs // groups) * kernel * kernel + groups


@exercise.mistake("one bias for the layer")
def _(inputs, outputs, kernel, groups):
    """The weights are right. You added a single bias for the whole layer, and each output has one: add `outputs`."""
    return outputs * (inputs // groups) * kernel * kernel + 1


@exercise.mistake("the kernel doubled")
def _(inputs, outputs, kernel, groups):
    """You wrote kernel * 2, twice the size. A kernel of size 5 has 5 x 5 weights: kernel ** 2."""
    return outputs * (inputs // groups) * kernel * 2 + outputs


@exercise.mistake("^ for a power")
def _(inputs, outputs, kernel, groups):
    """kernel ^ 2 is not a power in Python: ^ compares bits. The square is kernel ** 2."""
    return outputs * (inputs // groups) * (kernel ^ 2) + outputs


@exercise.mistake("bytes")
def _(inputs, outputs, kernel, groups):
    """You count bytes, four for each number. Asked for is how many numbers there are."""
    return 4 * parameters(inputs, outputs, kernel, groups)


@exercise.mistake("a text")
def _(inputs, outputs, kernel, groups):
    """The number is right, but it is a text. Return the whole number itself."""
    return str(parameters(inputs, outputs, kernel, groups))


@exercise.mistake("the kernel cubed")
def _(inputs, outputs, kernel, groups):
    """A kernel has two sides: kernel ** 2 weights for each channel, and not kernel ** 3."""
    return outputs * (inputs // groups) * kernel**3 + outputs


@exercise.mistake("biases as large as a kernel")
def _(inputs, outputs, kernel, groups):
    """Your biases are multiplied by kernel x kernel too. An output has one bias, a single number, added once."""
    return (inputs // groups + 1) * outputs * kernel**2


@exercise.mistake("two groups always")
def _(inputs, outputs, kernel, groups):
    """You halve the inputs wherever there are groups. There may be more than two: divide by `groups`."""
    return outputs * (inputs // 2 if groups > 1 else inputs) * kernel**2 + outputs


@exercise.mistake("one kernel for each input")
def _(inputs, outputs, kernel, groups):
    """With as many groups as inputs you count one kernel for each input. There is one for each output, and there may be
    several outputs in a group."""
    seen = inputs if groups == inputs else outputs * (inputs // groups)
    return seen * kernel**2 + outputs
