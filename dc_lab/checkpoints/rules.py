"""What is asked for: rules by the names of tensors, and what they come to for one tensor."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

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
        return ndim >= 2 and matches(self.pattern, name)


def matches(pattern: str, name: str) -> bool:
    """Whether a `*` pattern is for a tensor of this name, or for the layer that it belongs to."""
    return pattern == name or any(fnmatchcase(part, pattern) for part in (name, name.rpartition(".")[0]))


@dataclass(frozen=True)
class Asked:
    """How far compression goes, by rules; the last one that fits a tensor counts.

    Attributes
    ----------
    densities : share of weights to keep, 0 to 1. Without a rule, all.
    bits : of codebooks, 1 to 16. Without a rule 5 for matrices, 8 for tensors of more dimensions.
    keep : patterns of tensors that are left exactly as they are, to the sign of a zero.
    half : values of codebooks, and of tensors that have none, are rounded to float16 where they fit into it.
    max_change : percent. In place of `bits`: the fewest for each tensor with which no slice of its first axis (a
        neuron, a filter) changes by more, root mean square, relative to the slice.
    lossless : everything is left exactly as it is.
    """

    densities: Sequence[Rule] = ()
    bits: Sequence[Rule] = ()
    keep: Sequence[str] = ()
    half: bool = False
    max_change: float | None = None
    lossless: bool = False

    def check(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Raises ValueError for values out of range, for what contradicts itself, and for rules that fit no tensor."""
        for rule in self.densities:
            if not 0 <= rule.value <= 1:
                raise ValueError(f"density must be from 0 to 1, got {rule.value}")
        for rule in self.bits:
            if not 1 <= rule.value <= 16 or rule.value != int(rule.value):
                raise ValueError(f"bits must be a whole number from 1 to 16, got {rule.value}")
        if self.max_change is not None and not 0 < self.max_change < math.inf:
            raise ValueError(f"the largest change must be a percentage above 0, got {self.max_change}")
        if self.max_change is not None and (self.bits or self.densities):
            raise ValueError("a largest change chooses the bits by itself and prunes nothing: give it alone")
        if self.lossless and (self.bits or self.densities or self.half or self.max_change is not None):
            raise ValueError("lossless leaves everything as it is: give no density, bits, half or largest change")
        for pattern, fits in self._patterns(shapes):
            if not fits:
                raise ValueError(f"no weights match {pattern!r}; there are {', '.join(shapes)}")

    def _patterns(self, shapes: Mapping[str, tuple[int, ...]]) -> Iterable[tuple[str, bool]]:
        for rule in [*self.densities, *self.bits]:
            yield rule.pattern, any(rule.fits(name, len(shape)) for name, shape in shapes.items())
        for pattern in self.keep:
            yield pattern, any(matches(pattern, name) for name in shapes)

    def settings(self, name: str, ndim: int) -> "Settings":
        """What the rules come to for one tensor."""
        if self.lossless or any(matches(pattern, name) for pattern in self.keep):
            return Settings(exact=True)
        density, bits = (
            next((rule.value for rule in reversed(rules) if rule.fits(name, ndim)), None)
            for rules in (self.densities, self.bits)
        )
        if bits is None and ndim >= 2:
            bits = MATRIX_BITS if ndim == 2 else CONVOLUTION_BITS
        return Settings(density, None if bits is None else int(bits), self.half, self.max_change)


class Settings(NamedTuple):
    """What is asked for one tensor: the share of weights to keep and the bits of the codebook, None for neither."""

    density: float | None = None
    bits: int | None = None
    half: bool = False
    max_change: float | None = None
    exact: bool = False
