"""Compression of a plain state_dict: no model class, no data, no training, whatever made the weights."""

import copy
import functools
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from dc_lab import archive, pruning
from dc_lab.checkpoints.change import change, fewest_bits, shared
from dc_lab.checkpoints.rules import Asked, Rule, Settings
from dc_lab.checkpoints.running import load_into
from dc_lab.checkpoints.weights import ties
from dc_lab.quantized import QuantizedTensor
from dc_lab.support.dtypes import is_float, sortable, widened
from dc_lab.support.points import OnDemand
from dc_lab.support.tensors import values_of

__all__ = ["Asked", "Compressed", "Report", "Row", "Rule", "check_finite", "compress", "one"]

Finish = Callable[..., Any]


class Row(NamedTuple):
    """What happened to one tensor. `bits` is None where it is kept as it is; `change` is the root mean square of the
    change against that of the tensor, in percent, and `worst` that of the slice of the first axis where it is largest.
    `why` says of a tensor that might have been expected to change why it did not."""

    name: str
    shape: tuple[int, ...]
    kept_pct: float
    bits: int | None
    change: float
    worst: float = 0.0
    why: str = ""


def check_finite(name: str, array: np.ndarray) -> None:
    """Raises ValueError naming a tensor with NaN or infinite values."""
    if is_float(array.dtype) and not np.isfinite(array).all():
        raise ValueError(f"{name} holds {int((~np.isfinite(array)).sum())} NaN or infinite values")


class Compressed(Mapping[str, Any]):
    """The tensors of `weights`, pruned and shared by rules, each worked out when it is asked for.

    So `archive.save` holds one tensor at a time. `rows` fills up as it goes. Tensors that are tied, as `weights.tied`
    says, come as `archive.Tied`.

    Parameters
    ----------
    weights : name -> array. Real tensors of two and more dimensions are shared, the others are kept.
    shapes : of all of them.
    densities, bits : rules; the last one that fits a tensor counts. Density 1 and 8 or 5 bits otherwise. An `Asked` in
        place of the first says all that there is to say.
    on_tensor : called with the number of values of each tensor once it is done.
    executor : any `concurrent.futures.Executor`; the first tensor that is asked for starts all of them there. Results
        and `rows` do not depend on it. Of a dictionary, a worker gets the one tensor that it works on. Anything else is
        sent to it as a whole, and is read there: for other processes, give something that reads on demand, such as
        `weights.WeightFile` or `imagenet.Sampled`.
    finish : called by the worker with the name and the result of each tensor, and exact=True for one that is to stay
        exactly as it is; what it returns stands in place of the result. With `archive.encoded` a few bytes travel back
        instead of the tensor.

    Raises
    ------
    ValueError : a rule that fits no tensor, or a value out of range. On access: NaN or infinite weights.
    """

    def __init__(
        self,
        weights: Mapping[str, np.ndarray],
        shapes: Mapping[str, tuple[int, ...]],
        densities: Sequence[Rule] | Asked = (),
        bits: Sequence[Rule] = (),
        on_tensor: Callable[[int], None] = lambda values: None,
        executor: Executor | None = None,
        finish: Finish | None = None,
    ) -> None:
        self.asked = densities if isinstance(densities, Asked) else Asked(densities, bits)
        self.asked.check(shapes)
        self.weights, self.shapes = weights, shapes
        self.tied: Mapping[str, str] = getattr(weights, "tied", {})
        self.on_tensor, self.finish = on_tensor, finish
        self.rows: list[Row] = []
        self._results = OnDemand([name for name in weights if name not in self.tied], self._call, executor)

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def __getitem__(self, name: str) -> Any:
        if name not in self.weights:
            raise KeyError(name)
        if name in self.tied:
            return archive.Tied(self.tied[name])
        row, result = self._results.result(name)
        self.rows.append(row)
        self.on_tensor(math.prod(row.shape))
        return result

    def _call(self, name: str) -> Callable[[], tuple[Row, Any]]:
        settings = self.asked.settings(name, len(self.shapes[name]))
        return functools.partial(one, _alone(self.weights, name), name, settings, self.finish)

    def cancel(self) -> None:
        """Forget what the executor has not begun: for when one tensor has failed."""
        self._results.cancel()


def _alone(weights: Mapping[str, np.ndarray], name: str) -> Mapping[str, np.ndarray]:
    """What a worker needs for one tensor: of weights that are in memory, no more than that one."""
    if isinstance(weights, _State):
        return _State({name: weights.tensors[name]})
    return {name: weights[name]} if isinstance(weights, dict) else weights


def one(
    weights: Mapping[str, np.ndarray], name: str, settings: Settings, finish: Finish | None = None
) -> tuple[Row, Any]:
    """What happened to one tensor, and the tensor pruned and shared, or what `finish` makes of it.

    Raises
    ------
    ValueError : NaN or infinite weights, or a change that 8 bits do not keep small enough.
    """
    array = weights[name]
    why = _reason_to_keep(array, settings)
    if why is not None:
        exact = settings.exact or not is_float(array.dtype) or not np.isfinite(array).all()
        result = array if exact or not settings.half else _rounded_to_half(array)
        row = _row(name, array, result, None, why)
        del array
        if finish is None:
            return row, result
        return row, finish(name, result, exact=True) if settings.exact else finish(name, result)
    check_finite(name, array)
    tensor, bits = _in_few_bits(name, array, settings)
    row = _row(name, array, tensor, bits, "")
    del array
    return row, tensor if finish is None else finish(name, tensor)


