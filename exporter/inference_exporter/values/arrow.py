"""Values of Arrow and Parquet in the form that JSON and CSV give them (extra ``arrow``)."""

from typing import Any

import numpy as np

from ..arrays import Floats
from .spelling import REPLACEMENT

A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def is_moment(types: Any, kind: Any) -> bool:
    """Return whether values of an Arrow type are dates, times of day or both."""
    return bool(types.is_date(kind) or types.is_timestamp(kind) or types.is_time(kind))


def needs_conversion(pa: Any, kind: Any) -> bool:
    """Return whether values of an Arrow type are neither numbers nor texts, but convertible to them."""
    types = pa.types
    return bool(types.is_decimal(kind) or is_moment(types, kind) or types.is_duration(kind))


def plain(pa: Any, array: Any) -> Any:
    """Return an array with decimals converted to floats, and UTF-8 bytes to texts; any other array unchanged."""
    kind = array.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _texts(pa, array)
    if pa.types.is_dictionary(kind) and (
        pa.types.is_binary(kind.value_type) or pa.types.is_large_binary(kind.value_type)
    ):
        return pa.DictionaryArray.from_arrays(array.indices, _texts(pa, array.dictionary))
    if pa.types.is_decimal(kind):
        return array.cast(pa.float64(), safe=False)
    if pa.types.is_list(kind) and pa.types.is_decimal(kind.value_type):
        return array.cast(pa.list_(pa.float64()), safe=False)
    return array


def _texts(pa: Any, array: Any) -> Any:
    """Return bytes as texts, for older writers of Parquet; unchanged if any is not UTF-8."""
    try:
        return array.cast(pa.large_string() if pa.types.is_large_binary(array.type) else pa.string())
    except pa.ArrowInvalid:
        return array


def moments(pa: Any, array: Any) -> tuple[np.ndarray, list[str | None]]:
    """Return dates and times as codes of their ISO texts, as in JSON; missing ones have the code -1."""
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    elif pa.types.is_time64(array.type):
        array = array.cast(pa.time64("us"), safe=False)
    encoded = array.dictionary_encode()
    texts = [_iso_text(moment) for moment in encoded.dictionary]
    return encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp), texts


def _iso_text(moment: Any) -> str | None:
    """Return a date or time as its ISO text; beyond the years 1 to 9999 as the number that Arrow holds."""
    try:
        value = moment.as_py()
    except (OverflowError, ValueError):
        return str(moment.value)
    return None if value is None else str(value.isoformat())


def seconds(pa: Any, array: Any) -> Floats:
    """Return dates and times as an array of Unix seconds, NaN if null."""
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s"))
    whole = array.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    return np.asarray(whole.to_numpy(zero_copy_only=False) / 1e6, dtype=np.float64)


def texts_of(pa: Any, array: Any, length: int) -> list[str | None]:
    """Return texts, cut to so many characters, without NUL, as JSON gives them."""
    import pyarrow.compute as pc  # of the optional extra

    if (pc.max(pc.binary_length(array)).as_py() or 0) > length:
        array = pc.utf8_slice_codeunits(array, 0, length)
    if pc.any(pc.match_substring(array, "\0")).as_py():
        array = pc.replace_substring(array, "\0", REPLACEMENT)
    values: list[str | None] = array.to_pylist()
    return values


def durations(pa: Any, array: Any) -> list[float | None]:
    """Return durations as seconds."""
    a_second = A_SECOND[array.type.unit]
    return [None if value is None else value / a_second for value in array.cast(pa.int64()).to_pylist()]
