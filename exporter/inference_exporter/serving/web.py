"""Scrapes and reloads as bare WSGI; every other path goes to the pages, which are built on the first request."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ..exposition._answers import Answer
from ..exposition.render import content_type_for
from ..exposition.scrape import Scrape

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

PLAIN_TEXT = "text/plain; charset=utf-8"
READING = ("GET", "HEAD")

Environ = dict[str, Any]
Reload = Callable[[], str | None]
Response = tuple[str, list[tuple[str, str]], Sequence[bytes]]
"""Status, headers except Content-Length, body in pieces."""


class Web:
    """The application that answers everything except intake and health.

    Parameters
    ----------
    scrape : Scrape
        What ``/metrics`` shows.
    reload : callable
        Reads the configuration again; returns what is wrong with it.
    pages : callable
        Returns the application of all other paths. Called once, for the first such request.
    way : context manager
        Held during a scrape.
    """

    def __init__(
        self, scrape: Scrape, reload: Reload, pages: Callable[[], "WSGIApplication"], way: AbstractContextManager[None]
    ) -> None:
        self._scrape, self._reload, self._way = scrape, reload, way
        # Flask and its templates take 10 MB, which a sidecar that is only scraped never needs.
        self._pages = _Late(pages)
        self._routes: dict[str, tuple[Sequence[str], Callable[[Environ], Response]]] = {
            "/metrics": (READING, self._metrics),
            "/metrics/reference": (READING, partial(self._exposition, scrape.reference)),
            "/-/reload": (("POST",), self._reloaded),
        }

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        methods, route = self._routes.get(environ["PATH_INFO"], ((), None))
        if route is None:
            return self._pages(environ, start_response)
        method = environ["REQUEST_METHOD"]
        status, headers, body = route(environ) if method in methods else _not_allowed(methods)
        start_response(status, [*headers, ("Content-Length", str(sum(map(len, body))))])
        # HEAD runs the scrape as well, since Content-Length has to be right.
        return [] if method == "HEAD" else body

    def _metrics(self, environ: Environ) -> Response:
        """Answer a scrape; as in node_exporter, ``collect[]`` and ``exclude[]`` select collectors."""
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        only, without = query.get("collect[]", []), query.get("exclude[]", [])
        names = self._scrape.names
        unknown = {*only, *without} - set(names)
        if unknown:
            message = f"unknown collector {min(unknown)}, expected one of {', '.join(names)}\n"
            return "400 Bad Request", [("Content-Type", PLAIN_TEXT)], [message.encode(errors="replace")]
        chosen = [name for name in names if (not only or name in only) and name not in without]
        return self._exposition(lambda content_type: self._scrape.answer(content_type, chosen), environ)

    def _exposition(self, scrape: Callable[[str], Answer], environ: Environ) -> Response:
        content_type = content_type_for(environ.get("HTTP_ACCEPT", ""))
        with self._way:
            answer = scrape(content_type)
        headers = [("Content-Type", content_type), ("Vary", "Accept, Accept-Encoding")]
        if _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return "200 OK", [*headers, ("Content-Encoding", "gzip")], [answer.gzipped()]
        return "200 OK", headers, answer.pieces

    def _reloaded(self, environ: Environ) -> Response:
        fault = self._reload()
        headers = [("Content-Type", PLAIN_TEXT)]
        if fault is None:
            return "200 OK", headers, [b"configuration reloaded\n"]
        message = f"failed to reload configuration: {fault}\n"
        return "500 Internal Server Error", headers, [message.encode(errors="replace")]


class _Late:
    """An application that is built on its first request."""

    def __init__(self, build: Callable[[], "WSGIApplication"]) -> None:
        self._build, self._lock = build, Lock()
        self._built: WSGIApplication | None = None

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        with self._lock:
            if self._built is None:
                self._built = self._build()
        return self._built(environ, start_response)


def _not_allowed(methods: Sequence[str]) -> Response:
    headers = [("Content-Type", PLAIN_TEXT), ("Allow", ", ".join(methods))]
    return "405 Method Not Allowed", headers, [f"expected {methods[0]}\n".encode()]


def _takes_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding header allows gzip; a weight matters only if it is 0."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        # "0", "0.0" and "0.000" all mean never.
        weights[name] = weight.strip("0.") != "" or not weight
    return weights.get("gzip", weights.get("*", False))
