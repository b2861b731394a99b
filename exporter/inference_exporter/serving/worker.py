"""Inside the worker: a thread per channel reads a request, runs the application, and writes the answer."""

import contextlib
import gc
import logging
import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import logs
from ..config.schema import Config
from ..errors import ExporterError
from ..intake.refusals import FrontTotals
from .malloc import keep_freed, use_few_arenas
from .wire import LENGTHS
from .worker_channel import FrontReport, WorkerChannel

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

EXIT_BAD_CONFIGURATION = 2
KEPT_BYTES = 8 * 1024**2
# How long a thread waits for the interpreter while another decodes. The default, 5 ms, adds up over a scrape.
SWITCH_SECONDS = 0.001


@dataclass(frozen=True)
class Start:
    """What the worker needs at its start."""

    config: Config
    config_file: Path | None
    log_level: str
    log_format: str


Progress = Callable[[str], None]
Build = Callable[[Config, Path | None, Callable[[], FrontTotals], Progress], "WSGIApplication"]


def run_worker(build: Build, descriptors: Iterable[int]) -> int:
    """Answer requests until the front hangs up; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the front ends us
    control, *channels = (socket.socket(fileno=descriptor) for descriptor in descriptors)
    start = _read_start(control)
    if start is None:
        return 0
    logs.configure(start.log_level, start.log_format)
    use_few_arenas()
    keep_freed(KEPT_BYTES)
    sys.setswitchinterval(SWITCH_SECONDS)
    front = FrontReport()
    try:
        application = build(start.config, start.config_file, lambda: front.totals, partial(_tell_progress, control))
    except ExporterError as error:
        log.error("%s", error)
        return EXIT_BAD_CONFIGURATION
    gc.freeze()  # imported modules stay: exclude them from garbage collection
    threads = [WorkerChannel(channel, application, front) for channel in channels]
    for thread in threads:
        threading.Thread(target=thread.run, daemon=True).start()
    _listen(control, threads)
    return 0


def _tell_progress(control: socket.socket, words: str) -> None:
    """Report how far the start is."""
    with contextlib.suppress(OSError):  # the front is gone, which we see later
        control.sendall(f"progress {words}\n".encode())


def _read_start(control: socket.socket) -> Start | None:
    """Return the worker's start, or None if the front has already gone."""
    lengths = control.recv(LENGTHS.size, socket.MSG_WAITALL)
    if len(lengths) < LENGTHS.size:
        return None
    size, _ = LENGTHS.unpack(lengths)
    start = pickle.loads(control.recv(size, socket.MSG_WAITALL))  # noqa: S301 - from the front
    assert isinstance(start, Start)
    return start


def _listen(control: socket.socket, threads: list[WorkerChannel]) -> None:
    """Report that we are ready, answer pings and note senders that have gone, until the front hangs up or dies."""
    with contextlib.suppress(OSError), control.makefile("rb") as lines:
        control.sendall(b"ready\n")
        for line in lines:
            word, *numbers = line.split()
            if word == b"ping":
                control.sendall(b"pong\n")
            elif word == b"gone":
                channel, job = map(int, numbers)
                threads[channel].gone = job


def end(code: int) -> Any:
    """End the process at once: threads may still be running."""
    logging.shutdown()
    os._exit(code)
