"""Samples to learn from, within the memory shared by all models."""

import numpy as np
from inference_exporter.model.first_samples import ENOUGH, FirstSamples, features_of
from inference_exporter.model.memory import Pool
from inference_exporter.samples.batch import Batch, ModelKey


def batch(size, length=10):
    return Batch(size, ModelKey("m"), np.zeros(size), features={"x": [f"{i:0{length}}" for i in range(size)]})


def test_enough_are_kept():
    """Samples are kept until there are enough, and then handed over."""
    pool = Pool(1_000_000)
    first = FirstSamples(100, pool)
    assert [first.add(batch(40), np.zeros(40)) for _ in range(3)] == [False, False, True]
    assert sum(kept.size for kept, _ in first.take()) == 120
    assert pool.held == first.number == first.dropped == 0


def test_memory_ends_it_early():
    """Without memory for more, the samples so far must do, unless they are too few."""
    first = FirstSamples(1000, Pool(300_000))
    results = [first.add(batch(1, 5000), np.zeros(1)) for _ in range(100)]
    assert not any(results[:ENOUGH])
    assert results[-1]
    few = FirstSamples(1000, Pool(300_000))
    assert not any(few.add(batch(1, 100_000), np.zeros(1)) for _ in range(10))
    assert (few.number, few.dropped) == (2, 8)


def test_features_with_hardly_any_values_are_left_out():
    """A feature present in fewer than one of 200 samples is not learned; one that is always null is known by name."""
    size = 1000
    own = {f"n{i}": [1.0 if row == i else None for row in range(size)] for i in range(50)}
    features = {"x": np.arange(size), "null": [None] * size, "rare": [1.0] * 5 + [None] * 995, **own}
    whole = Batch(size, ModelKey("m"), np.zeros(size), features=features)
    assert features_of([whole], 5000) == (["x", "null", "rare"], 50)
    assert features_of([whole], 2) == (["x", "null"], 51)
