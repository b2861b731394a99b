"""Divides every duration of the monitoring configuration by one factor.

The year is replayed in a minute and a half, so rules that wait 15 minutes would
never fire. With a factor of 60 a minute of the rules is a second of the demo:
`for: 15m` becomes 15 s, `rate(x[5m])` looks back 5 s. Scrapes and evaluations
have a shortest interval, whatever the factor. Nothing else in the rules
changes: names, labels, thresholds and texts stay.

A number in an expression that means seconds (`time() - x > 600`) looks like any
other number, and stays.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..config.durations import parse_duration

FACTOR = 60.0
SHORTEST_INTERVAL_SECONDS = 1.0
"""Nothing is scraped or evaluated more often by default."""
SCRAPES_IN_A_RANGE = 4
"""`rate` needs two points in its range, and a scrape may be missed."""

SCRAPES_OF_A_CONDITION = 8
"""A target that misses a few scrapes in a row is late, not down."""

# Defaults of the programs, written out so that they are scaled too.
PROMETHEUS_DEFAULTS = {"scrape_interval": "1m", "scrape_timeout": "10s", "evaluation_interval": "1m"}
ROUTE_DEFAULTS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}

_INTERVALS = frozenset({"scrape_interval", "evaluation_interval", "interval", "refresh_interval"})
_HOLDS = frozenset({"for", "keep_firing_for"})
_WAITS = frozenset({"query_offset", "group_wait", "group_interval", "repeat_interval", "resolve_timeout"})
_UNITS_MILLISECONDS = (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
# Strings and comments come first: what looks like a range inside them is text.
_TOKEN = re.compile(
    r"""
      "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*`       # strings
    | \#[^\n]*                                              # a comment
    | \[ \s* (?P<range>\w+) \s* (?P<colon>:)? \s* (?P<step>\w+)? \s* \]
    | (?<![\w:]) (?P<offset>offset\s+-?\s*) (?P<distance>\d\w*)
    """,
    re.VERBOSE | re.IGNORECASE,
)

Document = dict[str, Any]


def format_duration(seconds: float) -> str:
    """Return seconds as Prometheus writes them, to the millisecond: ``1m30s``; ``0s`` for nothing."""
    rest = round(seconds * 1000)
    parts = []
    for unit, milliseconds in _UNITS_MILLISECONDS:
        amount, rest = divmod(rest, milliseconds)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"


@dataclass(frozen=True)
class Scale:
    """Divides durations by `factor`; `scrape_seconds` is the scrape interval before scaling."""

    factor: float = FACTOR
    scrape_seconds: float = 15.0
    shortest_seconds: float = SHORTEST_INTERVAL_SECONDS

    def wait(self, text: str) -> str:
        """Return a scaled waiting time; at least a millisecond unless it is 0."""
        return self._scaled(text, 0.001)

    def hold(self, text: str) -> str:
        """Return how long a condition holds before an alert: never fewer than a few scrapes, unless it was.

        On a busy machine a scrape or two come late, and what was two minutes must not become two scrapes.
        """
        return self._scaled(text, self._scrapes(text, SCRAPES_OF_A_CONDITION))

    def interval(self, text: str) -> str:
        """Return a scaled interval between scrapes or evaluations."""
        return self._scaled(text, self.shortest_seconds)

    def timeout(self, text: str, interval: str) -> str:
        """Return a scrape timeout: at most the interval, at least what a busy machine needs."""
        most = parse_duration(self.interval(interval))
        return format_duration(min(most, max(parse_duration(text) / self.factor, self.shortest_seconds)))

    def look_back(self, text: str) -> str:
        """Return a scaled range of an expression: at least a few scrapes, unless it was shorter before."""
        return self._scaled(text, self._scrapes(text, SCRAPES_IN_A_RANGE))

    def _scrapes(self, text: str, most: int) -> float:
        scrape = parse_duration(self.interval(format_duration(self.scrape_seconds)))
        return scrape * min(float(most), math.ceil(parse_duration(text) / self.scrape_seconds))

    def expression(self, promql: str) -> str:
        """Return the expression with its ranges, subqueries and offsets scaled; strings and comments stay."""
        return _TOKEN.sub(self._token, promql)

    def _token(self, match: re.Match[str]) -> str:
        if match["range"]:
            step = self.interval(match["step"]) if match["step"] else ""
            return f"[{self.look_back(match['range'])}{match['colon'] or ''}{step}]"
        if match["distance"]:
            return match["offset"] + self.wait(match["distance"])
        return match[0]

    def _scaled(self, text: str, least_seconds: float) -> str:
        seconds = parse_duration(text)
        return format_duration(max(seconds / self.factor, least_seconds) if seconds else 0.0)


def scale_of(prometheus: Document, shortest_seconds: float = SHORTEST_INTERVAL_SECONDS) -> Scale:
    """Return the scale for rules that this Prometheus configuration evaluates."""
    everywhere = PROMETHEUS_DEFAULTS | prometheus.get("global", {})
    return Scale(FACTOR, parse_duration(everywhere["scrape_interval"]), shortest_seconds)


def scaled_rules(document: Document, scale: Scale) -> Document:
    """Return a rule file with its intervals, waits and expressions scaled."""
    return {
        **document,
        "groups": [
            {**_scaled_keys(group, scale), "rules": [_scaled_rule(rule, scale) for rule in group.get("rules", [])]}
            for group in document.get("groups", [])
        ],
    }


def scaled_prometheus(document: Document, scale: Scale) -> Document:
    """Return a Prometheus configuration with its intervals and timeouts scaled."""
    everywhere = PROMETHEUS_DEFAULTS | document.get("global", {})
    interval, timeout = everywhere["scrape_interval"], everywhere["scrape_timeout"]
    return {
        **document,
        "global": _scaled_scrape(everywhere, scale, interval, timeout),
        "scrape_configs": [
            _scaled_scrape(job, scale, job.get("scrape_interval", interval), job.get("scrape_timeout", timeout))
            for job in document.get("scrape_configs", [])
        ],
    }


def scaled_alertmanager(document: Document, scale: Scale) -> Document:
    """Return an Alertmanager configuration with the waits of its routes scaled."""
    return {
        **document,
        "global": _scaled_keys(document.get("global") or {}, scale),
        "route": _scaled_route(ROUTE_DEFAULTS | document["route"], scale),
    }


def _scaled_rule(rule: Document, scale: Scale) -> Document:
    return {**_scaled_keys(rule, scale), "expr": scale.expression(str(rule["expr"]))}


def _scaled_route(route: Document, scale: Scale) -> Document:
    scaled = _scaled_keys(route, scale)
    if "routes" in route:
        scaled["routes"] = [_scaled_route(child, scale) for child in route["routes"]]
    return scaled


def _scaled_scrape(section: Document, scale: Scale, interval: str, timeout: str) -> Document:
    # Always written out: Prometheus's default timeout is longer than a scaled interval.
    return {**_scaled_keys(section, scale), "scrape_timeout": scale.timeout(timeout, interval)}


def _scaled_keys(section: Mapping[str, Any], scale: Scale) -> Document:
    return {key: _scaler(key, scale)(value) for key, value in section.items()}


def _scaler(key: str, scale: Scale) -> Callable[[Any], Any]:
    if key in _INTERVALS:
        return scale.interval
    if key in _HOLDS:
        return scale.hold
    if key in _WAITS:
        return scale.wait
    return _unchanged


def _unchanged(value: Any) -> Any:
    return value
