"""`dc-lab start`: a folder to work in."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from dc_lab.cli.common import UserError, shown, work_folder
from dc_lab.support.tables import plural

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
    parser.add_argument(
        "--next", choices=("command", "open", "nothing"),
        help="what to say comes next: a command, which notebook to open, nothing (default: as fits this place)",
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
        kept = plural(len(laid.kept), "file")
        print(f"{name}{os.sep}: finished what was interrupted; {kept} kept, {len(laid.made)} new")
    elif not laid.kept:
        solved = " with the course's solutions" if options.solved else " to fill in"
        print(f"{name}{os.sep}: {len(lessons)} lessons{solved}, mine{os.sep} for your answers, START.md")
    elif laid.made:
        print(f"{name}{os.sep}: added {', '.join(laid.made)}; the rest was there and is untouched")
    else:
        print(f"{name}{os.sep}: everything was there; nothing was touched")
    first = Path(name) / lay.lesson_names()[0]
    said = _next(options.next or _here(), Path(name), first)
    if said:
        print(f"\n{said}")
    return 0


def _here() -> str:
    """How a notebook is opened here: "open" inside a Jupyter that runs, by "command" from a terminal; or "colab"."""
    if any(name.startswith("COLAB_") for name in os.environ) or "google.colab" in sys.modules:
        return "colab"
    # A kernel's own, that of a terminal in JupyterLab, a hub's, Binder's: what a cell starts with ! has them, too.
    inside = ("JPY_", "JUPYTER_SERVER_", "JUPYTERHUB_", "BINDER_")
    return "open" if any(name.startswith(inside) for name in os.environ) else "command"


def _next(how: str, folder: Path, first: Path) -> str:
    """What to do after `start`."""
    from dc_lab.support import places, pythons

    if how == "nothing":
        return ""
    if how == "open":
        return f"Next:  open {first}"
    if how == "colab":
        return f"Next:  %cd {folder}\nand go on in the notebook that is open."
    command = f"Next:  jupyter lab {first}"
    if shutil.which("jupyter-lab"):
        return command
    clone = places.package().parent
    if places.is_repository() and (pythons.environment(clone) or Path(sys.prefix) == clone / pythons.ENVIRONMENT):
        return f"{command}\nBefore it, activate {pythons.ENVIRONMENT}: {pythons.activation()}. Or type `make lab`."
    return f"{command}\nIt is not found here: pip install jupyterlab"


def _update(path: Path) -> int:
    from dc_lab.course import lay, work

    for line in lay.update(work_folder(path, work)):
        print(line)
    print("If a notebook is open, reload it: File, then Reload Notebook from Disk.")
    return 0
