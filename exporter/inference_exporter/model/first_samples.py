"""The first samples of a model without a reference, until there are enough to learn one from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from ..config.schema import ModelConfig
from ..failures import Failures
from ..learning.learning import learn
from ..reference.reference import Reference
from ..samples.batch import Batch, ModelKey
from ..samples.batch_rows import joined
from .memory import Pool, batch_bytes

# A feature in fewer samples than this is left out: one in 200.
SHARE_PRESENT = 0.005
ENOUGH = 50
"""Samples to learn from if memory does not allow more."""


class FirstSamples:
    """Samples kept within the memory shared by all models. Guarded by the monitor's lock."""

    def __init__(self, wanted: int, memory: Pool) -> None:
        self._wanted = wanted
        self._memory = memory
        self._bytes = 0
        self._kept: list[tuple[Batch, Floats]] = []
        self.number = 0
        self.dropped = 0
        """Samples dropped for lack of memory."""

    def add(self, batch: Batch, times: Floats) -> bool:
        """Keep samples; returns whether they are enough, or as many as memory allows."""
        size = batch_bytes(batch)
        if not self._memory.take(size):
            self.dropped += batch.size
            # Memory is full: better a reference from what there is than none for as long as memory stays full.
            return self.number >= ENOUGH
        self._bytes += size
        self._kept.append((batch, times))
        self.number += batch.size
        return self.number >= self._wanted

    def reclaim(self) -> None:
        """Take from the pool the memory that restored samples hold."""
        self._memory.held += self._bytes

    def take(self) -> list[tuple[Batch, Floats]]:
        """Return the kept samples, and forget them."""
        kept, self._kept, self.number = self._kept, [], 0
        self._memory.give_back(self._bytes)
        self._bytes = 0
        return kept


def features_of(batches: Sequence[Batch], most: int) -> tuple[list[str], int]:
    """Return the features to learn from samples, and how many are left out: too many, or with hardly any values.

    A handful of values makes no reference, and learning would take long if each sample had its own feature names.
    """
    values: Counter[str] = Counter()
    for batch in batches:
        for name, column in batch.features.items():
            values[name] += _present(column)
    enough = SHARE_PRESENT * sum(batch.size for batch in batches)
    # A feature that is always null is kept: it is part of the schema, and its first value would be news.
    known = [name for name, number in values.items() if number >= enough or number == 0]
    return known[:most], len(values) - len(known[:most])


def _present(column: Column) -> int:
    if isinstance(column, np.ndarray):
        return int(np.count_nonzero(~np.isnan(column)))
    if isinstance(column, DictionaryColumn):
        return int(np.count_nonzero(column.codes >= 0))
    return sum(value is not None for value in column)


def reference_of(
    learned: Sequence[tuple[Batch, Floats]],
    names: Sequence[str],
    key: ModelKey,
    config: ModelConfig,
    failures: Failures,
) -> Reference:
    """Return the reference of the first samples, sorted by time."""
    batches = [
        replace(batch, times=when, features={name: batch.features[name] for name in names if name in batch.features})
        for batch, when in learned
    ]
    batch = joined(batches)
    # Sorted by name: the order of the features in a batch depends on the sender.
    batch = replace(batch, features={name: batch.features[name] for name in names})
    return learn(
        # Stable: samples of the same time stay in the order of arrival, and a replay learns the same reference.
        batch.take(np.argsort(batch.times, kind="stable")),
        in_order=True,
        settings=config.features,
        task=config.task,
        holidays=config.drift.holidays,
        failures=failures,
        model=key.model,
        model_version=key.version,
    )
