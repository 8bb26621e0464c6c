"""A record from nothing: train and prune a network that shrinks, let its weights share few values, write the file."""

import math
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn import functional as F

from dc_lab import archive, pipeline
from dc_lab.networks import training
from dc_lab.networks.datasets import Images
from dc_lab.records import answers
from dc_lab.records.plan import Plan, dense_bytes
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


class Lessons(NamedTuple):
    """What a student learns from: `pixels` uint8 (copies x n, 784), `labels` (n,), `soft` (copies x n, 10) or None.

    Row `copy * n + i` is image `i`. `soft` are the teacher's chances at a temperature.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    soft: torch.Tensor | None


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
    plan: Plan, path: Path, train: Images, held_out: Images, test: Images, say: Callable[[str], None] | None = None
) -> Made:
    """Make the record that `plan` describes and write its `.dcz` file.

    The test images are looked at once, at the very end, with what is read back from the file.

    Parameters
    ----------
    say : told what was reached after each stage, held-out error included; None says nothing and shows no progress.

    Raises
    ------
    ValueError : pruning left a layer empty. OSError : the file cannot be written.
    """
    began = time.perf_counter()
    files.check_writable(path)
    with training.threads(1):
        lessons = prepare(plan, train, say is not None)
        slim = Slim(plan.net, plan.units, plan.seed)

        def report(stage: str, slim: Slim) -> None:
            if say is not None:
                wrong = f"held-out error {error(slim, held_out):.2f} %"
                say(f"{stage}: {slim.kept():,} weights, {_units(slim)} units, {wrong}")

        prune(slim, plan, lessons, "prune" if say else None)
        report("pruned", slim)
        share(slim, plan, lessons, "share" if say else None)
        report("shared", slim)
    pipeline.save_checked(path, slim.arrays(), coder="smallest")
    model = pipeline.restored(plan.net, archive.load(path))
    size = path.stat().st_size
    chosen, reported = training.error_percent(model, held_out), training.error_percent(model, test)
    seconds = time.perf_counter() - began
    return Made(size, dense_bytes(plan.net) / size, chosen, reported, seconds, date.today().isoformat())


def _units(slim: Slim) -> str:
    return "-".join(str(len(weight.value)) for weight in slim.weights)


def error(slim: Slim, images: Images) -> float:
    """Percent of `images` that the network gets wrong; by `models`, as everywhere."""
    return training.error_percent(pipeline.restored(slim.net, slim.arrays()), images)


def prepare(plan: Plan, train: Images, progress: bool = False) -> Lessons:
    """Images in many places or shapes and, if the plan has a teacher, its answers to all of them."""
    pixels = answers.moved(train) if plan.images == "moved" else answers.varied(train, plan.seed)
    soft = None
    if plan.teacher_epochs:
        teacher = answers.teach(train, plan.teacher_epochs, plan.seed, "teacher" if progress else None)
        logits = answers.answers(teacher, pixels, "answers" if progress else None)
        soft = F.softmax(logits / plan.temperature, 1)
    return Lessons(pixels, torch.tensor(train.labels, dtype=torch.int64), soft)


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
                loss = _loss(logits, batch, lessons, plan)
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


def _loss(logits: torch.Tensor, batch: torch.Tensor, lessons: Lessons, plan: Plan) -> torch.Tensor:
    """Cross-entropy with the labels, and with what the teacher says (Hinton et al. 2015), nats."""
    hard = F.cross_entropy(logits, lessons.labels[batch % len(lessons.labels)])
    if lessons.soft is None:
        return hard
    wanted = lessons.soft[batch]
    soft = -(wanted * F.log_softmax(logits / plan.temperature, 1)).sum(1).mean()
    return plan.hard * hard + (1 - plan.hard) * plan.temperature**2 * soft
