"""IdIndex: finds the slot of an id in a ring of predictions, in 20 bytes an id instead of 150."""

import numpy as np
from numpy.typing import NDArray

from ..samples.ids import NO_ID, Hashes
from .lasting import grown

Slots = NDArray[np.intp]

# Double hashing looks at about 1 / (1 - load) places for an unknown id: 2.5 here, 10 at 0.9 (Knuth, TAOCP 3, 6.4).
_MAX_LOAD = 0.6


class IdIndex:
    """The slots of ids by hash: a table with open addressing, searched for a whole batch at once.

    A place of the table refers to a slot, and the slot has the hash. Forgetting an
    id only clears its slot: places that refer to it lead to no id, or to the
    slot's next one. When too many places are taken, the table is rebuilt.
    """

    def __init__(self) -> None:
        self._hashes = np.zeros(1, dtype=np.int64)  # the last belongs to no slot: free places refer to it
        self._table = np.zeros(1, dtype=np.int32)
        self._taken = 0

    def __len__(self) -> int:
        """Return the number of slots."""
        return len(self._hashes) - 1

    def grow(self, size: int) -> None:
        """Grow to this many slots; never shrinks."""
        self._hashes = grown(self._hashes, size + 1)
        # A power of two, so that a mask replaces the remainder; two to four places a slot.
        self._table = grown(self._table, 1 << (2 * size - 1).bit_length())
        self._fill()

    def held(self, slots: Slots) -> Slots:
        """Return those of the slots that hold an id."""
        holding: Slots = slots[self._hashes[slots] != NO_ID]
        return holding

    def find(self, hashes: Hashes) -> Slots:
        """Return the slot of each hash, -1 if unknown; shape (n,)."""
        slots, _ = self._search(hashes)
        return slots

    def put(self, slots: Slots, hashes: Hashes) -> Slots:
        """Store hashes in slots, each once; returns the slots that held one of them before."""
        if self._taken + len(slots) > _MAX_LOAD * len(self._table):
            self._fill()
        known, places = self._search(hashes)
        earlier = known[known >= 0]
        self._hashes[earlier] = NO_ID
        self._hashes[slots] = hashes
        # An upper bound: places of forgotten ids are only given back when the table is rebuilt.
        self._taken += len(slots) - len(earlier)
        self._enter(slots, hashes, places)
        return earlier

    def forget(self, slots: Slots) -> None:
        """Clear slots."""
        self._hashes[slots] = NO_ID

    def _fill(self) -> None:
        """Rebuild the table from the slots."""
        self._table.fill(len(self))
        slots = self.held(np.arange(len(self)))
        self._taken = len(slots)
        hashes = self._hashes[slots]
        self._enter(slots, hashes, hashes & (len(self._table) - 1))

    def _search(self, hashes: Hashes) -> tuple[Slots, Slots]:
        """Return the slot of each hash, -1 if unknown, and the place that refers to it or could."""
        mask, free = len(self._table) - 1, len(self)
        found, places = np.full(len(hashes), -1, dtype=np.intp), hashes & mask
        rows, wanted, at = np.arange(len(hashes)), hashes, places
        while len(rows):
            slots = self._table[at]
            here = self._hashes[slots] == wanted
            found[rows[here]] = slots[here]
            # Rows drop out as they are found, so later rounds work on the few that collide.
            on = ~(here | (slots == free))
            rows, wanted = rows[on], wanted[on]
            at = places[rows] = (at[on] + _steps(wanted)) & mask
        return found, places

    def _enter(self, slots: Slots, hashes: Hashes, places: Slots) -> None:
        """Let each slot's place refer to it; on conflicts, the others take the next free place."""
        mask, free = len(self._table) - 1, len(self)
        # Of several writes to one place numpy keeps the last; reading back finds the rows that lost.
        self._table[places] = slots
        while (lost := self._table[places] != slots).any():
            slots, hashes = slots[lost], hashes[lost]
            places = (places[lost] + _steps(hashes)) & mask
            is_free = self._table[places] == free
            self._table[places[is_free]] = slots[is_free]


def _steps(hashes: Hashes) -> Hashes:
    """Return the step from one place of a search to the next: odd, so that it visits all."""
    return hashes >> 32 | 1
