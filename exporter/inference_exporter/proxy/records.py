"""An exchange as the intake reads it: request and response in one object, without decoding them here."""

import re
import zlib
from urllib.parse import unquote

import orjson
import zstandard

from .exchange import Copy, Exchange
from .framing import Head

INFERENCES = ("POST", "PUT")
# Paths of KServe V1 and V2, TensorFlow Serving and Triton.
MODEL = re.compile(r"/v[12]/models/(?P<model>[^/:?]+)(?:/versions/(?P<version>[^/:?]+))?[:/](?:predict|infer|classify)")
SEVERAL = re.compile(rb"\}\s*\{")
"""Between documents of a stream without events, one after another. In one document it stands only in a text."""
DECOMPRESSED_AT_MOST = 16 * 1024**2
BAD_GATEWAY = 502


class Unreadable(Exception):
    """A body is of a kind that is not passed on."""


def is_inference(exchange: Exchange) -> bool:
    """Return whether an exchange may be an inference: it sends a body, and not to change the protocol."""
    return exchange.method in INFERENCES and exchange.code != "101"


def record_of(exchange: Exchange, model: str) -> bytes:
    """Return the record of an exchange as a line of JSON.

    Raises
    ------
    Unreadable
        If the request, or the response to one that succeeded, is neither JSON nor an event stream.
    """
    code = int(exchange.code) if exchange.code.isdecimal() else BAD_GATEWAY
    headers = exchange.request.headers
    named = MODEL.search(exchange.target)
    record = {
        # A request that was cut is not read: half a body would be rejected, though the client never finished it.
        "request": _content(exchange.requested, exchange.request) if exchange.is_asked else {},
        "response": _answer(exchange, code),
        "code": code,
        "time": exchange.time,
        "latency_seconds": exchange.last_byte_seconds,
        "id": headers.get("x-request-id") or headers.get("request-id"),
        "trace_id": _trace_of(headers.get("traceparent", "")),
        "model": model or (unquote(named["model"]) if named else None),
        "version": named["version"] if named else None,
    }
    return orjson.dumps({name: value for name, value in record.items() if value is not None})


def _answer(exchange: Exchange, code: int) -> object:
    if exchange.response is None:
        return {}
    try:
        return _content(exchange.answered, exchange.response)
    except Unreadable:
        if code < 400:
            raise
        return {}  # errors come as pages, or as text


def _content(copy: Copy, head: Head) -> object:
    """Return a body as part of the record: JSON as it is, a stream of events or documents as text."""
    if copy.is_partial or not copy.size:
        return {}
    body = _decompressed(copy.content, head.headers.get("content-encoding", "").strip().lower())
    content_type = head.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "text/event-stream":
        return body.decode(errors="replace")
    if body.lstrip()[:1] in (b"{", b"["):
        if SEVERAL.search(body) and not _is_json(body):
            return body.decode(errors="replace")
        # Not decoded here, where that would delay what goes through. A newline is a blank in JSON, and ends a record.
        return orjson.Fragment(body.replace(b"\r", b" ").replace(b"\n", b" "))
    raise Unreadable(f"expected JSON or a stream of events, got {content_type or 'no content type'}")


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _decompressed(body: bytes, encoding: str) -> bytes:
    try:
        if encoding in ("gzip", "x-gzip", "deflate"):
            decompressor = zlib.decompressobj(wbits=47)  # gzip or zlib, by the header
            text = decompressor.decompress(body, DECOMPRESSED_AT_MOST)
            if decompressor.unconsumed_tail:
                raise Unreadable(f"more than {DECOMPRESSED_AT_MOST} bytes once decompressed")
            return text
        if encoding == "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)[:DECOMPRESSED_AT_MOST]
    except (zlib.error, zstandard.ZstdError) as error:
        raise Unreadable(f"expected {encoding}: {error}") from error
    if encoding not in ("", "identity"):
        raise Unreadable(f"expected gzip, deflate or zstd, got {encoding}")
    return body


def _trace_of(traceparent: str) -> str | None:
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 else None
