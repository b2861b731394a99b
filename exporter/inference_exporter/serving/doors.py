"""Protects against cross-origin requests from browsers (CSRF) and DNS rebinding.

A browser sends requests for any page that it shows. A page of another site
could therefore post samples to an exporter on the reader's machine (CSRF) or,
under a name that resolves to 127.0.0.1 (DNS rebinding), even read answers.
Programs such as Prometheus, curl and the client send neither ``Origin`` nor
``Sec-Fetch-Site``, and pass unchecked.

The order of the checks follows Go's
``http.CrossOriginProtection`` and OWASP's advice on Fetch Metadata.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

Header = Callable[[str], str]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# Suffixes that nobody can register: RFC 6761, 6762, 8375 (home.arpa), ICANN 2024 (internal), Kubernetes (svc).
LOCAL_SUFFIXES = ("localhost", "local", "internal", "svc", "test")


class Doors:
    """Accepts or refuses a request by its headers.

    Parameters
    ----------
    allowed_hosts : collection of str
        Names under which browsers may reach us, besides local ones.
    listens_on_loopback : bool
        Whether only this machine can connect. If so, plain HTTP under a foreign name means DNS rebinding.
    """

    def __init__(self, allowed_hosts: Collection[str], listens_on_loopback: bool) -> None:
        self._allowed = {host.lower() for host in allowed_hosts} | {socket.gethostname().lower()}
        self._listens_on_loopback = listens_on_loopback

    def refusal(self, method: str, header: Header) -> tuple[str, str] | None:
        """Return the reason and a message if the request is refused, else None."""
        if method not in SAFE_METHODS and _is_cross_origin(header):
            return "foreign_page", "cross-origin requests may not post here"
        if self._was_led_here(method, header) and not self._is_ours(_host_of(header("host"))):
            host = _host_of(header("host"))
            return "unknown_host", f"browsers may not reach this exporter as {host!r}: add it to web.allowed_hosts"
        return None

    def _was_led_here(self, method: str, header: Header) -> bool:
        if method not in SAFE_METHODS:
            return bool(header("origin") or header("sec-fetch-site"))
        # Behind a TLS proxy browsers send Sec-Fetch-Site; a rebound name has no certificate.
        is_browser = header("user-agent").startswith("Mozilla/")
        return self._listens_on_loopback and is_browser and not header("sec-fetch-site")

    def _is_ours(self, host: str) -> bool:
        if host in self._allowed or "." not in host:  # a name without a dot is local
            return True
        return host.rpartition(".")[2] in LOCAL_SUFFIXES or host.endswith(".home.arpa") or _is_address(host)


def _is_cross_origin(header: Header) -> bool:
    site, origin = header("sec-fetch-site"), header("origin")
    if site:
        return site not in ("same-origin", "none")  # none: typed into the address bar, or a bookmark
    # Browsers without Fetch Metadata (Safari before 16.4) send Origin with every POST.
    return bool(origin) and _netloc(origin) != header("host").lower()


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # no browser sends it
        return ""


def _host_of(netloc: str) -> str:
    """Return the name in ``name:port`` or ``[address]:port``, in lower case and without a final dot."""
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0].lower()
    return netloc.partition(":")[0].lower().rstrip(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
