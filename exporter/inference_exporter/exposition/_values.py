"""The models whose values are watched, and the labels of their features."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..detectors.values.watch import Layout, ValuesView
from ..model.view import ModelView
from .labels import joined, labels


@lru_cache(maxsize=4096)
def feature_texts(base: str, window: str, layout: Layout) -> tuple[str, ...]:
    """Return the labels of each feature, written once and kept while the reference lives."""
    extra = labels(window=window) if window else ""
    return tuple(joined(base, labels(feature=name), extra) for name in layout.features)


def parts_of(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, ValuesView]]:
    """Yield the models whose values are watched."""
    for view in views:
        part = view.parts.get("values")
        if isinstance(part, ValuesView):
            yield view, part
