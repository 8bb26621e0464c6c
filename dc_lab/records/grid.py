"""A small file by training on a coarse grid: each weight is one of a few levels times its layer's step.

The levels are chosen by the loss plus a price for each bit, and the price follows from the size that is asked for: it
rises while the bits are above what they should be by now, and falls while they are below. So rows and columns that are
not worth their bits die out, and what stays is a small network inside the shape of the large one. (Training with the
bits in the loss: Oktay and others 2020; a learned step: Esser and others 2020.)

Three stages. The network trains as it is; then on the grid, with the bits going down; then from the mean of what it has
been in the last steps, with its zeros held. In the last stage bits have no price, unless the plan says what they may
be. Without one, the weights that are left move on to the dearer levels.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab.networks.datasets import Images
from dc_lab.records import answers, rate
from dc_lab.records.lessons import Lessons, prepare
from dc_lab.records.plan import GridPlan
from dc_lab.records.price import on_grid
from dc_lab.records.resume import Kept
from dc_lab.records.slim import Slim, pooled
from dc_lab.records.tied import Tied, places_of
from dc_lab.support import progress

AVERAGED = 600
"""Steps whose mean the last stage begins with."""

TEACHER, STAGE, STAGES = "teacher.safetensors", "stage-{}.safetensors", (1, 2, 3)
"""Names of the files that are kept, and numbers of the stages."""

LAST = 0.35
"""The rate of the last stage at its start, as a part of that on the grid."""

RECKON_EVERY = 8
"""Steps between two tables of costs."""


NEIGHBOURS = {"lenet-300-100": True, "lenet-5": False}
"""Whether the price of a bit goes by a weight's neighbours in its map, too: what was better for each network."""


class Grid:
    """The tensors of a network on their grids: `latent` are in steps, `log_steps` their logarithms."""

    def __init__(self, plan: GridPlan) -> None:
        self.slim: Slim | Tied
        if plan.places:
            self.slim = Tied(plan.net, plan.units, places_of(plan.net, plan.places, plan.strides), plan.seed)
            sides = self.slim.sides
        else:
            self.slim = Slim(plan.net, plan.units, plan.seed)
            sides = (28, 1, 1) if self.slim.reads_pixels else (5, 5, 4, 1)
        self.most = [*plan.levels, *[plan.bias_levels] * len(self.slim.biases)]
        # The convolutions' biases go through max-pooling unchanged, so that the next layer's can stand for them.
        convolutions = [len(shape) == 4 for shape in self.slim.shapes.values()]
        self.fixed = [len(convolutions) + i for i, is_one in enumerate(convolutions) if is_one]
        self.layers = len(convolutions)
        # How wide and high the maps are that each layer's columns make.
        self.sides = sides if NEIGHBOURS[plan.net] else (1,) * self.layers
        self.latent = [torch.nn.Parameter(tensor.value) for tensor in self.slim.parameters()]
        for i in self.fixed:
            self.latent[i].requires_grad_(False)
        self.log_steps = torch.nn.Parameter(torch.zeros(len(self.latent)))
        self.there: list[torch.Tensor] | None = None
        """Where a weight is, once that is settled."""

    def trained(self) -> list[torch.nn.Parameter]:
        """What has a gradient, but for the steps."""
        return [latent for latent in self.latent if latent.requires_grad]

    @torch.no_grad()
    def lay(self, start: float) -> None:
        """From weights to steps: a step is `start` times the root mean square of its layer, or a fifth of a bias."""
        for i, latent in enumerate(self.latent):
            of_bias = latent.abs().max() / 5 + 1e-3
            step = latent.square().mean().sqrt() * start if i < self.layers else of_bias
            self.log_steps[i] = step.log()
            latent.div_(step)

    def levels(self) -> list[torch.Tensor]:
        """Whole numbers, with the latents' gradient (straight through)."""
        found = [on_grid(latent, most) for latent, most in zip(self.latent, self.most, strict=True)]
        if self.there is not None:
            for i, there in enumerate(self.there):
                # A weight that is there stays there: the level next to zero, on its side.
                least = torch.where(self.latent[i].detach() < 0, -1.0, 1.0)
                found[i] = there * (found[i] + (found[i].detach() == 0) * least)
        return found

    def values(self) -> list[torch.Tensor]:
        """The tensors as they are used: level times step."""
        steps = self.log_steps.exp()
        return [level * step for level, step in zip(self.levels(), steps, strict=True)]

    @torch.no_grad()
    def whole(self) -> dict[str, np.ndarray]:
        """The state_dict of the whole network, float32; steps are rounded to float16."""
        steps = self.log_steps.exp().half().float()
        for tracked, level, step in zip(self.slim.parameters(), self.levels(), steps, strict=True):
            tracked.value = level * step
        return self.slim.arrays()

    def logits(self, images: torch.Tensor, values: list[torch.Tensor]) -> torch.Tensor:
        """What `Slim.logits` gives, sooner: on a processor, pooling is fastest with a pixel's channels side by side."""
        if isinstance(self.slim, Tied) or self.slim.reads_pixels:
            return self.slim.logits(images, values)
        weights, biases = values[: self.layers], values[self.layers :]
        x = pooled(images.reshape(-1, 1, 28, 28), weights[:2])
        return F.linear(F.relu(F.linear(x.flatten(1), weights[2], biases[2])), weights[3], biases[3])

    def kept(self) -> list[int]:
        """How many weights each layer has."""
        return [int((level != 0).sum()) for level in self.levels()[: self.layers]]


class Quality(NamedTuple):
    """Percent wrong, and negative log-likelihood in nats an image."""

    error: float
    nll: float


@torch.no_grad()
def quality(grid: Grid, values: list[torch.Tensor], images: Images) -> Quality:
    """Of a network with these values for its `parameters`."""
    pixels = torch.tensor(images.pixels.reshape(-1, 784), dtype=torch.float32) / 255
    labels = torch.tensor(images.labels, dtype=torch.int64)
    logits = torch.cat([grid.logits(part, values) for part in pixels.split(1_000)])
    wrong = float((logits.argmax(1) != labels).float().mean())
    return Quality(100 * wrong, float(F.cross_entropy(logits, labels)))


def train(
    plan: GridPlan, images: Images, held_out: Images, folder: Path, say: Callable[[str], None] | None = None
) -> tuple[dict[str, np.ndarray], float]:
    """All of it: the teacher, if there is one, and the three stages.

    What is reached is kept in `folder`, about once a minute; from there it goes on, to the same network.

    Parameters
    ----------
    say : told what was reached after each stage; None says nothing and shows no progress.

    Returns
    -------
    The network's state_dict, and the seconds that earlier runs took for what was found in `folder`.

    Raises
    ------
    ValueError : in `folder` is what a training with other settings has kept.
    """
    teacher, seconds = _teacher(plan, images, folder, say is not None)
    grid, lessons = Grid(plan), prepare(replace(plan, seed=plan.lessons_seed), images, say is not None, teacher)
    stages = [_Stage(plan, grid, lessons, folder, number, say is not None) for number in STAGES]

    def report(stage: str, values: list[torch.Tensor]) -> None:
        if say is not None:
            found = quality(grid, values, held_out)
            say(f"{stage}: held-out error {found.error:.2f} %, NLL {found.nll:.4f}")

    # As it is.
    stages[0].run(plan.dense_passes, lambda done: plan.lr * (0.25 + 0.75 * _cosine(done)), lambda: list(grid.latent))
    report("trained", list(grid.latent))
    grid.lay(plan.start)
    # On the grid, with a price; the rate falls in the second half.
    stages[1].price = price = _Price(plan, grid)
    stages[1].run(plan.grid_passes, lambda done: plan.grid_lr * _late(done), grid.values)
    weights = "-".join(f"{kept:,}" for kept in grid.kept())
    report(f"on the grid: {weights} weights, some {price.bits / 8:,.0f} bytes", grid.values())
    # Without a price, or with one that holds the bits where they should be.
    stages[1].settle()
    if plan.last_bytes:
        stages[2].price = _Price(plan, grid, price)
    stages[2].run(plan.last_passes, lambda done: plan.grid_lr * LAST * _cosine(done), grid.values)
    report("settled", grid.values())
    return grid.whole(), seconds + sum(stage.kept.before for stage in stages)


