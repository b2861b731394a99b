"""What a body means, in words."""

import orjson
import pytest
import yaml
from inference_exporter.intake.payload_report import explained

KSERVE = {"ce-type": "org.kubeflow.serving.inference.request", "ce-id": "7", "ce-inferenceservicename": "iris"}


def explain(document, headers=None):
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    report = explained(body, headers or {})
    return [yaml.safe_load(text) for text in report.texts], report.rejected


def test_a_half_is_shown_with_what_it_has():
    """A request is not kept waiting: its samples are shown, and that they would wait."""
    [text], rejected = explain({"instances": [[6.8, 2.8]]}, KSERVE)
    assert (text["format"], text["wait for their other half"], rejected) == ("kserve", 1, 0)
    assert text["first samples"] == [{"model": "iris", "id": "7", "features": {"feature_0": 6.8, "feature_1": 2.8}}]


def test_many_rows_are_shown_as_few_are():
    """A request with many rows, which the intake reads as columns, shows its first samples like any other."""
    request = {"inputs": [{"name": "x", "shape": [400, 2], "datatype": "FP64", "data": [0.5, 1.5] * 400}]}
    answers = [("yes", "no")[row % 2] for row in range(400)]
    document = {"request": request, "response": {"predictions": answers}, "id": "r", "latency_seconds": 0.5}
    [text], rejected = explain(document)
    assert (text["format"], text["samples"], rejected) == ("exchange", 400, 0)
    features = {"feature_0": 0.5, "feature_1": 1.5}
    assert text["first samples"][:2] == [
        {"features": features, "prediction": "yes", "id": "r", "latency_seconds": 0.5},
        {"features": features, "prediction": "no", "id": "r-1"},
    ]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"foo": 1}, "got an object with 'foo'"),
        ({"features": {"a": 1}, "latency_seconds": "fast"}, "latency_seconds"),
        ({"request": {"instances": 5}, "response": {}}, "instances: expected a list"),
    ],
)
def test_what_is_rejected_says_why(document, reason):
    """The reason is the one that the intake would answer."""
    [text], rejected = explain(document)
    assert rejected == 1
    assert reason in text["rejected"][0]


def test_a_body_that_is_not_json():
    """A body that cannot be read at all has a reason too."""
    [text], rejected = explain(b"\x00\x01")
    assert (text["recognised as"], rejected) == ("Unknown", 1)


def test_formats_are_reported_apart():
    """Each format found in a body has a text of its own."""
    texts, rejected = explain([{"features": {"a": 1}}, {"id": "r", "outcome": 1}, {"predictions": [1]}])
    assert [text["format"] for text in texts] == ["native", "inference_body"]
    assert (texts[0]["samples"], texts[0]["outcomes"], rejected) == (1, 1, 0)


def test_columns_are_counted():
    """A body of columns is one of ours; its samples are counted."""
    [text], rejected = explain({"columns": {"features": {"a": [1, 2]}}})
    assert (text["format"], text["samples"], rejected) == ("native", 2, 0)


@pytest.mark.parametrize("padding", [1, 70_000])
@pytest.mark.parametrize("name", ["instances", "features", "predictions", "unknown"])
def test_deeply_nested_values(name, padding):
    """A value nested a thousand times is read or refused, however long its record is."""
    for opening, closing in ((b'{"a":', b"}"), (b"[", b"]")):
        value = opening * 1000 + b'"' + b"x" * padding + b'"' + closing * 1000
        assert explained(b'{"id": "1", "%s": %s}' % (name.encode(), value), {}).texts
