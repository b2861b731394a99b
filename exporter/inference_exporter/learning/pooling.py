"""Partial pooling of variance ratios: what few stretches of one column show is completed by the model's other columns.

A column's variance between stretches, as a multiple of noise, is estimated from
few stretches. Estimates of many columns vary around a common mean on the log
scale, more than their own errors explain by the variance between columns. Each
is drawn towards the mean in proportion to its error (empirical Bayes: Morris
1983, JASA 78(381):47-55; for log variances: Smyth 2004, Stat. Appl. Genet. Mol.
Biol. 3(1):3), so no column is all rhythm or all noise by the luck of a test.
"""

import numpy as np

from ..arrays import Floats

UPPER_Z = 0.5  # too large a design effect costs power, too small a one costs false alarms: slightly conservative
LEAST_COLUMNS = 3  # below it the variance between columns is unknown


def pooled_upper(logs: Floats, variances: Floats, z: float = UPPER_Z) -> Floats:
    """Return the upper confidence limit of each ratio after pooling.

    Parameters
    ----------
    logs, variances : ndarray of float, shape (n_columns,)
        Log of each column's ratio, and the variance of its error; NaN if unknown.
    z : float
        Standard errors above the pooled estimate.

    Returns
    -------
    ndarray of float, shape (n_columns,)
        Ratios; NaN where unknown.

    References
    ----------
    The variance between columns by moments: DerSimonian and Laird (1986), Control. Clin. Trials 7(3):177-188.
    """
    known = np.isfinite(logs) & np.isfinite(variances) & (variances > 0)
    limits = np.full(len(logs), np.nan)
    y, v = logs[known], variances[known]
    if len(y) < LEAST_COLUMNS:
        limits[known] = np.exp(y + z * np.sqrt(v))
        return limits
    between = _between(y, v)
    weights = 1.0 / (v + between)
    mean = (weights * y).sum() / weights.sum()
    drawn = v / (v + between)
    estimate = drawn * mean + (1 - drawn) * y
    error = v * (1 - drawn) + np.square(drawn) / weights.sum()
    limits[known] = np.exp(estimate + z * np.sqrt(error))
    return limits


def _between(y: Floats, v: Floats) -> float:
    """Return the variance between columns beyond their errors."""
    weights = 1.0 / v
    total = weights.sum()
    spread = (weights * np.square(y - (weights * y).sum() / total)).sum()
    return float(max((spread - (len(y) - 1)) / (total - np.square(weights).sum() / total), 0.0))
