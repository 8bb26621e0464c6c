"""Weight files in and out: a plain state_dict as `.safetensors`, `.npz` or a torch file. Nothing is unpickled."""

import contextlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
import torch

from dc_lab.support import files

SUFFIXES = (".safetensors", ".npz", ".pt", ".pth", ".bin")


class WeightsError(Exception):
    """A weight file cannot be read; the message names the file and what is wrong with it."""


class Weights(Mapping[str, np.ndarray]):
    """Name -> array, read from the file one tensor at a time where the format allows it.

    `shapes` is known without reading. bfloat16, which NumPy does not have, comes as float32 (exactly).
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]], get: Callable[[str], Any]) -> None:
        self.shapes, self._get = shapes, get

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.shapes:
            raise KeyError(name)
        try:
            return _to_array(self._get(name))
        except TypeError as error:  # float8, sparse and other tensors that NumPy does not have
            raise WeightsError(f"{name}: not a plain tensor of a type that NumPy has ({error})") from None

    def __contains__(self, name: object) -> bool:
        return name in self.shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def _to_array(value: torch.Tensor | np.ndarray) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        value = value.detach()
        return (value.float() if value.dtype == torch.bfloat16 else value).numpy()
    return value


@contextlib.contextmanager
def open_weights(path: Path) -> Iterator[Weights]:
    """The tensors of a weight file, for the time of a `with` block.

    Parameters
    ----------
    path : `.safetensors`, `.npz` (read without pickle), or a torch file (`.pt`, `.pth`, `.bin`, read with
        weights_only=True). A torch file may hold the tensors under the one key "state_dict".

    Raises
    ------
    WeightsError : missing, unreadable, of another format, or something else than tensors in it.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise WeightsError(f"{path}: unknown kind of file {suffix or '(no ending)'!r}; expected {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise WeightsError(f"{path}: {'is a folder, expected a file' if path.is_dir() else 'no such file'}")
    with contextlib.ExitStack() as stack:
        try:
            opened = {".safetensors": _open_safetensors, ".npz": _open_npz}.get(suffix, _open_torch)(path, stack)
        except WeightsError:
            raise
        except Exception as error:  # each reader has its own errors; none of them is a defect of ours
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise WeightsError(f"{path}: not a readable {suffix} file ({reason})") from None
        yield opened


def load_weights(path: Path) -> dict[str, np.ndarray]:
    """All tensors of a weight file, in memory. Raises WeightsError as `open_weights` does."""
    with open_weights(path) as opened:
        return dict(opened)


class WeightFile(Mapping[str, np.ndarray]):
    """The tensors of a weight file by its path alone, which is opened anew for each: another process can have it.

    Raises
    ------
    WeightsError : as in `open_weights`, also on access.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with open_weights(path) as weights:
            self.shapes = weights.shapes

    def __getitem__(self, name: str) -> np.ndarray:
        with open_weights(self.path) as weights:
            return weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def _open_safetensors(path: Path, stack: contextlib.ExitStack) -> Weights:
    file = stack.enter_context(safetensors.safe_open(path, framework="pt"))
    shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    return Weights(shapes, file.get_tensor)


def _open_npz(path: Path, stack: contextlib.ExitStack) -> Weights:
    if not zipfile.is_zipfile(path):
        raise WeightsError(f"{path}: not a .npz file (no zip archive)")
    file = stack.enter_context(np.load(path, allow_pickle=False))
    # Reads each array once now, so that what is broken shows here and not half-way through.
    return Weights({name: file[name].shape for name in file.files}, file.__getitem__)


def _open_torch(path: Path, stack: contextlib.ExitStack) -> Weights:
    content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: holds a {type(content).__name__}, expected a state_dict (name -> tensor)")
    others = [str(name) for name, value in content.items() if not isinstance(value, torch.Tensor)]
    if others:
        raise WeightsError(f"{path}: not a plain state_dict: {', '.join(others[:5])} hold no tensor")
    if any(not isinstance(name, str) for name in content):
        raise WeightsError(f"{path}: not a plain state_dict: a key is not a string")
    return Weights({name: tuple(tensor.shape) for name, tensor in content.items()}, content.__getitem__)


def save_weights(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """Write `.safetensors` or `.npz`, complete or not at all; the same tensors give the same bytes.

    Raises
    ------
    WeightsError : another ending. OSError : the file cannot be written.
    """
    if path.suffix not in (".safetensors", ".npz"):
        raise WeightsError(f"{path}: can write .safetensors and .npz, not {path.suffix or 'a name without ending'!r}")
    with files.replacing(path) as temporary:
        if path.suffix == ".npz":
            _write_npz(temporary, tensors)
        else:
            # safetensors writes an array's memory as it lies, without regard to strides: make it lie in C order.
            contiguous = {name: np.asarray(array, order="C") for name, array in tensors.items()}
            safetensors.numpy.save_file(contiguous, temporary)


def _write_npz(path: Path, tensors: Mapping[str, np.ndarray]) -> None:
    """What `np.savez` writes; but that takes names as keywords, so that a tensor cannot be called "file"."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in tensors.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
