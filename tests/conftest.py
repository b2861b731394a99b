"""Shared by tests: hypothesis' settings, the flag for golden files, a model's window, the sidecar without sockets."""

import csv
import gc
import gzip
import json
import logging
import os

# Before numpy is imported: one thread, as in the exporter. Several threads on small matrices mostly wait.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from inference_exporter.config.schema import Config, DriftConfig, ModelConfig, Window
from inference_exporter.logs import LineFormatter
from inference_exporter.model.histograms import Histograms
from inference_exporter.model.view import HistogramView
from inference_exporter.reference.reference import Reference, build
from inference_exporter.replay.tables import Table, read_table
from inference_exporter.samples.batch import Batch, ModelKey
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from inference_exporter.app import Application

# `make test`, and `make check` with `brief`, try the same examples each time.
# `pytest --hypothesis-profile=deep` searches for new ones.
for profile, examples in (("deep", 1000), ("quick", 40), ("brief", 10)):
    settings.register_profile(
        profile,
        max_examples=examples,
        derandomize=profile != "deep",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
settings.load_profile("quick")

NOW = 1_800_000_000.0


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew; read the diff")


def pytest_collection_modifyitems(items):
    """Mark tests on the public data sets (hundreds of thousands of rows) as slow; run the longest first."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    # Files that wait for other programs come first, so that quick ones fill the gaps.
    first = {}
    for item in items:
        first[item.path] = min(first.get(item.path, 2), _turn(item))
    items.sort(key=lambda item: first[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collect without garbage collections: what is collected stays to the end, and all later ones skip it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _turn(item):
    return 0 if item.get_closest_marker("end_to_end") else 1 if item.get_closest_marker("slow") else 2


@pytest.fixture(autouse=True)
def _logging_stays():
    """Undo what a command sets up for its process, so that the next test sees every record."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    for handler in root.handlers[:]:
        if isinstance(handler.formatter, LineFormatter):
            root.removeHandler(handler)


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder with the four public data sets next to the repository, if present."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "reference_numbers.json").exists():
        pytest.skip("the public data sets are not beside this repository (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def data_set(shared_data: Path) -> Callable[[str], Table]:
    """Return a function that returns the columns of a public data set, read once; nobody changes them."""
    return cache(lambda name: read_table(shared_data / f"{name}.csv.gz"))


@pytest.fixture(scope="session")
def part_of_rows(shared_data: Path) -> Callable[[str], np.ndarray]:
    """Return a function that returns for each row of a data set whether it is of the reference or came later."""

    def read(name: str) -> np.ndarray:
        with gzip.open(shared_data / f"{name}_predictions.csv.gz", "rt") as file:
            return np.array([row["split"] for row in csv.DictReader(file)])

    return cache(read)


def histogram_view(
    reference: Mapping[str, Any] | Reference,
    window: Mapping[str, Any],
    *,
    minimum: int = 1,
    rows: int | None = None,
    **settings: Any,
) -> HistogramView:
    """Return the window of features compared with the reference of others, computed as in production."""
    learned = reference if isinstance(reference, Reference) else learned_of(reference, rows, **settings)
    config = ModelConfig(drift=DriftConfig(minimum_samples=minimum))
    histograms = Histograms(learned, config, (Window("1h", 3600.0),))
    size = len(next(iter(window.values())))
    if size:
        times = np.full(size, NOW)
        batch = Batch(size, ModelKey("m", "1", "champion"), times, features=window)
        histograms.add(histograms.grid.locate(batch), times, NOW)
    return histograms.view("1h", NOW)


def learned_of(features: Mapping[str, Any], rows: int | None = None, **settings: Any) -> Reference:
    """Return the reference of features."""
    return build(features, rows or len(next(iter(features.values()))), created=NOW, **settings)


@pytest.fixture(scope="session", name="histogram_view")
def _histogram_view() -> Callable[..., HistogramView]:
    return histogram_view


Points = dict[tuple[str, frozenset[tuple[str, str]]], float]


def points_of(text: str) -> Points:
    """Return the points of a scrape in Prometheus text by name and labels."""
    points: Points = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in points, f"{key} is there twice"
            points[key] = sample.value
    return points


@pytest.fixture(scope="session", name="points_of")
def _points_of() -> Callable[[str], Points]:
    return points_of


@dataclass
class Answer:
    """An answer of the sidecar."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Sidecar:
    """The whole sidecar except for its sockets."""

    application: "Application"
    errors: BytesIO = field(default_factory=BytesIO)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
            "SERVER_NAME": "sidecar", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.input": BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": self.errors,
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": headers.pop("content_type", ""),
        }  # fmt: skip
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        answered: dict[str, Any] = {}

        def start_response(status: str, fields: list[tuple[str, str]], exc_info: Any = None) -> None:
            answered["status"], answered["headers"] = int(status.split()[0]), dict(fields)

        chunks = b"".join(self.application.wsgi(environ, start_response))
        return Answer(answered["status"], answered["headers"], chunks)

    def post(self, path: str, content: Any, content_type: str = "application/json", **headers: str) -> Answer:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.ask("POST", path, body, content_type=content_type, **headers)

    def samples(self, content: Any, **headers: str) -> Answer:
        return self.post("/v1/samples", content, **headers)

    def outcomes(self, content: Any, **headers: str) -> Answer:
        return self.post("/v1/outcomes", content, **headers)

    def scrape(self, path: str = "/metrics", accept: str = "") -> str:
        answer = self.ask("GET", path, accept=accept)
        assert answer.status == 200
        return answer.body.decode()

    def points(self) -> Points:
        return points_of(self.scrape())

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of a metric's points that carry some labels."""
        wanted = set(labels.items())
        lines = [line for line in self.scrape().splitlines(keepends=True) if line.startswith(name)]
        points = points_of("".join(lines)).items()
        found = [value for (series, own), value in points if series == name and wanted <= own]
        assert found, f"no {name} with {labels}"
        return sum(found)


@pytest.fixture(scope="session")
def sidecar() -> Callable[..., Sidecar]:
    """Return a function that starts a sidecar without sockets."""
    # Imported here, so that tests of one part run while another part is broken.
    from inference_exporter.app import Application

    def start(config: Config | None = None, config_file: Path | None = None) -> Sidecar:
        return Sidecar(Application(config or Config(), config_file))

    return start