def forget(folder: Path) -> None:
    """Remove what `train` has kept, and the folder if nothing else is in it."""
    for path in (folder / TEACHER, *(folder / STAGE.format(number) for number in STAGES)):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _teacher(plan: GridPlan, images: Images, folder: Path, progress: bool) -> tuple[answers.Teacher | None, float]:
    """The teacher, and the seconds that an earlier run took for it."""
    if not plan.teacher_epochs:
        return None, 0.0
    kept = Kept(folder / TEACHER, {"epochs": plan.teacher_epochs, "seed": plan.lessons_seed})
    found = kept.load()
    if found is None:
        teacher = answers.teach(images, plan.teacher_epochs, plan.lessons_seed, "teacher" if progress else None)
        kept.save(dict(teacher.state_dict()), now=True)
        return teacher, 0.0
    teacher = answers.Teacher()
    kept.check(found, teacher.state_dict())
    teacher.load_state_dict(found)
    return teacher.eval(), kept.before


def _cosine(done: float) -> float:
    """From 1 to 0."""
    return (1 + math.cos(math.pi * done)) / 2


def _late(done: float) -> float:
    """1 for half of the way, then down to LAST."""
    return LAST + (1 - LAST) * _cosine(max(2 * done - 1, 0))


class _Price:
    """The price of a bit, in nats a batch, and the slopes that go with it."""

    def __init__(self, plan: GridPlan, grid: Grid, before: "_Price | None" = None) -> None:
        """With `before`, the price goes on from there: it is that of the last stage, in which no weight is removed."""
        self.plan, self.grid, self.settled = plan, grid, before is not None
        self.price: float = before.price if before else 2e-6
        self.first, self.bits = 0.0, 0.0
        self.tables: list[rate.Costs] = []

    def state(self) -> torch.Tensor:
        return torch.tensor([self.price, self.first], dtype=torch.float64)

    @torch.no_grad()
    def add(self, number: int, done: float) -> None:
        """Add the slopes of all bits, times their price, to the latents' gradients, for batch `number` of a pass."""
        grid = self.grid
        if number % RECKON_EVERY == 0:
            levels = [level.detach() for level in grid.levels()[: grid.layers]]
            self.tables = [
                rate.costs(level, most, side) for level, most, side in zip(levels, grid.most, grid.sides, strict=False)
            ]
            self.bits = sum(table.bits(level) for level, table in zip(levels, self.tables, strict=True))
            self.first = self.first or self.bits
            # What the bits should be by now: down along a cubic, as magnitude pruning has it (Zhu & Gupta 2017).
            aim = 8 * (self.plan.last_bytes if self.settled else self.plan.bytes)
            done = 1.0 if self.settled else done
            wanted = aim + max(self.first - aim, 0) * (1 - min(done / self.plan.ramp, 1)) ** 3
            change = min(max((self.bits - wanted) / wanted, -0.05), 0.05)
            self.price = min(max(self.price * math.exp(change), 1e-8), 1e-3)
        for latent, table in zip(grid.latent, self.tables, strict=False):
            assert latent.grad is not None
            slopes = table.slopes(latent)
            # Of weights that stay where they are, those on the first level have nowhere to go.
            latent.grad += self.price * (slopes * (latent.abs() > 1) if self.settled else slopes)


