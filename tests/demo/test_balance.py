from dataclasses import replace

import pytest
from inference_exporter.demo.balance import Balance, ClientAccount, ExporterAccount

CLIENT = ClientAccount(observed=1000, answered=900, dropped={"queue_full": 60}, queued=30, in_flight=10)
EXPORTER = ExporterAccount(received=900, accepted=898, rejected=2, dropped=0)
BALANCE = Balance(CLIENT, EXPORTER)


def test_sent_is_accepted_rejected_dropped_or_still_queued():
    """The summary shows accepted, rejected, dropped (by reason) and queued samples, and whether they add up."""
    assert BALANCE.holds
    text = "\n".join(BALANCE.lines())
    assert "samples sent               1,000\n" in text
    assert "samples accepted             898\n" in text
    assert "samples rejected               2\n" in text
    assert "samples dropped               60  (queue_full 60)\n" in text
    assert "samples still queued          40\n" in text
    assert "adds up" in text


def test_an_answer_on_its_way_is_not_counted_twice():
    """Samples in flight that the exporter has counted are not counted again as queued."""
    early = replace(BALANCE, exporter=ExporterAccount(910, 908, 2, 0))
    assert early.holds and early.still_queued == 30


def test_a_drop_of_the_exporter_has_its_place():
    """Samples dropped by the exporter are part of the sum, and named."""
    lost = replace(BALANCE, exporter=ExporterAccount(900, 890, 2, 8))
    assert lost.holds and lost.dropped == 68
    assert "by the exporter 8, queue_full 60" in "\n".join(lost.lines())


@pytest.mark.parametrize(
    ("client", "exporter"),
    [
        ({}, {"received": 899, "accepted": 897}),  # answered, but not counted
        ({}, {"received": 911, "accepted": 909}),  # counted more than was in flight
        ({}, {"received": 901}),  # received, with unknown result
        ({"observed": 1001}, {}),  # observed, then lost
        ({"queued": 0, "in_flight": 0}, {}),  # the queue vanished silently: the bug that this balance detects
    ],
)
def test_what_does_not_add_up_is_shown(client, exporter):
    """A single unaccounted sample breaks the balance, in numbers and in words."""
    broken = Balance(replace(CLIENT, **client), replace(EXPORTER, **exporter))
    assert not broken.holds
    assert "DOES NOT ADD UP" in broken.lines()[-1]
