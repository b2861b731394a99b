"""Collisions: how often two samples of a window share all buckets, and how often their predictions then differ.

A sample's key is the sum of random numbers, one for each of its buckets
(Zobrist hashing). Keys are counted in a small table, and the probability that
two random samples of the window share a key follows from the squared counts.
It does not depend on the number of samples, counts of slots and replicas add
up, and memory is constant.

Further keys leave one group of features out: they still agree if somebody
varies a single feature to find out where the prediction flips.

References
----------
Zobrist (1970), A new hashing method with application for game playing, Univ.
of Wisconsin TR 88. The sum of squares of hashed counts: Alon, Matias and
Szegedy (1999), J. Comput. Syst. Sci. 58(1):137-147. Leaving groups of columns
out is locality-sensitive hashing by sampled coordinates: Indyk and Motwani
(1998), STOC 604-613.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ...arrays import Counts, Floats
from ...reference.cell_tables import sums_by_group
from ...reference.grid import Grid, Located

WIDTH = 512  # places of each table: one in this many pairs collides by accident, which is subtracted
# A probe changes a few features and leaves most: with three groups, one of them usually holds all that changed.
GROUPS = 3
BITS = 9
Keys = NDArray[np.intp]


class Alike:
    """Finds the keys of samples.

    It counts `n_tables` tables of `WIDTH` places: of all features; of all but each
    group; and of all but each group together with the predicted class. The last
    two need at least two features and two classes.
    """

    def __init__(self, grid: Grid) -> None:
        features = [index for index, column in enumerate(grid.columns) if column.group == "feature"]
        self.groups = min(GROUPS, len(features)) if len(features) > 1 else 1
        # The features of a group are adjacent, so that one reduction adds them up.
        self._order = np.array([i for group in range(self.groups) for i in features[group :: self.groups]], np.intp)
        sizes = [len(features[group :: self.groups]) for group in range(self.groups)]
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
        self._table = _random_numbers(grid)
        classes = [i for i, column in enumerate(grid.columns) if column.group == "prediction" and not column.numeric]
        self._prediction = classes[0] if classes and self.groups > 1 else None
        self.n_tables = 1 if self._prediction is None else 1 + 2 * self.groups

    def keys(self, located: Located) -> Keys:
        """Return the place of each sample in each table, with tables concatenated: shape (n_tables, n)."""
        sums = sums_by_group(self._table, located.cells, self._order, self._starts)
        whole = sums.sum(axis=0, dtype=np.uint64)
        found = [whole[np.newaxis]]
        if self._prediction is not None:
            without = whole - sums
            found += [without, without + self._table.take(located.cells[self._prediction])]
        # The top bits: of a sum of random numbers they depend on all its terms.
        places = (np.concatenate(found) >> np.uint64(64 - BITS)).astype(np.intp)
        return places + np.arange(self.n_tables)[:, np.newaxis] * WIDTH

    def count(self, keys: Keys) -> Counts:
        """Return the tables of some samples as one vector, n_tables * WIDTH long."""
        return np.bincount(keys.ravel(), minlength=self.n_tables * WIDTH)


def _random_numbers(grid: Grid) -> NDArray[np.uint64]:
    """Return a random number for each cell, the same for all cells of a bucket, and at every start."""
    parts = []
    for index, column in enumerate(grid.columns):
        # Fixed seeds: counts of different processes have to use the same places.
        random = np.random.default_rng([index, 20_240_607])
        starts = column.buckets.fold_starts
        numbers = random.integers(0, 2**64, len(starts), dtype=np.uint64)
        parts.append(np.repeat(numbers, np.diff([*starts, column.buckets.n_cells])))
    return np.concatenate(parts)


def chances(counts: Counts) -> Floats:
    """Return the probability that two samples share a key, shape (..., n_tables * WIDTH) to (..., n_tables).

    NaN with fewer than two samples; noise can make it slightly negative.
    """
    tables = counts.reshape(*counts.shape[:-1], -1, WIDTH).astype(np.float64)
    n = tables.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        same = (tables * (tables - 1)).sum(axis=-1) / (n * (n - 1))
    return np.asarray(np.where(n > 1, (same - 1 / WIDTH) / (1 - 1 / WIDTH), np.nan))


def flips(alike: Floats) -> tuple[Floats, Floats]:
    """Return the probabilities that two samples agree in all but a group, and that their predictions then differ.

    Shape (..., n_tables) to (..., groups); no groups if predictions are not compared.
    """
    groups = (alike.shape[-1] - 1) // 2
    same, same_prediction = alike[..., 1 : 1 + groups], alike[..., 1 + groups :]
    return same, same - same_prediction


def flip_ratio(alike: Floats, samples: int) -> float:
    """Return the share of pairs, alike in all but one group of features, whose predictions differ, shape (n_tables,).

    NaN with fewer such pairs than samples: accidental collisions would be
    mistaken for them.
    """
    same, flipped = flips(alike)
    total = float(same.sum())
    if not total * samples >= 2:
        return math.nan
    return min(max(float(flipped.sum()) / total, 0.0), 1.0)


def as_share(chance: Floats) -> Floats:
    """Return the share of the traffic that copies of one sample would need to cause this probability of a match."""
    return np.asarray(np.sqrt(np.maximum(chance, 0.0)))
