"""An answer in its room, seen from the judge's process: a function that is called there and returns here."""

import builtins
import contextlib
import inspect
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from dc_lab.course import sandbox
from dc_lab.course.grading import fence, wire
from dc_lab.support import places

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1]
START = 30.0
"""Seconds until an answer is defined."""

KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class CannotRun(Exception):
    """Why an answer could not even be defined."""


@contextlib.contextmanager
def answer(name: str, source: str, mine: Path | None, limit: float, memory: int, seconds: float) -> Iterator[Any]:
    """What a source gives the name `name`: a function that runs in a process of its own, or a plain value.

    Parameters
    ----------
    mine : the learner's package, which the source may import.
    limit : seconds of a call.
    memory : bytes that the process may take, where the system can limit that.
    seconds : of its processor in all.

    Raises
    ------
    CannotRun : the source raises, or does not end.
    """
    with tempfile.TemporaryDirectory(prefix="answer-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        for each in ("wire.py", "room.py"):
            shutil.copyfile(HERE / each, folder / each)
        if mine is not None and mine.is_dir():
            copy_modules(mine, folder / "mine")
        job = {
            "name": name, "source": source, "memory": memory, "seconds": int(seconds),
            "torch": "torch" in source or "mine" in source or "dc_lab" in source,
            "package": str(PACKAGE.parent),
            "secret": [str(each) for each in secrets()],
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        process = subprocess.Popen(
            [*fence.command(secrets()), sys.executable, "-I", str(folder / "room.py")], cwd=folder, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            room = _Room(process, limit)
            yield room.start()
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    cast(Any, pipe).close()


def copy_modules(mine: Path, target: Path) -> None:
    """The modules alone: a link may lead anywhere, and a folder may hold anything."""
    target.mkdir()
    (target / "__init__.py").touch()
    for path in mine.glob("*.py"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20:
            shutil.copyfile(path, target / path.name)


def environment() -> dict[str, str]:
    """The variables that a process gets: nothing of whoever grades."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def secrets() -> list[Path]:
    """Folders of the package in which answers stand, or what labs are scored on."""
    return [PACKAGE / "course", places.folder("notebooks"), places.folder("data")]


class _Room:
    def __init__(self, process: "subprocess.Popen[bytes]", limit: float) -> None:
        self.process, self.limit = process, limit
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.last: Any = None
        # Reads what comes: waiting for it can then be given up.
        threading.Thread(target=self._read, daemon=True, name="answers").start()

    def _read(self) -> None:
        try:
            while True:
                self.messages.put(wire.read(cast(Any, self.process.stdout)))
        except wire.WireError as error:
            self.messages.put({"raised": ["ValueError"], "text": str(error), "where": ""})
        except (EOFError, OSError, ValueError):
            pass
        self.messages.put({"over": True})

    def _next(self, seconds: float) -> dict[str, Any] | None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                return self.messages.get(timeout=0.05)
            except queue.Empty:
                pass
        return None

    def start(self) -> Any:
        """The function, or the value."""
        message = self._next(START)
        if message is None:
            raise CannotRun(f"its cell does not come to an end within {START:g} s")
        if message.get("over"):
            raise CannotRun("its process ended before the answer was defined")
        if message.get("raised"):
            raise CannotRun(f"{message['raised'][0]}: {message['text']}{message['where']}")
        if not message["callable"]:
            return message["values"]

        def answer(*arguments: Any) -> Any:
            return self.call(arguments)

        if (signature := _signature(message["parameters"])) is not None:
            cast(Any, answer).__signature__ = signature
        return answer

    def call(self, arguments: tuple[Any, ...]) -> Any:
        """Call the answer there."""
        try:
            wire.write(cast(Any, self.process.stdin), {"seed": sandbox.SEED}, list(arguments))
        except (OSError, ValueError):
            raise RuntimeError("its process is over: out of memory or time, or it ended itself") from None
        message = self._next(0.9 * self.limit)
        if message is None:
            self.process.kill()
            while True:  # until the judge's own time is over: it then says that this never ends
                time.sleep(0.01)
        if message.get("over"):
            self.messages.put(message)
            raise RuntimeError("its process is over: out of memory or time, or it ended itself")
        if message.get("raised"):
            raise _exception(message)
        result, changed, again = message["values"]
        for i, value in changed:
            _adopt(arguments[i], value)
        for value in again:
            _adopt(self.last, value)
        self.last = result
        return result


def _signature(parameters: Any) -> inspect.Signature | None:
    if parameters is None:
        return None
    try:
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=None if has else inspect.Parameter.empty)
                for name, kind, has in parameters
            ]
        )
    except (ValueError, TypeError):
        return None


def _exception(message: dict[str, Any]) -> BaseException:
    """An exception of the same class, as far as Python has it."""
    kinds = [str(name) for name in message["raised"]]
    for name in kinds:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            try:
                return kind(f"{message['text']}{message['where']}")
            except TypeError:  # UnicodeDecodeError and the like take more
                return ValueError(f"{name}: {message['text']}{message['where']}")
    return RuntimeError(f"{kinds[0]}: {message['text']}{message['where']}")


def _adopt(old: Any, new: Any) -> None:
    """Change a value into another in place, as the answer did over there."""
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old.shape == new.shape:
        if old.flags.writeable:
            np.copyto(old, new, casting="unsafe")
    elif isinstance(old, (list, bytearray)) and type(old) is type(new):
        old[:] = new
    elif isinstance(old, dict) and isinstance(new, dict):
        if old.keys() == new.keys():
            for key, value in new.items():
                _adopt(old[key], value)
        old.clear()
        old.update(new)
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for before, after in zip(old, new, strict=False):
            _adopt(before, after)
