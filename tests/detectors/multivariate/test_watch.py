"""Drift of features together, from samples to the verdict."""

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
NOW = 1_800_000_000.0
TOPICS = np.random.default_rng(0).standard_normal((6, 96))
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


def batch_of(random, n, rho=0.8, when=NOW, topics=0.5):
    rows = random.standard_normal((n, 5))
    rows[:, 1] = rho * rows[:, 0] + np.sqrt(1 - rho**2) * rows[:, 1]
    features = {f"f{place}": column for place, column in enumerate(rows.T)}
    topic = np.where(random.random(n) < topics, random.integers(0, 3, n), random.integers(3, 6, n))
    embeddings = TOPICS[topic] + 0.5 * random.standard_normal((n, 96))
    when = np.broadcast_to(np.asarray(when, dtype=float), n).copy()
    return Batch(n, KEY, when, features={**features, "emb": embeddings.tolist(), "colour": ["red", "blue"] * (n // 2)})


@pytest.fixture(scope="module")
def reference():
    return learn(batch_of(np.random.default_rng(1), 4000), in_order=False, created=NOW)


def monitor_of(reference):
    return Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)


def joint(monitor, window="1h", now=NOW):
    return monitor.view(now).parts["joint"].windows[window]


@pytest.mark.slow
def test_clean_traffic_raises_nothing(reference):
    """Windows of the reference's population do not drift, in small batches or large ones."""
    random = np.random.default_rng(2)
    for sizes in ([2] * 100, [200] * 20, [3000]):
        monitor = monitor_of(reference)
        for size in sizes:
            monitor.add(batch_of(random, size), NOW)
        window = joint(monitor)
        assert window.drifted == 0
        assert min(reading.pvalue for reading in window.readings.values()) > 1e-5


def test_a_change_that_no_feature_shows_alone_is_seen(reference):
    """A reversed correlation is drift at 500 samples, although no single feature has drifted."""
    monitor = monitor_of(reference)
    monitor.add(batch_of(np.random.default_rng(3), 500, rho=-0.8), NOW)
    assert joint(monitor).drifted == 1
    histograms = monitor.view(NOW).windows[1].histograms
    assert histograms.drifted.tolist() == [0.0] * len(histograms.grid.columns)


def test_a_change_inside_an_embedding_is_seen(reference):
    """Vectors of the same topics in other shares are drift, by their own discrepancy."""
    monitor = monitor_of(reference)
    monitor.add(batch_of(np.random.default_rng(4), 1000, topics=0.8), NOW)
    window = joint(monitor)
    assert window.readings["emb", "mmd"].pvalue < 1e-9
    assert window.drifted == 1


def test_too_few_samples_are_unknown(reference):
    """With too few samples, or an empty window, everything is NaN."""
    monitor = monitor_of(reference)
    assert np.isnan(joint(monitor).drifted)
    monitor.add(batch_of(np.random.default_rng(5), 40), NOW)
    window = joint(monitor)
    assert np.isnan(window.drifted) and np.isnan(window.readings["", "mmd"].value)


def test_rows_leave_the_window_with_their_slot(reference):
    """Drift of an hour ago has left every window, even if its rows arrived in one batch with later ones."""
    random = np.random.default_rng(6)
    monitor = monitor_of(reference)
    times = np.concatenate([np.full(1000, NOW - 1800), np.full(1000, NOW)])
    old, new = batch_of(random, 1000, rho=-0.8), batch_of(random, 1000)
    features = {name: [*old.features[name], *new.features[name]] for name in old.features}
    monitor.add(Batch(2000, KEY, times[::-1].copy(), features={k: v[::-1] for k, v in features.items()}), NOW)
    assert joint(monitor).drifted == 1
    assert joint(monitor, "5m").drifted == 0
    monitor.add(batch_of(random, 100, when=NOW + 3000), NOW + 3000)
    assert joint(monitor, now=NOW + 3000).drifted == 0


@pytest.mark.slow
def test_the_way_of_the_samples_makes_no_difference(reference):
    """One by one, in one batch, or with mixed slots, the sums are the same."""
    random = np.random.default_rng(7)
    batch = batch_of(random, 300, when=NOW - random.permutation(300) * 4.0)
    whole, single = monitor_of(reference), monitor_of(reference)
    whole.add(batch, NOW)
    for row in range(300):
        single.add(batch.take(np.array([row])), NOW)
    for name in ("5m", "1h"):
        one, other = joint(whole, name), joint(single, name)
        assert one.n == other.n
        assert one.means == pytest.approx(other.means, abs=1e-4)


def test_missing_features_and_vectors_break_nothing(reference):
    """A batch without some features or vectors is accepted: missing values count as the middle of the reference."""
    monitor = monitor_of(reference)
    monitor.add(Batch(600, KEY, np.full(600, NOW), features={"f0": np.zeros(600)}), NOW)
    assert joint(monitor).drifted == 1


@pytest.mark.slow
def test_natural_variation_is_no_drift():
    """If the reference itself varies from day to day, a window like one of its days is not drift; others are."""
    random = np.random.default_rng(8)
    n = 20_000
    days = np.repeat(np.sin(np.arange(20)), n // 20)
    rows = random.standard_normal((n, 3)) + days[:, np.newaxis]
    features = {f"f{place}": column for place, column in enumerate(rows.T)}
    times = NOW - 86400 * 20 + np.arange(n) * 86.4
    reference = learn(Batch(n, KEY, times, features=features), in_order=True, created=NOW)
    for move, drifted in ((days[3000], 0), (3.0, 1)):
        monitor = monitor_of(reference)
        window = {name: random.standard_normal(1000) + move for name in features}
        monitor.add(Batch(1000, KEY, np.full(1000, NOW), features=window), NOW)
        assert joint(monitor).drifted == drifted
