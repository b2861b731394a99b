"""Files are read without blocking, and written atomically."""

import os
import socket
import stat

import pytest
from inference_exporter import files
from inference_exporter.files import MEGABYTE, PRIVATE, UnusableFile, read_bytes, write_text


def made(tmp_path, kind):
    path = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(2_000_000)
    return path


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("pipe", "expected a regular file, got a pipe"),
        ("folder", "expected a regular file, got a folder"),
        ("device", "expected a regular file, got a device"),
        ("loop", "Too many levels of symbolic links"),
        ("nothing", "No such file or directory"),
        ("large", "expected at most 1 MB, got more"),
    ],
)
def test_what_is_no_plain_file_is_refused(tmp_path, kind, why):
    """Reading never blocks or fills the memory, and the error names the kind of file."""
    with pytest.raises(OSError) as caught:
        read_bytes(made(tmp_path, kind), files.MEGABYTE)
    assert caught.value.strerror == why


def test_a_socket_is_refused(tmp_path, monkeypatch):
    """A socket in place of a file is an error."""
    monkeypatch.chdir(tmp_path)  # socket paths must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(OSError):
            read_bytes(tmp_path / "socket", files.MEGABYTE)


def test_links_to_files_are_followed_when_read(tmp_path):
    """Links are followed, because mounted configurations are links."""
    (tmp_path / "real").write_bytes(b"content")
    (tmp_path / "link").symlink_to("real")
    assert read_bytes(tmp_path / "link", 7) == b"content"


@pytest.mark.parametrize("link", ["out", ".out.partial", "out.partial"])
def test_a_link_is_never_followed_when_written(tmp_path, link):
    """A link is replaced, and its target unchanged."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious", encoding="utf-8")
    (tmp_path / link).symlink_to(elsewhere)
    write_text(tmp_path / "out", "new")
    assert elsewhere.read_text(encoding="utf-8") == "precious"
    assert not (tmp_path / "out").is_symlink()
    assert (tmp_path / "out").read_text(encoding="utf-8") == "new"


def test_permissions_are_those_asked_for(tmp_path):
    """Private files are readable only by their owner; others follow the umask."""
    write_text(tmp_path / "private", "", PRIVATE)
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "plain", "")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("private", "plain")]
    assert modes == [0o600, 0o640]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    """A full disk leaves the old file, and no temporary file."""
    path = tmp_path / "file"
    write_text(path, "old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    """Its size is enough to refuse it: a sparse file of a terabyte costs nothing."""
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UnusableFile, match="expected at most 1 MB, got more"):
        read_bytes(tmp_path / "sparse", MEGABYTE)


def test_a_path_with_nul_is_refused(tmp_path):
    """As an OSError, like any other file that cannot be opened."""
    with pytest.raises(UnusableFile, match="NUL"):
        read_bytes(tmp_path / "a\0b", MEGABYTE)
