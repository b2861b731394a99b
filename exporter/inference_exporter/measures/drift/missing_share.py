"""Exact test of the share of missing values."""

import numpy as np

from ...arrays import Floats
from ..hypergeometric import two_sided
from ._base import Comparison, DriftMeasure


def missing_pvalue(comparison: Comparison) -> Floats:
    """Return the probability of a share of missing values at least this different, either way, if nothing changed.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty. Exact for any number of samples, also if no value is missing.

    References
    ----------
    Fisher (1935), J. R. Stat. Soc. 98(1):39-82; twice the smaller tail: Yates (1984), J. R. Stat. Soc. A 147:426-463.
    """
    window, reference = comparison.counts_of(0)
    # The baseline may be a mixture, with fractional counts.
    return two_sided(window, comparison.n_window, np.rint(reference), np.rint(comparison.n_reference))


MEASURE = DriftMeasure(
    key="missing_pvalue",
    title="Share missing, p-value",
    help="P-value of the exact two-sided test of the share of missing values against the reference's.",
    formula="exact two-sided test of the share of missing values",
    source="Fisher 1935",
    compute=missing_pvalue,
    range="0 to 1",
    neutral=1.0,
)
