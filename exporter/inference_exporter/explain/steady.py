"""Steady: explanations as labels, kept from changing with every scrape because each new text is a new series.

A text stays unchanged until there is news: a new verdict, or a share that moved
by more than five points, to more than twice or to less than half of the share
reported. The order of features stays until one matters clearly more. At most
`COLUMNS_REPORTED` columns of each kind are reported at once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..model.view import HistogramView
from ..reference.grid import Grid
from .explanation import Explained, explain
from .formatting import formatted
from .ranking import TOP_FEATURES, impacts_of

COLUMNS_REPORTED = 50
POINTS = 0.05
FACTOR = 2.0
SMALLEST_SHARE = 0.005  # below this, even twice as much is negligible
CLEARLY_MORE = 1.2


@dataclass(frozen=True)
class Report:
    """The last explanation of a column: the labels, and the share they report."""

    change: str
    moved: str
    since: str
    buckets: tuple[int, ...]
    share: float


@dataclass(frozen=True, eq=False)
class Memory:
    """The last explanations of one window: by column, and the features that mattered most; for one grid only."""

    grid: Grid | None = None
    reports: Mapping[int, Report] = field(default_factory=dict)
    top: tuple[int, ...] = ()


def reports_now(memory: Mapping[int, Report], histograms: HistogramView, drifted: Sequence[int]) -> dict[int, Report]:
    """Return explanations of the drifted columns, given by descending impact; few, and rarely changed."""
    before = [index for index in drifted if index in memory]
    others = [index for index in drifted if index not in memory]
    chosen = [*before, *others][:COLUMNS_REPORTED]
    stale = [index for index in chosen if index not in memory or _is_news(memory[index], histograms, index)]
    anew = {
        explained.index: _report(explained, histograms) for explained in (explain(histograms, stale) if stale else ())
    }
    return {index: anew[index] if index in anew else memory[index] for index in sorted(chosen)}


def top_now(memory: Sequence[int], histograms: HistogramView, drifted: Sequence[int]) -> tuple[int, ...]:
    """Return the drifted features that matter most; one passes another only if it matters clearly more."""
    impacts = impacts_of(histograms)
    lead = {index: CLEARLY_MORE ** (len(memory) - place) for place, index in enumerate(memory)}
    return tuple(sorted(drifted, key=lambda index: -impacts[index] * lead.get(index, 1.0))[:TOP_FEATURES])


def _report(explained: Explained, histograms: HistogramView) -> Report:
    why = explained.explanation
    since = formatted(why.since_timestamp_seconds, "%Y-%m-%dT%H:%MZ")
    share = _share(histograms, explained.index, explained.reported)
    return Report(why.change, why.moved, since, explained.reported, share)


def _is_news(last: Report, histograms: HistogramView, index: int) -> bool:
    if last.since != formatted(float(histograms.since[index]), "%Y-%m-%dT%H:%MZ"):
        return True
    before, now = last.share, _share(histograms, index, last.buckets)
    low, high = sorted((max(before, SMALLEST_SHARE), max(now, SMALLEST_SHARE)))
    return abs(now - before) > POINTS or high > FACTOR * low


def _share(histograms: HistogramView, index: int, buckets: Sequence[int]) -> float:
    window = histograms.comparison.window[index]
    # A verdict stands until the next look, when its window may be empty: unknown is not news.
    return float(window[list(buckets)].sum() / window.sum()) if window.any() else math.nan
