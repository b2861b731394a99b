"""The input of every drift measure, and the class of a measure itself."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats

Columns = Literal["all", "numeric", "categorical"]

# Half a count in each bucket is Jeffreys' prior for shares: no empty bucket makes a distance infinite, and the
# distance of small clean windows follows its chi-squared distribution, unlike with a floor of 1e-4 (docs/metrics.md,
# The verdict).
PRIOR_COUNT = 0.5


@dataclass(frozen=True, eq=False)
class Cuts:
    """The cuts of the fine cells of numeric columns; shape (..., n_cuts), padded at the end with zero width."""

    widths: Floats
    """Distance to the next cut in reference standard deviations, NaN where the reference has no spread."""
    atoms: Floats
    """Share of the reference's values between this cut and the next that lie on this cut."""

    @cached_property
    def weights(self) -> Floats:
        """Weight of the gap at each cut in the area between two distribution functions."""
        half = self.widths / 2
        weights = half * (1 - self.atoms)
        weights[..., 1:] += (half * (1 + self.atoms))[..., :-1]
        return weights


@dataclass(frozen=True, eq=False)
class Cumulative:
    """Distances between distribution functions, and moments, of the numeric columns, in reference standard deviations.

    All arrays have shape (...); NaN if no finite value was counted.
    """

    gap: Floats
    """Greatest gap between the distribution functions."""
    area: Floats
    """Area between the distribution functions; NaN without a spread."""
    n_reference: Floats
    """Finite values of the reference."""
    n_window: Floats
    mean: Floats
    """Mean of the window minus that of the reference; NaN without a spread."""
    variance: Floats
    """Variance of the window; NaN with fewer than two values or without a spread."""
    expected_area: Floats
    """Mean area between the distribution functions of two samples of the reference, over sqrt(1/n + 1/m)."""
    places: NDArray[np.intp] | None = None
    """Places of these columns among all columns of the model, shape (n_numeric,); None if all are numeric."""
    n_columns: int = 0
    """Number of all columns, if `places` are given."""

    @cached_property
    def noise(self) -> Floats:
        """1/n + 1/m of the finite values; NaN if a side has no finite values."""
        return noise_of(self.n_window, self.n_reference)

    def of_all(self, values: Floats) -> Floats:
        """Return values of the numeric columns as values of all columns, NaN for categorical ones."""
        if self.places is None:
            return values
        spread = np.full(self.n_columns, np.nan)
        spread[self.places] = values
        return spread


@dataclass(frozen=True, eq=False)
class Comparison:
    """A window and its reference, for many columns at once.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        Counts over the exposed buckets. Columns with fewer buckets are padded
        with zeros at the end.
    n_buckets : ndarray of float, shape (...)
        Number of buckets of each column, without the padding.
    cumulative : Cumulative
        Of the numeric columns.

    The last bucket of a column counts missing values; in a categorical column, the one before it counts never-seen
    categories.
    """

    reference: Floats
    window: Floats
    n_buckets: Floats
    cumulative: Cumulative
    singletons: Floats | None = None
    """Number of categories that the reference has exactly once, shape (...); NaN for columns that do not count
    never-seen categories separately, None if no column does."""
    shares_of_reference: Floats | None = None
    """The smoothed shares of the reference, if they are already known."""
    structural_zeros: bool = False
    """Whether a bucket that is empty on both sides is impossible, such as Sundays in a window of a Monday that is
    compared with the Mondays of the reference. Half a count in such buckets would weigh more in the smaller side, and
    measure its size (structural zeros: Bishop, Fienberg
    and Holland 1975, Discrete Multivariate Analysis)."""

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
        """1/n + 1/m, the scale of sampling noise; NaN if a side is empty."""
        return noise_of(self.n_window, self.n_reference)

    def counts_of(self, from_the_end: int) -> tuple[Floats, Floats]:
        """Return the window's and the reference's counts in one bucket of each column, from its end; shape (...)."""
        # Counted from the end, since columns have different numbers of buckets and the padding is behind them.
        places = (np.asarray(self.n_buckets).astype(np.intp) - 1 - from_the_end)[..., np.newaxis]
        window, reference = (
            np.take_along_axis(side, places, axis=-1)[..., 0] for side in (self.window, self.reference)
        )
        return window, reference

    @cached_property
    def reference_shares(self) -> Floats:
        """Smoothed shares of the reference; 0 in the padding, NaN where it is empty."""
        if self.shares_of_reference is not None:
            return self.shares_of_reference
        return _smoothed(self.reference, self.n_reference, self._possible)

    @cached_property
    def window_shares(self) -> Floats:
        """Smoothed shares of the window; 0 in the padding, NaN where it is empty."""
        return _smoothed(self.window, self.n_window, self._possible)

    @cached_property
    def _possible(self) -> NDArray[np.bool_]:
        """The buckets of each column that values may fall into."""
        own = _own_buckets(self.window.shape[-1], self.n_buckets)
        return own & (self.reference + self.window > 0) if self.structural_zeros else own

    @cached_property
    def log_ratio(self) -> Floats:
        """Log of the window's shares over the reference's; 0 in the padding, NaN if a side is empty."""
        return log_ratio(self.reference_shares, self.window_shares)


