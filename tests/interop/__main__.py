"""Starts real model servers, asks them, and checks that the exporter sees what they did: `make interop`.

Each server is installed into its own environment on first use, in a cache
outside the repository. A server that cannot be had is skipped with the reason.
Exits with 1 if something arrived wrong.
"""

import argparse
import json
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import captured
from calls import Call, got, post
from checks import Truth, Verdict, judged
from environments import NotInstalled, installed
from inference_exporter.demo.processes import Processes, ProcessFailed, free_port
from inference_exporter.demo.stopping import Stop, Stopped
from iris import FEATURES
from servers import SERVERS
from servers._base import Place, Server
from sidecar import Recorder, Sidecar

EXPORTER = [sys.executable, "-m", "inference_exporter"]
COLUMNS = ("samples", "features", "predictions", "ids", "latency", "errors")
READY_SECONDS = 300


def main(arguments: Sequence[str]) -> int:
    """Run the servers named, or all."""
    parser = argparse.ArgumentParser(prog="interop", description=__doc__)
    parser.add_argument("servers", nargs="*", choices=[[], *SERVERS], metavar="SERVER", help=", ".join(SERVERS))
    parser.add_argument("--no-capture", action="store_true", help="leave the captured payloads of the tests alone")
    parser.add_argument("--show", action="store_true", help="print what is posted to the exporter")
    options = parser.parse_args(arguments)
    stop = Stop().on_signals()
    rows = [_row(SERVERS[key], stop, not options.no_capture, options.show) for key in options.servers or SERVERS]
    print(f"\n{'server':24}" + "".join(f"{name:13}" for name in COLUMNS) + "way")
    print("\n".join(text for text, _ in rows))
    return int(not all(good for _, good in rows))


def _row(server: Server, stop: Stop, capture: bool, show: bool) -> tuple[str, bool]:
    print(f"{server.name} …", flush=True)
    try:
        python = installed(server.environment_of or server.name, server.packages)
        with tempfile.TemporaryDirectory() as folder, Processes(Path(folder), stop) as processes:
            verdict = _tried(server, python, Path(folder), processes, capture, show)
    except NotInstalled as why:
        return f"{server.name:24}skipped: cannot be installed: {why}", True
    except (ProcessFailed, captured.TooLarge, OSError) as why:
        return f"{server.name:24}failed: {why}", False
    words = asdict(verdict)
    faults = "; ".join(f"{name} {words[name]}" for name in COLUMNS if len(words[name]) > 12)
    cells = "".join(f"{words[name] if len(words[name]) <= 12 else 'WRONG':13}" for name in COLUMNS)
    return f"{server.name:24}{cells}{server.way}" + (f"\n{'':24}{faults}" if faults else ""), verdict.good


def _tried(server: Server, python: Path, folder: Path, processes: Processes, capture: bool, show: bool) -> Verdict:
    with Recorder() as recorder:
        place = Place(python, folder / "server", free_port(), recorder.url)
        _start(server, place, processes)
        calls = server.ask(place)
        if server.metrics and capture:
            captured.write_metrics(server, got(server.metrics(place)))
        posts = server.posts(place, calls) if server.posts else recorder.wait_for(server.logged)
    samples = _samples(server, calls)
    truth = Truth(samples, calls, server.sends_ids, server.sends_errors, server.sends_latency)
    sidecar = Sidecar(processes, folder, EXPORTER)
    if show:
        print("\n".join(f"  {dict(each.headers)} {each.body.decode(errors='replace')}" for each in posts))
    for answer in sidecar.take(posts):
        print(f"  the exporter answered {answer}")
    status, answer = post(
        f"{sidecar.url}/v1/outcomes", json.dumps(truth.outcomes).encode(), {"content-type": "application/json"}
    )
    if status != 200:
        print(f"  the exporter answered {status} {answer[:200].decode()} to outcomes")
    verdict = judged(truth, sidecar.values())
    if capture and verdict.good and server.format:
        print(f"  captured in {captured.write(server, posts, samples, _private(place)).name}")
    return verdict


def _start(server: Server, place: Place, processes: Processes) -> None:
    place.folder.mkdir()
    for name, text in {"train.py": server.train, **server.files}.items():
        (place.folder / name).write_text(text)
    environment = {
        "PATH": f"{place.python.parent}:{os.environ['PATH']}", "PYTHONPATH": "", "PYTHONUNBUFFERED": "1",
        **server.environment, **server.settings(place),
    }  # fmt: skip
    nice = ["nice", "-n", "10"]
    training = processes.start(
        "training", [*nice, place.python, "train.py"], folder=place.folder, environment=environment
    )
    processes.await_that("training", lambda: training.poll() == 0, "end", READY_SECONDS)
    processes.start(server.key, [*nice, *server.command(place)], folder=place.folder, environment=environment)
    processes.await_ready(server.key, place.url + server.ready, READY_SECONDS)


def _samples(server: Server, calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Return what the client saw of each row of the calls that succeeded."""
    return [
        {"features": dict(zip(FEATURES, row, strict=True)), "prediction": prediction, "id": id}
        for call in calls
        if call.status == 200
        for row, prediction, id in zip(
            call.rows, server.predictions(call.response), call.ids(len(call.rows)), strict=True
        )
    ]


def _private(place: Place) -> list[str]:
    return [str(place.folder), str(Path.home()), socket.gethostname(), f":{place.port}", str(Path.cwd())]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stopped:
        sys.exit(130)
