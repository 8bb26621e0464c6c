"""The plan of a record: everything that decides the file, as data."""

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import tomli_w

from dc_lab.networks import models
from dc_lab.support import files

UNITS = {
    net: tuple(shape[0] for name, shape in models.shapes(net).items() if name.endswith(".weight"))[:-1]
    for net in models.NETS
}
"""Units (neurons or channels) of the hidden layers of each network."""

IMAGES = ("moved", "distorted")

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
        if self.net not in UNITS:
            raise ValueError(f"net must be one of {', '.join(UNITS)}, got {self.net!r}")
        most = UNITS[self.net]
        for name in ("units", "values"):
            if not isinstance(getattr(self, name), (list, tuple)):
                raise ValueError(f"{name} must be a list of numbers, one a layer, got {getattr(self, name)!r}")
        object.__setattr__(self, "units", tuple(self.units))
        if len(self.units) != len(most) or not all(
            _whole(n) and 1 <= n <= full for n, full in zip(self.units, most, strict=True)
        ):
            raise ValueError(f"units of {self.net} must be {len(most)} numbers from 1 to {most}, got {self.units!r}")
        object.__setattr__(self, "values", tuple(self.values) or (8,) * (len(most) + 1))
        if len(self.values) != len(most) + 1 or not all(_whole(k) and 1 <= k <= 256 for k in self.values):
            raise ValueError(f"values of {self.net} must be {len(most) + 1} numbers from 1 to 256, got {self.values!r}")
        for name, least in (
            ("keep", 10), ("epochs", 1), ("bias_values", 1), ("share_epochs", 1), ("teacher_epochs", 0),
            ("batch_size", 1), ("seed", 0),
        ):  # fmt: skip
            if not _whole(getattr(self, name)) or getattr(self, name) < least:
                raise ValueError(f"{name} must be a whole number, {least} or more, got {getattr(self, name)!r}")
            if name != "seed" and getattr(self, name) > MOST:
                raise ValueError(f"{name} must be at most {MOST:,}, got {getattr(self, name)}")
        if self.seed >= 2**63:
            raise ValueError(f"seed must be below 2**63, got {self.seed}")
        for name in ("lr", "share_lr", "book_lr", "ramp", "hard"):
            if not _number(getattr(self, name)) or not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be a number from 0 to 1, got {getattr(self, name)!r}")
        if self.images not in IMAGES:
            raise ValueError(f"images must be one of {', '.join(IMAGES)}, got {self.images!r}")
        if self.share_lr == 0:
            raise ValueError("share_lr must be above 0, got 0")
        if not _number(self.temperature) or not 0.1 <= self.temperature <= 100:
            raise ValueError(f"temperature must be a number from 0.1 to 100, got {self.temperature!r}")

    @classmethod
    def load(cls, path: Path) -> "Plan":
        """Read a `.toml` or `.json` file.

        Raises
        ------
        ValueError : not such a file, or not a plan; the message names the file. OSError : it cannot be read.
        """
        try:
            values = files.read_settings(path)
            known = [entry.name for entry in fields(cls)]
            unknown = [key for key in values if key not in known]
            if unknown:
                raise ValueError(f"no setting {', '.join(map(repr, unknown))}; expected {', '.join(known)}")
            return cls(**values)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from None

    def save(self, path: Path) -> None:
        """Write a `.toml` file."""
        files.write(path, tomli_w.dumps(asdict(self)).encode())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shipped(net: str) -> Plan:
    """The plan of the record that comes with this program.

    Raises
    ------
    ValueError : there is none for this network.
    """
    if net not in UNITS:
        raise ValueError(f"no record for {net!r}; expected one of {', '.join(UNITS)}")
    return Plan.load(Path(__file__).parent.parent / "recipes" / f"record-{net}.toml")


def dense_bytes(net: str) -> int:
    """Bytes of all parameters of the network as float32: what every ratio is taken against."""
    shapes = models.shapes(net)
    return 4 * sum(math.prod(shape) for shape in shapes.values())
