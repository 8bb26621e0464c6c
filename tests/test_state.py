"""`dc_lab.networks.state`: a network as arrays and back, and what does not fit."""

import numpy as np
import pytest
import torch
from torch import nn

from dc_lab.networks import models, state
from dc_lab.support.dtypes import BFLOAT16


@pytest.mark.parametrize("net", list(models.NETS))
def test_arrays_of_one_network_make_another_the_same(net):
    model, other = models.build(net), models.build(net, seed=1)
    arrays = state.state_arrays(model)
    assert {name: array.shape for name, array in arrays.items()} == models.shapes(net)
    state.load_arrays(other, arrays)
    for name, tensor in other.state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name])
    assert state.float32_bytes(model) == sum(array.nbytes for array in arrays.values())


def test_arrays_are_copies():
    model = models.build("lenet-300-100")
    before = state.state_arrays(model)
    for array in state.state_arrays(model).values():
        array.fill(7)
    for weight in state.weights_of(model, state.layer_names(model)).values():
        weight.fill(7)
    for name, array in state.state_arrays(model).items():
        assert np.array_equal(array, before[name])


def test_buffers_are_part_of_the_state_and_no_parameters():
    model = nn.Sequential(nn.Conv2d(1, 4, 5), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(2_304, 10))
    assert state.layer_names(model) == ["0", "4"]
    arrays = state.state_arrays(model)
    assert arrays["1.num_batches_tracked"].dtype == np.int64
    assert state.float32_bytes(model) == 4 * ((25 + 1) * 4 + 2 * 4 + 2_305 * 10)
    state.load_arrays(model, {**arrays, "1.num_batches_tracked": np.array(9)})
    assert model[1].num_batches_tracked == 9


def test_load_arrays_says_what_does_not_fit():
    model = models.build("lenet-300-100")
    arrays = state.state_arrays(model)
    with pytest.raises(ValueError, match=r"lacks ip3\.bias"):
        state.load_arrays(model, {name: array for name, array in arrays.items() if name != "ip3.bias"})
    with pytest.raises(ValueError, match="has other"):
        state.load_arrays(model, {**arrays, "other": arrays["ip3.bias"]})
    with pytest.raises(ValueError, match=r"ip3\.bias has shape \(9,\), LeNet300100 expects \(10,\)"):
        state.load_arrays(model, {**arrays, "ip3.bias": np.zeros(9, np.float32)})


# --- every dtype, every device ---

DTYPES = {torch.float16: np.dtype(np.float16), torch.bfloat16: BFLOAT16, torch.float64: np.dtype(np.float64)}


@pytest.mark.parametrize("dtype", DTYPES)
def test_weights_keep_their_dtype_and_every_value(dtype):
    model = models.build("lenet-300-100").to(dtype)
    weights, arrays = state.weights_of(model, ["ip1", "ip3"]), state.state_arrays(model)
    for name, weight in weights.items():
        expected = model.get_submodule(name).weight.detach()
        assert weight.dtype == DTYPES[dtype]
        assert weight.astype(np.float64).tolist() == expected.double().tolist()
        np.testing.assert_array_equal(arrays[f"{name}.weight"], weight)
        weight.fill(7)
        assert not (expected == 7).any()
    other = models.build("lenet-300-100", seed=1).to(dtype)
    state.load_arrays(other, arrays)
    for name, tensor in other.state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name])
    state.load_arrays(models.build("lenet-300-100"), arrays)  # and into one of another dtype


def test_a_model_without_data_is_named():
    with torch.device("meta"):
        model = models.LeNet300100()
    for call in (lambda: state.weights_of(model, ["ip2"]), lambda: state.state_arrays(model)):
        with pytest.raises(ValueError, match=r"^ip[12]\.weight is on the device meta, which holds no data"):
            call()


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="no layer 'fc9' in this model; it has ip1, ip2, ip3"):
        state.weights_of(models.build("lenet-300-100"), ["fc9"])
