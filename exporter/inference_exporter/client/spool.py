"""Spool: batches on disk that the exporter could not take yet, a file each, in the order of their numbers."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

try:
    import fcntl
except ImportError:  # not POSIX: Options refuses a spool there
    fcntl = None  # type: ignore[assignment]

IS_SUPPORTED = fcntl is not None
LOCK = "lock"
SUFFIX = ".batch"
BLOCK_BYTES = 4096
"""What the smallest file takes on disk."""


@dataclass(slots=True)
class Spooled:
    """A batch on disk; `is_ours` unless a process that has ended left it."""

    path: Path
    kind: str
    messages: int
    is_ours: bool
    size: int
    server_errors: int = 0


class Spool:
    """The folder of one process below `path`, and those of processes that have ended.

    The process holds a lock on its folder, which ends with it: whoever can lock
    another folder sends what is in it. Files appear whole, by renaming them.
    For one thread.
    """

    def __init__(self, path: Path, bytes_at_most: int) -> None:
        self._path, self._bytes_at_most = path.absolute(), bytes_at_most
        self._folder: Path | None = None
        self._locks: dict[Path, BinaryIO] = {}
        self._number = 0
        self._bytes = 0
        self.waiting: list[Spooled] = []
        """Oldest first."""

    @property
    def messages(self) -> int:
        """How many messages are on disk."""
        return sum(each.messages for each in self.waiting)

    def adopt(self) -> None:
        """Take what processes that have ended left, the oldest folder first."""
        found = self._path.iterdir() if self._path.is_dir() else ()
        folders = [each for each in found if each.is_dir() and each not in self._locks and each.name[0] != "."]
        for folder in sorted(folders, key=_modified):
            lock = _locked(folder)
            if lock is None:
                continue
            self._locks[folder] = lock
            left = list(_spooled_in(folder))
            self.waiting += left
            self._bytes += sum(each.size for each in left)
            self._tidy(folder)

    def add(self, kind: str, messages: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Write a batch; False if there is no room.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        content = json.dumps({"kind": kind, "messages": messages, "headers": dict(headers)}).encode() + b"\n" + body
        size = _on_disk(len(content))
        if self._bytes + size > self._bytes_at_most:
            return False
        folder = self._own_folder()
        self._number += 1
        path = folder / f"{self._number:012d}{SUFFIX}"
        _write(path, content)
        self._bytes += size
        self.waiting.append(Spooled(path, kind, messages, True, size))
        return True

    def content(self, spooled: Spooled) -> tuple[Mapping[str, str], bytes]:
        """Return headers and body of a batch.

        Raises
        ------
        OSError, ValueError
            If the file is gone, or not as it was written.
        """
        head, _, body = spooled.path.read_bytes().partition(b"\n")
        return json.loads(head)["headers"], body

    def remove(self, spooled: Spooled) -> None:
        """Forget a batch that was answered or given up."""
        self.waiting.remove(spooled)
        self._bytes -= spooled.size
        with suppress(OSError):
            spooled.path.unlink()
        self._tidy(spooled.path.parent)

    def close(self) -> None:
        """Leave what waits to the next process."""
        for folder in list(self._locks):
            self._tidy(folder, is_last=True)
        self.forget()

    def forget(self) -> None:
        """Give up the locks: in a forked process, those of its parent stay the parent's."""
        for lock in list(self._locks.values()):
            lock.close()
        self._locks.clear()
        self._folder = None

    def _own_folder(self) -> Path:
        if self._folder is None:
            self._path.mkdir(parents=True, exist_ok=True)
            hidden = self._path / f".{uuid4().hex}"  # no other process may lock it first
            hidden.mkdir(mode=0o700)
            lock = _locked(hidden)
            if lock is None:
                raise OSError(f"cannot lock {hidden}")
            self._folder = self._path / hidden.name[1:]
            hidden.rename(self._folder)
            self._locks[self._folder] = lock
        return self._folder

    def _tidy(self, folder: Path, *, is_last: bool = False) -> None:
        """Remove an empty folder, except that of this process while it may write."""
        if (folder == self._folder and not is_last) or any(each.path.parent == folder for each in self.waiting):
            return
        with suppress(OSError):
            (folder / LOCK).unlink()
            folder.rmdir()
        if not is_last and (lock := self._locks.pop(folder, None)) is not None:
            lock.close()


def _modified(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:  # removed meanwhile
        return 0.0


def _locked(folder: Path) -> BinaryIO | None:
    """Return the open lock of a folder; None if another process has it, or it is gone."""
    try:
        lock = (folder / LOCK).open("ab")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (folder / LOCK).exists():  # else its owner has just removed it
            return lock
    except OSError:
        pass
    lock.close()
    return None


def _spooled_in(folder: Path) -> Iterator[Spooled]:
    """Yield the batches in a folder; what is not one is removed."""
    for path in sorted(folder.iterdir()):
        if path.name == LOCK:
            continue
        try:
            with path.open("rb") as file:
                head = json.loads(file.readline())
            yield Spooled(path, str(head["kind"]), int(head["messages"]), False, _on_disk(path.stat().st_size))
        except (OSError, ValueError, KeyError, TypeError):
            with suppress(OSError):
                path.unlink()


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    try:
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
        draft.rename(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def _on_disk(size: int) -> int:
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES
