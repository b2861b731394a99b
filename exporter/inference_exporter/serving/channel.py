"""A channel to one thread of the worker: one request out, its answer back, then the next."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from .request import JOINED_BYTES, Answer
from .wire import LENGTHS, frame_start


@dataclass(slots=True, eq=False)
class Job:
    """A request for the worker. `sent` is called with the size of each piece of the body once it is written."""

    head: Mapping[str, Any]
    chunks: deque[bytes | bytearray]
    size: int
    answered: Callable[[Answer | None], None]
    """Called once, with None if the worker ended first."""
    sent: Callable[[int], None]
    askers: list[Any] = field(default_factory=list, repr=False)
    """The connections that wait for the answer."""
    number: int = 0
    """Assigned by its channel; 0 while the job is queued."""
    channel: "Channel | None" = field(default=None, repr=False)


class Channel(asyncio.Protocol):
    """Our end of a socket pair; one thread of the worker reads the other."""

    def __init__(self, number: int, freed: Callable[["Channel"], None]) -> None:
        self.number = number
        self._freed = freed
        self._transport: asyncio.Transport | None = None
        self._job: Job | None = None
        self._numbers = 0
        self._paused = False
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def give(self, job: Job) -> None:
        """Send a job to the idle thread."""
        self._numbers += 1
        job.number, job.channel, self._job = self._numbers, self, job
        if self._transport is None:  # the worker is ending
            self._finish(None)
            return
        # The number comes back with "gone", so that a late message cannot stop the next job of this thread.
        start = frame_start({**job.head, "number": job.number}, job.size)
        if job.size > JOINED_BYTES or self._paused:
            self._transport.write(start)
            self._pump()
            return
        self._transport.write(b"".join((start, *job.chunks)))  # each write is a system call
        while job.chunks:
            job.sent(len(job.chunks.popleft()))

    def pause_writing(self) -> None:
        """Pause until the thread has read the buffered bytes."""
        self._paused = True

    def resume_writing(self) -> None:
        """Continue with the body."""
        self._paused = False
        self._pump()

    def _pump(self) -> None:
        job, transport = self._job, self._transport
        while job is not None and transport is not None and job.chunks and not self._paused:
            chunk = job.chunks.popleft()
            transport.write(chunk)
            # Written to the kernel or to the transport's buffer, which pauses us above its limit.
            job.sent(len(chunk))

    def data_received(self, data: bytes) -> None:
        """Buffer a piece of the answer."""
        received = self._received
        received += data
        if len(received) < LENGTHS.size:
            return
        head_size, body_size = LENGTHS.unpack_from(received)
        end = LENGTHS.size + head_size
        if len(received) < end + body_size:
            return
        head = orjson.loads(bytes(received[LENGTHS.size : end]))
        body = bytes(memoryview(received)[end:])  # a scrape has megabytes: copied once
        answer = Answer(head["status"], [(key, value) for key, value in head["headers"]], body)
        # A thread answers one request at a time, so nothing follows an answer.
        self._received = bytearray()
        self._finish(answer)

    def _finish(self, answer: Answer | None) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.channel = None
            for chunk in job.chunks:  # the job ended before its body was sent
                job.sent(len(chunk))
            job.chunks.clear()
            job.answered(answer)
        if answer is not None:
            # Only with an answer: without one the worker has ended, and its channels with it.
            self._freed(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the job that waits for an answer."""
        self._transport = None
        self._finish(None)

    def close(self) -> None:
        """Close our end."""
        if self._transport is not None:
            self._transport.abort()
