"""The most frequent categories missing from the reference; only if raw values may be kept."""

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
NAMES_SHOWN = 3
MIN_SAMPLES = 5  # samples; rarer names are not shown
LENGTH_AT_MOST = 100


@dataclass(frozen=True)
class NewCategoriesView:
    """The most frequent new categories, by the place of their column among all columns."""

    names: Mapping[int, tuple[str, ...]]


class NewCategories:
    """Counts names in two generations, each of half the longest window, so that old ones are forgotten."""

    def __init__(self, watched: WatchedModel) -> None:
        grid = watched.grid
        self._columns = {index: column for index, column in enumerate(grid.columns) if _can_be_new(column)}
        self._places = np.array(list(self._columns), dtype=np.intp)
        ends = [grid.starts[index] + column.buckets.n_cells for index, column in self._columns.items()]
        self._cells = np.array(ends, dtype=np.intp) - 3  # followed by invalid and missing
        self._span = max(window.seconds for window in watched.windows) / 2
        self._began = float("nan")
        self._now: dict[int, Counter[str]] = {}
        self._before: dict[int, Counter[str]] = {}

    def prepare(self, batch: Batch, located: Located) -> dict[int, Counter[str]]:
        """Return the count of each never-seen category."""
        met = located.cells[self._places] == self._cells[:, np.newaxis]
        return {
            index: _names(_values_of(column, batch), np.flatnonzero(met[row])[:VALUES_LOOKED_AT].tolist())
            for row, (index, column) in enumerate(self._columns.items())
            if met[row].any()
        }

    def add(self, prepared: dict[int, Counter[str]], times: Floats, now: float) -> None:
        """Count the names of a batch; a full generation becomes the previous one."""
        if not self._began <= now < self._began + self._span:  # also if the clock was set back
            # After a silence of two generations the old counts no longer apply.
            self._before = self._now if now < self._began + 2 * self._span else {}
            self._now, self._began = {}, now
        for index, names in prepared.items():
            whole = self._now.get(index, Counter()) + names
            self._now[index] = Counter(dict(whole.most_common(NAMES_KEPT)))

    def view(self, now: float) -> NewCategoriesView:
        """Return the most frequent names."""
        found = {}
        for index in self._columns:
            counts = self._now.get(index, Counter()) + self._before.get(index, Counter())
            names = tuple(name for name, n in counts.most_common(NAMES_SHOWN) if n >= MIN_SAMPLES)
            if names:
                found[index] = names
        return NewCategoriesView(found)


def _can_be_new(column: ColumnReference) -> bool:
    """Return whether the column counts never-seen categories separately, because new ones are not the rule."""
    return isinstance(column.buckets, CategoricalBuckets) and not column.buckets.open and column.group != "score"


def _values_of(column: ColumnReference, batch: Batch) -> Column:
    values = batch.column(column.group, column.name)
    assert values is not None  # otherwise they would be in the cell of missing values
    return values


def _names(values: Column, rows: list[int]) -> Counter[str]:
    return Counter(text[:LENGTH_AT_MOST] for row in rows if (text := category_text(values[row])) is not None)


def _build(watched: WatchedModel) -> NewCategories | None:
    may_be_kept = watched.config.outliers.values == "all"
    return NewCategories(watched) if may_be_kept and any(map(_can_be_new, watched.grid.columns)) else None


KIND = DetectorKind("newcomers", _build)
