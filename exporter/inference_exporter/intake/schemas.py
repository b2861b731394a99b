"""Schemas that loggers write apart from their rows, remembered to explain the rows."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from ..payloads._answers import answers_of
from ..payloads._base import (
    Answered,
    GroundTruth,
    Inference,
    LoggedRow,
    LoggedSchema,
    Meaning,
    Requested,
    UnreadablePayload,
)

# Senders choose them; some hundred bytes a column.
SCHEMAS_AT_MOST, COLUMNS_AT_MOST = 100, 10_000


class Schemas:
    """The last schemas by the names of their columns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_names: dict[frozenset[str], LoggedSchema] = {}

    def explained(self, meaning: Meaning) -> Sequence[Inference | GroundTruth]:
        """Return what a payload means: nothing for a schema, which is kept, and the sample and outcome of a row.

        Raises
        ------
        UnreadablePayload
            If the schema of a row has not come, or one is too large.
        """
        if isinstance(meaning, LoggedSchema):
            self._keep(meaning)
            return ()
        if not isinstance(meaning, LoggedRow):
            return (meaning,)
        with self._lock:
            # A row does not name its schema; the set of its columns does.
            schema = self._by_names.get(frozenset(meaning.values))
        if schema is None:
            raise UnreadablePayload(meaning.without_schema)
        return _row(meaning, schema)

    def _keep(self, schema: LoggedSchema) -> None:
        if len(schema.roles) > COLUMNS_AT_MOST:
            raise UnreadablePayload(f"columns: expected at most {COLUMNS_AT_MOST}, got {len(schema.roles)}")
        key = frozenset(schema.roles)
        with self._lock:
            # Again at the end: the schema that came last is the one in use.
            self._by_names.pop(key, None)
            self._by_names[key] = schema
            if len(self._by_names) > SCHEMAS_AT_MOST:
                self._by_names.pop(next(iter(self._by_names)))


def _row(row: LoggedRow, schema: LoggedSchema) -> Sequence[Inference | GroundTruth]:
    predictions, targets = _of_role("prediction", row, schema), _of_role("target", row, schema)
    inference = Inference(
        requested=Requested([_of_role("feature", row, schema)]),
        answered=_answered(predictions),
        id=row.id,
        requested_at=row.time,
        trace_id=row.trace_id,
        model=schema.model,
        version=schema.version,
    )
    if not targets or row.id is None:
        return (inference,)
    return inference, GroundTruth([{"id": row.id, "outcome": next(iter(targets.values()))}])


def _of_role(role: str, row: LoggedRow, schema: LoggedSchema) -> Mapping[str, Any]:
    return {name: value for name, value in row.values.items() if schema.roles[name] == role}


def _answered(predictions: Mapping[str, Any]) -> Answered:
    """Return the prediction; several columns hold the probabilities of the classes, or the first counts."""
    whole = answers_of([list(predictions.values())], list(predictions))
    if len(predictions) <= 1 or any(whole.scores):
        return whole
    return answers_of(list(predictions.values())[:1])
