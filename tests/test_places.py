"""Where the course's folders are, in the repository and in a wheel; and that a wheel carries all of them."""

import ast
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import OFFLINE

from dc_lab.cli import doctor
from dc_lab.cli import main as command
from dc_lab.course import execute
from dc_lab.measure.curves.store import CurveFile, Point
from dc_lab.networks import datasets
from dc_lab.networks.datasets import DataError
from dc_lab.support import files, places

ROOT = Path(__file__).parent.parent
FOLDERS = ("dc_lab", "data", "notebooks")
MADE = ("__pycache__", "runs", ".*", "*.egg-info", "build", "dist")
"""What use leaves behind, which nobody ships."""


def shipped():
    """Every file of the three folders, as a path below ROOT."""
    paths = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {path for path in paths if not any(Path(part).match(made) for part in path.parts for made in MADE)}


def inside(path):
    """Where a file of the repository is in a wheel."""
    return path if path.parts[0] == "dc_lab" else Path("dc_lab") / path


# --- the two places ---


def test_in_the_repository():
    assert places.package() == ROOT / "dc_lab"
    assert places.is_repository()
    assert places.folder("data") == ROOT / "data"
    assert places.folder("notebooks") == ROOT / "notebooks"
    assert places.remedy("data/mnist") == "git checkout -- data/mnist"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package as a wheel lays it out, and an empty working folder."""
    package = tmp_path / "site-packages" / "dc_lab"
    shutil.copytree(ROOT / "data", package / "data")
    shutil.copytree(ROOT / "notebooks", package / "notebooks", ignore=shutil.ignore_patterns(*MADE))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("DC_LAB_DATA", raising=False)
    monkeypatch.setattr(places, "package", lambda: package)
    return package


def test_in_a_wheel(installed):
    assert not places.is_repository()
    assert datasets.data_dir() == installed / "data"
    assert places.folder("notebooks") == installed / "notebooks"
    (installed.parent / "pyproject.toml").touch()  # some distributions leave theirs there
    assert not places.is_repository()


def test_the_environment_comes_first(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path))
    assert datasets.data_dir() == tmp_path


def test_what_is_damaged_is_installed_again(installed):
    (installed / "data" / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"is missing: restore it with `pip install .*dc_lab-\*\.whl`"):
        datasets.mnist("test")
    for name in ("lenet-5.dcz", "SHA256SUMS"):
        (installed / "data" / "checkpoints" / name).unlink()
        failed = [finding for finding in doctor.examine() if not finding.ok]
        assert len(failed) == 2
        assert not any("git" in finding.remedy for finding in failed)
    assert failed[0].remedy.startswith("reinstall dc_lab: pip install ")


def test_a_wheel_does_without_notebooks_and_tests(installed, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "COURSE_PACKAGES", ("no-such-package",))
    monkeypatch.setattr(doctor, "TEST_PACKAGES", ("nor-this-one",))
    monkeypatch.setitem(sys.modules, "jupyter_client.kernelspec", None)
    assert command.main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert (
        "[note] no-such-package is not installed\n       -> only for the notebooks: pip install no-such-package" in out
    )
    assert "nor-this-one" not in out
    lessons = len(list((installed / "notebooks").glob("*.ipynb")))
    assert f"{lessons} lessons in {installed / 'notebooks'}" in out


def test_a_required_package_is_missed_in_a_wheel_too(installed, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    assert not doctor.report()
    assert "[FAIL] no-such-package is not installed\n       -> pip install no-such-package" in capsys.readouterr().out


def half(x: float) -> float:
    return x / 2


def test_curves_are_measured_into_the_working_folder(installed):
    """What the wheel has is read until there is something of one's own; it is never written to."""
    before = CurveFile("some", "what", (Point(half, {"x": 1}),))
    files.write(before.path, b'{"about": "what", "made with": {}, "points": {"half(x=1)": 0.5}}')
    content = before.path.read_bytes()
    curves = CurveFile("some", "what", (Point(half, {"x": 1}), Point(half, {"x": 3})))
    assert curves.path == installed / "data" / "figures" / "some.json"
    assert curves.measure() == (1, 0)
    assert curves.path == Path("runs/figures/some.json")
    assert curves.found() == {"half(x=1)": 0.5, "half(x=3)": 1.5}
    assert before.measure(again=True) == (1, 0)
    assert (installed / "data" / "figures" / "some.json").read_bytes() == content


