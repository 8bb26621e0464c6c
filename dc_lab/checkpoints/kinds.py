"""What a file is, by its first bytes and not by its name; and what to do with one that is no weight file."""

import json
import pickletools
import zipfile
from pathlib import Path

from dc_lab.support import files


class WeightsError(Exception):
    """A weight file cannot be read or written; the message names the file and what is wrong with it."""


class Refused(ValueError):
    """What a file holds is not what is wanted: says why, and what to do, without the name of the file."""


REMEDIES = {
    "lfs": "is a pointer of Git LFS, not the weights themselves; `git lfs pull` fetches them",
    "onnx": "is an ONNX model, whose weights sit inside a graph; save the state_dict of the model it was exported from",
    "hdf5": "is an HDF5 file (Keras, h5py); save its arrays with np.savez and give the .npz",
    "torchscript": "is a TorchScript program; torch.jit.load it and save the state_dict() of what comes back",
    "gguf": "is a GGUF file; convert it back to safetensors first",
    "npy": "is a single array (.npy), which has no name; save it with np.savez under one",
    "dcz": "is a .dcz file already; `decompress` turns it back into weights",
    "gzip": "is a gzip archive; unpack it first",
    "tar": "is a tar archive; unpack it first",
    "7z": "is a 7z archive; unpack it first",
    "xz": "is an xz archive; unpack it first",
    "zstd": "is a Zstandard archive; unpack it first",
    "lz4": "is an LZ4 archive; unpack it first",
    "zip": "is a zip archive with no weights in it that are known here; unpack it first",
    "html": "is a web page, as a failed download leaves it",
}
"""For each kind that is recognised and not read: what it is, and what to do about it, as the end of a sentence."""

_BEGINNINGS = (
    (b"version https://git-lfs", "lfs"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"GGUF", "gguf"),
    (b"\x93NUMPY", "npy"),
    (b"DCZ", "dcz"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"<!DOCTYPE", "html"),
    (b"<!doctype", "html"),
    (b"<html", "html"),
)

MOST_INDEX = 2**26
"""Characters of a `*.safetensors.index.json`, which has a line a tensor."""

_ONNX_TAGS = {field << 3 | 2 for field in (2, 3, 4, 6, 7, 8, 14)} | {5 << 3}
"""How the fields of a model begin: names and texts, the graph, and the model's own version as a number."""


def reason(error: Exception) -> str:
    """The first line of what an error says, or its name where it says nothing."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def recognise(path: Path) -> str | None:
    """safetensors, npz, torch or sharded for what is read, a key of REMEDIES for what is not, None for neither.

    Raises
    ------
    OSError : the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if path.name.endswith(".index.json"):
        return "sharded"
    for beginning, kind in _BEGINNINGS:
        if start.startswith(beginning):
            return kind
    if start[257:262] == b"ustar" and not _is_torch_tar(start):
        return "tar"
    if start.startswith(b"PK"):
        return _kind_of_zip(path)
    # A safetensors file begins with the length of its header, which is JSON.
    if len(start) > 9 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 2**32:
        return "safetensors"
    if _is_onnx(start):
        return "onnx"
    if start[:1] == b"\x80" and _is_pickle(start):
        return "torch"
    return None


def _is_torch_tar(start: bytes) -> bool:
    """Files of the first PyTorch releases were tar archives of `sys_info`, `pickle`, `tensors` and `storages`."""
    return start[:8] in (b"sys_info", b"storages") or start[:7] in (b"pickle\0", b"tensors")


def _kind_of_zip(path: Path) -> str:
    """A torch file, a TorchScript program and an .npz are all zip archives; their members tell them apart."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "torch"  # cut off, or damaged: its reader says how
    parts = {name.partition("/")[2] for name in members}
    if "constants.pkl" in parts or any(part.startswith("code/") for part in parts):
        return "torchscript"
    if "data.pkl" in parts:
        return "torch"
    if not members or any(name.endswith(".npy") for name in members):
        return "npz"
    return "zip"


def _is_onnx(start: bytes) -> bool:
    """ONNX is a protocol buffer: field 1, a version of one digit or two, then the tag of another field up to 14."""
    return len(start) > 4 and start[0] == 0x08 and 1 <= start[1] <= 20 and start[2] in _ONNX_TAGS


def _is_pickle(start: bytes) -> bool:
    try:
        operation = next(pickletools.genops(start))
    except (ValueError, IndexError, StopIteration):
        return False
    return operation[0].name == "PROTO"


def shards(path: Path) -> dict[str, Path]:
    """Tensor name -> the safetensors file that holds it, as a `*.safetensors.index.json` says.

    Raises
    ------
    Refused : not such an index, or it names a file outside its own folder. OSError : it cannot be read.
    """
    try:
        content = files.parse_json(files.small_text(path, MOST_INDEX))
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # not UTF-8, too long, too deep, or a tensor that is there twice
        raise Refused(f"not readable as JSON ({reason(error)})") from None
    where = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(where, dict) or not all(isinstance(file, str) for file in where.values()):
        raise Refused('expected "weight_map" with the file of each tensor')
    outside = next((file for file in where.values() if Path(file).name != file or not file), None)
    if outside is not None:
        raise Refused(f"a shard is called {outside!r}, expected the name of a file beside the index")
    return {name: path.parent / file for name, file in where.items()}
