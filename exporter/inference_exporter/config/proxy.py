"""The reverse proxy in front of a model server."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .rules import Size, require

MEGABYTE = 1024**2


@dataclass(frozen=True)
class ProxyConfig:
    """Where the proxy listens, where it forwards to, and how much it copies. Without `upstream` there is no proxy."""

    upstream: str = ""
    ca_file: Path | None = None
    server_name: str = ""
    listen_address: str = "127.0.0.1:10801"  # next to the exporter's 10800
    model: str = ""
    max_copied_body: Size = MEGABYTE
    max_copied: Size = 64 * MEGABYTE

    def __post_init__(self) -> None:
        unused = next((name for name in ("ca_file", "server_name") if getattr(self, name)), "")
        require(self.is_encrypted or not unused, unused, "nothing without an upstream of https://", self.upstream)
        require(_is_upstream(self.upstream), "upstream", "http://HOST:PORT or https://HOST:PORT", self.upstream)
        host, _, port = self.listen_address.rpartition(":")
        valid = bool(host) and port.isdecimal() and 0 < int(port) < 65536
        require(valid, "listen_address", "HOST:PORT with a port from 1 to 65535", self.listen_address)
        require(self.max_copied_body > 0, "max_copied_body", "a size above 0", self.max_copied_body)
        # A request and its response are copied together.
        least = f"at least twice proxy.max_copied_body ({self.max_copied_body})"
        require(self.max_copied >= 2 * self.max_copied_body, "max_copied", least, self.max_copied)

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The address to listen on."""
        host, _, port = self.listen_address.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def upstream_host_and_port(self) -> tuple[str, int]:
        """The address to forward to."""
        parts = urlsplit(self.upstream)
        return parts.hostname or "", parts.port or (443 if self.is_encrypted else 80)

    @property
    def is_encrypted(self) -> bool:
        """Whether the upstream speaks TLS."""
        return urlsplit(self.upstream).scheme == "https"


def _is_upstream(text: str) -> bool:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https")
        # `parts.port` raises for ports out of range, which the except below turns into a refusal.
        return text == "" or (known and bool(parts.hostname) and parts.port != 0 and not parts.query)
    except ValueError:
        return False
