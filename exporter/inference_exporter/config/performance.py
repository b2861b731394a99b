"""What is asked of realised performance; each default and each rule stands next to its value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .rules import Share, require

LEVELS_AT_MOST = 10  # each is as many series again


@dataclass(frozen=True)
class PerformanceConfig:
    """How much worse than on the reference is still no concept drift, and what each prediction is worth.

    `accuracy_tolerance` is in points of accuracy, `error_tolerance` a share of the mean absolute error. `costs` holds,
    by outcome and then by prediction, the cost of a case; a gain is negative, and what is not listed costs nothing.
    `quantiles` are the levels of the quantiles of errors, and of the pinball loss; `top_k` how many of the highest
    scores may hold the outcome.
    """

    # In points: about what an accuracy near 0.9 varies between test sets of a thousand rows.
    accuracy_tolerance: Share = 0.02
    error_tolerance: float = 0.1
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    # Not in `repr`, by which a snapshot knows the configuration that it fits: state serves any levels.
    quantiles: tuple[Share, ...] = field(default=(0.05, 0.5, 0.95), repr=False)
    top_k: tuple[int, ...] = field(default=(1, 3, 5), repr=False)

    def __post_init__(self) -> None:
        tolerance = self.accuracy_tolerance
        require(0 <= tolerance < 1, "accuracy_tolerance", "a number from 0, below 1", tolerance)
        finite = 0 <= self.error_tolerance < float("inf")
        require(finite, "error_tolerance", "a number, 0 or more", self.error_tolerance)
        require(len(self.quantiles) <= LEVELS_AT_MOST, "quantiles", f"at most {LEVELS_AT_MOST} levels", self.quantiles)
        for level in self.quantiles:
            require(0 < level < 1, "quantiles", "levels between 0 and 1", level)
        require(len(self.top_k) <= LEVELS_AT_MOST, "top_k", f"at most {LEVELS_AT_MOST} numbers", self.top_k)
        for number in self.top_k:
            require(number >= 1, "top_k", "numbers from 1", number)
