"""Changes: how much each exposed bucket adds to PSI, and whether its share moved by more than sampling noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..measures.drift import Comparison
from ..measures.special_functions import rel_entr

CLEAR = 2.0  # standard errors: smaller changes count as unchanged


@dataclass(frozen=True, eq=False)
class Changes:
    """Changes of the buckets of some columns; all arrays have shape (n_columns, n_buckets), padded at the end."""

    reference: Floats
    """Counts."""
    window: Floats
    contributions: Floats
    """Contribution of each bucket to PSI, in nats, at least 0; NaN if a side is empty."""
    directions: NDArray[np.int8]
    """1 if the share grew, -1 if it shrank, 0 if the change is within sampling noise or unknown."""


def changes_of(comparison: Comparison) -> Changes:
    """Return the change of each bucket.

    The terms of PSI, (q - p) ln(q / p), are never negative; the direction of a
    move comes from the unsmoothed shares.
    """
    p, q = comparison.reference_shares, comparison.window_shares
    return Changes(
        comparison.reference,
        comparison.window,
        np.asarray(rel_entr(p, q) + rel_entr(q, p)),
        _directions(comparison),
    )


def _directions(comparison: Comparison) -> NDArray[np.int8]:
    n, m = comparison.n_reference[..., np.newaxis], comparison.n_window[..., np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        change = comparison.window / m - comparison.reference / n
        pooled = (comparison.window + comparison.reference) / (m + n)
        error = np.sqrt(pooled * (1 - pooled) * comparison.noise[..., np.newaxis])
        return np.where(np.abs(change) > CLEAR * error, np.sign(change), 0.0).astype(np.int8)
