"""What the system puts around an answer: where it can, where it is forbidden, where there is no such program."""

import os
import shutil
import subprocess
import sys

import pytest

from dc_lab.course.grading import fence, remote

CONNECTS = """
def f(port):
    import socket
    return socket.create_connection(("127.0.0.1", port), 1).getsockname()[0]
"""
real = shutil.which("unshare")
needs_unshare = pytest.mark.skipif(real is None or fence.kind() == "none", reason="no namespaces here")


def only(folder, monkeypatch, unshare=None):
    """A PATH with what fences need, and an `unshare` of our own or none."""
    folder.mkdir()
    for name in ("sh", "mount", "true"):
        if (found := shutil.which(name)) is not None:
            (folder / name).symlink_to(found)
    if unshare is not None:
        (folder / "unshare").write_text(f"#!/bin/sh\n{unshare}\n", encoding="utf-8")
        (folder / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="a PATH of links")
@pytest.mark.parametrize("unshare", [None, "echo unshare: Operation not permitted >&2; exit 1"])
def test_without_it_python_refuses_a_connection(tmp_path, monkeypatch, unshare):
    """Absent, or forbidden as to a plain user or in a container: it is said, and what Python refuses stays refused."""
    only(tmp_path / "bin", monkeypatch, unshare)
    assert fence.kind() == "none"
    assert fence.command([tmp_path]) == ()
    assert "only Python sees to that" in fence.SAID["none"]
    with (
        remote.answer("f", CONNECTS, None, 5.0, 4 << 30, 30.0) as function,
        pytest.raises(PermissionError, match="out of reach"),
    ):
        function(9)


@needs_unshare
def test_where_nothing_may_be_mounted_the_network_is_cut_off(tmp_path, monkeypatch):
    only(tmp_path / "bin", monkeypatch, f'case "$*" in *--mount*) exit 1;; esac\nexec {real} "$@"')
    assert fence.kind() == "network"
    assert fence.command([tmp_path]) == ("unshare", *fence.NETWORK)


@pytest.mark.skipif(fence.kind() != "closed", reason="this system lets us do less")
def test_behind_the_fence_there_is_nothing(tmp_path):
    """Not Python, but a shell: no hidden file, no other process, no network, and nothing to write but the folder."""
    for name in ("hidden", "beside", "inside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="utf-8")
    script = """
    cat ../hidden/file; cat ../beside/file; cat file
    echo changed > ../beside/file; echo changed > file
    umount ../hidden; cat ../hidden/file; unshare --user --map-root-user --mount umount ../hidden
    echo; echo "pid $$"; wc -l < /proc/self/net/dev; exit 7
    """
    done = subprocess.run(
        [*fence.command([tmp_path / "hidden"]), "sh", "-c", script], cwd=tmp_path / "inside", capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    said, pid, devices = done.stdout.splitlines()
    assert said == "besideinside"
    assert (tmp_path / "beside" / "file").read_text(encoding="utf-8") == "beside"
    assert (tmp_path / "inside" / "file").read_text(encoding="utf-8") == "changed\n"
    assert pid == "pid 1"
    assert int(devices) == 3  # two lines of heading, and the loop that is down
    assert done.returncode == 7


@pytest.mark.skipif(fence.kind() != "closed", reason="this system lets us do less")
def test_what_is_started_behind_the_fence_ends_with_it(tmp_path):
    process = subprocess.Popen([*fence.command(), "sh", "-c", "sleep 60 & echo on; wait"], cwd=tmp_path, stdout=-1)
    assert process.stdout.readline() == b"on\n"
    process.kill()
    assert process.stdout.read() == b""  # all that held it are gone
    process.wait()
    process.stdout.close()
    assert process.returncode != 0
    assert os.listdir(tmp_path) == []  # noqa: PTH208
