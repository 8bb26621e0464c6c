"""01.2 The bytes of each layer."""

import math

import numpy as np

from dc_lab.course.exercises import Exercise


def bytes_by_layer(shapes):
    """Layer -> bytes of its float32 tensors, from tensor name -> shape."""
    sizes = {}
    for name, shape in shapes.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + 4 * math.prod(shape)
    return sizes


def _draw_shapes(rng):
    """A few layers, names nested as deep as chance has it, tensors of all of them in any order."""
    shapes = {}
    for number in range(1, int(rng.integers(2, 5))):
        outputs, inputs = (int(size) for size in rng.integers(1, 30, 2))
        kernel = int(rng.integers(1, 6))
        layer = ".".join(["block"] * int(rng.integers(0, 4)) + [f"ip{number}"])
        shapes[f"{layer}.weight"] = (outputs, inputs) if kernel == 1 else (outputs, inputs, kernel, kernel)
        shapes[f"{layer}.bias"] = (outputs,)
    names = list(shapes)
    rng.shuffle(names)
    return ({name: shapes[name] for name in names},)


CASES = [
    ({"ip.weight": (3, 4)},), ({"ip.bias": (7,), "ip.weight": (7, 2)},),
    ({"conv.weight": (2, 1, 3, 3), "conv.bias": (2,)},),
    ({"features.0.weight": (2, 3), "features.0.bias": (2,), "features.3.weight": (1, 2)},),
    ({"a.weight": (2, 2), "b.weight": (2, 2), "a.bias": (2,), "b.bias": (2,)},),
    ({"norm.weight": (4,), "norm.scale": ()},), ({"scale.value": ()},), ({},),
    ({"conv1.weight": (2, 3), "conv10.weight": (5, 2), "conv1.bias": (2,), "conv10.bias": (5,)},),
    ({"conv10.bias": (5,), "conv1.bias": (2,)},), ({"a.b.c.weight": (2, 3), "a.b.c.bias": (2,), "a.b.weight": (7,)},),
    ({"net.block.0.conv.weight": (2, 1, 3, 3), "net.block.0.weight": (3,), "net.block.1.conv.weight": (5, 2)},),
    ({"weight.weight": (3,), "weight.bias": (2, 2), "bias.weight": (5,)},),
    ({"conv.weight": (2, 3, 1, 5, 7), "conv.running_mean": (11,)},),
    ({"fc6.weight": (4_096, 25_088), "fc6.bias": (4_096,)},),
    ({"x.w": (3, 4), "y.w": (3, 4), "xx.w": (2,), "x.x.w": (5,)},),
    ({"bn.weight": (6,), "bn.bias": (6,)},),
    ({"bn.weight": (4,), "bn.bias": (4,), "bn.running_mean": (4,)},),
    ({"Conv.weight": (2,), "conv.weight": (3,)},),
    ({"a.w": (50_000, 50_000)},), ({"a.w": (4_097, 4_099)},), ({"a.w": (1, 2, 1, 2, 1, 2)},),
]  # fmt: skip

