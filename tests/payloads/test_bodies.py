"""Bodies of requests and responses, as V1, V2, MLflow and Seldon define them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.payloads._answers import answers_of
from inference_exporter.payloads._base import UnreadablePayload
from inference_exporter.payloads.bodies import read_request, read_response

AGES = [[31, "FR"], [58, "DE"]]
RECORDS = [{"age": 31, "country": "FR"}, {"age": 58, "country": "DE"}]
TENSORS = [
    {"name": "age", "shape": [2], "datatype": "FP32", "data": [31, 58]},
    {"name": "country", "shape": [2, 1], "datatype": "BYTES", "data": ["FR", "DE"]},
]
MATRIX = {"name": "input-0", "shape": [2, 2], "datatype": "FP64", "data": [[1.0, 2.0], [3.0, 4.0]]}


@pytest.mark.parametrize(
    ("body", "rows", "names"),
    [
        ({"instances": RECORDS}, RECORDS, ()),
        ({"instances": [[1, 2], [3, 4]]}, [[1, 2], [3, 4]], ()),
        ({"instances": [1.5, 2.5]}, [[1.5], [2.5]], ()),
        ({"signature_name": "x", "inputs": {"age": [31, 58], "country": ["FR", "DE"]}}, AGES, ("age", "country")),
        ({"inputs": {"age": [[31], [58]], "country": [["FR"], ["DE"]]}}, AGES, ("age", "country")),
        ({"inputs": [[1, 2], [3, 4]]}, [[1, 2], [3, 4]], ()),
        ({"dataframe_split": {"columns": ["age", "country"], "data": AGES}}, AGES, ("age", "country")),
        ({"dataframe_records": RECORDS}, RECORDS, ()),
        ({"inputs": TENSORS}, AGES, ("age", "country")),
        ({"inputs": [MATRIX]}, [[1.0, 2.0], [3.0, 4.0]], ()),
        ({"inputs": [{**MATRIX, "parameters": {"names": ["a", "b"]}}]}, [[1.0, 2.0], [3.0, 4.0]], ("a", "b")),
        ({"inputs": [TENSORS[0], MATRIX]}, [[31, 1.0, 2.0], [58, 3.0, 4.0]], ("age", "input-0_0", "input-0_1")),
        ({"data": {"names": ["age", "country"], "ndarray": AGES}}, AGES, ("age", "country")),
        ({"data": {"names": ["a"], "tensor": {"shape": [2, 1], "values": [1, 2]}}}, [[1], [2]], ("a",)),
        ({"jsonData": RECORDS[0]}, RECORDS[:1], ()),
        ({"jsonData": [None, 1]}, [[None], [1]], ()),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_requests_become_rows(body, rows, names):
    """Each kind of request gives the same rows, with names where it has them."""
    request = read_request(body)
    assert (list(request.rows), tuple(request.names)) == (rows, names)


@pytest.mark.parametrize(
    ("body", "predictions", "scores"),
    [
        ({"predictions": [1, 0]}, [1, 0], []),
        ({"predictions": [[1.5], [2.5]]}, [1.5, 2.5], []),
        ({"predictions": ["a", "b"]}, ["a", "b"], []),
        ({"predictions": [[0.9, 0.1], [0.3, 0.7]]}, ["0", "1"], [{"0": 0.9, "1": 0.1}, {"0": 0.3, "1": 0.7}]),
        ({"predictions": [[3.0, 4.0]]}, [None], [None]),
        ({"predictions": [[], [0.5, 0.5]]}, [None, "0"], [None, {"0": 0.5, "1": 0.5}]),
        ({"predictions": [{"label": "a", "proba": [0.9, 0.1]}]}, ["a"], [{"0": 0.9, "1": 0.1}]),
        ({"outputs": [{"name": "y", "shape": [2, 1], "datatype": "INT64", "data": [1, 0]}]}, [1, 0], []),
        (
            {"outputs": [{"name": "proba", "shape": [1, 2], "datatype": "FP32", "data": [0.9, 0.1]},
                         {"name": "label", "shape": [1], "datatype": "BYTES", "data": ["good"]}]},
            ["good"], [{"0": 0.9, "1": 0.1}],
        ),
        ({"data": {"names": ["t:0", "t:1"], "ndarray": [[0.2, 0.8]]}}, ["t:1"], [{"t:0": 0.2, "t:1": 0.8}]),
        ([1, 2], [1, 2], []),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_responses_become_predictions_and_scores(body, predictions, scores):
    """Single values are predictions; several numbers that sum to 1 are the probabilities of the classes."""
    response = read_response(body)
    assert (list(response.predictions), list(response.scores)) == (predictions, scores)


@pytest.mark.parametrize("body", [{}, {"features": {}}, "text", None, 5, {"data": 1}])
def test_other_bodies_are_not_recognised(body):
    """A body without a known name is none of these requests or responses."""
    assert read_request(body) is None
    assert read_response(body) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"instances": 5}, "instances: expected a list, got int"),
        ({"dataframe_split": {"columns": 3, "data": []}}, "names: expected a list, got int"),
        ({"inputs": {"a": [1, 2], "b": [1]}}, "inputs of one length, got a 2, b 1"),
        (
            {"inputs": [{"name": "a", "shape": [3], "datatype": "FP32", "data": [1]}]},
            r"a: expected \(3,\) values, got 1",
        ),
    ],
)
def test_broken_bodies_say_where(body, message):
    """A body that is recognised and cannot be read says which part, and what was expected."""
    with pytest.raises(UnreadablePayload, match=message):
        read_request(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["instances", "inputs", "data", "ndarray", "name", "shape", "outputs", "predictions", "contents"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_document_is_read_or_refused(document):
    """Whatever the document, reading it returns something or raises the one error that callers handle."""
    for read in (read_request, read_response):
        with contextlib.suppress(UnreadablePayload):
            read(document)


def test_classes_name_probabilities():
    """Names of classes are used if there are as many as probabilities."""
    assert answers_of([[0.25, 0.75]], ["no", "yes"]).scores == [{"no": 0.25, "yes": 0.75}]
    assert answers_of([[0.25, 0.75]], ["no"]).scores == [{"0": 0.25, "1": 0.75}]
