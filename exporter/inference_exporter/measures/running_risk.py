"""A sequential test of whether a model's mean loss rose above a limit, valid however often it is looked at.

Each loss x in [0, 1] multiplies the stake of a bet by 1 + b (x - limit). While the mean loss, given the past, is at
most the limit, no bet gains on average (betting martingale). The evidence sums the stakes of bets that began at each
moment of the past, so a change is found without knowing when it began.
"""

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

ODDS_RATIOS = np.array([1.1, 1.25, 1.5, 2.0, 3.0, 5.0])
"""Each bet is the best one if the odds of a loss rise by this factor."""
GREATEST = 1e100


def bets_above(limit: float) -> Floats:
    """Return the bets on a mean loss above the limit, one for each odds ratio, shape (n_bets,)."""
    return _bets(limit, ODDS_RATIOS)


def bets_below(limit: float) -> Floats:
    """Return the bets on a mean loss below the limit."""
    return _bets(limit, 1 / ODDS_RATIOS)


def _bets(limit: float, ratios: Floats) -> Floats:
    expected = limit * ratios / (1 + limit * (ratios - 1))
    return (expected - limit) / (limit * (1 - limit))


def log_factors(losses: Floats, limit: float, bets: Floats) -> Floats:
    """Return the logarithm by which losses, shape (n,), multiply each bet's stake, shape (n_bets,)."""
    values, counts = np.unique(losses, return_counts=True)  # of a classifier only 0 and 1
    return np.asarray(counts @ np.log1p(np.subtract.outer(values, limit)[:, np.newaxis] * bets))


def advanced(evidence: Floats, log_factor: Floats, elapsed: Floats | float) -> Floats:
    """Return the evidence of each bet after more losses.

    Parameters
    ----------
    evidence, log_factor : ndarray of float, shape (..., n_bets)
    elapsed : float or ndarray of float, shape (..., 1)
        Time since the last losses: the stake of the bets that begin now.

    Returns
    -------
    ndarray of float, shape (..., n_bets)
        Its mean over the bets exceeds `a` within a time `t` with a probability of at most t / a, while the mean loss is
        at most the limit.

    References
    ----------
    Shin, Ramdas and Rinaldo (2024), E-detectors, New Engl. J. Stat. Data Sci. 2(2):229-260; bets: Waudby-Smith and
    Ramdas (2024), J. R. Stat. Soc. B 86(1):1-27; on the risk of a model: Podkopaev and Ramdas (2022), ICLR.
    """
    with np.errstate(over="ignore", divide="ignore"):
        return np.minimum(np.exp(np.log(evidence + elapsed) + log_factor), GREATEST)


def since_last_gain(gains: Floats, log_factor: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the gain of each bet since its stake was last at its lowest, and whether that is now.

    References
    ----------
    Page (1954), Biometrika 41(1-2):100-115.
    """
    after = gains + log_factor
    return np.maximum(after, 0.0), after <= 0
