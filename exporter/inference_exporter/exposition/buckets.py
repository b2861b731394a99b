"""Counts over the reference's buckets, which add up across a fleet of replicas."""

from collections.abc import Iterator, Sequence

from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, model_labels
from ._columns import bucket_labels, places


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    family = counter("model_feature_bucket_total", "Values in each bucket of the reference since the start.")
    for view in views:
        if view.grid is None or view.bucket_counts is None:
            continue
        texts = bucket_labels(view.grid, model_labels(view.key))
        for place, index in places(view.grid, "feature"):
            counts = view.bucket_counts[index].astype(int).tolist()
            family.add_all(texts[place], counts[: len(texts[place])])
    yield family


GROUP = ModelGroup("buckets", _families)
