"""Parquet, record batch by record batch: numbers without copying, text as dictionary codes.

A file sorted by time is read while it is replayed, in constant memory; any other is read whole and sorted.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats
from ..errors import TableError
from ..values.arrow import A_SECOND, durations, is_moment, moments, needs_conversion, plain
from ..values.names import names_of
from ..values.numbers import exact
from .account import Account
from .native_parquet import holds_samples, native_rows
from .ndjson import native_recording
from .recording import ROWS_A_PIECE, VALUES_A_PIECE, Period, Recording, ordered
from .roles import Piece, Roles, piece_of
from .times import EXPECTED, file_moments, file_times

log = logging.getLogger(__name__)


def read_parquet(path: Path, roles: Roles, period: Period) -> Recording:
    """Return the recording of a Parquet file.

    Raises
    ------
    TableError
        If it cannot be read, a named column does not exist, or pyarrow is not installed.
    """
    try:
        import pyarrow  # an optional extra
        from pyarrow import parquet
    except ImportError as error:
        raise TableError(f"{path}: Parquet needs the extra: pip install 'inference-exporter[arrow]'") from error
    try:
        schema = parquet.read_schema(path)
        # Texts are read as dictionaries: categories repeat, and each is then turned into a Python object once.
        text = [
            column.name for column in schema if pyarrow.types.is_string(column.type)
            or pyarrow.types.is_large_string(column.type)
        ]  # fmt: skip
        # Memory-mapped: pages of a cached file need not be copied before decoding.
        file = parquet.ParquetFile(path, read_dictionary=text, memory_map=True)
        if holds_samples(schema):
            return _native(parquet.ParquetFile(path), roles, period, path)
        named = _named(schema.names, path)
        time = roles.check(named.values(), path)
        written = next(name for name, known in named.items() if known == time)
        # The column of times alone, first: it decides whether the file can be read piece by piece.
        times = _times(file.read(columns=[written], use_threads=False).column(0), time, path)
    except (ValueError, OSError) as error:  # pyarrow raises ValueErrors
        raise TableError(f"{path}: expected a Parquet file, got: {str(error).partition(chr(10))[0]}") from error
    account = Account(unit="row", read=len(times))
    lines = np.arange(1, len(times) + 1)
    rows = ordered(times, lines, account, period, f"{time}: {EXPECTED}")
    names = [name for name, known in named.items() if known not in roles.ignored]
    rows_a_piece = min(ROWS_A_PIECE, VALUES_A_PIECE // len(names) + 1)
    if account.out_of_order:  # cannot stream: rows come from everywhere in the file
        table = file.read(columns=names).take(rows)
        parts = _parts(table.to_batches(max_chunksize=rows_a_piece), times[rows], lines[rows], None, named)
    else:
        kept = np.zeros(len(times), dtype=np.bool_)
        kept[rows] = True
        whole = kept if len(rows) < len(times) else None
        parts = _parts(file.iter_batches(rows_a_piece, columns=names, use_threads=False), times, lines, whole, named)
    span = times[rows[[0, -1]]] if len(rows) else np.array([np.nan, np.nan])
    return Recording([_pieces(parts, roles, account)], float(span[0]), float(span[1]), len(rows), account, len(names))


def _native(file: Any, roles: Roles, period: Period, path: Path) -> Recording:
    rows = native_rows(file, path)
    account = Account(unit="row", read=len(rows))
    return native_recording(rows, range(1, len(rows) + 1), roles, period, account)


Part = tuple[dict[str, Column], Floats, NDArray[np.intp]]


def _parts(
    batches: Any, times: Floats, lines: NDArray[np.intp], kept: NDArray[np.bool_] | None, named: Mapping[str, str]
) -> Iterator[Part]:
    """Yield tables with the time and the line of each row."""
    start = 0
    for batch in batches:
        chosen: slice | NDArray[np.bool_] = slice(start, start + batch.num_rows)
        start += batch.num_rows
        if kept is None or kept[chosen].all():
            yield _table(batch, named), times[chosen], lines[chosen]
        elif kept[chosen].any():
            wanted = kept[chosen]
            yield _table(batch.take(np.flatnonzero(wanted)), named), times[chosen][wanted], lines[chosen][wanted]


def _pieces(parts: Iterator[Part], roles: Roles, account: Account) -> Iterator[Piece]:
    for table, times, lines in parts:
        piece, faults = piece_of(table, times, lines, roles)
        account.reject(faults)
        yield piece


def _table(batch: Any, named: Mapping[str, str]) -> dict[str, Column]:
    return {named[name]: column_of(batch.column(place)) for place, name in enumerate(batch.schema.names)}


def _named(names: Sequence[str], path: Path) -> dict[str, str]:
    """Return the names of columns by their names in the file; some are left out.

    Raises
    ------
    TableError
        If two columns share a name.
    """
    named = names_of(names)
    if named.twice is not None:
        raise TableError(f"{path}: expected a Parquet file with each column once, got {named.twice!r} twice")
    for note in named.notes:
        log.warning("%s: %s", path, note)
    return {name: known for name, known in zip(names, named.names, strict=True) if known is not None}


def read_columns(path: Path) -> dict[str, Column] | list[dict[str, Any]]:
    """Return all columns of a Parquet file, or its rows if they are native samples.

    Raises
    ------
    TableError
        If it cannot be read, or pyarrow is not installed.
    """
    try:
        from pyarrow import parquet  # an optional extra
    except ImportError as error:
        raise TableError(f"{path}: Parquet needs the extra: pip install 'inference-exporter[arrow]'") from error
    try:
        file = parquet.ParquetFile(path)
        if holds_samples(file.schema_arrow):
            return native_rows(file, path)
        named = _named(file.schema_arrow.names, path)
        table = file.read(columns=list(named))
    except (ValueError, OSError) as error:  # pyarrow raises ValueErrors
        raise TableError(f"{path}: expected a Parquet file, got: {str(error).partition(chr(10))[0]}") from error
    columns = ((named[name], column_of(_whole(table.column(name)))) for name in table.column_names)
    return {name: list(column) if isinstance(column, DictionaryColumn) else column for name, column in columns}


def column_of(array: Any) -> Column:
    """Return an Arrow array as a column: numbers with NaN for null, text and booleans as codes."""
    import pyarrow  # an optional extra that the caller has

    kind = pyarrow.types
    array = plain(pyarrow, array)
    if kind.is_floating(array.type) or kind.is_integer(array.type) or kind.is_null(array.type):
        numbers = _floats(array)
        return numbers if not kind.is_integer(array.type) or exact(numbers) else array.to_pylist()
    if is_moment(kind, array.type):
        codes, texts = moments(pyarrow, array)
        return DictionaryColumn(codes, tuple(texts))
    if kind.is_string(array.type) or kind.is_large_string(array.type) or kind.is_boolean(array.type):
        array = array.dictionary_encode()
    if kind.is_dictionary(array.type):
        codes = _values(array.indices.cast(pyarrow.int32()), -1)
        values = array.dictionary
        different = column_of(values) if needs_conversion(pyarrow, values.type) else values.to_pylist()
        return DictionaryColumn(codes.astype(np.intp), tuple(different))
    return durations(pyarrow, array) if kind.is_duration(array.type) else array.to_pylist()


def _floats(array: Any) -> Floats:
    """Return numbers, NaN for null; floats without null share the array's memory."""
    import pyarrow  # an optional extra that the caller has

    if array.type != pyarrow.float64():
        array = array.cast(pyarrow.float64(), safe=False)
    return _values(array, np.nan)


def _values(array: Any, missing: float) -> NDArray[Any]:
    """Return an array of numbers from its buffers, because pyarrow's conversion of nulls imports pandas."""
    kind = np.dtype(array.type.to_pandas_dtype())
    if len(array) == 0:
        return np.empty(0, kind)
    validity, content = array.buffers()
    values = np.frombuffer(content, kind, len(array), kind.itemsize * array.offset)
    if not array.null_count:
        return values
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), count=array.offset + len(array), bitorder="little")
    return np.where(bits[array.offset :] == 1, values, kind.type(missing))


def _whole(column: Any) -> Any:
    import pyarrow  # an optional extra that the caller has

    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return pyarrow.concat_arrays(array.chunks) if isinstance(array, pyarrow.ChunkedArray) else array


def _times(column: Any, name: str, path: Path) -> Floats:
    import pyarrow  # an optional extra that the caller has

    array = _whole(column)
    if pyarrow.types.is_date(array.type):
        array = array.cast(pyarrow.timestamp("s"))
    if pyarrow.types.is_timestamp(array.type):
        whole = array.cast(pyarrow.int64())
        return file_moments(_floats(whole) / A_SECOND[array.type.unit], name, path)
    return file_times(column_of(array), name, path)
