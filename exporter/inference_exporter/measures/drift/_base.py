"""What every drift measure is given, and what the rest of the program knows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...batch import Floats

# Half a count in each bucket is Jeffreys' prior for shares: no empty bucket makes a distance infinite, and the
# distance of small clean windows keeps to its chi-squared law where a floor of 1e-4 would not (docs/metrics.md, The
# verdict).
PRIOR_COUNT = 0.5


@dataclass(frozen=True, eq=False)
class Cumulative:
    """Empirical distribution functions of numeric columns at the cuts of their fine cells.

    All arrays have shape (..., n_cuts) and are padded at the end with zero
    width; `reference` and `window` are the shares below each cut, NaN where
    nothing finite was counted.
    """

    reference: Floats
    window: Floats
    widths: Floats
    """Distance to the next cut in reference standard deviations."""
    atoms: Floats
    """Share of the reference's values between this cut and the next that lie on this cut."""
    below: Floats
    """Mean distance of the window's values below the first cut, in standard deviations, shape (...)."""
    above: Floats
    """The same above the last cut."""
    n_reference: Floats
    n_window: Floats


@dataclass(frozen=True, eq=False)
class Comparison:
    """A window beside the reference, for many columns at once.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        Counts over the exposed buckets. Columns with fewer buckets are padded
        with zeros at the end.
    n_buckets : ndarray of float, shape (...)
        How many of the buckets are the column's own.
    cumulative : Cumulative
        Of the same columns; NaN for categorical ones.
    """

    reference: Floats
    window: Floats
    n_buckets: Floats
    cumulative: Cumulative

    @cached_property
    def n_reference(self) -> Floats:
        """Reference samples, shape (...)."""
        return np.asarray(self.reference.sum(axis=-1))

    @cached_property
    def n_window(self) -> Floats:
        """Window samples, shape (...)."""
        return np.asarray(self.window.sum(axis=-1))

    @cached_property
    def noise(self) -> Floats:
        """1/n + 1/m, the scale of sampling noise; NaN where a side is empty."""
        with np.errstate(divide="ignore"):
            noise = 1.0 / self.n_window + 1.0 / self.n_reference
        return np.where(np.isfinite(noise), noise, np.nan)

    @cached_property
    def reference_shares(self) -> Floats:
        """Smoothed shares of the reference; 0 in the padding, NaN where it is empty."""
        return self._shares(self.reference, self.n_reference)

    @cached_property
    def window_shares(self) -> Floats:
        """Smoothed shares of the window; 0 in the padding, NaN where it is empty."""
        return self._shares(self.window, self.n_window)

    def _shares(self, counts: Floats, totals: Floats) -> Floats:
        own = np.arange(counts.shape[-1]) < np.asarray(self.n_buckets)[..., np.newaxis]
        sizes = np.where(totals > 0, totals + PRIOR_COUNT * self.n_buckets, np.nan)
        return np.where(own, counts + PRIOR_COUNT, 0.0) / sizes[..., np.newaxis]


@dataclass(frozen=True)
class DriftMeasure:
    """One measure: `key` ends the metric names ``model_feature_drift_…``, ``model_prediction_drift_…`` and so on."""

    key: str
    help: str
    compute: Callable[[Comparison], Floats]
    numeric_only: bool = False