exercise = Exercise(
    id="01.2",
    title="The bytes of each layer",
    minutes=15,
    task="build",
    reference=bytes_by_layer,
    shown=({"ip1.weight": (3, 5), "ip1.bias": (3,), "ip2.weight": (2, 3), "ip2.bias": (2,)},),
    cases=CASES,
    draw=_draw_shapes,
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


@exercise.alternative
def _by_layers_first(shapes):
    layers = dict.fromkeys(".".join(name.split(".")[:-1]) for name in shapes)
    return {
        layer: sum(
            4 * int(np.prod(shape, dtype=np.int64))
            for name, shape in shapes.items()
            if name[: name.rindex(".")] == layer
        )
        for layer in layers
    }


def _grouped(shapes, size, layer_of=None):
    """The reference with another size of a shape, or another layer of a name."""
    sizes = {}
    for name, shape in shapes.items():
        layer = layer_of(name) if layer_of else name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + size(shape)
    return sizes


exercise.mistake("numbers instead of bytes", lambda shapes: _grouped(shapes, math.prod)).says("""
    You count numbers. A float32 takes 4 bytes.""")
exercise.mistake("bits instead of bytes", lambda shapes: _grouped(shapes, lambda shape: 32 * math.prod(shape))).says("""
    You count 32 for each number, which is its bits. 8 bits make a byte, so a number takes 4 bytes.""")
exercise.mistake("8 bytes a number", lambda shapes: _grouped(shapes, lambda shape: 8 * math.prod(shape))).says("""
    8 bytes is a float64, NumPy's default. The weights are float32: 4 bytes each.""")
exercise.mistake("dimensions added", lambda shapes: _grouped(shapes, lambda shape: 4 * sum(shape))).says("""
    You add the dimensions. A matrix of 3 rows and 5 columns has 3 × 5 numbers; the product of all dimensions counts
    them (`math.prod`).""")


@exercise.mistake("the first two dimensions only")
def _(shapes):
    """You multiply the first two dimensions alone. The weight of a convolution has four: outputs, inputs, rows and
    columns of the kernel. Take the product of all of them."""
    return _grouped(shapes, lambda shape: 4 * math.prod(shape[:2]))


def _float32(shape):
    return 4 * math.prod(shape)


@exercise.mistake("a scalar counted as nothing")
def _(shapes):
    """The shape () is that of a single number, and takes 4 bytes. The product of no factors is 1, as `math.prod(())`
    says."""
    return _grouped(shapes, lambda shape: _float32(shape) if shape else 0)


@exercise.mistake("cut at the first dot")
def _(shapes):
    """You take what stands before the first dot. Names may have several, as in `features.0.weight`, whose layer is
    `features.0`: cut at the last one."""
    return _grouped(shapes, _float32, lambda name: name.split(".")[0])


exercise.mistake("an entry for each tensor", lambda shapes: _grouped(shapes, _float32, lambda name: name)).says("""
    You have an entry for each tensor. Weight and bias of a layer belong together: leave out what follows the last dot,
    and add.""")


@exercise.mistake("the last tensor overwrites the others")
def _(shapes):
    """When a layer comes up a second time, its first entry is overwritten. Add to what is there: `sizes.get(layer, 0) +
    ...`."""
    return {name.rpartition(".")[0]: _float32(shape) for name, shape in shapes.items()}


exercise.mistake("one sum for everything", lambda shapes: sum(_float32(shape) for shape in shapes.values())).says("""
    You return one sum of all bytes. Return a dict with a sum for each layer.""")


@exercise.mistake("adding to an entry that is not there")
def _(shapes):
    """`sizes[layer] += ...` needs an entry to add to, and the first time there is none. Use `sizes.get(layer, 0) +
    ...`, which starts at 0."""
    sizes = {}
    for name, shape in shapes.items():
        sizes[name.rpartition(".")[0]] += _float32(shape)
    return sizes


@exercise.mistake("names with one dot only")
def _(shapes):
    """`layer, kind = name.split(".")` works for one dot only. Names may have several, as in `features.0.weight`: cut at
    the last one, for instance with `name.rpartition(".")`."""
    sizes = {}
    for name, shape in shapes.items():
        layer, _ = name.split(".")
        sizes[layer] = sizes.get(layer, 0) + _float32(shape)
    return sizes


@exercise.mistake("shapes of two dimensions only")
def _(shapes):
    """`shape[0] * shape[1]` needs two dimensions or more, and takes no more than two. A bias has one, a convolution's
    weight four: use `math.prod(shape)`."""
    return _grouped(shapes, lambda shape: 4 * shape[0] * shape[1])


@exercise.mistake("weights without biases")
def _(shapes):
    """You count the tensors called `weight` and nothing else. Biases are in the file too, and so is whatever else a
    layer has."""
    return {name.rpartition(".")[0]: _float32(shape) for name, shape in shapes.items() if name.endswith(".weight")}


@exercise.mistake("names that begin alike")
def _(shapes):
    """You take all names that begin like the layer's, so that `conv1` gets the tensors of `conv10` as well. Compare the
    whole name up to its last dot."""
    layers = dict.fromkeys(name.rpartition(".")[0] for name in shapes)
    return {layer: sum(_float32(shape) for name, shape in shapes.items() if name.startswith(layer)) for layer in layers}


@exercise.mistake("names that begin alike up to a dot")
def _(shapes):
    """You take all names that begin with the layer and a dot, so that `a.b` gets the tensors of `a.b.c` as well. A
    tensor belongs to one layer: what stands before its last dot."""
    layers = dict.fromkeys(name.rpartition(".")[0] for name in shapes)
    return {
        layer: sum(_float32(shape) for name, shape in shapes.items() if name.startswith(f"{layer}."))
        for layer in layers
    }


@exercise.mistake("two parts of the name")
def _(shapes):
    """You keep the first two parts of a name. There may be more of them: everything before the last dot is the
    layer."""
    return _grouped(shapes, _float32, lambda name: ".".join(name.split(".")[:-1][:2]))


@exercise.mistake("weight and bias cut out of the name")
def _(shapes):
    """You take `.weight` and `.bias` out of the name. Other kinds of tensors have other endings, such as
    `running_mean`: cut at the last dot, whatever follows it."""
    return _grouped(shapes, _float32, lambda name: name.replace(".weight", "").replace(".bias", ""))


@exercise.mistake("the last part of the name")
def _(shapes):
    """You group by what follows the last dot. The layer is what stands before it."""
    return _grouped(shapes, _float32, lambda name: name.rpartition(".")[2])


@exercise.mistake("the layer's own name alone")
def _(shapes):
    """You keep the one part before the last dot. The layer's name is all that stands before it: `a.b.c.weight` belongs
    to `a.b.c`."""
    return _grouped(shapes, _float32, lambda name: name.split(".")[-2])


@exercise.mistake("bytes of each tensor in a list")
def _(shapes):
    """You collect the bytes of the tensors in a list. Add them up, to one number a layer."""
    sizes = {}
    for name, shape in shapes.items():
        sizes.setdefault(name.rpartition(".")[0], []).append(_float32(shape))
    return sizes


@exercise.mistake("16 bits a number")
def _(shapes):
    """You count 2 bytes a number, as of float16. A float32 takes 4."""
    return _grouped(shapes, lambda shape: 2 * math.prod(shape))


@exercise.mistake("names that contain the layer's")
def _(shapes):
    """You take all names that contain the layer's anywhere. A tensor belongs to the one layer whose name is all that
    stands before its last dot: compare for equality."""
    layers = dict.fromkeys(name.rpartition(".")[0] for name in shapes)
    return {layer: sum(_float32(shape) for name, shape in shapes.items() if layer in name) for layer in layers}


@exercise.mistake("the dot left on")
def _(shapes):
    """The last dot is still at the end of your layers' names. Leave it out."""
    return _grouped(shapes, _float32, lambda name: name[: name.rindex(".") + 1])


@exercise.mistake("KB")
def _(shapes):
    """You divide by 1,000. Asked are bytes, as whole numbers."""
    return _grouped(shapes, lambda shape: 4 * math.prod(shape) / 1000)


@exercise.mistake("the first dimension alone")
def _(shapes):
    """You take the first dimension alone. The product of all dimensions counts the numbers of a tensor."""
    return _grouped(shapes, lambda shape: 4 * shape[0] if shape else 4)


@exercise.mistake("the number of dimensions")
def _(shapes):
    """`len(shape)` is the number of dimensions. The product of the sizes counts the numbers: math.prod(shape)."""
    return _grouped(shapes, lambda shape: 4 * len(shape))


@exercise.mistake("a return inside the loop")
def _(shapes):
    """Your function returns after the first tensor: the `return` is inside the loop. Take it out, to the level of
    `for`."""
    for name, shape in shapes.items():
        return {name.rpartition(".")[0]: _float32(shape)}
    return {}


@exercise.mistake("letters stripped from the end")
def _(shapes):
    """`rstrip(".weight")` takes off all letters of that set, as many as there are, not the word. Cut at the last
    dot."""
    return _grouped(shapes, _float32, lambda name: name.rstrip(".weight").rstrip(".bias"))


@exercise.mistake("neighbours alone")
def _(shapes):
    """You join tensors of one layer where they stand next to one another. They may come in any order: look up what is
    there already."""
    sizes, before = {}, None
    for name, shape in shapes.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = _float32(shape) + (sizes[layer] if layer == before else 0)
        before = layer
    return sizes


@exercise.mistake("multiplied together")
def _(shapes):
    """You multiply the bytes of the tensors of a layer. Add them."""
    sizes = {}
    for name, shape in shapes.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 1) * _float32(shape)
    return sizes


