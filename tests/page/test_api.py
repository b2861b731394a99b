"""The JSON behind the page."""

import json
from urllib.parse import quote

import pytest
from inference_exporter.config.schema import Config, ModelConfig, ProcessConfig
from inference_exporter.page.openapi import document

MODEL = "/api/v1/models/{model}/{version}/{variant}"
SCHEMAS = document()["components"]["schemas"]
OF_JSON = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None),
    "array": list, "object": dict,
}  # fmt: skip


def faults(value, schema, place="$"):
    """Yield where a value violates a schema; supports the part of JSON Schema that we use."""
    if "$ref" in schema:
        yield from faults(value, SCHEMAS[schema["$ref"].rpartition("/")[2]], place)
        return
    for part in schema.get("allOf", []):
        yield from faults(value, part, place)
    if "anyOf" in schema and all(list(faults(value, part, place)) for part in schema["anyOf"]):
        yield f"{place}: {value!r} is none of {schema['anyOf']}"
    kinds = schema.get("type", list(OF_JSON))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(
        isinstance(value, OF_JSON[kind]) and not (isinstance(value, bool) and kind != "boolean") for kind in kinds
    ):
        yield f"{place}: {value!r} is no {kinds}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), f"{place}[{index}]")
    if isinstance(value, dict):
        yield from (f"{place}.{name}: missing" for name in schema.get("required", []) if name not in value)
        for name, item in value.items():
            known = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            yield from faults(item, known, f"{place}.{name}")


def response_schema(path, status="200"):
    """Return the schema of an answer."""
    return document()["paths"][path]["get"]["responses"][status]["content"]["application/json"]["schema"]


@pytest.fixture
def drifting(site):
    """Return a site with a drifted model, a learning one, and an event."""
    started = site(Config(models=(ModelConfig(name="moved", version="1", process=ProcessConfig(pid=1)),)))
    started.drifting("moved", latency_seconds=0.01, prediction="a", id=None)
    started.samples([{"model": "young/one", "version": "ü", "features": {"a": 1}}] * 3)
    started.sidecar.post("/v1/events", {"kind": "deployment", "title": "t", "time": 5, "tags": {"a": "b"}})
    return started


DESCRIBED = {
    "/api/v1/models": "/api/v1/models",
    "/api/v1/models/moved/1/champion": MODEL,
    "/api/v1/models/young/one/ü/champion": MODEL,
    "/api/v1/models/moved/1/champion/explain": f"{MODEL}/explain",
    "/api/v1/models/young/one/ü/champion/explain": f"{MODEL}/explain",
    "/api/v1/models/moved/1/champion/schema": f"{MODEL}/schema",
    "/api/v1/models/young/one/ü/champion/schema": f"{MODEL}/schema",
    "/api/v1/models/moved/1/champion/outliers": f"{MODEL}/outliers",
    "/api/v1/models/moved/1/champion/estimates": f"{MODEL}/estimates",
    "/api/v1/models/young/one/ü/champion/outliers": f"{MODEL}/outliers",
    "/api/v1/events": "/api/v1/events",
    "/api/v1/status": "/api/v1/status",
}


def test_answers_are_as_described(drifting):
    """Answers match the description in every field."""
    for path, described in DESCRIBED.items():
        answer = drifting.get(path)
        assert answer.status_code == 200, path
        assert list(faults(answer.json, response_schema(described))) == [], path


def test_the_check_of_answers_finds_faults():
    """The schema check finds violations."""
    schema = response_schema("/api/v1/status")
    assert "$.version: missing" in list(faults({}, schema))
    assert any("$.models" in fault for fault in faults({"models": "two"}, schema))


def test_models_are_listed_with_their_state(drifting):
    """Each model has its state, the reason if it is unknown, and its path."""
    moved, young = drifting.get("/api/v1/models").json["models"]
    assert (moved["verdict"]["state"], moved["verdict"]["drifted_features"]) == ("drifted", 1)
    assert young["verdict"]["state"] == "learning_reference"
    assert young["verdict"]["drifted_features"] is None
    for listed in (moved, young):
        assert drifting.get(listed["path"]).json["model"] == listed["model"]


def test_a_model_has_everything_in_every_window(drifting):
    """A model's answer has each window, column and bucket."""
    model = drifting.get("/api/v1/models/moved/1/champion").json
    assert [window["window"] for window in model["windows"]] == ["5m", "1h", "24h"]
    columns = {column["name"]: column for column in model["windows"][0]["columns"]}
    assert columns["moved"]["drifted"] is True
    assert columns["same"]["drifted"] is False
    assert sum(bucket["window_ratio"] for bucket in columns["moved"]["buckets"]) == pytest.approx(1)
    assert columns["moved"]["drift"]["psi"] > 1
    assert model["process"]["up"] is True


def test_one_window_can_be_asked_for(drifting):
    """A window can be selected; an unknown one gets 404 with the known ones."""
    path = "/api/v1/models/moved/1/champion"
    assert [window["window"] for window in drifting.get(path, window="1h").json["windows"]] == ["1h"]
    answer = drifting.get(path, window="2h")
    assert answer.status_code == 404
    assert answer.json == {"error": "window: expected one of 5m, 1h, 24h, got '2h'"}


