"""Columns: each feature, the prediction and each score of a window, compared with the reference."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..explain.undecided import effective_samples, natural_psi, undecided, visible
from ..measures.quality import MEASURES as QUALITY_MEASURES
from ..model.view import HistogramView
from ..reference.reference import ColumnReference
from ..samples.batch import Group


@dataclass(frozen=True)
class BucketSummary:
    """One bucket: a range (lower <= value < upper, null if unbounded) or a category; ratios are not smoothed."""

    lower: float | None
    upper: float | None
    category: str
    reference_count: int
    window_count: int
    reference_ratio: float
    window_ratio: float


@dataclass(frozen=True)
class ColumnSummary:
    """One column of a window: its verdict, drift measures, quality problems and histogram."""

    group: Group
    name: str
    kind: str
    """numeric or categorical."""
    drifted: bool | None
    """None if unknown."""
    since_timestamp_seconds: float
    """Event time since which it has drifted, null if it has not."""
    pvalue: float
    """Probability of a change at least this large at the last look if nothing drifted, over all tests."""
    decisive: str
    """The test that decided the verdict of a drifted column, else empty."""
    undecided: str
    """Why its largest change is not drift, in words; empty if it drifted or nothing reaches a threshold."""
    smallest_change: str
    """The smallest changes that a look at so many samples names with 90 % power, in words."""
    drift: Mapping[str, float]
    psi_critical: float
    psi_natural: float
    """Debiased PSI that natural variation alone explains; null if the reference shows none."""
    effective_samples: float
    """Independent samples that those of the window are worth."""
    threshold: float
    quality: Mapping[str, float]
    reference_missing_ratio: float
    mean: float
    stddev: float
    reference_mean: float
    reference_stddev: float
    buckets: tuple[BucketSummary, ...]


def index_of(histograms: HistogramView, group: str, name: str) -> int | None:
    """Return the index of a column, None if it does not exist."""
    # Group and name together: a feature may be called like the prediction.
    found = (i for i, column in enumerate(histograms.grid.columns) if (column.group, column.name) == (group, name))
    return next(found, None)


def column_summaries(histograms: HistogramView, indices: Sequence[int]) -> list[ColumnSummary]:
    """Return summaries of some columns, in the given order."""
    quality = {key: measure.compute(histograms.quality) for key, measure in QUALITY_MEASURES.items()}
    means, stddevs = histograms.mean_and_stddev
    summaries = []
    for index in indices:
        column, verdict = histograms.grid.columns[index], float(histograms.drifted[index])
        summaries.append(
            ColumnSummary(
                group=column.group,
                name=column.name,
                kind="numeric" if column.numeric else "categorical",
                drifted=None if math.isnan(verdict) else verdict == 1,
                since_timestamp_seconds=float(histograms.since[index]),
                pvalue=float(histograms.pvalues[index]),
                decisive=histograms.decisive[index],
                undecided=undecided(histograms, index),
                smallest_change=visible(histograms, index),
                drift={key: float(values[index]) for key, values in histograms.drift.items()},
                psi_critical=float(histograms.psi_critical[index]),
                psi_natural=natural_psi(histograms, index),
                effective_samples=effective_samples(histograms, index),
                threshold=float(histograms.thresholds[index]),
                quality={key: float(values[index]) for key, values in quality.items() if not _impossible(key, column)},
                reference_missing_ratio=float(column.counts[-1] / column.counts.sum()),
                mean=float(means[index]),
                stddev=float(stddevs[index]),
                reference_mean=column.mean,
                reference_stddev=column.stddev,
                buckets=_buckets(histograms, index),
            )
        )
    return summaries


def _impossible(quality: str, column: ColumnReference) -> bool:
    """Return whether a problem cannot occur: numbers cannot be unseen, categories cannot be out of range."""
    return quality == ("unseen_ratio" if column.numeric else "out_of_range_ratio")


def _buckets(histograms: HistogramView, index: int) -> tuple[BucketSummary, ...]:
    bounds = histograms.grid.columns[index].bounds
    reference = histograms.comparison.reference[index, : len(bounds)]
    window = histograms.comparison.window[index, : len(bounds)]
    with np.errstate(invalid="ignore"):  # an empty window has no shares
        ratios = (reference / reference.sum()).tolist(), (window / window.sum()).tolist()
    return tuple(
        BucketSummary(*bound.ends, bound.category, int(n), int(m), p, q)
        for bound, n, m, p, q in zip(bounds, reference.tolist(), window.tolist(), *ratios, strict=True)
    )
