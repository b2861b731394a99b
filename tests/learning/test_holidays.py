"""Holidays are learned where the data show them, from what the other seasons leave."""

import numpy as np
import pytest
from inference_exporter.learning.baselines import names_of_seasons, shown_seasons
from inference_exporter.learning.holidays import RECORD
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.windows.seasons import SEASONS

DAY = 86400.0
FIRST = 18_262  # 2020-01-01


def holidays_of(days, every, random):
    """Return a share of some days, one in `every`, as a list."""
    chosen = np.sort(random.choice(np.arange(FIRST, FIRST + days), days // every, replace=False))
    return chosen, tuple(str(np.datetime64(int(day), "D")) for day in chosen)


def learned(features, times, holidays):
    return learn(Batch(len(times), ModelKey(), times, features=features), in_order=True, holidays=holidays)


@pytest.mark.slow
@pytest.mark.parametrize("days", [200, 800])
def test_days_that_differ_by_chance_have_no_holidays(days):
    """Neither independent rows nor days that differ without a reason follow a list of days."""
    random = np.random.default_rng(days)
    times = (FIRST + np.arange(days * 20) / 20) * DAY
    _, texts = holidays_of(days, 30, random)
    features = {
        "noise": random.normal(size=len(times)),
        "days": np.repeat(random.normal(size=days), 20) + random.normal(size=len(times)),
        "words": random.choice(["a", "b"], len(times)).tolist(),
    }
    reference = learned(features, times, texts)
    assert names_of_seasons(reference) == {}
    record = RECORD.of(reference)
    assert record is not None and record.occurrences > 0 and record.columns == []


@pytest.mark.slow
def test_each_column_has_holidays_or_not():
    """Numbers, categories and missing values may follow them, a weekly rhythm beside them stays a weekly rhythm."""
    random = np.random.default_rng(3)
    days = 365
    times = (FIRST + np.arange(days * 50) / 50) * DAY
    chosen, texts = holidays_of(days, 25, random)
    holiday, weekend = np.isin(times // DAY, chosen), SEASONS["day_of_week"].part_of(times) >= 5
    noise = random.normal(size=len(times))
    features = {
        "demand": noise - 2.0 * holiday + 1.5 * weekend,
        "words": np.where(holiday & (random.random(len(times)) < 0.6), "closed", "open").tolist(),
        "missing": np.where(holiday & (random.random(len(times)) < 0.4), np.nan, noise),
        "noise": noise,
    }
    found = names_of_seasons(learned(features, times, texts))
    assert found == {"day_of_week": ["demand"], "holiday": ["demand", "words", "missing"]}


def test_too_few_holidays_are_not_enough():
    """Four holidays do not make a season, however far they stray; of many, those that follow one another count once."""
    random = np.random.default_rng(4)
    times = (FIRST + np.arange(100 * 50) / 50) * DAY
    chosen = FIRST + np.array([10, 11, 30, 50, 70])
    values = random.normal(size=len(times)) - 5.0 * np.isin(times // DAY, chosen)
    texts = tuple(str(np.datetime64(int(day), "D")) for day in chosen)
    reference = learned({"x": values}, times, texts)
    assert names_of_seasons(reference) == {}
    record = RECORD.of(reference)
    assert record is not None and record.occurrences == 4


def test_what_a_weekday_explains_is_not_counted_twice():
    """Holidays that are all Mondays differ from other days by what they add to a Monday."""
    random = np.random.default_rng(5)
    days = 365
    times = (FIRST + np.arange(days * 50) / 50) * DAY
    monday = SEASONS["day_of_week"].part_of(times) == 0
    mondays = np.unique(times[monday] // DAY)[::4]
    holiday = np.isin(times // DAY, mondays)
    high = random.random(len(times)) < 0.2 + 0.3 * monday + 0.2 * holiday
    texts = tuple(str(np.datetime64(int(day), "D")) for day in mondays)
    reference = learned({"x": np.where(high, "high", "low").tolist()}, times, texts)
    (_, weekdays), (_, counts) = shown_seasons(reference)
    place = reference.columns[0].buckets.categories.index("high")
    whole = reference.columns[0].counts[place] / reference.rows
    of_monday, of_holiday = (
        season.parts[part, place] / season.rows[part] - whole for season, part in ((weekdays, 0), (counts, 1))
    )
    assert whole + of_monday + of_holiday == pytest.approx(high[holiday].mean(), abs=0.03)


def test_without_a_list_nothing_is_learned():
    """A reference without holidays has no trace of them."""
    times = FIRST * DAY + np.arange(1000) * 3600.0
    assert RECORD.of(learned({"x": np.arange(1000.0)}, times, ())) is None
