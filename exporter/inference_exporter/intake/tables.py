"""Tables, such as Parquet and CSV: rows of a logger, or samples and outcomes by columns."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..arrays import DictionaryColumn
from ..errors import DecodeError
from ..payloads import PAYLOADS
from ..samples.columns import aligned, as_records
from ..samples.fields import KEY_FIELDS, OUTCOME_FIELDS
from ..samples.records import Columns, Rows
from ..values.faults import Fault

TABULAR = [each for each in PAYLOADS.values() if each.is_tabular]
OF_OUTCOMES = frozenset((*OUTCOME_FIELDS, *KEY_FIELDS))


def is_of_outcomes(block: Columns) -> bool:
    """Return whether a table has outcomes only."""
    return block.fields.keys() <= OF_OUTCOMES


def logged_rows(block: Columns) -> Rows | None:
    """Return the rows of a table that a logger wrote; None for samples and outcomes."""
    columns: dict[str, Any] = {**block.shared, **block.fields}
    # Formats look at names only, so a table's columns serve as a document.
    if not any(each.recognises(columns, {}) for each in TABULAR):
        return None
    sizes = {_size_of(column) for column in block.fields.values()}
    if len(sizes) != 1 or sizes == {-1}:
        raise DecodeError("expected columns of one length, got several", "invalid_columns")
    [size] = sizes
    objects = {name: as_records(column, size) for name, column in columns.items() if isinstance(column, Mapping)}
    records = as_records(columns | objects, size)
    return Rows(records, range(size))


def _size_of(column: Any) -> int:
    if isinstance(column, Mapping):
        return next(map(_size_of, column.values()), -1)
    return len(column) if isinstance(column, list | np.ndarray | DictionaryColumn) else -1


def table_records(block: Columns, of_event: bool) -> Iterator[Any]:
    """Yield the records of a table inside an envelope: one request if it is the data of an event.

    Raises
    ------
    DecodeError
        If its columns differ in length.
    """
    rows = logged_rows(block)
    if rows is not None:
        yield from rows.values
        return
    try:
        fields, size = aligned(block)
    except Fault as fault:
        raise DecodeError(str(fault), "invalid_columns") from None
    # The form of MLflow: rows of features, which is what a table in an event is.
    if of_event:
        yield {"dataframe_records": [record.get("features", {}) for record in as_records(fields, size)]}
    else:
        yield from as_records(fields, size)
