"""`dc-lab reset`: the stub of an exercise, given back."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, asked, work_folder

SUMMARY = "Give the stub of an exercise back, to begin with it anew."
DETAILS = "Your answer is kept under `.dc_lab/reset`; its block goes out of `mine`, unless you have changed it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The exercise and the folder."""
    parser.add_argument("exercise", metavar="EXERCISE", help="such as 02.3")
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: the work folder here, or work")


def run(options: argparse.Namespace) -> int:
    """Reset it and say what was done."""
    from dc_lab.course import lay, work

    try:
        folder = work_folder(options.folder, work)
        for line in asked(lambda: lay.reset(folder, options.exercise)):
            print(line)
    except work.WorkError as error:
        raise UserError(str(error)) from error
    return 0
