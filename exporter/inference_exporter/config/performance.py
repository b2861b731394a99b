"""What is asked of realised performance; each default and each rule stands next to its value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .rules import Share, require


@dataclass(frozen=True)
class PerformanceConfig:
    """How much worse than on the reference is still no concept drift, and what each prediction is worth.

    `accuracy_tolerance` is in points of accuracy, `error_tolerance` a share of the mean absolute error. `costs` holds,
    by outcome and then by prediction, the cost of a case; a gain is negative, and what is not listed costs nothing.
    """

    # In points: about what an accuracy near 0.9 varies between test sets of a thousand rows.
    accuracy_tolerance: Share = 0.02
    error_tolerance: float = 0.1
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tolerance = self.accuracy_tolerance
        require(0 <= tolerance < 1, "accuracy_tolerance", "a number from 0, below 1", tolerance)
        finite = 0 <= self.error_tolerance < float("inf")
        require(finite, "error_tolerance", "a number, 0 or more", self.error_tolerance)
