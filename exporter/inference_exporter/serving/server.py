"""Runs the sidecar: this process owns the sockets and supervises the worker, which runs the engine."""

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
from ..config.inputs import keeping_stdin
from ..config.schema import Config
from ..errors import ConfigError
from .connection import Connection
from .front import Front
from .hash_seed import environment_of
from .lane import Lane
from .listener import BACKLOG, listening_socket, raise_open_files, warn_if_open
from .malloc import keep_freed
from .proxy_process import ProxyProcess
from .unix_socket import unix_listener
from .worker import Start
from .worker_process import WorkerProcess

log = logging.getLogger(__name__)

# Worker threads for other requests than intake, and how many requests may queue for each.
LANE_THREADS = {"scrape": 2, "page": 2, "reload": 1}
# A request that waits behind sixty others will not be answered before its sender gives up.
LONGEST_LINE = 64
KEPT_BYTES = 2 * 1024**2  # of bodies already sent
# libuv accepts one connection per loop turn and listening handle: with one handle, a health check behind two hundred
# new connections would wait for two hundred turns.
ACCEPTED_A_TURN = 16


def serve(
    config: Config,
    config_file: Path | None,
    worker: Sequence[str],
    proxy: Sequence[str],
    log_level: str,
    log_format: str,
) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code.

    The configuration is already loaded; the worker process, which `worker`
    starts, loads the references that it names. `proxy` starts the proxy's process.
    """
    keep_freed(KEPT_BYTES)
    listener = listening_socket(*config.web.host_and_port)
    local = unix_listener(config.web.unix_socket, config.web.unix_socket_mode) if config.web.unix_socket else None
    warn_if_open(config.web)
    connections = raise_open_files(config.web.max_connections)
    config = replace(config, web=replace(config.web, max_connections=connections))
    start = Start(config, config_file, log_level, log_format)
    listeners = [listener] if local is None else [listener, local.socket]
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(listeners, start, worker, proxy))
    finally:
        if local is not None:
            local.remove()


async def _serve(
    listeners: Sequence[socket.socket], start: Start, command: Sequence[str], proxy_command: Sequence[str]
) -> int:
    loop, web = asyncio.get_running_loop(), start.config.web
    threads = {"intake": web.threads, **LANE_THREADS}
    lanes = {name: Lane(LONGEST_LINE) for name in threads}
    worker = WorkerProcess(
        command,
        # A worker that starts again reads the file anew, as an orchestrator's restart would.
        lambda: pickle.dumps(_refreshed(start) if worker.restarts else start),
        lanes,
        threads,
        start.config.inputs.reads_stdin,
        environment_of(start.config.storage),
    )
    proxy = ProxyProcess(proxy_command, start.config, start.log_level, start.log_format)
    front = Front(web, worker, lanes, proxy if start.config.proxy.upstream else None)
    forwarding = asyncio.create_task(proxy.run()) if start.config.proxy.upstream else None
    sweeping = asyncio.create_task(front.sweep())
    servers = [await _accepting(front, listener, turn) for listener in listeners for turn in range(ACCEPTED_A_TURN)]
    working = asyncio.create_task(worker.run(front.worker_became_ready))
    stopped = _stop_signal(loop)
    loop.add_signal_handler(signal.SIGHUP, front.reload)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGHUP,))  # the command line blocked it until now
    ends: list[asyncio.Future[Any]] = [working, stopped]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.close()
    await asyncio.gather(_ended(forwarding, proxy), front.drain(0 if working.done() else web.drain_timeout))
    if working.done():
        return working.result()
    sweeping.cancel()
    working.cancel()
    await asyncio.wait([working])
    return 0


async def _accepting(front: Front, listener: socket.socket, turn: int) -> asyncio.AbstractServer:
    """Accept connections; the first turn takes the socket itself, the others a duplicate."""
    loop, each = asyncio.get_running_loop(), listener.dup() if turn else listener
    create = loop.create_unix_server if each.family == socket.AF_UNIX else loop.create_server
    return await create(lambda: Connection(front), sock=each, backlog=BACKLOG)


async def _ended(forwarding: "asyncio.Task[None] | None", proxy: ProxyProcess) -> None:
    """End the proxy after the requests that it is forwarding."""
    if forwarding is not None:
        await proxy.stop()
        forwarding.cancel()


def _stop_signal(loop: asyncio.AbstractEventLoop) -> "asyncio.Future[None]":
    """Return a future for the first SIGINT or SIGTERM; the second ends the process at once."""
    stopped = loop.create_future()

    def stop() -> None:
        if stopped.done():
            os._exit(1)
        stopped.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopped


def _refreshed(start: Start) -> Start:
    """Return the worker's start with the current configuration file if it is valid, else with the last valid one."""
    if start.config_file is None:
        return start
    try:
        config = load(start.config_file)
    except ConfigError as error:
        log.error("failed to load configuration, starting the worker with the previous one: %s", error)
        return start
    inputs = keeping_stdin(config.inputs, start.config.inputs)
    return replace(start, config=replace(config, web=start.config.web, inputs=inputs))
