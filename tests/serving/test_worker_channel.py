"""The worker's end of a channel: WSGI requests, one after another."""

import socket
import threading

import orjson
import pytest
from inference_exporter.intake.refusals import FrontTotals
from inference_exporter.serving.wire import LENGTHS, frame_start
from inference_exporter.serving.worker_channel import FrontReport, WorkerChannel

HEAD = {
    "method": "POST", "path": "/v1/samples", "query": "a=b", "sender": "10.0.0.7", "content_length": 4, "number": 1,
    "headers": [["content-type", "text/csv"], ["x-tag", "one"], ["x-tag", "two"], ["x_tag", "forged"]], "front": None,
}  # fmt: skip


class Worker:
    """A channel's thread with an application of the test."""

    def __init__(self, application):
        self.near, far = socket.socketpair()
        self.near.settimeout(30)
        self.report = FrontReport()
        self.channel = WorkerChannel(far, application, self.report)
        self.far, self.thread = far, threading.Thread(target=self.channel.run)
        self.thread.start()

    def ask(self, body=b"", **head):
        self.near.sendall(frame_start({**HEAD, **head}, len(body)) + body)
        lengths = LENGTHS.unpack(self.near.recv(LENGTHS.size, socket.MSG_WAITALL))
        answer, content = (self.near.recv(length, socket.MSG_WAITALL) if length else b"" for length in lengths)
        return orjson.loads(answer), content

    def close(self):
        self.near.close()
        self.thread.join(30)
        self.far.close()
        assert not self.thread.is_alive()


@pytest.fixture
def start():
    started = []

    def start_with(application):
        started.append(Worker(application))
        return started[-1]

    yield start_with
    for worker in started:
        worker.close()


def echo(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read()]


def test_a_request_is_wsgi(start):
    """Method, path, query, sender and headers are in the environment; a header with an underscore is left out."""
    seen = {}

    def keep(environ, start_response):
        seen.update(environ)
        return echo(environ, start_response)

    head, content = start(keep).ask(b"body")
    assert (head["status"], content) == ("200 OK", b"body")
    names = (
        "REQUEST_METHOD",
        "PATH_INFO",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "HTTP_X_TAG",
    )
    assert [seen[name] for name in names] == ["POST", "/v1/samples", "a=b", "10.0.0.7", "text/csv", "4", "one,two"]


def test_what_is_not_read_is_skipped(start):
    """An application that leaves a body unread does not spoil the next request."""

    def deaf(environ, start_response):
        return [] if environ["CONTENT_LENGTH"] == "9" else echo(environ, start_response)

    worker = start(deaf)
    worker.ask(b"left over", content_length=9)
    assert worker.ask(b"next")[1] == b"next"


def test_a_bug_answers_500_and_the_thread_lives(start, caplog):
    """An exception is logged with the path; the next request is answered."""

    def broken(environ, start_response):
        if environ["QUERY_STRING"] == "break":
            raise RuntimeError("boom")
        return echo(environ, start_response)

    worker = start(broken)
    assert worker.ask(query="break")[0]["status"] == "500 Internal Server Error"
    assert "/v1/samples failed" in caplog.text
    assert worker.ask(b"on")[1] == b"on"


def test_the_front_reports_itself(start):
    """A request that carries the front's totals updates them; one without leaves them."""
    worker = start(echo)
    worker.ask(front={"refused": {"busy": 2}, "connections": 5, "pid": 77})
    worker.ask()
    assert worker.report.totals == FrontTotals({"busy": 2}, connections=5, pid=77)


def test_a_sender_that_left_is_known(start):
    """The application learns that the sender of its request has gone, and only of that one."""

    def has_gone(environ, start_response):
        start_response("200 OK", [])
        return [str(environ["inference_exporter.sender_has_gone"]()).encode()]

    worker = start(has_gone)
    worker.channel.gone = 4
    assert [worker.ask(number=number)[1] for number in (3, 4, 5)] == [b"False", b"True", b"False"]


def test_a_front_that_dies_ends_the_thread(start):
    """Half a body and then nothing: the thread ends without an answer."""
    worker = start(echo)
    worker.near.sendall(frame_start(HEAD, 10) + b"half")
    worker.near.shutdown(socket.SHUT_RDWR)
    worker.thread.join(30)
    assert not worker.thread.is_alive()
