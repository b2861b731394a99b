"""What a crash left unfinished at the end of SQLite's write-ahead log: reported, then cut by SQLite.

A transaction that was not written completely was never acknowledged. SQLite
ignores it without a word; we say how much it was.

References
----------
SQLite documentation, "Database File Format", section 4, "The Write-Ahead Log".
"""

import struct
from pathlib import Path
from typing import NamedTuple

HEADER = struct.Struct(">8I")
FRAME = struct.Struct(">6I")


class Torn(NamedTuple):
    """Bytes that belong to no complete transaction, and a sentence about them."""

    bytes: int
    what: str


def cut(database: Path) -> Torn:
    """Return what the log's end holds beyond its last complete transaction.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    log = database.with_name(f"{database.name}-wal")
    try:
        content = log.read_bytes()
    except FileNotFoundError:
        return Torn(0, "")
    number = torn_bytes(content)
    return Torn(number, f"cut {number} bytes of an unfinished transaction, never acknowledged" if number else "")


def torn_bytes(content: bytes) -> int:
    """Return how many bytes of a log follow its last complete transaction, without remains of earlier rounds."""
    if len(content) < HEADER.size:
        return len(content)
    page: int
    _, _, page, _, *salts, _, _ = HEADER.unpack_from(content)
    part_of_a_frame: int = (len(content) - HEADER.size) % (FRAME.size + page)
    end, at = HEADER.size, HEADER.size
    while at + FRAME.size <= len(content):
        _, committed, *found, _, _ = FRAME.unpack_from(content, at)
        if found != salts:  # left from an earlier round of the log, or garbage
            break
        at += FRAME.size + page
        if committed and at <= len(content):
            end = at
    return max(min(at, len(content)) - end, part_of_a_frame)
