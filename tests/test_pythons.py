"""Which Python the course takes, and what is said where it is another or has not what is needed."""

import re
import subprocess
import sys
from pathlib import Path

from dc_lab.cli import doctor, start
from dc_lab.support import files, pythons

ROOT = Path(__file__).parents[1]


def test_the_range_and_the_packages_are_those_of_pyproject():
    project = files.read_settings(ROOT / "pyproject.toml")["project"]
    assert project["requires-python"] == f">={pythons.VERSIONS[0]}"
    names = {re.split(r"[<>=;]", line)[0] for line in project["dependencies"]}
    assert names == {*doctor.PACKAGES, "tomli"}
    assert {re.split(r"[<>=]", line)[0] for line in project["optional-dependencies"]["course"]} == {
        *doctor.COURSE_PACKAGES
    }


def test_a_python_that_is_too_old_is_named_before_anything_is_made(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    assert pythons.main(str(tmp_path / "made"), ["demo"]) == 2
    assert "the course wants Python 3.10 to 3.13; for example: make demo PYTHON=" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_a_command_without_numpy_says_so_in_a_line(tmp_path):
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from dc_lab.cli.main import main; sys.exit(main(['start']))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, encoding="utf-8", cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "has no numpy, which dc_lab needs: " in done.stderr


def test_what_is_next_fits_the_place(monkeypatch):
    first = Path("work") / "00.ipynb"
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert start._next(start._here(), Path("work"), first) == f"Next:  open {first}"
    assert start._next("nothing", Path("work"), first) == ""
