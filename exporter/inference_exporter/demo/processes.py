"""The demo's processes: each in its own process group, with a log, and ended when the demo ends."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import shuffle
from types import TracebackType

from .stopping import Stop

PATIENCE_SECONDS = 5.0
"""Time for a process to end by itself before its group is killed."""
READY_SECONDS = 120.0
"""Timeout for a process to become ready; an idle machine needs two or three seconds."""
LOG_LINES_SHOWN = 15
SERVER_PORTS = range(20_000, 32_000)


class ProcessFailed(Exception):
    """A process ended or did not become ready; the message has the end of its log."""


class Processes:
    """Starts processes; as a context manager, ends all of them and their children in reverse order."""

    def __init__(self, logs: Path, stop: Stop) -> None:
        self._logs = logs
        self._stop = stop
        self._running: list[tuple[str, subprocess.Popen[str]]] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            end(process)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        piped: bool = False,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "subprocess.Popen[str]":
        """Start a command; its output goes to its log, or its standard output to a pipe."""
        tether = [sys.executable, "-m", "inference_exporter.demo.die_with_parent", str(os.getpid())]
        with self.log_of(name).open("a") as log:
            process = subprocess.Popen(
                [*tether, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else log,
                stderr=log,
                text=True,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                # A group of its own, which can be ended with all its children.
                start_new_session=True,
            )
        self._running.append((name, process))
        return process

    def log_of(self, name: str) -> Path:
        """Return the log file of a process."""
        return self._logs / f"{name}.log"

    def finish(self, name: str, command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> str:
        """Run a command to its end and return its new output.

        Raises
        ------
        ProcessFailed
            If its exit code is not 0.
        Stopped
            If a stop is requested meanwhile.
        """
        self._await_end(name, self.start(name, command, environment=environment))
        return self.log_of(name).read_text()

    def finish_all(self, commands: Mapping[str, Sequence[str | Path]]) -> None:
        """Run commands, by name, side by side to their ends; raises as `finish`."""
        started = {name: self.start(name, command) for name, command in commands.items()}
        for name, process in started.items():
            self._await_end(name, process)

    def _await_end(self, name: str, process: "subprocess.Popen[str]") -> None:
        while process.poll() is None:
            self._stop.sleep(0.05)
            self._stop.check()
        if process.returncode != 0:
            raise ProcessFailed(self._story(name, f"ended with exit code {process.returncode}"))

    def await_ready(self, name: str, url: str, timeout_seconds: float = READY_SECONDS) -> None:
        """Wait until a process answers 200 at the URL; raises as `await_that`."""
        self.await_that(name, lambda: answers(url), f"answer under {url}", timeout_seconds)

    def await_that(
        self, name: str, holds: Callable[[], bool], what: str, timeout_seconds: float = READY_SECONDS
    ) -> None:
        """Wait until a condition on a process holds.

        Raises
        ------
        ProcessFailed
            If it ends first, or the time is up.
        Stopped
            If a stop is requested meanwhile.
        """
        deadline = time.monotonic() + timeout_seconds
        while not holds():
            self.check(name)
            if time.monotonic() > deadline:
                raise ProcessFailed(self._story(name, f"did not {what} in {timeout_seconds:.0f} s"))
            self._stop.sleep(0.05)
            self._stop.check()

    def check(self, *names: str) -> None:
        """Raise `ProcessFailed` if one of these has ended."""
        for name, process in self._running:
            if name in names and process.poll() is not None:
                raise ProcessFailed(self._story(name, f"ended with exit code {process.returncode}"))

    def end(self, *names: str) -> None:
        """End these, if they run, in the order in which they are named."""
        running = dict(self._running)
        for name in names:
            if name in running:
                end(running[name])

    def ended(self, name: str) -> str | None:
        """Return how a process ended, with the end of its log; None if it runs or was never started."""
        for known, process in self._running:
            if known == name and process.poll() is not None:
                return self._story(name, f"ended with exit code {process.returncode}")
        return None

    def _story(self, name: str, what: str) -> str:
        lines = self.log_of(name).read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join([f"{name} {what}; the end of its log:", *(f"  {line}" for line in lines)])


def end(process: "subprocess.Popen[str]", patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Send SIGTERM to a process group, and SIGKILL after a while."""
    for number, patience in ((signal.SIGTERM, patience_seconds), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            break
    # Kill the orphans that the process left in its group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def answers(url: str) -> bool:
    """Return whether the URL answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - always one of our addresses
            return bool(response.status == 200)
    except OSError:
        return False


def free_port() -> int:
    """Return a free loopback port.

    It is below the ephemeral port range, so that no outgoing connection takes
    it before its server does.
    """
    candidates = list(SERVER_PORTS)
    # Two demos on one machine would otherwise both try the first port.
    shuffle(candidates)
    for port in candidates:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"every port from {SERVER_PORTS.start} to {SERVER_PORTS.stop - 1} is taken")
