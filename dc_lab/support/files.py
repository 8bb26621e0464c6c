"""Files that are complete or not there, written to a temporary name in the same folder, then renamed; and settings."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to; becomes `path` when the block ends, and is removed if the block raises.

    A crash leaves an earlier file of that name whole. Raises OSError where the folder cannot be written to.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder, expected a file name", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files: give this one the permissions that `open` would have given it.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path`, complete or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read_settings(path: Path) -> dict[str, Any]:
    """What a `.json` file holds, or a `.toml` file under any other name.

    Raises
    ------
    ValueError : not such a file, or not settings by name. OSError : it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    if not isinstance(values, dict):
        raise ValueError(f"expected settings by name, got {text[:50]!r}")
    return values
