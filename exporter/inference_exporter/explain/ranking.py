"""Ranking: which columns of a window matter most."""

import math
from collections.abc import Sequence

from ..batch import Floats
from ..reference import Group
from ..view import HistogramView

TOP_FEATURES = 3


def indices_of(histograms: HistogramView, *groups: Group) -> list[int]:
    """Return the places of the columns of some groups."""
    return [index for index, column in enumerate(histograms.grid.columns) if column.group in groups]


def impacts_of(histograms: HistogramView) -> Floats:
    """Return how much the drift of each column matters, shape (n_columns,): its debiased PSI."""
    return histograms.drift["psi_debiased"]


def ranked(histograms: HistogramView, indices: Sequence[int]) -> list[int]:
    """Return columns with the drifted first, each part by descending impact; the unknown last."""
    verdicts, impacts = histograms.drifted, impacts_of(histograms)

    def rank(index: int) -> tuple[bool, bool, float, int]:
        impact = float(impacts[index])
        return verdicts[index] != 1, math.isnan(impact), -impact, index

    return sorted(indices, key=rank)


def drifted_of(histograms: HistogramView, *groups: Group) -> list[int]:
    """Return the drifted columns of some groups, those that matter most first."""
    verdicts = histograms.drifted
    return ranked(histograms, [index for index in indices_of(histograms, *groups) if verdicts[index] == 1])
