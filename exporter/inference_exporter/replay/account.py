"""Account: what became of each row of a recording, so that rows read = accepted + rejected + left out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

EXAMPLES_AT_MOST = 20


class Fault(NamedTuple):
    """A row that cannot be taken: its line (of Parquet its row, from 1), and why."""

    line: int
    reason: str
    message: str


@dataclass
class Account:
    """Counts of rows; `out_of_order` ones came after a later one and were sorted into their place."""

    unit: str = "line"
    read: int = 0
    left_out: int = 0
    """Rows before ``--from`` or after ``--to``."""
    learned_from: int = 0
    """Accepted rows that made the reference, and are no traffic."""
    out_of_order: int = 0
    outcomes: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[Fault] = field(default_factory=list)

    def reject(self, faults: Iterable[Fault]) -> None:
        """Count rows that cannot be taken; the first ones are kept to be shown."""
        for fault in faults:
            self.rejected[fault.reason] += 1
            if len(self.examples) < EXAMPLES_AT_MOST:
                self.examples.append(fault)

    @property
    def accepted(self) -> int:
        """Rows that were taken in, as traffic or to learn from."""
        return self.read - self.left_out - sum(self.rejected.values())
