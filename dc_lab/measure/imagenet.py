"""AlexNet and VGG-16 at the paper's densities and bits (tables 4 and 5), and the least that such a file can take.

ImageNet is not here, and neither are weights trained on it. `sampled` has weights of the true shapes, sampled at
random; what is done to them is what is done to trained ones: prune by magnitude, share by k-means, write a file, read
it back. Weights that are sampled one by one are kept at positions that know nothing of one another. That has an
entropy, and so there is a floor below which no file of such a network can go, whatever the coder: see `floor`.
"""

import functools
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np

from dc_lab import archive, huffman, pruning, sharing
from dc_lab.checkpoints.compress import Compressed, Rule
from dc_lab.coding import bits
from dc_lab.networks import models, paper

NORMAL = 1.0
"""The power of a normal distribution: the sample as it is."""

POWERS = {
    "alexnet": {
        "conv1": 2.125, "conv2": 3.375, "conv3": 3.75, "conv4": 3.5, "conv5": 3.125,
        "fc6": 3.5, "fc7": 4.25, "fc8": 2.75,
    },
    "vgg-16": {
        "conv1_1": 4.5, "conv1_2": 3.625, "conv2_1": 3.875, "conv2_2": 3.0,
        "conv3_1": 4.0, "conv3_2": 5.125, "conv3_3": 4.375, "conv4_1": 4.625, "conv4_2": 5.375, "conv4_3": 4.625,
        "conv5_1": 4.125, "conv5_2": 4.5, "conv5_3": 4.25, "fc6": 4.875, "fc7": 3.5, "fc8": 2.75,
    },
}  # fmt: skip
"""Network -> layer -> the power to which normally distributed weights are raised, sign kept, as `matched_power` finds
it: so that codes take as many bits after Huffman coding as the paper's do. 1 is the normal distribution; the higher it
is, the more do a few weights stand out."""

STEPS = 8
"""Powers are multiples of 1/8: three square roots and products, which every machine rounds alike."""


