"""Files are complete or not there."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

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


posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices, links and permissions of POSIX")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_a_replaced_file_keeps_its_permissions(tmp_path, mode):
    path = tmp_path / "model.dcz"
    path.write_bytes(b"old")
    path.chmod(mode)
    files.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_pipe_or_a_device_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        with pytest.MonkeyPatch.context() as patch:  # the name of a socket has to be short
            patch.chdir(tmp_path)
            listening.bind("socket")
        for name, kind in (("pipe", "a pipe"), ("socket", "a socket"), ("/dev/null", "a device")):
            with pytest.raises(OSError, match=f"is {kind}, expected a file name") as caught:
                files.write(tmp_path / name, b"new")
            assert caught.value.filename == str(tmp_path / name)
    assert names(tmp_path) == ["pipe", "socket"]
    assert Path("/dev/null").is_char_device()


@posix
def test_what_a_link_leads_to_is_replaced_and_the_link_stays(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "model.dcz").write_bytes(b"old")
    (tmp_path / "near.dcz").symlink_to(tmp_path / "far" / "model.dcz")
    (tmp_path / "new.dcz").symlink_to("far/other.dcz")  # leads to where there is nothing yet
    for link, content in (("near.dcz", b"new"), ("new.dcz", b"other")):
        files.write(tmp_path / link, content)
        assert (tmp_path / link).is_symlink()
        assert (tmp_path / link).read_bytes() == content
    assert names(tmp_path / "far") == ["model.dcz", "other.dcz"]
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match=r"."):
        files.write(tmp_path / "a", b"new")
    (tmp_path / "folder").symlink_to("far")
    with pytest.raises(IsADirectoryError):
        files.write(tmp_path / "folder", b"new")


@pytest.mark.parametrize("name", ["x" * 250 + ".dcz", "ä" * 125, "[a]*?.npz" if os.name == "posix" else "[a].npz"])
def test_long_and_odd_names(tmp_path, name):
    for content in (b"old", b"new"):
        files.write(tmp_path / name, content)
        assert names(tmp_path) == [name]
        assert (tmp_path / name).read_bytes() == content


def test_a_full_disk_is_said_with_the_name_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "model.dcz"
    path.write_bytes(b"old")

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        files.write(path, b"new")
    assert caught.value.filename == str(path)
    assert names(tmp_path) == ["model.dcz"]
    assert path.read_bytes() == b"old"


@posix
def test_a_folder_that_is_read_only(tmp_path, monkeypatch):
    """Root may write everywhere, so the system's answer is put in its place."""

    def denied(path, flags, mode=0o777):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(PermissionError, match="cannot write here") as caught:
        files.write(tmp_path / "model.dcz", b"new")
    assert caught.value.filename == str(tmp_path)
    monkeypatch.undo()
    assert names(tmp_path) == []


KILLED = """
import os, sys
from pathlib import Path
from dc_lab.support import files
with files.replacing(Path(sys.argv[1])) as temporary:
    temporary.write_bytes(b"half of the ne")
    print(temporary.name, flush=True)
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), 9)
    sys.stdin.read()
"""


@posix
def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    path = tmp_path / "model.dcz"
    path.write_bytes(b"old")
    command = [sys.executable, "-c", KILLED, str(path)]
    killed = subprocess.run([*command, "kill"], capture_output=True, encoding="utf-8", check=False)
    assert killed.returncode == -9
    assert names(tmp_path) == sorted([killed.stdout.strip(), "model.dcz"])
    assert path.read_bytes() == b"old"
    with subprocess.Popen([*command, "wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as alive:
        temporary = alive.stdout.readline().strip()
        files.write(path, b"new")
        assert names(tmp_path) == sorted([temporary, "model.dcz"])
        files.write(tmp_path / "other.dcz", b"another name")
        assert temporary in names(tmp_path)
        alive.communicate("")
    assert alive.returncode == 0
    assert path.read_bytes() == b"half of the ne"
    assert names(tmp_path) == ["model.dcz", "other.dcz"]


def test_the_content_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    path, done = tmp_path / "model.dcz", []
    fsync, replace = os.fsync, type(path).replace
    monkeypatch.setattr(
        os, "fsync", lambda handle: done.append(stat.S_ISDIR(os.fstat(handle).st_mode)) or fsync(handle)
    )
    monkeypatch.setattr(type(path), "replace", lambda self, target: done.append("rename") or replace(self, target))
    files.write(path, b"new")
    assert done == ([False, "rename", True] if os.name == "posix" else [False, "rename"])


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


# --- reading ---


@posix
def test_only_files_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "link"):
        files.check_readable(tmp_path / name)
    for path, error, why in (
        (tmp_path, IsADirectoryError, "is a folder, expected a file"),
        (tmp_path / "pipe", OSError, "is a pipe, expected a file"),
        (Path("/dev/zero"), OSError, "is a device, expected a file"),
        (tmp_path / "missing", FileNotFoundError, "No such file"),
        (tmp_path / "a\0b", OSError, "a path with a NUL character in it"),
    ):
        with pytest.raises(error, match=why) as caught:
            files.check_readable(path)
        assert caught.value.filename == str(path)


def test_a_text_ends_somewhere(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("é\r\n".encode() * 10)
    assert files.small_text(path) == "é\n" * 10
    assert files.small_text(path, 20) == "é\n" * 10
    with pytest.raises(ValueError, match="more than 19 characters"):
        files.small_text(path, 19)


def test_json_says_each_thing_once():
    assert files.parse_json('{"a": {"b": 1}, "b": [2, {"a": 3}]}') == {"a": {"b": 1}, "b": [2, {"a": 3}]}
    for text, why in (
        ('{"a": 1, "b": 2, "a": 1}', "'a' is there twice"),
        ('[{"x": {"b": 1, "b": 2}}]', "'b' is there twice"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' * 100_000, "nested too deeply"),
    ):
        with pytest.raises(ValueError, match=why):
            files.parse_json(text)


def test_a_folder_that_is_read_only_is_seen_beforehand(tmp_path, monkeypatch):
    """Root may write everywhere, so the system's answer is put in its place."""
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    with pytest.raises(PermissionError, match="cannot write here") as caught:
        files.check_writable(tmp_path / "model.dcz")
    assert caught.value.filename == str(tmp_path)
