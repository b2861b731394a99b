"""How far stretches stray."""

import numpy as np
import pytest
from inference_exporter.learning.strays import farthest


def test_the_tail_of_the_stretches_decides_how_far_a_month_strays():
    """A bounded rhythm hardly strays farther than its farthest stretch, rare bursts do."""
    random = np.random.default_rng(8)
    bounded, bursts = random.random(200), random.exponential(1, 200) ** 2
    assert farthest(bounded, 8640.0) / bounded.max() == pytest.approx(1.5)
    assert farthest(bursts, 8640.0) / bursts.max() > 1.55
    assert farthest(bursts, 100.0) / bursts.max() == pytest.approx(1.5)  # no more windows than stretches
    assert farthest(np.array([np.nan]), 10.0) == 0.0
