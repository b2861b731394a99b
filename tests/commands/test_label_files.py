"""Outcomes as labelling tools and model servers write them."""

import pytest
from inference_exporter.commands._label_files import outcomes_in


def task(*annotations, **data):
    return {"id": 17, "data": {"id": "r1", "text": "…", **data}, "annotations": list(annotations)}


def annotation(value, updated="2026-01-01T00:00:00Z", **more):
    return {"result": [{"type": "choices", "value": value}], "updated_at": updated, **more}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {
                "groundTruthData": {"data": "1", "encoding": "CSV"},
                "eventMetadata": {"eventId": "r1"},
                "eventVersion": "0",
            },
            [{"id": "r1", "outcome": 1}],
        ),
        (
            {"response": {"meta": {"puid": "r1"}}, "truth": {"data": {"ndarray": [[2]]}}},
            [{"id": "r1", "outcome": 2}],
        ),
        (task(annotation({"choices": ["spam"]})), [{"id": "r1", "outcome": "spam", "time": "2026-01-01T00:00:00Z"}]),
        (task(annotation({"rating": 0})), [{"id": "r1", "outcome": 0, "time": "2026-01-01T00:00:00Z"}]),
        (task(annotation({"taxonomy": [["a", "b"]]}, None)), [{"id": "r1", "outcome": "a"}]),
        (task(annotation({"choices": ["spam"]}, was_cancelled=True)), []),
        (task(), []),
    ],
    ids=["sagemaker", "seldon", "choices", "rating", "taxonomy", "skipped", "not labelled"],
)
def test_each_form_is_recognised(record, expected):
    """A record gives its outcomes with the id of their prediction."""
    assert list(outcomes_in(record, "id")) == expected


def test_the_last_annotation_counts():
    """Of several annotators the one who answered last counts."""
    first, second = annotation({"choices": ["ham"]}, "2026-02-01T00:00:00Z"), annotation({"choices": ["spam"]})
    assert [one["outcome"] for one in outcomes_in(task(first, second), "id")] == ["ham"]


def test_the_id_column_names_the_data_of_a_task():
    """The id of a task is its place in the tool; the prediction's is in its data."""
    (found,) = outcomes_in(task(annotation({"choices": ["x"]}), request="q9"), "request")
    assert found["id"] == "q9"


def test_other_records_are_tables():
    """A row of a table has no such form, and a broken payload says what is wrong."""
    assert outcomes_in({"id": "r1", "outcome": 1}, "id") is None
    with pytest.raises(ValueError, match="eventMetadata"):
        list(outcomes_in({"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {}}, "id"))
