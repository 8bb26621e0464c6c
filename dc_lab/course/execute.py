"""`python -m dc_lab.course.execute`: run the notebooks in place and store their outputs.

python -m dc_lab.course.execute                 all of them
python -m dc_lab.course.execute 02 04           those whose names begin so

In the repository these are the files in notebooks/, elsewhere copies of them in the working folder.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from dc_lab.support import files, places

SECONDS_A_CELL = 300


def execute(path: Path) -> float:
    """Run one notebook in a fresh kernel, write it back complete or not at all, and return the seconds it took.

    Raises
    ------
    CellExecutionError : a cell raised; the notebook stays as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    began = time.perf_counter()
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources=resources, coalesce_streams=True
    )
    client.execute()
    tidy(notebook)
    files.write(path, nbformat.writes(notebook).rstrip().encode() + b"\n")
    return time.perf_counter() - began


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run and machine to machine: times, widget states, the Python version."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {})


def main(names: Sequence[str]) -> int:
    """Execute the notebooks whose names begin with one of `names`, or all; 1 if one of them failed."""
    folder = places.folder("notebooks") if places.is_repository() else Path()
    paths = [path for path in sorted(folder.glob("*.ipynb")) if not names or path.name.startswith(tuple(names))]
    if not paths:
        print(f"no notebook begins with {', '.join(names)}" if names else "no notebooks here", file=sys.stderr)
        return 2
    failed = 0
    for path in paths:
        print(f"{path.name} ...", end=" ", flush=True)
        try:
            print(f"{execute(path):.1f} s", flush=True)
        except CellExecutionError as error:
            failed = 1
            print(f"failed\n{error}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
