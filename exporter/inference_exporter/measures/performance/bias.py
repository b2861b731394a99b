"""Bias."""

from ._base import RegressionMeasure, RegressionTotals, mean


def bias(totals: RegressionTotals) -> float:
    """Return the mean of prediction - outcome: positive where predictions are too high."""
    return mean(totals.error, totals.n)


MEASURE = RegressionMeasure(
    key="bias",
    title="Bias",
    help="Mean of prediction minus outcome.",
    compute=bias,
)
