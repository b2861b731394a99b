"""The proxy's process: it listens, forwards, reports to the front, and outlives it until another takes over."""

import asyncio
import contextlib
import json
import logging
import signal
import socket
import threading

import uvloop

from ..client.transport import Transport
from ..config.proxy import ProxyConfig
from ..config.schema import WebConfig
from ..intake.proxy_totals import ProxyTotals
from .copies import Copies
from .proxy import Proxy

log = logging.getLogger(__name__)

BACKLOG = 4096
REPORT_SECONDS = 1.0
READY_SECONDS = 2.0
BIND_PAUSE_SECONDS = 0.05
LOGGED_AFTER = 40  # attempts to listen


def run_proxy(config: ProxyConfig, web: WebConfig, control: socket.socket | None = None) -> int:
    """Forward until SIGTERM or SIGINT; returns the exit code.

    `control` leads to the front, which gets a report each second. Once it is
    gone, forwarding goes on until a sidecar is ready again: it has a proxy of its own.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(config, web, control))


def sidecar_url(web: WebConfig) -> str:
    """Return the address at which the sidecar takes copies."""
    if web.unix_socket is not None:
        return f"unix://{web.unix_socket.absolute()}"
    host, port = web.host_and_port
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - every interface, this machine's too
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _run(config: ProxyConfig, web: WebConfig, control: socket.socket | None) -> int:
    totals, url, ended = ProxyTotals(), sidecar_url(web), asyncio.Event()
    copies = Copies(url, config.model, config.max_copied, totals)
    # A thread: sending a copy may wait for the sidecar, which forwarding must not.
    sending = threading.Thread(target=copies.run, name="copies", daemon=True)
    sending.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    proxy = Proxy(config, copies, totals)
    reporting = asyncio.create_task(_report(control, totals, url, ended)) if control else None
    server = await _listening(proxy, config, ended)
    if server is not None:
        log.info("proxy: %s is forwarded to %s", config.listen_address, config.upstream)
        await ended.wait()
        server.close()
        await proxy.drain(web.drain_timeout)
    if reporting is not None:
        reporting.cancel()
    copies.stop()
    # The last copies may still go out; the rest is lost, and the sidecar counts what came.
    await asyncio.to_thread(sending.join, READY_SECONDS)
    return 0


async def _listening(proxy: Proxy, config: ProxyConfig, ended: asyncio.Event) -> asyncio.Server | None:
    """Listen, as soon as the address is free: a proxy that has lost its front may still use it."""
    host, port = config.host_and_port
    for attempt in range(10**9):
        try:
            return await asyncio.get_running_loop().create_server(proxy.connection, host, port, backlog=BACKLOG)
        except OSError as error:
            if attempt == LOGGED_AFTER:
                log.error("proxy.listen_address: cannot listen on %s: %s", config.listen_address, error.strerror)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), BIND_PAUSE_SECONDS)
            return None
    return None


async def _report(control: socket.socket, totals: ProxyTotals, url: str, ended: asyncio.Event) -> None:
    """Report to the front each second; once it is gone, end when a sidecar is ready."""
    reader, writer = await asyncio.open_connection(sock=control)
    while not reader.at_eof():
        writer.write(json.dumps(totals.report()).encode() + b"\n")
        with contextlib.suppress(TimeoutError, OSError):
            await asyncio.wait_for(reader.read(1), REPORT_SECONDS)
    log.error("proxy: the sidecar is gone, forwarding goes on without it")
    while not await asyncio.to_thread(_is_ready, url):
        await asyncio.sleep(REPORT_SECONDS)
    log.info("proxy: a sidecar is back, which has a proxy of its own")
    ended.set()


def _is_ready(url: str) -> bool:
    transport = Transport(url)
    try:
        return transport.get("/-/ready", READY_SECONDS).status == 200
    finally:
        transport.close()
