"""From values to measures: every number against an independent one, from the raw values and the buckets' bounds."""

import math

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.evidence import TESTS
from inference_exporter.reference.buckets import MISSING, NON_FINITE, OTHER, UNSEEN
from inference_exporter.values.categories import category_text, spellings
from inference_exporter.values.numbers import as_numbers
from inference_exporter.verdict.decision import critical_population_stability

CELL = st.one_of(
    st.integers(-100_000, 100_000).map(lambda n: n / 1000),
    st.integers(-5, 5).map(float),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e9]),
)
WORD = st.none() | st.sampled_from(["a", "b", "c", "d", "1", 1, 2, True, "café"]) | st.integers(0, 60)


def table(rows):
    numbers = st.lists(CELL, min_size=rows, max_size=rows).map(np.array)
    words = st.lists(WORD, min_size=rows, max_size=rows)
    return st.fixed_dictionaries({"n": numbers, "m": numbers, "c": words, "d": words})


SIDES = st.tuples(st.integers(1, 200).flatmap(table), st.integers(1, 80).flatmap(table))


def bucket_of(bounds, column, value):
    """Return the bucket of a value, by the buckets' own bounds."""
    if column.numeric:
        number = as_numbers([value])[0]
        if math.isnan(number):
            return next(i for i, b in enumerate(bounds) if b.category == MISSING)
        if math.isinf(number):
            return next(i for i, b in enumerate(bounds) if b.category == NON_FINITE)
        return next(i for i, b in enumerate(bounds) if b.lower is not None and b.lower <= number < b.upper)
    text = category_text(value)
    if text is None:
        return next(i for i, b in enumerate(bounds) if b.category == MISSING)
    known = {*column.buckets.categories, *column.buckets.others}
    text = next((spelled for spelled in (text, *spellings(text)) if spelled in known), text)
    if text in column.buckets.categories:
        return next(i for i, b in enumerate(bounds) if b.category == text)
    special = OTHER if column.buckets.open or text in column.buckets.others else UNSEEN
    return next(i for i, b in enumerate(bounds) if b.category == special)


def counted(column, values):
    bounds = column.buckets.bounds
    found = [bucket_of(bounds, column, value) for value in values]
    return np.bincount(found, minlength=len(bounds)).astype(float)


def is_open(column):
    """Return whether new categories are the rule; then every measure is NaN."""
    return not column.numeric and column.buckets.open


def expected(p, q):
    """Return the measures of two bucket counts, using only numpy and scipy."""
    n, m, size = p.sum(), q.sum(), len(p)
    shares = [(side + 0.5) / (side.sum() + 0.5 * size) for side in (p, q)]
    psi = float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum())
    both = np.stack([p, q])[:, (p + q) > 0]
    chi2 = scipy.stats.chi2_contingency(both, correction=False).pvalue if both.shape[1] > 1 else 1.0
    return {
        "psi": psi,
        "psi_debiased": max(0.0, psi - (size - 1) * (1 / n + 1 / m)),
        "js_distance": scipy.spatial.distance.jensenshannon(*shares, base=2),
        "hellinger_distance": math.sqrt(max(0.0, 1 - np.sqrt(shares[0] * shares[1]).sum())),
        "total_variation": np.abs(shares[0] - shares[1]).sum() / 2,
        "chi2_pvalue": chi2,
    }


@pytest.mark.slow
@given(SIDES)
def test_every_measure_agrees_with_an_independent_computation(histogram_view, sides):
    """Counts, shares and distances of every column are those of numpy and scipy over the same buckets."""
    reference, window = sides
    view = histogram_view(reference, window)
    for index, column in enumerate(view.grid.columns):
        p, q = counted(column, reference[column.name]), counted(column, window[column.name])
        size = len(p)
        assert view.comparison.reference[index, :size].tolist() == p.tolist()
        assert view.comparison.window[index, :size].tolist() == q.tolist()
        assert not view.comparison.window[index, size:].any()
        for key, value in expected(p, q).items() if not is_open(column) else ():
            assert view.drift[key][index] == pytest.approx(value, rel=1e-6, abs=2e-8), (column.name, key)
        level = view.significance * TESTS["shape"].weight / 4
        critical = scipy.stats.chi2.isf(level, size - 1) * (1 / p.sum() + 1 / q.sum())
        assert view.psi_critical[index] == pytest.approx(critical, rel=1e-6)


@given(st.integers(0, 10_000))
def test_moments_are_those_of_the_raw_values(histogram_view, seed):
    """Mean and standard deviation of the window are numpy's of its finite values."""
    rng = np.random.default_rng(seed)
    values = np.array([*rng.normal(size=5), 5.0, -5.0, math.nan, math.inf, 1e5])
    reference, window = rng.choice(values, rng.integers(1, 50)), rng.choice(values, rng.integers(1, 20))
    finite = window[np.isfinite(window)]
    mean, stddev = (float(moment[0]) for moment in histogram_view({"x": reference}, {"x": window}).mean_and_stddev)
    assert mean == pytest.approx(finite.mean() if len(finite) else math.nan, rel=1e-9, abs=1e-9, nan_ok=True)
    # Sums are relative to the reference's mean, so a spread much smaller than the reference's loses digits.
    expected = finite.std(ddof=1) if len(finite) > 1 else math.nan
    assert stddev == pytest.approx(expected, rel=1e-6, abs=0.01, nan_ok=True)


