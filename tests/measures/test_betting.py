"""The verdict on paired differences: rarely wrong however often one looks, and not slow."""

import math

import numpy as np
import pytest
from inference_exporter.measures.betting import STAKES, gains, is_decided, log_capital

ERROR = 0.005  # of each of the two bettors of a verdict that may be wrong in 1 %
EVERY = 100


def drawn(random, gap, discordant, runs, size):
    """Return how often the second, the first and neither of two models is alone right, shape (3, runs, looks)."""
    shares = [(discordant + gap) / 2, (discordant - gap) / 2, 1 - discordant]
    return np.moveaxis(random.multinomial(EVERY, shares, size=(runs, size // EVERY)), -1, 0)


def first_decided(up, down):
    """Return after how many outcomes each run is decided for `up`, infinite if never; shape (runs,)."""
    capital = np.cumsum(up[..., None] * gains(np.ones(1)) + down[..., None] * gains(-np.ones(1)), axis=1)
    greatest = capital.max(axis=-1)
    together = greatest + np.log(np.exp(capital - greatest[..., None]).mean(axis=-1))
    won = together >= -math.log(ERROR)
    return np.where(won.any(axis=1), (won.argmax(axis=1) + 1.0) * EVERY, np.inf)


@pytest.mark.parametrize("discordant", [0.05, 0.2])
def test_equal_models_are_rarely_told_apart(discordant):
    """Of comparisons of equal models, looked at all the time, at most one in a hundred reaches a verdict."""
    up, down, _ = drawn(np.random.default_rng(1), 0.0, discordant, 600, 20_000)
    decided = np.minimum(first_decided(up, down), first_decided(down, up)) < np.inf
    assert decided.mean() <= 0.01


def test_a_gap_of_two_points_is_decided():
    """90 % against 92 % with a tenth of the answers different: half are decided after 5,000 outcomes, nearly all
    after 10,000, and none wrongly."""
    up, down, _ = drawn(np.random.default_rng(2), 0.02, 0.1, 200, 12_000)
    right, wrong = first_decided(up, down), first_decided(down, up)
    assert np.median(right) <= 5_000
    assert np.mean(right <= 10_000) >= 0.97
    assert np.mean(wrong < right) <= 0.01


def test_gains_add_up_in_any_order():
    """Batches add up to the same capital as one, whatever their order."""
    differences = np.random.default_rng(3).uniform(-1, 1, 200)
    parts = [gains(part, -0.1) for part in np.split(differences[::-1], 4)]
    assert np.sum(parts, axis=0) == pytest.approx(gains(differences, -0.1))


@pytest.mark.parametrize("mean", [0.0, -0.2, 0.3])
def test_the_capital_does_not_grow_on_average(mean):
    """Differences whose mean is the tested one leave the expected capital as it is, for each stake."""
    lose = (1 - mean) / 2  # of differences of 1 and -1 with that mean
    expected = (1 - lose) * np.exp(gains(np.ones(1), mean)) + lose * np.exp(gains(-np.ones(1), mean))
    assert expected == pytest.approx(np.ones(len(STAKES)))


def test_nothing_is_decided_at_the_start():
    """Without differences the capital is 1."""
    assert log_capital(gains(np.empty(0))) == pytest.approx(0.0)
    assert not is_decided(gains(np.empty(0)), 0.2)
