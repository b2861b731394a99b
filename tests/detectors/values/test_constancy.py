"""Whether features vary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.values.constancy import variation_of
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

REFERENCE = build({"x": list(range(100)), "k": ["a", "b"] * 50}, 100, created=0.0)
GRID = Grid(REFERENCE)
NUMBERS = st.sampled_from([None, 1.0, 2.0, 300.0, float("inf")])
CATEGORIES = st.sampled_from([None, "a", "b", "new", "newer"])


def variation(x, k):
    batch = Batch(len(x), ModelKey(), np.zeros(len(x)), features={"x": x, "k": k})
    return variation_of(batch, GRID.locate(batch), GRID, np.array([0, 1]))


@given(st.lists(st.tuples(NUMBERS, CATEGORIES), min_size=1, max_size=60))
def test_is_what_a_look_at_each_value_tells(rows):
    """Whether a column varies, and its last row with a value, are as found by checking every value."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = variation(*columns)
    for place, column in enumerate(columns):
        there = [row for row, value in enumerate(column) if value is not None]
        assert found.varies[place] == (len({column[row] for row in there}) > 1)
        assert found.last_present[place] == (there[-1] if there else -1)
        assert np.isnan(found.values[place]) == (not there)


def test_late_changes_are_seen():
    """A change after the first rows counts as well."""
    assert variation([1.0] * 500 + [2.0], ["a"] * 501).varies.tolist() == [True, False]


@given(NUMBERS, CATEGORIES)
def test_the_same_value_has_the_same_number(number, category):
    """A constant column has the same number whatever its length."""
    one, other = (variation([number] * n, [category] * n).values for n in (1, 40))
    np.testing.assert_array_equal(one, other)
