"""The field `llm` of a sample: what the call of a language model took and how it ended."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..arrays import Column, Floats
from ..values.faults import Fault, shown
from .objects import object_columns

TOKENS = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens")
TOOL_CALLS = (
    "valid_tool_calls", "unchecked_tool_calls", "not_json_tool_calls", "wrong_schema_tool_calls",
    "undeclared_tool_calls",
)  # fmt: skip
SECONDS = ("time_to_first_token_seconds", "time_per_output_token_seconds")
FLAGS = ("refused", "empty")
NUMBERS = (*TOKENS, *TOOL_CALLS, *SECONDS, *FLAGS, "cost")
FINISH_REASON = "finish_reason"
LARGEST = 1e12
"""Sums of numbers up to here stay exact enough for years."""


def llm_columns(column: Any, size: int) -> dict[str, Column]:
    """Return the known columns of the field: numbers with NaN where unknown, and the finish reason; others are ignored.

    Raises
    ------
    Fault
        If a value is not an object, a number negative, or a finish reason not text.
    """
    if not column:
        return {}
    columns = object_columns("llm", column, size)
    found: dict[str, Column] = {name: _numbers(name, columns[name]) for name in NUMBERS if name in columns}
    if FINISH_REASON in columns:
        found[FINISH_REASON] = _texts(columns[FINISH_REASON])
    return found


def _numbers(name: str, column: Any) -> Floats:
    if not isinstance(column, np.ndarray) and not set(map(type, column)) <= {int, float, bool, type(None)}:
        wrong = next(value for value in column if not isinstance(value, int | float | None))
        raise Fault(f"llm.{name}: expected a number, got {shown(wrong)}")
    try:
        numbers = np.array(column, dtype=np.float64)
    except OverflowError as error:
        raise Fault(f"llm.{name}: expected a number, got one that is too large") from error
    most = 1.0 if name in FLAGS else LARGEST
    wrong_ones = ~((numbers >= 0) & (numbers <= most) | np.isnan(numbers))
    if wrong_ones.any():
        raise Fault(f"llm.{name}: expected a number from 0 to {most:g}, got {numbers[wrong_ones][0]:g}")
    return numbers


def _texts(column: Any) -> Column:
    texts: Column = column
    if isinstance(column, np.ndarray) or not set(map(type, column)) <= {str, type(None)}:
        raise Fault(f"llm.{FINISH_REASON}: expected text, got something else")
    return texts


def take(columns: Mapping[str, Column], name: str) -> Floats:
    """Return a column without its unknown values; empty if there is no such column."""
    column = columns.get(name)
    if column is None:
        return np.empty(0)
    numbers = np.asarray(column, dtype=np.float64)
    return numbers[~np.isnan(numbers)]
