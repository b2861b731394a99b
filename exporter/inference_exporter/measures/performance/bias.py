"""Bias."""

from ._base import RegressionMeasure, RegressionTotals, interval_of_mean, mean
from ._intervals import Interval


def bias(totals: RegressionTotals) -> float:
    """Return the mean of prediction - outcome: positive where predictions are too high."""
    return mean(totals.error, totals.n)


def interval(totals: RegressionTotals) -> Interval:
    """Return the interval of the mean."""
    return interval_of_mean(totals.n, totals.error, totals.squared_error)


MEASURE = RegressionMeasure(
    key="bias",
    title="Bias",
    help="Mean of prediction minus outcome.",
    compute=bias,
    interval=interval,
)
