"""An answer in its room, seen from the judge's process: a function that is called there and returns here."""

import builtins
import contextlib
import copy
import inspect
import itertools
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from dc_lab.course import sandbox, turns
from dc_lab.course.grading import fence, wire
from dc_lab.support import places

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1]
START = 30.0
"""Seconds until an answer is defined."""

KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


MOST_MODULES, MOST_MODULE = 100, 1 << 20
"""Modules of `mine` that are looked at, and bytes of one."""


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
        copy_package(folder / PACKAGE.name)
        job = {
            "name": name, "source": source, "memory": memory, "seconds": int(seconds),
            "torch": "torch" in source or "mine" in source or "dc_lab" in source,
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
    """The modules alone, so many of them: a link may lead anywhere, and a folder may hold anything."""
    target.mkdir()
    (target / "__init__.py").touch()
    if mine.is_symlink():
        return
    modules = (path for path in mine.glob("*.py") if path.is_file() and not path.is_symlink())
    for path in itertools.islice(modules, MOST_MODULES):
        if path.stat().st_size <= MOST_MODULE:
            shutil.copyfile(path, target / path.name)


def environment() -> dict[str, str]:
    """The variables that a process gets: nothing of whoever grades."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def secrets() -> list[Path]:
    """Folders in which answers stand, or what labs are scored on: the package itself, wherever Python finds it."""
    packages = [Path(each or ".") / PACKAGE.name for each in sys.path]
    found = [PACKAGE, *(each for each in packages if (each / "course").is_dir())]
    found = [each.resolve() for each in (*found, places.folder("notebooks"), places.folder("data"))]
    inner = {each for each in found for other in found if other in each.parents}  # goes with the outer one
    return [each for each in dict.fromkeys(found) if each not in inner]


OPEN = ("networks", "support")
"""What of the package an answer may use. It gets a copy of these."""


def copy_package(target: Path) -> None:
    """The part of dc_lab that answers may use, as a package of its own."""
    target.mkdir()
    (target / "__init__.py").write_text('"""As much of dc_lab as an answer may use."""\n', encoding="utf-8")
    for room in OPEN:
        (target / room).mkdir()
        for path in (PACKAGE / room).glob("*.py"):
            shutil.copyfile(path, target / room / path.name)


class _Room:
    def __init__(self, process: "subprocess.Popen[bytes]", limit: float) -> None:
        self.process, self.limit = process, limit
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.last: Any = None
        self.objects: dict[int, Any] = {}
        # Reads what comes: waiting for it can then be given up.
        threading.Thread(target=self._read, daemon=True, name="answers").start()

    def _read(self) -> None:
        try:
            while True:
                self.messages.put(wire.read(cast(Any, self.process.stdout), self.far))
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

    def far(self, number: int, name: str) -> Any:
        """What stands here for an object over there."""
        if number not in self.objects:
            kind = type(name, (Object,), {})
            self.objects[number] = kind(self, number)
        return self.objects[number]

    def call(self, arguments: tuple[Any, ...], on: int | None = None, name: Any = None) -> Any:
        """Call the answer there, or a method `name` of an object of it; many of them, where `name` is a list."""
        sent = [_once(each) for each in arguments]
        question = {"seed": sandbox.SEED, "on": on, ("names" if isinstance(name, list) else "name"): name}
        try:
            wire.write(cast(Any, self.process.stdin), question, sent)
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
        result, changed, again, left = message["values"]
        for i, value in changed:
            _adopt(sent[i].items if isinstance(sent[i], wire.Once) else arguments[i], _items(value))
        for i, each in enumerate(sent):
            if isinstance(each, wire.Once):
                _advance(arguments[i], len(each.items) - int(left[i]))
        for value in again:
            _adopt(self.last, value)
        self.last = result
        return result


class Object(turns.Far):
    """An object of a learner's class, which lives in the other process. Its methods can be called."""

    def __init__(self, room: "_Room", number: int) -> None:
        self._room, self._number = room, number

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments: self._room.call(arguments, self._number, name)

    def in_turn(self, calls: Sequence[turns.Call]) -> list[Any]:
        """All calls with one question and one reply."""
        kinds = list(dict.fromkeys((name, len(arguments)) for name, arguments in calls))
        number = {kind: i for i, kind in enumerate(kinds)}
        order = [number[name, len(arguments)] for name, arguments in calls]
        columns: list[list[list[Any]]] = [[[] for _ in range(count)] for _, count in kinds]
        for which, (_, arguments) in zip(order, calls, strict=True):
            for column, value in zip(columns[which], arguments, strict=True):
                column.append(value)
        found = self._room.call((order, columns), self._number, [name for name, _ in kinds])
        results = [iter(each) for each in found]
        return [next(results[which]) for which in order]


def _once(value: Any) -> Any:
    """An iterator as what is to come of it; all else as it is."""
    if not isinstance(value, Iterator):
        return value
    try:
        return wire.Once(list(copy.copy(value)), bare=False)
    except TypeError:  # a generator: what is taken from it is gone
        return wire.Once(list(value), bare=True)


def _items(value: Any) -> Any:
    return value.items if isinstance(value, wire.Once) else value


def _advance(iterator: Iterator[Any], steps: int) -> None:
    for _ in range(steps):
        next(iterator, None)


def _signature(parameters: Any) -> inspect.Signature | None:
    if parameters is None:
        return None
    try:
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=value if has else inspect.Parameter.empty)
                for name, kind, has, value in parameters
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
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, value in enumerate(new):
            if type(old[i]) is type(value) and isinstance(value, (np.ndarray, list, dict, bytearray)):
                _adopt(old[i], value)
            else:
                old[i] = value
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
