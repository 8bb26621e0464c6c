"""`dc-lab mistakes`: the known mistakes of the exercises, and what the learner is told."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, check_output, shown

SUMMARY = "For teachers: the known mistakes of each exercise, and what the check says to them, as Markdown."
DETAILS = "It is what to have at hand when somebody asks. They stand in the order in which a check looks for them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lessons and the file."""
    parser.add_argument(
        "numbers", nargs="*", metavar="NN|NN.N",
        help="lessons, such as 02 04, or exercises, such as 02.2; none means all",
    )  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.md", help="a file; without it, they are printed")
    parser.add_argument("--force", action="store_true", help="replace what stands there")


def run(options: argparse.Namespace) -> int:
    """Print or write them."""
    from dc_lab.course.teaching import mistakes
    from dc_lab.support import files

    if options.output is not None:
        check_output(options.output, options.force)
    try:
        text = mistakes.listed(options.numbers)
    except ValueError as error:
        raise UserError(str(error)) from error
    if options.output is None:
        print(text)
    else:
        files.write(options.output, text.encode())
        print(f"{shown(options.output)}: {text.count(chr(10) + '- **'):,} mistakes")
    return 0
