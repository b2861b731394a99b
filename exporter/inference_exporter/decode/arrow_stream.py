"""Arrow IPC, as a stream or a file: record batches whose fields are those of a native sample (extra ``arrow``)."""

from collections.abc import Iterable, Iterator, Mapping

from ..samples.records import Columns
from ._apart import DECODERS, DIED
from ._apart_frames import ARROW
from ._arrow_blocks import FILE_MAGIC
from ._base import WireFormat

CONTINUATION = b"\xff\xff\xff\xff"


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a body begins as a file or as the first message of a stream."""
    return first.startswith((FILE_MAGIC, CONTINUATION))


def read_stream(chunks: Iterable[bytes]) -> Iterator[Columns]:
    """Yield each record batch."""
    return DECODERS.blocks(ARROW, chunks)


FORMAT = WireFormat(
    key="arrow",
    content_types=("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"),
    read=read_stream,
    reasons=("not_arrow", DIED),
    recognises=recognises,
)
