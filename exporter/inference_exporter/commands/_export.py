"""Writes stored predictions with their outcomes to a file: NDJSON, CSV or Parquet."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from ..errors import StoreFault
from ..evaluation.buffer import SCORES, TIME
from ..evaluation.reading import Exported, Source
from ..samples.batch import ModelKey

FORMATS = ("ndjson", "csv", "parquet")
NUMBERS = ("latency_seconds", "code")
OUTCOME, OUTCOME_TIME = "outcome", "outcome_time"


def export_predictions(source: Source, form: str, out: Path | None, model: str) -> int:
    """Write the predictions of a store; returns how many.

    Raises
    ------
    StoreFault
        If it cannot be read, or Parquet is not installed or has no file to go to.
    """
    # All columns of all blocks first: CSV and Parquet need their header before the first row.
    names = source.column_names(model)
    if form == "parquet":
        return _parquet(source, names, out, model)
    with _opened(out) as file:
        write = _ndjson if form == "ndjson" else _csv
        return write(source.exported(model), names, file)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
    else:
        # Without translation of newlines: the csv module writes its own.
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file


def _columns(part: Exported, names: list[str]) -> dict[str, list[Any]]:
    """Return the columns of a block as Python values, None where something is missing."""
    size = part.block.rows
    columns: dict[str, list[Any]] = {name: [value] * size for name, value in part.block.key._asdict().items()}
    for name in names:
        columns[name] = _values(part.columns.get(name, [None] * size))
    columns[TIME], columns[OUTCOME_TIME] = map(_moments, (np.asarray(part.columns[TIME]), part.outcome_time))
    return columns | {OUTCOME: part.outcome}


def _values(column: Any) -> list[Any]:
    values = column.tolist() if isinstance(column, np.ndarray) else list(column)
    return [None if value != value else value for value in values]  # NaN differs from itself


def _moments(times: np.ndarray) -> list[datetime | None]:
    return [None if time != time else datetime.fromtimestamp(time, UTC) for time in times.tolist()]


def _ndjson(parts: Iterator[Exported], names: list[str], file: IO[str]) -> int:
    number = 0
    for part in parts:
        columns = _columns(part, names)
        for row in zip(*columns.values(), strict=True):
            record = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
            file.write(orjson.dumps(record, default=str).decode() + "\n")
        number += part.block.rows
    return number


def _csv(parts: Iterator[Exported], names: list[str], file: IO[str]) -> int:
    writer = csv.writer(file)
    writer.writerow([*ModelKey._fields, *names, OUTCOME_TIME, OUTCOME])
    number = 0
    for part in parts:
        columns = _columns(part, names)
        for name in (TIME, OUTCOME_TIME):
            columns[name] = [time and time.isoformat() for time in columns[name]]
        writer.writerows(zip(*columns.values(), strict=True))
        number += part.block.rows
    return number


def _parquet(source: Source, names: list[str], out: Path | None, model: str) -> int:
    if out is None:
        raise StoreFault("Parquet needs a file: --out FILE")
    try:
        import pyarrow  # an optional extra
        import pyarrow.parquet
    except ImportError as error:
        raise StoreFault("Parquet needs pip install 'inference-exporter[arrow]'") from error
    # A pass of its own over the store: a Parquet file has one type a column, fixed before its first row.
    numeric = _numeric(source, names, model)
    text, number, moment = pyarrow.string(), pyarrow.float64(), pyarrow.timestamp("us", tz="UTC")
    kinds = {name: number if name in numeric else text for name in (*ModelKey._fields, *names, OUTCOME_TIME, OUTCOME)}
    kinds |= {TIME: moment, OUTCOME_TIME: moment}
    written = 0
    with pyarrow.parquet.ParquetWriter(out, pyarrow.schema(list(kinds.items())), compression="zstd") as writer:
        for part in source.exported(model):
            columns = _columns(part, names)
            columns = {name: _texts(columns[name]) if kind is text else columns[name] for name, kind in kinds.items()}
            writer.write_table(pyarrow.table(columns, schema=writer.schema))
            written += part.block.rows
    return written


def _numeric(source: Source, names: list[str], model: str) -> set[str]:
    """Return the columns that hold only numbers in every block."""
    # These are stored as numbers; others may be numbers in one block and text in the next.
    numeric = {name for name in names if name.startswith(SCORES) or name in NUMBERS}
    doubtful = set(names) - numeric | {OUTCOME}
    for part in source.exported(model):
        columns = {**part.columns, OUTCOME: part.outcome}
        doubtful = {name for name in doubtful if name not in columns or _is_numeric(columns[name])}
    return numeric | doubtful


def _is_numeric(column: Any) -> bool:
    # `type`: true and false are text here, as in the samples' categories.
    return isinstance(column, np.ndarray) or all(type(value) in (int, float, type(None)) for value in column)


def _texts(values: list[Any]) -> list[str | None]:
    return [value if value is None or isinstance(value, str) else _text(value) for value in values]


def _text(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()
