"""``inference-exporter proxy``: the reverse proxy alone; ``serve`` starts it in a process of its own."""

import argparse
import pickle
import socket
import sys
from pathlib import Path

from .. import logs
from ..config.file import load
from ..errors import ConfigError
from ..proxy.server import run_proxy


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    parser.add_argument("--config.file", dest="config_file", type=Path, metavar="FILE", required=True)


def run(options: argparse.Namespace) -> int:
    """Forward until a signal to stop.

    Raises
    ------
    ConfigError
        If the configuration is invalid, or has no proxy.
    """
    config = load(options.config_file)
    if not config.proxy.upstream:
        raise ConfigError(
            f"{options.config_file}: proxy.upstream: expected http://HOST:PORT or https://HOST:PORT, got nothing"
        )
    return run_proxy(config.proxy, config.web)


def run_for_front(descriptor: int) -> int:
    """Forward for the front at the other end of a socket, which sends the configuration."""
    control = socket.socket(fileno=descriptor)
    # The configuration itself, not a path: the file may have changed since the front read and checked it.
    size = int.from_bytes(control.recv(4, socket.MSG_WAITALL), "big")
    config, web, level, form = pickle.loads(control.recv(size, socket.MSG_WAITALL))  # noqa: S301 - from the front
    logs.configure(level, form)
    return run_proxy(config, web, control)


if __name__ == "__main__":
    sys.exit(run_for_front(int(sys.argv[1])))
