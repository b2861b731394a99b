"""Evaluates alert rules over a replay with promtool, so that every ``for:`` and ``keep_firing_for:`` is respected.

Backfilled blocks have no past alerts, and promtool only backfills recording
rules. Its unit tests, however, evaluate whole groups at every tick over given
series. So the replay becomes one unit test that expects no alerts at any tick;
the alerts are what promtool reports instead.
"""

import json
import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..arrays import Floats
from ..errors import ReplayFault
from .looks import ReplaySteps
from .rule_files import RuleSet
from .scrapes import Scrapes

EVALUATION_SECONDS = 30.0  # evaluation interval of the repository's rules, unless a step is longer
FIRING = 'ALERTS{alertstate="firing"}'
_TICK = re.compile(r"^\s*expr: .*, time: (\S+?),?$")
_SERIES = re.compile(r'\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*"(?:, )?)*)\} \S+')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)=("(?:[^"\\]|\\.)*")')
_DURATION = re.compile(r"(\d+)(ms|[ywdhms])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}


@dataclass(frozen=True)
class Alert:
    """A stretch in which one alert fired; `end` is None if it still fired at the last look."""

    name: str
    labels: Mapping[str, str]
    start: float
    end: float | None


def fired_alerts(scrapes: Scrapes, rules: RuleSet, looks: ReplaySteps) -> list[Alert]:
    """Return the alerts that fired, by start time.

    Raises
    ------
    ReplayFault
        If promtool is missing, or does not accept the rules.
    """
    promtool = shutil.which("promtool")
    if promtool is None:
        raise ReplayFault("--rules: expected promtool in the PATH, got none; it comes with Prometheus")
    with tempfile.TemporaryDirectory(prefix="inference-exporter-rules-") as name:
        test = Path(name) / "replay.yml"
        with test.open("w", encoding="utf-8") as file:
            json.dump(unit_test(scrapes, rules, looks), file)  # JSON is YAML
        done = subprocess.run([promtool, "test", "rules", str(test)], capture_output=True, text=True, check=False)
    # Code 1 also means alerts, which is what we ask for; only a run without results is a failure.
    if done.returncode and "FAILED:" not in done.stdout + done.stderr:
        raise ReplayFault(f"--rules: promtool: {(done.stderr or done.stdout).strip()[:500]}")
    about = rules.alerts_about([series for family in scrapes.families.values() for series, _ in family.series])
    every = evaluation_seconds(looks)
    return [
        alert for alert in alerts_of(parse_ticks(done.stdout + "\n" + done.stderr), looks, every) if alert.name in about
    ]


def evaluation_seconds(looks: ReplaySteps) -> float:
    """Return the evaluation interval of the rules."""
    return max(EVALUATION_SECONDS, looks.step)


def unit_test(scrapes: Scrapes, rules: RuleSet, looks: ReplaySteps) -> dict[str, object]:
    """Return the unit test of a replay; its time starts at 0 with the first look."""
    every = evaluation_seconds(looks)
    ticks = math.floor((looks.last - looks.first) / every) + 1
    return {
        "rule_files": [str(file) for file in rules.files],
        "evaluation_interval": _duration(every),
        "group_eval_order": rules.groups_in_order(),
        "tests": [
            {
                "interval": _duration(looks.step),
                "input_series": [
                    {"series": f"{name}{{{text}}}", "values": _values(name, times, values, looks)}
                    for family in scrapes.families.values()
                    for name, text, times, values in family.read()
                    if rules.wanted(name)
                ],
                "promql_expr_test": [{"expr": FIRING, "eval_time": _duration(every * tick)} for tick in range(ticks)],
            }
        ],
    }


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def _values(name: str, times: Floats, values: Floats, looks: ReplaySteps) -> str:
    """Return a series in promtool's notation: one value a look, with repeated values written once."""
    if name.endswith("_timestamp_seconds"):  # the test's time() starts at 0
        values = values - looks.first
    parts: list[str] = []
    place, last, repeats = 0, "", 0
    for look, value in zip(
        ((times - looks.first) / looks.step).round().astype(int).tolist(), values.tolist(), strict=True
    ):
        text = _number(value)
        # promtool's "1x3" repeats a value; NaN and Inf have no such form.
        if look == place and text == last and text[-1].isdigit():
            repeats += 1
        else:
            parts.append(f"{last}x{repeats}" if repeats else last)
            if look > place:
                parts.append(f"_x{look - place - 1}" if look - place > 1 else "_")
            last, repeats = text, 0
        place = look + 1
    parts.append(f"{last}x{repeats}" if repeats else last)
    if place < looks.number:
        parts.append("stale")  # the series has gone
    return " ".join(part for part in parts if part)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return f"{value:.10g}"


Ticks = dict[float, list[dict[str, str]]]
"""The labels of each firing alert by the seconds since the first look."""


def parse_ticks(output: str) -> Ticks:
    """Return the alerts that promtool reported although the test expected none."""
    ticks: Ticks = {}
    now: float | None = None
    for line in output.splitlines():
        tick = _TICK.match(line)
        if tick:
            now = _seconds(tick[1])
            ticks[now] = []
        elif now is not None:
            ticks[now] += [_labels(found[1]) for found in _SERIES.finditer(line) if "ALERTS" in found[1]]
    return ticks


def _seconds(text: str) -> float:
    return sum(int(amount) * _SECONDS[unit] for amount, unit in _DURATION.findall(text))


def _labels(text: str) -> dict[str, str]:
    found = {name: json.loads(value) for name, value in _LABEL.findall(text)}
    return {name: value for name, value in found.items() if name not in ("__name__", "alertstate")}


def alerts_of(ticks: Ticks, looks: ReplaySteps, every: float) -> list[Alert]:
    """Return stretches of consecutive ticks in which an alert with the same labels fired."""
    seen: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for tick in sorted(ticks):
        for labels in ticks[tick]:
            seen.setdefault(tuple(sorted(labels.items())), []).append(tick)
    last_tick = math.floor((looks.last - looks.first) / every) * every
    alerts = [
        Alert(
            dict(labels)["alertname"],
            {name: value for name, value in labels if name != "alertname"},
            looks.first + start,
            None if end >= last_tick else looks.first + end + every,
        )
        for labels, times in seen.items()
        for start, end in _stretches(times, every)
    ]
    return sorted(alerts, key=lambda alert: (alert.start, alert.name))


def _stretches(times: Sequence[float], every: float) -> Iterator[tuple[float, float]]:
    start = before = times[0]
    for time in times[1:]:
        # More than one tick apart: the alert was silent in between.
        if time - before > 1.5 * every:
            yield start, before
            start = time
        before = time
    yield start, before
