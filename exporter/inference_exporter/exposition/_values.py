"""Labels of the features whose values are watched."""

from functools import lru_cache

from ..detectors.values.watch import Layout
from .labels import joined, labels


@lru_cache(maxsize=4096)
def feature_texts(base: str, window: str, layout: Layout) -> tuple[str, ...]:
    """Return the labels of each feature, cached for the lifetime of the reference."""
    extra = labels(window=window) if window else ""
    return tuple(joined(base, labels(feature=name), extra) for name in layout.features)
