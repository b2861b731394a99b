"""Quantiles of errors, from their cells."""

import math
from collections.abc import Iterable

from ...arrays import Counts
from ..error_cells import Cells, at_rank
from ._base import Estimate, Estimates
from ._intervals import Interval, wilson


def quantiles_of(counts: Counts, cells: Cells, levels: Iterable[float]) -> Estimates:
    """Return the quantile at each level, with the interval of order statistics; NaN without errors.

    The interval needs no assumption about the distribution of errors. It is widened to the edges of its cells; a limit
    is unknown if the window has too few errors for the level.

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3rd edition, section 3.2; Wilson's limits of the share of errors
    below the quantile take the place of the binomial ones.
    """
    return {(repr(level),): _quantile(counts, cells, level) for level in levels}


def _quantile(counts: Counts, cells: Cells, level: float) -> Estimate:
    n = int(counts.sum())
    share = wilson(level * n, n)
    if n == 0:
        return Estimate(math.nan, share, 0)
    lower = at_rank(counts, cells.lower, math.floor(share.lower * n))
    upper = at_rank(counts, cells.upper, math.ceil(share.upper * n) + 1)
    # Rounding must not turn rank 50 of 100 into 51.
    return Estimate(at_rank(counts, cells.middle, max(math.ceil(level * n - 1e-9), 1)), Interval(lower, upper), n)
