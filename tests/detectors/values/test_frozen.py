"""Frozen features."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.values.frozen import can_freeze, frozen, greatest_share
from inference_exporter.reference.reference import build

UNKNOWN = (np.array([math.nan]), np.array([math.nan]))


def one(constant=1.0, n=100, seconds=1e6, share=0.01, rows=math.nan, longest=math.nan, significance=1e-7):
    pauses = (np.array([rows]), np.array([longest]))
    values = (np.array([float(value)]) for value in (constant, n, seconds, share))
    return float(frozen(*values, pauses, significance)[0])


def test_one_value_for_long_is_frozen():
    """A hundred equal values of a feature with many values are no coincidence."""
    assert one() == 1.0


def test_what_changed_is_not():
    """A feature that changed is not frozen, however little is known of it."""
    assert one(constant=0.0, share=math.nan) == 0.0


@given(st.floats(0.01, 0.999), st.integers(1, 1000))
def test_chance_is_no_reason(share, n):
    """A window that chance can fill with a frequent value is not judged."""
    assert (one(share=share, n=n) == 1.0) == (share ** (n - 1) <= 1e-7)


def test_pauses_of_the_reference_are_waited_out():
    """A feature that pauses for hours must pause three times as long, in rows and in time."""
    assert math.isnan(one(rows=50)) and one(rows=30) == 1.0
    assert math.isnan(one(seconds=7000, longest=3600)) and one(seconds=11_000, longest=3600) == 1.0


def test_nothing_is_unknown():
    """Without samples, or without variation in the reference, the result is unknown."""
    assert math.isnan(one(constant=math.nan)) and math.isnan(one(share=math.nan))


@pytest.mark.parametrize(
    ("column", "share"),
    [
        ([1.0] * 30 + list(range(2, 72)), 0.3),
        (["a"] * 60 + ["b"] * 20 + [None] * 20, 0.75),
        (np.linspace(0, 1, 100), 0.01),
        ([None] * 100, math.nan),
        ([3.0] * 100, 1.0),
    ],
)
def test_the_most_frequent_value_is_found(column, share):
    """The share of the most frequent value is among the values present."""
    reference = build({"x": column}, 100, created=0.0).columns[0]
    assert greatest_share(reference) == pytest.approx(share, nan_ok=True)


def test_what_hardly_varies_cannot_be_judged():
    """A constant cannot freeze, and a feature with few changes in the reference may be slow by nature."""
    varying = build({"x": list(range(100))}, 100, created=0.0).columns[0]
    constant = build({"x": [1] * 100}, 100, created=0.0).columns[0]
    assert not can_freeze(constant, None)
    assert can_freeze(varying, None) and can_freeze(varying, {"changes": 99})
    assert not can_freeze(varying, {"changes": 3})
