"""One thread of the worker and its channel: frames in, WSGI, frames out."""

import contextlib
import logging
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import orjson

from ..intake.refusals import FrontTotals
from .wire import LENGTHS, frame_start

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

READ_BYTES = 16 * 1024


@dataclass
class FrontReport:
    """What the front last said about itself; shared by all channels."""

    totals: FrontTotals = field(default_factory=FrontTotals)


class WorkerChannel:
    """Answers the requests of one channel, one after another.

    `gone` is the number of the last request whose sender has gone; it is set by another thread.
    """

    def __init__(self, channel: socket.socket, application: "WSGIApplication", front: FrontReport) -> None:
        self._socket, self._application, self._front = channel, application, front
        # A small request comes with one system call.
        self._frames = cast(BinaryIO, channel.makefile("rb", buffering=READ_BYTES))
        self.gone = 0

    def run(self) -> None:
        """Answer until the front hangs up."""
        with self._frames, contextlib.suppress(OSError, struct.error, orjson.JSONDecodeError):  # hung up mid-request
            while lengths := self._frames.read(LENGTHS.size):
                head_size, body_size = LENGTHS.unpack(lengths)
                self._answer(orjson.loads(self._frames.read(head_size)), body_size)

    def _answer(self, head: Mapping[str, Any], body_size: int) -> None:
        if head["front"] is not None:
            self._front.totals = FrontTotals(**head["front"])
        body = _Body(self._frames, body_size)
        status, headers, content = self._ask(self._environ(head, body))
        # What the application left unread would be taken for the next frame.
        body.skip()
        size = sum(map(len, content))
        start = frame_start({"status": status, "headers": headers}, size)
        for piece in (b"".join((start, *content)),) if size <= READ_BYTES else (start, *content):
            self._socket.sendall(piece)

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], list[bytes]]:
        answered: list[Any] = ["500 Internal Server Error", []]

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answered[:] = [status, headers]

        try:
            pieces = self._application(environ, start_response)
            content = list(pieces)
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        except Exception:  # a bug of ours must not end the thread
            log.exception("%s failed", environ["PATH_INFO"])
            return "500 Internal Server Error", [("Content-Type", "text/plain")], [b"internal error\n"]
        return answered[0], answered[1], content

    def _environ(self, head: Mapping[str, Any], body: "_Body") -> dict[str, Any]:
        number = head["number"]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": head["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": head["path"],
            "QUERY_STRING": head["query"],
            "SERVER_NAME": "inference-exporter",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": head["sender"],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": body,
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "inference_exporter.sender_has_gone": lambda: self.gone == number,
        }
        for name, value in head["headers"]:
            _add_header(environ, name, value)
        environ["CONTENT_LENGTH"] = str(head["content_length"])
        return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:  # WSGI cannot tell it from a hyphen
        return
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value


class _Body:
    """The body of one request, as ``wsgi.input``."""

    def __init__(self, frames: BinaryIO, size: int) -> None:
        self._frames, self._left = frames, size

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, fewer at the end."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        data = self._frames.read(wanted)
        if not data:
            raise ConnectionError("the body ends too early")
        self._left -= len(data)
        return data

    def skip(self) -> None:
        """Discard the rest."""
        while self.read(1 << 16):
            pass
