"""Learning about values."""

import math

import numpy as np
from inference_exporter.config.schema import FeatureConfig
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey


def trait(features, times=None, raw=None, settings=None):
    n = len(next(iter(features.values())))
    when = np.full(n, math.nan) if times is None else np.asarray(times, dtype=float)
    batch = Batch(n, ModelKey(), when, features=features, raw=raw or {})
    return learn(batch, in_order=times is not None, settings=settings).traits["values"]["features"]


def test_runs_are_measured_in_rows_and_in_time():
    """How often a value changes, and its longest run, until the first row of the next one."""
    found = trait({"x": [1, 1, 2, 2, 2, None, 3], "k": list("aabbbbb")}, times=[0, 10, 20, 30, 40, 50, 100])
    assert found["x"]["runs"] == {"changes": 2, "rows": 3, "seconds": 80.0}
    assert found["k"]["runs"] == {"changes": 1, "rows": 5, "seconds": 80.0}


def test_without_an_order_time_is_unknown():
    """Rows in no known order have no time."""
    assert trait({"x": [1, 2, 3]})["x"]["runs"] == {"changes": 2, "rows": 1, "seconds": None}


def test_types_that_are_wrong_in_the_reference_are_known():
    """A reference whose numbers are text counts them."""
    found = trait({"x": ["1", 2.0, "3", True]}, settings={"x": FeatureConfig(kind="numeric")})
    assert found["x"]["wrong_types"] == {"text": 2, "boolean": 1}


def test_formats_and_rare_categories_are_learned():
    """The format, how many texts lack it, and how many categories occur once."""
    found = trait({"day": [f"2026-01-{1 + i % 28:02d}" for i in range(299)] + ["none"]})["day"]
    assert found["format"]["name"] == "date"
    assert (found["format"]["misformed"], found["format"]["texts"], found["met_once"]) == (1, 300, 1)


def test_skew_of_the_reference_is_learned():
    """How many values differ from their raw ones, of those that have both."""
    found = trait({"x": [1.0, 2.0, 3.0, None], "y": [1] * 4}, raw={"x": [1.0, 2.5, None, 4.0]})
    assert found["x"]["skew"] == {"compared": 2, "differing": 1}
    assert "skew" not in found["y"]
