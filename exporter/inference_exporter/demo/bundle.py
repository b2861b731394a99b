"""Copies the repository's monitoring files for the demo, with scaled durations and the demo's addresses.

There is no second set of rules or routes: the files are read from the checkout
at each start.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .chat import SLACK_PATH, WEBHOOK_PATH
from .scale import Document, Scale, scaled_alertmanager, scaled_prometheus, scaled_rules

FOLDERS = ("prometheus", "alertmanager", "grafana")
# Receivers replaced by the chat room; receivers that page or send mail stay silent here.
_SPOKEN = frozenset({"slack_configs", "webhook_configs"})
_DISCOVERY = "_sd_configs"


@dataclass(frozen=True)
class Addresses:
    """Addresses of the demo's parts, as HOST:PORT."""

    exporter: str
    prometheus: str
    alertmanager: str
    chat: str


def bundle_folder() -> Path | None:
    """Return the checkout of this package; None if installed without one."""
    root = Path(__file__).resolve().parents[3]
    return root if all((root / name).is_dir() for name in FOLDERS[:2]) else None


def write_prometheus(
    source: Path, target: Path, scale: Scale, addresses: Addresses, *, with_rules: bool = True
) -> Path:
    """Write Prometheus's configuration and rules for the demo; return the configuration file."""
    document = _read(source / "prometheus.yml") | ({} if with_rules else {"rule_files": []})
    for rules in _matching(source, document.get("rule_files", [])):
        _write(target / rules.relative_to(source), scaled_rules(_read(rules), scale))
    return _write(target / "prometheus.yml", _prometheus_at(scaled_prometheus(document, scale), addresses))


def write_alertmanager(source: Path, target: Path, scale: Scale, addresses: Addresses) -> Path:
    """Write Alertmanager's configuration and templates for the demo; return the configuration file."""
    document = _read(source / "alertmanager.yml")
    for template in _matching(source, document.get("templates", [])):
        copy = target / template.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(template, copy)
    secret = target / "slack_url"
    secret.parent.mkdir(parents=True, exist_ok=True)
    # Slack's address is a secret and so comes from a file, here too.
    secret.write_text(f"http://{addresses.chat}{SLACK_PATH}")
    return _write(
        target / "alertmanager.yml", _alertmanager_at(scaled_alertmanager(document, scale), addresses, secret)
    )


def _prometheus_at(document: Document, addresses: Addresses) -> Document:
    jobs = [_job_at(job, addresses) for job in document["scrape_configs"]]
    alertmanagers = [{"static_configs": [{"targets": [addresses.alertmanager]}]}]
    return {**document, "scrape_configs": [job for job in jobs if job], "alerting": {"alertmanagers": alertmanagers}}


def _job_at(job: Document, addresses: Addresses) -> Document | None:
    """Return the job with its target in the demo; None for jobs that the demo does not run."""
    known = {"prometheus": addresses.prometheus, "alertmanager": addresses.alertmanager, "grafana": None}
    # Jobs of exporters and model servers: the demo has one of them.
    target = known.get(job["job_name"], addresses.exporter)
    if target is None:
        return None
    kept = {key: value for key, value in job.items() if not key.endswith(_DISCOVERY)}
    return {**kept, "static_configs": [{"targets": [target]}]}


def _alertmanager_at(document: Document, addresses: Addresses, secret: Path) -> Document:
    secrets = {key: str(secret) for key in document["global"] if key.endswith("slack_api_url_file")}
    return {
        **document,
        "global": {key: value for key, value in document["global"].items() if "slack_api_url" not in key}
        | (secrets or {"slack_api_url_file": str(secret)}),
        "route": _always_awake(document["route"]),
        "receivers": [_receiver_at(receiver, addresses) for receiver in document["receivers"]],
    }


def _receiver_at(receiver: Document, addresses: Addresses) -> Document:
    """Return the receiver pointed at the chat room: Slack messages to show, a webhook to count."""
    if not _SPOKEN & receiver.keys():
        return {"name": receiver["name"]}
    webhook = {"url": f"http://{addresses.chat}{WEBHOOK_PATH}", "send_resolved": True}
    slack = [_without_addresses(config) for config in receiver.get("slack_configs", [])]
    return {"name": receiver["name"], "slack_configs": slack, "webhook_configs": [webhook]}


def _without_addresses(config: Document) -> Document:
    return {key: value for key, value in config.items() if key not in ("api_url", "api_url_file", "http_config")}


def _always_awake(route: Document) -> Document:
    """Return the route without time intervals: the demo runs at any time of day."""
    kept = {key: value for key, value in route.items() if not key.endswith("_time_intervals")}
    if "routes" in route:
        kept["routes"] = [_always_awake(child) for child in route["routes"]]
    return kept


def _matching(folder: Path, patterns: list[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(folder.glob(pattern.removeprefix(f"/etc/{folder.name}/")))


def _read(path: Path) -> Document:
    document: Any = yaml.safe_load(path.read_text())
    if not isinstance(document, dict):
        raise ValueError(f"{path}: expected a mapping, got {type(document).__name__}")
    return document


def _write(path: Path, document: Document) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000))
    return path
