"""A short form of `tests/faults/fuzz.py`: reproducible requests, checked with the exporter's counters."""

import fuzz as script
import pytest
from fuzz import fuzz

pytestmark = pytest.mark.end_to_end


@pytest.fixture(autouse=True)
def any_machine(monkeypatch):
    """How fast the answers are is for the script to measure on a quiet machine; here they have to come."""
    monkeypatch.setattr(script, "SLOW_SECONDS", 25.0)


def test_some_thousand_odd_requests_do_no_harm(tmp_path):
    """No 5xx, no traceback, an answer to each, counters that agree exactly, and valid output."""
    report = fuzz(requests=1_500, senders=2, seed=7, folder=tmp_path, rounds=2)
    assert report.faults == [], "\n".join(report.lines())
    assert report.books.answers.total() == 1_500
    assert report.books.accepted.total() > 4_000
