"""Stand-ins for the services that Alertmanager writes to: they take every message on 127.0.0.1 and keep it."""

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Post:
    """A request as it came."""

    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Received:
    """What came so far; the servers' threads append."""

    posts: list[Post] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    credentials: set[str] = field(default_factory=set)

    def posts_to(self, path: str, containing: str = "") -> list[Post]:
        """Return the posts to a path whose body contains a text."""
        return [post for post in self.posts if post.path.startswith(path) and containing in post.body.decode()]


def _http_handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            received.posts.append(Post(self.path, body, dict(self.headers)))
            answer = b"ok"
            if self.path.startswith("/telegram"):  # its client reads the message that was made
                answer = b'{"ok": true, "result": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "group"}}}'
            self.send_response(202 if self.path.startswith(("/pagerduty", "/opsgenie")) else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler


def _smtp_handler(received: Received) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        """As much of RFC 5321 as a client that logs in and sends one message asks for."""

        def handle(self) -> None:
            self.reply("220 sink")
            while line := self.rfile.readline().decode().strip():
                verb, _, rest = line.partition(" ")
                if verb == "QUIT":
                    return self.reply("221 bye")
                self.answer(verb, rest)
            return None

        def answer(self, verb: str, rest: str) -> None:
            if verb == "EHLO":
                self.reply("250-sink\r\n250-SMTPUTF8\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                received.credentials.add(base64.b64decode(rest.partition(" ")[2]).decode().rpartition("\0")[2])
                self.reply("235 in")
            elif verb == "DATA":
                self.reply("354 go on")
                parsed = message_from_bytes(self.message(), policy=policy.default)
                assert isinstance(parsed, EmailMessage)
                received.mails.append(parsed)
                self.reply("250 kept")
            else:
                self.reply("250 ok")

        def message(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b"."))
            return b"".join(lines)

        def reply(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    return Handler


@contextmanager
def sinks() -> Iterator[tuple[Received, str, str]]:
    """Start both servers; yield what they receive, the address for HTTP and HOST:PORT for mail."""
    received = Received()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _http_handler(received))
    mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _smtp_handler(received))
    mail.daemon_threads = True
    for server in (http, mail):
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield received, f"http://127.0.0.1:{http.server_address[1]}", f"127.0.0.1:{mail.server_address[1]}"
    finally:
        for server in (http, mail):
            server.shutdown()
            server.server_close()
