"""Request bodies: read in chunks, decompressed, never more than allowed."""

import zlib
from collections.abc import Callable, Iterator

import zstandard

from ..errors import DecodeError

CHUNK_BYTES = 1 << 20
GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def chunks_of(read: Callable[[int], bytes], encoding: str, max_size: int) -> Iterator[bytes]:
    """Yield the decompressed chunks of a body.

    Gzip and zstd are recognised by their first bytes as well: some loggers
    pass a compressed body on without saying so.

    Raises
    ------
    DecodeError
        If the body is larger than `max_size` once decompressed, is broken, or
        is in an encoding that is not known.
    """
    if encoding not in ("", "identity", "gzip", "x-gzip", "zstd"):
        raise DecodeError(f"expected a body in gzip, zstd or none, got {encoding!r}", "unreadable", 415)
    size = 0
    for chunk in _decompressed(_raw(read)):
        size += len(chunk)
        if size > max_size:
            raise DecodeError(f"expected a body of at most {max_size} bytes, got more", "too_large", 413)
        yield chunk


def _raw(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(CHUNK_BYTES):
        yield chunk


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    while len(first) < len(ZSTD_MAGIC) and (more := next(chunks, b"")):
        first += more
    if first.startswith(GZIP_MAGIC):
        yield from _gunzipped(first, chunks)
    elif first.startswith(ZSTD_MAGIC):
        yield from _unzstandarded(first, chunks)
    else:
        yield first
        yield from chunks


def _gunzipped(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(wbits=31)
    data: bytes | None = first
    try:
        while data is not None:
            while data:
                yield decompressor.decompress(data, CHUNK_BYTES)
                data = decompressor.unconsumed_tail
                if decompressor.eof and decompressor.unused_data:  # several members, one after another
                    data = decompressor.unused_data
                    decompressor = zlib.decompressobj(wbits=31)
            data = next(chunks, None)
        yield decompressor.flush()
    except zlib.error as error:
        raise DecodeError(f"expected gzip, got a broken body ({error})") from error
    if not decompressor.eof:
        raise DecodeError("expected gzip, got a body that ends too early")


def _unzstandarded(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor().decompressobj()
    try:
        yield decompressor.decompress(first)
        for chunk in chunks:
            yield decompressor.decompress(chunk)
    except zstandard.ZstdError as error:
        raise DecodeError(f"expected zstd, got a broken body ({error})") from error
    if not decompressor.eof:
        raise DecodeError("expected zstd, got a body that ends too early")
