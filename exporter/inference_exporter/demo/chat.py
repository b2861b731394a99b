"""A chat room: receives Alertmanager's Slack messages and shows them as a person would see them.

It also receives the generic webhook, which it counts instead of showing: the
webhook says whether each alert fires or resolved, while a chat message is prose.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLACK_PATH, WEBHOOK_PATH = "/slack", "/webhook"
DOTS = {"good": "🟢", "warning": "🟡", "danger": "🔴"}
PLAIN_DOT = "⚪"
DRIFT = "drift"
"""The `category` label of drift alerts."""
WATCHDOG = "Watchdog"
# Slack's <url|text>, with the dot before it: buttons below a message, which a terminal cannot press.
_LINKS = re.compile(r"(?:[ \t]*·)?\s*<[^<>|]+\|[^<>]+>(?:, <[^<>|]+\|[^<>]+>)*")
_BOLD = re.compile(r"\*(\S(?:[^*\n]*\S)?)\*")

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Alert:
    """One alert of a webhook; `key` stays the same when it resolves."""

    name: str
    category: str
    summary: str
    key: tuple[str, str]
    firing: bool


@dataclass
class ChatRoom:
    """Messages and alerts so far. Thread-safe: the server's threads write, the demo reads."""

    show: Callable[[str], None]
    messages: list[str] = field(default_factory=list)
    fired: dict[tuple[str, str], Alert] = field(default_factory=dict)
    resolved: dict[tuple[str, str], Alert] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_message(self, payload: Payload) -> None:
        """Show a Slack message."""
        text = render(payload)
        with self._lock:
            self.messages.append(text)
        self.show(text)

    def take_alerts(self, payload: Payload) -> None:
        """Count the alerts of a webhook; the same alert sent again counts once."""
        with self._lock:
            for alert in alerts_of(payload):
                (self.fired if alert.firing else self.resolved).setdefault(alert.key, alert)

    def alerts(self) -> tuple[list[Alert], list[Alert]]:
        """Return the alerts that fired, and those of them that resolved."""
        with self._lock:
            # An alert inhibited while it fired is only sent when it resolves.
            resolved = [alert for key, alert in self.resolved.items() if key in self.fired]
            return list(self.fired.values()), resolved

    def drift_spoken_of(self) -> bool:
        """Return whether a drift alert has been shown in the room."""
        with self._lock:
            summaries = {alert.summary for alert in self.fired.values() if alert.category == DRIFT}
            return any(summary in message for message in self.messages for summary in summaries)


def alerts_of(payload: Payload) -> list[Alert]:
    """Return the alerts of Alertmanager's webhook, except the watchdog that always fires."""
    return [
        Alert(
            name=alert["labels"]["alertname"],
            category=alert["labels"].get("category", ""),
            summary=alert["annotations"].get("summary", ""),
            key=(alert["fingerprint"], alert["startsAt"]),
            firing=alert["status"] == "firing",
        )
        for alert in payload["alerts"]
        if alert["labels"]["alertname"] != WATCHDOG
    ]


def render(payload: Payload) -> str:
    """Return a Slack message as lines: channel, coloured dot and title, then the text."""
    lines = []
    for attachment in payload.get("attachments") or [payload]:
        dot = DOTS.get(attachment.get("color", ""), PLAIN_DOT)
        title = attachment.get("title") or attachment.get("fallback") or attachment.get("pretext") or ""
        lines.append(f"{payload.get('channel', '')} {dot} {_plain(title)}".strip())
        lines += [f"    {line}" for line in _prose(attachment.get("text") or "")]
        lines += [f"    {f.get('title', '')}: {f.get('value', '')}" for f in attachment.get("fields") or []]
    return "\n".join(lines)


def _prose(text: str) -> list[str]:
    """Return Slack's markup as plain text: without stars, escapes and links."""
    words = (_BOLD.sub(r"\1", _LINKS.sub("", line)) for line in text.splitlines())
    return [_plain(line) for line in words if line.strip()]


def _plain(text: str) -> str:
    """Undo Slack's three escapes."""
    # The ampersand last, or "&amp;lt;" would be unescaped twice.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def chat_server(room: ChatRoom, address: tuple[str, int] = ("127.0.0.1", 0)) -> ThreadingHTTPServer:
    """Return a server, by default on a free loopback port, that passes messages to the room.

    Posts to other paths, such as those to a paging service, are accepted and ignored: they repeat the same alerts.
    """
    doors = {SLACK_PATH: room.take_message, WEBHOOK_PATH: room.take_alerts}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, b"ok")

        def do_POST(self) -> None:
            take = doors.get(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                if take is not None:
                    take(json.loads(body))
            except (ValueError, KeyError, TypeError, AttributeError) as error:  # JSON of an unexpected shape
                return self._answer(400, f"not a message: {error!r}".encode())
            return self._answer(200, b"ok")  # Slack's answer, which Alertmanager expects

        def _answer(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: object) -> None:
            """Do not log requests: the room shows what matters."""

    return ThreadingHTTPServer(address, Handler)