def _reason_to_keep(array: np.ndarray, settings: Settings) -> str | None:
    """Why a tensor is not pruned or shared; None if it is. "" is a reason that nobody has to be told."""
    if settings.exact:
        return "left as it is, as asked"
    if not is_float(array.dtype):
        return ""
    if settings.bits is None and settings.density is None:
        return "" if np.isfinite(array).all() else "not finite, and not a weight that is shared: kept exactly"
    return "holds infinities as an attention mask does: kept exactly" if _is_mask(array) else None


def _is_mask(array: np.ndarray) -> bool:
    """Whether infinities of one sign stand beside at most one finite value: they are meant, and it is no weight."""
    finite = np.isfinite(array)
    if finite.all() or np.isnan(array).any():
        return False
    return len(np.unique(sortable(array[~finite]))) == 1 and len(np.unique(sortable(array[finite]))) <= 1


def _in_few_bits(name: str, array: np.ndarray, settings: Settings) -> tuple[np.ndarray | QuantizedTensor, int | None]:
    """The tensor pruned and shared, and the bits that took."""
    if settings.max_change is not None and settings.bits is not None:
        # Two ways may lead there; the file decides which one takes fewer bytes.
        tensors, numbers = fewest_bits(name, array, settings.max_change)
        sizes = [len(archive.encoded(name, tensor).data) for tensor in tensors]
        best = min(range(len(sizes)), key=sizes.__getitem__)
        return tensors[best], numbers[best]
    density, bits = settings.density, settings.bits
    result = array
    if density is not None and density < 1:
        kept = np.flatnonzero(pruning.magnitude_mask(widened(array), density))
        values = array.reshape(-1)[kept]
        result = np.zeros_like(array)  # and only what is kept is shared: of a large layer, one copy less
        result.reshape(-1)[kept] = values if bits is None else shared(values, bits)
        del kept, values
    elif bits is not None:
        result = shared(result, bits)
    return (_rounded_to_half(result) if settings.half else result), bits


def _rounded_to_half(array: np.ndarray) -> np.ndarray:
    """The nearest values that float16 holds, in the array's own dtype; the array itself where one is too large."""
    if array.dtype.itemsize <= 2 or (array.size and float(np.abs(array).max()) > float(np.finfo(np.float16).max)):
        return array
    return array.astype(np.float16).astype(array.dtype)


def _row(name: str, before: np.ndarray, after: np.ndarray | QuantizedTensor, bits: int | None, why: str) -> Row:
    values = after.dequantize() if isinstance(after, QuantizedTensor) else after
    kept = 100 * np.count_nonzero(values) / max(values.size, 1)
    return Row(name, before.shape, kept, bits, *change(before, values), why)


class Report(NamedTuple):
    """What `compress` did: bytes of the tensors and of the file, what happened to each, the metric before and after."""

    bytes_before: int
    bytes_after: int
    rows: list[Row]
    metric_before: float | None
    metric_after: float | None

    @property
    def ratio(self) -> float:
        """How many times smaller the file is."""
        return self.bytes_before / self.bytes_after


def compress(
    model: nn.Module,
    path: str | os.PathLike[str],
    asked: Asked | None = None,
    evaluate: Callable[[nn.Module], float] | None = None,
    coder: archive.Coder = "huffman",
    executor: Executor | None = None,
) -> Report:
    """Compress a model's state_dict into a `.dcz` file, and say what that does to it.

    Parameters
    ----------
    model : any module; it is left as it is.
    asked : how far compression goes; by default nothing is pruned, matrices get 5 bits and convolutions 8.
    evaluate : your own metric of a model. It is called with this model, and with a copy that holds what the file holds.
    coder : as in `archive.save`.
    executor : any `concurrent.futures.Executor`, which works on several tensors at a time; None works on one after the
        other, here. The file and the report are the same. Threads share the model's memory. Processes are sent one
        tensor at a time, and each begins by importing torch, which takes some seconds.

    Raises
    ------
    ValueError : as in `Compressed` and `archive.save`. OSError : the file cannot be written.
    """
    state = _State(model.state_dict())
    finish = functools.partial(archive.encoded, coder=coder)
    compressed = Compressed(state, state.shapes, asked or Asked(), executor=executor, finish=finish)
    try:
        size = archive.save(Path(path), compressed, coder)
    finally:
        compressed.cancel()  # what has not begun, where one tensor failed
    before = sum(state[name].nbytes for name in state if name not in state.tied)
    if evaluate is None:
        return Report(before, size, compressed.rows, None, None)
    restored = copy.deepcopy(model)
    load_into(restored, path)
    return Report(before, size, compressed.rows, evaluate(model), evaluate(restored))


class _State(Mapping[str, np.ndarray]):
    """A model's state_dict as arrays, with what is tied in it."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self.tensors = tensors
        self.shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        self.tied = ties(tensors)

    def __getitem__(self, name: str) -> np.ndarray:
        return values_of(name, self.tensors[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def __reduce__(self) -> tuple[type, tuple[dict[str, np.ndarray]]]:
        """To another process it goes as arrays: torch would move its tensors into shared memory, or stay on a GPU."""
        return dict, (dict(self),)
