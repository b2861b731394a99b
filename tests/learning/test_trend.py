"""The trend over the time of a reference."""

import numpy as np
import pytest
from inference_exporter.learning.learning import learn
from inference_exporter.learning.trend import CHANCE, RECORD, STRETCHES, is_trend, line_through
from inference_exporter.samples.batch import Batch, ModelKey
from scipy.stats import linregress

DAY = 86400.0
START = 20_000 * DAY
TIMES = np.arange(STRETCHES) * DAY


def learned(features, times):
    return RECORD.of(learn(Batch(len(times), ModelKey(), times, features=features), in_order=True))


def test_a_line_is_that_of_least_squares():
    """Level and slope are scipy's, and so is the error if neighbouring errors are not alike."""
    random = np.random.default_rng(0)
    means = 0.3 * TIMES / DAY + random.normal(size=STRETCHES)
    line, expected = line_through(TIMES, means), linregress(TIMES, means)
    assert line.slope == pytest.approx(expected.slope)
    assert line.at(TIMES) == pytest.approx(expected.intercept + expected.slope * TIMES)
    apart = line_through(
        TIMES, means.mean() + 0.3 * (TIMES - TIMES.mean()) / DAY + np.tile([1.0, -1.0], STRETCHES // 2)
    )
    assert line.error > expected.stderr > 0
    assert apart.error == pytest.approx(linregress(TIMES, np.tile([1.0, -1.0], STRETCHES // 2)).stderr, rel=0.2)


def test_chance_makes_hardly_any_trend():
    """Of independent stretches none has a trend; of those that follow one another, one in hundreds, as stated."""
    random = np.random.default_rng(1)
    noise = random.normal(size=(1000, STRETCHES))
    alike = np.zeros((1000, STRETCHES))
    for place in range(1, STRETCHES):
        alike[:, place] = 0.5 * alike[:, place - 1] + random.normal(size=1000)
    assert not any(is_trend(TIMES, means, CHANCE) for means in noise)
    assert sum(is_trend(TIMES, means, CHANCE) for means in alike) <= 5


def test_a_line_is_a_trend_and_a_step_or_a_hump_is_not():
    """Each half has to predict the other: a level that changed once, or came back, does not go on."""
    random = np.random.default_rng(2)
    noise = 0.1 * random.normal(size=STRETCHES)
    share = np.arange(STRETCHES) / STRETCHES
    assert is_trend(TIMES, share + noise, CHANCE)
    assert not is_trend(TIMES, (share >= 0.5) + noise, CHANCE)
    assert not is_trend(TIMES, np.sin(np.pi * share) + noise, CHANCE)
    assert not is_trend(TIMES, 0.2 * share + 0.001 * noise, CHANCE)  # too little to matter


def test_columns_with_a_trend_have_their_slope():
    """The slope is found beside a daily rhythm; columns without a trend, of categories or constant have none."""
    random = np.random.default_rng(3)
    times = START + np.arange(180 * 24) * 3600.0
    share = (times - times[0]) / (times[-1] - times[0])
    noise = random.normal(size=len(times))
    features = {
        "rising": np.sin(2 * np.pi * times / DAY) + 1.5 * share + noise,
        "noise": noise,
        "missing": np.where(random.random(len(times)) < 0.3, np.nan, noise - share),
        "words": np.where(random.random(len(times)) < share, "a", "b").tolist(),
        "constant": np.full(len(times), 3.0),
    }
    found = learned(features, times)
    assert found is not None and list(found.columns) == [0, 2]
    rising, falling = (slope * found.seconds for slope in found.slope)
    assert rising == pytest.approx(1.5 / features["rising"].std(), rel=0.1)
    assert falling == pytest.approx(-1 / np.nanstd(features["missing"]), rel=0.15)
    assert found.middle[0] == pytest.approx(times.mean(), abs=DAY)


def test_a_trend_is_told_from_the_seasons_of_the_year():
    """Over two years, what months explain does not bend the line."""
    random = np.random.default_rng(4)
    times = START + np.arange(731 * 12) * 7200.0
    wave, years = np.sin(2 * np.pi * times / (365.25 * DAY)), (times - times[0]) / (365.25 * DAY)
    values = 2 * wave + 0.5 * years + 0.5 * random.normal(size=len(times))
    found = learned({"x": values}, times)
    assert found is not None
    assert found.slope[0] * 365.25 * DAY == pytest.approx(0.5 / values.std(), rel=0.2)


def test_times_without_length_have_no_trend():
    """One moment, few rows or rows without order show nothing."""
    assert learned({"x": np.arange(1000.0)}, np.full(1000, START)) is None
    assert learned({"x": np.arange(100.0)}, START + np.arange(100.0)) is None
    reference = learn(Batch(1000, ModelKey(), np.full(1000, np.nan), features={"x": np.arange(1000.0)}), in_order=False)
    assert RECORD.of(reference) is None
