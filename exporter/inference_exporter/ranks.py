"""Normal scores of a reference's cells, and the tests of location and scale that rest on them.

The score of a cell is the mean standard normal quantile of the ranks that it
holds in the reference (van der Waerden 1952, Indag. Math. 14:453-458). A score
is bounded whatever a value is, so one far value moves nothing; on a normal
column the difference of mean scores is the shift in standard deviations, and
on any other the test loses nothing against the t-test (Chernoff and Savage
1958, Ann. Math. Stat. 29(4):972-994).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from .batch import Floats
from .buckets import NumericBuckets
from .grid import Grid
from .measures.evidence._base import Shift
from .measures.saddlepoint import two_sample_tail
from .windows import Counts

# Nearer to 0 than this (a p-value of 1e-4) no verdict is near, and the normal law serves.
DECIDED_BY_NORMAL = 3.9
# A bound below this (Bernstein 1924, for bounded scores) needs no finer look.
DECIDED_BY_BOUND = 1e-12
GROUPS = 64  # of neighbouring cells are enough for a tail: within one scores hardly differ


def normal_scores(counts: Counts) -> Floats:
    """Return the score of each range of finite values, in order; mean 0 and variance 1 over the counts.

    Parameters
    ----------
    counts : ndarray of int, shape (n_ranges,)
        Reference values in each range; the outermost, beyond its extremes, hold none.
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
    # A range without reference values has the score of its place; beyond the extremes that of a rank further out.
    place = np.clip(below[:-1], 0.5 / (total + 1), 1 - 0.5 / (total + 1))
    scores[empty] = ndtri(place[empty])
    mean = (counts * scores).sum() / total
    variance = (counts * np.square(scores - mean)).sum() / total
    # A constant has one score; what leaves it is as far away as its rank says.
    return np.asarray((scores - mean) / np.sqrt(variance) if variance > 0 else scores - mean)


class _Moments(NamedTuple):
    """Finite values of each column, and the sums of their scores to the powers 1, 2 and 4, shape (n_columns,)."""

    n: Floats
    first: Floats
    second: Floats
    fourth: Floats


class RankScores:
    """The scores of all cells of a grid; 0 where a cell holds no finite number."""

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
        self._reference = grid.reference_counts()
        self._reference_moments = self._moments(self._reference)

    def compare(
        self, cells: Counts, baseline: Counts | Floats | None = None, design: tuple[Floats, Floats] | None = None
    ) -> tuple[Shift, Shift]:
        """Return the shifts of location and of scale of a window's cells against a baseline's, else the reference's.

        `design` tells for either how many values of each column count as one, shape (n_columns,).
        """
        every = np.ones(len(self._grid.columns))
        of_location, of_scale = (every, every) if design is None else design
        window = self._moments(cells)
        reference = self._reference_moments if baseline is None else self._moments(baseline)
        baseline = self._reference if baseline is None else baseline
        n, m = window.n, reference.n
        with np.errstate(divide="ignore", invalid="ignore"):
            noise = 1 / n + 1 / m
            first, second, fourth = (
                (own + other) / (n + m) for own, other in zip(window[1:], reference[1:], strict=True)
            )
            location = window.first / n - reference.first / m
            scale = window.second / n - reference.second / m
        return (
            Shift(location, self._pvalues(location, second - first**2, noise, (cells, baseline, of_location), 1)),
            Shift(scale, self._pvalues(scale, fourth - second**2, noise, (cells, baseline, of_scale), 2)),
        )

    def _moments(self, counts: Counts | Floats) -> _Moments:
        # One power after the other: all at once would be a matrix that no cache holds.
        numbers = counts.astype(np.float64, copy=False)
        sums = np.stack([np.add.reduceat(power * numbers, self._grid.starts) for power in self._powers])
        sums[:, ~self._numeric] = np.nan
        return _Moments(*sums)

    def _pvalues(
        self,
        difference: Floats,
        variance: Floats,
        noise: Floats,
        sides: tuple[Counts, Counts | Floats, Floats],
        power: int,
    ) -> Floats:
        """Return two-sided p-values of differences of mean scores (to a power)."""
        cells, baseline, design = sides
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
            scores, own, other = self._grouped(doubtful, cells, baseline, power)
            own, other = (side / design[doubtful, np.newaxis] for side in (own, other))
            pvalues[doubtful] = np.minimum(2 * two_sample_tail(scores, other, own), 1.0)
        return pvalues

    def _grouped(
        self, columns: NDArray[np.intp], cells: Counts, baseline: Counts | Floats, power: int
    ) -> tuple[Floats, Floats, Floats]:
        """Return mean scores and both sides' counts of neighbouring cells, shape (n_columns, GROUPS) each."""
        # Every column's finite cells, cut into groups as even as they get; a group of none repeats a cell, emptied.
        sizes = self._n_ranges[columns, np.newaxis]
        bounds = np.arange(GROUPS + 1) * sizes // GROUPS + self._grid.starts[columns, np.newaxis]
        starts, widths = bounds[:, :-1].ravel(), np.diff(bounds, axis=1)
        # Beyond a column's last group reduceat would run into the next column: one more bound stops it there.
        cut = np.append(starts.reshape(len(columns), GROUPS), bounds[:, -1:], axis=1).ravel()
        cut = np.minimum(cut, self._grid.n_cells - 1)
        of_groups = (np.add.reduceat(side, cut) for side in (cells, baseline, (cells + baseline) * self._powers[power]))
        own, other, total = (sums.reshape(len(columns), GROUPS + 1)[:, :-1] * (widths > 0) for sums in of_groups)
        both = own + other
        return np.divide(total, both, out=np.zeros_like(total), where=both > 0), own, other
