"""Arrow IPC streams: record batches whose fields are those of a native sample (extra ``arrow``)."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..arrays import Column
from ..errors import DecodeError
from ..samples.records import Columns
from ..values.arrow import durations, is_moment, moments, needs_conversion, plain, seconds
from ..values.numbers import exact
from ._base import WireFormat

TEXTS = ("id", "model", "version", "variant", "trace_id")  # text, even if sent as integers


def read_stream(chunks: Iterable[bytes]) -> Iterator[Columns]:
    """Yield each record batch of a stream; ``features``, ``scores`` and ``stages`` are struct columns."""
    try:
        import pyarrow as pa  # an optional extra of 30 MB, loaded only if Arrow is sent
    except ImportError as error:
        message = "Arrow needs the extra: pip install 'inference-exporter[arrow]'"
        raise DecodeError(message, "not_supported", 415) from error
    try:
        with pa.ipc.open_stream(b"".join(chunks)) as reader:
            _require_names_once(pa, reader.schema)
            for record_batch in reader:
                record_batch.validate(full=True)  # invalid offsets would crash the process
                yield record_columns(pa, record_batch)
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DecodeError(f"expected an Arrow IPC stream, got: {error}", "not_arrow") from error


def record_columns(pa: Any, batch: Any) -> Columns:
    """Return a record batch as the columns of samples."""
    columns = zip(batch.schema.names, batch.columns, strict=True)
    return Columns({name: _column(pa, name, array) for name, array in columns}, {})


def _require_names_once(pa: Any, schema: Any) -> None:
    structs = [of.type for of in schema if pa.types.is_struct(of.type)]
    for names in (schema.names, *([field.name for field in struct] for struct in structs)):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DecodeError(f"expected each column once, got {twice!r} twice", "not_arrow")


def _column(pa: Any, name: str, array: Any) -> Column | dict[str, Column]:
    types = pa.types
    if types.is_struct(array.type):
        # flatten() makes the fields of a null object null.
        return {field.name: _leaf(pa, leaf) for field, leaf in zip(array.type, array.flatten(), strict=True)}
    if name == "time" and (types.is_timestamp(array.type) or types.is_date(array.type)):
        return seconds(pa, array)
    values: Column = array.to_pylist() if name in TEXTS else _leaf(pa, array)
    return values


def _leaf(pa: Any, array: Any) -> Column:
    """Return numbers as arrays (NaN for null), dates and times as in JSON, anything else as Python values."""
    types, array = pa.types, plain(pa, array)
    if is_moment(types, array.type):
        codes, texts = moments(pa, array)
        texts.append(None)  # code -1 is a missing value
        return [texts[code] for code in codes.tolist()]
    if types.is_floating(array.type) or types.is_integer(array.type):
        numbers = np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
        return numbers if not types.is_integer(array.type) or exact(numbers) else array.to_pylist()
    if types.is_dictionary(array.type) and needs_conversion(pa, array.type.value_type):
        return _leaf(pa, array.dictionary_decode())
    return durations(array.to_pylist()) if types.is_duration(array.type) else array.to_pylist()


FORMAT = WireFormat(
    key="arrow", content_types=("application/vnd.apache.arrow.stream",), read=read_stream, reasons=("not_arrow",)
)
