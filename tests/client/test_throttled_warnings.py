"""Throttled warnings: which are logged, and how often."""

import logging

import pytest
from inference_exporter.client import throttled_warnings as throttled_warnings
from inference_exporter.client.throttled_warnings import ThrottledWarnings, describe


@pytest.fixture
def clock(monkeypatch):
    time = [1000.0]
    monkeypatch.setattr(throttled_warnings, "monotonic", lambda: time[0])
    return time


def test_one_warning_a_minute(clock, caplog):
    """Within a minute only the first is logged, the last is kept, and the next warning has the suppressed number."""
    warn = ThrottledWarnings()
    for text in ("one", "two", "three"):
        warn(text)
    assert warn.last == "three"
    clock[0] += 60
    warn("four")
    assert [record.getMessage() for record in caplog.records] == ["one", "four (2 warnings suppressed)"]


def test_text_with_percent_signs(clock, caplog):
    """A text with percent signs is logged unchanged."""
    ThrottledWarnings()("100 %s of %d")
    assert caplog.records[0].getMessage() == "100 %s of %d"


def test_a_handler_that_raises_does_no_harm(clock):
    """An error in the application's logging handler does not reach the caller."""

    class Broken(logging.Handler):
        def emit(self, record):
            raise RuntimeError("no disk")

    handler = Broken()
    throttled_warnings.log.addHandler(handler)
    try:
        warn = ThrottledWarnings()
        warn("one")
    finally:
        throttled_warnings.log.removeHandler(handler)
    assert warn.last == "one"


def test_an_exception_that_cannot_be_printed_is_named():
    """An exception whose __str__ raises is described by its type."""

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert describe(Mute()) == "Mute"
    assert describe(ValueError("x")) == "ValueError: x"
