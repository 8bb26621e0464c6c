"""Weight files in and out: a plain state_dict as `.safetensors`, `.npz` or a torch file. Nothing is unpickled."""

import contextlib
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch

from dc_lab.checkpoints import folded, kinds, nested
from dc_lab.checkpoints.kinds import Refused, WeightsError, reason
from dc_lab.checkpoints.saving import save_weights
from dc_lab.support.tensors import to_array

SUFFIXES = (".safetensors", ".npz", ".pt", ".pth", ".bin", ".ckpt", ".safetensors.index.json")

__all__ = ["WeightFile", "Weights", "WeightsError", "load_weights", "open_weights", "save_weights", "to_array"]

Shape = tuple[int, ...]
Get = Callable[[str], Any]


class Weights(Mapping[str, np.ndarray]):
    """Name -> array, read from the file one tensor at a time where the format allows it.

    Attributes
    ----------
    shapes : name -> shape, known without reading.
    bits : name -> bits of one value in the file; what the tensors take there is the sum of size times bits.
    metadata : the texts that a safetensors file keeps beside its tensors.
    tied : name -> the earlier name of the very same tensor, for those that share their memory.
    said : sentences about what was chosen or worked out, for whoever gave the file.
    """

    def __init__(self, shapes: dict[str, Shape], get: Get, bits: Mapping[str, int] | None = None) -> None:
        self.shapes, self._get = shapes, get
        self.bits = dict.fromkeys(shapes, 32) if bits is None else dict(bits)
        self.metadata: dict[str, str] = {}
        self.tied: dict[str, str] = {}
        self.said: list[str] = []

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.shapes:
            raise KeyError(name)
        try:
            return to_array(self._get(name))
        except (TypeError, RuntimeError) as error:  # float8, sparse and other tensors that NumPy does not have
            raise WeightsError(f"{name}: not a plain tensor of a type that NumPy has ({reason(error)})") from None

    def __contains__(self, name: object) -> bool:
        return name in self.shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


@contextlib.contextmanager
def open_weights(path: Path, key: str | None = None) -> Iterator[Weights]:
    """The tensors of a weight file, for the time of a `with` block.

    What a file is, is seen by its content. Weights that are stored in parts, as under torch.nn.utils.prune, are put
    together (see `folded`), and `said` says so.

    Parameters
    ----------
    path : safetensors, also in shards by their `.safetensors.index.json`; `.npz` (read without pickle); or a torch
        file, read with weights_only=True.
    key : of a torch file that holds more than the tensors: the path of keys to them, such as "model". By default
        the one dictionary of tensors that is there.

    Raises
    ------
    WeightsError : missing, unreadable, of another format, or something else than tensors in it.
    """
    kind = _kind(path)
    with contextlib.ExitStack() as stack:
        try:
            if kind == "torch":
                opened = _open_torch(path, key)
            elif key is not None:
                raise WeightsError(f"{path}: a key is for torch files that hold more than tensors; this is {kind}")
            else:
                opened = {"safetensors": _open_safetensors, "npz": _open_npz, "sharded": _open_shards}[kind](
                    path, stack
                )
            opened = _folded(opened)
        except WeightsError:
            raise
        except Exception as error:  # each reader has its own errors; none of them is a defect of ours
            raise WeightsError(f"{path}: {_unreadable(path, error)}") from None
        yield opened


def _kind(path: Path) -> str:
    """Which reader a file is for. Raises WeightsError for one that is for none."""
    try:
        if not path.is_file():
            why = "is a folder, expected a file" if path.is_dir() else "no such file"
            raise WeightsError(f"{path}: {why}".replace("\0", "\\0"))
        kind = kinds.recognise(path)
    except (OSError, ValueError) as error:  # no permission; a NUL in the path
        why = getattr(error, "strerror", None) or reason(error)
        raise WeightsError(f"{path!s}: {why}".replace("\0", "\\0")) from None
    if kind in kinds.REMEDIES:
        raise WeightsError(f"{path}: {kinds.REMEDIES[kind]}")
    suffix = path.suffix.lower()
    if kind is None and suffix not in SUFFIXES:
        raise WeightsError(f"{path}: unknown kind of file {suffix or '(no ending)'!r}; expected {', '.join(SUFFIXES)}")
    if kind is None:  # damaged: the reader that the name asks for says how
        return {".safetensors": "safetensors", ".npz": "npz"}.get(suffix, "torch")
    return kind


def _unreadable(path: Path, error: Exception) -> str:
    """What was wrong, without PyTorch's advice to unpickle the file after all."""
    text = str(error)
    unsafe = re.search(
        r"(?:Unsupported global: GLOBAL|Trying to (?:load|call|pickle) unsupported GLOBAL|global) ([\w.]+)", text
    )
    if unsafe or "weights_only" in text or "Weights only" in text:
        holds = f" ({unsafe.group(1)})" if unsafe else ""
        return (
            f"not a readable {path.suffix or 'torch'} file: it holds a pickled object{holds}, and nothing is unpickled "
            "here; load it where you trust it, and save the state_dict() alone"
        )
    if isinstance(error, Refused):
        return text
    return f"not a readable {path.suffix or 'weight'} file ({reason(error)})"


def load_weights(path: Path, key: str | None = None) -> dict[str, np.ndarray]:
    """All tensors of a weight file, in memory. Raises WeightsError as `open_weights` does."""
    with open_weights(path, key) as opened:
        return dict(opened)


class WeightFile(Mapping[str, np.ndarray]):
    """The tensors of a weight file by its path alone, which is opened anew for each: another process can have it.

    Raises
    ------
    WeightsError : as in `open_weights`, also on access.
    """

    def __init__(self, path: Path, key: str | None = None) -> None:
        self.path, self.key = path, key
        with open_weights(path, key) as weights:
            self.shapes, self.bits = weights.shapes, weights.bits
            self.metadata, self.tied, self.said = weights.metadata, weights.tied, weights.said

    def __getitem__(self, name: str) -> np.ndarray:
        with open_weights(self.path, self.key) as weights:
            return weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)


