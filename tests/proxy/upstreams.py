"""A model server that answers in every way that HTTP/1.1 knows, and raw connections to talk to it."""

import socket
import threading
from contextlib import suppress

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
PREDICTIONS = b'{"predictions": ["yes"]}'


def framed(body, status=b"200 OK", extra=b""):
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        status, extra, len(body), body,
    )  # fmt: skip


def chunked(*pieces, trailers=b""):
    return CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in pieces) + b"0\r\n" + trailers + b"\r\n"


ANSWERS = {
    b"/plain": framed(PREDICTIONS),
    b"/chunked": chunked(PREDICTIONS[:5], PREDICTIONS[5:], trailers=b"X-Sum: 1\r\n"),
    b"/none": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    b"/same": b'HTTP/1.1 304 Not Modified\r\nContent-Length: 700\r\nETag: "x"\r\n\r\n',
    b"/head": b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n",
    b"/hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + framed(PREDICTIONS),
    b"/error": framed(b'{"error": "no"}', b"500 Internal Server Error"),
    b"/page": b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>",
    b"/events": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\ndata: [DONE]\n\n",
    b"/short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
    b"/gone": b"",
    b"/nonsense": b"\x00\x01\x02 this is not HTTP at all\r\n\r\n" + b"x" * 100_000,
    b"/upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n",
}
ENDS = (b"/events", b"/short", b"/gone", b"/nonsense")
"""After these the server hangs up."""


class Upstream:
    """Answers by path; keeps what it received."""

    def __init__(self, tls=None):
        self._tls, self.asked_for = tls, []
        if tls is not None:
            tls.sni_callback = lambda connection, name, context: self.asked_for.append(name)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.received = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with suppress(OSError), self._wrapped(connection) as connection:
            rest = b""
            while (request := self._request(connection, rest)) is not None:
                head, body, rest = request
                self.received.append(head + b"\r\n\r\n" + body)
                path = head.split(b" ", 2)[1].split(b"?")[0]
                if path == b"/big":
                    self._big(connection, head)
                elif path == b"/echo":
                    connection.sendall(framed(body))
                else:
                    connection.sendall(ANSWERS.get(path, framed(PREDICTIONS)))
                if path == b"/upgrade":
                    while data := connection.recv(65536):
                        connection.sendall(data[::-1])
                if path in ENDS:
                    return

    def _wrapped(self, connection):
        return connection if self._tls is None else self._tls.wrap_socket(connection, server_side=True)

    def _request(self, connection, text):
        while b"\r\n\r\n" not in text:
            if not (data := connection.recv(65536)):
                return None
            text += data
        head, _, rest = text.partition(b"\r\n\r\n")
        lower = head.lower()
        if b"expect: 100-continue" in lower and not rest:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if b"transfer-encoding: chunked" in lower:
            while not rest.endswith(b"0\r\n\r\n"):
                rest += connection.recv(65536)
            return head, rest, b""
        lengths = [line.split(b":")[1] for line in lower.split(b"\r\n") if line.startswith(b"content-length")]
        length = int(lengths[0]) if lengths else 0
        if length > 10_000_000:
            taken = len(rest)
            while taken < length:
                taken += len(connection.recv(1 << 20))
            return head, b"", b""
        while len(rest) < length:
            if not (data := connection.recv(65536)):
                return None
            rest += data
        return head, rest[:length], rest[length:]

    def _big(self, connection, head):
        size = int(head.split(b"size=")[1].split(b" ")[0])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % size)
        piece = b"y" * (1 << 20)
        for start in range(0, size, len(piece)):
            connection.sendall(piece[: size - start])


def talk(port, sent, until=None, reads=True):
    """Send bytes and return what comes back until the other side hangs up, or until it ends in some bytes."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(sent)
        if until is None:
            connection.shutdown(socket.SHUT_WR)
        got = bytearray()
        while not (until is not None and got.endswith(until)):
            data = connection.recv(65536)
            if not data:
                break
            got += data
        return bytes(got)
