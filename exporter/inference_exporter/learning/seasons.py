"""The reference by hour of the day, day of the week or month of the year: as configured, and as the data show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Cells
from ..reference.grid import Grid, Located
from ..reference.reference import Reference
from ..reference.traits import Json, LearningSamples, Record, Trait
from ..windows.seasons import SEASONS, SeasonCounts


@dataclass(frozen=True)
class Learned:
    """What is learned of each season, by its key."""

    seasons: Mapping[str, Mapping[str, Any]]
    """The number of rows in each part, and their counts over the cells."""
    chosen: Mapping[str, Sequence[int]]
    """The columns in which the data show the season, by their place in the reference."""
    configured: Sequence[str]
    """The seasons that have the counts of all columns; others have those of the columns that show them."""


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    chosen_seasons = {key: list(places) for key, places in samples.chosen_seasons.items() if key in SEASONS}
    keys = sorted({*samples.seasons, *chosen_seasons})
    if samples.times is None or not keys:
        return None
    grid = Grid(reference)
    located = grid.locate(samples.batch)
    learned = {}
    for key in keys:
        season = SEASONS[key]
        parts = season.part_of(samples.times)
        # Only for a configured season the counts of every column are needed.
        places = None if key in samples.seasons else chosen_seasons[key]
        counted = season_counts(located, grid, parts, season.n_parts, places)
        learned[key] = {"rows": counted.rows.tolist(), "counts": counted.parts.tolist()}
    return Learned(learned, chosen_seasons, list(samples.seasons))


def season_counts(
    located: Located, grid: Grid, parts: Cells, n_parts: int, places: Sequence[int] | None = None
) -> SeasonCounts:
    """Return the counts of each part of a season, of some columns or of all."""
    every = np.arange(len(grid.columns))
    having = np.isin(every, every if places is None else places)
    # Other columns keep their cells, empty, so that all seasons line up with the grid.
    kept = np.repeat(having, grid.sizes).astype(np.int64)
    counts = [located.counts(np.flatnonzero(parts == part), grid.n_cells) * kept for part in range(n_parts)]
    return SeasonCounts(np.array(counts), np.bincount(parts, minlength=n_parts), having)


def _upgraded(found: Json) -> Json:
    """Return what version 1 (counts alone) or 2 (no choice) stored, as today."""
    seasons = found.get("seasons", {key: content for key, content in found.items() if key in SEASONS})
    return {"seasons": seasons, "chosen": {}, "configured": list(seasons)}


RECORD = Record("seasons", Learned, version=3, upgrade=_upgraded)
TRAIT = Trait(RECORD, _learn)
