"""Counts over the reference's own buckets, mergeable over a fleet of replicas."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..model.view import ModelView
from ..reference.grid import Grid
from ._base import Family, ModelGroup, counter
from .drift import places
from .labels import joined, labels, model_labels


@lru_cache(maxsize=1024)
def bucket_labels(base: str, grid: Grid) -> tuple[tuple[str, ...], ...]:
    """Return, for each feature, the labels of each of its buckets."""
    return tuple(
        tuple(
            joined(
                base,
                labels(feature=grid.columns[index].name, bucket=f"{bucket:02d}"),
                labels(reference_version=grid.reference.version),
            )
            for bucket in range(int(grid.n_buckets[index]))
        )
        for _, index in places(grid, "feature")
    )


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    family = counter("model_feature_bucket_total", "Values since the start in each bucket of the reference.")
    for view in views:
        if view.grid is None or view.bucket_counts is None:
            continue
        texts = bucket_labels(model_labels(view.key), view.grid)
        for place, index in places(view.grid, "feature"):
            counts = view.bucket_counts[index].astype(int).tolist()
            family.add_all(texts[place], counts[: len(texts[place])])
    yield family


GROUP = ModelGroup("buckets", _families)
