"""The reference hour by hour of the day, or day by day of the week, where that was asked for."""

from typing import Any

import numpy as np

from ..reference.grid import Grid
from ..reference.reference import Reference
from ..reference.traits import LearningSamples, Trait
from ..windows.seasons import SEASONS

KEY = "seasons"


def _learn(samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
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
    return learned


TRAIT = Trait(KEY, _learn)
