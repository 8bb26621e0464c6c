"""The leaderboard: every file in `data/records/`, measured again or as it is stated, beside what was published.

An entry is a `.dcz` file and a `.json` of the same name beside it that states what it is: the network, the command and
seed that made it, bytes, errors, seconds, date. Bytes are those of the file; the error is that of the network in it on
the test images. A statement that does not hold is flagged, not repaired.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from dc_lab import archive
from dc_lab.networks import datasets, training
from dc_lab.networks.datasets import Images
from dc_lab.pipeline import restored
from dc_lab.records.plan import UNITS, dense_bytes
from dc_lab.support import files
from dc_lab.support.tables import text_table

TOLERANCE = 0.021
"""Another processor sums in another order: so many percent (two images in 10,000) may fall the other way."""


@dataclass(frozen=True)
class Statement:
    """What the `.json` beside a record says; errors are percent of the held-out and of the test images."""

    net: str
    command: str
    seed: int
    bytes: int
    held_out_error: float
    test_error: float
    seconds: float
    date: str

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        files.write(path, (json.dumps(asdict(self), indent=2) + "\n").encode())


def statement(path: Path) -> Statement:
    """Read the `.json` beside a record.

    Raises
    ------
    ValueError : not JSON, a field missing, unknown or of the wrong kind; the message names the file. OSError : it
        cannot be read.
    """
    try:
        values = files.parse_json(files.small_text(path))
    except ValueError as error:
        raise ValueError(f"{path.name}: not JSON ({error})") from None
    kinds = {name: (float, int) if kind is float else (kind,) for name, kind in Statement.__annotations__.items()}
    if not isinstance(values, dict) or values.keys() != kinds.keys():
        raise ValueError(f"{path.name}: expected exactly the fields {', '.join(kinds)}")
    for name, allowed in kinds.items():
        if isinstance(values[name], bool) or not isinstance(values[name], allowed):
            raise ValueError(f"{path.name}: {name} is {values[name]!r}, expected {allowed[0].__name__}")
    if values["net"] not in UNITS:
        raise ValueError(f"{path.name}: net is {values['net']!r}, expected one of {', '.join(UNITS)}")
    return Statement(**values)


class Entry(NamedTuple):
    """A row of the board. Of a published one `bytes` may be unknown; `problems` are what does not hold."""

    net: str
    name: str
    bytes: int | None
    ratio: float
    error: float
    counted: str
    stated: Statement | None = None
    problems: tuple[str, ...] = ()
    measured: bool = False


def _stated(path: Path) -> Entry:
    """One file as the statement beside it has it. What is wrong with them is in the entry, never raised."""
    nothing = Entry("?", path.stem, None, 0.0, 100.0, "bytes")
    try:
        stated = statement(path.with_suffix(".json"))
    except FileNotFoundError:
        return nothing._replace(problems=(f"there is no {path.stem}.json beside it",))
    except (ValueError, OSError) as error:
        return nothing._replace(problems=(str(error),))
    entry = nothing._replace(net=stated.net, stated=stated)
    if not path.exists():
        return entry._replace(problems=(f"there is no {path.name}",))
    size = path.stat().st_size
    problems = () if stated.bytes == size else (f"states {stated.bytes:,} bytes, the file has {size:,}",)
    ratio = dense_bytes(stated.net) / size if size else 0.0
    return entry._replace(bytes=size, ratio=ratio, error=stated.test_error, problems=problems)


def measure(path: Path, test: Images) -> Entry:
    """One file and the statement beside it, measured. What is wrong with them is in the entry, never raised."""
    entry = _stated(path)
    if entry.stated is None or entry.bytes is None:
        return entry
    try:
        model = restored(entry.net, archive.load(path))
    except (archive.ArchiveError, ValueError, OSError) as error:
        return entry._replace(bytes=None, ratio=0.0, error=100.0, problems=(f"{path.name}: {error}",))
    error_here = training.error_percent(model, test)
    problems = entry.problems
    if not abs(entry.stated.test_error - error_here) <= TOLERANCE:
        problems += (f"states a test error of {entry.stated.test_error:.2f} %, measured {error_here:.2f} %",)
    return entry._replace(error=error_here, problems=problems, measured=True)


def published() -> list[Entry]:
    """The paper's and later records, as printed; `counted` says what their size counts."""
    path = datasets.data_dir() / "records" / "published.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["records"]
    return [
        Entry(row["net"], row["method"], row.get("bytes"), row["ratio"], row["error"], row["counted"]) for row in rows
    ]


def _records(folder: Path) -> list[Path]:
    stems = {path.with_suffix(".dcz") for path in folder.glob("*") if path.suffix in (".dcz", ".json")}
    stems.discard(folder / "published.dcz")
    return sorted(stems)


def entries(folder: Path, test: Images) -> list[Entry]:
    """Every record in the folder, measured; a `.dcz` or a `.json` without the other is one with a problem."""
    return [measure(path, test) for path in _records(folder)]


def as_stated(folder: Path) -> list[Entry]:
    """Every record in the folder with the error that its statement has. Sizes are those of the files."""
    return [_stated(path) for path in _records(folder)]


def _source(row: Entry) -> str:
    """Where the numbers of a row are from."""
    if row.measured:
        return "measured here"
    return "as stated" if row.stated else "-" if row.problems else "published"


def text(rows: Iterable[Entry]) -> str:
    """The board, network by network, the smallest first; what is flagged stands last, with the reason below."""
    rows = list(rows)
    parts = []
    for net in dict.fromkeys(row.net for row in rows):
        chosen = sorted((row for row in rows if row.net == net), key=lambda row: (bool(row.problems), -row.ratio))
        cells = [
            [
                row.name + (" (!)" if row.problems else ""),
                "-" if row.bytes is None else f"{row.bytes:,}",
                f"{row.ratio:.0f}x" if row.ratio else "-",
                f"{row.error:.2f}" if row.ratio else "-",
                "measured here"
                if row.measured
                else "as stated"
                if row.stated
                else "-"
                if row.problems
                else "published",
                row.counted,
            ]
            for row in chosen
        ]
        title = f"{net}, {dense_bytes(net):,} bytes of float32 parameters" if net in UNITS else "not readable"
        table = text_table(["record", "bytes", "ratio", "test error %", "from", "counted as"], cells)
        lines = [f"  {row.command}" for row in (row.stated for row in chosen if row.stated)]
        lines += [f"(!) {row.name}: {problem}" for row in chosen for problem in row.problems]
        parts.append("\n".join([title, table, *lines]))
    return "\n\n".join(parts)
