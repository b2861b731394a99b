"""The whole sidecar except for its sockets: scrapes, health, reloads, restarts."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from inference_exporter.config.file import load
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, StorageConfig
from inference_exporter.errors import ReferenceFault
from inference_exporter.exposition import GROUPS, drift
from inference_exporter.exposition.render import OPENMETRICS_TEXT, PROMETHEUS_TEXT
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build, save
from prometheus_client.openmetrics import parser as openmetrics


@pytest.fixture
def files(tmp_path):
    """Return a configuration file that names a reference, both in a folder."""
    rng = np.random.default_rng(0)
    save(build({"x": rng.normal(size=500), "c": ["a", "b"] * 250}, 500, created=1.0), tmp_path / "spam.reference.json")
    path = tmp_path / "config.yml"
    path.write_text("models:\n  - {name: spam, version: '1', reference: spam.reference.json}\n", encoding="utf-8")
    return path


@pytest.fixture
def running(sidecar, files):
    return sidecar(load(files), files)


def samples(number, **fields):
    return [{"features": {"x": i / number, "c": "a"}, **fields} for i in range(number)]


class TestScrapes:
    def test_before_any_sample(self, sidecar):
        """A new exporter has its own metrics, all finite."""
        running = sidecar()
        assert running.value("inference_exporter_samples_total") == 0
        assert running.value("inference_exporter_models") == 0
        assert running.value("inference_exporter_config_last_reload_successful") == 1
        assert all(value == value for value in running.points().values())

    def test_both_formats(self, running):
        """Both formats have the same points, except for values that change with time."""
        running.samples(samples(100))
        modern = running.ask("GET", "/metrics", accept="application/openmetrics-text;version=1.0.0")
        assert modern.headers["Content-Type"] == OPENMETRICS_TEXT
        assert running.ask("GET", "/metrics").headers["Content-Type"] == PROMETHEUS_TEXT
        found = {
            (sample.name, frozenset(sample.labels.items()))
            for family in openmetrics.text_string_to_metric_families(modern.body.decode())
            for sample in family.samples
        }
        assert found == running.points().keys()

    def test_scraping_changes_nothing(self, running):
        """Two scrapes in a row give the same series about models."""
        running.samples(samples(100))
        moving = ("_timestamp_seconds", "process_", "inference_exporter_scrape_collector_duration")
        one, other = (
            {key: repr(value) for key, value in running.points().items() if not any(m in key[0] for m in moving)}
            for _ in range(2)
        )
        assert one == other

    def test_the_reference_has_a_path_of_its_own(self, running):
        """The reference can be scraped separately, with one series per bucket."""
        text = running.scrape("/metrics/reference")
        assert set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) == {
            "model_feature_reference_ratio", "model_feature_bucket_info", "model_feature_bucket_span_ratio",
            "model_feature_reference_samples",
        }  # fmt: skip

    def test_a_broken_collector_does_not_hide_the_others(self, running, monkeypatch, caplog):
        """Other collectors are complete; the failing one is logged and reported by its metric."""

        def fail(views):
            raise RuntimeError("a bug")

        monkeypatch.setitem(GROUPS, "drift", drift.ModelGroup("drift", fail))
        running.samples(samples(100))
        assert running.value("model_requests_total", model="spam") == 100
        assert running.value("inference_exporter_scrape_collector_success", collector="drift") == 0
        assert running.value("inference_exporter_scrape_collector_success", collector="slo") == 1
        assert "collector drift failed" in caplog.text

    def test_counts_over_buckets_are_those_of_the_traffic(self, running):
        """The counters over the reference's buckets add up to the samples, for every feature."""
        running.samples(samples(100))
        running.samples(samples(50))
        assert running.value("model_feature_bucket_total", feature="x") == 150
        assert running.value("model_feature_bucket_total", feature="c", bucket="00") == 150


class TestPaths:
    def test_unknown_paths_are_not_found(self, sidecar):
        """Unknown paths get 404, without a traceback."""
        answer = sidecar().ask("GET", "/nothing/here")
        assert answer.status == 404
        assert b"Traceback" not in answer.body


