"""`dc-lab start`: a folder to work in."""

import argparse
import os
from pathlib import Path

from dc_lab.cli.common import UserError, shown, work_folder

SUMMARY = "Make a folder to work in: the lessons to fill in, and `mine`, the package you write."
DETAILS = (
    "Where the folder is there already, only what is missing is added: nothing you wrote is touched. "
    "Where --solved was interrupted, the same command goes on. "
    "`check` keeps right answers and your progress in it."
)
DEFAULT, DEFAULT_SOLVED = "work", "work-solved"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and what to lay there."""
    parser.add_argument(
        "folder", type=Path, nargs="?", metavar="FOLDER",
        help=f"default: {DEFAULT}, or the work folder that you are in; with --solved {DEFAULT_SOLVED}",
    )  # fmt: skip
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--solved", action="store_true", help="fill the course's solutions in; a new folder")
    kinds.add_argument("--update", action="store_true", help="lay newer lessons around the answers that are there")


def run(options: argparse.Namespace) -> int:
    """Lay the folder out and say what is next."""
    from dc_lab.course import lay, work

    try:
        here = work.find(Path())
        default = DEFAULT_SOLVED if options.solved else DEFAULT
        folder = options.folder or (here.path if here and not options.solved else Path(default))
        if options.update:
            return _update(folder)
        if options.solved:
            print("Each solution is put into mine and tried there; that takes a few seconds.", flush=True)
        laid = lay.lay(folder, options.solved)
    except work.WorkError as error:
        raise UserError(str(error)) from error
    name = shown(laid.folder.path)
    for note in laid.notes:
        print(note)
    if laid.notes:
        print()
    lessons = [each for each in laid.made if each.endswith(".ipynb")]
    if laid.kept and options.solved:
        print(f"{name}{os.sep}: finished what was interrupted; {len(laid.kept)} files were there, {len(laid.made)} new")
    elif not laid.kept:
        solved = " with the course's solutions" if options.solved else " to fill in"
        print(f"{name}{os.sep}: {len(lessons)} lessons{solved}, mine{os.sep} for your answers, START.md")
    elif laid.made:
        print(f"{name}{os.sep}: added {', '.join(laid.made)}; the rest was there and is untouched")
    else:
        print(f"{name}{os.sep}: everything was there; nothing was touched")
    first = Path(name) / lay.lesson_names()[0]
    print(f"\nNext:  jupyter lab {first}")
    print("Where that is not found: activate .venv first (on Windows .venv\\Scripts\\activate), or type `make lab`.")
    return 0


def _update(path: Path) -> int:
    from dc_lab.course import lay, work

    for line in lay.update(work_folder(path, work)):
        print(line)
    print("If a notebook is open, reload it: File, then Reload Notebook from Disk.")
    return 0
