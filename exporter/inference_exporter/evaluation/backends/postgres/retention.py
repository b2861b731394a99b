"""Retention: one replica at a time deletes the oldest blocks, by age and by size, with the outcomes of their time."""

from ...retention import SHARE_DELETED_AT_ONCE, Limits
from . import blocks
from .connection import Connection
from .schema import LOCK

BLOCKS_AT_ONCE = 16
OUTCOMES_AT_ONCE = 200_000
OUTCOME_BYTES = 250
"""A row of outcomes with its indexes."""
# An outcome may be written before the block of its prediction, by the lag of the writer.
MARGIN_SECONDS = 3600.0
USED = """
    SELECT coalesce(sum(bytes), 0) + %s * greatest((SELECT reltuples FROM pg_class WHERE oid = 'outcome'::regclass), 0)
    FROM block
"""
DELETE_OUTCOMES = """
    DELETE FROM outcome WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM outcome WHERE written < (SELECT min(written) FROM block) - %s LIMIT %s
    ))
"""
SIZE = """
    SELECT sum(pg_total_relation_size(name::regclass))
    FROM unnest(ARRAY['block', 'content', 'place', 'outcome']) AS name
"""


def prune(database: Connection, limits: Limits, now: float) -> int:
    """Delete blocks that are too old, or the oldest if they are too much; returns how many predictions went."""
    with database.transaction():
        row = database.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,)).fetchone()
        if row is None or not row[0]:
            return 0  # another replica is at it
        query = "SELECT id, rows FROM block WHERE written < %s ORDER BY id LIMIT %s"
        old = database.execute(query, (now - limits.seconds, BLOCKS_AT_ONCE)).fetchall()
        old = old or _oldest(database, limits.size)
        if not old:
            return 0
        blocks.delete(database, [number for number, _ in old])
        database.execute(DELETE_OUTCOMES, (MARGIN_SECONDS, OUTCOMES_AT_ONCE))
    return sum(rows for _, rows in old)


def _oldest(database: Connection, most: int) -> list[tuple[int, int]]:
    """Return the oldest blocks, some hundredths of all bytes, if all are too much."""
    (used,) = database.execute(USED, (OUTCOME_BYTES,)).fetchone() or (0,)
    if used <= most:
        return []
    query = """
        SELECT id, rows FROM (
            SELECT id, rows, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM block ORDER BY id LIMIT %s
        ) AS oldest WHERE before < %s ORDER BY id
    """
    return database.execute(query, (BLOCKS_AT_ONCE, SHARE_DELETED_AT_ONCE * float(used))).fetchall()


def size_of(database: Connection) -> int:
    """Return the bytes of all tables and indexes."""
    (size,) = database.execute(SIZE).fetchone() or (0,)
    return int(size or 0)
