"""Files: read without being held up, written so that nobody sees half of one."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600
MEGABYTE = 1024**2
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class UnusableFile(OSError):
    """A file that is there and cannot be used; `strerror` says why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(None, why, str(path))


def read_bytes(path: Path, most: int) -> bytes:
    """Return what a regular file of at most `most` bytes holds; links are followed.

    Raises
    ------
    OSError
        If it cannot be read: it is a pipe (which would wait for ever), a device or a folder, or too large.
    """
    # Without waiting: to open a pipe would wait for its writer.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            kind = next((name for is_kind, name in KINDS if is_kind(mode)), "something else")
            raise UnusableFile(path, f"expected a regular file, got {kind}")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(handle)
    if len(content) > most:
        raise UnusableFile(path, f"expected at most {most // MEGABYTE} MB, got more")
    return content


def write_text(path: Path, text: str, mode: int | None = None) -> None:
    """Write a file whole or not at all, also where the machine fails meanwhile.

    What stands at `path` is replaced, a link too, and never followed. `mode` are the permissions; by default those
    that any new file gets.

    Raises
    ------
    OSError
        If it cannot be written; then what was there stays.
    """
    # A name of its own that nobody can have put a link at: it is created, and only if it is not there.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask() if mode is None else mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:  # whatever ended it, no half file stays behind
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _umask() -> int:
    """Return the mask of new files; the system tells it only while it is being set."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Let the new name outlive a crash, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
