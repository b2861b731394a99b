"""Hashes of ids."""

from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.evaluation.hashing import hashes_of, seed_of


@given(st.lists(st.text(max_size=40), unique=True, min_size=1), st.integers(0, 2**64 - 1))
def test_a_hash_depends_on_the_id_and_the_seed_alone(ids, seed):
    """The same id has the same hash in every batch, different ids have different ones, and so have other seeds."""
    hashes = hashes_of(ids, seed).tolist()
    assert [hashes_of([name], seed).tolist()[0] for name in ids] == hashes
    assert len(set(hashes)) == len(ids)
    assert set(hashes).isdisjoint(hashes_of(ids, seed ^ 1).tolist())


def test_known_hashes_stay():
    """Files outlive releases: the hash of an id never changes."""
    assert hashes_of(["", "a", "request-000000001", "é"], 7).tolist() == KNOWN
    assert seed_of(7, "fraud", "1", "champion") != seed_of(7, "fraud", "1champion", "")


KNOWN = [11893823084810974240, 8810142353857987177, 79222784618699744, 10517445699404902943]
