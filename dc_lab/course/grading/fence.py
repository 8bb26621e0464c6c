"""What the system itself puts around a process that nobody vouches for, as far as it lets us.

On Linux, where `unshare` may make namespaces: no network, no other process in sight, nothing that can be written but
the folder in which it runs, and hidden folders that are empty. Python cannot break out of that. Where containers or
policies forbid a part of it, the network alone is cut off, or nothing; what is refused from within Python stays.
"""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["closed", "network", "none"]

NETWORK = ("--user", "--map-root-user", "--net")
CLOSED = (*NETWORK, "--mount", "--pid", "--fork", "--kill-child")

SCRIPT = """
for place; do
    shift
    [ "$place" = -- ] && break
    mount -t tmpfs none "$place" || exit 125
done
mount --bind "$PWD" "$PWD" && cd "$PWD" && mount -o remount,bind,ro / && exec unshare --user "$@"
"""
"""Hides folders, then makes all but the working folder read-only, then gives away the right to undo it."""

SAID: dict[Kind, str] = {
    "closed": "answers run without network, files of the course and the right to write; the system sees to it",
    "network": "answers run without network; the system sees to that, to all else only Python",
    "none": "answers run without network and files; only Python sees to that (notebooks/README.md, For teachers)",
}
"""What a teacher is told."""

PATIENCE = 10.0


def kind() -> Kind:
    """How much of it this system lets us do; tried out once."""
    return _kind(os.environ.get("PATH"))


@functools.cache
def _kind(path: str | None) -> Kind:
    if sys.platform != "linux" or shutil.which("unshare", path=path) is None:
        return "none"
    with tempfile.TemporaryDirectory(prefix="fence-") as name:
        hidden, inside = Path(name) / "hidden", Path(name) / "inside"
        for each in (hidden, inside):
            each.mkdir()
        (hidden / "there").touch()
        # It has to hide, to let the working folder be written, and to end with the end of what it runs.
        test = ["sh", "-c", '[ ! -e "$1/there" ] && touch here', "sh", str(hidden)]
        if _works([*_closed([hidden]), *test], inside):
            return "closed"
    return "network" if _works(["unshare", *NETWORK, "true"], Path.cwd()) else "none"


def _works(command: Sequence[str], folder: Path) -> bool:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
        return done.returncode == 0
    return False


def _closed(hidden: Sequence[Path]) -> list[str]:
    shared = [Path("/dev/shm")] if Path("/dev/shm").is_dir() else []
    return ["unshare", *CLOSED, "sh", "-c", SCRIPT, "sh", *map(str, [*hidden, *shared]), "--"]


def command(hidden: Sequence[Path] = ()) -> tuple[str, ...]:
    """What is put before the command of a process, which then runs in its working folder, behind the fence.

    Parameters
    ----------
    hidden : folders that are empty for it, as far as the system can do that.
    """
    found = kind()
    if found == "closed":
        return tuple(_closed([each.resolve() for each in hidden if each.is_dir()]))
    return ("unshare", *NETWORK) if found == "network" else ()
