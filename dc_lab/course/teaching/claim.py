"""A claim of a lesson that depends on training, what it rests on, and how its numbers are found.

Nothing is typed that can be counted. `Seeds` are points of a file in data/figures, one a seed. `Runs`, `Pair` and `One`
stand in the stored outputs of a notebook, below the heading that the claim stands under.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dc_lab.course import notebooks
from dc_lab.measure import curves, evidence
from dc_lab.networks import datasets
from dc_lab.support import places

METHOD = "method"
PAIR = "two networks"
ONE = "one network"
CAUSE = "cause"
KINDS = {
    METHOD: "what a way of doing it gives: five seeds or more, paired by seed where two ways are compared",
    PAIR: "two given networks on the same images: how many only the one gets wrong, how many only the other",
    ONE: "a number of one given network or file",
    CAUSE: "why something is so: the experiment beside it could have shown otherwise",
}
LEAST = 5
"""Seeds of a claim about a method."""

README = "README"
"""What stands for the front page where a lesson has its number."""

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


@dataclass(frozen=True)
class Found:
    """What a claim rests on, counted: `n` as a number and in words, and the values as text."""

    n: int
    of: str
    text: str


@dataclass(frozen=True)
class Seeds:
    """One number a seed, from the points of a file whose calls are `call`, where `*` stands for the seed.

    `at` are keys and places within what a point gave, `each` makes a number of what is there.
    """

    label: str
    file: str
    call: str
    at: tuple[str | int, ...] = ()
    each: Callable[[Any], float] = float

    def numbers(self) -> list[float]:
        """In the order of the file.

        Raises
        ------
        ValueError : the file has no such point.
        """
        wanted = re.compile(f"({NUMBER})".join(map(re.escape, self.call.split("*"))))
        values = []
        for key, value in stored(self.file).items():
            if wanted.fullmatch(key):
                values.append(self.each(functools.reduce(lambda inner, step: inner[step], self.at, value)))
        if not values:
            raise ValueError(f"data/figures/{self.file}.json has no point {self.call}")
        return values

    @property
    def curve(self) -> str:
        """Its curve: see `curve_of`."""
        return curve_of(self.file, self.call)


@dataclass(frozen=True)
class Runs:
    """Numbers in a row of a notebook's output: group 1 of `pattern`. `of` says what there are several of."""

    label: str
    pattern: str
    of: str


@dataclass(frozen=True)
class Pair:
    """Two given networks, as `evidence.paired` prints them.

    Another form of print has its `pattern`, with the groups first, second and p, and then `images`.
    """

    first: str
    second: str
    pattern: str = ""
    images: str = ""


@dataclass(frozen=True)
class One:
    """A number of one network: group 1 of `pattern`, which `label` has in the place of {}.

    `images` are those that it is measured on; "" where it is of a file or of weights.
    """

    label: str
    pattern: str
    images: str = ""


Source = Seeds | Runs | Pair | One


