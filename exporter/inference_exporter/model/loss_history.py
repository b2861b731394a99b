"""Losses of outcomes in the order of their arrival, in blocks that are the larger the longer ago: bounded in number."""

import numpy as np

from ..arrays import Floats

BLOCK_SIZE = 32
FEW_BLOCKS, MOST_BLOCKS = 64, 192


class LossHistory:
    """Number, sum, sum of squares and last time of each block. Guarded by the owner's lock.

    The oldest blocks are merged in pairs, again and again, so that the number of blocks grows with the logarithm of the
    number of outcomes until the last ones merge (Bifet and Gavalda 2007, SIAM Int. Conf. on Data Mining).
    """

    def __init__(self) -> None:
        self._blocks: Floats = np.zeros((0, 4))

    def add(self, losses: Floats, now: float) -> None:
        """Append losses that became known by `now`."""
        whole = len(losses) // BLOCK_SIZE * BLOCK_SIZE
        parts = [part for part in (losses[:whole].reshape(-1, BLOCK_SIZE), losses[whole:][np.newaxis]) if part.size]
        added = [
            np.stack([np.full(len(part), part.shape[1]), part.sum(axis=1), np.square(part).sum(axis=1),
                      np.full(len(part), now)], axis=1)
            for part in parts
        ]  # fmt: skip
        self._blocks = np.concatenate([self._joined_last(added), *added])
        while len(self._blocks) > MOST_BLOCKS:
            old = self._blocks[:FEW_BLOCKS].reshape(-1, 2, 4)
            merged = np.concatenate([old[:, :, :3].sum(axis=1), old[:, 1, 3:]], axis=1)
            self._blocks = np.concatenate([merged, self._blocks[FEW_BLOCKS:]])

    def _joined_last(self, added: list[Floats]) -> Floats:
        """Return the blocks without the last one if it was not full: it goes on in the first that is added."""
        if not len(self._blocks) or self._blocks[-1, 0] >= BLOCK_SIZE or not added:
            return self._blocks
        added[0][0, :3] += self._blocks[-1, :3]
        return self._blocks[:-1]

    def since(self, time: float) -> Floats:
        """Return the blocks of later times than `time`, all if it is NaN; shape (n, 4)."""
        return self._blocks[~(self._blocks[:, 3] <= time)].copy()
