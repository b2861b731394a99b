"""Moves: neighbouring buckets whose shares moved in the same direction, merged into one range."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..reference.buckets import BucketBounds
from .changes import Changes

MOVES_KEPT = 5  # more would list noise
Span = tuple[int, int]


@dataclass(frozen=True)
class Move:
    """A range (lower <= value < upper, null if unbounded) or a category, and its share before and after.

    Ratios are those of the counts, not smoothed. Contributions are in nats; those of all buckets of a column sum to
    its PSI.
    """

    lower: float | None
    upper: float | None
    category: str
    reference_count: int
    window_count: int
    reference_ratio: float
    window_ratio: float
    contribution: float

    @property
    def grew(self) -> bool:
        """Whether the share grew."""
        return self.window_ratio > self.reference_ratio


def spans_of(directions: Sequence[int], bounds: Sequence[BucketBounds]) -> list[Span]:
    """Return the spans of buckets (first, one after the last) that moved together.

    A category moves alone. A single range without a clear move between two that
    moved in the same direction belongs to the move: a few more samples would show it.
    """
    spans: list[Span] = []
    for place, direction in enumerate(directions[: len(bounds)]):
        if not direction:
            continue
        start, stop = spans[-1] if spans else (-1, -1)
        # A gap of one: noise may leave a single bucket of a broad move unmoved.
        joins = start >= 0 and place - stop <= 1 and directions[start] == direction
        if joins and not bounds[place].category and not bounds[start].category:
            spans[-1] = (start, place + 1)
        else:
            spans.append((place, place + 1))
    return spans


def move_of(changes: Changes, index: int, bounds: Sequence[BucketBounds], span: Span) -> Move:
    """Return the change of some neighbouring buckets of a column."""
    own = slice(*span)
    reference, window = changes.reference[index], changes.window[index]
    before, after = float(reference[own].sum()), float(window[own].sum())
    first, last = bounds[span[0]], bounds[span[1] - 1]
    return Move(
        lower=first.ends[0],
        upper=last.ends[1],
        category=first.category,
        reference_count=round(before),
        window_count=round(after),
        reference_ratio=_share(before, float(reference.sum())),
        window_ratio=_share(after, float(window.sum())),
        contribution=float(changes.contributions[index, own].sum()),
    )


def moves_of(changes: Changes, index: int, bounds: Sequence[BucketBounds]) -> dict[Move, Span]:
    """Return the moves of a column that matter most to its PSI, the greatest first, with the buckets of each."""
    spans = spans_of(changes.directions[index].tolist(), bounds)
    moves = {move_of(changes, index, bounds, span): span for span in spans}
    greatest = sorted(moves, key=lambda move: -move.contribution)[:MOVES_KEPT]
    return {move: moves[move] for move in greatest}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
