"""Outbox: counters that add up, and bounded memory."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.client import outbox as outbox_module
from inference_exporter.client.outbox import LIGHT_RUN, NEVER, ONE_IN, Outbox
from inference_exporter.client.weight import weight_of

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
    """After any sequence of operations, each message is in exactly one counter."""
    outbox = Outbox("samples", ("x",), room=5)
    for name in steps:
        step(outbox, name)
    flow = outbox.flow()
    assert flow.observed == steps.count("put")
    settled = flow.acknowledged + flow.rejected + sum(flow.dropped.values())
    assert flow.observed == settled + flow.queued + flow.in_flight
    assert 0 <= flow.queued <= 5


def test_a_mark_is_reached_after_what_came_before():
    """A mark comes out between the messages before and after it, and is not counted."""
    outbox = Outbox("samples", ("x",), room=5)
    outbox.entries.append((1,))
    mark = outbox.mark()
    outbox.entries.append((2,))
    assert outbox.flow().queued == 2
    assert [outbox.take(), outbox.take(), outbox.take(), outbox.take()] == [(1,), mark, (2,), None]
    assert outbox.in_flight == 2


def test_abandoning_releases_who_waits():
    """Abandoned messages are counted, and waiters are released."""
    outbox = Outbox("samples", ("x",), room=5)
    put(outbox)
    mark = outbox.mark()
    outbox.shut("closed")
    outbox.abandon("closed")
    put(outbox)
    assert mark.is_set()
    flow = outbox.flow()
    assert (flow.observed, flow.dropped, flow.queued) == (2, {"closed": 2}, 0)


MOST_BYTES = 1_000_000
HEAVY = "x" * 10_000


def handed(outbox, value):
    """Put as the monitor does."""
    outbox.tick()
    outbox.put((value,))


def total(outbox):
    return sum(weight_of(tuple(entry)) for entry in outbox.entries if isinstance(entry, tuple))


@pytest.fixture(params=["compiled", "python"])
def either(request, monkeypatch):
    """Run a test with the compiled part, if it is installed, and without."""
    if request.param == "python":
        monkeypatch.setattr(outbox_module, "Gate", None)
    elif outbox_module.Gate is None:
        pytest.skip("installed without a C compiler")


@pytest.fixture
def python_only(monkeypatch):
    """Run a test as if there were no compiler."""
    monkeypatch.setattr(outbox_module, "Gate", None)


@pytest.mark.usefixtures("either")
class TestBytes:
    @pytest.mark.slow
    @pytest.mark.parametrize("characters", [10, 500, 900, 2_000, 50_000, 400_000])
    def test_the_queue_is_bounded(self, characters):
        """Messages of any size fill the queue to its limit; the rest is counted as dropped."""
        outbox = Outbox("samples", ("x",), room=100_000, most_bytes=MOST_BYTES)
        for number in range(20_000):
            handed(outbox, f"{number}" + "x" * characters)
        flow = outbox.flow()
        assert MOST_BYTES / 2 < total(outbox) <= MOST_BYTES
        assert flow.dropped == {"queue_full": 20_000 - flow.queued}

    def test_heavy_messages_after_light_ones(self):
        """Of heavy messages after light ones, only few more are queued than fit."""
        outbox = Outbox("samples", ("x",), room=100_000, most_bytes=MOST_BYTES)
        for _ in range(1000):
            handed(outbox, 1.5)
        for _ in range(1000):
            handed(outbox, HEAVY)
        assert total(outbox) < MOST_BYTES + ONE_IN * weight_of((HEAVY,))
        outbox.weigh_waiting()
        assert total(outbox) <= MOST_BYTES

    def test_a_huge_message_is_dropped(self):
        """A message larger than half the bytes is dropped, at once or by the sender."""
        outbox = Outbox("samples", ("x",), room=100, most_bytes=MOST_BYTES)
        outbox.tick()
        outbox.put(("x" * MOST_BYTES,))
        assert outbox.flow().dropped == {"too_large": 1}
        for value in (1, "x" * MOST_BYTES, 2):
            outbox.tick()
            outbox.entries.append((value,))
        outbox.weigh_waiting()
        flow = outbox.flow()
        assert (flow.dropped, flow.queued) == ({"too_large": 2}, 2)
        assert [outbox.take(), outbox.take(), outbox.take()] == [(1,), (2,), None]
        assert outbox.flow().queued == 0

    def test_what_is_taken_leaves_room(self):
        """Messages taken by the sender no longer use room."""
        outbox = Outbox("samples", ("x",), room=100_000, most_bytes=MOST_BYTES)
        for _ in range(10_000):
            handed(outbox, HEAVY)
            outbox.take()
        assert outbox.flow().dropped == {}
        assert outbox.heavy_bytes == 0

    def test_a_shut_outbox_stays_shut(self):
        """Weighing a message during shut() does not reopen the outbox."""
        outbox = Outbox("samples", ("x",), room=100, most_bytes=MOST_BYTES)
        outbox.shut("closed")
        outbox.put_carefully((1,), -1)
        outbox.put((1,))
        assert (outbox.room, outbox.attention, outbox.flow().dropped) == (0, 0, {"closed": 1})


@pytest.mark.usefixtures("python_only")
class TestSomeAreWeighed:
    def test_light_messages_are_weighed_now_and_then(self):
        """After many light messages only some are weighed; after a heavy one, all are again."""
        outbox = Outbox("samples", ("x",), room=100_000, most_bytes=MOST_BYTES)
        outbox.listen(NEVER)
        for _ in range(LIGHT_RUN):
            assert outbox.attention == 0
            handed(outbox, 1.5)
        assert outbox.attention == LIGHT_RUN - 1 + ONE_IN
        outbox.put_carefully((HEAVY,), outbox.attention)
        assert outbox.attention == 0

    def test_an_empty_queue_is_weighed_again(self):
        """After the sender has emptied the queue, messages are weighed again."""
        outbox = Outbox("samples", ("x",), room=100_000, most_bytes=MOST_BYTES)
        outbox.listen(NEVER)
        for _ in range(1000):
            handed(outbox, 1.5)
        outbox.abandon("closed")
        outbox.listen(NEVER)
        assert outbox.attention == ONE_IN


@given(st.lists(st.sampled_from([1, "x" * 3_000, "x" * 300_000, "x" * 600_000, "take", "weigh", "mark"]), max_size=100))
def test_accounts_of_bytes_add_up(steps):
    """After any sequence of operations, messages and bytes are in exactly one counter."""
    outbox = Outbox("samples", ("x",), room=50, most_bytes=MOST_BYTES)
    for value in steps:
        if value == "take":
            outbox.take()
        elif value == "weigh":
            outbox.weigh_waiting()
        elif value == "mark":
            outbox.mark()
        else:
            handed(outbox, value)
    flow = outbox.flow()
    assert flow.observed == flow.in_flight + flow.queued + sum(flow.dropped.values())
    outbox.abandon("closed")
    assert (outbox.flow().queued, outbox.heavy_bytes, outbox.marks) == (0, 0, 0)


@pytest.mark.slow
def test_memory_while_the_exporter_is_away(away, watch):
    """With ten thousand texts of 100 kB and no exporter, memory stays within the options."""
    monitor = watch(away, queue_bytes=8 * 1024 * 1024)
    tracemalloc.start()
    for number in range(10_000):
        monitor.observe({"text": f"{number:06}" * 16_667}, "ok", latency_seconds=0.01)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    statistics = monitor.statistics()
    # In addition to the queue: a batch in the sender, as lines and as a body.
    assert held < 8 * 1024 * 1024 + 3 * 2 * 1024 * 1024
    assert statistics.dropped["queue_full"] >= 9_800
    assert statistics.observed == 10_000 == statistics.queued + statistics.in_flight + statistics.dropped["queue_full"]
