"""How much each column varies between stretches of the reference: hours, days, weeks, and fixed numbers of rows.

Two things are learned for each kind of stretch. The **design effect** is how
much more its mean varies than the mean of as many independent values: rows of
one hour resemble each other, so a window of them carries less information than
its size suggests (Kish 1965, Survey Sampling, section 8.2). The **band** is how
far rare windows stray beyond noise, for each test of the verdict. If
the stretches of no column differ by more than noise (shuffled rows, traffic
without a rhythm) the design effect is 1 and the band 0, and neither costs any
power. Otherwise the columns of the model share what they know (`pooling`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..arrays import Cells, Column, Floats
from ..measures.stretch_means import doubt
from ..reference.buckets import CategoricalBuckets, NumericBuckets
from ..reference.natural_variation import CHOSEN, RARITIES, RECORD, Learned
from ..reference.reference import ColumnReference, Reference
from ..reference.traits import LearningSamples, Trait
from ..values.numbers import as_numbers
from ..windows.holidays import HOLIDAY, season_named
from .few_stretches import completed
from .pooling import pooled_upper
from .season_choice import Groups
from .strays import Rows, farthest

SIZES = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
PERIODS_SECONDS = (3600.0, 86400.0, 7 * 86400.0, 28 * 86400.0, 91 * 86400.0)
STRETCHES = 10  # too few below this to learn how they differ
SMALLEST_STRETCH = 30  # median rows of a period; smaller periods show noise rather than rhythm
# The stretches of some column must vary more than shuffled rows do by this many standard errors, so that shuffled rows
# have no rhythm.
SURE_ERRORS = 5.0
# Or the farthest stretch strays this many times as far as that of shuffled rows: few, but large changes.
FAR_TIMES_NOISE = 3.0
MIN_STRETCHES_FOR_FARTHEST = 50  # among fewer, one may be far by chance
# The farthest window strays so many times as far as that of shuffled rows: from here on it is not noise, …
NOISE, BEYOND_NOISE = 1.15, 1.5  # … and from here on nothing of it is.
OF_RANGE = 1.5  # times the share of numbers beyond all others that a stretch has: only one stretch shows it
BY_CHANCE = 3.0  # times the error of normal deviations
WHOLE = ""  # no season
KEYS = ("location", "missing", "scale", "shape")
DIGITS = 4

Stretches = list[tuple[int, int]]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if samples.times is None:
        return None
    rows = samples.batch.size
    sizes = [size for size in SIZES if rows // size >= STRETCHES]
    periods = [seconds for seconds in PERIODS_SECONDS if _is_long_enough(samples.times, seconds)]
    levels = [*(_by_rows(rows, size) for size in sizes), *(_by_time(samples.times, seconds) for seconds in periods)]
    if not levels:
        return None
    found = _by_kind(samples, reference, (levels, len(sizes)))
    if not any(level.excess_variance for kind in found.values() for column in kind for level in column):
        return None
    parts_of = {
        key: {"by_size": _part(kind, 0, len(sizes)), "by_period": _part(kind, len(sizes), len(levels))}
        for key, kind in found.items()
    }
    whole = parts_of.pop(WHOLE)
    independent = _independent(levels, len(sizes))
    return Learned(sizes=sizes, periods_seconds=periods, stretches=independent, seasonal=parts_of, **whole)


def _by_kind(
    samples: LearningSamples, reference: Reference, given: tuple[list[Stretches], int]
) -> "dict[str, list[list[_Strayed]]]":
    """Return how far stretches stray from the reference, from each configured season, and from the chosen ones."""
    assert samples.times is not None
    places = range(len(reference.columns))
    groups = {
        key: Groups.of(season_named(key, samples.holidays), samples.times)
        for key in {*samples.seasons, *samples.chosen_seasons}
    }
    whole = _seen_of_all(samples, reference, {}, given)
    seen = {WHOLE: [whole[place] for place in places]}
    for key in samples.seasons:
        own = _seen_of_all(samples, reference, {place: [groups[key]] for place in places}, given)
        seen[key] = [own[place] for place in places]
    if samples.chosen_seasons:
        # Holidays are learned from what the other seasons leave.
        keys = sorted(samples.chosen_seasons, key=lambda key: key == HOLIDAY)
        chosen = {
            place: [groups[key] for key in keys if place in samples.chosen_seasons[key]]
            for place in sorted(set().union(*samples.chosen_seasons.values()))
        }
        own = whole | _seen_of_all(samples, reference, chosen, given, chosen)
        seen[CHOSEN] = [own[place] for place in places]
    return {key: _pooled(of_kind, given[0]) for key, of_kind in seen.items()}


def _seen_of_all(
    samples: LearningSamples,
    reference: Reference,
    seasons: "Mapping[int, Sequence[Groups]]",
    given: tuple[list[Stretches], int],
    places: Iterable[int] | None = None,
) -> "dict[int, list[_Seen]]":
    """Return what the stretches of each level show of some columns, by default all, given the seasons of each."""
    levels, n_sizes = given
    independent = _independent(levels, n_sizes)
    found = {}
    for place in range(len(reference.columns)) if places is None else places:
        seen = list(_seen(reference.columns[place], samples, seasons.get(place, ()), (levels, independent)))
        found[place] = [
            *_completed(seen[:n_sizes], independent[:n_sizes]),
            *_completed(seen[n_sizes:], independent[n_sizes:]),
        ]
    return found


def _completed(seen: "list[_Seen]", numbers: Sequence[float]) -> "Iterator[_Seen]":
    """Yield what ascending levels show, with bands that levels of more stretches complete."""
    bands = completed([each.bands for each in seen], [each.typical for each in seen], numbers)
    for each, own in zip(seen, bands, strict=True):
        yield replace(each, bands=own)


def _independent(levels: list[Stretches], n_sizes: int) -> list[float]:
    """Return the number of independent stretches of each level: of those by size, neighbours overlap by half."""
    return [len(level) / 2 if place < n_sizes else float(len(level)) for place, level in enumerate(levels)]


def _part(found: "list[list[_Strayed]]", first: int, end: int) -> dict[str, Any]:
    def table(values: Sequence[Sequence[Mapping[str, Any]]], without: Any) -> dict[str, list[list[Any]]]:
        keys = sorted({key for column in values for level in column for key in level})
        return {key: [[level.get(key, without) for level in column] for column in values] for key in keys}

    return {
        "excess_variance": table([[level.excess_variance for level in column[first:end]] for column in found], 0.0),
        "bands": table([[level.bands for level in column[first:end]] for column in found], [0.0] * len(RARITIES)),
    }


def _by_rows(rows: int, size: int) -> Stretches:
    """Return stretches of `size` rows; each begins in the middle of the one before."""
    return [(first, first + size) for first in range(0, rows - size + 1, max(size // 2, 1))]


def _by_time(times: Floats, seconds: float) -> Stretches:
    """Return the rows of each hour, day or week that has any."""
    starts = np.flatnonzero(np.diff(np.floor(times / seconds), prepend=-np.inf))
    return list(zip(starts.tolist(), [*starts[1:].tolist(), len(times)], strict=True))


def _is_long_enough(times: Floats, seconds: float) -> bool:
    lengths = [end - first for first, end in _by_time(times, seconds)]
    return len(lengths) >= STRETCHES and float(np.median(lengths)) >= SMALLEST_STRETCH


@dataclass(frozen=True)
class _Strayed:
    """How far the stretches of one column at one level stray."""

    bands: Mapping[str, list[float]]
    """By a test's key, for each of `RARITIES`; only values above 0, as below."""
    excess_variance: Mapping[str, float]
    """For each test, how much its subject varies between stretches beyond noise, in variances of a single value."""


