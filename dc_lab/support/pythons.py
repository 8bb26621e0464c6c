"""Which Python this is, and whether the course's environment, `.venv`, is here.

`make` runs this file as a program, with a Python that may be too old for the rest of the package: it imports none of
it, and every Python 3 since 3.6 reads it.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 10), (3, 13)
"""What the course is tested with; `requires-python` in pyproject.toml has the first, and a test compares the two."""

RANGE = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
VERSIONS = tuple(f"{OLDEST[0]}.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1))
USUAL = "3.11"
"""Of them the one that remedies name."""

ENVIRONMENT = ".venv"


def is_too_old() -> bool:
    """Whether the package cannot be imported with this Python."""
    return sys.version_info[:2] < OLDEST


def wrong() -> str:
    """That this Python is not one of those, in one line; empty if it is."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return ""
    return f"found Python {platform.python_version()} ({sys.executable}), but the course wants Python {RANGE}"


def environment(place: Path) -> str:
    """The interpreter of the `.venv` in the folder `place`, as it is typed there; empty if none is, or it is this."""
    typed = os.path.join(ENVIRONMENT, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))  # noqa: PTH118
    is_this = Path(sys.prefix).resolve() == (place / ENVIRONMENT).resolve()
    return typed if (place / typed).is_file() and not is_this else ""


def activation() -> str:
    """What is typed to activate `.venv`."""
    return f"{ENVIRONMENT}\\Scripts\\activate" if os.name == "nt" else f"source {ENVIRONMENT}/bin/activate"


def made_with(folder: Path) -> str:
    """The version of the Python that an environment was made with, such as "3.11"; empty if it does not say."""
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip().startswith("version")]
    return ".".join(said[0].split(".")[:2]) if said else ""


def main(folder: str, goals: "list[str]") -> int:
    """Make the environment `folder` for `make`; one of another Python is made anew. 2 if this Python is wrong."""
    if wrong():
        usual = f'"py -{USUAL}"' if os.name == "nt" else f"python{USUAL}"
        print(f"{wrong()}; for example: {' '.join(['make', *goals])} PYTHON={usual}", file=sys.stderr)
        return 2
    this = ".".join(map(str, sys.version_info[:2]))
    anew = ["--clear"] if Path(folder).is_dir() and made_with(Path(folder)) != this else []
    return subprocess.run([sys.executable, "-m", "venv", *anew, folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
