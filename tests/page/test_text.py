"""Texts of the page."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.explain import formatting as wording
from inference_exporter.page import text

NUMBERS = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
NAN = math.nan


@pytest.mark.parametrize(
    ("value", "shown"), [(0.1234, "0.123"), (5e-5, "<0.001"), (0, "0"), (12.345, "12.3"), (NAN, "")]
)
def test_effects_too_small_to_matter_are_not_spelled_out(value, shown):
    """A distance below 0.001 is shown as "<0.001"."""
    assert text.effect(value) == shown


@pytest.mark.parametrize(
    ("value", "key", "shown"),
    [(1.35, "mean_absolute_percentage_error", "135%"), (24.0, "mean_absolute_percentage_error", "2,400%"),
     (1.35, "mean_absolute_error", "1.35"), (None, "mean_absolute_percentage_error", ""),
     (float("nan"), "mean_absolute_percentage_error", "")],
)  # fmt: skip
def test_a_percentage_is_shown_as_one(value, key, shown):
    """The error whose name says percentage has a percent sign, and no exponent."""
    assert text.measured(value, key) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2e-5, "20 µs"), (0.0123, "12.3 ms"), (1.5, "1.5 s"), (119, "119 s"), (600, "10 min"), (7200, "2 h"),
        (864000, "10 days"), (NAN, ""), (None, ""),
    ],
)  # fmt: skip
def test_durations_come_in_a_unit_that_suits(value, shown):
    """A duration has one to three digits before its unit."""
    assert text.duration(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(12.5, "12.5/s"), (0.5, "30/min"), (1 / 1800, "2/h"), (1 / 43200, "2/day"), (NAN, "")]
)
def test_rates_come_in_a_unit_in_which_something_happens(value, shown):
    """Two samples an hour do not read as 0.00056 a second."""
    assert text.rate(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(512, "512 B"), (20.7 * 2**20, "20.7 MiB"), (3 * 2**40, "3 TiB"), (None, "")]
)
def test_sizes_come_in_a_unit_that_suits(value, shown):
    """An amount of memory has its binary unit."""
    assert text.size(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0123, "+1.2 points"), (-0.5, "−50.0 points"), (-1e-9, "0 points"), (NAN, "")]
)
def test_changes_of_shares_are_points(value, shown):
    """A change of a share has a sign, and is never -0."""
    assert text.points(value) == shown


def test_moments_are_utc():
    """A time has its zone, for people and machines; an invalid one is unknown."""
    assert wording.moment(0) == "1970-01-01 00:00:00 UTC"
    assert text.machine_time(0) == "1970-01-01T00:00:00Z"
    assert wording.moment(1e18) == wording.moment(NAN) == wording.moment(None) == ""


@pytest.mark.parametrize(("value", "shown"), [(0.2, "just now"), (75.4, "75 s ago"), (NAN, ""), (-3, "just now")])
def test_the_past_is_told_from_now(value, shown):
    """Ages are in whole seconds, and never in the future."""
    assert text.ago(value) == shown


@given(NUMBERS)
def test_any_number_can_be_shown(value):
    """Any number can be shown; unknown ones are omitted."""
    unknown = value is None or math.isnan(value)
    for function in (wording.number, text.effect, wording.share, wording.moment, text.points):
        if value is not None and math.isinf(value) and function in (wording.share, text.points):
            continue
        shown = function(value)
        assert "nan" not in shown.lower()
        assert not (unknown and shown)


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_no_two_columns_share_a_place(names):
    """Anchors are unique and without spaces, for any names."""
    first, second = (text.anchor("feature", name) for name in names)
    assert first != second
    assert not any(character.isspace() or character in "<>\"'&" for character in first)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("accuracy_ratio", "Accuracy"),
        ("kl_divergence", "KL divergence"),
        ("unseen_ratio", "Categories never seen before"),
    ],
)
def test_a_measure_has_its_title(key, shown):
    """The page uses each measure's title."""
    assert text.title(key) == shown


def test_no_two_measures_share_a_title():
    """Titles are unique."""
    titles = [measure.title for measure in text.MEASURES.values()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "<0.001"), (1e-9, "<0.001"), (0.0123, "0.0123"), (1, "1"), (NAN, "")]
)
def test_no_pvalue_is_nothing(value, shown):
    """A tiny p-value is shown as small, not 0; an unknown one is not shown."""
    assert text.pvalue(value) == shown


def test_what_decided_a_verdict_is_in_words():
    """The test that decided a verdict is shown in words."""
    assert text.decisive("location") == "a move up or down"
