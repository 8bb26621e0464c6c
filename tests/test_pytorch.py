"""What PyTorch does beyond the formula: tiny ranges, and a compiler with each optimizer.

`test_quantized` holds the choice of a range as a whole against PyTorch.
"""

import subprocess
import sys

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


OPTIMIZERS = """
import sys
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook
from dc_lab.support.optimizers import spare_the_compiler

if sys.argv[1] == "spared":
    spare_the_compiler()
hooks = []
register_optimizer_step_post_hook(lambda *what: hooks.append(what))
for kind in (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD, torch.optim.RMSprop):
    torch.manual_seed(0)
    model = torch.nn.Linear(5, 3)
    optimizer = kind(model.parameters(), lr=0.01)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
    for _ in range(4):
        loss = torch.nn.functional.cross_entropy(model(torch.randn(6, 5)), torch.arange(6) % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    optimizer.load_state_dict(optimizer.state_dict())
    print(kind.__name__, [value.hex() for value in model.weight.detach().flatten().tolist()])
print(len(hooks), torch.is_grad_enabled(), torch.ones(1, requires_grad=True).requires_grad)
print("torch._dynamo" in sys.modules, file=sys.stderr)
"""


def test_optimizers_without_the_compiler_do_the_same():
    """To the bit, hooks and all, in processes of their own; and the compiler is not there afterwards."""
    plain, spared = (
        subprocess.run([sys.executable, "-c", OPTIMIZERS, how], capture_output=True, encoding="utf-8", check=True)
        for how in ("plain", "spared")
    )
    assert spared.stdout == plain.stdout
    assert plain.stdout.count("0x") == 4 * 15
    assert plain.stdout.splitlines()[-1] == "16 True True"
    assert spared.stderr.split()[-1] == "False"
