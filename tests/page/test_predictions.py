"""One prediction by its id, as JSON and on a page."""

import pytest
from inference_exporter.config.schema import Config, EvaluationConfig, StorageConfig
from werkzeug.test import Client

SAMPLE = {
    "id": "a/b 1", "time": "2026-01-15T08:00:00Z", "model": "fraud", "version": "7",
    "features": {"age": 31, "city": "Rome"},
    "prediction": "yes", "scores": {"yes": 0.75}, "tags": {"region": "eu"}, "latency_seconds": 0.02, "code": 200,
    "intermediate": {"gbm": 0.5}, "action": "blocked", "trace_id": "t1",
}  # fmt: skip


def get(one, path, **query):
    return Client(one.application.wsgi).get(path, query_string=query)


@pytest.fixture(params=[False, True], ids=["waiting", "written"])
def running(sidecar, tmp_path, request):
    """Return a sidecar with a prediction and its corrected outcome, in memory or in blocks."""
    features = EvaluationConfig(features=("age",))
    one = sidecar(Config(storage=StorageConfig(path=tmp_path), evaluation=features))
    rest = [{"id": f"r{row}", "model": "fraud", "version": "7", "prediction": "no"} for row in range(1000)]
    assert one.samples([SAMPLE, {**SAMPLE, "version": "8", "prediction": "no"}, *rest]).status == 200
    for outcome in ("no", "yes"):
        assert one.outcomes([{"id": "a/b 1", "version": "7", "outcome": outcome, "time": 1_768_467_600}]).status == 200
    if request.param:
        one.application._durable.take_snapshot()
    return one


def test_all_that_is_known_is_shown(running):
    """The answer has every stored field, of the features those that are configured, and the outcomes."""
    (found,) = get(running, "/api/v1/models/fraud/7/champion/predictions/a%2Fb%201").json["predictions"]
    assert [each.pop("joined") >= 1_768_464_000 for each in found["outcomes"]] == [True, True]
    assert found == {
        "id": "a/b 1", "model": "fraud", "version": "7", "variant": "champion", "time": 1_768_464_000.0,
        "prediction": "yes", "scores": {"yes": 0.75}, "features": {"age": 31}, "tags": {"region": "eu"},
        "intermediate": {"gbm": 0.5}, "action": "blocked", "latency_seconds": 0.02, "code": 200, "trace_id": "t1",
        "outcome": "yes",
        "outcomes": [{"outcome": outcome, "time": 1_768_467_600.0} for outcome in ("no", "yes")],
    }  # fmt: skip


def test_a_name_alone_means_all_versions(running):
    """Below the name of a model are the predictions of all its versions and variants."""
    found = get(running, "/api/v1/models/fraud/predictions/a/b 1").json["predictions"]
    assert [(each["version"], each["prediction"], each["outcome"]) for each in found] == [
        ("7", "yes", "yes"), ("8", "no", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("fraud/7/champion/predictions/nobody", "expected the id of a stored prediction, got 'nobody'"),
        ("other/predictions/r1", "expected a model that is listed under /api/v1/models, got 'other'"),
    ],
    ids=["id", "model"],
)
def test_what_is_unknown_is_404(running, path, fault):
    """An unknown id and an unknown model are answered with what was expected."""
    answer = get(running, f"/api/v1/models/{path}")
    assert (answer.status_code, answer.json["error"]) == (404, fault)


def test_without_a_store_the_answer_says_what_to_set(sidecar):
    """Nothing is stored by default."""
    one = sidecar()
    one.samples([SAMPLE])
    answer = get(one, "/api/v1/models/fraud/predictions/r1")
    assert answer.status_code == 404
    assert "set storage.path" in answer.json["error"]


def test_the_page_shows_a_prediction(running):
    """The page shows a prediction that is looked up, and says what is wrong with another id."""
    page = get(running, "/prediction", model="fraud", id=" a/b 1").text
    assert all(text in page for text in ("blocked", "0.75", "Earlier outcome", "Feature age"))
    assert "Rome" not in page
    missing = get(running, "/prediction", model="fraud", id="<b>")
    assert missing.status_code == 404
    assert "&lt;b&gt;" in missing.text and "<b>" not in missing.text
