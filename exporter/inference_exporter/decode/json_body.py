"""JSON: one object, an array of objects, or ``{"columns": {…}}``."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from ..errors import DecodeError
from ..samples.records import Columns, Rows
from ..samples.rejections import Rejected, Rejections
from ..samples.typed import typed_columns
from ..values.concatenated import documents_one_after_another
from ..values.event_stream import looks_like_events
from ._array import ArrayReader
from ._base import WireFormat
from ._events import read_events
from ._limits import (
    BLOCK_BYTES,
    DOCUMENT_BYTES,
    RECORD_BYTES,
    TEXT_LENGTH_AT_MOST,
    TOO_LONG,
    decoded_bytes,
    pieces_of,
    with_short_texts,
)
from ._lines import read_lines
from .json_text import parse_json

RECORD_SEPARATOR = b"\x1e"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Documents are decoded whole; large ones one at a time, which bounds the memory of all requests together.
_LARGE = threading.Lock()


def read_body(chunks: Iterable[bytes], of_payloads: bool = False) -> Iterator[Rows | Columns]:
    """Yield the records of a JSON body, which may turn out to be NDJSON.

    A document of payloads may be as long as a body, and so may its texts, which may hold documents.
    """
    pieces = pieces_of(chunks, 2 * BLOCK_BYTES, 2 * BLOCK_BYTES)
    first = next(pieces, b"").removeprefix(BYTE_ORDER_MARK).lstrip()
    while not first and (piece := next(pieces, b"")):  # a body may begin with megabytes of blanks
        first = piece.lstrip()
    second = next(pieces, b"")
    rest = chain([first, second], pieces) if second else iter([first])
    if looks_like_events(first):
        yield from read_events(rest)
    elif first.startswith(b"["):
        yield from ArrayReader(chain([first[1:]], [second] if second else [], pieces), of_payloads).read()
    elif second and _are_lines(first):
        yield from read_lines(rest, of_payloads)
    else:
        yield from _document(b"".join(rest), of_payloads)


def read_whole(body: bytes) -> object:
    """Return the value of a whole body, an array too.

    Raises
    ------
    DecodeError
        If it is not JSON, or too large once decoded.
    """
    if decoded_bytes(body) > DOCUMENT_BYTES:
        raise DecodeError(f"expected a document of at most {DOCUMENT_BYTES} bytes once decoded", "too_large", 413)
    return parse_json(body.removeprefix(BYTE_ORDER_MARK))


def _are_lines(text: bytes) -> bool:
    """Return whether a long body starts like NDJSON."""
    line, end, _ = text.partition(b"\n")
    if not end or not text.startswith(b"{"):  # no need to read the beginning of one long document
        return bool(end)
    try:
        parse_json(line)
    except DecodeError:
        return False
    return True


def _document(body: bytes, of_payloads: bool) -> Iterator[Rows | Columns]:
    size = decoded_bytes(body)
    if size > DOCUMENT_BYTES:
        message = f"expected a document of at most {DOCUMENT_BYTES} bytes once decoded, got up to {size}: send fewer"
        raise DecodeError(f"{message} samples at a time, or NDJSON", "too_large", 413)
    if size > 2 * RECORD_BYTES:
        with _LARGE:
            yield from _parsed(body, of_payloads)
    else:
        yield from _parsed(body, of_payloads)


def _parsed(body: bytes, of_payloads: bool) -> Iterator[Rows | Columns]:
    try:
        value = parse_json(body)
    except DecodeError as error:
        if (several := _several(body, of_payloads)) is not None:
            yield from several
        elif b"\n" in body.strip():  # NDJSON with a broken line
            yield from read_lines([body], of_payloads)
        else:
            raise error from None
        return
    if isinstance(value, dict) and isinstance(columns := value.get("columns"), dict):
        value["columns"] = typed_columns(columns)
    is_long = len(body) > TEXT_LENGTH_AT_MOST
    if is_long and not (of_payloads and isinstance(value, dict) and "columns" not in value):
        value = with_short_texts(value)
    if isinstance(value, dict) and isinstance(value.get("columns"), dict):
        yield Columns(value["columns"], {key: field for key, field in value.items() if key != "columns"})
    elif len(body) > RECORD_BYTES and not of_payloads:
        yield Rows((), (), Rejections([Rejected(0, TOO_LONG, "too_large")]))
    else:
        yield Rows([value], range(1), has_long_texts=is_long)


def _several(body: bytes, of_payloads: bool) -> Iterator[Rows] | None:
    """Return the documents of a body that has one after another, without lines between them; None for other bodies."""
    if not body.startswith(RECORD_SEPARATOR) and _are_lines(body):
        return None
    documents, fault = documents_one_after_another(body.decode("utf-8", "replace"))
    return _rows_of(documents, fault, of_payloads) if len(documents) > 1 else None


def _rows_of(documents: Sequence[str], fault: str, of_payloads: bool) -> Iterator[Rows]:
    for index, document in enumerate(documents):
        is_long = len(document) > TEXT_LENGTH_AT_MOST
        value = parse_json(document.encode(errors="replace"))
        yield Rows([value if of_payloads or not is_long else with_short_texts(value)], [index], has_long_texts=is_long)
    if fault:
        yield Rows((), (), Rejections([Rejected(len(documents), f"expected JSON, got: {fault}", "not_json")]))


FORMAT = WireFormat(
    key="json",
    content_types=(
        "application/json",
        "text/json",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/json-seq",
        "text/event-stream",
    ),
    read=read_body,
    read_payloads=partial(read_body, of_payloads=True),
    reasons=("not_json",),
)
