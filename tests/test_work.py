"""The work folder: where it is found, and progress that is never lost or mixed up."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.course import work


@pytest.fixture
def folder(tmp_path, monkeypatch) -> work.Folder:
    monkeypatch.delenv(work.VARIABLE, raising=False)
    return make(tmp_path / "work")


def make(path: Path) -> work.Folder:
    (path / work.MARK).mkdir(parents=True)
    return work.Folder(path.resolve())


def test_the_folder_is_the_nearest_above(folder, tmp_path, monkeypatch):
    inner = folder.path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert work.find() == folder
    nearer = make(folder.path / "a")
    assert work.find() == nearer
    monkeypatch.chdir(tmp_path)
    assert work.find() is None


def test_the_variable_comes_first(folder, tmp_path, monkeypatch):
    other = make(tmp_path / "other")
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv(work.VARIABLE, str(other.path))
    assert work.find() == other
    assert work.find(Path()) == folder
    monkeypatch.setenv(work.VARIABLE, "")
    assert work.find() is None
    monkeypatch.setenv(work.VARIABLE, str(tmp_path))
    with pytest.raises(work.WorkError, match="no work folder; `dc-lab start"):
        work.find()
    assert work.name_of_folder() == ""


def test_progress_comes_back(folder):
    with folder.changing() as progress:
        progress.standing("02.1").reached("tried")
        progress.standing("02.1").reached("solved")
        progress.standing("02.1").reached("tried")
        progress.standing("02.2").reached("left")
        progress.blocks["02.1"] = work.Block("pruning", 3, "ab")
        progress.imports["pruning"] = ["import numpy as np"]
    again = folder.progress()
    assert again.states() == {"02.1": "solved", "02.2": "left"}
    assert again.standing("02.1").attempts == 2
    assert again.standing("02.2").attempts == 0
    assert again.blocks == {"02.1": work.Block("pruning", 3, "ab")}
    assert again.imports == {"pruning": ["import numpy as np"]}


@given(st.lists(st.sampled_from(work.STATES)))
def test_the_best_state_counts(states):
    standing = work.Standing()
    for state in states:
        standing.reached(state)
    assert standing.state == max(states, key=work.STATES.index, default="left")
    judged = [state for state in states if state != "left"]
    assert standing.attempts == len(judged[: judged.index("solved") + 1] if "solved" in judged else judged)


def test_what_others_wrote_into_the_file_stays(folder):
    folder.progress_file.write_text('{"exercises": {"02.1": {"state": "tried", "guess": 3}}, "board": [1]}', "utf-8")
    with folder.changing() as progress:
        progress.standing("02.1").reached("solved")
    content = json.loads(folder.progress_file.read_text("utf-8"))
    assert content["board"] == [1]
    assert content["exercises"]["02.1"]["guess"] == 3
    assert content["exercises"]["02.1"]["state"] == "solved"


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "null", '{"exercises": []}', '{"exercises": {"02.1": {"state": "done"}}}',
        '{"exercises": {"02.1": {"attempts": -1}}}', '{"exercises": {"02.1": {"hints": true}}}',
        '{"mine": {"blocks": {"02.1": {}}}}', '{"mine": {"imports": {"pruning": "numpy"}}}', '{"version": "1"}',
    ],
)  # fmt: skip
def test_a_broken_file_is_kept_aside(folder, content):
    for ending in ("broken", "broken-2"):
        folder.progress_file.write_text(content, encoding="utf-8")
        with folder.changing() as progress:
            [note] = progress.notes
            progress.standing("02.1").reached("solved")
        assert f"It is kept as progress.json.{ending}" in note
        assert (folder.state / f"progress.json.{ending}").read_text(encoding="utf-8") == content
        assert folder.progress().states() == {"02.1": "solved"}
    assert not folder.progress().notes


def test_a_newer_file_is_left_alone(folder):
    folder.progress_file.write_text('{"version": 2}', encoding="utf-8")
    with pytest.raises(work.WorkError, match="newer dc_lab"), folder.changing():
        pass
    assert folder.progress_file.read_text(encoding="utf-8") == '{"version": 2}'


def test_an_error_meanwhile_changes_nothing(folder):
    with folder.changing() as progress:
        progress.standing("02.1").reached("tried")
    before = folder.progress_file.read_bytes()

    def fail():
        with folder.changing() as progress:
            progress.standing("02.1").reached("solved")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert folder.progress_file.read_bytes() == before


def test_no_change_is_lost_between_several(folder):
    def solve(number):
        for i in range(10):
            with folder.changing() as progress:
                progress.standing(f"{number:02d}.{i}").reached("solved")

    threads = [threading.Thread(target=solve, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folder.progress().states()) == 40


def test_a_folder_that_another_holds(folder, monkeypatch):
    monkeypatch.setattr(work, "PATIENCE", 0.05)
    with (
        folder.changing(),
        pytest.raises(work.WorkError, match="another program holds"),
        work.Folder(folder.path).changing(),
    ):
        pass


def test_hints_and_solutions_are_noted(folder, monkeypatch):
    assert work.note("02.1", hints=1) == []
    monkeypatch.chdir(folder.path)
    for hints in (2, 1):
        work.note("02.1", hints=hints)
    work.note("02.1", solution_shown=True)
    standing = folder.progress().standing("02.1")
    assert (standing.hints, standing.solution_shown, standing.state) == (2, True, "left")
    assert work.known_states() == ({"02.1": "left"}, [])
