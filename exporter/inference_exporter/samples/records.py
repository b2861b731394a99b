"""Records: the output of every wire format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..arrays import Column
from .rejections import Rejections


@dataclass(frozen=True, slots=True)
class Rows:
    """Some records of a body, as decoded objects; `indices` are their positions in the body."""

    values: Sequence[object]
    indices: Sequence[int]
    rejected: Rejections = field(default_factory=Rejections)
    has_long_texts: bool = False
    """Whether texts may be longer than those of a sample may be, because they may hold payloads."""


@dataclass(frozen=True, slots=True)
class Columns:
    """All records of a body as columns by field; `shared` holds for every record."""

    fields: Mapping[str, Column | Mapping[str, Column]]
    shared: Mapping[str, object]


EVENT_STREAM = "text/event-stream"
"""The only field of a record that is a stream: the list of its documents."""
ROWS_WITHOUT_NAMES = "rows_without_names"
"""The only field of a record that is a table without a header: its rows."""
