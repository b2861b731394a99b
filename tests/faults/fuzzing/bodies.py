"""Bodies: records in a wire format, compressed or not, and then perhaps broken."""

import gzip
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import zstandard

from .records import PATHS, Records, records
from .values import Chance, text

ARROW = "application/vnd.apache.arrow.stream"
NDJSON = "application/x-ndjson"
JSON = "application/json"
ODD_BODIES = (
    b"", b" ", b"\n\n", b"null", b"[]", b"{}", b"[{}]", b"[[[]]]", b"1", b'"x"', b"nul", b"{", b"[", b"]",
    b"\xff\xfe", b"\xef\xbb\xbf{}",
    b"[" * 100_000, b'{"a":' * 50_000, b"[" + b"0," * 20_000 + b"0]", b"[" + b"{}," * 3_000 + b"{}]", b"{}\n" * 3_000,
    b'{"columns":{}}', b'{"columns":[]}', b'{"columns":{"features":{}}}',
    b'{"columns":{"prediction":[1,2],"id":["a"]}}',
    b'{"features":{"a":1},"features":{"b":2}}', b'{"features":{"a":' + b"9" * 5_000 + b"}}",
    b'{"features":{"a":1e999999}}',
    b"\x1f\x8b", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", b"\x28\xb5\x2f\xfd", b"\xff\xff\xff\xff\x00\x00\x00\x00",
    b"\0" * 1_000,
)  # fmt: skip


@dataclass
class Body:
    """Bytes to post, where to, as what, and what must become of them where that is certain."""

    content: bytes
    records: Records
    content_type: str = JSON
    encoding: str = ""

    def uncertain(self, content: bytes) -> "Body":
        """Return a body with other bytes, of which nobody knows what becomes."""
        return Body(content, Records(self.records.path, []), self.content_type, self.encoding)


def body(chance: Chance) -> Body:
    """Return a body: valid, odd, or a valid one that was broken."""
    if chance.happens(0.03):
        odd = chance.pick(ODD_BODIES)
        return Body(odd, Records(chance.pick(PATHS), []), chance.one_of(JSON, JSON, NDJSON, ARROW))
    made = WRITERS[chance.pick(tuple(WRITERS))](chance, records(chance))
    if chance.happens(0.2):
        made = made.uncertain(broken(chance, made.content))
    made = compressed(chance, made)
    if chance.happens(0.1):
        made = made.uncertain(broken(chance, made.content))
    return made


def _json(chance: Chance, made: Records) -> Body:
    value: Any = made.values
    if len(made.values) == 1 and chance.happens(0.7) and isinstance(made.values[0], dict):
        value = made.values[0]
    return Body(_dumped(chance, value), made)


def _lines(chance: Chance, made: Records) -> Body:
    end = chance.one_of(b"\n", b"\n", b"\r\n")
    return Body(end.join(_dumped(chance, value) for value in made.values) + chance.one_of(b"", end), made, NDJSON)


def _columns(chance: Chance, made: Records) -> Body:
    """Return the records as columns: the names of the first, and null where another lacks them."""
    table = _table(made.values)
    if made.path == PATHS[2] or made.rejected or made.accepted is None:
        made = Records(made.path, [])
    return Body(_dumped(chance, {"columns": table}), made)


def _arrow(chance: Chance, made: Records) -> Body:
    """Return the records as an Arrow stream, or as columns where Arrow has no type for them."""
    table = _table(made.values)
    arrays: dict[str, Any] = {}
    for name, column in table.items():
        try:
            arrays[name] = _arrow_column(column)
        except (pa.ArrowException, ValueError, TypeError, OverflowError, UnicodeError):
            continue
    certain = len(arrays) == len(table) and made.accepted and not made.rejected and made.path != PATHS[2]
    target = io.BytesIO()
    batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=[_writable(name) for name in arrays])
    with pa.ipc.new_stream(target, batch.schema) as writer:
        for _ in range(chance.one_of(1, 1, 2)) if not certain else range(1):
            writer.write_batch(batch)
    return Body(target.getvalue(), made if certain else Records(made.path, []), ARROW)


def _arrow_column(column: Any) -> Any:
    if isinstance(column, dict):
        leaves = {_writable(name): pa.array(leaf) for name, leaf in column.items()}
        return pa.StructArray.from_arrays(list(leaves.values()), names=list(leaves)) if leaves else pa.array([])
    return pa.array(column)


WRITERS: Mapping[str, Callable[[Chance, Records], Body]] = {
    "json": _json, "lines": _lines, "columns": _columns, "arrow": _arrow,
}  # fmt: skip


def _table(values: list[Any]) -> dict[str, Any]:
    rows = [value for value in values if isinstance(value, dict)]
    if not rows:
        return {}
    table: dict[str, Any] = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        column = [row.get(name) for row in rows]
        if all(isinstance(value, dict) or value is None for value in column) and any(column):
            inner = dict.fromkeys(key for value in column if value for key in value)
            table[name] = {key: [value.get(key) if value else None for value in column] for key in inner}
        else:
            table[name] = column
    return table


def _dumped(chance: Chance, value: Any) -> bytes:
    written = json.dumps(value, ensure_ascii=chance.happens(0.5), separators=chance.one_of((",", ":"), (", ", ": ")))
    return written.encode("utf-8", "surrogatepass")


def _writable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def compressed(chance: Chance, made: Body) -> Body:
    """Return the body compressed, as its header says or does not say."""
    way = chance.random()
    if way < 0.6:
        return made
    packed = made.content
    if way < 0.8:
        packed, made.encoding = gzip.compress(packed, 1), "gzip"
        if chance.happens(0.1):
            packed += gzip.compress(b"", 1)  # another member
    else:
        packed, made.encoding = zstandard.compress(packed, 1), "zstd"
    if chance.happens(0.2):
        made.encoding = ""  # recognised by its first bytes
    return Body(packed, made.records, made.content_type, made.encoding)


def broken(chance: Chance, content: bytes) -> bytes:
    """Return bytes with some flipped, lost, doubled, foreign or moved."""
    broken_bytes = bytearray(content)
    for _ in range(chance.one_of(1, 1, 2, 8)):
        start = chance.randrange(len(broken_bytes) + 1)
        end = min(len(broken_bytes), start + chance.one_of(1, 1, 4, 50))
        piece = bytes(broken_bytes[start:end])
        way = chance.randrange(6)
        if way == 0:
            broken_bytes[start:end] = bytes(byte ^ (1 << chance.randrange(8)) for byte in piece)
        elif way == 1:
            del broken_bytes[start:end]
        elif way == 2:
            broken_bytes[start:start] = piece * chance.one_of(1, 2, 100)
        elif way == 3:
            broken_bytes[start:start] = chance.randbytes(chance.one_of(1, 4, 20))
        elif way == 4:
            broken_bytes[start:start] = text(chance).encode("utf-8", "surrogatepass")
        else:
            del broken_bytes[start:]
    return bytes(broken_bytes)
