"""One process per address."""

import logging
import resource
import socket

import pytest
from inference_exporter.config.schema import WebConfig
from inference_exporter.errors import ConfigError
from inference_exporter.serving.listener import OWN_DESCRIPTORS, listening_socket, raise_open_files, warn_if_open


def test_nobody_else_can_listen():
    """While the first process listens, a second one fails, without a race."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        listening_socket("127.0.0.1", port),
        pytest.raises(
            ConfigError, match=f"web.listen_address: cannot listen on 127.0.0.1:{port}: Address already in use"
        ),
    ):
        listening_socket("127.0.0.1", port)


@pytest.mark.parametrize(
    ("address", "warned"),
    [("127.0.0.1:1", False), ("localhost:1", False), ("[::1]:1", False), (":1", True), ("0.0.0.0:1", True),
     ("[::]:1", True), ("192.0.2.1:1", True), ("exporter:1", True)],
)  # fmt: skip
def test_an_open_address_is_warned_about(caplog, address, warned):
    """Listening for other machines logs a warning about missing authentication."""
    with caplog.at_level(logging.WARNING):
        warn_if_open(WebConfig(listen_address=address))
    assert ("without authentication" in caplog.text) == warned


def test_connections_fit_the_open_files():
    """The number of connections leaves descriptors for everything else."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        fit = raise_open_files(1_000_000_000)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == hard
        assert soft == resource.RLIM_INFINITY or fit == max(soft - OWN_DESCRIPTORS, 16)
        assert raise_open_files(16) == 16
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("host", ["a..b", "a" * 300, "no such host", "\u00e9" * 80])
def test_a_host_that_no_resolver_takes_is_a_mistake_of_configuration(host):
    """Whatever the resolver raises, the message names the key."""
    with pytest.raises(ConfigError, match=r"web.listen_address: cannot listen on .*:1: \w"):
        listening_socket(host, 1)
