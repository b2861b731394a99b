"""Explanation: what changed in one column of a window, in numbers and in one sentence."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..measures.quality import MEASURES as QUALITY
from ..model.view import HistogramView
from ..reference.buckets import BucketBounds, NumericBuckets
from ..reference.reference import ColumnReference
from ..samples.batch import Group
from .changes import Changes, changes_of
from .kinds import kind_decided, kind_of
from .moves import Move, Span, moves_of
from .sentence import SentenceParts, brief_of, main_move, quality_of, sentence_of
from .trend import trend_finding

VAGUE = frozenset({"", "shape", "mix"})  # where the verdict may know better


@dataclass(frozen=True)
class BeforeAfter:
    """A number of the reference and of the window; null if unknown."""

    reference: float
    window: float


@dataclass(frozen=True)
class Explanation:
    """The change of one column: which buckets moved, their shares before and after, and since when."""

    group: Group
    name: str
    kind: str
    """numeric or categorical."""
    drifted: bool | None
    """None if unknown."""
    change: str
    """The kind of change that explains most of the PSI, empty if it has not drifted."""
    moved: str
    """The most important move, in few words; empty if nothing moved clearly."""
    sentence: str
    samples: int
    """Samples of the window."""
    since_timestamp_seconds: float
    """Event time since which it has drifted, null if it has not."""
    decisive: str
    """The test that decided the verdict, empty if it has not drifted."""
    pvalue: float
    """Probability of a change at least this large at the last look if nothing drifted, over all tests."""
    psi: float
    psi_debiased: float
    mean: BeforeAfter
    stddev: BeforeAfter
    missing_ratio: BeforeAfter
    invalid_ratio: BeforeAfter
    unseen_ratio: BeforeAfter
    out_of_range_ratio: BeforeAfter
    new_categories: tuple[str, ...]
    """The most frequent categories that are not in the reference; only if `outliers.values` is ``all``."""
    moves: tuple[Move, ...]
    """The largest moves by contribution to PSI; neighbouring buckets that moved in the same direction are merged."""


@dataclass(frozen=True)
class Explained:
    """An explanation, and the buckets whose share its brief text gives."""

    index: int
    explanation: Explanation
    reported: tuple[int, ...]


NewCategories = Mapping[int, tuple[str, ...]]


def explain(
    histograms: HistogramView, indices: Sequence[int], new_categories: NewCategories | None = None
) -> list[Explained]:
    """Return explanations of some columns, in the given order; `new_categories` are names by column, if known."""
    reading = _Reading(histograms, new_categories or {})
    return [reading.of(index) for index in indices]


class _Reading:
    """Data that the explanations of one window share, computed for all columns at once."""

    def __init__(self, histograms: HistogramView, new_categories: NewCategories) -> None:
        self._histograms = histograms
        self._new_categories = new_categories
        # One computation for all columns: a page explains many, and arrays cost the same as single rows.
        self._changes: Changes = changes_of(histograms.comparison)
        self._means, self._stddevs = histograms.mean_and_stddev
        self._quality = {key: measure.compute(histograms.quality) for key, measure in QUALITY.items()}

    def of(self, index: int) -> Explained:
        """Return the explanation of one column."""
        histograms, column = self._histograms, self._histograms.grid.columns[index]
        buckets, verdict = column.buckets, float(histograms.drifted[index])
        moves = moves_of(self._changes, index, column.bounds)
        numeric = buckets if isinstance(buckets, NumericBuckets) else None
        # Only of drifted columns: the largest of noise has no kind.
        change = self._change(index, buckets.bounds, numeric) if verdict == 1 else ""
        parts = self._sentence_parts(index, column, change, list(moves))
        return Explained(
            index,
            Explanation(
                group=column.group,
                name=column.name,
                kind="categorical" if numeric is None else "numeric",
                drifted=None if math.isnan(verdict) else verdict == 1,
                change=change,
                moved=brief_of(parts),
                sentence=sentence_of(parts),
                samples=histograms.samples,
                since_timestamp_seconds=parts.since,
                decisive=histograms.decisive[index],
                pvalue=float(histograms.pvalues[index]),
                psi=float(histograms.drift["psi"][index]),
                psi_debiased=float(histograms.drift["psi_debiased"][index]),
                mean=BeforeAfter(column.mean, float(self._means[index])),
                stddev=BeforeAfter(column.stddev, float(self._stddevs[index])),
                missing_ratio=BeforeAfter(*self._shares("missing_ratio", index)),
                invalid_ratio=BeforeAfter(*self._shares("invalid_ratio", index)),
                unseen_ratio=BeforeAfter(*self._shares("unseen_ratio", index)),
                out_of_range_ratio=BeforeAfter(*self._shares("out_of_range_ratio", index)),
                new_categories=parts.new_categories,
                moves=tuple(moves),
            ),
            self._reported(index, change, moves),
        )

    def _reported(self, index: int, change: str, moves: Mapping[Move, Span]) -> tuple[int, ...]:
        """Return the buckets whose share the brief text gives."""
        fault = _places_of(quality_of(change), self._histograms.grid.columns[index])
        return fault or (tuple(range(*moves[main_move(list(moves))])) if moves else ())

    def _change(self, index: int, bounds: tuple[BucketBounds, ...], numeric: NumericBuckets | None) -> str:
        change = kind_of(self._changes, index, bounds, numeric)
        invalid, unseen = (self._shares(key, index)[1] for key in ("invalid_ratio", "unseen_ratio"))
        if change == "unseen" and invalid > unseen:  # invalid categories share a bucket with unseen ones
            return "invalid_up"
        if change in VAGUE:
            return kind_decided(self._histograms.decisive[index], self._changes, index, bounds, numeric)
        return change

    def _shares(self, key: str, index: int) -> tuple[float, float]:
        """Return the share of a kind of values in the baseline and in the window."""
        places = list(_places_of(key, self._histograms.grid.columns[index]))
        before, after = self._changes.reference[index], float(self._quality[key][index])
        if math.isnan(after) or not before.any():
            return math.nan, after
        return float(before[places].sum() / before.sum()), after

    def _sentence_parts(self, index: int, column: ColumnReference, change: str, moves: Sequence[Move]) -> SentenceParts:
        fault = quality_of(change)
        return SentenceParts(
            group=column.group,
            name=column.name,
            verdict=float(self._histograms.drifted[index]),
            change=change,
            moves=moves,
            fault=self._shares(fault, index) if fault in self._quality else None,
            range=column.range,
            means=(column.mean, float(self._means[index])),
            since=float(self._histograms.since[index]),
            new_categories=self._new_categories.get(index, ()),
            samples=self._histograms.samples,
            trend=trend_finding(self._histograms, index),
        )


def _places_of(fault: str, column: ColumnReference) -> tuple[int, ...]:
    """Return the exposed buckets that hold a kind of faulty values; empty if the column cannot have it."""
    buckets, last = column.buckets, len(column.buckets.bounds) - 1
    if fault == "missing_ratio":
        return (last,)
    if fault == "out_of_range_ratio":
        return (0, last - 2) if isinstance(buckets, NumericBuckets) and last > 2 else ()
    # Invalid categories share a bucket with unseen ones.
    return (last - 1,) if fault in ("invalid_ratio", "unseen_ratio") else ()