def noise_of(n_window: Floats, n_reference: Floats) -> Floats:
    """Return 1/n + 1/m, NaN if a side is empty."""
    with np.errstate(divide="ignore"):
        noise = 1.0 / n_window + 1.0 / n_reference
    return np.where(np.isfinite(noise), noise, np.nan)


def smoothed_shares(counts: Floats, totals: Floats, n_buckets: Floats) -> Floats:
    """Return the shares of counts over buckets, half a count added to each; 0 in the padding, NaN where all are 0.

    Parameters
    ----------
    counts : ndarray of float, shape (..., n_buckets)
    totals, n_buckets : ndarray of float, shape (...)
        The sum of the counts, and the number of buckets of each column without the padding.
    """
    return _smoothed(counts, totals, _own_buckets(counts.shape[-1], n_buckets))


def _own_buckets(width: int, n_buckets: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.arange(width) < np.asarray(n_buckets)[..., np.newaxis])


def _smoothed(counts: Floats, totals: Floats, possible: NDArray[np.bool_]) -> Floats:
    # NaN where nothing was counted: the prior alone would look like a uniform distribution.
    parts = 1.0 / np.where(totals > 0, totals + PRIOR_COUNT * possible.sum(axis=-1), np.nan)
    return np.asarray((counts + PRIOR_COUNT * possible) * parts[..., np.newaxis])


def log_ratio(p: Floats, q: Floats) -> Floats:
    """Return log(q / p) of smoothed shares; 0 where both are 0, as they are in the padding."""
    # In place from here on: with thousands of columns these arrays are megabytes.
    ratio = np.divide(q, p, out=np.ones(np.broadcast_shapes(p.shape, q.shape)), where=p != 0)
    return np.asarray(np.log(ratio, out=ratio))


@dataclass(frozen=True)
class DriftMeasure:
    """One measure: `key` ends the metric names ``model_feature_drift_…``, ``model_prediction_drift_…`` and so on."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    compute: Callable[[Comparison], Floats]
    formula: str
    """How it is computed, for a row of a table."""
    source: str = ""
    """Author and year of the literature that the docstring names."""
    columns: Columns = "all"
    """The columns that it applies to; NaN for all others."""
    range: str = "0 to infinity"
    """Least and greatest value."""
    neutral: float = 0.0
    """The value of a window whose counts equal the reference's."""
    floor: Callable[[Comparison], Floats] | None = None
    """The mean value (its size, if it has a sign) if nothing drifted, given n, m and B, shape (...). A threshold below
    it fires all the time. None for p-values, which have no such floor."""
    shift_of: Callable[[Floats], Floats] | None = None
    """Converts values into the shift of a normal feature's mean, in standard deviations, of the same value: this makes
    thresholds of different measures comparable. None for measures that are not distances."""
