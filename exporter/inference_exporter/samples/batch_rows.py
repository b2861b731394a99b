"""Selects and joins the rows of whole batches, column by column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, cast

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats, Rows, column_rows
from .batch import Batch

# Not columns; `arrived` is set when a batch is added, after it was joined.
_FIXED = ("size", "key", "arrived")


def batch_rows(batch: Batch, rows: Rows) -> Batch:
    """Return the given rows of a batch, in the given order."""
    times = batch.times[rows]
    return _mapped(batch, len(times), lambda column: column_rows(column, rows))


def _mapped(batch: Batch, size: int, change: Callable[[Any], Any]) -> Batch:
    changed: dict[str, Any] = {"size": size}
    for field in fields(Batch):
        value = getattr(batch, field.name)
        if field.name in _FIXED or value is None:
            continue
        changed[field.name] = (
            {name: change(column) for name, column in value.items()} if isinstance(value, Mapping) else change(value)
        )
    return replace(batch, **changed)


def joined(batches: Sequence[Batch]) -> Batch:
    """Join batches of one model; columns that a batch lacks are missing in its rows."""
    if len(batches) == 1:
        return batches[0]
    sizes = [batch.size for batch in batches]
    together: dict[str, Any] = {"size": sum(sizes), "key": batches[0].key}
    for field in fields(Batch):
        values = [getattr(batch, field.name) for batch in batches]
        if field.name in _FIXED or all(value is None for value in values):
            continue
        if isinstance(values[0], Mapping):
            names = dict.fromkeys(name for value in values for name in value)
            together[field.name] = {name: _column([value.get(name) for value in values], sizes) for name in names}
        elif field.name == "codes":
            # Other columns are missing where a batch lacks them; a missing code was 200.
            codes = [[200] * n if v is None else v for v, n in zip(values, sizes, strict=True)]
            together["codes"] = concatenated(codes, sizes)
        else:
            together[field.name] = _column(values, sizes)
    if together.get("blank") is not None:
        # Batches without a mask have no blank samples: None in their rows is False.
        together["blank"] = np.array([value is not None and bool(value) for value in together["blank"]])
    return Batch(**together)


def _column(columns: Sequence[Column | None], sizes: Sequence[int]) -> Column:
    """Join columns; absent numbers are NaN."""
    if all(isinstance(column, np.ndarray) for column in columns):  # the usual case, a thousand times a batch
        return np.concatenate(cast("Sequence[Floats]", columns))
    if any(isinstance(column, np.ndarray) for column in columns) and all(
        column is None or isinstance(column, np.ndarray) for column in columns
    ):
        parts: list[Floats] = [
            np.full(size, np.nan) if column is None else np.asarray(column)
            for column, size in zip(columns, sizes, strict=True)
        ]
        return np.concatenate(parts)
    return concatenated(columns, sizes)


def concatenated(columns: Sequence[Column | None], sizes: Sequence[int]) -> Column:
    """Join a column of several batches; it is missing in the rows of a batch without it."""
    if all(column is None or isinstance(column, DictionaryColumn) for column in columns):
        return _dictionaries(columns, sizes)
    parts = [[None] * size if column is None else column for column, size in zip(columns, sizes, strict=True)]
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) == len(parts):
        return np.concatenate(arrays)
    return [value for part in parts for value in (part.tolist() if isinstance(part, np.ndarray) else part)]


def _dictionaries(columns: Sequence[Any], sizes: Sequence[int]) -> DictionaryColumn:
    """Join columns of few values without looking at their rows."""
    codes: dict[tuple[type, object], int] = {}
    parts = []
    for column, size in zip(columns, sizes, strict=True):
        if column is None:
            parts.append(np.full(size, -1, dtype=np.intp))
        else:
            # With the type: 1, 1.0 and True are equal to Python, but different categories.
            own = [codes.setdefault((type(value), value), len(codes)) for value in column.values]
            parts.append(np.array([*own, -1], dtype=np.intp)[column.codes])
    return DictionaryColumn(np.concatenate(parts), tuple(value for _, value in codes))
