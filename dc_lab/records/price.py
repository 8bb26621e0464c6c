"""Bits with a price: values chosen by error plus price times bits, after training or within it.

`choose` is the choice afterwards (rate-distortion; Wiedemann and others, DeepCABAC, 2020). `bits_between` is a number
of bits with a gradient, for training on a coarse grid with a learned step (Oktay and others, 2020, penalise an entropy
so; Esser and others, 2020, learn the step).
"""

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F


def choose(weights: np.ndarray, step: float, most: int, price: float) -> np.ndarray:
    """A level for each weight, in order: least (weight / step - level)**2 + `price` * bits.

    Bits are what a coder would take that counts as it goes: each level begins with a count of 1, costs log2(sum of all
    counts / its count), and counts 1 more after each weight that got it.

    Parameters
    ----------
    weights : float array of any shape, read in C order.
    step : size of a step of the grid.
    most : levels are -most to most; among equals, the lowest.

    Returns
    -------
    int64 array of the same shape.
    """
    levels = range(-most, most + 1)
    counts = [1] * len(levels)
    # The price of the sum of all counts is the same for all levels, so that only each count matters to the choice.
    costs = [0.0] * len(levels)
    found = []
    for value in (np.asarray(weights, np.float64).ravel() / step).tolist():
        best, at = math.inf, 0
        for i, level in enumerate(levels):
            score = (value - level) ** 2 + costs[i]
            if score < best:
                best, at = score, i
        found.append(at - most)
        counts[at] += 1
        costs[at] = -price * math.log2(counts[at])
    return np.array(found, np.int64).reshape(np.shape(weights))


def bits_between(latent: torch.Tensor, most: int) -> torch.Tensor:
    """Bits of all levels of a coarse grid, as a sum that has a gradient.

    Level l costs log2(sum of counts / its count), where each count is how many entries of `latent` round to it, plus 1.
    An entry between two levels costs what lies between their costs, in proportion. Costs are constants to the gradient,
    so that it is the difference of two costs: what going on to the next level would take.

    Parameters
    ----------
    latent : float tensor, in steps of the grid; beyond -most and most it counts as these.

    Returns
    -------
    tensor of no dimension.
    """
    inside = latent.clamp(-most, most)
    counts = torch.bincount((inside.detach().round() + most).long().ravel(), minlength=2 * most + 1) + 1
    costs = torch.log2(counts.sum() / counts)
    below = inside.detach().floor().clamp(max=most - 1)
    place = (below + most).long()
    part = inside - below
    return ((1 - part) * costs[place] + part * costs[place + 1]).sum()


def on_grid(latent: torch.Tensor, most: int) -> torch.Tensor:
    """Whole numbers from -most to most, with the gradient of `latent` within these ends (straight through)."""
    inside = latent.clamp(-most, most)
    return inside + (inside.round() - inside).detach()


def train(
    inputs: np.ndarray,
    labels: np.ndarray,
    price: float,
    most: int = 3,
    passes: float = 4,
    rate: float = 2e-2,
    seed: int = 0,
) -> tuple[np.ndarray, float]:
    """A linear classifier trained with cross-entropy + `price` * bits, on a grid whose step is learned.

    Parameters
    ----------
    inputs : float (n, k). labels : integers (n,), below 10.

    Returns
    -------
    levels : int64 (k, 10), from -most to most.
    step : a weight is its level times this.
    """
    generator = torch.Generator().manual_seed(seed)
    seen, classes = torch.tensor(inputs, dtype=torch.float32), torch.tensor(labels, dtype=torch.int64)
    latent = torch.nn.Parameter(0.1 * torch.randn((seen.shape[1], 10), generator=generator))
    step = torch.nn.Parameter(torch.tensor(0.5))
    groups: list[dict[str, Any]] = [{"params": [latent]}, {"params": [step], "lr": rate / 4}]
    optimizer = torch.optim.Adam(groups, lr=rate)
    steps = int(passes * len(classes) / 256)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        which = torch.randint(0, len(classes), (256,), generator=generator)
        outputs = seen[which] @ (step * on_grid(latent, most))
        loss = F.cross_entropy(outputs, classes[which]) + price * bits_between(latent, most)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return on_grid(latent, most).detach().numpy().astype(np.int64), float(step.detach())
