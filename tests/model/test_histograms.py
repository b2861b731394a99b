"""Windows, their baselines, and when there is no verdict."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import DEFAULT_WINDOWS, DriftConfig, ModelConfig, Window
from inference_exporter.durability.state import is_built
from inference_exporter.learning.baselines import names_of_seasons
from inference_exporter.learning.learning import learn
from inference_exporter.model.histograms import Histograms
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.store.trees import Reader, Writer
from inference_exporter.verdict.budget import significance_per_look

DAY = 86400.0
NOW = 20_000 * DAY
KEY = ModelKey("m", "1", "champion")


def batch(values, times):
    return Batch(len(values), KEY, times, features={"x": np.asarray(values, dtype=np.float64)})


def made(reference, times=None, windows=DEFAULT_WINDOWS, seasons=(), **drift):
    known = np.zeros(len(reference)) if times is None else times
    learned = learn(batch(reference, known), in_order=times is not None, seasons=seasons)
    return Histograms(learned, ModelConfig(drift=DriftConfig(**drift)), windows)


def feed(histograms, values, times):
    sent = batch(values, times)
    histograms.add(histograms.grid.locate(sent), times, float(times.max()))


RANDOM = np.random.default_rng(0)
REFERENCE = RANDOM.normal(size=5000)


def test_scrapes_cost_nothing_looks_do():
    """However often a window is scraped, looks are paid for only as often as its samples change."""
    histograms = made(REFERENCE)
    feed(histograms, RANDOM.normal(size=500), np.full(500, NOW))
    for second in range(60):
        histograms.view("5m", NOW + second)
    assert histograms.budget.looks == {"5m": 1, "1h": 0, "24h": 0}
    histograms.view("5m", NOW + 60)
    assert histograms.budget.looks["5m"] == 1
    feed(histograms, RANDOM.normal(size=20), np.full(20, NOW + 60))
    histograms.view("5m", NOW + 60)
    assert histograms.budget.looks["5m"] == 2
    assert histograms.budget.spent == pytest.approx(2 * histograms.budget.significance)


@pytest.mark.slow
def test_a_months_looks_are_within_the_budget():
    """Looks at every window, as often as they are due, cost at most four fifths of a month's budget in a month.

    Three days show it: past the first look of each window, every day costs the same.
    """
    days = 3
    histograms = made(REFERENCE, false_alarms_per_month=2.0, minimum_samples=1)
    feed(histograms, RANDOM.normal(size=500), np.full(500, NOW))
    counted = {window.name: histograms.counted(window.name, NOW) for window in DEFAULT_WINDOWS}
    for minute in range(0, days * 1440, 12):
        for name, window in counted.items():
            histograms.view_of(name, replace(window, arrived=500 * (1 + minute)), NOW + 60 * minute)
    budget = histograms.budget
    assert sum(budget.looks.values()) * budget.significance == pytest.approx(budget.spent)
    first_looks = len(DEFAULT_WINDOWS) * budget.significance
    assert 0.2 < (budget.spent - first_looks) * 30 / days <= 2.0 * 0.8


def test_a_window_that_nobody_fills_costs_nothing():
    """At a sample a minute the shortest window is never judged, and leaves its part of the budget to the others."""
    histograms = made(REFERENCE)
    feed(histograms, RANDOM.normal(size=120), NOW + 60.0 * np.arange(120))
    for window in DEFAULT_WINDOWS:
        histograms.view(window.name, NOW + 7200.0)
    assert histograms.budget.looks == {"5m": 0, "1h": 1, "24h": 1}
    assert histograms.budget.significance == significance_per_look(1.0, [3600.0, DAY])
    feed(histograms, RANDOM.normal(size=100), np.full(100, NOW + 7200.0))
    for window in DEFAULT_WINDOWS:
        histograms.view(window.name, NOW + 7200.0)
    assert histograms.budget.significance == significance_per_look(1.0, [300.0, 3600.0, DAY])


def test_a_deployment_is_given_time():
    """After a deployment there is no verdict for a while, with the reason; then the window is judged."""
    histograms = made(REFERENCE, warm_up=300.0)
    feed(histograms, RANDOM.normal(3, 1, 500), np.full(500, NOW))
    histograms.deployed(NOW - 100)
    view = histograms.view("1h", NOW)
    assert view.fault == "warming_up"
    assert np.isnan(view.drifted).all()
    later = histograms.view("1h", NOW + 200)
    assert later.fault is None
    assert later.drifted.tolist() == [1.0]


def test_a_rolling_baseline_forgets_the_reference():
    """Traffic that has long differed from the reference is not drift against the last week; a change of it is."""
    histograms = made(REFERENCE, windows=(Window("1h", 3600.0),), baseline="rolling", rolling=7 * DAY)
    feed(histograms, RANDOM.normal(3, 1, 300), np.full(300, NOW))
    assert histograms.view("1h", NOW).fault == "filling_baseline"
    for day in range(1, 6):
        feed(histograms, RANDOM.normal(3, 1, 1000), np.full(1000, NOW + day * DAY))
    as_ever = NOW + 6 * DAY
    feed(histograms, RANDOM.normal(3, 1, 300), np.full(300, as_ever))
    assert histograms.view("1h", as_ever).drifted.tolist() == [0.0]
    feed(histograms, RANDOM.normal(0, 1, 300), np.full(300, as_ever + DAY))
    assert histograms.view("1h", as_ever + DAY).drifted.tolist() == [1.0]


def daily(times, random):
    """A value that follows the hour of the day."""
    return 3 * np.sin(2 * np.pi * times / DAY) + random.normal(0, 0.5, len(times))


@pytest.mark.slow
def test_a_seasonal_baseline_knows_the_hour():
    """For a reference that knows its nights, the night is not drift, but noon at night is."""
    times = np.sort(RANDOM.uniform(NOW - 28 * DAY, NOW, 20_000))
    plain, seasonal = (
        made(daily(times, RANDOM), times if seasons else None, (Window("1h", 3600.0),), seasons, baseline=baseline)
        for seasons, baseline in (((), "reference"), (("hour_of_day",), "hour_of_day"))
    )
    hour = np.linspace(NOW + 18.1 * 3600, NOW + 18.9 * 3600, 400)
    for histograms in (plain, seasonal):
        feed(histograms, daily(hour, RANDOM), hour)
    assert plain.view("1h", hour[-1]).drifted.tolist() == [1.0]
    assert seasonal.view("1h", hour[-1]).drifted.tolist() == [0.0]
    noon = made(daily(times, RANDOM), times, (Window("1h", 3600.0),), ("hour_of_day",), baseline="hour_of_day")
    feed(noon, daily(hour - DAY / 2, RANDOM), hour)
    assert noon.view("1h", hour[-1]).drifted.tolist() == [1.0]


@pytest.mark.slow
def test_seasons_that_the_data_show_are_known_by_default():
    """Without any configuration the night is not drift and noon at night is, for the feature that follows the hour."""
    times = np.sort(RANDOM.uniform(NOW - 28 * DAY, NOW, 20_000))
    hour = np.linspace(NOW + 18.1 * 3600, NOW + 18.9 * 3600, 400)
    for values, drifted in ((daily(hour, RANDOM), 0.0), (daily(hour - DAY / 2, RANDOM), 1.0)):
        histograms = made(daily(times, RANDOM), times, (Window("1h", 3600.0),))
        feed(histograms, values, hour)
        assert histograms.view("1h", hour[-1]).drifted.tolist() == [drifted]


@pytest.mark.slow
def test_seasons_survive_a_restart():
    """Windows compared with their seasons are restored with the samples of each part, and go on counting."""
    times = np.sort(RANDOM.uniform(NOW - 28 * DAY, NOW, 20_000))
    values, hour = daily(times, RANDOM), np.linspace(NOW + 18.1 * 3600, NOW + 18.9 * 3600, 400)
    before, after = (made(values, times, (Window("1h", 3600.0),)) for _ in range(2))
    feed(before, daily(hour[:200], RANDOM), hour[:200])
    writer = Writer(is_built)
    tree = writer.tree(before)
    parts = (after.grid, after.measuring, after.judging, after._variation)
    Reader(writer.arrays, {type(each): each for each in parts}.get).fill(after, tree)
    for histograms in (before, after):
        feed(histograms, daily(hour[200:], np.random.default_rng(0)), hour[200:])
    assert after.counted("1h", hour[-1]).baseline == pytest.approx(before.counted("1h", hour[-1]).baseline)


def test_holidays_are_known_where_the_data_show_them():
    """A holiday as the reference knows them is not drift, another day like it is; what is configured later counts."""
    days = NOW // DAY + np.repeat(np.arange(-280, 0), 50)
    quiet = (NOW // DAY + np.arange(-270, 0, 13)).tolist()
    values = RANDOM.normal(size=len(days)) - 4.0 * np.isin(days, quiet)
    dates = [str(np.datetime64(int(day), "D")) for day in quiet]
    reference = learn(batch(values, days * DAY), in_order=True, holidays=tuple(dates))
    assert names_of_seasons(reference) == {"holiday": ["x"]}
    today, window = str(np.datetime64(int(NOW // DAY), "D")), (Window("1d", DAY),)
    for holidays, drifted in (((today,), 0.0), ((today[5:],), 0.0), ((), 1.0)):
        config = ModelConfig(drift=DriftConfig(holidays=holidays))
        histograms = Histograms(reference, config, window)
        times = NOW + np.linspace(0, 3600, 50)
        feed(histograms, RANDOM.normal(size=50) - 4.0, times)
        assert histograms.view("1d", times[-1]).drifted.tolist() == [drifted]


@pytest.mark.slow
def test_a_permanent_change_is_seen_whatever_the_rhythm():
    """Two weeks that follow an annual season are worth few samples, and a shift of 3 sd is drift all the same."""
    times = NOW + np.arange(-730 * 24, 14 * 24) * 3600.0
    weather = np.repeat(RANDOM.normal(0, 0.4, 744 // 3), 72)[: len(times)]
    values = np.sin(2 * np.pi * times / (365.25 * DAY)) + weather + RANDOM.normal(0, 0.3, len(times))
    window = times >= NOW
    for by, drifted in ((0.0, 0.0), (3.0, 1.0)):
        histograms = made(values[~window], times[~window], (Window("14d", 14 * DAY),))
        feed(histograms, values[window] + by * values.std(), times[window])
        assert histograms.view("14d", times[-1]).drifted.tolist() == [drifted]


def test_a_reference_without_seasons_says_so():
    """A seasonal baseline needs a reference with seasons."""
    histograms = made(REFERENCE, baseline="day_of_week")
    feed(histograms, RANDOM.normal(size=100), np.full(100, NOW))
    assert histograms.view("5m", NOW).fault == "no_seasons_in_reference"


def test_identifiers_are_unknown_and_silence_nothing():
    """A feature whose values are nearly all new has no drift measures and no verdict, except for missing values."""
    rows = 2000
    ids = [f"id-{number}" for number in range(2 * rows)]
    columns = {"x": RANDOM.normal(size=rows), "id": ids[:rows]}
    learned = learn(Batch(rows, KEY, np.zeros(rows), features=columns), in_order=False)
    histograms = Histograms(learned, ModelConfig(), DEFAULT_WINDOWS)
    for present, verdict in ((True, np.nan), (False, 1.0)):
        sent = Batch(
            500,
            KEY,
            np.full(500, NOW),
            features={"x": RANDOM.normal(size=500), "id": ids[rows : rows + 500] if present else [None] * 500},
        )
        histograms.add(histograms.grid.locate(sent), sent.times, NOW)
        view = histograms.view("5m", NOW + (0 if present else 60))
        assert np.isnan(view.drift["psi_debiased"]).tolist() == [False, True]
        assert view.drift["psi_debiased"][0] < 0.1
        np.testing.assert_array_equal(view.drifted, [0.0, verdict])
