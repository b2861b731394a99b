"""The exporter as the demo runs it: its configuration, and what the demo reads from its metrics."""

import json
import re
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from .names import MODEL, VERSION

LONGEST_WINDOW = "28d"
WINDOWS = ("1d", "7d", LONGEST_WINDOW)
DRIFT_THRESHOLD = 0.25
"""The customary bound of a major shift. Hours of weather resemble each other, so that any four weeks differ from four
months by more than the 0.1 that is right for independent samples."""
MINIMUM_SAMPLES = 500
"""Half a day of flights."""
_LINE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')
SETTLE_SECONDS, BETWEEN_READINGS_SECONDS = 5.0, 0.6
"""Longer apart than the client waits for a batch to fill."""

Labels = Mapping[str, str]
Figures = TypeVar("Figures")


@dataclass(frozen=True)
class Account:
    """What became of the samples that the exporter received."""

    received: float
    accepted: float
    rejected: float
    dropped: float

    @property
    def accounted(self) -> float:
        """Those of which we know what became."""
        return self.accepted + self.rejected + self.dropped


@dataclass(frozen=True)
class ClientAccount:
    """What became of the samples that the model server handed to our client."""

    waiting: int
    dropped: int


def configuration(*, reference: Path, listen_address: str, model_port: int) -> str:
    """Return the sidecar's configuration file for the demo."""
    return yaml.safe_dump(
        {
            "web": {"listen_address": listen_address},
            "windows": list(WINDOWS),
            "models": [
                {
                    "name": MODEL,
                    "version": VERSION,
                    "framework": "scikit-learn",
                    "reference": str(reference),
                    "drift": {"threshold": DRIFT_THRESHOLD, "minimum_samples": MINIMUM_SAMPLES},
                    "slo": {"availability": 0.99, "latency": {"threshold": "100ms", "objective": 0.95}},
                    "process": {"port": model_port},
                }
            ],
        },
        sort_keys=False,
    )


def scrape(url: str) -> str:
    """Return the exporter's metrics in the Prometheus text format."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Accept": "text/plain; version=0.0.4"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own sidecar
        text: str = response.read().decode()
        return text


def values(text: str, name: str) -> Iterator[tuple[Labels, float]]:
    """Yield labels and value of each series of a metric."""
    for line in text.splitlines():
        if line.startswith(name) and (match := _LINE.match(line)) and match["name"] == name:
            yield dict(_LABEL.findall(match["labels"] or "")), float(match["value"])


def account(text: str) -> Account:
    """Return the exporter's accounting of samples."""
    total = defaultdict(float)
    for part in ("", "_accepted", "_rejected", "_dropped"):
        total[part] = sum(value for _, value in values(text, f"inference_exporter_samples{part}_total"))
    return Account(total[""], total["_accepted"], total["_rejected"], total["_dropped"])


def client_account(url: str) -> ClientAccount:
    """Return the accounting of the client within the model server."""
    with urllib.request.urlopen(f"{url}/statistics", timeout=10) as response:  # noqa: S310 - our own model server
        told = json.load(response)
    return ClientAccount(told["queued"] + told["in_flight"], sum(told["dropped"].values()))


def settled(read: Callable[[], Figures]) -> Figures:
    """Return figures once two readings agree, or when nobody wants to wait any longer."""
    deadline = time.monotonic() + SETTLE_SECONDS
    last = read()
    while time.monotonic() < deadline:
        time.sleep(BETWEEN_READINGS_SECONDS)
        now = read()
        if now == last:
            break
        last = now
    return last


def drifted_features(text: str, window: str = LONGEST_WINDOW) -> list[str]:
    """Return the features that are drifted now."""
    series = values(text, "model_feature_drifted")
    return sorted(labels["feature"] for labels, value in series if labels["window"] == window and value == 1)