def _seen(
    column: ColumnReference,
    samples: LearningSamples,
    seasons: Sequence[Groups],
    given: tuple[list[Stretches], list[float]],
) -> "Iterator[_Seen]":
    """Yield what the stretches of each level show of one column."""
    values = samples.values_of(column)
    missing = np.full(samples.batch.size, column.buckets.n_cells - 1)
    rows = Rows(column, missing if values is None else _located(column, values), seasons)
    beyond = _Beyond(column, values) if values is not None else None
    shuffled = rows.shuffled(np.random.default_rng(0))
    for level, number in zip(*given, strict=True):
        starts, ends = np.array(level, dtype=np.intp).T
        strays, noise = rows.strays(starts, ends), shuffled.strays(starts, ends)
        ratios = {key: _ratio(squares, noise.variances[key], number) for key, squares in strays.variances.items()}
        # A column of few numbers may have them in stretches before its rows are shuffled, and in none after.
        both = strays.bands.keys() & noise.bands.keys()
        parts = {key: _beyond_noise(strays.bands[key][-1], noise.bands[key][-1]) for key in both}
        rare = {} if beyond is None else beyond.bands(starts, ends)
        yield _Seen(ratios, strays.bands, strays.typical, parts, rare)


def _pooled(seen: "list[list[_Seen]]", levels: list[Stretches]) -> "list[list[_Strayed]]":
    """Return how far the stretches of each column stray, pooled over the model's columns if any has a rhythm."""
    has_rhythm = any(ratio.sure for column in seen for level in column for ratio in level.ratios.values())
    found: list[list[_Strayed]] = [[] for _ in seen]
    for place, level in enumerate(levels):
        at = [column[place] for column in seen]
        ratios = {key: _upper([each.ratios.get(key) for each in at], has_rhythm) for key in KEYS}
        rows_of_each = float(np.mean([end - start for start, end in level]))
        for index, each in enumerate(at):
            own = {key: float(limits[index]) for key, limits in ratios.items() if limits[index] > 1.0}
            found[index].append(_strayed(each, own, rows_of_each, has_rhythm))
    return found


