"""``inference-exporter outcomes FILE``: send the ground truth in a file to a running exporter, once."""

import argparse
import csv
import hashlib
import http.client
import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import orjson

from ..errors import TableError
from ._label_files import outcomes_in

# A lookup in the evaluation store reads each of its blocks once, whether for one outcome or for thousands.
ROWS_A_REQUEST = 50_000
# A minute and a half altogether: longer than a restart of the exporter takes.
TRIES, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 8, 1.0, 30.0
TIMEOUT_SECONDS = 60.0
REASONS_SHOWN = 5

Record = dict[str, Any]


class Sent(NamedTuple):
    """What the exporter made of some outcomes."""

    accepted: int
    rejected: int
    reasons: tuple[str, ...]


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, JSON, NDJSON or Parquet, by the end of its name")
    parser.add_argument("--url", default="http://127.0.0.1:10800", help="the exporter (default: %(default)s)")
    parser.add_argument("--model", default="", help="model of all outcomes; without it, the column `model`")
    parser.add_argument("--id-column", default="id", help="column of the prediction's id (default: %(default)s)")
    parser.add_argument("--outcome-column", default="outcome", help="column of the outcome (default: %(default)s)")
    parser.add_argument("--time-column", default="time", help="column of the time (default: %(default)s, if any)")


def run(options: argparse.Namespace) -> int:
    """Send a file, print what was accepted, and return 1 if anything was rejected."""
    url = f"{options.url.rstrip('/')}/v1/outcomes"
    records = (outcome for record in records_of(options.file) for outcome in _outcomes(record, options))
    accepted, rejected, reasons = 0, 0, list[str]()
    for number, rows in enumerate(_chunks(records)):
        sent = send(url, rows, number)
        accepted, rejected = accepted + sent.accepted, rejected + sent.rejected
        reasons += sent.reasons[: REASONS_SHOWN - len(reasons)]
    print(f"{accepted} outcomes accepted, {rejected} rejected")
    for reason in reasons:
        print(f"  {reason}")
    return int(rejected > 0)


def _outcomes(record: Record, options: argparse.Namespace) -> Iterator[Record]:
    """Yield the outcomes of a record: one for a row of a table, any number for a payload."""
    try:
        found = outcomes_in(record, options.id_column)
    except ValueError as error:
        raise TableError(f"{options.file}: {error}") from error
    if found is None:
        yield _outcome(record, options)
    else:
        yield from ({**one, "model": options.model} if options.model else one for one in found)


def _outcome(record: Record, options: argparse.Namespace) -> Record:
    names = {"id": options.id_column, "outcome": options.outcome_column, "time": options.time_column}
    # Columns with the names of our fields need no flag.
    names |= {name: name for name in ("model", "version", "variant")}
    found = {name: record[column] for name, column in names.items() if record.get(column) not in (None, "")}
    return {**found, "model": options.model} if options.model else found


def _chunks(records: Iterable[Record]) -> Iterator[list[Record]]:
    rest = iter(records)
    while rows := list(itertools.islice(rest, ROWS_A_REQUEST)):
        yield rows


def records_of(path: Path) -> Iterator[Record]:
    """Yield the records of a file.

    Raises
    ------
    TableError
        If it cannot be read.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise TableError(f"{path}: expected a name that ends in {', '.join(READERS)}")
    try:
        yield from read(path)
    except (OSError, ValueError, csv.Error) as error:
        raise TableError(f"{path}: {error}") from error


def _csv_records(path: Path) -> Iterator[Record]:
    # Spreadsheets write a byte order mark, which would become part of the first column's name.
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def _json_records(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                record = orjson.loads(line)
                if not isinstance(record, dict):
                    raise ValueError(f"line {number}: expected an object")
                yield record


def _whole_json_records(path: Path) -> Iterator[Record]:
    content = path.read_bytes()
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        yield from _json_records(path)  # one record a line, whatever the name of the file says
        return
    for number, record in enumerate(document if isinstance(document, list) else [document], start=1):
        if not isinstance(record, dict):
            raise ValueError(f"record {number}: expected an object")
        yield record


def _parquet_records(path: Path) -> Iterator[Record]:
    try:
        import pyarrow.parquet  # an optional extra
    except ImportError as error:
        raise TableError(f"{path}: Parquet needs pip install 'inference-exporter[arrow]'") from error
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_A_REQUEST):
            yield from batch.to_pylist()


READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".csv": _csv_records,
    ".ndjson": _json_records,
    ".jsonl": _json_records,
    ".json": _whole_json_records,
    ".parquet": _parquet_records,
}


def send(url: str, rows: list[Record], number: int) -> Sent:
    """Send outcomes until they are acknowledged; the same rows at the same place of a file count once.

    Raises
    ------
    TableError
        If the exporter does not take them.
    """
    body = b"\n".join(orjson.dumps(row, default=str) for row in rows)
    # The place in the file is part of the key: the same rows may come twice in one file on purpose.
    key = f"outcomes-{number}-{hashlib.blake2b(body, digest_size=16).hexdigest()}"
    request = Request(url, body, {"Content-Type": "application/x-ndjson", "Idempotency-Key": key})  # noqa: S310
    pause = FIRST_PAUSE_SECONDS
    for attempt in range(1, TRIES + 1):
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the address that the user gave
                return _sent(answer.read())
        except HTTPError as error:
            # The exporter read the body and rejected all of it; the answer says why.
            if error.code == 400:
                return _sent(error.read())
            if error.code != 503 or attempt == TRIES:
                raise TableError(f"{url}: {error}") from error
        except (URLError, OSError, http.client.HTTPException) as error:
            if attempt == TRIES:
                raise TableError(f"{url}: {error}") from error
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def _sent(content: bytes) -> Sent:
    answer = orjson.loads(content)
    return Sent(answer["accepted"], answer["rejected"], tuple(error["reason"] for error in answer["errors"]))
