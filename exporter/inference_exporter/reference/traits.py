"""The input of every trait, and the class of a trait itself."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ..arrays import Column, Floats
from ..config.schema import FeatureConfig
from ..samples.batch import POSITIVE, Batch
from .reference import ColumnReference, Reference

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LearningSamples:
    """The rows that a reference was made from, in order of arrival.

    `batch` holds them as a window would receive them. `times` are Unix seconds, ascending, or None if the order of the
    rows is unknown.
    """

    batch: Batch
    times: Floats | None = None
    settings: Mapping[str, FeatureConfig] = field(default_factory=dict)
    outcome: Column | None = None
    seasons: tuple[str, ...] = ()
    """The seasons to learn a reference for, as configured."""
    chosen_seasons: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The seasons that the data show, with the places of the columns that have them."""
    holidays: tuple[str, ...] = ()

    def values_of(self, column: ColumnReference) -> Column | None:
        """Return the values of a column of the reference; None if no row has any."""
        values = self.batch.column(column.group, column.name)
        if values is None and column.group == "score":
            return self.batch.scores.get(POSITIVE)  # the reference named a score that was sent without a class
        return values


Content = TypeVar("Content")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Record(Generic[Content]):
    """How a reference file stores what was learned under a key: the fields of a dataclass, as JSON, with a version."""

    key: str
    content: type[Content]
    version: int = 1
    upgrade: Callable[[Json], Json] = dict
    """Converts content of an earlier version to today's fields."""

    def to_json(self, learned: Content) -> dict[str, Any]:
        """Return the content for the file."""
        return {"version": self.version, **vars(learned)}

    def of(self, reference: Reference | None) -> Content | None:
        """Return the content of a reference; None if its rows did not show it, or a later release wrote it."""
        found = reference.traits.get(self.key) if reference else None
        if found is None:
            return None
        version = found.get("version", 1)
        if not isinstance(version, int):  # early releases wrote no version, and some of them names of features
            version = 1
        if version > self.version:
            log.warning(
                "reference %s: %r is of version %d: not used", reference and reference.version, self.key, version
            )
            return None
        if version < self.version:
            found = self.upgrade(found)
        return self.content(**{field: found[field] for field in self.content.__annotations__})


@dataclass(frozen=True)
class Trait(Generic[Content]):
    """One trait of references: `learn` returns None if the rows do not show it."""

    record: Record[Content]
    learn: Callable[[LearningSamples, Reference], Content | None]

    @property
    def key(self) -> str:
        """The key in a reference's traits."""
        return self.record.key

    def learned(self, samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
        """Return the content for the reference file."""
        content = self.learn(samples, reference)
        return None if content is None else self.record.to_json(content)
