"""How much work a run takes, and what it is given."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Effort:
    """`quick` asks for fewer repeats; `data` has the public data sets, `false_alarms` is a benchmark's file."""

    quick: bool = False
    data: Path | None = None
    false_alarms: Path | None = None

    def of(self, repeats: int, part: int = 10) -> int:
        """Return how many repeats to do where a full run does so many."""
        return max(repeats // part, 1) if self.quick else repeats
