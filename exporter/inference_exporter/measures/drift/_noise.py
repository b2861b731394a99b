"""Sampling noise: the expected distance between two samples of one distribution, from chi-squared distributions."""

import numpy as np

from ...arrays import Floats
from ..special_functions import gammainccinv, gammaln

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)


def mean_chi(freedom: Floats) -> Floats:
    """Return the mean of the square root of a chi-squared variable."""
    half = np.maximum(freedom, 0.0) / 2
    with np.errstate(invalid="ignore"):
        root = np.sqrt(2) * np.exp(gammaln(half + 0.5) - gammaln(half))
    return np.where(half > 0, root, np.where(np.isnan(freedom), np.nan, 0.0))


def mean_excess(freedom: Floats) -> Floats:
    """Return the mean of max(0, X - freedom) of a chi-squared variable X, integrating its density by parts."""
    half = np.maximum(freedom, 1.0) / 2
    return np.where(freedom > 0, 2 * half * np.exp(half * np.log(half) - half - gammaln(half + 1)), 0.0)


def mean_root_of_excess(freedom: Floats) -> Floats:
    """Return the mean of sqrt(max(0, X - freedom)) of a chi-squared variable X, by Gauss-Legendre quadrature."""
    half = np.maximum(freedom, 1.0)[..., np.newaxis] / 2
    # In u = sqrt(x - freedom) the integrand is smooth; 1e-16 of the probability lies beyond the end.
    end = np.sqrt(2 * gammainccinv(half, 1e-16) - 2 * half)
    u = end * (NODES + 1) / 2
    x = 2 * half + u * u
    density = np.exp((half - 1) * np.log(x / 2) - x / 2 - gammaln(half)) / 2
    mean = (2 * u * u * density * WEIGHTS).sum(axis=-1) * end[..., 0] / 2
    return np.where(freedom > 0, mean, 0.0)
