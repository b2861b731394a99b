"""Counts by score cell and prediction are mergeable and complete."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.estimated_performance.learn import RECORD

from .scored import reference_of

CELLS = RECORD.of(reference_of(np.random.default_rng(0))).cells
ROWS = st.lists(st.tuples(st.sampled_from(["yes", "no", "other", None]), st.none() | st.floats(-1, 2)), max_size=30)


def counts_of(rows):
    prediction, score = zip(*rows, strict=True) if rows else ((), ())
    column = np.array([np.nan if value is None else value for value in score])
    return CELLS.counts(*CELLS.encoded(list(prediction), {"yes": column}, len(rows)))


@given(ROWS, ROWS)
def test_counts_of_parts_add_up(one, other):
    """Counts of two batches are those of both together, each score in one cell."""
    both = counts_of(one + other)
    np.testing.assert_array_equal(counts_of(one) + counts_of(other), both)
    known = sum(score is not None for _, score in one + other)
    assert both[:-2].sum() == both[-2] == known


def test_the_score_of_the_other_class_will_do():
    """Of two classes, one score says the other."""
    score = np.array([0.2, 0.7])
    counts = [CELLS.counts(*CELLS.encoded(["no", "yes"], scores, 2)) for scores in ({"yes": score}, {"no": 1 - score})]
    np.testing.assert_array_equal(*counts)


def test_scores_beyond_the_reference_are_counted():
    """Scores that the reference never had are known as such."""
    assert counts_of([("yes", 1.5), ("yes", 0.5), ("no", -0.5)])[-1] == 2
