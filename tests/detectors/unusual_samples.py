"""Samples shared by the tests of unusual ones."""

import numpy as np
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")


def batch_of(features, **parts):
    """Return samples with these features."""
    size = len(next(iter(features.values())))
    return Batch(size, KEY, np.full(size, np.nan), features=features, **parts)


def like_the_reference(size, seed):
    """Return samples: two correlated numbers, an independent one, a category, and a class that depends on them."""
    random = np.random.default_rng(seed)
    a = random.normal(0, 1, size)
    features = {"a": a, "b": a + 0.1 * random.normal(0, 1, size), "c": random.exponential(5, size).round(1),
                "d": random.choice(["x", "y", "z"], size, p=[0.6, 0.3, 0.1]).tolist()}  # fmt: skip
    return batch_of(features, prediction=["high" if value > 0.5 else "low" for value in a.tolist()])


def copies(size, prediction, **features):
    """Return identical samples except for the given features."""
    plain = {"a": [0.1] * size, "b": [0.1] * size, "c": [4.0] * size, "d": ["x"] * size}
    return batch_of({**plain, **features}, prediction=prediction)


def column_of(values):
    """Return the reference of one column with these values."""
    (column,) = build({"x": values}, len(values)).columns
    return column
