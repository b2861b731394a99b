"""NDJSON, plain or gzipped: native samples (and outcomes) as the sidecar accepts them, or flat objects as rows."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from ..arrays import Column
from ..decode.json_text import parse_json
from ..errors import DecodeError, TableError
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from ..samples.batch_rows import batch_rows, joined
from ..samples.native import outcomes_of, samples_of
from ..samples.records import Rows
from ..values.names import names_of
from ..values.times import text_as_time
from .account import Account, Fault
from .delimited import flat_recording
from .opened import Progress, opened
from .recording import Period, Recording, ordered, pieces
from .roles import Piece, Roles
from .times import EXPECTED

log = logging.getLogger(__name__)
# Parsed in one call; a block with a fault is parsed again line by line, so it must not be large.
BLOCK_LINES = 512


def read_ndjson(path: Path, roles: Roles, period: Period, progress: Progress) -> Recording:
    """Return the recording of an NDJSON file. One object with ``features`` means that all are native samples.

    Raises
    ------
    TableError
        If it cannot be read at all, or a named column does not exist.
    """
    account = Account()
    rows, lines = json_objects(path, account, progress)
    if not rows:
        raise TableError(f"{path}: expected records, got {'no objects' if account.read else 'an empty file'}")
    if are_native(rows):
        return native_recording(rows, lines, roles, period, account)
    table = flat_columns(rows, path)
    time = roles.check(table, path)
    table = {name: column for name, column in table.items() if name not in roles.ignored}
    return flat_recording(table, time, np.array(lines), roles, period, account, path)


def are_native(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether objects are native samples: one with ``features`` decides for all."""
    return any(isinstance(row.get("features"), dict) for row in rows)


def flat_columns(rows: Sequence[dict[str, Any]], path: Path) -> dict[str, Column]:
    """Return flat objects as columns, missing where an object lacks them.

    Raises
    ------
    TableError
        If two names differ only by surrounding blanks.
    """
    keys = list(dict.fromkeys(name for row in rows for name in row))
    named = names_of(keys)
    for note in named.notes:
        log.warning("%s: %s", path, note)
    if named.twice is not None:
        raise TableError(f"{path}: expected each name once, got {named.twice!r} twice, with and without blanks")
    return {
        name: [row.get(key) for row in rows] for key, name in zip(keys, named.names, strict=True) if name is not None
    }


def json_objects(path: Path, account: Account, progress: Progress) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the objects of a file, one a line or in one array, and the line (or the place) of each."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    with opened(path, progress) as (content, tell):
        for block in _blocks(content):
            # Only at the start: an array in the middle is a line that is not an object.
            if not account.read and block and block[0][1].lstrip().startswith(b"["):
                block = _items(block, content)
            values = _parsed([text for _, text in block])
            for (line, _), value in zip(block, values, strict=True):
                account.read += 1
                if isinstance(value, dict):
                    rows.append(value)
                    lines.append(line)
                elif isinstance(value, DecodeError):
                    account.reject([Fault(line, "not_json", str(value))])
                else:
                    message = f"expected an object, got {type(value).__name__}"
                    account.reject([Fault(line, "not_an_object", message)])
            tell()
    return rows, lines


