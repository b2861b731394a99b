"""Transport: one keep-alive connection to the exporter."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

# Answers list a bounded number of rejections; a longer answer is not from an exporter.
LONGEST_ANSWER = 1024 * 1024
# A longer Retry-After is more likely a mistake than a plan.
LONGEST_RETRY_AFTER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The exporter's answer; status 0 means no answer, with the reason in `body`."""

    status: int
    body: bytes = b""
    retry_after_seconds: float | None = None

    @property
    def is_final(self) -> bool:
        """Whether a retry is pointless."""
        return self.status not in (0, 408, 429) and self.status < 500


class Transport:
    """Posts to one exporter, from one thread.

    Raises
    ------
    ValueError
        If the URL is not http or https with a host, or unix with an absolute path.
    """

    def __init__(self, url: str, ssl_context: ssl.SSLContext | None = None) -> None:
        self._connection: http.client.HTTPConnection | None = None
        parts = urlsplit(url)
        self._socket = _socket_of(url) if parts.scheme == "unix" else ""
        if self._socket:
            self._prefix = ""
            return
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url: expected http://host:port, https://host:port or unix:///path, got {url!r}")
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._is_https, self._ssl_context = parts.scheme == "https", ssl_context

    def post(self, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """Send a body and return the answer; network errors do not raise."""
        return self._answered("POST", path, body, headers, timeout)

    def get(self, path: str, timeout: float) -> Answer:
        """Return the answer to a request without a body; network errors do not raise."""
        return self._answered("GET", path, b"", {}, timeout)

    def _answered(self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        while True:
            is_fresh = self._connection is None
            try:
                return self._exchange(method, path, body, headers, timeout)
            # ValueError: a header or host name that cannot be sent.
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.close()
                # An idle connection that the exporter closed fails only on use: retry on a new one.
                if is_fresh or isinstance(error, TimeoutError):
                    return Answer(0, f"{type(error).__name__}: {error}".encode())

    def close(self) -> None:
        """Close the connection; the next post opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        connection = self._connection = self._connection or self._connect()
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request(method, self._prefix + path, body=body or None, headers=dict(headers))
        response = connection.getresponse()
        body = response.read(LONGEST_ANSWER)
        if response.length and len(body) < LONGEST_ANSWER:
            raise http.client.IncompleteRead(body, response.length)
        if not response.isclosed():  # longer than we read: the rest would look like the next answer
            self.close()
        return Answer(response.status, body, _retry_after_seconds(response.getheader("Retry-After")))

    def _connect(self) -> http.client.HTTPConnection:
        if self._socket:
            return _UnixConnection(self._socket)
        if self._is_https:
            return http.client.HTTPSConnection(self._host, self._port, context=self._ssl_context)
        return http.client.HTTPConnection(self._host, self._port)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        """Connect to the file of the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _socket_of(url: str) -> str:
    """Return the path in ``unix:///path``."""
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError(f"url: expected unix:// and an absolute path, got {url!r}")
    if not hasattr(socket, "AF_UNIX"):
        raise ValueError(f"url: expected http:// or https:// on a system without Unix sockets, got {url!r}")
    return unquote(parts.path)


def _retry_after_seconds(header: str | None) -> float | None:
    """Parse seconds or a date (RFC 9110, section 10.2.3); None if it is neither."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):  # not a date, or a date without a zone
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS) if seconds == seconds else None
