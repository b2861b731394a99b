"""Sums of limbs against exact fractions: each summand is rounded once, and subtraction leaves nothing behind."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.exact_sums import (
    FEW_ROWS,
    N_LIMBS,
    add_up,
    as_float,
    differences,
    ratios,
    root_of,
    rounded_sums,
    scaled,
    values_of,
)

ANY = st.floats(allow_nan=False, allow_infinity=False)
EXTREME = st.sampled_from([1e160, -1e160, 1e308, -1.7e308, 1e-320, 5e-324, -5e-324, 2.2e-308, 1e16, 1.0, 0.1, -0.0])
ROWS = st.lists(ANY | EXTREME, max_size=30)


def exact(values):
    return sum(map(Fraction, values), Fraction(0))


def summed(values):
    return values_of(add_up([[scaled(np.array(values, dtype=np.float64))]]))[0]


@given(ROWS)
def test_sums_are_exact(values):
    """Floats of any size add up to the exact sum; rounded once it is math.fsum."""
    assert summed(values) == exact(values)
    assert as_float(summed(values)) == as_float(exact(values))


@given(st.integers(0, 1000), st.integers(0, 3 * FEW_ROWS))
def test_sums_of_many_are_those_of_fsum(seed, rows):
    """Long columns, gathered by exponent first, add up like math.fsum."""
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=rows) * 10.0 ** rng.integers(-10, 15, rows)).tolist()
    assert as_float(summed(values)) == math.fsum(values)


@given(ROWS)
def test_squares_are_exact(values):
    """The sum of squares is exact, even if a square is beyond the range of floats."""
    squares = values_of(add_up([scaled(np.array(values, dtype=np.float64)).squares()]))[0]
    assert squares == exact(Fraction(value) ** 2 for value in values)


@given(ROWS, ROWS)
def test_what_is_taken_back_leaves_no_trace(kept, taken):
    """Subtracting the limbs of some values leaves the limbs of the rest."""
    kept_limbs, taken_limbs = (add_up([[scaled(np.array(v, dtype=np.float64))]]) for v in (kept, taken))
    np.testing.assert_array_equal((kept_limbs + taken_limbs) - taken_limbs, kept_limbs)


@given(st.lists(st.tuples(ANY | EXTREME, ANY | EXTREME), max_size=20))
def test_differences_and_ratios_are_rounded_once(pairs):
    """Each difference and ratio has a relative error of at most 2^-53, even where a float would overflow."""
    left, right = (np.array(side, dtype=np.float64) for side in zip(*pairs, strict=True)) if pairs else ([], [])
    left, right = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    for row, (a, b) in enumerate(pairs):
        one = slice(row, row + 1)
        (difference,) = values_of(add_up([[differences(left[one], right[one])]]))
        assert abs(difference - (Fraction(a) - Fraction(b))) <= abs(Fraction(a) - Fraction(b)) / 2**52
        if b:
            (ratio,) = values_of(add_up([[ratios(scaled(left[one]), scaled(right[one]))]]))
            assert abs(ratio - Fraction(a) / Fraction(b)) <= abs(Fraction(a) / Fraction(b)) / 2**52


@given(st.fractions(min_value=0) | st.sampled_from([Fraction(10) ** 616, Fraction(1, 10**600), Fraction(0)]))
def test_roots_of_numbers_beyond_floats(value):
    """The root has a relative error of at most 2^-51, even if the number itself is beyond the range of floats."""
    root = Fraction(root_of(value))
    assert abs(root**2 - value) <= value / 2**50


@pytest.mark.parametrize(("value", "nearest"), [(Fraction(10) ** 400, math.inf), (-(Fraction(10) ** 400), -math.inf)])
def test_beyond_floats_is_infinite(value, nearest):
    """A number beyond the range of floats is infinite, without raising."""
    assert as_float(value) == nearest


def test_a_sum_has_a_fixed_size():
    """Sums have the same size however many values they hold."""
    assert add_up([[scaled(np.array([]))], [scaled(np.arange(1e4))]]).shape == (2 * N_LIMBS,)


@given(ROWS, ROWS)
def test_rounded_sums_are_close_and_can_be_taken_back(kept, taken):
    """A sum of rounded numbers is within 2^-30 of each summand, and subtracting some of them leaves the rest."""
    kept, taken = (np.array([values], dtype=np.float64) for values in (kept, taken))
    limbs = rounded_sums(kept)
    error = abs(values_of(limbs)[0] - exact(kept[0]))
    assert error <= sum(map(Fraction, np.abs(kept[0])), Fraction(0)) / 2**30
    np.testing.assert_array_equal((limbs + rounded_sums(taken)) - rounded_sums(taken), limbs)


def test_columns_of_rounded_sums_are_apart():
    """Each column has its own sum, whatever the sizes of the others."""
    assert values_of(rounded_sums(np.array([[1e300, 1.0], [0.5, 0.25], [-3.0, 3.0]])))[1:] == [Fraction(3, 4), 0]
