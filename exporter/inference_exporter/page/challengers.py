"""The versions of a model side by side, a challenger against its champion, and what changed, as tables."""

from collections.abc import Iterator, Sequence

from ..explain.formatting import count, number, share
from ..explain.versions import champion_of, changes_between
from ..model.comparison import KEEP, PROMOTE, ComparisonView
from ..model.view import ModelView, WindowView
from .tables import Table

VERDICTS = {PROMOTE: "promote the challenger", KEEP: "keep the champion"}
UNKNOWN = "unknown"


def challenger_tables(view: ModelView, window: WindowView, views: Sequence[ModelView]) -> Iterator[Table]:
    """Yield the comparison of a challenger, what changed, and the versions of the model if there are several."""
    # Also without a comparison: what changed is configured, and known before the first request.
    champion = champion_of(view, views)
    if view.comparison is not None:
        yield _comparison(view.comparison, window)
        if view.comparison.confusion:
            yield _predictions(view.comparison)
    if champion is not None:
        yield _changes(view, champion)
    versions = [each for each in views if each.key.model == view.key.model]
    if len(versions) > 1:
        yield _side_by_side(versions, window.name)


def _comparison(comparison: ComparisonView, window: WindowView) -> Table:
    mean, lower, upper = comparison.gain
    recent = comparison.windows.get(window.name)
    after = f" after {count(comparison.decided_after)} outcomes" if comparison.decided_after else ""
    rows = [
        (
            "Verdict",
            f"{VERDICTS.get(comparison.verdict, 'not yet')}{after}; wrong with {share(comparison.error)} at most",
        ),
        ("Requests that both answered", count(comparison.pairs)),
        ("Agreement since the start", share(comparison.agreeing / comparison.pairs) if comparison.pairs else UNKNOWN),
        (f"Agreement, last {window.name}", (share(recent.agreement) if recent else "") or UNKNOWN),
        ("With an outcome", count(comparison.judged)),
        ("Only the challenger better", count(comparison.wins)),
        ("Only the champion better", count(comparison.losses)),
        ("Mean improvement", f"{number(mean)} ({number(lower)} to {number(upper)})" if number(mean) else UNKNOWN),
        ("McNemar's p-value", number(comparison.pvalue) or UNKNOWN),
    ]
    champion = comparison.champion
    return Table(
        f"Against the champion, version {champion.version}", "On the requests that both answered.", ("", ""), rows
    )


def _predictions(comparison: ComparisonView) -> Table:
    rows = [(champion, challenger, count(n)) for (champion, challenger), n in comparison.confusion.items()]
    return Table("Predictions of both", "Since the start.", ("Champion", "Challenger", "Pairs"), rows)


def _changes(view: ModelView, champion: ModelView) -> Table:
    rows = [(change.key, change.champion, change.challenger) for change in changes_between(champion, view)]
    return Table("What changed", "As configured.", ("", "Champion", "Challenger"), rows)


def _side_by_side(versions: Sequence[ModelView], name: str) -> Table:
    rows = []
    for view in versions:
        # Versions have the same windows, except for a moment during a reload.
        window = next((each for each in view.windows if each.name == name), None)
        if window is not None:
            rows.append((f"{view.key.version} ({view.key.variant})", *_traffic(window)))
    columns = ("Version", "Samples", "Errors", "Median latency", "95% latency", "Outcomes")
    return Table("Versions side by side", f"In the last {name}; latency in seconds.", columns, rows)


def _traffic(window: WindowView) -> tuple[str, ...]:
    quantiles = window.latency_quantiles
    errors = share(window.errors / window.samples) if window.samples else UNKNOWN
    latencies = tuple(number(quantiles[quantile]) or UNKNOWN for quantile in (0.5, 0.95))
    return count(window.samples), errors, *latencies, count(window.outcomes)
