"""A connection that stays open, and carries whatever bytes it is given."""

import socket
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse

from .asking import Asked

LONGEST_WAIT_SECONDS = 120.0
PATIENCE_SECONDS = 1.0
"""Of a sender that broke HTTP, and may have promised bytes that it does not send."""


@dataclass
class Answer:
    """What came back; status 0 where the connection was closed without an answer."""

    status: int
    content: bytes
    seconds: float


class Connection:
    """One sender's connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def ask(self, asked: Asked) -> Answer:
        """Send a request and return the answer; one that came half is sent half, and then the connection is closed."""
        started = time.perf_counter()
        try:
            status, content = self._exchanged(asked)
        except (OSError, HTTPException):
            self.close()
            status, content = 0, b""
        return Answer(status, content, time.perf_counter() - started)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchanged(self, asked: Asked) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, LONGEST_WAIT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(LONGEST_WAIT_SECONDS if asked.legal else PATIENCE_SECONDS)
        try:
            self._socket.sendall(asked.raw)
        except OSError:
            if asked.whole and asked.legal:
                raise
        if not asked.whole:
            self.close()
            return 0, b""
        response = HTTPResponse(self._socket, method=asked.method)
        response.begin()
        content = response.read()
        # After what HTTP does not allow, nobody knows where the next answer would begin.
        if response.will_close or not asked.legal:
            self.close()
        response.close()
        return response.status, content
