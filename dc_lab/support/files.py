"""Files that are complete or not there, written to a temporary name in the same folder, then renamed; and settings."""

import contextlib
import errno
import glob
import hashlib
import json
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


if os.name == "posix":
    import fcntl

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
FOLDER = ".d"
"""Ending of a temporary file's folder, for libraries with temporary files of their own."""

MARK = ".dc-lab-tmp"
LONGEST_SUFFIX = 16
ABANDONED_S = 3600
"""Where files cannot be locked, a temporary file is taken for a leftover after so many seconds."""

MOST_TEXT = 2**20
"""Characters of settings or of a statement; more is no file that anyone wrote by hand."""


def check_path(path: Path) -> None:
    """Raises OSError for a path with a NUL character, which no file can have."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "a path with a NUL character in it", str(path))


def check_readable(path: Path) -> None:
    """Raises OSError unless there is a file at `path`, and no folder, pipe or device, whose reading need never end."""
    check_path(path)
    kind = next((name for is_kind, name in KINDS if is_kind(os.stat(path).st_mode)), None)  # noqa: PTH116, as below
    if kind is not None:
        number = errno.EISDIR if kind == "a folder" else errno.EINVAL
        raise OSError(number, f"is {kind}, expected a file", str(path))


def check_writable(path: Path) -> Path:
    """Where a file that is written to `path` will stand: at the end of the links, if `path` is one.

    Raises
    ------
    OSError : what stands there is no file (a folder, a pipe, a device), there is no folder to write into or it is
        read-only, or links lead round in a circle. Nothing is touched.
    """
    check_path(path)
    try:
        target = path.resolve()
        there = os.stat(target)  # noqa: PTH116, not Path.stat: tests and callers may hold any kind of path
    except FileNotFoundError:
        there = None
    except RuntimeError as error:  # a circle of links, up to Python 3.12
        raise OSError(errno.EINVAL, str(error), str(path)) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    if there is not None:
        kind = next((name for is_kind, name in KINDS if is_kind(there.st_mode)), None)
        if kind == "a folder":
            raise IsADirectoryError(errno.EISDIR, "is a folder, expected a file name", str(path))
        if kind is not None:
            raise OSError(errno.EINVAL, f"is {kind}, expected a file name", str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(target.parent))
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "cannot write here (read-only, or not yours)", str(target.parent))
    return target


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to; becomes `path` when the block ends, and is removed if the block raises.

    A crash leaves an earlier file of that name whole, and at worst a temporary file, which the next writer of that
    name removes. The new file is on the disk before it gets its name, so that a power cut leaves one or the other.
    It keeps the permissions of the file that it replaces. If `path` is a link, the file that it leads to is replaced.

    Raises
    ------
    OSError : as in `check_writable`, or the disk is full, or the folder is read-only; the error names `path`.
    """
    target = check_writable(path)
    _remove_leftovers(target)
    try:
        temporary, handle = _create(target)
    except OSError as error:
        raise OSError(error.errno, f"cannot write here ({error.strerror})", str(target.parent)) from None
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
        _sync_folder(target.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        # Writers that know only of the temporary name, or of none, did not say what could not be written.
        if isinstance(error, OSError) and error.filename in (None, str(temporary)) and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        if handle is not None:
            os.close(handle)


@contextlib.contextmanager
def beside(temporary: Path) -> Iterator[Path]:
    """A path in a folder of its own beside a temporary file, whose place it takes when the block ends.

    For libraries that make temporary files themselves, beside what they write: if they are killed, these lie in that
    folder, and the next writer removes it.
    """
    folder = temporary.with_name(temporary.name + FOLDER)
    folder.mkdir()
    try:
        yield folder / "written"
        (folder / "written").replace(temporary)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _temporary_name(target: Path, chance: str) -> str:
    """Short whatever the name is: some file systems take no more than 255 bytes."""
    key = hashlib.sha256(target.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    suffix = target.suffix if len(target.suffix.encode("utf-8", "surrogateescape")) <= LONGEST_SUFFIX else ""
    return f".{key}-{chance}{MARK}{suffix}"


def _create(target: Path) -> tuple[Path, int | None]:
    """A new file beside `target` with the permissions of any new file, and a handle that holds it locked, if any."""
    while True:
        temporary = target.with_name(_temporary_name(target, secrets.token_hex(4)))
        try:
            handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        except FileExistsError:
            continue
        if os.name != "posix":
            os.close(handle)  # an open file cannot be renamed there
            return temporary, None
        with contextlib.suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            return temporary, handle
        os.close(handle)  # another writer took it for a leftover, between the two lines above


def _remove_leftovers(target: Path) -> None:
    """Remove what writers of this name left behind that are no longer there: their files are locked by nobody."""
    for leftover in target.parent.glob(glob.escape(_temporary_name(target, "?")).replace("[?]", "*")):
        with contextlib.suppress(OSError):
            if os.name != "posix":
                if time.time() - leftover.stat().st_mtime > ABANDONED_S:
                    leftover.unlink()
                continue
            handle = os.open(leftover, os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()
            finally:
                os.close(handle)
    for folder in target.parent.glob(glob.escape(_temporary_name(target, "?")).replace("[?]", "*") + FOLDER):
        if not folder.with_name(folder.name.removesuffix(FOLDER)).exists():  # no writer that lives
            shutil.rmtree(folder, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """The new name, too, is on the disk. Not every system can open a folder for that."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def write(path: Path, content: bytes) -> None:
    """Write `content` to `path`, complete or not at all; raises OSError as `replacing` does."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def small_text(path: Path, most: int = MOST_TEXT) -> str:
    """The text of a small file.

    Raises
    ------
    ValueError : not UTF-8, or more than `most` characters. OSError : it cannot be read.
    """
    check_path(path)
    with path.open(encoding="utf-8") as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise ValueError(f"more than {most:,} characters")
    return text


def parse_json(text: str) -> Any:
    """What a JSON text holds.

    Raises
    ------
    ValueError : not JSON, a key that one object has twice, or brackets in brackets beyond Python's depth.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One object of a JSON text, of which Python itself would keep the last value of a key, silently."""
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return values


def read_settings(path: Path) -> dict[str, Any]:
    """What a `.json` file holds, or a `.toml` file under any other name.

    Raises
    ------
    ValueError : not such a file, not settings by name, none at all, or one that is there twice. OSError : it cannot be
        read.
    """
    text = small_text(path)
    try:
        values = parse_json(text) if path.suffix == ".json" else tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError(f"expected settings by name, got {text[:50]!r}")
    if not values:
        raise ValueError("there are no settings in it")
    return values
