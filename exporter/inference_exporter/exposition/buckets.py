"""Counts over the reference's buckets, which add up across a fleet of replicas."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, model_labels
from ._columns import bucket_texts, in_buckets


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    family = counter("model_feature_bucket_total", "Values in each bucket of the reference since the start.")
    for view in views:
        if view.grid is None or view.bucket_counts is None:
            continue
        # Counts since the start, not of a window: only counters add up over replicas that
        # started at different times, and `increase()` forms the window.
        counts = in_buckets(view.grid, view.bucket_counts).astype(np.int64)
        family.add_all(bucket_texts(view.grid, model_labels(view.key)), counts)
    yield family


GROUP = ModelGroup("buckets", _families)
