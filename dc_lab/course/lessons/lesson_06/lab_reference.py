"""The course's own answer to lab 06. It stands alone: NumPy and torch, nothing of the course."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

Arrays = Mapping[str, np.ndarray]
Quantized = dict[str, np.ndarray]


class _Through(torch.autograd.Function):
    """Rounds on the way forward; the gradient goes back as if nothing had been rounded."""

    @staticmethod
    def forward(ctx: object, weight: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        return torch.round(weight / scale).clamp(-4, 3) * scale

    @staticmethod
    def backward(ctx: object, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradients[0], None


def _scale(weight: torch.Tensor) -> torch.Tensor:
    return weight.detach().abs().amax(1, keepdim=True).clamp_min(1e-6) / 3.5


def _shifted(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image (n, 784) moved by up to one pixel."""
    down, right = torch.randint(-1, 2, (2,), generator=generator).tolist()
    return torch.roll(images.reshape(-1, 28, 28), (down, right), (1, 2)).flatten(1)


def my_bits(dense: Arrays, images: np.ndarray, labels: np.ndarray, passes: int = 8) -> Quantized:
    """Straight-through training with a ruler for each row, shifted images and a falling learning rate.

    Parameters
    ----------
    dense : name -> float32 array, a weight and a bias for each layer, in order.
    images : uint8 (n, 784). labels : integers (n,).
    """
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    parameters = {name: nn.Parameter(torch.tensor(array)) for name, array in dense.items()}
    layers = [name.removesuffix(".weight") for name in dense if name.endswith(".weight")]
    pixels, classes = torch.tensor(images, dtype=torch.float32) / 255, torch.tensor(labels, dtype=torch.int64)
    optimizer = torch.optim.Adam(parameters.values(), lr=1e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, passes * -(-len(classes) // 128))
    for _ in range(passes):
        for which in torch.randperm(len(classes), generator=generator).split(128):
            values = _shifted(pixels[which], generator)
            for name in layers:
                real = parameters[f"{name}.weight"]
                values = F.linear(values, _Through.apply(real, _scale(real)), parameters[f"{name}.bias"])
                values = F.relu(values) if name != layers[-1] else values
            optimizer.zero_grad()
            F.cross_entropy(values, classes[which]).backward()
            optimizer.step()
            rate.step()
    found: Quantized = {name: value.detach().numpy() for name, value in parameters.items()}
    for name in layers:
        weight = parameters[f"{name}.weight"].detach()
        scale = _scale(weight)
        marks = torch.round(weight / scale).clamp(-4, 3)
        found[f"{name}.weight"] = marks.numpy().astype(np.int8)
        found[f"{name}.scales"] = scale[:, 0].numpy()
    return found
