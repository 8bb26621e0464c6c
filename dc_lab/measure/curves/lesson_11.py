"""The measurements of lesson 11 (Beat the paper): a search of small plans, seeds of one plan, and distillation.

A search looks at the held-out images only (`quick`). `seen_twice` looks at the test images as well, to show what
choosing on them would have done; nothing is chosen by its numbers.

`distilled` prunes a network that was trained from a seed, and retrains it by labels, by softened labels, or by what a
teacher says of each image (Hinton, Vinyals and Dean 2015).
"""

import functools
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dc_lab import archive, pipeline, pruning
from dc_lab.measure.curves import lesson_02, networks
from dc_lab.measure.curves.networks import LENET300
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets, models, training
from dc_lab.records import board, make
from dc_lab.records.plan import Plan
from dc_lab.support import points

KEEP = (3000, 4000, 5500, 8000, 11000, 16000)
"""Weights left in the end, of 266,200."""

SEEDS_OF, SEEDS = 8000, tuple(range(1, 11))
"""The plan that is made once more for each seed."""

SETTINGS = ("epochs", "lr", "ramp", "bias_values", "share_epochs", "share_lr", "book_lr", "images", "batch_size")
"""What else of the plan the numbers depend on."""


def plan(keep: int, seed: int = 1) -> Plan:
    """A plan that takes about half a minute on an idle core: a third of the record's epochs."""
    return Plan(LENET300, (300, 100), keep=keep, epochs=18, share_epochs=4, seed=seed)


class Found(NamedTuple):
    """What a plan of the search gave: its file, and percent of the held-out images wrong."""

    plan: Plan
    content: bytes
    held_out_error: float

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.content)


def quick(plan: Plan, images: datasets.Images | None = None) -> Found:
    """Make what the plan says and measure it on the held-out images; the test images are not looked at.

    `images` are those to train on, all 55,000 if None.
    """
    held_out = datasets.mnist("held_out")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quick.dcz"
        made = make.make(plan, path, datasets.mnist("train") if images is None else images, held_out, held_out)
        return Found(plan, path.read_bytes(), round(made.held_out_error, 3))


def search(plans: Iterable[Plan], executor: Executor | None = None) -> list[Found]:
    """`quick` for each plan, in the order given, in any `concurrent.futures.Executor`; None makes them here in turn."""
    return points.in_order([functools.partial(quick, plan) for plan in plans], executor)


def chosen(found: Iterable[Found], most: float) -> Found | None:
    """The smallest file with a held-out error of at most `most` percent; None if there is none."""
    good = [one for one in found if one.held_out_error <= most]
    return min(good, key=lambda one: one.size, default=None)


def seen_twice(keep: int, seed: int) -> dict[str, float]:
    """Bytes, and percent of the held-out and of the test images wrong."""
    found = quick(plan(keep, seed))
    model = board.restored(LENET300, archive.loads(found.content))
    test = round(training.error_percent(model, datasets.mnist("test")), 3)
    return {"bytes": found.size, "held-out": found.held_out_error, "test": test}


# --- distillation ---

TARGETS = ("labels", "softened labels", "own network", "own network, T = 1", "shipped network")
"""What a pruned network learns from. Its own network is the one that it was before pruning."""

DISTILLED_DENSITY = 0.02
DISTILLED_SEEDS = (0, 1, 2, 3, 4)
TRAIN_EPOCHS, PRUNE_EPOCHS, RAMP = 6, 6, 0.6
"""Passes over 15,000 images before pruning, and while pruning; the share of these in which the density still falls."""

SOFTENED = 0.1
"""Of a softened label so much is shared out among all ten digits."""

TEMPERATURE, LABEL_SHARE = 4.0, 0.5
"""A teacher's logits are divided by the temperature T, where nothing else is said; so much of the loss is that of the
labels."""

