"""Outbox: accounts that add up."""

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.client.outbox import Outbox

STEPS = st.lists(st.sampled_from(["put", "take", "accept", "reject", "give up", "mark", "read"]), max_size=200)


def put(outbox):
    outbox.tick()
    if len(outbox.entries) >= outbox.room:
        outbox.drop(outbox.refusal)
    else:
        outbox.entries.append((1,))


def step(outbox, name):
    if name == "put":
        put(outbox)
    elif name == "take":
        outbox.take()
    elif name == "mark":
        outbox.mark()
    elif name == "read":
        outbox.flow()
    elif outbox.in_flight:
        if name == "give up":
            outbox.give_up("closed", 1)
        else:
            outbox.settle(int(name == "accept"), int(name == "reject"))


@given(STEPS)
def test_accounts_add_up(steps):
    """Whatever happens in whatever order, all that was handed over is in exactly one account."""
    outbox = Outbox("samples", ("x",), room=5)
    for name in steps:
        step(outbox, name)
    flow = outbox.flow()
    assert flow.observed == steps.count("put")
    settled = flow.acknowledged + flow.rejected + sum(flow.dropped.values())
    assert flow.observed == settled + flow.queued + flow.in_flight
    assert 0 <= flow.queued <= 5


def test_a_mark_is_reached_after_what_came_before():
    """A mark comes out between what was put before and after it, and does not count as a message."""
    outbox = Outbox("samples", ("x",), room=5)
    outbox.entries.append((1,))
    mark = outbox.mark()
    outbox.entries.append((2,))
    assert outbox.flow().queued == 2
    assert [outbox.take(), outbox.take(), outbox.take(), outbox.take()] == [(1,), mark, (2,), None]
    assert outbox.in_flight == 2


def test_abandoning_releases_who_waits():
    """What is abandoned is counted, and nobody goes on waiting for it."""
    outbox = Outbox("samples", ("x",), room=5)
    put(outbox)
    mark = outbox.mark()
    outbox.shut("closed")
    outbox.abandon("closed")
    put(outbox)
    assert mark.is_set()
    flow = outbox.flow()
    assert (flow.observed, flow.dropped, flow.queued) == (2, {"closed": 2}, 0)
