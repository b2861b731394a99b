"""Parquet: a column for each feature, and native fields by their names (extra ``arrow``)."""

from collections.abc import Iterable, Iterator, Mapping

from ..samples.records import Columns
from ._apart import DECODERS, DIED
from ._apart_frames import PARQUET
from ._base import WireFormat

MAGIC = b"PAR1"


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a body begins as a file does."""
    return first.startswith(MAGIC)


def read(chunks: Iterable[bytes]) -> Iterator[Columns]:
    """Yield the rows in blocks of columns."""
    return DECODERS.blocks(PARQUET, chunks)


FORMAT = WireFormat(
    key="parquet",
    content_types=("application/vnd.apache.parquet", "application/x-parquet"),
    read=read,
    reasons=("not_parquet", DIED),
    recognises=recognises,
)
