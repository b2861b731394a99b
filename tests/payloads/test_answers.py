"""Answers: predictions and scores under the names and in the shapes that servers have for them."""

import pytest
from inference_exporter.payloads._answers import predictions_of, scores_of_object

CAT, BOTH = [{"cat": 0.9, "dog": 0.1}], {"cat": 0.9, "dog": 0.1}


@pytest.mark.parametrize(
    ("rows", "predictions", "scores"),
    [
        ([{"classes": ["cat", "dog"], "scores": [0.9, 0.1]}], ["cat"], CAT),
        ([{"displayNames": ["cat", "dog"], "confidences": [0.9, 0.1], "ids": ["7", "8"]}], ["cat"], CAT),
        ([[["cat", 0.9], ["dog", 0.1]]], ["cat"], CAT),
        ([[{"label": "cat", "score": 0.9}, {"label": "dog", "score": 0.1}]], ["cat"], CAT),
        ([[{"class": "cat", "probability": 0.9}, {"class": "dog", "probability": 0.1}]], ["cat"], CAT),
        ([["0.900000:0:cat", "0.1:1:dog"]], ["cat"], CAT),
        ([["0.9:0", "0.1:1"]], ["0"], [{"0": 0.9, "1": 0.1}]),
        ([{"score": 0.9, "predicted_label": 1}], [1], ()),
        ([{"label": "cat", "score": 0.9}], ["cat"], ()),
        ({"columns": ["label"], "data": [["cat"], ["dog"]]}, ["cat", "dog"], ()),
        ([["a", "b"]], [None], [None]),
        ([{"classes": ["cat"], "scores": ["no"]}], ["cat"], ()),
    ],
    ids=["vertex", "images", "tensorflow", "pipelines", "torchserve", "triton", "triton without labels", "sagemaker",
         "label beside score", "data frame", "texts", "not scores"],
)  # fmt: skip
def test_each_shape(rows, predictions, scores):
    """Each shape gives the prediction, and the scores of all classes where they are known."""
    answered = predictions_of(rows)
    assert (list(answered.predictions), list(answered.scores)) == (predictions, list(scores))


@pytest.mark.parametrize(
    ("body", "expected"),
    [(BOTH, BOTH), ({"cat": 0.9, "dog": 0.3}, None), ({"cat": 1.0}, None), ({"cat": True, "dog": False}, None)],
    ids=["probabilities", "not of sum 1", "one", "flags"],
)
def test_an_object_of_probabilities(body, expected):
    """An object of numbers is an answer only if they are probabilities of several classes."""
    answered = scores_of_object(body)
    assert (answered and answered.scores[0]) == expected
