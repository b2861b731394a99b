"""CSV with a header: a column for each feature, and native fields by their names."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from ..arrays import Column
from ..errors import DecodeError
from ..samples.records import Columns, Rows
from ..samples.rejections import Rejections
from ..values.names import names_of
from ..values.texts import as_texts, leading_zeros, typed
from ._base import WireFormat
from ._flat import TEXT_FIELDS, nested
from ._limits import RECORD_BYTES, TEXT_LENGTH_AT_MOST, pieces_of, require_few

ROWS_AT_ONCE, CELLS_AT_ONCE = 2048, 200_000
DELIMITERS = ",;\t|"
Row = list[str] | str
"""A row, or what is wrong with it."""


def read_csv(chunks: Iterable[bytes]) -> Iterator[Rows | Columns]:
    """Yield the rows in blocks of columns; rows of another width are rejected."""
    rows = _rows_of(chunks)
    header = next(rows, [])
    if isinstance(header, str):
        raise DecodeError(f"expected a header of CSV, got: {header}", "not_csv")
    named = names_of(header)
    if named.twice is not None:
        raise DecodeError(f"expected each column once, got {named.twice!r} twice", "not_csv")
    if not any(named.names):
        raise DecodeError("expected a header with the names of columns, got none", "not_csv")
    at_once, index = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // len(header))), 0
    while block := list(islice(rows, at_once)):
        require_few(index)
        yield from _block(named.names, len(header), block, index)
        index += len(block)


def _block(names: Sequence[str | None], width: int, rows: list[Row], index: int) -> Iterator[Rows | Columns]:
    whole = [row for row in rows if isinstance(row, list) and len(row) == width]
    if len(whole) < len(rows):
        yield Rows((), (), _rejected(rows, width, index))
    if whole:
        columns = zip(names, zip(*whole, strict=True), strict=True)
        yield Columns(nested({name: _column(name, texts) for name, texts in columns if name is not None}), {})


def _rejected(rows: list[Row], width: int, index: int) -> Rejections:
    rejected = Rejections()
    for place, row in enumerate(rows, index):
        if isinstance(row, str):
            rejected.add(place, f"expected CSV, got: {row}", "not_csv")
        elif len(row) != width:
            rejected.add(place, f"expected {width} values as in the header, got {len(row)}", "not_csv")
    return rejected


def _column(name: str, texts: Sequence[str]) -> Column:
    """Return numbers if all say so; codes with leading zeros stay texts, which numeric features read as numbers."""
    short = [text[:TEXT_LENGTH_AT_MOST] for text in texts]
    if name in TEXT_FIELDS or leading_zeros(short):
        return as_texts(short)
    return typed(short, classes=name in ("prediction", "outcome")).column


def _rows_of(chunks: Iterable[bytes]) -> Iterator[Row]:
    # The module's default of 128 KB would reject texts that JSON may have.
    csv.field_size_limit(RECORD_BYTES)
    lines = _lines_of(chunks)
    first = next(lines, "").removeprefix("\ufeff")
    # The one that is there most often in the header; a comma if there is none.
    delimiter = max(DELIMITERS, key=first.count)
    blank = f"{delimiter} " in first
    reader = csv.reader(chain([first], lines), delimiter=delimiter, skipinitialspace=blank)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield str(error)
            continue
        if row is None:
            return
        if row:
            yield row


def _lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield lines with their ends; a line that is too long is refused before it is held."""
    rest = b""
    for piece in pieces_of(chunks):
        lines = (rest + piece).splitlines(keepends=True)
        rest = lines.pop() if lines else b""
        if len(rest) > RECORD_BYTES:
            raise DecodeError(f"expected a line of at most {RECORD_BYTES} bytes, got more", "too_large", 413)
        yield from map(_text_of, lines)
    if rest:
        yield _text_of(rest)


def _text_of(line: bytes) -> str:
    return line.decode(errors="replace").replace("\0", "\ufffd")


FORMAT = WireFormat(key="csv", content_types=("text/csv", "application/csv"), read=read_csv, reasons=("not_csv",))
