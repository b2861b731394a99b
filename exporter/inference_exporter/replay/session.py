"""Session: a whole replay, from a file to a report."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ..config.schema import Config
from ..reference.reference import Reference
from ..samples.batch import ModelKey
from .clean import CleanEstimate, estimate
from .looks import looks_over
from .openmetrics import write_openmetrics
from .prepare import FirstPart, Prepared, prepare
from .progress import Bar
from .recording import Period
from .report import Report, Throughput, accounting_of, model_reports
from .roles import Roles
from .rule_files import RuleSet, read_rules
from .rules import fired_alerts
from .run import Replay, Watch, shown_steps
from .scrapes import Scrapes
from .source import read
from .text import span
from .timeline import Timelines

SCRAPE_SECONDS = 15


@dataclass(frozen=True)
class Settings:
    """The settings of a replay."""

    data: Path
    config: Config
    references: Mapping[ModelKey, Reference]
    roles: Roles
    period: Period = field(default_factory=Period)
    first: FirstPart = field(default_factory=FirstPart)
    step: float | None = None
    openmetrics: Path | None = None
    rules: Path | None = None
    clean_draws: int = 1000
    """Clean windows to draw of each size; 0 for no estimate of false alarms."""


def run_replay(settings: Settings, bar: Bar) -> Report:
    """Read, replay, and report.

    Raises
    ------
    TableError, ReferenceFault
        If the file or a reference is unusable.
    """
    started, cpu_started = time.perf_counter(), time.process_time()
    recording = read(settings.data, settings.roles, settings.period, shown_steps(partial(bar, "reading")))
    prepared = prepare(settings.config, settings.references, recording, settings.first)
    recording = prepared.recording
    lengths = [window.seconds for window in settings.config.windows]
    looks = looks_over(recording.first, recording.last, recording.rows * recording.columns, settings.step, lengths)
    timelines = Timelines(looks)
    replay = Replay(recording, prepared.fleet, max(lengths))
    with kept_scrapes(settings) as (scrapes, rules):
        watches: list[Watch] = [timelines] if scrapes is None else [timelines, scrapes]
        replay.run(looks, watches, shown_steps(partial(bar, "replaying")))
        # Before files are written and rules evaluated: the throughput is that of the engine.
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
        if scrapes is not None and settings.openmetrics is not None:
            write_openmetrics(scrapes, settings.openmetrics)
        alerts = None if scrapes is None or rules is None else fired_alerts(scrapes, rules, looks)
    # After the replay, which shows how large windows usually are.
    estimates = clean_estimates(timelines, prepared, settings) if settings.clean_draws else {}
    return Report(
        data=settings.data.name,
        first=recording.first,
        last=recording.last,
        step_seconds=looks.step,
        looks=looks.number,
        accounting=accounting_of(recording.account, replay),
        throughput=Throughput(
            replay.samples, looks.number, seconds, cpu, replay.samples / cpu if cpu else float("nan")
        ),
        models=model_reports(timelines, prepared, estimates),
        alerts=alerts,
        notes=[_step_note(looks.step, looks.number, settings.step)],
    )


@contextmanager
def kept_scrapes(settings: Settings) -> Iterator[tuple[Scrapes | None, RuleSet | None]]:
    """Yield the store of scrapes, for as long as it is needed, and the rules; None unless requested."""
    if settings.openmetrics is None and settings.rules is None:
        yield None, None
        return
    rules = None if settings.rules is None else read_rules(settings.rules)
    with tempfile.TemporaryDirectory(prefix="inference-exporter-replay-") as folder:
        wanted = _everything if settings.openmetrics is not None or rules is None else rules.wanted
        scrapes = Scrapes(Path(folder), settings.config.web.listen_address, wanted)
        try:
            yield scrapes, rules
        finally:
            scrapes.close()


def _everything(name: str) -> bool:
    return True


def clean_estimates(
    timelines: Timelines, prepared: Prepared, settings: Settings
) -> dict[ModelKey, Sequence[CleanEstimate]]:
    """Return, for each model, how often clean windows of typical sizes would look drifted."""
    found: dict[ModelKey, Sequence[CleanEstimate]] = {}
    for key, timeline in timelines.models.items():
        view = timeline.last
        if view is None or view.reference is None:
            continue
        found[key] = [
            estimate(
                key, view.config, view.reference, window, int(np.median(timeline.windows[window.name].sizes)),
                settings.clean_draws, prepared.clean.get(key),
            )
            for window in settings.config.windows
            if window.name in timeline.windows and timeline.windows[window.name].sizes
        ]  # fmt: skip
    return found


def _step_note(step: float, number: int, asked: float | None) -> str:
    known = "Times of verdicts are accurate to one step, or to a thirtieth of the window if that is longer."
    if asked is not None or step <= SCRAPE_SECONDS:
        return f"A look every {span(step)}: {number:,} looks. {known}"
    return (
        f"A look every {span(step)}, {number:,} in all, instead of the 15 s of a scrape, so that looking does not cost "
        f"more than the samples; --step sets it. {known}"
    )
