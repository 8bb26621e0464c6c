"""What a lab's functions returned: is it a network of the kind that was asked for, does everything come back?"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dc_lab.course.lab import Coded, LabError, Score


def problem(network: Mapping[str, np.ndarray], returned: Any) -> str | None:
    """What is wrong with the names, shapes and dtypes of a network that was returned, in words; None if nothing is."""
    if not isinstance(returned, Mapping) or set(returned) != set(network):
        return f"It has to return a dictionary with the keys {', '.join(network)}."
    for name, array in network.items():
        found = returned[name]
        if not isinstance(found, np.ndarray) or found.shape != array.shape or found.dtype != np.float32:
            return f"{name} has to be a float32 array of shape {array.shape}."
        if not np.isfinite(found).all():
            return f"{name} holds NaN or infinite values."
    return None


def coded(found: Coded, what: str, problem: Callable[[np.ndarray, Any], str | None]) -> Score:
    """Bytes for each input, the decoder's source shared among all; `what` is what one of them is called.

    Raises
    ------
    LabError : an input does not come back. `problem` says what is wrong with what came of it, None if it is the same.
    """
    for number, (given, decoded) in enumerate(zip(found.inputs, found.decoded, strict=True), 1):
        if (wrong := problem(np.asarray(given), decoded)) is not None:
            raise LabError(f"{what.capitalize()} {number}: {wrong}")
    each = ", ".join(f"{len(payload):,}" for payload in found.payloads)
    return Score(found.bytes_each, f"The {what}s take {each} bytes, the decoder's source {found.code_bytes:,}.")
