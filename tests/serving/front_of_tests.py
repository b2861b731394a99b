"""What a connection talks to, without sockets and without an event loop."""

import re
from collections import Counter
from types import SimpleNamespace

from inference_exporter.config.schema import WebConfig
from inference_exporter.serving.connection import Connection, State
from inference_exporter.serving.request import text_answer


class Transport:
    """Keeps what is written; `reads` says whether the other side reads it."""

    def __init__(self):
        self.written, self.unread, self.reads = b"", 0, True
        self.is_reading, self.closed, self.eof = True, None, False
        self.protocol = None

    def set_write_buffer_limits(self, high):
        assert high == 0

    def get_extra_info(self, name):
        return ("10.0.0.1", 1234)

    def get_write_buffer_size(self):
        return self.unread

    def write(self, data):
        assert not self.eof
        self.written += bytes(data)
        if not self.reads:
            self.unread += len(data)
            self.protocol.pause_writing()

    def read_all(self):
        """The other side reads what there is."""
        self.reads, self.unread = True, 0
        self.protocol.resume_writing()

    def pause_reading(self):
        self.is_reading = False

    def resume_reading(self):
        self.is_reading = True

    def is_closing(self):
        return self.closed is not None

    def can_write_eof(self):
        return True

    def write_eof(self):
        self.eof = True

    def close(self):
        self.closed = self.closed or "closed"

    def abort(self):
        self.closed = "aborted"


class Host:
    """A server that answers when it is told to; time is what the test sets."""

    def __init__(self, room=10**9, **web):
        self.web = WebConfig(**web)
        self.time, self.room, self.held = 100.0, room, 0
        self.turns, self.waiting, self.counts = [], [], Counter()
        self.events = []
        self.refuse = None

    def now(self):
        return self.time

    def next_turn(self, call):
        self.turns.append(call)

    def run_turns(self):
        """Let everybody have his turn, until nobody wants another."""
        while self.turns:
            self.turns.pop(0)()

    def date(self):
        return b"Date: today"

    def opened(self, connection):
        self.events.append("opened")

    def closed(self, connection):
        self.events.append("closed")

    def became_idle(self, connection):
        self.events.append("idle")

    def has_unread(self, connection, *, some):
        self.events.append("unread" if some else "read")

    def admit(self, request):
        return self.refuse

    def keep(self, request, piece):
        request.received += len(piece)
        request.add(piece)

    def hold(self, size):
        if self.held + size > self.room:
            return False
        self.held += size
        return True

    def let_go(self, size):
        self.held -= size

    def forget(self, request):
        self.held -= request.charged
        request.charged = 0
        request.chunks.clear()

    def dispatch(self, connection, request):
        self.waiting.append((connection, request))
        if request.path == "/now":
            self.answer("now")

    def answer(self, text="done"):
        """Answer the request that has waited longest."""
        connection, request = self.waiting.pop(0)
        connection.answer(text_answer("200 OK", text))
        return request

    def abandon(self, connection, reason):
        self.events.append(f"abandon {reason}")

    def count(self, reason):
        self.counts[reason] += 1

    def refusal(self, reason):
        self.counts[reason] += 1
        return text_answer("503 Service Unavailable", reason, 1)

    def too_slow(self, state):
        return {State.HEAD: "slow_headers", State.BODY: "slow_body"}.get(state, "request_timeout")


def connect(host=None, **web):
    """Return an open connection, its host and its transport."""
    host = host or Host(**web)
    connection, transport = Connection(host), Transport()
    transport.protocol = connection
    connection.connection_made(transport)
    return SimpleNamespace(connection=connection, host=host, transport=transport, send=connection.data_received)


def statuses(transport):
    """Return the status of each answer that was written."""
    return [status.decode() for status in re.findall(rb"^HTTP/1\.1 (\d+)", transport.written, re.MULTILINE)]
