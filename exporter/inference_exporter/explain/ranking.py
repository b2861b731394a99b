"""Ranking: which columns of a window matter most."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..arrays import Floats
from ..model.view import HistogramView
from ..reference.grid import Grid
from ..samples.batch import Group

TOP_FEATURES = 3


def indices_of(histograms: HistogramView, *groups: Group) -> tuple[int, ...]:
    """Return the indices of the columns of some groups."""
    return _indices_of(histograms.grid, groups)


@lru_cache(maxsize=256)
def _indices_of(grid: Grid, groups: tuple[Group, ...]) -> tuple[int, ...]:
    return tuple(index for index, column in enumerate(grid.columns) if column.group in groups)


def impacts_of(histograms: HistogramView) -> Floats:
    """Return the impact of each column's drift, shape (n_columns,): debiased PSI times importance."""
    return histograms.impacts


def ranked(histograms: HistogramView, indices: Sequence[int]) -> list[int]:
    """Return columns by descending impact, drifted ones first, unknown ones last."""
    places = np.array(indices, dtype=np.intp)
    impacts = -impacts_of(histograms)[places]  # NaN is sorted to the end
    order = np.lexsort((places, impacts, histograms.drifted[places] != 1))
    return [int(index) for index in places[order]]


def drifted_of(histograms: HistogramView, *groups: Group) -> list[int]:
    """Return the drifted columns of some groups, those that matter most first."""
    indices = np.array(indices_of(histograms, *groups), dtype=np.intp)
    return ranked(histograms, indices[histograms.drifted[indices] == 1].tolist())
