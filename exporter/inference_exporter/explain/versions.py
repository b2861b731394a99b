"""What changed between two versions of a model, from their metadata in the configuration."""

from collections.abc import Sequence
from typing import NamedTuple

from ..model.view import ModelView


class Change(NamedTuple):
    """One difference; a value is empty where it is not configured."""

    key: str
    champion: str
    challenger: str


def champion_of(view: ModelView, views: Sequence[ModelView]) -> ModelView | None:
    """Return the view of the champion that a challenger is compared with."""
    comparison = view.comparison
    return next((each for each in views if comparison and each.key == comparison.champion), None)


def changes_between(champion: ModelView, challenger: ModelView) -> list[Change]:
    """Return what differs in version, framework, reference and metadata, in the order of the challenger."""
    before, now = _described(champion), _described(challenger)
    # What the champion alone has comes last.
    keys = [*now, *(key for key in before if key not in now)]
    return [
        Change(key, before.get(key, ""), now.get(key, "")) for key in keys if before.get(key, "") != now.get(key, "")
    ]


def _described(view: ModelView) -> dict[str, str]:
    own = {
        "version": view.key.version,
        "framework": view.config.framework,
        "reference_version": view.reference.version if view.reference else "",
    }
    return {**own, **view.config.metadata}
