"""bfloat16, which NumPy does not have, and the questions that every dtype has to answer."""

import ml_dtypes
import numpy as np

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
"""The upper half of a float32, as a dtype of NumPy's; arithmetic with it rounds to nearest, ties to even."""


def is_float(dtype: np.dtype) -> bool:
    """Whether the values are real numbers with a fraction: float16 to float64, and bfloat16."""
    return dtype.kind == "f" or dtype == BFLOAT16


def widened(array: np.ndarray) -> np.ndarray:
    """The values in a dtype that NumPy calculates with at its usual speed: bfloat16 as float32, exactly."""
    return array.astype(np.float32) if array.dtype == BFLOAT16 else array
