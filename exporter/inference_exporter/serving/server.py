"""Runs the sidecar: this process owns the sockets, and watches over the worker that holds the engine."""

import asyncio
import logging
import os
import pickle
import signal
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop

from ..config.file import load
from ..config.schema import Config
from ..errors import ConfigError
from .connection import Connection
from .front import Front
from .lane import Lane
from .listener import BACKLOG, listening_socket, raise_open_files, warn_if_open
from .malloc import keep_freed
from .worker import Start
from .worker_process import WorkerProcess

log = logging.getLogger(__name__)

# Threads of the worker that intake can't take, and requests that may wait for them.
LANE_THREADS = {"scrape": 2, "page": 2, "reload": 1}
LONGEST_LINE = 64
KEPT_BYTES = 8 * 1024**2  # of bodies that have left
ACCEPTED_AT_ONCE = 64  # more would keep those waiting that are connected


def serve(config: Config, config_file: Path | None, worker: Sequence[str], log_level: str, log_format: str) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code.

    The configuration has been read already; what it names (references) is
    read by the worker, a process of its own that `worker` starts.
    """
    keep_freed(KEPT_BYTES)
    listener = listening_socket(*config.web.host_and_port)
    warn_if_open(config.web)
    connections = raise_open_files(config.web.max_connections)
    config = replace(config, web=replace(config.web, max_connections=connections))
    start = Start(config, config_file, log_level, log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(listener, start, worker))


async def _serve(listener: socket.socket, start: Start, command: Sequence[str]) -> int:
    loop, web = asyncio.get_running_loop(), start.config.web
    threads = {"intake": web.threads, **LANE_THREADS}
    lanes = {name: Lane(LONGEST_LINE) for name in threads}
    worker = WorkerProcess(
        command, lambda: pickle.dumps(_refreshed(start) if worker.restarts else start), lanes, threads
    )
    front = Front(web, worker, lanes)
    sweeping = asyncio.create_task(front.sweep())
    server = await loop.create_server(lambda: Connection(front), sock=listener, backlog=ACCEPTED_AT_ONCE)
    listener.listen(BACKLOG)  # create_server has made it as short as what is accepted at once
    working = asyncio.create_task(worker.run(lambda: log.info("listening on %s", web.listen_address)))
    stopped = _stop_signal(loop)
    loop.add_signal_handler(signal.SIGHUP, front.reload)
    ends: list[asyncio.Future[Any]] = [working, stopped]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    if working.done():
        return working.result()
    await front.drain(web.drain_timeout)
    sweeping.cancel()
    working.cancel()
    await asyncio.wait([working])
    return 0


def _stop_signal(loop: asyncio.AbstractEventLoop) -> "asyncio.Future[None]":
    """Return what is done at the first SIGINT or SIGTERM; the second ends the process at once."""
    stopped = loop.create_future()

    def stop() -> None:
        if stopped.done():
            os._exit(1)
        stopped.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopped


def _refreshed(start: Start) -> Start:
    """Return the start of a worker with the configuration as its file has it now, where it can be read."""
    if start.config_file is None:
        return start
    try:
        config = load(start.config_file)
    except ConfigError as error:
        log.error("configuration kept as it was: %s", error)
        return start
    return replace(start, config=replace(config, web=start.config.web))
