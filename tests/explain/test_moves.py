"""Neighbouring buckets that moved in the same direction, merged."""

import numpy as np
import pytest
from inference_exporter.explain.changes import Changes, changes_of
from inference_exporter.explain.moves import MOVES_KEPT, Move, moves_of, spans_of
from inference_exporter.reference.buckets import MISSING, NON_FINITE, BucketBounds

INF = np.inf
RANGES = [BucketBounds(a, b) for a, b in zip([-INF, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, INF], strict=True)]
NUMERIC = (*RANGES, BucketBounds(category=NON_FINITE), BucketBounds(category=MISSING))
CATEGORIES = tuple(BucketBounds(category=name) for name in ("FR", "DE", "ES"))


@pytest.mark.parametrize(
    ("directions", "spans"),
    [
        ([-1, -1, 1, 1, 0, 0], [(0, 2), (2, 4)]),
        ([1, 0, 1, 0, 0, 0], [(0, 3)]),  # a bucket without a clear move belongs to the move around it
        ([1, 0, 0, 1, 0, 0], [(0, 1), (3, 4)]),
        ([0, 1, 0, -1, 0, 0], [(1, 2), (3, 4)]),
        ([0, 0, 0, 1, 1, 1], [(3, 4), (4, 5), (5, 6)]),  # non-finite and missing are not ranges
        ([0, 0, 0, 0, 0, 0], []),
    ],
)
def test_ranges_that_moved_the_same_way_are_one(directions, spans):
    """Neighbours that grew or shrank together are one range; other buckets stay separate."""
    assert spans_of(directions, NUMERIC) == spans


def test_categories_stand_alone():
    """Categories have no order: two that grew are two moves."""
    assert spans_of([1, 1, -1], CATEGORIES) == [(0, 1), (1, 2), (2, 3)]


def test_padding_is_no_bucket():
    """Padding after a column's buckets is ignored."""
    assert spans_of([1, 1, -1, 1], CATEGORIES) == [(0, 1), (1, 2), (2, 3)]


def changes(reference, window, contributions, directions):
    return Changes(*(np.array([row], float) for row in (reference, window, contributions)), np.array([directions]))


def test_shares_are_those_of_the_counts():
    """A range has the sums of its buckets' counts, shares and contributions to PSI."""
    moved = moves_of(changes([10, 20, 30, 40], [40, 30, 20, 10], [3, 1, 1, 4], [1, 1, -1, -1]), 0, RANGES)
    assert list(moved.items()) == [
        (Move(2.0, None, "", 70, 30, 0.7, 0.3, 5.0), (2, 4)),
        (Move(None, 2.0, "", 30, 70, 0.3, 0.7, 4.0), (0, 2)),
    ]
    assert [move.grew for move in moved] == [False, True]


def test_the_greatest_come_first_and_few_are_kept():
    """The largest moves are listed; the rest is in the table of buckets."""
    bounds = [BucketBounds(category=str(place)) for place in range(9)]
    moved = moves_of(changes([1] * 9, [1] * 9, list(range(9)), [1] * 9), 0, bounds)
    assert [move.category for move in moved] == ["8", "7", "6", "5", "4"]
    assert len(moved) == MOVES_KEPT


def test_an_empty_side_moves_nothing(histograms):
    """A window without samples has no moves."""
    view = histograms({"x": np.arange(100.0)}, {"y": np.zeros(0)})
    assert moves_of(changes_of(view.comparison), 0, view.grid.columns[0].buckets.bounds) == {}
