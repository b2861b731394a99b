"""How far stretches of one column stray from the whole reference, or from what its seasons let expect of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Cells, Floats
from ..measures.drift import log_ratio, smoothed_shares
from ..measures.drift.population_stability import population_stability
from ..measures.evidence.scale import SMALLEST
from ..reference.buckets import NumericBuckets
from ..reference.natural_variation import RARITIES
from ..reference.normal_scores import normal_scores
from ..reference.reference import ColumnReference
from .season_choice import Groups, expected_from_other_cycles

MARGIN = 1.1  # times the farthest stretch: the band is at least this wide
LEAST_TAIL, TAIL_PART = 5, 0.05  # stretches that show how heavy the tail is
# What tails are like before the stretches say: slightly heavier than exponential, as a mean shape and its variance.
USUAL_SHAPE, SHAPE_VARIANCE, HEAVIEST = 0.10, 0.122**2, 0.5
TINY = 1e-300
MIN_BUCKET_COUNT = 30  # total count of a bucket; how rarer values cluster is chance


def farthest(deviations: Floats) -> Floats:
    """Return how far one of `RARITIES` windows strays, given how far the stretches of a reference do.

    Parameters
    ----------
    deviations : ndarray of float, shape (n,)
        Sizes of deviations; NaN if unknown.

    Returns
    -------
    ndarray of float, shape (n_rarities,)
        For each of `RARITIES`; at least `MARGIN` times the farthest stretch.

    Notes
    -----
    Beyond a high threshold deviations follow a generalised Pareto distribution (Pickands 1975, Ann. Stat. 3(1):119-131;
    Davison and Smith 1990, J. R. Stat. Soc. B 52(3):393-442). Scale and shape are those of its moments (Hosking and
    Wallis 1987, Technometrics 29(3):339-349); the shape, which few stretches estimate poorly, is drawn to what is usual
    (the prior of Martins and Stedinger 2000, Water Resour. Res. 36(3):737-744). Tails that end count as exponential.
    """
    known = np.sort(deviations[np.isfinite(deviations)])
    if len(known) == 0:
        return np.zeros(len(RARITIES))
    tail = min(max(LEAST_TAIL, round(TAIL_PART * len(known))), len(known) - 1)
    threshold = float(known[-tail - 1])
    beyond = threshold + _tail_quantiles(known[len(known) - tail :] - threshold, np.array(RARITIES) * tail / len(known))
    return np.asarray(np.fmax(beyond, max(MARGIN * known[-1], known[-1])))


def _tail_quantiles(excesses: Floats, times: Floats) -> Floats:
    """Return the excess over a threshold that one of so many exceeds."""
    if len(excesses) == 0 or excesses.max() == 0:
        return np.zeros(len(times))
    mean = float(excesses.mean())
    shape, logs = _tail_shape(excesses), np.log(np.maximum(times, 1.0))
    return np.asarray(mean * (1.0 - shape) * (np.expm1(shape * logs) / shape if shape > 0 else logs))


def _tail_shape(excesses: Floats) -> float:
    """Return the shape of the tail: 0 of an exponential one, above 0 of heavier ones."""
    own = float(np.clip(0.5 * (1.0 - excesses.mean() ** 2 / max(float(excesses.var()), TINY)), -HEAVIEST, HEAVIEST))
    drawn = (1.0 / len(excesses)) / (1.0 / len(excesses) + SHAPE_VARIANCE)
    return max(drawn * USUAL_SHAPE + (1.0 - drawn) * own, 0.0)


@dataclass(frozen=True)
class Strays:
    """For each stretch, squares with mean 1 if rows are independent; and the bands of effects, by a test's key."""

    variances: dict[str, Floats]
    bands: dict[str, Floats]
    """As far as one of `RARITIES` windows strays."""
    typical: dict[str, float]
    """How far a typical window strays: the root of the mean square."""


class _Expected:
    """Values of rows against what their seasons let expect, as running sums along the first axis."""

    def __init__(self, values: Floats, seasons: Sequence[Groups], counted: Floats) -> None:
        each = values if values.ndim == 2 else values[:, np.newaxis]
        means = np.stack([_expected(own, seasons, counted) for own in each.T], axis=1).reshape(values.shape)
        weights = counted if values.ndim == 1 else counted[:, np.newaxis]
        residuals = (values - means) * weights
        self.running = _running(residuals)
        self.expected = _running(means * weights)
        self.variance = np.square(residuals).sum(axis=0) / max(counted.sum(), 1.0)
        """Of a single value, beyond the seasons."""

    def over(self, starts: Cells, ends: Cells) -> Floats:
        """Return the sum of each stretch beyond what is expected."""
        return np.asarray(self.running[ends] - self.running[starts])


def _expected(values: Floats, seasons: Sequence[Groups], counted: Floats) -> Floats:
    """Return what the seasons let expect of each row, one upon the other, learned from their other cycles."""
    whole = float((values * counted).sum() / max(counted.sum(), 1.0))
    expected = np.full(len(values), whole)
    for groups in seasons:
        rest = values - (expected - whole) if groups.rare else values
        expected += expected_from_other_cycles(rest, counted, groups) - whole
    return expected


