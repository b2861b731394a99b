"""Numbers and names for people."""

import math

import pytest
from inference_exporter.explain import formatting as wording

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (0.5, "0.5"), (0.123456, "0.123"), (1234.5, "1,234"), (-3.14159, "−3.14"), (1.5e12, "1.50e+12"),
        (2e-7, "2.00e-07"), (5e-324, "0"), (math.inf, "∞"), (-math.inf, "−∞"), (NAN, ""), (None, ""),
    ],
)  # fmt: skip
def test_numbers_have_three_digits(value, shown):
    """A number has as many digits as people need, and an unknown one is not 0."""
    assert wording.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0%"), (1, "100%"), (0.9996, "99.96%"), (0.99999, "99.99%"), (0.999, "99.9%"), (0.5, "50%"),
        (0.1234, "12.3%"), (0.00123, "0.12%"), (0.00001, "<0.01%"), (NAN, ""), (None, ""),
    ],
)  # fmt: skip
def test_nearly_all_is_not_all(value, shown):
    """Only a share of 1 reads as 100%: an objective of 99.99% that was just missed must not look met."""
    assert wording.share(value) == shown


def test_names_nobody_could_see_are_named():
    """A blank name has a placeholder, a long one is truncated."""
    assert wording.name("") == wording.name(" \n") == "(blank)"
    assert wording.clipped("abcdef", 4) == "abc…"
    assert wording.clipped("abcd", 4) == "abcd"
    assert wording.bucket("__unseen__") == "never seen before"
    assert wording.bucket("FR") == "FR"


@pytest.mark.parametrize(("number", "shown"), [(0, "0 samples"), (1, "1 sample"), (1200, "1,200 samples")])
def test_one_is_not_many(number, shown):
    """A noun agrees with its number."""
    assert wording.counted(number, "sample") == shown
