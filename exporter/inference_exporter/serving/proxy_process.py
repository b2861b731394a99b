"""The proxy as a process: started, restarted when it ends by itself, and asked how it is."""

import asyncio
import json
import logging
import pickle
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from ..config.schema import Config

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 5.0
STOP_SECONDS = 2.0
LONGEST_REPORT = 1024**2


class ProxyProcess:
    """The process that forwards; `report` is its last one, None while it has none.

    Parameters
    ----------
    command : sequence of str
        The command to run; its socket's number is appended.
    config : Config
        Of the proxy and of the sidecar.
    log_level, log_format : str
        How it logs.
    """

    def __init__(self, command: Sequence[str], config: Config, log_level: str, log_format: str) -> None:
        self._command = command
        self._start = pickle.dumps((config.proxy, config.web, log_level, log_format))
        self._drain_seconds = config.web.drain_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self.report: Mapping[str, Any] | None = None
        self.restarts = 0
        self._is_stopping = False

    async def run(self) -> None:
        """Keep it running, until it is to stop."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            was_up = await self._run_once()
            if self._is_stopping:
                return
            # One that ran was probably killed, and starts again at once; one that never did waits longer each time.
            pause = FIRST_PAUSE_SECONDS if was_up else min(2 * pause, LONGEST_PAUSE_SECONDS)
            self.restarts += 1
            log.error("the proxy's process ended, restarting")
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """End it after the requests that it is forwarding."""
        self._is_stopping, process = True, self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drain_seconds + STOP_SECONDS
        while process.poll() is None:
            if loop.time() > until:
                process.kill()
            await asyncio.sleep(0.02)

    async def _run_once(self) -> bool:
        near, far = socket.socketpair()
        self._process = subprocess.Popen(
            [*self._command, str(far.fileno())],
            pass_fds=[far.fileno()],
            stdin=subprocess.DEVNULL,
            # Its own session: Ctrl-C reaches the front only, which ends the proxy after its requests.
            start_new_session=True,
        )
        far.close()
        was_up = False
        reader, writer = await asyncio.open_connection(sock=near, limit=LONGEST_REPORT)
        try:
            writer.write(len(self._start).to_bytes(4, "big") + self._start)
            while line := await reader.readline():
                self.report, was_up = json.loads(line), True
        except (OSError, ValueError) as error:
            log.error("the proxy's process does not report: %s", error)
        finally:
            writer.close()
            self.report = None
            # Shielded: a cancelled task must not leave a zombie behind.
            await asyncio.shield(self._reaped(self._process))
        return was_up

    async def _reaped(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            await asyncio.sleep(0.02)
