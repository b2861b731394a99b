"""The exporter under test, and a recorder of what loggers send to it."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import yaml
from calls import Post, post
from inference_exporter.demo.processes import Processes, free_port
from iris import MODEL, VERSION, write_reference_rows
from prometheus_client.parser import text_string_to_metric_families

PATIENCE_SECONDS = 20


class Sidecar:
    """A real exporter in a process, with a reference of the iris data."""

    def __init__(self, processes: Processes, folder: Path, command: Sequence[str]) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        write_reference_rows(folder / "iris.csv")
        build = ["reference", "build", folder / "iris.csv", "--out", folder / "iris.json", "--model", MODEL]
        roles = ["--model-version", VERSION, "--prediction-column", "prediction", "--outcome-column", "species"]
        processes.finish("reference", [*command, *build, *roles])
        settings = {
            "web": {"listen_address": f"127.0.0.1:{port}"},
            "models": [{"name": MODEL, "version": VERSION, "reference": "iris.json"}],
        }
        (folder / "exporter.yml").write_text(yaml.safe_dump(settings))
        processes.start("exporter", [*command, "serve", f"--config.file={folder / 'exporter.yml'}"])
        processes.await_ready("exporter", f"{self.url}/-/ready")

    def take(self, posts: Sequence[Post]) -> list[str]:
        """Post to the exporter; return the answers that are not 200."""
        answers = [post(self.url + "/", each.body, each.headers) for each in posts]
        return [f"{status} {body[:200].decode()}" for status, body in answers if status != 200]

    def values(self) -> dict[str, float]:
        """Return the values of a scrape of the iris model by name and labels, as text."""
        with urlopen(f"{self.url}/metrics", timeout=PATIENCE_SECONDS) as answer:
            text = answer.read().decode()
        return {
            sample.name + "".join(f",{name}={value}" for name, value in sorted(sample.labels.items())
                                  if name not in ("model", "version", "variant")): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.labels.get("model", MODEL) == MODEL
        }  # fmt: skip


class Recorder:
    """Keeps what a logger posts, so that a captured payload is exactly what went over the wire."""

    KEPT = ("content-type", "content-encoding")

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self._came = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, number: int) -> list[Post]:
        """Return the posts once they have that many lines, or what has come when patience ends."""
        with self._came:
            self._came.wait_for(
                lambda: sum(len(each.body.splitlines()) for each in self.posts) >= number, PATIENCE_SECONDS
            )
            return list(self.posts)

    def _took(self, body: bytes, headers: dict[str, str]) -> None:
        kept = {name: value for name, value in headers.items() if name in self.KEPT or name.startswith("ce-")}
        with self._came:
            self.posts.append(Post(body, kept))
            self._came.notify_all()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        took = self._took

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                took(body, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler
