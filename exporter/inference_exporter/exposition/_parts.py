"""The views of a detector, and labels of the features that it watches."""

from collections.abc import Iterator, Sequence

from ..detectors.values.watch import Layout
from ..model.view import ModelView, Part
from ._base import joined, labels
from ._blocks import LabelTexts
from ._cache import cached_with_owner


def with_part(views: Sequence[ModelView], kind: type[Part]) -> Iterator[tuple[ModelView, Part]]:
    """Yield the views that have a part of a type."""
    for view in views:
        part = view.part(kind)
        if part is not None:
            yield view, part


@cached_with_owner
def feature_texts(layout: Layout, base: str, window: str) -> LabelTexts:
    """Return the labels of each feature."""
    extra = labels(window=window) if window else ""
    return LabelTexts(joined(base, labels(feature=name), extra) for name in layout.features)
