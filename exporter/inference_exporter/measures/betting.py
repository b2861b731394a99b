"""Anytime-valid comparison of paired losses: the capital of a bettor against "the mean is at most so much".

Whoever bets on the sign of fair differences cannot expect to win: the capital of a mixture of bets is a nonnegative
supermartingale as long as the mean of each difference, given all before, is at most the mean under test. So it exceeds
``1 / error`` at any time, however often one looks, with probability ``error`` at most (Ville 1939).

References
----------
Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B 86(1):1-27 (capital
processes, section 4; mixtures of bets as in their appendix on conservative betting); Ville (1939), Etude critique de la
notion de collectif.
"""

import math

import numpy as np

from ..arrays import Floats

# Stakes from far below to near the greatest: each growth rate has one close to its best stake, and a mixture of n costs
# log(n) at most. A 2-point gap with a tenth of the pairs discordant is best met with 0.2.
STAKES: Floats = np.geomspace(0.002, 0.9, 24)


def gains(differences: Floats, mean: float = 0.0) -> Floats:
    """Return what differences add to the log-capital of each stake against "their mean is at most `mean`".

    Parameters
    ----------
    differences : ndarray of float, shape (n,)
        Between -1 and 1.
    mean : float
        Between -1 and 1, below 1.

    Returns
    -------
    ndarray of float, shape (n_stakes,)
        They add up over batches, in any order.
    """
    values, counts = np.unique(differences, return_counts=True)  # of classifiers there are three
    stakes = STAKES / (1.0 + mean)  # no difference, -1 at worst, takes all the capital
    return np.asarray(np.log1p(np.outer(stakes, values - mean)) @ counts)


def log_capital(log_capitals: Floats) -> float:
    """Return the logarithm of the capital of all stakes together, which share one unit at the start."""
    greatest = float(log_capitals.max())
    return greatest + math.log(float(np.exp(log_capitals - greatest).mean()))


def is_decided(log_capitals: Floats, error: float) -> bool:
    """Return whether the mean exceeds the tested one, wrong with probability `error` at most at any time."""
    return log_capital(log_capitals) >= -math.log(error)
