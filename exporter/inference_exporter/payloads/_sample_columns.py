"""The samples of an inference with many rows, as columns: without an object for each of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import DictionaryColumn
from ..samples.transposed import Transposed
from ..samples.typed import typed
from ._base import Inference, row_id
from ._column_rows import ColumnRows

ROWS_AT_LEAST = 32


def columns_of_rows(rows: Sequence[Any]) -> Sequence[Any] | None:
    """Return rows as columns; None unless they are lists of one length, or came as columns."""
    if isinstance(rows, ColumnRows):
        return rows.columns
    if set(map(type, rows)) == {list} and len(set(map(len, rows))) == 1 and rows[0]:
        return list(map(list, zip(*rows, strict=True)))
    return None


def sample_columns(inference: Inference, features: Any, size: int, shared: Mapping[str, Any]) -> Transposed:
    """Return the samples of an inference; `features` are columns by name, or an object for each row."""
    fields: dict[str, Any] = {name: value for name, value in shared.items() if name in ("model", "version", "variant")}
    fields |= {name: [shared[name]] * size for name in ("time", "code", "trace_id") if name in shared}
    if "tags" in shared:
        fields["tags"] = {name: _constant(value, size) for name, value in shared["tags"].items()}
    if features:
        fields["features"] = _typed_features(features)
    answered = inference.answered
    if answered and answered.predictions:
        fields["prediction"] = _prediction(answered.predictions)
    if answered and answered.scores:
        fields["scores"] = list(answered.scores)
    if inference.ids or inference.id is not None:
        fields["id"] = _ids(inference, size)
    if inference.times:
        rest = [shared.get("time")] * max(0, size - len(inference.times))
        fields["time"] = [*inference.times[:size], *rest]
    if inference.latency_seconds is not None:
        fields["latency_seconds"] = [inference.latency_seconds, *[None] * (size - 1)]
    return Transposed(fields, size)


def _typed_features(features: Any) -> Any:
    if not isinstance(features, Mapping):
        return list(features)
    return {name: typed(_numeric(column)) for name, column in features.items()}


def _numeric(column: Any) -> Any:
    return column.tolist() if isinstance(column, np.ndarray) and column.dtype != np.float64 else column


def _prediction(predictions: Sequence[Any]) -> Any:
    """Return predictions; if one is missing as a list, in which it stays distinct from NaN."""
    column = typed(list(predictions))
    return list(predictions) if isinstance(column, np.ndarray) and np.isnan(column).any() else column


def _constant(value: Any, size: int) -> Any:
    return DictionaryColumn(np.zeros(size, dtype=np.intp), (value,)) if isinstance(value, str) else [value] * size


def _ids(inference: Inference, size: int) -> list[Any]:
    given = list(inference.ids[:size])
    if inference.id is None:
        return given + [None] * (size - len(given))
    return given + [row_id(inference.id, row) for row in range(len(given), size)]
