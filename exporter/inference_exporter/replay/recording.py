"""Recording: recorded samples as streams of pieces, sorted by event time."""

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
VALUES_A_PIECE = 1 << 20  # a few MB of columns, so that memory is reused while it is cached


@dataclass(frozen=True)
class Period:
    """The times to replay: from (included) to (excluded)."""

    start: float = -np.inf
    end: float = np.inf

    def holds(self, times: Floats) -> NDArray[np.bool_]:
        """Return which times are in it, shape (n,)."""
        return (times >= self.start) & (times < self.end)


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording: a stream of pieces for each model, their time span, and separately recorded outcomes.

    If a file is read while it is replayed, `account` is complete only once the streams are exhausted.
    """

    streams: Sequence[Iterator[Piece]]
    first: float
    last: float
    rows: int
    account: Account
    columns: int = 1
    outcomes: Sequence[OutcomeBatch] = ()


def ordered(times: Floats, lines: NDArray[np.intp], account: Account, period: Period, message: str) -> NDArray[np.intp]:
    """Return the rows to replay, sorted by time; rows without a time are rejected, the others left out."""
    if (times[1:] >= times[:-1]).all() and len(times) and period.holds(times[[0, -1]]).all():
        return np.arange(len(times))  # sorted, and without NaN, which fails every comparison
    unknown = np.isnan(times)
    account.reject(Fault(int(line), "no_time", message) for line in lines[unknown].tolist())
    rows = np.flatnonzero(~unknown)
    account.out_of_order += int(np.count_nonzero(np.diff(times[rows]) < 0))
    kept = rows[period.holds(times[rows])]
    account.left_out += len(rows) - len(kept)
    return kept[np.argsort(times[kept], kind="stable")]


def pieces(piece: Piece) -> Iterator[Piece]:
    """Yield a large piece in parts that fit into the processor's caches."""
    outcomes = piece.outcomes
    for start in range(0, piece.batch.size, ROWS_A_PIECE):
        yield Piece(batch_rows(piece.batch, slice(start, start + ROWS_A_PIECE)), outcomes)
        outcomes = None
