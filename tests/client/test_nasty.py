"""With any input, no call raises or blocks, and every sample is accounted for."""

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inference_exporter.client import Monitor
from inference_exporter.client.monitor import SAMPLE

METHODS = (
    "__float__", "__int__", "__index__", "__str__", "__repr__", "__iter__", "__len__", "__hash__", "__eq__", "__bool__",
    "__getattr__", "__class__", "item", "items", "keys", "tolist", "to_dict", "columns", "dtype", "nbytes",
    "model_dump", "isoformat", "shape", "numpy",
)  # fmt: skip


def raising(error):
    def method(self, *_):
        raise error

    return method


def answering(value):
    return lambda self, *_: value


def returning_itself(self, *_):
    return self


def recursing(self, *_):
    return recursing(self)


BEHAVIOURS = st.sampled_from(
    [
        raising(RuntimeError("no")),
        raising(MemoryError()),
        raising(RecursionError()),
        returning_itself,
        recursing,
        answering(None),
        answering(-1),
        answering("x"),
        answering([1]),
        answering({"a": 1}),
        property(raising(KeyError("no"))),
    ]
)


@st.composite
def nasty(draw):
    """Return an object of a new class, perhaps a subclass of a plain type, with methods that misbehave."""
    base = draw(st.sampled_from([object, str, int, float, list, dict, tuple]))
    behaviours = draw(st.dictionaries(st.sampled_from(METHODS), BEHAVIOURS, max_size=4))
    if "__eq__" in behaviours:
        behaviours.setdefault("__hash__", base.__hash__)
    return type("Nasty", (base,), behaviours)()


TEXTS = st.text(st.characters(), max_size=5) | st.sampled_from(["\ud83d", "\ude00x", "a\0b", "\\ud83d"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTS
    | st.binary(max_size=3)
    | st.complex_numbers()
    | nasty(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.integers(), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def monitor():
    with Monitor("http://127.0.0.1:9", "fraud") as monitor:
        monitor._sender.wake = lambda: None
        yield monitor


def lines(monitor, outbox):
    """Take queued messages like the sender, and return the lines that it would send."""
    found = []
    while (entry := outbox.take()) is not None:
        try:
            found.append(json.loads(monitor._encode(outbox.fields, entry)))
        except ValueError:
            outbox.give_up("unreadable", 1)
        else:
            outbox.settle(1, 0)
    return found


def strict(value):
    """Return whether each text is valid UTF-8."""
    json.dumps(value, ensure_ascii=False).encode()
    return True


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted({*SAMPLE} - {"variant"})), VALUES, max_size=6))
def test_observe(monitor, sample):
    """A sample of any values is sent without unreadable ones, or dropped if all are; it counts once."""
    before = monitor.statistics()
    monitor.observe(**sample)
    sent = lines(monitor, monitor._samples)
    after = monitor.statistics()
    assert after.observed - before.observed == 1
    assert len(sent) + sum(after.dropped.values()) - sum(before.dropped.values()) == 1
    assert all(strict(line) for line in sent)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES, VALUES, VALUES, VALUES)
def test_everything_else(monitor, first, second, third, fourth):
    """The same holds for requests of many samples, outcomes, events and watched functions."""
    monitor.observe_many(first, second, scores=third, ids=fourth)
    monitor.outcome(first, second)
    monitor.event(first, second, third, tags=fourth)
    assert monitor.watch(lambda value: second)(first) is second
    for outbox in (monitor._samples, monitor._outcomes, monitor._events):
        assert all(strict(line) for line in lines(monitor, outbox))
        flow = outbox.flow()
        assert flow.observed == flow.acknowledged + sum(flow.dropped.values())
        assert (flow.queued, flow.in_flight) == (0, 0)


def test_columns_that_never_end(monitor, monkeypatch):
    """An endless column is unreadable, and does not block the caller."""
    monkeypatch.setattr("inference_exporter.client.values.LONGEST", 1000)
    monitor.observe_many(itertools.repeat({"a": 1}), ["ok", "ok"])
    assert [line["prediction"] for line in lines(monitor, monitor._samples)] == ["ok", "ok"]
