"""The project's address stands in pyproject.toml, under [project.urls]; wherever else it is written, it is the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
OWNER, NAME = URLS["Repository"].removeprefix("https://github.com/").split("/")

OURS = re.compile(rf"https?://(?:[\w.-]*\bgithub\.com|[\w-]+\.github\.io)/[^\s)\"'<>\]]*\b{NAME}\b", re.IGNORECASE)
"""An address on GitHub, or of its pages, that ends in the project's name."""


def texts():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git repository: no list of files to look through")
    for name in listed.stdout.decode("utf-8").split("\0"):
        if Path(name).suffix in (".md", ".ipynb", ".cff", ".toml", ".yml", ".py", ".css", ".html"):
            yield name, (ROOT / name).read_text(encoding="utf-8")


def test_the_pages_belong_to_the_repository():
    assert URLS["Documentation"] == f"https://{OWNER}.github.io/{NAME}/"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (URLS["Repository"], 1),
        (f"[x](https://github.com/somebody/{NAME}/blob/main)", 1),
        (f"https://somebody.github.io/{NAME}/", 1),
        ("https://github.com/numpy/numpy", 0),
    ],
)
def test_an_address_is_recognised(text, found):
    assert len(OURS.findall(text)) == found


def test_the_first_screen_says_how_to_get_it():
    """Before the first command there is a clone of our address, and the folder that it makes."""
    commands = re.findall(r"^    (\S.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert commands[:2] == [f"git clone {URLS['Repository']}", f"cd {NAME}"]
    assert commands[2].startswith("make ")


def test_no_other_address_is_written_anywhere():
    for name, text in texts():
        for address in OURS.findall(text) if name != "tests/test_address.py" else []:
            assert address + "/" == URLS["Documentation"] or address == URLS["Repository"], f"{name}: {address}"
