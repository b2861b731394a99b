"""Pages of other sites are refused; programs and our page are accepted."""

import pytest
from inference_exporter.serving.doors import Doors

LOCAL = "127.0.0.1:10800"


def refused(method, *, loopback=True, allowed=(), **headers):
    """Return the reason why a request with some headers is refused, None if accepted."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    refusal = Doors(allowed, loopback).refusal(method, lambda name: given.get(name, ""))
    return refusal and refusal[0]


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize(
    "host",
    [LOCAL, "localhost:10800", "exporter:10800", "exporter.monitoring.svc:10800", "models.example.com", "[::1]:1"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_programs_come_in_under_any_name(loopback, host, method):
    """Prometheus, curl and the client need no configuration: on loopback, as a service, behind a proxy."""
    assert refused(method, loopback=loopback, host=host, user_agent="curl/8.5.0") is None


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8080"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": f"http://{LOCAL}"},
    ],
)
def test_another_origin_may_not_post(headers):
    """A browser's POST for a page of another origin is refused, whatever its content type."""
    assert refused("POST", host=LOCAL, **headers) == "foreign_page"
    assert refused("GET", host=LOCAL, **headers) is None


@pytest.mark.parametrize(
    "headers",
    [{"sec_fetch_site": "same-origin", "origin": f"http://{LOCAL}"}, {"origin": f"http://{LOCAL}"},
     {"sec_fetch_site": "none"}],
)  # fmt: skip
def test_our_own_page_may_post(headers):
    """A page of this origin, or a user action, may post."""
    assert refused("POST", host=LOCAL, **headers) is None


@pytest.mark.parametrize("loopback", [True, False])
def test_a_name_that_was_rebound_may_not_post(loopback):
    """To a browser a rebound name is the same origin; the name itself is refused."""
    headers = {"host": "evil.example:10800", "origin": "http://evil.example:10800"}
    assert refused("POST", loopback=loopback, **headers) == "unknown_host"
    assert refused("POST", loopback=loopback, allowed=["evil.example"], **headers) is None


def test_a_name_that_was_rebound_may_not_read():
    """On loopback, plain HTTP from a browser under a foreign name is refused."""
    browser = {"host": "evil.example:10800", "user_agent": "Mozilla/5.0 (X11)"}
    assert refused("GET", **browser) == "unknown_host"
    assert refused("GET", loopback=False, **browser) is None
    assert refused("GET", allowed=["Evil.example"], **browser) is None


@pytest.mark.parametrize(
    "host", [LOCAL, "localhost", "exporter:1", "a.localhost", "b.local.", "c.internal", "d.home.arpa"]
)
def test_browsers_read_under_local_names(host):
    """Local names cannot be registered by others."""
    assert refused("GET", host=host, user_agent="Mozilla/5.0 (X11)") is None


def test_browsers_read_through_a_proxy_with_tls():
    """A rebound name has no certificate; with TLS the browser sends Sec-Fetch-Site."""
    headers = {"host": "models.example.com", "user_agent": "Mozilla/5.0", "sec_fetch_site": "none"}
    assert refused("GET", **headers) is None
