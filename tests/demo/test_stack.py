import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from inference_exporter.demo import stack
from inference_exporter.demo.processes import ProcessFailed, free_port
from inference_exporter.demo.stack import find_or_install, scrapes
from inference_exporter.demo.tools import Tools

BOTH = Tools({"prometheus": "/usr/bin/prometheus", "alertmanager": "/usr/bin/alertmanager"})


class Installer:
    """Replaces the processes: records commands, and fails on request."""

    def __init__(self, fails=False):
        self.ran, self.fails = [], fails

    def finish(self, name, command, *, environment):
        assert environment == {"DEBIAN_FRONTEND": "noninteractive"}
        self.ran.append(command)
        if self.fails:
            raise ProcessFailed("apt-get ended with exit code 100")


@pytest.fixture
def machine(monkeypatch):
    """Set the machine's tools before and after installing, and whether it has apt."""

    def having(*tools, may):
        left = list(tools)
        monkeypatch.setattr(stack, "find_tools", lambda: left.pop(0))
        monkeypatch.setattr(stack, "may_install", lambda: may)

    return having


def test_what_is_there_is_used(machine):
    """If both programs are found, nothing is installed or printed."""
    machine(BOTH, may=True)
    installer, said = Installer(), []
    assert find_or_install(installer, said.append) == BOTH
    assert installer.ran == said == []


def test_root_installs_what_is_missing(machine):
    """Each command is printed before it runs, and the installed programs are found."""
    machine(Tools({}), BOTH, may=True)
    installer, said = Installer(), []
    assert find_or_install(installer, said.append) == BOTH
    assert [f"Running: {' '.join(command)}" for command in installer.ran] == said
    assert installer.ran[-1][-2:] == ["prometheus", "prometheus-alertmanager"]


def test_others_are_told_what_to_install(machine):
    """Without permission to install, the demo names the packages and continues."""
    machine(Tools({}), may=False)
    installer, said = Installer(), []
    assert find_or_install(installer, said.append) == Tools({})
    assert installer.ran == []
    assert "apt-get install prometheus prometheus-alertmanager" in said[0]


def test_an_installation_that_fails_is_no_end(machine):
    """Without a network, the demo gives the reason and continues without the stack."""
    machine(Tools({}), Tools({}), may=True)
    installer, said = Installer(fails=True), []
    assert find_or_install(installer, said.append) == Tools({})
    assert len(installer.ran) == 1
    assert "exit code 100" in said[-1]


@pytest.mark.parametrize(
    ("healths", "known"), [([], False), (["up"], True), (["up", "unknown"], False), (["up", "down"], False)]
)
def test_targets_are_known_when_all_were_scraped(healths, known):
    """A target that was never scraped, or cannot be, does not count."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            targets = [{"health": health} for health in healths]
            self.wfile.write(json.dumps({"data": {"activeTargets": targets}}).encode())

        def log_message(self, *words):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        assert scrapes(f"http://127.0.0.1:{server.server_address[1]}") is known
        server.shutdown()
        thread.join()


def test_a_prometheus_that_does_not_answer_knows_nothing():
    """It is asked again."""
    assert scrapes(f"http://127.0.0.1:{free_port()}") is False
