"""Slicers: which slice of a column each sample belongs to."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..arrays import Column, Floats
from ..config.slices import VALUES_AT_MOST, SliceConfig
from ..reference.buckets import CategoricalBuckets, NumericBuckets
from ..reference.reference import ColumnReference
from ..samples.batch import Batch
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ..values.categories import category_text
from ..values.coded import coded
from ..values.numbers import as_numbers

OTHER = "__other__"
PARTS = 4
"""Into how many parts of equal size the reference of a number is cut."""
OPEN = 10
"""Values of a column without a configured list: as many as come first."""


class Slicer:
    """The slices of one column. Plain state."""

    def __init__(
        self, name: str, of: str, values: Sequence[str] = (), bounds: Sequence[float] = (), room: int = 0
    ) -> None:
        self.name, self._of = name, of
        self._bounds: Floats = np.array(bounds, dtype=np.float64)
        self._values = {category_text(value) or value: place for place, value in enumerate(values)}
        self.size = len(bounds) + 1 if len(bounds) else len(values) + room + 1
        """Number of slices; without bounds the last one has all other values."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each slice so far."""
        if len(self._bounds):
            return _ranges(self._bounds.tolist())
        # Places that no value has taken yet are hidden by their empty label.
        rest = [""] * (self.size - 1 - len(self._values))
        return (*(value[:LABEL_LENGTH_AT_MOST] for value in self._values), *rest, OTHER)

    def encode(self, batch: Batch) -> Floats:
        """Return the slice of each sample, shape (size,); NaN where the column is missing."""
        column = (batch.features if self._of == "feature" else batch.tags).get(self.name)
        if column is None:
            return np.full(batch.size, np.nan)
        return self._by_bounds(column) if len(self._bounds) else self._by_value(column)

    def _by_bounds(self, column: Column) -> Floats:
        numbers = as_numbers(column)
        places = self._bounds.searchsorted(numbers, side="right").astype(np.float64)
        return np.where(np.isfinite(numbers), places, np.nan)

    def _by_value(self, column: Column) -> Floats:
        codes, texts = coded(column)
        places = np.array([*map(self._place, texts), np.nan])
        return places[codes]  # code -1 selects the last

    def _place(self, text: str) -> float:
        # State, but only ever extended: a value keeps its place as long as the slicer lives.
        if text not in self._values and len(self._values) < self.size - 1:
            self._values[text] = len(self._values)
        return float(self._values.get(text, self.size - 1))


def _ranges(bounds: Sequence[float]) -> tuple[str, ...]:
    inner = (f"{low:g} to {high:g}" for low, high in pairwise(bounds))
    return (f"below {bounds[0]:g}", *inner, f"{bounds[-1]:g} or more")


def slicer_of(name: str, config: SliceConfig, column: ColumnReference | None) -> Slicer:
    """Return the slicer of a configured column; what is not configured is as in the reference, if it is there."""
    if config.bounds:
        return Slicer(name, config.of, bounds=config.bounds)
    if config.values:
        return Slicer(name, config.of, values=config.values)
    return slicer_like(column) if column is not None and config.of == "feature" else Slicer(name, config.of, room=OPEN)


def slicer_like(column: ColumnReference) -> Slicer:
    """Return a slicer by the most frequent categories, or the quarters, of a feature in the reference."""
    buckets = column.buckets
    if isinstance(buckets, CategoricalBuckets):
        if buckets.open:
            return Slicer(column.name, "feature", room=OPEN)
        return Slicer(column.name, "feature", values=buckets.categories[:VALUES_AT_MOST])
    # Too few different values for quarters: above and below the mean. Without a finite value there is no mean either.
    middle = 0.0 if math.isnan(column.mean) else float(column.mean)
    return Slicer(column.name, "feature", bounds=_quantiles(buckets, column.counts) or (middle,))


def _quantiles(buckets: NumericBuckets, counts: np.ndarray) -> tuple[float, ...]:
    if len(buckets.cuts) < 2:
        return ()
    # Without the outer cells, whose values have no bound to cut at.
    inside = np.cumsum(counts[1 : len(buckets.cuts)])
    wanted = inside[-1] * np.arange(1, PARTS) / PARTS
    places = inside.searchsorted(wanted) + 1
    cuts = np.unique(buckets.cuts[np.minimum(places, len(buckets.cuts) - 1)])
    return tuple(cuts[(cuts > buckets.cuts[0]) & (cuts < buckets.cuts[-1])].tolist())
