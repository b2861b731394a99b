"""Query: what a reader asked to see, as it stands in the address; and the links to ask for something else.

Everything is a query parameter and every link relative, so that any name can
be part of it and the page works behind a proxy under any path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from ..samples.batch import ModelKey

COLUMN_GROUPS = ("feature", "prediction", "score")


@dataclass(frozen=True)
class Query:
    """One parameter a field, None where it is not given; an empty text may be a name."""

    model: str | None = None
    version: str | None = None
    variant: str | None = None
    window: str | None = None
    features: str | None = None
    """all: every feature, not the first ones only."""
    feature: str | None = None
    """One feature in depth."""
    prediction: str | None = None
    """The prediction in depth."""
    score: str | None = None
    """The score of one class in depth."""
    refresh: str | None = None
    """off: the page stays as it is."""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "Query":
        """Return the query of an address; parameters that mean nothing to us are left aside."""
        return cls(**{field.name: arguments.get(field.name) for field in fields(cls)})

    def link(self, **changes: str | None) -> str:
        """Return the address with some parameters changed, and without those changed to None."""
        given = {key: value for key, value in vars(replace(self, **changes)).items() if value is not None}
        return "?" + urlencode(given)

    def link_to_model(self, key: Sequence[str]) -> str:
        """Return the address of a model, keeping how it is looked at."""
        model, version, variant = key
        return Query(model, version, variant, self.window, refresh=self.refresh).link()

    def link_to_column(self, group: str, name: str) -> str:
        """Return the address of one column in depth."""
        return self.link(**{**dict.fromkeys(COLUMN_GROUPS), group: name})

    @property
    def column(self) -> tuple[str, str] | None:
        """Group and name of the column asked for in depth, None where none is."""
        given: dict[str, Any] = vars(self)
        return next(((group, given[group]) for group in COLUMN_GROUPS if given[group] is not None), None)

    @property
    def names_a_model(self) -> bool:
        """Whether any part of a model's name is given."""
        return any(part is not None for part in (self.model, self.version, self.variant))

    def matches(self, key: ModelKey) -> bool:
        """Tell whether a model has every part of the name that is given."""
        wanted = (self.model, self.version, self.variant)
        return all(part is None or part == own for part, own in zip(wanted, key, strict=True))
