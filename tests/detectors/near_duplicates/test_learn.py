"""Learning how often the reference's rows are alike."""

import json

import numpy as np
import pytest
from inference_exporter.detectors.near_duplicates import learn as repeats
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")


def learned(features, prediction=None):
    size = len(next(iter(features.values())))
    batch = Batch(size, KEY, np.full(size, np.nan), features=features, prediction=prediction)
    return learn(batch, in_order=False).traits.get("repeats")


def numbers(size, seed=1):
    random = np.random.default_rng(seed)
    return {"a": random.normal(size=size), "b": random.normal(size=size), "c": random.normal(size=size)}


def test_stretches_of_several_lengths_are_measured():
    """As many lengths are measured as fit three times into the reference; the longer, the less they vary."""
    trait = learned(numbers(3500), ["yes", "no"] * 1750)
    assert [stretch["rows"] for stretch in trait["stretches"]] == [100, 300, 1000]
    reaches = [stretch["alike"][0] for stretch in trait["stretches"]]
    assert reaches == sorted(reaches, reverse=True)
    assert len(trait["flipped"]) == len(trait["stretches"][0]["flipped"]) == 3
    json.dumps(trait, allow_nan=False)


def test_copies_in_a_row_are_normal_where_the_reference_has_them():
    """A group of fifty equal rows widens the normal range for a hundred rows, and hardly for a thousand."""
    features = numbers(4000)
    for column in features.values():
        column[500:550] = 0.1
    short, _, long = (stretch["alike"][0] for stretch in learned(features)["stretches"])
    assert short > 0.2
    assert long < 0.01


@pytest.mark.parametrize(("size", "known"), [(299, False), (300, True)])
def test_a_few_rows_are_not_enough(size, known):
    """Three stretches of a hundred rows are needed."""
    assert (learned(numbers(size)) is not None) == known


def test_flips_are_unknown_where_rows_are_hardly_ever_alike():
    """For numbers that are never alike the share of flips is unknown; for two categories it is known."""
    assert (
        learned({f"x{i}": np.random.default_rng(i).normal(size=300) for i in range(20)}, ["a", "b"] * 150)["flip_ratio"]
        is None
    )
    few = {"c": ["x", "y"] * 150, "d": ["p", "p", "q"] * 100}
    assert learned(few, ["a", "b", "b"] * 100)["flip_ratio"] == pytest.approx(0.44, abs=0.1)


def test_parts_of_a_long_reference_are_looked_at(monkeypatch):
    """Only some parts of a very long reference are measured."""
    monkeypatch.setattr(repeats, "LENGTHS", (100, 300))
    monkeypatch.setattr(repeats, "PARTS", 2)
    assert repeats._starts(100_000) == [0, 100, 200, 99_700, 99_800, 99_900]
    assert learned(numbers(2000))["tables"] == 1
