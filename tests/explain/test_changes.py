"""How much each bucket adds to PSI, and in which direction it moved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.explain.changes import changes_of
from inference_exporter.measures.drift import MEASURES
from inference_exporter.measures.drift._base import Comparison, Cumulative

NOTHING = np.full((1, 1), np.nan)
CUMULATIVE = Cumulative(*[NOTHING] * 8)


def comparison(reference, window, n_buckets=None):
    reference, window = np.atleast_2d(np.array(reference, float)), np.atleast_2d(np.array(window, float))
    own = np.full(len(reference), reference.shape[-1]) if n_buckets is None else np.array(n_buckets)
    return Comparison(reference, window, own.astype(float), CUMULATIVE)


@st.composite
def histogram_pairs(draw):
    """Two histograms over 2 to 30 buckets, neither of them empty."""
    size = draw(st.integers(2, 30))
    counts = st.lists(st.integers(0, 10**6), min_size=size, max_size=size).filter(any)
    return draw(counts), draw(counts)


@given(histogram_pairs())
def test_contributions_sum_to_psi(pair):
    """The buckets' contributions add up to PSI for any two histograms, and none is negative."""
    both = comparison(*pair)
    changes = changes_of(both)
    assert changes.contributions.sum(axis=-1) == pytest.approx(MEASURES["psi"].compute(both), rel=1e-9, abs=1e-12)
    assert (changes.contributions >= 0).all()


@given(histogram_pairs())
def test_a_direction_is_that_of_the_share(pair):
    """A bucket that grew or shrank did so in its share of counts."""
    both = comparison(*pair)
    moved = np.array(pair[1]) / sum(pair[1]) - np.array(pair[0]) / sum(pair[0])
    directions = changes_of(both).directions[0]
    assert ((directions == 0) | (directions == np.sign(moved))).all()


def test_noise_has_no_direction():
    """A share that moved by less than two standard errors did not move: 50 of 100 against 55 of 100."""
    assert changes_of(comparison([50, 50], [55, 45])).directions.tolist() == [[0, 0]]
    assert changes_of(comparison([500, 500], [600, 400])).directions.tolist() == [[1, -1]]


def test_an_empty_window_is_unknown():
    """Without samples nothing moved, and contributions are unknown, not 0."""
    changes = changes_of(comparison([5, 5], [0, 0]))
    assert np.isnan(changes.contributions).all()
    assert changes.directions.tolist() == [[0, 0]]


def test_padding_adds_nothing():
    """Columns with fewer buckets are padded; the padding neither moves nor counts."""
    changes = changes_of(comparison([[10, 90, 0], [1, 1, 98]], [[90, 10, 0], [98, 1, 1]], [2, 3]))
    assert changes.contributions[0, 2] == 0
    assert changes.directions.tolist() == [[1, -1, 0], [1, 0, -1]]
