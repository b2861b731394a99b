"""Transport: one keep-alive connection to the exporter."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

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
        If the URL is not http or https with a host.
    """

    def __init__(self, url: str, ssl_context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url: expected http://host:port or https://host:port, got {url!r}")
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._is_https, self._ssl_context = parts.scheme == "https", ssl_context
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """Send a body and return the answer; network errors do not raise."""
        while True:
            is_fresh = self._connection is None
            try:
                return self._exchange(path, body, headers, timeout)
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

    def _exchange(self, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        connection = self._connection = self._connection or self._connect()
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        connection.request("POST", self._prefix + path, body=body, headers=dict(headers))
        response = connection.getresponse()
        body = response.read(LONGEST_ANSWER)
        if response.length and len(body) < LONGEST_ANSWER:
            raise http.client.IncompleteRead(body, response.length)
        if not response.isclosed():  # longer than we read: the rest would look like the next answer
            self.close()
        return Answer(response.status, body, _retry_after_seconds(response.getheader("Retry-After")))

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_https:
            return http.client.HTTPSConnection(self._host, self._port, context=self._ssl_context)
        return http.client.HTTPConnection(self._host, self._port)


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