BATCH, STEPS_BETWEEN_MASKS = 128, 10

Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""(logits, images, labels) -> the mean loss of a batch."""


def target_loss(way: str, teacher: nn.Module | None = None) -> Loss:
    """The loss of one of TARGETS.

    Raises
    ------
    ValueError : another way, or one that needs a teacher and has none.
    """
    if way not in TARGETS:
        raise ValueError(f"way must be one of {', '.join(TARGETS)}, got {way!r}")
    if "network" not in way:
        soft = SOFTENED if way == "softened labels" else 0.0
        return lambda logits, images, labels: F.cross_entropy(logits, labels, label_smoothing=soft)
    if teacher is None:
        raise ValueError(f"{way!r} needs a teacher")
    temperature = 1.0 if way.endswith("T = 1") else TEMPERATURE

    def distillation(logits: torch.Tensor, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Cross-entropy with the labels, and with what the teacher says; the latter times the square of T."""
        with torch.no_grad():
            says = F.softmax(teacher(images) / temperature, 1)
        soft = F.cross_entropy(logits / temperature, says) * temperature**2
        return LABEL_SHARE * F.cross_entropy(logits, labels) + (1 - LABEL_SHARE) * soft

    return distillation


def prune_with(model: nn.Module, images: datasets.Images, loss: Loss, density: float, epochs: int, seed: int) -> None:
    """Prune by magnitude, gradually, while training with this loss. In place; masks end up as zeros."""
    densities = lesson_02.layer_densities(density)
    generator = torch.Generator().manual_seed(seed)
    inputs, labels = training.to_tensor(images.pixels), torch.tensor(images.labels, dtype=torch.int64)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    steps = epochs * -(-len(labels) // BATCH)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))

    def tighten(done: float) -> None:
        """Masks for the density at `done` of the ramp."""
        weights = pipeline.weights_of(model, list(densities))
        cubic = {name: pruning.cubic_density(done, share) for name, share in densities.items()}
        pruning.hold_masks(model, {name: pruning.magnitude_mask(weights[name], cubic[name]) for name in weights})

    step = 0
    model.train()
    with training.threads(1):
        for _ in range(epochs):
            for batch in torch.randperm(len(labels), generator=generator).split(BATCH):
                if step % STEPS_BETWEEN_MASKS == 0 and step <= RAMP * steps + STEPS_BETWEEN_MASKS:
                    tighten(step / (RAMP * steps))
                optimizer.zero_grad()
                loss(model(inputs[batch]), inputs[batch], labels[batch]).backward()
                optimizer.step()
                rate.step()
                step += 1
    tighten(1.0)
    pruning.release_masks(model)
    model.eval()


@functools.lru_cache(maxsize=1)
def before_pruning(seed: int) -> dict[str, np.ndarray]:
    """LeNet-300-100 trained from a seed, dense."""
    model = models.build(LENET300, seed)
    training.fit(model, lesson_02.some_images(), training.Schedule(epochs=TRAIN_EPOCHS, seed=seed))
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


def distilled(way: str, seed: int) -> float:
    """Percent of the held-out images that a network of a seed gets wrong, pruned and retrained by one of TARGETS."""
    own = before_pruning(seed)
    teacher = pipeline.restored(LENET300, networks.arrays(LENET300) if way == "shipped network" else own)
    model = pipeline.restored(LENET300, own)
    prune_with(model, lesson_02.some_images(), target_loss(way, teacher), DISTILLED_DENSITY, PRUNE_EPOCHS, seed)
    return networks.held_out_error(model)


CURVES = CurveFile(
    "lesson_11",
    "small plans for LeNet-300-100: bytes, held-out and test error; distillation: held-out error",
    (
        *(Point(seen_twice, {"keep": keep, "seed": 1}, 35) for keep in KEEP),
        *(Point(seen_twice, {"keep": SEEDS_OF, "seed": seed}, 35) for seed in SEEDS[1:]),
        *(Point(distilled, {"way": way, "seed": seed}, 8) for seed in DISTILLED_SEEDS for way in TARGETS),
    ),
    {name: getattr(plan(SEEDS_OF), name) for name in SETTINGS},
)


def stored() -> dict[str, Any]:
    """The numbers as they were measured last: "search" by weights kept, "seeds" by seed, "distilled" by TARGETS.

    Raises
    ------
    DataError : the file is incomplete, damaged, or was measured with other settings.
    """
    found = CURVES.stored()
    return {
        "search": {keep: found(seen_twice, keep=keep, seed=1) for keep in KEEP},
        "seeds": {seed: found(seen_twice, keep=SEEDS_OF, seed=seed) for seed in SEEDS},
        "distilled": {way: [found(distilled, way=way, seed=seed) for seed in DISTILLED_SEEDS] for way in TARGETS},
    }
