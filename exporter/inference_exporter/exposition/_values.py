"""Labels of the features whose values are watched."""

from ..detectors.values.watch import Layout
from ._cache import cached_with_owner
from .labels import joined, labels


@cached_with_owner
def feature_texts(layout: Layout, base: str, window: str) -> tuple[str, ...]:
    """Return the labels of each feature."""
    extra = labels(window=window) if window else ""
    return tuple(joined(base, labels(feature=name), extra) for name in layout.features)
