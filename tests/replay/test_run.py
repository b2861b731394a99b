"""The loop of a replay: looks, cuts, and the same numbers as a live sidecar."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.schema import Config, ModelConfig, Window
from inference_exporter.model.fleet import Fleet
from inference_exporter.reference.reference import build
from inference_exporter.replay.account import Account
from inference_exporter.replay.clean import estimate, wilson
from inference_exporter.replay.looks import looks_affordable, looks_over, nice
from inference_exporter.replay.recording import Recording
from inference_exporter.replay.roles import Piece
from inference_exporter.replay.run import Replay, silent
from inference_exporter.replay.stream import Stream
from inference_exporter.samples.batch import Batch, ModelKey
from scipy.stats import binomtest

KEY = ModelKey("m", "1", "champion")
START = 1_770_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


def batch_of(times, seed=0):
    values = np.random.default_rng(seed).normal(size=len(times))
    return Batch(len(times), KEY, np.asarray(times, dtype=float), features={"x": values})


def fleet():
    reference = build({"x": np.random.default_rng(1).normal(size=2000)}, 2000, created=0.0)
    return Fleet(Config(windows=WINDOWS, models=(ModelConfig("m", "1"),)), {KEY: reference})


class Kept:
    """An observer that keeps what it saw."""

    def __init__(self):
        self.seen = []

    def look(self, now, views, changed):
        self.seen.append((now, views, changed))


def replayed(batch, step):
    """Replay a batch; returns what each look saw."""
    recording = Recording([iter([Piece(batch)])], batch.times[0], batch.times[-1], batch.size, Account())
    looks = looks_over(recording.first, recording.last, batch.size, step, [window.seconds for window in WINDOWS])
    kept = Kept()
    Replay(recording, fleet(), 3600.0).run(looks, [kept], silent)
    return kept.seen


@pytest.mark.slow
def test_a_look_sees_what_a_scrape_would_have():
    """With a step no longer than a slot, every look has the same counts as a sidecar that gets samples one by one."""
    times = START + np.sort(np.random.default_rng(2).random(400)) * 4000
    batch = batch_of(times)
    live, place = fleet(), 0
    for now, views, _ in replayed(batch, 10.0)[::7]:
        while place < batch.size and batch.times[place] < now:
            one = Batch(1, KEY, batch.times[place : place + 1], features={"x": batch.features["x"][place : place + 1]})
            live.add(one, wall=batch.times[place])
            place += 1
        for mine, theirs in zip(views[0].windows, live.views(now)[0].windows, strict=True):
            assert np.array_equal(mine.histograms.cells, theirs.histograms.cells)
            assert mine.samples == theirs.samples


@pytest.mark.slow
@pytest.mark.parametrize("step", [60.0, 300.0, 1800.0])
def test_a_coarse_look_sees_the_whole_window_and_no_more(step):
    """With longer steps a window holds the samples within its length before the look, to a slot or a step."""
    times = START + np.arange(0, 20_000, 10.0)
    for now, views, _ in replayed(batch_of(times), step):
        for window in views[0].windows:
            within = np.count_nonzero((times < now) & (times >= now - window.length_seconds))
            tolerance = (min(step, window.length_seconds) + window.length_seconds / 30) / 10
            assert abs(window.samples - within) <= tolerance


def test_nothing_changes_while_nothing_comes():
    """Once the longest window is empty, looks report no changes until the next sample."""
    seen = replayed(batch_of([START, START + 50_000]), 600.0)
    changed = [change for _, _, change in seen]
    assert changed[0] and changed[-1] and not all(changed)
    assert sum(changed) <= 3600 / 600 + 5


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=50).map(sorted),
    st.lists(st.floats(0, 1e6), max_size=10).map(sorted),
    st.integers(1, 7),
)
def test_a_stream_hands_out_each_sample_once(times, ends, size):
    """Whatever the cuts, each sample is handed out once, in order, before its cut and not earlier."""
    batch = batch_of(times)
    parts = [
        Piece(Batch(len(times[i : i + size]), KEY, batch.times[i : i + size], {"x": batch.features["x"][i : i + size]}))
        for i in range(0, len(times), size)
    ]
    stream, found = Stream(iter(parts)), []
    for end in [*ends, np.inf]:
        for part in stream.until(end):
            assert part.times[-1] < end and (not found or part.times[0] >= found[-1])
            found += part.times.tolist()
        assert stream.next_time >= end
    assert found == batch.times.tolist()


@given(st.floats(0, 2e9), st.floats(0, 1e8), st.integers(1, 10**9))
def test_looks_cover_the_recording_and_are_affordable(first, span, values):
    """The first look is within a step of the first sample, the last one just after the last sample."""
    looks = looks_over(first, first + span, values, None, [300.0])
    assert first < looks.first <= first + looks.step * (1 + 1e-9)
    assert first + span < looks.last <= first + span + looks.step * (1 + 1e-9)
    assert looks.number <= looks_affordable(values) + 2 <= 20_002
    assert looks.step == nice(looks.step)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(pair):
    """The interval of a share is scipy's Wilson interval."""
    hits, draws = pair
    expected = binomtest(hits, draws).proportion_ci(method="wilson")
    assert wilson(hits, draws) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.slow
def test_clean_windows_are_drawn_like_the_reference():
    """Windows drawn only from the counts of a reference, of numbers, whole numbers and categories, look clean."""
    random = np.random.default_rng(3)
    columns = {
        "x": random.lognormal(size=5000), "k": random.integers(0, 7, 5000).astype(float),
        "c": random.choice(["a", "b", "c"], 5000).tolist(),
    }  # fmt: skip
    reference = build(columns, 5000, created=0.0)
    found = estimate(KEY, ModelConfig("m", "1"), reference, WINDOWS[1], 500, 60)
    assert found.alarms == 0 and found.draws == 60 and found.source == "counts"
    assert len(found.quantiles) == 3 and max(found.quantiles) < 0.1
