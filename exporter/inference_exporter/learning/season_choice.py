"""Chooses the seasons that each column has, by whether they predict the cycles they were not learned from.

A column has a season if the mean of a part of one cycle (the 8 o'clock of one
day, the March of one year) lies closer to the mean of that part in all *other*
cycles than to the mean of everything (leave-one-out cross-validation: Stone
1974, J. R. Stat. Soc. B 36(2):111-147). If parts differ only by chance, leaving
out makes the prediction worse, by one part in the number of cycles.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Cells, Floats
from ..measures.special_functions import betaincinv
from ..reference.buckets import CategoricalBuckets, NumericBuckets
from ..reference.normal_scores import normal_scores
from ..reference.reference import ColumnReference, Reference
from ..reference.traits import LearningSamples
from ..values.numbers import as_numbers
from ..windows.holidays import HOLIDAY, season_named
from ..windows.seasons import Season

# The part of the variance that a season must predict. By chance, that of the mean of c cycles is 1 / c of it: twice as
# much beyond that, at least a twentieth, and with few cycles half of it.
LEAST_PREDICTED, ENOUGH_PREDICTED, TIMES_CHANCE = 0.05, 0.5, 2.0
LONGEST_FIRST = ("month_of_year", "day_of_week", "hour_of_day")
CHANCE_OF_RARE = 1e-3  # that holidays differ from other days by chance: they are one part, others are 7 to 24
MIN_BUCKET_COUNT = 30  # total count of a bucket; how rarer values cluster is chance


@dataclass(frozen=True, eq=False)
class Groups:
    """The rows of a reference by part of a season and cycle, shape (n,) each."""

    parts: Cells
    groups: Cells
    """Number of the part in its cycle, from 0."""
    rare: bool = False
    """Whether the season is rare: it shows in what all others leave."""

    @classmethod
    def of(cls, season: Season, times: Floats) -> "Groups":
        """Return the groups of rows at some times."""
        parts = season.part_of(times)
        _, groups = np.unique(season.cycle_of(times) * season.n_parts + parts, return_inverse=True)
        return cls(parts, groups, season.rare)

    @property
    def n_cycles(self) -> int:
        """The number of cycles in which a typical part has rows."""
        cycles = np.bincount(self.parts_of_groups)[int(self.rare) :]
        return int(np.median(cycles[cycles > 0])) if (cycles > 0).any() else 0

    @property
    def parts_of_groups(self) -> Cells:
        """The part of each group."""
        parts = np.zeros(self.groups.max(initial=0) + 1, dtype=np.intp)
        parts[self.groups] = self.parts
        return parts

    def means(self, values: Floats, counted: Floats) -> tuple[Floats, Floats, Floats]:
        """Return of each group the mean, the mean of the same part in other cycles (NaN: none has it), and the weight.

        `values` has shape (n,); rows count as often as `counted` says.
        """
        of_group, n_parts = self.parts_of_groups, int(self.parts.max(initial=0)) + 1
        n_groups = len(of_group)
        weights = np.bincount(self.groups, counted, n_groups)
        sums = np.bincount(self.groups, values * counted, n_groups)
        others = np.bincount(of_group, weights, n_parts)[of_group] - weights
        sums_of_others = np.bincount(of_group, sums, n_parts)[of_group] - sums
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums / weights, np.where(others > 0, sums_of_others / others, np.nan)
        return np.asarray(means[0]), means[1], np.asarray(weights)


def expected_from_other_cycles(values: Floats, counted: Floats, groups: Groups) -> Floats:
    """Return what the same part of the other cycles lets expect of each row; the mean of all rows if no other has it.

    Both have the shape (n,).
    """
    total = counted.sum()
    whole = float((values * counted).sum() / total) if total else 0.0
    _, others, _ = groups.means(values, counted)
    return np.where(np.isnan(others), whole, others)[groups.groups]


def groups_of(times: Floats, holidays: Sequence[str] = ()) -> dict[str, Groups]:
    """Return the groups of each season that repeats often enough in some times: the longest first, holidays last."""
    keys = (*LONGEST_FIRST, HOLIDAY) if holidays else LONGEST_FIRST
    seasons = {key: season_named(key, holidays) for key in keys}
    found = {key: Groups.of(season, times) for key, season in seasons.items()}
    return {key: groups for key, groups in found.items() if groups.n_cycles >= seasons[key].least_cycles}


def chosen_seasons(samples: LearningSamples, reference: Reference) -> dict[str, list[int]]:
    """Return the seasons that any column has, with the places of those columns in the reference."""
    if samples.times is None:
        return {}
    candidates = groups_of(samples.times, samples.holidays)
    if not candidates:
        return {}
    chosen: dict[str, list[int]] = {}
    for place, column in enumerate(reference.columns):
        for key in _seasons_of(list(_subjects(column, samples)), candidates):
            chosen.setdefault(key, []).append(place)
    return chosen


Subject = list[tuple[Floats, Floats]]
"""What is predicted together: values of each row, and how often each counts, shape (n,)."""


def _seasons_of(subjects: list[Subject], candidates: Mapping[str, Groups]) -> Iterator[str]:
    for key, groups in candidates.items():
        if any(_predicted(subject, groups) >= _least(groups) for subject in subjects):
            yield key
            # A shorter season has to explain what this one leaves.
            subjects = [
                [(own - expected_from_other_cycles(own, counted, groups), counted) for own, counted in subject]
                for subject in subjects
            ]


def _least(groups: Groups) -> float:
    """Return the part of the variance that a season must predict."""
    n = groups.n_cycles
    least = float(np.clip(TIMES_CHANCE / n, LEAST_PREDICTED, ENOUGH_PREDICTED))
    if not groups.rare:
        return least
    # Student's t of the mean of n holidays: leaving one out multiplies their deviations from it by n / (n - 1).
    beta = float(betaincinv((n - 1) / 2, 0.5, CHANCE_OF_RARE))
    return max(least, 1.0 - (n / (n - 1)) ** 2 * beta)


def _predicted(subject: Subject, groups: Groups) -> float:
    """Return the part of the variance between groups that the other cycles predict; below 0 if none."""
    left = every = 0.0
    for values, counted in subject:
        variance = float(np.average(np.square(values - np.average(values, weights=counted)), weights=counted))
        if variance <= 0:
            continue
        means, others, weights = groups.means(values, counted)
        known = np.isfinite(means) & np.isfinite(others) & (weights > 0)
        if not known.any():
            continue
        whole = np.average(means[known], weights=weights[known])
        if groups.rare:
            known &= groups.parts_of_groups > 0
        left += float((weights * np.square(means - others))[known].sum()) / variance
        every += float((weights * np.square(means - whole))[known].sum()) / variance
    return 1.0 - left / every if every > 0 else 0.0


def _subjects(column: ColumnReference, samples: LearningSamples) -> Iterator[Subject]:
    """Yield what a season may predict: location, spread and missing values of numbers, or shares of categories."""
    values = samples.values_of(column)
    if values is None:
        return
    ones = np.ones(samples.batch.size)
    if isinstance(column.buckets, CategoricalBuckets):
        cells = column.buckets.locate(values)
        buckets = np.searchsorted(column.buckets.fold_starts, cells, side="right") - 1
        frequent = np.flatnonzero(np.bincount(buckets) >= MIN_BUCKET_COUNT)
        yield [((buckets == bucket).astype(np.float64), ones) for bucket in frequent.tolist()]
        return
    assert isinstance(column.buckets, NumericBuckets)
    cells = column.buckets.locate(as_numbers(values))
    n_ranges = column.buckets.n_ranges
    finite = (cells < n_ranges).astype(np.float64)
    if finite.any():
        scores = np.append(normal_scores(column.counts[:n_ranges]), [0.0, 0.0])[cells]
        yield [(scores, finite)]
        yield [(np.square(scores), finite)]
    yield [((cells == column.buckets.n_cells - 1).astype(np.float64), ones)]
