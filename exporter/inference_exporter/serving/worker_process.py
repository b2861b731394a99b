"""The worker as a process: started, pinged, and restarted when it ends by itself."""

import asyncio
import logging
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from .channel import Channel
from .lane import Lane
from .wire import LENGTHS

log = logging.getLogger(__name__)

PING_SECONDS = 1.0
# Samples, scrapes and pages may keep the interpreter busy; after this long without an answer the worker is unhealthy.
SILENT_PINGS = 30
HUNG_PINGS = 60  # then kill and restart it: there may be no orchestrator to do so
LONGEST_PAUSE_SECONDS = 30.0
MAX_FAILED_STARTS = 5
# Enough to write what is open; the journal needs no goodbye.
STOP_SECONDS = 2.0


class WorkerProcess:
    """The process that runs the engine, and the channels to its threads.

    Parameters
    ----------
    command : sequence of str
        The command to run; its socket numbers are appended.
    start : callable
        Returns what the worker needs at its start.
    lanes : mapping of str to Lane
        Where idle channels wait for jobs.
    threads : mapping of str to int
        Channels of each lane, each with its thread in the worker.
    reads_stdin : bool
        Whether it gets our standard input.
    environment : mapping of str to str, optional
        The worker's environment; by default ours.
    """

    def __init__(
        self,
        command: Sequence[str],
        start: Callable[[], bytes],
        lanes: Mapping[str, Lane],
        threads: Mapping[str, int],
        reads_stdin: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._start, self._environment = command, start, environment
        self._lanes, self._threads = lanes, threads
        self._stdin = None if reads_stdin else subprocess.DEVNULL
        self._control: _Control | None = None
        self.restarts = 0

    @property
    def is_ready(self) -> bool:
        """Whether it accepts requests."""
        return self._control is not None and self._control.is_ready

    @property
    def is_alive(self) -> bool:
        """Whether it is starting, or answered recently."""
        return self._control is None or self._control.unanswered < SILENT_PINGS

    @property
    def progress(self) -> str:
        """How far a starting worker is, as words for people; empty if it has not reported anything."""
        return self._control.progress if self._control is not None else ""

    def tell(self, line: str) -> None:
        """Send a line to the worker's control thread."""
        if self._control is not None:
            self._control.send(line)

    async def run(self, became_ready: Callable[[], None]) -> int:
        """Keep a worker running; returns the exit code of one that failed to start."""
        failed = 0
        while True:
            control, code = await self._run_once(became_ready)
            failed = 0 if control.was_ready else 1 if control.got_on else failed + 1
            # One that was killed may do better next time; one that ends by itself has a reason.
            never_ran = not control.was_ready and self.restarts == 0 and code >= 0
            if never_ran or failed == MAX_FAILED_STARTS:
                return code
            self.restarts += 1
            pause = min(2.0**failed - 1, LONGEST_PAUSE_SECONDS)
            log.error("the worker exited with code %d, restarting", code)
            await asyncio.sleep(pause)

    async def _run_once(self, became_ready: Callable[[], None]) -> tuple["_Control", int]:
        pairs = [socket.socketpair() for _ in range(1 + sum(self._threads.values()))]
        theirs = [str(far.fileno()) for _, far in pairs]
        process = subprocess.Popen(
            [*self._command, *theirs],
            pass_fds=list(map(int, theirs)),
            stdin=self._stdin,
            start_new_session=True,
            env=self._environment,
        )
        for _, far in pairs:
            far.close()
        control = self._control = _Control(became_ready)
        channels: list[Channel] = []
        try:
            await self._connect(control, [near for near, _ in pairs], channels)
            await control.lost.wait()
        finally:
            self._control = None
            control.close()  # the worker ends when it sees this
            for channel in channels:
                channel.close()
            for lane in self._lanes.values():
                lane.lose_worker()
            code = await _ended(process)
        return control, code

    async def _connect(self, control: "_Control", sockets: list[socket.socket], channels: list[Channel]) -> None:
        loop = asyncio.get_running_loop()
        first, *others = sockets
        await loop.create_unix_connection(lambda: control, sock=first)
        start = self._start()
        control.write(LENGTHS.pack(len(start), 0) + start)
        names = [name for name, count in self._threads.items() for _ in range(count)]
        for number, (name, near) in enumerate(zip(names, others, strict=True)):
            lane = self._lanes[name]
            channel = Channel(number, lane.freed)
            await loop.create_unix_connection(lambda channel=channel: channel, sock=near)  # type: ignore[misc]
            lane.freed(channel)
            channels.append(channel)


class _Control(asyncio.Protocol):
    """Control messages to and from the worker."""

    def __init__(self, became_ready: Callable[[], None]) -> None:
        self._became_ready = became_ready
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self.unanswered = 0
        """Pings since its last message; not seconds, which also pass while the whole machine is suspended."""
        self.is_ready = self.was_ready = False
        self.progress = ""
        self.got_on = False
        """Whether this start went further than the one before it: it set an entry aside."""
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def write(self, data: bytes) -> None:
        """Send bytes, if there still is a worker to send them to."""
        if self._transport is not None:
            self._transport.write(data)

    def send(self, line: str) -> None:
        """Send a line."""
        self.write(f"{line}\n".encode())

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Note that the worker is ready, or healthy."""
        self.unanswered = 0
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"progress "):
                self.progress = line.removeprefix(b"progress ").decode()
                self.got_on = self.got_on or self.progress.startswith("set aside")
        if b"ready" in lines:
            self.is_ready = self.was_ready = True
            self._became_ready()
            self._ping()

    def _ping(self) -> None:
        if self.unanswered >= HUNG_PINGS:
            log.error("the worker did not answer for %.0f s", self.unanswered * PING_SECONDS)
            self.close()
        elif self.is_ready:
            self.unanswered += 1
            self.send("ping")
            self._loop.call_later(PING_SECONDS, self._ping)

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the worker ended."""
        self.is_ready = False
        self.lost.set()


async def _ended(process: "subprocess.Popen[bytes]") -> int:
    """Return the exit code of a process whose socket is closed; kill it if it stays."""
    loop = asyncio.get_running_loop()
    until = loop.time() + STOP_SECONDS
    try:
        while process.poll() is None:
            if loop.time() > until:
                process.kill()
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:  # we are stopped too: leave no process behind
        process.kill()
        process.wait()
        raise
    return int(process.returncode)
