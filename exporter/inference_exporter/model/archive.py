"""Archive: what the evaluation store is given of samples and outcomes, and what is found in it again."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..arrays import Column, Floats
from ..config.evaluation import EvaluationConfig
from ..evaluation.buffer import JOINED, OUTCOME, PREDICTED, PREDICTION, SCORES, TIME
from ..evaluation.found import Found
from ..evaluation.outcome_texts import read, written
from ..evaluation.store import EvaluationStore
from ..samples.batch import Batch, ModelKey
from ..samples.batch_rows import batch_rows
from ..samples.ids import present
from .settling import JoinResult

OF_A_SAMPLE = {"latency_seconds": "latency_seconds", "code": "codes", "trace_id": "trace_ids", "action": "action"}
"""Columns by name, and the field of a batch that holds each."""
BY_NAME = ("tags", "intermediate")


class Known(NamedTuple):
    """Outcomes that are known of predictions, one each, and since when."""

    outcomes: Sequence[object]
    """None where nothing is known."""
    joined: Floats


class Archive:
    """The evaluation store as monitors see it."""

    def __init__(self, store: EvaluationStore, config: EvaluationConfig) -> None:
        self.store, self._config = store, config

    @property
    def retention(self) -> float:
        """Seconds that predictions are kept."""
        return self._config.retention

    def keep(self, key: ModelKey, batch: Batch, times: Floats) -> None:
        """Store the samples of a batch that have an id; the disk comes later."""
        if batch.ids is None:
            return
        # Without an id, no outcome can ever ask for the prediction.
        names, rows = present(batch.ids)
        if len(names) < batch.size:
            batch, times = batch_rows(batch, rows), times[rows]
        self.store.add(key, names, self._columns(batch, times))

    def _columns(self, batch: Batch, times: Floats) -> dict[str, Column]:
        columns: dict[str, Column | None] = {TIME: times, PREDICTION: batch.prediction}
        # Prefixed names keep the groups apart: a feature may be called like a column of ours.
        columns |= {f"{SCORES}{name}": column for name, column in batch.scores.items()}
        columns |= {name: getattr(batch, field, None) for name, field in OF_A_SAMPLE.items()}
        for group in BY_NAME:
            columns |= {f"{group}.{name}": column for name, column in getattr(batch, group, {}).items()}
        features = ((name, column) for name, column in batch.features.items() if self._config.stores(name))
        columns |= {f"features.{name}": column for name, column in features}
        return {name: column for name, column in columns.items() if column is not None}

    def find(self, key: ModelKey, ids: Sequence[str]) -> Found | None:
        """Return the stored predictions with some of these ids."""
        return self.store.find(key, ids)

    @property
    def is_shared(self) -> bool:
        """Whether a fleet shares the store: then every outcome is claimed before it counts."""
        return self.store.is_shared

    @property
    def keys(self) -> Sequence[ModelKey]:
        """The models of a fleet, as last seen."""
        return self.store.keys

    def claim(
        self, key: ModelKey, ids: Sequence[str], predicted: Floats, values: Sequence[object], times: Floats, now: float
    ) -> Known | None:
        """Claim outcomes of predictions, one each; returns what this replica counted for them before.

        None if the store did not answer.
        """
        # As in `settled`: both are known when the later of the two is.
        joined = np.minimum(np.maximum(times, predicted), now)
        earlier = self.store.claim(key, ids, predicted, [written(value) for value in values], times, joined)
        if earlier is None:
            return None
        return Known([None if value is None else read(value) for value in earlier.values], earlier.joined)

    def keep_outcomes(
        self, key: ModelKey, ids: Sequence[str], values: Sequence[object], times: Floats, result: JoinResult
    ) -> None:
        """Store outcomes that were joined, each with its row in the result."""
        columns: dict[str, Column] = {
            OUTCOME: values,
            TIME: times,
            JOINED: result.added.times,
            # An id may be used again: the time shows which of its predictions the outcome belongs to.
            PREDICTED: result.added.predicted,
        }
        self.store.add_outcomes(key, ids, columns)
