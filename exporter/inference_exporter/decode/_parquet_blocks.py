"""The blocks of a Parquet file. Broken bodies may crash the library: for the decoder's process only."""

from collections.abc import Iterator
from typing import Any

from ..errors import DecodeError
from ..samples.records import Columns
from ._arrow_columns import pyarrow, record_columns, require_names_once
from ._arrow_size import require_rows
from ._parquet_size import require_unpacked

ROWS_AT_ONCE, CELLS_AT_ONCE = 8192, 400_000
THRIFT_BYTES = 1 << 24
"""What the footer may need once it is read."""


def parquet_blocks(body: memoryview) -> Iterator[Columns]:
    """Yield the rows in blocks of columns.

    Raises
    ------
    DecodeError
        If it cannot be read.
    """
    pa = pyarrow()
    try:
        yield from _columns(pa, body)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DecodeError(f"expected Parquet, got: {error}", "not_parquet") from error


def _columns(pa: Any, body: memoryview) -> Iterator[Columns]:
    from pyarrow import parquet  # part of the optional extra

    file = parquet.ParquetFile(
        pa.BufferReader(body), thrift_string_size_limit=THRIFT_BYTES, thrift_container_size_limit=THRIFT_BYTES
    )
    require_names_once(pa, file.schema_arrow)
    width = max(len(file.schema_arrow.names), 1)
    require_rows(file.metadata.num_rows, width, len(body))
    require_unpacked(file.metadata, body)
    for batch in file.iter_batches(batch_size=max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // width)), use_threads=False):
        batch.validate(full=True)
        yield record_columns(pa, batch)
