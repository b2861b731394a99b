"""Slices of traffic and their fairness; each default and each rule stands next to its value."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .rules import require

# Each value is a slice with counts in every window, and several series.
VALUES_AT_MOST = 20


@dataclass(frozen=True)
class SliceConfig:
    """Slices by the values of one column: those listed, ranges between bounds, or as in the reference.

    A `sensitive` column is also measured for fairness, against the group `privileged`.
    """

    of: Literal["feature", "tag"] = "feature"
    values: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    sensitive: bool = False
    privileged: str | None = None

    def __post_init__(self) -> None:
        most = f"at most {VALUES_AT_MOST} different values"
        require(len(self.values) <= VALUES_AT_MOST and len(set(self.values)) == len(self.values), "values", most,
                len(self.values))  # fmt: skip
        ascending = len(self.bounds) < VALUES_AT_MOST and all(low < high for low, high in pairwise(self.bounds))
        require(ascending, "bounds", f"fewer than {VALUES_AT_MOST} ascending numbers", list(self.bounds))
        # Bounds make a number of the column, values a text of it.
        require(not (self.values and self.bounds), "bounds", "values or bounds, not both", list(self.bounds))


@dataclass(frozen=True)
class FairnessConfig:
    """What is fair: `favourable` is the class that people want; smaller groups are not compared."""

    favourable: str | None = None
    minimum_samples: int = 100

    def __post_init__(self) -> None:
        require(self.minimum_samples >= 1, "minimum_samples", "at least 1", self.minimum_samples)


@dataclass(frozen=True)
class WorstSlicesConfig:
    """The search for the worst slices: over how many features (0: off), and what a slice must have."""

    features: int = 0
    minimum_outcomes: int = 50

    def __post_init__(self) -> None:
        require(0 <= self.features <= 50, "features", "a number from 0 to 50", self.features)
        # The normal approximation of the test needs some losses in each slice.
        require(self.minimum_outcomes >= 20, "minimum_outcomes", "at least 20", self.minimum_outcomes)
