"""The course of the demo, from training to summary."""

import argparse
import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import commands
from .bundle import bundle_folder
from .chat import ChatRoom, chat_server
from .grafana import start_grafana
from .processes import Processes, end, free_port
from .progress import Progress
from .sidecar import client_account, configuration, drifted_features, exporter_account, final_balance, scrape
from .stack import Stack, find_or_install, start_stack
from .stopping import Stop
from .summary import Outcomes, Summary
from .tools import Tools

LOOK_SECONDS, SAY_SECONDS = 1.0, 5.0
WIND_DOWN_SECONDS = 3.0
"""Time reserved for the end, so that the demo lasts as long as requested."""
HANG_UP_SECONDS = 60.0
"""Timeout for the traffic to end: it waits for open requests and sends queued outcomes."""
DRAIN_SECONDS = 60.0
"""Timeout for samples queued in the model server to reach the exporter."""
EXTENSION = 2.0
"""A run that has not shown drift in time, as on a busy machine, may last this many times as long."""


def say(text: str) -> None:
    """Print atomically; the chat room prints from other threads."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Story:
    """One run of the demo."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, processes: Processes, stop: Stop) -> None:
        self._arguments = arguments
        self._folder = folder
        self._files = commands.Files(folder)
        self._processes = processes
        self._stop = stop
        self._room = ChatRoom(show=lambda message: say(f"{message}\n"))
        self._exporter = f"127.0.0.1:{free_port()}"
        self._model = f"127.0.0.1:{free_port()}"
        self._started = time.monotonic()
        self._stack: Stack | None = None
        self._drifted: set[str] = set()
        self._has_grafana = False
        self._announced = False

    def tell(self) -> int:
        """Run the demo and return the exit code."""
        say(f"All files of this run are in {self._folder} until it ends.")
        tools, sources = self._find_stack()
        self._started = time.monotonic()  # do not count the time to install packages
        self._train()
        self._start_exporter()
        server = self._start_model_server()
        if sources is not None:
            self._start_stack(tools, sources)
        traffic = self._start_traffic()
        progress = Progress(traffic)
        self._watch(progress)
        self._processes.end("prometheus", "alertmanager")  # or they tell the chat that the traffic has ended
        end(traffic, HANG_UP_SECONDS)
        progress.finish()
        summary = self._summary(progress)
        end(server)
        say(summary.text())
        # Without a duration a person ended it, who may not have waited for drift.
        return summary.exit_code if self._arguments.duration else int(not summary.accounts_hold)

    def _find_stack(self) -> tuple[Tools, Path | None]:
        """Return the tools, and the folder of our monitoring files if the stack can run."""
        if self._arguments.no_stack:
            return Tools({}), None
        sources = bundle_folder()
        if sources is None:
            say("Without Prometheus and Alertmanager: their configuration is in the repository, not in the package.")
            return Tools({}), None
        tools = find_or_install(self._processes, say)
        return tools, None if tools.missing_packages else sources

    def _train(self) -> None:
        say("Training on January to April 2013 …")
        output = self._processes.finish("train", commands.train(self._files), environment=commands.ONE_THREAD)
        say(f"  {output.strip()}")
        self._processes.finish_all(commands.build_references(self._files))
        say(f"  models and references after {time.monotonic() - self._started:.1f} s")

    def _start_exporter(self) -> None:
        port = int(self._model.rpartition(":")[2])
        text = configuration(self._files, listen_address=self._exporter, model_port=port)
        self._files.configuration.write_text(text)
        self._processes.start("exporter", commands.serve(self._files))
        self._processes.await_ready("exporter", f"http://{self._exporter}/-/ready")
        say(f"  Exporter      http://{self._exporter}/   (metrics: /metrics)")

    def _start_model_server(self) -> "subprocess.Popen[str]":
        command = commands.model_server(self._files, self._model, f"http://{self._exporter}", self._arguments.seed)
        process = self._processes.start("model-server", command, environment=commands.ONE_THREAD)
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
        grafana = start_grafana(tools, sources, self._folder / "grafana", self._processes, self._stack)
        self._has_grafana = grafana is not None
        started = f"{grafana}  (takes a while to answer)" if grafana else None
        say(f"  Grafana       {started or 'not found; the exporter page shows the essentials'}")

    def _start_traffic(self) -> "subprocess.Popen[str]":
        say("May to December 2013, as it happened:")
        command = commands.traffic(
            self._files, f"http://{self._model}", f"http://{self._exporter}", self._arguments.speed
        )
        return self._processes.start("traffic", command, piped=True)

    def _watch(self, progress: Progress) -> None:
        """Print progress until the time is up or a stop is requested."""
        last_said, now = time.monotonic(), list[str]()
        while not self._stop.sleep(LOOK_SECONDS):
            self._processes.check("exporter", "model-server", "prometheus", "alertmanager", "traffic")
            self._watch_grafana()
            # A busy exporter may be slow to answer; one that ended was noticed above.
            with contextlib.suppress(OSError):
                now = drifted_features(scrape(f"http://{self._exporter}"))
                self._drifted.update(now)
            if progress.date and time.monotonic() - last_said >= SAY_SECONDS:
                last_said = time.monotonic()
                say(f"{progress.date}  {progress.count('samples'):>9,} samples  drifted: {', '.join(now) or 'nothing'}")
            self._announce_drift()
            if self._is_over():
                return

    def _announce_drift(self) -> None:
        """Say once that an alert on drift has reached the chat."""
        if not self._announced and self._room.drift_spoken_of():
            self._announced = True
            say(f"Drift has reached the chat after {time.monotonic() - self._started:.0f} s.\n")

    def _watch_grafana(self) -> None:
        """Report once if Grafana ended; the demo continues without it."""
        if self._has_grafana and (end_of_grafana := self._processes.ended("grafana")) is not None:
            self._has_grafana = False
            say(f"{end_of_grafana}\nThe demo continues without Grafana; the exporter's page shows the essentials.")

    def _is_over(self) -> bool:
        """Return whether the time is up: the requested one, or longer if drift has not been shown."""
        duration = self._arguments.duration
        if not duration:
            return False
        shown = self._room.drift_spoken_of() if self._stack else bool(self._drifted)
        lasts = duration if shown else duration * EXTENSION
        return bool(time.monotonic() - self._started >= lasts - WIND_DOWN_SECONDS)

    def _summary(self, progress: Progress) -> Summary:
        say("Waiting for queued samples to reach the exporter …")
        balance = final_balance(
            lambda: client_account(f"http://{self._model}"),
            lambda: exporter_account(scrape(f"http://{self._exporter}")),
            DRAIN_SECONDS,
        )
        fired, resolved = self._room.alerts()
        outcomes = ("outcomes", "outcomes_accepted", "outcomes_rejected", "outcomes_dropped", "outcomes_queued")
        return Summary(
            seconds=time.monotonic() - self._started,
            date=progress.date,
            balance=balance,
            outcomes=Outcomes(*map(progress.count, outcomes)),
            failed_requests=progress.count("failed_requests"),
            unanswered=progress.count("unanswered"),
            drifted=sorted(self._drifted),
            with_stack=self._stack is not None,
            fired=fired,
            resolved=resolved,
            drift_in_chat=self._room.drift_spoken_of(),
        )
