"""Every wire format reads the same samples."""

import csv
import importlib
import io
import json
import pkgutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter import decode
from inference_exporter.decode import FORMATS
from inference_exporter.errors import DecodeError
from inference_exporter.samples.native import samples_of

RECORDS = [
    {"id": f"r{i}", "time": 1.8e9 + i, "features": {"x": i / 2, "c": "ab"[i % 2]}, "prediction": "yes", "code": 200}
    for i in range(7)
]


def arrow(records):
    sink = io.BytesIO()
    table = pa.Table.from_pylist(records)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet(records):
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), sink)
    return sink.getvalue()


def flat(records):
    text = io.StringIO()
    rows = [
        {name: value for name, value in record.items() if name != "features"} | record["features"] for record in records
    ]
    writer = csv.DictWriter(text, [name for name in rows[0] if name != "features"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


WRITERS = {
    "csv": flat,
    "parquet": parquet,
    "json": lambda records: json.dumps(records).encode(),
    "ndjson": lambda records: b"".join(json.dumps(record).encode() + b"\n" for record in records),
    "arrow": arrow,
}


def chunks(body, size):
    return iter([body[start : start + size] for start in range(0, len(body), size)])


OF_SAMPLES = [each for key, each in FORMATS.items() if key in WRITERS]
"""Formats that hold samples; the others hold payloads, and have theirs in `tests/payloads/golden`."""


@pytest.mark.parametrize("wire_format", OF_SAMPLES, ids=lambda wire_format: wire_format.key)
class TestEveryFormatOfSamples:
    @pytest.mark.parametrize("size", [1, 7, 100_000])
    def test_the_same_samples_however_written(self, wire_format, size):
        """Seven samples are read as seven, in chunks of any size."""
        body = WRITERS[wire_format.key](RECORDS)
        decoded = list(samples_of(wire_format.read(chunks(body, size))))
        batches = [batch for part in decoded for batch in part.batches]
        assert [item for part in decoded for item in part.rejected] == []
        assert [name for batch in batches for name in batch.ids] == [record["id"] for record in RECORDS]
        assert [float(x) for batch in batches for x in batch.features["x"]] == [i / 2 for i in range(7)]
        assert [c for batch in batches for c in batch.features["c"]] == list("abababa")
        assert [when for batch in batches for when in batch.times.tolist()] == [1.8e9 + i for i in range(7)]
        assert [p for batch in batches for p in batch.prediction] == ["yes"] * 7

    @given(place=st.integers(0, 10_000), byte=st.integers(0, 255), end=st.none() | st.integers(0, 10_000))
    def test_a_damaged_body_is_told(self, wire_format, place, byte, end):
        """If a byte is changed or the end is missing, readable records are read and the rest is refused."""
        body = bytearray(WRITERS[wire_format.key](RECORDS))
        body[place % len(body)] = byte
        try:
            for _ in samples_of(wire_format.read(chunks(bytes(body[:end]), 100))):
                pass
        except DecodeError as error:
            assert str(error)


@pytest.mark.parametrize("wire_format", FORMATS.values(), ids=lambda wire_format: wire_format.key)
class TestEveryFormat:
    @given(body=st.binary(max_size=200), size=st.integers(1, 50))
    def test_garbage_is_told(self, wire_format, body, size):
        """Any bytes are read or refused with a reason; no other error is raised."""
        try:
            for decoded in samples_of(wire_format.read(chunks(body, size))):
                assert all(item.message for item in decoded.rejected)
        except DecodeError as error:
            assert str(error)
            assert 400 <= error.status < 500

    def test_declares_how_it_is_asked_for(self, wire_format):
        """Content types of formats do not overlap."""
        others = {name for other in FORMATS.values() if other is not wire_format for name in other.content_types}
        assert wire_format.content_types
        assert not others & set(wire_format.content_types)


def test_every_file_is_registered():
    """A format without its registration line fails here."""
    files = [m.name for m in pkgutil.iter_modules(decode.__path__) if not m.name.startswith("_")]
    declared = [getattr(importlib.import_module(f"{decode.__name__}.{name}"), "FORMAT", None) for name in files]
    assert {id(each) for each in declared if each} == {id(each) for each in FORMATS.values()}