def test_what_drifted_is_explained(drifting):
    """Every drifted column of the window is explained with numbers and a sentence, and the features are ranked."""
    why = drifting.get("/api/v1/models/moved/1/champion/explain", window="5m").json
    assert (why["model"], why["window"], why["verdict"]["state"]) == ("moved", "5m", "drifted")
    (column,) = why["columns"]
    assert (column["name"], column["change"], column["samples"]) == ("moved", "location_up", 400)
    assert column["sentence"].startswith("moved rose: the share of values ")
    (top,) = why["top_features"]
    assert (top["rank"], top["feature"], top["sentence"]) == (1, "moved", column["sentence"])
    assert top["impact"] == column["psi_debiased"]


def test_one_feature_is_explained_whatever_its_verdict(drifting):
    """A requested feature is explained even if it has not drifted; an unknown one gets 404."""
    path = "/api/v1/models/moved/1/champion/explain"
    (column,) = drifting.get(path, feature="same").json["columns"]
    assert (column["name"], column["drifted"], column["change"]) == ("same", False, "")
    answer = drifting.get(path, feature="nobody")
    assert answer.status_code == 404
    assert answer.json == {"error": "feature: expected a column of the reference, got 'nobody'"}


def test_the_most_extreme_samples_are_told(drifting):
    """Outliers are listed by sample, the most extreme first, without raw values."""
    drifting.samples([{"model": "moved", "version": "1", "id": "far", "features": {"moved": 1e6, "same": 0.1}}])
    answer = drifting.get("/api/v1/models/moved/1/champion/outliers", window="5m").json
    assert (answer["inputs_unusual"], answer["samples"]) == (True, 401)
    first, *others = answer["most_extreme"]
    assert first["id"] == "far"
    assert first["p_value"] < min(outlier["p_value"] for outlier in others)
    (feature, *_) = first["features"]
    assert (feature["feature"], feature["upper"], feature["value"]) == ("moved", None, "")


@pytest.mark.parametrize(("path", "query"), [("/nobody/1/champion", {}), ("/moved/1/champion", {"window": "2h"})])
def test_nothing_is_explained_of_what_is_not_there(drifting, path, query):
    """An unknown model or window gets 404, as described."""
    answer = drifting.get(f"/api/v1/models{path}/explain", **query)
    assert answer.status_code == 404
    assert list(faults(answer.json, response_schema(f"{MODEL}/explain", "404"))) == []


def test_an_unknown_model_is_404(drifting):
    """An unknown model gets a JSON answer, as described."""
    answer = drifting.get("/api/v1/models/nobody/1/champion")
    assert answer.status_code == 404
    assert list(faults(answer.json, response_schema(MODEL, "404"))) == []


def test_any_name_has_a_path(site):
    """For any name, the listed path leads to the model."""
    started = site()
    names = ["a/b", "a//b", "/", "ü名前", "<script>", "a?b=c#d", "100%", "..", "a b", "%2F", "two\nlines"]
    models = [(name, version) for name in names for version in ("1", "v/2", "feature//x")]
    started.samples([{"model": name, "version": version, "features": {"a": 1}} for name, version in models])
    listed = {(each["model"], each["version"]): each["path"] for each in started.get("/api/v1/models").json["models"]}
    assert listed.keys() == set(models)
    for model, path in listed.items():
        for below in ("", "/explain", "/outliers", "/schema"):
            found = started.get(path + below)
            assert (found.status_code, (found.json["model"], found.json["version"])) == (200, model)


def test_models_of_one_path_are_told_apart(site):
    """If slashes make two paths equal, a parameter selects the model."""
    started = site()
    for model, version in (("a", "b/c"), ("a/b", "c")):
        started.samples([{"model": model, "version": version, "features": {"x": 1}}])
    path = f"/api/v1/models/{quote('a/b/c/champion')}"
    assert started.get(path, version="c").json["model"] == "a/b"
    assert started.get(path, version="b/c").json["model"] == "a"


def test_unknown_numbers_are_null(site):
    """Unknown values are null, because strict JSON has no NaN."""
    started = site()
    started.samples([{"model": "m", "version": "1", "features": {"a": 1}}])

    def refuse(constant):
        raise AssertionError(constant)

    text = started.get("/api/v1/models/m/1/champion").text
    model = json.loads(text, parse_constant=refuse)
    assert model["windows"][0]["duration_quantile_seconds"]["0.5"] is None
    assert model["reference"]["created_timestamp_seconds"] is None


def test_events_are_listed(drifting):
    """The last events come newest first."""
    drifting.sidecar.post("/v1/events", {"kind": "incident", "title": "newer", "time": 9})
    events = drifting.get("/api/v1/events").json["events"]
    assert [event["title"] for event in events] == ["newer", "t"]
    assert events[1]["tags"] == {"a": "b"}


def test_status_adds_up(drifting):
    """Every received sample is accepted, rejected or dropped."""
    drifting.sidecar.samples([{"features": 3}, {"features": {"a": 1}, "model": "moved", "version": "1"}])
    samples = drifting.get("/api/v1/status").json["samples"]
    assert samples["received"] == samples["accepted"] + samples["rejected"] + samples["dropped"]
    assert samples["rejected_by_reason"] == {"invalid_field": 1}
