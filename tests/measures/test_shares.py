"""Confidence limits of shares."""

import numpy as np
import pytest
import scipy.stats
from inference_exporter.measures.shares import difference_limit, share_limit


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 50), (50, 50), (700, 10_000)])
def test_the_limits_of_a_share_are_scipys(successes, n):
    """Both limits of a share are those of scipy at the same level."""
    interval = scipy.stats.binomtest(successes, n).proportion_ci(0.95, "exact")
    z = scipy.stats.norm.ppf(0.975)
    limits = [float(share_limit(np.array(successes), np.array(n), side)) for side in (-z, z)]
    assert limits == pytest.approx([interval.low, interval.high], abs=1e-9)


def test_the_lower_limit_holds_its_level():
    """The limit of a share of 1 % of 500 exceeds the true difference about as rarely as it says."""
    random = np.random.default_rng(1)
    window, reference = random.binomial(500, 0.01, 20_000), random.binomial(10_000, 0.0005, 20_000)
    lower = difference_limit(window, np.array(500.0), reference, np.array(10_000.0), -1.645)
    assert (lower > 0.0095).mean() < 0.07


def test_no_values_have_no_limit():
    """A side without values is unknown."""
    assert np.isnan(difference_limit(np.array(0.0), np.array(0.0), np.array(1.0), np.array(9.0), 1.0))
