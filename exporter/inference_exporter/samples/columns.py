"""Bodies of columns: lists by field, all of one length."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import DictionaryColumn
from ..values.faults import Fault, shown
from .batch import ModelKey
from .fields import KEY_FIELDS, OBJECT_FIELDS, OUTCOME_FIELDS, SAMPLE_FIELDS, Fields
from .labels import key_of_parts
from .records import Columns


def aligned(block: Columns) -> tuple[dict[str, Any], int]:
    """Return the columns of a body and their common length; columns outside the fields of a sample are features."""
    fields: dict[str, Any] = {}
    features: dict[str, Any] = {}
    for name, column in {**block.shared, **block.fields}.items():
        if name in (*SAMPLE_FIELDS, *OUTCOME_FIELDS, *KEY_FIELDS):
            fields[name] = column
        # A shared value beside unknown columns is metadata of the sender, no feature.
        elif name in block.fields:
            features[name] = column
    if features:
        inner = fields.get("features", {})
        if not isinstance(inner, Mapping):
            raise Fault(f"columns.features: expected columns by name, got {shown(inner)}")
        fields["features"] = {**inner, **features}
    lengths: dict[str, int] = {}
    for name, column in fields.items():
        leaves = {name: column}
        if name in OBJECT_FIELDS and isinstance(column, dict):
            leaves = {f"{name}.{key}": leaf for key, leaf in column.items()}
        for path, leaf in leaves.items():
            if isinstance(leaf, list | np.ndarray | DictionaryColumn):
                lengths[path] = len(leaf)
            # Model, version and variant may be one text for all rows.
            elif name not in KEY_FIELDS:
                raise Fault(f"columns.{path}: expected a list, got {shown(leaf)}")
    if len(set(lengths.values())) > 1:
        shortest, longest = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        raise Fault(
            f"columns: expected one length, got {lengths[shortest]} in {shortest} and {lengths[longest]} in {longest}"
        )
    return fields, next(iter(lengths.values()), 0)


def shared_key(fields: Fields) -> ModelKey:
    """Return the model of all rows; raises a Fault if the rows name several."""
    parts = []
    for name in KEY_FIELDS:
        part = fields.get(name)
        if isinstance(part, list):
            # Columns have one model: splitting them by row would undo what makes them fast.
            if any(value != part[0] for value in part):
                raise Fault(f"{name}: differs between samples")
            part = part[0] if part else None
        parts.append(part)
    return key_of_parts(*parts)


def without_missing(fields: Fields) -> dict[str, Any]:
    """Return the fields of which any value is present."""
    return {name: column for name, column in fields.items() if not _is_missing(column)}


def _is_missing(column: Any) -> bool:
    if isinstance(column, np.ndarray):
        return bool(np.isnan(column).all())
    if isinstance(column, DictionaryColumn):
        return not column.values
    return isinstance(column, list) and column.count(None) == len(column)


def rows_of(fields: Fields, rows: range) -> dict[str, Any]:
    """Return some rows of columns, as columns."""

    def part(column: Any) -> Any:
        return column[rows.start : rows.stop] if isinstance(column, list | np.ndarray | DictionaryColumn) else column

    return {
        name: {key: part(leaf) for key, leaf in column.items()} if isinstance(column, Mapping) else part(column)
        for name, column in fields.items()
    }


def as_records(fields: Fields, size: int) -> list[dict[str, Any]]:
    """Return columns as records, to be checked one by one."""

    def values(column: Any) -> Sequence[Any]:
        if isinstance(column, np.ndarray):
            return [None if value != value else value for value in column.tolist()]
        return list(column) if isinstance(column, list | DictionaryColumn) else [column] * size

    def objects(columns: Mapping[str, Any]) -> Sequence[Any]:
        leaves = {name: values(leaf) for name, leaf in columns.items()}
        return [{name: leaf[row] for name, leaf in leaves.items()} for row in range(size)]

    columns = {
        name: objects(column) if name in OBJECT_FIELDS and isinstance(column, Mapping) else values(column)
        for name, column in fields.items()
    }
    return [{name: column[row] for name, column in columns.items()} for row in range(size)]
