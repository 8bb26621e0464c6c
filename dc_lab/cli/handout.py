"""`dc-lab handout`: a folder with chosen lessons, for learners."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, shown

SUMMARY = "For teachers: a work folder with chosen lessons, to hand out."
DETAILS = (
    "As `dc-lab start` makes one, with these lessons only, as if they had never run. With --no-solutions `solution` "
    "says in that folder that it is switched off. The installed package has the answers all the same: `dc-lab grade` "
    "flags answers that are the course's. With --nbgrader the folder is a course for nbgrader instead."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lessons and the folder."""
    parser.add_argument("lessons", nargs="+", metavar="NN", help="numbers of lessons, such as 02 04")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--no-solutions", action="store_true", help="switch `solution` off in that folder")
    kinds.add_argument("--nbgrader", action="store_true", help="write a course for nbgrader: source/ and configuration")


def run(options: argparse.Namespace) -> int:
    """Lay the folder out."""
    from dc_lab.course import lay, nbgrader, work

    there = [name[:2] for name in lay.lesson_names()]
    for number in options.lessons:
        if number not in there:
            raise UserError(f"no lesson {number!r}; there are {', '.join(there)}")
    if work.is_work_folder(options.folder):
        raise UserError(f"{options.folder} is a work folder already; choose a new one")
    try:
        if options.nbgrader:
            made = nbgrader.write(options.folder, tuple(options.lessons))
            notebooks = [each for each in made if each.endswith(".ipynb")]
            print(f"{shown(options.folder)}: nbgrader_config.py, {', '.join(notebooks)}")
            return 0
        laid = lay.lay(
            options.folder, handout=work.Handout(tuple(sorted(set(options.lessons))), not options.no_solutions)
        )
    except work.WorkError as error:
        raise UserError(str(error)) from error
    lessons = [each for each in laid.made if each.endswith(".ipynb")]
    print(f"{shown(laid.folder.path)}: {', '.join(lessons)}{', without solutions' if options.no_solutions else ''}")
    return 0
