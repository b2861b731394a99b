"""Hands bytes to what ``POST /`` does: one decode path, and one accounting, for every way in."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..errors import StoreFault

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Taken(NamedTuple):
    """What became of the records of a body; each is counted by its reason already."""

    accepted: int = 0
    rejected: int = 0
    waiting: int = 0
    error: str = ""
    """The first reason to reject a record."""


Feed = Callable[[bytes, str, Mapping[str, str]], Taken]
"""Takes a body, its content type, and the headers of its logger; raises StoreFault if it must be fed again later."""


def feed_of(intake: "WSGIApplication") -> Feed:
    """Return a function that posts to the application of the intake, in this process."""

    def feed(body: bytes, content_type: str, headers: Mapping[str, str]) -> Taken:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        answered: list[str] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answered.append(status)

        content = b"".join(intake(environ, start_response))
        if answered[0].startswith("503"):
            raise StoreFault(content.decode(errors="replace"))
        return _taken(content)

    return feed


def _taken(answer: bytes) -> Taken:
    counts = orjson.loads(answer)
    errors = counts.get("errors") or [{}]
    return Taken(
        counts.get("accepted", 0), counts.get("rejected", 0), counts.get("waiting", 0), errors[0].get("reason", "")
    )