class Rows:
    """The cells of one column, row by row, and the seasons that the column has."""

    def __init__(self, column: ColumnReference, cells: Cells, seasons: Sequence[Groups] = ()) -> None:
        self._column, self._cells, self._seasons = column, cells, seasons
        folds = column.buckets.fold_starts
        self._n_buckets = len(folds)
        buckets = np.searchsorted(folds, np.arange(column.buckets.n_cells), side="right") - 1
        ones = np.eye(len(folds), dtype=np.int32)[buckets[cells]]
        every = np.ones(len(cells))
        self._counts = _running(ones)
        self._buckets = _Expected(ones.astype(np.float64), seasons, every)
        self._missing = _Expected((cells == column.buckets.n_cells - 1).astype(np.float64), seasons, every)
        self._scores = self._numeric(column.buckets.n_ranges) if isinstance(column.buckets, NumericBuckets) else None

    def _numeric(self, n_ranges: int) -> tuple[Floats, _Expected, _Expected]:
        """Return the running number of finite values, their scores and their squared scores."""
        finite = (self._cells < n_ranges).astype(np.float64)
        scores = np.append(normal_scores(self._column.counts[:n_ranges]), [0.0, 0.0])[self._cells]
        squares = np.square(scores)
        return (
            np.asarray(_running(finite)),
            _Expected(scores, self._seasons, finite),
            _Expected(squares, self._seasons, finite),
        )

    def shuffled(self, random: np.random.Generator) -> "Rows":
        """Return the same rows in random order."""
        order = random.permutation(len(self._cells))
        seasons = [Groups(groups.parts[order], groups.groups[order], groups.rare) for groups in self._seasons]
        return Rows(self._column, self._cells[order], seasons)

    def strays(self, starts: Cells, ends: Cells) -> Strays:
        """Return how far each stretch strays, and how far rare windows will."""
        sizes = (ends - starts).astype(np.float64)
        missing = self._missing.over(starts, ends) / sizes
        psi, noise = self._psi(starts, ends)
        # The bucket that strays most decides for the histogram (Rao and Scott 1981, JASA 76(374):221-230).
        frequent = self._counts[-1] >= MIN_BUCKET_COUNT
        shares = self._buckets.over(starts, ends)[:, frequent] / sizes[:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            variances = {
                "missing": sizes * np.square(missing) / self._missing.variance,
                "shape": sizes[:, np.newaxis] * np.square(shares) / self._buckets.variance[frequent],
            }
        deviations = {"missing": np.abs(missing), "shape": psi - (self._n_buckets - 1) * noise}
        if self._scores is not None:
            squares_of_numbers, of_numbers = self._of_numbers(self._scores, starts, ends)
            variances, deviations = variances | squares_of_numbers, deviations | of_numbers
        bands = {key: farthest(own) for key, own in deviations.items()}
        return Strays(variances, bands, {key: _root_mean_square(own) for key, own in deviations.items()})

    def _of_numbers(
        self, given: tuple[Floats, _Expected, _Expected], starts: Cells, ends: Cells
    ) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Return the squares and the deviations of location and scale."""
        finite, scores, squares = given
        n = finite[ends] - finite[starts]
        with np.errstate(divide="ignore", invalid="ignore"):
            location, scale = scores.over(starts, ends) / n, squares.over(starts, ends) / n
            # The effect is a ratio to the expected square.
            ratio = 1.0 + scale / np.maximum((squares.expected[ends] - squares.expected[starts]) / n, SMALLEST)
            variances = {
                "location": n * np.square(location) / max(float(scores.variance), SMALLEST),
                "scale": n * np.square(scale) / max(float(squares.variance), SMALLEST),
            }
        if not np.isfinite(location).any():
            return variances, {}
        logs = np.abs(np.log(np.maximum(ratio, SMALLEST))) / 2
        return variances, {"location": np.abs(location), "scale": logs}

    def _psi(self, starts: Cells, ends: Cells) -> tuple[Floats, Floats]:
        """Return the PSI of each stretch against what is expected, and 1/n + 1/m."""
        window = (self._counts[ends] - self._counts[starts]).astype(np.float64)
        expected = np.maximum(self._buckets.expected[ends] - self._buckets.expected[starts], 0.0)
        n_buckets, n, m = np.array(float(self._n_buckets)), window.sum(axis=1), float(len(self._cells))
        whole = expected * (m / n)[:, np.newaxis]
        p, q = smoothed_shares(whole, np.full(len(n), m), n_buckets), smoothed_shares(window, n, n_buckets)
        return population_stability(p, q, log_ratio(p, q)), 1 / n + 1 / m


def _root_mean_square(deviations: Floats) -> float:
    known = deviations[np.isfinite(deviations)]
    return float(np.sqrt(np.square(known).mean())) if len(known) else 0.0


def _running(values: Any) -> Any:
    """Return the sum of all values before each place, along the first axis."""
    return np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
