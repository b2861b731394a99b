"""Batch: what one request brought, as columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, Floats, column_rows

POSITIVE = "positive"
"""The class of a score that was sent without one."""


class ModelKey(NamedTuple):
    """Which model a sample or outcome speaks of; an empty part was not given by the sender."""

    model: str = ""
    version: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples of one model. Every column has `size` values."""

    size: int
    key: ModelKey
    times: Floats
    """Event times as Unix seconds, NaN where the sender gave none."""
    features: Mapping[str, Column] = field(default_factory=dict)
    prediction: Column | None = None
    scores: Mapping[str, Column] = field(default_factory=dict)
    ids: Sequence[str | None] | None = None
    latency_seconds: Floats | None = None
    codes: Sequence[int] | None = None
    """HTTP status of each answer; None means that all were 200."""
    stages: Mapping[str, Floats] = field(default_factory=dict)
    trace_ids: Sequence[str | None] | None = None
    tags: Mapping[str, Column] = field(default_factory=dict)
    """Where a sample is from, as text by name."""
    raw: Mapping[str, Column] = field(default_factory=dict)
    """Features as they were before the model's own preparation."""
    attributions: Mapping[str, Column] = field(default_factory=dict)
    """How much each feature contributed to the prediction, such as SHAP values."""
    sources: Mapping[str, Column] = field(default_factory=dict)
    """Vectors and texts in whose place `features` has what was derived from them (package ``derived``)."""
    blank: NDArray[np.bool_] | None = None
    """Samples that only tell how a request went, as of one that failed: their features are unknown, not missing."""
    arrived: float = math.nan
    """Wall time at which they came, as the monitor that took them in read it."""

    def with_content(self) -> "Batch":
        """Return the samples that are not blank, as far as their content goes."""
        return self if self.blank is None else self.take(np.flatnonzero(~self.blank))

    def take(self, rows: NDArray[np.intp]) -> "Batch":
        """Return the content of some samples, in the order asked for; how their requests went is left behind."""
        changed: dict[str, Any] = {
            name: {key: column_rows(column, rows) for key, column in value.items()}
            if isinstance(value := getattr(self, name), Mapping)
            else column_rows(value, rows)
            for name in CONTENT
        }
        return Batch(size=len(rows), key=self.key, arrived=self.arrived, **changed)


CONTENT = ("times", "features", "prediction", "scores", "ids", "tags", "raw", "attributions", "sources")


@dataclass(frozen=True, slots=True)
class OutcomeBatch:
    """Ground truth for earlier (or later) predictions, by id."""

    key: ModelKey
    ids: Sequence[str]
    values: Sequence[object]
    times: Floats
