"""Weight files out: what `open_weights` reads again, complete or not there."""

import errno
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import safetensors
import safetensors.numpy
import torch

from dc_lab.checkpoints.kinds import WeightsError, reason
from dc_lab.quantized import QuantizedTensor
from dc_lab.support import files
from dc_lab.support.dtypes import BFLOAT16
from dc_lab.support.tensors import to_tensor

WRITABLE = (".safetensors", ".npz", ".pt")


def save_weights(
    path: Path,
    tensors: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
    tied: Mapping[str, str] | None = None,
) -> None:
    """Write `.safetensors`, `.npz` or `.pt`, complete or not at all; the same tensors give the same bytes.

    Parameters
    ----------
    tensors : arrays, or QuantizedTensors, which become the float32 values that they stand for.
    metadata : texts to keep beside the tensors, where the format can (.safetensors).
    tied : name -> name of the tensor whose memory it shares, where the format can say so (.pt); else it is written
        as often as it is named.

    Raises
    ------
    WeightsError : another ending, or a name or dtype that the format cannot hold. OSError : the file cannot be written.
    """
    check_suffix(path)
    for name in tensors:
        _check_name(path, name)
    with files.replacing(path) as temporary:
        if path.suffix == ".npz":
            _write_npz(temporary, tensors)
        elif path.suffix == ".pt":
            _write_torch(temporary, tensors, tied or {})
        else:
            _write_safetensors(path, temporary, tensors, metadata)


def bytes_written(suffix: str, tensors: Mapping[str, Any], tied: Mapping[str, str]) -> int:
    """Bytes of values that `save_weights` writes to a file that ends so, and about what it needs memory for.

    Quantized tensors count as float32, tied ones as often as they are written, and .npz has bfloat16 as float32.
    """
    written = 0
    for name, tensor in tensors.items():
        if suffix != ".pt" or name not in tied:
            becomes_float32 = isinstance(tensor, QuantizedTensor) or (suffix == ".npz" and tensor.dtype == BFLOAT16)
            written += tensor.size * (4 if becomes_float32 else tensor.dtype.itemsize)
    return written


def _values(tensor: Any) -> np.ndarray:
    return tensor.dequantize() if isinstance(tensor, QuantizedTensor) else np.asarray(tensor)


def check_suffix(path: Path) -> None:
    """Raises WeightsError where `save_weights` could not write a file of this name."""
    if path.suffix not in WRITABLE:
        known = f"{', '.join(WRITABLE[:-1])} and {WRITABLE[-1]}"
        raise WeightsError(f"{path}: can write {known}, not {path.suffix or 'a name without ending'!r}")


def _check_name(path: Path, name: str) -> None:
    """Names that a reader of the file would not find again."""
    if path.suffix == ".npz" and "\0" in name:
        raise WeightsError(f"{path}: a .npz file cannot hold a tensor called {name!r}: a name ends at its first NUL")
    if path.suffix == ".npz" and name == "":
        raise WeightsError(f"{path}: a .npz file cannot hold a tensor without a name")
    if path.suffix == ".safetensors" and name == "__metadata__":
        raise WeightsError(f"{path}: a .safetensors file cannot hold a tensor called {name!r}, which it uses itself")


def _write_safetensors(
    path: Path, temporary: Path, tensors: Mapping[str, Any], metadata: Mapping[str, str] | None
) -> None:
    # safetensors writes an array's memory as it lies, without regard to strides: make it lie in C order.
    contiguous = {name: np.asarray(_values(tensor), order="C") for name, tensor in tensors.items()}
    try:
        with files.beside(temporary) as written:
            safetensors.numpy.save_file(contiguous, written, metadata=dict(metadata) if metadata else None)
    except safetensors.SafetensorError as error:  # its errors have no number: a full disk is only in the text
        number = re.search(r"os error (\d+)", str(error))
        if number is None:
            raise WeightsError(f"{path}: {reason(error)}") from None
        raise OSError(int(number.group(1)), _system_text(int(number.group(1))), str(path)) from None
    except (KeyError, TypeError) as error:
        raise WeightsError(f"{path}: a .safetensors file cannot hold such a dtype ({reason(error)})") from None


def _system_text(number: int) -> str:
    return (
        "No space left on device"
        if number == errno.ENOSPC
        else f"the system says {errno.errorcode.get(number, number)}"
    )


def _write_npz(path: Path, tensors: Mapping[str, Any]) -> None:
    """What `np.savez` writes; but that takes names as keywords, so that a tensor cannot be called "file"."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, tensor in tensors.items():
            array = _values(tensor)
            if array.dtype == BFLOAT16:
                array = array.astype(np.float32)  # NumPy's own files have no bfloat16
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _write_torch(path: Path, tensors: Mapping[str, Any], tied: Mapping[str, str]) -> None:
    """A state_dict as `torch.save` writes it; tied tensors share their memory, in the file and when it is loaded."""
    content: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        same = content.get(tied.get(name, ""))
        content[name] = to_tensor(_values(tensor), copy=False) if same is None else same
    with path.open("wb") as file:  # by its name, torch would write that of the temporary file into it
        noted = _ErrorsNoted(file)
        try:
            torch.save(content, noted)  # type: ignore[arg-type]
        except RuntimeError:  # "unexpected pos 960 vs 854" is what torch says of a full disk
            if noted.error is None:
                raise
            raise noted.error from None


class _ErrorsNoted:
    """A file open for writing that remembers the system's error, which torch replaces by one of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, content: Any) -> int:
        try:
            return self.file.write(content)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self.file.flush()
