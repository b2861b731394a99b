"""Two-sample Kolmogorov-Smirnov statistic and its p-value."""

import numpy as np
from scipy.special import kolmogorov

from ...batch import Floats
from ._base import Comparison, DriftMeasure


def kolmogorov_smirnov(f: Floats, g: Floats) -> Floats:
    """Return the greatest gap between distribution functions known at the same cuts.

    Parameters
    ----------
    f, g : ndarray of float, shape (..., n_cuts)
        Shares of the finite values below each cut.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN where a side is empty or the column is categorical.

    Notes
    -----
    Never above the statistic of the raw values, and below it by at most the
    greatest share that either side has inside one cell: on a density about
    1/256 plus the window's noise. Where the reference has at most 256 values
    it is exact, since each has a cell that holds nothing else.

    References
    ----------
    Smirnov (1948), Ann. Math. Stat. 19(2):279-281.
    """
    if f.shape[-1] == 0:
        return np.full(f.shape[:-1], np.nan)
    return np.asarray(np.abs(f - g).max(axis=-1))


def kolmogorov_smirnov_pvalue(statistic: Floats, n_reference: Floats, n_window: Floats) -> Floats:
    """Return the chance of a gap at least this wide where nothing drifted, by the limiting law.

    Parameters
    ----------
    statistic, n_reference, n_window : ndarray of float, shape (...)
        The statistic and the finite values on both sides.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; too high (cautious) for columns of few values.

    References
    ----------
    Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4:83-91; Smirnov (1948).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = n_reference * n_window / (n_reference + n_window)
    return np.asarray(kolmogorov(np.sqrt(effective) * statistic))


def _statistic(comparison: Comparison) -> Floats:
    return kolmogorov_smirnov(comparison.cumulative.reference, comparison.cumulative.window)


KS_STATISTIC = DriftMeasure(
    key="ks_statistic",
    help="Kolmogorov-Smirnov statistic of the window against the reference; numeric columns.",
    compute=_statistic,
    numeric_only=True,
)


def _pvalue(comparison: Comparison) -> Floats:
    cumulative = comparison.cumulative
    return kolmogorov_smirnov_pvalue(_statistic(comparison), cumulative.n_reference, cumulative.n_window)


KS_PVALUE = DriftMeasure(
    key="ks_pvalue",
    help="P-value of the Kolmogorov-Smirnov test of the window against the reference; numeric columns.",
    compute=_pvalue,
    numeric_only=True,
)
