"""Request bodies: decompressed in a stream, and limited in size."""

import gzip
import os
import tracemalloc
from io import BytesIO

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.errors import DecodeError
from inference_exporter.intake.body import MAX_MEMBERS, chunks_of

LIMIT = 1 << 20
COMPRESSORS = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd without a size": lambda data: zstandard.ZstdCompressor(write_content_size=False).compress(data),
}
compressed = pytest.mark.parametrize("compress", COMPRESSORS.values(), ids=COMPRESSORS)


def read(body, encoding="", limit=LIMIT, piece=1 << 20):
    source = BytesIO(body)
    return b"".join(chunks_of(lambda size: source.read(min(size, piece)), encoding, limit))


@compressed
@given(data=st.binary(max_size=3000), declared=st.booleans(), piece=st.integers(1, 500))
def test_what_was_compressed_comes_back(compress, data, declared, piece):
    """Gzip and zstd are read with and without Content-Encoding, in pieces of any size."""
    body = compress(data)
    encoding = ("gzip" if body[:1] == b"\x1f" else "zstd") if declared else ""
    assert read(body, encoding, piece=piece) == data


@given(st.binary(max_size=1000), st.integers(1, 50), st.sampled_from(["", "identity", "gzip", "zstd"]))
def test_what_was_not_compressed_passes(data, piece, encoding):
    """Plain bytes pass unchanged, even if Content-Encoding claims otherwise."""
    plain = b"{" + data
    assert read(plain, encoding, piece=piece) == plain


@compressed
@pytest.mark.parametrize("piece", [100, 1 << 20])
def test_several_parts_are_one_body(compress, piece):
    """Concatenated gzip members and zstd frames are read to the end."""
    assert read(compress(b"one,") + compress(b"two,") + compress(b"three"), piece=piece) == b"one,two,three"


@compressed
@given(cut=st.integers(1, 60))
def test_a_body_that_ends_early_is_refused(compress, cut):
    """A truncated compressed body is refused."""
    whole = compress(os.urandom(20) * 3)
    with pytest.raises(DecodeError, match=r"truncated body|corrupt body"):
        read(whole[: -min(cut, len(whole) - 4)])


@compressed
@given(place=st.integers(4, 80), byte=st.integers(0, 255))
def test_a_damaged_body_is_refused_or_read(compress, place, byte):
    """A changed byte fails the checksum or reaches the decoder; it never raises another error."""
    body = bytearray(compress(b"some text that is compressed " * 5))
    body[place % len(body)] = byte
    try:
        read(bytes(body))
    except DecodeError as error:
        assert error.status in (400, 413)


@compressed
def test_a_body_that_is_too_large_is_refused(compress):
    """The limit applies to decompressed bytes, and is exact."""
    assert len(read(compress(b"x" * LIMIT))) == LIMIT
    for body in (compress(b"x" * (LIMIT + 1)), b"x" * (LIMIT + 1)):
        with pytest.raises(DecodeError, match=rf"at most {LIMIT} bytes") as error:
            read(body)
        assert (error.value.status, error.value.reason) == (413, "too_large")


@pytest.mark.slow
@compressed
def test_a_bomb_does_not_go_off(compress):
    """A small body that unpacks to 256 MB is refused before it takes the memory."""
    bomb = compress(b"\0" * (1 << 28))
    tracemalloc.start()
    with pytest.raises(DecodeError, match="at most"):
        read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 << 20


@pytest.mark.parametrize("encoding", ["br", "deflate", "snappy", "gzip, gzip"])
def test_unknown_encodings_are_refused(encoding):
    """An unknown encoding gets status 415 and a message."""
    with pytest.raises(DecodeError, match="expected Content-Encoding gzip, zstd or identity") as error:
        read(b"{}", encoding)
    assert error.value.status == 415


def test_an_empty_body_is_empty():
    """An empty body is empty, compressed or not."""
    assert read(b"") == b""
    assert read(gzip.compress(b"")) == b""


@pytest.mark.parametrize(("compress", "encoding"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
def test_the_number_of_compressed_parts_is_bounded(compress, encoding):
    """Empty members cost time but no bytes, so their number is limited too."""
    part = compress(b"")
    for number, is_fine in ((MAX_MEMBERS, True), (MAX_MEMBERS + 1, False)):
        read = BytesIO(part * number).read
        if is_fine:
            assert b"".join(chunks_of(read, encoding, 100)) == b""
        else:
            with pytest.raises(DecodeError, match="at most 10000 compressed members"):
                list(chunks_of(read, encoding, 100))