class TestReload:
    def reload(self, running):
        return running.ask("POST", "/-/reload")

    def test_takes_on_the_file(self, running, files):
        """A model added to the file is monitored after a reload; the others keep their state."""
        running.samples(samples(10))
        files.write_text(files.read_text(encoding="utf-8") + "  - {name: ham}\n", encoding="utf-8")
        assert self.reload(running).status == 200
        assert running.value("inference_exporter_models") == 2
        assert running.value("model_requests_total", model="spam") == 10

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("models: [{name: spam, colour: red}]", "config.yml:1: models[0].colour: unknown key"),
            ("models: [{name: spam, reference: none.json}]", "none.json: cannot be read: No such file or directory"),
            ("models: {", "config.yml:"),
        ],
    )
    def test_a_mistake_keeps_all_as_it_was(self, running, files, caplog, text, message):
        """An invalid file changes nothing; answer, log and metric report it until the next successful reload."""
        running.samples(samples(10))
        good = files.read_text(encoding="utf-8")
        files.write_text(text, encoding="utf-8")
        answer = self.reload(running)
        assert answer.status == 500
        assert message in answer.body.decode()
        assert message in caplog.text
        assert running.value("inference_exporter_config_last_reload_successful") == 0
        assert running.value("model_requests_total", model="spam") == 10
        files.write_text(good, encoding="utf-8")
        assert self.reload(running).status == 200
        assert running.value("inference_exporter_config_last_reload_successful") == 1

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "config.yml: expected keys and values, got an empty file"),
            ("# nothing but a comment\n", "got an empty file"),
            ("windows: [5m]\n", "config.yml: models: expected at least one, because 1 are configured now"),
            ("{}", "models: expected at least one"),
        ],
    )
    def test_a_file_that_lost_its_models_throws_none_away(self, running, files, text, message):
        """An empty or truncated file is refused, and every model keeps its state."""
        running.samples(samples(10))
        files.write_text(text, encoding="utf-8")
        answer = self.reload(running)
        assert answer.status == 500
        assert message in answer.body.decode()
        assert running.value("model_requests_total", model="spam") == 10

    def test_an_empty_file_keeps_models_that_are_not_configured(self, sidecar, files):
        """Models that are not configured keep their state too."""
        files.write_text("windows: [10m]\n", encoding="utf-8")
        started = sidecar(load(files), files)
        started.samples(samples(10))
        files.write_text("", encoding="utf-8")
        assert self.reload(started).status == 500
        assert started.value("model_requests_total") == 10

    def test_a_fault_half_way_changes_nothing(self, sidecar, files, monkeypatch):
        """A configuration is applied completely or not at all."""
        files.write_text("models: [{name: a}, {name: b}]\n", encoding="utf-8")
        started = sidecar(load(files), files)
        started.samples([{"model": "a", "features": {"x": 1}}])
        files.write_text(
            "models: [{name: a, learning: {samples: 60}}, {name: b, learning: {samples: 60}}]\n", encoding="utf-8"
        )
        whole = Monitor.__init__

        def failing(self, key, *rest, **named):
            if key.model == "b":
                raise RuntimeError("a bug")
            whole(self, key, *rest, **named)

        monkeypatch.setattr(Monitor, "__init__", failing)
        assert self.reload(started).status == 500
        assert started.value("model_requests_total", model="a") == 1

    def test_only_post(self, running):
        """GET does not reload."""
        assert running.ask("GET", "/-/reload").status == 405

    def test_without_a_file_there_is_nothing_to_reload(self, sidecar):
        """A sidecar without a file reports that."""
        answer = self.reload(sidecar())
        assert answer.status == 500
        assert b"started without --config.file" in answer.body


class TestLearning:
    def config(self, folder=None):
        return Config(models=(ModelConfig("spam", "1", learning=LearningConfig(100)),), storage=StorageConfig(folder))

    def test_is_told_while_it_lasts(self, sidecar, caplog):
        """Metrics show the progress of learning; then log and metrics name the reference."""
        caplog.set_level(logging.INFO)
        running = sidecar(self.config())
        running.samples(samples(50))
        assert running.value("model_reference_learning_ratio") == 0.5
        assert running.value("model_reference_info", source="learning") == 1
        assert running.value("model_drift_unknown", window="5m", reason="learning_reference") == 1
        running.samples(samples(60))
        assert running.value("model_reference_learning_ratio") == 1
        assert running.value("model_reference_info", source="learned") == 1
        assert running.value("model_reference_samples") == 110
        assert "learned from the first 110 samples and frozen: 2 features" in caplog.text
        assert running.value("model_drift_unknown", window="5m", reason="too_few_samples") == 1
        running.samples(samples(60))
        assert running.value("model_feature_drifted", window="5m") == 0

    def test_outlives_a_restart_with_storage(self, sidecar, tmp_path):
        """A learned reference and the samples in the windows survive a restart with storage."""
        sidecar(self.config(tmp_path)).samples(samples(100))
        restarted = sidecar(self.config(tmp_path))
        assert restarted.value("model_reference_info", source="learned") == 1
        restarted.samples(samples(100))
        assert restarted.value("model_window_samples", window="5m") == 200
        assert restarted.value("model_feature_drifted", window="5m", feature="x") == 0

    def test_starts_anew_without(self, sidecar):
        """Without storage a restart learns again, and reports it."""
        sidecar(self.config()).samples(samples(100))
        assert sidecar(self.config()).value("model_reference_learning_ratio") == 0


def test_a_broken_reference_stops_the_start(sidecar, files):
    """An unusable reference stops the start, not the first request."""
    files.with_name("spam.reference.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReferenceFault, match=r"spam\.reference\.json: expected format"):
        sidecar(load(files), files)


@pytest.mark.slow
def test_everything_at_once(running, caplog):
    """Concurrent samples, outcomes, scrapes and reloads: nothing is lost or counted twice, and nothing fails."""
    posts, size = 40, 50

    def work(number):
        if number % 10 == 9:
            assert running.ask("POST", "/-/reload").status == 200
        if number % 4 == 3:
            assert running.value("inference_exporter_scrape_collector_success") >= len(GROUPS)
        ids = [f"r{number}-{row}" for row in range(size)]
        batch = [sample | {"id": name} for sample, name in zip(samples(size, prediction="yes"), ids, strict=True)]
        outcomes = [{"id": name, "outcome": "yes"} for name in ids]
        for path, content in (("/v1/samples", batch), ("/v1/outcomes", outcomes))[:: 1 if number % 2 else -1]:
            answer = running.post(path, content)
            assert answer.json == {"accepted": size, "rejected": 0, "errors": []}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(posts)))
    assert running.value("inference_exporter_samples_accepted_total") == posts * size
    assert running.value("model_requests_total", model="spam") == posts * size
    assert running.value("model_feature_bucket_total", feature="x") == posts * size
    assert running.value("model_outcomes_total", model="spam") == posts * size
    assert running.value("model_window_outcomes", window="5m") == posts * size
    assert running.value("inference_exporter_outcomes_pending") == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