def test_categories_have_no_moments(histogram_view):
    """A categorical feature has neither mean nor standard deviation."""
    view = histogram_view({"c": ["a", "b"]}, {"c": ["a", "a"]})
    assert np.isnan(view.mean_and_stddev).all()


@pytest.mark.slow
@given(SIDES)
def test_statistics_of_numbers_leave_out_what_is_none(histogram_view, sides):
    """Kolmogorov-Smirnov and Wasserstein use only finite values, like their raw-value counterparts.

    The first is exact where the window has values of the reference only, and
    never above; a value between two of the reference's counts as one of them.
    """
    view = histogram_view(*sides)
    for index in view.grid.numeric:
        column = view.grid.columns[index]
        a, b = (numbers[np.isfinite(numbers)] for numbers in (as_numbers(side[column.name]) for side in sides))
        if len(a) == 0 or len(b) == 0:
            assert math.isnan(view.drift["ks_statistic"][index])
            assert math.isnan(view.drift["wasserstein_normalized"][index])
            continue
        exact = scipy.stats.ks_2samp(np.tile(a, 2), np.tile(b, 2), method="asymp").statistic
        cuts = [-np.inf, *column.buckets.cuts, np.inf]
        cells = max(np.histogram(side, cuts)[0].max() / len(side) for side in (a, b))
        found = view.drift["ks_statistic"][index]
        assert found <= exact + 1e-12
        assert found == pytest.approx(exact, abs=1e-12 if set(b) <= set(a) else cells + 1e-12)
        if column.stddev > 0:
            distance = scipy.stats.wasserstein_distance(a, b) / a.std(ddof=1)
            cuts = column.buckets.cuts
            inside = sum(np.histogram(side, cuts)[0] / len(side) for side in (a, b))
            bound = float((np.diff(cuts) * inside).sum() / a.std(ddof=1))
            assert view.drift["wasserstein_normalized"][index] == pytest.approx(distance, rel=1e-9, abs=bound + 1e-9)


@pytest.mark.parametrize("value", [1e308, -1e308, 1.7e308, 5e-324, 1e-300])
def test_huge_and_tiny_numbers_are_measured(histogram_view, value):
    """The greatest and the smallest numbers count, without warnings or made-up numbers."""
    view = histogram_view({"x": np.linspace(-1, 1, 500)}, {"x": np.full(100, value)})
    assert view.drift["psi"][0] > 0.5
    assert view.drift["ks_statistic"][0] >= 0.45
    assert view.drifted[0] == 1.0
    mean, _ = view.mean_and_stddev
    assert mean[0] == pytest.approx(value) or not np.isfinite(mean[0])


@pytest.mark.parametrize("scale", [1e308, 1e-308, 1e300])
def test_a_reference_of_extreme_numbers_is_measured(histogram_view, scale):
    """A feature may be at the end of the range of floats."""
    rng = np.random.default_rng(0)
    reference, window = rng.uniform(-1, 1, 1000) * scale, rng.uniform(0, 1, 300) * scale
    view = histogram_view({"x": reference}, {"x": window})
    exact = scipy.stats.ks_2samp(reference, window, method="asymp").statistic
    assert view.drift["ks_statistic"][0] == pytest.approx(exact, abs=0.02)
    assert view.drifted[0] == 1.0
    assert view.mean_and_stddev[0].shape == (1,)


def test_too_few_samples_are_unknown(histogram_view):
    """With too few samples every measure and the verdict are NaN; quality is known from the first sample."""
    reference = {"x": np.arange(100.0)}
    few, enough = (histogram_view(reference, {"x": np.full(n, 500.0)}, minimum=50) for n in (49, 50))
    assert not few.enough
    assert all(np.isnan(values).all() for values in (*few.drift.values(), few.psi_critical, few.drifted))
    assert few.quality.ratio(few.quality.out_of_range)[0] == 1.0
    assert enough.drifted[0] == 1.0


def test_the_critical_value_shares_the_significance_among_features(histogram_view):
    """With more features each one's critical value is greater, so that a model has the same false-alarm rate."""
    rng = np.random.default_rng(0)
    one, ten = (
        histogram_view(
            {f"x{i}": rng.normal(size=1000) for i in range(n)}, {f"x{i}": rng.normal(size=100) for i in range(n)}
        )
        for n in (1, 10)
    )
    noise = np.array(1 / 1000 + 1 / 100)
    assert ten.psi_critical[0] > one.psi_critical[0]
    assert ten.psi_critical[0] == pytest.approx(
        critical_population_stability(np.array(14), noise, ten.significance, 10)
    )
