"""State of a model whose reference has outcomes: after a restart, joins go on as if nothing had happened."""

import shutil

import numpy as np
import pytest
from inference_exporter.config.schema import Config, ModelConfig, StorageConfig
from inference_exporter.reference.reference import build, save

NOW = 1_800_000_000.0
PERFORMANCE = {
    "classes": {"accuracy_ratio": {"": 0.9}},
    "numbers": {"mean_absolute_error": {"": 1.0}},
}
PREDICTIONS = {"classes": ["a", "b"] * 100, "numbers": np.linspace(0.0, 20.0, 200).tolist()}
OUTCOMES = {"classes": ["b", "a", "b", "b"] * 50, "numbers": np.linspace(1.0, 25.0, 200).tolist()}


class StoppedClock:
    """A wall clock that stands still."""

    def __init__(self):
        self.steps = {"back": 0, "forward": 0}

    def __call__(self):
        return NOW


@pytest.fixture(autouse=True)
def _stopped(monkeypatch):
    """Let no time pass between two sidecars that are compared."""
    monkeypatch.setattr("inference_exporter.app.SteadyClock", StoppedClock)


def send(running, task, start):
    """Send two hundred predictions with their outcomes."""
    ids = [f"s{start + row}" for row in range(200)]
    samples = [
        {"id": name, "time": NOW, "features": {"x": 1.0}, "prediction": given}
        for name, given in zip(ids, PREDICTIONS[task], strict=True)
    ]
    outcomes = [{"id": name, "outcome": came} for name, came in zip(ids, OUTCOMES[task], strict=True)]
    assert running.samples(samples, idempotency_key=f"s{start}").status == 200
    assert running.outcomes(outcomes, idempotency_key=f"o{start}").status == 200


def performance_of(running):
    """Return the series of performance and concept drift."""
    parts = ("concept_drift", "mean_absolute_error", "accuracy", "_quantile", "_r2", "window_outcomes", "top_k")
    unsteady = ("timestamp", "duration")
    return sorted(
        line
        for line in running.scrape().splitlines()
        if line.startswith("model_") and any(part in line for part in parts) and not any(of in line for of in unsteady)
    )


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_joins_go_on_after_a_restart(sidecar, tmp_path, task):
    """What is built from the reference is there again when the state of performance is put back."""
    reference = build({"x": np.arange(200.0)}, 200, prediction=PREDICTIONS[task], performance=PERFORMANCE[task])
    save(reference, tmp_path / "reference.json")
    models = (ModelConfig("m", "1", "champion", reference=tmp_path / "reference.json"),)

    def start(folder):
        return sidecar(Config(models=models, storage=StorageConfig(path=tmp_path / folder)))

    steady, first = start("steady"), start("first")
    for running in (steady, first):
        send(running, task, 0)
    first.application._durable.take_snapshot()
    first.application._durable.journal.flush()
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    second = start("second")
    for running in (steady, second):
        send(running, task, 200)
    assert performance_of(second) == performance_of(steady)
    assert any("model_concept_drift{" in line for line in performance_of(second))
    assert any(line.startswith("model_window_outcomes") and line.endswith(" 400") for line in performance_of(second))
