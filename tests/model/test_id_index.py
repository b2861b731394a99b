"""The index of ids, against a dictionary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.model.id_index import IdIndex
from inference_exporter.samples.ids import hashes_of

SIZE = 16
# Few home places, so that the ids crowd each other.
HASHES = st.integers(0, 3).flatmap(lambda home: st.integers(0, 8).map(lambda turn: 1 + home + 32 * turn))


def index_of(size):
    """Return an index with this many slots."""
    index = IdIndex()
    index.grow(size)
    return index


@pytest.mark.slow
@given(st.lists(st.lists(HASHES, min_size=1, max_size=5, unique=True), max_size=60))
def test_finds_what_a_dictionary_finds(batches):
    """Whatever is put, forgotten and put again elsewhere, each hash leads to its slot, and to no other."""
    index, known, following = index_of(SIZE), {}, 0
    for batch in batches:
        slots = np.arange(following, following + len(batch)) % SIZE
        following = (following + len(batch)) % SIZE
        known = {name: slot for name, slot in known.items() if slot not in slots}
        index.forget(slots)
        assert sorted(index.put(slots, np.array(batch))) == sorted(known[name] for name in batch if name in known)
        known.update(zip(batch, slots.tolist(), strict=True))
        every = np.array([1 + home + 32 * turn for home in range(4) for turn in range(9)])
        assert index.find(every).tolist() == [known.get(name, -1) for name in every.tolist()]


def test_grows_with_what_it_holds():
    """Adding slots keeps what was put before."""
    index = index_of(4)
    names = hashes_of(["a", "b", "c"])
    index.put(np.array([0, 1, 3]), names)
    index.grow(1000)
    assert len(index) == 1000
    assert index.find(np.append(names, hashes_of(["d"]))).tolist() == [0, 1, 3, -1]


def test_takes_few_bytes():
    """An id costs its hash, its mark and its places in the table, whatever its length."""
    index = index_of(100_000)
    assert sum(part.nbytes for part in vars(index).values() if isinstance(part, np.ndarray)) <= 20 * 100_000
