"""The reference, bucket by bucket: it rarely changes, so /metrics/reference allows a slower scrape."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from ..arrays import Floats
from ..measures.drift import PRIOR_COUNT
from ..model.view import ModelView
from ..reference.buckets import BucketBounds, NumericBuckets
from ..reference.grid import Grid
from ..reference.reference import ColumnReference
from ..samples.labels import LABEL_LENGTH_AT_MOST
from ._base import Family, ModelGroup, gauge, joined, labels, model_labels
from ._blocks import Block, LabelTexts
from ._cache import cached_with_owner
from ._columns import bucket_texts, indexes, label_texts


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
        for family, block in zip((ratio, info, span, samples), _blocks(grid, model_labels(view.key)), strict=True):
            family.add_all(*block)
    yield from (ratio, info, span, samples)


@cached_with_owner
def _blocks(grid: Grid, base: str) -> tuple[Block, Block, Block, Block]:
    """Return the series of one model by family, made once, because a reference never changes."""
    features = indexes(grid, "feature")
    columns = [grid.columns[index] for index in features.tolist()]
    # Shared by ratio and span, so their lines for a family are made from one tuple of labels.
    texts = bucket_texts(grid, base)
    ends = np.cumsum([0, *grid.n_buckets[features].tolist()]).tolist()
    of_each = [texts[start:end] for start, end in pairwise(ends)]
    version = labels(reference_version=grid.reference.version)
    sized = LabelTexts(joined(base, labels(feature=column.name), version) for column in columns)
    described = LabelTexts(
        joined(text, _described(bounds))
        for column, own in zip(columns, of_each, strict=True)
        for text, bounds in zip(own, column.buckets.bounds, strict=True)
    )
    samples = np.array([int(column.counts.sum()) for column in columns], dtype=np.int64)
    return (
        Block(texts, _ratios(grid)),
        Block(described, np.ones(len(described), dtype=np.int64)),
        _span_block(columns, of_each),
        Block(sized, samples),
    )


def _ratios(grid: Grid) -> Floats:
    """Return the smoothed share of each bucket of each feature."""
    # Smoothed as in the PSI, so that PromQL over these shares and bucket counts arrives at the same PSI.
    counts = grid.fold(grid.reference_counts()) + PRIOR_COUNT
    of_features = [counts[index, : grid.n_buckets[index]] for index in indexes(grid, "feature").tolist()]
    return np.concatenate([np.empty(0), *(own / own.sum() for own in of_features)])


def _span_block(columns: Sequence[ColumnReference], of_each: Sequence[Sequence[str]]) -> Block:
    texts: list[str] = []
    spans: list[float] = []
    for column, own in zip(columns, of_each, strict=True):
        # Without spread there is no unit to measure the distance in.
        if isinstance(column.buckets, NumericBuckets) and column.stddev > 0:
            texts += own[: len(column.buckets.exposed) + 1]
            spans += _spans(column, column.buckets)
    return Block(LabelTexts(texts), np.array(spans, dtype=np.float64))


def _described(bounds: BucketBounds) -> str:
    return labels(lower=_bound(bounds.lower), upper=_bound(bounds.upper), category=_short(bounds.category))


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
        # One series even while learning, so "no reference" is a value that a query can select.
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
        for family, block in zip((missing, mean, stddev), _moments(grid, model_labels(view.key)), strict=True):
            family.add_all(*block)
    yield from (missing, mean, stddev)


@cached_with_owner
def _moments(grid: Grid, base: str) -> tuple[Block, Block, Block]:
    columns = [grid.columns[index] for index in indexes(grid, "feature").tolist()]
    numeric = [grid.columns[index] for index in indexes(grid, "feature", "numeric").tolist()]
    # The last cell of each column counts missing values.
    missing = np.array([column.counts[-1] / column.counts.sum() for column in columns], dtype=np.float64)
    texts = label_texts(grid, "feature", base, "", "numeric")
    return (
        Block(label_texts(grid, "feature", base, ""), missing),
        Block(texts, np.array([column.mean for column in numeric], dtype=np.float64)),
        Block(texts, np.array([column.stddev for column in numeric], dtype=np.float64)),
    )


def _with_grid(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, Grid]]:
    return ((view, view.grid) for view in views if view.grid is not None)


# Slow: with 100 features these are most of the lines of a scrape, and they change only with the reference.
GROUP = ModelGroup("reference_buckets", _families, slow=True)
SUMMARY = ModelGroup("reference", _summary)
