"""Plots of the replay's page: lanes above one time axis. Colours are classes of the style sheet."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from markupsafe import Markup

from ..explain.formatting import clipped, number
from ..page.text import DAY

WIDTH, LEFT, RIGHT = 1000.0, 190.0, 990.0
LANE_HEIGHT, LANE_GAP, AXIS_HEIGHT = 34.0, 8.0, 24.0
BAR_HEIGHT = 20.0
LABEL_LENGTH = 26
TICKS = 6
NARROWEST = 2.0  # so that a bar shorter than a pixel stays visible

Values = Sequence[float | None]


class TimeAxis:
    """Maps times onto the width of a plot."""

    def __init__(self, start: float, end: float) -> None:
        # At least a second, so that a single sample has a place on the axis.
        self._start, self._end = start, max(end, start + 1.0)

    def x(self, time: float) -> float:
        """Return the position of a time."""
        share = (time - self._start) / (self._end - self._start)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0), 1)

    def drawn(self, height: float) -> Markup:
        """Return ticks with their dates, and grid lines over the lanes above."""
        parts = []
        pattern = "%Y-%m-%d" if self._end - self._start > 3 * DAY else "%m-%d %H:%M"
        for place in range(TICKS):
            time = self._start + (self._end - self._start) * place / (TICKS - 1)
            anchor = "start" if place == 0 else "end" if place == TICKS - 1 else "middle"
            parts.append(
                Markup('<path class="grid" d="M{0} 0V{1}"/><text x="{0}" y="{2}" text-anchor="{3}">{4}</text>').format(
                    self.x(time), height, height + 16, anchor, datetime.fromtimestamp(time, UTC).strftime(pattern)
                )
            )
        return Markup("").join(parts)


def plot(axis: TimeAxis, lanes: Sequence[Markup], lane_height: float, label: str) -> Markup:
    """Return lanes stacked above a time axis."""
    height = len(lanes) * (lane_height + LANE_GAP)
    moved = [
        Markup('<g transform="translate(0 {})">{}</g>').format(round(place * (lane_height + LANE_GAP), 1), lane)
        for place, lane in enumerate(lanes)
    ]
    return Markup('<svg class="lanes" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        WIDTH, height + AXIS_HEIGHT, label, axis.drawn(height), Markup("").join(moved)
    )


def effect_lane(
    axis: TimeAxis, name: str, times: Sequence[float], bin_seconds: float, effects: Values, drifted: Values,
    threshold: float, band: float | None = None,
) -> Markup:  # fmt: skip
    """Return the effect on one column over time; the middle is the threshold, as in the page's meters.

    The values of the threshold and of the base stand left of it. `band` is what natural variation alone explains.
    """
    # The same scale as the page's meters: the threshold is in the middle, infinity at the top.
    scaled = [None if effect is None else effect / (effect + threshold) if effect > 0 else 0.0 for effect in effects]
    peak = max((effect for effect in effects if effect is not None), default=math.nan)
    title = f"{name}: peak {number(peak) or 'unknown'}, threshold {number(threshold)}"
    shown = f"peak {number(peak)}" if not math.isnan(peak) else "unknown"
    return Markup("<title>{}</title>{}{}{}{}<path class=\"threshold\" d=\"M{} {}H{}\"/>{}{}").format(
        title, _label(name, shown), _bands(axis, times, bin_seconds, drifted), _natural(band, threshold),
        _line(axis, times, bin_seconds, scaled), LEFT, LANE_HEIGHT / 2, RIGHT, _base(LANE_HEIGHT),
        _values((LANE_HEIGHT / 2, threshold), (LANE_HEIGHT, 0.0)),
    )  # fmt: skip


def _natural(band: float | None, threshold: float) -> Markup:
    """Return the effects that natural variation alone explains, as a band above the base."""
    if not band:
        return Markup("")
    height = round((LANE_HEIGHT - 2) * band / (band + threshold), 1)
    return Markup('<rect class="natural" x="{}" y="{}" width="{}" height="{}"><title>natural variation: up to {}'
                  "</title></rect>").format(LEFT, LANE_HEIGHT - height, RIGHT - LEFT, height, number(band))  # fmt: skip


def _values(*at: tuple[float, float]) -> Markup:
    """Return the values of an axis at some heights, left of it."""
    return Markup("").join(
        Markup('<text class="value" x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 4, y + 3, number(value))
        for y, value in at
    )


def value_lane(axis: TimeAxis, name: str, times: Sequence[float], bin_seconds: float, values: Values) -> Markup:
    """Return a number over time, from 0 (or its minimum below) to its maximum."""
    known = [value for value in values if value is not None]
    low, high = min([*known, 0.0]), max(known, default=1.0)
    span = (high - low) or 1.0
    scaled = [None if value is None else (value - low) / span for value in values]
    shown = f"{number(min(known))} to {number(high)}" if known else "unknown"
    return Markup("<title>{}: {}</title>{}{}{}").format(
        name, shown, _label(name, shown), _line(axis, times, bin_seconds, scaled), _base(LANE_HEIGHT)
    )


def bar_lane(axis: TimeAxis, name: str, bars: Iterable[tuple[float, float, str]], kind: str) -> Markup:
    """Return stretches of time as bars, each with its own title."""
    drawn = [
        Markup('<rect class="bar {}" x="{}" y="2" width="{}" height="{}"><title>{}</title></rect>').format(
            kind, axis.x(start), round(max(axis.x(end) - axis.x(start), NARROWEST), 1), BAR_HEIGHT - 4, title
        )
        for start, end, title in bars
    ]
    return Markup("{}{}{}").format(_label(name, height=BAR_HEIGHT), Markup("").join(drawn), _base(BAR_HEIGHT))


def _label(name: str, below: str = "", height: float = LANE_HEIGHT) -> Markup:
    middle = height / 2 + (0 if below else 4)
    first = Markup('<text class="name" x="0" y="{}">{}</text>').format(middle, clipped(name, LABEL_LENGTH))
    if not below:
        return first
    return first + Markup('<text x="0" y="{}">{}</text>').format(middle + 13, below)


def _base(height: float) -> Markup:
    return Markup('<path class="base" d="M{} {}H{}"/>').format(LEFT, height, RIGHT)


def _bands(axis: TimeAxis, times: Sequence[float], bin_seconds: float, drifted: Values) -> Markup:
    """Return the background of a line: where the verdict was drifted, and where it was unknown."""
    parts = []
    for start, end, value in _runs(drifted):
        if value != 0:
            parts.append(
                Markup('<rect class="{}" x="{}" y="0" width="{}" height="{}"/>').format(
                    "no-verdict" if value is None else "in-drift",
                    axis.x(times[start]),
                    round(axis.x(times[end - 1] + bin_seconds) - axis.x(times[start]), 1),
                    LANE_HEIGHT,
                )
            )
    return Markup("").join(parts)


def _runs(values: Values) -> Iterable[tuple[int, int, float | None]]:
    """Yield stretches of equal values: first place, end, value."""
    start = 0
    for place in range(1, len(values) + 1):
        if place == len(values) or values[place] != values[start]:
            yield start, place, values[start]
            start = place


def _line(axis: TimeAxis, times: Sequence[float], bin_seconds: float, scaled: Values) -> Markup:
    """Return a path through the middles of the bins, with gaps where values are unknown."""
    path, pen = "", "M"
    for time, value in zip(times, scaled, strict=True):
        if value is None:
            pen = "M"
            continue
        path += f"{pen}{axis.x(time + bin_seconds / 2)} {round(LANE_HEIGHT - (LANE_HEIGHT - 2) * value, 1)}"
        pen = "L"
    # A lone point is a line of length 0, which round caps make visible.
    return Markup('<path class="series" d="{}"/>').format(path)
