"""The exporter's own counts: every line adds up."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.accounting import DROP_REASONS, REJECTION_REASONS, Accounting
from inference_exporter.batch import Rejected

FORMATS = ("json", "arrow")


def rejected(*reasons):
    return [Rejected(place, "…", reason) for place, reason in enumerate(reasons)]


def test_everything_exists_at_zero():
    """The first rejection of any reason is an increase, since its series was there before."""
    totals = Accounting(FORMATS).totals()
    assert totals.received == totals.accepted == {"json": 0, "arrow": 0}
    assert totals.rejected == {(name, reason): 0 for name in FORMATS for reason in REJECTION_REASONS}
    assert totals.dropped == dict.fromkeys(DROP_REASONS, 0)
    assert set(totals.outcomes_rejected) == {*REJECTION_REASONS, "wrong_kind"}
    assert (totals.outcomes, totals.events, totals.repeated_requests) == (0, 0, 0)


BLOCKS = st.tuples(
    st.sampled_from(FORMATS),
    st.integers(0, 50),
    st.lists(st.sampled_from([*REJECTION_REASONS, "of_tomorrow"]), max_size=5),
    st.integers(0, 5),
)


@given(st.lists(BLOCKS, max_size=20))
def test_received_is_accepted_rejected_and_dropped(blocks):
    """Whatever came, no sample is counted twice and none is lost."""
    accounting = Accounting(FORMATS)
    for wire_format, accepted, reasons, dropped in blocks:
        accounting.samples(wire_format, accepted, rejected(*reasons), dropped)
    totals = accounting.totals()
    assert sum(totals.received.values()) == (
        sum(totals.accepted.values()) + sum(totals.rejected.values()) + sum(totals.dropped.values())
    )
    for name in FORMATS:
        refused = sum(count for (wire_format, _), count in totals.rejected.items() if wire_format == name)
        lost = sum(dropped for wire_format, _, _, dropped in blocks if wire_format == name)
        assert totals.received[name] == totals.accepted[name] + refused + lost


def test_outcomes_events_and_repeats_have_their_own():
    """What is not a sample is counted apart."""
    accounting = Accounting(FORMATS)
    accounting.outcomes(3, rejected("wrong_kind", "not_json", "wrong_kind"))
    accounting.events(2)
    accounting.repeated_request()
    totals = accounting.totals()
    assert (totals.outcomes, totals.events, totals.repeated_requests) == (3, 2, 1)
    assert (totals.outcomes_rejected["wrong_kind"], totals.outcomes_rejected["not_json"]) == (2, 1)
    assert sum(totals.received.values()) == 0


def test_totals_are_of_one_moment():
    """What was read does not change afterwards."""
    accounting = Accounting(FORMATS)
    before = accounting.totals()
    accounting.samples("json", 5, rejected("not_json"))
    assert before.received["json"] == 0
    assert accounting.totals().received["json"] == 6


def test_threads_lose_nothing():
    """Requests are taken in at the same time; every one of them is counted."""
    accounting = Accounting(FORMATS)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(400):
            pool.submit(accounting.samples, "json", 2, rejected("not_json"))
    totals = accounting.totals()
    assert (totals.received["json"], totals.accepted["json"], totals.rejected["json", "not_json"]) == (1200, 800, 400)
