"""The shipped networks that the curves start from, and the error that they report."""

from collections.abc import Mapping

import numpy as np
from torch import nn

from dc_lab import archive, pipeline
from dc_lab.checkpoints import weights
from dc_lab.networks import datasets, training

LENET300, LENET5 = "lenet-300-100", "lenet-5"
KINDS = ("dense", "pruned")


def checkpoints(*nets: str) -> tuple[str, ...]:
    """File names of the dense and the pruned networks."""
    return tuple(name for net in nets for name in (f"{net}.safetensors", f"{net}-pruned.dcz"))


def arrays(net: str, kind: str = "dense") -> dict[str, np.ndarray]:
    """A shipped network, float32: as it was trained ("dense"), or "pruned" and retrained, most weights zero.

    Raises
    ------
    ValueError : another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if kind == "pruned":
        return archive.load(datasets.checkpoint(f"{net}-pruned.dcz"))
    return weights.load_weights(datasets.checkpoint(f"{net}.safetensors"))


def model_of(net: str, values: Mapping[str, np.ndarray]) -> nn.Module:
    """The network with these weights."""
    return pipeline.restored(net, values)


def held_out_error(model: nn.Module) -> float:
    """Percent of the 5,000 held-out images wrong."""
    return training.error_percent(model, datasets.mnist("held_out"))
