"""Joins the blocks of a body into larger batches, so that the engine adds thousands of samples at once.

A body is decoded in blocks of a few hundred samples, which fit the processor's
caches. Adding a small batch to the model costs as much as adding thousands of
samples, so the blocks of one model are joined first.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from ..decode._limits import ROWS_TOGETHER, rows_together
from ..errors import DecodeError
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from ..samples.batch_rows import batch_rows, joined
from ..samples.native import Decoded
from ..samples.rejections import Rejections

SAMPLES_AT_ONCE = ROWS_TOGETHER
# The evaluation store is searched once a batch; more would hold up scrapes for longer.
OUTCOMES_AT_ONCE = 50_000


def together(blocks: Iterable[Decoded[Batch]]) -> Iterator[Decoded[Batch]]:
    """Yield the same samples in fewer batches, those of each model in their order.

    Rejections are yielded with them. If the body turns out unreadable, the samples before that point come first.
    """
    held = _Held()
    try:
        for decoded in blocks:
            held.rejected.merge(decoded.rejected)
            for batch in chain.from_iterable(map(_parts_of, decoded.batches)):
                if not held.takes(batch):
                    yield held.released()
                held.add(batch)
                if held.full:
                    yield held.released()
            if held.full:
                yield held.released()
    except DecodeError:
        yield held.released()
        raise
    yield held.released()


def outcomes_together(blocks: Iterable[Decoded[OutcomeBatch]]) -> Iterator[Decoded[OutcomeBatch]]:
    """Yield the same outcomes in fewer batches: a lookup in the evaluation store reads each block of it once.

    Rejections are yielded with them. If the body turns out unreadable, the outcomes before that point come first.
    """
    held: dict[ModelKey, list[OutcomeBatch]] = {}
    rejected, number = Rejections(), 0
    try:
        for decoded in blocks:
            rejected.merge(decoded.rejected)
            for batch in decoded.batches:
                held.setdefault(batch.key, []).append(batch)
                number += len(batch.ids)
            if max(number, len(rejected)) >= OUTCOMES_AT_ONCE:
                yield Decoded([_joined_outcomes(batches) for batches in held.values()], rejected)
                held, rejected, number = {}, Rejections(), 0
    except DecodeError:
        yield Decoded([_joined_outcomes(batches) for batches in held.values()], rejected)
        raise
    yield Decoded([_joined_outcomes(batches) for batches in held.values()], rejected)


def _joined_outcomes(batches: list[OutcomeBatch]) -> OutcomeBatch:
    if len(batches) == 1:
        return batches[0]
    ids = [name for batch in batches for name in batch.ids]
    values = [value for batch in batches for value in batch.values]
    return OutcomeBatch(batches[0].key, ids, values, np.concatenate([batch.times for batch in batches]))


def _parts_of(batch: Batch) -> Iterator[Batch]:
    """Yield a batch in parts of bounded size; a body of columns decodes to one batch of any size."""
    rows = _enough(batch)
    # Up to twice the size stays whole: cutting off a small rest would cost more than it saves.
    if batch.size <= 2 * rows:
        yield batch
    else:
        yield from (batch_rows(batch, slice(start, start + rows)) for start in range(0, batch.size, rows))


class _Held:
    """Batches waiting to be joined, by model."""

    def __init__(self) -> None:
        self._batches: dict[ModelKey, list[Batch]] = {}
        self._samples, self._share = 0, 0.0
        self.rejected = Rejections()

    def takes(self, batch: Batch) -> bool:
        """Return whether a batch joins its model's batches: with their fields, and worth copying.

        An absent field differs from a null one.
        """
        own = self._batches.get(batch.key)
        return own is None or (2 * batch.size < _enough(batch) and _fields_of(own[0]) == _fields_of(batch))

    def add(self, batch: Batch) -> None:
        self._batches.setdefault(batch.key, []).append(batch)
        self._samples += batch.size
        self._share += batch.size / _enough(batch)

    @property
    def full(self) -> bool:
        # Rejections count too: each has a message, and a body of nothing else must not fill memory.
        return max(self._samples, len(self.rejected)) >= SAMPLES_AT_ONCE or self._share >= 1

    def released(self) -> Decoded[Batch]:
        released = Decoded([joined(batches) for batches in self._batches.values()], self.rejected)
        self._batches, self.rejected, self._samples, self._share = {}, Rejections(), 0, 0.0
        return released


def _enough(batch: Batch) -> int:
    """Return how many samples as wide as these go to the engine at once."""
    return min(SAMPLES_AT_ONCE, rows_together(max(len(batch.features), 1)))


def _fields_of(batch: Batch) -> tuple[Any, ...]:
    columns = (batch.features, batch.scores, batch.stages, batch.tags, batch.raw, batch.attributions, batch.llm,
               batch.intermediate)  # fmt: skip
    single = (
        batch.prediction,
        batch.ids,
        batch.latency_seconds,
        batch.codes,
        batch.trace_ids,
        batch.blank,
        batch.action,
    )
    return (*(tuple(named) for named in columns), *(column is None for column in single))
