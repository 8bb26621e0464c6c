"""Lab 09: the fastest network at no more than 1.3 % held-out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from dc_lab.course.lab import Lab, LabError, Score, Value
from dc_lab.course.lessons.lesson_09.lab_reference import my_fast_network
from dc_lab.measure import cost, speed
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets, training

LIMIT = 1.3
"""Percent of the held-out images that may be wrong."""
BATCH = 64
RUNS = 301
MOST_LAYERS = 10

Arrays = Mapping[str, np.ndarray]


def inputs() -> Sequence[Value]:
    """The dense weights, the 55,000 training images as uint8 (n, 784), and their labels."""
    images = datasets.mnist("train")
    return dict(networks.arrays(networks.LENET300)), images.pixels.reshape(len(images.labels), -1), images.labels


def problem(found: Any) -> str | None:
    """What is wrong with what a function returned, in words; None if it is a chain of linear layers."""
    names = f"ip1.weight, ip1.bias and so on, of at most {MOST_LAYERS} layers"
    if not isinstance(found, Mapping) or not found or len(found) % 2:
        return f"It has to return a dictionary with the keys {names}."
    layers = len(found) // 2
    if set(found) != {f"ip{i}.{kind}" for i in range(1, layers + 1) for kind in ("weight", "bias")}:
        return f"It has to return a dictionary with the keys {names}."
    if layers > MOST_LAYERS:
        return f"There are {layers} layers. At most {MOST_LAYERS} are allowed."
    width = 784
    for i in range(1, layers + 1):
        weight, bias = found[f"ip{i}.weight"], found[f"ip{i}.bias"]
        for name, array, axes in ((f"ip{i}.weight", weight, 2), (f"ip{i}.bias", bias, 1)):
            if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.ndim != axes or not array.size:
                return f"{name} has to be a float32 array with {axes} {'axis' if axes == 1 else 'axes'}, not empty."
            if not np.isfinite(array).all():
                return f"{name} holds NaN or infinite values."
        if weight.shape[1] != width:
            return f"ip{i}.weight reads {weight.shape[1]} numbers, and gets {width}."
        if len(bias) != len(weight):
            return f"ip{i} has {len(weight)} neurons and {len(bias)} biases."
        width = len(weight)
    return None if width == 10 else f"The last layer has {width} outputs. There are 10 digits."


def logits(layers: Sequence[tuple[torch.Tensor, torch.Tensor]], images: torch.Tensor) -> torch.Tensor:
    """Linear layers with a ReLU between them: (n, 784) to (n, 10)."""
    for number, (weight, bias) in enumerate(layers, 1):
        images = F.linear(images, weight, bias)
        if number < len(layers):
            images = F.relu(images)
    return images


def tensors(arrays: Arrays) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """(weight, bias) of each layer, in order and as torch lays them out."""
    every = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    return [(every[f"ip{i}.weight"], every[f"ip{i}.bias"]) for i in range(1, len(every) // 2 + 1)]


def milliseconds(dense: dict[str, np.ndarray], small: dict[str, np.ndarray], runs: int = RUNS) -> tuple[float, ...]:
    """Medians of both for a batch of 64 on one thread, and the median of their ratios, all timed in turn."""
    images = torch.rand(BATCH, 784, generator=torch.Generator().manual_seed(0))
    every = {"dense": tensors(dense), "small": tensors(small)}
    with training.threads(1), torch.inference_mode():
        times = cost.time_in_turn({name: _call(layers, images) for name, layers in every.items()}, runs)
    medians = [1e3 * float(np.median(times[name])) for name in every]
    return *medians, cost.ratio(times, "dense", "small")


def _call(layers: Sequence[tuple[torch.Tensor, torch.Tensor]], images: torch.Tensor) -> Any:
    return lambda: logits(layers, images)


def measure(found: Any) -> Score:
    """How many times faster than dense, batch 64 on one thread, both timed in turn in a process of their own.

    Raises
    ------
    LabError : it is no chain of linear layers, or more than LIMIT percent of the 5,000 held-out images are wrong.
    """
    if (wrong := problem(found)) is not None:
        raise LabError(wrong)
    small, dense = {name: np.array(array) for name, array in found.items()}, dict(networks.arrays(networks.LENET300))
    held_out = datasets.mnist("held_out")
    with torch.inference_mode():
        guesses = logits(tensors(small), training.to_tensor(held_out.pixels).flatten(1)).argmax(1).numpy()
    error = 100 * float(np.mean(guesses != held_out.labels))
    widths = "-".join(
        str(width) for width in (784, *(len(small[f"ip{i}.bias"]) for i in range(1, len(small) // 2 + 1)))
    )
    if error > LIMIT:
        raise LabError(
            f"{error:.2f} % of the held-out images are wrong, with {widths} neurons. At most {LIMIT} % may be."
        )
    before, after, faster = speed.apart(milliseconds, 1, dense, small)
    text = (
        f"{error:.2f} % wrong with {widths} neurons. For {BATCH} images dense took {before:.3f} ms, yours {after:.3f}."
    )
    return Score(faster, text)


LAB = Lab(
    id="09.lab",
    title="The fastest network",
    minutes=30,
    name="my_fast_network",
    stub='''
def my_fast_network(dense, images, labels):
    """Arrays of a chain of linear layers: ip1.weight, ip1.bias and so on."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=inputs,
    measure=measure,
    better="higher",
    unit="times faster than dense",
    seconds=300,
    reference=my_fast_network,
    reference_score=3.2,
)
