"""A request of one small sample in JSON, recognised at a glance: they come by the thousand.

What is read here is read as the general path would read it; whatever is in doubt is left to that path.
"""

from io import BytesIO
from typing import Any, NamedTuple

import orjson

from ..decode import FORMATS
from ..decode.binary_tensors import HEADER

PATH = "/v1/samples"
BYTES_AT_MOST = 8192
"""Texts, names and the whole record are then within all limits."""
KEYS = {
    content_type: FORMATS[key].key
    for key, content_types in (
        ("json", ("application/json", "application/json; charset=utf-8", "")),
        ("ndjson", ("application/x-ndjson",)),
    )
    for content_type in content_types
}
"""Formats by content types that allow no other."""
TENSORS = f"HTTP_{HEADER.upper().replace('-', '_')}"
# An escaped NUL, which the general path removes; a field of V2 tensors, which another format reads.
DOUBTFUL = (rb"\u0000", b'"binary_data_size"')


class Lone(NamedTuple):
    """The only record of a request, and the format under which it counts."""

    format_key: str
    record: Any


def lone_of(environ: dict[str, Any], size_at_most: int) -> Lone | None:
    """Return the one small sample of a request; None if it may be anything else, and is still to be read."""
    size = int(environ.get("CONTENT_LENGTH") or 0)
    key = lone_format(environ, size)
    if key is None or size > size_at_most:
        return None
    body = environ["wsgi.input"].read(size)
    environ["wsgi.input"] = BytesIO(body)
    record = lone_record(body)
    return Lone(key, record) if record is not None else None


def lone_format(environ: dict[str, Any], size: int) -> str | None:
    """Return the format under which a request of one small sample counts, None if it may be anything else."""
    if environ["PATH_INFO"] != PATH or not 0 < size <= BYTES_AT_MOST:
        return None
    if "HTTP_CONTENT_ENCODING" in environ or "HTTP_CE_TYPE" in environ or TENSORS in environ:
        return None
    return KEYS.get(environ.get("CONTENT_TYPE", ""))


def lone_record(body: bytes) -> Any:
    """Return the only record of a body, None if it may be anything else."""
    if body[:1] != b"{" or any(name in body for name in DOUBTFUL) or b"\n" in body[:-1]:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
