"""Shared by the tests of the page: a monitored model, the whole site behind a client, and an HTML parser."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from inference_exporter.config.schema import DEFAULT_WINDOWS, Config, ModelConfig, Window
from inference_exporter.model.monitor import Monitor
from inference_exporter.model.view import ModelView
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from werkzeug.test import Client

NOW = 1_800_000_000.0
KEY = ModelKey("fraud", "7", "champion")
COUNTRIES = ["FR", "DE", "ES", "IT", "PL"]


def features_of(rng: np.random.Generator, size: int, shift: float = 0.0) -> dict[str, Any]:
    """Return three features, of which the amount is shifted by some standard deviations."""
    return {
        "amount": rng.normal(50 + 10 * shift, 10, size),
        "hour": rng.integers(0, 24, size).astype(float),
        "country": rng.choice(COUNTRIES, size, p=[0.4, 0.3, 0.15, 0.1, 0.05]).tolist(),
    }


@dataclass
class WatchedModel:
    """A monitor with samples of one moment."""

    monitor: Monitor
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))
    sent: int = 0

    def add(self, size: int, shift: float = 0.0, features: Mapping[str, Any] | None = None, **parts: Any) -> None:
        """Add samples of NOW."""
        taken = features_of(self.rng, size, shift) if features is None else features
        ids = [str(self.sent + place) for place in range(size)]
        self.sent += size
        classes = {"prediction": ["yes" if place % 3 else "no" for place in range(size)]}
        batch = Batch(size, KEY, np.full(size, NOW), features=taken, ids=ids, **{**classes, **parts})
        self.monitor.add(batch, NOW)

    def join(self, outcomes: Sequence[object]) -> None:
        """Join outcomes to the first predictions."""
        ids = [str(place) for place in range(len(outcomes))]
        self.monitor.join(OutcomeBatch(KEY, ids, outcomes, np.full(len(outcomes), NOW)), NOW)

    def view(self) -> ModelView:
        """Return the view."""
        return self.monitor.view(NOW)


@pytest.fixture
def watched() -> Callable[..., WatchedModel]:
    """Return a function that starts a monitor, with a reference unless it should learn one."""

    def start(
        config: ModelConfig | None = None,
        windows: tuple[Window, ...] = DEFAULT_WINDOWS,
        learning: bool = False,
        features: Mapping[str, Any] | None = None,
        rows: int = 4000,
        **reference: Any,
    ) -> WatchedModel:
        if features is None:
            features = features_of(np.random.default_rng(1), rows)
            reference = {"prediction": ["yes" if place % 3 else "no" for place in range(rows)], **reference}
        built = None if learning else build(features, rows, created=NOW, **reference)
        return WatchedModel(Monitor(KEY, config or ModelConfig(name="fraud", version="7"), windows, built))

    return start


@dataclass
class Site:
    """The whole sidecar behind a WSGI client."""

    sidecar: Any
    client: Client

    def get(self, path: str = "/", **query: str) -> Any:
        """Return any answer."""
        return self.client.get(path, query_string=query)

    def page(self, **query: str) -> "Page":
        """Return the page of a query."""
        answer = self.get("/", **query)
        assert answer.status_code == 200, answer.text
        return Page.of(answer.text)

    def samples(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Send samples, all of which must be accepted."""
        assert self.sidecar.samples(list(records)).json["rejected"] == 0

    def drifting(self, name: str, size: int = 400, **common: Any) -> None:
        """Have a reference learned, then send samples with one of two features drifted."""
        rng = np.random.default_rng(5)
        for count, shift in ((1000, 0.0), (size, 3.0)):
            self.samples(
                [
                    {"model": name, "version": "1", "features": {"moved": float(a), "same": float(b)}, **common}
                    for a, b in zip(rng.normal(shift, 1, count), rng.normal(0, 1, count), strict=True)
                ]
            )


@pytest.fixture
def site(sidecar: Callable[..., Any]) -> Callable[..., Site]:
    """Return a function that starts a sidecar without sockets."""

    def start(config: Config | None = None, **more: Any) -> Site:
        started = sidecar(config, **more)
        return Site(started, Client(started.application.wsgi))

    return start


VOID = {"meta", "link", "br", "hr", "img", "input", "path", "rect", "circle", "use"}


@dataclass
class Element:
    """A start tag."""

    tag: str
    attributes: dict[str, str]


class Page(HTMLParser):
    """A page as a list of elements and as text; mismatched tags are an error."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.pieces: list[str] = []
        self._open: list[str] = []

    @classmethod
    def of(cls, text: str) -> "Page":
        """Read a page."""
        page = cls()
        page.feed(text)
        page.close()
        assert page._open == [], f"never closed: {page._open}"
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open):
            self.pieces.append(data)

    @property
    def text(self) -> str:
        """All visible text, with single spaces."""
        return " ".join(" ".join(self.pieces).split())

    def all(self, tag: str) -> list[Element]:
        """Return the elements of one kind."""
        return [element for element in self.elements if element.tag == tag]

    def links(self) -> list[str]:
        """Return the page's links."""
        return [element.attributes["href"] for element in self.all("a")]

    def ids(self) -> list[str]:
        """Return the ids, in order."""
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]


@pytest.fixture
def read_page() -> Callable[[str], Page]:
    return Page.of
