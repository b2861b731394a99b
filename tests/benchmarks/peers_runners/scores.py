"""From what was flagged to what a reader compares: false alarms, detections, delays."""

import math
from dataclasses import dataclass
from statistics import median
from typing import Any

WHOLE = "*"
Looks = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Delay:
    """How one tool fared on one drifted stream, in samples from the onset."""

    kind: str
    stream: str
    raw: float
    """To the first look after the onset that flags a feature that drifted, whatever was flagged before; inf if none."""
    heard: float
    """The same, but infinite where an alarm before the onset already cried wolf: nobody could have told."""


@dataclass(frozen=True)
class Score:
    """One variant of one tool at one window size."""

    tool: str
    size: int
    windows: int
    false_windows: int
    features: int
    false_features: int
    delays: tuple[Delay, ...]
    seconds: float

    @property
    def false_alarm_rate(self) -> float:
        """Share of clean stretches of `size` samples in which any feature was flagged."""
        return self.false_windows / self.windows if self.windows else math.nan

    @property
    def false_feature_rate(self) -> float:
        """Share of features flagged in such a stretch."""
        return self.false_features / self.features if self.features else math.nan

    @property
    def detected(self) -> float:
        """Share of drifted streams whose drift was flagged, whatever was flagged before."""
        return sum(math.isfinite(delay.raw) for delay in self.delays) / max(len(self.delays), 1)

    @property
    def cried_wolf(self) -> float:
        """Share of drifted streams with an alarm before the onset."""
        return sum(delay.raw != delay.heard for delay in self.delays) / max(len(self.delays), 1)

    @property
    def median_raw(self) -> float:
        """Median delay, whatever was flagged before."""
        return median([delay.raw for delay in self.delays] or [math.nan])

    @property
    def median_heard(self) -> float:
        """Median delay of the first alarm, infinite where it came before the onset."""
        return median([delay.heard for delay in self.delays] or [math.nan])


def score(tool: str, size: int, streams: list[dict[str, Any]], flagged: dict[str, Any], seconds: float) -> Score:
    """Judge one variant of one tool at one size."""
    windows = false_windows = features = false_features = 0
    delays: list[Delay] = []
    for stream in streams:
        looks: Looks = [(end, names) for end, names in flagged.get(stream["id"], {}).get(str(size), [])]
        clean = stream["rows"] if stream["onset"] is None else stream["onset"]
        stretches = clean // size
        false = {}
        for end, names in looks:
            if end <= stretches * size:
                false.setdefault((end - 1) // size, set()).update(names)
        windows += stretches
        false_windows += len(false)
        features += stretches * stream["features"]
        false_features += sum(len(names) for names in false.values())
        if stream["onset"] is not None:
            delays.append(_delay(stream, looks))
    return Score(tool, size, windows, false_windows, features, false_features, tuple(delays), seconds)


def _delay(stream: dict[str, Any], looks: Looks) -> Delay:
    onset = stream["onset"]
    right = [end for end, names in looks if end > onset and _right(stream, names)]
    raw = float(min(right) - onset) if right else math.inf
    early = any(end <= onset for end, _ in looks)
    return Delay(stream["kind"], stream["id"], raw, math.inf if early else raw)


def _right(stream: dict[str, Any], names: list[str]) -> bool:
    return not stream["drifted"] or not set(names).isdisjoint([*stream["drifted"], WHOLE])
