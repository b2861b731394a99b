"""Feature rows from mappings, objects with named fields, and data frames."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .frames import Columns, columns_of
from .throttled_warnings import describe
from .values import Unreadable, bounded

Row = dict[Any, Any]

# Requests of web frameworks are mappings too, but not of features.
NOT_A_ROW = frozenset({"django", "fastapi", "flask", "starlette", "werkzeug"})


def row_of(value: Any) -> Row | None:
    """Return a copy of one feature row; None if the value has no named fields.

    A row is a mapping, a pandas Series with names, or an object of pydantic,
    dataclasses, attrs, msgspec or namedtuple.

    Raises
    ------
    Exception
        Whatever the value raises when it is read.
    """
    return mapping_of(value) if isinstance(value, Mapping) else _row_of_object(value)


def mapping_of(value: Any) -> Row | None:
    """Return a copy of a mapping; None for anything else, and for requests of web frameworks."""
    if type(value) is dict:
        return value.copy()
    if not isinstance(value, Mapping) or type(value).__module__.partition(".")[0] in NOT_A_ROW:
        return None
    return dict(bounded(value.items()))


def copied(value: Any) -> Any:
    """Return a copy of a mapping, anything else unchanged; Unreadable if the mapping raises."""
    if type(value) is dict:
        return value.copy()
    try:
        return mapping_of(value) if isinstance(value, Mapping) else value
    except Exception as error:  # a foreign mapping may raise anything
        return Unreadable(describe(error))


def copied_row(value: Any) -> Row | Unreadable | None:
    """Return a copy of one feature row; Unreadable if it is not a row, or raises."""
    if value is None or type(value) is Unreadable:
        return value
    try:
        rows = rows_of(value)
    except Exception as error:  # as above
        return Unreadable(describe(error))
    if rows is None or len(rows) != 1:
        return Unreadable(f"expected one row of features, got {type(value).__name__}")
    return rows[0]


def rows_of(value: Any, read: Callable[[Any], Row | None] = row_of) -> list[Row] | None:
    """Return the feature rows of one row, a sequence of rows, or a data frame; None for anything else.

    For a request such as ``{"features": {…}}`` or ``{"instances": [{…}]}``,
    also as an object, return the rows inside.
    """
    columns = columns_of(value)
    if columns is not None:
        return rows_of_columns(columns)
    row = read(value)
    if row is not None:
        return _rows_within(row) or [row]
    if not isinstance(value, list | tuple):
        return None
    rows = []
    for item in value:
        if (row := read(item)) is None:
            return None
        rows.append(row)
    return rows


def rows_of_columns(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    """Return rows from columns of one length."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def columns_in(row: Mapping[str, Any], size: int) -> Columns | None:
    """Return a mapping as columns if each feature has as many values as there are answers; else None."""
    if size < 2 or not row:
        return None
    columns = {}
    for name, value in row.items():
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__") or len(value) != size:
            return None
        columns[name] = list(value)
    return columns


def _rows_within(row: Row) -> list[Row] | None:
    inner = row.get("features", row.get("instances"))
    if inner is None or isinstance(inner, str | bytes | int | float):
        return None
    return rows_of(inner)


def _row_of_object(value: Any) -> Row | None:
    kind = type(value)
    names = _field_names(kind)
    if names is not None:
        return {name: getattr(value, name) for name in names if hasattr(value, name)}
    if issubclass(kind, type | list | tuple | str | bytes):
        return None
    if hasattr(kind, "model_dump"):  # pydantic
        return _if_row(value.model_dump())
    if hasattr(kind, "__fields__") and hasattr(kind, "dict"):  # pydantic before 2
        return _if_row(value.dict())
    if hasattr(kind, "to_dict") and hasattr(kind, "index"):  # a pandas Series
        return _named(value.to_dict())
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):  # such as a row of sqlite3
        return {key: value[key] for key in bounded(value.keys())}
    return None


def _field_names(kind: Any) -> Iterable[str] | None:
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    if issubclass(kind, tuple):
        return getattr(kind, "_fields", None)
    if hasattr(kind, "__attrs_attrs__"):
        return [attribute.name for attribute in kind.__attrs_attrs__]
    return getattr(kind, "__struct_fields__", None)  # msgspec


def _if_row(dumped: object) -> Row | None:
    return dumped if type(dumped) is dict else None


def _named(row: Row) -> Row | None:
    return row if all(isinstance(name, str) for name in row) else None
