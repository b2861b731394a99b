"""Hashes of ids: one for each, known after the first time, and a missing id is not an id."""

import numpy as np
import pytest
from inference_exporter.samples.ids import NO_ID, CheckedTexts, hashes_of, present


@pytest.mark.parametrize("kind", [list, tuple, CheckedTexts])
def test_missing_ids_have_no_hash(kind):
    """Samples without an id are left out, whatever holds the ids."""
    ids = kind(["a", None, "b", "a", None, ""])
    hashes = hashes_of(ids)
    assert (hashes == NO_ID).tolist() == [False, True, False, False, True, False]
    assert hashes[0] == hashes[3] != hashes[2]
    names, rows = present(ids)
    assert names == ["a", "b", "a", ""]
    assert np.arange(6)[rows].tolist() == [0, 2, 3, 5]


def test_a_complete_column_is_used_as_it_is():
    """Nothing is copied if every sample has an id."""
    ids = CheckedTexts(["a", "b"])
    names, rows = present(ids)
    assert names is ids
    assert rows == slice(None)


def test_checked_ids_are_hashed_once():
    """The hashes of a batch are made once, and nobody can change them for the others."""
    ids = CheckedTexts(["a", None])
    assert hashes_of(ids) is hashes_of(ids)
    with pytest.raises(ValueError, match="read-only"):
        hashes_of(ids)[0] = 1


def test_no_ids():
    """A batch without rows has no hashes."""
    assert present(CheckedTexts()) == ([], slice(None))
