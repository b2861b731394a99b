"""Requests as entries of the journal, and back."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from ..store.journal import BODY, Entry

PREFIX = "HTTP_"
# Of no use to a replay; credentials in particular are never stored.
LEFT_OUT = frozenset({
    "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_AUTHORIZATION", "HTTP_CONNECTION", "HTTP_COOKIE", "HTTP_HOST",
    "HTTP_PROXY_AUTHORIZATION", "HTTP_TRANSFER_ENCODING", "HTTP_USER_AGENT",
})  # fmt: skip
KEPT = ("PATH_INFO", "CONTENT_TYPE", "CONTENT_LENGTH")


def entry_of(environ: dict[str, Any], arrived: float, size_at_most: int) -> Entry:
    """Return a request as an entry; its body is read, and can be read again.

    A body that is too large is left out: its rejection depends on its length alone.
    """
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size) if 0 < size <= size_at_most else b""
    environ["wsgi.input"] = BytesIO(body)
    head = {name: environ[name] for name in KEPT if environ.get(name)}
    head |= {name: value for name, value in environ.items() if name.startswith(PREFIX) and name not in LEFT_OUT}
    return Entry(BODY, arrived, head, body)


def environ_of(head: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Return the request of an entry, as WSGI has it."""
    return {"REQUEST_METHOD": "POST", "wsgi.input": BytesIO(body), **head}
