"""`dc-lab doctor`: is everything here that the course needs?"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

SUMMARY = "Check this installation."
DETAILS = "Each line is [ok] or [FAIL] with the remedy; exit code 1 if anything fails."

PACKAGES = ("numpy", "torch", "safetensors", "tqdm", "tomli-w", "matplotlib")
COURSE_PACKAGES = ("jupyterlab", "ipykernel", "nbval", "pytest", "hypothesis")
OLDEST, NEWEST = (3, 10), (3, 13)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing: the whole installation is examined."""


def run(options: argparse.Namespace) -> int:
    """Print the report; 1 if something is wrong."""
    return 0 if report() else 1


class Finding(NamedTuple):
    """One line of the report; `remedy` says what to do where it is not `ok`."""

    ok: bool
    what: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Every check in turn. A check that itself breaks is a finding, not a crash."""
    for check in (_python, _packages, _torch, _mnist, _paper, _checkpoints, _kernel):
        try:
            yield from check()
        except Exception as error:  # whatever is broken here is what the learner came to find out
            name = check.__name__.strip("_")
            yield Finding(False, f"{name}: {type(error).__name__}: {error}", _reinstall())


def _reinstall() -> str:
    return "pip install -r requirements.txt"


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = OLDEST <= sys.version_info[:2] <= NEWEST
    expected = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    yield Finding(ok, f"Python {found}", f"tested with Python {expected}: make the .venv with one of these")


def _packages() -> Iterator[Finding]:
    from importlib import metadata  # takes longer than all else that `--help` needs

    for name in PACKAGES + COURSE_PACKAGES:
        try:
            yield Finding(True, f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding(False, f"{name} is not installed", _reinstall())


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
        yield Finding(False, str(error), "git checkout -- data/mnist")
    else:
        yield Finding(True, f"MNIST, checksums right: {', '.join(counts)} images")


def _paper() -> Iterator[Finding]:
    from dc_lab.networks import datasets, paper

    try:
        yield Finding(True, f"the paper's tables, {len(paper.tables()['table1'])} networks")
    except datasets.DataError as error:
        yield Finding(False, str(error), "git checkout -- data/paper")


def _checkpoints() -> Iterator[Finding]:
    from dc_lab.networks import datasets

    folder = datasets.data_dir() / "checkpoints"
    remedy = "git checkout -- data/checkpoints"
    for name, digest in datasets.checksums(folder).items():
        path = folder / name
        if not path.is_file():
            yield Finding(False, f"{path} is missing", remedy)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield Finding(False, f"{path} is not the shipped file", f"{remedy}, unless you made it anew")
        else:
            yield Finding(True, f"checkpoint {name}, {path.stat().st_size:,} bytes")


def _kernel() -> Iterator[Finding]:
    from jupyter_client.kernelspec import KernelSpecManager

    kernels = KernelSpecManager().find_kernel_specs()
    yield Finding("python3" in kernels, f"Jupyter kernels: {', '.join(sorted(kernels)) or 'none'}", _reinstall())


def report(write: Callable[[str], object] = print) -> bool:
    """Print a line a finding, each [ok] or [FAIL] with its remedy; True if all are ok."""
    fine = True
    for finding in examine():
        fine = fine and finding.ok
        mark = "[ok]  " if finding.ok else "[FAIL]"
        write(f"{mark} {finding.what}" + ("" if finding.ok else f"\n       -> {finding.remedy}"))
    return fine
