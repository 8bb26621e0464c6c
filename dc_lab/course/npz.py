"""Arrays in a file that another process left. Nothing in it is unpickled, and no size is taken on trust."""

import io
import zipfile
from pathlib import Path

import numpy as np


def load(path: Path, most_bytes: int) -> dict[str, np.ndarray]:
    """Name to array of an `.npz` file.

    Raises
    ------
    ValueError : it is none, holds objects, or its arrays take more than `most_bytes`, whatever the file's own size.
    OSError : it cannot be read.
    """
    found: dict[str, np.ndarray] = {}
    left = most_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            for item in archive.infolist():
                # A few bytes may stand for terabytes of zeros, and a header may claim any shape.
                if item.file_size > left:
                    raise ValueError(f"its arrays take more than {most_bytes:,} bytes")
                left -= item.file_size
                with archive.open(item) as file:
                    content = file.read(item.file_size + 1)
                found[item.filename.removesuffix(".npy")] = _array(content)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise ValueError(f"no file of arrays: {error}") from error
    return found


def _array(content: bytes) -> np.ndarray:
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array of version {version}")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("an array of objects")
    size = dtype.itemsize
    for length in shape:
        size *= length
    if min(shape, default=1) < 0 or size != len(content) - file.tell():
        raise ValueError(f"an array of shape {shape} in {len(content):,} bytes")
    flat = np.frombuffer(content, dtype, offset=file.tell()) if size else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").copy()
