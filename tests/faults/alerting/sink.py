"""Takes what Alertmanager sends, one path a receiver, and remembers when each alert began and ended there."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WATCHDOG = "Watchdog"


@dataclass(frozen=True)
class Told:
    """One alert in one channel; the objective of a service level, where it has one."""

    channel: str
    alert: str
    severity: str
    slo: str = ""


@dataclass
class Sink:
    """What has arrived since the last `forget`. The server's threads write: each under the lock."""

    fired: dict[Told, float] = field(default_factory=dict)
    resolved: dict[Told, float] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    """The keys of the groups that fired, by channel: each is one message."""
    watchdogs: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, channel: str, payload: Mapping[str, Any]) -> None:
        """Remember the alerts of a notification."""
        now = time.monotonic()
        with self._lock:
            for alert in payload["alerts"]:
                labels = alert["labels"]
                if labels["alertname"] == WATCHDOG:
                    self.watchdogs += channel == "dead-man"
                    continue
                told = Told(channel, labels["alertname"], labels["severity"], labels.get("slo", ""))
                if alert["status"] == "firing":
                    self.fired.setdefault(told, now)
                    self.groups.setdefault(channel, set()).add(payload["groupKey"])
                    self.resolved.pop(told, None)
                else:
                    self.resolved.setdefault(told, now)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self.fired, self.resolved, self.groups = {}, {}, {}

    def state(self) -> tuple[dict[Told, float], dict[Told, float], dict[str, int]]:
        """Return what fired and when, what resolved and when, and the number of messages by channel."""
        with self._lock:
            return dict(self.fired), dict(self.resolved), {name: len(keys) for name, keys in self.groups.items()}


def sink_server(sink: Sink) -> ThreadingHTTPServer:
    """Return a server on a free loopback port whose paths are the names of receivers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sink.take(self.path.strip("/"), json.loads(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Stay quiet: the table shows what matters."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
