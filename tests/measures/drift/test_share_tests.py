"""Exact tests of missing values and of never-seen categories, on raw columns."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

COLUMN = st.integers(2, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1)))


@given(COLUMN, COLUMN)
def test_missing_values_by_the_hypergeometric_law(histogram_view, reference, window):
    """The p-value is twice the smaller of scipy's tails, for numbers and for categories alike."""
    sides = []
    for size, missing in (reference, window):
        kept = size - missing
        numbers = np.append(np.arange(float(kept)), np.full(missing, math.nan))
        sides.append({"x": numbers, "c": ["a"] * kept + [None] * missing})
    (n, k), (m, j) = window, reference
    exact = scipy.stats.hypergeom(n + m, k + j, n)
    expected = min(1.0, 2 * min(exact.sf(k - 1), exact.cdf(k)))
    assert histogram_view(*sides).drift["missing_pvalue"] == pytest.approx([expected] * 2, rel=1e-7, abs=1e-300)


def test_missing_values_where_there_were_none(histogram_view):
    """Five missing values of 200 are no coincidence if 5,000 samples had none; one is."""
    reference = {"x": np.arange(5000.0)}
    few, many = (
        histogram_view(reference, {"x": np.where(np.arange(200) < missing, math.nan, 7.0)}).drift["missing_pvalue"][0]
        for missing in (1, 5)
    )
    assert few == pytest.approx(2 * 200 / 5200)
    assert many < 1e-6


def pvalue(histogram_view, reference, window):
    return float(histogram_view({"c": reference}, {"c": window}).drift["unseen_pvalue"][0])


@given(st.integers(1, 5), st.integers(0, 20), st.integers(1, 200))
def test_unseen_categories_beside_those_met_once(histogram_view, singletons, unseen, seen):
    """The reference counts as many as occur in it once; no unseen value is never significant."""
    reference = ["a"] * 500 + [f"rare {i}" for i in range(singletons)]
    window = ["a"] * seen + [f"new {i}" for i in range(unseen)]
    n, m = len(window), len(reference)
    expected = scipy.stats.hypergeom(n + m, unseen + singletons, n).sf(unseen - 1)
    assert pvalue(histogram_view, reference, window) == pytest.approx(expected, rel=1e-7)


def test_a_new_category_is_seen_and_a_rare_one_is_not(histogram_view):
    """Two in a hundred samples of a new category are drift; one sample is not, nor is a rare known category."""
    rng, common = np.random.default_rng(0), list("abcd")
    reference = rng.choice(common, 5000).tolist()
    assert pvalue(histogram_view, reference, [*rng.choice(common, 980), *["new"] * 20]) < 1e-8
    assert pvalue(histogram_view, reference, [*rng.choice(common, 999), "new"]) > 0.1
    rare = [*reference, *(f"rare {i}" for i in range(25))]
    assert pvalue(histogram_view, rare, [*rng.choice(common, 995), *(f"other {i}" for i in range(5))]) > 0.3


def test_unknown_where_there_is_no_such_bucket(histogram_view):
    """Numbers have no categories; a column whose values are nearly all new counts them as other."""
    view = histogram_view({"x": np.arange(90.0), "name": [f"n{i}" for i in range(90)]}, {"x": [1.0], "name": ["n"]})
    assert np.isnan(view.drift["unseen_pvalue"]).all()
