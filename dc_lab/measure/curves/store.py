"""A file of measured curves: points, each a function with arguments, and the numbers that it gave.

A file is JSON, a point a line. Its key is the call that measures the point, such as `retrained(epochs=2)`. Each point
is written as soon as it is found, so that a run that was interrupted goes on where it stopped. What the finished file
holds and in which order does not depend on what ran the points: this process, threads, other processes or machines.
"""

import contextlib
import functools
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from dc_lab.networks import datasets
from dc_lab.networks.datasets import DataError
from dc_lab.support import files, places
from dc_lab.support.points import as_found


class Point(NamedTuple):
    """One measurement: a function of a module, what it is called with, and about how many seconds it takes.

    Arguments are strings and numbers. The function returns a number, or lists and dicts (of text) of numbers, the same
    each time. It must be picklable by name, so that another process can run it.
    """

    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    seconds: float = 1.0

    @property
    def key(self) -> str:
        """The call as text: the point's name in the file."""
        return key_of(self.function, self.arguments)

    def measure(self) -> Any:
        """Call the function."""
        return self.function(**self.arguments)


def key_of(function: Callable[..., Any], arguments: Mapping[str, Any]) -> str:
    """Such as `scheduled(way='gradual', density=0.02, seed=0)`."""
    return f"{function.__name__}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


class Measured(NamedTuple):
    """What a run of `CurveFile.measure` did: points measured, and how many of these had another value before."""

    points: int
    changed: int


