"""The verdict: a change that matters and that chance does not explain, given the number of columns."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.schema import DriftConfig, ModelConfig
from inference_exporter.measures.evidence import TESTS
from inference_exporter.verdict.decision import (
    benjamini_hochberg,
    critical_population_stability,
    n_testable,
    weights_of,
)
from inference_exporter.verdict.judging import Judging

PVALUES = st.lists(st.floats(0, 1) | st.floats(0, 0.01), min_size=1, max_size=60).map(np.array)


@given(st.integers(2, 40), st.floats(1e-6, 1), st.floats(1e-9, 0.5), st.integers(1, 1000))
def test_the_critical_index_is_scipys_quantile(n_buckets, noise, significance, n_columns):
    """PSI / (1/n + 1/m) is chi-squared with B - 1 degrees of freedom; all columns share the test's part."""
    level = significance * TESTS["shape"].weight / n_columns
    ours = critical_population_stability(np.array(n_buckets), np.array(noise), significance, n_columns)
    assert ours == pytest.approx(scipy.stats.chi2.isf(level, n_buckets - 1) * noise, rel=1e-6)


@given(PVALUES, st.floats(1e-6, 0.5))
def test_benjamini_hochberg_is_scipys(pvalues, level):
    """The rejected hypotheses are those with an adjusted p-value of at most the level."""
    adjusted = scipy.stats.false_discovery_control(pvalues)
    clear = np.abs(adjusted - level) > 1e-12
    assert (benjamini_hochberg(pvalues, level) == (adjusted <= level))[clear].all()


def test_unknown_columns_are_never_flagged():
    """A column without a p-value is not rejected, and does not hide the others."""
    assert benjamini_hochberg(np.array([np.nan, 1e-9, 0.5, np.nan]), 0.01).tolist() == [False, True, False, False]


@given(PVALUES, st.floats(1e-6, 0.5))
def test_tarones_number_is_the_smallest_that_holds(attainable, level):
    """At most k columns could fall below their share of the level, and no smaller k would do."""
    k = n_testable(attainable, np.zeros_like(attainable), level)
    assert np.count_nonzero(attainable <= level / k) <= k
    assert all(np.count_nonzero(attainable <= level / fewer) > fewer for fewer in range(1, k))


def test_columns_without_a_chance_cost_nothing():
    """A test of missing values in one column of twenty is as strict as in a model with one column."""
    attainable = np.array([1e-30, *[1.0] * 19])
    assert n_testable(attainable, np.zeros(20), 1e-6) == 1
    assert n_testable(np.zeros(20), np.zeros(20), 1e-6) == 20
    assert n_testable(np.zeros(20), np.array([0.0, *[np.nan] * 19]), 1e-6) == 1


def flagged(view):
    return {column.name for column, verdict in zip(view.grid.columns, view.drifted, strict=True) if verdict == 1}


def test_a_small_change_does_not_matter_however_sure(histogram_view):
    """A tenth of a standard deviation in a million values is certain, but not drift."""
    random = np.random.default_rng(1)
    view = histogram_view({"x": random.normal(size=20_000)}, {"x": random.normal(0.1, 1, 1_000_000)})
    assert view.pvalues[0] < 1e-12
    assert view.drifted[0] == 0
    assert view.decisive == ("",)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("location", lambda x: x + 1),
        ("scale", lambda x: x * 1.5),
        ("missing", lambda x: np.where(np.arange(len(x)) % 10 == 0, np.nan, x)),
        ("invalid", lambda x: np.where(np.arange(len(x)) % 20 == 0, np.inf, x)),
        ("out_of_range", lambda x: np.where(np.arange(len(x)) % 25 == 0, 1e6, x)),
        ("shape", lambda x: np.where(np.abs(x) < 0.7, -x / np.maximum(np.abs(x), 1e-9), x)),
    ],
)
def test_the_decisive_test_tells_what_changed(histogram_view, kind, change):
    """Each kind of change is decided by the test made for it."""
    random = np.random.default_rng(2)
    view = histogram_view({"x": random.normal(size=10_000)}, {"x": change(random.normal(size=1000))})
    assert view.drifted[0] == 1
    assert view.decisive == (kind,)


def test_new_categories_are_flagged(histogram_view):
    """A never-seen category decides by itself."""
    random = np.random.default_rng(3)
    window = [*random.choice(["a", "b"], 950), *["new"] * 50]
    view = histogram_view({"x": random.choice(["a", "b"], 5000).tolist()}, {"x": window})
    assert view.decisive == ("unseen",)


@pytest.mark.parametrize(
    ("usable", "expected"),
    [
        (set(TESTS), {"missing": 0.44, "location": 0.2}),
        ({"location", "scale", "shape", "out_of_range"}, {"missing": 0.0, "location": 0.2 / 0.43}),
        ({"unseen", "shape"}, {"unseen": 0.5, "shape": 0.5}),
        (set(), {"missing": 0.0}),
    ],
    ids=["all", "numbers without missing values", "categories without missing values", "nothing"],
)
def test_a_test_without_a_chance_leaves_its_part_to_the_others(usable, expected):
    """The parts always add up to 1 over the tests that could flag some column."""
    attainable = np.array([[0.0 if key in usable else 1.0] for key in TESTS])
    weights = dict(zip(TESTS, weights_of(np.full_like(attainable, 0.5), attainable, 1e-5).tolist(), strict=True))
    assert {key: weights[key] for key in expected} == pytest.approx(expected)
    assert sum(weights.values()) == pytest.approx(1.0 if usable else 0.0)


@pytest.mark.parametrize("fewer", [False, True])
def test_fewer_missing_values_count_only_if_configured(histogram_view, fewer):
    """From 10 % to none is a repair, unless the configuration says otherwise."""
    random = np.random.default_rng(6)
    x = random.normal(size=10_000)
    view = histogram_view({"x": np.where(random.random(len(x)) < 0.1, np.nan, x)}, {"x": random.normal(size=2000)})
    judging = Judging(view.grid, view.measuring, ModelConfig(drift=DriftConfig(fewer_missing=fewer)))
    inputs = judging.inputs(view.cells, view.comparison)
    pvalue, effect = TESTS["missing"].pvalue(inputs)[0], TESTS["missing"].effect(inputs)[0]
    assert (pvalue < 1e-9) == fewer
    assert (effect > 0.02) == fewer
