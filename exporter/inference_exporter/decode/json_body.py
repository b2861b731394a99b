"""JSON: one object, an array of objects, or ``{"columns": {…}}``."""

from collections.abc import Iterator

from ..errors import DecodeError
from ..samples.records import Columns, Rows
from ._base import WireFormat
from ._lines import read_lines
from .json_text import parse_json


def read_body(chunks: Iterator[bytes]) -> Iterator[Rows | Columns]:
    """Yield the records of a JSON body; one that turns out to be NDJSON is read as such."""
    body = b"".join(chunks)
    try:
        value = parse_json(body)
    except DecodeError:
        if b"\n" not in body.strip():
            raise
        yield from read_lines(iter([body]))
        return
    if isinstance(value, dict) and isinstance(value.get("columns"), dict):
        yield Columns(value["columns"], {key: field for key, field in value.items() if key != "columns"})
    else:
        rows = value if isinstance(value, list) else [value]
        yield Rows(rows, range(len(rows)))


FORMAT = WireFormat(key="json", content_types=("application/json", "text/json"), read=read_body)
