"""Scorer: how unusual each sample of a batch is, by look-ups in tables over the grid's cells."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats
from ...reference.cell_tables import picked_of, sum_and_greatest
from ...reference.grid import Grid, Located
from .dependence import Scores, distances, normal_scores
from .surprise import beyond, surprises

BLOCK = 1 << 15  # values looked up at once, to stay in the caches
PRODUCTS = 1 << 18  # of one matrix product, to keep it on one thread


class SampleScores(NamedTuple):
    """Scores of samples, each of shape (n,); a greater score is more unusual."""

    surprise: Floats
    """The sum of the surprises of all features."""
    greatest: Floats
    """The surprise of the most surprising feature."""
    dependence: Floats | None
    """Squared Mahalanobis distance of the normal scores; None with fewer than two numeric features."""


class FeatureTails(NamedTuple):
    """The values beyond the reference's range: column, row and distance, each of shape (n_beyond,)."""

    columns: NDArray[np.intp]
    rows: NDArray[np.intp]
    distances: Floats


class Scorer:
    """Scores samples over the cells of a reference.

    Parameters
    ----------
    grid : Grid
    numeric : sequence of int
        Columns of the grid whose dependence is measured.
    whiten : ndarray of float, shape (n_numeric, n_numeric) or None
        The result of `dependence.whitening` for them.
    """

    def __init__(self, grid: Grid, numeric: Sequence[int], whiten: Floats | None) -> None:
        self.grid = grid
        self.features = np.array([i for i, column in enumerate(grid.columns) if column.group == "feature"], np.intp)
        self.numeric = np.array(numeric, dtype=np.intp)
        self.whiten = whiten
        self._whiten = None if whiten is None else whiten.astype(np.float32)
        self.surprises = np.concatenate([surprises(column)[0] for column in grid.columns])
        self._surprises = self.surprises.astype(np.float32)
        self.normal_scores = normal_score_table(grid)

    def scores(self, located: Located) -> SampleScores:
        """Return the scores of a batch."""
        n = located.cells.shape[1]
        surprise, greatest = sum_and_greatest(self._surprises, located.cells, self.features)
        dependence = None if self._whiten is None else np.empty(n)
        if self._whiten is not None and dependence is not None:
            step = min(max(1, PRODUCTS // self._whiten.size), max(1, BLOCK // len(self.numeric)))
            for first in range(0, n, step):
                rows = slice(first, first + step)
                dependence[rows] = distances(self._whiten, self.normal_scores_of(located, rows))
        self._add_tails(located, surprise, greatest)
        return SampleScores(surprise, greatest, dependence)

    def normal_scores_of(self, located: Located, rows: slice) -> Scores:
        """Return the normal scores of some rows, shape (n_numeric, n_rows)."""
        return picked_of(self.normal_scores, located.cells[:, rows], self.numeric)

    def _add_tails(self, located: Located, surprise: Floats, greatest: Floats) -> None:
        columns, rows, far = tails_of(self.grid, located)
        if len(rows):
            more = beyond(far)
            np.add.at(surprise, rows, more)
            np.maximum.at(greatest, rows, self.surprises[located.cells[columns, rows]] + more)

    def surprises_of(self, located: Located, row: int) -> Floats:
        """Return the surprise of each feature of one sample, shape (n_features,)."""
        found = np.zeros(len(self.grid.columns))
        found[self.features] = self.surprises[located.cells[self.features, row]]
        columns, rows, far = tails_of(self.grid, located)
        found[columns[rows == row]] += beyond(far[rows == row])
        return np.asarray(found[self.features])


def tails_of(grid: Grid, located: Located) -> FeatureTails:
    """Return the features' values beyond the range of the reference."""
    sums, rows, far = located.tails
    columns = np.array(grid.numeric, dtype=np.intp)[sums % max(len(grid.numeric), 1)]
    is_feature = np.array([column.group == "feature" for column in grid.columns])[columns]
    return FeatureTails(columns[is_feature], rows[is_feature], far[is_feature])


def normal_score_table(grid: Grid) -> Scores:
    """Return the normal score of each cell of the grid, 0 for columns without scores."""
    parts = []
    for column in grid.columns:
        scores = normal_scores(column) if column.numeric else None
        parts.append(np.zeros(column.buckets.n_cells) if scores is None else scores)
    return np.concatenate(parts).astype(np.float32)
