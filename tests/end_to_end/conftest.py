"""The whole product on loopback: a real sidecar, a real Prometheus and Alertmanager on our own files, a chat room."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import requests
import yaml
from inference_exporter.demo.chat import ChatRoom, chat_server
from inference_exporter.demo.processes import Processes, free_port
from inference_exporter.demo.stack import start_stack
from inference_exporter.demo.stopping import Stop
from inference_exporter.demo.tools import Tools, find_tools
from programs import built
from traffic_of_tests import CLASSIFIER, REGRESSOR, Traffic, write_reference_tables

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "inference_exporter"]


@dataclass
class System:
    """The addresses of all parts, and the messages in the chat room."""

    exporter: str
    prometheus: str
    room: ChatRoom
    traffic: Traffic

    def query(self, expression: str) -> list[dict]:
        """Return the result of an instant query."""
        answer = requests.post(f"{self.prometheus}/api/v1/query", data={"query": expression}, timeout=60).json()
        assert answer["status"] == "success", (expression, answer)
        return answer["data"]["result"]

    def wait_for(self, holds: Callable[[], object], what: str | Callable[[], str], seconds: float = 240.0) -> None:
        """Wait until a condition holds, checked four times a second."""
        pause = threading.Event()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if holds():
                return
            pause.wait(0.25)
        pytest.fail(f"after {seconds:.0f} s: {what() if callable(what) else what}")


def run(*arguments: str | Path) -> subprocess.CompletedProcess:
    """Run a command of the exporter to its end."""
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=600)


def configuration(folder: Path, port: int) -> Path:
    """Write the configuration of the sidecar under test."""
    models = [
        {
            "name": key.model,
            "version": key.version,
            "framework": "test",
            "reference": f"{key.model}.reference.json",
            "process": {"pid": os.getpid()},
        }
        for key in (CLASSIFIER, REGRESSOR)
    ]
    # Windows of seconds, as the rules' durations are scaled too: a minute of theirs is a second here.
    content = {"web": {"listen_address": f"127.0.0.1:{port}"}, "windows": ["5s", "20s"], "models": models}
    path = folder / "exporter.yml"
    path.write_text(yaml.safe_dump(content))
    return path


def chat_room(stack: ExitStack) -> tuple[ChatRoom, str]:
    """Open a chat room until the exit stack closes; return it and its address."""
    room = ChatRoom(show=lambda text: None)
    server = chat_server(room)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return room, f"127.0.0.1:{server.server_address[1]}"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start everything, send clean traffic, and end everything."""
    tools = find_tools()
    if tools.missing_packages:
        pytest.skip(f"Debian packages are missing: {', '.join(tools.missing_packages)}")
    folder = tmp_path_factory.mktemp("system")
    port = free_port()
    write_reference_tables(folder)
    for key in (CLASSIFIER, REGRESSOR):
        scores = ["--score-column", "yes=score"] if key == CLASSIFIER else []
        built = run(
            "reference", "build", folder / f"{key.model}.csv", "--out", folder / f"{key.model}.reference.json",
            "--prediction-column", "prediction", "--outcome-column", "outcome", *scores,
            "--model", key.model, "--model-version", key.version,
        )  # fmt: skip
        assert built.returncode == 0, built.stderr
    with ExitStack() as stack:
        room, chat_address = chat_room(stack)
        processes = stack.enter_context(Processes(folder, Stop()))
        processes.start("exporter", [*COMMAND, "serve", f"--config.file={configuration(folder, port)}"])
        exporter = f"http://127.0.0.1:{port}"
        processes.await_ready("exporter", f"{exporter}/-/ready")
        traffic = stack.enter_context(Traffic(exporter, np.random.default_rng(7)))
        started = start_stack(tools, REPOSITORY, folder, processes, exporter=f"127.0.0.1:{port}", chat=chat_address)
        yield System(exporter, started.prometheus, room, traffic)


@pytest.fixture(scope="module")
def todays(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start today's Prometheus and Alertmanager in addition to the installed ones, on the same sidecar."""
    programs = {name: built(name) for name in ("prometheus", "alertmanager")}
    found = {name: path for name, path in programs.items() if path is not None}
    if len(found) < len(programs):
        pytest.skip("today's Prometheus and Alertmanager are not built: scripts/build_stack.sh, with a Go toolchain")
    folder = tmp_path_factory.mktemp("todays")
    with ExitStack() as stack:
        room, chat = chat_room(stack)
        processes = stack.enter_context(Processes(folder, Stop()))
        exporter = system.exporter.removeprefix("http://")
        started = start_stack(Tools(found), REPOSITORY, folder, processes, exporter=exporter, chat=chat)
        yield System(system.exporter, started.prometheus, room, system.traffic)
