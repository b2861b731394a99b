"""The listening socket: one process per address, and as many file descriptors as allowed."""

import logging
import resource
import socket

from ..config.schema import WebConfig
from ..errors import ConfigError

log = logging.getLogger(__name__)

# Connections waiting to be accepted; the system may allow fewer. A sender that does not fit retries after a second.
BACKLOG = 4096
OWN_DESCRIPTORS = 128  # for channels, files and libraries


def listening_socket(host: str, port: int) -> socket.socket:
    """Listen on an address that no other process listens on.

    Raises
    ------
    ConfigError
        If listening fails.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            # Not SO_REUSEPORT: two exporters would share the address, each with half of the samples.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:  # of a host whose name no resolver takes
        why = error.strerror if isinstance(error, OSError) else "invalid host name"
        raise ConfigError(f"web.listen_address: cannot listen on {host}:{port}: {why}") from error
    return listener


def warn_if_open(web: WebConfig) -> None:
    """Warn if other machines can connect: there is no authentication."""
    if not web.is_loopback:
        log.warning(
            "listening on %s without authentication: anyone who can connect can read metrics and send samples; "
            "restrict it by a firewall, a network policy or a proxy",
            web.listen_address,
        )


def raise_open_files(connections: int) -> int:
    """Raise the limit of open files to what we may need; returns how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OWN_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(min(connections, soft - OWN_DESCRIPTORS), 16)
