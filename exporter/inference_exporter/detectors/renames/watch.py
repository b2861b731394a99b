"""Renames: histograms of unknown names over the buckets of absent features, while any are absent."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from ...arrays import Cells, Column, Counts, Floats
from ...reference.buckets import NumericBuckets
from ...reference.grid import Located
from ...reference.reference import ColumnReference
from ...samples.batch import Batch
from ...values.numbers import as_numbers
from .._base import DetectorKind, WatchedModel
from .matching import Rename, name_similarity, renames

NAMES_AT_MOST = 100
PAIRS_AT_MOST = 400
PAIRS_OF_ONE = 20  # for each absent feature: the most similar names
SAMPLES_LOOKED_AT = 128  # samples of a batch
VALUES_KEPT = 10_000  # values of a pair; beyond, older ones weigh half


@dataclass(frozen=True, eq=False)
class RenamesView:
    """The state of each absent feature and each unknown name."""

    pairs: Mapping[tuple[str, str], tuple[Floats, Floats]]

    @cached_property
    def found(self) -> tuple[Rename, ...]:
        """The renames found, the surest first."""
        return tuple(renames(self.pairs))


@dataclass(frozen=True, eq=False)
class UnknownColumns:
    """A batch that lacks features and has unknown ones."""

    absent: frozenset[str]
    columns: Mapping[str, Column]


class Renames:
    """Counts pairs of an absent feature and an unknown name. Forgets a feature once it returns."""

    def __init__(self, watched: WatchedModel) -> None:
        self._columns = {column.name: column for column in watched.grid.reference.of_group("feature")}
        self._known = frozenset(self._columns)
        self._reference = {name: _folded(column, column.counts) for name, column in self._columns.items()}
        self._names: dict[str, None] = {}
        self._counts: dict[tuple[str, str], Floats] = {}

    def prepare(self, batch: Batch, located: Located) -> UnknownColumns | frozenset[str]:
        """Return absent features with unknown columns; if the batch lacks either, the names that it has."""
        sent = batch.features.keys()
        absent, unknown = self._known - sent, sent - self._known
        if not absent or not unknown:
            return self._known - absent
        step = 1 + batch.size // SAMPLES_LOOKED_AT
        known = [name for name in unknown if name in self._names]
        new = islice((name for name in unknown if name not in self._names), NAMES_AT_MOST - len(self._names))
        names = (*known, *new)
        return UnknownColumns(frozenset(absent), {name: batch.features[name][::step] for name in names})

    def add(self, prepared: UnknownColumns | frozenset[str], times: Floats, now: float) -> None:
        """Count the unknown columns of a batch over the buckets of its absent features."""
        if self._counts:
            here = self._known - prepared.absent if isinstance(prepared, UnknownColumns) else prepared
            self._counts = {pair: counts for pair, counts in self._counts.items() if pair[0] not in here}
        if isinstance(prepared, UnknownColumns):
            names = [name for name in prepared.columns if self._remembered(name)]
            for feature in prepared.absent:
                for name in self._candidates(feature, names):
                    self._count(feature, name, prepared.columns[name])

    def _remembered(self, name: str) -> bool:
        if len(self._names) < NAMES_AT_MOST:
            self._names[name] = None
        return name in self._names

    def _candidates(self, feature: str, names: list[str]) -> list[str]:
        if len(self._counts) >= PAIRS_AT_MOST:
            return [name for name in names if (feature, name) in self._counts]
        if len(names) <= PAIRS_OF_ONE:
            return names
        return sorted(names, key=lambda name: -name_similarity(feature, name))[:PAIRS_OF_ONE]

    def _count(self, feature: str, name: str, values: Column) -> None:
        pair = feature, name
        if pair not in self._counts and len(self._counts) >= PAIRS_AT_MOST:
            return
        column = self._columns[feature]
        counts = _folded(column, np.bincount(_cells(column, values), minlength=column.buckets.n_cells))
        if pair in self._counts:
            counts = counts + self._counts[pair]
        self._counts[pair] = counts / 2 if counts.sum() > VALUES_KEPT else counts

    def view(self, now: float) -> RenamesView:
        """Return the pairs."""
        return RenamesView({pair: (self._reference[pair[0]], counts) for pair, counts in self._counts.items()})


def _cells(column: ColumnReference, values: Column) -> Cells:
    if isinstance(column.buckets, NumericBuckets):
        return column.buckets.locate(as_numbers(values))
    return column.buckets.locate(values)


def _folded(column: ColumnReference, counts: Counts) -> Floats:
    return np.add.reduceat(counts, column.buckets.fold_starts).astype(np.float64)


def _build(watched: WatchedModel) -> Renames | None:
    return Renames(watched) if watched.grid.feature_names else None


KIND = DetectorKind("renames", _build)
