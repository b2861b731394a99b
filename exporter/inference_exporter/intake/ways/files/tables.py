"""Parquet files, a batch of rows at a time (extra ``arrow``); the position counts rows."""

import os
from collections.abc import Iterator
from typing import Any

from ....errors import DecodeError
from .content import Content
from .formats import Portion, Portions

ROWS_AT_ONCE = 4096
ARROW = "application/vnd.apache.arrow.stream"


class Tables(Portions):
    """The rows of a Parquet file that no longer changes."""

    def __init__(self, content: Content, descriptor: int, start: int) -> None:
        super().__init__(content, start)
        self._descriptor = descriptor
        self._batches: Iterator[Any] | None = None

    def next(self, is_settled: bool) -> Portion | None:
        """Return the next rows as an Arrow stream.

        Raises
        ------
        DecodeError
            If it is no Parquet file, or the extra is missing.
        """
        if not is_settled and self._batches is None:
            return None
        pyarrow = _pyarrow()
        try:
            self._batches = self._batches or self._from(pyarrow, self.read)
            batch = next(self._batches, None)
        except (pyarrow.ArrowException, ValueError, OSError) as error:
            raise DecodeError(f"expected a Parquet file, got: {error}", "not_arrow") from error
        if batch is None:
            return None
        self.read += batch.num_rows
        return Portion(_stream(pyarrow, batch), ARROW, self.read)

    def _from(self, pyarrow: Any, start: int) -> Iterator[Any]:
        from pyarrow import parquet  # the optional extra

        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            table = parquet.ParquetFile(file)
            row = 0
            for batch in table.iter_batches(ROWS_AT_ONCE):
                row += batch.num_rows
                if row > start:
                    yield batch.slice(max(batch.num_rows - (row - start), 0))


def _stream(pyarrow: Any, batch: Any) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def _pyarrow() -> Any:
    try:
        import pyarrow  # an optional extra of 30 MB, loaded only if a Parquet file is read
    except ImportError as error:
        message = "Parquet needs the extra: pip install 'inference-exporter[arrow]'"
        raise DecodeError(message, "not_supported") from error
    return pyarrow
