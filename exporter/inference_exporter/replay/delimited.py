"""CSV and TSV, plain or gzipped: what is wrong is rejected with its line, the rest is taken."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import Column
from ..errors import TableError
from .account import Account, Fault
from .opened import Progress, opened
from .recording import Period, Recording, ordered, pieces
from .roles import Piece, Roles, piece_of
from .tables import typed
from .times import EXPECTED, times_of

ROWS_A_STEP = 5000


def read_delimited(path: Path, roles: Roles, period: Period, progress: Progress) -> Recording:
    """Return the recording of a CSV or TSV file.

    Raises
    ------
    TableError
        If it cannot be read at all, or a column that was named is not there.
    """
    account = Account()
    delimiter = "\t" if path.name.removesuffix(".gz").lower().endswith(".tsv") else ","
    header, rows, lines = _rows(path, delimiter, account, progress)
    if not rows:
        raise TableError(f"{path}: expected a header and rows, got {'no whole row' if header else 'an empty file'}")
    time = roles.check(header, path)
    columns = zip(*rows, strict=True)
    table = {name: typed(column) for name, column in zip(header, columns, strict=True) if name not in roles.ignored}
    return flat_recording(table, time, np.array(lines), roles, period, account)


def flat_recording(
    table: dict[str, Column], time: str, lines: np.ndarray, roles: Roles, period: Period, account: Account
) -> Recording:
    """Return the recording of a whole table, sorted by time."""
    times = times_of(table[time])
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


def _rows(
    path: Path, delimiter: str, account: Account, progress: Progress
) -> tuple[list[str], list[list[str]], list[int]]:
    rows: list[list[str]] = []
    lines: list[int] = []
    with opened(path, progress) as (content, tell):
        # Bytes that are no UTF-8 become halves of surrogates, so that only their row is lost.
        text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.reader(text, delimiter=delimiter)
        header = next(reader, [])
        if len(set(header)) < len(header):
            twice = next(name for name in header if header.count(name) > 1)
            raise TableError(f"{path}:1: expected each column once, got {twice!r} twice")
        for row in _whole(reader, len(header), account):
            rows.append(row)
            lines.append(reader.line_num)
            if len(rows) % ROWS_A_STEP == 0:
                tell()
        text.detach()  # whoever opened the content closes it
    return header, rows, lines


def _whole(reader: Any, width: int, account: Account) -> Iterator[list[str]]:
    """Yield the rows that have all their values in readable text."""
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
