"""How often the reference's own rows are there again."""

from typing import Any

from ...reference.grid import Grid
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Trait
from .duplicates import RowHashes, expected_ratio, memory_for


def learn(samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
    """Return the share of rows that find a twin among as many as a window's memory holds, and how many that is."""
    if not reference.of_group("feature"):
        return None
    grid = Grid(reference)
    hashes = RowHashes(grid).of(samples.batch, grid.locate(samples.batch))
    memory = memory_for(reference.rows)
    return {"expected_ratio": expected_ratio(hashes, memory), "memory": memory}


TRAIT = Trait("duplicates", learn)
