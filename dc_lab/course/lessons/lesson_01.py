"""Lesson 01, Where the bytes are: the exercises."""

import math
from collections.abc import Callable

import numpy as np

from dc_lab.course.exercises import AnyExercise, Exercise, Misconception, Question, WrongAnswer

TITLE = "Where the bytes are"

Shapes = dict[str, tuple[int, ...]]


# --- 01.1 ----------------------------------------------------------------------------------------------------------


def layer_parameters(inputs: int, outputs: int, kernel: int) -> int:
    weights = outputs * inputs * kernel * kernel
    biases = outputs
    return weights + biases


def _outputs_first(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * (inputs * kernel**2 + 1)


def _by_arrays(inputs: int, outputs: int, kernel: int) -> int:
    weight = np.zeros((outputs, inputs, kernel, kernel), np.uint8)
    return weight.size + np.zeros(outputs).size


def _no_bias(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs * kernel * kernel


def _one_bias(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs * kernel * kernel + 1


def _bias_an_input(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs * kernel * kernel + inputs


def _bias_a_weight(inputs: int, outputs: int, kernel: int) -> int:
    return 2 * outputs * inputs * kernel * kernel


def _bias_a_kernel(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs * kernel * kernel + outputs * inputs


def _kernel_once(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs * kernel + outputs


def _one_channel(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * kernel * kernel + outputs


def _dense_always(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs + outputs


def _bias_a_place(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * (inputs + 1) * kernel * kernel


def _bias_both_sides(inputs: int, outputs: int, kernel: int) -> int:
    return outputs * inputs * kernel * kernel + inputs + outputs


def _one_channel_in_conv(inputs: int, outputs: int, kernel: int) -> int:
    return layer_parameters(inputs if kernel == 1 else 1, outputs, kernel)


def _added(inputs: int, outputs: int, kernel: int) -> int:
    return inputs + outputs + kernel * kernel


def _bytes_of_layer(inputs: int, outputs: int, kernel: int) -> int:
    return 4 * layer_parameters(inputs, outputs, kernel)


PARAMETERS = Exercise(
    id="01.1",
    title="The parameters of a layer",
    minutes=8,
    stub='''
def layer_parameters(inputs, outputs, kernel):
    """How many parameters a layer has, weights and biases, as a whole number; a dense layer has kernel 1."""
    raise NotImplementedError("your turn")
''',
    reference=layer_parameters,
    shown=(5, 3, 1),
    cases=[(1, 1, 1), (1, 1, 2), (2, 1, 1), (1, 3, 1), (1, 2, 3), (2, 3, 2), (3, 64, 11), (784, 300, 1), (20, 50, 5)],
    draw=lambda rng: (int(rng.integers(1, 40)), int(rng.integers(1, 40)), int(rng.integers(1, 8))),
    misconceptions=[
        Misconception(
            "no biases",
            _no_bias,
            "The weights are right, but the biases are missing: each output adds one number of its own.",
        ),
        Misconception(
            "one bias for the whole layer",
            _one_bias,
            "You count a single bias. Each output adds its own, so there are as many biases as outputs.",
        ),
        Misconception(
            "a bias for each input",
            _bias_an_input,
            "The bias is added to an output, after the sum over all inputs. There are as many as outputs.",
        ),
        Misconception(
            "a bias for each weight",
            _bias_a_weight,
            "You count a bias for every weight. It is added once, after the sum over all weights of an output.",
        ),
        Misconception(
            "a bias for each pair of input and output",
            _bias_a_kernel,
            "An output channel first sums over all input channels and then adds one bias: one for each output, not "
            "one for each pair.",
        ),
        Misconception(
            "a bias for each place in the kernel",
            _bias_a_place,
            "You give the bias a kernel of its own. It is a single number for each output, whatever the kernel's size.",
        ),
        Misconception(
            "biases for inputs and outputs",
            _bias_both_sides,
            "You count a bias for each input as well. Only outputs have one.",
        ),
        Misconception(
            "kernel not squared",
            _kernel_once,
            "A kernel of size 5 has 5 rows of 5 weights, which is 25. Multiply by `kernel` twice.",
        ),
        Misconception(
            "one input channel only",
            _one_channel,
            "Each output channel looks at every input channel, with a kernel for each. The weights are outputs × "
            "inputs × kernel × kernel.",
        ),
        Misconception(
            "one input channel in a convolution",
            _one_channel_in_conv,
            "Dense layers are right. In a convolution, too, each output channel looks at every input channel, with a "
            "kernel of its own for each.",
        ),
        Misconception(
            "kernel left out",
            _dense_always,
            "This is right for a dense layer. In a convolution, each pair of input and output channel has kernel × "
            "kernel weights instead of one.",
        ),
        Misconception(
            "added instead of multiplied",
            _added,
            "Each output is connected to each input, so the counts multiply: 3 outputs with 5 inputs each have 15 "
            "weights.",
        ),
        Misconception(
            "bytes instead of parameters",
            _bytes_of_layer,
            "You return bytes. Asked is the number of parameters, without the factor 4.",
        ),
    ],
    alternatives=[_outputs_first, _by_arrays],
    hints=[
        "Start with a dense layer of 5 inputs and 3 outputs: how many lines join inputs to outputs? And what is added "
        "to each output?",
        "In a convolution, each line becomes a kernel of kernel × kernel weights. There is still one bias an output.",
        "outputs * inputs * kernel * kernel weights, and outputs biases.",
    ],
    why="The size of the image does not come in: a convolution uses the same kernel at every place. That is why "
    "convolutions are small in memory but large in work, and dense layers the other way round.",
)


# --- 01.2 ----------------------------------------------------------------------------------------------------------


def bytes_by_layer(shapes: dict[str, tuple[int, ...]]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + 4 * math.prod(shape)
    return sizes


def _by_layers_first(shapes: Shapes) -> dict[str, int]:
    layers = dict.fromkeys(".".join(name.split(".")[:-1]) for name in shapes)
    return {
        layer: sum(4 * int(np.prod(shape)) for name, shape in shapes.items() if name[: name.rindex(".")] == layer)
        for layer in layers
    }


def _grouped(
    shapes: Shapes, size: Callable[[tuple[int, ...]], int], layer_of: Callable[[str], str] | None = None
) -> dict[str, int]:
    """The reference with another size of a shape, or another layer of a name."""
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        layer = layer_of(name) if layer_of else name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + size(shape)
    return sizes


def _float32(shape: tuple[int, ...]) -> int:
    return 4 * math.prod(shape)


def _counts(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, math.prod)


def _in_bits(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, lambda shape: 32 * math.prod(shape))


def _as_float64(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, lambda shape: 8 * math.prod(shape))


def _summed_shape(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, lambda shape: 4 * sum(shape))


def _two_dimensions(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, lambda shape: 4 * math.prod(shape[:2]))


def _scalar_is_nothing(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, lambda shape: _float32(shape) if shape else 0)


def _first_dot(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, _float32, lambda name: name.split(".")[0])


def _a_tensor_each(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, _float32, lambda name: name)


def _last_tensor_wins(shapes: Shapes) -> dict[str, int]:
    return {name.rpartition(".")[0]: _float32(shape) for name, shape in shapes.items()}


def _weights_only(shapes: Shapes) -> dict[str, int]:
    return {name.rpartition(".")[0]: _float32(shape) for name, shape in shapes.items() if name.endswith(".weight")}


def _total(shapes: Shapes) -> int:
    return sum(_float32(shape) for shape in shapes.values())


def _no_first_entry(shapes: Shapes) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        sizes[name.rpartition(".")[0]] += _float32(shape)
    return sizes


def _one_dot_only(shapes: Shapes) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        layer, _ = name.split(".")
        sizes[layer] = sizes.get(layer, 0) + _float32(shape)
    return sizes


def _rows_times_columns(shapes: Shapes) -> dict[str, int]:
    return _grouped(shapes, lambda shape: 4 * shape[0] * shape[1])


def _draw_shapes(rng: np.random.Generator) -> tuple[Shapes]:
    shapes: dict[str, tuple[int, ...]] = {}
    for number in range(1, int(rng.integers(2, 5))):
        outputs, inputs = (int(size) for size in rng.integers(1, 30, 2))
        kernel = int(rng.integers(1, 6))
        shapes[f"block.ip{number}.weight"] = (outputs, inputs) if kernel == 1 else (outputs, inputs, kernel, kernel)
        shapes[f"block.ip{number}.bias"] = (outputs,)
    return (shapes,)


BYTES = Exercise(
    id="01.2",
    title="The bytes of each layer",
    minutes=10,
    stub='''
def bytes_by_layer(shapes):
    """Layer -> bytes of its float32 tensors, from tensor name -> shape, such as {"ip1.weight": (300, 784)}."""
    raise NotImplementedError("your turn")
''',
    reference=bytes_by_layer,
    shown=({"ip1.weight": (3, 5), "ip1.bias": (3,), "ip2.weight": (2, 3), "ip2.bias": (2,)},),
    cases=[
        ({"ip.weight": (3, 4)},),
        ({"ip.bias": (7,), "ip.weight": (7, 2)},),
        ({"conv.weight": (2, 1, 3, 3), "conv.bias": (2,)},),
        ({"features.0.weight": (2, 3), "features.0.bias": (2,), "features.3.weight": (1, 2)},),
        ({"a.weight": (2, 2), "b.weight": (2, 2), "a.bias": (2,), "b.bias": (2,)},),
        ({"norm.weight": (4,), "norm.scale": ()},),
        ({"empty.weight": (0, 5), "empty.bias": (0,)},),
        ({},),
    ],
    draw=_draw_shapes,
    dtype="any",
    misconceptions=[
        Misconception(
            "numbers instead of bytes",
            _counts,
            "You count numbers. A float32 takes 4 bytes.",
        ),
        Misconception(
            "bits instead of bytes",
            _in_bits,
            "You count 32 for each number, which is its bits. 8 bits make a byte, so a number takes 4 bytes.",
        ),
        Misconception(
            "8 bytes a number",
            _as_float64,
            "8 bytes is a float64, NumPy's default. The weights are float32: 4 bytes each.",
        ),
        Misconception(
            "dimensions added",
            _summed_shape,
            "You add the dimensions. A matrix of 3 rows and 5 columns has 3 × 5 numbers; the product of all "
            "dimensions counts them (`math.prod`).",
        ),
        Misconception(
            "the first two dimensions only",
            _two_dimensions,
            "You multiply the first two dimensions. The weight of a convolution has four: outputs, inputs, rows and "
            "columns of the kernel. Take the product of all of them.",
        ),
        Misconception(
            "a scalar counted as nothing",
            _scalar_is_nothing,
            "The shape () is that of a single number, and takes 4 bytes. The product of no factors is 1, as "
            "`math.prod(())` says.",
        ),
        Misconception(
            "cut at the first dot",
            _first_dot,
            "You take what stands before the first dot. Names may have several, as in `features.0.weight`, whose "
            "layer is `features.0`: cut at the last one.",
        ),
        Misconception(
            "an entry for each tensor",
            _a_tensor_each,
            "You have an entry for each tensor. Weight and bias of a layer belong together: leave out what follows "
            "the last dot, and add.",
        ),
        Misconception(
            "the last tensor overwrites the others",
            _last_tensor_wins,
            "When a layer comes up a second time, its first entry is overwritten. Add to what is there: "
            "`sizes.get(layer, 0) + ...`.",
        ),
        Misconception(
            "one sum for everything",
            _total,
            "You return one sum of all bytes. Return a dict with a sum for each layer.",
        ),
        Misconception(
            "adding to an entry that is not there",
            _no_first_entry,
            "`sizes[layer] += ...` needs an entry to add to, and the first time there is none. Use "
            "`sizes.get(layer, 0) + ...`, which starts at 0.",
        ),
        Misconception(
            "names with one dot only",
            _one_dot_only,
            '`layer, kind = name.split(".")` works for one dot only. Names may have several, as in '
            '`features.0.weight`: cut at the last one, for instance with `name.rpartition(".")`.',
        ),
        Misconception(
            "shapes of two dimensions only",
            _rows_times_columns,
            "`shape[0] * shape[1]` needs two dimensions or more. A bias has one, a convolution's weight four: use "
            "`math.prod(shape)`.",
        ),
        Misconception(
            "weights without biases",
            _weights_only,
            "You count the tensors called `weight` and nothing else. Biases are in the file too, and so is whatever "
            "else a layer has.",
        ),
    ],
    alternatives=[_by_layers_first],
    hints=[
        "Take one tensor first: how many numbers are in shape (3, 5), and how many bytes are they?",
        'The layer\'s name is what stands before the last dot: `name.rpartition(".")[0]`.',
        "Start with an empty dict. For each tensor, `sizes[layer] = sizes.get(layer, 0) + 4 * math.prod(shape)` "
        "(with `import math`).",
    ],
    why="The product of a shape is the number of values in it; that of the empty shape is 1. The name is cut at the "
    "last dot because modules can be nested, and then their names have dots too.",
    given="import math\nimport numpy as np",
)


# --- 01.3 ----------------------------------------------------------------------------------------------------------


def error_percent(logits: np.ndarray, labels: np.ndarray) -> float:
    predicted = logits.argmax(axis=1)
    return 100 * np.mean(predicted != labels)


def _error_by_loop(logits: np.ndarray, labels: np.ndarray) -> float:
    wrong = 0
    for outputs, label in zip(logits, labels, strict=True):
        best = max(range(len(outputs)), key=lambda digit: outputs[digit])
        wrong += best != label
    return 100 * wrong / len(labels)


def _error_from_accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    return 100.0 - 100.0 * float(np.count_nonzero(np.argmax(logits, 1) == labels)) / labels.size


def _accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.mean(logits.argmax(axis=1) == labels))


def _share(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(logits.argmax(axis=1) != labels))


def _count(logits: np.ndarray, labels: np.ndarray) -> int:
    return int(np.sum(logits.argmax(axis=1) != labels))


def _over_classes(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.sum(logits.argmax(axis=1) != labels) / logits.shape[1])


def _distance(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.mean(np.abs(logits.argmax(axis=1) - labels.astype(np.int64))))


def _smallest(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.mean(logits.argmin(axis=1) != labels))


def _wrong_axis(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.mean(logits.argmax(axis=0) != labels))


def _no_axis(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.mean(logits.argmax() != labels))


def _largest_value(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(100 * np.mean(logits.max(axis=1) != labels))


def _rounded(logits: np.ndarray, labels: np.ndarray) -> float:
    return round(float(100 * np.mean(logits.argmax(axis=1) != labels)), 1)


def _two_decimals(logits: np.ndarray, labels: np.ndarray) -> float:
    return round(error_percent(logits, labels), 2)


def _whole_percent(logits: np.ndarray, labels: np.ndarray) -> int:
    return int(error_percent(logits, labels))


def _always_10000(logits: np.ndarray, labels: np.ndarray) -> float:
    return 100 * _count(logits, labels) / 10_000


def _hundred_minus_share(logits: np.ndarray, labels: np.ndarray) -> float:
    return 100 - _accuracy(logits, labels) / 100


def _tie_is_right(logits: np.ndarray, labels: np.ndarray) -> float:
    return 100 * float(np.mean(logits[np.arange(len(labels)), labels] < logits.max(axis=1)))


def _draw_logits(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    images = int(rng.integers(2, 30))
    labels = rng.integers(0, 10, images).astype(np.uint8)
    logits = rng.normal(size=(images, 10)).astype(np.float32)
    logits[np.arange(images), labels] += 2
    return logits, labels


def _logits(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, np.float32)


ERROR = Exercise(
    id="01.3",
    title="The error of a network",
    minutes=8,
    stub='''
def error_percent(logits, labels):
    """Percent of the images whose largest logit is not at their label; logits (n, digits), labels (n,)."""
    raise NotImplementedError("your turn")
''',
    reference=error_percent,
    shown=(
        _logits([[0, 5, 1], [3, 2, 1], [0, 1, 4], [2, 0, 1]]),
        np.array([1, 0, 1, 0], np.uint8),
    ),
    cases=[
        (_logits([[1, 2]]), np.array([1], np.uint8)),
        (_logits([[1, 2]]), np.array([0], np.uint8)),
        (_logits([[-3, -1, -2], [-1, -5, -2]]), np.array([1, 1], np.uint8)),
        (_logits([[2, 2, 1]]), np.array([0], np.uint8)),
        (_logits([[0, 0, 0], [0, 0, 0], [0, 0, 0]]), np.array([0, 1, 2], np.uint8)),
        (np.eye(10, dtype=np.float32)[::-1].copy(), np.arange(10).astype(np.uint8)),
    ],
    draw=_draw_logits,
    misconceptions=[
        Misconception(
            "accuracy instead of error",
            _accuracy,
            "You count the images that are read correctly. The error counts those that are not: `!=` instead of `==`.",
        ),
        Misconception(
            "a share instead of percent",
            _share,
            "You return a share from 0 to 1. Multiply by 100.",
        ),
        Misconception(
            "the number of wrong images",
            _count,
            "You return how many images are wrong. Divide by the number of images, and multiply by 100.",
        ),
        Misconception(
            "divided by the number of classes",
            _over_classes,
            "You divide by the number of columns, the classes. Divide by the number of images, `len(labels)`.",
        ),
        Misconception(
            "distance between the digits",
            _distance,
            "You measure how far the predicted digit is from the label. Digits are names here: reading a 1 as a 7 is "
            "one wrong image, not six.",
        ),
        Misconception(
            "the smallest logit",
            _smallest,
            "You take the smallest logit. The network reads the digit whose logit is largest: `argmax`.",
        ),
        Misconception(
            "argmax down the columns",
            _wrong_axis,
            "`argmax(axis=0)` goes down each column and finds the image that looks most like a digit. Each row is an "
            "image: `argmax(axis=1)`.",
        ),
        Misconception(
            "argmax over everything",
            _no_axis,
            "Without `axis`, `argmax` looks at the whole array at once and gives one position. Say `axis=1`, one "
            "prediction for each row.",
        ),
        Misconception(
            "max instead of argmax",
            _largest_value,
            "`max` gives the largest logit itself. Asked is where it stands, since its place is the digit: `argmax`.",
        ),
        Misconception(
            "always 10,000 images",
            _always_10000,
            "You divide by 10,000, the number of test images. The function gets any number of them: `len(labels)`.",
        ),
        Misconception(
            "100 minus a share",
            _hundred_minus_share,
            "You take the share of right images, from 0 to 1, off 100. Multiply it by 100 first.",
        ),
        Misconception(
            "a tie counted as right",
            _tie_is_right,
            "Where several logits are equally large, you count the image as right if its label is among them. Only the "
            "first one is what the network reads, as `argmax` says.",
        ),
        Misconception(
            "rounded to one decimal",
            _rounded,
            "The value is right, but you round it to one decimal. Return it as it is; round only where you print it.",
        ),
        Misconception(
            "rounded to two decimals",
            _two_decimals,
            "The value is right, but you round it to two decimals. Return it as it is; round only where you print it.",
        ),
        Misconception(
            "cut to a whole number",
            _whole_percent,
            "The value is right, but `int` cuts off what follows the decimal point. Return the float.",
        ),
    ],
    alternatives=[_error_by_loop, _error_from_accuracy],
    hints=[
        "What does the network read in each image? The position of the largest of its logits.",
        "`logits.argmax(axis=1)` has one prediction for each row. Compare it with the labels.",
        "The mean of True and False is the share of True: `100 * np.mean(predicted != labels)`.",
    ],
    why="`argmax` takes the first of equal logits, so that a tie has one answer. The size of the logits does not "
    "matter, only which is largest; this is why a network can bear rough weights.",
)


# --- 01.4 ----------------------------------------------------------------------------------------------------------

NEEDED = Question(
    id="01.4",
    title="What a weight file lacks",
    minutes=5,
    kind="choice",
    prompt="You get the weights of a trained network as a file of named tensors. You want to remove most of them and "
    "keep the error. What else do you need?",
    choices={
        "a": "nothing: the weights are the network",
        "b": "the code of the network",
        "c": "the code of the network, and labelled training images",
        "d": "a pickle of the whole model",
    },
    stub="needed = ...",
    answer="c",
    wrong=[
        WrongAnswer(
            "the weights are the network",
            "a",
            "Names, shapes and values say nothing about how the layers are joined: where a ReLU or a pooling stands. "
            "Without that, you cannot run the network, let alone train it on.",
        ),
        WrongAnswer(
            "structure without data",
            "b",
            "With code and weights you can run the network and set weights to zero. But pruning is followed by "
            "retraining, which takes images and their labels.",
        ),
        WrongAnswer(
            "a pickle as a way out",
            "d",
            "A pickle of the whole model names the class, but does not hold its code, and holds no images either. "
            "And opening one from a stranger runs whatever it says.",
        ),
    ],
    hints=[
        "Two things have to happen after weights are removed. One of them is to measure the error.",
        "The other is to train on. What does training take?",
        "To run the network: its structure. To train it: images and labels.",
    ],
    why="Deep Compression takes three things: the weights, the structure and the data. Without data you can still "
    "round or code the weights, and what that gives is measured at the end of this lesson.",
)


# --- 01.5 ----------------------------------------------------------------------------------------------------------

Fields = tuple[np.ndarray, np.ndarray, np.ndarray]


def float32_fields(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    bits = values.view(np.uint32)
    sign = bits >> 31
    exponent = (bits >> 23) & 0xFF
    fraction = bits & 0x7FFFFF
    return sign, exponent, fraction


def _by_division(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32).astype(np.int64)
    return bits // 2**31, bits // 2**23 % 2**8, bits % 2**23


def _by_text(values: np.ndarray) -> Fields:
    texts = [f"{int(bits):032b}" for bits in values.ravel().view(np.uint32)]
    parts = ([int(text[a:b], 2) for text in texts] for a, b in ((0, 1), (1, 9), (9, 32)))
    sign, exponent, fraction = (np.array(part, np.int64).reshape(values.shape) for part in parts)
    return sign, exponent, fraction


def _without_bias(values: np.ndarray) -> Fields:
    sign, exponent, fraction = float32_fields(values)
    return sign, exponent.astype(np.int64) - 127, fraction


def _hidden_one(values: np.ndarray) -> Fields:
    sign, exponent, fraction = float32_fields(values)
    return sign, exponent, fraction | 2**23


def _fraction_of_one(values: np.ndarray) -> Fields:
    sign, exponent, fraction = float32_fields(values)
    return sign, exponent, fraction / 2**23


def _sign_as_factor(values: np.ndarray) -> Fields:
    sign, exponent, fraction = float32_fields(values)
    return 1 - 2 * sign.astype(np.int64), exponent, fraction


def _signed_shift(values: np.ndarray) -> Fields:
    bits = values.view(np.int32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0x7FFFFF


def _below_zero(values: np.ndarray) -> Fields:
    _, exponent, fraction = float32_fields(values)
    return (values < 0).astype(np.int64), exponent, fraction


def _sign_in_exponent(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits >> 31, bits >> 23, bits & 0x7FFFFF


def _seven_bits(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0x7F, bits & 0x7FFFFF


def _not_shifted(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits >> 31, bits & 0x7F800000, bits & 0x7FFFFF


def _short_mask(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0x3FFFFF


def _long_mask(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0xFFFFFF


def _as_double(values: np.ndarray) -> Fields:
    bits = values.astype(np.float64).view(np.uint64)
    return bits >> np.uint64(63), (bits >> np.uint64(52)) & np.uint64(0x7FF), bits & np.uint64(2**52 - 1)


def _converted(values: np.ndarray) -> Fields:
    with np.errstate(invalid="ignore"):
        bits = values.astype(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits & 0x7FFFFF


def _not_shifted_back(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits >> 31, (bits >> 23) & 0xFF, bits << 9


def _wrong_end(values: np.ndarray) -> Fields:
    bits = values.view(np.uint32)
    return bits & 1, (bits >> 1) & 0xFF, bits >> 9


def _frexp(values: np.ndarray) -> Fields:
    mantissa, exponent = np.frexp(values)
    return np.sign(values), exponent, mantissa


def _backwards(values: np.ndarray) -> Fields:
    sign, exponent, fraction = float32_fields(values)
    return fraction, exponent, sign


def _f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


FIELDS = Exercise(
    id="01.5",
    title="The three fields of a float32",
    minutes=12,
    stub='''
def float32_fields(values):
    """(sign, exponent, fraction) of each float32: three whole-number arrays of the shape of `values`."""
    raise NotImplementedError("your turn")
''',
    reference=float32_fields,
    shown=(_f32(-6.5),),
    cases=[
        (_f32(1.0),),
        (_f32(0.15625),),
        (_f32(0.0, -0.0),),
        (_f32(0.1, -0.1),),
        (_f32(1e-40, 3.4e38),),
        (np.array([[0.75, -2.0], [1.5, -0.001]], np.float32),),
        (_f32(),),
    ],
    draw=lambda rng: (rng.normal(0, 0.1, (int(rng.integers(1, 4)), int(rng.integers(1, 5)))).astype(np.float32),),
    dtype="any",
    misconceptions=[
        Misconception(
            "127 subtracted from the exponent",
            _without_bias,
            "You return the power of two itself. Asked is the field as it is stored, a number from 0 to 255, before "
            "127 is subtracted.",
        ),
        Misconception(
            "the hidden one put in",
            _hidden_one,
            "You put the leading 1 into the fraction. It is not stored; the field is the 23 bits that are.",
        ),
        Misconception(
            "the fraction as a number below 1",
            _fraction_of_one,
            "You divide the fraction by 2**23. Asked is the field itself, a whole number below 2**23.",
        ),
        Misconception(
            "the sign as a factor",
            _sign_as_factor,
            "You return +1 and -1. The field is a single bit: 0 for plus, 1 for minus.",
        ),
        Misconception(
            "signed shift",
            _signed_shift,
            "A signed integer shifted to the right stays negative, so that the sign becomes -1. View the values as "
            "`np.uint32`, without sign.",
        ),
        Misconception(
            "the sign by comparison",
            _below_zero,
            "`values < 0` is False for -0.0, whose sign bit is 1 all the same. Take the bit.",
        ),
        Misconception(
            "the sign left in the exponent",
            _sign_in_exponent,
            "Shifted by 23, the sign still stands above the 8 bits of the exponent. Keep the lowest 8 with `& 0xFF`.",
        ),
        Misconception(
            "seven bits of the exponent",
            _seven_bits,
            "Your mask keeps 7 bits. The exponent has 8: `& 0xFF`.",
        ),
        Misconception(
            "the exponent not shifted",
            _not_shifted,
            "You keep the right bits, but in their place: they start at bit 23. Shift them down with `>> 23`.",
        ),
        Misconception(
            "22 bits of the fraction",
            _short_mask,
            "Your mask keeps 22 bits. The fraction has 23: `& 0x7FFFFF`, or `& (2**23 - 1)`.",
        ),
        Misconception(
            "24 bits of the fraction",
            _long_mask,
            "Your mask keeps 24 bits, the lowest one of the exponent among them. The fraction has 23: `& 0x7FFFFF`.",
        ),
        Misconception(
            "a float64 taken apart",
            _as_double,
            "You take a float64 apart, which has 11 bits of exponent and 52 of fraction. Leave the values as float32, "
            "and view them as `np.uint32`.",
        ),
        Misconception(
            "converted instead of viewed",
            _converted,
            "`astype` converts the value, so that 0.1 becomes the whole number 0. `values.view(np.uint32)` reads the "
            "same 32 bits as a whole number.",
        ),
        Misconception(
            "the fraction left at the top",
            _not_shifted_back,
            "Shifting left by 9 removes sign and exponent, but leaves the fraction at the top of the 32 bits. Shift "
            "back with `>> 9`, or mask instead: `bits & 0x7FFFFF`.",
        ),
        Misconception(
            "counted from the wrong end",
            _wrong_end,
            "The sign is the highest bit, not the lowest: it is what `bits >> 31` leaves. The fraction is at the "
            "lower end.",
        ),
        Misconception(
            "arithmetic instead of bits",
            _frexp,
            "You work out sign, power and mantissa of the value. Asked are the fields as stored: read the bits "
            "with `values.view(np.uint32)`.",
        ),
        Misconception(
            "the other way round",
            _backwards,
            "The fields are right, but in the opposite order. Return sign, exponent, fraction.",
        ),
    ],
    alternatives=[_by_division, _by_text],
    hints=[
        "`values.view(np.uint32)` has the same 32 bits, read as a whole number. Nothing is converted.",
        "Shifting to the right drops the lowest bits: `bits >> 31` leaves the sign alone. A mask keeps the lowest: "
        "`& 0xFF` keeps eight of them.",
        "sign = bits >> 31; exponent = (bits >> 23) & 0xFF; fraction = bits & 0x7FFFFF.",
    ],
    why="A view costs nothing: the bytes stay where they are, and only their meaning changes. From the fields, the "
    "value is (-1)**sign * 2**(exponent - 127) * (1 + fraction / 2**23), except for exponents 0 (zero and the tiniest "
    "numbers) and 255 (infinite and NaN).",
)

EXERCISES: list[AnyExercise] = [PARAMETERS, BYTES, ERROR, NEEDED, FIELDS]
