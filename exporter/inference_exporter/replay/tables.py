"""Recorded samples as columns, from CSV, NDJSON (both may be gzipped) or Parquet: with the readers of a replay."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arrays import Column
from ..errors import TableError
from ..samples.batch import Batch, ModelKey
from .account import Account
from .delimited import delimited_rows
from .ndjson import are_native, flat_columns, is_outcome_of_other, json_objects, samples_by_model
from .parquet import read_columns

Table = dict[str, Column]


@dataclass(frozen=True, eq=False)
class NativeSamples:
    """Samples of one model as the sidecar accepts them, with their outcomes."""

    batch: Batch
    outcome: Column | None


def read_table(path: Path) -> Table:
    """Return the columns of a file of flat records.

    Raises
    ------
    TableError
        If it cannot be read, or holds native samples.
    """
    data = read_data(path)
    if isinstance(data, NativeSamples):
        raise TableError(f"{path}: expected flat records, got native samples")
    return data


def read_data(path: Path, texts: Collection[str] = (), classes: Collection[str] = ()) -> Table | NativeSamples:
    """Return the columns of a file, or its native samples.

    Parameters
    ----------
    texts : collection of str
        Columns of an untyped file whose values stay as written, even if they look like numbers.
    classes : collection of str
        Columns whose values may be class names.

    Raises
    ------
    TableError
        If it cannot be read; the message names the file and, if possible, the line.
    """
    name = path.name.removesuffix(".gz").lower()
    if name.endswith(".parquet"):
        return _parquet(path)
    if name.endswith((".ndjson", ".jsonl", ".json")):
        return _ndjson(path)
    if name.endswith((".csv", ".tsv")):
        return _csv(path, texts, classes)
    raise TableError(f"{path}: expected a .csv, .tsv, .ndjson, .jsonl (or .gz of these) or .parquet file")


def n_rows(table: Table) -> int:
    """Return the number of rows."""
    return len(next(iter(table.values()))) if table else 0


def _parquet(path: Path) -> Table | NativeSamples:
    try:
        found = read_columns(path)
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found if isinstance(found, dict) else _native(path, dict(enumerate(found, 1)), Account(unit="row"))


def _csv(path: Path, texts: Collection[str], classes: Collection[str]) -> Table:
    account = Account()
    content = delimited_rows(path, account, _ignore)
    _require_all(path, account)
    if not content.rows:
        found = "only a header" if content.names else "an empty file"
        raise TableError(f"{path}: expected a header and rows, got {found}")
    return content.columns(path, texts, classes, ())


def _ndjson(path: Path) -> Table | NativeSamples:
    account = Account()
    rows, lines = json_objects(path, account, _ignore)
    _require_all(path, account)
    if not rows:
        raise TableError(f"{path}: expected records, got an empty file")
    if not are_native(rows):
        return flat_columns(rows, path)
    return _native(path, dict(zip(lines, rows, strict=True)), account)


def _native(path: Path, rows: Mapping[int, dict[str, Any]], account: Account) -> NativeSamples:
    samples = [(row, line) for line, row in rows.items() if not is_outcome_of_other(row)]
    batches = list(samples_by_model(samples, ModelKey(), account))
    _require_all(path, account)
    if len(batches) != 1:
        models = ", ".join(sorted("/".join(part for part in batch.key if part) for batch, _ in batches))
        raise TableError(f"{path}: expected samples of one model, got {models}")
    batch, lines = batches[0]
    # Outcomes may come in records of their own, before or after their sample.
    outcomes = {str(row.get("id")): row["outcome"] for row in rows.values() if "outcome" in row}
    if not outcomes:
        return NativeSamples(batch, None)
    own = [rows[line].get("outcome") for line in lines.tolist()]
    ids = batch.ids or [None] * batch.size
    found = [value if value is not None else outcomes.get(name or "") for value, name in zip(own, ids, strict=True)]
    return NativeSamples(batch, found)


def _require_all(path: Path, account: Account) -> None:
    """Reject a file with any faulty row: a reference needs all rows."""
    for fault in account.examples[:1]:
        # The first only: a file of another form has the same fault in every line.
        raise TableError(f"{path}:{fault.line}: {fault.message}")


def _ignore(share: float) -> None:
    """Ignore a reader's progress."""
