"""The trend of each numeric column over the time of a reference: a line through the means of equal stretches of time.

Means are those of normal scores, in standard deviations and robust against far
values, without what the chosen seasons explain. A trend is learned only if chance does not
explain it and it predicts: its slope is tested with errors that depend on their
neighbours (effective sample size of an autoregression: Bartlett 1935, J. R.
Stat. Soc. 98(3):536-543), and the line through each half of the reference has to predict the
other half better than the half's mean does. It changes no verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Cells, Floats
from ..measures.special_functions import betaincinv
from ..reference.buckets import NumericBuckets
from ..reference.normal_scores import normal_scores
from ..reference.reference import ColumnReference, Reference
from ..reference.traits import LearningSamples, Record, Trait
from ..values.numbers import as_numbers
from ..windows.holidays import season_named

STRETCHES = 16
LEAST_STRETCHES, LEAST_VALUES = 12, 30
LEAST_CHANGE_SD = 0.3  # over the reference's time: about what matters by default
CHANCE = 1e-4  # of a model's columns together
LEAST_PREDICTED = 0.5  # part of the other half's variation around this half's mean
MOST_ALIKE = 0.9  # correlation of neighbouring errors
PASSES = 5  # between seasons and trend, which explain each other in part
DIGITS = 6


@dataclass(frozen=True)
class Learned:
    """The trends of columns that have one, by their place in the reference; all lists have one item a column."""

    columns: Sequence[int]
    middle: Sequence[float]
    """Time at which a column is as in the reference on average, Unix seconds."""
    slope: Sequence[float]
    """Standard deviations a second."""
    slope_error: Sequence[float]
    spread: Sequence[float]
    """Standard deviation of the stretches around the line."""
    end: float
    seconds: float
    """The length of the reference: it predicts as much ahead, no more."""


@dataclass(frozen=True)
class Line:
    """A line through the means of stretches."""

    middle: float
    level: float
    slope: float
    error: float
    spread: float

    def at(self, times: Floats) -> Floats:
        """Return the line's values."""
        return self.level + self.slope * (times - self.middle)


def line_through(times: Floats, means: Floats) -> Line:
    """Return the line of least squares, with the error of its slope if neighbouring errors are alike."""
    middle, n = float(times.mean()), len(times)
    apart = times - middle
    slope = float((apart * means).sum() / np.square(apart).sum())
    errors = means - means.mean() - slope * apart
    variance = float(np.square(errors).sum() / max(n - 2, 1))
    # The correlation of few errors around a line is estimated too low, by about four parts in their number (Kendall
    # 1954, Biometrika 41(3/4):403-404).
    total = float(np.square(errors).sum())
    alike = float(np.clip((errors[1:] * errors[:-1]).sum() / total + 4 / n, 0.0, MOST_ALIKE)) if total else 0.0
    error = np.sqrt(variance / np.square(apart).sum() * (1 + alike) / (1 - alike))
    return Line(middle, float(means.mean()), slope, float(error), float(np.sqrt(variance)))


def is_trend(times: Floats, means: Floats, chance: float) -> bool:
    """Return whether means follow a line more than `chance` explains, so that each half predicts the other."""
    line, n = line_through(times, means), len(times)
    change = abs(line.slope) * float(times[-1] - times[0])
    if n < LEAST_STRETCHES or change < LEAST_CHANGE_SD:
        return False
    # Student's t squared at this chance, from the beta distribution of n - 2 / (n - 2 + t squared).
    beta = float(betaincinv((n - 2) / 2, 0.5, chance))
    sure = line.slope**2 * beta >= line.error**2 * (n - 2) * (1 - beta)
    half = n // 2
    halves = ((slice(0, half), slice(half, n)), (slice(half, n), slice(0, half)))
    return bool(sure) and all(_predicts(times, means, *pair) for pair in halves)


def _predicts(times: Floats, means: Floats, own: slice, other: slice) -> bool:
    line = line_through(times[own], means[own])
    left = np.square(means[other] - line.at(times[other])).sum()
    return bool(left <= (1 - LEAST_PREDICTED) * np.square(means[other] - line.level).sum())


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    times = samples.times
    if times is None or len(times) < LEAST_STRETCHES * LEAST_VALUES or not times[-1] > times[0]:
        return None
    numeric = [place for place, column in enumerate(reference.columns) if column.numeric]
    found = {
        place: line
        for place in numeric
        for line in _lines(reference.columns[place], samples, _parts(samples, place), CHANCE / len(numeric))
    }
    if not found:
        return None
    lines = found.values()
    return Learned(
        list(found),
        [round(line.middle, 1) for line in lines],
        [_rounded(line.slope) for line in lines],
        [_rounded(line.error) for line in lines],
        [_rounded(line.spread) for line in lines],
        float(times[-1]),
        float(times[-1] - times[0]),
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _parts(samples: LearningSamples, place: int) -> list[Cells]:
    """Return the part of each row in each season that a column has."""
    assert samples.times is not None
    keys = [key for key, places in samples.chosen_seasons.items() if place in places]
    return [season_named(key, samples.holidays).part_of(samples.times) for key in keys]


def _lines(
    column: ColumnReference, samples: LearningSamples, seasons: Sequence[Cells], chance: float
) -> Iterator[Line]:
    """Yield the line of a column if it has a trend."""
    values, times, buckets = samples.values_of(column), samples.times, column.buckets
    assert times is not None and isinstance(buckets, NumericBuckets)
    if values is None or column.stddev == 0:
        return
    cells = buckets.locate(as_numbers(values))
    finite = cells < buckets.n_ranges
    scores = normal_scores(column.counts[: buckets.n_ranges])[cells[finite]]
    own, stretch = times[finite], _stretches(times)[finite]
    counts = np.bincount(stretch, minlength=STRETCHES)
    known = counts >= LEAST_VALUES
    if known.sum() < LEAST_STRETCHES:
        return
    middles = _means(own, stretch, STRETCHES)[known]
    trend = np.zeros(len(own))
    for _ in range(PASSES if seasons else 1):
        rest = _without([part[finite] for part in seasons], scores - trend)
        means = _means(trend + rest, stretch, STRETCHES)[known]
        line = line_through(middles, means)
        trend = line.at(own) - line.level
    if is_trend(middles, means, chance):
        yield line


def _stretches(times: Floats) -> Cells:
    share = (times - times[0]) / (times[-1] - times[0])
    return np.asarray(np.minimum(share * STRETCHES, STRETCHES - 1).astype(np.intp))


def _without(seasons: Sequence[Cells], values: Floats) -> Floats:
    """Return values without the means of the parts of each season, one after the other."""
    for parts in seasons:
        values = values - _means(values, parts, int(parts.max(initial=0)) + 1)[parts]
    return values


def _means(values: Floats, groups: Cells, number: int) -> Floats:
    counts = np.bincount(groups, minlength=number)
    return np.asarray(np.bincount(groups, values, number) / np.maximum(counts, 1))


RECORD = Record("trend", Learned)
TRAIT = Trait(RECORD, _learn)
