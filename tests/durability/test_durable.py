"""After a restart, the sidecar knows what it knew: compared with one that never stopped."""

import shutil

import numpy as np
import pytest
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, StorageConfig

NOW = 1_800_000_000.0
# Of the process, its clocks and its store: they differ between two sidecars.
OF_THE_PROCESS = (
    "inference_exporter_store_", "inference_exporter_scrape_", "inference_exporter_intake_lag", "process_", "python_",
    "inference_exporter_process_", "inference_exporter_config_last_reload", "model_process_",
    "model_reference_timestamp_seconds", "model_feature_drift_info",
)  # fmt: skip


def config_of(folder):
    model = ModelConfig(name="fraud", version="1", learning=LearningConfig(samples=300))
    return Config(models=(model,), storage=StorageConfig(path=folder))


def body(rng, number, at, start):
    """Return samples with a drift in their second half, ids, latency, codes and tags."""
    return [
        {
            "id": f"s{start + row}",
            "time": at + row * 0.01,
            "features": {
                "x": float(rng.normal(at % 7)),
                "amount": float(rng.exponential()),
                "c": str(rng.choice(["a", "b", "z"])),
            },
            "prediction": str(rng.choice(["yes", "no"])),
            "scores": {"yes": float(rng.random())},
            "latency_ms": float(rng.exponential(20)),
            "code": int(rng.choice([200, 200, 200, 500])),
            "tags": {"client": str(rng.choice(["one", "two"]))},
        }
        for row in range(number)
    ]


def feed(running, rounds, clock, seed=0):
    """Send samples and outcomes, some before their prediction, and scrape in between."""
    rng = np.random.default_rng(seed)
    for round_ in range(*rounds):
        clock.now = NOW + 60.0 * round_
        rng = np.random.default_rng([seed, round_])
        start = 200 * round_
        assert running.samples(body(rng, 200, clock.now - 5, start), idempotency_key=f"s{round_}").status == 200
        early = [{"id": f"s{start + 200 + row}", "outcome": "yes"} for row in range(5)]
        late = [{"id": f"s{start + row}", "outcome": str(rng.choice(["yes", "no"]))} for row in range(50)]
        assert running.outcomes(early + late, idempotency_key=f"o{round_}").status == 200
        running.samples([{"features": 7}])
        if round_ % 3 == 0:
            running.scrape()


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Let the wall clock stand where a test sets it."""
    clock = Clock()
    monkeypatch.setattr("inference_exporter.app.SteadyClock", lambda: _Steady(clock))
    return clock


class _Steady:
    def __init__(self, clock):
        self._clock = clock
        self.steps = {"back": 0, "forward": 0}

    def __call__(self):
        return self._clock()


def lines_of(running):
    """Return the scrape without what belongs to the process."""
    text = running.scrape()
    names = (line for line in text.splitlines() if not line.startswith("#"))
    return sorted(line for line in names if not line.startswith(OF_THE_PROCESS))


@pytest.mark.slow
@pytest.mark.parametrize("snapshot_at", [(), (1,), (1, 6), (11,)], ids=["journal only", "learning", "two", "last"])
def test_a_restart_changes_nothing(sidecar, tmp_path, clock, snapshot_at):
    """Whatever part of its state is in a snapshot and whatever in the journal, a restarted sidecar scrapes the same."""
    steady = sidecar(config_of(tmp_path / "steady"))
    feed(steady, (0, 12), clock)
    first = sidecar(config_of(tmp_path / "first"))
    done = 0
    for at in (*snapshot_at, 12):
        feed(first, (done, at), clock)
        if at < 12:
            first.application._durable.take_snapshot()
        done = at
    first.application._durable.journal.flush()
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    second = sidecar(config_of(tmp_path / "second"))
    assert lines_of(second) == lines_of(steady)
    for running in (steady, second):
        feed(running, (12, 16), clock)
    assert lines_of(second) == lines_of(steady)