def _open_safetensors(path: Path, stack: contextlib.ExitStack) -> Weights:
    file = stack.enter_context(safetensors.safe_open(path, framework="pt"))
    parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
    weights = Weights({name: tuple(part.get_shape()) for name, part in parts.items()}, file.get_tensor)
    weights.bits = {name: _bits(part.get_dtype()) for name, part in parts.items()}
    weights.metadata = dict(file.metadata() or {})
    return weights


def _bits(code: str) -> int:
    """Bits of a value by its code in a safetensors file: F32, BF16, F8_E4M3, BOOL and so on."""
    found = re.search(r"\d+", code)
    return int(found.group()) if found else 8


def _open_shards(path: Path, stack: contextlib.ExitStack) -> Weights:
    """Each tensor from the file that the index names; all these files have to be there."""
    where = kinds.shards(path)
    opened: dict[Path, Weights] = {}
    for file in dict.fromkeys(where.values()):
        if not file.is_file():
            raise WeightsError(f"{path}: the shard {file.name} is not beside it")
        try:
            opened[file] = _open_safetensors(file, stack)
        except Exception as error:
            raise WeightsError(f"{file}: not a readable .safetensors file ({reason(error)})") from None
    missing = next((name for name, file in where.items() if name not in opened[file]), None)
    if missing is not None:
        raise WeightsError(f"{path}: {where[missing].name} does not hold {missing!r}, which the index says")
    weights = Weights(
        {name: opened[file].shapes[name] for name, file in where.items()}, lambda name: opened[where[name]]._get(name)
    )
    weights.bits = {name: opened[file].bits[name] for name, file in where.items()}
    weights.metadata = next((shard.metadata for shard in opened.values()), {})
    weights.said.append(f"{len(opened)} shards, as {path.name} lists them.")
    return weights


def _open_npz(path: Path, stack: contextlib.ExitStack) -> Weights:
    if not zipfile.is_zipfile(path):
        raise WeightsError(f"{path}: not a .npz file (no zip archive)")
    file = stack.enter_context(np.load(path, allow_pickle=False))
    twice = [name for name in dict.fromkeys(file.files) if file.files.count(name) > 1]
    if twice:
        raise WeightsError(f"{path}: two arrays are called {twice[0]!r}")
    # Reads each array once now, so that what is broken shows here and not half-way through.
    found = {name: file[name] for name in file.files}
    bits = {name: 8 * array.itemsize for name, array in found.items()}
    return Weights({name: array.shape for name, array in found.items()}, file.__getitem__, bits)


def _open_torch(path: Path, key: str | None) -> Weights:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sparse tensors, say, which are none of ours
        if zipfile.is_zipfile(path) and path.suffix.lower() != ".safetensors":
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        else:  # torch.load goes by the name as well, where it gets one
            with path.open("rb") as file:
                content = torch.load(file, map_location="cpu", weights_only=True)
    found = nested.find(content, key)
    tensors = found.tensors
    weights = Weights({name: tuple(tensor.shape) for name, tensor in tensors.items()}, tensors.__getitem__)
    weights.bits = {name: 8 * tensor.element_size() for name, tensor in tensors.items()}
    weights.tied = ties(tensors)
    if found.key:
        others = f"; others: {', '.join(found.others)}, which --key chooses" if found.others else ""
        weights.said.append(f"The tensors are those under {found.key!r}{others}.")
    return weights


def ties(tensors: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """Which tensors are views of one memory, all of the same part of it: name -> the first such name."""
    first: dict[Any, str] = {}
    tied = {}
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.numel() == 0:
            continue
        place = (tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
        if place in first:
            tied[name] = first[place]
        else:
            first[place] = name
    return tied


def _folded(weights: Weights) -> Weights:
    """The same weights, with those that are stored in parts put together."""
    found = {fold.parts[0]: fold for fold in folded.folds(weights.shapes)}
    if not found:
        return weights
    parts = {part for fold in found.values() for part in fold.parts}
    works = {fold.name: fold for fold in found.values()}
    shapes, bits = {}, {}
    for name, shape in weights.shapes.items():
        if name in found:
            whole = found[name].parts[-1] if found[name].how == "weight_norm" else name
            shapes[found[name].name], bits[found[name].name] = weights.shapes[whole], weights.bits[whole]
        elif name not in parts:
            shapes[name], bits[name] = shape, weights.bits[name]

    def get(name: str) -> Any:
        if name not in works:
            return weights._get(name)
        tensors = [torch.as_tensor(weights._get(part)) for part in works[name].parts]
        return works[name].work(*(tensor.detach() for tensor in tensors)).to(tensors[0].dtype)

    result = Weights(shapes, get, bits)
    result.metadata, result.said = weights.metadata, [*weights.said, *_said(found.values())]
    # Weights whose parts are the same tensors are the same.
    first: dict[tuple[str, ...], str] = {}
    for fold in found.values():
        same = first.setdefault(tuple(weights.tied.get(part, part) for part in fold.parts), fold.name)
        if same != fold.name:
            result.tied[fold.name] = same
    result.tied |= {a: b for a, b in weights.tied.items() if a in shapes and b in shapes}
    return result


def _said(found: Iterable[folded.Fold]) -> list[str]:
    names: dict[str, list[str]] = {}
    for fold in found:
        names.setdefault(fold.how, []).append(fold.name)
    return [f"Stored in parts ({how}), put together: {', '.join(each)}." for how, each in names.items()]
