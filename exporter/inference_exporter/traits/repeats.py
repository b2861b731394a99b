"""How often rows of the reference are alike, and predicted otherwise though alike: what floods are judged by."""

import math
from typing import Any

import numpy as np

from ..batch import Floats
from ..grid import Grid
from ..reference import Reference
from ..unusual.alike import Alike, chances, flip_ratio, flips
from ._base import LearningSamples, Trait

BLOCK_ROWS = 100  # rows in a row: neighbours are more alike than rows at large
BLOCKS = 250
FEWEST_ROWS = 3 * BLOCK_ROWS
SPREADS = 3.0  # of blocks, where there are too few to have met a rare one


def _learn(samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
    if reference.rows < FEWEST_ROWS or not reference.of_group("feature"):
        return None
    grid = Grid(reference)
    alike = Alike(grid)
    n_blocks = min(reference.rows // BLOCK_ROWS, BLOCKS)
    starts = np.linspace(0, reference.rows - BLOCK_ROWS, n_blocks).astype(np.intp)
    counts = np.stack([
        alike.count(alike.keys(grid.locate(samples.batch.taken(np.arange(start, start + BLOCK_ROWS)))))
        for start in starts.tolist()
    ])  # fmt: skip
    overall, blocks = chances(counts.sum(axis=0)), chances(counts)
    ratio = flip_ratio(overall, n_blocks * BLOCK_ROWS)
    return {
        "tables": alike.n_tables,
        "alike": _norm(overall[:1], blocks[:, :1]),
        "flipped": _norm(flips(overall)[1], flips(blocks)[1]),
        "flip_ratio": None if math.isnan(ratio) else round(ratio, 6),
    }


def _norm(overall: Floats, blocks: Floats) -> dict[str, list[float]]:
    """Return the chance in the whole and how far blocks of rows leave it, of each column."""
    reach = np.maximum(blocks.max(axis=0) - overall, SPREADS * blocks.std(axis=0))
    return {
        "expected": [round(float(value), 8) for value in overall],
        "reach": [round(float(value), 8) for value in reach],
    }


TRAIT = Trait(key="repeats", learn=_learn)
