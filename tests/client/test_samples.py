"""Samples: from any form of request and answer."""

from collections import namedtuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from inference_exporter.client.rows import rows_of
from inference_exporter.client.samples import (
    LengthMismatch,
    UnreadableColumns,
    answers_of,
    from_columns,
    from_json,
    joined,
    matched,
)
from inference_exporter.client.values import Unreadable

A, B = {"age": 31}, {"age": 40}
Answer = namedtuple("Answer", "prediction scores")


class TestFromColumns:
    def test_fields_are_put_side_by_side(self):
        """The n-th sample has the n-th value of each given field."""
        samples = from_columns(features={"age": [31, 40]}, prediction=(value for value in "xy"), scores=None, id=[1, 2])
        assert samples == [
            {"features": A, "prediction": "x", "id": 1},
            {"features": B, "prediction": "y", "id": 2},
        ]

    def test_nothing_is_no_sample(self):
        """A request without anything has no samples."""
        assert from_columns(features=None, prediction=None) == []
        assert from_columns(features=[]) == []

    def test_a_field_that_cannot_be_read_costs_itself(self):
        """An unreadable field is marked in each sample, next to the other fields."""
        samples = from_columns(features=object(), prediction=["x", "y"])
        assert [sample["prediction"] for sample in samples] == ["x", "y"]
        assert all(isinstance(sample["features"], Unreadable) for sample in samples)

    def test_unreadable_columns_count_what_they_have(self):
        """If no field is readable, the error has the number of samples."""

        class Broken:
            def __len__(self):
                return 3

            def __iter__(self):
                raise RuntimeError("no")

        with pytest.raises(UnreadableColumns, match="features: RuntimeError: no") as caught:
            from_columns(features=Broken(), prediction=object())
        assert caught.value.size == 3

    def test_length_mismatch_says_which(self):
        """An error names fields and columns that differ in length, with their lengths."""
        with pytest.raises(LengthMismatch, match="features 2, prediction 3") as caught:
            from_columns(features=[A, B], prediction=[1, 2, 3])
        assert caught.value.size == 3
        with pytest.raises(LengthMismatch, match=r"features\.age 1, features\.country 2"):
            from_columns(features={"age": [1], "country": ["FR", "DE"]})


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (A, [A]),
        ([A, B], [A, B]),
        ((A,), [A]),
        ([], []),
        (pd.DataFrame([A, B]), [A, B]),
        ([A, 1], None),
        ("text", None),
        (None, None),
        (np.arange(3), None),
        (pd.Series([1]), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rows(value, rows):
    """Feature rows come from a mapping, a sequence of mappings or a data frame."""
    assert rows_of(value) == rows


@pytest.mark.parametrize(
    ("value", "size", "answers"),
    [
        ("ok", 1, [{"prediction": "ok"}]),
        ("ok", None, [{"prediction": "ok"}]),
        (np.float64(0.5), 1, [{"prediction": 0.5}]),
        (["ok"], 1, [{"prediction": "ok"}]),
        (np.array([0, 1]), 2, [{"prediction": 0}, {"prediction": 1}]),
        (pd.Series(["a", "b"]), None, [{"prediction": "a"}, {"prediction": "b"}]),
        (["ok", "ok"], 3, []),
        ("ok", 2, []),
        ({"prediction": "ok", "scores": {"ok": 1.0}, "id": "r", "took": 1}, 1, None),
        ([{"prediction": "a"}, {"prediction": "b"}], 2, [{"prediction": "a"}, {"prediction": "b"}]),
        ({"predictions": ["a", "b"], "ids": [1, 2]}, 2, [{"prediction": "a", "id": 1}, {"prediction": "b", "id": 2}]),
        ({"predictions": ["a", "b"], "scores": [{"a": 1}]}, 2, [{"prediction": "a"}, {"prediction": "b"}]),
        ({"predictions": [{"prediction": "a", "scores": {"a": 1}}]}, 1, [{"prediction": "a", "scores": {"a": 1}}]),
        ({"predictions": "none"}, 1, []),
        (pd.Series(["a", "b"], index=["r1", "r2"]), 2, [{"prediction": "a"}, {"prediction": "b"}]),
        (pd.DataFrame({"p": ["a", "b"]}), 2, [{"prediction": "a"}, {"prediction": "b"}]),
        (pd.DataFrame({"prediction": ["a"], "id": [1]}), 1, [{"prediction": "a", "id": 1}]),
        (pa.array(["a", "b"]), 2, [{"prediction": "a"}, {"prediction": "b"}]),
        (Answer("ok", 0.5), 1, [{"prediction": "ok", "scores": 0.5}]),
        ([0.1, 0.9], 1, [{"prediction": [0.1, 0.9]}]),
    ],
)
def test_answers(value, size, answers):
    """One or several predictions, or mappings around them, are read if they match the number of samples."""
    expected = [{"prediction": "ok", "scores": {"ok": 1.0}, "id": "r"}] if answers is None else answers
    assert answers_of(value, size) == expected


def test_matched():
    """A mapping of columns gives as many rows as answers; one of vectors stays one row."""
    columns = {"age": [31, 40]}
    assert matched([columns], np.array([[1], [2]])) == [
        {"features": A, "prediction": [1]},
        {"features": B, "prediction": [2]},
    ]
    assert matched([columns], "ok") == [{"features": columns, "prediction": "ok"}]


def test_joined():
    """Features and answers are joined; if the numbers do not match, the features remain."""
    assert joined([A], [{"prediction": 1}]) == [{"features": A, "prediction": 1}]
    assert joined(None, [{"prediction": 1}]) == [{"prediction": 1}]
    assert joined([A, B], [{"prediction": 1}]) == [{"features": A}, {"features": B}]
    assert joined(None, []) == []


@pytest.mark.parametrize(
    ("request_json", "response_json", "samples"),
    [
        (
            {"features": A},
            {"prediction": 1, "scores": {"1": 0.9}},
            [{"features": A, "prediction": 1, "scores": {"1": 0.9}}],
        ),
        ({"features": A, "id": "q"}, {"prediction": 1}, [{"id": "q", "features": A, "prediction": 1}]),
        ({"features": A, "id": "q"}, {"prediction": 1, "id": "p"}, [{"id": "p", "features": A, "prediction": 1}]),
        ({"features": A}, {"predictions": [1]}, [{"features": A, "prediction": 1}]),
        (
            {"instances": [A, B]},
            {"predictions": [1, 0]},
            [{"features": A, "prediction": 1}, {"features": B, "prediction": 0}],
        ),
        ({"instances": [A, B]}, {"error": "overload"}, [{"features": A}, {"features": B}]),
        ({"instances": [A, B]}, None, [{"features": A}, {"features": B}]),
        ({"instances": [[1, 2]]}, {"predictions": [1]}, [{"prediction": 1}]),
        (None, {"prediction": 1}, [{"prediction": 1}]),
        ({"other": 1}, {"other": 1}, []),
        ([1], "text", []),
        (None, None, []),
    ],
)
def test_from_json(request_json, response_json, samples):
    """The usual JSON of model servers gives samples; other JSON gives no samples."""
    assert from_json(request_json, response_json) == samples
