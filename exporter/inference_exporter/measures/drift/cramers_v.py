"""Bias-corrected Cramér's V of the table of window and reference by bucket."""

import numpy as np

from ...arrays import Floats
from ._base import Comparison, DriftMeasure
from ._contingency import chi_squared
from ._noise import mean_root_of_excess


def cramers_v(statistic: Floats, freedom: Floats, total: Floats) -> Floats:
    """Return the bias-corrected Cramér's V of a table with two rows.

    Parameters
    ----------
    statistic, freedom, total : ndarray of float, shape (...)
        Pearson's chi-squared of the table, its degrees of freedom, and its total count.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 (same shares) and 1 (no bucket in common); NaN if a side is empty. Plain V is above 0 by chance alone;
        the mean of this excess is subtracted from its square.

    Notes
    -----
    V measures the association of side and bucket, so it is small if one side is
    much smaller than the other, whatever changed: with n and m samples it is about
    sqrt(PSI n m) / (n + m). Compare it only between windows of one size.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, section 21.9; Bergsma (2013), J. Korean Stat. Soc. 42(3):323-328.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # Bergsma's corrections: of the statistic for its expectation, and of the size of the table.
        square = np.maximum(statistic / total - freedom / (total - 1), 0.0)
        rows = 1 - 1 / (total - 1)
        buckets = freedom - np.square(freedom) / (total - 1)
        # Two rows: the smaller dimension less one is 1, corrected as above.
        value = np.sqrt(np.minimum(square / np.minimum(rows, buckets), 1.0))
    return np.where(np.isnan(statistic), np.nan, np.where((freedom > 0) & (square > 0), value, 0.0))


def _compute(comparison: Comparison) -> Floats:
    statistic, freedom = chi_squared(comparison.reference, comparison.window)
    return cramers_v(statistic, freedom, comparison.n_window + comparison.n_reference)


def _floor(comparison: Comparison) -> Floats:
    _, freedom = chi_squared(comparison.reference, comparison.window)
    return np.asarray(mean_root_of_excess(freedom) / np.sqrt(comparison.n_window + comparison.n_reference))


MEASURE = DriftMeasure(
    key="cramers_v",
    title="Cramér's V",
    help="Bias-corrected Cramér's V of window and reference against the bucket, 0 to 1.",
    formula="√(χ² / (n + m)), bias-corrected",
    source="Cramér 1946; Bergsma 2013",
    compute=_compute,
    range="0 to 1",
    floor=_floor,
)
