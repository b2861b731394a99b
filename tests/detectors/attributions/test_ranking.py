"""Attribution drift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.attributions.ranking import gain_kept, nearest_to
from sklearn.metrics import ndcg_score

SIZES = st.lists(st.floats(0.001, 1000), min_size=2, max_size=30, unique=True)


@given(SIZES, st.randoms(use_true_random=False))
def test_agrees_with_scikit_learn(sizes, chance):
    """The gain is scikit-learn's, for any attributions without ties."""
    window = sizes.copy()
    chance.shuffle(window)
    expected = ndcg_score([sizes], [window], ignore_ties=True)
    assert gain_kept(np.array(sizes), np.array(window)) == pytest.approx(expected)


@given(SIZES, st.floats(0.01, 100))
def test_the_same_ranking_keeps_all(sizes, factor):
    """Attributions that all grow by one factor keep the ranking; the gain is always between 0 and 1."""
    own = np.array(sizes)
    assert gain_kept(own, own * factor) == pytest.approx(1)
    assert 0 < gain_kept(own, own[::-1]) <= 1 + 1e-12


def test_ties_are_no_change():
    """Features with equal means in the window are ranked as in the reference."""
    assert gain_kept(np.array([1.0, 5.0, 3.0]), np.array([2.0, 2.0, 2.0])) == 1.0


@pytest.mark.parametrize(
    ("reference", "window"), [([], []), ([0.0, 0.0], [1.0, 2.0]), ([1.0, 2.0], [np.nan, np.nan]), ([np.nan], [1.0])]
)
def test_nothing_known_is_nan(reference, window):
    """Without gains in the reference, or without means in the window, the gain is NaN."""
    assert np.isnan(gain_kept(np.array(reference), np.array(window)))


def test_noise_is_given_the_benefit_of_the_doubt():
    """A mean moves towards the reference by up to four standard errors, and no farther than the reference."""
    moved = nearest_to(np.array([1.0, 1.0, 1.0]), np.array([2.0, 1.1, -4.0]), np.array([0.1, 0.1, 1.0]))
    assert moved == pytest.approx([1.6, 1.0, 0.0])
