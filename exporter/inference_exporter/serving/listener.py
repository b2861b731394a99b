"""The listening socket: one process an address, as many descriptors as we may have."""

import logging
import resource
import socket

from ..config.schema import WebConfig
from ..errors import ConfigError

log = logging.getLogger(__name__)

# Connections that wait to be accepted; the system may allow fewer. One that finds no place tries again after a second.
BACKLOG = 4096
OWN_DESCRIPTORS = 128  # of channels, files and libraries


def listening_socket(host: str, port: int) -> socket.socket:
    """Listen on an address that nobody else listens on.

    Raises
    ------
    ConfigError
        If the address cannot be listened on.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            # Not SO_REUSEPORT: two would share the address, and each would get half of the samples.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise ConfigError(f"web.listen_address: cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def warn_if_open(web: WebConfig) -> None:
    """Say so where others than this machine can reach us: nothing asks them who they are."""
    if not web.is_loopback:
        log.warning(
            "listening on %s without authentication: whoever reaches it can read metrics and send samples; "
            "restrict it by a firewall, a network policy or a proxy",
            web.listen_address,
        )


def raise_open_files(connections: int) -> int:
    """Allow this process as many descriptors as it may need; returns how many connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OWN_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(min(connections, soft - OWN_DESCRIPTORS), 16)
