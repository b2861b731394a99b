"""Follows one file: reads what is new, hands it on, and keeps its position, through rotation and truncation."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ....config.inputs import FileConfig
from ....errors import DecodeError, StoreFault
from ...feed import Feed
from .content import Content, Plain, Stdin, content_of, opened_file
from .formats import Portion, Portions, format_of, line_portions
from .positions import FINGERPRINT_BYTES, Identity, Position, digest_of
from .tables import Tables

# A half line, a document and a table are taken once the file has not changed for so long.
SETTLED_SECONDS = 5.0
ERRORS = ("unreadable", "corrupt", "shortened", "too_many_files")


@dataclass
class Counts:
    """What happened to the files of one configured path."""

    read_bytes: int = 0
    errors: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(ERRORS, 0)))


class Follower:
    """One file. `path` is its latest name; `offset` is how far its content has been accepted.

    Parameters
    ----------
    path : Path
        Where it is now.
    config : FileConfig
        The configured path that led to it.
    counts : Counts
        Where to count.
    """

    def __init__(self, path: Path, config: FileConfig, counts: Counts, now: float) -> None:
        self.path, self.config, self.counts = path, config, counts
        self._descriptor = -1 if config.is_stdin else opened_file(path)
        self._content: Content = Stdin() if config.is_stdin else content_of(self._descriptor)
        self._portions: Portions | None = None
        self._untaken: Portion | None = None
        self._read_before = 0
        self.offset = 0
        self._head = b""
        self._changed_at, self._seen = now, (0, 0)
        self._fault = ""

    @property
    def identity(self) -> Identity:
        """What a rename does not change."""
        about = os.fstat(self._descriptor)
        return about.st_dev, about.st_ino

    @property
    def head(self) -> bytes:
        """The first bytes of the content: what distinguishes it from another file of its number."""
        if len(self._head) < FINGERPRINT_BYTES and not self.config.is_stdin:
            self._head = self._content.head()[:FINGERPRINT_BYTES]
        return self._head

    @property
    def position(self) -> Position:
        """What to keep."""
        device, inode = self.identity
        return Position(str(self.path), device, inode, self.offset, len(self._head), digest_of(self._head))

    @property
    def lag_bytes(self) -> int:
        """How much is still to read."""
        return self._content.left(self.offset)

    def is_still(self, now: float, seconds: float) -> bool:
        """Return whether it has not changed for so long."""
        return now - self._changed_at >= seconds

    def continue_at(self, offset: int) -> None:
        """Go on where an earlier run, or the file that this one is a copy of, stopped."""
        self.offset, self._portions, self._untaken = offset, None, None

    def step(self, feed: Feed, now: float) -> int:
        """Hand on the next portion; returns how many bytes were read."""
        self._look(now)
        if self._fault:
            return 0
        try:
            return self._advance(feed, now)
        except StoreFault:  # not stored, and so not counted: again later
            return 0
        except (DecodeError, OSError) as error:
            if self.is_still(now, SETTLED_SECONDS):  # else it may be half written
                self._fault = str(error)
                self.counts.errors["corrupt" if isinstance(error, DecodeError) else "unreadable"] += 1
            self._portions = self._untaken = None
            return 0

    @property
    def fault(self) -> str:
        """Why nothing more is read until the file changes."""
        return self._fault

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _look(self, now: float) -> None:
        """Notice whether the file has changed, and start again if it has become another."""
        if self.config.is_stdin:
            return
        about = os.fstat(self._descriptor)
        seen = about.st_size, about.st_mtime_ns
        if seen == self._seen:
            return
        self._seen, self._changed_at, self._fault = seen, now, ""
        if self._was_rewritten(about.st_size):
            self.counts.errors["shortened"] += 1
            self._start_again()
        self._head = self.head

    def _was_rewritten(self, size: int) -> bool:
        known = self._head
        if isinstance(self._portions, Tables) or not known:
            return size == 0 and self.offset > 0
        # A compressed file may be smaller than the position, which counts decompressed bytes.
        is_shorter = size < self.offset and isinstance(self._content, Plain)
        return is_shorter or not self._content.head().startswith(known)

    def _start_again(self) -> None:
        self._content = content_of(self._descriptor)
        self._head, self.offset, self._portions, self._untaken = b"", 0, None, None

    def _advance(self, feed: Feed, now: float) -> int:
        portions = self._portions = self._portions or self._begun()
        if portions is None:
            return 0
        if self._untaken is None:
            self._read_before = portions.read
        is_settled = self._content.is_over or self.is_still(now, SETTLED_SECONDS)
        self._untaken = portion = self._untaken or portions.next(is_settled)
        if portion is None:
            return 0
        if portion.body:
            feed(portion.body, portion.content_type, {})
        # Only now: a portion that was not accepted is handed on again, with the same bytes.
        self._untaken = None
        self.offset = portion.end
        read = len(portion.body) if isinstance(portions, Tables) else portions.read - self._read_before
        self.counts.read_bytes += read
        if read and self.config.is_stdin:
            self._changed_at = now
        return max(read, 1)

    def _begun(self) -> Portions | None:
        head = self._content.head()
        if not head:
            return None
        format = self.config.format if self.config.format != "auto" else format_of(head)
        if self.config.is_stdin and format != "csv":  # it has no end to wait for
            format = "ndjson"
        if format == "parquet":
            return Tables(self._content, self._descriptor, self.offset)
        return line_portions(format, self._content, self.offset)
