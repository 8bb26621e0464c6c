"""Where the course's folders are, `data` and `notebooks`: beside the package in a clone, inside it in a wheel."""

from importlib import resources
from pathlib import Path


def package() -> Path:
    """The folder of the package itself."""
    return Path(str(resources.files("dc_lab")))


def is_repository() -> bool:
    """Whether the package stands in the repository, `pip install -e` included; otherwise it came from a wheel."""
    return not (package() / "data").is_dir() and (package().parent / "pyproject.toml").is_file()


def folder(name: str) -> Path:
    """The course's folder of this name, "data" or "notebooks". Installed ones are to be read, never written to."""
    return (package().parent if is_repository() else package()) / name


def remedy(part: str) -> str:
    """The command that brings back a folder as it was shipped, such as "data/mnist"."""
    if is_repository():
        return f"git checkout -- {part}"
    return "pip install --force-reinstall --no-deps dc_lab-*.whl"
