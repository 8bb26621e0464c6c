"""Compression of a plain state_dict: no model class, no data, no training, whatever made the weights."""

import math
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from dc_lab import pruning, sharing

CONVOLUTION_BITS, MATRIX_BITS = 8, 5
"""Codebook bits of tensors with more than two dimensions, and of matrices, where nothing else is asked for."""


class Rule(NamedTuple):
    """A value for the tensors whose name, or layer (the name up to the last dot), matches a `*` pattern."""

    pattern: str
    value: float

    def fits(self, name: str, ndim: int) -> bool:
        """A pattern is for weights; a bias or another vector is meant only if it is named in full."""
        if self.pattern == name:
            return True
        return ndim >= 2 and any(fnmatchcase(part, self.pattern) for part in (name, name.rpartition(".")[0]))


class Row(NamedTuple):
    """What happened to one tensor. `bits` is None where it is kept as it is; `change` is the root mean square of the
    change against that of the tensor, in percent."""

    name: str
    shape: tuple[int, ...]
    kept_pct: float
    bits: int | None
    change: float


def check_finite(name: str, array: np.ndarray) -> None:
    """Raises ValueError naming a tensor with NaN or infinite values."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} holds {int((~np.isfinite(array)).sum())} NaN or infinite values")


def _sum_of_squares(array: np.ndarray) -> float:
    """In float64, which float16 and large float32 values need, but without a copy of the array in float64."""
    flat = array.ravel()
    return float(np.einsum("i,i->", flat, flat, dtype=np.float64, casting="same_kind"))


class Compressed(Mapping[str, np.ndarray]):
    """The tensors of `weights`, pruned and shared by rules, each worked out when it is asked for.

    So `archive.save` holds one tensor at a time. `rows` fills up as it goes.

    Parameters
    ----------
    weights : name -> array. Real tensors of two and more dimensions are shared, the others are kept.
    densities, bits : rules; the last one that fits a tensor counts. Density 1 and 8 or 5 bits otherwise.
    on_tensor : called with the number of values of each tensor once it is done.

    Raises
    ------
    ValueError : a rule that fits no tensor, or a value out of range. On access: NaN or infinite weights.
    """

    def __init__(
        self,
        weights: Mapping[str, np.ndarray],
        shapes: Mapping[str, tuple[int, ...]],
        densities: list[Rule],
        bits: list[Rule],
        on_tensor: Callable[[int], None] = lambda values: None,
    ) -> None:
        for rule in densities:
            if not 0 <= rule.value <= 1:
                raise ValueError(f"density must be from 0 to 1, got {rule.value}")
        for rule in bits:
            if not 1 <= rule.value <= 16 or rule.value != int(rule.value):
                raise ValueError(f"bits must be a whole number from 1 to 16, got {rule.value}")
        for rule in [*densities, *bits]:
            if not any(rule.fits(name, len(shape)) for name, shape in shapes.items()):
                raise ValueError(f"no weights match {rule.pattern!r}; there are {', '.join(shapes)}")
        self.weights, self.densities, self.bits, self.on_tensor = weights, densities, bits, on_tensor
        self.rows: list[Row] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def _rule(self, rules: list[Rule], name: str, ndim: int) -> float | None:
        return next((rule.value for rule in reversed(rules) if rule.fits(name, ndim)), None)

    def __getitem__(self, name: str) -> np.ndarray:
        array = self.weights[name]
        check_finite(name, array)
        density = self._rule(self.densities, name, array.ndim)
        bits = self._rule(self.bits, name, array.ndim)
        if bits is None and array.ndim >= 2:
            bits = MATRIX_BITS if array.ndim == 2 else CONVOLUTION_BITS
        if array.dtype.kind != "f":
            bits = density = None
        result = array
        if density is not None and density < 1:
            result = np.where(pruning.magnitude_mask(array, density), array, np.zeros((), array.dtype))
        if bits is not None:
            result = sharing.share(result, int(bits))
        self.rows.append(self._row(name, array, result, None if bits is None else int(bits)))
        self.on_tensor(array.size)
        return result

    @staticmethod
    def _row(name: str, before: np.ndarray, after: np.ndarray, bits: int | None) -> Row:
        kept = 100 * np.count_nonzero(after) / max(after.size, 1)
        if after is before or before.size == 0:
            return Row(name, before.shape, kept, bits, 0.0)
        power = _sum_of_squares(before)
        change = 100 * math.sqrt(_sum_of_squares(np.subtract(after, before)) / power) if power else 0.0
        return Row(name, before.shape, kept, bits, change)
