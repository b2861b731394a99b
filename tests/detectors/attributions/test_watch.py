"""Attributions, from samples to the verdict."""

import numpy as np
import pytest
from inference_exporter.config.schema import LearningConfig, ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
NOW = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))
USUAL = {"a": 5.0, "b": 2.0, "c": 1.0, "d": 0.1}
OTHER = {"a": 0.1, "b": 1.0, "c": 2.0, "d": 5.0}


def batch_of(random, n, sizes=USUAL, when=NOW):
    features = {name: random.random(n) for name in USUAL}
    attributions = {name: random.normal(0, size, n) for name, size in sizes.items()}
    return Batch(n, KEY, np.full(n, when), features=features, attributions=attributions)


def monitor_of(random, attributed=True):
    rows = batch_of(random, 500, USUAL if attributed else {})
    config = ModelConfig("m", "1", learning=LearningConfig(200))
    return Monitor(KEY, config, WINDOWS, learn(rows, in_order=False, created=NOW))


def part(monitor, now=NOW):
    return monitor.view(now).parts["attributions"]


@pytest.mark.parametrize("attributed", [True, False])
def test_another_ranking_is_drift(attributed):
    """Compared with the reference's attributions, or with the first samples', only another ranking is drift."""
    random = np.random.default_rng(1)
    monitor = monitor_of(random, attributed)
    monitor.add(batch_of(random, 300), NOW)
    window = part(monitor).windows["1h"]
    assert window.gain == pytest.approx(1)
    assert window.drifted == 0
    monitor.add(batch_of(random, 2000, OTHER), NOW)
    window = part(monitor).windows["1h"]
    assert window.gain < 0.9
    assert window.drifted == 1


def test_means_are_those_of_numpy():
    """Mean absolute attributions of a window are numpy's, despite missing and non-finite ones."""
    random = np.random.default_rng(2)
    monitor = monitor_of(random)
    old, new = batch_of(random, 100, when=NOW - 1000), batch_of(random, 100)
    new.attributions["a"][:3] = [np.nan, np.inf, -7.0]
    monitor.add(old, NOW)
    monitor.add(new, NOW)
    view = part(monitor)
    assert view.features == ("a", "b", "c", "d")
    assert view.windows["5m"].means.mean[0] == pytest.approx(np.abs(new.attributions["a"][2:]).mean())
    both = np.concatenate([old.attributions["b"], new.attributions["b"]])
    assert view.windows["1h"].means.mean[1] == pytest.approx(np.abs(both).mean())
    assert view.windows["1h"].means.error[1] == pytest.approx(np.abs(both).std(ddof=1) / np.sqrt(200))


def test_few_samples_are_unknown():
    """With too few samples, and before a reference is learned, the gain is NaN."""
    random = np.random.default_rng(3)
    monitor = monitor_of(random, attributed=False)
    assert part(monitor) is None
    monitor.add(batch_of(random, 199), NOW)
    assert np.isnan(part(monitor).windows["1h"].gain)
    assert part(monitor).reference is None
    monitor.add(batch_of(random, 1), NOW)
    assert part(monitor).windows["1h"].gain == pytest.approx(1)
    later = part(monitor, NOW + 1800)
    assert np.isnan(later.windows["5m"].gain)
    assert np.isnan(later.windows["5m"].drifted)


def test_noise_is_no_drift():
    """Equally important features swap places in small windows without drift; the gain itself is rarely low."""
    random = np.random.default_rng(4)
    alike = {f"f{place}": 1.0 + place / 100 for place in range(20)}
    config = ModelConfig("m", "1")
    rows = Batch(400, KEY, np.full(400, NOW), features={name: random.random(400) for name in alike},
                 attributions={name: random.standard_cauchy(400) * size for name, size in alike.items()})  # fmt: skip
    monitor = Monitor(KEY, config, WINDOWS, learn(rows, in_order=False, created=NOW))
    for second in range(20):
        when = NOW + second * 4000
        features = {name: random.random(60) for name in alike}
        sizes = {name: random.standard_cauchy(60) * size for name, size in alike.items()}
        monitor.add(Batch(60, KEY, np.full(60, when), features=features, attributions=sizes), when)
        assert part(monitor, when).windows["1h"].drifted == 0


def test_unknown_names_are_left_out():
    """Attributions of unknown features are dropped."""
    random = np.random.default_rng(5)
    monitor = monitor_of(random, attributed=False)
    monitor.add(batch_of(random, 10, {f"never{place}": 1.0 for place in range(1000)}), NOW)
    assert part(monitor) is None
