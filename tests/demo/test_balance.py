from dataclasses import replace

import pytest
from inference_exporter.demo.balance import Balance, ClientAccount, ExporterAccount

CLIENT = ClientAccount(observed=1000, answered=900, dropped={"queue_full": 60}, queued=30, in_flight=10)
EXPORTER = ExporterAccount(received=900, accepted=898, rejected=2, dropped=0)
BALANCE = Balance(CLIENT, EXPORTER)


def test_sent_is_accepted_rejected_dropped_or_still_queued():
    """The four parts of what was sent, dropped ones with their reason, and the verdict in words."""
    assert BALANCE.holds
    text = "\n".join(BALANCE.lines())
    assert "samples sent               1,000\n" in text
    assert "samples accepted             898\n" in text
    assert "samples rejected               2\n" in text
    assert "samples dropped               60  (queue_full 60)\n" in text
    assert "samples still queued          40\n" in text
    assert "adds up" in text


def test_an_answer_on_its_way_is_not_counted_twice():
    """What the exporter has counted while the client still waits for the answer is no longer queued."""
    early = replace(BALANCE, exporter=ExporterAccount(910, 908, 2, 0))
    assert early.holds and early.still_queued == 30


def test_a_drop_of_the_exporter_has_its_place():
    """What the exporter itself lost is part of the sum, and named."""
    lost = replace(BALANCE, exporter=ExporterAccount(900, 890, 2, 8))
    assert lost.holds and lost.dropped == 68
    assert "by the exporter 8, queue_full 60" in "\n".join(lost.lines())


@pytest.mark.parametrize(
    ("client", "exporter"),
    [
        ({}, {"received": 899, "accepted": 897}),  # answered, and yet not counted
        ({}, {"received": 911, "accepted": 909}),  # counted more than was under way
        ({}, {"received": 901}),  # received, and nobody knows what became of it
        ({"observed": 1001}, {}),  # handed over, and not seen again
        ({"queued": 0, "in_flight": 0}, {}),  # the queue went silently: the fault that this balance is for
    ],
)
def test_what_does_not_add_up_is_shown(client, exporter):
    """One sample that nobody knows of breaks the balance, in the figures and in words."""
    broken = Balance(replace(CLIENT, **client), replace(EXPORTER, **exporter))
    assert not broken.holds
    assert "DOES NOT ADD UP" in broken.lines()[-1]
