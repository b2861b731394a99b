"""Recording: recorded samples as streams of pieces in the order of event time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..samples.batch import OutcomeBatch
from ..samples.batch_rows import batch_rows
from .account import Account, Fault
from .roles import Piece

ROWS_A_PIECE = 32_768
VALUES_A_PIECE = 1 << 20  # some MB of columns: few enough that memory just used is used again


@dataclass(frozen=True)
class Period:
    """Which times are replayed: from (included) to (not included)."""

    start: float = -np.inf
    end: float = np.inf

    def holds(self, times: Floats) -> NDArray[np.bool_]:
        """Tell which times lie in it, shape (n,)."""
        return (times >= self.start) & (times < self.end)


@dataclass(frozen=True, eq=False)
class Recording:
    """What was read: a stream of pieces for each model, the span of their times, and outcomes recorded apart.

    Where a file is read while it is replayed, `account` is complete only when the streams are exhausted.
    """

    streams: Sequence[Iterator[Piece]]
    first: float
    last: float
    rows: int
    account: Account
    columns: int = 1
    outcomes: Sequence[OutcomeBatch] = ()


def ordered(times: Floats, lines: NDArray[np.intp], account: Account, period: Period, message: str) -> NDArray[np.intp]:
    """Return the rows to replay in the order of their times; what has no time is rejected, the rest left out."""
    if (times[1:] >= times[:-1]).all() and len(times) and period.holds(times[[0, -1]]).all():
        return np.arange(len(times))  # in order, and none unknown: no comparison with NaN holds
    unknown = np.isnan(times)
    account.reject(Fault(int(line), "no_time", message) for line in lines[unknown].tolist())
    rows = np.flatnonzero(~unknown)
    account.out_of_order += int(np.count_nonzero(np.diff(times[rows]) < 0))
    kept = rows[period.holds(times[rows])]
    account.left_out += len(rows) - len(kept)
    return kept[np.argsort(times[kept], kind="stable")]


def pieces(piece: Piece) -> Iterator[Piece]:
    """Yield a large piece in parts that fit the processor's caches."""
    outcomes = piece.outcomes
    for start in range(0, piece.batch.size, ROWS_A_PIECE):
        yield Piece(batch_rows(piece.batch, slice(start, start + ROWS_A_PIECE)), outcomes)
        outcomes = None
