"""The reference, bucket by bucket: it rarely changes, so /metrics/reference allows a slower scrape."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..arrays import Floats
from ..measures.drift._base import PRIOR_COUNT
from ..model.view import ModelView
from ..reference.buckets import NumericBuckets
from ..reference.grid import Grid
from ..reference.reference import ColumnReference
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ._base import Family, ModelGroup, Series, gauge, joined, labels, model_labels
from ._cache import cached_with_owner
from ._columns import bucket_labels, places


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    ratio = gauge("model_feature_reference_ratio", "Smoothed share of the reference in each bucket.")
    info = gauge(
        "model_feature_bucket_info", "Always 1; the labels describe a bucket: lower <= value < upper, or a category."
    )
    span = gauge(
        "model_feature_bucket_span_ratio",
        "Distance from the middle of a bucket to that of the next, in reference standard deviations.",
    )
    samples = gauge("model_feature_reference_samples", "Samples in the reference.")
    for view, grid in _with_grid(views):
        for family, series in zip((ratio, info, span, samples), _series(grid, model_labels(view.key)), strict=True):
            family.series += series
    yield from (ratio, info, span, samples)


@cached_with_owner
def _series(grid: Grid, base: str) -> tuple[tuple[Series, ...], ...]:
    """Return the series of one model, made once, because a reference never changes."""
    ratio, info, span, samples = (gauge(name, "") for name in ("ratio", "info", "span", "samples"))
    texts = bucket_labels(grid, base)
    folded = grid.fold(grid.reference_counts())
    for place, index in places(grid, "feature"):
        column = grid.columns[index]
        counts = folded[index, : len(texts[place])] + PRIOR_COUNT
        ratio.add_all(texts[place], (counts / counts.sum()).tolist())
        for text, bounds in zip(texts[place], column.buckets.bounds, strict=True):
            lower, upper = _bound(bounds.lower), _bound(bounds.upper)
            info.add(joined(text, labels(lower=lower, upper=upper, category=_short(bounds.category))), 1)
        if isinstance(column.buckets, NumericBuckets) and column.stddev > 0:
            span.add_all(texts[place][: len(column.buckets.exposed) + 1], _spans(column, column.buckets))
        name = labels(feature=column.name, reference_version=grid.reference.version)
        samples.add(joined(base, name), int(column.counts.sum()))
    return tuple(tuple(family.series) for family in (ratio, info, span, samples))


def _short(category: str) -> str:
    """Return a category clipped for a label; the bucket's index distinguishes equal beginnings."""
    return category if len(category) <= LABEL_LENGTH_AT_MOST else category[: LABEL_LENGTH_AT_MOST - 1] + "…"


def _bound(value: float | None) -> str:
    if value is None:
        return ""
    return {np.inf: "+Inf", -np.inf: "-Inf"}.get(value, repr(float(value)))


def _spans(column: ColumnReference, buckets: NumericBuckets) -> list[float]:
    """Return the distance of each range to the next; outer ranges stand at the extremes, the last is omitted."""
    edges: Floats = buckets.cuts[buckets.exposed]
    middles = np.concatenate([[edges[0]], (edges[:-1] + edges[1:]) / 2, [edges[-1]]])
    return [*(np.diff(middles) / column.stddev).tolist(), 0.0]


def _summary(views: Sequence[ModelView]) -> Iterator[Family]:
    info = gauge(
        "model_reference_info",
        "Always 1; the labels identify the reference and its source: file, learned, or learning.",
    )
    samples = gauge("model_reference_samples", "Samples in the reference.")
    made = gauge("model_reference_timestamp_seconds", "Time at which the reference was made.")
    learned = gauge("model_reference_learning_ratio", "Learned fraction of the reference; 1 once frozen.")
    features = gauge("model_features", "Features in the reference.")
    unknown = gauge("model_unknown_features", "Number of feature names in the traffic that are not in the reference.")
    for view in views:
        base, reference = model_labels(view.key), view.reference
        version = reference.version if reference else ""
        info.add(joined(base, labels(reference_version=version, source=view.reference_source)), 1)
        learned.add(base, min(view.learning_ratio, 1.0))
        unknown.add(base, len(view.unknown_features))
        if reference:
            samples.add(base, reference.rows)
            made.add(base, reference.created)
            features.add(base, len(reference.of_group("feature")))
    yield from (info, samples, made, learned, features, unknown)
    yield from _feature_summary(views)


def _feature_summary(views: Sequence[ModelView]) -> Iterator[Family]:
    missing = gauge("model_feature_reference_missing_ratio", "Share of missing values in the reference.")
    mean = gauge("model_feature_reference_mean", "Mean of the reference's finite values.")
    stddev = gauge("model_feature_reference_stddev", "Standard deviation of the reference's finite values.")
    for view, grid in _with_grid(views):
        for _, index in places(grid, "feature"):
            column = grid.columns[index]
            text = joined(model_labels(view.key), labels(feature=column.name))
            missing.add(text, float(column.counts[-1] / column.counts.sum()))
            if column.numeric:
                mean.add(text, column.mean)
                stddev.add(text, column.stddev)
    yield from (missing, mean, stddev)


def _with_grid(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, Grid]]:
    return ((view, view.grid) for view in views if view.grid is not None)


GROUP = ModelGroup("reference_buckets", _families, slow=True)
SUMMARY = ModelGroup("reference", _summary)
