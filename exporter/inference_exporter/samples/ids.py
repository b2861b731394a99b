"""Ids of samples, and their hashes, which several parts of the engine need: made once for a batch."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]
NO_ID = 0
"""The hash of a missing id; no id has it."""


class CheckedTexts(list[str | None]):
    """Ids whose rules were checked: texts of at most ID_LENGTH_AT_MOST characters. They do not change any more."""

    hashes: Hashes | None = None
    """What `hashes_of` returned for them."""


def hashes_of(ids: Sequence[str | None]) -> Hashes:
    """Return a 64-bit hash of each id, `NO_ID` if it is missing, shape (n,); read-only.

    Python seeds its hash anew in each process, so a sender cannot choose ids that
    collide. Among 100,000 ids two share a hash once in four billion runs.
    """
    if not isinstance(ids, CheckedTexts):
        return _hashes(ids)
    if ids.hashes is None:
        ids.hashes = _hashes(ids)
    return ids.hashes


def _hashes(ids: Sequence[str | None]) -> Hashes:
    hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
    hashes[hashes == NO_ID] = 1
    # Looked for by its hash first: comparing each id with None would cost as much as hashing them.
    for row in np.flatnonzero(hashes == hash(None)).tolist():
        if ids[row] is None:
            hashes[row] = NO_ID
    hashes.setflags(write=False)
    return hashes


def present(ids: Sequence[str | None]) -> tuple[list[str], slice | NDArray[np.intp]]:
    """Return the ids that are there, and their rows: a slice if none is missing."""
    hashes = hashes_of(ids)
    if hashes.all():  # NO_ID is 0
        return cast("list[str]", ids), slice(None)
    rows = np.flatnonzero(hashes)
    return [str(ids[row]) for row in rows.tolist()], rows
