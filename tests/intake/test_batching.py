"""Blocks of a body are joined into larger batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.errors import DecodeError
from inference_exporter.intake import batching as module
from inference_exporter.intake.batching import outcomes_together, together
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from inference_exporter.samples.native import Decoded
from inference_exporter.samples.rejections import Rejected, Rejections

KEYS = [ModelKey("a", "1"), ModelKey("b", "2")]


def batch(key, first, size, extra=False):
    numbers = np.arange(first, first + size, dtype=np.float64)
    features = {"x": numbers} | ({"y": [f"t{n}" for n in range(size)]} if extra else {})
    return Batch(size, key, numbers, features, ids=[str(int(n)) for n in numbers])


BLOCKS = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 40), st.booleans()), max_size=30)


@given(BLOCKS, st.integers(1, 200))
def test_each_sample_is_there_once_and_in_order(blocks, at_once):
    """Each model keeps its samples in order, with their fields and values."""
    sent, first = [], 0
    for place, size, extra in blocks:
        sent.append(batch(KEYS[place], first, size, extra))
        first += size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SAMPLES_AT_ONCE", at_once)
        found = [
            b for d in together(Decoded([b], Rejections([Rejected(0, "…", "r")])) for b in sent) for b in d.batches
        ]
    for key in KEYS:
        ours, theirs = ([b for b in side if b.key == key] for side in (found, sent))
        assert [i for b in ours for i in b.ids] == [i for b in theirs for i in b.ids]
        assert [x for b in ours for x in b.features["x"]] == [x for b in theirs for x in b.features["x"]]
        assert sum(b.size for b in ours if "y" in b.features) == sum(b.size for b in theirs if "y" in b.features)


def test_what_was_rejected_is_told_once():
    """Rejections go with the samples of their block."""
    blocks = [Decoded([batch(KEYS[0], 0, 3)], Rejections([Rejected(place, "…", "r")])) for place in range(5)]
    found = list(together(blocks))
    assert [item.index for decoded in found for item in decoded.rejected] == list(range(5))
    assert len([b for decoded in found for b in decoded.batches]) == 1


def test_what_came_before_a_fault_is_not_lost():
    """A truncated body yields the samples before that point, then its error."""

    def broken():
        yield Decoded([batch(KEYS[0], 0, 3)])
        raise DecodeError("torn", "unreadable")

    found = []
    with pytest.raises(DecodeError):
        for decoded in together(broken()):
            found += decoded.batches
    assert [b.size for b in found] == [3]


def test_columns_of_many_samples_come_in_parts():
    """A batch of too many samples is split, and nothing is lost or changed."""
    size = 5 * module.SAMPLES_AT_ONCE + 3
    whole = Batch(
        size,
        KEYS[0],
        np.arange(size, dtype=np.float64),
        features={"x": np.arange(size, dtype=np.float64), "c": [str(i) for i in range(size)]},
        ids=[str(i) for i in range(size)],
    )
    parts = [part for decoded in together([Decoded([whole])]) for part in decoded.batches]
    assert max(part.size for part in parts) <= 2 * module.SAMPLES_AT_ONCE
    assert [name for part in parts for name in part.ids] == whole.ids
    assert [c for part in parts for c in part.features["c"]] == whole.features["c"]
    assert np.concatenate([part.features["x"] for part in parts]).tolist() == whole.features["x"].tolist()


def test_outcomes_are_joined_by_model_and_none_is_lost(monkeypatch):
    """Each outcome is there once and in order, also those before a fault of the body."""
    monkeypatch.setattr(module, "OUTCOMES_AT_ONCE", 5)

    def blocks():
        for number in range(9):
            part = OutcomeBatch(KEYS[number % 2], [f"{number}a", f"{number}b"], [1, 2], np.array([1.0, 2.0]))
            yield Decoded([part], Rejections([Rejected(0, "…", "r")]))
        raise DecodeError("cut", "unreadable")

    found, rejected = [], 0
    with pytest.raises(DecodeError):
        for decoded in outcomes_together(blocks()):
            found += decoded.batches
            rejected += len(decoded.rejected)
    ids = {key: [name for batch in found if batch.key == key for name in batch.ids] for key in KEYS}
    assert ids == {key: [f"{n}{x}" for n in range(place, 9, 2) for x in "ab"] for place, key in enumerate(KEYS)}
    assert (len(found), rejected) == (6, 9)
    assert all(len(batch.ids) == len(batch.values) == len(batch.times) for batch in found)
