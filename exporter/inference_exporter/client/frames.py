"""Data frames (pandas, polars), Arrow tables and numpy structured arrays as columns, without importing them."""

from collections.abc import Iterable, Mapping
from typing import Any

from .values import CONVERSIONS, Unreadable, bounded, in_microseconds, key_text

Columns = dict[str, list[Any]]


def columns_of(value: Any) -> Columns | None:
    """Return the columns of a data frame by name; None for anything else.

    Names become text: a number, a time or a tuple becomes its JSON. The second
    column of the same name gets the suffix ".1", as in pandas.

    Raises
    ------
    Exception
        Whatever the frame raises when it is read.
    """
    if isinstance(value, Mapping | list | tuple | str | bytes):
        return None
    named = _named_columns(value)
    if named is None:
        return None
    columns: Columns = {}
    for key, column in named:
        columns[_unused(key_text(key), columns)] = column if isinstance(column, list) else elements(column) or []
    return columns


def elements(value: Any) -> list[Any] | None:
    """Return the elements of a list, a tuple, or an array, series or tensor; None for anything else."""
    for _ in CONVERSIONS:  # a tensor may first become an array
        if isinstance(value, list | tuple):
            return list(bounded(value))
        value = in_microseconds(value)
        method = next((name for name in CONVERSIONS if hasattr(type(value), name)), None)
        if method is None:
            return None
        value = getattr(value, method)()
    return None


def _named_columns(value: Any) -> Iterable[tuple[Any, Any]] | None:
    # Look in the class: attribute access on an instance may run code, as on a lazy frame.
    kind = type(value)
    names = getattr(value.dtype, "names", None) if hasattr(kind, "dtype") else None
    if names:  # numpy
        rows = value.reshape(-1)
        return [(name, rows[name]) for name in names]
    if hasattr(kind, "collect") and hasattr(kind, "collect_schema"):  # to run its query is the model's affair
        raise Unreadable("a lazy frame has no values before collect()")
    if hasattr(kind, "column_names") and hasattr(kind, "column"):  # Arrow
        return [(name, value.column(place)) for place, name in enumerate(value.column_names)]
    if hasattr(kind, "columns") and hasattr(kind, "get_columns"):  # polars
        return [(column.name, column) for column in value.get_columns()]
    if hasattr(kind, "columns") and hasattr(kind, "to_dict") and hasattr(kind, "items"):  # pandas
        return list(value.items())
    return None


def _unused(name: str, columns: Columns) -> str:
    if name not in columns:
        return name
    number = 1
    while f"{name}.{number}" in columns:
        number += 1
    return f"{name}.{number}"
