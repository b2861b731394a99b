"""Frozen features: one value for longer than chance, and than the reference's own pauses, allow."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...arrays import Floats
from ...reference.buckets import NumericBuckets
from ...reference.reference import ColumnReference

LEAST_CHANGES = 20  # of a reference: from fewer its pauses cannot be told
PATIENCE = 3.0  # times the longest pause of the reference


def greatest_share(column: ColumnReference) -> float:
    """Return the share of a reference's most frequent value among all that are there, NaN without values."""
    if isinstance(column.buckets, NumericBuckets):
        n = int(column.counts[:-2].sum())
        on_cuts = column.counts[1 : len(column.buckets.cuts)] * column.atoms
    else:
        n = int(column.counts[:-1].sum())
        on_cuts = column.counts[: len(column.buckets.categories)].astype(np.float64)
    if n == 0:
        return float("nan")
    # A density has no value twice: one of n is what can be said of it.
    return max(float(on_cuts.max(initial=0.0)), 1.0) / n


def can_freeze(column: ColumnReference, runs: Mapping[str, Any] | None) -> bool:
    """Tell whether a reference varies enough to say how long its pauses are."""
    return greatest_share(column) < 1 and (runs is None or int(runs["changes"]) >= LEAST_CHANGES)


def frozen(
    constant: Floats,
    n: Floats,
    seconds: Floats,
    shares: Floats,
    longest: tuple[Floats, Floats],
    significance: float,
) -> Floats:
    """Return 1 where a feature is frozen, 0 where it changed, NaN where it cannot be told; shape (n_features,).

    Parameters
    ----------
    constant : ndarray of float
        1 where the window holds one value, 0 where more, NaN of none.
    n, seconds : ndarray
        Values in the window, and how long the value has stood.
    shares : ndarray of float
        Share of the reference's most frequent value; NaN where the reference varies too little to tell.
    longest : pair of ndarray of float
        The reference's longest pause in rows and in seconds; NaN where it is not known.

    Notes
    -----
    Of independent values n are the same with a chance of at most share^(n - 1).
    Values that come in order are not independent (an hour has one weekday),
    so that the pause must also be a few times the longest that the reference had.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        by_chance = (n - 1) * np.log(shares) > np.log(significance)
        short = (n <= PATIENCE * longest[0]) | (seconds <= PATIENCE * longest[1])
    told = ~np.isnan(shares) & ~by_chance & ~short
    return np.where(constant == 0, 0.0, np.where((constant == 1) & told, 1.0, np.nan))
