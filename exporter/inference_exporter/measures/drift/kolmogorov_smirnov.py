"""Two-sample Kolmogorov-Smirnov statistic and its p-value."""

import math

import numpy as np

from ...arrays import Floats
from ..special_functions import kolmogorov, ndtri
from ._base import Comparison, DriftMeasure


def kolmogorov_smirnov(sizes: Floats) -> Floats:
    """Return the greatest gap between distribution functions known at the same cuts.

    Parameters
    ----------
    sizes : ndarray of float, shape (..., n_cuts)
        Gap between the shares below each cut.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty or the column is categorical.

    Notes
    -----
    Never above the statistic of the raw values, and below it by at most the
    largest share that either side has inside one cell: with a density, about
    1/256 plus the window's noise. If the reference has at most 256 distinct
    values the statistic is exact, because each value has its own cell.

    References
    ----------
    Smirnov (1948), Ann. Math. Stat. 19(2):279-281.
    """
    return np.asarray(sizes.max(axis=-1, initial=0.0 if sizes.shape[-1] else np.nan))


def kolmogorov_smirnov_pvalue(statistic: Floats, n_reference: Floats, n_window: Floats) -> Floats:
    """Return the probability of a gap at least this wide if nothing drifted, by the limiting distribution.

    Parameters
    ----------
    statistic, n_reference, n_window : ndarray of float, shape (...)
        The statistic and the finite values on both sides.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; conservative for columns with few distinct values.

    References
    ----------
    Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4:83-91; Smirnov (1948).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # Smirnov's two samples are as one of this size against a known distribution.
        effective = n_reference * n_window / (n_reference + n_window)
    return np.asarray(kolmogorov(np.sqrt(effective) * statistic))


def _statistic(comparison: Comparison) -> Floats:
    return comparison.cumulative.of_all(comparison.cumulative.gap)


def _floor(comparison: Comparison) -> Floats:
    """Mean of Kolmogorov's distribution; an upper bound for columns with few distinct values."""
    # Of Kolmogorov's limiting distribution: 0.8687.
    mean = math.sqrt(math.pi / 2) * math.log(2)
    return comparison.cumulative.of_all(mean * np.sqrt(comparison.cumulative.noise))


KS_STATISTIC = DriftMeasure(
    key="ks_statistic",
    title="KS statistic",
    help="Kolmogorov-Smirnov statistic of the window against the reference; numeric columns.",
    formula="greatest gap between the distribution functions, on fine cells",
    source="Smirnov 1948",
    compute=_statistic,
    columns="numeric",
    range="0 to 1",
    floor=_floor,
    # Two normals of one variance, d apart, are furthest apart half way: by 2 Φ(d/2) − 1.
    shift_of=lambda statistic: 2 * ndtri((1 + statistic) / 2),
)


def _pvalue(comparison: Comparison) -> Floats:
    cumulative = comparison.cumulative
    pvalue = kolmogorov_smirnov_pvalue(cumulative.gap, cumulative.n_reference, cumulative.n_window)
    return cumulative.of_all(pvalue)


KS_PVALUE = DriftMeasure(
    key="ks_pvalue",
    title="KS p-value",
    help="P-value of the Kolmogorov-Smirnov test of the window against the reference; numeric columns.",
    formula="tail probability of the greatest gap, by the limiting distribution",
    source="Kolmogorov 1933",
    compute=_pvalue,
    columns="numeric",
    range="0 to 1",
    neutral=1.0,
)
