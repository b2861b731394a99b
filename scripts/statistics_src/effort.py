"""The effort of a run, and its inputs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Effort:
    """`quick` means fewer repeats; `data` holds the public data sets, `false_alarms` is the benchmark's result."""

    quick: bool = False
    data: Path | None = None
    false_alarms: Path | None = None

    def of(self, repeats: int, part: int = 10) -> int:
        """Return the number of repeats, given that of a full run."""
        return max(repeats // part, 1) if self.quick else repeats
