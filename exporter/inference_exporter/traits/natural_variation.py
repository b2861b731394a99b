"""How much each column varies between stretches of the reference: hours, days, weeks, and so many rows in a row.

For each kind of stretch and each test of the verdict the band is as far as
stretches stray beyond what sampling noise makes of them: a random effect, as
in a one-way analysis of variance (Fisher 1925, Statistical Methods for Research
Workers, chapter 7). Where stretches differ by no more than noise (rows that were
shuffled, traffic without a rhythm) the band is 0 and costs no power.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.special import chdtri

from ..batch import Column, Floats, as_numbers
from ..buckets import CategoricalBuckets, Cells, NumericBuckets
from ..measures.drift._base import log_ratio, smoothed_shares
from ..measures.drift.population_stability import population_stability, population_stability_debiased
from ..measures.evidence.scale import SMALLEST
from ..ranks import normal_scores
from ..reference import ColumnReference, Reference
from ..variation import KEY
from ._base import LearningSamples, Trait

SIZES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
PERIODS_SECONDS = (3600.0, 86400.0, 7 * 86400.0)
STRETCHES = 6  # with fewer nothing can be said of how they differ
SMALLEST_STRETCH = 30  # rows of a period, in the median, below which it tells more noise than rhythm
NOISE = 1e-4  # chance that shuffled rows seem to have a rhythm
# A month holds far more windows than a reference has stretches: what has been seen is not the most that may come.
MARGIN = 1.25
SPREADS = 5.0
DIGITS = 4

# How the kinds of straying here become effects of the verdict's tests. A stretch may be far narrower than the whole,
# as an hour of a day is, but not by more than all.
OF_TEST: dict[str, tuple[str, Callable[[float], float]]] = {
    "missing": ("missing", float),
    "location": ("location", float),
    "shape": ("shape", lambda root: root**2),
    "wider": ("scale", lambda change: float(np.log1p(change) / 2)),
    "narrower": ("scale", lambda change: float(-np.log(max(1.0 - change, SMALLEST)) / 2)),
}

Stretches = list[tuple[int, int]]
Effects = dict[str, tuple[Floats, Floats]]
"""By a key of OF_TEST: how far each stretch strays (signed, where it has a side), and the variance of noise."""


def _learn(samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
    if samples.times is None:
        return None
    rows = samples.batch.size
    sizes = [size for size in SIZES if rows // size >= STRETCHES]
    periods = [seconds for seconds in PERIODS_SECONDS if _is_long_enough(samples.times, seconds)]
    levels = [*(_by_rows(rows, size) for size in sizes), *(_by_time(samples.times, seconds) for seconds in periods)]
    if not levels:
        return None
    found = [list(_bands(column, samples, levels)) for column in reference.columns]
    keys = sorted({key for bands in found for level in bands for key in level})
    if not keys:
        return None

    def table(first: int, end: int) -> dict[str, list[list[float]]]:
        return {
            key: [[round(level.get(key, 0.0), DIGITS) for level in bands[first:end]] for bands in found] for key in keys
        }

    return {
        "sizes": sizes,
        "periods_seconds": periods,
        "by_size": table(0, len(sizes)),
        "by_period": table(len(sizes), len(levels)),
    }


def _by_rows(rows: int, size: int) -> Stretches:
    """Return stretches of so many rows; each begins in the middle of the one before."""
    return [(first, first + size) for first in range(0, rows - size + 1, max(size // 2, 1))]


def _by_time(times: Floats, seconds: float) -> Stretches:
    """Return the rows of each full hour, day or week that has any."""
    starts = np.flatnonzero(np.diff(np.floor(times / seconds), prepend=-np.inf))
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(times)], strict=True))


def _is_long_enough(times: Floats, seconds: float) -> bool:
    lengths = [end - first for first, end in _by_time(times, seconds)]
    return len(lengths) >= STRETCHES and float(np.median(lengths)) >= SMALLEST_STRETCH


def _bands(column: ColumnReference, samples: LearningSamples, levels: list[Stretches]) -> Iterator[dict[str, float]]:
    """Yield the bands of one column at each level, leaving out what is 0."""
    values = samples.values_of(column)
    missing = np.full(samples.batch.size, column.buckets.n_cells - 1)
    cells = missing if values is None else _located(column, values)
    widest: dict[str, float] = {}
    for level in levels:
        bands: dict[str, float] = {}
        for key, (effects, noise) in _effects(column, cells, level).items():
            farthest, band = _band(effects, noise, widest.get(key, np.inf))
            widest.setdefault(key, farthest)
            test, effect = OF_TEST[key]
            if band > 0:
                bands[test] = max(bands.get(test, 0.0), effect(band))
        yield bands


def _located(column: ColumnReference, values: Column) -> Cells:
    if isinstance(column.buckets, CategoricalBuckets):
        return column.buckets.locate(values)
    return column.buckets.locate(as_numbers(values))


def _band(effects: Floats, noise: Floats, at_most: float) -> tuple[float, float]:
    """Return how far the farthest stretch strays, and the band; both 0 where it is all noise."""
    known = np.isfinite(effects) & (noise > 0)
    effects, noise = effects[known], noise[known]
    # Neighbours overlap by half: every other one is independent.
    apart = np.square(effects[::2]) / noise[::2]
    if len(apart) < STRETCHES // 2 or apart.sum() <= chdtri(len(apart), NOISE):
        return 0.0, 0.0
    farthest = float(np.sqrt(np.maximum(np.square(effects) - noise, 0.0)).max())
    spread = float(np.sqrt(np.maximum(np.mean(np.square(effects) - noise), 0.0)))
    # Longer stretches are made of short ones, and stray no farther than those.
    return farthest, max(MARGIN * farthest, min(SPREADS * spread, at_most))


def _effects(column: ColumnReference, cells: Cells, level: Stretches) -> Effects:
    """Return, by a test's key, how each stretch differs from the whole."""
    starts, ends = np.array(level, dtype=np.intp).T
    sizes = (ends - starts).astype(np.float64)

    def sums(values: Floats) -> Floats:
        running = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(running[ends] - running[starts])

    missing = (cells == column.buckets.n_cells - 1).astype(np.float64)
    share = missing.mean()
    effects = {
        "missing": (sums(missing) / sizes - share, np.maximum(share * (1 - share), 0.0) / sizes),
        "shape": _shape(column, cells, starts, ends, sizes),
    }
    if isinstance(column.buckets, NumericBuckets):
        n_ranges = column.buckets.n_ranges
        scores = np.append(normal_scores(column.counts[:n_ranges]), [0.0, 0.0])[cells]
        finite = sums((cells < n_ranges).astype(np.float64))
        squares = np.square(scores)
        with np.errstate(divide="ignore", invalid="ignore"):
            effects["location"] = (sums(scores) / finite, 1.0 / finite)
            variance = np.mean(np.square(squares[cells < n_ranges] - 1)) if (cells < n_ranges).any() else 0.0
            scale = sums(squares) / finite - 1
            effects["wider"] = (np.maximum(scale, 0.0), variance / finite)
            effects["narrower"] = (np.maximum(-scale, 0.0), variance / finite)
    return effects


