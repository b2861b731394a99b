"""Coefficient of determination, adjusted for the number of features."""

import math

from ._base import RegressionMeasure, RegressionTotals
from ._explained import interval_of_r2, r2_of
from ._intervals import UNKNOWN, Interval


def adjusted_r2(totals: RegressionTotals) -> float:
    """Return R² with variances in place of sums: useless features lower it.

    NaN where R² is, if the features are unknown, and unless there are at least two outcomes more than features.

    References
    ----------
    Theil (1961), Economic Forecasts and Policy, 2nd edition, section 6.4.
    """
    return _adjusted(r2_of(totals), totals)


def interval(totals: RegressionTotals) -> Interval:
    """Return the adjusted limits of R², of which it is a function."""
    limits = interval_of_r2(totals)
    return Interval(*(_adjusted(limit, totals) for limit in limits)) if _spare(totals) else UNKNOWN


def _adjusted(value: float, totals: RegressionTotals) -> float:
    spare = _spare(totals)
    return 1 - (1 - value) * (totals.n - 1) / spare if spare else math.nan


def _spare(totals: RegressionTotals) -> int:
    """Return the degrees of freedom that the features leave, 0 if unknown."""
    return max(totals.n - totals.n_features - 1, 0) if totals.n_features else 0


MEASURE = RegressionMeasure(
    key="adjusted_r2",
    title="Adjusted R²",
    help="R² adjusted for the number of features.",
    compute=adjusted_r2,
    interval=interval,
)
