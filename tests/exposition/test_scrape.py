"""A failing collector does not affect the others."""

import gzip
import logging
import threading
from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.exposition import GROUPS
from inference_exporter.exposition._base import gauge
from inference_exporter.exposition.render import PROMETHEUS_TEXT
from inference_exporter.exposition.scrape import Scrape
from inference_exporter.failures import Failures, Place
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey


def family(name):
    made = gauge(name, "A test.")
    made.add("", 1)
    return made


def half():
    yield family("half")
    raise RuntimeError("broken half way")


def broken():
    raise ZeroDivisionError("broken at once")


def scraped(points_of, scrape, *chosen):
    return {
        (name, dict(labels).get("collector", "")): value
        for (name, labels), value in points_of(scrape.metrics(PROMETHEUS_TEXT, chosen).decode()).items()
    }


@pytest.fixture
def scrape():
    own = {"before": lambda: [family("before")], "broken": broken, "half": half, "after": lambda: [family("after")]}
    return Scrape(list, own)


class TestBrokenCollector:
    def test_does_not_hide_the_others(self, scrape, points_of):
        """Other collectors are complete; the failing one reports 0 and no partial series."""
        points = scraped(points_of, scrape, "before", "broken", "half", "after")
        assert (points["before", ""], points["after", ""]) == (1, 1)
        assert ("half", "") not in points
        success = {name: value for (metric, name), value in points.items() if metric.endswith("collector_success")}
        assert success == {"before": 1, "broken": 0, "half": 0, "after": 1}

    def test_is_timed_as_the_others(self, scrape, points_of):
        """Durations are reported for every collector, including failing ones."""
        points = scraped(points_of, scrape, "before", "broken", "half", "after")
        times = {name: value for (metric, name), value in points.items() if metric.endswith("duration_seconds")}
        assert set(times) == {"before", "broken", "half", "after"}
        assert all(seconds >= 0 for seconds in times.values())

    def test_is_logged_with_its_trace(self, scrape, points_of, caplog):
        """The log has the traceback."""
        with caplog.at_level(logging.ERROR):
            scraped(points_of, scrape, "broken")
        (record,) = caplog.records
        assert record.getMessage().startswith("collector broken failed;")
        assert record.exc_info[0] is ZeroDivisionError


def test_a_broken_group_about_models_does_not_hide_the_sidecar(sidecar, monkeypatch):
    """End to end: one group fails, and the scrape has the rest."""
    server = sidecar()
    server.samples({"features": {"x": 1}})
    monkeypatch.setitem(GROUPS, "slo", type(GROUPS["slo"])("slo", lambda views: broken()))
    assert server.value("inference_exporter_scrape_collector_success", collector="slo") == 0
    assert server.value("inference_exporter_scrape_collector_success", collector="traffic") == 1
    assert server.value("model_requests_total") == 1


@pytest.fixture(scope="module")
def two_views():
    """Return views of two models, `bad` and `good`, after some traffic."""
    rows, now = 400, 1_800_000_000.0
    views = []
    for name in ("bad", "good"):
        key = ModelKey(name, "1", "champion")
        columns = {"x": np.arange(float(rows)) % 7}
        monitor = Monitor(key, ModelConfig(name, "1"), (Window("5m", 300.0),), build(columns, rows))
        monitor.add(Batch(rows, key, np.full(rows, now), features={"x": columns["x"] + 3}), now)
        views.append(monitor.view(now))
    return views


def lines_of(scrape, model):
    text = scrape.metrics(PROMETHEUS_TEXT, list(GROUPS)).decode()
    return [line for line in text.splitlines() if f'model="{model}"' in line]


@pytest.mark.parametrize("key", list(GROUPS))
def test_a_broken_model_costs_its_own_series_only(two_views, monkeypatch, key):
    """A model that breaks a collector loses only its series, and the failure names it."""
    before = lines_of(Scrape(lambda: two_views, {}), "good")
    group = GROUPS[key]

    def begun():
        of_all = group.remembering() if group.remembering else group.families

        def families(views):
            if any(view.key.model == "bad" for view in views):
                raise OverflowError("a bug")
            yield from of_all(views)

        return families

    monkeypatch.setitem(GROUPS, key, replace(group, families=begun(), remembering=begun if group.remembering else None))
    failures = Failures()
    scrape = Scrape(lambda: two_views, {}, failures)
    assert lines_of(scrape, "good") == before
    assert f'collector_success{{collector="{key}"}} 0' in scrape.metrics(PROMETHEUS_TEXT, [key]).decode()
    assert failures.counts() == {Place("collector", key, two_views[0].key): 2}


def test_one_moment_is_shown():
    """Views are taken once per scrape, so that all series agree."""
    taken = []
    scrape = Scrape(lambda: taken.append(1) or [], {})
    scrape.metrics(PROMETHEUS_TEXT, scrape.names)
    assert len(taken) == 1
    scrape.reference(PROMETHEUS_TEXT)
    assert len(taken) == 2


def test_names_are_those_that_can_be_chosen(scrape):
    """All collectors can be selected by name."""
    assert scrape.names == (*GROUPS, "before", "broken", "half", "after")


