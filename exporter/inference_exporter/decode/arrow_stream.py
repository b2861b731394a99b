"""Arrow IPC streams: record batches whose fields are those of a native sample (extra ``arrow``)."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..arrays import Column
from ..errors import DecodeError
from ..samples.records import Columns
from ._base import WireFormat

TEXTS = ("id", "model", "version", "variant", "trace_id")  # may be sent as whole numbers, but are none


def read_stream(chunks: Iterable[bytes]) -> Iterator[Columns]:
    """Yield each record batch of a stream; ``features``, ``scores`` and ``stages`` are struct columns."""
    try:
        import pyarrow as pa  # an extra, and 30 MB that only those shall pay who send Arrow
    except ImportError as error:
        message = "Arrow needs the extra: pip install 'inference-exporter[arrow]'"
        raise DecodeError(message, "not_supported", 415) from error
    try:
        with pa.ipc.open_stream(b"".join(chunks)) as reader:
            for record_batch in reader:
                record_batch.validate(full=True)  # offsets that point nowhere would end the process
                columns = zip(record_batch.schema.names, record_batch.columns, strict=True)
                yield Columns({name: _column(pa.types, name, array) for name, array in columns}, {})
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DecodeError(f"expected an Arrow IPC stream, got: {error}", "not_arrow") from error


def _column(types: Any, name: str, array: Any) -> Column | dict[str, Column]:
    if types.is_struct(array.type):
        # Flattened: where the whole object is null, so is what is inside.
        return {field.name: _leaf(types, leaf) for field, leaf in zip(array.type, array.flatten(), strict=True)}
    values: Column = array.to_pylist() if name in TEXTS else _leaf(types, array)
    return values


def _leaf(types: Any, array: Any) -> Column:
    """Return numbers and times as arrays, NaN where null, and anything else as Python values."""
    if types.is_timestamp(array.type):
        return np.asarray(array.cast("timestamp[us]", safe=False).cast("int64").to_numpy(zero_copy_only=False) / 1e6)
    if types.is_floating(array.type) or types.is_integer(array.type):
        return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
    values: Column = array.to_pylist()
    return values


FORMAT = WireFormat(
    key="arrow", content_types=("application/vnd.apache.arrow.stream",), read=read_stream, reasons=("not_arrow",)
)
