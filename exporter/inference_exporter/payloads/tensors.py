"""Tensors of the Open Inference Protocol V2 in JSON, plain and as proto-JSON."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from math import prod
from typing import Any

import numpy as np

from ..values.tensors import cells_of
from ._base import UnreadablePayload
from ._column_rows import numbers_of


@dataclass(frozen=True)
class Tensor:
    """A tensor: values flat or nested, in row-major order."""

    name: str
    shape: Any
    values: Any
    labels: Sequence[str] = ()
    """Names of its columns, if it has any."""

    @cached_property
    def dimensions(self) -> tuple[int, ...]:
        """The shape as integers; a missing shape is that of a column."""
        if self.shape is None:
            return (len(self._flat),)
        try:
            dimensions = tuple(int(size) for size in self.shape)
        except (TypeError, ValueError, OverflowError):
            raise UnreadablePayload(f"{self.name}: expected a shape of integers, got {self.shape!r:.80}") from None
        if prod(dimensions) != len(self._flat) or min(dimensions, default=0) < 0:
            raise UnreadablePayload(f"{self.name}: expected {dimensions} values, got {len(self._flat)}")
        if max(dimensions, default=0) > max(len(self._flat), 1):  # rows without values would cost memory
            raise UnreadablePayload(f"{self.name}: expected rows with values, got shape {dimensions}")
        return dimensions

    @property
    def width(self) -> int:
        """Values in a row."""
        return prod(self.dimensions[1:])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of its columns; empty if unknown."""
        return tuple(self.labels) if len(self.labels) == self.width else ()

    def rows(self) -> list[list[Any]]:
        """Return the values by row: the first dimension is the batch."""
        width, number = self.width, self.dimensions[0] if self.dimensions else 1
        flat = self.listed()
        return [flat[row * width : (row + 1) * width] for row in range(number)]

    def columns(self) -> list[Any]:
        """Return the values by column: those of each place in a row."""
        if not self.dimensions:
            return [self._flat]
        flat = self._numbers if self._are_numbers else self._flat
        if isinstance(flat, list):
            flat = numbers_of(flat)
        if isinstance(flat, np.ndarray) and self.width:
            return list(np.ascontiguousarray(flat.reshape(-1, self.width).T))
        return [flat[place :: self.width] for place in range(self.width)]

    def listed(self) -> list[Any]:
        """Return the values one after another."""
        values: list[Any] = self._flat.tolist() if isinstance(self._flat, np.ndarray) else self._flat
        return values

    @cached_property
    def _numbers(self) -> Any:
        """The values as an array if they are many numbers in a flat list; otherwise as they are."""
        return numbers_of(self.values) if isinstance(self.values, list) else self.values

    @property
    def _are_numbers(self) -> bool:
        return isinstance(self._numbers, np.ndarray)

    @cached_property
    def _flat(self) -> Any:
        flat = self.values
        if self._are_numbers:  # nothing is nested, and integers stay integers
            return flat
        if not isinstance(flat, list):
            raise UnreadablePayload(f"{self.name}: expected a list of values, got {type(flat).__name__}")
        while list in (kinds := set(map(type, flat))):
            if kinds != {list}:
                raise UnreadablePayload(f"{self.name}: expected values nested to one depth")
            flat = list(chain.from_iterable(flat))
        return flat


def raw_contents(body: Mapping[str, Any], side: str) -> Sequence[Any]:
    """Return the raw contents of proto-JSON for `Input` or `Output`, in base64; empty without them."""
    raw = body.get(f"raw{side}Contents", body.get(f"raw_{side.lower()}_contents"))
    return raw if isinstance(raw, list) else ()


def tensors_of(value: Any, raw: Sequence[Any] = ()) -> list[Tensor] | None:
    """Return the tensors of `inputs` or `outputs`; None if they are not tensors."""
    if not isinstance(value, list) or not value:
        return None
    if not all(
        isinstance(item, Mapping) and "name" in item and ("shape" in item or "datatype" in item) for item in value
    ):
        return None
    if raw and len(raw) != len(value):
        raise UnreadablePayload(f"raw contents: expected {len(value)}, one for each tensor, got {len(raw)}")
    # `repeat` never ends; `strict` would refuse it.
    return [_tensor(item, content) for item, content in zip(value, raw or repeat(None), strict=False)]


def columns_of(tensors: Sequence[Tensor]) -> dict[str, Any]:
    """Return a column for each tensor of one value a row, and one for each column of a wider one."""
    columns: dict[str, Any] = {}
    for tensor in tensors:
        own = tensor.columns()
        if tensor.width == 1:
            columns[tensor.name] = own[0]
            continue
        names = tensor.column_names or [f"{tensor.name}_{number}" for number in range(tensor.width)]
        columns.update(zip(names, own, strict=True))
    return columns


def _tensor(item: Mapping[str, Any], raw: Any = None) -> Tensor:
    parameters = item.get("parameters")
    labels = parameters.get("names") if isinstance(parameters, Mapping) else None
    labels = [str(label) for label in labels] if isinstance(labels, list) else ()
    values = _values(item) if raw is None else _raw_values(item, raw)
    return Tensor(str(item["name"]), item.get("shape"), values, labels)


def _raw_values(item: Mapping[str, Any], raw: Any) -> Any:
    try:
        return cells_of(str(item.get("datatype")), decoded_base64(raw))
    except ValueError as error:
        raise UnreadablePayload(f"raw contents of {item['name']}: {error}") from None


def _values(item: Mapping[str, Any]) -> Any:
    contents = item.get("contents")
    if not isinstance(contents, Mapping):
        return item.get("data")
    for name, read in CONTENTS.items():
        if isinstance(values := contents.get(name, contents.get(_snake(name))), list):
            return [_read(read, value) if isinstance(value, str) else value for value in values]
    return None


def _read(read: Callable[[str], Any], value: str) -> Any:
    try:
        return read(value)
    except ValueError:
        return value  # it counts as an invalid value of its feature


def texts_of_base64(base64: str) -> str:
    """Return the text that is in base64; raises ValueError if it is not."""
    # A NUL cannot be in a label or a file name, and binary data in a text tensor has many.
    return decoded_base64(base64).decode(errors="replace").replace("\0", "\ufffd")


def decoded_base64(text: Any) -> bytes:
    """Return the bytes that are in base64; raises ValueError if they are not."""
    if not isinstance(text, str):
        raise ValueError(f"expected base64, got {type(text).__name__}")
    return b64decode(text, validate=True)


def _snake(name: str) -> str:
    return name.replace("Contents", "_contents")


CONTENTS: Mapping[str, Callable[[str], Any]] = {
    "boolContents": str, "intContents": int, "int64Contents": int, "uintContents": int, "uint64Contents": int,
    "fp32Contents": float, "fp64Contents": float, "bytesContents": texts_of_base64,
}  # fmt: skip
"""Lists of proto-JSON, and how their texts are read: integers of 64 bits come as text, bytes as base64."""