def test_scrapes_take_turns():
    """Concurrent scrapes run one after another: in parallel each would take twice as long."""
    running, most, begun = [], [], threading.Barrier(2)

    def slow():
        running.append(1)
        most.append(len(running))
        threading.Event().wait(0.02)
        running.pop()
        return [family("slow")]

    scrape = Scrape(list, {"slow": slow})

    def ask():
        begun.wait(5)
        scrape.metrics(PROMETHEUS_TEXT, ["slow"])

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == [1, 1]


@pytest.fixture
def monitor():
    """Return a model with some traffic."""
    key = ModelKey("m", "1", "champion")
    columns = {"x": np.arange(400.0) % 7}
    made = Monitor(key, ModelConfig("m", "1"), (Window("5m", 300.0),), build(columns, 400))
    made.add(Batch(400, key, np.full(400, NOW), features=columns), NOW)
    return made


NOW = 1_800_000_000.0


class TestKeptLines:
    """Lines that depend on samples alone are made again only if samples came."""

    def counted(self, monkeypatch, key="drift"):
        """Return a list that grows with each collection of a group."""
        calls, families = [], GROUPS[key].families
        counting = replace(GROUPS[key], families=lambda views: [calls.append(1), *families(views)][1:])
        monkeypatch.setitem(GROUPS, key, counting)
        return calls

    def test_are_the_same_bytes_until_a_sample_comes(self, monitor, monkeypatch):
        """Without a new sample a second scrape collects nothing and shows the same; after one it shows it."""
        calls, seconds = self.counted(monkeypatch), iter([NOW, NOW + 1, NOW + 2])
        scrape = Scrape(lambda: [monitor.view(next(seconds))], {})
        first, second = (scrape.answer(PROMETHEUS_TEXT, list(GROUPS)) for _ in range(2))
        assert first.still is second.still and len(calls) == 1
        assert b"model_event_clock_timestamp_seconds" in second.moving
        key = monitor.key
        monitor.add(Batch(1, key, np.full(1, NOW + 2), features={"x": [99.0]}), NOW + 2)
        third = scrape.answer(PROMETHEUS_TEXT, list(GROUPS))
        assert len(calls) == 2
        assert b'model_window_samples{model="m",version="1",variant="champion",window="5m"} 401' in third.moving

    def test_are_made_again_when_a_window_forgets(self, monitor, monkeypatch):
        """Time alone empties a window, and the scrape shows it."""
        calls, seconds = self.counted(monkeypatch), iter([NOW, NOW + 600])
        scrape = Scrape(lambda: [monitor.view(next(seconds))], {})
        full, empty = (b"".join(scrape.answer(PROMETHEUS_TEXT, list(GROUPS)).pieces) for _ in range(2))
        assert len(calls) == 2
        drifted = b'model_feature_drift_psi{model="m",version="1",variant="champion",feature="x",window="5m"} '
        assert drifted + b"NaN" not in full and drifted + b"NaN" in empty

    def test_are_not_kept_after_a_fault(self, monitor, monkeypatch):
        """A collector that failed is tried again at the next scrape, so each failure counts."""
        monkeypatch.setitem(GROUPS, "slo", replace(GROUPS["slo"], families=lambda views: broken()))
        failures = Failures()
        scrape = Scrape(lambda: [monitor.view(NOW)], {}, failures)
        for _ in range(2):
            assert b'collector_success{collector="slo"} 0' in scrape.answer(PROMETHEUS_TEXT, ["slo"]).moving
        assert sum(failures.counts().values()) == 2

    def test_are_those_of_the_collectors_asked_for(self, monitor):
        """Scrapes of other collectors and formats do not share lines."""
        scrape = Scrape(lambda: [monitor.view(NOW)], {})
        names = [["drift"], ["quality"], ["drift", "quality"], ["drift"]]
        bodies = [scrape.metrics(PROMETHEUS_TEXT, chosen) for chosen in names]
        shown = [(b"model_feature_drift_psi" in body, b"model_feature_missing_ratio" in body) for body in bodies]
        assert shown == [(True, False), (False, True), (True, True), (True, False)]

    def test_compressed_are_the_same_body(self, monitor):
        """The compressed body is the plain one, with kept lines and with new ones."""
        scrape = Scrape(lambda: [monitor.view(NOW)], {})
        for _ in range(2):
            answer = scrape.answer(PROMETHEUS_TEXT, scrape.names)
            assert gzip.decompress(answer.gzipped()) == b"".join(answer.pieces)

    def test_are_as_a_new_scrape_makes_them(self, monitor):
        """Whatever was kept, a scrape equals one that remembers nothing."""
        scrape = Scrape(lambda: [monitor.view(NOW)], {})
        for low in range(4):
            monitor.add(Batch(50, monitor.key, np.full(50, NOW), features={"x": np.arange(50.0) + low}), NOW)
            chosen = ["drift", "quality", "buckets", "reference", "values", "schema", "explanations"]
            new = Scrape(lambda: [monitor.view(NOW)], {}).answer(PROMETHEUS_TEXT, chosen)
            assert b"".join(scrape.answer(PROMETHEUS_TEXT, chosen).still.pieces) == b"".join(new.still.pieces)
