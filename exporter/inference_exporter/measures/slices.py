"""Slices against the rest: which are worse than chance explains, and what is fair."""

import math
from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from .special_functions import ndtr, ndtri

Z = float(ndtri(0.975))


class Excess(NamedTuple):
    """Mean loss of each slice minus that of the rest, its standard error, and the p-value of "not worse"."""

    difference: Floats
    error: Floats
    pvalue: Floats


def excess(n: Floats, loss: Floats, squares: Floats, minimum: float) -> Excess:
    """Return how much worse each slice of one column is than all others together.

    Parameters
    ----------
    n, loss, squares : ndarray of float, shape (n_slices,)
        Number of losses, their sums and sums of squares.
    minimum : float
        NaN with fewer losses in the slice or in the rest.

    Notes
    -----
    The p-value is one-sided, by the normal approximation with the pooled variance, which for losses of 0 and 1 is the
    two-proportion z-test.
    """
    rest_n, rest_loss, rest_squares = n.sum() - n, loss.sum() - loss, squares.sum() - squares
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, rest = loss / n, rest_loss / rest_n
        spread = np.maximum(squares / n - mean**2, 0) / n + np.maximum(rest_squares / rest_n - rest**2, 0) / rest_n
        # The test assumes that nothing differs, so it uses one variance; the interval of the difference uses both.
        pooled = max(squares.sum() / n.sum() - (loss.sum() / n.sum()) ** 2, 0.0) * (1 / n + 1 / rest_n)
        pvalue = ndtr(-(mean - rest) / np.sqrt(pooled))
    enough = (n >= minimum) & (rest_n >= minimum)
    return Excess(*(np.where(enough, value, np.nan) for value in (mean - rest, np.sqrt(spread), pvalue)))


def holm(pvalues: Floats) -> Floats:
    """Return p-values corrected for their number, shape (n,); NaN stays, and does not count.

    References
    ----------
    Holm (1979), Scand. J. Stat. 6(2):65-70.
    """
    known = np.flatnonzero(~np.isnan(pvalues))
    order = known[np.argsort(pvalues[known], kind="stable")]
    # Holm's: the smallest times n, the next times n − 1, never below one before it.
    factors = np.arange(len(order), 0, -1)
    corrected = np.full(len(pvalues), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(pvalues[order] * factors), 1.0)
    return corrected


class Rates(NamedTuple):
    """Shares of each group, shape (n_groups,): predicted favourably, and so of those who deserve it, and who do not."""

    selection: Floats
    true_positive: Floats
    false_positive: Floats


def rates(predicted: Floats, favoured: Floats, confusion: Floats, favourable: int, minimum: float) -> Rates:
    """Return the rates of each group; NaN for fewer than `minimum` cases.

    Parameters
    ----------
    predicted, favoured : ndarray of float, shape (n_groups,)
        Samples with a prediction, and with the favourable one.
    confusion : ndarray of float, shape (n_groups, n_classes, n_classes)
        Outcomes down, predictions across.
    """
    deserving = confusion[:, favourable, :].sum(axis=1)
    others = confusion.sum(axis=(1, 2)) - deserving
    hits = confusion[:, favourable, favourable]
    wrongly = confusion[:, :, favourable].sum(axis=1) - hits
    parts = ((favoured, predicted), (hits, deserving), (wrongly, others))
    return Rates(*(_share(part, whole, minimum) for part, whole in parts))


def _share(part: Floats, whole: Floats, minimum: float) -> Floats:
    return np.where(whole >= minimum, part / np.maximum(whole, 1), np.nan)


class Fairness(NamedTuple):
    """Each group against the privileged one, shape (n_groups,)."""

    parity_difference: Floats
    """Difference of the shares of favourable predictions (statistical parity)."""
    impact_ratio: Floats
    """Ratio of these shares (disparate impact)."""
    opportunity_difference: Floats
    """Difference of the shares among those who deserve the favourable prediction (equal opportunity)."""
    odds_difference: Floats
    """The larger of the differences among those who deserve it and those who do not (equalised odds)."""


def fairness(of: Rates, privileged: int) -> Fairness:
    """Return how each group differs from the privileged one.

    References
    ----------
    Feldman et al. (2015), KDD: disparate impact; Hardt, Price and Srebro (2016), NeurIPS: equal opportunity, equalised
    odds.
    """
    differences = [rate - rate[privileged] for rate in of]
    base = float(of.selection[privileged])
    ratio = of.selection / base if base > 0 and not math.isnan(base) else np.full(len(of.selection), np.nan)
    odds = np.maximum(np.abs(differences[1]), np.abs(differences[2]))
    return Fairness(differences[0], ratio, differences[1], odds)
