"""How far each file has been read, kept so that a restart continues where it stopped."""

import hashlib
import json
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ....files import MEGABYTE, PRIVATE, read_bytes, write_text

log = logging.getLogger(__name__)

FINGERPRINT_BYTES = 1024
LEAST_FINGERPRINT_BYTES = 64  # fewer first bytes are the same in different files
FILES_AT_MOST = 10_000
LARGEST = 16 * MEGABYTE
# What logrotate and Python's logging append: .1, -20261127, .gz, and several of them.
_SUFFIXES = re.compile(r"(\.(gz|zst)|[-._]\d[\dTt:-]*)+$")

Identity = tuple[int, int]
"""Device and number of a file: what a rename does not change."""


@dataclass(frozen=True)
class Position:
    """Where reading stopped. `head` is the digest of the first `head_size` bytes, since numbers are used again."""

    path: str
    device: int
    inode: int
    offset: int
    head_size: int = 0
    head: str = ""

    @property
    def identity(self) -> Identity:
        """What distinguishes it from other files."""
        return self.device, self.inode

    def is_of(self, content: bytes) -> bool:
        """Return whether a content begins as this file began."""
        # Inode numbers are used again soon after a file was deleted; its first bytes are not.
        return len(content) >= self.head_size and digest_of(content[: self.head_size]) == self.head

    def is_copied_to(self, path: Path, content: bytes) -> bool:
        """Return whether another file is a copy of it, as log rotation makes: beside it, with its name, as it began."""
        own = Path(self.path)
        related = own != path and own.parent == path.parent and stem_of(own.name) == stem_of(path.name)
        return related and self.head_size >= LEAST_FINGERPRINT_BYTES and self.is_of(content)


def digest_of(content: bytes) -> str:
    """Return the digest of the first bytes of a file."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def stem_of(name: str) -> str:
    """Return the name of a log without what rotation appends: numbers, dates, compression."""
    return _SUFFIXES.sub("", name)


class PositionFile:
    """The positions of all files, in one file that is replaced atomically; without a folder nothing is kept."""

    def __init__(self, storage: Path | None) -> None:
        self._path = storage / "positions" / "files.json" if storage else None
        self._written = ""

    def load(self) -> list[Position]:
        """Return the positions of the last run."""
        if self._path is None:
            return []
        try:
            kept = json.loads(read_bytes(self._path, LARGEST))["files"]
            return [Position(**each) for each in kept]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("positions of files ignored, all are read from the start: %s: %s", self._path, error)
            return []

    def save(self, positions: Iterable[Position]) -> None:
        """Write the positions, if they have changed.

        Raises
        ------
        OSError
            If they cannot be written; the earlier ones stay.
        """
        if self._path is None:
            return
        text = json.dumps({"files": [asdict(position) for position in positions]}, indent=0)
        if text == self._written:  # an idle folder costs no writes
            return
        with suppress(FileExistsError):
            self._path.parent.mkdir(mode=0o700, parents=True)
        write_text(self._path, text, PRIVATE)
        self._written = text
