"""ASGI middleware: FastAPI, Starlette, Litestar, Quart and everything else that speaks ASGI 3."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .exchange import Exchange, Middleware

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# As nginx logs it when the client disconnects: neither an error of the model nor an answer.
CLIENT_CLOSED_REQUEST = 499


class MonitorMiddleware(Middleware[Application]):
    """Reports each matching request; bodies pass through unchanged, message by message.

    For FastAPI ``app.add_middleware(MonitorMiddleware, monitor=monitor)``; see `Middleware` for the parameters.
    """

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self._watching.covers(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        exchange = Exchange(self._watching)
        try:
            await self._app(scope, _recorded_receive(receive, exchange), _recorded_send(send, exchange))
        except Exception:  # any error of the application: count it, and let its server handle it
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
        # The application may continue after its last message (background tasks), but the request has ended.
        if kind == "http.response.body" and not message.get("more_body", False):
            exchange.finish()

    return recorded
