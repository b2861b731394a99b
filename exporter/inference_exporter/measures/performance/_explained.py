"""R² and its interval, which the adjusted one shares."""

import math
from fractions import Fraction

from ..exact_sums import as_float, root_of
from ._base import ErrorDetail, RegressionTotals
from ._intervals import UNKNOWN, Interval, Z


def r2_of(totals: RegressionTotals) -> float:
    """Return 1 - residual / total sum of squares; NaN if all outcomes are equal."""
    variation = _variation(totals)
    return as_float(1 - totals.squared_error / variation) if variation else math.nan


def _variation(totals: RegressionTotals) -> Fraction:
    return totals.squared_outcome - totals.outcome**2 / totals.n if totals.n else Fraction(0)


def interval_of_r2(totals: RegressionTotals) -> Interval:
    """Return the interval of 1 - residual / total variance: delta method, normal in the logarithm of the ratio.

    Neither errors nor outcomes need to be normal. Unknown below three outcomes, or if all are equal.

    References
    ----------
    The influence function of a ratio of means: Hampel (1974), JASA 69(346):383-393.
    """
    detail, n, variation = totals.whole_detail, totals.n, _variation(totals)
    if detail is None or n < 3 or not variation:
        return UNKNOWN
    ratio = totals.squared_error / variation
    if not ratio:
        return Interval(1.0, 1.0)
    variance = max(_influence(totals, detail, ratio, variation / n), Fraction(0))
    share = as_float(ratio)
    # exp(709) is the largest that a float holds.
    factor = math.exp(min(Z * root_of(variance / n) / share, 700.0))
    return Interval(1 - share * factor, 1 - share / factor)


def _influence(totals: RegressionTotals, detail: ErrorDetail, ratio: Fraction, variance: Fraction) -> Fraction:
    """Return the variance of one row's influence on the ratio of squared error and squared distance from the mean."""
    n, squared_error = totals.n, totals.squared_error / totals.n
    middle = totals.outcome / n - Fraction(detail.centre)
    both = (detail.error2_outcome2 - 2 * middle * detail.error2_outcome) / n + middle**2 * squared_error
    fourth = (detail.outcome4 - 4 * middle * detail.outcome3) / n + 6 * middle**2 * variance + 3 * middle**4
    return (detail.fourth_error / n - 2 * ratio * both + ratio**2 * fourth) / variance**2
