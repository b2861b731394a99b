"""Scores of samples, by look-ups."""

import numpy as np
import pytest
from inference_exporter.detectors.outliers.dependence import distances
from inference_exporter.detectors.outliers.learn import RECORD
from inference_exporter.detectors.outliers.scorer import BLOCK, Scorer
from inference_exporter.detectors.outliers.surprise import surprises
from inference_exporter.detectors.outliers.watch import scorer_of
from inference_exporter.reference.grid import Grid
from unusual_samples import batch_of, like_the_reference


@pytest.fixture
def scorer(reference):
    return scorer_of(Grid(reference), RECORD.of(reference))


def one(**changes):
    """Return one ordinary sample with some values changed."""
    return batch_of({"a": [0.1], "b": [0.1], "c": [4.0], "d": ["x"], **{k: [v] for k, v in changes.items()}})


def scores_of(scorer, batch):
    return scorer.scores(scorer.grid.locate(batch))


def test_scores_are_sums_and_maxima_over_the_features(scorer):
    """The surprise of a sample is the sum over its features, `greatest` their maximum; outputs do not count."""
    batch = like_the_reference(50, 2)
    located = scorer.grid.locate(batch)
    found = scorer.scores(located)
    assert found.dependence is not None
    for row in range(50):
        parts = [
            surprises(column)[0][located.cells[index, row] - scorer.grid.starts[index]]
            for index, column in enumerate(scorer.grid.columns)
            if column.group == "feature"
        ]
        if not (located.tails.rows == row).any():
            assert found.surprise[row] == pytest.approx(sum(parts), rel=1e-5)
            assert found.greatest[row] == pytest.approx(max(parts), rel=1e-5)
    np.testing.assert_allclose(
        found.dependence, distances(scorer.whiten, scorer.normal_scores_of(located, slice(None))), rtol=1e-4
    )


def test_blocks_change_nothing(scorer):
    """A batch scored in many blocks gets the scores of its samples alone."""
    batch = like_the_reference(BLOCK // 2, 3)
    whole = scores_of(scorer, batch)
    part = scores_of(scorer, batch.take(np.arange(9000, 9010)))
    for all_of_them, some in zip(whole, part, strict=True):
        np.testing.assert_allclose(all_of_them[9000:9010], some, rtol=1e-5)


def test_a_million_is_more_extreme_than_just_beyond(scorer):
    """A value far outside the range scores more than one just outside, and that more than one inside."""
    inside, outside, far = (float(scores_of(scorer, one(c=value)).greatest[0]) for value in (4.0, 70.0, 1e6))
    assert inside < 2 < outside < far
    surprise = [float(scores_of(scorer, one(c=value)).surprise[0]) for value in (4.0, 70.0, 1e6)]
    assert surprise == sorted(surprise)


def test_a_broken_dependence_is_seen_by_its_score_alone(scorer):
    """Two ordinary values that never occur together are far in dependence, and no surprise one by one."""
    together, apart = (scores_of(scorer, one(a=1.0, b=value)) for value in (1.0, -1.0))
    assert apart.surprise[0] == pytest.approx(together.surprise[0], abs=1.0)
    assert apart.dependence[0] > 40 > 5 > together.dependence[0]


@pytest.mark.parametrize("value", [None, np.inf, -np.inf, "text", 1e308, -1e308])
def test_any_value_has_a_score(scorer, value):
    """Missing, infinite, wrong and enormous values have scores."""
    for scores in scores_of(scorer, one(c=value)):
        assert np.isfinite(scores).all()


def test_without_numbers_there_is_no_dependence(reference):
    """With fewer than two numeric features that score is left out."""
    assert scores_of(Scorer(Grid(reference), [], None), one()).dependence is None
