"""The reference by hour of the day, day of the week or month of the year: as configured, and as the data show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..reference.grid import Grid
from ..reference.reference import Reference
from ..reference.traits import Json, LearningSamples, Record, Trait
from ..windows.seasons import SEASONS


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
    keys = sorted({*samples.seasons, *samples.chosen_seasons})
    if samples.times is None or not keys:
        return None
    grid = Grid(reference)
    located = grid.locate(samples.batch)
    learned = {}
    for key in keys:
        season = SEASONS[key]
        parts = season.part_of(samples.times)
        # Only for a configured season the counts of every column are needed.
        kept = np.ones(grid.n_cells, dtype=np.int64)
        if key not in samples.seasons:
            kept = np.repeat(np.isin(np.arange(len(grid.columns)), samples.chosen_seasons[key]), grid.sizes) * kept
        counts = [
            (located.counts(np.flatnonzero(parts == part), grid.n_cells) * kept).tolist()
            for part in range(season.n_parts)
        ]
        learned[key] = {"rows": np.bincount(parts, minlength=season.n_parts).tolist(), "counts": counts}
    chosen = {key: list(places) for key, places in samples.chosen_seasons.items()}
    return Learned(learned, chosen, list(samples.seasons))


def _upgraded(found: Json) -> Json:
    """Return what version 1 (counts alone) or 2 (no choice) stored, as today."""
    seasons = found.get("seasons", {key: content for key, content in found.items() if key in SEASONS})
    return {"seasons": seasons, "chosen": {}, "configured": list(seasons)}


RECORD = Record("seasons", Learned, version=3, upgrade=_upgraded)
TRAIT = Trait(RECORD, _learn)


def seasons_shown(reference: Reference) -> dict[str, list[str]]:
    """Return the seasons that the data of a reference show, with the names of the columns that have them."""
    learned = RECORD.of(reference)
    if learned is None:
        return {}
    return {key: [reference.columns[place].name for place in places] for key, places in learned.chosen.items()}
