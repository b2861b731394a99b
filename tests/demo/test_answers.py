from types import SimpleNamespace

import pytest

pytest.importorskip("sklearn", reason="the demo extra is not installed")

from inference_exporter.demo.answers import Answer, tell
from inference_exporter.demo.names import FEATURES, LATE, ON_TIME

INSTANCES = [{"id": "a", "time": "2013-06-01T10:00:00Z", "origin": "JFK", "temp": 90.0}, {"id": "b", "origin": "EWR"}]


def told(answer):
    seen = []
    tell(SimpleNamespace(observe=lambda **sample: seen.append(sample)), answer)
    return seen


def test_each_sample_is_reported_with_latency_and_stages_once():
    """Every sample has its own time, features, score and source; latency and stages are the request's."""
    answer = Answer(
        INSTANCES, 0.02, 200, [LATE, ON_TIME], [0.9, 0.1], {"predict": 0.01}, [{"temp": 0.4}, {"temp": 0.0}]
    )
    first, second = told(answer)
    assert (first["id"], second["id"]) == ("a", "b")
    assert (first["time"], second["time"]) == ("2013-06-01T10:00:00Z", None)
    assert (first["scores"], second["scores"]) == ({LATE: 0.9}, {LATE: 0.1})
    assert (first["latency_seconds"], second["latency_seconds"]) == (0.02, None)
    assert (first["stages"], second["stages"]) == ({"predict": 0.01}, None)
    assert (first["attributions"], second["attributions"]) == ({"temp": 0.4}, {"temp": 0.0})
    assert (first["tags"], second["tags"]) == ({"client": "JFK operations"}, {"client": "EWR operations"})
    assert set(first["features"]) == set(FEATURES)


def test_a_failed_request_has_features_and_a_code():
    """Columns without anything to report leave their fields empty."""
    for sample in told(Answer(INSTANCES, 0.02, 500)):
        assert sample["code"] == 500
        assert [sample[field] for field in ("prediction", "scores", "stages", "attributions")] == [None] * 4
