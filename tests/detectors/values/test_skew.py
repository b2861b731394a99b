"""Training-serving skew."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.values.skew import skew_of

VALUES = st.one_of(st.none(), st.integers(-1000, 1000), st.floats(-1e9, 1e9), st.sampled_from(["FR", "DE", "1"]))


def numbers(column):
    return np.array([np.nan if value is None else value for value in column], dtype=float)


@given(st.lists(VALUES))
def test_what_was_left_alone_does_not_differ(column):
    """Values passed on unchanged have no skew."""
    skew = skew_of(column, list(column))
    assert skew.compared.tolist() == [i for i, value in enumerate(column) if value is not None]
    assert skew.differing.size == 0


@given(st.lists(st.tuples(st.floats(-1e9, 1e9) | st.none(), st.floats(-1e9, 1e9) | st.none()), min_size=1))
def test_arrays_and_lists_say_the_same(pairs):
    """Numbers compare the same as arrays and one by one."""
    raw, served = ([pair[side] for pair in pairs] for side in (0, 1))
    one, other = skew_of(raw, served), skew_of(numbers(raw), numbers(served))
    assert (one.compared == other.compared).all() and (one.differing == other.differing).all()


def test_what_float32_leaves_is_no_skew():
    """Rounding to single precision is not skew; a thousandth is."""
    values = np.linspace(-3, 1e6, 1000)
    assert skew_of(values, values.astype(np.float32).astype(float)).differing.size == 0
    assert skew_of(values, values * 1.001).differing.size == 1000


def test_categories_differ_by_their_text():
    """1, 1.0 and "1" are one category; a change of case makes another."""
    skew = skew_of([1, "FR", None, ["a"], True], ["1", "fr", "DE", ["a"], "true"])
    assert skew.compared.tolist() == [0, 1, 3, 4] and skew.differing.tolist() == [1]
