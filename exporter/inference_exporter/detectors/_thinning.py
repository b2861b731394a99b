"""Samples rows at random, so that work on single rows stays within its budget."""

import numpy as np
from numpy.typing import NDArray

ROWS_A_SLOT = 2000
ROWS_A_BATCH = 1000


class Thinning:
    """Chooses the rows to look at: all while traffic is low, each with equal probability once it is high.

    A row chosen with probability p stands for 1 / p rows, so that means are not
    biased towards quiet hours (Horvitz and Thompson 1952, JASA 47:663-685).
    """

    def __init__(self, slot_seconds: float, seed: int) -> None:
        self._slot_seconds = slot_seconds
        self._random = np.random.default_rng(seed)
        self._slot, self._seen, self._chance = 0, 0, 1.0

    def rows(self, size: int) -> tuple[NDArray[np.intp], float]:
        """Return the rows to look at, and how many rows each stands for; needs no lock."""
        chance = min(self._chance, ROWS_A_BATCH / size)
        if chance >= 1:
            return np.arange(size), 1.0
        return np.flatnonzero(self._random.random(size) < chance), 1 / chance

    def saw(self, size: int, now: float) -> None:
        """Record the number of samples, for the probability of later ones."""
        slot = int(now // self._slot_seconds)
        if slot != self._slot:
            # Expect as many samples as in the previous slot; none if that is older than one slot.
            self._chance = min(1.0, ROWS_A_SLOT / max(self._seen, 1)) if slot == self._slot + 1 else 1.0
            self._slot, self._seen = slot, 0
        self._seen += size
        self._chance = min(self._chance, ROWS_A_SLOT / max(self._seen, 1))
