"""Rows of requests as features: objects by name, whose values may be nested as TensorFlow and SageMaker write them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ._answers import single
from .tensors import decoded_base64

# Longer lists are images or texts in numbers, not features; they count as one invalid value.
SPREAD_AT_MOST = 2048


def feature_row(row: Any) -> Any:
    """Return a row as an object of single values, or as a list whose names are known elsewhere."""
    if not isinstance(row, dict):
        return row if isinstance(row, list) else [row]
    if not any(isinstance(value, list | dict) for value in row.values()):
        return row
    if len(row) == 1 and (values := _values_of(*row.values())) is not None:
        return values
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat.update(_spread(name, value))
    return flat


def _values_of(value: Any) -> list[Any] | None:
    """Return the values of the only input of a model: a list, or as of SageMaker's `{"data": {"features": …}}`."""
    for inner in ("features", "values"):
        if isinstance(value, dict) and len(value) == 1 and inner in value:
            value = value[inner]
    if not isinstance(value, list) or len(value) < 2:
        return None
    return None if any(isinstance(item, list | dict) for item in value) else value


def _spread(name: str, value: Any) -> dict[str, Any]:
    value = single(value)
    if isinstance(value, dict) and value.keys() == {"b64"}:
        return {name: _text_of(value["b64"])}
    flat = _flat(value) if isinstance(value, list) else None
    return {name: value} if not flat else {f"{name}_{place}": item for place, item in enumerate(flat)}


def _flat(values: Sequence[Any]) -> list[Any] | None:
    """Return nested values as one list; None if they are objects, or too many."""
    while any(isinstance(value, list) for value in values):
        if len(values) > SPREAD_AT_MOST or not all(isinstance(value, list) for value in values):
            return None
        values = [value for nested in values for value in nested]
    return None if len(values) > SPREAD_AT_MOST or any(isinstance(value, Mapping) for value in values) else [*values]


def _text_of(base64: Any) -> str | None:
    """Return the text that is in base64; None if it is something else, such as an image."""
    try:
        return decoded_base64(base64).decode()
    except ValueError:
        return None
