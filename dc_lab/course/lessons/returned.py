"""What a lab's function returned: is it a network of the kind that was asked for?"""

from collections.abc import Mapping
from typing import Any

import numpy as np


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
