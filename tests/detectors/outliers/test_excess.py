"""Whether a window has more outliers than it should."""

import numpy as np
import pytest
from inference_exporter.detectors.outliers.excess import dispersion, excess_p_value, precision, unusual  # fmt: skip
from scipy import stats

SIGNIFICANCE = 2e-7


@pytest.mark.parametrize(("samples", "outliers"), [(100, 1), (1000, 5), (20_000, 60)])
def test_p_value_is_the_negative_binomial_tail(samples, outliers):
    """The p-value is SciPy's for a Poisson variable whose mean is estimated from this many outliers."""
    known, mean = 12.0, samples * 0.001
    found = excess_p_value(np.array(samples), np.array(outliers), 0.001, known)
    assert found == pytest.approx(stats.nbinom.sf(outliers - 1, known, known / (known + mean)), rel=1e-9)


def test_clean_windows_are_not_unusual():
    """Of a hundred thousand clean windows of any size none is unusual, whatever the true share."""
    random = np.random.default_rng(1)
    for known in (1.0, 10.0, 100.0):
        share = random.gamma(known, 0.001 / known, 100_000)
        samples = random.choice([50, 200, 1000, 10_000], 100_000)
        outliers = random.poisson(samples * share)
        p_values = excess_p_value(samples, outliers, 0.001, known)
        assert not unusual(outliers / samples, 0.001, p_values, SIGNIFICANCE).any()
        assert (p_values <= 1e-3).mean() <= 1.5e-3


@pytest.mark.parametrize("outliers", [1, 2, 3])
@pytest.mark.parametrize("samples", [50, 200, 1000])
def test_a_handful_is_nothing(samples, outliers):
    """One, two or three outliers never make the inputs unusual, however small the window."""
    p_value = excess_p_value(np.array(samples), np.array(outliers), 0.0005, 1000.0)
    assert unusual(np.array(outliers / samples), 0.0005, p_value, SIGNIFICANCE) == 0


def test_a_tenth_of_outliers_is_unusual():
    """Ten in a hundred are unusual if the reference has at least a thousand rows."""
    known = precision(100.0, 0.01, 0.001 / 3)
    assert unusual(np.array(0.2), 0.001, excess_p_value(np.array(200), np.array(40), 0.001, known), SIGNIFICANCE) == 1


def test_unknown_is_unknown():
    """Without samples everything is unknown; without outliers nothing is unusual."""
    assert np.isnan(excess_p_value(np.array(0), np.array(0), 0.001, 10.0))
    assert excess_p_value(np.array(10), np.array(0), 0.001, 10.0) == 1
    assert np.isnan(unusual(np.array(np.nan), 0.001, np.array(np.nan), SIGNIFICANCE))


def test_clusters_are_less_than_they_look():
    """Outliers in one slot of thirty weigh less than as many spread evenly."""
    samples = np.full(30, 100)
    spread, burst = np.full(30, 1), np.zeros(30, dtype=int)
    burst[3] = 30
    assert dispersion(samples, spread) == 1
    assert dispersion(samples, burst) > 20
    assert dispersion(np.array([], dtype=int), np.array([], dtype=int)) == 1
    even, clustered = (
        excess_p_value(np.array(3000), np.array(30), 0.001, 50.0, dispersion(samples, outliers))
        for outliers in (spread, burst)
    )
    assert even < SIGNIFICANCE < clustered


def test_extrapolated_shares_are_known_less():
    """The farther beyond the fitted rows, the less is known."""
    assert precision(100.0, 0.01, 0.01) == 100
    assert precision(100.0, 0.01, 0.001) == pytest.approx(100 / (1 + np.log(10) ** 2))
    assert precision(0.0, 0.01, 0.001) > 0
