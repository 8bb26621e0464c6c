"""Files are complete or not there."""

import os
import stat

import pytest

from dc_lab.support import files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("content", [b"", b"\0\xff\r\n", bytes(100_000)])
def test_write_makes_and_replaces(tmp_path, content):
    path = tmp_path / "model.dcz"
    files.write(path, b"something older and longer")
    files.write(path, content)
    assert path.read_bytes() == content
    assert names(tmp_path) == ["model.dcz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("there", [True, False])
def test_a_failure_leaves_what_was_there(tmp_path, error, there):
    path = tmp_path / "model.dcz"
    if there:
        path.write_bytes(b"old")

    def stop_half_way():
        with files.replacing(path) as temporary:
            temporary.write_bytes(b"half of the ne")
            raise error

    with pytest.raises(error):
        stop_half_way()
    assert names(tmp_path) == (["model.dcz"] if there else [])
    if there:
        assert path.read_bytes() == b"old"


def test_the_old_file_is_whole_while_the_new_one_is_written(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"old")
    with files.replacing(path) as temporary:
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
        assert temporary.parent == tmp_path  # on the same disk, so that renaming is one step
        assert temporary.suffix == ".safetensors"
        assert temporary != path
    assert path.read_bytes() == b"new"


def test_a_failed_rename_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "model.dcz"
    path.write_bytes(b"old")

    def fail(self, target):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(type(path), "replace", fail)
    with pytest.raises(PermissionError):
        files.write(path, b"new")
    assert names(tmp_path) == ["model.dcz"]
    assert path.read_bytes() == b"old"


def test_a_folder_is_no_file(tmp_path):
    path = tmp_path / "runs"
    path.mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder, expected a file name"):
        files.write(path, b"new")
    assert names(tmp_path) == ["runs"]


def test_no_such_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.write(tmp_path / "nowhere" / "model.dcz", b"new")
    assert names(tmp_path) == []


def test_a_name_without_ending(tmp_path):
    files.write(tmp_path / "model", b"new")
    assert names(tmp_path) == ["model"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_follow_the_umask(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        files.write(tmp_path / "model.dcz", b"new")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "model.dcz").stat().st_mode) == mode


def test_settings_are_read_by_the_name_of_the_file(tmp_path):
    for name, text in (
        ("a.toml", "bits = 3\n[layer]\nkeep = [1, 2]\n"),
        ("a.json", '{"bits": 3, "layer": {"keep": [1, 2]}}'),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert files.read_settings(tmp_path / name) == {"bits": 3, "layer": {"keep": [1, 2]}}
    for name, content in (("b.toml", b"bits ="), ("b.json", b"{"), ("c.toml", b"\xff"), ("c.json", b"\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=r"."):
            files.read_settings(tmp_path / name)
    (tmp_path / "d.json").write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"expected settings by name, got '\[1, 2\]'"):
        files.read_settings(tmp_path / "d.json")
    with pytest.raises(FileNotFoundError):
        files.read_settings(tmp_path / "none.toml")
