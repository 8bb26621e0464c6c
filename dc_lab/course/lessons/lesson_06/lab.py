"""Lab 06: the lowest held-out error with weights of 3 bits."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dc_lab.course.lab import Lab, LabError, Score, Value
from dc_lab.course.lessons.lesson_06.lab_reference import my_bits
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets

BITS = 3
LOW, HIGH = -4, 3


def inputs() -> Sequence[Value]:
    """The dense weights, the 55,000 training images as uint8 (n, 784), and their labels."""
    images = datasets.mnist("train")
    return dict(networks.arrays(networks.LENET300)), images.pixels.reshape(len(images.labels), -1), images.labels


def scales_of(name: str) -> str:
    """The key of the scales that belong to a weight: "ip1.scales" to "ip1.weight"."""
    return f"{name.removesuffix('.weight')}.scales"


def problem(dense: Mapping[str, np.ndarray], found: Any) -> str | None:
    """What is wrong with what a function returned, in words; None if it can be scored."""
    weights = [name for name, array in dense.items() if array.ndim == 2]
    keys = [key for name in dense for key in ([name, scales_of(name)] if name in weights else [name])]
    if not isinstance(found, Mapping) or set(found) != set(keys):
        return f"It has to return a dictionary with the keys {', '.join(keys)}."
    for name, array in dense.items():
        wrong = _wrong_weight(name, array, found) if name in weights else _wrong(name, array.shape, found[name])
        if wrong is not None:
            return wrong
    return None


def _wrong_weight(name: str, dense: np.ndarray, found: Mapping[str, Any]) -> str | None:
    """What is wrong with the integers and scales of a layer."""
    integers = found[name]
    if not isinstance(integers, np.ndarray) or integers.shape != dense.shape or integers.dtype != np.int8:
        return f"{name} has to be an int8 array of shape {dense.shape}: the integers."
    if integers.size and not LOW <= integers.min() <= integers.max() <= HIGH:
        return f"{name} runs from {integers.min()} to {integers.max()}. {BITS} bits hold {LOW} to {HIGH}."
    return _wrong(scales_of(name), (len(dense),), found[scales_of(name)])


def _wrong(what: str, shape: tuple[int, ...], array: Any) -> str | None:
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != np.float32:
        return f"{what} has to be a float32 array of shape {shape}."
    return None if np.isfinite(array).all() else f"{what} holds NaN or infinite values."


def stored_bytes(dense: Mapping[str, np.ndarray]) -> int:
    """Bytes of 3 bits a weight, and a float32 for each scale and bias: the same for every answer."""
    weights = sum(array.size for array in dense.values() if array.ndim == 2)
    floats = sum(len(array) for array in dense.values())  # as many scales as rows, and the biases
    return -(-weights * BITS // 8) + 4 * floats


def values(found: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Weights and biases as float32: integers times the scale of their row."""
    return {
        name: item.astype(np.float32) * found[scales_of(name)][:, None] if name.endswith(".weight") else item
        for name, item in found.items()
        if not name.endswith(".scales")
    }


def measure(found: Any) -> Score:
    """Percent of the 5,000 held-out images wrong.

    Raises
    ------
    LabError : it is no network of this kind, or has integers beyond 3 bits.
    """
    dense = networks.arrays(networks.LENET300)
    if (wrong := problem(dense, found)) is not None:
        raise LabError(wrong)
    error = networks.held_out_error(networks.model_of(networks.LENET300, values(found)))
    return Score(
        error, f"{stored_bytes(dense):,} bytes, as everybody's: 3 bits a weight, scales and biases as float32."
    )


LAB = Lab(
    id="06.lab",
    title="Three bits a weight",
    minutes=20,
    name="my_bits",
    stub='''
def my_bits(dense, images, labels):
    """Integers int8 from -4 to 3 as "ip1.weight", scales as "ip1.scales", biases."""
    raise NotImplementedError("your turn")
'''.strip(),
    inputs=inputs,
    measure=measure,
    better="lower",
    unit="% wrong",
    seconds=300,
    reference=my_bits,
    reference_score=0.86,
)
