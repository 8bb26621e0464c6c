"""How much memory the kernel of each lesson takes: every cell run, in a new work folder.

python tests/kernel_memory.py              all lessons
python tests/kernel_memory.py 02 09        these
python tests/kernel_memory.py --threads 2  with two threads in NumPy and torch; one is the default
python tests/kernel_memory.py --solved     with the course's solutions filled in

Peak is VmHWM of the kernel's process, from /proc: Linux alone has it. Part of it are pages of libraries, which all
kernels of a machine share; "private" is what no other process has, the most of it that was seen after a cell.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient

from dc_lab.course import lay
from dc_lab.support.tables import text_table

MOST = 530
"""MB that the kernel of a lesson may take. PyTorch, imported, has 230 of them; with Matplotlib and IPython 300."""

LARGER = {"09": 670}
"""Lesson 09 times a layer of AlexNet as it is in the paper, 151 MB, beside four other forms of it."""


class Used(NamedTuple):
    """Megabytes (of 10**6 bytes), the cell that raised the peak most, the seconds it all took, cells that failed."""

    peak: float
    private: float
    cell: int
    by: float
    seconds: float
    failed: int


def megabytes(process_id: int, name: str) -> float:
    """A line of /proc/PID/status."""
    text = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def run(path: Path, threads: int = 1) -> Used:
    """Run a notebook where it lies, and look at its kernel after each cell."""
    began = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=900, kernel_name="python3", allow_errors=True)
    client.resources = {"metadata": {"path": str(path.parent)}}
    rises: dict[int, float] = {}
    private = 0.0
    counts = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    with client.setup_kernel(env={**os.environ, **counts}):
        process_id = client.km.provisioner.process.pid
        peak = 0.0
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
            now = megabytes(process_id, "VmHWM")
            rises[number], peak = now - peak, now
            private = max(private, megabytes(process_id, "RssAnon"))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    failed = sum(output.output_type == "error" for output in outputs)
    most = max(list(rises)[2:], key=rises.__getitem__)  # the first code cell imports
    return Used(peak, private, most, rises[most], time.perf_counter() - began, failed)


def main() -> int:
    """Run the lessons, print a table; 1 where one takes more than it may, or a cell fails."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", metavar="NN", help="numbers of lessons (default: all)")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="default: %(default)s")
    parser.add_argument("--solved", action="store_true", help="fill the course's solutions in")
    options = parser.parse_args()
    names = [name for name in lay.lesson_names() if not options.lessons or name[:2] in options.lessons]
    rows, good = [], True
    with tempfile.TemporaryDirectory() as folder:
        work = lay.lay(Path(folder) / "work", options.solved).folder.path
        for name in names:
            used = run(work / name, options.threads)
            most = LARGER.get(name[:2], MOST)
            fine = used.peak <= most and not used.failed
            good &= fine
            said = "" if fine else f"{used.failed} cells failed" if used.failed else f"more than {most}"
            numbers = [f"{used.peak:.0f}", f"{used.private:.0f}", f"{used.seconds:.0f}"]
            rows.append([name[:2], *numbers, f"{used.cell} (+{used.by:.0f})", said])
            print(f"{name}: {used.peak:.0f} MB", file=sys.stderr, flush=True)
    print(text_table(["lesson", "peak, MB", "private, MB", "seconds", "cell that adds most", ""], rows))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
