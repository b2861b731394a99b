"""A wire format turns the bytes of a body into records."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..samples.records import Columns, Rows


@dataclass(frozen=True)
class WireFormat:
    """A wire format: `read` takes the decompressed chunks of a body and yields blocks of records."""

    key: str
    content_types: tuple[str, ...]
    read: Callable[[Iterable[bytes]], Iterator[Rows | Columns]]
    read_payloads: Callable[[Iterable[bytes]], Iterator[Rows | Columns]] | None = None
    """As `read`, for bodies whose one document may hold many samples; None if `read` does."""
    reasons: tuple[str, ...] = ()
    """Its reasons to reject a body or a record, besides those common to all formats; each is a label value."""
    recognises: Callable[[bytes, Mapping[str, str]], bool] | None = None
    """Whether the first bytes of a body, or its headers by lower-case name, prove the format whatever is declared."""
