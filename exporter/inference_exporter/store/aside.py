"""Entries of the journal that are set aside: kept for a look at them, and not counted."""

import hashlib
import sqlite3
from collections.abc import Iterable

PREFIX = "aside-"
"""Begins the kind of an entry that is set aside."""
REFUSED_AS = "set_aside"
"""Counts requests whose body is set aside."""
ENTRIES_AT_MOST = 100
SHARE_OF_SIZE = 0.1
"""Set-aside entries may take this part of `storage.max_size`; the oldest ones go first."""

IS_NOT_ASIDE = f"kind NOT LIKE '{PREFIX}%'"
IS_ASIDE = f"kind LIKE '{PREFIX}%'"


def set_aside(database: sqlite3.Connection, number: int) -> None:
    """Mark an entry."""
    database.execute(f"UPDATE journal SET kind = ? || kind WHERE seq = ? AND {IS_NOT_ASIDE}", (PREFIX, number))  # noqa: S608


def trim(database: sqlite3.Connection, bytes_at_most: float) -> int:
    """Delete the oldest ones beyond the bounds, but never the newest; return how many."""
    rows = database.execute(f"SELECT seq, length(body) FROM journal WHERE {IS_ASIDE} ORDER BY seq DESC")  # noqa: S608
    size, surplus = 0, []
    for place, (number, length) in enumerate(rows.fetchall()):
        size += length
        if place and (place >= ENTRIES_AT_MOST or size > bytes_at_most):
            surplus.append((number,))
    database.executemany("DELETE FROM journal WHERE seq = ?", surplus)
    return len(surplus)


class SameBodies:
    """Recognises bodies that are set aside, when they are sent again."""

    def __init__(self, bodies: Iterable[tuple[str, bytes]]) -> None:
        self._digests = {(len(body), _digest_of(path, body)) for path, body in bodies}
        self._lengths = {length for length, _ in self._digests}

    def has(self, path: str, body: bytes) -> bool:
        """Return whether a body of a path is one of them; costs nothing unless the length is one of theirs."""
        return len(body) in self._lengths and (len(body), _digest_of(path, body)) in self._digests


def _digest_of(path: str, body: bytes) -> bytes:
    return hashlib.blake2b(path.encode() + b"\0" + body, digest_size=16).digest()
