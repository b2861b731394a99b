from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the demo extra is not installed")

from inference_exporter.demo import model_server
from inference_exporter.demo.model_server import Mishap, create_app, mishap, tell
from inference_exporter.demo.names import FEATURES, LATE, ON_TIME

INSTANCES = [{"id": "a", "time": "2013-06-01T10:00:00Z", "temp": 90.0}, {"id": "b", "temp": None}]


class HotIsLate:
    """A fake model: late if it is hotter than 80."""

    def scores(self, rows):
        column = FEATURES.index("temp")
        return np.array([0.9 if (row[column] or 0) > 80 else 0.1 for row in rows])

    def predictions(self, scores):
        return [LATE if score > 0.5 else ON_TIME for score in scores]


@pytest.fixture
def told():
    return []


@pytest.fixture
def client(told, monkeypatch):
    monkeypatch.setattr(model_server, "mishap", lambda seed, instances: Mishap())
    return create_app(HotIsLate(), told.append).test_client()


def test_it_predicts_each_instance(client, told):
    """One prediction per instance, in order, and all are reported."""
    answer = client.post("/predict", json={"instances": INSTANCES})
    assert answer.json == {"predictions": [LATE, ON_TIME], "scores": [0.9, 0.1]}
    assert (told[0].predictions, told[0].scores, told[0].code) == ([LATE, ON_TIME], [0.9, 0.1], 200)
    assert told[0].latency_seconds > 0


@pytest.mark.parametrize("body", [{}, {"instances": 1}, {"instances": [1]}, [1], "text"])
def test_it_refuses_what_are_no_instances(client, told, body):
    """An invalid body gets 400 and is not reported."""
    assert client.post("/predict", json=body).status_code == 400
    assert told == []


def test_a_failure_is_reported_without_predictions(told, monkeypatch):
    """A failed request is reported with features and code, without predictions."""
    monkeypatch.setattr(model_server, "mishap", lambda seed, instances: Mishap(fails=True))
    answer = create_app(HotIsLate(), told.append).test_client().post("/predict", json={"instances": INSTANCES})
    assert answer.status_code == 500
    assert (told[0].code, told[0].predictions, told[0].scores) == (500, [None, None], [None, None])


def test_each_sample_is_told_and_the_latency_once(client, told):
    """Every sample is reported with its time, and one latency per request."""
    client.post("/predict", json={"instances": INSTANCES})
    seen = []
    tell(SimpleNamespace(observe=lambda **sample: seen.append(sample)), told[0])
    assert [sample["id"] for sample in seen] == ["a", "b"]
    assert [sample["scores"] for sample in seen] == [{LATE: 0.9}, {LATE: 0.1}]
    assert seen[0]["latency_seconds"] > 0 and seen[1]["latency_seconds"] is None
    assert set(seen[0]["features"]) == set(FEATURES)


def test_mishaps_are_rare_and_the_same_each_time():
    """About 0.3 % of requests fail and 1 % are slow, depending only on seed and request."""
    requests = [[{"id": f"f{number}"}] for number in range(20_000)]
    first = [mishap(1, request) for request in requests]
    assert first == [mishap(1, request) for request in requests]
    assert first != [mishap(2, request) for request in requests]
    kinds = Counter("failed" if found.fails else "slow" if found.delay_seconds else "fine" for found in first)
    assert 0.002 < kinds["failed"] / 20_000 < 0.004
    assert 0.008 < kinds["slow"] / 20_000 < 0.012


def test_it_is_healthy(client):
    """The health check answers."""
    assert client.get("/healthz").status_code == 200