def _upper(ratios: "list[_Ratio | None]", pooled: bool) -> Floats:
    """Return the ratio of variance to noise that each column may have, 1 if it is noise."""
    known = [ratio or NOTHING for ratio in ratios]
    far = np.array([ratio.far for ratio in known])
    if not pooled:
        return far
    logs, errors, doubts = (np.array([getattr(ratio, name) for ratio in known]) for name in ("log", "error", "doubt"))
    limits = np.fmax(np.fmax(pooled_upper(logs, errors), far), 1.0)
    return np.asarray(1.0 + (limits - 1.0) * doubts)


def _strayed(seen: "_Seen", ratios: Mapping[str, float], rows_of_each: float, has_rhythm: bool) -> _Strayed:
    """Return the bands and the excess variance of a column whose ratios of variance to noise are given.

    Stretches may vary less than noise and still stray far: hours of the day do where a day is cut off.
    """
    bands: dict[str, Floats] = {}
    if ratios or has_rhythm:
        for key, band in seen.bands.items():
            # Of the farthest window, the part that is not noise: by variance or by the farthest ones, the larger.
            part = max(1.0 - 1.0 / ratios.get(key, 1.0), 0.0)
            bands[key] = band * max(part if key == "shape" else np.sqrt(part), seen.parts.get(key, 0.0))
        if {"location", "shape"} <= bands.keys():
            # What moves the mean by d standard deviations moves the histogram by a PSI of d squared.
            bands["shape"] = np.fmax(bands["shape"], np.square(bands["location"]))
        bands |= seen.rare
    return _Strayed(
        {key: [_rounded(value) for value in band] for key, band in bands.items() if (band > 0).all()},
        {key: _rounded((ratio - 1.0) / rows_of_each) for key, ratio in ratios.items()},
    )


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _located(column: ColumnReference, values: Column) -> Cells:
    if isinstance(column.buckets, CategoricalBuckets):
        return column.buckets.locate(values)
    return column.buckets.locate(as_numbers(values))


@dataclass(frozen=True)
class _Ratio:
    """The variance between stretches as a multiple of noise."""

    log: float
    error: float
    """Variance of `log`."""
    far: float
    """The ratio that the farthest stretch alone shows; 1 if it could be chance."""
    sure: bool
    """Whether it is surely above 1."""
    doubt: float
    """How many times as large the part above 1 must be taken, since few of the stretches show it: values that are
    missing in two clusters are known by two stretches, however many others have none."""


@dataclass(frozen=True)
class _Seen:
    """What the stretches of one level show of one column, by a test's key."""

    ratios: Mapping[str, _Ratio]
    bands: Mapping[str, Floats]
    typical: Mapping[str, float]
    parts: Mapping[str, float]
    """The part of each band that the farthest windows show not to be noise."""
    rare: Mapping[str, Floats]
    """Bands of values that only one stretch has."""


