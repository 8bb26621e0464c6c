"""What PyTorch does beyond the formula, where our numbers are to be the same."""

import numpy as np

SMALL_SCALE = np.float32(6.1e-5)
"""Least scale of `quantized.choose_qparams`: about the least normal float16 (PyTorch's SMALL_SCALE_THRESHOLD)."""


def widened_tiny_range(scale: float, least: float, most: float, steps: int) -> tuple[float, float, float]:
    """(scale, least, most) in place of those whose scale is below SMALL_SCALE.

    The scale becomes SMALL_SCALE, and the range one of that scale: an end at 0 stays there. Where float32 cannot invert
    the scale, there is as good as no range; then the scale is 0.1 and the range stays.

    Source: `ChooseQuantizationParams` in ATen/native/quantized/cpu/QuantUtils.h.

    Parameters
    ----------
    least, most : float32 values, from 0 down and from 0 up. scale : (most - least) / steps.
    """
    with np.errstate(all="ignore"):
        narrow = np.float32(scale)
        if narrow == 0 or np.isinf(np.float32(1) / narrow):
            return 0.1, least, most
        whole, stretch = float(SMALL_SCALE * np.float32(steps)), SMALL_SCALE / narrow
        if least == 0:
            most = whole
        elif most == 0:
            least = -whole
        else:
            least, most = float(np.float32(least) * stretch), float(np.float32(most) * stretch)
    return float(SMALL_SCALE), least, most
