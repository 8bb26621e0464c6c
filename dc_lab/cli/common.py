"""What the commands share: errors in what was given, outputs, weights, kinds of arguments."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

NET_NAMES = ("lenet-300-100", "lenet-5")
"""The networks of the course, as in `models.NETS`."""


class UserError(Exception):
    """What was asked for cannot be done; the message says why in one line."""


def asked(work: Callable[[], Any]) -> Any:
    """Run `work`, whose ValueErrors are about what the user gave."""
    try:
        return work()
    except ValueError as error:
        raise UserError(str(error)) from error


# --- outputs ---


def check_output(path: Path, force: bool, inputs: Sequence[Path] = (), suffixes: Sequence[str] = ()) -> None:
    """Refuse to overwrite, or to write where no file can be, before any work is done.

    Parameters
    ----------
    inputs : files that are read: none of them may be the output, under whatever name.
    suffixes : endings of other formats, under which nobody would look for this one.
    """
    from dc_lab.support import files

    files.check_path(path)
    if path.is_dir():
        raise UserError(f"{path} is a folder, expected a file name")
    if any(each.exists() and path.exists() and path.samefile(each) for each in inputs):
        raise UserError(f"{path} is the input; the output needs a name of its own")
    if path.exists() and path.is_file() and not force:
        raise UserError(f"{path} exists; --force replaces it")
    if not path.parent.is_dir():
        raise UserError(f"{path.parent}: no such folder")
    files.check_writable(path)
    if path.suffix.lower() in suffixes:
        raise UserError(f"{path}: {path.suffix} is the ending of another format; this writes a .dcz file")


WEIGHT_SUFFIXES = (".safetensors", ".npz", ".pt", ".pth", ".bin", ".ckpt", ".onnx", ".h5", ".json")
"""Endings of weight files, which a .dcz file should not have."""


def shown(path: Path) -> str:
    """A path relative to the working folder where that is shorter."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def smaller(path: Path, dense: int) -> str:
    """What the file at `path` takes, and how much smaller that is than the `dense` bytes of its tensors."""
    total = path.stat().st_size
    return f"{path}: {total:,} bytes, {dense / total:.1f}x smaller than the {dense:,} bytes of the tensors"


# --- weights ---


def checkpoint_path(net: str) -> Path:
    """The shipped, trained weights of a network."""
    from dc_lab.networks import datasets

    return datasets.checkpoint(f"{net}.safetensors")


def arrays_of(path: Path) -> dict[str, Any]:
    """The tensors of a weight file or a `.dcz` file."""
    from dc_lab import archive
    from dc_lab.checkpoints import weights

    return archive.load(path) if path.suffix == ".dcz" else weights.load_weights(path)


def has_integers(arrays: Mapping[str, Any]) -> bool:
    """Whether any of the tensors is quantized."""
    from dc_lab.quantized import QuantizedTensor

    return any(isinstance(array, QuantizedTensor) for array in arrays.values())


def load_into(model: Any, path: Path) -> None:
    """Weights from a weight file or a `.dcz` file into a model."""
    from dc_lab.networks import state

    arrays = arrays_of(path)
    if has_integers(arrays):
        raise UserError(f"{path} holds a quantized network; expected float32 weights")
    asked(lambda: state.load_arrays(model, arrays))


# --- the work folder ---


def work_folder(path: Path | None, work: Any) -> Any:
    """The work folder that is meant: the one given, else the one we are in, else `work`.

    `work` is the module `dc_lab.course.work`: only the commands that are about the course know of it.
    """
    found = work.find() if path is None else None
    if found is not None:
        return found
    chosen = Path("work") if path is None else path
    if not work.is_work_folder(chosen):
        raise UserError(f"{chosen} is no work folder; `dc-lab start` makes one")
    return work.Folder(chosen.resolve())


# --- arguments ---


def whole(least: int = 0, most: int | None = None) -> Callable[[str], int]:
    """The type of an argument that is a whole number from `least` to `most`."""
    expected = f"a whole number of {least} or more" if most is None else f"a whole number from {least} to {most}"

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:  # no number, or one of more digits than Python reads
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text[:50]!r}") from None
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text[:50]}")
        return value

    return parse


MOST_EPOCHS = 1_000_000
MOST_SEED = 2**63 - 1
"""Of the seeds that PyTorch takes."""

MOST_WORKERS = 61 if sys.platform == "win32" else 1024
"""Windows waits for no more processes than that; elsewhere each takes a few semaphores and file handles."""


def add_net(parser: argparse.ArgumentParser) -> None:
    """The argument NET: one of the networks of the course."""
    parser.add_argument("net", choices=NET_NAMES, metavar="NET", help=" or ".join(NET_NAMES))


def add_max_bytes(parser: argparse.ArgumentParser) -> None:
    """The option --max-bytes, for commands that unpack a file."""
    parser.add_argument(
        "--max-bytes", type=whole(), metavar="N",
        help="refuse files whose tensors take more bytes; what is written as float32 counts as that. Memory may be six "
        "times as much, see FORMAT.md (default: 1 GiB, or 1,024 times the file)",
    )  # fmt: skip
