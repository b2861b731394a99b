"""A wire format: from the bytes of a body to records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..samples.records import Columns, Rows


@dataclass(frozen=True)
class WireFormat:
    """One way to write records: `read` takes the decompressed chunks of a body and yields blocks of records."""

    key: str
    content_types: tuple[str, ...]
    read: Callable[[Iterable[bytes]], Iterator[Rows | Columns]]
    reasons: tuple[str, ...] = ()
    """Its reasons to reject a body or a record, beside those of every format; each is a label value."""
