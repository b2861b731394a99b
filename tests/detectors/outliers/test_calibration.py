"""From a score to a p-value, even far beyond the rows it is calibrated on."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.detectors.outliers.calibration import LEAST_PVALUE, calibrate, calibration_from_json
from scipy import stats

LAWS = {"exponential": stats.expon(), "chi-squared": stats.chi2(10), "pareto": stats.genpareto(0.25)}


@pytest.mark.parametrize("law", LAWS)
def test_tails_are_those_of_the_law(law):
    """With 20,000 rows, p = 0.001 is accurate to a quarter on average, p = 0.0001 to a factor of two."""
    found = {share: [] for share in (0.1, 0.001, 0.0001)}
    for seed in range(10):
        fitted = calibrate(LAWS[law].rvs(size=20_000, random_state=seed))
        for share, scores in found.items():
            scores.append(float(fitted.p_values(np.array([LAWS[law].isf(share)]))[0]))
    assert np.mean(found[0.1]) == pytest.approx(0.1, rel=0.02)
    assert np.mean(found[0.001]) == pytest.approx(0.001, rel=0.25)
    assert 0.5e-4 < np.mean(found[0.0001]) < 2e-4


def test_the_shape_of_the_tail_is_found():
    """The generalised Pareto distribution is fitted to the last hundredth."""
    fitted = calibrate(stats.genpareto(0.3).rvs(size=100_000, random_state=1))
    assert fitted.shape == pytest.approx(0.3, abs=0.1)
    assert fitted.exceedances == pytest.approx(1000, rel=0.01)


def test_a_score_that_many_share_is_as_frequent_as_they_are():
    """Three rows in a hundred that share the greatest score have p = 0.03, even after rounding."""
    fitted = calibrate(np.concatenate([np.random.default_rng(1).random(970), np.full(30, 5.0)]))
    assert fitted.p_values(np.array([5.0, 5.0000005]))[:2] == pytest.approx(0.03, abs=0.002)
    assert fitted.p_values(np.array([9.0]))[0] < 1e-4


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=300))
def test_p_values_fall(values):
    """A greater score has a smaller p-value, always a probability; the inverse leads back."""
    fitted = calibrate(np.array(values))
    scores = np.linspace(-1, max(values) * 2 + 1, 50)
    p_values = fitted.p_values(scores)
    assert ((p_values >= LEAST_PVALUE) & (p_values <= 1)).all()
    assert (np.diff(p_values) <= 1e-12).all()
    share = fitted.shares[-1] / 50
    assert fitted.p_values(np.array([fitted.score_of(share)]))[0] == pytest.approx(share, rel=1e-6)


def test_json_keeps_it():
    """A calibration survives JSON to six digits, in few numbers."""
    fitted = calibrate(np.random.default_rng(2).exponential(size=5000))
    content = json.loads(json.dumps(fitted.to_json()))
    assert len(content["scores"]) <= 256
    scores = np.linspace(0, 20, 100)
    np.testing.assert_allclose(calibration_from_json(content).p_values(scores), fitted.p_values(scores), rtol=1e-3)
