"""P-value of the chi-squared test of homogeneity."""

import numpy as np

from ...arrays import Floats
from ..special_functions import chdtrc
from ._base import Comparison, DriftMeasure
from ._contingency import chi_squared


def chi_squared_pvalue(reference: Floats, window: Floats) -> Floats:
    """Return the probability of counts that differ at least this much if nothing drifted.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        See `chi_squared`.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty, 1 if one bucket holds everything.

    References
    ----------
    Pearson (1900), Phil. Mag. 50(302):157-175.
    """
    statistic, freedom = chi_squared(reference, window)
    pvalue = np.where(freedom > 0, chdtrc(np.maximum(freedom, 1), statistic), 1.0)
    return np.where(np.isnan(statistic), np.nan, pvalue)


def _compute(comparison: Comparison) -> Floats:
    return chi_squared_pvalue(comparison.reference, comparison.window)


MEASURE = DriftMeasure(
    key="chi2_pvalue",
    title="Chi-squared p-value",
    help="P-value of the chi-squared test of the window's bucket counts against the reference's.",
    formula="tail probability of the chi-squared statistic of the buckets",
    source="Pearson 1900",
    compute=_compute,
    range="0 to 1",
    neutral=1.0,
)
