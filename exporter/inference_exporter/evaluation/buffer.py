"""What was counted but is not in the file yet: rows by model, joined into blocks once there are enough."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column
from ..samples.batch import ModelKey
from ..samples.batch_rows import concatenated
from .blocks import OUTCOMES, PREDICTIONS, ROWS_A_BLOCK, NewBlock
from .hashing import Hashes, hashes_of

# A lookup does a binary search in each part; joining them sorts once.
SEARCHED_AT_MOST = 16
SEAL_VALUES = 400_000
"""Values that become a block even if they are few rows."""
ID, TIME, PREDICTION, SCORES = "id", "time", "prediction", "scores."
OUTCOME, JOINED, PREDICTED = "outcome", "joined", "predicted"
"""Of an outcome: its value, when both were known, and the time of its prediction. `time` is its own."""


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one model that came together: predictions, or the outcomes of some."""

    kind: int
    key: ModelKey
    seed: int
    ids: Sequence[str]
    columns: Mapping[str, Column]
    since: float
    """When it came, on the monotonic clock."""

    @property
    def values(self) -> int:
        """How many values it holds."""
        return len(self.ids) * (1 + len(self.columns))

    @cached_property
    def hashes(self) -> Hashes:
        """The hashes of the ids."""
        return hashes_of(self.ids, self.seed)

    @cached_property
    def token(self) -> int:
        """A number that no other part has: a database that stored it already can tell."""
        return secrets.randbits(63)

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The order of the hashes, in which later rows follow earlier ones of the same id."""
        return np.argsort(self.hashes, kind="stable")

    def last_of(self, wanted: Hashes) -> NDArray[np.intp]:
        """Return the last row of each hash, -1 if there is none."""
        stored = self.hashes[self.order]
        end = np.searchsorted(stored, wanted, "right") - 1
        # Where nothing is smaller, `end` is −1 and reads the last row, which the first condition hides.
        found = (end >= 0) & (stored[end] == wanted)
        return np.where(found, self.order[end], -1)


class Group:
    """The parts of one kind and model that will become a block."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._rows = self._values = 0

    def add(self, part: Part) -> None:
        """Add a part."""
        self.parts.append(part)
        self._rows += len(part.ids)
        self._values += part.values

    def few_parts(self) -> list[Part]:
        """Return its parts, joined if they are many: a lookup searches each."""
        if len(self.parts) > SEARCHED_AT_MOST:
            self.parts = [together(self.parts)]
        return self.parts

    @property
    def is_full(self) -> bool:
        """Whether it is time for a block."""
        return self._rows >= ROWS_A_BLOCK or self._values >= SEAL_VALUES


def together(parts: Sequence[Part]) -> Part:
    """Join parts of one kind and model; columns that a part lacks are missing in its rows."""
    first, *others = parts
    if not others:
        return first
    sizes = [len(part.ids) for part in parts]
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = {name: _column([part.columns.get(name) for part in parts], sizes) for name in names}
    ids = [name for part in parts for name in part.ids]
    return Part(first.kind, first.key, first.seed, ids, columns, first.since)


def _column(columns: Sequence[Column | None], sizes: Sequence[int]) -> Column:
    if all(column is None or isinstance(column, np.ndarray) for column in columns):
        pairs = zip(columns, sizes, strict=True)
        return np.concatenate(
            [np.full(size, np.nan) if column is None else np.asarray(column) for column, size in pairs]
        )
    return concatenated(columns, sizes)


def cut(part: Part) -> list[Part]:
    """Return a part in pieces that fit into blocks."""
    if len(part.ids) <= ROWS_A_BLOCK:
        return [part]
    pieces = []
    for start in range(0, len(part.ids), ROWS_A_BLOCK):
        rows = slice(start, start + ROWS_A_BLOCK)
        columns = {name: _slice(column, rows) for name, column in part.columns.items()}
        pieces.append(Part(part.kind, part.key, part.seed, part.ids[rows], columns, part.since))
    return pieces


def _slice(column: Column, rows: slice) -> Column:
    sliced: Column = column[rows]
    return sliced


def block_of(part: Part) -> NewBlock:
    """Return a part as a block."""
    times = np.asarray(part.columns[TIME])
    if part.kind == OUTCOMES:
        return NewBlock(OUTCOMES, part.key, times, [{ID: part.ids}, part.columns])
    joins = {name: column for name, column in part.columns.items() if is_for_joins(name)}
    others = [{name: column} for name, column in part.columns.items() if name not in joins]
    return NewBlock(PREDICTIONS, part.key, times, [{ID: part.ids}, joins, *others])


def is_for_joins(name: str) -> bool:
    """Return whether a join needs a column of predictions."""
    # In one group of their own: joins by far outnumber reads of whole predictions.
    return name in (TIME, PREDICTION) or name.startswith(SCORES)
