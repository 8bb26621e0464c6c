"""`dc-lab doctor`: is everything here that the course needs?"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dc_lab.support import places, pythons

SUMMARY = "Check this installation."
DETAILS = (
    "Each line is [ok] or [FAIL], with the remedy where it is first needed; exit code 1 if anything fails. "
    "[note] is what you may do without."
)

PACKAGES = (
    "numpy", "torch", "safetensors", "ml_dtypes", "tqdm", "tomli-w", *(["tomli"] if sys.version_info < (3, 11) else []),
    "matplotlib", "pillow", "filelock",
)  # fmt: skip
"""What the package cannot do without, and `COURSE_PACKAGES` the notebooks; tests hold both against pyproject.toml."""

COURSE_PACKAGES = ("jupyterlab", "ipykernel", "jupytext")
TEST_PACKAGES = ("nbval", "pytest", "hypothesis")
MODULES = {"PIL": "pillow", "tomli_w": "tomli-w"}
"""Of packages whose modules have another name."""


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


def package_of(error: ModuleNotFoundError) -> str:
    """Which of our packages the module is from; empty for another, whose absence is a defect."""
    module = (error.name or "").partition(".")[0]
    package = MODULES.get(module, module)
    return package if package in PACKAGES + COURSE_PACKAGES else ""


def install(packages: Sequence[str]) -> str:
    """What to type where packages are missing: perhaps the course's own environment is here, and not in use."""
    clone = places.package().parent
    if not places.is_repository():
        return f"pip install {' '.join(packages)}"
    for place in dict.fromkeys((clone, Path.cwd())):
        if python := pythons.environment(place):
            at = "" if place == Path.cwd() else f"in {place}, "
            return f"{at}activate {pythons.ENVIRONMENT} ({pythons.activation()}), or use {python} instead"
    return "pip install -r requirements.txt"


def _missing() -> list[str]:
    """Packages that are not installed."""
    from importlib import metadata  # takes longer than all else that `--help` needs

    missing = []
    for name in PACKAGES:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    return missing


def _reinstall() -> str:
    missing = _missing()
    if missing or places.is_repository():
        return install(missing)
    return "pip install --force-reinstall dc_lab-*.whl, or as you installed it"


def _restore(part: str) -> str:
    remedy = places.remedy(part)
    return remedy if places.is_repository() else f"reinstall dc_lab: {remedy}"


def _python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    remedy = f"tested with Python {pythons.RANGE}: make the .venv with one of these"
    yield Finding(not pythons.wrong(), f"Python {found}", remedy)


def _packages() -> Iterator[Finding]:
    from importlib import metadata  # takes longer than all else that `--help` needs

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
    folder = places.folder("notebooks")
    lessons = list(folder.glob("*.ipynb"))
    yield Finding(bool(lessons), f"{len(lessons)} lessons in {folder}", _restore("notebooks"))


def _kernel() -> Iterator[Finding]:
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
    failed, said = 0, set()
    for finding in examine():
        failed += not finding.ok
        mark = "[FAIL]" if not finding.ok else "[note]" if finding.note else "[ok]  "
        shown = (finding.note or not finding.ok) and finding.remedy not in said
        write(f"{mark} {finding.what}" + (f"\n       -> {finding.remedy}" if shown else ""))
        if shown:
            said.add(finding.remedy)  # a remedy stands under the first line that it is for
    write(f"{failed} [FAIL] above: see the remedies" if failed else "All that the course needs is here.")
    return not failed
