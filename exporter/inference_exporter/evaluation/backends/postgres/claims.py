"""Claims: each outcome is written once, in the statement that tells its replica what to count.

The first replica that writes an outcome of a prediction holds the pair: it has the prediction's outcome in its
windows and counters. Another replica that gets the same outcome learns that it is known. A correction changes the
windows of the holder if it arrives there; elsewhere it is only kept.

A replica that crashes after a claim and before it has counted repeats its journal, and claims again. So rows say of
which replica and entry they are: at a start, those of entries after the snapshot are marked, and a claim of the
same value takes the marked row instead of writing another.
"""

from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from ....arrays import Floats
from .._base import Claims, Earlier
from .arrays import Numbers, signed
from .connection import Connection

ROUNDS_AT_MOST = 20
"""Attempts to write an outcome when other replicas write one of the same prediction at the same time."""
_CLAIM = """
    WITH claim AS (
        SELECT * FROM unnest(%(hash)s::bigint[], %(predicted)s::float8[], %(value)s::text[], %(time)s::float8[],
                             %(joined)s::float8[]) AS t (hash, predicted, value, time, joined)
    )
"""
_LATEST = """
    LEFT JOIN LATERAL (
        SELECT * FROM outcome o WHERE o.hash = c.hash AND o.predicted = c.predicted ORDER BY o.number DESC LIMIT 1
    ) l ON true
"""
NEW = f"""
    {_CLAIM}
    INSERT INTO outcome
    SELECT c.hash, c.predicted, coalesce(l.number, 0) + 1, c.value, c.time, c.joined,
           coalesce(l.holder, %(replica)s),
           CASE WHEN l.holder <> %(replica)s THEN l.held ELSE c.value END,
           CASE WHEN l.holder <> %(replica)s OR l.held = c.value THEN l.held_joined ELSE c.joined END,
           CASE WHEN l.holder <> %(replica)s THEN c.value ELSE l.held END,
           l.held_joined, %(replica)s, %(entry)s, %(claim)s, false, %(now)s
    FROM claim c {_LATEST}
    ORDER BY c.hash, c.predicted
    ON CONFLICT DO NOTHING
    RETURNING hash, predicted, before, before_joined
"""  # noqa: S608 - our own text
AGAIN = f"""
    {_CLAIM}, mine AS (
        SELECT x.hash, x.predicted, x.number FROM claim c, LATERAL (
            SELECT * FROM outcome o
            WHERE o.hash = c.hash AND o.predicted = c.predicted AND o.again AND o.replica = %(replica)s
            AND o.value = c.value ORDER BY o.number LIMIT 1
        ) x
    )
    UPDATE outcome o SET again = false, entry = %(entry)s, claim = %(claim)s FROM mine
    WHERE o.hash = mine.hash AND o.predicted = mine.predicted AND o.number = mine.number
    RETURNING o.hash, o.predicted, o.before, o.before_joined
"""  # noqa: S608 - our own text
MARK_ENTRIES = "UPDATE outcome SET again = true WHERE replica = %s AND entry > %s AND NOT again"
MARK_CLAIM = "UPDATE outcome SET again = true WHERE replica = %s AND entry = %s AND claim = %s"
ANY_AGAIN = "SELECT EXISTS (SELECT FROM outcome WHERE replica = %s AND again)"


class Claimant(NamedTuple):
    """Who claims, for which entry of its journal, when, and the number of this claim."""

    replica: int
    entry: int
    claim: int
    now: float


def claim(database: Connection, claims: Claims, who: Claimant, *, again: bool) -> Earlier:
    """Write outcomes, and return what this replica has to undo for each; `again` if it has marked rows.

    Raises
    ------
    psycopg.Error
        If the database fails; some outcomes may be written then.
    """
    found = _Found(claims)
    if again:
        found.put(database.execute(AGAIN, _parameters(claims, who, found.missing)).fetchall())
    # Each round is a transaction: rows that wait for another replica must not hold others that it waits for.
    for _ in range(ROUNDS_AT_MOST):
        if not len(found.missing):
            break
        found.put(database.execute(NEW, _parameters(claims, who, found.missing)).fetchall())
    else:
        raise psycopg.OperationalError(f"{len(found.missing)} outcomes are claimed by many replicas at once")
    return Earlier(found.values, found.joined)


class _Found:
    """What earlier outcomes are known, filled as rows come back."""

    def __init__(self, claims: Claims) -> None:
        pairs = zip(signed(claims.hashes).tolist(), claims.predicted.tolist(), strict=True)
        self._row_of = {pair: row for row, pair in enumerate(pairs)}
        self.values: list[bytes | None] = [None] * len(claims.hashes)
        self.joined: Floats = np.full(len(claims.hashes), np.nan)
        # Two rows of one prediction would be one: the database takes an outcome of each at a time.
        self._done = np.ones(len(claims.hashes), dtype=np.bool_)
        self._done[list(self._row_of.values())] = False

    @property
    def missing(self) -> NDArray[np.intp]:
        return np.flatnonzero(~self._done)

    def put(self, rows: list[tuple[Any, ...]]) -> None:
        for hashed, predicted, before, joined in rows:
            row = self._row_of[hashed, predicted]
            self._done[row] = True
            if before is not None:
                self.values[row], self.joined[row] = before.encode(), joined


def _parameters(claims: Claims, who: Claimant, rows: NDArray[np.intp]) -> dict[str, object]:
    return {
        "hash": Numbers(signed(claims.hashes[rows])),
        "predicted": Numbers(claims.predicted[rows]),
        "value": [claims.values[row].decode() for row in rows.tolist()],
        "time": Numbers(claims.times[rows]),
        "joined": Numbers(claims.joined[rows]),
        **who._asdict(),
    }