@exercise.mistake("divided by the number of tensors")
def _(shapes):
    """You divide by the number of tensors. Asked is the sum of their bytes, not the mean."""
    return _grouped(shapes, lambda shape: _float32(shape) / len(shapes))


@exercise.mistake("4 added")
def _(shapes):
    """You add 4 to each tensor. Each number in it takes 4 bytes: multiply."""
    return _grouped(shapes, lambda shape: 4 + math.prod(shape))


@exercise.mistake("pairs in a list")
def _(shapes):
    """You return a list of pairs. Return the dictionary itself."""
    return list(bytes_by_layer(shapes).items())


def _of_each(shapes, bytes_of):
    """Layer -> what `bytes_of` makes of the list of its shapes."""
    layers = {}
    for name, shape in shapes.items():
        layers.setdefault(name.rpartition(".")[0], []).append(shape)
    return {layer: bytes_of(found) for layer, found in layers.items()}


@exercise.mistake("equal shapes in a set")
def _(shapes):
    """Where two tensors of a layer have the same shape, or as many bytes, you count them once: a set does that. Collect
    them in a list, or add to a number."""
    return _of_each(shapes, lambda found: sum(_float32(shape) for shape in set(found)))


@exercise.mistake("equal sizes in a set")
def _(shapes):
    """Where two tensors of a layer have as many bytes, you count them once: a set does that. Collect them in a list, or
    add to a number."""
    return _of_each(shapes, lambda found: sum({_float32(shape) for shape in found}))


