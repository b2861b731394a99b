"""False alarms in simulated months, from ``tests/benchmarks/false_alarms.py --json FILE``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scipy.stats import chi2

from .effort import Effort
from .page import Measured, digits, table, whole


def measure(effort: Effort) -> Measured:
    """Return the table of alarms; empty without a result of the benchmark."""
    if effort.false_alarms is None:
        return Measured()
    content = json.loads(effort.false_alarms.read_text(encoding="utf-8"))
    header = ("Traffic", "Features", "Samples in 5m", "Model-months", "Alarms", "A month, 95 % interval")
    return Measured({"alarms": table(header, list(alarm_rows(content["tallies"])))})


def alarm_rows(tallies: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each scenario, and one for all together."""
    for tally in tallies:
        scenario = tally["scenario"]
        name = f"{scenario['kind']} {scenario['data']}".strip()
        features = whole(scenario["features"]) if scenario["features"] else "all"
        yield (name, features, whole(scenario["samples"]), *_rate(tally["alarms"], tally["months"]))
    alarms, months = (sum(tally[key] for tally in tallies) for key in ("alarms", "months"))
    yield ("**all**", "", "", *_rate(alarms, months))


def _rate(alarms: int, months: float) -> tuple[str, ...]:
    """Return months, alarms, and the exact interval of a Poisson rate (Garwood 1936, Biometrika 28:437-442)."""
    lower = chi2.ppf(0.025, 2 * alarms) / 2 / months if alarms else 0.0
    upper = chi2.ppf(0.975, 2 * alarms + 2) / 2 / months
    return digits(months), whole(alarms), f"{digits(alarms / months)} ({digits(lower)} to {digits(upper)})"
