"""Batch: samples of a request, as columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, Floats, column_rows

POSITIVE = "positive"
"""The class of a score sent without a class."""

Group = Literal["feature", "prediction", "score", "intermediate", "action"]
"""Columns that a reference describes."""
OUTPUTS: tuple[Group, ...] = ("prediction", "score", "intermediate", "action")
COLUMNS: Mapping[Group, str] = {
    "feature": "features", "prediction": "prediction", "score": "scores", "intermediate": "intermediate",
    "action": "action",
}  # fmt: skip


class ModelKey(NamedTuple):
    """The model of a sample or outcome; a part is empty if the sender did not give it."""

    model: str = ""
    version: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples of one model. Every column has `size` values."""

    size: int
    key: ModelKey
    times: Floats
    """Event times as Unix seconds, NaN if the sender gave no time."""
    features: Mapping[str, Column] = field(default_factory=dict)
    prediction: Column | None = None
    scores: Mapping[str, Column] = field(default_factory=dict)
    ids: Sequence[str | None] | None = None
    latency_seconds: Floats | None = None
    codes: Sequence[int] | NDArray[np.int64] | None = None
    """HTTP status of each answer; None if all were 200."""
    stages: Mapping[str, Floats] = field(default_factory=dict)
    trace_ids: Sequence[str | None] | None = None
    tags: Mapping[str, Column] = field(default_factory=dict)
    """Where a sample comes from, as text by name."""
    raw: Mapping[str, Column] = field(default_factory=dict)
    """Features before the model's preprocessing."""
    attributions: Mapping[str, Column] = field(default_factory=dict)
    """How much each feature contributed to the prediction, such as SHAP values."""
    llm: Mapping[str, Column] = field(default_factory=dict)
    """Tokens, times, finish reason and tool calls of a language model; NaN or None where unknown."""
    intermediate: Mapping[str, Column] = field(default_factory=dict)
    """Output of each component of an ensemble, or stage of a pipeline."""
    action: Column | None = None
    """What was done because of the prediction."""
    sources: Mapping[str, Column] = field(default_factory=dict)
    """Vectors and texts that `features` replaces with the numbers derived from them (package ``derived``)."""
    blank: NDArray[np.bool_] | None = None
    """Samples with only status or latency, as of a failed request: their features are unknown, not missing."""
    arrived: float = math.nan
    """Wall time of arrival, as read by the monitor; NaN if unknown, as in a recording."""

    def column(self, group: Group, name: str) -> Column | None:
        """Return a column by its group and, if the group has several, its name; None if it is absent."""
        found: Column | None = getattr(self, COLUMNS[group])
        return found.get(name) if isinstance(found, Mapping) else found

    def with_content(self) -> "Batch":
        """Return the content of the samples that are not blank."""
        return self if self.blank is None else self.take(np.flatnonzero(~self.blank))

    def take(self, rows: NDArray[np.intp]) -> "Batch":
        """Return the content of the given samples, in the given order, without status and latency."""
        changed: dict[str, Any] = {
            name: {key: column_rows(column, rows) for key, column in value.items()}
            if isinstance(value := getattr(self, name), Mapping)
            else column_rows(value, rows)
            for name in CONTENT
        }
        return Batch(size=len(rows), key=self.key, arrived=self.arrived, **changed)


# What `take` selects: status and latency belong to requests, not to the content of samples.
CONTENT = (
    "times", "features", "prediction", "scores", "ids", "tags", "raw", "attributions", "sources", "intermediate",
    "action",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutcomeBatch:
    """Ground truth of earlier (or later) predictions, by id."""

    key: ModelKey
    ids: Sequence[str]
    values: Sequence[object]
    times: Floats

    def rows(self, rows: Sequence[int]) -> "OutcomeBatch":
        """Return some of the rows."""
        ids, values = [self.ids[row] for row in rows], [self.values[row] for row in rows]
        return OutcomeBatch(self.key, ids, values, self.times[list(rows)])
