"""Bodies that cost more than they look like: small ones that expand, large ones that mean nothing."""

import gzip
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import zstandard


@dataclass(frozen=True)
class Bomb:
    """A body that costs more than it looks like."""

    name: str
    make: Callable[[float], bytes]
    """Returns the body; the number is by how much it is to be smaller."""
    path: str = "/v1/samples"
    content_type: str = "application/json"
    times: int = 1
    """How often it is sent: what is kept must not add up."""
    keyed: bool = False
    """Whether each has an Idempotency-Key, so that its answer is kept."""


def array(item: bytes, size: float) -> bytes:
    """Return a JSON array of so many bytes of one item."""
    return b"[" + b",".join([item] * int(size / (len(item) + 1))) + b"]"


def objects(number: float, make: Callable[[int], object]) -> bytes:
    """Return a JSON array of so many objects."""
    return json.dumps([make(i) for i in range(int(number))], separators=(",", ":")).encode()


def lines(number: float, make: Callable[[int], str]) -> bytes:
    """Return so many lines."""
    return "".join(make(i) + "\n" for i in range(int(number))).encode()


def columns_with_one_bad_value(size: int) -> bytes:
    """Return columns in which one status is none."""
    return json.dumps({"columns": {"x": [1.5] * size, "code": [200] * (size - 1) + [1]}}).encode()


def arrow(column: pa.Array, compression: str | None = None) -> bytes:
    """Return an Arrow stream of one feature."""
    batch = pa.RecordBatch.from_arrays([pa.StructArray.from_arrays([column], ["a"])], ["features"])
    written = io.BytesIO()
    with pa.ipc.new_stream(written, batch.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_batch(batch)
    return written.getvalue()


def dictionary(rows: int, texts: list[str]) -> pa.Array:
    """Return so many rows that name some of the texts of a dictionary."""
    codes = np.arange(rows, dtype=np.int32) % max(1, min(10, len(texts)))
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(texts, pa.string()))


LONG = "x" * 1_000_000
ARROW = "application/vnd.apache.arrow.stream"
NDJSON = "application/x-ndjson"
BOMBS = (
    Bomb("6 MB of {} in 6 kB of gzip", lambda part: gzip.compress(array(b"{}", 6e6 * part))),
    Bomb("60 MB of {}", lambda part: array(b"{}", 60e6 * part)),
    Bomb("60 MB of {}, zstd", lambda part: zstandard.compress(array(b"{}", 60e6 * part))),
    Bomb("6 MB of numbers", lambda part: array(b"1", 6e6 * part)),
    Bomb("6 MB of lists", lambda part: array(b"[]", 6e6 * part)),
    Bomb("6 MB of half objects", lambda part: array(b'{"a":', 6e6 * part)),
    Bomb("2 MB of lines that are not JSON", lambda part: b"x\n" * int(1e6 * part), content_type=NDJSON),
    Bomb("deep nesting", lambda part: b"[" * int(10e6 * part)),
    Bomb("numbers of 4,000 digits", lambda part: objects(500 * part, lambda i: {"features": {"a": 10**4000 + i}})
         if sys.set_int_max_str_digits(5000) is None else b""),
    Bomb("runs of 299 digits", lambda part: b"[" + b"1" * 299 + (b" " + b"1" * 299) * int(20_000 * part)),
    Bomb("100 samples of 1,000 names of their own",
         lambda part: objects(100 * part, lambda r: {"features": {f"n{r}_{i}": 1 for i in range(1000)}})),
    Bomb("50,000 samples of a name of their own",
         lambda part: lines(50_000 * part, lambda i: f'{{"features":{{"n{i}":1}}}}'), content_type=NDJSON),
    Bomb("50,000 models", lambda part: lines(50_000 * part, lambda i: f'{{"model":"m{i}","code":200}}'),
         content_type=NDJSON),
    Bomb("1,000,000 names in a sample",
         lambda part: json.dumps({"features": {f"name{i}": 1 for i in range(int(1e6 * part))}}).encode()),
    Bomb("40 values of 1 MB", lambda part: lines(40 * part, lambda i: json.dumps({"features": {"a": f"{i}{LONG}"}})),
         content_type=NDJSON),
    Bomb("40 ids of 1 MB", lambda part: lines(40 * part, lambda i: json.dumps({"id": f"{i}{LONG}", "outcome": 1})),
         path="/v1/outcomes", content_type=NDJSON),
    Bomb("200 ids of 1 MB that nobody predicted",
         lambda part: lines(40 * part, lambda i: json.dumps({"id": f"e{i}{LONG}", "outcome": 1})),
         path="/v1/outcomes", content_type=NDJSON, times=5),
    Bomb("500 values of 1 MB", lambda part: lines(50 * part, lambda i: json.dumps({"features": {"a": f"{i}{LONG}"}})),
         content_type=NDJSON, times=10),
    Bomb("20 learning samples of 50 MB",
         lambda part: json.dumps({"model": "new", "features": {"a": "x" * int(50e6 * part)}}).encode(), times=20),
    Bomb("five keyed answers with long names",
         lambda part: objects(200 * part, lambda i: {"features": {f"{i}" + LONG[:100_000]: 1}}), times=5, keyed=True),
    Bomb("60 MB of blanks", lambda part: b" " * int(60e6 * part)),
    Bomb("60 MB of blanks and a sample", lambda part: b" " * int(60e6 * part) + b'{"features":{"a":1}}'),
    Bomb("a list of 200,000 texts", lambda part: json.dumps({"features": {"a": ["1"] * int(200_000 * part)}}).encode()),
    Bomb("Arrow: 1,000,000 texts for 10 rows",
         lambda part: arrow(dictionary(10, [f"text {i}" for i in range(int(1e6 * part))])), content_type=ARROW),
    Bomb("Arrow: texts of 1 MB for 10,000 rows",
         lambda part: arrow(dictionary(10_000, [f"{i}{LONG}" for i in range(max(1, int(40 * part)))])),
         content_type=ARROW),
    Bomb("Arrow: 100,000,000 rows of nothing", lambda part: arrow(pa.nulls(int(1e8 * part))), content_type=ARROW),
    Bomb("Arrow: 240 MB in some kB of zstd", lambda part: arrow(pa.array(np.zeros(int(3e7 * part))), "zstd"),
         content_type=ARROW),
    Bomb("a record of 50 MB", lambda part: json.dumps({"features": {"a": "x" * int(50e6 * part)}}).encode()),
    Bomb("names of 100 kB that are refused",
         lambda part: objects(200 * part, lambda i: {"features": {f"{i}" + LONG[:100_000]: 1}})),
    Bomb("a column of 3,000,000 values",
         lambda part: json.dumps({"columns": {"x": [1] * int(3e6 * part)}}).encode()),
    Bomb("columns with one bad value", lambda part: columns_with_one_bad_value(int(3e5 * part))),
    Bomb("100,000 events", lambda part: objects(100_000 * part, lambda i: {"kind": "k", "title": f"t{i}"}),
         path="/v1/events"),
    Bomb("100,000 events that are refused", lambda part: array(b'{"kind":1}', 1e6 * part), path="/v1/events"),
)  # fmt: skip
