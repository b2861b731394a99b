"""How often rows of the reference are alike, and predicted differently nevertheless: the standard for floods.

Neighbouring rows are more alike than random ones, and a group weighs more in a
short stretch: a booking for fifty is half of a hundred rows and little of ten
thousand. So stretches of several lengths are measured.
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
PARTS = 5  # stretches of the longest length taken from a longer reference
FEWEST_STRETCHES = 3
FEWEST_ROWS = FEWEST_STRETCHES * SHORTEST
SPREADS = 3.0  # added if there are too few stretches to have seen a rare one


@dataclass(frozen=True)
class Learned:
    """What is learned of similar rows; probabilities by table of `tables`, and how far `stretches` leave them."""

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
    """Return where stretches of the shortest length begin, throughout or in parts of a long reference."""
    longest = LENGTHS[-1]
    if rows <= PARTS * longest:
        return list(range(0, rows - SHORTEST + 1, SHORTEST))
    parts = np.linspace(0, rows - longest, PARTS).astype(np.intp).tolist()
    return [start for part in parts for start in range(part, part + longest, SHORTEST)]


def _reach(counts: Counts, times: int, overall: Floats) -> dict[str, Any]:
    """Return how far stretches of a multiple of the shortest length leave the probabilities of the whole."""
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
