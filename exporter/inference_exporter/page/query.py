"""Query: the parameters of the page's address, and links that change them.

Everything is a query parameter, so that names may contain any character, and
every link is relative, so that the page works behind a proxy under any path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from ..samples.batch import COLUMNS, ModelKey

COLUMN_GROUPS: tuple[str, ...] = tuple(COLUMNS)


@dataclass(frozen=True)
class Query:
    """One field per parameter, None if absent; an empty text can be a name."""

    model: str | None = None
    version: str | None = None
    variant: str | None = None
    window: str | None = None
    features: str | None = None
    """all: every feature, not only the first ones."""
    feature: str | None = None
    """One feature in depth."""
    prediction: str | None = None
    """The prediction in depth."""
    score: str | None = None
    """The score of one class in depth."""
    intermediate: str | None = None
    """The output of one component in depth."""
    action: str | None = None
    """The action in depth."""
    refresh: str | None = None
    """off: the page does not refresh itself."""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> "Query":
        """Return the query of an address; unknown parameters are ignored."""
        return cls(**{field.name: arguments.get(field.name) for field in fields(cls)})

    def link(self, **changes: str | None) -> str:
        """Return the address with some parameters changed; None removes a parameter."""
        # None is left out, an empty text kept: it can be a name.
        given = {key: value for key, value in vars(replace(self, **changes)).items() if value is not None}
        return "?" + urlencode(given)

    def link_to_model(self, key: Sequence[str]) -> str:
        """Return the address of a model, keeping the other parameters."""
        model, version, variant = key
        return Query(model, version, variant, self.window, refresh=self.refresh).link()

    def link_to_column(self, group: str, name: str) -> str:
        """Return the address of one column in depth."""
        # One column at a time: the parameter of the other groups goes.
        others: dict[str, str | None] = dict.fromkeys(COLUMN_GROUPS)
        return self.link(**others | {group: name})

    @property
    def column(self) -> tuple[str, str] | None:
        """Group and name of the column to show in depth, if any."""
        given: dict[str, Any] = vars(self)
        return next(((group, given[group]) for group in COLUMN_GROUPS if given[group] is not None), None)

    @property
    def names_a_model(self) -> bool:
        """Whether any part of a model's name is given."""
        return any(part is not None for part in (self.model, self.version, self.variant))

    def matches(self, key: ModelKey) -> bool:
        """Return whether a model matches every given part of the name."""
        wanted = (self.model, self.version, self.variant)
        return all(part is None or part == own for part, own in zip(wanted, key, strict=True))
