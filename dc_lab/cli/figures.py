"""`dc-lab figures`: the numbers behind the course's slow curves, in data/figures."""

import argparse
import contextlib
import math
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dc_lab.cli.common import MOST_WORKERS, UserError, shown, whole
from dc_lab.support.tables import plural

if TYPE_CHECKING:
    from concurrent.futures import Executor

SUMMARY = "Measure the heavy curves of the course into data/figures."
DETAILS = (
    "Each point is stored as it is found: a run that was interrupted goes on where it stopped, and one "
    "that finds all points there does nothing. The numbers do not depend on the number of workers. "
    "An installed package's own data stay as they are: there the files go to runs/figures."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, and how to measure them."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="files, as --list shows them (default: all)")
    parser.add_argument(
        "--workers", type=whole(1, MOST_WORKERS), default=1, metavar="N", help="processes (default: %(default)s)"
    )
    parser.add_argument("--again", action="store_true", help="measure points that are there, too, and replace them")
    parser.add_argument("--show", action="store_true", help="print the tables of files that have some, and draw them")
    parser.add_argument(
        "--list", action="store_true", help="what there is, and about how long it takes on an idle core"
    )


def run(options: argparse.Namespace) -> int:
    """List the files that were named, or measure what they lack."""
    from dc_lab.measure import curves

    unknown = [name for name in options.names if name not in curves.ALL]
    if unknown:
        raise UserError(f"no curves named {', '.join(unknown)}; expected {', '.join(curves.ALL)}")
    chosen = [curves.ALL[name] for name in dict.fromkeys(options.names or curves.ALL)]
    if options.list:
        print(_listed(chosen))
        return 0
    if options.show:
        return _show([file.name for file in chosen])
    _say_beforehand(chosen, options.again, options.workers)
    with curves.processes(options.workers) if options.workers > 1 else contextlib.nullcontext() as executor:
        for file in chosen:
            _measure(file, executor, options.again)
    return 0


def _show(names: Sequence[str]) -> int:
    """Print the tables of some files, and write their pictures to runs/figures."""
    from pathlib import Path

    from dc_lab.figures import curve
    from dc_lab.measure import curves

    if unfit := [name for name in names if name not in curves.SHOWN]:
        raise UserError(f"{', '.join(unfit)} stand in their lesson; --show is for {', '.join(curves.SHOWN)}")
    for name in names:
        tables, drawing = curves.SHOWN[name]
        print(tables())
        path = Path("runs") / "figures" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        curve(**drawing()).save(path)
        print(f"\n{shown(path)}: the picture")
    return 0


def _measure(file: Any, executor: "Executor | None", again: bool) -> None:
    """Measure the points that a file lacks, or all of them again, and say so."""
    from concurrent.futures import BrokenExecutor

    todo = len(file.points) if again else len(file.missing())
    if not todo:
        all_there = plural(len(file.points), "point")
        print(f"{shown(file.path)}: has all {all_there}; --again measures them anew", flush=True)
        return
    began = time.perf_counter()
    try:
        done = file.measure(executor, again, label=file.name)
    except BrokenExecutor as error:
        raise UserError("a worker process ended before its time; what was found is stored") from error
    seconds = time.perf_counter() - began
    changed = f", {done.changed} of them other than before" if again else ""
    print(f"{shown(file.path)}: {plural(done.points, 'point')} measured in {seconds:.0f} s{changed}", flush=True)


def _say_beforehand(chosen: Sequence[Any], again: bool, workers: int) -> None:
    """About how long it will take, file by file, and that nothing is lost if it is interrupted."""
    todo = {file.name: (file, list(file.points) if again else file.missing()) for file in chosen}
    todo = {name: (file, points) for name, (file, points) in todo.items() if points}
    if not todo:
        return
    for name, (file, points) in todo.items():
        there = "" if again or len(points) == len(file.points) else f", {len(file.points) - len(points)} are there"
        of = plural(len(file.points), "point")
        print(f"{name}: {len(points)} of {of} to measure{there}, {_about(_seconds(points))}")
    everything = [point for _, points in todo.values() for point in points]
    on = "one idle core" if workers == 1 else f"{workers} idle cores"
    ending = "--again begins anew each time" if again else "a run that is interrupted goes on where it stopped"
    print(f"in all {_about(_seconds(everything) / workers)} on {on}; each point is stored as it is found, and {ending}")
    sys.stdout.flush()


def _seconds(points: Sequence[Any]) -> float:
    return sum(point.seconds for point in points)


def _about(seconds: float) -> str:
    """Such as "about 12 minutes"."""
    if seconds < 60:
        return "under a minute"
    minutes = math.ceil(seconds / 60)
    return f"about {plural(minutes, 'minute')}" if minutes < 120 else f"about {seconds / 3600:.1f} hours"


def _listed(chosen: Sequence[Any]) -> str:
    """A table: each file of curves, how many of its points are there, about how long all and the rest take."""
    from dc_lab.support.tables import text_table

    def minutes(points: Sequence[Any]) -> int:
        return math.ceil(_seconds(points) / 60)

    rows = []
    for file in chosen:
        total, missing = len(file.points), file.missing()
        done = f"{total - len(missing)}/{total}"
        rows.append([file.name, done, minutes(file.points), minutes(missing), file.about])
    header = ["file", "points", "minutes for all", "for the rest", "what it holds"]
    table = text_table(header, rows, left=(0, 4))
    return f"{table}\nIn {shown(chosen[0].path.parent)}. Minutes are those of one idle core."
