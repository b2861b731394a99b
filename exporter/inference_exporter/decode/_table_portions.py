"""Parquet files, some rows at a time. Broken files may crash the library: for the decoder's process only."""

import itertools
import os
import struct
from collections.abc import Iterator
from typing import Any

from ..errors import DecodeError
from ._arrow_columns import pyarrow

ROWS_AT_ONCE = 4096
# Each has a file and the row group that it is in.
OPEN_AT_MOST = 32
ROWS = struct.Struct("<Q")
TABLE_REQUEST = struct.Struct("<QQ")
"""Which table, by a number of the asking side, and the row to go on at if it is not open any more."""


class OpenTables:
    """The files that are being read; of many, those that were asked for last."""

    def __init__(self) -> None:
        self._open: dict[int, Iterator[bytes]] = {}

    def next(self, request: bytes, descriptor: int) -> bytes | None:
        """Return the number of the next rows, and the rows as an Arrow stream; None after the last.

        Raises
        ------
        DecodeError
            If it is not a Parquet file.
        """
        number, start = TABLE_REQUEST.unpack(request)
        try:
            # Popped and put back, so that the one asked for last is at the end.
            portions = self._open.pop(number, None) or _portions(os.dup(descriptor), start)
            portion = next(portions, None)
        finally:
            os.close(descriptor)
        if portion is not None:
            self._open[number] = portions
            if len(self._open) > OPEN_AT_MOST:
                self._open.pop(next(iter(self._open)))
        return portion


def _portions(descriptor: int, start: int) -> Iterator[bytes]:
    pa = pyarrow()
    with os.fdopen(descriptor, "rb") as file:
        try:
            yield from _batches(pa, file, start)
        except (pa.ArrowException, ValueError, OSError) as error:
            raise DecodeError(f"expected a Parquet file, got: {error}", "not_arrow") from error


def _batches(pa: Any, file: Any, start: int) -> Iterator[bytes]:
    from pyarrow import parquet  # the optional extra

    table = parquet.ParquetFile(file)
    sizes = [table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)]
    ends = list(itertools.accumulate(sizes))
    wanted = [group for group, end in enumerate(ends) if end > start]
    if not wanted:
        return
    row = ends[wanted[0]] - sizes[wanted[0]]
    for batch in table.iter_batches(ROWS_AT_ONCE, row_groups=wanted, use_threads=False):
        row += batch.num_rows
        # Rows before the start belong to a portion that has been accepted already.
        if row > start:
            yield _portion(pa, batch.slice(max(batch.num_rows - (row - start), 0)))


def _portion(pa: Any, batch: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return ROWS.pack(batch.num_rows) + bytes(sink.getvalue().to_pybytes())
