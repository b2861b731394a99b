"""CSV and TSV, plain or gzipped: faulty rows are rejected with their line, the others are read."""

import csv
import io
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..arrays import Column
from ..errors import TableError
from ..values.names import names_of
from ..values.texts import as_texts, typed
from .account import Account, Fault
from .opened import Progress, opened
from .recording import Period, Recording, ordered, pieces
from .roles import Piece, Roles, piece_of
from .times import EXPECTED, file_times

log = logging.getLogger(__name__)
ROWS_A_STEP = 5000
FIELD_LENGTH_AT_MOST = 1 << 20  # of a field; a longer one means an unclosed quote
OTHER_DELIMITERS = ";\t|"


@dataclass(frozen=True)
class Delimited:
    """The rows of a file as texts; the name of a column that is left out is None."""

    names: Sequence[str | None]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]

    @property
    def header(self) -> list[str]:
        """The names of the columns that are read."""
        return [name for name in self.names if name is not None]

    def columns(
        self, path: Path, texts: Collection[str], classes: Collection[str], ignored: Collection[str]
    ) -> dict[str, Column]:
        """Return the columns with types inferred from their values, or as texts if requested."""
        found: dict[str, Column] = {}
        for name, column in zip(self.names, zip(*self.rows, strict=True), strict=True):
            if name is None or name in ignored:
                continue
            if name in texts:
                found[name] = as_texts(column, name in classes)
                continue
            result = typed(column, name in classes)
            found[name] = result.column
            if result.note:
                log.warning("%s: %s: %s", path, name, result.note)
        return found


def read_delimited(path: Path, roles: Roles, period: Period, progress: Progress) -> Recording:
    """Return the recording of a CSV or TSV file.

    Raises
    ------
    TableError
        If it cannot be read at all, or a named column does not exist.
    """
    account = Account()
    content = delimited_rows(path, account, progress)
    if not content.rows:
        found = "no complete row" if content.names else "an empty file"
        raise TableError(f"{path}: expected a header and rows, got {found}")
    time = roles.check(content.header, path)
    table = content.columns(path, roles.texts, roles.classes, roles.ignored)
    return flat_recording(table, time, np.array(content.lines), roles, period, account, path)


def flat_recording(
    table: dict[str, Column],
    time: str,
    lines: np.ndarray,
    roles: Roles,
    period: Period,
    account: Account,
    path: Path,
) -> Recording:
    """Return the recording of a whole table, sorted by time."""
    times = file_times(table[time], time, path)
    order = ordered(times, lines, account, period, f"{time}: {EXPECTED}")
    taken = {name: _taken(column, order) for name, column in table.items()}
    piece, faults = piece_of(taken, times[order], lines[order], roles)
    account.reject(faults)
    return recording_of(piece, account, len(table))


def recording_of(piece: Piece, account: Account, columns: int) -> Recording:
    """Return the recording of one ordered piece."""
    times = piece.batch.times
    first, last = (float(times[0]), float(times[-1])) if len(times) else (np.nan, np.nan)
    return Recording([pieces(piece)], first, last, len(times), account, columns)


def _taken(column: Column, order: np.ndarray) -> Column:
    return column[order] if isinstance(column, np.ndarray) else [column[row] for row in order.tolist()]


def delimited_rows(path: Path, account: Account, progress: Progress) -> Delimited:
    """Return the complete rows of a file with readable text.

    Raises
    ------
    TableError
        If it cannot be read at all, or two columns share a name.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    with opened(path, progress) as (content, tell):
        # Invalid UTF-8 becomes lone surrogates, so that only the row is lost.
        text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape", newline="")
        reader = _reader(path, text)
        header: list[str] = next(reader, [])
        named = names_of(header)
        if named.twice is not None:
            raise TableError(f"{path}:1: expected each column once, got {named.twice!r} twice")
        for note in named.notes:
            log.warning("%s:1: %s", path, note)
        for row in _whole(reader, len(header), account):
            rows.append(row)
            lines.append(reader.line_num)
            if len(rows) % ROWS_A_STEP == 0:
                tell()
        text.detach()  # the caller closes the content
    return Delimited(named.names, rows, lines)


def _reader(path: Path, text: IO[str]) -> Any:
    """Return a reader for the delimiter of the header, with or without blanks after it."""
    csv.field_size_limit(FIELD_LENGTH_AT_MOST)
    header = text.readline()
    delimiter = "\t" if path.name.removesuffix(".gz").lower().endswith(".tsv") else ","
    others = [other for other in OTHER_DELIMITERS if other in header] if delimiter not in header else []
    if others:
        # The one that is there most often: names may contain the others.
        delimiter = max(others, key=header.count)
        log.warning("%s:1: %r is used as the column separator", path, delimiter)
    # "a, b, c": without this, the blank would become part of each text.
    blank = f"{delimiter} " in header
    return csv.reader(chain([header], text), delimiter=delimiter, skipinitialspace=blank)


def _whole(reader: Any, width: int, account: Account) -> Iterator[list[str]]:
    """Yield the complete rows with readable text."""
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            account.read += 1
            account.reject([Fault(reader.line_num, "not_csv", str(error))])
            continue
        if not row:
            continue
        account.read += 1
        if len(row) != width:
            message = f"expected {width} values, got {len(row)}"
            account.reject([Fault(reader.line_num, "wrong_number_of_values", message)])
        elif not _readable(row):
            account.reject([Fault(reader.line_num, "not_utf8", "expected UTF-8")])
        else:
            yield row


def _readable(row: list[str]) -> bool:
    text = "".join(row)
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
