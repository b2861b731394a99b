"""TLS to the upstream: its certificate is verified, for the name in its address or the one configured."""

import ssl
from dataclasses import dataclass
from typing import Any

from ..config.proxy import ProxyConfig
from ..errors import ConfigError

PROTOCOLS = ("http/1.1",)  # watching reads nothing else; a server must not choose HTTP/2


@dataclass(frozen=True)
class Address:
    """Where the upstream is, and how to connect."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    server_name: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """What the event loop needs for a connection besides host and port."""
        return {} if self.tls is None else {"ssl": self.tls, "server_hostname": self.server_name or self.host}


def address_of(config: ProxyConfig) -> Address:
    """Return the address of the configured upstream.

    Raises
    ------
    ConfigError
        If the file of certificates cannot be used.
    """
    host, port = config.upstream_host_and_port
    return Address(host, port, _context_of(config) if config.is_encrypted else None, config.server_name)


def _context_of(config: ProxyConfig) -> ssl.SSLContext:
    """Return a context that trusts the authorities of the system, or only those of the file."""
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:  # errors of TLS are among them
        raise ConfigError(f"proxy.ca_file: {config.ca_file}: expected certificates in PEM: {error}") from error
    context.set_alpn_protocols(PROTOCOLS)
    return context
