"""What every trait is learned from, and what the rest of the program knows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..arrays import Column, Floats
from ..config.schema import FeatureConfig
from ..samples.batch import POSITIVE, Batch
from .reference import ColumnReference, Reference


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


@dataclass(frozen=True)
class Trait:
    """One trait: `learn` returns its content as JSON writes it, None where the rows do not have it."""

    key: str
    learn: Callable[[LearningSamples, Reference], dict[str, Any] | None]
