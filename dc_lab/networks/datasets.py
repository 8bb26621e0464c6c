"""MNIST from the four original IDX files, checked against their published SHA-256.

Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits" (see data/mnist/README.md).
"""

import gzip
import hashlib
import math
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dc_lab.support import places

HELD_OUT = 5_000
"""Training images kept aside (the last ones). Every choice is made on these, never on the test images."""

PIECE = 1 << 20
"""Bytes that are unpacked at a time."""

SPLITS = ("train", "held_out", "test")


class DataError(Exception):
    """A data file is missing, truncated or altered; the message says which one and what to do."""


class Images(NamedTuple):
    """`pixels` is uint8 of shape (n, 28, 28), 0 paper to 255 ink; `labels` is uint8 of shape (n,), 0 to 9."""

    pixels: np.ndarray
    labels: np.ndarray


def data_dir() -> Path:
    """The folder `data/`: $DC_LAB_DATA if set, else the one that came with the course (see `support.places`)."""
    return Path(os.environ.get("DC_LAB_DATA") or places.folder("data"))


def checkpoint(name: str) -> Path:
    """Path of one of the trained networks in data/checkpoints, such as "lenet-5.safetensors" or "lenet-5.dcz"."""
    return data_dir() / "checkpoints" / name


def parse_idx(content: bytes | bytearray, name: str) -> np.ndarray:
    """The array in an IDX file of unsigned bytes.

    The format: two zero bytes, a type byte (0x08 = uint8), the number of dimensions, each dimension as a
    big-endian uint32, then the values in C order.

    Raises
    ------
    DataError : the header is not that of an IDX file of uint8, or the length does not fit the header.
    """
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise DataError(f"{name}: not an IDX file of unsigned bytes (starts with {content[:4].hex(' ') or 'nothing'})")
    ndim = content[3]
    start = 4 + 4 * ndim
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    expected = start + math.prod(shape)
    if len(content) != expected:
        wrong = "the file is truncated" if len(content) < expected else "something follows the values"
        raise DataError(f"{name}: {len(content):,} bytes, but its header promises {expected:,}; {wrong}")
    try:
        return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
    except ValueError as error:
        raise DataError(f"{name}: its header promises an array of {ndim} dimensions ({error})") from None


def read_idx(path: Path, sha256: str | None = None) -> np.ndarray:
    """Read a gzipped IDX file into a read-only uint8 array.

    Parameters
    ----------
    path : the `.gz` file.
    sha256 : hex digest that the *unpacked* bytes must have; None skips the check.

    Raises
    ------
    DataError : the file is missing, truncated, altered or not IDX.
    """
    remedy = f"restore it with `{places.remedy('data/mnist')}`"
    try:
        # In pieces: one read of all would hold everything twice while it joins its parts.
        content = bytearray()
        with gzip.open(path) as file:
            while piece := file.read(PIECE):
                content += piece
    except FileNotFoundError:
        raise DataError(f"{path} is missing: {remedy}, or set DC_LAB_DATA to the folder that holds mnist/") from None
    except EOFError:
        raise DataError(f"{path} is truncated ({path.stat().st_size:,} bytes): {remedy}") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is not a readable gzip file ({error}): {remedy}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if sha256 is not None:
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise DataError(f"{path} is altered: SHA-256 is {found}, expected {sha256}; {remedy}")
    array = parse_idx(content, path.name)
    array.flags.writeable = False
    return array


def checksums(folder: Path) -> dict[str, str]:
    """File name to SHA-256, from the `SHA256SUMS` in `folder`."""
    path = folder / "SHA256SUMS"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not a text file: restore it with `{places.remedy('data/mnist')}`") from None
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise DataError(f"{path}: expected lines of `SHA-256  file name`")
    return {name.strip(): digest for digest, name in pairs}


def _read_pair(folder: Path, prefix: str) -> Images:
    """Images and labels of one pair of files."""
    sums = checksums(folder)
    arrays = []
    for name in (f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"):
        if name not in sums:
            raise DataError(f"{folder / 'SHA256SUMS'} has no line for {name}")
        arrays.append(read_idx(folder / f"{name}.gz", sums[name]))
    return Images(*arrays)


_known: dict[tuple[Path, str], Images] = {}
"""What was read, by folder and split, so that a checksum is taken once a process."""


def _read_splits(folder: Path, split: str) -> dict[str, Images]:
    """One split, and what else comes for little."""
    if split == "test":
        return {split: _read_pair(folder, "t10k")}
    pixels, labels = _read_pair(folder, "train")
    # A copy: whoever wants these 4 MB alone should not hold the other 43.
    held_out = Images(pixels[-HELD_OUT:].copy(), labels[-HELD_OUT:].copy())
    for array in held_out:
        array.flags.writeable = False
    train = {"train": Images(pixels[:-HELD_OUT], labels[:-HELD_OUT])} if split == "train" else {}
    return {"held_out": held_out, **train}


def mnist(split: str, keep: bool = True) -> Images:
    """One split of MNIST: "train" (55,000), "held_out" (5,000) or "test" (10,000).

    Parameters
    ----------
    keep : hold the images for the next call. False where they are looked at once: "train" is 43 MB.

    Returns
    -------
    Images : read-only uint8 arrays, pixels (n, 28, 28) and labels (n,).

    Raises
    ------
    ValueError : another name. DataError : a file is missing, truncated or altered.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    folder = data_dir() / "mnist"
    if (folder, split) not in _known:
        found = _read_splits(folder, split)
        for name, images in found.items():
            if keep or name == "held_out":  # which is small, and comes from the large file
                _known.setdefault((folder, name), images)
        return _known.get((folder, split), found[split])
    return _known[folder, split]
