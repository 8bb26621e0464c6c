"""A record from nothing: the file that a plan describes. A grid's training is `grid`; here stands the earlier way.

That trains and prunes a network that shrinks, then lets its weights share few values.
"""

import math
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from dc_lab import archive, pipeline
from dc_lab.networks import training
from dc_lab.networks.datasets import Images
from dc_lab.records import grid
from dc_lab.records.lessons import Lessons, prepare
from dc_lab.records.plan import GridPlan, Plan, dense_bytes
from dc_lab.records.slim import Shared, Slim
from dc_lab.support import files, progress

STEPS_BETWEEN_PRUNINGS = 32


class Made(NamedTuple):
    """What `make` did: bytes of the file; percent of the held-out and test images wrong; seconds; and the day."""

    bytes: int
    ratio: float
    held_out_error: float
    test_error: float
    seconds: float
    date: str


class _Trained(NamedTuple):
    """What `_descend` trains, and how.

    `values` gives the tensors of the network, biases included, as they are now. `step` moves what they come from, given
    their gradients and the learning rate. `before_step` is called with the number of each step, from 0; where there is
    one, the network may have become smaller after each pass.
    """

    values: Callable[[], list[torch.Tensor]]
    step: Callable[[list[torch.Tensor], float], None]
    before_step: Callable[[int], None] | None = None


def make(
    plan: Plan | GridPlan,
    path: Path,
    train: Images,
    held_out: Images,
    test: Images,
    say: Callable[[str], None] | None = None,
) -> Made:
    """Make the record that `plan` describes and write its `.dcz` file.

    The test images are looked at once, at the very end, with what is read back from the file. A training on a grid that
    is stopped goes on where it was: what it has reached is in FILE.parts, beside the file, until that is there.

    Parameters
    ----------
    say : told what was reached after each stage, held-out error included; None says nothing and shows no progress.

    Raises
    ------
    ValueError : pruning left a layer empty, or FILE.parts is of another plan. OSError : the file cannot be written.
    """
    began = time.perf_counter()
    files.check_writable(path)
    earlier = 0.0
    with training.threads(1):
        if isinstance(plan, GridPlan):
            folder = path.with_suffix(".parts")
            folder.mkdir(exist_ok=True)
            arrays, earlier = grid.train(plan, train, held_out, folder, say)
        else:
            arrays = _pruned(plan, train, held_out, say)
    pipeline.save_checked(path, arrays, coder="smallest")
    if isinstance(plan, GridPlan):
        grid.forget(folder)
    model = pipeline.restored(plan.net, archive.load(path))
    size = path.stat().st_size
    chosen, reported = training.error_percent(model, held_out), training.error_percent(model, test)
    seconds = earlier + time.perf_counter() - began
    return Made(size, dense_bytes(plan.net) / size, chosen, reported, seconds, date.today().isoformat())


def _pruned(plan: Plan, train: Images, held_out: Images, say: Callable[[str], None] | None) -> dict[str, np.ndarray]:
    """The network of a plan with pruning and shared values."""
    lessons = prepare(plan, train, say is not None)
    slim = Slim(plan.net, plan.units, plan.seed)

    def report(stage: str) -> None:
        if say is not None:
            wrong = f"held-out error {error(slim, held_out):.2f} %"
            say(f"{stage}: {slim.kept():,} weights, {_units(slim)} units, {wrong}")

    prune(slim, plan, lessons, "prune" if say else None)
    report("pruned")
    share(slim, plan, lessons, "share" if say else None)
    report("shared")
    return slim.arrays()


def _units(slim: Slim) -> str:
    return "-".join(str(len(weight.value)) for weight in slim.weights)


def error(slim: Slim, images: Images) -> float:
    """Percent of `images` that the network gets wrong; by `models`, as everywhere."""
    return training.error_percent(pipeline.restored(slim.net, slim.arrays()), images)


