"""Coverage by age, and the share of predictions whose outcome will never come."""

import math

import numpy as np
import pytest
from inference_exporter.model.coverage import BOUNDS, DAY, HOUR, Coverage

NOW = 20_000 * DAY


def simulated(never=0.2, mean_delay=5 * DAY, days=300, a_day=500, censored_after=None, seed=0):
    """Return coverage at NOW of steady predictions whose outcomes have exponential delays; some never come."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(NOW - days * DAY, NOW, days * a_day))
    delays = np.where(rng.random(len(times)) < never, np.inf, rng.exponential(mean_delay, len(times)))
    came = times + delays <= NOW
    coverage = Coverage()
    for part in np.array_split(np.arange(len(times)), 50):
        coverage.add(times[part])
    order = rng.permutation(np.flatnonzero(came))
    coverage.join(times[order], delays[order])
    return coverage, times, delays


def test_coverage_by_age_is_the_share_that_came_before_it():
    """Of predictions between one and two times the age, those with a delay up to it, to a slot's width."""
    coverage, times, delays = simulated()
    view = coverage.view(NOW)
    for name, age, slot in (("1h", HOUR, 600), ("1d", DAY, 600), ("7d", 7 * DAY, DAY), ("30d", 30 * DAY, DAY)):
        ages = NOW - (np.floor(times / slot) + 1) * slot
        of_age = (ages >= age) & (ages < 2 * age)
        assert view.by_age[name] == pytest.approx((delays[of_age] <= age).mean(), abs=1e-12)


def test_the_end_of_the_survival_curve_is_the_share_that_never_comes():
    """Young predictions do not count as failures: the estimate is the true share, though a fifth is still pending."""
    coverage, times, delays = simulated(never=0.2)
    assert (times + delays > NOW).mean() > 0.21
    assert coverage.view(NOW).never == pytest.approx(0.2, abs=0.01)


def test_survival_agrees_with_kaplan_and_meier():
    """The life table is within a percentage point of the product-limit estimate from exact delays."""
    coverage, times, delays = simulated(never=0.1, mean_delay=20 * DAY)
    left, bounds = coverage.survival(NOW)
    observed = np.minimum(delays, NOW - times)
    is_event = delays <= NOW - times
    order = np.argsort(observed)
    at_risk = len(observed) - np.arange(len(observed))
    product = np.cumprod(1 - is_event[order] / at_risk)
    exact = product[np.searchsorted(observed[order], bounds, side="right") - 1]
    known = bounds <= 180 * DAY
    assert np.abs(left - exact)[known].max() < 0.01


def test_what_cannot_be_known_yet_is_nan():
    """Without predictions, and before the curve has flattened, nothing is claimed."""
    assert math.isnan(Coverage().view(NOW).never)
    assert all(math.isnan(value) for value in Coverage().view(NOW).by_age.values())
    coverage, _, _ = simulated(mean_delay=100 * DAY, days=60)
    assert math.isnan(coverage.view(NOW).never)
    assert math.isnan(simulated(days=5)[0].view(NOW).by_age["30d"])


def test_predictions_expire_once():
    """Predictions without an outcome expire when the store forgets their day, each once."""
    coverage, times, delays = simulated(days=60)
    before = NOW - 30 * DAY
    pending = int(((np.floor(times / DAY) + 1) * DAY <= before)[times + delays > NOW].sum())
    assert coverage.expired(before - 10 * DAY) + coverage.expired(before) == pending
    assert coverage.expired(before) == 0
    assert len(BOUNDS) == len(set(BOUNDS.tolist()))
