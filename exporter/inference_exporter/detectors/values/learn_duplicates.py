"""How often rows of the reference repeat."""

from dataclasses import dataclass

from ...reference.grid import Grid
from ...reference.reference import Reference
from ...reference.traits import LearningSamples, Record, Trait
from .duplicates import RowHashes, expected_ratio, memory_for


@dataclass(frozen=True)
class Learned:
    """What is learned of repeated rows: their share within a `memory` of this many rows."""

    expected_ratio: float
    memory: int


def learn(samples: LearningSamples, reference: Reference) -> Learned | None:
    """Return the share of rows that meet a twin in a window's memory, and the size of that memory."""
    if not reference.of_group("feature"):
        return None
    grid = Grid(reference)
    hashes = RowHashes(grid).of(samples.batch, grid.locate(samples.batch))
    memory = memory_for(reference.rows)
    return Learned(expected_ratio(hashes, memory), memory)


RECORD = Record("duplicates", Learned)
TRAIT = Trait(RECORD, learn)
