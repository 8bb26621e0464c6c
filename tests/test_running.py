"""A `.dcz` file in a model: loaded as torch would, and layers that calculate from what is not zero."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import dc_lab
from dc_lab import archive, pruning
from dc_lab.checkpoints.running import SparseConv2d, SparseLinear, load_into, swap_in
from dc_lab.checkpoints.weights import to_array
from dc_lab.quantized import quantize_per_tensor


def network():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 25, 8), nn.Linear(8, 2)
    )


def saved(path, model):
    archive.save(path, {name: to_array(tensor) for name, tensor in model.state_dict().items()})
    return path


# --- loading ---


def test_what_is_loaded_is_what_load_state_dict_would_load(tmp_path):
    model, other = network(), network()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
    assert dc_lab.load_into(other, saved(tmp_path / "net.dcz", model)) == ([], [])
    for name, tensor in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
        assert other.state_dict()[name].dtype == tensor.dtype


def test_dtypes_and_devices_are_the_models_own(tmp_path):
    path = saved(tmp_path / "net.dcz", network())
    half = network().half()
    load_into(half, path)
    assert half[4].weight.dtype == torch.float16
    assert torch.equal(half[4].weight, network()[4].weight.half())
    with torch.device("meta"):
        elsewhere = network()
    elsewhere.to_empty(device="cpu")
    load_into(elsewhere, path)
    assert torch.equal(elsewhere[4].weight, network()[4].weight)


def test_quantized_tensors_become_values(tmp_path):
    model = nn.Linear(4, 3)
    q = quantize_per_tensor(model.weight.detach().numpy(), 0.01, 3)
    archive.save(tmp_path / "net.dcz", {"weight": q, "bias": np.zeros(3, np.float32)})
    load_into(model, tmp_path / "net.dcz")
    np.testing.assert_array_equal(model.weight.detach().numpy(), q.dequantize())


def test_the_errors_are_those_of_load_state_dict(tmp_path):
    path = saved(tmp_path / "net.dcz", nn.Linear(4, 3))
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "0.weight"'):
        load_into(network(), path)
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        load_into(nn.Linear(5, 3), path)
    missing, unexpected = load_into(nn.Sequential(nn.Linear(4, 3)), path, strict=False)
    assert (missing, unexpected) == (["0.weight", "0.bias"], ["weight", "bias"])
    (tmp_path / "bad.dcz").write_bytes(b"DCZ")
    with pytest.raises(archive.ArchiveError):
        load_into(network(), tmp_path / "bad.dcz")
    with pytest.raises(FileNotFoundError):
        load_into(network(), tmp_path / "none.dcz")


def test_importing_the_package_does_not_import_torch():
    code = "import sys, dc_lab; print('torch' in sys.modules, hasattr(dc_lab, 'nothing'), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["False", "False", "False"]


# --- layers from the compressed form ---


def pruned(layer, density, seed=0):
    with torch.no_grad():
        mask = torch.rand(layer.weight.shape, generator=torch.Generator().manual_seed(seed)) < density
        layer.weight.mul_(mask)
    return layer.eval()


def assert_close(found, expected):
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@given(st.integers(1, 30), st.integers(1, 30), st.lists(st.integers(1, 5), max_size=3), st.booleans(), st.floats(0, 1))
def test_linear(inputs, outputs, batch, bias, density):
    layer = pruned(nn.Linear(inputs, outputs, bias=bias), density)
    x = torch.randn(*batch, inputs)
    assert_close(SparseLinear(layer)(x), layer(x))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@given(
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    groups=st.integers(1, 3),
    padding=st.sampled_from([0, 1, (2, 0), "same", "valid"]),
    mode=st.sampled_from(["zeros", "reflect", "circular", "replicate"]),
    bias=st.booleans(),
    density=st.floats(0, 1),
)
def test_conv2d(kernel, stride, dilation, groups, padding, mode, bias, density):
    stride = (1, 1) if padding == "same" else stride
    layer = nn.Conv2d(2 * groups, 4 * groups, kernel, stride, padding, dilation, groups, bias, mode)
    pruned(layer, density)
    for x in (torch.randn(3, 2 * groups, 9, 8), torch.randn(2 * groups, 7, 9)):
        assert_close(SparseConv2d(layer)(x), layer(x))


def test_wrong_inputs_are_refused():
    with pytest.raises(RuntimeError, match=r"expected inputs \(..., 4\), got shape \(2, 5\)"):
        SparseLinear(nn.Linear(4, 3))(torch.zeros(2, 5))
    with pytest.raises(RuntimeError, match=r"expected images \(n, 4, h, w\), got shape \(2, 5, 8, 8\)"):
        SparseConv2d(nn.Conv2d(4, 3, 3))(torch.zeros(2, 5, 8, 8))


def test_swapping_a_network(tmp_path):
    model = network()
    masks = {"0": 0.2, "4": 0.05}
    for name, density in masks.items():
        layer = model.get_submodule(name)
        layer.weight.data *= torch.tensor(pruning.magnitude_mask(layer.weight.detach().numpy(), density))
    model.eval()
    x = torch.randn(4, 3, 5, 5)
    expected = model(x)
    dense = sum(p.numel() for p in model.parameters())
    assert swap_in(model) == ["0", "4"]
    assert_close(model(x), expected)
    assert isinstance(model[5], nn.Linear)  # all of its weights are there
    assert sum(t.numel() for t in model.state_dict().values()) < dense
    model.load_state_dict(model.state_dict())  # buffers are saved and loaded like any other
    assert_close(model(x), expected)


def test_swapping_leaves_what_it_was_told_to(tmp_path):
    model = network()
    for layer in (model[0], model[4]):
        pruned(layer, 0.1)
    assert swap_in(model, convolutions=False) == ["4"]
    assert swap_in(model, most_density=0.01) == []
    shared = pruned(nn.Linear(6, 6), 0.2)
    twice = nn.ModuleDict({"a": nn.Sequential(shared), "b": nn.Sequential(shared)})
    assert swap_in(twice) == ["a.0", "b.0"]
    assert twice["a"][0] is twice["b"][0]
    with pytest.raises(ValueError, match="most_density must be from 0 to 1, got 3"):
        swap_in(model, 3)
    with pytest.raises(ValueError, match="a single layer"):
        swap_in(nn.Linear(2, 2))


class Own(nn.Linear):
    def forward(self, x):
        return super().forward(x) + 1


def test_subclasses_calculate_something_else():
    assert swap_in(nn.Sequential(pruned(Own(6, 6), 0.1))) == []
