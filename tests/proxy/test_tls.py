"""An upstream that speaks TLS: what goes through is the same, and only a server that is trusted gets it."""

import socket
import ssl
import subprocess

import pytest
from inference_exporter.config.proxy import ProxyConfig
from inference_exporter.errors import ConfigError
from inference_exporter.proxy.tls import address_of
from test_tunnel import CHUNKED, GET, LONG_ENOUGH, POST, Running
from upstreams import ANSWERS, Upstream, talk

NAME = "model.test"
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that signs itself, for a name and for this machine's address."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-days", "2", *KEY, *names, "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"


@pytest.fixture(autouse=True)
def _less_patience(monkeypatch):
    monkeypatch.setattr("inference_exporter.proxy.tunnel.UNWATCHED_SECONDS", 0.5)


@pytest.fixture
def upstream(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    server = Upstream(context)
    yield server
    server.close()


def running(upstream, **options):
    return Running(upstream.port, scheme="https", **options)


@pytest.fixture
def proxy(upstream, certificate):
    proxy = running(upstream, ca_file=certificate)
    yield proxy
    proxy.stop()


@pytest.fixture
def plain():
    server = Upstream()
    yield server
    server.close()


# `/head` promises a body that never comes: the server would only notice the end of the client's side. `/upgrade` echoes
# what it receives later than the request, which depends on how requests are cut into records.
PATHS = [path for path in (*ANSWERS, b"/echo") if path not in (b"/head", b"/upgrade")]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.decode().strip("/"))
@pytest.mark.parametrize("request_of", [POST, GET, CHUNKED], ids=["post", "get", "chunked"])
def test_bytes_are_the_same(upstream, plain, proxy, path, request_of):
    """Requests and responses of every kind arrive as they would without TLS, also from a server that just hangs up."""
    sent = request_of % path * (1 if request_of == CHUNKED else 3)  # its end is the end of what has come
    direct = talk(plain.port, sent)
    assert talk(proxy.port, sent) == direct
    assert upstream.received == plain.received
    assert not proxy.totals.failures["copying"]


def test_a_websocket_goes_through(proxy):
    """After 101 bytes go both ways, and the end of the client's side ends the connection."""
    with socket.create_connection(("127.0.0.1", proxy.port), LONG_ENOUGH) as connection:
        connection.sendall(b"GET /upgrade HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += connection.recv(65536)
        for message in (b"\x81\x05hello", bytes(range(256))):
            connection.sendall(message)
            assert connection.recv(65536) == message[::-1]
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_a_long_answer_is_whole(proxy):
    """Megabytes come in full, although the client has ended its side at once."""
    size = 5_000_000
    got = talk(proxy.port, b"GET /big?size=%d HTTP/1.1\r\nHost: a\r\n\r\n" % size)
    assert got.partition(b"\r\n\r\n")[2] == b"y" * size


def test_half_a_request_does_not_hold_the_connection(proxy):
    """A client that ends its side in the middle of a request gets its connection closed."""
    assert talk(proxy.port, (POST % b"/plain")[:-5]) == b""


def test_the_server_learns_the_name(upstream, certificate):
    """The configured name is asked for, and verified instead of the address."""
    proxy = running(upstream, ca_file=certificate, server_name=NAME)
    assert talk(proxy.port, POST % b"/plain") == ANSWERS[b"/plain"]
    assert upstream.asked_for == [NAME]
    proxy.stop()


@pytest.mark.parametrize("options", [{}, {"server_name": "other.test"}], ids=["unknown authority", "other name"])
def test_a_server_without_trust_gets_nothing(upstream, certificate, options, caplog):
    """The client gets 502, which counts as an error of the upstream; the log has the reason once."""
    proxy = running(upstream, **({"ca_file": certificate} | options if options else {}))
    for _ in range(2):
        assert talk(proxy.port, POST % b"/plain").startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    proxy.wait_for(lambda: proxy.totals.upstream_errors == 2)
    assert upstream.received == []
    assert sum("certificate verify failed" in each.message for each in caplog.records) == 1
    proxy.stop()


def test_a_server_without_tls_is_unreachable(plain, monkeypatch):
    """It waits for a request, we for its handshake: it is given up on."""
    monkeypatch.setattr("inference_exporter.proxy.tunnel.CONNECT_SECONDS", 0.2)
    proxy = running(plain)
    assert talk(proxy.port, POST % b"/plain").startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    proxy.stop()


def test_a_silent_server_is_unreachable(monkeypatch):
    """A server that accepts and never shakes hands is given up on."""
    monkeypatch.setattr("inference_exporter.proxy.tunnel.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Running(listener.getsockname()[1], scheme="https")
        assert talk(proxy.port, POST % b"/plain").startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
        proxy.stop()


def test_a_bad_file_is_an_error_of_the_configuration(tmp_path):
    """A file that is missing, or has no certificates, is named."""
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(ConfigError, match=rf"proxy\.ca_file: .*{name}: expected certificates in PEM"):
            address_of(ProxyConfig("https://model", ca_file=tmp_path / name))


@pytest.mark.parametrize("option", [{"ca_file": "x.pem"}, {"server_name": "a"}], ids=["ca_file", "server_name"])
def test_options_of_tls_need_it(option):
    """A file or name that would not be used is an error."""
    with pytest.raises(ValueError, match="expected nothing without an upstream of https://"):
        ProxyConfig("http://model", **option)


def test_ports_are_those_of_the_scheme():
    """Without a port it is 443 with TLS, 80 without."""
    assert [ProxyConfig(f"{scheme}://m").upstream_host_and_port[1] for scheme in ("http", "https")] == [80, 443]
