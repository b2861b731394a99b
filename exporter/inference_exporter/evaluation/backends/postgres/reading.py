"""Reading: blocks, places and outcomes as they were at one moment."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...blocks import OUTCOMES, PREDICTIONS, ROW_BITS, JoinRows, Places
from ...buffer import JOINED, OUTCOME, PREDICTED, TIME
from ...hashing import Hashes
from ...outcome_texts import read
from ...prediction import Row, row_of
from . import blocks
from .arrays import Numbers, pairs_in, signed
from .connection import Connection

FIND = """
    SELECT string_agg(int8send(hash) || int8send(place), NULL) FROM place WHERE hash = ANY(%s)
"""
HISTORY = "SELECT predicted, value, time, joined FROM outcome WHERE hash = %s ORDER BY predicted, number"


class DatabaseReading(NamedTuple):
    """The database at one moment."""

    database: Connection

    def places(self, hashes: Hashes) -> tuple[NDArray[np.intp], Places]:
        """Return all places of some hashes, as two columns: the row of a hash, and a place."""
        wanted = signed(hashes)
        order = np.argsort(wanted, kind="stable")
        pairs = np.zeros((0, 2), dtype=np.int64)
        if len(wanted):
            with self.database.cursor(binary=True) as cursor:
                (content,) = cursor.execute(FIND, (Numbers(np.unique(wanted)),)).fetchone() or (None,)
            pairs = pairs_in(content)
        return _each_row(wanted[order], order, pairs)

    def join_rows(self, places: Places) -> Iterator[JoinRows]:
        """Yield what joins need of the rows at some places, block by block."""
        return blocks.join_rows(self.database, places)

    def rows(self, hashed: Hashes) -> list[tuple[int, Row]]:
        """Return the kind and content of all rows with one hash, in the order in which they were written."""
        _, places = self.places(hashed)
        rows: list[tuple[int, Row]] = []
        for place in np.sort(places).tolist():
            columns = blocks.columns_of(self.database, place >> ROW_BITS)
            if columns:
                rows.append((PREDICTIONS, row_of(columns, place & ((1 << ROW_BITS) - 1))))
        for (number,) in signed(hashed)[:, None].tolist():
            rows += self._outcomes(number)
        return rows

    def _outcomes(self, number: int) -> Iterator[tuple[int, Row]]:
        last: object = None
        for predicted, value, time, joined in self.database.execute(HISTORY, (number,)):
            if (predicted, value) != last:  # a repetition
                yield OUTCOMES, {PREDICTED: predicted, OUTCOME: read(value), TIME: time, JOINED: joined}
            last = (predicted, value)


def _each_row(
    wanted: NDArray[np.int64], order: NDArray[np.intp], pairs: NDArray[np.int64]
) -> tuple[NDArray[np.intp], Places]:
    """Return the rows and places of sorted hashes that may repeat, given pairs of hash and place."""
    start = np.searchsorted(wanted, pairs[:, 0], "left")
    number = np.searchsorted(wanted, pairs[:, 0], "right") - start
    within = np.arange(int(number.sum())) - np.repeat(np.cumsum(number) - number, number)
    return order[np.repeat(start, number) + within], np.repeat(pairs[:, 1], number)
