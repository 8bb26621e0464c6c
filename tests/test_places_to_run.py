"""Binder, Codespaces, JupyterHub, Colab: their files name what is there, and their commands do what they should."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dc_lab.support import files

ROOT = Path(__file__).parents[1]
URLS = files.read_settings(ROOT / "pyproject.toml")["project"]["urls"]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def targets():
    return set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))


def test_codespaces_installs_and_lays_the_lessons():
    settings = json.loads(text(".devcontainer/devcontainer.json"))
    assert settings["remoteUser"] != "root"
    install, start = settings["postCreateCommand"].split(" && ")
    assert install.removeprefix("make ") in targets()
    assert start == ".venv/bin/python -m dc_lab start"
    [opened] = settings["customizations"]["codespaces"]["openFiles"]
    assert (ROOT / "notebooks" / Path(opened).name).is_file()
    recommended = json.loads(text(".vscode/extensions.json"))["recommendations"]
    assert recommended == settings["customizations"]["vscode"]["extensions"]
    assert "jupyter.notebookFileRoot" in json.loads(text(".vscode/settings.json"))


def test_binder_installs_when_the_repository_is_there():
    """A requirements.txt in .binder/ is installed before the rest is copied, and could not name the one at the top."""
    assert {path.name for path in (ROOT / ".binder").iterdir()} == {"postBuild", "runtime.txt"}
    assert text(".binder/runtime.txt").strip() == "python-3.11"
    assert text(".binder/postBuild").startswith("#!")
    assert "pip install --no-cache-dir -r requirements.txt\npython -m dc_lab start" in text(".binder/postBuild")


def test_the_image_is_for_a_plain_user_and_has_no_secrets():
    lines = text("Dockerfile").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1:] == ["jovyan"]
    assert not [line for line in lines if re.match(r"(ENV|ARG) .*(TOKEN|PASSWORD|SECRET|KEY)", line, re.IGNORECASE)]
    # Options of its first line: the same as in Binder and Codespaces, a Python that the course is tested with.
    assert "FROM python:3.11-slim-bookworm" in lines


def test_nothing_goes_into_the_image_that_is_made_here():
    def names(page):
        return {line.removeprefix("**/").strip("/") for line in text(page).splitlines() if not line.startswith("#")}

    assert names(".gitignore") | {".git"} == names(".dockerignore")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("sh") is None or os.name != "posix", reason="the image is Linux")
def test_the_image_lays_the_lessons_and_then_runs_what_it_was_given(tmp_path):
    [line] = [line for line in text("Dockerfile").splitlines() if line.startswith("ENTRYPOINT ")]
    entry = json.loads(line.removeprefix("ENTRYPOINT "))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    for _ in range(2):  # the second time the folder is there
        done = subprocess.run(
            [*entry, "echo", "a b", "c"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stdout.endswith("a b c\n")
        assert (tmp_path / "work" / "00_start_here.ipynb").is_file()


def test_the_cell_for_colab_installs_from_our_address():
    [cell] = re.findall(r"```\n(%pip.*?)```", text("notebooks/README.md"), re.DOTALL)
    install, start, enter = cell.splitlines()
    assert install == f'%pip install --quiet "dc_lab[course] @ git+{URLS["Repository"]}"'
    assert (start, enter) == ("!python -m dc_lab start", "%cd work")
