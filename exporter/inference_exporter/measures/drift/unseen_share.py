"""Exact test of the share of categories missing from the reference."""

import numpy as np

from ...arrays import Floats
from ..hypergeometric import hypergeometric_tail
from ._base import Comparison, DriftMeasure


def unseen_pvalue(comparison: Comparison) -> Floats:
    """Return the probability of a share of never-seen categories at least this large if the categories did not change.

    The reference has no never-seen categories, but traffic of the same kind does:
    their expected share is that of the categories that the reference has exactly
    once, each of which would be unknown without that one sample. A test against 0
    would call every rare category drift.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty, or the column has no bucket for never-seen categories.

    References
    ----------
    Good (1953), Biometrika 40:237-264; Fisher (1935), J. R. Stat. Soc. 98(1):39-82.
    """
    if comparison.singletons is None:
        return np.full(comparison.n_window.shape, np.nan)
    window, reference = comparison.counts_of(1)
    # The baseline may be a mixture, with fractional counts.
    expected, n_reference = np.rint(reference + comparison.singletons), np.rint(comparison.n_reference)
    return hypergeometric_tail(window, comparison.n_window, np.minimum(expected, n_reference), n_reference)


MEASURE = DriftMeasure(
    key="unseen_pvalue",
    title="Share never seen before, p-value",
    help="P-value of the exact test of the share of categories never seen before; categorical columns.",
    formula="exact test of the share of never-seen categories",
    source="Good 1953; Fisher 1935",
    compute=unseen_pvalue,
    columns="categorical",
    range="0 to 1",
    neutral=1.0,
)
