"""Excess: whether a window has more outliers than the reference would lead us to expect.

References
----------
A Poisson variable whose mean is uncertain by a gamma distribution is negative
binomial: Greenwood and Yule (1920), J. R. Stat. Soc. 83(2):255-279. Clustered
counts are divided by their dispersion, as in quasi-likelihood: McCullagh and
Nelder (1989), Generalized Linear Models, section 4.5.
"""

import math

import numpy as np

from ...arrays import Counts, Floats
from ...measures.special_functions import betainc

FACTOR = 5.0  # multiple of the expected share from which an excess of outliers matters


def precision(exceedances: float, tail: float, share: float) -> float:
    """Return how many outliers' worth of evidence supports the expected share.

    A share far beyond the `exceedances` that the tail was fitted to is
    extrapolated: the variance of its logarithm is that of the fitted scale times
    the squared distance beyond, in units of that scale.
    """
    far = math.log(tail / share) if share < tail else 0.0
    return max(exceedances, 0.5) / (1 + far * far)


def dispersion(samples: Counts, outliers: Counts) -> float:
    """Return how much more the shares of time slots vary than those of independent samples; at least 1."""
    used = samples > 0
    n, found = samples[used].astype(np.float64), outliers[used].astype(np.float64)
    if len(n) < 2 or not 0 < found.sum() < n.sum():
        return 1.0
    share = found.sum() / n.sum()
    chi_squared = (np.square(found - n * share) / (n * share * (1 - share))).sum()
    return max(float(chi_squared) / (len(n) - 1), 1.0)


def excess_p_value(
    samples: Floats, outliers: Floats, expected_ratio: float, known: float, scatter: Floats | float = 1.0
) -> Floats:
    """Return the probability of at least this many outliers in a window by chance.

    Parameters
    ----------
    samples, outliers : ndarray of float, shape (...)
    expected_ratio : float
        Estimated share of outliers in the reference's population.
    known : float
        How many outliers' worth of evidence supports it (`precision`).
    scatter : ndarray of float, shape (...)
        How strongly outliers cluster (`dispersion`).

    Returns
    -------
    ndarray of float, shape (...)
        NaN without samples, 1 without outliers.
    """
    mean = np.asarray(samples, dtype=np.float64) / scatter * expected_ratio
    found = np.asarray(outliers, dtype=np.float64) / scatter
    with np.errstate(invalid="ignore"):
        tail = betainc(np.maximum(found, 1e-9), known, mean / (mean + known))
    return np.where(np.asarray(samples) > 0, np.where(found > 0, tail, 1.0), np.nan)


def unusual(ratio: Floats, expected_ratio: float, p_value: Floats, significance: float) -> Floats:
    """Return 1 if outliers are far more frequent than expected and chance does not explain it; otherwise 0 or NaN."""
    verdict = (ratio >= FACTOR * expected_ratio) & (p_value <= significance)
    return np.where(np.isnan(p_value) | np.isnan(ratio), np.nan, verdict.astype(np.float64))
