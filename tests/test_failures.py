"""Failures are contained where they happen, counted, and logged once each."""

import logging

import pytest
from inference_exporter.failures import KINDS_LOGGED, PLACES_COUNTED, Failures, Place

MODEL = ("m", "1", "champion")


def fail(failures, name="drift", model=MODEL):
    with failures.contained("collector", name, model) as attempt:
        raise ZeroDivisionError("a bug")
    return attempt.failed


def test_a_failure_ends_at_its_part():
    """Execution continues after a failed part, which is marked."""
    failures = Failures()
    assert fail(failures)
    assert failures.counts() == {Place("collector", "drift", MODEL): 1}


def test_success_counts_nothing():
    """A part that works leaves no trace."""
    failures = Failures()
    with failures.contained("collector", "drift") as attempt:
        pass
    assert not attempt.failed
    assert failures.counts() == {}


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_stop_is_no_failure(stop):
    """SystemExit and KeyboardInterrupt propagate."""
    with pytest.raises(stop), Failures().contained("collector", "drift"):
        raise stop


def test_each_kind_is_logged_once_with_its_traceback(caplog):
    """Ten failures of one kind give one log entry and a count of ten; another model gives another entry."""
    failures = Failures()
    with caplog.at_level(logging.ERROR):
        for _ in range(10):
            fail(failures)
        fail(failures, model=("n", "1", "champion"))
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError] * 2
    assert caplog.records[0].getMessage().startswith("collector drift failed for m/1/champion")
    assert failures.counts()[Place("collector", "drift", MODEL)] == 10


def test_memory_is_bounded(caplog):
    """Beyond the limits models share a count, and nothing more is logged."""
    failures = Failures()
    with caplog.at_level(logging.ERROR):
        for number in range(PLACES_COUNTED + 10):
            failures.record(Place("view", "model", (str(number), "1", "champion")), ValueError())
    assert len(failures.counts()) == PLACES_COUNTED + 1
    assert sum(failures.counts().values()) == PLACES_COUNTED + 10
    assert len(caplog.records) == KINDS_LOGGED
