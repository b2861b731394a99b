"""The distribution of a weighted sum of chi-squared variables, far into its tail."""

from typing import NamedTuple

import numpy as np

from ...arrays import Floats
from ...measures.special_functions import log_ndtr

POINTS = 400


class Tail(NamedTuple):
    """A table of a distribution's tail: log P(Q > x) at ascending x."""

    at: Floats
    log_pvalue: Floats

    def pvalue(self, x: float) -> float:
        """Return P(Q > x)."""
        return float(np.exp(np.interp(x, self.at, self.log_pvalue)))


def tail_of(weights: Floats) -> Tail:
    """Return the tail of Q, the weighted sum of independent chi-squared variables with one degree of freedom.

    Parameters
    ----------
    weights : ndarray of float, shape (n_weights,)
        Not negative, and at least one above 0.

    Notes
    -----
    The saddlepoint approximation of Lugannani and Rice: its error is relative
    (a few percent), so that a p-value of 1e-9 is as good as one of 0.01.

    References
    ----------
    Kuonen (1999), Saddlepoint approximations for distributions of quadratic forms in normal variables,
    Biometrika 86(4):929-935.
    """
    weights = weights[weights > 1e-12 * weights.max()]
    scaled = weights / weights.max()
    # Saddlepoints from far left to just before the pole; at 0 the formula is 0 / 0.
    right = -np.expm1(-np.geomspace(1e-2, 40, POINTS)) / 2
    points = np.concatenate([-np.geomspace(1e3, 1e-2, POINTS // 2), right[right < 0.5 * (1 - 1e-9)]])
    factors = 1 - 2 * np.outer(points, scaled)
    cumulant = -0.5 * np.log(factors).sum(axis=1)
    x = (scaled / factors).sum(axis=1)
    curvature = 2 * np.square(scaled / factors).sum(axis=1)
    root = np.sign(points) * np.sqrt(np.maximum(2 * (points * x - cumulant), 0))
    log_pvalue = log_ndtr(-(root + np.log(points * np.sqrt(curvature) / root) / root))
    return Tail(x * weights.max(), np.asarray(np.minimum.accumulate(log_pvalue)))
