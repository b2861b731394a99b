"""What every drift measure is given, and what the rest of the program knows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats

Columns = Literal["all", "numeric", "categorical"]

# Half a count in each bucket is Jeffreys' prior for shares: no empty bucket makes a distance infinite, and the
# distance of small clean windows keeps to its chi-squared law where a floor of 1e-4 would not (docs/metrics.md, The
# verdict).
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
        """What a gap at each cut adds to the area between two distribution functions."""
        half = self.widths / 2
        weights = half * (1 - self.atoms)
        weights[..., 1:] += (half * (1 + self.atoms))[..., :-1]
        return weights


@dataclass(frozen=True, eq=False)
class Cumulative:
    """What distribution functions and moments of the numeric columns say, in reference standard deviations.

    All arrays have shape (...); NaN where nothing finite was counted.
    """

    gap: Floats
    """Greatest gap between the distribution functions."""
    area: Floats
    """Area between the distribution functions; NaN without a spread."""
    n_reference: Floats
    """Finite values of the reference."""
    n_window: Floats
    mean: Floats
    """Mean of the window less that of the reference; NaN without a spread."""
    variance: Floats
    """Variance of the window; NaN of less than two values or without a spread."""
    expected_area: Floats
    """Mean area between the distribution functions of two samples of the reference's law, over sqrt(1/n + 1/m)."""
    places: NDArray[np.intp] | None = None
    """Where these columns are among all of the model, shape (n_numeric,); None where all are numeric."""
    n_columns: int = 0
    """How many columns there are in all, where `places` are given."""

    @cached_property
    def noise(self) -> Floats:
        """1/n + 1/m of the finite values; NaN where a side has none."""
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
    """A window beside the reference, for many columns at once.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        Counts over the exposed buckets. Columns with fewer buckets are padded
        with zeros at the end.
    n_buckets : ndarray of float, shape (...)
        How many of the buckets are the column's own.
    cumulative : Cumulative
        Of the numeric ones among the columns.

    The last bucket of a column is that of missing values; the one before it, in a categorical column, that of
    categories never seen.
    """

    reference: Floats
    window: Floats
    n_buckets: Floats
    cumulative: Cumulative
    singletons: Floats | None = None
    """How many categories the reference met once, shape (...); NaN where a column does not tell never-seen ones apart,
    None where no column does."""
    shares_of_reference: Floats | None = None
    """The smoothed shares of the reference, where they are known already."""

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
        return noise_of(self.n_window, self.n_reference)

    def counts_of(self, from_the_end: int) -> tuple[Floats, Floats]:
        """Return the window's and the reference's counts in each column's last bucket but some, shape (...)."""
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
        return smoothed_shares(self.reference, self.n_reference, self.n_buckets)

    @cached_property
    def window_shares(self) -> Floats:
        """Smoothed shares of the window; 0 in the padding, NaN where it is empty."""
        return smoothed_shares(self.window, self.n_window, self.n_buckets)

    @cached_property
    def log_ratio(self) -> Floats:
        """Log of the window's shares over the reference's; 0 in the padding, NaN where a side is empty."""
        return log_ratio(self.reference_shares, self.window_shares)


def noise_of(n_window: Floats, n_reference: Floats) -> Floats:
    """Return 1/n + 1/m, NaN where a side is empty."""
    with np.errstate(divide="ignore"):
        noise = 1.0 / n_window + 1.0 / n_reference
    return np.where(np.isfinite(noise), noise, np.nan)


def smoothed_shares(counts: Floats, totals: Floats, n_buckets: Floats) -> Floats:
    """Return the shares of counts over buckets, half a count added to each; 0 in the padding, NaN where all are 0.

    Parameters
    ----------
    counts : ndarray of float, shape (..., n_buckets)
    totals, n_buckets : ndarray of float, shape (...)
        The sum of the counts, and how many of the buckets are the column's own.
    """
    own = np.arange(counts.shape[-1]) < np.asarray(n_buckets)[..., np.newaxis]
    parts = 1.0 / np.where(totals > 0, totals + PRIOR_COUNT * n_buckets, np.nan)
    return np.asarray((counts + PRIOR_COUNT * own) * parts[..., np.newaxis])


def log_ratio(p: Floats, q: Floats) -> Floats:
    """Return log(q / p) of smoothed shares; 0 where both are 0, as they are in the padding."""
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
    """What it is, in one line of a table."""
    source: str = ""
    """Author and year of the literature that the docstring names."""
    columns: Columns = "all"
    """Which columns it is of; NaN for the others."""
    range: str = "0 to infinity"
    """Least and greatest value."""
    neutral: float = 0.0
    """The value of a window that is as the reference to the last count."""
    floor: Callable[[Comparison], Floats] | None = None
    """What the value is on average (its size, where it has a sign) if nothing drifted, given n, m and B, shape (...).
    A threshold below is an alarm that never ends. None where there is nothing to expect: p-values."""
    shift_of: Callable[[Floats], Floats] | None = None
    """Turns values into the shift of a normal feature's mean, in standard deviations, that measures as much: what makes
    thresholds of different measures comparable. None where a value says nothing of a distance."""
