"""Surprise by cell: one distribution whatever the column's shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.detectors.outliers.surprise import beyond, surprises
from unusual_samples import column_of

RANDOM = np.random.default_rng(4)
SHAPES = {
    "normal": RANDOM.normal(3, 2, 20_000),
    "lognormal": RANDOM.lognormal(0, 1.5, 20_000),
    "uniform": RANDOM.random(20_000),
    "two humps": np.where(RANDOM.random(20_000) < 0.5, RANDOM.normal(-8, 1, 20_000), RANDOM.normal(8, 1, 20_000)),
    "mostly zero": np.where(RANDOM.random(20_000) < 0.9, 0.0, RANDOM.exponential(1, 20_000)),
    "integers": RANDOM.poisson(3, 20_000).astype(float),
}


def surprise_of(column, values):
    return surprises(column)[0][column.buckets.locate(values)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_law_is_the_exponential_one(shape):
    """At most a share p of the reference's values is as surprising as minus log p, however they are spread."""
    found = surprise_of(column_of(SHAPES[shape]), SHAPES[shape])
    for share in (0.5, 0.1, 0.01, 0.001):
        assert (found >= -np.log(share)).mean() <= share * 1.05 + 1e-4


@pytest.mark.parametrize("shape", ["normal", "lognormal", "uniform", "two humps"])
def test_continuous_values_have_mean_one(shape):
    """For continuous values the mean surprise is 1, so that columns add up equally."""
    assert surprise_of(column_of(SHAPES[shape]), SHAPES[shape]).mean() == pytest.approx(1, abs=0.05)


def test_a_gap_is_as_surprising_as_a_far_value():
    """A value between two humps, or between two whole numbers, is where the reference has no values."""
    humps, integers = column_of(SHAPES["two humps"]), column_of(SHAPES["integers"])
    gap, hump = surprise_of(humps, np.array([0.0, 8.0]))
    assert gap > 8 > 1 > hump
    between, whole = surprise_of(integers, np.array([2.5, 3.0]))
    assert between > 8 > 1 > whole


def test_categories_are_surprising_by_their_rank():
    """The most frequent category is no surprise, and a never-seen one is the greatest of all."""
    column = column_of(["FR"] * 600 + ["DE"] * 300 + ["ES"] * 100)
    most, more, least, unseen, missing = surprise_of(column, ["FR", "DE", "ES", "??", None])
    assert [round(float(value), 2) for value in (most, more, least)] == [0.0, 0.92, 2.3]
    assert unseen == missing > 7


def test_a_row_alone_in_its_cell_would_be_new_without_itself():
    """Without itself, a category that occurs once is exactly as surprising as a never-seen one."""
    column = column_of(["FR"] * 199 + ["ES"])
    own, without = surprises(column)
    cell, unseen = column.buckets.locate(["ES", "??"])
    assert without[cell] == own[unseen]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.none(), st.floats(-1e308, 1e308), st.integers(-5, 5)), min_size=1, max_size=80))
def test_surprises_are_numbers(values):
    """For any values, a surprise is a finite, non-negative number, and no smaller without the row."""
    column = column_of(np.array([np.nan if value is None else value for value in values]))
    own, without = surprises(column)
    assert (own >= -1e-9).all() and np.isfinite(own).all()
    met = column.counts > 0
    assert np.isfinite(without[met]).all() and np.isnan(without[~met]).all()
    assert (without[met] >= own[met] - 1e-9).all()


def test_farther_is_more_surprising():
    """The surprise beyond the range grows with the distance, slowly."""
    near, far = beyond(np.array([1e-9, 1e6]))
    assert near == pytest.approx(0, abs=1e-6)
    assert far == pytest.approx(13.8, abs=0.1)
