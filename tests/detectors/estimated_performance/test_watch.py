"""Performance is estimated before outcomes come."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors.estimated_performance import watch
from inference_exporter.detectors.estimated_performance.expected import drawn_totals
from inference_exporter.detectors.estimated_performance.learn import RECORD
from inference_exporter.detectors.estimated_performance.watch import KEY as PART
from inference_exporter.detectors.estimated_performance.watch import EstimatedWindow
from inference_exporter.model.monitor import Monitor

from .scored import KEY, NOW, batch_of, drawn, reference_of

WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


def monitor_of(reference):
    return Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)


def test_accuracy_is_estimated_from_scores():
    """The estimate is how often such scores were right in the reference, with limits around it."""
    random = np.random.default_rng(0)
    monitor = monitor_of(reference_of(random))
    score, hit = drawn(random, 4000, (1.0, 2.0))
    monitor.add(batch_of(score), NOW)
    window = monitor.view(NOW).parts[PART].windows["5m"]
    estimate = window.estimates["accuracy_ratio"][""]
    truth = ((score > 0.5) == hit).mean()
    assert estimate.lower < truth < estimate.upper
    assert estimate.value == pytest.approx(truth, abs=0.03)
    assert estimate.upper - estimate.lower < 0.1
    assert window.beyond_ratio < 0.01


def test_too_few_samples_are_unknown():
    """Below the minimum of samples every estimate is NaN."""
    random = np.random.default_rng(1)
    monitor = monitor_of(reference_of(random))
    monitor.add(batch_of(drawn(random, 20)[0]), NOW)
    estimates = monitor.view(NOW).parts[PART].windows["5m"].estimates
    assert all(math.isnan(part) for of in estimates.values() for estimate in of.values() for part in estimate)


def test_without_outcomes_in_the_reference_nothing_is_estimated():
    """A model whose reference has no outcomes has no estimates, rather than scores taken at their word."""
    assert PART not in monitor_of(reference_of(np.random.default_rng(2), with_outcome=False)).view(NOW).parts


@pytest.mark.slow
def test_limits_hold_without_concept_drift():
    """In at least 90 % of windows with shifted scores but the same calibration, performance is within the limits."""
    random = np.random.default_rng(4)
    inside = []
    for _ in range(100):
        cells = RECORD.of(reference_of(random, 1000)).cells
        score, hit = drawn(random, 300, (1.0, random.choice([0.7, 1.0, 2.0])))
        batch = batch_of(score)
        counts = cells.counts(*cells.encoded(batch.prediction, batch.scores, batch.size))
        estimate = EstimatedWindow(cells, counts, 50).estimates["accuracy_ratio"][""]
        inside.append(estimate.lower <= ((score > 0.5) == hit).mean() <= estimate.upper)
    assert np.mean(inside) >= 0.9


def test_draws_are_kept_while_samples_are_alike():
    """A few more samples change the estimate, but not its deviation; many more do."""
    random = np.random.default_rng(5)
    monitor = monitor_of(reference_of(random))
    reach = []
    for size in (1000, 10, 3000):
        monitor.add(batch_of(drawn(random, size)[0]), NOW)
        estimate = monitor.view(NOW).parts[PART].windows["1h"].estimates["accuracy_ratio"][""]
        reach.append(estimate.upper - estimate.value)
    assert reach[0] == pytest.approx(reach[1], rel=1e-9)
    assert reach[2] < 0.8 * reach[1]


def test_one_window_a_view_draws_its_limits_anew(monkeypatch):
    """Of windows whose samples have changed, one after the other has its turn, so that no scrape waits for all."""
    random = np.random.default_rng(5)
    monitor = monitor_of(reference_of(random))
    monitor.add(batch_of(drawn(random, 1000)[0]), NOW)
    drawings = []
    monkeypatch.setattr(watch, "drawn_totals", lambda *of: drawings.append(of) or drawn_totals(*of))

    def drawn_by_a_view():
        before = len(drawings)
        for window in monitor.view(NOW).parts[PART].windows.values():
            assert window.estimates
        return len(drawings) - before

    assert drawn_by_a_view() == len(WINDOWS)  # the first limits are due at once
    monitor.add(batch_of(drawn(random, 4000)[0]), NOW)
    counts = []
    for _ in range(3):
        monitor.add(batch_of(drawn(random, 1)[0]), NOW)  # else the last view is shown again
        counts.append(drawn_by_a_view())
    assert counts == [1, 1, 0]
