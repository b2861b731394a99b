"""Frozen features: one value for longer than chance, and than pauses of the reference, explain."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...arrays import Floats
from ...reference.buckets import NumericBuckets
from ...reference.reference import ColumnReference

LEAST_CHANGES = 20  # of a reference; with fewer its pauses are unknown
PATIENCE = 3.0  # multiples of the longest pause of the reference


def greatest_share(column: ColumnReference) -> float:
    """Return the share of a reference's most frequent value among its values, NaN without values."""
    if isinstance(column.buckets, NumericBuckets):
        n = int(column.counts[:-2].sum())
        on_cuts = column.counts[1 : len(column.buckets.cuts)] * column.atoms
    else:
        n = int(column.counts[:-1].sum())
        on_cuts = column.counts[: len(column.buckets.categories)].astype(np.float64)
    if n == 0:
        return float("nan")
    # A continuous column has no value twice: its share is at most one of n.
    return max(float(on_cuts.max(initial=0.0)), 1.0) / n


def can_freeze(column: ColumnReference, runs: Mapping[str, Any] | None) -> bool:
    """Return whether a reference varies enough to know how long its pauses are."""
    return greatest_share(column) < 1 and (runs is None or int(runs["changes"]) >= LEAST_CHANGES)


def frozen(
    constant: Floats,
    n: Floats,
    seconds: Floats,
    shares: Floats,
    longest: tuple[Floats, Floats],
    significance: float,
) -> Floats:
    """Return 1 if a feature is frozen, 0 if it changed, NaN if unknown; shape (n_features,).

    Parameters
    ----------
    constant : ndarray of float
        1 if the window has one distinct value, 0 if more, NaN without values.
    n, seconds : ndarray
        Values in the window, and how long the value has been the same.
    shares : ndarray of float
        Share of the reference's most frequent value; NaN if the reference varies too little to judge.
    longest : pair of ndarray of float
        The reference's longest pause in rows and in seconds; NaN if unknown.

    Notes
    -----
    n independent values are equal with a probability of at most share^(n - 1).
    Consecutive values are not independent (an hour has one weekday), so the
    pause must also be a few times the longest of the reference.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        by_chance = (n - 1) * np.log(shares) > np.log(significance)
        short = (n <= PATIENCE * longest[0]) | (seconds <= PATIENCE * longest[1])
    known = ~np.isnan(shares) & ~by_chance & ~short
    return np.where(constant == 0, 0.0, np.where((constant == 1) & known, 1.0, np.nan))
