"""Trees: what is read equals what was written."""

import threading
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

import numpy as np
import orjson
import pytest
from inference_exporter.errors import StoreFault
from inference_exporter.samples.batch import ModelKey
from inference_exporter.samples.ids import CheckedTexts, hashes_of
from inference_exporter.store.trees import Reader, Writer
from inference_exporter.windows.ring import RollingWindow

VALUES = [
    None, True, 7, 2**80, -(2**62), 0.1, float("inf"), float("-inf"), "text", b"\x00\xff", [1, [2.5, None]],
    (1, "a"), {1, 2},
    {"a": 1, (2, "b"): [3]}, Counter(a=2), OrderedDict(b=1, a=2), deque([1, 2]), ModelKey("m", "1", "champion"),
    np.float64(2.5), np.int32(7), [0.5, float("inf")], [1, True], [2**70, 1], [(1, "a"), (2, None)], [(1,), (1, 2)],
    [()], {},
    {"id": (ModelKey("m"), "yes", 1.5), "other": (ModelKey(), None, 2.5)}, {"key": (200, b"\xff")}, [[1], [2.5]],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_values_come_back(value):
    """Each kind of value comes back with its type."""
    writer = Writer(lambda kind: False)
    tree = orjson.loads(orjson.dumps(writer.tree(value)))
    found = Reader(writer.arrays, lambda kind: None).value(tree)
    assert (type(found), found) == (type(value), value)


def test_a_list_of_ours_comes_back_as_a_list():
    """Checked ids come back without their hashes, which another process would make differently."""
    ids = CheckedTexts(["a", None])
    hashes_of(ids)
    writer = Writer(lambda kind: False)
    found = Reader(writer.arrays, lambda kind: None).value(orjson.loads(orjson.dumps(writer.tree(ids))))
    assert (type(found), found) == (list, ["a", None])


def test_arrays_come_back_as_copies():
    """An array keeps its type and shape, and shares no memory with the one that was written."""
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    writer = Writer(lambda kind: False)
    tree = writer.tree(array)
    array += 1
    found = Reader(writer.arrays, lambda kind: None).value(tree)
    assert (found.dtype, found.tolist()) == (np.int32, [[0, 1, 2], [3, 4, 5]])


def test_a_random_generator_goes_on():
    """A generator continues with the numbers that would have come."""
    random = np.random.default_rng(3)
    random.random(10)
    writer = Writer(lambda kind: False)
    tree = orjson.loads(orjson.dumps(writer.tree(random)))
    expected = random.random(5).tolist()
    found = Reader(writer.arrays, lambda kind: None).value(tree, np.random.default_rng(0))
    assert found.random(5).tolist() == expected


def test_objects_are_filled_where_they_are():
    """An object keeps its identity, and what its tree lacks."""
    window, other = RollingWindow(2, 0, 30.0), RollingWindow(2, 0, 30.0)
    window.advance(15)
    window.add(15, np.array([1, 2]), np.empty(0))
    writer = Writer(lambda kind: False)
    tree = writer.tree(window)
    del tree["state"]["length_seconds"]
    Reader(writer.arrays, lambda kind: None).fill(other, tree)
    assert other.totals(15)[0].tolist() == [1, 2]
    assert other.length_seconds == 30.0


def test_another_version_is_refused(monkeypatch):
    """A part whose state has another version is not read."""
    writer = Writer(lambda kind: False)
    tree = writer.tree(RollingWindow(2, 0, 30.0))
    monkeypatch.setattr(RollingWindow, "STATE_VERSION", 2, raising=False)
    with pytest.raises(StoreFault, match="expected state of version 2, got version 1"):
        Reader(writer.arrays, lambda kind: None).fill(RollingWindow(2, 0, 30.0), tree)


@pytest.mark.parametrize("name", ["os:system", "errors:Path", "nowhere:Class", "store.trees:is_ours"])
def test_nothing_but_our_classes_is_made(name):
    """A file cannot name anything except a class of this package."""
    with pytest.raises(StoreFault, match="expected a class of this release"):
        Reader([], lambda kind: None).value({"object": name, "version": 1, "number": 0, "state": {}})


@dataclass
class Part:
    """An object of another package."""

    lock: object = field(default_factory=threading.Lock)


def test_what_is_not_ours_is_left_out():
    """An attribute with an object of another package is no state: it keeps its first value."""
    window = RollingWindow(1, 0, 30.0)
    window.part = Part()
    assert "part" not in Writer(lambda kind: False).tree(window)["state"]
