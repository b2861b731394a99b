"""Bias."""

from ._base import RegressionMeasure, RegressionTotals, ratio


def bias(totals: RegressionTotals) -> float:
    """Return the mean of prediction - outcome: positive where predictions are too high."""
    return ratio(totals.error, totals.n)


MEASURE = RegressionMeasure(
    key="bias",
    help="Mean of prediction minus outcome.",
    compute=bias,
)
