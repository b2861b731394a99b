"""The seasons that each column has."""

import numpy as np
import pytest
from inference_exporter.learning.learning import learn
from inference_exporter.learning.season_choice import Groups, expected_from_other_cycles
from inference_exporter.learning.seasons import RECORD
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.windows.seasons import SEASONS

DAY = 86400.0
START = 20_000 * DAY


def chosen(features, times):
    """Return the seasons of each feature."""
    reference = learn(Batch(len(times), ModelKey(), times, features=features), in_order=True)
    record = RECORD.of(reference)
    found = {} if record is None else record.chosen
    names = [column.name for column in reference.columns]
    return {name: {key for key, places in found.items() if names.index(name) in places} for name in features}


def times_of(days, rows=20_000):
    return np.linspace(START, START + days * DAY, rows, endpoint=False)


@pytest.mark.slow
@pytest.mark.parametrize("days", [3, 21, 100, 800])
def test_noise_has_no_season(days):
    """Independent rows, and days that differ without a rhythm, show no season."""
    random = np.random.default_rng(days)
    times = times_of(days)
    drifting = np.repeat(random.normal(size=days), -(-len(times) // days))[: len(times)]
    features = {
        "x": random.normal(size=len(times)),
        "days": drifting + random.normal(size=len(times)),
        "words": random.choice(["a", "b", "c"], len(times)).tolist(),
        "missing": np.where(random.random(len(times)) < 0.1, np.nan, 1.0),
    }
    assert not any(chosen(features, times).values())


@pytest.mark.slow
def test_each_column_has_its_own_seasons():
    """Location, spread, missing values and categories may follow the hour or the weekday, alone or together."""
    random = np.random.default_rng(1)
    times = times_of(70)
    hour, weekend = times // 3600 % 24, SEASONS["day_of_week"].part_of(times) >= 5
    night, noise = hour < 6, random.normal(size=len(times))
    features = {
        "wave": np.sin(2 * np.pi * times / DAY) + noise,
        "spread": np.where(night, 0.3, 1.0) * noise,
        "missing": np.where(night & (random.random(len(times)) < 0.2), np.nan, noise),
        "words": np.where(weekend & (random.random(len(times)) < 0.5), "b", "a").tolist(),
        "both": np.sin(2 * np.pi * times / DAY) + 1.5 * weekend + noise,
        "neither": noise,
    }
    hours, days = {"hour_of_day"}, {"day_of_week"}
    expected = {"wave": hours, "spread": hours, "missing": hours, "words": days, "both": hours | days, "neither": set()}
    assert chosen(features, times) == expected


@pytest.mark.slow
def test_months_need_two_years():
    """One summer is not yet a season."""
    random = np.random.default_rng(2)
    for days, known in ((360, False), (730, True)):
        times = times_of(days)
        features = {"x": 2 * np.sin(2 * np.pi * times / (365.25 * DAY)) + random.normal(size=len(times))}
        assert ("month_of_year" in chosen(features, times)["x"]) is known


def test_a_cycle_is_expected_from_the_others():
    """What is expected of a day comes from the same hour of other days; without any, from all rows."""
    times = START + np.array([0.0, 1.0, DAY, DAY + 1, 2 * DAY, 5 * 3600.0])
    values = np.array([1.0, 3.0, 5.0, 5.0, 11.0, 100.0])
    found = expected_from_other_cycles(values, np.ones(6), Groups.of(SEASONS["hour_of_day"], times))
    assert found[:5] == pytest.approx([7.0, 7.0, 5.0, 5.0, 3.5])
    assert found[5] == pytest.approx(values.mean())
