"""Paired comparison of two models on the same samples."""

import math

from .special_functions import betainc, ndtri

Z = float(ndtri(0.975))


def mcnemar_pvalue(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of "both models are right equally often"; NaN without any difference.

    Only samples count that one of the models alone has right.

    References
    ----------
    McNemar (1947), Psychometrika 12(2):153-157; the exact form is the sign test.
    """
    number, fewer = only_first + only_second, min(only_first, only_second)
    if number == 0:
        return math.nan
    if only_first == only_second:
        return 1.0
    # P(X <= k) of Binomial(n, 1/2) is the incomplete beta function I_1/2(n - k, k + 1).
    return min(1.0, 2.0 * float(betainc(number - fewer, fewer + 1.0, 0.5)))


def mean_with_limits(n: int, total: float, squares: float) -> tuple[float, float, float]:
    """Return the mean of n paired differences and its 95 % interval, from their sum and sum of squares.

    NaN without any; the interval is unknown below two.
    """
    if n == 0:
        return math.nan, math.nan, math.nan
    mean = total / n
    if n < 2:
        return mean, math.nan, math.nan
    reach = Z * math.sqrt(max(squares - total * mean, 0.0) / (n - 1) / n)
    return mean, mean - reach, mean + reach
