"""The front's end of a channel: jobs out as frames, answers back, whatever the pieces."""

import asyncio
from collections import deque

import orjson
import pytest
from inference_exporter.serving.channel import Channel, Job
from inference_exporter.serving.request import Answer
from inference_exporter.serving.wire import LENGTHS, frame_start


class Transport:
    """Records what is written."""

    def __init__(self):
        self.written, self.aborted = bytearray(), False

    def write(self, data):
        self.written += data

    def abort(self):
        self.aborted = True


class Ends:
    """A channel with its transport, and what it reported."""

    def __init__(self):
        self.freed, self.answers, self.sent = [], [], []
        self.channel, self.transport = Channel(3, self.freed.append), Transport()
        self.channel.connection_made(self.transport)

    def job(self, *chunks):
        return Job({"path": "/"}, deque(chunks), sum(map(len, chunks)), self.answers.append, self.sent.append)


@pytest.fixture
def ends():
    return Ends()


def answer_frame(status, body):
    return frame_start({"status": status, "headers": [["A", "b"]]}, len(body)) + body


def test_a_job_is_a_frame(ends):
    """Two lengths, the head with the job's number, the body."""
    ends.channel.give(ends.job(b"one", b"two"))
    head_size, body_size = LENGTHS.unpack_from(ends.transport.written)
    head, body = ends.transport.written[8 : 8 + head_size], ends.transport.written[8 + head_size :]
    assert orjson.loads(head) == {"path": "/", "number": 1}
    assert (body_size, bytes(body), ends.sent) == (6, b"onetwo", [3, 3])


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_answer_may_come_in_any_pieces(ends, size):
    """The answer is complete once its last byte is there, and frees the channel."""
    ends.channel.give(ends.job())
    frame = answer_frame("200 OK", b"body")
    for start in range(0, len(frame), size):
        assert ends.answers == []
        ends.channel.data_received(frame[start : start + size])
    assert ends.answers == [Answer("200 OK", [("A", "b")], b"body")]
    assert ends.freed == [ends.channel]


def test_the_body_waits_for_a_slow_thread(ends):
    """Nothing is written while the thread does not read; the rest follows."""
    ends.channel.pause_writing()
    ends.channel.give(ends.job(b"one", b"two"))
    assert ends.sent == []
    ends.channel.resume_writing()
    assert ends.sent == [3, 3]


def test_an_early_answer_releases_the_rest(ends):
    """The unsent part of a body whose answer is there counts as sent: its bytes are free again."""
    ends.channel.pause_writing()
    ends.channel.give(ends.job(b"one", b"two"))
    ends.channel.data_received(answer_frame("413", b""))
    assert ends.sent == [3, 3]


def test_a_lost_worker_fails_the_job(ends):
    """The job gets None, its body is released, and the channel is not given another one."""
    ends.channel.pause_writing()
    ends.channel.give(ends.job(b"one"))
    ends.channel.connection_lost(None)
    assert (ends.answers, ends.sent, ends.freed) == ([None], [3], [])
    ends.channel.give(ends.job(b"more"))
    assert ends.answers == [None, None]


def test_close_hangs_up(ends):
    """Closing aborts the transport once; a channel that is already gone stays so."""
    ends.channel.close()
    assert ends.transport.aborted
    ends.channel.connection_lost(asyncio.CancelledError())
    ends.channel.close()
