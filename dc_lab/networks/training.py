"""Training and testing on MNIST, held in memory as one tensor.

Everything here runs on one thread. Sums then have one order, so that a seed gives the same network whatever the number
of cores; and networks this small gain little from a second thread, but lose a lot once another program wants it too.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab.networks.datasets import Images
from dc_lab.support import progress


@dataclass(frozen=True)
class Schedule:
    """How `fit` trains.

    epochs : passes over the images.
    lr : Adam's learning rate in the first step; it falls to zero along a cosine.
    batch_size : images a step.
    weight_decay : decoupled L2 penalty (AdamW), as a multiple of the learning rate.
    shift : each training image is moved by up to this many pixels each time it is seen.
    seed : order of the images and their shifts.
    """

    epochs: int
    lr: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 0.0
    shift: int = 0
    seed: int = 0

    def steps(self, images: int) -> int:
        """Steps in all, for so many images; the last one of each pass may be of fewer images."""
        return self.epochs * -(-images // self.batch_size)


SCHEDULES: dict[str, dict[str, Any]] = {
    "lenet-300-100": {"epochs": 40, "lr": 1e-3, "shift": 1, "weight_decay": 0.01},
    "lenet-5": {"epochs": 12, "lr": 1e-3, "shift": 1, "weight_decay": 0.01},
}
"""How the shipped checkpoints are trained: settings of `Schedule` by network."""


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Run a block with `count` torch threads, then go back to what was."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """uint8 pixels (n, h, w) or (n, c, h, w) as float32 (n, c, h, w) from 0 to 1."""
    return torch.tensor(pixels if pixels.ndim == 4 else pixels[:, None], dtype=torch.float32).div_(255)


def shifted(images: torch.Tensor, reach: int, generator: torch.Generator) -> torch.Tensor:
    """Each image (n, c, h, w) moved by up to `reach` pixels in both directions, zeros coming in at the border."""
    if reach == 0:
        return images
    n, _, height, width = images.shape
    padded = F.pad(images, (reach,) * 4)
    rows, cols = torch.randint(0, 2 * reach + 1, (2, n, 1), generator=generator)
    rows = (rows + torch.arange(height))[:, :, None]
    cols = (cols + torch.arange(width))[:, None, :]
    return padded[torch.arange(n)[:, None, None], :, rows, cols].movedim(3, 1)


@torch.no_grad()
def predict(model: nn.Module, pixels: np.ndarray, batch_size: int = 250) -> np.ndarray:
    """Predicted digit (n,) int64 for each of the uint8 images (n, 28, 28)."""
    was_training = model.training
    model.eval()
    try:
        batches = (to_tensor(pixels[i : i + batch_size]) for i in range(0, len(pixels), batch_size))
        with threads(1):
            return np.concatenate([model(batch).argmax(1).numpy() for batch in batches])
    finally:
        model.train(was_training)


def error_percent(model: nn.Module, images: Images) -> float:
    """Percent of `images` that the model gets wrong (100 x wrong / n)."""
    wrong = int((predict(model, images.pixels) != images.labels).sum())
    return 100 * wrong / len(images.labels)


def fit(
    model: nn.Module,
    images: Images,
    schedule: Schedule,
    before_step: Callable[[int], None] | None = None,
    label: str | None = None,
) -> float:
    """Train in place with Adam and a learning rate that falls to zero along a cosine.

    Parameters
    ----------
    model : takes float32 (n, 1, 28, 28), returns logits (n, 10).
    schedule : epochs, learning rate, seed and so on.
    before_step : called before each step with its number, from 0; gradual pruning moves its masks here.
    label : text of the progress bar on stderr; None shows none.

    Returns
    -------
    float : mean cross-entropy (nats) over the last epoch.
    """
    generator = torch.Generator().manual_seed(schedule.seed)
    targets = torch.tensor(images.labels, dtype=torch.int64)
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.lr, weight_decay=schedule.weight_decay)
    steps = schedule.steps(len(targets))
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
    total = 0.0
    model.train()
    with threads(1), progress.bar(steps, label, unit="step") as bar:
        for epoch in range(schedule.epochs):
            total = 0.0
            for batch in torch.randperm(len(targets), generator=generator).split(schedule.batch_size):
                if before_step is not None:
                    before_step(rate.last_epoch)
                # As floats the images of a step alone: all of MNIST would be 172 MB.
                inputs = shifted(to_tensor(images.pixels[batch.numpy()]), schedule.shift, generator)
                # Forward: the logits of the images, each moved anew. Backward: the gradient of their mean loss.
                loss = F.cross_entropy(model(inputs), targets[batch])
                optimizer.zero_grad()
                loss.backward()
                # Move the weights, then lower the learning rate.
                optimizer.step()
                rate.step()
                total += loss.item() * len(batch)
                bar.update()
            bar.set_postfix(epoch=f"{epoch + 1}/{schedule.epochs}", loss=f"{total / len(targets):.4f}")
    model.eval()
    return total / max(len(targets), 1)
