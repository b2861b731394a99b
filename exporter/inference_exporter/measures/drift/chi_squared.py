"""P-value of the chi-squared test of homogeneity."""

import numpy as np
from scipy.special import chdtrc

from ...arrays import Floats
from ._base import Comparison, DriftMeasure


def chi_squared(reference: Floats, window: Floats) -> tuple[Floats, Floats]:
    """Return the statistic of the test of homogeneity and its degrees of freedom.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        Raw counts over the same buckets. Buckets that are empty on both sides do not count.
    """
    n_reference, n_window = reference.sum(axis=-1), window.sum(axis=-1)
    both = reference + window
    with np.errstate(divide="ignore", invalid="ignore"):
        # For two rows of a table the statistic is sum of (a*N_b - b*N_a)^2 / ((a+b) N_a N_b).
        terms = np.square(window * n_reference[..., np.newaxis] - reference * n_window[..., np.newaxis]) / both
        statistic = np.where(both > 0, terms, 0.0).sum(axis=-1) / (n_reference * n_window)
    return statistic, np.asarray(np.count_nonzero(both, axis=-1) - 1, dtype=np.float64)


def chi_squared_pvalue(reference: Floats, window: Floats) -> Floats:
    """Return the chance of counts at least this different where nothing drifted.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        As of `chi_squared`.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN where a side is empty, 1 where all lies in one bucket.

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
    help="P-value of the chi-squared test of the window's bucket counts against the reference's.",
    compute=_compute,
    range="0 to 1",
    neutral=1.0,
)
