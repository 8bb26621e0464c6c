"""`dc-lab doctor`: is everything here that the course needs?"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

SUMMARY = "Check this installation."
DETAILS = (
    "Each line is [ok] or [FAIL] with the remedy; exit code 1 if anything fails. [note] is what you may do without."
)

PACKAGES = ("numpy", "torch", "safetensors", "tqdm", "tomli-w", "matplotlib", "filelock")
COURSE_PACKAGES = ("jupyterlab", "ipykernel")
TEST_PACKAGES = ("nbval", "pytest", "hypothesis")
OLDEST, NEWEST = (3, 10), (3, 13)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing: the whole installation is examined."""


def run(options: argparse.Namespace) -> int:
    """Print the report; 1 if something is wrong."""
    return 0 if report() else 1


class Finding(NamedTuple):
    """One line of the report; `remedy` says what to do where it is not `ok`, or what a `note` is for."""

    ok: bool
    what: str
    remedy: str = ""
    note: bool = False


def examine() -> Iterator[Finding]:
    """Every check in turn. A check that itself breaks is a finding, not a crash."""
    for check in (_python, _packages, _torch, _mnist, _paper, _checkpoints, _notebooks, _kernel):
        try:
            yield from check()
        except Exception as error:  # whatever is broken here is what the learner came to find out
            name = check.__name__.strip("_")
            yield Finding(False, f"{name}: {type(error).__name__}: {error}", _reinstall())


def _reinstall() -> str:
    from dc_lab.support import places

    return "pip install -r requirements.txt" if places.is_repository() else "pip install dc_lab-*.whl"


def _restore(part: str) -> str:
    from dc_lab.support import places

    remedy = places.remedy(part)
    return remedy if places.is_repository() else f"reinstall dc_lab: {remedy}"


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = OLDEST <= sys.version_info[:2] <= NEWEST
    expected = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    yield Finding(ok, f"Python {found}", f"tested with Python {expected}: make the .venv with one of these")


def _packages() -> Iterator[Finding]:
    from importlib import metadata  # takes longer than all else that `--help` needs

    from dc_lab.support import places

    # In the repository everything is installed. A wheel brings no tests, and its commands do without notebooks.
    whole = places.is_repository()
    for name in PACKAGES + COURSE_PACKAGES + (TEST_PACKAGES if whole else ()):
        try:
            yield Finding(True, f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            if whole or name in PACKAGES:
                yield Finding(False, f"{name} is not installed", _reinstall())
            else:
                yield Finding(
                    True, f"{name} is not installed", f"only for the notebooks: pip install {name}", note=True
                )


def _torch() -> Iterator[Finding]:
    import torch

    from dc_lab.networks import models

    model = models.build("lenet-300-100")
    shape = tuple(model(torch.zeros(2, 1, 28, 28)).shape)
    yield Finding(shape == (2, 10), f"torch runs a network on {torch.get_num_threads()} threads", _reinstall())


def _mnist() -> Iterator[Finding]:
    from dc_lab.networks import datasets

    try:
        counts = [f"{len(datasets.mnist(split).labels):,} {split.replace('_', ' ')}" for split in datasets.SPLITS]
    except datasets.DataError as error:
        yield Finding(False, str(error), _restore("data/mnist"))
    else:
        yield Finding(True, f"MNIST, checksums right: {', '.join(counts)} images")


def _paper() -> Iterator[Finding]:
    from dc_lab.networks import datasets, paper

    try:
        yield Finding(True, f"the paper's tables, {len(paper.tables()['table1'])} networks")
    except datasets.DataError as error:
        yield Finding(False, str(error), _restore("data/paper"))


def _checkpoints() -> Iterator[Finding]:
    from dc_lab.networks import datasets

    folder = datasets.data_dir() / "checkpoints"
    remedy = _restore("data/checkpoints")
    for name, digest in datasets.checksums(folder).items():
        path = folder / name
        if not path.is_file():
            yield Finding(False, f"{path} is missing", remedy)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield Finding(False, f"{path} is not the shipped file", f"{remedy}, unless you made it anew")
        else:
            yield Finding(True, f"checkpoint {name}, {path.stat().st_size:,} bytes")


def _notebooks() -> Iterator[Finding]:
    from dc_lab.support import places

    folder = places.folder("notebooks")
    lessons = list(folder.glob("*.ipynb"))
    yield Finding(bool(lessons), f"{len(lessons)} lessons in {folder}", _restore("notebooks"))


def _kernel() -> Iterator[Finding]:
    from dc_lab.support import places

    try:
        from jupyter_client.kernelspec import KernelSpecManager
    except ModuleNotFoundError:
        if places.is_repository():
            raise
        return  # of what is missing, `_packages` has a note

    kernels = KernelSpecManager().find_kernel_specs()
    yield Finding("python3" in kernels, f"Jupyter kernels: {', '.join(sorted(kernels)) or 'none'}", _reinstall())


def report(write: Callable[[str], object] = print) -> bool:
    """Print a line a finding, each [ok], or [note] or [FAIL] with its remedy, and how many failed; True if none did."""
    failed = 0
    for finding in examine():
        failed += not finding.ok
        mark = "[FAIL]" if not finding.ok else "[note]" if finding.note else "[ok]  "
        shown = finding.note or not finding.ok
        write(f"{mark} {finding.what}" + (f"\n       -> {finding.remedy}" if shown else ""))
    write(f"{failed} [FAIL] above: see the remedies" if failed else "All that the course needs is here.")
    return not failed
