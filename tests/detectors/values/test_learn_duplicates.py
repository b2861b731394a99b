"""How often rows of a reference repeat."""

import math

import numpy as np
import pytest
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey


def trait(n, **columns):
    batch = Batch(n, ModelKey(), np.full(n, math.nan), **columns)
    return learn(batch, in_order=False).traits.get("duplicates")


def test_rows_that_are_all_different_have_no_twin():
    """A reference with distinct rows expects no twins."""
    assert trait(2000, features={"x": np.arange(2000.0)}) == {"version": 1, "expected_ratio": 0.0, "memory": 256}


def test_few_kinds_of_rows_are_always_there_again():
    """A reference with few kinds of rows expects to meet nearly all of them again."""
    found = trait(2000, features={"x": [i % 4 for i in range(2000)], "k": ["a", "b"] * 1000})
    assert found["expected_ratio"] == pytest.approx(1.0)


def test_without_features_there_are_no_samples_to_compare():
    """A reference with only predictions expects nothing."""
    assert trait(200, prediction=["a", "b"] * 100) is None
