"""Batch: what one request brought, as columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats

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
        return self if self.blank is None else self.taken(np.flatnonzero(~self.blank))

    def taken(self, rows: NDArray[np.intp]) -> "Batch":
        """Return the content of some samples, in the order asked for; how their requests went is left behind."""

        def of(column: Column) -> Column:
            if isinstance(column, DictionaryColumn):
                return column.taken(rows)
            return column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows.tolist()]

        def of_each(columns: Mapping[str, Column]) -> dict[str, Column]:
            return {name: of(column) for name, column in columns.items()}

        return Batch(
            size=len(rows),
            key=self.key,
            times=self.times[rows],
            features=of_each(self.features),
            prediction=None if self.prediction is None else of(self.prediction),
            scores=of_each(self.scores),
            ids=None if self.ids is None else [self.ids[row] for row in rows.tolist()],
            tags=of_each(self.tags),
            raw=of_each(self.raw),
            attributions=of_each(self.attributions),
            sources=of_each(self.sources),
            arrived=self.arrived,
        )


@dataclass(frozen=True, slots=True)
class OutcomeBatch:
    """Ground truth for earlier (or later) predictions, by id."""

    key: ModelKey
    ids: Sequence[str]
    values: Sequence[object]
    times: Floats


def as_numbers(column: Column) -> Floats:
    """Return a column as numbers.

    Missing values (None) become NaN. Numeric text counts as a number, true
    and false as 1 and 0; anything else becomes infinite, which is where
    buckets count what is not a finite number.
    """
    if isinstance(column, np.ndarray):
        return column
    if isinstance(column, DictionaryColumn):
        return column.map(as_numbers(column.values), np.nan).astype(np.float64, copy=False)
    try:
        numbers = np.array(column, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers = None
    if numbers is not None and numbers.ndim == 1:  # lists of one length would make a matrix
        return numbers
    return np.array([_as_number(value) for value in column], dtype=np.float64)


def _as_number(value: object) -> float:
    if value is None:
        return np.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return np.inf


TRUTHS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def category_text(value: object) -> str | None:
    """Return the one text by which a categorical value is known, None where it is missing.

    ``1``, ``1.0`` and ``"1"`` are the same category; so are true and the ways to
    write it: JSON's, Python's and pandas', R's.

    Raises
    ------
    TypeError
        If the value is a list or an object: not a category.
    """
    if isinstance(value, str):
        return TRUTHS.get(value, value)
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        if value != value:
            return None
        return str(int(value)) if value.is_integer() else repr(float(value))
    raise TypeError(f"expected text, a number or true/false, got {type(value).__name__}")
