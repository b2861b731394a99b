"""Runs the sidecar: granian, one worker process, its threads."""

import ctypes
import ctypes.util
import gc
import logging
import multiprocessing
import multiprocessing.connection
import os
import socket
import threading
import urllib.error
import urllib.request
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from ..config.schema import Config
from ..errors import ConfigError, ExporterError
from ..logs import log_config

log = logging.getLogger(__name__)
EXIT_BAD_CONFIGURATION = 2
M_ARENA_MAX = -8  # of glibc's malloc.h


class _Server(Granian):  # type: ignore[misc, valid-type]
    """Passes SIGHUP on as a reload of the configuration, where granian would restart the worker and lose its state."""

    reload_url = ""

    def signal_handler_reload(self, *_: Any) -> None:
        threading.Thread(target=self._ask_to_reload, daemon=True).start()

    def _ask_to_reload(self) -> None:
        try:
            request = urllib.request.Request(self.reload_url, method="POST")  # noqa: S310 - our own address
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310
        except (urllib.error.URLError, OSError) as error:  # the worker has logged why
            log.error("reload failed: %s", error)


def serve(config: Config, config_file: Path | None, log_level: str, log_format: str) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code.

    The configuration has been read already; what it names (references) is
    read in the worker, so that this process stays small.
    """
    host, port = config.web.host_and_port
    _require_free(host, port)
    failed: Synchronized[int] = multiprocessing.Value("i", 0)

    def application() -> Any:
        # Imported in the worker: numpy and the engine are not needed in the process that watches over it.
        from ..app import Application

        _use_few_arenas()
        threading.Thread(target=_end_with_parent, daemon=True).start()

        try:
            wsgi = Application(config, config_file).wsgi
        except ExporterError as error:
            log.error("%s", error)
            failed.value = EXIT_BAD_CONFIGURATION
            raise SystemExit(EXIT_BAD_CONFIGURATION) from error
        gc.freeze()  # what was imported stays: no collection need look at it again
        log.info("listening on %s", config.web.listen_address)
        return wsgi

    server = _Server(
        "inference-exporter",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=config.web.threads,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=log_config(log_level, log_format),
    )
    server.reload_url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/-/reload"  # noqa: S104
    # The worker has said what is wrong with the configuration; that it ended is then no news.
    logging.getLogger("_granian").addFilter(lambda record: not failed.value)
    try:
        server.serve(target_loader=application, wrap_loader=False)
    except SystemExit as error:
        return failed.value or int(error.code or 0)
    return failed.value


def _require_free(host: str, port: int) -> None:
    """Refuse an address that somebody listens on: granian would share it, and each would get half of the samples.

    Raises
    ------
    ConfigError
        If the address cannot be listened on.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(f"web.listen_address: cannot listen on {host}:{port}: {error.strerror}") from error


def _use_few_arenas() -> None:
    """Let the threads share the memory that they free: an arena each would keep some 10 MB more of decoded bodies."""
    library = ctypes.util.find_library("c")
    mallopt = getattr(ctypes.CDLL(library), "mallopt", None) if library else None
    if mallopt is not None:  # glibc; others have no arenas
        mallopt(M_ARENA_MAX, 2)


def _end_with_parent() -> None:
    """End the worker when the process that watches over it was killed: nobody else would."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