def _blocks(content: IO[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    block: list[tuple[int, bytes]] = []
    for number, line in enumerate(content, 1):
        if line.strip():
            block.append((number, line))
        if len(block) == BLOCK_LINES:
            yield block
            block = []
    yield block


def _items(block: list[tuple[int, bytes]], content: IO[bytes]) -> list[tuple[int, bytes]]:
    """Return the items of a file that is one JSON array as lines; any other block unchanged."""
    rest = content.read()
    try:
        values = orjson.loads(b"".join(line for _, line in block) + rest)
    except orjson.JSONDecodeError:
        return block + [
            (block[-1][0] + number, line) for number, line in enumerate(rest.splitlines(), 1) if line.strip()
        ]
    return [(place, orjson.dumps(value)) for place, value in enumerate(values, 1)]


def _parsed(lines: Sequence[bytes]) -> Sequence[object]:
    """Return the value of each line, or the error if it is not valid JSON."""
    try:
        # A line may hold several values or half a one; then the number of values differs, or nothing parses.
        values = orjson.loads(b"[" + b",".join(lines) + b"]")
    except orjson.JSONDecodeError:
        values = []
    return values if len(values) == len(lines) else [_value(line) for line in lines]


def _value(line: bytes) -> object:
    try:
        return parse_json(line)
    except DecodeError as error:
        return error


def native_recording(
    rows: Sequence[dict[str, Any]], lines: Sequence[int], roles: Roles, period: Period, account: Account
) -> Recording:
    """Return the recording of native samples; objects with an outcome and no features are outcomes."""
    is_outcome = [is_outcome_of_other(row) for row in rows]
    samples = [(row, line) for row, line, other in zip(rows, lines, is_outcome, strict=True) if not other]
    late = [(row, line) for row, line, other in zip(rows, lines, is_outcome, strict=True) if other]
    streams = []
    for batch, places in samples_by_model(samples, roles.key, account):
        order = ordered(batch.times, places, account, period, f"time: {EXPECTED}")
        streams.append(batch_rows(batch, order))
    outcomes = list(_outcomes(late, account))
    streams = [batch for batch in streams if batch.size]
    return Recording(
        [pieces(Piece(batch)) for batch in streams],
        min((float(batch.times[0]) for batch in streams), default=np.nan),
        max((float(batch.times[-1]) for batch in streams), default=np.nan),
        sum(batch.size for batch in streams),
        account,
        max((len(batch.features) for batch in streams), default=1),
        outcomes,
    )


def is_outcome_of_other(row: dict[str, Any]) -> bool:
    """Return whether a record is only an outcome, of a sample in another record."""
    return "outcome" in row and not ("features" in row or "prediction" in row)


def samples_by_model(
    samples: Sequence[tuple[dict[str, Any], int]], key: ModelKey, account: Account
) -> Iterator[tuple[Batch, np.ndarray]]:
    """Yield the native samples of each model as one batch, with the line of each; `key` fills in missing parts."""
    batches: dict[ModelKey, list[Batch]] = defaultdict(list)
    places: dict[ModelKey, list[int]] = defaultdict(list)
    for start in range(0, len(samples), BLOCK_LINES):
        block = samples[start : start + BLOCK_LINES]
        for named, part in _same_model(block):
            for batch, good in _checked(part, account):
                whole = ModelKey(*(own or given for own, given in zip(named, key, strict=True)))
                batches[whole].append(batch)
                places[whole] += good
    for whole, parts in batches.items():
        whole_batch = joined(parts)
        yield (
            Batch(**{name: getattr(whole_batch, name) for name in Batch.__dataclass_fields__} | {"key": whole}),
            (np.array(places[whole])),
        )


def _same_model(
    block: Sequence[tuple[dict[str, Any], int]],
) -> Iterator[tuple[ModelKey, list[tuple[dict[str, Any], int]]]]:
    """Yield the samples of each model; a model that is not a text is left for the check to reject."""
    groups: dict[tuple[str, ...], list[tuple[dict[str, Any], int]]] = defaultdict(list)
    for row, line in block:
        groups[tuple(_label(row.get(name)) for name in ModelKey._fields)].append((row, line))
    for named, part in groups.items():
        yield ModelKey(*named), part


def _label(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _checked(part: list[tuple[dict[str, Any], int]], account: Account) -> Iterator[tuple[Batch, list[int]]]:
    """Yield batches with the lines of their rows; samples that break a rule of the native format are rejected."""
    rows, lines = [_with_time(row) for row, _ in part], [line for _, line in part]
    for decoded in samples_of([Rows(rows, lines)]):
        wrong = {item.index for item in decoded.rejected}
        account.reject(Fault(item.index, item.reason, item.message) for item in decoded.rejected)
        good = [line for line in lines if line not in wrong]
        for batch in decoded.batches:
            yield batch, good[: batch.size]
            # Batches hold the accepted rows in their order.
            good = good[batch.size :]


def _with_time(row: dict[str, Any]) -> dict[str, Any]:
    """Return a sample with its time as a number, so that dates and months are read as in other recordings."""
    time = row.get("time")
    if not isinstance(time, str):
        return row
    seconds = text_as_time(time)
    return {**row, "time": None if np.isnan(seconds) else seconds}


def _outcomes(late: Sequence[tuple[dict[str, Any], int]], account: Account) -> Iterator[OutcomeBatch]:
    for decoded in outcomes_of([Rows([_with_time(row) for row, _ in late], [line for _, line in late])]):
        account.reject(Fault(item.index, item.reason, item.message) for item in decoded.rejected)
        yield from decoded.batches
