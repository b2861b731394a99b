"""After a restart, the sidecar knows what it knew: compared with one that never stopped."""

import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, OutcomesConfig, StorageConfig
from inference_exporter.durability import due

NOW = 1_800_000_000.0
# Of the process, its clocks and its store: they differ between two sidecars.
OF_THE_PROCESS = (
    "inference_exporter_evaluation_",
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


def late_outcomes(clock, at, ids):
    clock.now = at
    return [{"id": name, "outcome": "yes" if int(name[1:]) % 3 else "no"} for name in ids]


@pytest.mark.slow
@pytest.mark.parametrize("crash_after", [0, 1, 2, 3], ids=["start", "predictions", "outcomes", "duplicates"])
def test_outcomes_find_predictions_that_memory_has_forgotten(sidecar, tmp_path, clock, crash_after):
    """With the evaluation store, outcomes are joined as if memory had all predictions, across a crash too."""
    everything, short = config_of(tmp_path / "all"), config_of(tmp_path / "short")
    forgetful = replace(short.models[0], outcomes=OutcomesConfig(remember=50))
    running = {"all": sidecar(everything), "short": sidecar(replace(short, models=(forgetful,)))}
    rng = np.random.default_rng(1)
    samples = body(rng, 1500, NOW - 20, 0)
    ids = [sample["id"] for sample in samples]
    corrections = [{"id": name, "outcome": "no"} for name in ids[:40]]
    steps = [
        lambda one: [one.samples(samples[start : start + 300]) for start in range(0, 1500, 300)],
        lambda one: one.outcomes(late_outcomes(clock, NOW + 100, ids[:1200] + ids[:10] + ["x7"])),
        lambda one: one.outcomes(corrections + late_outcomes(clock, NOW + 200, ids[600:1300])),
    ]
    for number, step in enumerate(steps, start=1):
        if number == crash_after:
            running["short"].application._durable.take_snapshot()
        for one in running.values():
            assert step(one)
        if number == crash_after:
            running["short"].application._durable.journal.flush()
            shutil.copytree(tmp_path / "short", tmp_path / "copy")
            forgetful_copy = replace(short, models=(forgetful,), storage=StorageConfig(path=tmp_path / "copy"))
            running["short"] = sidecar(forgetful_copy)
    assert about_outcomes(running["short"]) == about_outcomes(running["all"])
    assert running["short"].application._evaluation.state.found > 600


@pytest.mark.slow
@pytest.mark.parametrize("crashes", [False, True], ids=["running", "crashed"])
def test_outcomes_are_looked_up_again_after_an_error(sidecar, tmp_path, clock, monkeypatch, crashes):
    """Outcomes whose lookup failed wait, are counted, and are joined once the file can be read, across a crash too."""
    everything, short = config_of(tmp_path / "all"), config_of(tmp_path / "short")
    forgetful = replace(short, models=(replace(short.models[0], outcomes=OutcomesConfig(remember=50)),))
    monkeypatch.setattr("inference_exporter.durability.lookups.SHORTEST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr("inference_exporter.durability.durable.Durable.start", lambda durable: None)  # the test tends
    running = {"all": sidecar(everything), "short": sidecar(forgetful)}
    samples = body(np.random.default_rng(1), 900, NOW - 20, 0)
    late = late_outcomes(clock, NOW + 100, [sample["id"] for sample in samples])
    for one in running.values():
        assert one.samples(samples)
    with monkeypatch.context() as broken:
        broken.setattr("inference_exporter.evaluation.index.find", unreadable)
        for one in running.values():
            assert one.outcomes(late)
        running["short"].application._durable.tend()
        state = running["short"].application._own_state().evaluation
        assert (state.unanswered, state.lookups_repeated) == (850, 0)
        assert state.lookups_failed == 2 * 850
        if crashes:
            shutil.copytree(tmp_path / "short", tmp_path / "copy")
            running["short"] = sidecar(replace(forgetful, storage=StorageConfig(path=tmp_path / "copy")))
    running["short"].application._durable.tend()
    state = running["short"].application._own_state().evaluation
    assert (state.unanswered, running["short"].application._own_state().pending_outcomes) == (0, 0)
    assert about_outcomes(running["short"]) == about_outcomes(running["all"])


@pytest.mark.parametrize("is_overdue", [False, True], ids=["waits", "overdue"])
def test_a_snapshot_waits_for_the_evaluation_store(sidecar, tmp_path, clock, monkeypatch, is_overdue):
    """While predictions cannot be written, a crash loses none: the journal has them, unless that takes too long."""
    config = config_of(tmp_path / "first")
    monkeypatch.setattr("inference_exporter.durability.durable.Durable.start", lambda durable: None)
    running = sidecar(config)
    with monkeypatch.context() as broken:
        broken.setattr("inference_exporter.evaluation.blocks.write", unreadable)
        assert running.samples(body(np.random.default_rng(1), 900, NOW - 20, 0))
        durable = running.application._durable
        durable.due.worked(due.HELD_BACK_SECONDS if is_overdue else 0.0)
        durable.take_snapshot()
        assert bool(list((tmp_path / "first").glob("*.snapshot"))) == is_overdue
        shutil.copytree(tmp_path / "first", tmp_path / "copy")
    after = sidecar(replace(config, storage=StorageConfig(path=tmp_path / "copy"))).application
    after._durable.take_snapshot()
    assert after._evaluation.state.rows == (0 if is_overdue else 900)


def unreadable(*_):
    raise sqlite3.OperationalError("disk I/O error")


def about_outcomes(running):
    """Return the series that depend on outcomes."""
    return [line for line in lines_of(running) if "outcome" in line or "accuracy" in line or "roc" in line]
