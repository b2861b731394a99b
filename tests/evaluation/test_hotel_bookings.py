"""Hotel bookings, end to end: outcomes come up to two years late, cancellations before arrivals."""

import csv
import gzip
from datetime import UTC, datetime

import numpy as np
import pytest
from inference_exporter.config.durations import parse_duration
from inference_exporter.config.schema import (
    Config,
    EvaluationConfig,
    LearningConfig,
    LimitsConfig,
    ModelConfig,
    OutcomesConfig,
    StorageConfig,
    Window,
)

DAY = 86400.0
MATURITY = 200 * DAY
SLOTS = 30
LOOKS = ("2015-10-01", "2016-03-01", "2016-10-01", "2017-06-01")
START = "2014-09-01"


def seconds(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def bookings(shared_data):
    """Return the time of booking, the time its outcome is known, score, prediction and outcome of each booking."""
    with gzip.open(shared_data / "hotel_bookings.csv.gz", "rt") as file:
        rows = [
            (seconds(row["booking_date"]), seconds(row["label_date"]), int(row["is_canceled"]))
            for row in csv.DictReader(file)
        ]
    with gzip.open(shared_data / "hotel_bookings_predictions.csv.gz", "rt") as file:
        scores = [(float(row["score"]), int(row["prediction"])) for row in csv.DictReader(file)]
    made, known, outcome = np.array(rows).T
    score, prediction = np.array(scores).T
    chosen = made >= seconds(START)
    made = made + np.arange(len(made)) % 80_000  # within their day
    return {"made": made, "known": np.maximum(known, made), "score": score, "prediction": prediction,
            "outcome": outcome, "id": np.arange(len(made))} | {"chosen": chosen}  # fmt: skip


def run(sidecar, folder, bookings, monkeypatch, clock):
    """Send each day's bookings and outcomes to a sidecar that remembers a day or two; return what it shows at LOOKS."""
    model = ModelConfig(
        name="hotel", version="1", task="classification", learning=LearningConfig(samples=1000),
        outcomes=OutcomesConfig(remember=50_000, maturity=MATURITY),
    )  # fmt: skip
    windows = (Window("90d", parse_duration("90d")),)
    config = Config(
        models=(model,), windows=windows, storage=StorageConfig(path=folder), limits=LimitsConfig(memory=8 * 1024**2),
        evaluation=EvaluationConfig(retention=parse_duration("3y")),
    )  # fmt: skip
    monkeypatch.setattr("inference_exporter.app.SteadyClock", lambda: clock)
    running = sidecar(config)
    performance_memory = running.application._fleet.memory.predictions
    performance_memory.take(performance_memory._size - 200_000)  # leaves room for two thousand predictions
    rows = {name: column[bookings["chosen"]] for name, column in bookings.items()}
    shown = {}
    for day in np.arange(seconds(START), seconds(LOOKS[-1]) + DAY, DAY).tolist():
        made = np.flatnonzero((rows["made"] >= day) & (rows["made"] < day + DAY))
        known = np.flatnonzero((rows["known"] >= day) & (rows["known"] < day + DAY))
        if len(made):
            clock.now = float(rows["made"][made].max())
            running.samples([sample(rows, row) for row in made.tolist()])
        if len(known):
            running.outcomes([outcome(rows, row) for row in known.tolist()])
        date = datetime.fromtimestamp(day, UTC).date().isoformat()
        if date in LOOKS:
            shown[date] = series_of(running.scrape())
    return rows, shown, running


def sample(rows, row):
    return {
        "id": str(rows["id"][row]), "time": float(rows["made"][row]), "features": {"x": 1},
        "prediction": str(int(rows["prediction"][row])), "scores": {"1": float(rows["score"][row])},
    }  # fmt: skip


def outcome(rows, row):
    return {"id": str(rows["id"][row]), "outcome": str(int(rows["outcome"][row])), "time": float(rows["known"][row])}


def series_of(text):
    """Return the value of each series, without its model."""
    found = {}
    for line in text.splitlines():
        if line.startswith("model_"):
            name, _, value = line.rpartition(" ")
            found[
                name.replace('model="hotel",version="1",variant="champion"', "").replace("{,", "{").replace("{}", "")
            ] = float(value)
    return found


class Steady:
    now = 0.0

    def __init__(self):
        self.steps = {"back": 0, "forward": 0}

    def __call__(self):
        return self.now


def auc(score, positive):
    """Return the area under the ROC curve, ties counted half."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    values, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[inverse]
    n = positive.sum()
    del order, values
    return (ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(score) - n))


def expected(rows, now, by, shift):
    """Return number, accuracy and AUC over the window of 90 days at an event time, computed from the table."""
    slot = 90 * DAY / SLOTS
    at = by + shift
    held = (np.floor(at / slot) > np.floor(now / slot) - SLOTS) & (at <= now) & (rows["known"] <= now)
    right = rows["prediction"][held] == rows["outcome"][held]
    return int(held.sum()), right.mean(), auc(rows["score"][held], rows["outcome"][held] == 1), held


def test_late_outcomes_are_measured_as_if_all_had_been_in_memory(sidecar, tmp_path, bookings, monkeypatch):
    """By time of arrival and by time of prediction, all numbers are those computed from the table at that moment."""
    rows, shown, running = run(sidecar, tmp_path, bookings, monkeypatch, Steady())
    assert running.application._evaluation.state.found > 20_000
    assert set(shown) == set(LOOKS)
    for date, series in shown.items():
        # Event time is that of the newest booking.
        now = rows["made"][rows["made"] <= seconds(date) + DAY].max()
        checks = (
            ("", "model_window_outcomes", rows["known"], 0.0),
            ("matured_", "model_matured_window_outcomes", rows["made"], MATURITY),
        )
        for prefix, number_name, by, shift in checks:
            number, accuracy, area, _ = expected(rows, now, by, shift)
            assert series[f'{number_name}{{window="90d"}}'] == number
            assert series[f'model_{prefix}accuracy_ratio{{window="90d"}}'] == pytest.approx(accuracy, abs=1e-9)
            assert series[f'model_{prefix}roc_auc{{class="1",window="90d"}}'] == pytest.approx(area, abs=1e-3)
