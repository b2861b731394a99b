"""The blocks of an Arrow IPC stream or file. Broken bodies may crash the library: for the decoder's process only."""

from collections.abc import Iterator

from ..errors import DecodeError
from ..samples.records import Columns
from ._arrow_columns import pyarrow, record_columns, require_names_once
from ._arrow_size import require_rows, require_unpacked

FILE_MAGIC = b"ARROW1\0\0"


def arrow_blocks(body: memoryview) -> Iterator[Columns]:
    """Yield each record batch; ``features``, ``scores`` and ``stages`` are struct columns.

    Raises
    ------
    DecodeError
        If it cannot be read.
    """
    pa = pyarrow()
    # A file is a stream between its magic and its footer.
    body = body[len(FILE_MAGIC) :] if body[: len(FILE_MAGIC)] == FILE_MAGIC else body
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
