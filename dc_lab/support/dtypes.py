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


def sortable(array: np.ndarray) -> np.ndarray:
    """The values in a dtype that NumPy sorts rightly: float16 and bfloat16 as float32, exactly.

    On processors with AVX512-FP16, `sort` and `unique` of NumPy 2.2 are wrong for some 3,000 float16 and more where few
    are distinct, as in a layer that is shared, and for millions of any.
    """
    return widened(array) if array.dtype != np.float16 else array.astype(np.float32)


def magnitudes(array: np.ndarray) -> np.ndarray:
    """Absolute values, in a dtype that holds them all: int8 becomes uint8, since -128 has no counterpart in int8.

    bfloat16 becomes float32, as in `widened`; other dtypes stay.
    """
    magnitude = np.abs(widened(array))
    # The smallest integer is its own absolute value in its dtype. Its bits, read without a sign, are the right number.
    return magnitude.view(f"u{magnitude.itemsize}") if magnitude.dtype.kind == "i" else magnitude
