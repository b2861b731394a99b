"""Complaints: what is logged, and how often."""

import logging

import pytest
from inference_exporter.client import throttled_warnings as complaints
from inference_exporter.client.throttled_warnings import Complaints, describe


@pytest.fixture
def clock(monkeypatch):
    time = [1000.0]
    monkeypatch.setattr(complaints, "monotonic", lambda: time[0])
    return time


def test_one_warning_a_minute(clock, caplog):
    """Within a minute only the first is logged, the last is kept, and the next warning says how many were not."""
    complain = Complaints()
    for text in ("one", "two", "three"):
        complain(text)
    assert complain.last == "three"
    clock[0] += 60
    complain("four")
    assert [record.getMessage() for record in caplog.records] == ["one", "four (2 warnings unsaid)"]


def test_text_with_percent_signs(clock, caplog):
    """A text is logged as it is, whatever signs it holds."""
    Complaints()("100 %s of %d")
    assert caplog.records[0].getMessage() == "100 %s of %d"


def test_a_handler_that_raises_does_no_harm(clock):
    """An application's logging handler may raise without reaching the caller."""

    class Broken(logging.Handler):
        def emit(self, record):
            raise RuntimeError("no disk")

    handler = Broken()
    complaints.log.addHandler(handler)
    try:
        complain = Complaints()
        complain("one")
    finally:
        complaints.log.removeHandler(handler)
    assert complain.last == "one"


def test_an_exception_that_cannot_be_printed_is_named():
    """An exception whose text raises is described by its type."""

    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    assert describe(Mute()) == "Mute"
    assert describe(ValueError("x")) == "ValueError: x"
