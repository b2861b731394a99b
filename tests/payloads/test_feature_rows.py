"""Rows of features: nested values as single ones, each under a name of its own."""

import pytest
from inference_exporter.payloads._feature_rows import SPREAD_AT_MOST, feature_row


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"a": 1, "b": "x"}, {"a": 1, "b": "x"}),
        ({"a": [1.5], "b": [["x"]]}, {"a": 1.5, "b": "x"}),
        ({"a": [1, 2], "b": 3}, {"a_0": 1, "a_1": 2, "b": 3}),
        ({"a": [[1, 2], [3, 4]], "b": 3}, {"a_0": 1, "a_1": 2, "a_2": 3, "a_3": 4, "b": 3}),
        ({"a": {"b64": "aGVsbG8="}, "b": 1}, {"a": "hello", "b": 1}),
        ({"a": {"b64": "iVBORw0K/w=="}, "b": 1}, {"a": None, "b": 1}),
        ({"input_1": [1, 2, 3]}, [1, 2, 3]),
        ({"features": [1, 2]}, [1, 2]),
        ({"data": {"features": {"values": [1, 2]}}}, [1, 2]),
        ({"a": {"deep": 1}, "b": 2}, {"a": {"deep": 1}, "b": 2}),
        ({"a": [{"deep": 1}, 2], "b": 2}, {"a": [{"deep": 1}, 2], "b": 2}),
        ([1, 2], [1, 2]),
        (7, [7]),
    ],
    ids=["single", "lists of one", "list", "matrix", "text in base64", "image", "only input", "features", "sagemaker",
         "object", "mixed", "row", "value"],
)  # fmt: skip
def test_each_shape(row, expected):
    """Each shape becomes features by name, or a row whose names are known elsewhere."""
    assert feature_row(row) == expected


def test_long_lists_are_no_features():
    """A list longer than any sensible number of features stays one value."""
    row = {"image": [0.5] * (SPREAD_AT_MOST + 1), "age": 3}
    assert feature_row(row) == row
