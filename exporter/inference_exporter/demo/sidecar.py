"""The demo's exporter: its configuration, and what the demo reads from its metrics."""

import json
import re
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .balance import Balance, ClientAccount, ExporterAccount
from .commands import Files
from .names import CHALLENGER_VERSION, MINUTES_MODEL, MODEL, VERSION

LONGEST_WINDOW = "28d"
WINDOWS = ("1d", "7d", LONGEST_WINDOW)
DRIFT_THRESHOLD = 0.25
"""The customary PSI threshold for a major shift. Hours of weather resemble each other, so any four weeks differ from
four months by more than 0.1, the threshold for independent samples."""
MINIMUM_SAMPLES = 500
"""Half a day of flights."""
# Our own output only, so a simple parser does: no timestamps, no exemplars.
_LINE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')
BETWEEN_READINGS_SECONDS = 0.2
ANSWER_SECONDS = 60.0
"""Timeout for an answer on a busy machine; processes that end are noticed elsewhere."""

FIGURES = ("observed", "acknowledged", "rejected", "queued", "in_flight")

Labels = Mapping[str, str]


def configuration(files: Files, *, listen_address: str, model_port: int) -> str:
    """Return the sidecar's configuration file for the demo."""
    champion = _model(MODEL, VERSION, files.reference) | {
        "slo": {"availability": 0.99, "latency": {"threshold": "100ms", "objective": 0.95}},
        "process": {"port": model_port},
    }
    challenger = _model(MODEL, CHALLENGER_VERSION, files.challenger_reference) | {"variant": "challenger"}
    minutes = _model(MINUTES_MODEL, VERSION, files.minutes_reference)
    settings = {
        "web": {"listen_address": listen_address},
        "windows": list(WINDOWS),
        "models": [champion, challenger, minutes],
    }
    return yaml.safe_dump(settings, sort_keys=False)


def _model(name: str, version: str, reference: Path) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "framework": "scikit-learn",
        "reference": str(reference),
        "drift": {"threshold": DRIFT_THRESHOLD, "minimum_samples": MINIMUM_SAMPLES},
    }


def scrape(url: str) -> str:
    """Return the exporter's metrics in the Prometheus text format."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Accept": "text/plain; version=0.0.4"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:  # noqa: S310 - our own sidecar
        text: str = response.read().decode()
        return text


def values(text: str, name: str) -> Iterator[tuple[Labels, float]]:
    """Yield labels and value of each series of a metric."""
    for line in text.splitlines():
        if line.startswith(name) and (match := _LINE.match(line)) and match["name"] == name:
            yield dict(_LABEL.findall(match["labels"] or "")), float(match["value"])


def exporter_account(text: str) -> ExporterAccount:
    """Return the exporter's counters of samples, without those of models that somebody tries beside the demo's."""
    total = defaultdict(float)
    for part in ("", "_accepted", "_rejected", "_dropped"):
        total[part] = sum(value for _, value in values(text, f"inference_exporter_samples{part}_total"))
    requests = values(text, "model_requests_total")
    others = sum(value for labels, value in requests if labels["model"] not in (MODEL, MINUTES_MODEL))
    return ExporterAccount(total[""] - others, total["_accepted"] - others, total["_rejected"], total["_dropped"])


def client_account(url: str) -> ClientAccount:
    """Return the counters of all clients in the model server."""
    with urllib.request.urlopen(f"{url}/statistics", timeout=ANSWER_SECONDS) as response:  # noqa: S310 - our own model server
        clients: list[dict[str, Any]] = json.load(response)
    dropped = sum((Counter(each["dropped"]) for each in clients), Counter[str]())
    total = {name: sum(each[name] for each in clients) for name in FIGURES}
    return ClientAccount(
        observed=total["observed"],
        answered=total["acknowledged"] + total["rejected"],
        dropped=dict(dropped),
        queued=total["queued"],
        in_flight=total["in_flight"],
    )


def final_balance(
    client: Callable[[], ClientAccount], exporter: Callable[[], ExporterAccount], patience_seconds: float
) -> Balance:
    """Return the counters of both sides once the client's queue is empty, or when time is up.

    Samples still queued then are part of the balance. The exporter is read
    between two equal readings of the client, so that they are consistent.
    """
    until = time.monotonic() + patience_seconds
    before = client()
    while True:
        balance = Balance(before, exporter())
        after = client()
        # Equal readings on both sides of the exporter's: nothing moved in between.
        if after == before and (not after.waiting or time.monotonic() >= until):
            return balance
        if time.monotonic() >= until + ANSWER_SECONDS:  # never consistent, which the balance will show
            return balance
        time.sleep(BETWEEN_READINGS_SECONDS)
        before = client()


def drifted_features(text: str, window: str = LONGEST_WINDOW) -> list[str]:
    """Return the features that have drifted for any model."""
    series = values(text, "model_feature_drifted")
    return sorted({labels["feature"] for labels, value in series if labels["window"] == window and value == 1})