class _Stage:
    """One stage of the training: Adam over the latents, in batches, kept on the way."""

    def __init__(self, plan: GridPlan, grid: Grid, lessons: Lessons, folder: Path, number: int, show: bool) -> None:
        self.plan, self.grid, self.lessons, self.number = plan, grid, lessons, number
        self.kept = Kept(folder / STAGE.format(number), asdict(plan))
        self.price: _Price | None = None
        self.label = f"stage {number} of 3" if show else None
        self.mean = [torch.zeros_like(latent) for latent in grid.trained()]

    def run(self, passes: int, rate_at: Callable[[float], float], values: Callable[[], list[torch.Tensor]]) -> None:
        """So many passes over the images; those that the folder has are not made again."""
        plan, grid, lessons = self.plan, self.grid, self.lessons
        n, generator = len(lessons.labels), torch.Generator().manual_seed((1_000 * plan.seed + self.number) % 2**63)
        steps = passes * -(-n // plan.batch_size)
        optimizer = torch.optim.Adam([{"params": grid.trained()}], lr=plan.grid_lr)
        if self.number > 1:
            optimizer.add_param_group({"params": [grid.log_steps], "lr": plan.step_lr})
        begin = self._go_on(optimizer, generator)
        step = begin * -(-n // plan.batch_size)
        copies = len(lessons.pixels) // n
        with progress.bar(steps, self.label, initial=step, unit="step") as shown:
            for at in range(begin, passes):
                order = torch.randperm(n, generator=generator)
                order += n * torch.randint(0, copies, (n,), generator=generator)
                for number, batch in enumerate(order.split(plan.batch_size)):
                    done = step / steps
                    optimizer.param_groups[0]["lr"] = rate_at(done)
                    logits = grid.logits(lessons.pixels[batch].float().mul_(1 / 255), values())
                    loss = lessons.loss(logits, batch)
                    optimizer.zero_grad()
                    loss.backward()
                    if self.price is not None:
                        self.price.add(number, done)
                    optimizer.step()
                    if steps - step <= AVERAGED:
                        torch._foreach_add_(self.mean, [latent.detach() for latent in grid.trained()])
                    step += 1
                    shown.update()
                bits = self.price.bits / 8 if self.price else 0
                shown.set_postfix(passes=f"{at + 1}/{passes}", loss=f"{loss.item():.4f}", bytes=f"{bits:.0f}")
                self.kept.save(self._whole(at + 1, optimizer, generator), now=at + 1 == passes)

    @torch.no_grad()
    def settle(self) -> None:
        """The latents become their mean over the last steps; what is zero now stays zero."""
        self.grid.there = [(level != 0).float() for level in self.grid.levels()[: self.grid.layers]]
        for latent, total in zip(self.grid.trained(), self.mean, strict=True):
            latent.copy_(total / AVERAGED)

    def _tensors(self, optimizer: torch.optim.Adam) -> dict[str, torch.Tensor]:
        """All that training changes, by name; the tensors themselves."""
        found = {f"latent.{i}": latent.detach() for i, latent in enumerate(self.grid.latent)}
        found |= {f"mean.{i}": mean for i, mean in enumerate(self.mean)}
        found["log_steps"] = self.grid.log_steps.detach()
        for i, state in enumerate(optimizer.state.values()):
            found |= {f"adam.{i}.{name}": value for name, value in state.items()}
        return found

    def _whole(self, passes: int, optimizer: torch.optim.Adam, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """What is kept: the tensors, and what says how to go on with them."""
        found = self._tensors(optimizer)
        found["generator"] = generator.get_state()
        found["passes"] = torch.tensor(passes)
        if self.price is not None:
            found["price"] = self.price.state()
            found["bits"] = torch.tensor(self.price.bits, dtype=torch.float64)
        return found

    def _go_on(self, optimizer: torch.optim.Adam, generator: torch.Generator) -> int:
        """Passes that were made before; what they left is laid where it was."""
        found = self.kept.load()
        if found is None:
            return 0
        # One step of nothing makes the places of Adam's averages.
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = torch.zeros_like(parameter)
        optimizer.step()
        self.kept.check(found, self._whole(0, optimizer, generator))
        with torch.no_grad():
            for name, tensor in self._tensors(optimizer).items():
                tensor.copy_(found[name])
        generator.set_state(found["generator"])
        if self.price is not None:
            self.price.price, self.price.first = found["price"].tolist()
            self.price.bits = float(found["bits"])
        return int(found["passes"])