def prune(slim: Slim, plan: Plan, lessons: Lessons, label: str | None = None) -> None:
    """Train from nothing while the number of weights falls to `plan.keep`, then on with those that are left."""
    schedule = training.Schedule(plan.epochs, plan.lr, plan.batch_size, seed=plan.seed)
    steps = schedule.steps(len(lessons.labels))
    in_ramp = max(int(plan.ramp * steps), 1)
    first = slim.kept()

    def before_step(step: int) -> None:
        # Adam's averages mean little in the first steps.
        if (step % STEPS_BETWEEN_PRUNINGS == 0 and STEPS_BETWEEN_PRUNINGS < step < in_ramp) or step == in_ramp:
            done = min(step / in_ramp, 1.0)
            slim.prune(plan.keep + int((first - plan.keep) * (1 - done) ** 3))

    def step(gradients: list[torch.Tensor], rate: float) -> None:
        for parameter, gradient in zip(slim.parameters(), gradients, strict=True):
            parameter.step(gradient, rate)

    trained = _Trained(lambda: [parameter.value for parameter in slim.parameters()], step, before_step)
    _descend(slim, plan, lessons, schedule, trained, label)
    slim.prune(plan.keep)
    slim.compact()


def share(slim: Slim, plan: Plan, lessons: Lessons, label: str | None = None) -> None:
    """Let each layer's weights, and its biases, share few values; train these values, and who has which."""
    counts = [*plan.values, *[plan.bias_values] * len(slim.biases)]
    shared = [Shared(parameter, count) for parameter, count in zip(slim.parameters(), counts, strict=True)]

    def step(gradients: list[torch.Tensor], rate: float) -> None:
        for parameter, gradient in zip(shared, gradients, strict=True):
            parameter.step(gradient, rate, rate * plan.book_lr / plan.share_lr)

    schedule = training.Schedule(plan.share_epochs, plan.share_lr, plan.batch_size, seed=plan.seed + 1)
    trained = _Trained(lambda: [parameter.look_up() for parameter in shared], step)
    _descend(slim, plan, lessons, schedule, trained, label)
    for parameter in shared:
        parameter.settle()


def _descend(
    slim: Slim,
    plan: Plan,
    lessons: Lessons,
    schedule: training.Schedule,
    trained: _Trained,
    label: str | None,
) -> None:
    """Passes over the images, each time in a copy sampled for it; the rate falls to zero along a cosine."""
    n = len(lessons.labels)
    copies = len(lessons.pixels) // n
    generator = torch.Generator().manual_seed(schedule.seed)
    steps, done = schedule.steps(n), 0
    pixels = _read(lessons.pixels, slim)
    with progress.bar(steps, label, unit="step") as bar:
        for epoch in range(schedule.epochs):
            order = torch.randperm(n, generator=generator)
            order += n * torch.randint(0, copies, (n,), generator=generator)
            total = 0.0
            for batch in order.split(schedule.batch_size):
                if trained.before_step is not None:
                    trained.before_step(done)
                current = [value.requires_grad_() for value in trained.values()]
                logits = slim.logits(pixels[batch].float().mul_(1 / 255), current)
                loss = lessons.loss(logits, batch)
                gradients = list(torch.autograd.grad(loss, current))
                for value in current:
                    value.requires_grad_(False)
                trained.step(gradients, schedule.lr * (1 + math.cos(math.pi * done / steps)) / 2)
                total += loss.item() * len(batch)
                done += 1
                bar.update()
            if trained.before_step is not None and slim.compact():
                pixels = _read(lessons.pixels, slim)
            bar.set_postfix(epoch=f"{epoch + 1}/{schedule.epochs}", loss=f"{total / n:.4f}", weights=slim.kept())


def _read(pixels: torch.Tensor, slim: Slim) -> torch.Tensor:
    return pixels if len(slim.pixels) == pixels.shape[1] else pixels[:, slim.pixels].contiguous()
