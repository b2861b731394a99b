"""Transport: network errors are answers, never exceptions."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from inference_exporter.client import transport as transport_module
from inference_exporter.client.transport import Answer, Transport


@pytest.fixture
def speak():
    """Listen, and answer each connection with the same bytes."""
    listeners = []

    def start(said):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(said)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def post(url, headers=None, **options):
    transport = Transport(url, **options)
    try:
        return transport.post("/v1/samples", b"{}", headers or {}, timeout=60)
    finally:
        transport.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "here",
        "ftp://here",
        "http://",
        "http://h:x",
        "http://h:99999",
        "http://[::1",
        "unix://",
        "unix:x",
        "unix://host/path",
    ],
)
def test_urls(url):
    """A URL other than HTTP raises immediately."""
    with pytest.raises(ValueError, match=r"expected (http|unix)|Port|port|IPv6"):
        Transport(url)


@pytest.mark.parametrize("said", [b"", b"\x00\xff nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_nonsense_is_no_answer(speak, said):
    """A peer that hangs up, speaks another protocol or breaks off gives status 0 with the reason."""
    answer = post(speak(said))
    assert (answer.status, answer.is_final) == (0, False)
    assert answer.body


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://a..b", "http://" + "x" * 70]
)
def test_nobody_there(url):
    """A refused connection and an unknown host give status 0."""
    assert post(url).status == 0


def test_a_header_that_cannot_be_sent_is_no_answer(speak):
    """A header with a line break gives status 0."""
    answer = post(speak(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), headers={"X": "a\nb"})
    assert (answer.status, b"header" in answer.body) == (0, True)


def test_https_that_is_not_trusted_is_no_answer(speak):
    """A peer that does not speak TLS gives status 0."""
    url = speak(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").replace("http:", "https:")
    answer = post(url, ssl_context=ssl.create_default_context())
    assert (answer.status, b"SSL" in answer.body) == (0, True)


def test_a_long_answer_is_cut(speak, monkeypatch):
    """Only the beginning of an overlong answer is read."""
    monkeypatch.setattr(transport_module, "LONGEST_ANSWER", 10)
    answer = post(speak(b"HTTP/1.1 400 No\r\nContent-Length: 100\r\n\r\n" + b"x" * 100))
    assert (answer.status, answer.body) == (400, b"x" * 10)


def test_prefix(exporter):
    """A path in the URL is a prefix."""
    transport = Transport(exporter.url + "/behind/proxy/")
    assert transport.post("/v1/samples", b"", {"Idempotency-Key": "k"}, timeout=60).status == 200
    transport.close()
    assert exporter.posts[0].path == "/behind/proxy/v1/samples"


@pytest.mark.parametrize(
    ("header", "at_least", "at_most"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        ("-5", 0, 0),
        ("1e9", 300, 300),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
    ],
)
def test_retry_after(speak, header, at_least, at_most):
    """Retry-After is read as seconds or as a date, within bounds."""
    answer = post(speak(f"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: {header}\r\n\r\n".encode()))
    assert at_least <= answer.retry_after_seconds <= at_most


def test_retry_after_as_a_date(speak):
    """A date is converted to seconds from the moment of the answer."""
    date = datetime.now(UTC) + timedelta(seconds=250)
    before = time.time()
    header = format_datetime(date, usegmt=True)
    answer = post(speak(f"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: {header}\r\n\r\n".encode()))
    earliest, latest = date.timestamp() - 1 - time.time(), date.timestamp() - before
    assert max(earliest, 0) <= answer.retry_after_seconds <= latest


@pytest.mark.parametrize("header", ["soon", "nan", "Thu, 99 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 -0000"])
def test_retry_after_that_says_nothing(speak, header):
    """An invalid Retry-After is ignored."""
    answer = post(speak(f"HTTP/1.1 429 No\r\nContent-Length: 0\r\nRetry-After: {header}\r\n\r\n".encode()))
    assert (answer.status, answer.retry_after_seconds) == (429, None)


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(0, False), (200, True), (202, True), (308, True), (400, True), (408, False), (429, False), (500, False)],
)
def test_final(status, is_final):
    """Only no answer, 429 and 5xx are retried."""
    assert Answer(status).is_final is is_final


def test_a_unix_socket(tmp_path):
    """``unix:///path`` posts to the socket, blanks in its path included; nobody there gives status 0."""
    path = tmp_path / "an exporter.sock"
    url = f"unix://{tmp_path}/an%20exporter.sock"
    assert post(url).status == 0
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        seen = []

        def serve():
            connection, _ = listener.accept()
            with connection:
                text = b""
                while not text.endswith(b"{}"):
                    text += connection.recv(65536)
                seen.append(text)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        answer = post(url)
        thread.join()
    assert (answer.status, answer.body) == (200, b"{}")
    assert seen[0].startswith(b"POST /v1/samples HTTP/1.1\r\nHost: localhost\r\n")
