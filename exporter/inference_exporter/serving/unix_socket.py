"""HTTP over a Unix socket: only processes that the file's mode admits can connect, and no port is taken."""

import contextlib
import logging
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError
from .listener import BACKLOG

log = logging.getLogger(__name__)

# The system's limit, which differs: 108 bytes with the final NUL on Linux, 104 on macOS.
LONGEST_PATH = 103


@dataclass(frozen=True)
class UnixListener:
    """A listening socket and the file that it made."""

    socket: socket.socket
    path: Path
    identity: tuple[int, int, int]

    def remove(self) -> None:
        """Remove the file, unless another process has replaced it."""
        with contextlib.suppress(OSError):
            if _identity(self.path.lstat()) == self.identity:
                self.path.unlink()


def unix_listener(path: Path, mode: int) -> UnixListener:
    """Listen on a Unix socket; a file that a dead process left behind is replaced, any other file never.

    Raises
    ------
    ConfigError
        If listening fails.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise _fault(path, f"expected a path of at most {LONGEST_PATH} bytes")
    try:
        _remove_stale(path)
        return _bound(path, mode)
    except OSError as error:
        raise _fault(path, error.strerror or str(error)) from error


def _bound(path: Path, mode: int) -> UnixListener:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The file has its mode from the start: between bind and chmod anybody could connect.
    before = os.umask(0o777 & ~mode)
    try:
        listener.bind(os.fspath(path))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return UnixListener(listener, path, _identity(path.lstat()))


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on.

    Raises
    ------
    ConfigError
        If the path is in use, or is not a socket; a link is not followed.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "another kind of file"
        raise _fault(path, f"expected a socket or nothing, got {kind}")
    if _is_answered(path):
        raise _fault(path, "another process listens on it")
    # Another process may have taken the path since it was probed.
    if _identity(path.lstat()) == _identity(found):
        path.unlink()
        log.info("replaced %s, which a process that has ended left behind", path)


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            return False
        except BlockingIOError:  # its queue of connections is full
            return True
    return True


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_dev, found.st_ino, found.st_mtime_ns  # the number of a removed file is used again


def _fault(path: Path, why: str) -> ConfigError:
    return ConfigError(f"web.unix_socket: cannot listen on {path}: {why}")
