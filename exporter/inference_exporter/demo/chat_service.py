"""The chat room as a service of its own: prints what Alertmanager posts to Slack, where there is no Slack.

    python -m inference_exporter.demo.chat_service --web.listen-address=127.0.0.1:8080

Posts to `/slack` are printed as a person would see them. Other posts, such as
those to a paging service, are taken and not shown: they tell the same alerts.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .chat import SLACK_PATH, render


def chat_service(address: tuple[str, int], show: Callable[[str], None]) -> ThreadingHTTPServer:
    """Return a server that shows the Slack messages it is sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, b"ok")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == SLACK_PATH:
                try:
                    show(render(json.loads(body)))
                except (ValueError, KeyError, TypeError, AttributeError) as error:  # the shapes JSON can have
                    return self._answer(400, f"not a message: {error!r}".encode())
            return self._answer(200, b"ok")  # Slack's own answer; Alertmanager looks for it

        def _answer(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: the messages are what matters."""

    return ThreadingHTTPServer(address, Handler)


def main() -> None:
    """Print messages until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--web.listen-address", dest="listen_address", default="127.0.0.1:8080")
    host, _, port = parser.parse_args().listen_address.rpartition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    chat_service((host, int(port)), lambda text: print(text, flush=True)).serve_forever()


if __name__ == "__main__":
    main()