@dataclass(frozen=True)
class Claim:
    """`heading` is the part of the lesson, `says` the claim in a few words.

    `beside` names the rival, the control or the peer in the same place; of a cause, the experiment. `again` is a
    command that finds the numbers again, where it is not what `commands` makes of the sources. `reason` is why a claim
    about a method may have fewer than five seeds. The first of several `Seeds` is held against each of the others,
    seed by seed, unless they are not `paired`.
    """

    lesson: str
    heading: str
    kind: str
    says: str
    sources: tuple[Source, ...]
    beside: str = ""
    again: str = ""
    reason: str = ""
    paired: bool = True

    def found(self) -> list[Found]:
        """What each source has, in order.

        Raises
        ------
        ValueError : a number is no longer where it stood.
        """
        rows: list[tuple[Source, Any]] = [(source, self._values(source)) for source in self.sources]
        seeds = [values for source, values in rows if isinstance(source, Seeds)]
        found = []
        for source, values in rows:
            if isinstance(source, Pair):
                first, second, images, p = values
                text = f"only {source.first} wrong: {first:,}; only {source.second}: {second:,}; {p}"
                found.append(Found(images, f"{images:,} images", text))
            elif isinstance(source, One):
                images = IMAGES[source.images]() if source.images else 0
                of = f"{images:,} images" if images else "one file"
                found.append(Found(images or 1, of, source.label.format(values)))
            else:
                text = f"{source.label} {evidence.spread(values).short}"
                if self.paired and isinstance(source, Seeds) and values is not seeds[0]:
                    text += _against(seeds[0], values)
                of = source.of if isinstance(source, Runs) else "seeds"
                found.append(Found(len(values), f"{len(values)} {of}" if len(values) > 1 else f"one {of[:-1]}", text))
        return found

    def _values(self, source: Source) -> Any:
        if isinstance(source, Seeds):
            return source.numbers()
        text = section(self.lesson, self.heading)
        if isinstance(source, Pair):
            pattern = source.pattern or (
                rf"only {re.escape(source.first)} wrong: (?P<first>[\d,]+) +only {re.escape(source.second)} wrong: "
                rf"(?P<second>[\d,]+) +(?P<p>p [<=] [\d.]+)\n.* (?P<images>[\d,]+) images"
            )
            match = self._match(pattern, text)
            images = IMAGES[source.images]() if source.images else int(match["images"].replace(",", ""))
            return *(int(match[name].replace(",", "")) for name in ("first", "second")), images, match["p"]
        match = self._match(source.pattern, text)
        if isinstance(source, One):
            return " ".join(match[1].split())
        return [float(number.replace(",", "")) for number in re.findall(r"[\d,.]*\d", match[1])]

    def _match(self, pattern: str, text: str) -> re.Match[str]:
        found = re.search(pattern, text)
        if found is None:
            raise ValueError(f"lesson {self.lesson}, {self.heading!r}: no output is like {pattern!r}")
        return found

    @property
    def n(self) -> int:
        """The least number of seeds, or of images, of all its sources."""
        return min(found.n for found in self.found())

    @property
    def is_short(self) -> bool:
        """Whether it is about a method, and has fewer seeds than that takes."""
        return self.kind == METHOD and self.n < LEAST

    @property
    def commands(self) -> list[str]:
        """What prints, and what measures, its numbers again."""
        if self.again:
            return [self.again]
        printed = [] if self.lesson == README else [f"python -m dc_lab.course.execute {self.lesson}"]
        files = dict.fromkeys(source.file for source in self.sources if isinstance(source, Seeds))
        return [*(f"python -m dc_lab figures {name}" for name in files), *([] if files else printed)]


def _against(first: list[float], other: list[float]) -> str:
    """How many seeds have the first lower, and p; "" where the two do not have the same seeds."""
    if len(first) != len(other) or len(first) < 2:
        return ""
    both = evidence.by_seed(first, other)
    return f" (first lower: {both.first_lower} of {len(first)}, {evidence.p_text(both.p)})"


IMAGES: dict[str, Callable[[], int]] = {
    "held-out": lambda: datasets.HELD_OUT,
    "test": lambda: len(datasets.mnist("test").labels),
}
"""How many images each set has that errors are measured on."""


def curve_of(file: str, call: str) -> str:
    """What points with other numbers have in common: `lesson_02: scheduled(way='gradual', density=*, seed=*)`."""
    return f"{file}: " + re.sub(rf"(?<=[=])({NUMBER})(?=[,)])", "*", call)


@functools.cache
def stored(file: str) -> dict[str, Any]:
    """Key -> value of the points of a file in data/figures.

    Raises
    ------
    DataError : the file is damaged, or was measured with other settings.
    """
    return curves.ALL[file].found()


@functools.cache
def _cells(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(notebooks.read_notebook(path)["cells"])


def lesson_path(number: str) -> Path:
    """The notebook of a lesson, or the front page."""
    if number == README:
        return places.folder("notebooks").parent / "README.md"
    [path] = places.folder("notebooks").glob(f"{number}_*.ipynb")
    return path


def headings(number: str) -> list[str]:
    """All headings of a lesson, or of the front page."""
    if number == README:
        return re.findall(r"^#+ (.+)$", lesson_path(README).read_text(encoding="utf-8"), re.MULTILINE)
    texts = [cell["source"] for cell in _cells(lesson_path(number)) if cell["cell_type"] == "markdown"]
    return re.findall(r"^#+ (.+)$", "\n".join(texts), re.MULTILINE)


@functools.cache
def section(number: str, heading: str) -> str:
    """What the cells below a heading print, down to the next one that is as high; of a front page, its text.

    Headings of one name are taken together.
    """
    if number == README:
        text = lesson_path(README).read_text(encoding="utf-8")
        return "\n".join(re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^# |^## |\Z)", text, re.M | re.S))
    parts: list[str] = []
    level = 0
    for cell in _cells(lesson_path(number)):
        if cell["cell_type"] == "markdown":
            for marks, title in re.findall(r"^(#+) (.+)$", cell["source"], re.MULTILINE):
                if title == heading:
                    level = len(marks)
                elif level and len(marks) <= level:
                    level = 0
        elif level:
            parts += map(output_text, cell.get("outputs", []))
    return "\n".join(parts)


def output_text(output: dict[str, Any]) -> str:
    """The plain text of an output of a cell."""
    if output["output_type"] == "stream":
        return "".join(output["text"])
    return "".join(output.get("data", {}).get("text/plain", ""))