def test_notebooks_are_executed_in_the_working_folder(installed, capsys, monkeypatch):
    assert execute.main([]) == 2
    assert capsys.readouterr().err == "no notebooks here\n"
    shutil.copy(installed / "notebooks" / "02_pruning.ipynb", ".")
    done = []
    monkeypatch.setattr(execute, "execute", lambda path: done.append(path) or 0.0)
    assert execute.main(["02"]) == 0
    assert done == [Path("02_pruning.ipynb")]


# --- what a wheel carries ---


def test_the_metadata_cover_every_file():
    """`packages` and `package-data`, expanded as setuptools does: what is not Python is named by a pattern."""
    settings = files.read_settings(ROOT / "pyproject.toml")["tool"]["setuptools"]
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    [folders] = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    carried = set()
    for package, patterns in settings["package-data"].items():
        folder = ROOT / folders.get(package, package)
        for pattern in patterns:
            found = {path.relative_to(ROOT) for path in folder.glob(pattern) if path.is_file()}
            assert found, f"{package}: {pattern} fits nothing"
            carried |= found
    every = shipped()
    assert {path for path in every if path.suffix != ".py"} == carried & every
    assert {Path("dc_lab/dcz/FORMAT.md"), Path("dc_lab/recipes/lenet-5.toml")} <= carried
    # Only folders with an __init__.py are found as packages, and only Python of the package itself is installed.
    code = [path for path in every if path.suffix == ".py"]
    assert all((ROOT / path).with_name("__init__.py").is_file() for path in code)
    assert {path.parts[0] for path in code} == {"dc_lab"}


BUILD = "from setuptools import build_meta; print(build_meta.build_{}({!r}))"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the source distribution, built from a copy of the repository."""
    pytest.importorskip("setuptools", minversion="77")
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*MADE), dirs_exist_ok=True)
    for kind in ("sdist", "wheel"):
        program = BUILD.format(kind, str(output))
        subprocess.run([sys.executable, "-c", program], cwd=source, check=True, capture_output=True)
    [wheel], [sdist] = output.glob("*.whl"), output.glob("*.tar.gz")
    return wheel, sdist


@pytest.mark.slow
def test_the_wheel_has_every_file_and_no_other(built):
    with zipfile.ZipFile(built[0]) as wheel:
        names = {Path(name) for name in wheel.namelist() if ".dist-info/" not in name}
        assert names == {inside(path) for path in shipped()}
        for path in shipped():
            assert wheel.read(inside(path).as_posix()) == (ROOT / path).read_bytes()


@pytest.mark.slow
def test_the_source_distribution_has_what_the_wheel_is_made_of(built):
    with tarfile.open(built[1]) as sdist:
        names = {Path(*Path(name).parts[1:]) for name in sdist.getnames()}
    assert {Path("setup.py"), Path("pyproject.toml"), Path("tests/conftest.py"), Path("Makefile")} | shipped() <= names


@pytest.mark.slow
def test_it_works_from_the_wheel(built, tmp_path):
    """In a folder of one's own, with nothing of the repository within reach; and nothing is written to the package."""
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(site)
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    environment = {name: value for name, value in os.environ.items() if name != "DC_LAB_DATA"}
    environment |= {"PYTHONPATH": os.pathsep.join([str(site), OFFLINE]), "PYTHONDONTWRITEBYTECODE": "1"}

    def python(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=work, env=environment, capture_output=True, encoding="utf-8", check=True
        )
        return done.stdout

    assert python("-c", "import dc_lab; print(dc_lab.__file__)").strip() == str(site / "dc_lab" / "__init__.py")
    out = python("-m", "dc_lab", "doctor")
    assert f"lessons in {site / 'dc_lab' / 'notebooks'}" in out
    assert "FAIL" not in out
    shipped_file = site / "dc_lab" / "data" / "checkpoints" / "lenet-300-100.dcz"
    assert "error 1.3" in python("-m", "dc_lab", "evaluate", "lenet-300-100", str(shipped_file))
    assert "has all" in python("-m", "dc_lab", "figures", "lesson_02")
    assert not list(work.iterdir())
    python("-m", "dc_lab", "train", "lenet-300-100", "--epochs", "0")
    assert [path.name for path in (work / "runs").iterdir()] == ["lenet-300-100.safetensors"]
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()} == before
