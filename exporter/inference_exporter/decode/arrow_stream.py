"""Arrow IPC, as a stream or a file: record batches whose fields are those of a native sample (extra ``arrow``)."""

from collections.abc import Iterable, Iterator, Mapping

from ..errors import DecodeError
from ..samples.records import Columns
from ._arrow_columns import pyarrow, record_columns, require_names_once
from ._arrow_size import require_rows, require_unpacked
from ._base import WireFormat

FILE_MAGIC, CONTINUATION = b"ARROW1\0\0", b"\xff\xff\xff\xff"


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a body begins as a file or as the first message of a stream."""
    return first.startswith((FILE_MAGIC, CONTINUATION))


def read_stream(chunks: Iterable[bytes]) -> Iterator[Columns]:
    """Yield each record batch; ``features``, ``scores`` and ``stages`` are struct columns."""
    pa = pyarrow()
    # A file is a stream between its magic and its footer.
    body = b"".join(chunks).removeprefix(FILE_MAGIC)
    try:
        require_unpacked(pa, body)
        with pa.ipc.open_stream(body) as reader:
            require_names_once(pa, reader.schema)
            rows = 0
            for record_batch in reader:
                rows += record_batch.num_rows
                require_rows(rows, record_batch.num_columns, len(body))
                record_batch.validate(full=True)  # invalid offsets would crash the process
                yield record_columns(pa, record_batch)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DecodeError(f"expected an Arrow IPC stream, got: {error}", "not_arrow") from error


FORMAT = WireFormat(
    key="arrow",
    content_types=("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"),
    read=read_stream,
    reasons=("not_arrow",),
    recognises=recognises,
)
