"""A network whose Linear layers are convolutions inside: their neurons are a few kernels, each at many places.

A stroke looks the same wherever it is, so that neurons at many places may share their weights (LeCun et al. 1989). The
300 x 784 weights of 300 neurons that see 28 x 28 pixels are then, say, twelve kernels of 8 x 8 at 5 x 5 places, which
are 768 numbers. Whoever reads the file has the whole matrix; the file has the kernels.
"""

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab.coding.kernels import Places, spread
from dc_lab.networks import models
from dc_lab.records.slim import Tracked, busiest_first, drawn, pooled

PIXELS = 28
"""An image is so wide and high."""


def places_of(net: str, numbers: tuple[int, ...], strides: tuple[int, ...]) -> list[Places]:
    """Where the kernels of each hidden Linear layer stand, given how many places each way, and how far apart."""
    side = PIXELS
    for shape in models.shapes(net).values():
        if len(shape) == 4:
            side = (side - shape[2] + 1) // 2
    found = []
    for number, stride in zip(numbers, strides, strict=True):
        found.append(Places(number, stride, side))
        side = number
    return found


class Tied:
    """As `slim.Slim`: `weights` are kernels (units, units before, high, wide), those of the last layer with them.

    `units` counts kernels. `places` has one entry for each hidden Linear layer.
    """

    def __init__(self, net: str, units: tuple[int, ...], places: list[Places], seed: int) -> None:
        self.net, self.places = net, places
        self.shapes = {name: shape for name, shape in models.shapes(net).items() if name.endswith(".weight")}
        self.convolutions = sum(len(shape) == 4 for shape in self.shapes.values())
        # How wide and high each layer's kernels are; the last layer's cover all places.
        of_convolutions = [shape[2] for shape in self.shapes.values() if len(shape) == 4]
        self.sides = (*of_convolutions, *(one.size for one in places), places[-1].number)
        generator = torch.Generator().manual_seed(seed)
        before = (1, *units)
        shapes = zip((*units, 10), before, self.sides, strict=True)
        self.weights = [Tracked(drawn((width, maps, side, side), generator)) for width, maps, side in shapes]
        self.biases = [Tracked(torch.zeros(width)) for width in (*units, 10)]

    def parameters(self) -> list[Tracked]:
        """Weights, then biases."""
        return [*self.weights, *self.biases]

    def logits(self, images: torch.Tensor, values: list[torch.Tensor]) -> torch.Tensor:
        """Logits (n, 10) of flat images (n, 784), with these values for `parameters`."""
        weights, biases = values[: len(self.weights)], values[len(self.weights) :]
        x = pooled(images.reshape(-1, 1, PIXELS, PIXELS), weights[: self.convolutions])
        hidden = slice(self.convolutions, -1)
        for weight, bias, places in zip(weights[hidden], biases[hidden], self.places, strict=True):
            x = F.relu(F.conv2d(x, weight, bias, stride=places.stride))
        return F.linear(x.flatten(1), weights[-1].flatten(1), biases[-1])

    # --- back to the network ---

    def arrays(self) -> dict[str, np.ndarray]:
        """The state_dict of the whole network, float32: the living units first, the busiest of them in front."""
        weights = [weight.value for weight in self.weights]
        biases = [bias.value for bias in self.biases]
        busiest_first(weights, biases)
        found = {}
        for i, (name, shape) in enumerate(self.shapes.items()):
            whole, whole_bias = np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)
            part, bias = weights[i].numpy(), biases[i].numpy()
            if self.convolutions <= i < len(weights) - 1:
                places = self.places[i - self.convolutions]
                part, bias = spread(part, places), np.repeat(bias, places.number**2)
            elif len(shape) == 2:
                part = part.reshape(len(part), -1)
            whole[tuple(slice(0, length) for length in part.shape)] = part
            whole_bias[: len(bias)] = bias
            found[name], found[name.removesuffix("weight") + "bias"] = whole, whole_bias
        return found
