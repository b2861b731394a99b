"""The reference by hour of the day or day of the week, if configured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..reference.grid import Grid
from ..reference.reference import Reference
from ..reference.traits import LearningSamples, Record, Trait
from ..windows.seasons import SEASONS


@dataclass(frozen=True)
class Learned:
    """What is learned of each season, by its key: the number of rows in each part, and their counts over the cells."""

    seasons: Mapping[str, Mapping[str, Any]]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if samples.times is None or not samples.seasons:
        return None
    grid = Grid(reference)
    located = grid.locate(samples.batch)
    learned = {}
    for key in samples.seasons:
        season = SEASONS[key]
        parts = season.part_of(samples.times)
        counts = [
            located.counts(np.flatnonzero(parts == part), grid.n_cells).tolist() for part in range(season.n_parts)
        ]
        learned[key] = {"rows": np.bincount(parts, minlength=season.n_parts).tolist(), "counts": counts}
    return Learned(learned)


RECORD = Record("seasons", Learned, version=2, upgrade=lambda seasons: {"seasons": seasons})
TRAIT = Trait(RECORD, _learn)
