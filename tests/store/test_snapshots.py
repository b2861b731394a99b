"""Snapshots: written whole or not at all, the newest two kept."""

import numpy as np
import pytest
from inference_exporter.errors import StoreFault
from inference_exporter.store import snapshots
from inference_exporter.store.snapshots import Snapshot, Snapshots


def snapshot(seq):
    arrays = [np.arange(5.0), np.zeros((2, 0), dtype=np.int32), np.array(7)]
    return Snapshot(seq, {"hash": 1}, {"part": {"a": [1]}}, arrays)


def test_come_back_newest_first(tmp_path):
    """A snapshot comes back with its parts and arrays."""
    kept = Snapshots(tmp_path, sync=True)
    kept.write(snapshot(3))
    kept.write(snapshot(12))
    newest, older = kept.readable()
    assert (newest.seq, older.seq, newest.parts, newest.about) == (12, 3, {"part": {"a": [1]}}, {"hash": 1})
    assert [array.tolist() for array in newest.arrays] == [[0, 1, 2, 3, 4], [[], []], 7]


def test_the_newest_two_are_kept(tmp_path):
    """The journal is needed from the older of two kept snapshots on."""
    kept = Snapshots(tmp_path, sync=False)
    assert [kept.write(snapshot(seq)) for seq in (3, 12, 40)] == [0, 3, 12]
    assert [snapshots.number_of(path) for path in kept.paths()] == [40, 12]


@pytest.mark.parametrize("damage", [lambda content: content[:-7], lambda content: b"", lambda content: b"IXS1garbage"])
def test_a_damaged_one_is_left_out(tmp_path, caplog, damage):
    """A damaged snapshot is logged, and the one before it is used."""
    kept = Snapshots(tmp_path, sync=False)
    kept.write(snapshot(3))
    kept.write(snapshot(12))
    newest = kept.paths()[0]
    newest.write_bytes(damage(newest.read_bytes()))
    assert [found.seq for found in kept.readable()] == [3]
    assert "damaged and left out" in caplog.text


def test_a_newer_version_is_refused(tmp_path, monkeypatch):
    """A snapshot of a newer release is refused in words."""
    kept = Snapshots(tmp_path, sync=False)
    with monkeypatch.context() as newer:
        newer.setattr(snapshots, "VERSION", 2)
        kept.write(snapshot(3))
    with pytest.raises(StoreFault, match="version 2 was written by a newer release"):
        list(kept.readable())
