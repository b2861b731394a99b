"""What every trait is learned from, and what the rest of the program knows of it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ..arrays import Column, Floats
from ..config.schema import FeatureConfig
from ..samples.batch import POSITIVE, Batch
from .reference import ColumnReference, Reference

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LearningSamples:
    """The rows that a reference was made of, in the order in which they came.

    `batch` holds them as a window would get them. `times` are Unix seconds, ascending, and None where the rows came in
    no known order.
    """

    batch: Batch
    times: Floats | None = None
    settings: Mapping[str, FeatureConfig] = field(default_factory=dict)
    outcome: Column | None = None
    seasons: tuple[str, ...] = ()
    """The seasons of which a reference of its own is wanted."""

    def values_of(self, column: ColumnReference) -> Column | None:
        """Return the values of a column of the reference, None where no row has any."""
        if column.group == "feature":
            return self.batch.features.get(column.name)
        if column.group == "prediction":
            return self.batch.prediction
        # A score that was sent without a class has got its name from the reference.
        return self.batch.scores.get(column.name, self.batch.scores.get(POSITIVE))


Content = TypeVar("Content")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Record(Generic[Content]):
    """How a reference file holds what was learned under a key: the fields of a dataclass, as JSON, with a version."""

    key: str
    content: type[Content]
    version: int = 1
    upgrade: Callable[[Json], Json] = dict
    """Turns what an earlier version wrote into the fields of today."""

    def to_json(self, learned: Content) -> dict[str, Any]:
        """Return what the file holds."""
        return {"version": self.version, **vars(learned)}

    def of(self, reference: Reference | None) -> Content | None:
        """Return what a reference holds; None where its rows did not show it, or a later release wrote it."""
        found = reference.traits.get(self.key) if reference else None
        if found is None:
            return None
        version = found.get("version", 1)
        if not isinstance(version, int):  # the first versions wrote none, and some of them names of features
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
    """One trait of references: `learn` returns None where the rows do not show it."""

    record: Record[Content]
    learn: Callable[[LearningSamples, Reference], Content | None]

    @property
    def key(self) -> str:
        """The key in a reference's traits."""
        return self.record.key

    def learned(self, samples: LearningSamples, reference: Reference) -> dict[str, Any] | None:
        """Return what the reference file shall hold."""
        content = self.learn(samples, reference)
        return None if content is None else self.record.to_json(content)
