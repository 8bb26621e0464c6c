"""Weight files: what is written comes back, and nothing in a file is ever executed."""

import os
import pickle

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from torch import nn

from dc_lab.checkpoints import saving
from dc_lab.checkpoints.weights import WeightsError, load_weights, open_weights, save_weights
from dc_lab.quantized import QuantizedTensor
from dc_lab.support.dtypes import BFLOAT16

TENSORS = {
    "conv1.weight": np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 2, 2),
    "ip1.weight": np.arange(6, dtype=np.float16).reshape(2, 3),
    "ip1.bias": np.array([0.1, -0.0, np.pi]),
    "steps": np.array(7, np.int64),
    "mask": np.array([True, False]),
    "codes": np.arange(4, dtype=np.uint8),
    "none": np.zeros((0, 5), np.float32),
}


def read(path):
    with open_weights(path) as weights:
        assert list(weights.shapes) == list(weights)
        assert len(weights) == len(weights.shapes)
        arrays = {name: np.array(array) for name, array in weights.items()}
        assert {name: array.shape for name, array in arrays.items()} == weights.shapes
        return arrays


def assert_same(found, expected):
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype, name
        assert found[name].shape == array.shape, name
        assert found[name].tobytes() == array.tobytes(), name


def refused(path):
    with pytest.raises(WeightsError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


# --- there and back ---


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_what_is_saved_comes_back(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    save_weights(path, TENSORS)
    assert_same(read(path), TENSORS)
    first = path.read_bytes()
    save_weights(path, TENSORS)
    assert path.read_bytes() == first
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_other_readers_read_what_is_saved(tmp_path):
    save_weights(tmp_path / "net.safetensors", TENSORS)
    assert_same(safetensors.numpy.load_file(tmp_path / "net.safetensors"), TENSORS)
    save_weights(tmp_path / "net.npz", TENSORS)
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert_same(dict(file), TENSORS)


def test_files_of_other_writers(tmp_path):
    tensors = {name: torch.tensor(array) for name, array in TENSORS.items()}
    safetensors.torch.save_file(tensors, tmp_path / "net.safetensors")
    np.savez(tmp_path / "net.npz", **TENSORS)
    np.savez_compressed(tmp_path / "packed.npz", **TENSORS)
    for name in ("net.safetensors", "net.npz", "packed.npz"):
        assert_same(read(tmp_path / name), TENSORS)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".PT"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_torch_files(tmp_path, suffix, zipped, wrapped):
    path = tmp_path / f"net{suffix}"
    tensors = {name: torch.tensor(array) for name, array in TENSORS.items()}
    content = {"state_dict": tensors, "epoch": 3} if wrapped else tensors
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert_same(read(path), TENSORS)


def test_the_state_dict_of_a_module(tmp_path):
    model = nn.Linear(3, 2)
    torch.save(model.state_dict(), tmp_path / "net.pt")
    assert_same(read(tmp_path / "net.pt"), {name: tensor.numpy() for name, tensor in model.state_dict().items()})


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_bfloat16_comes_as_itself_and_goes_back(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    tensor = torch.randn(5, 10, generator=torch.Generator().manual_seed(0)).to(torch.bfloat16)
    (safetensors.torch.save_file if suffix == ".safetensors" else torch.save)({"w": tensor}, path)
    found = read(path)["w"]
    assert found.dtype == BFLOAT16
    np.testing.assert_array_equal(found.astype(np.float32), tensor.float().numpy())
    save_weights(tmp_path / f"again{suffix}", {"w": found, "transposed": found.T})
    if suffix == ".safetensors":
        again = safetensors.torch.load_file(tmp_path / "again.safetensors")
    else:
        again = torch.load(tmp_path / "again.pt", weights_only=True)
    assert again["w"].dtype == torch.bfloat16
    assert torch.equal(again["w"], tensor)
    assert torch.equal(again["transposed"], tensor.T)
    # NumPy's own files have no bfloat16: float32 holds every value of it.
    save_weights(tmp_path / "again.npz", {"w": found})
    np.testing.assert_array_equal(read(tmp_path / "again.npz")["w"], tensor.float().numpy())


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_arrays_need_not_lie_in_c_order(tmp_path, suffix):
    """Else a transposed or strided array would come back with its values in other places."""
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4)
    tensors = {"fortran": np.asfortranarray(matrix), "transposed": matrix.T, "strided": matrix[::2, ::-1]}
    save_weights(tmp_path / f"net{suffix}", tensors)
    assert_same(read(tmp_path / f"net{suffix}"), tensors)


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
@pytest.mark.parametrize("name", ["file", "allow_pickle", "layers.0/weight", "a.npy", "größe", "self"])
def test_any_name_can_be_given(tmp_path, suffix, name):
    path = tmp_path / f"net{suffix}"
    save_weights(path, {name: np.float32([1, 2])})
    with open_weights(path) as weights:
        assert len(weights) == 1
        assert next(iter(weights.values())).tolist() == [1, 2]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt"])
def test_no_tensors_at_all(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    if suffix == ".pt":
        torch.save({}, path)
    else:
        save_weights(path, {})
    assert read(path) == {}


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt"])
def test_a_name_that_is_not_there(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    if suffix == ".pt":
        torch.save({"a": torch.ones(2)}, path)
    else:
        save_weights(path, {"a": np.ones(2)})
    with open_weights(path) as weights:
        assert "a" in weights
        assert "b" not in weights
        assert weights.get("b") is None
        with pytest.raises(KeyError, match="b"):
            weights["b"]


def test_parameters_that_require_gradients(tmp_path):
    torch.save({"w": nn.Parameter(torch.ones(2))}, tmp_path / "net.pt")
    assert read(tmp_path / "net.pt")["w"].tolist() == [1, 1]


# --- nothing is executed ---


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").is_dir()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin"])
def test_a_torch_file_with_a_trap(tmp_path, suffix, zipped):
    path = tmp_path / f"net{suffix}"
    content = {"w": torch.ones(2), "trap": Trap(tmp_path / "sprung")}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert "not a readable" in refused(path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("suffix", [".pt", ".npz", ".safetensors", ".bin"])
def test_a_bare_pickle_with_a_trap(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    path.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    refused(path)
    assert not (tmp_path / "sprung").exists()


def test_an_npz_file_with_a_trap(tmp_path):
    path = tmp_path / "net.npz"
    np.savez(path, w=np.ones(2), trap=np.array([Trap(tmp_path / "sprung")], object))
    assert "not a readable .npz file" in refused(path)
    assert not (tmp_path / "sprung").exists()


def test_objects_are_not_written_either(tmp_path):
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        save_weights(tmp_path / "net.npz", {"w": np.array([Trap(tmp_path)], object)})
    assert list(tmp_path.iterdir()) == []


def test_a_whole_module_is_no_state_dict(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "net.pt")
    assert "not a readable .pt file" in refused(tmp_path / "net.pt")


# --- what is no weight file ---


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt", ".pth", ".bin"])
def test_missing_empty_garbage_and_folders(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    assert refused(path) == f"{path}: no such file"
    for content in (b"", b"\0", b"garbage" * 100, b"PK\x03\x04" + bytes(100), b"\x80\x02."):
        path.write_bytes(content)
        assert "not a" in refused(path)
    path.unlink()
    path.mkdir()
    assert refused(path) == f"{path}: is a folder, expected a file"


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt"])
def test_a_file_cut_anywhere(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    if suffix == ".pt":
        torch.save({"w": torch.arange(100.0)}, path)
    else:
        save_weights(path, {"w": np.arange(100.0)})
    whole = path.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        refused(path)


@pytest.mark.parametrize("name", ["net.onnx", "net", "net.safetensors.txt", ".npz"])
def test_an_unknown_kind_of_file(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    assert "unknown kind of file" in refused(path)
    assert ".safetensors, .npz, .pt" in refused(path)


@pytest.mark.parametrize("name", ["net.pth", "net", "net.bin"])
def test_what_cannot_be_written(tmp_path, name):
    with pytest.raises(WeightsError, match=r"can write \.safetensors, \.npz and \.pt, not"):
        save_weights(tmp_path / name, {"w": np.ones(2)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([torch.ones(2)], "holds a list, expected a state_dict"),
        (torch.ones(2), "holds a Tensor, expected a state_dict"),
        ({"w": torch.ones(2), "lr": 0.1, "names": ["a"]}, "not a plain state_dict: lr, names hold no tensor"),
        ({"model": {"w": torch.ones(2), "n": 3}}, "not a plain state_dict: n hold no tensor"),
        ({3: torch.ones(2)}, "not a plain state_dict: a key is not a string"),
        ({"state_dict": {"w": 1}}, "not a plain state_dict: w hold no tensor"),
    ],
)
def test_a_torch_file_that_holds_something_else(tmp_path, content, says):
    torch.save(content, tmp_path / "net.pt")
    assert says in refused(tmp_path / "net.pt")


def test_tensors_that_numpy_does_not_have(tmp_path):
    safetensors.torch.save_file({"w": torch.ones(2).to(torch.float8_e4m3fn)}, tmp_path / "net.safetensors")
    torch.save({"w": torch.eye(3).to_sparse()}, tmp_path / "net.pt")
    for name in ("net.safetensors", "net.pt"):
        with open_weights(tmp_path / name) as weights:
            assert "w" in weights  # without reading it
            with pytest.raises(WeightsError, match="w: not a plain tensor"):
                weights["w"]


def test_an_error_inside_the_block_is_left_alone(tmp_path):
    save_weights(tmp_path / "net.npz", TENSORS)
    with pytest.raises(ZeroDivisionError), open_weights(tmp_path / "net.npz"):
        1 / 0  # noqa: B018


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.safetensors"
    save_weights(path, TENSORS)
    before = path.read_bytes()

    def fail(tensors, target, metadata):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.numpy, "save_file", fail)
    with pytest.raises(OSError, match="No space left"):
        save_weights(path, {"w": np.ones(3)})
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["net.safetensors"]


@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".pt"])
def test_quantized_tensors_are_written_as_their_values(tmp_path, suffix):
    q = QuantizedTensor(np.arange(6, dtype=np.int8).reshape(2, 3), 0.5, 1)
    fixed = np.arange(3.0)
    fixed.flags.writeable = False
    tensors = {"q": q, "same": q, "fixed": fixed}
    tied = {"same": "q"}
    save_weights(tmp_path / f"net{suffix}", tensors, tied=tied)
    found = load_weights(tmp_path / f"net{suffix}")
    np.testing.assert_array_equal(found["q"], q.dequantize())
    np.testing.assert_array_equal(found["same"], q.dequantize())
    np.testing.assert_array_equal(found["fixed"], fixed)
    assert saving.bytes_written(suffix, tensors, tied) == 24 * (1 if suffix == ".pt" else 2) + 24
    half = {"w": np.zeros(5, BFLOAT16)}
    assert saving.bytes_written(suffix, half, {}) == (20 if suffix == ".npz" else 10)
