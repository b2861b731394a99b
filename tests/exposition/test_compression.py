"""Compression of scrapes: a kept beginning and a new end make one gzip stream."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.exposition import _compression
from inference_exporter.exposition._compression import Compressed


@given(st.lists(st.binary(max_size=2000)), st.lists(st.binary(max_size=2000), min_size=1, max_size=3))
def test_any_end_follows_a_beginning(beginning, ends):
    """Each end makes a stream of the beginning and itself, in one member, as some readers stop after the first."""
    compressed = Compressed.of(beginning)
    for end in ends:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        assert stream.decompress(compressed.ended(end)) == b"".join([*beginning, end])
        assert stream.eof and not stream.unused_data


def test_without_isa_l_zlib_does_the_same(monkeypatch):
    """Where there is no wheel for the processor, the standard library compresses."""
    monkeypatch.setattr(_compression, "_library", zlib)
    assert gzip.decompress(Compressed.of([b"a" * 1000, b"b"]).ended(b"c")) == b"a" * 1000 + b"bc"


def test_text_of_a_scrape_shrinks():
    """Lines that repeat their labels shrink to a fraction."""
    lines = [b'model_feature_drift_psi{model="m",feature="feature_%d"} 0.%d\n' % (i, i) for i in range(2000)]
    assert len(Compressed.of(lines).ended(b"")) < sum(map(len, lines)) / 5


@pytest.mark.parametrize("piece", [b"", b"x"])
def test_nothing_is_a_stream_too(piece):
    """An empty scrape is a valid stream."""
    assert gzip.decompress(Compressed.of([]).ended(piece)) == piece