@dataclass(frozen=True)
class CurveFile:
    """What belongs into one file of data/figures.

    `settings` are those constants that the numbers depend on and that are no point's argument; `checkpoints` are the
    networks that the points start from. Both stand in the file, numbers measured otherwise are not mixed.
    """

    name: str
    about: str
    points: tuple[Point, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    checkpoints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keys = [point.key for point in self.points]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{self.name} lists {', '.join(twice)} more than once")

    @property
    def path(self) -> Path:
        """data/figures/NAME.json; what was measured in the working folder comes before what a wheel brought."""
        shipped = datasets.data_dir() / "figures" / f"{self.name}.json"
        return self.output if self.output.exists() else shipped

    @property
    def output(self) -> Path:
        """Where `measure` writes: data/figures, or runs/figures in the working folder if `data` is in the package."""
        data = datasets.data_dir()
        folder = Path("runs") if data.is_relative_to(places.package()) else data
        return folder / "figures" / f"{self.name}.json"

    def made_with(self) -> dict[str, Any]:
        """The settings, and the first 16 hex digits of the SHA-256 of each checkpoint, as they are now.

        Raises
        ------
        OSError : a checkpoint cannot be read.
        """
        digests = {
            name: hashlib.sha256(datasets.checkpoint(name).read_bytes()).hexdigest()[:16] for name in self.checkpoints
        }
        made = {**self.settings, **({"checkpoints": digests} if digests else {})}
        return json.loads(json.dumps(made))

    def found(self) -> dict[str, Any]:
        """Key to numbers of those listed points that the file has, in the list's order; none where there is no file.

        Raises
        ------
        DataError : the file is damaged, or was measured with other settings or from other checkpoints.
        OSError : it cannot be read.
        """
        contents = self._contents()
        if contents is None:
            return {}
        before, now = contents["made with"], self.made_with()
        if before != now:
            names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
            raise DataError(
                f"{self.path} was measured with other values of: {', '.join(names)}; "
                f"`python -m dc_lab figures --again {self.name}` measures all of it anew"
            )
        points = contents["points"]
        return {point.key: points[point.key] for point in self.points if point.key in points}

    def _contents(self) -> dict[str, Any] | None:
        """The file as it is, checked for its form; None where there is none."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            contents = json.loads(content)
        except (ValueError, RecursionError) as error:  # also what is not UTF-8
            raise self._damaged(f"not JSON ({error})") from None
        parts = {"about": str, "made with": dict, "points": dict}
        if not isinstance(contents, dict) or contents.keys() != parts.keys():
            raise self._damaged(f"expected an object with {', '.join(parts)}")
        for part, kind in parts.items():
            if not isinstance(contents[part], kind):
                raise self._damaged(f"expected {part!r} to be {'text' if kind is str else 'an object'}")
        for key, value in contents["points"].items():
            if not is_numbers(value):
                raise self._damaged(f"the value of {key} is not made of finite numbers")
        return contents

    def _damaged(self, why: str) -> DataError:
        return DataError(
            f"{self.path} is damaged: {why}; restore it with `{places.remedy('data/figures')}`, "
            f"or delete it and `python -m dc_lab figures {self.name}` measures all of it anew"
        )

    def missing(self) -> list[Point]:
        """Listed points that the file does not have. Errors as in `found`."""
        found = self.found()
        return [point for point in self.points if point.key not in found]

    def stored(self) -> Callable[..., Any]:
        """Look up what is stored: `stored(function, argument=...)` gives the numbers of that point.

        Raises
        ------
        DataError : points are missing, or as in `found`. What is returned raises KeyError for a point that is not
        listed.
        """
        found = self.found()
        missing = [point.key for point in self.points if point.key not in found]
        if missing:
            raise DataError(
                f"{self.path} lacks {len(missing)} of {len(self.points)} points, first {missing[0]}; "
                f"`python -m dc_lab figures {self.name}` measures them"
            )

        def look_up(function: Callable[..., Any], **arguments: Any) -> Any:
            return found[key_of(function, arguments)]

        return look_up

    def _write(self, made_with: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Points in the list's order, one a line, so that two files can be compared line by line."""
        points = [point.key for point in self.points if point.key in found]
        lines = ",\n".join(f"  {_json(key)}: {_json(found[key])}" for key in points)
        text = (
            f'{{\n "about": {_json(self.about)},\n "made with": {_json(made_with)},\n "points": {{\n{lines}\n }}\n}}\n'
        )
        self.output.parent.mkdir(parents=True, exist_ok=True)
        files.write(self.output, text.encode())

    def measure(self, executor: Executor | None = None, again: bool = False, label: str | None = None) -> Measured:
        """Measure what the file lacks, writing each point as it is found.

        Parameters
        ----------
        executor : any `concurrent.futures.Executor`; None measures here, in the list's order.
        again : measure the others, too. Each replaces its old value once it is there.
        label : text of the progress bar on stderr, which counts the points' expected seconds; None shows none.

        Raises
        ------
        DataError : as in `found`; with `again`, only where the file is damaged. ValueError : a point gave something
        else than numbers. Whatever a point raises. What was found before stays in the file.
        """
        made_with = self.made_with()
        if again:
            contents = self._contents()
            same = contents is not None and contents["made with"] == made_with
            before = contents["points"] if contents is not None else {}
            found = self.found() if same else {}
        else:
            before = found = self.found()
        before = dict(before)
        todo = [point for point in self.points if again or point.key not in found]
        if todo:
            self.path.parent.mkdir(exist_ok=True)
            files.check_writable(self.path)  # before the work
        changed = 0
        calls = [functools.partial(point.function, **point.arguments) for point in todo]
        seconds = [point.seconds for point in todo]
        with contextlib.closing(as_found(calls, executor, label, seconds)) as results:
            for place, result in results:
                point = todo[place]
                if not is_numbers(result):
                    raise ValueError(f"{self.name}: {point.key} gave {result!r}, expected finite numbers")
                value = json.loads(_json(result))  # as it will be read: tuples are lists
                changed += point.key in before and before[point.key] != value
                found[point.key] = value
                self._write(made_with, found)
        return Measured(len(todo), changed)


def is_numbers(value: Any) -> bool:
    """A finite number, or lists and dicts, with text as keys, of such."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and is_numbers(entry) for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return all(is_numbers(entry) for entry in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
