"""How often rows of the reference are alike, and predicted otherwise though alike: what floods are judged by.

Neighbours are more alike than rows at large, and the more so the fewer there
are: a booking for a group of fifty is half of a hundred rows and little of
ten thousand. So it is measured in stretches of several lengths.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import Counts, Floats
from ...reference.grid import Grid
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Record, Trait
from .collisions import Alike, chances, flip_ratio, flips

SHORTEST = 100
LENGTHS = (SHORTEST, 300, 1000, 3000, 10_000)  # rows in a row
PARTS = 5  # of the longest length, that are looked at in a reference of more rows than they hold
FEWEST_STRETCHES = 3
FEWEST_ROWS = FEWEST_STRETCHES * SHORTEST
SPREADS = 3.0  # of stretches, where there are too few to have met a rare one


@dataclass(frozen=True)
class Learned:
    """What is learned of alike rows; chances by table of `tables`, and how far `stretches` of rows leave them."""

    tables: int
    alike: Sequence[float]
    flipped: Sequence[float]
    flip_ratio: float | None
    stretches: Sequence[Mapping[str, Any]]


def _learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    if reference.rows < FEWEST_ROWS or not reference.of_group("feature"):
        return None
    grid = Grid(reference)
    alike = Alike(grid)
    counts = np.stack([
        alike.count(alike.keys(grid.locate(samples.batch.take(np.arange(start, start + SHORTEST)))))
        for start in _starts(reference.rows)
    ])  # fmt: skip
    overall = chances(counts.sum(axis=0))
    ratio = flip_ratio(overall, len(counts) * SHORTEST)
    return Learned(
        tables=alike.n_tables,
        alike=_rounded(overall[:1]),
        flipped=_rounded(flips(overall)[1]),
        flip_ratio=None if math.isnan(ratio) else round(ratio, 6),
        stretches=[
            _reach(counts, length // SHORTEST, overall)
            for length in LENGTHS
            if len(counts) * SHORTEST >= FEWEST_STRETCHES * length
        ],
    )


def _starts(rows: int) -> list[int]:
    """Return where stretches of the shortest length begin, one after another, or in parts of a long reference."""
    longest = LENGTHS[-1]
    if rows <= PARTS * longest:
        return list(range(0, rows - SHORTEST + 1, SHORTEST))
    parts = np.linspace(0, rows - longest, PARTS).astype(np.intp).tolist()
    return [start for part in parts for start in range(part, part + longest, SHORTEST)]


def _reach(counts: Counts, times: int, overall: Floats) -> dict[str, Any]:
    """Return how far stretches of some times the shortest length leave the chances of the whole."""
    used = counts[: len(counts) // times * times]
    away = chances(used.reshape(-1, times, counts.shape[1]).sum(axis=1)) - overall
    alike, flipped = away[:, :1], flips(away)[1]
    return {"rows": times * SHORTEST, "alike": _rounded(_farthest(alike)), "flipped": _rounded(_farthest(flipped))}


def _farthest(away: Floats) -> Floats:
    return np.asarray(np.maximum(away.max(axis=0), SPREADS * away.std(axis=0)))


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 8) for value in values]


RECORD = Record("repeats", Learned)
TRAIT = Trait(RECORD, _learn)
