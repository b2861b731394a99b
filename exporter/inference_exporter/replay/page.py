"""The report as one self-contained page: styles and plots are inline."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .. import __version__
from ..explain.formatting import moment
from ..page.html import render
from ..page.text import title
from .plots import BAR_HEIGHT, LANE_HEIGHT, TimeAxis, bar_lane, effect_lane, plot, value_lane
from .report import ColumnReport, ModelReport, Report
from .timeline import Episode

# A lane is a few kilobytes of SVG; beyond, nobody scrolls.
LANES_AT_MOST = 40
PERFORMANCE_SHOWN = 4
ROWS_SHOWN = 100


@dataclass(frozen=True)
class ModelBoard:
    """One model with its plots; None if there is nothing to draw."""

    report: ModelReport
    drifted: Sequence[str]
    """Features that drifted at some look, in order of their first episode."""
    effects: Markup | None
    others: Sequence[tuple[str, Markup]]
    """The same of the other windows."""
    effects_left_out: int
    episodes: Markup | None
    traffic: Markup
    performance: Markup | None


def as_html(report: Report) -> bytes:
    """Return the page."""
    axis = TimeAxis(report.first, report.last)
    alerts = _alerts(report, axis)
    boards = [_board(model, axis, report.last) for model in report.models]
    return render(
        "replay.html.j2",
        {"report": report, "boards": boards, "alerts": alerts, "version": __version__, "rows_shown": ROWS_SHOWN},
    )


def _board(model: ModelReport, axis: TimeAxis, last: float) -> ModelBoard:
    times, width = model.bin_starts, model.bin_seconds
    ranked = sorted(model.columns, key=lambda column: -(column.peak or 0.0))
    traffic = [
        value_lane(axis, f"samples in {window.window}", times, width, window.samples) for window in model.windows
    ]
    performance = [
        value_lane(axis, f"{title(item.measure)} {item.of_class}".strip(), times, width, item.values)
        for item in model.performance[:PERFORMANCE_SHOWN]
    ]
    drifted = dict.fromkeys(
        episode.name for episode in sorted(model.episodes, key=lambda item: item.start) if episode.group == "feature"
    )
    return ModelBoard(
        report=model,
        drifted=list(drifted),
        effects=_effects(axis, ranked, times, width) if ranked else None,
        others=[(name, _effects(axis, columns, times, width)) for name, columns in model.other_windows.items()],
        effects_left_out=max(len(ranked) - LANES_AT_MOST, 0),
        episodes=_episodes(model, axis, last),
        traffic=plot(axis, traffic, LANE_HEIGHT, "Samples of each window over time"),
        performance=plot(axis, performance, LANE_HEIGHT, "Performance over time") if performance else None,
    )


def _effects(axis: TimeAxis, columns: Sequence[ColumnReport], times: Sequence[float], width: float) -> Markup:
    ranked = sorted(columns, key=lambda column: -(column.peak or 0.0))
    lanes = [
        effect_lane(axis, _name(column.group, column.name), times, width, column.effects, column.drifted,
                    column.threshold, column.band)
        for column in ranked[:LANES_AT_MOST]
    ]  # fmt: skip
    return plot(axis, lanes, LANE_HEIGHT, "Effect on each column over time")


def _name(group: str, name: str) -> str:
    return {"score": "score of ", "intermediate": "output of "}.get(group, "") + name


def _episodes(model: ModelReport, axis: TimeAxis, last: float) -> Markup | None:
    lanes: dict[tuple[str, str], list[Episode]] = {}
    for episode in model.episodes:
        lanes.setdefault((_name(episode.group, episode.name), episode.window), []).append(episode)
    drawn = [
        bar_lane(
            axis, f"{name}, {window}",
            [
                (episode.start, episode.end or last, f"{moment(episode.start)} to "
                 f"{'the end' if episode.end is None else moment(episode.end)}")
                for episode in episodes
            ],
            "verdict-bar",
        )
        for (name, window), episodes in sorted(lanes.items())
    ]  # fmt: skip
    if not drawn:
        return None
    return plot(axis, drawn[:LANES_AT_MOST], BAR_HEIGHT, "Drift over time")


def _alerts(report: Report, axis: TimeAxis) -> Markup | None:
    """Return the alerts of the rules as bars, by alert and subject."""
    lanes: dict[tuple[str, str], list[tuple[float, float, str]]] = {}
    for alert in report.alerts or ():
        # The most particular label names the lane.
        subject = alert.labels.get("feature") or alert.labels.get("slo") or alert.labels.get("model", "")
        end = report.last if alert.end is None else alert.end
        label = f"{alert.name} {subject}: {moment(alert.start)} to {'the end' if alert.end is None else moment(end)}"
        lane = (f"{alert.name.removeprefix('Model')} {subject}", alert.labels.get("severity", ""))
        lanes.setdefault(lane, []).append((alert.start, end, label))
    drawn = [bar_lane(axis, name, bars, f"is-{severity}") for (name, severity), bars in lanes.items()]
    return plot(axis, drawn[:LANES_AT_MOST], BAR_HEIGHT, "Alerts over time") if drawn else None