@exercise.mistake("shapes as keys")
def _(shapes):
    """You turn names and shapes round. Two tensors may have the same shape, and a dictionary keeps one entry for each
    key: go through shapes.items()."""
    names = {shape: name for name, shape in shapes.items()}
    return _grouped({name: shape for shape, name in names.items()}, _float32)


@exercise.mistake("two tensors a layer")
def _(shapes):
    """You take two tensors of a layer and no more. A layer may have any number of them: add up all."""
    return _of_each(shapes, lambda found: sum(_float32(shape) for shape in found[:2]))


@exercise.mistake("weight and bias, and nothing else")
def _(shapes):
    """You look for `weight` and `bias` in each layer. It may have other tensors, such as `running_mean`: add up all
    whose name begins with the layer, up to the last dot."""
    layers = dict.fromkeys(name.rpartition(".")[0] for name in shapes)
    ends = (".weight", ".bias")
    return {layer: sum(_float32(shapes[layer + end]) for end in ends if layer + end in shapes) for layer in layers}


@exercise.mistake("small letters")
def _(shapes):
    """You turn names into small letters. `Conv` and `conv` are two layers: leave names as they are."""
    return _grouped(shapes, _float32, lambda name: name.rpartition(".")[0].lower())


@exercise.mistake("a count in 32 bits")
def _(shapes):
    """Your integers have 32 bits, and the largest shape overflows them. math.prod(shape) gives Python's, which have no
    limit."""
    return _grouped(shapes, lambda shape: 4 * int(np.array(math.prod(shape)).astype(np.int32)))


@exercise.mistake("a count in 16 bits")
def _(shapes):
    """Your integers have 16 bits, and large shapes overflow them. math.prod(shape) gives Python's, which have no
    limit."""
    return _grouped(shapes, lambda shape: 4 * int(np.array(math.prod(shape)).astype(np.int16)))


