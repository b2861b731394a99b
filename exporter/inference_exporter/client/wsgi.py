"""WSGI middleware: Flask, Django, Pyramid and everything else that speaks PEP 3333."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from .exchange import Exchange, Middleware

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class MonitorMiddleware(Middleware[Application]):
    """Reports each matching request; bodies pass through unchanged, chunk by chunk.

    For Flask ``app.wsgi_app = MonitorMiddleware(app.wsgi_app, monitor)``; see `Middleware` for the parameters.
    """

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if not self._watching.covers(environ.get("REQUEST_METHOD", ""), path):
            return self._app(environ, start_response)
        exchange = Exchange(self._watching)
        if "wsgi.input" in environ:
            environ["wsgi.input"] = _Input(environ["wsgi.input"], exchange)
        try:
            body = self._app(environ, _recorded(start_response, exchange))
        except BaseException:  # SystemExit too: servers raise it to end a worker that hangs
            exchange.failed()
            raise
        if isinstance(body, list | tuple):
            # Servers send a list with Content-Length, so a list must stay a list.
            for chunk in body:
                exchange.answered(chunk)
            exchange.finish()
            return body
        return _Body(body, exchange)


def _recorded(start_response: StartResponse, exchange: Exchange) -> StartResponse:
    def start(
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
    ) -> Callable[[bytes], object]:
        if status[:3].isdecimal():
            exchange.code = int(status[:3])
        write = start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        def recorded_write(chunk: bytes) -> object:
            exchange.answered(chunk)
            return write(chunk)

        return recorded_write

    return start


class _Input:
    """The request body, recorded as the application reads it."""

    def __init__(self, stream: Any, exchange: Exchange) -> None:
        self._stream = stream
        self._add = exchange.request.add

    def read(self, *size: int) -> bytes:
        return self._passed(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._passed(self._stream.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        return [self._passed(line) for line in self._stream.readlines(*hint)]

    def __iter__(self) -> Iterator[bytes]:
        return map(self._passed, self._stream)

    def __getattr__(self, name: str) -> Any:
        """Return attributes of the stream beyond PEP 3333; werkzeug looks for `readinto`."""
        attribute = getattr(self._stream, name)
        if name != "readinto":
            return attribute

        def readinto(buffer: bytearray) -> int | None:
            size: int | None = attribute(buffer)
            self._add(bytes(buffer[: size or 0]))
            return size

        return readinto

    def _passed(self, chunk: bytes) -> bytes:
        self._add(chunk)
        return chunk


class _Body:
    """The answer's body, recorded as the server iterates over it."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange) -> None:
        self._body, self._exchange = body, exchange
        self._chunks = iter(body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._exchange.finish()
            raise
        except BaseException:  # count it, and re-raise for the server
            self._exchange.failed()
            raise
        self._exchange.answered(chunk)
        return chunk

    def close(self) -> None:
        """Report the request, perhaps before its last chunk; servers always call this."""
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._exchange.finish()
