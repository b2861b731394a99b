"""The report as text for a terminal."""

from collections.abc import Iterator, Sequence

from ..explain import formatting as wording
from ..page import text
from .report import ColumnReport, ModelReport, Report

EPISODES_SHOWN = 40
EXAMPLES_SHOWN = 5


def span(seconds: float) -> str:
    """Return a duration for people."""
    return text.duration(seconds)


def as_text(report: Report) -> str:
    """Return the report as lines."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"replay of {report.data}: {wording.moment(report.first)} to {wording.moment(report.last)}"
    yield from _accounting(report)
    for model in report.models:
        yield ""
        yield from _model(model)
    if report.alerts is not None:
        yield ""
        yield from _alerts(report)
    for note in report.notes:
        yield ""
        yield note


def _accounting(report: Report) -> Iterator[str]:
    rows, speed = report.accounting, report.throughput
    parts = [f"{rows.accepted:,} accepted", f"{rows.rejected:,} rejected"]
    if rows.left_out:
        parts.append(f"{rows.left_out:,} left out by --from and --to")
    yield f"rows read: {rows.rows_read:,} = {' + '.join(parts)}"
    if rows.learned_from:
        yield f"  of the accepted, {rows.learned_from:,} made the reference and do not count as traffic"
    for reason, number in rows.rejected_by_reason.items():
        yield f"  rejected, {reason}: {number:,}"
    for example in rows.examples[:EXAMPLES_SHOWN]:
        unit = next(iter(example))
        yield f"    {unit} {example[unit]}: {example['message']}"
    if rows.out_of_order:
        yield f"  out of order: {rows.out_of_order:,} rows came after a later one; all were sorted by time"
    if rows.outcomes:
        yield f"outcomes: {rows.outcomes:,}"
    for reason, number in rows.refused_by_reason.items():
        yield f"  rejected by the engine, {reason}: {number:,}"
    yield (
        f"{speed.samples:,} samples and {speed.looks:,} looks in {speed.seconds:.2f} s "
        f"({speed.samples_per_cpu_second:,.0f} samples per CPU second)"
    )


def _model(model: ModelReport) -> Iterator[str]:
    yield f"{model.model} {model.version} ({model.variant})"
    if model.reference_rows is not None:
        yield f"  reference {model.reference_version}: {model.reference_rows:,} rows, {model.reference_source}"
    for note in model.notes:
        yield f"  {note}"
    for window in model.windows:
        judged, unjudged = window.judged_looks, sum(window.looks_without_verdict.values())
        yield (
            f"  window {window.window}: {judged:,} looks with a verdict, {unjudged:,} without"
            + (f", {window.median_samples:,.0f} samples (median)" if judged else "")
        )
    yield ""
    yield from _episodes(model)
    if model.columns:
        yield ""
        yield from _indented(_column_table(model))
        yield from _last_look(model)
    yield from _false_alarms(model)


def _episodes(model: ModelReport) -> Iterator[str]:
    total = len(model.episodes) + model.episodes_left_out
    if not total:
        yield "  No drift at any look."
        return
    yield f"  Drift: {total:,} episodes"
    rows = [("", "column", "window", "from", "to", "peak debiased PSI")]
    for episode in sorted(model.episodes, key=lambda item: item.start)[:EPISODES_SHOWN]:
        end = "not ended" if episode.end is None else wording.moment(episode.end)
        rows.append((episode.group, episode.name, episode.window, wording.moment(episode.start), end,
                     wording.number(episode.peak)))  # fmt: skip
    yield from _indented(rows)
    if total > EPISODES_SHOWN:
        yield f"  and {total - EPISODES_SHOWN:,} more (--json has them)"


def _last_look(model: ModelReport) -> Iterator[str]:
    """Yield what each column's last look says: what changed, why it is not drift, and what could be seen."""
    yield ""
    yield f"  At the last look ({model.window}):"
    for column in model.columns:
        what = column.sentence or column.undecided or "no change that matters"
        yield f"  {column.name}: {what}; sees {column.smallest_change or 'nothing'}{_worth(column)}"
        if column.suggestion_note:
            yield f"  {column.name}: {column.suggestion_note}"
    for name, columns in model.other_windows.items():
        notable = [column for column in columns if column.sentence or column.undecided]
        yield f"  At the last look ({name}){':' if notable else ': no change that matters'}"
        for column in notable:
            yield f"  {column.name}: {column.sentence or column.undecided}"


def _worth(column: ColumnReport) -> str:
    """Return the band of natural variation, and what the samples are worth."""
    parts = [f"natural variation: debiased PSI up to {wording.number(column.band)}"] if column.band else []
    if column.effective_samples is not None:
        parts.append(f"samples worth {wording.count(column.effective_samples)}")
    return f" ({', '.join(parts)})" if parts else ""


def _column_table(model: ModelReport) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [
        ("", "column", f"peak in {model.window}", "drifted", "clean 99.9 %", "calm 99 %", "threshold", "suggested")
    ]
    ranked = sorted(model.columns, key=lambda column: -(column.peak or 0.0))
    rows += [
        (
            column.group, column.name, text.effect(column.peak), wording.share(column.drifted_share),
            text.effect(column.clean_quantile), text.effect(column.calm_quantile), wording.number(column.threshold),
            wording.number(column.suggested_threshold),
        )
        for column in ranked
    ]  # fmt: skip
    return rows


def _false_alarms(model: ModelReport) -> Iterator[str]:
    for clean in model.false_alarms:
        yield (
            f"  false alarms: {clean.alarms:,} of {clean.draws:,} clean windows of {clean.samples:,} samples "
            f"({clean.window}), {wording.share(clean.low) or '0%'} to {wording.share(clean.high)} with 95 % confidence"
        )


def _alerts(report: Report) -> Iterator[str]:
    assert report.alerts is not None
    if not report.alerts:
        yield "No alert of the rules would have fired."
        return
    yield f"Alerts of the rules: {len(report.alerts):,} times"
    rows: list[Sequence[str]] = [("alert", "severity", "from", "to", "labels")]
    for alert in report.alerts:
        end = "not ended" if alert.end is None else wording.moment(alert.end)
        shown = ", ".join(f"{name}={value}" for name, value in alert.labels.items() if name not in HIDDEN_LABELS)
        rows.append((alert.name, alert.labels.get("severity", ""), wording.moment(alert.start), end, shown))
    yield from _indented(rows)


# They route an alert, and say nothing about what it is about.
HIDDEN_LABELS = frozenset({"severity", "team", "category"})


def _indented(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
