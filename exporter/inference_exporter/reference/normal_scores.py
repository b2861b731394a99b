"""Normal scores of a reference's cells, and the tests of location and scale based on them.

The score of a cell is the mean standard normal quantile of its ranks in the
reference (van der Waerden 1952, Indag. Math. 14:453-458). Scores are bounded,
so a single far value has little effect; for a normal column the difference
between mean scores is the shift in standard deviations, and for any other the
test loses nothing against the t-test (Chernoff and Savage 1958, Ann. Math.
Stat. 29(4):972-994).
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats
from ..measures.evidence import Shift
from ..measures.saddlepoint import two_sample_tail
from ..measures.special_functions import log_ndtr, ndtri
from ..measures.stretch_means import Stretches, either_pvalue
from .buckets import NumericBuckets
from .grid import Grid

# Above this p-value (1e-4) no verdict is near, and the normal approximation suffices.
DECIDED_BY_NORMAL = 3.9
# A bound below this (Bernstein 1924, for bounded scores) needs no further computation.
DECIDED_BY_BOUND = 1e-12
# Groups of neighbouring cells suffice for a tail, small ones at the ends and larger ones between: scores hardly differ
# within a group. Values beyond the reference's extremes form a group of their own.
GROUPS = 32
GROUP_ENDS = (1 - np.cos(np.pi * np.arange(GROUPS - 1) / (GROUPS - 2))) / 2


def normal_scores(counts: Counts) -> Floats:
    """Return the score of each range of finite values, in order; mean 0 and variance 1 over the counts.

    Parameters
    ----------
    counts : ndarray of int, shape (n_ranges,)
        Reference values in each range; the outermost ranges, beyond its extremes, are empty.
    """
    total = counts.sum()
    if total == 0:
        return np.zeros(len(counts))
    below = np.concatenate([[0.0], np.cumsum(counts)]) / total
    with np.errstate(divide="ignore"):
        density = np.exp(-np.square(ndtri(below)) / 2) / np.sqrt(2 * np.pi)
    shares = np.diff(below)
    empty = shares <= 0
    scores = np.divide(density[:-1] - density[1:], shares, out=np.zeros(len(counts)), where=~empty)
    # A range without reference values has the score of its place; beyond the extremes, that of a rank further out.
    place = np.clip(below[:-1], 0.5 / (total + 1), 1 - 0.5 / (total + 1))
    scores[empty] = ndtri(place[empty])
    # A constant has one score; other values are as far away as their rank.
    return standardised(scores, counts)


def standardised(scores: Floats, counts: Floats | Counts) -> Floats:
    """Return scores with mean 0 and variance 1 over the counts; with mean 0 if only one value occurs."""
    total = counts.sum()
    mean = (counts * scores).sum() / total
    variance = (counts * np.square(scores - mean)).sum() / total
    return np.asarray((scores - mean) / np.sqrt(variance) if variance > 0 else scores - mean)


def scores_of_middle_ranks(counts: Floats | Counts, least: float = 0.0) -> Floats:
    """Return the normal score of the middle rank of each range.

    Parameters
    ----------
    counts : ndarray, shape (n_ranges,)
        Values, or shares of values, in each range.
    least : float
        Smallest distance of a rank from either end, in values.
    """
    total = counts.sum()
    return np.asarray(ndtri(np.clip(np.cumsum(counts) - counts / 2, least, total - least) / total))


class _Moments(NamedTuple):
    """Finite values of each column, and the sums of their scores to the powers 1, 2 and 4, shape (n_columns,)."""

    n: Floats
    first: Floats
    second: Floats
    fourth: Floats


def _variance_of_means(window: _Moments, reference: _Moments, power: int) -> Floats:
    """Return the variance of the difference between the mean scores (to a power) of two independent samples."""
    variance = np.zeros_like(window.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        for side in (window, reference):
            variance += np.maximum(side[power + 1] / side.n - np.square(side[power] / side.n), 0.0) / side.n
    return variance


class RankScores:
    """The scores of all cells of a grid; 0 for cells without finite numbers."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._numeric = np.array([column.numeric for column in grid.columns])
        self._n_ranges = np.array([column.buckets.n_cells - 2 for column in grid.columns], dtype=np.intp)
        self.scores = np.zeros(grid.n_cells)
        self._finite = np.zeros(grid.n_cells)
        for column, start in zip(grid.columns, grid.starts.tolist(), strict=True):
            if isinstance(column.buckets, NumericBuckets):
                own = slice(start, start + column.buckets.n_ranges)
                self.scores[own] = normal_scores(column.counts[: column.buckets.n_ranges])
                self._finite[own] = 1.0
        squares = np.square(self.scores)
        self._powers = np.stack([self._finite, self.scores, squares, np.square(squares)])
        self._greatest = np.maximum.reduceat(np.abs(self.scores), grid.starts)
        self._reference_moments = self._moments(grid.reference_counts())
        self.groups = Groups(grid, self._n_ranges, self._powers[:3])

    def compare(
        self,
        cells: Counts,
        baseline: Counts | Floats | None = None,
        design: tuple[Floats, Floats] | None = None,
        stretches: Stretches | None = None,
    ) -> tuple[Shift, Shift]:
        """Return the shifts of location and scale of a window's cells against a baseline, by default the reference.

        `design` gives, for both tests, how many values of each column count as one, shape (n_columns,), and `stretches`
        how the means of the reference's stretches vary.
        """
        every = np.ones(len(self._grid.columns))
        of_location, of_scale = (every, every) if design is None else design
        window = self._moments(cells)
        reference = self._reference_moments if baseline is None else self._moments(baseline)
        sides = _Sides(self.groups, cells, baseline)
        n, m = window.n, reference.n
        with np.errstate(divide="ignore", invalid="ignore"):
            noise = 1 / n + 1 / m
            first, second, fourth = (
                (own + other) / (n + m) for own, other in zip(window[1:], reference[1:], strict=True)
            )
            location = window.first / n - reference.first / m
            scale = window.second / n - reference.second / m
            of_location_pvalue = self._pvalues(location, second - first**2, noise, (sides, of_location), 1)
            if stretches is not None:
                # Stretches of the reference vary around its mean, of which the window differs by its own part as well.
                within = np.maximum(reference.second / m - np.square(reference.first / m), 0.0)
                spread = within * stretches.design * (1 / n + 1 / self._reference_moments.n)
                of_location_pvalue = either_pvalue(of_location_pvalue, location / np.sqrt(spread), stretches.number)
            of_scale_pvalue = self._pvalues(scale, fourth - second**2, noise, (sides, of_scale), 2)
        return (
            Shift(location, of_location_pvalue, of_location * _variance_of_means(window, reference, 1)),
            Shift(scale, of_scale_pvalue, of_scale * _variance_of_means(window, reference, 2)),
        )

    def _moments(self, counts: Counts | Floats) -> _Moments:
        # One power after the other: a matrix of all would exceed the caches.
        numbers = counts.astype(np.float64, copy=False)
        sums = np.stack([np.add.reduceat(power * numbers, self._grid.starts) for power in self._powers])
        sums[:, ~self._numeric] = np.nan
        return _Moments(*sums)

    def _pvalues(
        self, difference: Floats, variance: Floats, noise: Floats, given: "tuple[_Sides, Floats]", power: int
    ) -> Floats:
        """Return two-sided p-values of differences of mean scores (to a power), given both sides and their design."""
        sides, design = given
        with np.errstate(divide="ignore", invalid="ignore"):
            noise = noise * design
            spread = variance * noise
            z = np.where(spread > 0, np.abs(difference) / np.sqrt(spread), 0.0)
            pvalues = np.where(np.isnan(difference), np.nan, 2 * np.exp(log_ndtr(-z)))
            reach = 2 * self._greatest**power
            bound = 2 * np.exp(-np.square(difference) / noise / (2 * (variance + reach * np.abs(difference) / 3)))
        settled = bound < DECIDED_BY_BOUND
        pvalues = np.where(settled, bound, pvalues)
        doubtful = np.flatnonzero((z > DECIDED_BY_NORMAL) & ~settled)
        if len(doubtful):
            scores = self.groups.scores[power][doubtful]
            own, other = (side[doubtful] / design[doubtful, np.newaxis] for side in (sides.window, sides.reference))
            tail = two_sample_tail(scores, other, own, difference[doubtful], variance[doubtful])
            pvalues[doubtful] = np.minimum(2 * tail, 1.0)
        return pvalues


