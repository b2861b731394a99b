"""A Unix socket has its mode from the start, and never takes the place of what somebody else needs."""

import os
import socket
import stat

import pytest
from inference_exporter.errors import ConfigError
from inference_exporter.serving.unix_socket import LONGEST_PATH, unix_listener


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_the_file_has_its_mode(tmp_path, mode):
    """Whatever the umask, the file has exactly the configured permissions, and goes at the end."""
    before = os.umask(0o077)
    try:
        listener = unix_listener(tmp_path / "exporter.sock", mode)
    finally:
        os.umask(before)
    with listener.socket:
        assert stat.S_IMODE(listener.path.stat().st_mode) == mode
        listener.remove()
    assert not listener.path.exists()


def test_a_stale_socket_is_replaced(tmp_path):
    """A file left behind by a killed process does not prevent the next start."""
    first = unix_listener(tmp_path / "exporter.sock", 0o600)
    first.socket.close()
    second = unix_listener(tmp_path / "exporter.sock", 0o600)
    with second.socket, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(second.path))
    first.remove()
    assert second.path.exists(), "another process's file"


def test_a_socket_in_use_is_kept(tmp_path):
    """While a process listens, a second one fails."""
    first = unix_listener(tmp_path / "exporter.sock", 0o600)
    with first.socket, pytest.raises(ConfigError, match=r"web.unix_socket: .* another process listens on it"):
        unix_listener(tmp_path / "exporter.sock", 0o600)


@pytest.mark.parametrize("make", ["file", "link to a file", "link to a socket", "dangling link", "folder"])
def test_anything_else_is_left_alone(tmp_path, make):
    """A file, a folder or a link at the path is an error, and stays as it was, as does what the link leads to."""
    path, target = tmp_path / "exporter.sock", tmp_path / "target"
    if make == "file":
        path.write_text("mine")
    elif make == "folder":
        path.mkdir()
    else:
        path.symlink_to(target)
    if make == "link to a file":
        target.write_text("mine")
    if make == "link to a socket":
        unix_listener(target, 0o600).socket.close()
    before = path.lstat().st_ino, target.exists()
    with pytest.raises(ConfigError, match=r"expected a socket or nothing, got (a symbolic link|another kind of file)"):
        unix_listener(path, 0o600)
    assert (path.lstat().st_ino, target.exists()) == before


def test_a_path_that_the_system_cannot_take_is_a_mistake_of_configuration(tmp_path):
    """A path that is too long, or in a folder that does not exist, names the key."""
    with pytest.raises(ConfigError, match=f"at most {LONGEST_PATH} bytes"):
        unix_listener(tmp_path / ("x" * LONGEST_PATH), 0o600)
    with pytest.raises(ConfigError, match="No such file or directory"):
        unix_listener(tmp_path / "missing" / "exporter.sock", 0o600)
