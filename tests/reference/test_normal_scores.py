"""Normal scores, and the tests of location and scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.reference.normal_scores import GROUPS, normal_scores
from scipy import stats

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=80).map(np.array)


@given(COUNTS)
def test_scores_have_mean_0_and_variance_1(counts):
    """Over the reference's counts scores are standardised, ascend, and are finite even in empty ranges."""
    scores = normal_scores(counts)
    assert np.isfinite(scores).all()
    if np.count_nonzero(counts) > 1:
        weights = counts / counts.sum()
        assert weights @ scores == pytest.approx(0, abs=1e-9)
        assert weights @ scores**2 == pytest.approx(1, abs=1e-9)
        assert (np.diff(scores[counts > 0]) > 0).all()


def test_a_normal_column_has_its_own_values_as_scores():
    """The score of a normal value is its distance from the mean in standard deviations."""
    cuts = np.linspace(-3, 3, 301)
    counts = np.diff(stats.norm.cdf(np.concatenate([[-9], cuts[1:-1], [9]]))) * 1e6
    middle = (cuts[1:] + cuts[:-1]) / 2
    inside = np.abs(middle) < 1.5
    assert normal_scores(counts.astype(int))[inside] == pytest.approx(middle[inside], abs=0.05)


@pytest.mark.parametrize("shift", [-0.7, 0.0, 0.3])
@pytest.mark.parametrize("factor", [1.0, 1.4])
def test_differences_are_shift_and_change_of_variance(histogram_view, shift, factor):
    """For a normal column the difference of mean scores is the shift, and that of squares the change of E x²."""
    random = np.random.default_rng(3)
    view = histogram_view({"x": random.normal(size=20_000)}, {"x": shift + factor * random.normal(size=50_000)})
    location, scale = view.judging.scores.compare(view.cells)
    # Scores end with the reference, so that a wider window seems slightly less wide.
    assert location.difference[0] == pytest.approx(shift, abs=0.03)
    assert scale.difference[0] == pytest.approx(factor**2 + shift**2 - 1, rel=0.12, abs=0.03)


@pytest.mark.parametrize("seed", range(8))
def test_pvalues_are_those_of_a_rank_test(histogram_view, seed):
    """The p-value of location is close to the t-test's on the scores of the raw values, near and far."""
    random = np.random.default_rng(seed)
    reference, window = random.normal(size=5000), random.normal(0.05 * seed, 1, 400)
    view = histogram_view({"x": reference}, {"x": window})
    location, _ = view.judging.scores.compare(view.cells)
    expected = stats.ttest_ind(window, reference).pvalue
    assert np.log(location.pvalue[0]) == pytest.approx(np.log(expected), rel=0.15, abs=0.3)


def test_groups_of_cells_do_not_move_a_tail(histogram_view):
    """Far out the saddlepoint over groups of cells agrees with the normal distribution for a normal column."""
    random = np.random.default_rng(5)
    reference = random.normal(size=10_000)
    view = histogram_view({"x": reference}, {"x": random.normal(0.33, 1, 250)})
    assert view.grid.columns[0].buckets.n_cells > 2 * GROUPS
    location, _ = view.judging.scores.compare(view.cells)
    noise = np.sqrt(1 / 250 + 1 / 10_000)
    expected = 2 * stats.norm.sf(abs(location.difference[0]) / noise)
    assert 1e-10 < expected < 1e-4
    assert np.log(location.pvalue[0]) == pytest.approx(np.log(expected), rel=0.1)


def test_one_far_value_is_no_evidence(histogram_view):
    """A single value of a million moves scores no more than any other largest value."""
    random = np.random.default_rng(6)
    window = random.normal(size=300)
    window[0] = 1e6
    view = histogram_view({"x": random.normal(size=5000)}, {"x": window})
    location, scale = view.judging.scores.compare(view.cells)
    assert min(location.pvalue[0], scale.pvalue[0]) > 0.01


def test_categories_have_no_location(histogram_view):
    """Categories have neither location nor scale, and neither has a window without numbers."""
    view = histogram_view({"c": ["a", "b"] * 50, "x": np.arange(100.0)}, {"c": ["a"] * 60, "x": np.full(60, np.nan)})
    location, scale = view.judging.scores.compare(view.cells)
    assert np.isnan([*location.pvalue, *scale.pvalue, *location.difference]).all()


@pytest.mark.slow
def test_a_column_of_few_values_has_an_honest_tail(histogram_view):
    """If a column has fewer cells than there are groups, the tail is that of drawing from both sides at random."""
    reference, window = [1.0 + i % 6 for i in range(120)], [1.0 + i % 8 for i in range(32)]
    view = histogram_view({"x": reference}, {"x": window})
    scores = view.judging.scores
    _, scale = scores.compare(view.cells)
    squares = np.square(scores.scores[: view.grid.n_cells])
    both = view.cells + view.grid.reference_counts()
    random = np.random.default_rng(0)
    own, other = (random.multinomial(n, both / both.sum(), 1_000_000) @ squares / n for n in (32, 120))
    # One side of the tail; a draw comes this far about 30 times in a million.
    share = (own - other >= scale.difference[0] - 1e-9).mean()
    assert scale.pvalue[0] / 2 == pytest.approx(share, rel=0.5)
