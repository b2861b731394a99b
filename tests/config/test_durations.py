"""Durations and sizes as Prometheus writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.durations import parse_duration, parse_mode, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("100ms", 0.1), ("24h", 86400), ("1d", 86400), ("2w", 1209600), ("1y", 31536000),
     ("1h0m30s", 3630), ("1m1ms", 60.001), ("0s", 0)],
)  # fmt: skip
def test_durations(text, seconds):
    """Each unit alone, and combined in order."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "1.5h", "30m1h", "5min", "5M", "1h 30m", "٣s5"])
def test_what_is_no_duration(text):
    """Anything else is an error with the expectation."""
    with pytest.raises(ValueError, match=r"^expected a duration such as 5m, 1h30m or 250ms, got "):
        parse_duration(text)


@given(st.integers(0, 10**6), st.integers(0, 999))
def test_seconds_and_milliseconds_add_up(seconds, milliseconds):
    """Parts add up."""
    assert parse_duration(f"{seconds}s{milliseconds}ms") == pytest.approx(seconds + milliseconds / 1000)


@pytest.mark.parametrize(
    ("text", "size"), [("10", 10), ("10B", 10), ("2KB", 2048), ("64MB", 67108864), ("1GB", 1 << 30)]
)
def test_sizes(text, size):
    """A kilobyte is 1024 bytes, as in the Prometheus projects."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "1.5MB", "10 MB", "10mb", "10TB", "-1"])
def test_what_is_no_size(text):
    """Anything else is an error with the expectation."""
    with pytest.raises(ValueError, match=r"^expected a size such as 512KB or 64MB, got "):
        parse_size(text)


@pytest.mark.parametrize(("text", "mode"), [("0600", 0o600), ("660", 0o660), ("0777", 0o777)])
def test_modes(text, mode):
    """Modes are octal, with or without the leading zero."""
    assert parse_mode(text) == mode


@pytest.mark.parametrize("text", ["", "0o600", "0800", "60", "06000", "rw-------"])
def test_what_is_no_mode(text):
    """Anything else is an error with the expectation."""
    with pytest.raises(ValueError, match="expected the mode of a file such as 0600"):
        parse_mode(text)