@exercise.mistake("a count in float32")
def _(shapes):
    """Your product goes through float32, which holds whole numbers only up to 2**24: beyond it, some are 1 or more
    off. math.prod(shape) is exact."""
    return _grouped(shapes, lambda shape: 4 * int(np.float32(math.prod(shape))))


@exercise.mistake("weights without biases, 0 for the others")
def _(shapes):
    """You count the tensors called `weight` and nothing else; the others add 0. Biases are in the file too, and so is
    whatever else a layer has."""
    sizes = {}
    for name, shape in shapes.items():
        layer = name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + (_float32(shape) if name.endswith("weight") else 0)
    return sizes


@exercise.mistake("8 bytes added")
def _(shapes):
    """You add 8 to each tensor, as if each had a header. Asked are the bytes of the numbers alone."""
    return _grouped(shapes, lambda shape: _float32(shape) + 8)


@exercise.mistake("the last layer left out")
def _(shapes):
    """The last layer is missing. You write a layer down when the next one begins, and after the last none does: write
    it down after the loop, too."""
    sizes, current, total = {}, None, 0
    for name in sorted(shapes):
        layer = name.rpartition(".")[0]
        if layer != current:
            if current is not None:
                sizes[current] = total
            current, total = layer, 0
        total += _float32(shapes[name])
    return sizes


@exercise.mistake("parents counted too")
def _(shapes):
    """You add a tensor to `a` as well as to `a.b`. It belongs to one layer: what stands before its last dot."""
    sizes = {}
    for name, shape in shapes.items():
        layer = name
        while "." in layer:
            layer = layer.rpartition(".")[0]
            sizes[layer] = sizes.get(layer, 0) + _float32(shape)
    return sizes


@exercise.mistake("one letter too few")
def _(shapes):
    """Your layer names lack their last letter. name[:k] ends before place k, so that name[: name.rindex(".")] leaves
    the dot out already."""
    return _grouped(shapes, _float32, lambda name: name[: name.rindex(".") - 1])


@exercise.mistake("as many letters each time")
def _(shapes):
    """You take the same number of letters of every name. Names have any length: cut at the last dot."""
    return _grouped(shapes, _float32, lambda name: name[:3])


@exercise.mistake("the first size of no dimensions")
def _(shapes):
    """`shape[0]` fails for the shape (), which has no sizes and is that of a single number. math.prod(shape) needs no
    care there: the product of nothing is 1."""
    return _grouped(shapes, lambda shape: 4 * shape[0] * math.prod(shape[1:]))


@exercise.mistake("the first two sizes, and none")
def _(shapes):
    """You multiply the first two sizes of a shape, and fail where it has none. A shape may have any length:
    math.prod(shape)."""
    return _grouped(shapes, lambda shape: 4 * shape[0] * (shape[1] if len(shape) > 1 else 1))


@exercise.mistake("four dimensions at most")
def _(shapes):
    """You take the first four sizes of a shape at most. It may have any length: math.prod(shape)."""
    return _grouped(shapes, lambda shape: 4 * math.prod(shape[:4]))


@exercise.mistake("no shapes")
def _(shapes):
    """Without shapes, `zip(*...)` has nothing to unpack. Go through shapes.items() in a loop: an empty dictionary then
    comes out by itself."""
    names, found = zip(*shapes.items())
    return _grouped(dict(zip(names, found)), _float32)


@exercise.mistake("a total besides")
def _(shapes):
    """Your dictionary has one entry more, with the sum of all. Asked are the layers alone."""
    sizes = bytes_by_layer(shapes)
    return {**sizes, "total": sum(sizes.values())}


@exercise.mistake("np.prod of no dimensions")
def _(shapes):
    """np.prod(()) is the float 1.0, so that a single number makes your sum a float. Asked are whole numbers:
    math.prod(shape)."""
    return _grouped(shapes, lambda shape: float(_float32(shape)) if shape == () else _float32(shape))


@exercise.mistake("floats")
def _(shapes):
    """The numbers are right, but they are floats, as `/` makes them. Bytes are whole numbers: multiply by 4, and
    nothing needs to be divided."""
    return _grouped(shapes, lambda shape: float(_float32(shape)))
