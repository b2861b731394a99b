"""What the evaluation store knows about itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationState:
    """The evaluation store at one moment; counts are since the start."""

    rows: int = 0
    written: int = 0
    lost: int = 0
    deleted: int = 0
    failures: int = 0
    size: int = 0
    blocks: int = 0
    lag_seconds: float = 0.0
    unwritten: int = 0
    is_writable: bool = True
    lookups: int = 0
    lookups_failed: int = 0
    lookup_seconds: float = 0.0
    found: int = 0
    lookups_repeated: int = 0
    unanswered: int = 0
