"""Request bodies: read in chunks, decompressed, and limited in size."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import zstandard

from ..errors import DecodeError

# Large enough that the loop costs nothing, small enough for a hundred requests at once.
CHUNK_BYTES = 1 << 20
# Four bytes of zstd can expand to 128 KB in one call, so this step yields at most some 16 MB.
ZSTD_BYTES = 512
# Compressors that flush each line write thousands of members; each costs some 30 microseconds, however small.
MAX_MEMBERS = 10_000
GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def chunks_of(
    read: Callable[[int], bytes], encoding: str, max_size: int, max_members: int = MAX_MEMBERS
) -> Iterator[bytes]:
    """Yield the decompressed chunks of a body.

    Gzip and zstd are also recognised by their first bytes: some log shippers
    send compressed bodies without Content-Encoding.

    Raises
    ------
    DecodeError
        If the body is larger than `max_size` once decompressed, corrupt, or in
        an unknown encoding.
    """
    if encoding not in ("", "identity", "gzip", "x-gzip", "zstd"):
        raise DecodeError(f"expected Content-Encoding gzip, zstd or identity, got {encoding!r}", "unreadable", 415)
    size = 0
    for chunk in _decompressed(_raw(read), max_members):
        size += len(chunk)
        require_size(size, max_size)
        yield chunk


def require_size(size: int, max_size: int) -> None:
    """Refuse a body that is too large.

    Raises
    ------
    DecodeError
        If `size` is above `max_size`.
    """
    if size > max_size:
        raise DecodeError(f"expected a body of at most {max_size} bytes, got more", "too_large", 413)


def _raw(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(CHUNK_BYTES):
        yield chunk


def _decompressed(chunks: Iterator[bytes], max_members: int) -> Iterator[bytes]:
    first = next(chunks, b"")
    # A first read may be shorter than the magic number.
    while len(first) < len(ZSTD_MAGIC) and (more := next(chunks, b"")):
        first += more
    if first.startswith(GZIP_MAGIC):
        yield from _gunzipped(first, chunks, max_members)
    elif first.startswith(ZSTD_MAGIC):
        yield from _unzstandarded(first, chunks, max_members)
    else:
        # As it is: a wrong Content-Encoding on a plain body is common behind proxies that unpack.
        yield first
        yield from chunks


def _gunzipped(first: bytes, chunks: Iterator[bytes], max_members: int) -> Iterator[bytes]:
    decompressor, members = zlib.decompressobj(wbits=31), 1  # 31: gzip, not zlib
    data: bytes | None = first
    try:
        while data is not None:
            while data:
                # Bounded output: a megabyte of gzip can hold a gigabyte of zeros.
                yield decompressor.decompress(data, CHUNK_BYTES)
                data = decompressor.unconsumed_tail
                if decompressor.eof and decompressor.unused_data:  # another member follows
                    data = decompressor.unused_data
                    decompressor, members = zlib.decompressobj(wbits=31), members + 1
                    _require_members(members, max_members)
            data = next(chunks, None)
        yield decompressor.flush()
    except zlib.error as error:
        raise DecodeError(f"expected gzip, got a corrupt body ({error})") from error
    if not decompressor.eof:
        raise DecodeError("expected gzip, got a truncated body")


def _unzstandarded(first: bytes, chunks: Iterator[bytes], max_members: int) -> Iterator[bytes]:
    decompressor, frames = zstandard.ZstdDecompressor().decompressobj(), 1
    pieces, size = [], 0
    try:
        for data in _cut(chain([first], chunks), ZSTD_BYTES):
            while data:
                if decompressor.eof:  # another frame follows
                    decompressor, frames = zstandard.ZstdDecompressor().decompressobj(), frames + 1
                    _require_members(frames, max_members)
                pieces.append(decompressor.decompress(data))
                size += len(pieces[-1])
                data = decompressor.unused_data
            if size >= CHUNK_BYTES:
                yield b"".join(pieces)
                pieces, size = [], 0
        yield b"".join(pieces)
    except zstandard.ZstdError as error:
        raise DecodeError(f"expected zstd, got a corrupt body ({error})") from error
    if not decompressor.eof:
        raise DecodeError("expected zstd, got a truncated body")


def _require_members(number: int, most: int) -> None:
    if number > most:
        raise DecodeError(f"expected at most {most} compressed members in a body, got more", "too_large", 413)


def _cut(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]
