"""Renamed features."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.renames.matching import agreement, name_similarity, renames

BUCKETS = st.lists(st.integers(0, 500), min_size=2, max_size=12)


def pair(reference, window):
    return np.array(reference, dtype=float), np.array(window, dtype=float)


PEAK, FLAT, SLOPE = [100, 800, 100], [300, 300, 400], [700, 200, 100]


@pytest.mark.parametrize(
    ("one", "other"),
    [("item_size", "itemSize"), ("age", "customer_age"), ("country", "COUNTRY"), ("zip code", "zip-code")],
)
def test_ways_to_write_a_name_are_alike(one, other):
    """Renames typically change case, the signs between words, or add words."""
    assert name_similarity(one, other) == name_similarity(other, one) >= 0.8


def test_other_names_are_not():
    """Unrelated names have little in common."""
    assert name_similarity("age", "country") < 0.5
    assert name_similarity("", "age") == 0.0


@given(BUCKETS, st.integers(1, 5))
def test_the_same_shares_agree_whatever_the_number(counts, factor):
    """Histograms with the same shares agree completely; those without a common bucket hardly."""
    if sum(counts):
        reference = np.array(counts, dtype=float)
        assert agreement(reference, reference * factor) == 1.0


def test_samples_of_one_population_agree():
    """Chance differences between two samples are not disagreement, at 50 values or at 5,000."""
    draw = np.random.default_rng(1)
    for size in (50, 500, 5000):
        found = [agreement(draw.multinomial(10_000, [0.1] * 10), draw.multinomial(size, [0.1] * 10)) for _ in range(50)]
        assert np.mean(found) > 0.96
    assert agreement(np.array([100.0, 0.0]), np.array([0.0, 100.0])) < 0.2


def test_nothing_is_unknown():
    """A side without values agrees with nothing, and gives no suggestion."""
    assert np.isnan(agreement(np.array([1.0, 2.0]), np.zeros(2)))
    assert renames({("a", "a2"): pair(PEAK, [0, 0, 0])}) == []


def test_each_finds_its_own():
    """Of several absent features each finds the name that resembles it and whose values agree."""
    pairs = {
        ("item_size", "itemSize"): pair(PEAK, [10, 80, 10]),
        ("item_size", "totalCost"): pair(PEAK, [70, 20, 10]),
        ("total_cost", "totalCost"): pair(SLOPE, [70, 20, 10]),
        ("total_cost", "itemSize"): pair(SLOPE, [10, 80, 10]),
    }
    assert {(each.feature, each.to) for each in renames(pairs)} == {
        ("item_size", "itemSize"),
        ("total_cost", "totalCost"),
    }


def test_values_alone_are_enough_where_there_is_no_choice():
    """The only new name replaces the only absent feature if its values agree, whatever the name."""
    assert renames({("age", "f17"): pair(PEAK, [11, 79, 10])})[0].to == "f17"
    assert renames({("age", "f17"): pair(PEAK, [70, 20, 10])}) == []


def test_a_name_alone_is_not_enough():
    """A name that resembles the absent one but has other values is another feature."""
    assert renames({("age", "age_2"): pair([0, 0, 1000], [500, 500, 0])}) == []


def test_twins_are_no_suggestion():
    """Of two new names that fit equally well neither is suggested."""
    both = {("age", "age_1"): pair(PEAK, [10, 80, 10]), ("age", "age_2"): pair(PEAK, [10, 80, 10])}
    assert renames(both) == []


def test_few_values_are_not_judged():
    """Fewer than 50 values are not judged."""
    assert renames({("age", "Age"): pair(PEAK, [5, 39, 5])}) == []
