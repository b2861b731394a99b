"""Recorded samples as columns, from CSV, NDJSON (both may be gzipped) or Parquet."""

import csv
import gzip
import io
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import Column
from ..decode._lines import read_lines
from ..errors import TableError

Table = dict[str, Column]


def read_table(path: Path) -> Table:
    """Return the columns of a file. Columns whose every value is a number are arrays, NaN where empty.

    Raises
    ------
    TableError
        If it cannot be read; the message names the file and, where there is one, the line.
    """
    name = path.name.removesuffix(".gz").lower()
    try:
        if name.endswith(".parquet"):
            return _read_parquet(path)
        content = _content(path)
        if name.endswith((".ndjson", ".jsonl", ".json")):
            return _read_ndjson(path, content)
        if name.endswith((".csv", ".tsv")):
            return _read_csv(path, content, "\t" if name.endswith(".tsv") else ",")
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise TableError(f"{path}: expected a whole gzip file, got: {error}") from error
    raise TableError(f"{path}: expected a .csv, .tsv, .ndjson, .jsonl (or .gz of these) or .parquet file")


def n_rows(table: Table) -> int:
    """Return the number of rows."""
    return len(next(iter(table.values()))) if table else 0


def _content(path: Path) -> bytes:
    if path.name.endswith(".gz"):
        with gzip.open(path) as file:
            return file.read()
    return path.read_bytes()


def _read_csv(path: Path, content: bytes, delimiter: str) -> Table:
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        header = next(reader, [])
        rows = []
        for row in reader:
            if len(row) == len(header):
                rows.append(row)
            elif row:
                raise TableError(f"{path}:{reader.line_num}: expected {len(header)} values, got {len(row)}")
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: expected UTF-8, got byte {content[error.start]:#04x}") from error
    except csv.Error as error:
        raise TableError(f"{path}:{reader.line_num}: {error}") from error
    if not rows:
        raise TableError(f"{path}: expected a header and rows, got {'only a header' if header else 'an empty file'}")
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise TableError(f"{path}:1: expected each column once, got {twice!r} twice")
    return {name: typed(column) for name, column in zip(header, zip(*rows, strict=True), strict=True)}


def typed(column: tuple[str, ...]) -> Column:
    """Return numbers where every value is one, else text with None where empty."""
    try:
        return np.array([value or "nan" for value in column], dtype=np.float64)
    except ValueError:
        return [value or None for value in column]


def _read_ndjson(path: Path, content: bytes) -> Table:
    rows: list[dict[str, Any]] = []
    for block in read_lines(iter([content])):
        for rejected in block.rejected:
            raise TableError(f"{path}: record {rejected.index + 1}: {rejected.message}")
        for value in block.values:
            if not isinstance(value, dict):
                raise TableError(f"{path}: record {len(rows) + 1}: expected an object, got {type(value).__name__}")
            rows.append(value)
    if not rows:
        raise TableError(f"{path}: expected records, got an empty file")
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _read_parquet(path: Path) -> Table:
    try:
        from pyarrow import parquet  # an extra, needed for this only
    except ImportError as error:
        raise TableError(f"{path}: Parquet needs the extra: pip install 'inference-exporter[arrow]'") from error
    try:
        content = parquet.read_table(path)
    except (ValueError, OSError) as error:  # pyarrow's own errors are ValueErrors
        raise TableError(f"{path}: expected a Parquet file, got: {str(error).partition(chr(10))[0]}") from error
    table: Table = {}
    for name in content.column_names:
        values = content.column(name).to_pylist()
        plain = all(isinstance(value, int | float | Decimal | None) and not isinstance(value, bool) for value in values)
        table[name] = np.array(values, dtype=np.float64) if plain else values
    return table
