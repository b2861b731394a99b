"""Robust scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.multivariate.scores import FARTHEST, Scoring, scores_of_column
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey


@given(st.lists(st.integers(0, 50), min_size=2, max_size=40).filter(lambda counts: sum(map(bool, counts)) > 1))
def test_scores_are_standard_over_the_reference(counts):
    """For any counts, scores have mean 0 and variance 1 over them, and ascend with the range."""
    own = np.array(counts, dtype=np.float64)
    scores = scores_of_column(own)
    assert scores @ own / own.sum() == pytest.approx(0, abs=1e-9)
    assert np.square(scores) @ own / own.sum() == pytest.approx(1)
    assert (np.diff(scores) >= 0).all()


@pytest.mark.parametrize("counts", [[0, 0, 0], [0, 5, 0]])
def test_a_column_of_one_value_has_no_scores(counts):
    """If the reference has at most one distinct value, every score is 0."""
    assert scores_of_column(np.array(counts, dtype=np.float64)).tolist() == [0, 0, 0]


def test_outliers_and_missing_values_are_bounded():
    """A value beyond the reference has the score of its extremes; missing and non-numeric values have 0."""
    random = np.random.default_rng(1)
    grid = Grid(build({"x": random.lognormal(size=5000), "y": ["a", "b"] * 2500}, 5000))
    located = grid.locate(Batch(5, ModelKey(), np.zeros(5), features={"x": [1e300, -1e300, None, "text", 1.0]}))
    scores = Scoring(grid, ("x",)).of(located, slice(None))[:, 0]
    assert FARTHEST <= scores[0] < 1.1 * FARTHEST
    assert -1.1 * FARTHEST < scores[1] <= -FARTHEST
    assert scores[2:4].tolist() == [0, 0]
    assert abs(scores[4]) < 0.1
    assert Scoring(grid, ("x",)).of(located, np.array([0, 4]))[:, 0].tolist() == scores[[0, 4]].tolist()
