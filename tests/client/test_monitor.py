"""Monitor: what is reported, and how it arrives."""

import copy
import gc
import json
import os
import pickle
import ssl
import subprocess
import sys
import threading
import weakref
from collections import ChainMap
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic, time
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from inference_exporter.client import Monitor, Options
from inference_exporter.client import monitor as monitor_module

FEATURES = {"age": 31, "country": "FR"}
LONG_ENOUGH = 120.0


class Evil:
    """A mapping, or so it says, and an exception that cannot be printed."""

    class Anger(Exception):
        def __str__(self):
            raise RuntimeError("no")

    def keys(self):
        raise self.Anger

    def __getattr__(self, name):
        raise AttributeError(name)


@dataclass
class Row:
    """Not a value, but possibly a row of values."""

    age: int


def cyclic():
    loop = {}
    loop["again"] = loop
    return loop


class TestObserve:
    def test_every_field_arrives(self, exporter, watch, settled):
        """A sample with every field arrives as a native sample, with model and version."""
        monitor = watch(exporter)
        monitor.observe(
            features=FEATURES,
            prediction="fraud",
            scores={"fraud": 0.91, "ok": 0.09},
            id="r-1",
            time=datetime(2026, 11, 22, 1, 2, 3, 4000, tzinfo=UTC),
            latency_seconds=0.012,
            code=200,
            variant="champion",
            stages={"predict": 0.009},
            tags={"region": "eu"},
            trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
            raw={"country": "France"},
            action="blocked",
            intermediate={"gbm": 0.88},
            attributions={"age": 0.4},
        )
        settled(monitor)
        assert exporter.samples() == [
            {
                "model": "fraud",
                "version": "7",
                "time": "2026-11-22T01:02:03.004000+00:00",
                "features": FEATURES,
                "prediction": "fraud",
                "scores": {"fraud": 0.91, "ok": 0.09},
                "id": "r-1",
                "latency_seconds": 0.012,
                "code": 200,
                "variant": "champion",
                "stages": {"predict": 0.009},
                "tags": {"region": "eu"},
                "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                "raw": {"country": "France"},
                "action": "blocked",
                "intermediate": {"gbm": 0.88},
                "attributions": {"age": 0.4},
            }
        ]
        assert exporter.posts[0].headers["Content-Type"] == "application/x-ndjson"

    def test_time_is_that_of_the_call(self, away, watch, settled):
        """A queued sample keeps its time of observation."""
        monitor = watch(away)
        before = time()
        monitor.observe(FEATURES)
        after = time()
        away.start()
        settled(monitor)
        stamped = datetime.fromisoformat(away.samples()[0]["time"]).timestamp()
        assert before - 1e-5 <= stamped <= after + 1e-5

    def test_mappings_are_copied(self, away, watch, settled):
        """Changes by the caller after the call do not change the sample."""
        monitor = watch(away)
        features, scores, tags = dict(FEATURES), {"ok": 1.0}, {"region": "eu"}
        monitor.observe(features, "ok", scores=scores, tags=tags)
        for mapping in (features, scores, tags):
            mapping.clear()
        away.start()
        settled(monitor)
        sample = away.samples()[0]
        assert (sample["features"], sample["scores"], sample["tags"]) == (FEATURES, {"ok": 1.0}, {"region": "eu"})

    def test_code_alone_is_a_sample(self, exporter, watch, settled):
        """A request without features and prediction is sent with empty features."""
        monitor = watch(exporter)
        monitor.observe(code=500, latency_seconds=0.5)
        settled(monitor)
        sample = exporter.samples()[0]
        assert (sample["features"], sample["code"], sample["latency_seconds"]) == ({}, 500, 0.5)

    def test_own_variant_is_the_default(self, exporter, settled):
        """The monitor's variant applies to samples without one."""
        with Monitor(exporter.url, "fraud", variant="shadow") as monitor:
            monitor.observe(FEATURES)
            monitor.observe(FEATURES, variant="challenger")
            settled(monitor)
        assert [sample["variant"] for sample in exporter.samples()] == ["shadow", "challenger"]

    @pytest.mark.parametrize(
        ("given", "arrives"),
        [
            (np.float64(1.5), 1.5),
            (np.float32(0.5), 0.5),
            (np.int64(3), 3),
            (np.bool_(True), True),
            (np.str_("FR"), "FR"),
            (np.array([1, 2]), [1, 2]),
            (np.float32("nan"), None),
            (np.datetime64("2026-01-02T03:04:05"), "2026-01-02T03:04:05"),
            (pd.NA, None),
            (pd.NaT, None),
            (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
            (float("nan"), None),
            (float("-inf"), "-Infinity"),
            (10**30, 10**30),
            (10**10_000, "Infinity"),
            (datetime(2026, 1, 2), "2026-01-02T00:00:00"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_values_of_all_kinds_arrive(self, exporter, watch, settled, given, arrives):
        """numpy, pandas and unusual numbers arrive as equivalent JSON values."""
        monitor = watch(exporter)
        monitor.observe({"x": given})
        assert settled(monitor)["acknowledged"] == 1
        assert exporter.samples()[0]["features"] == {"x": arrives}

    @pytest.mark.parametrize(
        ("features", "reason"),
        [
            ({"x": "y" * 5000}, "too_large"),
            ("text", "unreadable"),
            (42, "unreadable"),
            (np.arange(3), "unreadable"),
            (Evil(), "unreadable"),
        ],
        ids=lambda value: value if isinstance(value, str) else type(value).__name__,
    )
    def test_what_cannot_be_sent_is_dropped_alone(self, exporter, watch, settled, features, reason):
        """A completely unreadable sample is dropped with its reason; the others arrive."""
        monitor = watch(exporter, batch_bytes=4096)
        monitor.observe(FEATURES)
        monitor.observe(features)
        monitor.observe(FEATURES)
        expected = {"observed": 3, "acknowledged": 2, "rejected": 0, "dropped": {reason: 1}}
        assert settled(monitor) == expected
        assert len(exporter.samples()) == 2
        assert monitor.statistics().last_error

    @pytest.mark.parametrize(
        "value", [object(), cyclic(), b"\xff", 1j, Evil(), Row(3)], ids=lambda value: type(value).__name__
    )
    def test_a_value_costs_itself(self, exporter, watch, settled, value):
        """A feature without a JSON form is sent as invalid; the rest of its sample arrives and is counted."""
        monitor = watch(exporter)
        monitor.observe({"age": 31, "odd": value}, "ok", latency_seconds=0.1, code=500)
        assert settled(monitor)["acknowledged"] == 1
        sample = exporter.samples()[0]
        assert sample["features"] == {"age": 31, "odd": {}}
        assert (sample["prediction"], sample["latency_seconds"], sample["code"]) == ("ok", 0.1, 500)
        assert monitor.statistics().invalid_values == {"features": 1}
        assert "without unreadable values: features: odd" in monitor.statistics().last_error

    @pytest.mark.parametrize("features", [42, "text", np.arange(3), Evil(), object()], ids=lambda v: type(v).__name__)
    def test_unreadable_features_cost_themselves(self, exporter, watch, settled, features):
        """If the features are unreadable, prediction, latency and code are sent without them."""
        monitor = watch(exporter)
        monitor.observe(features, "ok", latency_seconds=0.1, code=500)
        assert settled(monitor)["acknowledged"] == 1
        sample = exporter.samples()[0]
        assert (sample["prediction"], sample["latency_seconds"], sample["code"]) == ("ok", 0.1, 500)
        assert monitor.statistics().invalid_values == {"features": 1}

    @pytest.mark.parametrize("field", ["id", "prediction", "time", "latency_seconds", "code", "trace_id", "action"])
    def test_no_field_can_do_harm(self, exporter, watch, settled, field):
        """With any value in a field, the call returns, and the sample is accounted for."""
        monitor = watch(exporter)
        for value in (object(), cyclic(), Evil(), float("nan"), 10**400, lambda: None, type):
            monitor.observe(**{"features": FEATURES, field: value})
        monitor.observe(FEATURES)
        accounts = settled(monitor)
        assert accounts["observed"] == 8
        assert exporter.samples()[-1]["features"] == FEATURES


class TestObserveMany:
    @pytest.mark.parametrize(
        "features",
        [
            [{"age": 31, "country": "FR"}, {"age": 40, "country": "DE"}],
            {"age": [31, 40], "country": ("FR", "DE")},
            {"age": np.array([31, 40]), "country": pd.Series(["FR", "DE"])},
            pd.DataFrame({"age": [31, 40], "country": ["FR", "DE"]}),
        ],
        ids=["rows", "columns", "arrays", "frame"],
    )
    def test_rows_columns_and_frames_are_one(self, exporter, watch, settled, features):
        """Rows, columns, arrays and data frames of the same request arrive as the same samples."""
        monitor = watch(exporter)
        monitor.observe_many(
            features,
            np.array(["ok", "fraud"]),
            scores={"fraud": [0.1, 0.9]},
            ids=["a", "b"],
            latency_seconds=0.5,
            code=200,
        )
        settled(monitor)
        first, second = exporter.samples()
        assert first["time"] == second["time"]
        for sample in (first, second):
            del sample["time"], sample["model"], sample["version"]
        assert first == {
            "features": {"age": 31, "country": "FR"},
            "prediction": "ok",
            "scores": {"fraud": 0.1},
            "id": "a",
            "latency_seconds": 0.5,
            "code": 200,
        }
        assert second == {
            "features": {"age": 40, "country": "DE"},
            "prediction": "fraud",
            "scores": {"fraud": 0.9},
            "id": "b",
            "code": 200,
        }

    def test_rows_are_copied(self, away, watch, settled):
        """Rows and arrays that the caller changes after the call do not change the samples."""
        monitor = watch(away)
        rows, column = [{"age": 31}], np.array([1.0])
        monitor.observe_many(rows)
        monitor.observe_many({"x": column})
        rows[0]["age"] = 0
        column[0] = 0
        away.start()
        settled(monitor)
        assert [sample["features"] for sample in away.samples()] == [{"age": 31}, {"x": 1.0}]

    def test_lengths_that_differ_are_dropped_whole(self, exporter, watch, settled):
        """A request whose columns differ in length is dropped, and counts as many samples as its longest column."""
        monitor = watch(exporter)
        monitor.observe_many([FEATURES] * 3, ["ok"] * 2)
        monitor.observe_many({"age": [1, 2, 3, 4], "country": ["FR"]})
        expected = {"observed": 7, "acknowledged": 0, "rejected": 0, "dropped": {"length_mismatch": 7}}
        assert settled(monitor) == expected

    @pytest.mark.parametrize("features", [42, Evil(), {"age": 31}, object()], ids=["int", "evil", "row", "object"])
    def test_nonsense_is_dropped(self, exporter, watch, settled, features):
        """Anything other than rows or columns is dropped as one unreadable sample."""
        monitor = watch(exporter)
        monitor.observe_many(features)
        assert settled(monitor)["dropped"] == {"unreadable": 1}

    def test_what_exceeds_the_queue_is_dropped(self, away, watch):
        """If a request exceeds the queue, the first samples are kept and the rest counted as dropped."""
        monitor = watch(away, queue_samples=10)
        monitor.observe_many([{"n": n} for n in range(25)])
        statistics = monitor.statistics()
        assert statistics.observed == 25
        assert statistics.dropped["queue_full"] >= 25 - 10 - 10  # a batch may be in flight already


class TestOutcomesAndEvents:
    def test_each_kind_goes_to_its_place(self, exporter, watch, settled):
        """Outcomes and events arrive at their paths with the model's name, and have separate counters."""
        monitor = watch(exporter)
        monitor.observe(FEATURES, id="r-1")
        monitor.outcome("r-1", True, time=0)
        monitor.outcome(np.int64(7), np.float32(0.5), time=1.5)
        monitor.event("deployment", "fraud 7", "canary", time=2, tags={"by": "ci"})
        settled(monitor)
        by_path = {post.path: post.lines for post in exporter.posts}
        head = {"model": "fraud", "version": "7"}
        assert by_path["/v1/outcomes"] == [
            head | {"time": "1970-01-01T00:00:00+00:00", "id": "r-1", "outcome": True},
            head | {"time": "1970-01-01T00:00:01.500000+00:00", "id": 7, "outcome": 0.5},
        ]
        assert by_path["/v1/events"] == [
            head
            | {
                "time": "1970-01-01T00:00:02+00:00",
                "kind": "deployment",
                "title": "fraud 7",
                "text": "canary",
                "tags": {"by": "ci"},
            }
        ]
        statistics = monitor.statistics()
        acknowledged = (statistics.acknowledged, statistics.outcomes.acknowledged, statistics.events.acknowledged)
        assert acknowledged == (1, 2, 1)

    def test_nonsense_is_dropped(self, exporter, watch, settled):
        """An outcome or event without a required field is dropped and counted; other bad values are omitted."""
        monitor = watch(exporter)
        monitor.outcome(object(), cyclic())
        monitor.event("deployment", "fraud 7", tags={"x": object()})
        monitor.event("deployment", "fraud 8", tags=ChainMap({}, Evil()))
        monitor.event(object(), "fraud 9")
        settled(monitor)
        statistics = monitor.statistics()
        assert statistics.outcomes.dropped == {"unreadable": 1}
        assert (statistics.events.acknowledged, statistics.events.dropped) == (2, {"unreadable": 1})
        assert statistics.invalid_values == {"id": 1, "outcome": 1, "tags": 2, "kind": 1}


class TestUrl:
    @pytest.mark.parametrize("url", [None, "off", "OFF", "ftp://here", "nonsense", "http://here:notaport", 42])
    def test_without_a_usable_url_nothing_is_sent(self, url):
        """If off, or with an invalid URL, a monitor counts everything as disabled."""
        with Monitor(url, "fraud") as monitor:
            monitor.observe(FEATURES)
            monitor.observe_many([FEATURES, FEATURES])
            monitor.outcome("r-1", 1)
            monitor.event("deployment", "fraud 7")
            assert monitor.flush(0.0)
        statistics = monitor.statistics()
        assert (statistics.observed, statistics.dropped) == (3, {"disabled": 3})
        assert statistics.outcomes.dropped == statistics.events.dropped == {"disabled": 1}

    def test_a_wrong_url_is_warned_about(self, caplog):
        """An invalid URL logs a warning instead of raising: it must not keep a model from serving."""
        monitor = Monitor("nonsense")
        assert "expected http://host:port" in monitor.statistics().last_error
        assert [record.name for record in caplog.records] == ["inference_exporter.client"]

    def test_the_environment_names_the_default(self, exporter, settled, monkeypatch):
        """Without a URL the environment variable gives the exporter's address."""
        monkeypatch.setenv("INFERENCE_EXPORTER_URL", exporter.url + "/")
        with Monitor(model="fraud") as monitor:
            monitor.observe(FEATURES)
            settled(monitor)
        assert exporter.posts[0].path == "/v1/samples"

    def test_the_environment_can_switch_off(self, monkeypatch):
        """The environment variable can turn a monitor off."""
        monkeypatch.setenv("INFERENCE_EXPORTER_URL", "off")
        monitor = Monitor(model="fraud")
        monitor.observe(FEATURES)
        assert monitor.statistics().dropped == {"disabled": 1}

    def test_without_either_it_is_the_sidecar(self, monkeypatch):
        """Without a URL and a variable, the sidecar's default address is used."""
        monkeypatch.delenv("INFERENCE_EXPORTER_URL", raising=False)
        assert monitor_module.DEFAULT_URL == "http://127.0.0.1:10800"
        monitor = Monitor(model="fraud")
        monitor.close()
        monitor.observe(FEATURES)
        assert monitor.statistics().dropped == {"closed": 1}


class TestFlushAndClose:
    def test_flush_sends_at_once(self, exporter, watch):
        """flush() does not wait for a full batch or the batch time."""
        monitor = watch(exporter, batch_seconds=3600, batch_samples=1000)
        monitor.observe(FEATURES)
        assert monitor.flush(LONG_ENOUGH)
        assert monitor.statistics().acknowledged == 1

    def test_flush_ends_in_time(self, away, watch):
        """flush() returns False at its timeout, and loses nothing."""
        monitor = watch(away)
        monitor.observe(FEATURES)
        started = monotonic()
        assert not monitor.flush(0.2)
        assert monotonic() - started > 0.15
        statistics = monitor.statistics()
        assert (statistics.queued + statistics.in_flight, statistics.dropped) == (1, {})

    def test_flush_of_nothing_is_done(self, exporter, watch):
        """flush() of an empty queue returns at once."""
        assert watch(exporter).flush(LONG_ENOUGH)
        assert exporter.posts == []

    def test_close_sends_the_rest(self, exporter, watch):
        """close() sends queued samples; later ones are counted as closed."""
        monitor = watch(exporter, batch_seconds=3600)
        for _ in range(3):
            monitor.observe(FEATURES)
        monitor.outcome("r-1", 1)
        monitor.close(LONG_ENOUGH)
        monitor.observe(FEATURES)
        monitor.outcome("r-1", 1)
        monitor.close(LONG_ENOUGH)
        statistics = monitor.statistics()
        assert (statistics.acknowledged, statistics.dropped) == (3, {"closed": 1})
        assert (statistics.outcomes.acknowledged, statistics.outcomes.dropped) == (1, {"closed": 1})
        assert monitor.flush(0.0)

    def test_close_ends_in_time_when_the_exporter_is_away(self, away, watch):
        """close() gives up at its timeout; the rest is counted, and the sum is right."""
        monitor = watch(away, batch_samples=2)
        for _ in range(10):
            monitor.observe(FEATURES)
        monitor.close(0.3)
        statistics = monitor.statistics()
        assert (statistics.observed, statistics.queued) == (10, 0)
        assert statistics.dropped["closed"] + statistics.in_flight == 10

    def test_close_ends_in_time_when_the_exporter_hangs(self, exporter, watch, reply):
        """close() does not wait for an answer that does not come."""
        answer = threading.Event()
        exporter.script = [reply(200, until=answer)]
        monitor = watch(exporter, request_timeout_seconds=3600)
        monitor.observe(FEATURES)
        exporter.wait_until(lambda: len(exporter.posts) == 1)
        started = monotonic()
        monitor.close(0.2)
        assert monotonic() - started < LONG_ENOUGH / 2
        answer.set()

    def test_close_while_the_exporter_comes_back(self, away, watch):
        """close() cuts a pause between attempts short."""
        monitor = watch(away, retry_seconds=3600, retry_max_seconds=3600)
        monitor.observe(FEATURES)
        assert not monitor.flush(0.2)
        away.start()
        monitor.close(LONG_ENOUGH)
        assert monitor.statistics().acknowledged == 1

    def test_with_closes(self, exporter):
        """A with statement closes the monitor at its end."""
        with Monitor(exporter.url, options=Options(batch_seconds=3600, close_seconds=LONG_ENOUGH)) as monitor:
            monitor.observe(FEATURES)
        assert monitor.statistics().acknowledged == 1

    def test_the_end_of_the_process_closes(self, exporter):
        """A process that ends normally sends its samples."""
        script = (
            "from inference_exporter.client import Monitor, Options\n"
            "Monitor(model='fraud', options=Options(batch_seconds=3600, close_seconds=60)).observe({'age': 31})\n"
        )
        environment = os.environ | {"INFERENCE_EXPORTER_URL": exporter.url}
        subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=300)
        assert [sample["features"] for sample in exporter.samples()] == [{"age": 31}]


FORKING = """
import json, os, sys
from inference_exporter.client import Monitor, Options

monitor = Monitor(sys.argv[1], "fraud", options=Options(batch_seconds=3600))
if sys.argv[2] == "busy":
    monitor.observe({"who": "parent"})
    assert monitor.flush(60)           # the thread runs before the fork
    monitor.observe({"who": "parent"})  # and something is queued
child = os.fork()
monitor.observe({"who": "parent" if child else "child"})
monitor.close(60)
statistics = monitor.statistics()
line = json.dumps([bool(child), statistics.observed, statistics.acknowledged]) + "\\n"
os.write(1, line.encode())  # at once: both processes write
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.parametrize(("state", "of_parent"), [("busy", 3), ("idle", 1)])
def test_a_forked_process_sends_its_own(exporter, state, of_parent):
    """After a fork each process sends its samples, each once."""
    command = [sys.executable, "-W", "ignore", "-c", FORKING, exporter.url, state]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=3000)
    assert sorted(map(json.loads, done.stdout.splitlines())) == [[False, 1, 1], [True, of_parent, of_parent]]
    assert sorted(sample["features"]["who"] for sample in exporter.samples()) == ["child"] + ["parent"] * of_parent


class TestCopies:
    @pytest.mark.parametrize(
        "copied", [copy.copy, copy.deepcopy, lambda monitor: pickle.loads(pickle.dumps(monitor))],
        ids=["copy", "deepcopy", "pickle"],
    )  # fmt: skip
    def test_a_copy_starts_fresh(self, exporter, watch, settled, copied):
        """A copy has the same settings, and an empty queue and new counters."""
        monitor = watch(exporter, headers=MappingProxyType({"Authorization": "Bearer x"}))
        monitor.observe(FEATURES)
        other = copied(monitor)
        other.observe(FEATURES)
        assert settled(monitor)["observed"] == settled(other)["observed"] == 1
        other.close()
        assert {post.headers["Authorization"] for post in exporter.posts} == {"Bearer x"}
        assert {(sample["model"], sample["version"]) for sample in exporter.samples()} == {("fraud", "7")}

    def test_the_tls_context_stays_behind(self):
        """A monitor with a TLS context can be pickled: the copy uses the platform's default."""
        options = Options(ssl_context=ssl.create_default_context())
        assert pickle.loads(pickle.dumps(Monitor("off", options=options))).statistics().observed == 0

    def test_the_environment_is_read_where_the_copy_is_made(self, exporter, settled, monkeypatch):
        """A copied monitor reads its URL from the environment of the process that unpickles it."""
        pickled = pickle.dumps(Monitor(model=object()))
        monkeypatch.setenv("INFERENCE_EXPORTER_URL", exporter.url)
        with pickle.loads(pickled) as monitor:
            monitor.observe(FEATURES)
            assert settled(monitor)["acknowledged"] == 1

    def test_an_idle_copy_is_not_kept(self):
        """An unused copy is garbage-collected."""
        reference = weakref.ref(copy.deepcopy(Monitor("http://127.0.0.1:9")))
        gc.collect()
        assert reference() is None


def test_close_says_whether_all_was_answered(exporter, watch):
    """close() returns whether everything was answered; if not, the statistics give the reasons."""
    answered, unanswered = watch(exporter), Monitor("http://127.0.0.1:9")
    for monitor in (answered, unanswered):
        monitor.observe(FEATURES)
    assert answered.close(20) is True
    assert unanswered.close(0.1) is False
    statistics = unanswered.statistics()
    assert statistics.in_flight + statistics.dropped.get("closed", 0) == 1
    assert Monitor("off").close() is True


def test_many_threads_lose_nothing(exporter, watch, settled):
    """Samples of many threads arrive once each, and the counters add up exactly."""
    monitor = watch(exporter, queue_samples=100_000)

    def observe(thread):
        for index in range(1000):
            monitor.observe({"thread": thread, "index": index})

    threads = [threading.Thread(target=observe, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert settled(monitor) == {"observed": 8000, "acknowledged": 8000, "rejected": 0, "dropped": {}}
    seen = {(sample["features"]["thread"], sample["features"]["index"]) for sample in exporter.samples()}
    assert len(seen) == len(exporter.samples()) == 8000


def test_statistics_cannot_be_changed():
    """Statistics are a frozen snapshot."""
    with pytest.raises(AttributeError):
        Monitor("off").statistics().observed = 1
