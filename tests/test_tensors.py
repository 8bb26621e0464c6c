"""`dc_lab.support.tensors`: the same values in NumPy and in torch, and what has none."""

import numpy as np
import pytest
import torch

from dc_lab.support.dtypes import BFLOAT16
from dc_lab.support.tensors import to_array, to_tensor, values_of

DTYPES = {
    torch.float16: np.float16, torch.bfloat16: BFLOAT16, torch.float32: np.float32, torch.float64: np.float64,
    torch.int8: np.int8, torch.int64: np.int64, torch.bool: np.bool_,
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_there_and_back(dtype):
    tensor = (torch.arange(-6, 6).reshape(3, 4).T / 4).to(dtype)
    array = to_array(tensor)
    assert (array.dtype, array.shape) == (np.dtype(DTYPES[dtype]), (4, 3))
    assert array.astype(np.float64).tolist() == tensor.double().tolist()
    back = to_tensor(array)
    assert back.dtype == dtype
    assert torch.equal(back, tensor)


def test_every_bfloat16_keeps_its_bits():
    tensor = torch.arange(-(2**15), 2**15, dtype=torch.int16).view(torch.bfloat16)
    assert torch.equal(to_tensor(to_array(tensor)).view(torch.int16), tensor.view(torch.int16))


def test_what_has_no_values_is_named():
    with pytest.raises(ValueError, match=r"^ip1\.weight is on the device meta, which holds no data"):
        values_of("ip1.weight", torch.empty(2, 3, device="meta"))
    assert values_of("ip1.weight", torch.ones(2)).tolist() == [1, 1]
