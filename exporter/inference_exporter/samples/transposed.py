"""Records as columns: what becomes a batch without ever being one object per record."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

from .columns import as_records


class Transposed(Sequence[dict[str, Any]]):
    """Records of one shape, as columns by field. They become objects only for a reader that looks at one of them."""

    def __init__(self, fields: Mapping[str, Any], size: int) -> None:
        self.fields = fields
        self._size = size

    @cached_property
    # Built at most once, and only if a rule is broken or a payload format has to look at names.
    def _records(self) -> list[dict[str, Any]]:
        return as_records(self.fields, self._size)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._records)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | Sequence[dict[str, Any]]:
        return self._records[place]
