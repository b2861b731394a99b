from pathlib import Path

from inference_exporter.config.file import load
from inference_exporter.demo import sidecar
from inference_exporter.demo.names import MODEL, VERSION
from inference_exporter.demo.sidecar import WINDOWS, account, configuration, drifted_features, settled, values

METRICS = r"""# HELP inference_exporter_samples_total x
inference_exporter_samples_total{format="ndjson"} 10
inference_exporter_samples_total{format="json"} 2
inference_exporter_samples_accepted_total{format="ndjson"} 8
inference_exporter_samples_rejected_total{format="ndjson",reason="bad, \"very\""} 3
inference_exporter_samples_dropped_total{reason="queue_full"} 1
model_feature_drifted{feature="temp",window="28d"} 1.0
model_feature_drifted{feature="dewp",window="28d"} 1
model_feature_drifted{feature="visib",window="28d"} 0
model_feature_drifted{feature="carrier",window="28d"} NaN
model_feature_drifted{feature="humid",window="1d"} 1
"""


def test_every_sample_is_accounted_for():
    """Received, and what became of it, summed over formats and reasons."""
    total = account(METRICS)
    assert (total.received, total.accepted, total.rejected, total.dropped) == (12, 8, 3, 1)
    assert total.accounted == 12


def test_an_empty_scrape_accounts_for_nothing():
    """Before the first sample there is nothing to read."""
    assert account("").accounted == 0


def test_drifted_features_are_those_of_the_longest_window():
    """Unknown is not drifted, and a day's weather is not the judge."""
    assert drifted_features(METRICS) == ["dewp", "temp"]


def test_labels_are_read_with_their_quotes():
    """A label value may hold commas and quotes."""
    (labels, value) = next(values(METRICS, "inference_exporter_samples_rejected_total"))
    assert (labels["reason"], value) == (r"bad, \"very\"", 3)


def test_the_exporter_takes_the_configuration(tmp_path):
    """What the demo writes is a valid configuration of this very version."""
    file = tmp_path / "exporter.yml"
    text = configuration(reference=Path("r.json"), listen_address="127.0.0.1:10801", model_port=8000)
    (tmp_path / "r.json").write_text("{}")
    file.write_text(text)
    config = load(file)
    (model,) = config.models
    assert (model.name, model.version, model.process.port) == (MODEL, VERSION, 8000)
    assert tuple(window.name for window in config.windows) == WINDOWS
    assert config.web.listen_address == "127.0.0.1:10801"


def test_figures_settle(monkeypatch):
    """What still changes is read again until it does not."""
    monkeypatch.setattr(sidecar, "BETWEEN_READINGS_SECONDS", 0.0)
    readings = [1, 2, 3, 3, 4]
    assert settled(lambda: readings.pop(0)) == 3
    assert readings == [4]


def test_nobody_waits_for_ever(monkeypatch):
    """What never settles is taken as it is."""
    monkeypatch.setattr(sidecar, "SETTLE_SECONDS", 0.0)
    readings = [1, 2, 3]
    assert settled(lambda: readings.pop(0)) == 1
