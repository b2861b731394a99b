"""An inference becomes a sample for each row."""

import pytest
from inference_exporter.payloads._base import Answered, Inference, Requested, UnreadablePayload
from inference_exporter.payloads.samples import samples_of


def no_names(model, version, variant):
    return ()


def test_a_sample_for_each_row():
    """Rows share model, code and time; latency counts once; ids have the position of the row."""
    inference = Inference(
        Requested([[31, "FR"], [58, "DE"]], ["age", "country"]),
        Answered([0, 1], [{"0": 0.9, "1": 0.1}, {"0": 0.3, "1": 0.7}]),
        id="r", model="m", code=200, requested_at="2026-11-27T00:00:00Z", latency_seconds=0.2,
    )  # fmt: skip
    first, second = samples_of(inference, no_names)
    assert first == {
        "model": "m", "code": 200, "time": "2026-11-27T00:00:00Z", "id": "r", "latency_seconds": 0.2,
        "features": {"age": 31, "country": "FR"}, "prediction": 0, "scores": {"0": 0.9, "1": 0.1},
    }  # fmt: skip
    assert second["id"] == "r-1" and "latency_seconds" not in second


@pytest.mark.parametrize(
    ("names", "known", "expected"),
    [
        (["a", "b"], ("x", "y"), {"a": 1, "b": 2}),
        ([], ("x", "y"), {"x": 1, "y": 2}),
        ([], ("x",), {"feature_0": 1, "feature_1": 2}),
        (["a"], (), {"feature_0": 1, "feature_1": 2}),
    ],
)
def test_names_come_from_the_payload_the_reference_or_the_position(names, known, expected):
    """Names of another number than the values say nothing."""
    [sample] = samples_of(Inference(Requested([[1, 2]], names)), lambda *key: known)
    assert sample["features"] == expected


def test_a_half_has_what_it_has():
    """A request alone has features, a response alone predictions."""
    assert samples_of(Inference(Requested([{"a": 1}])), no_names) == [{"features": {"a": 1}}]
    assert samples_of(Inference(answered=Answered([1])), no_names) == [{"prediction": 1}]
    assert samples_of(Inference(), no_names) == []


def test_different_numbers_of_rows_are_refused():
    """Answers that cannot be matched to rows are refused with both numbers."""
    with pytest.raises(UnreadablePayload, match="request 2, response 1"):
        samples_of(Inference(Requested([[1], [2]]), Answered([1])), no_names)
