"""Buckets: every value has its cell, for any reference."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.reference.buckets import (
    EVEN_CELLS,
    FINE_CELLS,
    KNOWN_CATEGORIES,
    MISSING,
    NON_FINITE,
    OTHER,
    TOP_CATEGORIES,
    UNSEEN,
    NumericBuckets,
    categorical_buckets,
    numeric_buckets,
)
from inference_exporter.values.missing import is_missing_text

MODERATE = st.floats(-1e6, 1e6)
HUGE = st.floats(allow_nan=False, allow_infinity=False)
FEW = st.sampled_from([0.0, -0.0, 1.0, 2.5, -7.0])
INTEGERS = st.integers(-20, 20).map(float)


def columns(values, **sizes):
    return arrays(np.float64, st.integers(sizes.get("min_size", 1), sizes.get("max_size", 60)), elements=values)


REFERENCES = columns(MODERATE) | columns(HUGE) | columns(FEW) | columns(INTEGERS) | columns(INTEGERS, max_size=900)
ROWS = st.sampled_from([10, 100_000])


def finite(buckets: NumericBuckets, value: float) -> int:
    """Return the exposed bucket of a finite value, by its bounds alone."""
    ranges = [bound for bound in buckets.bounds if bound.lower is not None]
    (place,) = [place for place, bound in enumerate(ranges) if bound.lower <= value < bound.upper]
    return place


def exposed_of(buckets, cells):
    """Return the exposed bucket of each cell."""
    return np.searchsorted(buckets.fold_starts, cells, side="right") - 1


@given(REFERENCES, ROWS)
def test_reference_values_lie_between_the_outermost_cuts(values, rows):
    """No value of the reference itself is in the underflow or the overflow."""
    buckets = numeric_buckets(values, rows)
    cells = buckets.locate(values)
    assert cells.min() >= 1
    assert cells.max() <= len(buckets.cuts) - 1


@given(REFERENCES, ROWS, columns(HUGE | FEW))
def test_a_finite_value_lies_in_the_range_that_its_bucket_claims(values, rows, others):
    """Each finite number is in exactly the exposed bucket with lower <= x < upper."""
    buckets = numeric_buckets(values, rows)
    both = np.concatenate([values, others])
    found = exposed_of(buckets, buckets.locate(both))
    assert found.tolist() == [finite(buckets, value) for value in both.tolist()]


@given(REFERENCES, ROWS)
def test_fine_cells_refine_the_exposed_buckets(values, rows):
    """Cuts ascend, exposed cuts are among the fine ones, and both have the same ends."""
    buckets = numeric_buckets(values, rows)
    assert (np.diff(buckets.cuts) > 0).all()
    assert (np.diff(buckets.exposed) > 0).all()
    assert buckets.exposed[0] == 0
    assert buckets.exposed[-1] == len(buckets.cuts) - 1
    in_tails = 2 * (len(values) // FINE_CELLS).bit_length()
    assert len(buckets.cuts) <= 2 * FINE_CELLS + EVEN_CELLS + in_tails + len(buckets.exposed)


@given(REFERENCES, ROWS)
def test_few_buckets_are_exposed(values, rows):
    """There are at most 20 ranges (10 for a small reference) and the four special buckets."""
    assert len(numeric_buckets(values, rows).bounds) <= (20 if rows >= 5000 else 10) + 4 + 1


@pytest.mark.slow
@given(columns(st.floats() | FEW, max_size=100), REFERENCES)
def test_each_value_is_in_exactly_one_cell(window, values):
    """Cells have as many values as the column, NaN and infinities in their own cells."""
    buckets = numeric_buckets(values, len(values))
    counts = np.bincount(buckets.locate(window), minlength=buckets.n_cells)
    assert len(counts) == buckets.n_cells
    assert counts.sum() == len(window)
    assert counts[-1] == np.isnan(window).sum()
    assert counts[-2] == np.isinf(window).sum()
    folded = np.add.reduceat(counts, buckets.fold_starts)
    assert folded.sum() == len(window)
    assert len(folded) == len(buckets.bounds)


@given(st.sets(MODERATE, min_size=2, max_size=10), st.data())
def test_each_of_few_values_has_a_bucket_of_its_own(values, data):
    """A column with few distinct values distinguishes them all, whatever their shares."""
    few = sorted(values)
    assume(all(a != b for a, b in itertools.pairwise(few)))
    column = np.array(few + data.draw(st.lists(st.sampled_from(few), max_size=50)))
    buckets = numeric_buckets(column, len(column))
    cells = exposed_of(buckets, buckets.locate(np.array(few)))
    assert len(set(cells.tolist())) == len(few)


def test_two_values_make_two_buckets():
    """A column that is -1.8 in nine rows of ten and 1.4 in the tenth shows when the tenth becomes the rule."""
    buckets = numeric_buckets(np.array([-1.8] * 90 + [1.4] * 10), 100)
    low, high = exposed_of(buckets, buckets.locate(np.array([-1.8, 1.4])))
    assert low != high


@pytest.mark.parametrize("rows", [1000, 20_000])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.92, 0.97])
def test_a_heavy_value_has_a_bucket_of_its_own(share, rows):
    """Zeros that are most of a column are not merged with the numbers above them."""
    others = np.linspace(1.0, 5.0, round(rows * (1 - share)))
    column = np.concatenate([np.zeros(rows - len(others)), others])
    buckets = numeric_buckets(column, rows)
    zero, one, five = exposed_of(buckets, buckets.locate(np.array([0.0, 1.0, 5.0])))
    assert zero != one
    counts = np.bincount(exposed_of(buckets, buckets.locate(column)), minlength=len(buckets.bounds))
    assert counts[zero] == rows - len(others)
    assert five >= one


def test_a_constant_has_one_bucket_and_both_sides_of_it():
    """A constant reference has three buckets: below, the constant, above."""
    buckets = numeric_buckets(np.full(50, 3.0), 50)
    assert len(buckets.bounds) == 3 + 2
    below, same, above = exposed_of(buckets, buckets.locate(np.array([2.9, 3.0, 3.1])))
    assert [below, same, above] == [0, 1, 2]


def test_an_empty_reference_column_still_counts():
    """A column that was always missing in the reference counts its values: numbers, infinities, missing."""
    buckets = numeric_buckets(np.array([]), 100)
    assert buckets.locate(np.array([5.0, np.inf, np.nan])).tolist() == [0, 1, 2]
    assert [bound.category for bound in buckets.bounds] == ["", NON_FINITE, MISSING]


def test_twenty_buckets_from_five_thousand_rows():
    """A reference of 5,000 rows has 20 quantile buckets, a smaller one 10, equally full."""
    for rows, ranges in ((4999, 10), (5000, 20)):
        values = np.random.default_rng(0).normal(size=rows)
        buckets = numeric_buckets(values, rows)
        counts = np.bincount(exposed_of(buckets, buckets.locate(values)))[1:]
        assert len(counts) == ranges
        assert counts.max() - counts.min() <= 1


CATEGORIES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from([1.0, 1.5, math.nan]), st.sampled_from("abc1"),
    st.just([1]), st.just({"a": 1}),
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(CATEGORIES, max_size=60), st.lists(CATEGORIES | st.text(max_size=3), max_size=60))
def test_each_category_is_in_exactly_one_cell(reference, window):
    """Each category is counted once, with mixed types, missing values and invalid ones."""
    buckets = categorical_buckets(reference)
    cells = buckets.locate(window)
    counts = np.bincount(cells, minlength=buckets.n_cells)
    assert counts.sum() == len(window)
    known = {*buckets.categories, *buckets.others}
    missing = [
        value is None or value != value or (isinstance(value, str) and is_missing_text(value) and value not in known)
        for value in window
    ]
    assert counts[-1] == sum(missing)
    assert counts[-2] == sum(isinstance(value, list | dict) for value in window)
    assert np.add.reduceat(counts, buckets.fold_starts).sum() == len(window)
    own = np.bincount(buckets.locate(reference), minlength=buckets.n_cells) if reference else np.zeros(4, int)
    assert own[-3] == 0, "the reference never saw something that it never saw"


def test_types_do_not_make_categories():
    """1, 1.0 and "1" are one category; true and "true" are one; 1 and true are two."""
    buckets = categorical_buckets([1, True, "1", 1.0, "true", 2])
    assert set(buckets.categories) == {"1", "true", "2"}
    assert buckets.locate([1, 1.0, "1"]).tolist() == [buckets.categories.index("1")] * 3
    assert buckets.locate(["true", True]).tolist() == [buckets.categories.index("true")] * 2


@pytest.mark.parametrize("reference", [["True", "False"], [True, False], ["TRUE", "FALSE"], ["true", "false"]])
def test_true_is_true_however_written(reference):
    """A table with Python's, R's or JSON's words for true and false matches traffic with any of them."""
    buckets = categorical_buckets(reference)
    assert buckets.categories == ("false", "true")
    assert buckets.locate(["True", "False", "TRUE", "true"]).tolist() == [1, 0, 1, 1]
    assert buckets.locate([True, "false", False, "x"]).tolist() == [1, 0, 0, 3]


