import json
from io import BytesIO
from itertools import count

import pytest
from inference_exporter.config.file import load
from inference_exporter.demo import sidecar
from inference_exporter.demo.balance import ClientAccount, ExporterAccount
from inference_exporter.demo.commands import Files
from inference_exporter.demo.names import CHALLENGER_VERSION, MINUTES_MODEL, MODEL, VERSION
from inference_exporter.demo.sidecar import (
    WINDOWS,
    configuration,
    drifted_features,
    exporter_account,
    final_balance,
    values,
)

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
    """Received samples and their results, summed over formats and reasons."""
    total = exporter_account(METRICS)
    assert (total.received, total.accepted, total.rejected, total.dropped) == (12, 8, 3, 1)
    assert total.accounted == 12


def test_samples_of_other_models_are_not_the_demos():
    """Somebody may try the exporter with samples of another model."""
    requests = f"""model_requests_total{{model="{MODEL}",code="200"}} 5
model_requests_total{{model="{MINUTES_MODEL}",code="200"}} 1
model_requests_total{{model="fraud",code="200"}} 1
model_requests_total{{model="fraud",code="500"}} 1
"""
    total = exporter_account(METRICS + requests)
    assert (total.received, total.accepted, total.rejected, total.dropped) == (10, 6, 3, 1)


def test_an_empty_scrape_accounts_for_nothing():
    """An empty scrape gives zeros."""
    assert exporter_account("").accounted == 0


def test_drifted_features_are_those_of_the_longest_window():
    """Unknown is not drifted, and only the longest window counts."""
    assert drifted_features(METRICS) == ["dewp", "temp"]


def test_labels_are_read_with_their_quotes():
    """A label value may hold commas and quotes."""
    (labels, value) = next(values(METRICS, "inference_exporter_samples_rejected_total"))
    assert (labels["reason"], value) == (r"bad, \"very\"", 3)


def test_the_exporter_takes_the_configuration(tmp_path):
    """The demo's configuration is valid."""
    file = tmp_path / "exporter.yml"
    files = Files(tmp_path)
    for reference in (files.reference, files.challenger_reference, files.minutes_reference):
        reference.write_text("{}")
    file.write_text(configuration(files, listen_address="127.0.0.1:10801", model_port=8000))
    config = load(file)
    champion, challenger, minutes = config.models
    assert (champion.name, champion.version, champion.process.port) == (MODEL, VERSION, 8000)
    assert (challenger.name, challenger.version, challenger.variant) == (MODEL, CHALLENGER_VERSION, "challenger")
    assert (minutes.name, minutes.variant) == (MINUTES_MODEL, "champion")
    assert tuple(window.name for window in config.windows) == WINDOWS
    assert config.web.listen_address == "127.0.0.1:10801"


def test_the_counters_of_all_clients_are_added(monkeypatch):
    """The model server has a client per model; the balance is about all of them."""
    one = {"observed": 9, "acknowledged": 4, "rejected": 1, "dropped": {"queue_full": 1}, "queued": 2, "in_flight": 1}
    answer = BytesIO(json.dumps([one, one, {**one, "dropped": {}, "queued": 3}]).encode())
    monkeypatch.setattr(sidecar.urllib.request, "urlopen", lambda url, timeout: answer)
    total = sidecar.client_account("http://model")
    assert total == ClientAccount(observed=27, answered=15, dropped={"queue_full": 2}, queued=7, in_flight=3)


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(sidecar, "BETWEEN_READINGS_SECONDS", 0.0)


def client_account(answered, queued, in_flight=0):
    return ClientAccount(answered + queued + in_flight, answered, {}, queued, in_flight)


def exporter_accepted(samples):
    return lambda: ExporterAccount(samples, samples, 0, 0)


def test_the_queue_is_waited_for(at_once):
    """The balance is read again while samples are queued in the client."""
    before, between, after = client_account(4, 6), client_account(8, 0, 2), client_account(10, 0)
    readings = [before, before, between, between, after, after]
    balance = final_balance(lambda: readings.pop(0), exporter_accepted(10), 60.0)
    assert readings == []
    assert balance.holds and (balance.sent, balance.still_queued) == (10, 0)


def test_a_queue_that_does_not_empty_is_part_of_the_balance(at_once):
    """When time is up, queued samples are part of the balance."""
    balance = final_balance(lambda: client_account(4, 6), exporter_accepted(4), 0.0)
    assert balance.holds and balance.still_queued == 6


def test_a_reading_in_the_midst_of_an_answer_is_repeated(at_once):
    """The exporter's counters are read between two equal readings of the client."""
    readings = [client_account(0, 0, 10), client_account(10, 0), client_account(10, 0), client_account(10, 0)]
    assert final_balance(lambda: readings.pop(0), exporter_accepted(10), 0.0).holds
    assert readings == []


def test_what_never_stands_still_is_taken_as_it_is(at_once, monkeypatch):
    """The wait for consistent readings is bounded."""
    monkeypatch.setattr(sidecar, "ANSWER_SECONDS", 0.0)
    numbers = count()
    assert final_balance(lambda: client_account(next(numbers), 1), exporter_accepted(0), 0.0).still_queued == 1
