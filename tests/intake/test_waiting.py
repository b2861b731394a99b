"""Samples that come one by one wait for each other: nothing is lost or late for whoever looks, and all is bounded."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig
from inference_exporter.intake import waiting as module
from inference_exporter.intake.waiting import FEW, SAMPLES_AT_MOST, SECONDS_AT_MOST, Waiting
from inference_exporter.model.fleet import Fleet

SAMPLE = {"features": {"x": 1.5, "c": "a"}, "prediction": "yes"}


class Engine:
    """Remembers what was added."""

    def __init__(self):
        self.added = []
        self.waiting = Waiting(self.add, lambda key: key.model != "new")

    def add(self, format_key, records, wall):
        self.added.append((format_key, len(records), wall))

    def take(self, number=1, wall=100.0, **fields):
        return self.waiting.take("json", [SAMPLE | fields] * number, wall)


@pytest.fixture
def engine():
    return Engine()


class TestWaiting:
    def test_nothing_is_added_before_it_is_enough(self, engine):
        """One sample less than enough waits; the next one adds all of them."""
        assert all(engine.take() for _ in range(SAMPLES_AT_MOST - 1)) and engine.added == []
        engine.take()
        assert engine.added == [("json", SAMPLES_AT_MOST, 100.0)]

    @pytest.mark.parametrize("later", [SECONDS_AT_MOST, 60.0, -1.0])
    def test_the_first_waits_no_longer_than_a_moment(self, engine, later):
        """A sample that comes later, or by a clock that was set back, adds those that wait."""
        engine.take()
        engine.take(wall=100.0 + later)
        assert engine.added == [("json", 2, 100.0 + later)]

    def test_a_look_adds_what_waits_once(self, engine):
        """Settling adds what waits, and nothing a second time."""
        engine.take(3)
        engine.waiting.settle()
        engine.waiting.settle()
        assert engine.added == [("json", 3, 100.0)]

    def test_unlike_samples_are_added_apart(self, engine):
        """An absent field stays absent: only samples with the same names share columns."""
        engine.take()
        engine.take(code=200)
        engine.take(features={"x": 1})
        engine.take(model="other")
        engine.waiting.settle()
        assert [number for _, number, _ in engine.added] == [1, 1, 1, 1]

    def test_kinds_of_samples_are_bounded(self, engine, monkeypatch):
        """Names that differ in every sample do not pile up groups."""
        monkeypatch.setattr(module, "GROUPS_AT_MOST", 3)
        for place in range(3):
            engine.take(features={f"x{place}": 1})
        assert len(engine.added) == 3

    def test_bytes_are_bounded(self, engine, monkeypatch):
        """Wide samples wait in small numbers."""
        monkeypatch.setattr(module, "BYTES_AT_MOST", 2 * 300 * 1000)
        engine.take(features={f"x{place}": 1 for place in range(1000)})
        assert engine.added == []
        engine.take(features={f"x{place}": 1 for place in range(1000)})
        assert [number for _, number, _ in engine.added] == [2]

    def test_what_might_be_rejected_does_not_wait(self, engine):
        """A sample that breaks a rule, or of a model that is new, is judged at once, with all that came with it."""
        assert not engine.take(code=99)
        assert not engine.take(model="new")
        assert not engine.waiting.take("json", [SAMPLE, {}], 100.0)
        engine.waiting.settle()
        assert engine.added == []

    def test_threads_lose_nothing(self, engine):
        """However many senders post at once, each sample is added once."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: [engine.take() for _ in range(500)], range(8)))
        engine.waiting.settle()
        assert sum(number for _, number, _ in engine.added) == 4000


class TestThroughTheSidecar:
    def test_singles_count_as_an_array_does(self, sidecar):
        """Samples one by one give the metrics that the same samples together give."""
        records = [
            {"id": f"r{i}", "time": 1_764_000_000 + i, "features": {"x": i % 7, "c": "ab"[i % 2]}, "prediction": i % 3}
            for i in range(120)
        ]
        alone, together = sidecar(), sidecar()
        for record in records:
            answer = alone.samples(record)
            assert answer.json == {"accepted": 1, "rejected": 0, "errors": []}
        together.samples(records)
        for metric in ("inference_exporter_samples_accepted_total", "model_requests_total"):
            assert alone.value(metric) == together.value(metric) == 120

    def test_an_outcome_finds_a_prediction_that_waits(self, sidecar):
        """What waits is added before outcomes are joined."""
        running = sidecar(Config(models=(ModelConfig(learning=LearningConfig(samples=100)),)))
        running.samples([SAMPLE] * 100)
        for name in ("first", "second"):
            running.samples(SAMPLE | {"id": name})
        running.outcomes({"id": "second", "outcome": "yes"})
        assert running.value("inference_exporter_outcomes_pending") == 0

    def test_a_bug_is_counted(self, sidecar, monkeypatch, caplog):
        """Samples that a bug loses after their answer are dropped, not accepted."""
        running = sidecar()
        running.samples([SAMPLE] * FEW)
        running.samples([SAMPLE] * FEW)

        def fail(self, batch, wall):
            raise RuntimeError("bug")

        monkeypatch.setattr(Fleet, "add", fail)
        with caplog.at_level(logging.CRITICAL):
            assert running.value("inference_exporter_samples_dropped_total") == FEW
        assert running.value("inference_exporter_samples_accepted_total") == FEW
