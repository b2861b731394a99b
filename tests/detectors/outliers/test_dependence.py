"""Whether values go together: normal scores and their Mahalanobis distance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.outliers.dependence import (  # fmt: skip
    contributions,
    correlation,
    distances,
    normal_scores,
    shrunk,
    whitening,
)
from scipy.spatial.distance import mahalanobis
from unusual_samples import column_of


@pytest.mark.parametrize("draw", ["normal", "exponential", "pareto"])
def test_normal_scores_are_standard_and_bounded(draw):
    """Over the reference they have mean 0 and variance 1; missing values score 0, far ones are bounded."""
    random = np.random.default_rng(1)
    values = random.pareto(1.0, 5000) if draw == "pareto" else getattr(random, draw)(size=5000)
    column = column_of(values)
    table = normal_scores(column)
    own = table[column.buckets.locate(values)]
    assert own.mean() == pytest.approx(0, abs=1e-9)
    assert own.std() == pytest.approx(1, abs=1e-9)
    far, missing = table[column.buckets.locate(np.array([1e12, np.nan]))]
    assert missing == 0
    assert own.max() <= far < 5


def test_a_constant_has_no_scores():
    """A constant column is consistent with everything."""
    assert normal_scores(column_of(np.full(300, 7.0))) is None


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_distances_are_those_of_scipy(seed, size):
    """The squared distance is SciPy's, and the columns' contributions sum to it."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(size, 50))
    matrix = shrunk(scores @ scores.T / 50, 50)
    whiten, inverse = whitening(matrix), np.linalg.inv(matrix)
    found = distances(whiten, scores)
    expected = [mahalanobis(row, np.zeros(size), inverse) ** 2 for row in scores.T]
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert contributions(whiten, scores[:, 0]).sum() == pytest.approx(found[0])


def test_columns_that_repeat_each_other_can_be_inverted():
    """Ten copies of one column still give a positive definite matrix."""
    scores = np.repeat(np.random.default_rng(2).normal(size=(1, 400)), 10, axis=0).astype(np.float32)
    assert np.linalg.eigvalsh(correlation(scores)).min() > 0.01


def test_noise_is_shrunk_away():
    """With few rows of independent columns hardly any correlation remains; with many, nearly all of a true one."""
    random = np.random.default_rng(3)
    few = correlation(random.normal(size=(50, 60)).astype(np.float32))
    assert np.abs(few[~np.eye(50, dtype=bool)]).max() < 0.1
    common = random.normal(size=20_000)
    many = correlation(np.stack([common, common + 0.5 * random.normal(size=20_000)]).astype(np.float32))
    assert many[0, 1] == pytest.approx(0.894, abs=0.03)
