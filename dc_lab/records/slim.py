"""A network that shrinks while it trains: weights are pruned by what they cost, and dead units are cut out.

Pruning asks of each weight what the loss gains by it and what the file pays for it. The first is estimated by
`w**2 * rms(gradient)`, both of which Adam has at hand. (With the gradient's square this would be the diagonal of the
empirical Fisher information, as in Optimal Brain Damage, LeCun et al. 1990; that left a higher loss in our runs.) The
second is the number of bits of the weight's position if rows and columns
differ in density, which is what an adaptive coder pays. A weight alone in its row is dear, and so rows die together.

A unit without inputs gives a constant, which goes into the biases after it; one that nobody reads is cut out. What is
left is a smaller dense network: an epoch of LeNet-300-100 with 4,000 weights left takes a fraction of the first one.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab import pruning, sharing
from dc_lab.networks import models

CODE_BITS = 2.5
"""What a weight's code costs beside its position, about."""


def drawn(shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """Weights to begin with: uniform, with variance 1 / inputs."""
    uniform = torch.rand(shape, generator=generator) * 2 - 1
    return uniform * (3 / uniform[0].numel()) ** 0.5


def pooled(images: torch.Tensor, kernels: list[torch.Tensor]) -> torch.Tensor:
    """Convolutions without biases, each followed by max-pooling over 2 x 2.

    On a processor, pooling is fastest with a pixel's channels side by side.
    """
    for kernel in kernels:
        images = F.conv2d(images, kernel.contiguous(memory_format=torch.channels_last))
        images = F.max_pool2d(images.contiguous(memory_format=torch.channels_last), 2)
    return images


def busiest_first(weights: list[torch.Tensor], biases: list[torch.Tensor]) -> None:
    """Order the units of each hidden layer by how many weights they have on both sides; most of them come first.

    The order of units means nothing to the network, but a coder that learns densities gains by it.
    """
    for i in range(len(weights) - 1):
        units, rest = len(weights[i]), weights[i + 1].shape[2:]
        blocks = weights[i + 1].reshape(len(weights[i + 1]), units, -1)
        busy = (weights[i].reshape(units, -1) != 0).sum(1) + (blocks != 0).sum((0, 2))
        order = torch.argsort(busy, descending=True, stable=True)
        weights[i], biases[i] = weights[i][order], biases[i][order]
        blocks = blocks[:, order].reshape(len(blocks), -1)
        weights[i + 1] = blocks.reshape(len(blocks), units, *rest) if rest else blocks


class Tracked:
    """A tensor that trains: its values, which of them are there, and what Adam remembers (Kingma & Ba 2015)."""

    def __init__(self, value: torch.Tensor) -> None:
        self.value = value
        self.mask = torch.ones_like(value)
        self.forget()

    def forget(self) -> None:
        """Begin anew with Adam's averages."""
        self.mean = torch.zeros_like(self.value)
        self.square = torch.zeros_like(self.value)
        self.steps = 0

    def step(self, gradient: torch.Tensor, rate: float) -> None:
        """One step of Adam; what the mask leaves out stays zero."""
        gradient = gradient * self.mask
        self.steps += 1
        self.mean.lerp_(gradient, 0.1)
        self.square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        self.value.addcdiv_(self.mean / (1 - 0.9**self.steps), self.rms().add_(1e-8), value=-rate)

    def rms(self) -> torch.Tensor:
        """Root mean square of the gradient over about the last thousand steps."""
        return (self.square / (1 - 0.999 ** max(self.steps, 1))).sqrt()

    def hold(self, mask: torch.Tensor) -> None:
        """From now on only these entries are there."""
        self.mask = mask.to(self.value.dtype)
        for tensor in (self.value, self.mean):
            tensor.mul_(self.mask)

    def take(self, alive: torch.Tensor, axis: int) -> None:
        """Keep the units marked in `alive`: rows for axis 0, else the blocks of columns that read them."""
        for name in ("value", "mask", "mean", "square"):
            tensor = getattr(self, name)
            tensor = tensor[alive] if axis == 0 else pruning.keep_inputs(tensor, alive)
            setattr(self, name, tensor.contiguous())


class Shared:
    """A tracked tensor whose entries share a few values. Both train: the values, and who has which.

    `free` keeps a value of its own for each entry, which follows the gradient too; the entry has the shared value
    nearest to it (a straight-through estimate, as in BinaryConnect, Courbariaux et al. 2015).
    """

    def __init__(self, tracked: Tracked, values: int) -> None:
        self.free = tracked
        tracked.forget()
        present = tracked.value[tracked.mask > 0].numpy()
        # From this start in so many steps: the records' files rest on it.
        codebook = sharing.kmeans(present, values, "linear", 0, 300).codebook if len(present) else np.zeros(1)
        self.book = Tracked(torch.tensor(codebook, dtype=torch.float32))
        self.look_up()

    def look_up(self) -> torch.Tensor:
        """The entries as they are shared now."""
        book = self.book.value
        self.codes = torch.bucketize(self.free.value, (book[1:] + book[:-1]) / 2)
        return book[self.codes] * self.free.mask

    def step(self, gradient: torch.Tensor, rate: float, book_rate: float) -> None:
        """One step of both; a shared value's gradient is the sum over its entries (paper, equation 3)."""
        gradient = gradient * self.free.mask
        self.book.step(torch.bincount(self.codes.flatten(), gradient.flatten(), len(self.book.value)), book_rate)
        self.book.value = self.book.value.sort().values
        self.free.step(gradient, rate)

    def settle(self) -> None:
        """The entries become what they share, rounded to float16."""
        self.book.value = self.book.value.half().float()
        self.free.value = self.look_up()


class Slim:
    """LeNet-300-100 or LeNet-5 with only the units that live.

    `weights` and `biases` are Tracked, layer by layer; `pixels` says which of the 784 inputs the first layer reads
    (LeNet-300-100 only; LeNet-5 reads all). Weights begin uniform with variance 1 / inputs, biases at 0.
    """

    def __init__(self, net: str, units: tuple[int, ...], seed: int) -> None:
        self.net = net
        self.shapes = {name: shape for name, shape in models.shapes(net).items() if name.endswith(".weight")}
        generator = torch.Generator().manual_seed(seed)
        self.weights: list[Tracked] = []
        self.biases: list[Tracked] = []
        before = None
        for shape, width in zip(self.shapes.values(), (*units, 10), strict=True):
            inputs = shape[1] if before is None else shape[1] * before[0] // before[1]
            self.weights.append(Tracked(drawn((width, inputs, *shape[2:]), generator)))
            self.biases.append(Tracked(torch.zeros(width)))
            before = width, shape[0]
        self.pixels = torch.arange(784)

    @property
    def reads_pixels(self) -> bool:
        """Whether the first layer reads pixels one by one, so that those never read can be left out."""
        return self.net == "lenet-300-100"

    def parameters(self) -> list[Tracked]:
        """Weights, then biases."""
        return [*self.weights, *self.biases]

    def logits(self, images: torch.Tensor, values: list[torch.Tensor]) -> torch.Tensor:
        """Logits (n, 10) of flat images (n, pixels), with these values for `parameters`."""
        weights, biases = values[: len(self.weights)], values[len(self.weights) :]
        x = images
        if not self.reads_pixels:
            x = x.reshape(-1, 1, 28, 28)
            for weight, bias in zip(weights[:2], biases[:2], strict=True):
                x = F.max_pool2d(F.conv2d(x, weight, bias), 2)
            x = x.flatten(1)
        hidden = [i for i in range(len(weights) - 1) if weights[i].ndim == 2]
        for i in hidden:
            x = F.relu(F.linear(x, weights[i], biases[i]))
        return F.linear(x, weights[-1], biases[-1])

    def kept(self) -> int:
        """How many weights are there."""
        return sum(int(weight.mask.sum()) for weight in self.weights)

    # --- pruning ---

    def position_bits(self, layer: int) -> torch.Tensor:
        """About what the position of each weight costs, bits: its chance is row times column density over density."""
        mask = self.weights[layer].mask
        flat = mask.reshape(len(mask), -1)
        rows, columns = flat.sum(1, keepdim=True) + 0.5, flat.sum(0, keepdim=True) + 0.5
        chance = rows * columns / (flat.sum() + 1)
        return -chance.clamp(1e-6, 0.7).log2().reshape(mask.shape)

    def worth(self, layer: int) -> torch.Tensor:
        """What each weight does for the loss, by what it costs; -1 where there is none."""
        weight = self.weights[layer]
        gain = weight.value**2 * (weight.rms() + 1e-8)
        return torch.where(weight.mask > 0, gain / (self.position_bits(layer) + CODE_BITS), -1.0)

    def prune(self, keep: int) -> None:
        """Keep this many weights, whichever layers they are in."""
        if keep >= self.kept():
            return
        worth = [self.worth(layer) for layer in range(len(self.weights))]
        least = torch.topk(torch.cat([layer.flatten() for layer in worth]), keep).values[-1]
        for weight, its in zip(self.weights, worth, strict=True):
            weight.hold(its >= least)

    def compact(self) -> bool:
        """Cut out units that cannot matter any more; True if any were. What the network computes stays the same.

        Raises
        ------
        ValueError : no unit of a layer is left.
        """
        any_died = False
        for layer in self._dying():
            any_died = True
            weight, bias, after = self.weights[layer], self.biases[layer], self.weights[layer + 1]
            units = len(weight.value)
            reading = after.value.reshape(len(after.value), units, -1).sum(2)
            lives = self._alive(layer)
            if not lives.any():
                raise ValueError(
                    f"pruning left no unit of {list(self.shapes)[layer].removesuffix('.weight')}: keep more"
                )
            dead = (~lives).nonzero()[:, 0]
            constant = bias.value[dead]
            if weight.value.ndim == 2:
                constant = constant.relu()
            self.biases[layer + 1].value += reading[:, dead] @ constant
            weight.take(lives, 0)
            bias.take(lives, 0)
            after.take(lives, 1)
        if self.reads_pixels:
            read = self.weights[0].mask.any(0)
            if not read.all():
                any_died = True
                self.weights[0].take(read, 1)
                self.pixels = self.pixels[read]
        return any_died

    def _alive(self, layer: int) -> torch.Tensor:
        """Which units of a hidden layer have weights both before and after them."""
        mask, after = self.weights[layer].mask, self.weights[layer + 1].mask
        reads = mask.reshape(len(mask), -1).any(1)
        return reads & after.reshape(len(after), len(mask), -1).any(2).any(0)

    def _dying(self) -> Iterator[int]:
        """Layers with units to cut out, until there are none: a death can be the next one's cause."""
        while True:
            layer = next((i for i in range(len(self.weights) - 1) if not self._alive(i).all()), None)
            if layer is None:
                return
            yield layer

    # --- back to the network ---

    def arrays(self) -> dict[str, np.ndarray]:
        """The state_dict of the whole network, float32: the living units first, the busiest of them in front."""
        weights = [weight.value for weight in self.weights]
        biases = [bias.value for bias in self.biases]
        busiest_first(weights, biases)
        found = {}
        for i, (name, shape) in enumerate(self.shapes.items()):
            whole, bias = np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)
            part = weights[i].numpy()
            if i == 0 and self.reads_pixels:
                whole[: len(part), self.pixels.numpy()] = part
            else:
                whole[tuple(slice(0, length) for length in part.shape)] = part
            bias[: len(part)] = biases[i].numpy()
            found[name], found[name.removesuffix("weight") + "bias"] = whole, bias
        return found
