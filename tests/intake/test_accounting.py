"""Counts always add up, also with concurrent requests."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.intake.accounting import DROP_REASONS, NATIVE_FORMATS, REJECTION_REASONS, Accounting
from inference_exporter.samples.rejections import Rejected, Rejections

FORMATS = ("json", "ndjson")
BLOCKS = st.lists(
    st.tuples(
        st.sampled_from(FORMATS), st.integers(0, 50), st.lists(st.sampled_from(REJECTION_REASONS)), st.integers(0, 9)
    )
)


def rejected(reasons):
    return Rejections(Rejected(0, "why", reason) for reason in reasons)


@given(BLOCKS)
def test_received_is_accepted_rejected_or_dropped(blocks):
    """For each format, received equals accepted plus rejected plus dropped, and each rejection has its reason."""
    accounting = Accounting(FORMATS)
    for wire_format, accepted, reasons, dropped in blocks:
        accounting.samples(wire_format, accepted, rejected(reasons), dropped)
    totals = accounting.totals()
    refused = {f: sum(n for (own, _), n in totals.rejected.items() if own == f) for f in FORMATS}
    lost = sum(dropped for *_, dropped in blocks)
    assert sum(totals.dropped.values()) == lost
    assert sum(totals.received.values()) == sum(totals.accepted.values()) + sum(refused.values()) + lost
    for wire_format in FORMATS:
        own = [block for block in blocks if block[0] == wire_format]
        assert totals.accepted[wire_format] == sum(accepted for _, accepted, *_ in own)
        assert refused[wire_format] == sum(len(reasons) for _, _, reasons, _ in own)


def test_every_line_is_there_from_the_start():
    """Series start at 0, so that the first rejection is an increase."""
    totals = Accounting((*FORMATS, "kserve")).totals()
    assert set(totals.received) == set(totals.accepted) == {*FORMATS, "kserve"}
    assert set(totals.rejected) == {(name, reason) for name in NATIVE_FORMATS for reason in REJECTION_REASONS}
    assert set(totals.dropped) == set(DROP_REASONS)
    assert set(totals.outcomes_rejected) == {*REJECTION_REASONS, "wrong_kind"}
    assert set(totals.events_rejected) == set(REJECTION_REASONS)
    assert not any([*totals.rejected.values(), *totals.dropped.values(), *totals.received.values()])


def test_the_reasons_of_a_format_are_at_0_once_it_is_seen():
    """A format has no reasons before its first sample, and all of them, at 0, from then on."""
    accounting = Accounting((*NATIVE_FORMATS, "kserve", "seldon"))
    accounting.samples("kserve", 1, Rejections())
    totals = accounting.totals()
    assert {name for name, _ in totals.rejected} == {*NATIVE_FORMATS, "kserve"}
    assert [totals.rejected["kserve", reason] for reason in REJECTION_REASONS] == [0] * len(REJECTION_REASONS)
    accounting.samples("kserve", 0, rejected(["unreadable_payload"]))
    accounting.samples("seldon", 1, Rejections())
    assert accounting.totals().rejected["kserve", "unreadable_payload"] == 1


def test_threads_do_not_lose_counts():
    """Concurrent requests are all counted."""
    accounting = Accounting(FORMATS)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: accounting.samples("json", 1, rejected(["not_json"])), range(2000)):
            pass
    totals = accounting.totals()
    assert (totals.received["json"], totals.accepted["json"], totals.rejected["json", "not_json"]) == (4000, 2000, 2000)


def test_a_total_does_not_change_any_more():
    """A scrape reads a snapshot."""
    accounting = Accounting(FORMATS)
    totals = accounting.totals()
    accounting.samples("json", 5, Rejections())
    accounting.outcomes(3, Rejections())
    assert (totals.received["json"], totals.outcomes) == (0, 0)
    assert accounting.totals().outcomes == 3
