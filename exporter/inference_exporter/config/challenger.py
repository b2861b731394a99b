"""When a challenger counts as better than the champion; each default and each rule stands next to its value."""

from dataclasses import dataclass

from .rules import Share, require


@dataclass(frozen=True)
class ChallengerConfig:
    """The verdict on a challenger: wrong with probability `error` at most.

    The champion is kept as soon as the challenger surely gains less than `minimum_gain`.
    """

    # A wrong promotion costs more than waiting for some hundred more pairs.
    error: Share = 0.01
    minimum_gain: Share = 0.0
    # Predictions of either model that wait for the other's: more than half a day of one request a second.
    remember: int = 50_000

    def __post_init__(self) -> None:
        require(0 < self.error <= 0.2, "error", "a number above 0, at most 0.2", self.error)
        require(0 <= self.minimum_gain < 1, "minimum_gain", "a number from 0, below 1", self.minimum_gain)
        require(1000 <= self.remember <= 1_000_000, "remember", "a number from 1000 to 1000000", self.remember)
