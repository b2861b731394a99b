"""Distributions of features, each an increasing function of a standard normal value.

The share of any cell is therefore exact, a window of a million values is one draw of counts, and drift of the normal
value is drift of the feature.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from inference_exporter.arrays import Floats
from scipy.special import ndtr, ndtri
from scipy.stats import poisson

PARETO = 1.5  # exponent: the mean is finite, the variance is not
RARE = 0.01
POISSON = poisson.cdf(np.arange(40), 1.0)


@dataclass(frozen=True)
class Distribution:
    """A feature is `value(z)` of a normal z; it is below x if z is below `normal_below(x)`."""

    name: str
    value: Callable[[Floats], Floats]
    normal_below: Callable[[Floats], Floats]
    discrete: bool = False
    """Whether it has few distinct values, each with its own cell."""
    correlation: float = 1.0
    """Correlation of its score with the normal value."""

    def shares(self, cuts: Floats, mean: float = 0.0, stddev: float = 1.0) -> Floats:
        """Return the share of each range between cuts, including those beyond the ends, shape (n_cuts + 1,)."""
        below = ndtr((self.normal_below(cuts) - mean) / stddev)
        return np.diff(np.concatenate([[0.0], below, [1.0]]))


def _log(values: Floats) -> Floats:
    return np.log(np.maximum(values, 1e-300))


def _pareto_below(values: Floats) -> Floats:
    return np.asarray(-ndtri(np.maximum(values, 1.0) ** -PARETO))


def _poisson_below(values: Floats) -> Floats:
    return np.asarray(ndtri(poisson.cdf(np.ceil(values) - 1, 1.0)))


def _binary_below(values: Floats) -> Floats:
    return np.where(values <= 0, -np.inf, np.where(values <= 1, -ndtri(RARE), np.inf))


NORMAL = Distribution("normal", lambda z: z, lambda x: x)
LOGNORMAL = Distribution("lognormal", np.exp, _log)
PARETO_DISTRIBUTION = Distribution("Pareto 1.5", lambda z: np.asarray(ndtr(-z) ** (-1 / PARETO)), _pareto_below)
COUNTS = Distribution(
    "Poisson 1", lambda z: np.searchsorted(POISSON, ndtr(z)).astype(np.float64), _poisson_below, True, 0.9
)
RARE_FLAG = Distribution("0 or 1, 1 % ones", lambda z: (z > -ndtri(RARE)).astype(np.float64), _binary_below, True, 0.27)
DISTRIBUTIONS = (NORMAL, LOGNORMAL, PARETO_DISTRIBUTION, COUNTS, RARE_FLAG)


def zipf(categories: int, exponent: float = 1.4) -> Floats:
    """Return category shares that follow Zipf's law."""
    weights = np.arange(1, categories + 1) ** -exponent
    return np.asarray(weights / weights.sum())
