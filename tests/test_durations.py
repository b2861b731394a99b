"""Durations and sizes, as Prometheus writes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.durations import parse_duration, parse_size

UNITS = {"y": 31536000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("250ms", 0.25), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2w", 1209600), ("1y", 31536000)],
)  # fmt: skip
def test_durations_are_seconds(text, seconds):
    """Each unit is what Prometheus takes it for; days have 24 hours, years 365 days."""
    assert parse_duration(text) == seconds


@given(
    st.lists(st.none() | st.integers(0, 10_000), min_size=7, max_size=7).filter(lambda amounts: set(amounts) != {None})
)
def test_any_units_in_order_add_up(amounts):
    """Any of the units may be left out; what is there is added."""
    given = [(amount, unit) for amount, unit in zip(amounts, UNITS, strict=True) if amount is not None]
    text = "".join(f"{amount}{unit}" for amount, unit in given)
    assert math.isclose(parse_duration(text), sum(amount * UNITS[unit] for amount, unit in given), abs_tol=1e-9)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1m1h", "1.5h", "-1s", "5M", "1h 30m", "1m1m", "5min", "5m\n"])
def test_what_is_no_duration_is_shown(text):
    """The message shows what a duration looks like, and what was found."""
    with pytest.raises(ValueError, match="expected a duration such as 5m, 1h30m or 250ms, got ") as caught:
        parse_duration(text)
    assert str(caught.value).endswith(repr(text))


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("17", 17), ("17B", 17), ("512KB", 524288), ("64MB", 67108864), ("2GB", 2147483648)]
)
def test_sizes_are_bytes(text, size):
    """A KB is 1024 bytes, as in the Prometheus projects; without a unit it is bytes."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "64 MB", "64mb", "1.5MB", "-1B", "64MiB", "64MB\n"])
def test_what_is_no_size_is_shown(text):
    """The message shows what a size looks like, and what was found."""
    with pytest.raises(ValueError, match="expected a size such as 512KB or 64MB, got ") as caught:
        parse_size(text)
    assert str(caught.value).endswith(repr(text))
