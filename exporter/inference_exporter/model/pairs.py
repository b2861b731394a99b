"""Predictions of two models for the same request, paired by id in bounded memory; their order does not matter."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..samples.ids import Hashes, hashes_of
from .id_index import IdIndex
from .lasting import grown

SLOTS_AT_FIRST = 1024
Slots = NDArray[np.intp]


class Pairs(NamedTuple):
    """Predictions of both models and, where known, the outcome; the first axis of the first two is the model."""

    prediction: Floats
    """Shape (2, n)."""
    scores: Floats
    """Shape (2, n, n_scores)."""
    outcome: Floats
    """Shape (n,), NaN where unknown."""


class PairRing:
    """The last `capacity` ids, as columns in a ring that starts small."""

    def __init__(self, capacity: int, n_scores: int) -> None:
        self._most = capacity
        self._next = 0
        self._index = IdIndex()
        self._prediction = np.zeros((0, 2))
        # Single precision is enough for a mean difference, and scores are most of the memory.
        self._scores = np.zeros((0, 2, n_scores), dtype=np.float32)
        self._outcome = np.zeros(0)
        self._sent = np.zeros((0, 2), dtype=np.bool_)
        self._grow_to(min(capacity, SLOTS_AT_FIRST))

    def add(self, side: int, ids: Sequence[str], prediction: Floats, scores: Floats) -> Pairs:
        """Keep predictions of one model; returns the pairs that they complete. A repeated id changes nothing."""
        hashes, first = np.unique(hashes_of(ids), return_index=True)
        # `unique` sorts by hash; this is the order of arrival again, of which the newest fit into the ring.
        newest = np.argsort(first)[-self._most :]
        hashes, first = hashes[newest], first[newest]
        self._keep(hashes[self._index.find(hashes) < 0])
        slots = self._index.find(hashes)  # again: the new ones may have displaced others of this batch
        held = slots >= 0
        # The first prediction of a side counts: a retry must not change a pair that has been judged.
        held[held] = ~self._sent[slots[held], side]
        slots, rows = slots[held], first[held]
        self._prediction[slots, side] = prediction[rows]
        self._scores[slots, side] = scores[rows]
        self._sent[slots, side] = True
        return self._pairs(slots[self._sent[slots].all(axis=1)])

    def join(self, ids: Sequence[str], outcomes: Floats) -> Pairs:
        """Keep the first outcome of each id; returns the pairs that get theirs."""
        hashes, first = np.unique(hashes_of(ids), return_index=True)
        slots = self._index.find(hashes)
        new = (slots >= 0) & ~np.isnan(outcomes[first])
        new[new] = np.isnan(self._outcome[slots[new]])
        self._outcome[slots[new]] = outcomes[first[new]]
        complete = slots[new]
        return self._pairs(complete[self._sent[complete].all(axis=1)])

    def _pairs(self, slots: Slots) -> Pairs:
        scores = np.moveaxis(self._scores[slots].astype(np.float64), 1, 0)
        return Pairs(self._prediction[slots].T, scores, self._outcome[slots])

    def _keep(self, hashes: Hashes) -> None:
        """Make slots for new ids; the oldest make room."""
        self._grow(self._next + len(hashes))
        self._next %= len(self._index)  # only now: a full ring may have grown
        slots: Slots = np.arange(self._next, self._next + len(hashes)) % len(self._index)
        self._index.forget(self._index.held(slots))
        self._outcome[slots], self._sent[slots] = np.nan, False
        self._index.put(slots, hashes)
        end = self._next + len(hashes)
        # At the very end it stays there, so that `_grow` can still extend the ring before it wraps.
        self._next = end if end == len(self._index) else end % len(self._index)

    def _grow(self, wanted: int) -> None:
        size = len(self._index)
        while size < min(wanted, self._most):
            size = min(2 * size, self._most)
        if size > len(self._index):
            self._grow_to(size)

    def _grow_to(self, size: int) -> None:
        self._index.grow(size)
        self._prediction, self._scores = grown(self._prediction, size), grown(self._scores, size)
        self._outcome, self._sent = grown(self._outcome, size), grown(self._sent, size)
