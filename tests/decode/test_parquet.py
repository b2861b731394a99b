"""Parquet bodies are read in blocks, and bounded by what is really in their pages."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode._parquet_blocks import ROWS_AT_ONCE
from inference_exporter.decode._parquet_size import UNPACKED_BYTES
from inference_exporter.decode.parquet import read
from inference_exporter.errors import DecodeError


def written(table, **options):
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


SMALL = written(pa.table({"age": [31.0, 58.0], "country": ["FR", None], "n": [1, 2], "prediction": ["a", "b"]}))


def test_rows_come_in_blocks():
    """A long table comes in blocks, in its order."""
    size = 2 * ROWS_AT_ONCE + 1
    body = written(pa.table({"a": [float(row) for row in range(size)]}))
    values = [block.fields["a"].tolist() for block in read([body])]
    assert max(map(len, values)) == ROWS_AT_ONCE
    assert [value for each in values for value in each] == [float(row) for row in range(size)]


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_every_compression(compression, version):
    """Compressions and versions of pages do not matter."""
    table = pa.table({"a": [0.5, 1.5], "c": ["x", "y"]})
    [block] = read([written(table, compression=compression, data_page_version=version)])
    assert (block.fields["a"].tolist(), block.fields["c"]) == ([0.5, 1.5], ["x", "y"])


def test_pages_that_unpack_to_too_much():
    """A few kilobytes that become more than the bound are refused before they are unpacked."""
    texts = pa.array(["x" * (1 << 20)] * (UNPACKED_BYTES // (1 << 20) + 1))
    body = written(pa.table({"a": texts}), compression="zstd", use_dictionary=False)
    assert len(body) < UNPACKED_BYTES // 100
    with pytest.raises(DecodeError, match="once unpacked") as caught:
        list(read([body]))
    assert caught.value.status == 413


def test_rows_that_weigh_nothing():
    """Millions of equal rows take no bytes; they are refused."""
    with pytest.raises(DecodeError, match="rows more than bytes"):
        list(read([written(pa.table({"a": pa.array([1.0]).take(pa.array([0] * 1_000_000))}))]))


@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), end=st.none() | st.integers(0, 10_000))
def test_a_damaged_file_is_refused_or_read(place, byte, end):
    """A changed byte or a missing end gives rows or a reason, never another error."""
    body = bytearray(SMALL)
    body[place % len(body)] = byte
    try:
        list(read([bytes(body[:end])]))
    except DecodeError as error:
        assert str(error)
