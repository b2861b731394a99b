"""Samples that come one by one with a journal: added together, and by a replay in the same groups."""

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, StorageConfig
from inference_exporter.intake.http import Intake
from inference_exporter.store.counting import ENTRY

NUMBER = 60
REQUESTS = "model_requests_total"
COUNTS = ("model_window_samples", "model_requests_total", "model_predictions_total", "model_feature_bucket_total")


def config_of(folder):
    model = ModelConfig(name="fraud", version="1", learning=LearningConfig(samples=50))
    return Config(models=(model,), storage=StorageConfig(path=folder))


def post_singles(running, start, number):
    """Post samples, a request each."""
    rng = np.random.default_rng(start)
    for row in range(start, start + number):
        sample = {"id": f"s{row}", "features": {"x": rng.normal(), "c": "ab"[row % 2]}, "prediction": "yes"}
        assert running.samples([sample]).json["accepted"] == 1


def counts_of(running, families=COUNTS):
    return sorted(line for line in running.scrape().splitlines() if line.startswith(families))


@pytest.fixture
def groups(monkeypatch) -> Iterator[list[int]]:
    """Return a list of the sizes of groups that are counted together; neither time nor housekeeping ends one."""
    sizes, add = [], Intake._add_waiting

    def noted(self, format_key, records, wall):
        sizes.append(len(records))
        add(self, format_key, records, wall)

    monkeypatch.setattr(Intake, "_add_waiting", noted)
    monkeypatch.setattr("inference_exporter.intake.waiting.SECONDS_AT_MOST", 3600.0)
    monkeypatch.setattr("inference_exporter.durability.durable.TICK_SECONDS", 3600.0)
    return sizes


def post_and_crash(sidecar, tmp_path, scrapes=True):
    """Post to a sidecar, and return it and the folder that it would leave if it were killed now."""
    running = sidecar(config_of(tmp_path / "first"))
    post_singles(running, 0, NUMBER)
    if scrapes:
        running.scrape()
    post_singles(running, NUMBER, 10)
    running.application._durable.journal.flush()
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    return running, tmp_path / "second"


def test_singles_are_added_together(sidecar, tmp_path, groups):
    """A journal costs a request no addition of its own: a look adds all that came since the last one."""
    running = sidecar(config_of(tmp_path))
    post_singles(running, 0, NUMBER)
    assert groups == []
    running.scrape()
    assert groups == [NUMBER]


def test_a_replay_adds_the_same_groups(sidecar, tmp_path, groups):
    """What was added together before a crash is added together after it, and what waited is counted."""
    first, folder = post_and_crash(sidecar, tmp_path)
    expected = counts_of(first)
    assert groups == [NUMBER, 10]
    groups.clear()
    second = sidecar(config_of(folder))
    assert groups == [NUMBER, 10]
    assert counts_of(second) == expected


def test_a_snapshot_contains_what_waits(sidecar, tmp_path, groups):
    """A snapshot leaves nothing waiting that its journal no longer has."""
    first = sidecar(config_of(tmp_path / "first"))
    post_singles(first, 0, NUMBER)
    first.application._durable.take_snapshot()
    assert groups == [NUMBER]
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    assert counts_of(sidecar(config_of(tmp_path / "second"))) == counts_of(first)


def test_nothing_waits_for_ever(sidecar, tmp_path, groups):
    """Without a scrape or another sample, the store's thread adds what waits."""
    running = sidecar(config_of(tmp_path))
    post_singles(running, 0, 1)
    running.application._durable.tend()
    assert groups == [1]


def test_after_a_death_samples_are_counted_one_by_one(sidecar, tmp_path, groups):
    """Any sample of a group may have killed the worker; the replay counts alone, so that the next death names it."""
    first, folder = post_and_crash(sidecar, tmp_path, scrapes=False)
    expected = counts_of(first, REQUESTS)  # a reference is learned from other groups
    # The worker died when its last entry had the group added.
    (folder / "counting").write_bytes(ENTRY.pack(NUMBER + 10).ljust((folder / "counting").stat().st_size, b"\0"))
    groups.clear()
    second = sidecar(config_of(folder))
    assert groups == [1] * (NUMBER + 10)
    assert counts_of(second, REQUESTS) == expected
