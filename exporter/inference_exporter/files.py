"""Files: read without blocking, written atomically."""

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
    """A file that exists but is unusable; `strerror` says why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(None, why, str(path))


def read_bytes(path: Path, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes; symbolic links are followed.

    Raises
    ------
    OSError
        If it cannot be read, is too large, or is not a regular file (reading a pipe would block).
    """
    # Non-blocking: opening a pipe would wait for its writer.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:
        raise UnusableFile(path, "expected a path without NUL") from error
    try:
        about = os.fstat(handle)
        mode = about.st_mode
        if not stat.S_ISREG(mode):
            kind = next((name for is_kind, name in KINDS if is_kind(mode)), "something else")
            raise UnusableFile(path, f"expected a regular file, got {kind}")
        if about.st_size <= most:
            with os.fdopen(handle, "rb", closefd=False) as file:
                content = file.read(most + 1)
    finally:
        os.close(handle)
    if about.st_size > most or len(content) > most:  # some files, such as those of /proc, have no size until read
        raise UnusableFile(path, f"expected at most {most // MEGABYTE} MB, got more")
    return content


def write_text(path: Path, text: str, mode: int | None = None) -> None:
    """Write a text file as `write_bytes` does.

    Raises
    ------
    OSError
        If it cannot be written; an earlier file stays.
    """
    write_bytes(path, text.encode(), mode)


def write_bytes(path: Path, content: bytes, mode: int | None = None, *, sync: bool = True) -> None:
    """Write a file atomically and, with `sync`, durably, even if the machine crashes meanwhile.

    A file or symbolic link at `path` is replaced; links are not followed. `mode` sets the permissions; by default
    those of any new file.

    Raises
    ------
    OSError
        If it cannot be written; an earlier file stays.
    """
    # mkstemp creates a new file under an unpredictable name, so nobody can have placed a link there.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o666 & ~_umask() if mode is None else mode)
            if sync:
                os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        with suppress(OSError):  # gone once it has replaced `path`; after a failure no half file stays behind
            Path(name).unlink()
    if sync:
        _sync_folder(path.parent)


def _umask() -> int:
    """Return the umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a crash, if the file system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
