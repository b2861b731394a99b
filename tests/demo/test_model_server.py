from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the demo extra is not installed")

from inference_exporter.demo import model_server
from inference_exporter.demo.model import Models
from inference_exporter.demo.model_server import EXPLAINED_SHARE, MIRRORED_SHARE, ROLES, Mishap, create_app, mishap
from inference_exporter.demo.names import FEATURES, LATE, ON_TIME

INSTANCES = [
    {"id": "a", "time": "2013-06-01T10:00:00Z", "origin": "JFK", "temp": 90.0},
    {"id": "b", "origin": "EWR", "temp": None},
]


class HotIsLate:
    """A fake model: late if it is hotter than 80."""

    def scores(self, rows):
        column = FEATURES.index("temp")
        return np.array([0.9 if (row[column] or 0) > 80 else 0.1 for row in rows])

    def predictions(self, scores):
        return [LATE if score > 0.5 else ON_TIME for score in scores]

    def attributions(self, rows, scores):
        return np.tile(scores[:, None], len(FEATURES))


MODELS = Models(HotIsLate(), HotIsLate(), SimpleNamespace(predict=lambda rows: np.full(len(rows), 12.34)))


@pytest.fixture
def reports():
    return []


@pytest.fixture
def draw(monkeypatch):
    """Set the number that decides whether the challenger sees a request and whether the scores are explained."""
    monkeypatch.setattr(model_server, "mishap", lambda seed, instances: Mishap())
    return lambda number: monkeypatch.setattr(model_server, "chance", lambda seed, purpose, instances: number)


@pytest.fixture
def client(reports, draw):
    draw(1.0)
    return create_app(MODELS, lambda role, answer: reports.append((role, answer))).test_client()


def test_the_champion_answers_each_instance(client, reports):
    """One prediction per instance, in order, and all are reported."""
    answer = client.post("/predict", json={"instances": INSTANCES})
    assert answer.json == {"predictions": [LATE, ON_TIME], "scores": [0.9, 0.1]}
    role, report = reports[0]
    assert (role, report.predictions, report.scores, report.code) == ("champion", [LATE, ON_TIME], [0.9, 0.1], 200)
    assert report.latency_seconds >= sum(report.stages.values()) > 0
    assert report.attributions == ()


def test_the_second_model_predicts_its_airport(client, reports):
    """The minutes are predicted for flights from one airport; a request without any is not the second model's."""
    client.post("/predict", json={"instances": INSTANCES})
    assert [(role, report.instances) for role, report in reports[1:]] == [("minutes", INSTANCES[:1])]
    assert reports[1][1].predictions == [12.3]
    reports.clear()
    client.post("/predict", json={"instances": INSTANCES[1:]})
    assert [role for role, _ in reports] == ["champion"]


def test_the_challenger_predicts_a_share_of_the_requests(client, reports, draw):
    """A mirrored request is reported for both variants, with the same ids."""
    draw(MIRRORED_SHARE - 1e-9)
    client.post("/predict", json={"instances": INSTANCES})
    assert [role for role, _ in reports] == list(ROLES)
    assert reports[1][1].instances == INSTANCES


def test_the_scores_of_a_share_are_explained(client, reports, draw):
    """An explained request is reported with the attribution of each feature."""
    draw(EXPLAINED_SHARE - 1e-9)
    client.post("/predict", json={"instances": INSTANCES})
    assert reports[0][1].attributions == [dict.fromkeys(FEATURES, 0.9), dict.fromkeys(FEATURES, 0.1)]


@pytest.mark.parametrize("body", [{}, {"instances": 1}, {"instances": [1]}, [1], "text"])
def test_an_invalid_body_is_refused(client, reports, body):
    """An invalid body gets 400 and is not reported."""
    assert client.post("/predict", json=body).status_code == 400
    assert reports == []


def test_no_instances_are_no_sample(client, reports):
    """An empty request gets an empty answer and is not reported."""
    assert client.post("/predict", json={"instances": []}).json == {"predictions": [], "scores": []}
    assert reports == []


def test_a_failure_is_reported_without_predictions(client, reports, monkeypatch):
    """A failed request is reported for the champion, with features and code, without predictions."""
    monkeypatch.setattr(model_server, "mishap", lambda seed, instances: Mishap(fails=True))
    assert client.post("/predict", json={"instances": INSTANCES}).status_code == 500
    [(role, report)] = reports
    assert (role, report.code, report.predictions, report.scores) == ("champion", 500, (), ())


@pytest.mark.slow
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
