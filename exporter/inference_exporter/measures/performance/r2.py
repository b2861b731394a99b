"""Coefficient of determination."""

import numpy as np

from ..exact_sums import as_float
from ._base import RegressionMeasure, RegressionTotals


def r2(totals: RegressionTotals) -> float:
    """Return 1 - residual / total sum of squares; negative if the mean outcome would predict better.

    NaN if all outcomes are equal.

    References
    ----------
    Wright (1921), Journal of Agricultural Research 20(7):557-585.
    """
    variation = totals.squared_outcome - totals.outcome**2 / totals.n if totals.n else 0
    return as_float(1 - totals.squared_error / variation) if variation else float(np.nan)


MEASURE = RegressionMeasure(
    key="r2",
    title="R²",
    help="Share of the outcomes' variance that the predictions explain.",
    compute=r2,
)