def _ratio(squares: Floats, noise: Floats, number: float) -> _Ratio:
    """Return the ratio of squares, with mean 1 without a rhythm, to those of shuffled rows.

    Squares of several things, such as the buckets of a histogram, have shape (n, n_things): the largest counts.
    """
    if squares.ndim == 2:
        # One value more or less in a rare bucket strays far by itself: use only the mean here.
        each = [_ratio(own, other, number) for own, other in zip(squares.T, noise.T, strict=True)]
        largest = max((ratio for ratio in each if np.isfinite(ratio.log)), key=lambda ratio: ratio.log, default=NOTHING)
        return replace(largest, far=1.0, sure=any(ratio.sure for ratio in each))
    squares, noise = (side[np.isfinite(side)] for side in (squares, noise))
    if len(squares) == 0 or noise.sum() == 0 or squares.sum() == 0:
        return NOTHING
    mean = float(squares.mean())
    # Squares of normal deviations have a spread of root two, and few stretches estimate their spread poorly.
    few = 1 + STRETCHES / len(noise)
    sure = mean > 1.0 + SURE_ERRORS * max(float(noise.std()), np.sqrt(2)) / np.sqrt(len(noise) / 2) * few
    error = max(float(squares.var()) / mean**2, 2.0) / number
    far = float(squares.max() / noise.max()) / FAR_TIMES_NOISE if len(squares) >= MIN_STRETCHES_FOR_FARTHEST else 1.0
    # Squares of n normal deviations have an error of 2 / n; some times as much, by chance.
    few_show_it = max(doubt(1.0 + BY_CHANCE * 2.0 / error) / doubt(1.0 + number), 1.0)
    return _Ratio(float(np.log(mean)), error, max(far, 1.0), sure, few_show_it)


def _beyond_noise(band: float, noise: float) -> float:
    """Return the part of a band that is not noise, given that of shuffled rows."""
    if noise <= 0:
        return float(band > 0)
    return float(np.clip((band / noise - NOISE) / (BEYOND_NOISE - NOISE), 0.0, 1.0))


NOTHING = _Ratio(np.nan, np.nan, 1.0, False, 1.0)


class _Beyond:
    """Values of a column that only one stretch has: never-seen categories, numbers beyond all others."""

    def __init__(self, column: ColumnReference, values: Column) -> None:
        self._numbers: Floats | None = None
        self._first = self._last = self._count = np.array([], dtype=np.intp)
        if isinstance(column.buckets, NumericBuckets):
            numbers = as_numbers(values)
            self._numbers = np.where(np.isfinite(numbers), numbers, np.nan)
            return
        own = values.tolist() if isinstance(values, np.ndarray) else values
        known = {str(value): place for place, value in enumerate(dict.fromkeys(map(str, own)))}
        codes = np.fromiter((known[str(value)] for value in own), dtype=np.intp, count=len(own))
        places = np.arange(len(codes))
        self._last = np.zeros(len(known), dtype=np.intp)
        self._last[codes] = places
        self._first = np.zeros(len(known), dtype=np.intp)
        self._first[codes[::-1]] = places[::-1]
        self._count = np.bincount(codes, minlength=len(known))

    def bands(self, starts: Cells, ends: Cells) -> dict[str, Floats]:
        """Return how large the share of such values may be in a window."""
        if self._numbers is not None:
            return {"out_of_range": np.full(len(RARITIES), OF_RANGE * self._out_of_range(starts, ends))}
        # A category is confined to a stretch that contains its first and last row.
        alone = [
            int(self._count[(self._first >= start) & (self._last < end)].sum()) / (end - start)
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
        return {"unseen": farthest(np.array(alone))}

    def _out_of_range(self, starts: Cells, ends: Cells) -> float:
        assert self._numbers is not None
        greatest = 0.0
        for numbers in (self._numbers, -self._numbers):
            if np.isnan(numbers).all():
                continue
            farthest = int(np.nanargmax(numbers))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                if start <= farthest < end:
                    others = np.fmax.reduce(np.concatenate([numbers[:start], numbers[end:], [-np.inf]]))
                    greatest = max(greatest, float(np.count_nonzero(numbers[start:end] > others)) / (end - start))
        return greatest


TRAIT = Trait(RECORD, _learn)
