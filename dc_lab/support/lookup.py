"""The layers of a model found by name."""

from collections.abc import Collection
from typing import Any

from torch import nn


def layers(model: nn.Module, names: Collection[str]) -> dict[str, Any]:
    """Name -> layer for these names, as in `model.named_modules()`; a layer that stands in two places has two names.

    Raises
    ------
    KeyError : a layer that the model does not have; the message names those that it has.
    """
    known = dict(model.named_modules(remove_duplicate=False))
    for name in names:
        if name not in known:
            raise KeyError(f"no layer {name!r} in this model; it has {', '.join(filter(None, known))}")
    return {name: known[name] for name in names}
