"""Compression of a plain state_dict: no model class, no data, no training, whatever made the weights."""

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import numpy as np

from dc_lab import pruning, sharing
from dc_lab.support.points import OnDemand

CONVOLUTION_BITS, MATRIX_BITS = 8, 5
"""Codebook bits of tensors with more than two dimensions, and of matrices, where nothing else is asked for."""

CHUNK = 1 << 20


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


def _pieces(*arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """The arrays about a million values at a time, so that a sum over them takes no memory."""
    flat = [array.ravel() for array in arrays]
    for start in range(0, flat[0].size, CHUNK):
        yield tuple(row[start : start + CHUNK] for row in flat)


def _sum_of_squares(piece: np.ndarray) -> float:
    """In float64, which float16 and large float32 values need, but without a copy in float64."""
    return float(np.einsum("i,i->", piece, piece, dtype=np.float64, casting="same_kind"))


class Settings(NamedTuple):
    """What is asked for one tensor: the share of weights to keep and the bits of the codebook, None for neither."""

    density: float | None
    bits: int | None


class Compressed(Mapping[str, Any]):
    """The tensors of `weights`, pruned and shared by rules, each worked out when it is asked for.

    So `archive.save` holds one tensor at a time. `rows` fills up as it goes.

    Parameters
    ----------
    weights : name -> array. Real tensors of two and more dimensions are shared, the others are kept.
    densities, bits : rules; the last one that fits a tensor counts. Density 1 and 8 or 5 bits otherwise.
    on_tensor : called with the number of values of each tensor once it is done.
    executor : any `concurrent.futures.Executor`; the first tensor that is asked for starts all of them there. Results
        and `rows` do not depend on it. Tensors are read by the workers: `weights` is sent to them, so for other
        processes give it as something that reads on demand, such as `weights.WeightFile` or `imagenet.Drawn`.
    finish : called by the worker with the name and the result of each tensor; what it returns stands in place of the
        result. With `archive.encoded` a few bytes travel back instead of the tensor.

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
        executor: Executor | None = None,
        finish: Callable[[str, np.ndarray], Any] | None = None,
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
        self.weights, self.shapes, self.densities, self.bits = weights, shapes, densities, bits
        self.on_tensor, self.finish = on_tensor, finish
        self.rows: list[Row] = []
        self._results = OnDemand(weights, self._call, executor)

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def _settings(self, name: str) -> Settings:
        def value(rules: list[Rule]) -> float | None:
            ndim = len(self.shapes[name])
            return next((rule.value for rule in reversed(rules) if rule.fits(name, ndim)), None)

        bits = value(self.bits)
        return Settings(value(self.densities), None if bits is None else int(bits))

    def __getitem__(self, name: str) -> Any:
        if name not in self.weights:
            raise KeyError(name)
        row, result = self._results.result(name)
        self.rows.append(row)
        self.on_tensor(math.prod(row.shape))
        return result

    def _call(self, name: str) -> Callable[[], tuple[Row, Any]]:
        return functools.partial(one, self.weights, name, self._settings(name), self.finish)

    def cancel(self) -> None:
        """Forget what the executor has not begun: for when one tensor has failed."""
        self._results.cancel()


def one(
    weights: Mapping[str, np.ndarray],
    name: str,
    settings: Settings,
    finish: Callable[[str, np.ndarray], Any] | None = None,
) -> tuple[Row, Any]:
    """What happened to one tensor, and the tensor pruned and shared, or what `finish` makes of it.

    Raises
    ------
    ValueError : NaN or infinite weights.
    """
    array = weights[name]
    check_finite(name, array)
    density, bits = settings
    if bits is None and array.ndim >= 2:
        bits = MATRIX_BITS if array.ndim == 2 else CONVOLUTION_BITS
    if array.dtype.kind != "f":
        bits = density = None
    result = array
    if density is not None and density < 1:
        mask = pruning.magnitude_mask(array, density)
        result = np.zeros_like(array)  # and only what is kept is shared: of a large layer, one copy less
        result[mask] = array[mask] if bits is None else sharing.share(array[mask], bits)
        del mask
    elif bits is not None:
        result = sharing.share(result, bits)
    row = _row(name, array, result, bits)
    del array
    return row, result if finish is None else finish(name, result)


def _row(name: str, before: np.ndarray, after: np.ndarray, bits: int | None) -> Row:
    kept = 100 * np.count_nonzero(after) / max(after.size, 1)
    if after is before or before.size == 0:
        return Row(name, before.shape, kept, bits, 0.0)
    power = sum(_sum_of_squares(piece) for (piece,) in _pieces(before))
    moved = sum(_sum_of_squares(new - old) for new, old in _pieces(after, before))
    return Row(name, before.shape, kept, bits, 100 * math.sqrt(moved / power) if power else 0.0)
