"""The bytes of a file by their position, decompressed; and those of standard input."""

import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ....errors import DecodeError
from ....files import UnusableFile
from ...body import GZIP_MAGIC, ZSTD_MAGIC, chunks_of

PIECE_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
"""From how many bytes a format is recognised."""


class Content(Protocol):
    """A growing content."""

    def head(self) -> bytes:
        """Return its first bytes."""

    def read(self, at: int) -> bytes:
        """Return bytes from a position on; none where it ends for now."""

    def left(self, at: int) -> int:
        """Return how many bytes of the file are still to read."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come."""

    def close(self) -> None:
        """Close it."""


def opened_file(path: Path) -> int:
    """Return the descriptor of a regular file.

    Raises
    ------
    OSError
        If it cannot be opened, or is another kind of file: reading a pipe would block.
    """
    # Non-blocking: opening a pipe without a writer would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnusableFile(path, "expected a regular file")
    return descriptor


def content_of(descriptor: int) -> Content:
    """Return the content of a file, decompressed if it is compressed."""
    magic = os.pread(descriptor, 4, 0)
    return Compressed(descriptor) if magic.startswith(GZIP_MAGIC) or magic == ZSTD_MAGIC else Plain(descriptor)


class Plain:
    """A file as it is."""

    is_over = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def head(self) -> bytes:
        """Return its first bytes."""
        return os.pread(self._descriptor, HEAD_BYTES, 0)

    def read(self, at: int) -> bytes:
        """Return the bytes from a position on."""
        # `pread` leaves the shared offset alone, so a head can be read between two pieces.
        return os.pread(self._descriptor, PIECE_BYTES, at)

    def left(self, at: int) -> int:
        """Return how many bytes follow."""
        return max(os.fstat(self._descriptor).st_size - at, 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class Compressed:
    """A gzip or zstd file, read from the start to the position, and then piece by piece.

    Raises `DecodeError` where it is corrupt, or ends too early.
    """

    is_over = False

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._raw = _Raw(descriptor)
        self._chunks = _decompressed(self._raw)
        self._at, self._has_ended = 0, False

    def head(self) -> bytes:
        """Return its first decompressed bytes."""
        taken = b""
        with suppress(DecodeError):  # reading on says what is wrong
            for chunk in _decompressed(_Raw(self._descriptor)):
                taken += chunk
                if len(taken) >= HEAD_BYTES:
                    break
        return taken[:HEAD_BYTES]

    def read(self, at: int) -> bytes:
        """Return decompressed bytes from a position on."""
        # Compressed streams cannot be entered in the middle.
        if at < self._at or (self._has_ended and self._raw.has_grown):
            self._start_again()
        while True:
            piece = self._next_piece()
            if not piece:
                self._has_ended = True
                return b""
            skipped = max(at - self._at, 0)
            self._at += len(piece)
            if skipped < len(piece):
                return piece[skipped:]

    def _next_piece(self) -> bytes:
        try:
            return next(self._chunks, b"")
        except DecodeError:
            self._start_again()  # the rest may still be written
            raise

    def left(self, at: int) -> int:
        """Return how many compressed bytes follow."""
        return 0 if self._has_ended else self._raw.left

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _start_again(self) -> None:
        self._raw = _Raw(self._descriptor)
        self._chunks = _decompressed(self._raw)
        self._at, self._has_ended = 0, False


class _Raw:
    """Reads a file from its start, whoever else reads it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._at = descriptor, 0

    def read(self, size: int) -> bytes:
        piece = os.pread(self._descriptor, size, self._at)
        self._at += len(piece)
        return piece

    @property
    def left(self) -> int:
        return max(os.fstat(self._descriptor).st_size - self._at, 0)

    @property
    def has_grown(self) -> bool:
        return self.left > 0


def _decompressed(raw: _Raw) -> Iterator[bytes]:
    return (chunk for chunk in chunks_of(raw.read, "", sys.maxsize, sys.maxsize) if chunk)


class Stdin:
    """Standard input: what has been read cannot be read again, but for the head."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._first = b""
        self.is_over = False

    def head(self) -> bytes:
        """Return the first bytes once they hold a line, or what there is at the end."""
        while b"\n" not in self._first and len(self._first) < HEAD_BYTES and (piece := self._available()):
            self._first += piece
        ready = b"\n" in self._first or self.is_over or len(self._first) >= HEAD_BYTES
        return self._first if ready else b""

    def read(self, at: int) -> bytes:
        """Return what has come in meanwhile."""
        return self._first[at:] if at < len(self._first) else self._available()

    def left(self, at: int) -> int:
        """Return how many bytes wait, which nobody knows."""
        return 0

    def close(self) -> None:
        """Leave it open, for the next worker."""

    def _available(self) -> bytes:
        # Never blocks: one thread serves standard input and all files.
        if self.is_over or not select.select([self._descriptor], [], [], 0)[0]:
            return b""
        try:
            piece = os.read(self._descriptor, PIECE_BYTES)
        except BlockingIOError:
            return b""
        self.is_over = not piece
        return piece
