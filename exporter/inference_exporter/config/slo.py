"""Service level objectives; each default and each rule stands next to its value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .rules import Duration, Share, require


@dataclass(frozen=True)
class LatencySloConfig:
    """The share of requests (`objective`) to be answered within `threshold`."""

    threshold: Duration = 0.1
    objective: Share = 0.99

    def __post_init__(self) -> None:
        require(self.threshold > 0, "threshold", "a duration above 0", self.threshold)
        require(0 < self.objective < 1, "objective", "a number between 0 and 1", self.objective)


@dataclass(frozen=True)
class FreshnessSloConfig:
    """The share of time (`objective`) in which the last arrival is at most `threshold` old; without one it is off.

    How long a pause is normal depends on the use of the model, so no default is right.
    """

    threshold: Duration | None = None
    objective: Share = 0.99

    def __post_init__(self) -> None:
        require(self.threshold is None or self.threshold > 0, "threshold", "a duration above 0", self.threshold)
        require(0 < self.objective < 1, "objective", "a number between 0 and 1", self.objective)


@dataclass(frozen=True)
class QualitySloConfig:
    """The share of time (`objective`) in which realised performance is as good as `threshold`; without one it is off.

    How good a model has to be depends on what it decides, so no default is right.
    """

    measure: Literal["accuracy", "roc_auc", "f1", "mean_absolute_error", "root_mean_squared_error"] = "accuracy"
    threshold: float | None = None
    objective: Share = 0.95

    def __post_init__(self) -> None:
        finite = self.threshold is None or 0 <= self.threshold < float("inf")
        require(finite, "threshold", "a number, 0 or more", self.threshold)
        require(0 < self.objective < 1, "objective", "a number between 0 and 1", self.objective)


@dataclass(frozen=True)
class SloConfig:
    """Service level objectives, which the alert rules read from the metrics; `drift_free` is a share of features."""

    availability: Share = 0.999
    latency: LatencySloConfig = field(default_factory=LatencySloConfig)
    freshness: FreshnessSloConfig = field(default_factory=FreshnessSloConfig)
    outcome_freshness: FreshnessSloConfig = field(default_factory=FreshnessSloConfig)
    quality: QualitySloConfig = field(default_factory=QualitySloConfig)
    drift_free: Share = 0.9

    def __post_init__(self) -> None:
        # 1 leaves no error budget, and burn rates would divide by zero.
        require(0 < self.availability < 1, "availability", "a number between 0 and 1", self.availability)
        require(0 < self.drift_free < 1, "drift_free", "a number between 0 and 1", self.drift_free)

    @property
    def objectives(self) -> Mapping[str, float]:
        """The objectives that are on, by the name of the service level."""
        optional = {
            "freshness": (self.freshness.threshold, self.freshness.objective),
            "outcome_freshness": (self.outcome_freshness.threshold, self.outcome_freshness.objective),
            "quality": (self.quality.threshold, self.quality.objective),
        }
        return {
            "availability": self.availability,
            "latency": self.latency.objective,
            "drift_free": self.drift_free,
            **{name: objective for name, (threshold, objective) in optional.items() if threshold is not None},
        }
