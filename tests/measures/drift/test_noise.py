"""Means of chi-squared distributions against scipy's integrals."""

import numpy as np
import pytest
import scipy.stats
from inference_exporter.measures.drift._noise import mean_chi, mean_excess, mean_root_of_excess


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 23, 200])
def test_agree_with_scipy(freedom):
    """Each mean agrees with integrating over the distribution."""
    distribution, own = scipy.stats.chi2(freedom), np.array(float(freedom))
    assert mean_chi(own) == pytest.approx(scipy.stats.chi(freedom).mean(), rel=1e-9)
    expected = distribution.expect(lambda x: x - freedom, lb=freedom)
    assert mean_excess(own) == pytest.approx(expected, rel=1e-6)
    expected = distribution.expect(lambda x: np.sqrt(x - freedom), lb=freedom)
    assert mean_root_of_excess(own) == pytest.approx(expected, rel=1e-5)


def test_nothing_varies_without_freedom():
    """One bucket has no noise."""
    for mean in (mean_chi, mean_excess, mean_root_of_excess):
        assert mean(np.array(0.0)) == 0.0
