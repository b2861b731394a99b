"""Accounting for each row of a recording: rows read = accepted + rejected + left out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

EXAMPLES_AT_MOST = 20  # a file with a wrong delimiter has a fault in every row


class Fault(NamedTuple):
    """A rejected row: its line (for Parquet its row, from 1), and the reason."""

    line: int
    reason: str
    message: str


@dataclass
class Account:
    """Counts of rows; `out_of_order` ones arrived after a later one and were sorted."""

    unit: str = "line"
    read: int = 0
    left_out: int = 0
    """Rows before ``--from`` or after ``--to``."""
    learned_from: int = 0
    """Accepted rows that made the reference and do not count as traffic."""
    out_of_order: int = 0
    outcomes: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[Fault] = field(default_factory=list)

    def reject(self, faults: Iterable[Fault]) -> None:
        """Count rejected rows; the first ones are kept as examples."""
        for fault in faults:
            self.rejected[fault.reason] += 1
            if len(self.examples) < EXAMPLES_AT_MOST:
                self.examples.append(fault)

    @property
    def accepted(self) -> int:
        """Rows accepted, as traffic or to learn from."""
        # Derived, so that the sum holds by construction.
        return self.read - self.left_out - sum(self.rejected.values())
