"""The sequential test keeps its rate under continuous looking, and finds changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.running_risk import (
    GREATEST,
    advanced,
    bets_above,
    bets_below,
    log_factors,
    since_last_gain,
)

LIMITS = st.floats(0.001, 0.999)


@given(LIMITS)
def test_no_bet_can_be_lost_entirely_or_gain_on_average(limit):
    """At the limit every bet is fair, whatever the losses; none can be ruined by one loss."""
    for bets in (bets_above(limit), bets_below(limit)):
        factors = 1 + bets * (np.array([[0.0], [1.0]]) - limit)
        assert (factors > 0).all()
        assert limit * factors[1] + (1 - limit) * factors[0] == pytest.approx(1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), LIMITS)
def test_losses_can_be_taken_together(losses, limit):
    """The factor of a block of losses is the product of those of each."""
    losses, bets = np.array(losses), bets_above(limit)
    apart = sum(log_factors(losses[place : place + 1], limit, bets) for place in range(len(losses)))
    np.testing.assert_allclose(log_factors(losses, limit, bets), apart, atol=1e-9)


def year_of(random, risk, limit, models=2000, days=360, outcomes=200):
    """Return in which month each of many models raises its first alarm at a rate of 1 a month; inf without."""
    bets, evidence = bets_above(limit), np.zeros((models, 6))
    first = np.full(models, np.inf)
    for day in range(days):
        wrong = random.binomial(outcomes, risk, models)[:, np.newaxis]
        factor = wrong * np.log1p(bets * (1 - limit)) + (outcomes - wrong) * np.log1p(-bets * limit)
        evidence = advanced(evidence, factor, 1 / 30)
        alarm = np.isinf(first) & (evidence.mean(axis=1) >= 10)  # a tenth of an alarm a month
        first[alarm] = day / 30
    return first


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0.02, 0.2, 0.5])
def test_a_year_of_looking_every_day_keeps_the_rate(limit):
    """Of models with exactly the risk at the limit, at most a tenth a month raise an alarm, although we always look."""
    first = year_of(np.random.default_rng(0), limit, limit)
    for months in (1, 3, 6, 12):
        assert (first < months).mean() <= 0.1 * months


@pytest.mark.slow
def test_a_higher_risk_is_found():
    """Five points above the limit are found within days, from 200 outcomes a day."""
    first = year_of(np.random.default_rng(1), 0.25, 0.2, models=200)
    assert np.median(first) * 30 < 15
    assert (first < 3).all()


def test_evidence_has_a_bound():
    """Overwhelming evidence stays finite, and without evidence nothing begins out of nothing."""
    assert advanced(np.array([1.0]), np.array([1e5]), 0.1).tolist() == [GREATEST]
    assert advanced(np.array([0.0]), np.array([1.0]), 0.0).tolist() == [0.0]


def test_gains_begin_where_the_stake_was_lowest():
    """Losing bets begin anew; gains add up since."""
    gains, lowest = since_last_gain(np.array([0.0, 2.0]), np.array([-1.0, 1.0]))
    assert gains.tolist() == [0.0, 3.0]
    assert lowest.tolist() == [True, False]
