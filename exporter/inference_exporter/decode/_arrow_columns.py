"""Record batches of Arrow as the columns of samples."""

from typing import Any

import numpy as np

from ..arrays import Column
from ..errors import DecodeError
from ..samples.records import Columns
from ..values.arrow import durations, is_moment, moments, plain, seconds, texts_of
from ..values.numbers import exact
from ..values.spelling import cleaned
from ._flat import TEXT_FIELDS, nested
from ._limits import TEXT_LENGTH_AT_MOST, with_short_texts


def pyarrow() -> Any:
    """Return the library, an optional extra of 30 MB that is loaded only if it is needed.

    Raises
    ------
    DecodeError
        If it is not installed.
    """
    try:
        import pyarrow as library  # an optional extra
    except ImportError as error:
        message = "Arrow and Parquet need the extra: pip install 'inference-exporter[arrow]'"
        raise DecodeError(message, "not_supported", 415) from error
    return library


def record_columns(pa: Any, batch: Any) -> Columns:
    """Return a record batch as the columns of samples."""
    columns = zip(batch.schema.names, batch.columns, strict=True)
    return Columns(nested({cleaned(name): _column(pa, name, array) for name, array in columns}), {})


def require_names_once(pa: Any, schema: Any) -> None:
    structs = [of.type for of in schema if pa.types.is_struct(of.type)]
    for names in (schema.names, *([field.name for field in struct] for struct in structs)):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DecodeError(f"expected each column once, got {twice!r} twice", "not_arrow")


def _column(pa: Any, name: str, array: Any) -> Column | dict[str, Column]:
    types = pa.types
    if types.is_struct(array.type):
        # flatten() makes the fields of a null object null.
        names = [cleaned(field.name) for field in array.type]
        return {name: _leaf(pa, leaf) for name, leaf in zip(names, array.flatten(), strict=True)}
    if name == "time" and (types.is_timestamp(array.type) or types.is_date(array.type)):
        return seconds(pa, array)
    values: Column = _values(pa, array) if name in TEXT_FIELDS else _leaf(pa, array)
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
    return durations(pa, array) if types.is_duration(array.type) else _values(pa, array)


def _values(pa: Any, array: Any) -> list[Any]:
    """Return Python values, cleaned and cut as in JSON; of a dictionary each value once, and only those in use."""
    if pa.types.is_dictionary(array.type):
        codes = array.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        used, places = np.unique(codes, return_inverse=True)
        values = _leaf(pa, array.dictionary.take(pa.array(used, mask=used < 0)))
        known = values.tolist() if isinstance(values, np.ndarray) else list(values)
        return [None if used[place] < 0 else known[place] for place in places.tolist()]
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return texts_of(pa, array, TEXT_LENGTH_AT_MOST)
    return [with_short_texts(value) for value in array.to_pylist()]
