"""The models that a detector watches, with the detector's view of each."""

from collections.abc import Iterator, Sequence

from ..model.view import ModelView, Part


def with_part(views: Sequence[ModelView], kind: type[Part]) -> Iterator[tuple[ModelView, Part]]:
    """Yield the views that have a part of a type."""
    for view in views:
        part = view.part(kind)
        if part is not None:
            yield view, part