def test_numbers_from_an_array_are_the_same_categories():
    """Codes in an array of floats are the codes of the reference."""
    buckets = categorical_buckets([1, 2, 3])
    located = buckets.locate(np.array([3.0, 1.0, np.nan, 9.0]))
    assert located.tolist() == [2, 0, buckets.n_cells - 1, buckets.n_cells - 3]


def test_the_most_frequent_categories_are_exposed():
    """The top categories have buckets, other known ones share one, the rest was never seen."""
    names = [f"c{number:05d}" for number in range(KNOWN_CATEGORIES + 500)]
    buckets = categorical_buckets([*names, *names, *names[-1:] * 5])
    assert buckets.categories[0] == names[-1]
    assert len(buckets.categories) == TOP_CATEGORIES
    assert len(buckets.categories) + len(buckets.others) == KNOWN_CATEGORIES
    assert [bound.category for bound in buckets.bounds[-3:]] == [OTHER, UNSEEN, MISSING]
    assert buckets.locate([names[0], names[100], names[-2], "new"]).tolist() == [
        1, TOP_CATEGORIES, TOP_CATEGORIES + 1, TOP_CATEGORIES + 1,
    ]  # fmt: skip


def test_ever_new_categories_are_other_ones():
    """If categories that occur once make up more than 0.5 % of the reference, a new one counts as other."""
    tickets = [f"ticket {number}" for number in range(1000)]
    buckets = categorical_buckets([*tickets, *["none"] * 2000])
    assert (buckets.open, buckets.categories) == (True, ("none",))
    assert buckets.locate(["none", "ticket 5", "ticket 5000", [1]]).tolist() == [0, 1, 1, 3]
    assert not categorical_buckets([*tickets[:5], *["none"] * 900]).open
