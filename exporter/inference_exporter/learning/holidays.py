"""What a reference knows of holidays: how they differ from what the other seasons of each column let expect."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Cells, Floats
from ..reference.grid import Grid, Located
from ..reference.reference import Reference
from ..reference.traits import LearningSamples, Record, Trait
from ..windows.holidays import HOLIDAY, season_named
from ..windows.seasons import SEASONS, Mixture
from .season_choice import Groups
from .seasons import season_counts

# Hundredths of a row: differences are fractions, and more digits would only lengthen the file.
DIGITS = 2


@dataclass(frozen=True)
class Learned:
    """The days, and the counts of the columns that follow them."""

    holidays: Sequence[str]
    """As they were configured."""
    occurrences: int
    """Holidays with rows; those that follow one another are one."""
    columns: Sequence[int]
    """The columns in which the data show holidays, by their place in the reference."""
    rows: Sequence[int]
    """The number of rows on other days, and on holidays."""
    counts: Sequence[Sequence[float]]
    """Of the same two parts over the cells, as if the other seasons were those of all rows; empty without columns."""


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if samples.times is None or not samples.holidays:
        return None
    season = season_named(HOLIDAY, samples.holidays)
    parts, columns = season.part_of(samples.times), list(samples.chosen_seasons.get(HOLIDAY, ()))
    rows = np.bincount(parts, minlength=season.n_parts)
    counts = _counts(samples, Grid(reference), parts, columns).round(DIGITS).tolist() if columns else []
    occurrences = Groups.of(season, samples.times).n_cycles
    return Learned(list(samples.holidays), occurrences, columns, rows.tolist(), counts)


def _counts(samples: LearningSamples, grid: Grid, parts: Cells, columns: Sequence[int]) -> Floats:
    """Return the counts of both parts, shape (2, n_cells), without the differences that other seasons explain.

    Most holidays of a country may be Mondays: what a Monday has is not to be added twice.
    """
    assert samples.times is not None
    located = grid.locate(samples.batch)
    others = _OtherSeasons(samples, grid, located)
    found = np.zeros((2, grid.n_cells))
    kept = np.repeat(np.isin(np.arange(len(grid.columns)), columns), grid.sizes)
    for part in range(2):
        rows = np.flatnonzero(parts == part)
        if len(rows):
            own = located.counts(rows, grid.n_cells)
            found[part] = kept * (own - others.explained(samples.times[rows]))
    return found


class _OtherSeasons:
    """The chosen seasons of each column but for holidays."""

    def __init__(self, samples: LearningSamples, grid: Grid, located: Located) -> None:
        assert samples.times is not None
        self._seasons = [SEASONS[key] for key in samples.chosen_seasons if key != HOLIDAY]
        self._whole, self._grid = grid.reference_counts(), grid
        counts = [
            season_counts(located, grid, SEASONS[key].part_of(samples.times), SEASONS[key].n_parts, places)
            for key, places in samples.chosen_seasons.items()
            if key != HOLIDAY
        ]
        self._mixture = Mixture(self._whole, grid.starts, counts)

    def explained(self, times: Floats) -> Floats:
        """Return by how much the counts of rows at some times differ from the whole's because of these seasons."""
        weights = [np.bincount(season.part_of(times), minlength=season.n_parts) for season in self._seasons]
        mixed = self._mixture.of(weights)
        totals = np.add.reduceat(mixed, self._grid.starts)
        share = self._whole / max(float(np.add.reduceat(self._whole, self._grid.starts)[0]), 1.0)
        return np.asarray(len(times) * (mixed / np.repeat(totals, self._grid.sizes) - share))


RECORD = Record("holidays", Learned)
TRAIT = Trait(RECORD, _learn)
