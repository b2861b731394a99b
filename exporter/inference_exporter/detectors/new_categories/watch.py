"""Newcomers: which categories that the reference never saw come most often; only where raw values may be kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...arrays import Column, Floats
from ...reference.buckets import CategoricalBuckets
from ...reference.grid import Located
from ...reference.reference import ColumnReference
from ...samples.batch import Batch
from ...values.categories import category_text
from .._base import DetectorKind, WatchedModel

VALUES_LOOKED_AT = 256  # never-seen values of a batch and column
NAMES_KEPT = 32  # of a column
NAMES_TOLD = 3
MET_AT_LEAST = 5  # a name that few samples have is not told
LENGTH_AT_MOST = 100


@dataclass(frozen=True)
class NewcomersView:
    """The most frequent new categories, by the place of their column among all columns."""

    names: Mapping[int, tuple[str, ...]]


class Newcomers:
    """Counts names in two generations, each of half the longest window, so that what came long ago is forgotten."""

    def __init__(self, watched: WatchedModel) -> None:
        grid = watched.grid
        self._columns = {index: column for index, column in enumerate(grid.columns) if _can_be_new(column)}
        self._places = np.array(list(self._columns), dtype=np.intp)
        ends = [grid.starts[index] + column.buckets.n_cells for index, column in self._columns.items()]
        self._cells = np.array(ends, dtype=np.intp) - 3  # followed by what is no category, and missing
        self._span = max(window.seconds for window in watched.windows) / 2
        self._began = float("nan")
        self._now: dict[int, Counter[str]] = {}
        self._before: dict[int, Counter[str]] = {}

    def prepare(self, batch: Batch, located: Located) -> dict[int, Counter[str]]:
        """Return how often each never-seen category came."""
        met = located.cells[self._places] == self._cells[:, np.newaxis]
        return {
            index: _names(_values_of(column, batch), np.flatnonzero(met[row])[:VALUES_LOOKED_AT].tolist())
            for row, (index, column) in enumerate(self._columns.items())
            if met[row].any()
        }

    def add(self, prepared: dict[int, Counter[str]], times: Floats, now: float) -> None:
        """Count the names of a batch; a generation that is full is the one before."""
        if not self._began <= now < self._began + self._span:  # also where the clock was set back
            # After a silence of two generations nothing of the old ones counts.
            self._before = self._now if now < self._began + 2 * self._span else {}
            self._now, self._began = {}, now
        for index, names in prepared.items():
            whole = self._now.get(index, Counter()) + names
            self._now[index] = Counter(dict(whole.most_common(NAMES_KEPT)))

    def view(self, now: float) -> NewcomersView:
        """Return the names that came most often."""
        found = {}
        for index in self._columns:
            counts = self._now.get(index, Counter()) + self._before.get(index, Counter())
            told = tuple(name for name, n in counts.most_common(NAMES_TOLD) if n >= MET_AT_LEAST)
            if told:
                found[index] = told
        return NewcomersView(found)


def _can_be_new(column: ColumnReference) -> bool:
    """Tell whether a never-seen category is told from others: not where new ones keep coming."""
    return isinstance(column.buckets, CategoricalBuckets) and not column.buckets.open and column.group != "score"


def _values_of(column: ColumnReference, batch: Batch) -> Column:
    values = batch.features.get(column.name) if column.group == "feature" else batch.prediction
    assert values is not None  # else they were missing, and never in this cell
    return values


def _names(values: Column, rows: list[int]) -> Counter[str]:
    return Counter(text[:LENGTH_AT_MOST] for row in rows if (text := category_text(values[row])) is not None)


def _build(watched: WatchedModel) -> Newcomers | None:
    may_be_kept = watched.config.outliers.values == "all"
    return Newcomers(watched) if may_be_kept and any(map(_can_be_new, watched.grid.columns)) else None


KIND = DetectorKind("newcomers", _build)
