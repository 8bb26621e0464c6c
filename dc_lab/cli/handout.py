"""`dc-lab handout`: a folder with chosen lessons, for learners."""

import argparse
import re
import secrets
from pathlib import Path

from dc_lab.cli.common import UserError, shown, whole

SUMMARY = "For teachers: a work folder with chosen lessons, to hand out."
DETAILS = (
    "As `dc-lab start` makes one, with these lessons only, as if they had never run. With --no-solutions `solution` "
    "says in that folder that it is switched off. The installed package has the answers all the same: `dc-lab grade` "
    "flags answers that are the course's. With --nbgrader the folder is a course for nbgrader instead. With "
    "--learners FOLDER gets a work folder for each, in which the choices of questions stand in an order of their own; "
    "`dc-lab grade --variants` with the seed that is printed judges them so."
)
MOST_SEED = 2**31 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lessons and the folder."""
    parser.add_argument("lessons", nargs="+", metavar="NN", help="numbers of lessons, such as 02 04")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--no-solutions", action="store_true", help="switch `solution` off in that folder")
    kinds.add_argument("--nbgrader", action="store_true", help="write a course for nbgrader: source/ and configuration")
    parser.add_argument("--learners", nargs="+", metavar="NAME", help="a work folder of this name for each, in FOLDER")
    parser.add_argument(
        "--variants", type=whole(1, MOST_SEED), metavar="SEED",
        help="with --learners: seed of the variants of questions (default: drawn, and said)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Lay the folder out."""
    from dc_lab.course import lay, nbgrader, variants, work

    there = [name[:2] for name in lay.lesson_names()]
    for number in options.lessons:
        if number not in there:
            raise UserError(f"no lesson {number!r}; there are {', '.join(there)}")
    if options.variants is not None and not options.learners:
        raise UserError("--variants goes with --learners, who each get a folder of their own")
    if options.nbgrader:
        if options.learners:
            raise UserError("--learners goes with work folders, not with --nbgrader, which has one course for all")
        if work.is_work_folder(options.folder):
            raise UserError(f"{options.folder} is a work folder already; choose a new one")
        try:
            made = nbgrader.write(options.folder, tuple(options.lessons))
        except work.WorkError as error:
            raise UserError(str(error)) from error
        names = [each for each in made if each.endswith(".ipynb")]
        print(f"{shown(options.folder)}: nbgrader_config.py, {', '.join(names)}")
        return 0
    seed = options.variants or secrets.randbelow(MOST_SEED) + 1
    folders = {options.folder: 0}
    if options.learners:
        _check_names(options.learners)
        folders = {options.folder / name: variants.seed_of(seed, name) for name in options.learners}
    for folder in folders:
        if work.is_work_folder(folder):
            raise UserError(f"{folder} is a work folder already; choose a new one")
    lessons = tuple(sorted(set(options.lessons)))
    for folder, variant in folders.items():
        try:
            laid = lay.lay(folder, handout=work.Handout(lessons, not options.no_solutions, variant))
        except work.WorkError as error:
            raise UserError(str(error)) from error
        names = [each for each in laid.made if each.endswith(".ipynb")]
        print(f"{shown(laid.folder.path)}: {', '.join(names)}{', without solutions' if options.no_solutions else ''}")
    if options.learners:
        print(f"questions in variants: dc-lab grade {shown(options.folder)} --variants {seed} judges them")
    return 0


def _check_names(names: list[str]) -> None:
    for name in names:
        if not re.fullmatch(r"[\w][\w .@+-]*", name) or name != name.strip(" ."):
            raise UserError(f"{name!r} is no name of a folder; expected letters, digits, and . @ + - between them")
    folded = [name.casefold() for name in names]
    twice = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise UserError(f"{twice!r} is there twice; each learner gets a folder")
