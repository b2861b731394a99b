"""Pinball loss."""

from fractions import Fraction

from ._base import Estimate, Estimates, LabelledMeasure, Levels, RegressionTotals, interval_of_mean, mean
from ._intervals import UNKNOWN, Interval


def pinball_loss(totals: RegressionTotals, levels: Levels) -> Estimates:
    """Return the mean loss of the prediction as a forecast of each quantile of the outcome, in the outcome's unit.

    An outcome above the prediction costs its distance times the level, one below it times 1 - level. At 0.5 it is half
    the mean absolute error.

    References
    ----------
    Koenker and Bassett (1978), Econometrica 46(1):33-50.
    """
    return {(repr(level),): _at(totals, Fraction(level)) for level in levels.quantiles}


def _at(totals: RegressionTotals, level: Fraction) -> Estimate:
    # A loss is half the absolute error, plus the error times a constant: exact sums of both are there already.
    tilt = Fraction(1, 2) - level
    total = totals.absolute_error / 2 + tilt * totals.error
    return Estimate(mean(total, totals.n), _limits(totals, tilt, total), totals.n)


def _limits(totals: RegressionTotals, tilt: Fraction, total: Fraction) -> Interval:
    detail = totals.whole_detail
    if detail is None:
        return UNKNOWN
    squares = totals.squared_error * (Fraction(1, 4) + tilt**2) + tilt * detail.signed_square
    limits = interval_of_mean(totals.n, total, squares)
    return Interval(max(limits.lower, 0.0), limits.upper) if limits.lower < 0 else limits


MEASURE = LabelledMeasure(
    key="pinball_loss",
    title="Pinball loss",
    help="Mean loss of the prediction as a forecast of a quantile of the outcome.",
    labels=("level",),
    of=RegressionTotals,
    compute=pinball_loss,
)
