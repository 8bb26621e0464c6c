"""The leaderboard: every file in `data/records/` measured again, beside what was published.

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


def measure(path: Path, test: Images) -> Entry:
    """One file and the statement beside it, measured. What is wrong with them is in the entry, never raised."""
    nothing = Entry("?", path.stem, None, 0.0, 100.0, "bytes")
    try:
        stated = statement(path.with_suffix(".json"))
    except FileNotFoundError:
        return nothing._replace(problems=(f"there is no {path.stem}.json beside it",))
    except (ValueError, OSError) as error:
        return nothing._replace(problems=(str(error),))
    size = path.stat().st_size if path.exists() else 0
    entry = nothing._replace(net=stated.net, stated=stated)
    try:
        model = restored(stated.net, archive.load(path))
    except FileNotFoundError:
        return entry._replace(problems=(f"there is no {path.name}",))
    except (archive.ArchiveError, ValueError, OSError) as error:
        return entry._replace(problems=(f"{path.name}: {error}",))
    error_here = training.error_percent(model, test)
    problems = []
    if stated.bytes != size:
        problems.append(f"states {stated.bytes:,} bytes, the file has {size:,}")
    if not abs(stated.test_error - error_here) <= TOLERANCE:
        problems.append(f"states a test error of {stated.test_error:.2f} %, measured {error_here:.2f} %")
    ratio = dense_bytes(stated.net) / size
    return entry._replace(bytes=size, ratio=ratio, error=error_here, problems=tuple(problems))


def as_stated(folder: Path) -> list[Entry]:
    """The records in the folder as their statements have them, nothing measured. Raises as `statement` does."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name == "published.json":
            continue
        said = statement(path)
        ratio = dense_bytes(said.net) / said.bytes
        found.append(Entry(said.net, path.stem, said.bytes, ratio, said.test_error, "bytes", said))
    return found


def published() -> list[Entry]:
    """The paper's and later records, as printed; `counted` says what their size counts."""
    path = datasets.data_dir() / "records" / "published.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["records"]
    return [
        Entry(row["net"], row["method"], row.get("bytes"), row["ratio"], row["error"], row["counted"]) for row in rows
    ]


def entries(folder: Path, test: Images) -> list[Entry]:
    """Every record in the folder, measured; a `.dcz` or a `.json` without the other is one with a problem."""
    stems = {path.with_suffix(".dcz") for path in folder.glob("*") if path.suffix in (".dcz", ".json")}
    stems.discard(folder / "published.dcz")
    return [measure(path, test) for path in sorted(stems)]


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
                "measured here" if row.stated else "published" if not row.problems else "-",
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
