"""CSV with a header: a column for each feature, and native fields by their names."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from ..arrays import Column
from ..errors import DecodeError
from ..samples.records import ROWS_WITHOUT_NAMES, Columns, Rows
from ..samples.rejections import Rejections
from ..values.names import names_of
from ..values.texts import as_texts, leading_zeros, typed
from ._base import WireFormat
from ._flat import TEXT_FIELDS, nested
from ._limits import RECORD_BYTES, TEXT_LENGTH_AT_MOST, pieces_of, require_few

ROWS_AT_ONCE, CELLS_AT_ONCE = 2048, 200_000
DELIMITERS = ",;\t|"
NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
DECIMAL_COMMA = re.compile(r"\s*-?\d+(,\d+)?\s*")
# Types that HTTP clients send by default, whatever the body is.
UNDECLARED = ("", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")
TELLING = frozenset(("prediction", "outcome", "id", "latency_seconds", "code"))
"""Names of columns that prove a table of samples or outcomes."""
Row = list[str] | str
"""A row, or what is wrong with it."""


def read_csv(chunks: Iterable[bytes]) -> Iterator[Rows | Columns]:
    """Yield the rows in blocks of columns; rows of another width are rejected."""
    lines = _Lines(chunks)
    rows = _rows_of(lines)
    header = next(rows, [])
    if isinstance(header, str):
        raise DecodeError(f"expected a header of CSV, got: {header}", "not_csv")
    if header and all(map(NUMBER.fullmatch, header)):
        yield from _without_header(chain([header], rows))
        return
    named = names_of(header)
    if named.twice is not None:
        raise DecodeError(f"expected each column once, got {named.twice!r} twice", "not_csv")
    if not any(named.names):
        raise DecodeError("expected a header with the names of columns, got none", "not_csv")
    at_once, index = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // len(header))), 0
    while block := list(islice(rows, at_once)):
        require_few(index)
        yield from _block(named.names, len(header), block, index, lines.has_decimal_commas)
        index += len(block)


def _without_header(rows: Iterable[Row]) -> Iterator[Rows]:
    """Yield rows of numbers as a payload: their names are those of the model's reference, by position."""
    remaining, index = iter(rows), 0
    while block := list(islice(remaining, ROWS_AT_ONCE)):
        require_few(index)
        rejected = Rejections()
        for place, row in enumerate(block, index):
            if isinstance(row, str):
                rejected.add(place, f"expected CSV, got: {row}", "not_csv")
        yield Rows(
            [{ROWS_WITHOUT_NAMES: [list(map(_cell, row)) for row in block if isinstance(row, list)]}], [index], rejected
        )
        index += len(block)


def _cell(text: str) -> str | float | None:
    return (float(text) if NUMBER.fullmatch(text) else text) if text else None


def _block(
    names: Sequence[str | None], width: int, rows: list[Row], index: int, has_decimal_commas: bool
) -> Iterator[Rows | Columns]:
    whole = [row for row in rows if isinstance(row, list) and len(row) == width]
    if len(whole) < len(rows):
        yield Rows((), (), _rejected(rows, width, index))
    if whole:
        columns = zip(names, zip(*whole, strict=True), strict=True)
        read = _with_decimal_commas if has_decimal_commas else _column
        yield Columns(nested({name: read(name, texts) for name, texts in columns if name is not None}), {})


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


def _with_decimal_commas(name: str, texts: Sequence[str]) -> Column:
    """Return a column of a table with semicolons, where a comma is that of a number if all values allow it."""
    if name not in TEXT_FIELDS and all(not text or DECIMAL_COMMA.fullmatch(text) for text in texts):
        texts = [text.replace(",", ".") for text in texts]
    return _column(name, texts)


class _Lines:
    """The lines of a body; what its first line says about the others."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        lines = _lines_of(chunks)
        self.first = next(lines, "").removeprefix("\ufeff")
        self.rest = lines
        # The one that is there most often in the header; a comma if there is none.
        self.delimiter = max(DELIMITERS, key=self.first.count)
        # Where a comma separates decimals, tables are separated by semicolons.
        self.has_decimal_commas = self.delimiter == ";"


def _rows_of(text: _Lines) -> Iterator[Row]:
    # The module's default of 128 KB would reject texts that JSON may have.
    csv.field_size_limit(RECORD_BYTES)
    first, lines, delimiter = text.first, text.rest, text.delimiter
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
    try:
        text = line.decode()
    except UnicodeDecodeError:
        # Not UTF-8, and no charset declared: spreadsheets on Windows write this one.
        text = line.decode("cp1252", "replace")
    return text.replace("\0", "\ufffd")


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a body of no declared type starts with a header that has a name of a sample's fields."""
    # Asked about every body, so what is likely to say no comes first.
    if first[:1] in (b"{", b"[") or headers.get("content-type", "").partition(";")[0].strip().lower() not in UNDECLARED:
        return False
    line, end, rest = first.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if not end or not rest or not set(b"{}[]=").isdisjoint(line):
        return False
    names = {name.strip(' "\r').lower() for name in re.split(f"[{DELIMITERS}]", line.decode(errors="replace"))}
    return len(names) > 1 and not names.isdisjoint(TELLING)


FORMAT = WireFormat(
    key="csv",
    content_types=("text/csv", "application/csv", "text/tab-separated-values", "text/tsv"),
    read=read_csv,
    reasons=("not_csv",),
    recognises=recognises,
)
