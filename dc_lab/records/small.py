"""The convolutional network that lab 12.small shows beside the course's answer, made from nothing.

    python -m dc_lab.records.small      prints bytes and held-out error, and the file in base85

Half a minute on one core. Its settings (price, start of the steps, numbers of batches) were tried on the held-out
images. On one kind of processor it is the same file each time.
"""

import base64
import lzma
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab.networks import datasets, training
from dc_lab.records.price import bits_between, on_grid
from dc_lab.support.progress import bar

SHAPES = ((8, 1, 5, 5), (16, 8, 5, 5), (10, 256))
MOST = 7
BATCH, BATCHES = 128, 1_200
PRICE = 1.5e-5
START = 0.7
"""The step of a layer at the start, in units of the root mean square of its weights."""


def outputs(images: torch.Tensor, weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Logits (n, 10) of images (n, 1, 28, 28): two convolutions with stride 2, and a linear layer."""
    for kernel in weights[:2]:
        images = F.relu(F.conv2d(images, kernel, stride=2))
    return images.flatten(1) @ weights[2].T


def tensors(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """(pixels (n, 1, 28, 28) from 0 to 1, labels)."""
    images = datasets.mnist(split)
    return training.to_tensor(images.pixels), torch.tensor(images.labels.astype(np.int64))


def error(weights: Sequence[torch.Tensor]) -> float:
    """Percent of the held-out images wrong."""
    images, labels = tensors("held_out")
    with torch.no_grad():
        return 100 * float((outputs(images, weights).argmax(1) != labels).float().mean())


def rounded(latent: Sequence[torch.Tensor], steps: torch.Tensor) -> list[torch.Tensor]:
    """The weights that are sent, with the slope of the latent ones."""
    return [on_grid(layer, MOST) * step for layer, step in zip(latent, steps, strict=True)]


def train(
    weights_of: Callable[[], Sequence[torch.Tensor]],
    parameters: Any,
    price_of: Callable[[int], Any],
    rate: float,
    last_rate: float,
) -> None:
    """Train on images that are moved by up to a pixel; `price_of(t)` is added to the loss of step t."""
    images, labels = tensors("train")
    optimizer = torch.optim.Adam(parameters, lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, BATCHES, eta_min=last_rate)
    with bar(BATCHES, "train", unit="step") as shown:
        for t in range(BATCHES):
            which = torch.randint(0, len(labels), (BATCH,))
            price = price_of(t)
            moved = torch.roll(images[which], torch.randint(-1, 2, (2,)).tolist(), (2, 3))
            loss = F.cross_entropy(outputs(moved, weights_of()), labels[which]) + price
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            shown.update()


def make() -> tuple[bytes, float]:
    """(the file, held-out error in percent)."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    latent = [torch.nn.Parameter(torch.randn(shape) / np.prod(shape[1:]) ** 0.5 * 1.4) for shape in SHAPES]
    # First the weights as they are, then on the grid, with the price of a bit growing over the first half.
    train(lambda: latent, latent, lambda t: 0.0, 4e-3, 1e-3)
    steps = torch.nn.Parameter(torch.stack([w.detach().square().mean().sqrt() * START for w in latent]))
    with torch.no_grad():
        for layer, step in zip(latent, steps, strict=True):
            layer.div_(step)

    def price(t: int) -> Any:
        return PRICE * min(1, 2 * t / BATCHES) * sum(bits_between(layer, MOST) for layer in latent)

    groups = [{"params": latent, "lr": 6e-3}, {"params": [steps], "lr": 2e-4}]
    train(lambda: rounded(latent, steps), groups, price, 6e-3, 0.0)
    # Steps as float16, levels as bytes through LZMA.
    levels = np.concatenate([w.detach().clamp(-MOST, MOST).round().numpy().ravel() for w in latent])
    filters = [{"id": lzma.FILTER_LZMA2, "lc": 0, "pb": 0}]
    packed = lzma.compress((levels + MOST + 1).astype(np.uint8).tobytes(), lzma.FORMAT_RAW, filters=filters)
    return steps.detach().numpy().astype(np.float16).tobytes() + packed, error(rounded(latent, steps))


if __name__ == "__main__":
    content, wrong = make()
    print(f"{len(content)} bytes, {wrong:.2f} % of the held-out images wrong")
    print(base64.b85encode(content).decode())
