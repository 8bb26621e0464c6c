"""Weights that a checkpoint holds in parts (weight and mask, length and direction) put together again.

A layer under `torch.nn.utils.prune` has no `weight` in its state_dict, but `weight_orig` and `weight_mask`, and one
under a parametrization has `parametrizations.weight.original` and what belongs to it. Compressing the parts one by one
would prune and round the mask. Where it is clear what the parts stand for, the weight is worked out; else the file
is refused, with what to do.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import torch

from dc_lab.checkpoints.kinds import Refused

Shape = tuple[int, ...]

REMEDY = (
    "take the parametrization off before saving: torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight'), "
    "or release_masks, fix_codebooks and fix_quantized for those of dc_lab"
)


class Fold(NamedTuple):
    """A weight to work out: from which parts, how, and what that is called. The first part gives it its place."""

    name: str
    parts: tuple[str, ...]
    work: Callable[..., torch.Tensor]
    how: str


def folds(shapes: Mapping[str, Shape]) -> list[Fold]:
    """What to put together in a state_dict with tensors of these names and shapes, in their order.

    Raises
    ------
    Refused : a parametrization whose weight does not follow from what is in the file; says what to do.
    """
    found = [fold for name in shapes for fold in _starting_at(name, shapes)]
    used = {part for fold in found for part in fold.parts}
    left = next((name for name in shapes if ".parametrizations." in f".{name}" and name not in used), None)
    if left is not None:
        raise Refused(f"{left} belongs to a parametrization that is not known here; {REMEDY}")
    return found


def _starting_at(name: str, shapes: Mapping[str, Shape]) -> Iterable[Fold]:
    """The fold whose first part has this name, if there is one."""
    if ".parametrizations." in f".{name}":
        yield from _parametrized(name, shapes)
    elif name.endswith("_orig"):
        yield from _original(name, name.removesuffix("_orig"), shapes)
    elif name.endswith("_g"):
        base = name.removesuffix("_g")
        direction = f"{base}_v"
        if direction in shapes and base not in shapes and _is_length(shapes[name], shapes[direction]):
            yield Fold(base, (name, direction), _by_length, "weight_norm")


def _original(name: str, base: str, shapes: Mapping[str, Shape]) -> Iterable[Fold]:
    """torch.nn.utils.prune and spectral_norm: weight_orig, and beside it weight_mask or weight_u and weight_v."""
    mask, left, right = (f"{base}_{part}" for part in ("mask", "u", "v"))
    if base in shapes:
        return
    if shapes.get(mask) == shapes[name]:
        yield Fold(base, (name, mask), torch.mul, "mask")
    elif left in shapes and right in shapes:
        yield Fold(
            base, (name, left, right), _spectral(name, shapes[name], shapes[left], shapes[right]), "spectral_norm"
        )


def _parametrized(name: str, shapes: Mapping[str, Shape]) -> Iterable[Fold]:
    """torch.nn.utils.parametrize: `layer.parametrizations.weight.original`, and `.0.mask` or the like beside it."""
    before, _, after = name.rpartition("parametrizations.")
    tensor, _, part = after.partition(".")
    stem = f"{before}parametrizations.{tensor}."
    beside = {other.removeprefix(stem): shape for other, shape in shapes.items() if other.startswith(stem)}
    base = f"{before}{tensor}"
    if part == "original0" and set(beside) == {"original0", "original1"}:
        if _is_length(beside["original0"], beside["original1"]):
            yield Fold(base, (name, f"{stem}original1"), _by_length, "weight_norm")
    elif part == "original" and set(beside) == {"original", "0._u", "0._v"}:
        work = _spectral(name, shapes[name], beside["0._u"], beside["0._v"])
        yield Fold(base, (name, f"{stem}0._u", f"{stem}0._v"), work, "spectral_norm")
    elif part == "original":
        masks = {other for other in beside if other != "original"}
        is_mask = all(other.endswith(".mask") and beside[other] == shapes[name] for other in masks)
        if masks and is_mask:
            yield Fold(base, (name, *(f"{stem}{mask}" for mask in sorted(masks))), _masked, "mask")


def _masked(weight: torch.Tensor, *masks: torch.Tensor) -> torch.Tensor:
    for mask in masks:
        weight = weight * mask
    return weight


def _is_length(length: Shape, direction: Shape) -> bool:
    """Whether these can be the two parts of weight_norm: one length for each index of one axis, or one for all."""
    if length == ():
        return len(direction) > 0
    kept = [axis for axis, size in enumerate(length) if size != 1]
    if len(length) != len(direction) or len(direction) < 2 or len(kept) > 1:
        return False
    return all(length[axis] == direction[axis] for axis in kept)


def _by_length(length: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """weight = length · direction / |direction|, the norm over all axes but that of the lengths."""
    if length.ndim == 0:
        return direction * (length / direction.norm())
    axis = next((axis for axis, size in enumerate(length.shape) if size != 1), 0)
    return torch._weight_norm(direction, length, axis)


def _spectral(name: str, weight: Shape, left: Shape, right: Shape) -> Callable[..., torch.Tensor]:
    """weight = original / (u · W v), where W is the original with one axis first and the others behind it in a row."""
    size = 1
    for dimension in weight:
        size *= dimension
    axes = [axis for axis, rows in enumerate(weight[:2]) if left == (rows,) and right == (size // max(rows, 1),)]
    if not axes or (len(axes) > 1 and len(weight) > 2):
        raise Refused(f"{name} is under spectral_norm, and its shape {weight} does not tell along which axis; {REMEDY}")

    def work(original: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        matrix = original.movedim(axes[0], 0).flatten(1)
        return original / torch.dot(u, torch.mv(matrix, v))

    return work
