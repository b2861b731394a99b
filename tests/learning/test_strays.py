"""How far stretches stray."""

import numpy as np
import pytest
from inference_exporter.learning.strays import MARGIN, farthest
from inference_exporter.reference.natural_variation import RARITIES


def test_the_tail_of_the_stretches_decides_how_far_rare_windows_stray():
    """A bounded rhythm strays little farther than its farthest stretch, rare bursts do."""
    random = np.random.default_rng(8)
    bounded, bursts = random.random(200), random.exponential(1, 200) ** 2
    assert farthest(bounded)[-1] < 2 * bounded.max()
    assert farthest(bursts)[-1] > 3 * bursts.max()
    assert (np.diff(farthest(bursts)) >= 0).all()
    assert farthest(bursts)[0] == pytest.approx(MARGIN * bursts.max())  # fewer windows than stretches


def test_normal_deviations_stray_as_far_as_the_normal_distribution_says():
    """Extrapolated from a thousand stretches, one window in RARITIES leaves the band at most, and no band is absurd."""
    random = np.random.default_rng(9)
    deviations = np.abs(random.normal(size=1_000))
    expected = np.array([1.64, 3.29, 4.42, 5.33])
    assert (farthest(deviations)[1:] > 0.95 * expected[1:]).all()
    assert (farthest(deviations) < 2 * expected + deviations.max()).all()
    assert len(RARITIES) == len(expected)


def test_without_deviations_nothing_strays():
    """Unknown and equal deviations have a band of their own size, and one stretch alone says nothing of a tail."""
    assert farthest(np.array([np.nan])).tolist() == [0.0] * len(RARITIES)
    assert farthest(np.zeros(20)).tolist() == [0.0] * len(RARITIES)
    assert farthest(np.array([0.3])) == pytest.approx(MARGIN * 0.3)
