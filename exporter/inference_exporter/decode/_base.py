"""What every wire format ends in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..batch import Column, Rejected


@dataclass(frozen=True, slots=True)
class Rows:
    """Some records of a body, as decoded objects; `indices` are their places in the body."""

    values: Sequence[object]
    indices: Sequence[int]
    rejected: Sequence[Rejected] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Columns:
    """All records of a body as columns by field; what holds for every record stands in `shared`."""

    fields: Mapping[str, Column | Mapping[str, Column]]
    shared: Mapping[str, object]


@dataclass(frozen=True)
class WireFormat:
    """One way to write records: `read` takes the decompressed chunks of a body and yields blocks of records."""

    key: str
    content_types: tuple[str, ...]
    read: Callable[[Iterator[bytes]], Iterator[Rows | Columns]]
