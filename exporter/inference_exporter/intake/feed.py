"""Hands bytes to what ``POST /`` does: one decode path, and one accounting, for every way in."""

import io
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..errors import StoreFault

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


RETRY_SECONDS = 1.0


class Taken(NamedTuple):
    """What became of the records of a body; each is counted by its reason already."""

    accepted: int = 0
    rejected: int = 0
    waiting: int = 0
    error: str = ""
    """The first reason to reject a record."""


Feed = Callable[[bytes, str, Mapping[str, str]], Taken]
"""Takes a body, its content type, and the headers of its logger; raises StoreFault if it must be fed again later."""


def feed_of(intake: "WSGIApplication", stopping: threading.Event) -> Feed:
    """Return a function that posts to the application of the intake, in this process.

    It waits while the intake cannot take anything, such as with a full disk, until the process stops.
    """

    def feed(body: bytes, content_type: str, headers: Mapping[str, str]) -> Taken:
        while True:
            status, content = _posted(intake, body, content_type, headers)
            # 503 is the only answer that a retry can change; any other has been counted.
            if not status.startswith("503"):
                return _taken(content)
            if stopping.wait(RETRY_SECONDS):
                raise StoreFault(content.decode(errors="replace"))

    return feed


def _posted(intake: "WSGIApplication", body: bytes, content_type: str, headers: Mapping[str, str]) -> tuple[str, bytes]:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        # The intake's own WSGI form, so that files and topics share its decoding, journal and counters.
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    answered: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answered.append(status)

    content = b"".join(intake(environ, start_response))
    return answered[-1], content


def _taken(answer: bytes) -> Taken:
    counts = orjson.loads(answer)
    errors = counts.get("errors") or [{}]
    return Taken(
        counts.get("accepted", 0), counts.get("rejected", 0), counts.get("waiting", 0), errors[0].get("reason", "")
    )
