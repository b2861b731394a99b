"""Bands that scores must stay in; each default and each rule stands next to its value."""

from dataclasses import dataclass

from .rules import Share, require


@dataclass(frozen=True)
class GuardrailConfig:
    """A band that scores must stay in: those of the class `score`, or predicted numbers without it.

    Only samples with this `prediction` and this `action` count, if they are given; `allowed` is the share of samples
    that may be outside.
    """

    score: str | None = None
    minimum: float = 0.0
    maximum: float = 1.0
    prediction: str | None = None
    action: str | None = None
    allowed: Share = 0.0

    def __post_init__(self) -> None:
        # NaN, which YAML can write, differs from itself; the comparison below would not find it.
        require(self.minimum == self.minimum, "minimum", "a number", self.minimum)
        require(self.minimum <= self.maximum, "maximum", f"at least {self.minimum}", self.maximum)
        require(0 <= self.allowed < 1, "allowed", "a number from 0, below 1", self.allowed)