def _shape(column: ColumnReference, cells: Cells, starts: Cells, ends: Cells, sizes: Floats) -> tuple[Floats, Floats]:
    """Return the square roots of debiased PSI of stretches against the whole, and their noise.

    The root is to PSI what a shift is to its square, so that all effects are of one kind here.
    """
    folds = column.buckets.fold_starts
    buckets = (np.searchsorted(folds, np.arange(column.buckets.n_cells), side="right") - 1)[cells]
    psi = _debiased_psi(buckets, len(folds), starts, ends)
    # The law of PSI in stretches of few rows with rare categories is like no other: shuffled rows tell what noise does.
    shuffled = _debiased_psi(np.random.default_rng(0).permutation(buckets), len(folds), starts, ends)
    noise = (1 / sizes + 1 / len(cells)) * np.sqrt(2.0 * max(len(folds) - 1, 1))
    return np.sqrt(psi), np.maximum(noise, shuffled.mean() + shuffled.std())


def _debiased_psi(buckets: Cells, number: int, starts: Cells, ends: Cells) -> Floats:
    """Return the debiased PSI of each stretch against all rows."""
    indicator = np.zeros((len(buckets) + 1, number), dtype=np.int32)
    indicator[np.arange(1, len(buckets) + 1), buckets] = 1
    running = np.cumsum(indicator, axis=0, out=indicator)
    whole, window = running[-1].astype(np.float64), (running[ends] - running[starts]).astype(np.float64)
    n_buckets = np.array(float(number))
    p = smoothed_shares(whole, np.array(whole.sum()), n_buckets)
    q = smoothed_shares(window, window.sum(axis=1), n_buckets)
    psi = population_stability(p, q, log_ratio(p, q))
    return population_stability_debiased(psi, n_buckets, 1 / window.sum(axis=1) + 1 / whole.sum())


TRAIT = Trait(KEY, _learn)
