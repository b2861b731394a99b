"""The Kullback-Leibler divergence against scipy's."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.drift._base import log_ratio
from inference_exporter.measures.drift.kullback_leibler import kullback_leibler

SHARES = st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=2, max_size=24)


@given(SHARES)
def test_agrees_with_scipy(pairs):
    """The divergence is scipy's relative entropy of the window to the reference, in nats."""
    p, q = (np.array(side) / np.sum(side) for side in zip(*pairs, strict=True))
    assert kullback_leibler(q, log_ratio(p, q)) == pytest.approx(scipy.stats.entropy(q, p), rel=1e-9, abs=1e-12)


def test_has_a_direction():
    """A bucket that only the window fills weighs more than one that only the reference fills."""
    p, q = np.array([0.9, 0.099, 0.001]), np.array([0.5, 0.3, 0.2])
    assert kullback_leibler(q, log_ratio(p, q)) > 1.5 * kullback_leibler(p, log_ratio(q, p))
