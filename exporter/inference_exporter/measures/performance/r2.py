"""Coefficient of determination."""

from ._base import RegressionMeasure, RegressionTotals, ratio

ROUNDING = 1e-12  # of the sum of squares: less variation than this is what rounding leaves of a constant


def r2(totals: RegressionTotals) -> float:
    """Return 1 - residual / total sum of squares; negative where the mean outcome would predict better.

    References
    ----------
    Wright (1921), Journal of Agricultural Research 20(7):557-585.
    """
    variation = totals.squared_outcome - totals.outcome**2 / totals.n if totals.n else 0.0
    return 1.0 - ratio(totals.squared_error, variation if variation > ROUNDING * totals.squared_outcome else 0.0)


MEASURE = RegressionMeasure(
    key="r2",
    help="Share of the outcomes' variance that the predictions explain.",
    compute=r2,
)
