"""A recipe: everything that decides the compressed network, given the trained one. Checked, read and written here."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import tomli_w

from dc_lab import sharing
from dc_lab.support import files

MOST = 1_000_000
"""Of epochs, of images in a batch, and of learning rates: beyond that a number is a slip."""

MOST_SHIFT = 27
"""Pixels: an image that is moved by more is empty."""

MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Layer:
    """How far one layer is compressed: the share of weights kept, and the bits of its codebook (2**bits values)."""

    density: float = 1.0
    bits: int = 8

    def __post_init__(self) -> None:
        if not _number(self.density) or not 0 < self.density <= 1:
            raise ValueError(f"density must be above 0 and at most 1, got {self.density!r}")
        if not _whole(self.bits) or not 1 <= self.bits <= 16:
            raise ValueError(f"bits must be a whole number from 1 to 16, got {self.bits!r}")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the compressed network, given the trained one.

    `layers` maps names as in `model.named_modules()` to how far they go. Epochs are passes over the training
    images, learning rates are Adam's. `ramp` is the share of the pruning epochs over which the density falls
    from 1 (cubic schedule; 0 prunes in one shot). `half` rounds codebooks and biases to float16 at the end, so that
    they take two bytes a value. `shift` moves training images by up to that many pixels.
    """

    layers: Mapping[str, Layer] = field(default_factory=dict)
    prune_epochs: int = 10
    prune_lr: float = 1e-3
    ramp: float = 0.6
    share_epochs: int = 2
    share_lr: float = 1e-4
    start: str = sharing.START
    half: bool = True
    shift: int = 0
    weight_decay: float = 0.0
    batch_size: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        for name, most in (("prune_epochs", MOST), ("share_epochs", MOST), ("shift", MOST_SHIFT), ("seed", MOST_SEED)):
            if not _whole(getattr(self, name)) or not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be a whole number from 0 to {most:,}, got {getattr(self, name)!r}")
        for name in ("prune_lr", "share_lr", "weight_decay"):
            if not _number(getattr(self, name)) or not 0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must be a number from 0 to {MOST:,}, got {getattr(self, name)!r}")
        if not _number(self.ramp) or not 0 <= self.ramp <= 1:
            raise ValueError(f"ramp must be from 0 to 1, got {self.ramp!r}")
        if not _whole(self.batch_size) or self.batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {self.batch_size!r}")
        if self.batch_size > MOST:
            raise ValueError(f"batch_size must be at most {MOST:,}, got {self.batch_size}")
        if not isinstance(self.half, bool):
            raise ValueError(f"half must be true or false, got {self.half!r}")
        if self.start not in sharing.ALL_STARTS:
            raise ValueError(f"start must be one of {', '.join(sharing.ALL_STARTS)}, got {self.start!r}")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """The recipe that `to_dict` was taken from.

        Raises
        ------
        ValueError : an unknown key, or a value out of range.
        """
        _check_keys(values, cls, "recipe")
        layers = values.get("layers", {})
        if not isinstance(layers, Mapping) or not all(isinstance(layer, Mapping) for layer in layers.values()):
            raise ValueError("layers must map each layer's name to its density and bits")
        for name, layer in layers.items():
            _check_keys(layer, Layer, f"layer {name!r}")
        return cls(**{**values, "layers": {name: Layer(**layer) for name, layer in layers.items()}})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for TOML or JSON; settings first, layers last."""
        values = asdict(self)
        return {**{key: value for key, value in values.items() if key != "layers"}, "layers": values["layers"]}

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        """Read a `.toml` or `.json` file.

        Raises
        ------
        ValueError : not such a file, or not a recipe; the message names the file. OSError : it cannot be read.
        """
        try:
            return cls.from_dict(files.read_settings(path))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from None

    def save(self, path: Path) -> None:
        """Write a `.toml` or `.json` file."""
        values = self.to_dict()
        text = json.dumps(values, indent=2) + "\n" if path.suffix == ".json" else tomli_w.dumps(values)
        files.write(path, text.encode())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_keys(values: Mapping[str, Any], target: type, what: str) -> None:
    known = [entry.name for entry in fields(target)]
    unknown = [key for key in values if key not in known]
    if unknown:
        raise ValueError(f"{what} has no setting {', '.join(map(repr, unknown))}; expected {', '.join(known)}")


def default_recipe(net: str) -> Recipe:
    """The recipe that the command line's `demo` uses for one of `models.NETS`."""
    return Recipe.load(Path(__file__).parent / f"{net}.toml")
