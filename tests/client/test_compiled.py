"""The compiled part of observe(): the same samples as in Python, within the bytes of the queue."""

import gc
import inspect
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.client import Monitor, Options
from inference_exporter.client.compiled import is_compiled
from inference_exporter.client.weight import weight_of

FEATURES = {"age": 31, "country": "FR", "amount": 1.5, "new": True, "gone": None}
NAN_FREE = st.floats(allow_nan=False)
ATOMS = st.none() | st.booleans() | st.integers() | NAN_FREE | st.text(max_size=20)
OBJECTS = st.dictionaries(st.text(max_size=5) | st.integers(), ATOMS | st.lists(ATOMS, max_size=2), max_size=4)
VALUES = ATOMS | OBJECTS | st.lists(ATOMS, max_size=3) | st.just(np.float64(0.5)) | st.just(datetime(2026, 1, 2))
NAMES = tuple(inspect.signature(Monitor.observe).parameters)[1:]
CALLS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)

compiled = pytest.mark.skipif(not is_compiled(), reason="installed without a C compiler")


@pytest.fixture(scope="module")
def unsent():
    """A monitor whose sender never sends: its queue can be read."""
    monitor = Monitor("http://127.0.0.1:9", "fraud", variant="shadow", options=Options(batch_seconds=3600))
    monitor._samples.listen(sys.maxsize)
    yield monitor
    monitor._samples.abandon("closed")


def queued(monitor):
    """Return the queued samples, and empty the queue."""
    entries = [tuple(entry) for entry in monitor._samples.entries]
    monitor._samples.abandon("closed")
    return entries


def plain(value):
    """Return a value that equals others of its content, whatever its identity."""
    return repr(value)


@compiled
class TestSameAsPython:
    @given(CALLS)
    def test_any_call_queues_the_same_sample(self, unsent, call):
        """Whatever the arguments, compiled and Python code queue the same sample."""
        call = {"time": 1.5, **call}
        unsent.observe(FEATURES)  # so that the ceiling is not that of nothing
        queued(unsent)
        unsent.observe(**call)
        ours = queued(unsent)
        unsent._observe_carefully(**call)
        assert plain(ours) == plain(queued(unsent)) or call["time"] is None

    def test_positions_are_features_and_prediction(self, unsent):
        """The first two arguments may be positional; the variant is the monitor's."""
        unsent.observe(FEATURES, "ok", code=200)
        (entry,) = queued(unsent)
        assert entry[1:3] == (FEATURES, "ok")
        assert (entry[6], entry[7]) == (200, "shadow")

    def test_the_time_is_now(self, unsent):
        """Without a time, it is that of the call."""
        before = datetime.now(UTC).timestamp()
        unsent.observe(FEATURES)
        assert before - 1e-5 <= queued(unsent)[0][0] <= datetime.now(UTC).timestamp() + 1e-5

    @pytest.mark.parametrize(
        ("positional", "named"),
        [((1, 2, 3), {}), ((FEATURES,), {"features": FEATURES}), ((), {"nonsense": 1})],
        ids=["three positions", "features twice", "unknown name"],
    )
    def test_a_wrong_call_is_a_type_error(self, unsent, positional, named):
        """Arguments that the signature does not have raise TypeError, as with any function."""
        with pytest.raises(TypeError):
            unsent.observe(*positional, **named)

    def test_the_signature_is_known(self):
        """Editors and inspect know the parameters: those of the Python method, in its order."""
        python = inspect.signature(Monitor._observe_carefully).parameters
        assert [(each.name, each.kind) for each in python.values()][1:] == [
            (each.name, each.kind) for each in inspect.signature(Monitor.observe).parameters.values()
        ][1:]


@compiled
class TestQueue:
    def test_it_copies_dicts(self, unsent):
        """Changes by the caller after the call do not change what is queued."""
        unsent.observe(FEATURES)
        features, scores = dict(FEATURES), {"ok": 1.0}
        unsent.observe(features, scores=scores)
        features.clear()
        scores.clear()
        entry = queued(unsent)[-1]
        assert (entry[1], entry[3]) == (FEATURES, {"ok": 1.0})

    def test_the_garbage_collector_does_not_walk_it(self, unsent):
        """Plain samples are not tracked: a long queue does not slow the collections of the model server."""
        unsent.observe(FEATURES)
        unsent.observe(FEATURES)
        entry = unsent._samples.entries[-1]
        assert not gc.is_tracked(entry)
        assert not gc.is_tracked(entry[1])
        queued(unsent)

    def test_nothing_leaks(self, unsent):
        """Sent and refused samples leave no reference behind."""
        value, text = "x" * 100, object()
        unsent.observe({"x": value})
        queued(unsent)
        before = sys.getrefcount(value), sys.getrefcount(text), sys.getrefcount(None)
        for _ in range(1000):
            unsent.observe({"x": value}, value, scores={"a": 0.5}, id=value)
            unsent.observe({"x": text})
            queued(unsent)
        after = sys.getrefcount(value), sys.getrefcount(text), sys.getrefcount(None)
        # Each sample has a dozen of None, which others count too.
        assert all(now - then < 1000 for now, then in zip(after, before, strict=True))

    def test_each_call_counts(self, unsent):
        """Calls that the compiled part takes and those that it leaves to Python are all observed."""
        before = unsent.statistics().observed
        for value in (1.5, [1.5], 2.5, object()):
            unsent.observe({"x": value})
        assert unsent.statistics().observed == before + 4
        queued(unsent)

    def test_numbers_of_numpy_need_no_care(self, unsent):
        """After the first, numbers of numpy are taken by the compiled part: they are not tracked."""
        for _ in range(3):
            unsent.observe({"x": np.float32(0.5), "y": np.int64(3)}, np.bool_(True))
        assert not gc.is_tracked(unsent._samples.entries[-1])
        queued(unsent)


SIZES = st.lists(st.sampled_from([1, 100, 3_000, 30_000, 300_000, 3_000_000]), min_size=1, max_size=200)


@compiled
@given(SIZES, st.sampled_from([100_000, 1_000_000]))
def test_bytes_are_bounded_at_any_moment(sizes, most_bytes):
    """Whatever sizes arrive in whatever order, the queue never holds more than its bytes."""
    monitor = Monitor("http://127.0.0.1:9", options=Options(queue_bytes=most_bytes, batch_seconds=3600))
    outbox = monitor._samples
    outbox.listen(sys.maxsize)
    for size in sizes:
        monitor.observe({"text": "x" * size}, 1.0)
        outbox.listen(sys.maxsize)
        assert sum(weight_of(tuple(entry)) for entry in outbox.entries) <= most_bytes
    flow = outbox.flow()
    assert flow.observed == len(sizes) == flow.queued + sum(flow.dropped.values())


def test_without_a_compiler_python_does_it():
    """Without the compiled part, observe() is the method in Python, and works."""
    script = """
import sys
sys.modules["inference_exporter.client._observe"] = None
from inference_exporter.client import Monitor
monitor = Monitor("off")
monitor.observe({"age": 31}, "ok", code=200)
assert Monitor.observe.__code__ and not hasattr(Monitor, "_observe_carefully")
assert monitor.statistics().dropped == {"disabled": 1}
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=3000)