class Groups:
    """Groups of neighbouring cells of each column, over its finite values; meaningless for categories."""

    def __init__(self, grid: Grid, n_ranges: NDArray[np.intp], powers: Floats) -> None:
        sizes = n_ranges[:, np.newaxis]
        inner = np.rint(GROUP_ENDS * np.maximum(sizes - 2, 0)) + np.minimum(sizes, 1)
        # One more bound than groups, so that the last group does not run into the next column.
        bounds = (
            np.concatenate([np.zeros_like(sizes), inner, sizes], axis=1).astype(np.intp) + grid.starts[:, np.newaxis]
        )
        self._bounds = bounds.ravel()
        self._any = np.diff(bounds, axis=1) > 0  # a group without cells repeats one
        reference = grid.reference_counts()
        self.reference = self.counts(reference)
        cells, sums = self.counts(np.ones(grid.n_cells)), [self.counts(power) for power in powers]
        weighted = [self.counts(power * reference) for power in powers]
        known = self.reference > 0
        self.scores = [
            np.where(known, own / np.where(known, self.reference, 1.0), plain / np.maximum(cells, 1.0))
            for own, plain in zip(weighted, sums, strict=True)
        ]
        """The mean score of each group in the reference, to each power; shape (n_columns, GROUPS)."""

    def counts(self, cells: Counts | Floats) -> Floats:
        """Return the count of each group, shape (n_columns, GROUPS)."""
        sums = np.add.reduceat(cells, self._bounds).reshape(len(self._any), -1)
        return np.asarray(sums[:, :-1] * self._any, dtype=np.float64)


class _Sides:
    """Both sides over groups of cells, summed on demand."""

    def __init__(self, groups: Groups, cells: Counts, baseline: Counts | Floats | None) -> None:
        self._groups, self._cells, self._baseline = groups, cells, baseline

    @cached_property
    def window(self) -> Floats:
        return self._groups.counts(self._cells)

    @cached_property
    def reference(self) -> Floats:
        return self._groups.reference if self._baseline is None else self._groups.counts(self._baseline)
