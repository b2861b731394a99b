"""Prometheus and Alertmanager of the demo, with the repository's files."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from .bundle import Addresses, write_alertmanager, write_prometheus
from .processes import Processes, ProcessFailed, free_port
from .scale import Scale, scale_of
from .tools import Tools, find_tools, install_commands, may_install

Say = Callable[[str], None]
SCRAPE_SECONDS = 2.0
"""The shortest interval between scrapes, and the longest that one may take. A slower one makes everything look gone,
and a machine that runs all of this needs up to half a second; a busy one, four times that."""
RESEND_DELAY = "5s"
"""How often Prometheus resends firing alerts. Alertmanager resolves an alert after four of these: not too short."""


@dataclass(frozen=True)
class Stack:
    """Addresses of the started programs."""

    prometheus: str
    alertmanager: str
    scrape_interval: str = "1s"


def find_or_install(processes: Processes, say: Say) -> Tools:
    """Return the tools, after installing missing Debian packages if possible."""
    tools = find_tools()
    missing = tools.missing_packages
    if not missing:
        return tools
    if not may_install():
        say(f"Not installed here: {', '.join(missing)}. On Debian or Ubuntu: apt-get install {' '.join(missing)}")
        return tools
    for command in install_commands(missing):
        say(f"Running: {' '.join(command)}")
        try:
            processes.finish("apt-get", command, environment={"DEBIAN_FRONTEND": "noninteractive"})
        except ProcessFailed as failure:
            say(str(failure))
            break
    return find_tools()


def start_stack(tools: Tools, sources: Path, folder: Path, processes: Processes, *, exporter: str, chat: str) -> Stack:
    """Start Prometheus and Alertmanager and wait until both are ready.

    Raises
    ------
    ProcessFailed
        If one of them does not start.
    """
    listen = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    addresses = Addresses(exporter=exporter, prometheus=listen[0], alertmanager=listen[1], chat=chat)
    document = yaml.safe_load((sources / "prometheus" / "prometheus.yml").read_text())
    scale = scale_of(document, SCRAPE_SECONDS)
    _start_alertmanager(tools.found["alertmanager"], sources, folder / "alertmanager", scale, processes, addresses)
    files = sources / "prometheus", folder / "prometheus", scale, addresses
    # Without rules at first: they would find every target missing until the first scrape.
    prometheus = _start_prometheus(
        tools.found["prometheus"], write_prometheus(*files, with_rules=False), processes, addresses
    )
    interval = scale.interval(document["global"]["scrape_interval"])
    stack = Stack(f"http://{listen[0]}", f"http://{listen[1]}", interval)
    processes.await_ready("alertmanager", f"{stack.alertmanager}/-/ready")
    processes.await_ready("prometheus", f"{stack.prometheus}/-/ready")
    # Prometheus discovers targets five seconds after its start: five minutes for rules about a missing exporter.
    processes.await_that("prometheus", lambda: scrapes(stack.prometheus), "scrape the exporter")
    write_prometheus(*files)
    prometheus.send_signal(signal.SIGHUP)  # reload the configuration, now with the rules
    return stack


def scrapes(prometheus: str) -> bool:
    """Return whether Prometheus has scraped all targets."""
    try:
        with urllib.request.urlopen(f"{prometheus}/api/v1/targets?state=active", timeout=5) as answer:  # noqa: S310
            targets = json.load(answer)["data"]["activeTargets"]
    except OSError:  # busy; retried
        return False
    return bool(targets) and all(target["health"] == "up" for target in targets)


def _start_prometheus(program: Path, file: Path, processes: Processes, addresses: Addresses) -> "subprocess.Popen[str]":
    command: list[str | Path] = [
        program,
        f"--config.file={file}",
        f"--storage.tsdb.path={file.parent / 'data'}",
        f"--web.listen-address={addresses.prometheus}",
        f"--rules.alert.resend-delay={RESEND_DELAY}",
        "--log.level=warn",
    ]
    return processes.start("prometheus", command, folder=file.parent)


def _start_alertmanager(
    program: Path, sources: Path, folder: Path, scale: Scale, processes: Processes, addresses: Addresses
) -> None:
    file = write_alertmanager(sources / "alertmanager", folder, scale, addresses)
    command: list[str | Path] = [
        program,
        f"--config.file={file}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={addresses.alertmanager}",
        "--cluster.listen-address=",  # no peers to wait for
        "--log.level=warn",
    ]
    processes.start("alertmanager", command, folder=folder)
