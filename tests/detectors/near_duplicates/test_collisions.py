"""How often samples are alike, from hashed counts."""

import math

import numpy as np
import pytest
from inference_exporter.detectors.near_duplicates.collisions import (
    GROUPS,
    WIDTH,
    Alike,
    as_share,
    chances,
    flip_ratio,
    flips,
)
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from unusual_samples import batch_of, copies, like_the_reference


@pytest.fixture
def alike(reference):
    return Alike(Grid(reference))


def counts_of(alike, reference, batch):
    return alike.count(alike.keys(Grid(reference).locate(batch)))


def test_copies_are_alike(alike, reference):
    """All pairs of copies are alike, and their predictions agree."""
    counts = counts_of(alike, reference, copies(50, ["low"] * 50))
    assert chances(counts) == pytest.approx(np.ones(1 + 2 * GROUPS))
    assert flip_ratio(chances(counts), 50) == 0


def test_the_chance_is_that_of_exact_counts(alike, reference):
    """Hashed counts give the exact probability, up to accidental collisions."""
    located = Grid(reference).locate(like_the_reference(3000, 5))
    grid = Grid(reference)
    buckets = np.stack([
        np.searchsorted(column.buckets.fold_starts, located.cells[index] - start, side="right")
        for index, (column, start) in enumerate(zip(grid.columns, grid.starts, strict=True))
        if column.group == "feature"
    ])  # fmt: skip
    _, times = np.unique(buckets, axis=1, return_counts=True)
    exact = (times * (times - 1)).sum() / 3000 / 2999
    found = chances(alike.count(alike.keys(located)))[0]
    assert found == pytest.approx(exact, abs=4 * math.sqrt(2 / WIDTH) * (exact + 1 / 3000))


@pytest.mark.parametrize("size", [100, 1000, 10_000])
def test_the_chance_does_not_depend_on_the_number(alike, reference, size):
    """Ten times the samples do not make near-duplicates more frequent; counts of parts add up."""
    found = chances(counts_of(alike, reference, like_the_reference(size, 6)))[0]
    assert found == pytest.approx(0.003, abs=4 * math.sqrt(2 / WIDTH) * (0.003 + 1 / size))
    parts = [counts_of(alike, reference, like_the_reference(size, 6).take(rows)) for rows in
             np.array_split(np.arange(size), 3)]  # fmt: skip
    assert chances(np.sum(parts, axis=0))[0] == found


def test_varying_one_feature_leaves_two_groups_alike(alike, reference):
    """Samples that differ in one feature agree once its group is left out, and their flips show there."""
    varied = copies(200, ["low", "high"] * 100, c=np.linspace(0, 60, 200))
    found = chances(counts_of(alike, reference, varied))
    same, flipped = flips(found)
    assert found[0] < 0.9
    assert sorted(np.round(same, 3).tolist())[-1] == 1
    assert flipped[same.argmax()] == pytest.approx(0.5, abs=0.02)
    assert 0.4 < flip_ratio(found, 200) < 0.6


def test_a_flood_has_its_share(alike, reference):
    """If a third of the samples are copies, that share is found."""
    counts = counts_of(alike, reference, like_the_reference(2000, 7)) + counts_of(
        alike, reference, copies(1000, ["low"] * 1000)
    )
    assert as_share(chances(counts))[0] == pytest.approx(1 / 3, abs=0.02)


def test_few_are_unknown(alike, reference):
    """A single sample has no pairs, and samples that are never alike have no flips."""
    assert np.isnan(chances(counts_of(alike, reference, copies(1, ["low"])))).all()
    assert math.isnan(flip_ratio(np.zeros(1 + 2 * GROUPS), 1000))
    assert math.isnan(flip_ratio(np.zeros(1), 1000))


def test_a_regression_has_no_flips():
    """If predictions are numbers, only the features are compared."""
    from_numbers = batch_of({"a": np.arange(300.0), "b": np.arange(300.0)}, prediction=np.arange(300.0) + 0.5)
    built = build(from_numbers.features, 300, prediction=from_numbers.prediction)
    assert Alike(Grid(built)).n_tables == 1


def test_keys_are_the_same_at_every_start(reference):
    """The reference's probabilities were learned with the same keys."""
    located = Grid(reference).locate(like_the_reference(20, 8))
    assert (Alike(Grid(reference)).keys(located) == Alike(Grid(reference)).keys(located)).all()
    assert Alike(Grid(reference)).keys(located).max() < (1 + 2 * GROUPS) * WIDTH
