"""The shape of a change, found again in simulated streams."""

import numpy as np
import pytest
from inference_exporter.measures.change_shape import change_shape

BLOCK = 50


def shape_of(random, risks):
    """Return the shape that is found in outcomes drawn with these risks."""
    blocks = (random.random(len(risks)) < risks).astype(float).reshape(-1, BLOCK)
    return change_shape(np.full(len(blocks), float(BLOCK)), blocks.sum(axis=1), np.square(blocks).sum(axis=1))


def risks_of(rise, after, before=3000, low=0.1, high=0.3):
    """Return risks that rise within so many outcomes."""
    place = np.arange(before + after) - before
    return low + (high - low) * (np.clip(place / rise, 0, 1) if rise else place >= 0)


@pytest.mark.parametrize(
    ("rise", "after", "gradual"), [(0, 2000, False), (3000, 3000, True), (2000, 4000, True)],
    ids=["sudden", "going on", "over"],
)  # fmt: skip
def test_shapes_are_told_apart(rise, after, gradual):
    """Of thirty streams with a rise from 10 % to 30 %, three in four have the right shape, at most one a wrong one."""
    random = np.random.default_rng(7)
    found = [shape_of(random, risks_of(rise, after)) for _ in range(30)]
    kinds = [each.gradual for each in found]
    assert kinds.count(gradual) >= 23
    assert kinds.count(not gradual) <= 1
    assert np.median([abs(each.began - 3000) for each in found]) <= 300


def test_a_short_stretch_fits_both_shapes():
    """A hundred outcomes after a small change say nothing about its shape."""
    random = np.random.default_rng(7)
    kinds = [shape_of(random, risks_of(0, 100, high=0.15)).gradual for _ in range(20)]
    assert kinds.count(None) >= 18


def test_what_does_not_rise_has_no_shape():
    """A fall does not count as a rise; neither do equal losses, or too few of them."""
    number, falling = np.full(10, 50.0), np.linspace(40.0, 10.0, 10)
    assert change_shape(number, falling, falling) is None
    assert change_shape(number, np.zeros(10), np.zeros(10)) is None
    assert change_shape(np.ones(2), np.ones(2), np.ones(2)) is None
