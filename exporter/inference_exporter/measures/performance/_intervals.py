"""Confidence intervals of shares, means and areas, from counts and sums alone.

All have a level of 95 % for independent outcomes. Outcomes that come in clusters, several of one customer say, carry
less information than their number, and the true coverage is lower.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from ..special_functions import chdtri, ndtri

CONFIDENCE = 0.95
Z = float(ndtri((1 + CONFIDENCE) / 2))


class Interval(NamedTuple):
    """Limits of a confidence interval; NaN if unknown."""

    lower: float
    upper: float


UNKNOWN = Interval(math.nan, math.nan)


def wilson(part: float, whole: float) -> Interval:
    """Return the score interval of a share; unknown if the whole is 0.

    References
    ----------
    Wilson (1927), JASA 22(158):209-212; its coverage: Brown, Cai and DasGupta (2001), Stat. Sci. 16(2):101-133.
    """
    if not whole > 0:
        return UNKNOWN
    share, square = float(part / whole), float(Z * Z / whole)
    centre = (share + square / 2) / (1 + square)
    reach = Z / (1 + square) * math.sqrt(max(share * (1 - share) / float(whole) + square / float(whole) / 4, 0.0))
    # Rounding must not exclude the share itself.
    return Interval(min(max(centre - reach, 0.0), share), max(min(centre + reach, 1.0), share))


def mean_of_shares(shares: Iterable[tuple[float, Interval]]) -> Interval:
    """Return the interval of the mean of independent shares, given each with its interval; unknown without any.

    References
    ----------
    Recovery of variances from limits: Zou and Donner (2008), Stat. Med. 27(10):1693-1702.
    """
    known = list(shares)
    if not known:
        return UNKNOWN
    # Independent errors add up as squares, each side for itself (MOVER).
    below = math.hypot(*(share - limits.lower for share, limits in known)) / len(known)
    above = math.hypot(*(limits.upper - share for share, limits in known)) / len(known)
    centre = sum(share for share, _ in known) / len(known)
    return Interval(max(centre - below, 0.0), min(centre + above, 1.0))


def normal(value: float, error: float) -> Interval:
    """Return the interval of an estimate with a normal distribution and a standard error."""
    return Interval(value - Z * error, value + Z * error) if math.isfinite(error) else UNKNOWN


def of_mean(n: float, total: float, squares: float) -> Interval:
    """Return the interval of a mean, from the sum and the sum of squares of n values; unknown below two."""
    return normal(total / n, mean_error(n, total, squares)) if n >= 2 else UNKNOWN


def of_positive_mean(n: float, total: float, squares: float) -> Interval:
    """Return the interval of the mean of a loss, which is 0 or more: normal on the log scale, as losses are skewed."""
    if n < 2:
        return UNKNOWN
    value = total / n
    if value <= 0:
        return Interval(0.0, 0.0) if value == 0 else UNKNOWN
    # exp(709) is the largest that a float holds.
    factor = math.exp(min(Z * mean_error(n, total, squares) / value, 700.0))
    return Interval(value / factor, value * factor)


def mean_error(n: float, total: float, squares: float) -> float:
    """Return the standard error of a mean, from the sum and the sum of squares of n >= 2 values."""
    return math.sqrt(max(squares - total / n * total, 0.0) / (n - 1) / n)


def of_area(area: float, error: float, n: float) -> Interval:
    """Return the interval of a number between 0 and 1, normal on the scale of log-odds.

    At 0 and 1, where the standard error is 0, it is that of a share of `n` cases.

    References
    ----------
    Pepe (2003), The Statistical Evaluation of Medical Tests, section 5.2.
    """
    if not 0 < area < 1 or not error > 0:
        return wilson(area * n, n)
    # The delta method: the derivative of the log-odds is 1 / (a (1 − a)).
    odds, reach = math.log(area / (1 - area)), Z * error / (area * (1 - area))
    return Interval(1 / (1 + math.exp(min(reach - odds, 700.0))), 1 / (1 + math.exp(max(-reach - odds, -700.0))))


def all_together(number: int) -> float:
    """Return the number of standard errors that `number` normal errors together exceed as rarely as one exceeds Z.

    References
    ----------
    Scheffe (1953), Biometrika 40(1-2):87-104.
    """
    return math.sqrt(float(chdtri(number, 1 - CONFIDENCE)))