def to_power(values: np.ndarray, power: float) -> np.ndarray:
    """sign(x) |x|**power of float32 values, the same on every machine.

    Raises
    ------
    ValueError : the power is not 1 or more in steps of 1/8.
    """
    eighths = round(STEPS * power)
    if eighths < STEPS or eighths != STEPS * power:
        raise ValueError(f"power must be 1 or more in steps of 1/{STEPS}, got {power}")
    if eighths == STEPS:
        return values
    result = values.copy()
    factor = np.abs(values)
    for _ in range(eighths // STEPS - 1):
        result *= factor
    for i in (4, 2, 1):
        factor = np.sqrt(factor)
        if eighths % STEPS & i:
            result *= factor
    return result


class Sampled(Mapping[str, np.ndarray]):
    """The tensors of a network by name, sampled when they are asked for: the same each time, in any order, anywhere.

    `shapes` has them all. Weights are float32, biases too. See `sampled`.
    """

    def __init__(self, net: str, seed: int, power: float | None, share: float, layers: Collection[str]) -> None:
        self.net, self.seed, self.power, self.share = net, seed, power, share
        whole = models.shapes(net)
        self.number = {name: i for i, name in enumerate(whole)}  # of the draw: that of a layer is always the same
        self.shapes = {
            name: (max(1, round(share * shape[0])), *shape[1:])
            for name, shape in whole.items()
            if name.rpartition(".")[0] in layers
        }

    def __getitem__(self, name: str) -> np.ndarray:
        shape = self.shapes[name]
        layer, _, kind = name.rpartition(".")
        power = NORMAL if kind == "bias" else POWERS[self.net][layer] if self.power is None else self.power
        rng = np.random.default_rng([self.seed, self.number[name]])
        values = np.empty(math.prod(shape), np.float32)
        for start in range(0, len(values), bits.CHUNK):  # piece by piece, to spare memory
            piece = values[start : start + bits.CHUNK]
            piece[:] = to_power(rng.standard_normal(len(piece), dtype=np.float32), power)
        return values.reshape(shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def sampled(
    net: str, seed: int = 0, power: float | None = None, share: float = 1.0, layers: Collection[str] | None = None
) -> Sampled:
    """Weights of AlexNet or VGG-16, each sampled by itself.

    Parameters
    ----------
    net : one of `models.IMAGENET_NETS`.
    power : normally distributed numbers are raised to this power, sign kept; 1 leaves them normal. None takes each
        layer's own of POWERS.
    share : of the outputs of each layer; below 1 the network is smaller, the mixture of layers stays the same.
    layers : only these; None means all. Their weights are those that they have in the whole network.

    Raises
    ------
    ValueError : another network or layer, or a share that is not above 0 and up to 1. On access: a power that is not
        1 or more in steps of 1/8.
    """
    if net not in models.IMAGENET_NETS:
        raise ValueError(f"net must be one of {', '.join(models.IMAGENET_NETS)}, got {net!r}")
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and up to 1, got {share}")
    known = list(paper.layers(net))
    unknown = [layer for layer in layers or () if layer not in known]
    if unknown:
        raise ValueError(f"{net} has no layer {unknown[0]!r}; it has {', '.join(known)}")
    return Sampled(net, seed, power, share, known if layers is None else layers)


# --- the paper's settings ---

TABLES = {"alexnet": 4, "vgg-16": 5}
"""Network -> number of its table in the paper."""

_FEATURES = {"alexnet": (0, 3, 6, 8, 10), "vgg-16": (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)}
_CLASSIFIER = {"alexnet": (1, 4, 6), "vgg-16": (0, 3, 6)}


def torchvision_names(net: str) -> dict[str, str]:
    """Layer -> the name that torchvision has for it. Its AlexNet has other shapes, without groups."""
    names = [f"features.{i}" for i in _FEATURES[net]] + [f"classifier.{i}" for i in _CLASSIFIER[net]]
    return dict(zip(paper.layers(net), names, strict=True))


def weights_of(net: str) -> int:
    """How many weights the paper's table counts: all parameters but the biases."""
    return sum(row["weights"] for row in paper.layers(net).values())


def first_names(net: str) -> list[tuple[str, ...]]:
    """For each way to name the layers, the first two names and the last, as a message shows them."""
    ways = [list(paper.layers(net)), list(torchvision_names(net).values())]
    return [(f"{names[0]}.weight", f"{names[1]}.weight", "...", f"{names[-1]}.weight") for names in ways]


class Recognised(NamedTuple):
    """Whose layers these are: the network, who names them so, and layer -> name in the file, without ".weight"."""

    net: str
    names: str
    layers: dict[str, str]


def recognise(shapes: Mapping[str, tuple[int, ...]]) -> Recognised | None:
    """AlexNet or VGG-16 by the names of its weights, ours (the paper's) or torchvision's; None if it is neither.

    Names and dimensions count, not sizes: a network for 10 classes is recognised, too. A common "module." in front, as
    DataParallel leaves it, is passed over.
    """
    weights = {name: len(shape) for name, shape in shapes.items() if len(shape) >= 2}
    prefix = "module." if weights and all(name.startswith("module.") for name in weights) else ""
    for net in models.IMAGENET_NETS:
        own = {layer: layer for layer in paper.layers(net)}
        for names, layers in (("the paper's", own), ("torchvision's", torchvision_names(net))):
            expected = {
                f"{prefix}{name}.weight": 4 if layer.startswith("conv") else 2 for layer, name in layers.items()
            }
            if weights == expected:
                return Recognised(net, names, {layer: prefix + name for layer, name in layers.items()})
    return None


def rules(net: str, layers: Mapping[str, str] | None = None) -> tuple[list[Rule], list[Rule]]:
    """(densities, bits) that the paper's table 4 or 5 has for each layer, as rules for `compress.Compressed`.

    `layers` gives the name in the file of each layer that is there; None means all by the paper's names.
    """
    rows = paper.layers(net)
    names = {layer: layer for layer in rows} if layers is None else layers
    table = {name: rows[layer] for layer, name in names.items()}
    return (
        [Rule(name, row["kept_pct"] / 100) for name, row in table.items()],
        [Rule(name, row["weight_bits_pq"]) for name, row in table.items()],
    )


def compressed(
    weights: Sampled,
    executor: Executor | None = None,
    finish: Callable[[str, np.ndarray], Any] | None = archive.encoded,
    on_tensor: Callable[[int], None] = lambda values: None,
) -> Compressed:
    """Sampled weights, pruned and shared as the paper's table says; `archive.save` takes it, a layer at a time.

    `executor` works on layers side by side, and `finish=None` gives the tensors: see `compress.Compressed`.
    """
    here = {layer: layer for layer in paper.layers(weights.net) if f"{layer}.weight" in weights.shapes}
    return Compressed(weights, weights.shapes, *rules(weights.net, here), on_tensor, executor, finish)


# --- the floor ---


class Floor(NamedTuple):
    """Bytes that one layer's positions and codes take at the least, if each is independent of all others."""

    positions: float
    codes: float

    @property
    def bytes(self) -> float:
        """Both together."""
        return self.positions + self.codes


def position_bits(density: float) -> float:
    """Bits a weight of the dense layer that it takes to say which are kept: -d log2 d - (1-d) log2 (1-d)."""
    if not 0 <= density <= 1:
        raise ValueError(f"density must be from 0 to 1, got {density}")
    return huffman.entropy(np.array([density, 1 - density]))


def floor(weights: np.ndarray) -> Floor:
    """The entropy of positions and codes of a shared layer: no coder of single symbols goes below it on average.

    Codebook, code tables, header and checksum come on top. Trained layers can go below: their positions are not
    independent.
    """
    kept = weights[weights != 0]
    if len(kept) == 0:
        return Floor(0.0, 0.0)
    counts = np.unique(kept, return_counts=True)[1]
    positions = weights.size * position_bits(len(kept) / weights.size)
    return Floor(positions / 8, len(kept) * huffman.entropy(counts) / 8)


def paper_floor(row: Mapping[str, Any], kept_pct: float | None = None) -> Floor:
    """The same for a row of the paper's tables, from its density and its bits a code after Huffman coding.

    The tables give densities in whole percent; `kept_pct` puts another one in its place.
    """
    density = (row["kept_pct"] if kept_pct is None else kept_pct) / 100
    codes = row["weights"] * density * row["weight_bits_pqh"]
    return Floor(row["weights"] * position_bits(density) / 8, codes / 8)


def paper_bytes(row: Mapping[str, Any]) -> float:
    """Bytes that a layer takes in the paper, from the last column of its table."""
    return row["weights"] * 4 * row["rate_pct_pqh"] / 100


# --- how the weights are sampled ---


def kept_of(net: str, layer: str, seed: int = 0) -> np.ndarray:
    """The normally distributed weights of a layer that are kept at the paper's density. Powers keep the same ones."""
    weights = sampled(net, seed, NORMAL)[f"{layer}.weight"].ravel()
    return weights[pruning.magnitude_mask(weights, paper.layers(net)[layer]["kept_pct"] / 100)]


def code_bits(kept: np.ndarray, codebook_bits: int, steps: int = 300) -> float:
    """Bits a code after Huffman coding, when `kept` share 2**codebook_bits values; `steps` of k-means, 0 for none."""
    if steps:
        codebook = sharing.kmeans(kept, 2**codebook_bits, max_iterations=steps).codebook
    else:
        codebook = sharing.initial_centroids(kept, 2**codebook_bits)
    counts = np.bincount(sharing.encode(kept, codebook.astype(kept.dtype)))
    return huffman.mean_length(counts, huffman.code_lengths(counts))


def matched_power(net: str, layer: str) -> float:
    """The power from 1 to 8, in eighths, at which a layer's codes come nearest to the bits they take in the paper.

    Bits, after Huffman coding, fall as the power rises.
    """
    row = paper.layers(net)[layer]
    kept = kept_of(net, layer)

    @functools.cache
    def above(eighths: int) -> float:
        return code_bits(to_power(kept, eighths / STEPS), row["weight_bits_pq"]) - row["weight_bits_pqh"]

    low, high = STEPS, 8 * STEPS
    while low < high:  # the first power whose codes take no more than the paper's
        middle = (low + high) // 2
        low, high = (low, middle) if above(middle) <= 0 else (middle + 1, high)
    return min(range(max(low - 1, STEPS), low + 1), key=lambda eighths: abs(above(eighths))) / STEPS
