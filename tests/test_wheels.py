"""A folder of wheels: what is asked for, for which system, what it says where a wheel is missing."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dc_lab.cli import main as command
from dc_lab.cli import wheels
from dc_lab.cli.common import UserError
from dc_lab.support import files, places

ROOT = Path(__file__).parents[1]


def wheel(folder, name, tag="py3-none-any", needs=()):
    """A wheel with nothing in it but its metadata."""
    info = f"{name}-1.0.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {need}" for need in needs)]
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")


def test_the_clone_is_not_among_the_requirements():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = wheels.requirements(text)
    assert "-e ." in text.splitlines()
    assert not [line for line in found if line.startswith(("-", "#", "."))]
    assert [line for line in text.splitlines() if line[:1].isalpha()] == found


def test_what_our_package_is_built_with_is_what_pyproject_says():
    assert files.read_settings(ROOT / "pyproject.toml")["build-system"]["requires"] == [wheels.BUILD]


@pytest.mark.parametrize(
    ("tag", "system", "machine"),
    [
        ("win_amd64", "win32", "AMD64"),
        ("win_arm64", "win32", "ARM64"),
        ("macosx_14_0_arm64", "darwin", "arm64"),
        ("manylinux_2_28_aarch64", "linux", "aarch64"),
    ],
)
def test_markers_of_another_system(tag, system, machine):
    found = wheels.environment(tag, "3.12")
    assert (found["sys_platform"], found["platform_machine"]) == (system, machine)
    assert (found["python_version"], found["python_full_version"]) == ("3.12", "3.12.0")


@pytest.mark.parametrize("tag", ["windows", "amiga_m68k", "win_m68k", ""])
def test_an_unknown_system_is_named(tag):
    with pytest.raises(UserError, match=f"--platform '{tag}': expected a tag such as win_amd64"):
        wheels.environment(tag, "3.12")


def test_wheels_of_older_linux_systems_serve_newer_ones():
    assert wheels.tags("win_amd64") == ["win_amd64"]
    found = wheels.tags("manylinux_2_28_x86_64")
    assert found[0] == "manylinux_2_28_x86_64"
    assert {"manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64"} <= set(found)
    assert "manylinux_2_29_x86_64" not in found


@pytest.fixture
def shelf(tmp_path):
    """An index of our own: `lesson` needs `console` on Windows alone, `cocoa` on a Mac, and `compiled` anywhere.

    On each system at most one of them is missing, as versions of pip look for them in different orders.
    """
    folder = tmp_path / "shelf"
    folder.mkdir()
    needs = ("console; sys_platform == 'win32'", "cocoa; sys_platform == 'darwin'", "compiled")
    wheel(folder, "lesson", needs=needs)
    wheel(folder, "console")
    for tag in ("win_amd64", "macosx_14_0_arm64"):
        wheel(folder, "compiled", f"cp312-cp312-{tag}")
    (tmp_path / "listed.txt").write_text("lesson==1.0\n", encoding="utf-8")
    return folder


def test_another_system_gets_what_only_it_needs(shelf, tmp_path):
    out = tmp_path / "out"
    offline = ["--no-index", "--find-links", str(shelf)]
    wheels.fetch(tmp_path / "listed.txt", out, "win_amd64", "3.12", offline)
    assert {path.name.split("-")[0] for path in out.glob("*.whl")} == {"lesson", "console", "compiled"}


@pytest.mark.parametrize(
    ("tag", "version", "missing"),
    [("macosx_14_0_arm64", "3.12", "cocoa"), ("win_amd64", "3.13", "compiled"), ("win_arm64", "3.12", "compiled")],
)
def test_the_missing_wheel_is_named(shelf, tmp_path, tag, version, missing):
    offline = ["--no-index", "--find-links", str(shelf)]
    with pytest.raises(UserError, match=f"no wheel of {missing} for {tag}, Python {version}"):
        wheels.fetch(tmp_path / "listed.txt", tmp_path / "out", tag, version, offline)


def test_our_wheel_is_made_from_a_clean_copy(tmp_path):
    wheels.copy_source(ROOT, tmp_path / "source")
    made = {path.relative_to(tmp_path / "source") for path in (tmp_path / "source").rglob("*") if path.is_file()}
    assert {Path("pyproject.toml"), Path("dc_lab/cli/wheels.py"), Path("notebooks/README.md")} <= made
    assert not [path for path in made if {"__pycache__", "build", "wheels", ".git"} & set(path.parts)]
    for name in files.read_settings(ROOT / "pyproject.toml")["project"]["license-files"]:
        assert Path(name) in made


def test_only_in_a_clone(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(places, "is_repository", lambda: False)
    assert command.main(["wheels", "--out", str(tmp_path / "out")]) == 2
    assert "wheels are made in a clone of the repository" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_it_runs_where_nothing_is_installed(tmp_path):
    """An error of it, too, is said without NumPy: -S leaves out all that is installed."""
    program = (
        "from dc_lab.cli.main import main; raise SystemExit(main(['wheels', '--platform', 'amiga', '--out', 'out']))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"],
        capture_output=True, encoding="utf-8", cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("dc-lab: --platform 'amiga': expected a tag")
