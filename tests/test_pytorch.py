"""What PyTorch does beyond the formula: tiny ranges. `test_quantized` holds the choice as a whole against PyTorch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.support import pytorch

small = st.floats(0, 2.0**-20, width=32)


@given(small, small, st.sampled_from([127, 255]))
def test_a_tiny_range_is_widened_to_the_least_scale(below, above, steps):
    least, most = -below, above
    scale, low, high = pytorch.widened_tiny_range((most - least) / steps, least, most, steps)
    if scale == 0.1:  # as good as no range
        assert (low, high) == (least, most)
        assert most - least < steps * 1e-37
    else:
        assert scale == float(pytorch.SMALL_SCALE)
        np.testing.assert_allclose(high - low, steps * scale, rtol=1e-6)
        assert (low == 0) == (least == 0)
        assert (high == 0) == (most == 0)
        assert low <= least <= most <= high


def test_no_range_at_all():
    assert pytorch.widened_tiny_range(0.0, 0.0, 0.0, 255) == (0.1, 0.0, 0.0)
