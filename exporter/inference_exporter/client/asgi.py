"""ASGI middleware: FastAPI, Starlette, Litestar, Quart and everything else that speaks ASGI 3."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .exchange import DEFAULT_LIMIT, Exchange, Extract, Matches, watching
from .monitor import Monitor

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# What nginx logs where the client went away: no fault of the model's, and not an answer either.
CLIENT_CLOSED_REQUEST = 499


class MonitorMiddleware:
    """Hands over each matching request; bodies pass untouched, message by message.

    Parameters
    ----------
    app
        The application; for FastAPI ``app.add_middleware(MonitorMiddleware, monitor=monitor)``.
    monitor
        Where samples go.
    matches
        ``(method, path) -> bool``; by default each POST.
    extract
        ``(request JSON, answer JSON) -> sample, or samples``, as keywords of
        `Monitor.observe`; by default `from_json`. It runs once the answer has
        been sent.
    limit
        Bodies longer than this are not read: such a request is handed over
        with code and latency alone.
    """

    def __init__(
        self,
        app: Application,
        monitor: Monitor,
        *,
        matches: Matches | None = None,
        extract: Extract | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        self._app = app
        self._watching = watching(monitor, matches, extract, limit)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self._watching.covers(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        exchange = Exchange(self._watching)
        try:
            await self._app(scope, _recorded_receive(receive, exchange), _recorded_send(send, exchange))
        except Exception:  # whatever the application raises is its server's to see, and ours to count
            exchange.failed()
            raise
        except BaseException:  # cancelled
            exchange.failed(exchange.code or CLIENT_CLOSED_REQUEST)
            raise
        exchange.finish()


def _recorded_receive(receive: Receive, exchange: Exchange) -> Receive:
    async def recorded() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            exchange.request.add(message.get("body", b""))
        return message

    return recorded


def _recorded_send(send: Send, exchange: Exchange) -> Send:
    async def recorded(message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            exchange.code = message["status"]
        elif kind == "http.response.body":
            exchange.answered(message.get("body", b""))
        await send(message)
        # The application may go on after its last message (background tasks): the request does not.
        if kind == "http.response.body" and not message.get("more_body", False):
            exchange.finish()

    return recorded
