"""Exact tests of two shares against scipy's hypergeometric distribution and against fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.hypergeometric import hypergeometric_tail, tails, two_sided


def sides(most):
    """Return successes and size of the window and of the reference."""
    side = st.integers(1, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    few = st.integers(1, most).flatmap(lambda n: st.tuples(st.integers(0, min(n, 20)), st.just(n)))
    return st.tuples(st.one_of(side, few), st.one_of(side, few)).map(lambda both: (*both[0], *both[1]))


@given(sides(60))
def test_is_exact(given_counts):
    """Both tails equal the sums of binomial coefficients as fractions."""
    k, n, k_reference, m = given_counts
    ways = [math.comb(k + k_reference, i) * math.comb(n + m - k - k_reference, n - i) for i in range(n + 1)]
    total = math.comb(n + m, n)
    upper, lower = tails(*map(np.array, given_counts))
    assert float(upper) == pytest.approx(float(Fraction(sum(ways[k:]), total)), rel=1e-10)
    assert float(lower) == pytest.approx(float(Fraction(sum(ways[: k + 1]), total)), rel=1e-10)


@given(sides(5000))
def test_agrees_with_scipy(given_counts):
    """Both tails agree with scipy's to a relative 1e-8, as far out as scipy is exact."""
    k, n, k_reference, m = given_counts
    exact = scipy.stats.hypergeom(n + m, k + k_reference, n)
    upper, lower = tails(*map(np.array, given_counts))
    assert float(upper) == pytest.approx(exact.sf(k - 1), rel=1e-8, abs=1e-250)
    assert float(lower) == pytest.approx(exact.cdf(k), rel=1e-8, abs=1e-250)


@pytest.mark.parametrize("n", [10_000, 1_000_000])
def test_keeps_its_digits_at_a_million(n):
    """Large counts near and far from the mean, by exact ratios of neighbours, which log gammas would lose."""
    m, k_reference = 2 * n, n // 10
    for k in (n // 20, n // 20 + int(3 * math.sqrt(n / 20)), n // 20 + int(8 * math.sqrt(n / 20))):
        first, second = (float(hypergeometric_tail(*map(np.array, (i, n, k_reference + k - i, m)))) for i in (k, k + 1))
        exact = scipy.stats.hypergeom(n + m, k + k_reference, n)
        assert first - second == pytest.approx(exact.pmf(k), rel=1e-6)
        assert first == pytest.approx(exact.sf(k - 1), rel=1e-7)


@given(sides(300))
def test_two_sided_is_symmetric(given_counts):
    """Twice the smaller tail, at most 1; the same if window and reference, or success and failure, are swapped."""
    k, n, k_reference, m = map(np.array, given_counts)
    expected = min(1.0, 2 * min(map(float, tails(k, n, k_reference, m))))
    assert float(two_sided(k, n, k_reference, m)) == pytest.approx(expected, rel=1e-12)
    assert float(two_sided(k_reference, m, k, n)) == pytest.approx(expected, rel=1e-9)
    assert float(two_sided(n - k, n, m - k_reference, m)) == pytest.approx(expected, rel=1e-9)


@given(st.lists(sides(200), min_size=4, max_size=4))
def test_one_call_does_many_columns(columns):
    """Leading axes broadcast, and each column is tested as if alone."""
    counts = [np.array(values, dtype=float).reshape(2, 2) for values in zip(*columns, strict=True)]
    together = hypergeometric_tail(*counts)
    assert together.shape == (2, 2)
    alone = [float(hypergeometric_tail(*map(np.array, column))) for column in columns]
    assert together.ravel() == pytest.approx(alone, rel=1e-11)


def test_an_empty_side_is_unknown():
    """Without samples on a side, or with unknown counts, the p-value is unknown."""
    nan = math.nan
    counts = np.array([[0, 0, 1, 5], [1, 5, 0, 0], [nan, nan, nan, nan], [0, 5, nan, 7]], dtype=float)
    assert np.isnan(hypergeometric_tail(*counts.T)).all()
    assert np.isnan(two_sided(*counts.T)).all()
