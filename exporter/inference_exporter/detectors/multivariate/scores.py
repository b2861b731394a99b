"""Robust scores: each number counts by its rank in the reference only, so that no outlier dominates."""

import numpy as np

from ...arrays import Floats, Rows
from ...reference.buckets import NumericBuckets
from ...reference.grid import Grid, Located
from ...reference.normal_scores import scores_of_middle_ranks, standardised
from .measures._base import Scores

# Standard deviations: a rank of 1 in 740; beyond, one row would count as much as many.
FARTHEST = 3.0


def scores_of_column(counts: Floats) -> Floats:
    """Return the normal score of each range of a numeric column: that of its middle rank in the reference.

    They have mean 0 and variance 1 over the reference, and are all 0 if it has only one distinct value.
    """
    total = counts.sum()
    if total == 0:
        return np.zeros(len(counts))
    # Values beyond the reference score slightly more than its extremes.
    normal = np.clip(scores_of_middle_ranks(counts, 0.25), -FARTHEST, FARTHEST)
    return standardised(normal, counts) if np.count_nonzero(counts) > 1 else np.zeros(len(counts))


class Scoring:
    """Scores of some numeric columns of a grid, by its cells."""

    def __init__(self, grid: Grid, names: tuple[str, ...]) -> None:
        place = {column.name: index for index, column in enumerate(grid.columns) if column.group == "feature"}
        self._columns = np.array([place[name] for name in names], dtype=np.intp)
        self._scores = np.zeros(grid.n_cells, dtype=np.float32)
        for index in self._columns.tolist():
            buckets = grid.columns[index].buckets
            assert isinstance(buckets, NumericBuckets)
            start, ranges = grid.starts[index], buckets.n_ranges
            counts = grid.columns[index].counts[:ranges].astype(np.float64)
            self._scores[start : start + ranges] = scores_of_column(counts)

    def of(self, located: Located, rows: Rows) -> Scores:
        """Return the scores of some rows, shape (n, n_features)."""
        # `np.ix_` picks rows and columns in one copy; for a slice two steps copy less.
        cells = (
            located.cells[self._columns][:, rows]
            if isinstance(rows, slice)
            else located.cells[np.ix_(self._columns, rows)]
        )
        return np.ascontiguousarray(self._scores.take(cells, mode="clip").T)
