"""Looks of a replay: what they see, and that every sample keeps its own time."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from inference_exporter.config.schema import Config, DriftConfig, ModelConfig, Window
from inference_exporter.detectors.event_times.watch import EventTimesView
from inference_exporter.learning.learning import learn
from inference_exporter.model.fleet import Fleet
from inference_exporter.replay.account import Account
from inference_exporter.replay.looks import ReplaySteps, looks_over
from inference_exporter.replay.prepare import FirstPart, prepare
from inference_exporter.replay.recording import Recording
from inference_exporter.replay.roles import Piece
from inference_exporter.replay.run import Replay, silent
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.windows.clock import EventClock
from inference_exporter.windows.seasons import SEASONS

KEY = ModelKey("m", "1", "champion")
HOUR, DAY = 3600.0, 86400.0
MONDAY = 20 * 365 * DAY + 4 * DAY  # a midnight; the rest of the test does not depend on which
WINDOWS = (Window("2h", 2 * HOUR), Window("1d", DAY), Window("7d", 7 * DAY))
STEPS = {"1h": HOUR, "1d": DAY, "7d": 7 * DAY, "default": None}


VALUES = 30_000_000  # as if the recording were large: a hundred looks by default


def seasonal_batch(days, an_hour=30, seed=0):
    """Return samples with the part of each season as a feature, and one that does not follow any season."""
    random = np.random.default_rng(seed)
    times = MONDAY + np.sort(random.random(int(days * 24 * an_hour))) * days * DAY
    parts = {key: season.part_of(times) for key, season in SEASONS.items()}
    features = {key: [f"part {part}" for part in of.tolist()] for key, of in parts.items()}
    features |= {"hour_of_day": parts["hour_of_day"].astype(float), "steady": random.normal(size=len(times))}
    return Batch(len(times), KEY, times, features=features)


@cache
def reference():
    return learn(seasonal_batch(14, an_hour=20, seed=1), in_order=True, seasons=tuple(SEASONS), created=0.0)


def seen_in(recorded, baseline, step):
    """Return what the looks of a replay saw, each window with its judged looks."""
    model = ModelConfig("m", "1", drift=DriftConfig(baseline=baseline))
    recording = Recording([iter([Piece(recorded)])], recorded.times[0], recorded.times[-1], recorded.size, Account())
    prepared = prepare(Config(windows=WINDOWS, models=(model,)), {KEY: reference()}, recording, FirstPart())
    looks = looks_over(recording.first, recording.last, VALUES, step, [w.seconds for w in WINDOWS])
    kept = Kept()
    Replay(prepared.recording, prepared.fleet, WINDOWS[-1].seconds).run(looks, [kept], silent)
    return kept.views


class Kept:
    """An observer that keeps the views of one model."""

    def __init__(self):
        self.views = []

    def look(self, now, views, changed):
        if views:
            self.views.append(views[0])


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("baseline", SEASONS)
def test_the_column_of_the_season_never_differs_from_its_baseline(baseline, step):
    """Whatever the step, each sample is compared with the part of the season that its own time belongs to."""
    days = 2.2 if step is not None and step <= HOUR else 8.3
    views = seen_in(seasonal_batch(days), baseline, step)
    judged = 0
    for view in views:
        for window in view.windows:
            histograms = window.histograms
            if histograms.samples < 50:
                continue
            place = next(i for i, column in enumerate(histograms.grid.columns) if column.name == baseline)
            assert histograms.drift["psi_debiased"][place] < 1e-3
            assert histograms.drifted[place] != 1
            judged += 1
    assert judged


@pytest.mark.slow
def test_a_coarse_step_gives_the_same_counts_as_a_fine_one():
    """At the same moment, a window holds the same samples whether the replay looked every hour or every week."""
    recorded = seasonal_batch(14.5, an_hour=10)
    fine, coarse = (seen_in(recorded, "reference", step) for step in (DAY, 7 * DAY))
    by_time = {view.now: view for view in fine}
    shared = [view for view in coarse if view.now in by_time]
    assert len(shared) >= 2
    for view in shared:
        for ours, theirs in zip(view.windows, by_time[view.now].windows, strict=True):
            assert np.array_equal(ours.histograms.cells, theirs.histograms.cells)


@pytest.mark.slow
def test_a_recording_knows_no_arrivals():
    """Whatever the step, no sample of a recording looks late: when it arrived is unknown."""
    view = seen_in(seasonal_batch(8.3), "reference", DAY)[-1]
    lateness = view.part(EventTimesView)
    assert all(window.samples == 0 and window.problems == () for window in lateness.windows.values())


def test_a_step_is_cut_where_shorter_windows_begin():
    """The samples of a step come in parts, so that each window shorter than the step gets a batch of its own."""
    assert ReplaySteps(0.0, 100.0, 5, (10.0, 30.0)).ends(200.0) == [170.0, 190.0, 200.0]
    assert looks_over(5.0, 950.0, 10, 100.0, [30.0, 100.0, 500.0]) == ReplaySteps(100.0, 100.0, 10, (30.0,))


@pytest.mark.slow
@pytest.mark.parametrize("baseline", SEASONS)
def test_late_events_count_in_the_part_of_their_own_time(baseline):
    """Live batches that cross the border of a season, come late or without order are compared part by part."""
    recorded = seasonal_batch(3.2, seed=3)
    random = np.random.default_rng(4)
    model = ModelConfig("m", "1", drift=DriftConfig(baseline=baseline))
    fleet = Fleet(Config(windows=WINDOWS, models=(model,)), {KEY: reference()}, clock=lambda limits: EventClock())
    # Batches of half a day, in any order inside, some of them a day late.
    order = np.argsort(np.floor(recorded.times / (DAY / 2)) + 2.0 * (random.random(recorded.size) < 0.1), kind="stable")
    for rows in np.array_split(order, 12):
        batch = recorded.take(random.permutation(rows))
        fleet.add(replace(batch, arrived=np.nan), wall=float(recorded.times[-1]) + 1.0)
    (view,) = fleet.views(float(recorded.times[-1]) + 1.0)
    for window in view.windows:
        place = next(i for i, column in enumerate(window.histograms.grid.columns) if column.name == baseline)
        assert window.histograms.samples >= 50
        assert window.histograms.drift["psi_debiased"][place] < 1e-3
