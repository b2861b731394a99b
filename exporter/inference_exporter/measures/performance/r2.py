"""Coefficient of determination."""

from ._base import RegressionMeasure, RegressionTotals
from ._explained import interval_of_r2, r2_of


def r2(totals: RegressionTotals) -> float:
    """Return 1 - residual / total sum of squares; negative if the mean outcome would predict better.

    NaN if all outcomes are equal.

    References
    ----------
    Wright (1921), Journal of Agricultural Research 20(7):557-585.
    """
    return r2_of(totals)


MEASURE = RegressionMeasure(
    key="r2",
    title="R²",
    help="Share of the outcomes' variance that the predictions explain.",
    compute=r2,
    interval=interval_of_r2,
)
