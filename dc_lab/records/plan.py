"""The plan of a record: everything that decides the file, as data."""

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import tomli_w

from dc_lab.coding.kernels import MOST_PLACES
from dc_lab.networks import models
from dc_lab.records.tied import places_of
from dc_lab.support import files

UNITS = {
    net: tuple(shape[0] for name, shape in models.shapes(net).items() if name.endswith(".weight"))[:-1]
    for net in models.NETS
}
"""Units (neurons or channels) of the hidden layers of each network."""

IMAGES = ("moved", "distorted")

MOST_LEVEL = 15
"""Levels on each side of zero, at most."""

MOST = 1_000_000
"""Of what is counted: no plan is meant to go further."""


@dataclass(frozen=True)
class Plan:
    """How a record is made. Epochs are passes over the training images; learning rates are Adam's, along a cosine.

    `units` are what each hidden layer begins with, at most what the network has: the rest is zero from the start.
    Of all weights `keep` are left in the end; the layers compete for them. `ramp` is the share of the pruning epochs
    in which the number falls (cubic schedule). Then the weights of each layer share as many numbers as `values` says
    (8 each if empty), its biases `bias_values`; `book_lr` is the learning rate of these numbers. `images` are "moved"
    by up to one pixel, or "distorted": turned and stretched a little as well. With `teacher_epochs` a larger network is
    trained first, and its answers, softened by `temperature`, are learned together with the labels, whose share of the
    loss is `hard`.
    """

    net: str
    units: tuple[int, ...]
    keep: int
    epochs: int = 60
    lr: float = 2e-3
    ramp: float = 0.6
    values: tuple[int, ...] = ()
    bias_values: int = 8
    share_epochs: int = 10
    share_lr: float = 2e-4
    book_lr: float = 6e-5
    images: str = "moved"
    teacher_epochs: int = 0
    temperature: float = 2.0
    hard: float = 0.3
    batch_size: int = 128
    seed: int = 1

    def __post_init__(self) -> None:
        _check_net(self)
        layers = len(UNITS[self.net]) + 1
        _check_list(self, "values")
        object.__setattr__(self, "values", self.values or (8,) * layers)
        _check_row(self, "values", layers, 256)
        for name, least in (
            ("keep", 10), ("epochs", 1), ("bias_values", 1), ("share_epochs", 1), ("teacher_epochs", 0),
            ("batch_size", 1),
        ):  # fmt: skip
            _check_count(self, name, least)
        _check_seed(self, "seed")
        for name in ("lr", "share_lr", "book_lr", "ramp", "hard"):
            _check_share(self, name)
        if self.share_lr == 0:
            raise ValueError("share_lr must be above 0, got 0")
        _check_lessons(self)


@dataclass(frozen=True)
class GridPlan:
    """How a record on a coarse grid is made (see `grid`).

    `units` are what each hidden layer begins with; the weights of each layer have `levels` on each side of zero, biases
    `bias_levels`. `bytes` is what the weights should take in the end, by the estimate of `rate`. A step is at the start
    `start` times the root mean square of its layer. With `places` and `strides`, one for each hidden Linear layer, its
    neurons are kernels that stand at so many places each way, so far apart (see `tied`), and `units` counts kernels.
    Passes are those over the training images in each stage; within those on the grid the bits come down over a share of
    `ramp`. In the last stage bits have a price only if there are `last_bytes`: what the weights should take by then.
    `lessons_seed` is that of images and teacher. The rest is as in `Plan`.
    """

    net: str
    units: tuple[int, ...]
    levels: tuple[int, ...]
    bytes: int
    places: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    bias_levels: int = 7
    dense_passes: int = 12
    grid_passes: int = 40
    last_passes: int = 16
    last_bytes: int = 0
    lr: float = 4e-3
    grid_lr: float = 6e-3
    step_lr: float = 5e-4
    start: float = 1.2
    ramp: float = 0.7
    images: str = "distorted"
    teacher_epochs: int = 16
    temperature: float = 2.0
    hard: float = 0.3
    batch_size: int = 128
    seed: int = 1
    lessons_seed: int = 1

    def __post_init__(self) -> None:
        _check_net(self)
        _check_row(self, "levels", len(UNITS[self.net]) + 1, MOST_LEVEL)
        for name, least in (
            ("bytes", 100), ("bias_levels", 1), ("dense_passes", 1), ("grid_passes", 3), ("last_passes", 1),
            ("teacher_epochs", 0), ("batch_size", 1), ("last_bytes", 0),
        ):  # fmt: skip
            _check_count(self, name, least)
        if self.bias_levels > MOST_LEVEL:
            raise ValueError(f"bias_levels must be at most {MOST_LEVEL}, got {self.bias_levels}")
        _check_seed(self, "seed")
        _check_seed(self, "lessons_seed")
        for name in ("lr", "grid_lr", "step_lr", "ramp", "hard"):
            _check_share(self, name)
        for name in ("ramp", "start"):
            if not _number(getattr(self, name)) or not 0.01 <= getattr(self, name) <= 10:
                raise ValueError(f"{name} must be a number from 0.01 to 10, got {getattr(self, name)!r}")
        _check_lessons(self)
        for name in ("places", "strides"):
            _check_list(self, name)
        if self.places or self.strides:
            self._check_places()

    def _check_places(self) -> None:
        hidden = sum(len(shape) == 2 for name, shape in models.shapes(self.net).items() if name.endswith(".weight")) - 1
        for name in ("places", "strides"):
            row = getattr(self, name)
            if len(row) != hidden or not all(_whole(k) and 1 <= k <= MOST_PLACES for k in row):
                raise ValueError(
                    f"{name} of {self.net} must be {hidden} numbers from 1 to {MOST_PLACES}, or none, got {row!r}"
                )
        for place in places_of(self.net, self.places, self.strides):
            if place.size < 1:
                raise ValueError(
                    f"{place.number} places {place.stride} apart leave no room for a kernel in {place.side} entries"
                )
        for full, kernels, number in zip(UNITS[self.net][-hidden:], self.units[-hidden:], self.places, strict=True):
            if kernels * number**2 > full:
                raise ValueError(
                    f"{kernels} kernels at {number} x {number} places are {kernels * number**2} units,"
                    f" expected at most {full}"
                )


