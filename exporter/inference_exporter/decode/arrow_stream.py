"""Arrow IPC streams: record batches whose fields are those of a native sample (extra ``arrow``)."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..batch import Column
from ..errors import DecodeError
from ._base import Columns, WireFormat

try:
    import pyarrow as pa
except ImportError:  # an extra: the format is then refused with a word on how to get it
    pa = None


def read_stream(chunks: Iterator[bytes]) -> Iterator[Columns]:
    """Yield each record batch of a stream; ``features``, ``scores`` and ``stages`` are struct columns."""
    if pa is None:
        raise DecodeError("Arrow needs the extra: pip install 'inference-exporter[arrow]'", "not_supported", 415)
    try:
        with pa.ipc.open_stream(b"".join(chunks)) as reader:
            for record_batch in reader:
                yield Columns({name: _column(record_batch.column(name)) for name in record_batch.schema.names}, {})
    except (pa.ArrowInvalid, OSError) as error:
        raise DecodeError(f"expected an Arrow IPC stream, got: {error}", "not_arrow") from error


def _column(array: Any) -> Any:
    if pa.types.is_struct(array.type):
        return {field.name: _leaf(array.field(field.name)) for field in array.type}
    return _leaf(array)


def _leaf(array: Any) -> Column:
    if pa.types.is_timestamp(array.type):
        seconds: Column = array.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy(zero_copy_only=False) / 1e6
        return seconds
    if pa.types.is_floating(array.type) or pa.types.is_integer(array.type):
        numbers: Column = array.to_numpy(zero_copy_only=False).astype(np.float64)
        return numbers
    values: Column = array.to_pylist()
    return values


FORMAT = WireFormat(key="arrow", content_types=("application/vnd.apache.arrow.stream",), read=read_stream)
