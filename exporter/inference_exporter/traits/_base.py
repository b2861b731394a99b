"""What every trait is learned from, and what the rest of the program knows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..batch import Batch, Column, Floats
from ..config import FeatureConfig
from ..reference import Reference


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


@dataclass(frozen=True)
class Trait:
    """One trait: `learn` returns its content as JSON writes it, None where the rows do not have it."""

    key: str
    learn: Callable[[LearningSamples, Reference], dict[str, Any] | None]