def _check_net(plan: Plan | GridPlan) -> None:
    if plan.net not in UNITS:
        raise ValueError(f"net must be one of {', '.join(UNITS)}, got {plan.net!r}")
    most = UNITS[plan.net]
    _check_list(plan, "units")
    if len(plan.units) != len(most) or not all(
        _whole(n) and 1 <= n <= full for n, full in zip(plan.units, most, strict=True)
    ):
        raise ValueError(f"units of {plan.net} must be {len(most)} numbers from 1 to {most}, got {plan.units!r}")


def _check_list(plan: Plan | GridPlan, name: str) -> None:
    """A list becomes a tuple, so that plans can be compared."""
    if not isinstance(getattr(plan, name), (list, tuple)):
        raise ValueError(f"{name} must be a list of numbers, one a layer, got {getattr(plan, name)!r}")
    object.__setattr__(plan, name, tuple(getattr(plan, name)))


def _check_row(plan: Plan | GridPlan, name: str, layers: int, most: int) -> None:
    _check_list(plan, name)
    row = getattr(plan, name)
    if len(row) != layers or not all(_whole(k) and 1 <= k <= most for k in row):
        raise ValueError(f"{name} of {plan.net} must be {layers} numbers from 1 to {most}, got {row!r}")


def _check_count(plan: Plan | GridPlan, name: str, least: int) -> None:
    value = getattr(plan, name)
    if not _whole(value) or value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, got {value!r}")
    if value > MOST:
        raise ValueError(f"{name} must be at most {MOST:,}, got {value}")


def _check_seed(plan: Plan | GridPlan, name: str) -> None:
    value = getattr(plan, name)
    if not _whole(value) or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or more, got {value!r}")
    if value >= 2**63:
        raise ValueError(f"{name} must be below 2**63, got {value}")


def _check_share(plan: Plan | GridPlan, name: str) -> None:
    value = getattr(plan, name)
    if not _number(value) or not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1, got {value!r}")


def _check_lessons(plan: Plan | GridPlan) -> None:
    if plan.images not in IMAGES:
        raise ValueError(f"images must be one of {', '.join(IMAGES)}, got {plan.images!r}")
    if not _number(plan.temperature) or not 0.1 <= plan.temperature <= 100:
        raise ValueError(f"temperature must be a number from 0.1 to 100, got {plan.temperature!r}")


def load(path: Path) -> Plan | GridPlan:
    """Read a `.toml` or `.json` file: a plan of a grid if it has `levels`.

    Raises
    ------
    ValueError : not such a file, or not a plan; the message names the file. OSError : it cannot be read.
    """
    try:
        values = files.read_settings(path)
        kind = GridPlan if "levels" in values else Plan
        known = [entry.name for entry in fields(kind)]
        unknown = [key for key in values if key not in known]
        if unknown:
            raise ValueError(f"no setting {', '.join(map(repr, unknown))}; expected {', '.join(known)}")
        return kind(**values)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from None


def save(plan: Plan | GridPlan, path: Path) -> None:
    """Write a `.toml` file."""
    files.write(path, tomli_w.dumps(asdict(plan)).encode())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shipped(net: str) -> Plan | GridPlan:
    """The plan of the record that comes with this program.

    Raises
    ------
    ValueError : there is none for this network.
    """
    if net not in UNITS:
        raise ValueError(f"no record for {net!r}; expected one of {', '.join(UNITS)}")
    return load(Path(__file__).parent.parent / "recipes" / f"record-{net}.toml")


def dense_bytes(net: str) -> int:
    """Bytes of all parameters of the network as float32: what every ratio is taken against."""
    shapes = models.shapes(net)
    return 4 * sum(math.prod(shape) for shape in shapes.values())
