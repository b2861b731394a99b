"""The status of the exporter."""

import pytest
from inference_exporter.exposition.own import OwnState
from inference_exporter.intake.accounting import Accounting
from inference_exporter.page.status import status_of
from inference_exporter.samples.rejections import Rejected, Rejections


def state(accounting, **changes):
    """Return a state of the exporter."""
    values = {
        "totals": accounting.totals(),
        "models": 2,
        "pending_outcomes": 3,
        "dropped_outcomes": 0,
        "evicted_models": 0,
        "learning_samples_dropped": 0,
        "folded_label_values": 0,
        "intake_lag_seconds": 0.001,
        "requests_in_progress": 0,
        "reload_timestamp": 5.0,
    }
    return OwnState(**{**values, **changes})


@pytest.fixture
def accounting():
    counted = Accounting(("json", "ndjson"))
    counted.samples("json", 10, Rejections([Rejected(0, "", "not_json")]))
    counted.samples("ndjson", 5, Rejections([Rejected(0, "", "invalid_field")] * 3))
    counted.outcomes(4, Rejections([Rejected(0, "", "wrong_kind")]))
    return counted


def test_every_sample_is_accounted_for(accounting):
    """Received equals accepted plus rejected plus dropped over all formats, with the reasons that occurred."""
    samples = status_of(state(accounting)).samples
    assert (samples.received, samples.accepted, samples.rejected, samples.dropped) == (19, 15, 4, 0)
    assert list(samples.rejected_by_reason.items()) == [("invalid_field", 3), ("not_json", 1)]


def test_outcomes_are_accounted_for(accounting):
    """Pending outcomes are shown with accepted, rejected and dropped ones."""
    outcomes = status_of(state(accounting)).outcomes
    assert (outcomes.accepted, outcomes.rejected, outcomes.pending) == (4, 1, 3)


def test_bad_samples_do_not_make_the_exporter_ill(accounting):
    """Rejected samples leave the exporter healthy; dropped samples do not."""
    assert status_of(state(accounting)).healthy
    accounting.samples("json", 0, Rejections(), dropped=2)
    assert not status_of(state(accounting)).healthy


def test_a_failed_reload_is_told(accounting):
    """A failed reload is reported with its reason."""
    status = status_of(state(accounting, reload_fault="c.yml:3: windows: expected …"))
    assert not status.healthy
    assert not status.configuration.last_reload_successful
    assert status.configuration.fault.startswith("c.yml:3")
