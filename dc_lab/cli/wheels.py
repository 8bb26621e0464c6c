"""`dc-lab wheels`: a folder from which the course is installed where there is no network.

This runs before anything is installed, from a clone, with nothing but Python and its pip.
"""

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from dc_lab.cli.common import UserError
from dc_lab.support import places, pythons

SUMMARY = "Fill a folder with wheels, for a room without network."
DETAILS = (
    "Gets the pinned set of requirements.txt and makes a wheel of the course itself; run it in a clone, with network. "
    "Nothing has to be installed before, only pip. For another system: --platform win_amd64 --python-version 3.11."
)

BUILD = "setuptools>=77"
"""What pip makes our own package with, also where there is no network; as in pyproject.toml."""

PARTS = ("dc_lab", "data", "notebooks", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
"""What our own wheel is made from. The rest of the clone, this folder of wheels included, has no part in it."""

PIP_FOR = """
import json, sys
import pip._vendor.packaging.markers as markers
there, target = markers.default_environment(), json.loads(sys.argv.pop(1))
markers.default_environment = lambda: {**there, **target}
from pip._internal.cli.main import main
sys.exit(main())
"""
"""pip that also asks for what only the other system needs: by itself it takes `sys_platform` to be its own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, the system that the wheels are for, and what is passed to pip."""
    parser.add_argument("--out", type=Path, default=Path("wheels"), metavar="DIR", help="default: %(default)s")
    parser.add_argument(
        "--platform",
        metavar="TAG",
        help="win_amd64, macosx_14_0_arm64, manylinux_2_28_x86_64 (default: this system)",
    )
    parser.add_argument("--python-version", choices=pythons.VERSIONS, help="the Python there (default: this one)")
    parser.add_argument("pip", nargs="*", metavar="-- OPTION", help="options of pip, after --: an index, for instance")


def run(options: argparse.Namespace) -> int:
    """Each step is printed before it begins; pip shows how far a download is."""
    root = places.package().parent
    if not places.is_repository() or not (root / "requirements.txt").is_file():
        raise UserError(f"wheels are made in a clone of the repository; {root} has no requirements.txt")
    start = time.perf_counter()
    wanted = [*requirements((root / "requirements.txt").read_text(encoding="utf-8")), BUILD]
    version = options.python_version or ".".join(platform.python_version_tuple()[:2])
    tag = options.platform
    environment(tag, version)  # refuses an unknown system before anything is made
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "requirements.txt"
        listed.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        where = f"{tag or 'this system'}, Python {version}"
        _say(1, f"{len(wanted)} pinned packages and what they need, for {where}")
        fetch(listed, options.out, tag, version, options.pip)
        _say(2, "the course's own wheel")
        source = Path(scratch) / "source"
        copy_source(root, source)
        _pip(["wheel", "--no-deps", "--wheel-dir", str(options.out), *options.pip, str(source)], where)
        _say(3, "is the folder enough, without network?")
        check(listed, options.out, tag, version, Path(scratch) / "chosen")
    files = sorted(options.out.glob("*.whl"))
    size = sum(path.stat().st_size for path in files)
    print(f"\n{len(files)} wheels, {size / 1e6:,.0f} MB, in {options.out}; {time.perf_counter() - start:.0f} s.")
    if tag is None:
        print("Take the folder and the clone to the room, and there, in the clone's folder:")
        print(f'  make demo PIP_ARGS="--no-index --find-links {options.out}"')
        print("or without make, in a new environment:")
    else:  # a Windows that has make is rare, and its `python3` seldom is a Python
        print(f"Take the folder and the clone to the room; there, in the clone's folder, with Python {version},")
        print("in a new environment:")
    print(f"  python -m pip install --no-index --find-links {options.out} -r requirements.txt")
    print("or without the clone:")
    print(f'  python -m pip install --no-index --find-links {options.out} "dc_lab[course]"')
    return 0


def requirements(text: str) -> list[str]:
    """The lines of a requirements file that name packages: no comments, and not `-e .`, the clone inside itself."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("-")]


def environment(tag: str | None, version: str) -> dict[str, str]:
    """What a requirement's marker (`; sys_platform == "win32"`) finds on a platform tag's system; None is this.

    Raises
    ------
    UserError : no tag of Windows, macOS or Linux.
    """
    python = {"python_version": version, "python_full_version": f"{version}.0"}
    if tag is None:
        return python
    for prefix, os_name, sys_platform, system in (
        ("win", "nt", "win32", "Windows"),
        ("macosx", "posix", "darwin", "Darwin"),
        ("manylinux", "posix", "linux", "Linux"),
        ("musllinux", "posix", "linux", "Linux"),
    ):
        if tag.startswith(prefix):
            found = re.search(r"(amd64|x86_64|arm64|aarch64|win32)$", tag)
            if found is None:
                break
            machine = {"amd64": "AMD64", "win32": "x86"}.get(found[1], found[1])
            return {
                "os_name": os_name,
                "sys_platform": sys_platform,
                "platform_system": system,
                "platform_machine": "ARM64" if tag == "win_arm64" else machine,
                **python,
                "implementation_name": "cpython",
                "platform_python_implementation": "CPython",
            }
    raise UserError(f"--platform {tag!r}: expected a tag such as win_amd64, macosx_14_0_arm64, manylinux_2_28_x86_64")


def tags(tag: str) -> list[str]:
    """The tag, and those of older Linux systems whose wheels run there as well; for macOS pip knows them itself."""
    found = re.fullmatch(r"manylinux_2_(\d+)_(\w+)", tag)
    if found is None:
        return [tag]
    older = [f"manylinux_2_{minor}_{found[2]}" for minor in range(int(found[1]), 4, -1)]
    return [*older, *(f"manylinux{year}_{found[2]}" for year in ("2014", "2010", "1"))]


def fetch(listed: Path, out: Path, tag: str | None, version: str, more: Sequence[str] = ()) -> None:
    """Wheels of a list of requirements into `out`, such that the first release of a Python version can use them, too.

    Raises
    ------
    UserError : there is none of a package; the message names the package.
    """
    command = ["download", "--dest", str(out), "--requirement", str(listed), *_for(tag, version), *more]
    _pip(command, f"{tag or 'this system'}, Python {version}", environment(tag, version))


def check(listed: Path, out: Path, tag: str | None, version: str, scratch: Path) -> None:
    """Let pip choose from the folder alone, as it will in the room; the chosen files are copied to `scratch`.

    Raises UserError where one is missing.
    """
    command = ["download", "--isolated", "--quiet", "--dest", str(scratch), "--no-index", "--find-links", str(out)]
    command += ["--requirement", str(listed), "dc_lab[course]", *_for(tag, version)]
    _pip(command, f"{tag or 'this system'}, Python {version}", environment(tag, version))


def copy_source(root: Path, source: Path) -> None:
    """What our wheel is made from, away from the clone, where an older build may have left files that are gone now."""
    made = shutil.ignore_patterns("__pycache__", ".*", "runs", "*.egg-info")
    for name in PARTS:
        if (root / name).is_dir():
            shutil.copytree(root / name, source / name, ignore=made)
        else:
            source.mkdir(exist_ok=True)
            shutil.copyfile(root / name, source / name)


def _for(tag: str | None, version: str) -> list[str]:
    platforms = [word for each in tags(tag) for word in ("--platform", each)] if tag else []
    return ["--only-binary=:all:", "--implementation", "cp", "--python-version", version, *platforms]


def _say(step: int, what: str) -> None:
    print(f"\n[{step}/3] {what}", flush=True)


def _pip(arguments: Sequence[str], where: str, markers: Mapping[str, str] | None = None) -> None:
    """pip with its own bars on the terminal. Its errors are shown as they come, and looked through for a name."""
    import json

    start = [sys.executable, "-m", "pip"] if markers is None else [sys.executable, "-c", PIP_FOR, json.dumps(markers)]
    missing = None
    with subprocess.Popen(
        [*start, *arguments, "--disable-pip-version-check"], stderr=subprocess.PIPE, text=True, encoding="utf-8",
        errors="backslashreplace",
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"No matching distribution found for ([^\s;]+)", line)
            missing = found[1] if found else missing
            if not line.startswith(("WARNING: Location", "ERROR: Ignored")):
                print(line, end="", file=sys.stderr, flush=True)
    if process.returncode and missing:
        raise UserError(f"no wheel of {missing} for {where}; another platform, version or index may have it")
    if process.returncode:
        raise UserError(f"pip {arguments[0]} ended with code {process.returncode}; its own message is above")
