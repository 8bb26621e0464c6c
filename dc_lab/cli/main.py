"""The command line as a whole: the table of commands, the parser, what becomes of errors.

A command is a module of this folder, named as the command, with SUMMARY, DETAILS, `add_arguments` and `run`. A new
command is a new file and its place in COMMANDS. At their top these modules import nothing that needs NumPy or torch,
so that `--help` answers at once.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from typing import NoReturn, Protocol

from dc_lab import __version__
from dc_lab.cli import (
    bench,
    common,
    compress,
    decompress,
    demo,
    doctor,
    evaluate,
    exam,
    figures,
    grade,
    graduate,
    handout,
    inspect,
    leaderboard,
    mistakes,
    progress,
    quantize,
    record,
    reset,
    slides,
    start,
    train,
    wheels,
)
from dc_lab.support.tables import printable


class Command(Protocol):
    """What the module of a command has. `SUMMARY` stands in `dc-lab --help`, and before `DETAILS` in its own."""

    __name__: str
    SUMMARY: str
    DETAILS: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it; returns the exit code."""


COMMANDS: tuple[Command, ...] = (
    demo, start, progress, reset, graduate, handout, grade, exam, slides, mistakes, compress, quantize, decompress,
    inspect, evaluate, train, figures, record, leaderboard, doctor, bench, wheels,
)  # fmt: skip
"""Every command, in the order of `--help`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 if it worked, 2 for an error in what was given.

    It is 1 if `doctor` or `leaderboard` found something.

    Errors are one line on stderr.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding does not have is shown by its number, not as an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `head` does: nothing to report
        return 1
    except KeyboardInterrupt:
        print("dc-lab: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        message = _explain(error)
        if message is None:
            raise
        print(f"dc-lab: {printable(message)}", file=sys.stderr)
        return 2


def _explain(error: Exception) -> str | None:
    """One line about an error that comes from what the user gave; None for a defect of ours."""
    if isinstance(error, common.UserError):  # before the imports: `wheels` runs where there is no NumPy yet
        return " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError) and (package := doctor.package_of(error)):  # NumPy may be what is missing
        return f"this Python ({sys.executable}) has no {package}, which dc_lab needs: {doctor.install([package])}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    from dc_lab.archive import ArchiveError
    from dc_lab.checkpoints.weights import WeightsError
    from dc_lab.networks.datasets import DataError

    if isinstance(error, ValueError) and "embedded null" in str(error):  # the system's own words, of any path
        return "a path with a NUL character in it"
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # the second is how PyTorch says it
        return "there is not enough memory for this"
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):  # pathlib's, before Python 3.13
        return "a path whose links lead round in a circle"
    if isinstance(error, (ArchiveError, DataError, WeightsError, OSError)):
        return " ".join(str(error).split())
    return None


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments, as all other errors do, and where to find the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {printable(message)} (usage: {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="dc-lab",
        description="Deep Compression from scratch: prune, share and Huffman-code a network into one small file.",
        epilog="Begin with `demo`; `doctor` says whether everything is installed. `COMMAND --help` has the details.",
    )
    parser.add_argument("--version", action="version", version=f"dc_lab {__version__}")
    table = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2]
        summary = command.SUMMARY.rstrip(".")
        sub = table.add_parser(name, help=summary, description=f"{command.SUMMARY} {command.DETAILS}")
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser
